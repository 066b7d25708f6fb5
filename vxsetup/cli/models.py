"""``vxsetup models``: the catalogue as models by locations, and what a project really reaches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from vxsetup.cli.options import Time, cloud_options, listing_options, option
from vxsetup.cli.output import EXIT_FINDINGS, EXIT_UNDECIDED, Refused, echo, outranked, style, typed, writable

if TYPE_CHECKING:
    from vxsetup.catalog import Catalogue
    from vxsetup.cli.configs import Configs
    from vxsetup.findings import Finding, Report, Verdict
    from vxsetup.report.models import Mark

Cells = Mapping[tuple[str, str], tuple["Verdict", str]]


@click.command("models")
@option("--project", metavar="ID", help="The project that --live asks with.")
@option("--live", is_flag=True, help="Ask with a free probe what --project reaches.")
@option("--model", "models", multiple=True, metavar="ID", help="With --live: only this model; may be repeated.")
@option(
    "--location",
    "locations",
    multiple=True,
    metavar="NAME",
    help="With --live: these locations instead of the documented ones.",
)
@option(
    "--fits",
    "fitting",
    type=click.Path(),
    metavar="FILE",
    help="Show where the models of this config could run, or which of its lines contradict each other.",
)
@option("--env", "environment", metavar="NAME", help="With --fits: only this environment.")
@option("--all", "all_", is_flag=True, help="Also models that are shut down, by invitation or undocumented.")
@listing_options
@option(
    "--catalog",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="A dated patch over the shipped catalogue.",
)
@option("--now", type=Time(), metavar="TIME", help="Judge as of this time.")
@option(
    "--facts",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="With --live: judge a recording instead of asking.",
)
@cloud_options
def command(
    project: str | None,
    live: bool,
    models: tuple[str, ...],
    locations: tuple[str, ...],
    fitting: str | None,
    environment: str | None,
    all_: bool,
    format_: str,
    color: str,
    catalog: str | None,
    now: datetime | None,
    facts: str | None,
    impersonate: str | None,
    quota_project: str | None,
    emulate: str | None,
    emulate_state: str | None,
) -> int:
    """Show which Claude models are documented at which locations, with their dates.

    With --project and --live, ask Google Cloud by free probes what that project reaches, and show where each stops.
    With --fits FILE, show the locations that satisfy every line of a config.
    """
    from vxsetup.cli.asking import state_kept
    from vxsetup.cli.configs import read_catalogue

    catalogue = read_catalogue(catalog)
    if fitting is not None:
        from vxsetup.cli.fits import show_fits

        if live or any(typed(name) for name in ("models", "locations", "project", "facts", "emulate", "all_")):
            raise Refused("--fits reads a config and the catalogue alone; of the other options only --env goes with it")
        return show_fits(fitting, environment, catalogue, now, format_, color)
    if environment is not None and typed("environment"):
        raise Refused("--env goes with --fits")
    if not live:
        if any(typed(name) for name in ("models", "locations", "project", "facts", "emulate")):
            raise Refused("--project, --model, --location, --facts and --emulate go with --live")
        return _documented(catalogue, now or datetime.now(UTC), all_, format_, color)
    if project is None:
        raise Refused("--live needs --project ID: whose access is to be probed?")
    gone = outranked("facts", "emulate")
    if "emulate" in gone:
        emulate = emulate_state = None
    emulate_state = state_kept(emulate, emulate_state)
    writable(emulate_state)
    cloud = (emulate, emulate_state, None if "facts" in gone else facts, impersonate, quota_project)
    return _live(catalogue, project, (models, locations, all_), now, cloud, format_, color)


def _documented(catalogue: Catalogue, now: datetime, all_: bool, format_: str, color: str) -> int:
    from vxsetup.report.models import models_json, models_text

    if format_ == "json":
        echo(json.dumps(models_json(catalogue, now.date()), indent=2))
    else:
        how = style(color)
        echo(models_text(catalogue, now.date(), how.width, how.unicode, how.color, all_))
    return 0


def _live(
    catalogue: Catalogue,
    project: str,
    chosen: tuple[tuple[str, ...], tuple[str, ...], bool],
    now: datetime | None,
    cloud: tuple[str | None, str | None, str | None, str | None, str | None],
    format_: str,
    color: str,
) -> int:
    from vxsetup.cli.asking import open_cloud, progress, tell_silence
    from vxsetup.cli.judging import gather_for, make_report, requirements_of
    from vxsetup.report.models import matrix_text
    from vxsetup.rules.circumstances import Circumstances

    asked = open_cloud(*cloud)
    circumstances = Circumstances(now or asked.now, catalogue, asked.caller)
    configs = _config(catalogue, project, chosen, circumstances.today)
    requirements = requirements_of(configs.projects, circumstances)
    with progress() as show:
        gatherer = asked.gatherer((), show)
        facts = gather_for(requirements, gatherer, "free")
    report = make_report("models --live", configs, circumstances, facts, requirements=requirements)
    if asked.emulation is not None:
        from vxsetup.cli.emulation import keep

        keep(asked.emulation, cloud[1])
    tell_silence(gatherer.outcomes.values())
    cells = _cells(report)
    if format_ == "json":
        echo(json.dumps(_as_json(report, project, cells), indent=2))
    else:
        how = style(color)
        rows = {place: (_MARK[verdict], note) for place, (verdict, note) in cells.items()}
        echo(f"{project}, asked by {circumstances.caller.name} at {asked.clock.stamp()} with free probes\n")
        echo(matrix_text(rows, how.width, how.unicode, how.color))
    return _exit(cells)


_MARK: dict[str, Mark] = {
    "pass": "pass",
    "fail": "fail",
    "unknown": "unknown",
    "not_reached": "skipped",
    "not_applicable": "skipped",
}


def _config(
    catalogue: Catalogue, project: str, chosen: tuple[tuple[str, ...], tuple[str, ...], bool], today: date
) -> Configs:
    from vxsetup.catalog import ModelState
    from vxsetup.cli.configs import made_from_places

    models, locations, all_ = chosen
    gone = (ModelState.SHUT_DOWN, ModelState.BY_INVITATION, ModelState.UNKNOWN)
    places: dict[str, tuple[str, ...]] = {}
    for name in models:
        known = catalogue.model(name)
        places[name] = locations or (known.locations if known and known.locations else catalogue.locations[:3])
    if not models:
        for model in catalogue.models:
            if all_ or model.state(today).name not in gone:
                places[model.versioned_id] = locations or model.locations or ("global",)
    made = made_from_places(project, places)
    if not made.projects:
        raise Refused("; ".join(finding.message for finding in made.findings))
    return made


def _cells(report: Report) -> Cells:
    """For each model and location the verdict on the request, and for what is not passed the reason."""
    from vxsetup.findings import Verdict

    causes = {finding.fingerprint: finding for finding in report.findings}
    cells = {}
    for result in report.projects:
        for path in result.paths:
            subject = f"projects/{result.id}/locations/{path.location}/publishers/anthropic/models/{path.model}"
            request = next(f for f in report.findings if f.rule == "VX410" and f.subject == subject)
            verdict, note = request.verdict, request.message
            if request.verdict is Verdict.PASS:
                note = ""
            elif request.caused_by is not None:
                cause = causes[request.caused_by]
                # A cause that could not be read itself leaves the request undecided: it is not refused.
                verdict, note = cause.verdict, f"{cause.message} ({cause.rule}){_advice(cause)}"
            elif request.verdict is Verdict.UNKNOWN:
                own = [
                    f
                    for f in report.findings
                    if f.subject == subject and f.verdict is Verdict.UNKNOWN and f.rule == "VX602"
                ]
                note = own[0].message if own else note
            cells[path.model, path.location] = (verdict, note)
    return cells


_ABOUT_THE_ID = ("VX401", "VX404", "VX411")


def _advice(cause: Finding) -> str:
    """What to write in place of an id that is malformed or not listed; a matrix has no other place to say it."""
    from vxsetup.findings import Verdict

    if cause.rule not in _ABOUT_THE_ID or cause.verdict is not Verdict.FAIL or cause.fix is None:
        return ""
    return f"; {cause.fix.summary}"


def _as_json(report: Report, project: str, cells: Cells) -> dict[str, object]:
    rows = [
        {"model": model, "location": location, "verdict": verdict.value, "note": note or None}
        for (model, location), (verdict, note) in cells.items()
    ]
    now = report.now.isoformat().replace("+00:00", "Z")
    return {"format": "vxsetup.matrix/1", "project": project, "now": now, "places": rows}


def _exit(cells: Cells) -> int:
    """0 when something answers, 1 when everything is refused, 3 when nothing answers and not all could be told."""
    verdicts = {verdict.value for verdict, _ in cells.values()}
    if "pass" in verdicts:
        return 0
    return EXIT_FINDINGS if verdicts == {"fail"} else EXIT_UNDECIDED
