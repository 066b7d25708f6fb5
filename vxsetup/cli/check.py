"""``vxsetup check``: reads the cloud and judges it against a config."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from vxsetup.cli.options import cloud_options, config_options, option, report_options
from vxsetup.cli.output import Refused, exit_code, outranked, prepare, typed, write_report, write_text

if TYPE_CHECKING:
    from vxsetup.cli.configs import Configs
    from vxsetup.findings import Report
    from vxsetup.rules.circumstances import ProbeMode


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@option("--project", metavar="ID", help="Check this project without a config file.")
@option(
    "--model", "models", multiple=True, metavar="ID", help="With --project: a model it must reach; may be repeated."
)
@option(
    "--location",
    "locations",
    multiple=True,
    metavar="NAME",
    help="With --project: a location; may be repeated (default: global).",
)
@option("--offline", is_flag=True, help="Ask nothing: the same as vxsetup validate.")
@option(
    "--probe",
    type=click.Choice(["none", "free", "paid"]),
    default="free",
    show_default=True,
    help="How far to go to prove that a model answers.",
)
@option("--record", type=click.Path(dir_okay=False), metavar="FILE", help="Keep every answer in this file.")
@option(
    "--facts", type=click.Path(exists=True, dir_okay=False), metavar="FILE", help="Judge a recording instead of asking."
)
@option(
    "--unknown",
    type=click.Choice(["fail", "warn", "ignore"]),
    default="fail",
    show_default=True,
    help="What an undecided verdict means for the exit code.",
)
@config_options
@cloud_options
@report_options
def command(
    paths: tuple[str, ...],
    project: str | None,
    models: tuple[str, ...],
    locations: tuple[str, ...],
    offline: bool,
    probe: ProbeMode,
    record: str | None,
    facts: str | None,
    unknown: str,
    environment: str | None,
    catalog: str | None,
    now: datetime | None,
    impersonate: str | None,
    quota_project: str | None,
    emulate: str | None,
    emulate_state: str | None,
    format_: str,
    output: str | None,
    reports: tuple[str, ...],
    fail_on: str,
    color: str,
    verbose: bool,
    quiet: bool,
) -> int:
    """Read Google Cloud and judge it against config files: ready, not ready, or undecided.

    Nothing is changed. Nothing is billed unless --probe paid asks for it: then each model at each location is sent one
    real request for a single output token. Exits with 0 when ready, 1 on failures, 3 when something
    could not be read.
    """
    from vxsetup.cli.asking import state_kept

    gone = outranked("paths", "project") | outranked("facts", "emulate", "offline")
    project = None if "project" in gone else project
    offline = offline and "offline" not in gone
    facts = None if "facts" in gone else facts
    if "emulate" in gone:
        emulate = emulate_state = None
    emulate_state = state_kept(emulate, emulate_state)
    prepare(output, reports, verbose, quiet, record, emulate_state)
    if probe == "paid" and not typed("probe"):
        raise Refused("--probe paid costs money, so it is taken from the command line only, not from VXSETUP_PROBE")
    configs = _configs(paths, project, models, locations, environment)
    if offline:
        _refuse_with_offline(record=record, facts=facts, emulate=emulate)
        report = _offline(configs, catalog, now)
    else:
        report, remedy = _online(
            configs, catalog, now, probe, record, (emulate, emulate_state, facts, impersonate, quota_project)
        )
        again = _again(paths, project, models, locations, {"env": environment, "emulate": emulate, "facts": facts})
        report = _with_next_command(report, remedy or again)
    write_report(report, format_, output, reports, color, -1 if quiet else 1 if verbose else 0)
    return exit_code(report, fail_on, unknown)


def _configs(
    paths: tuple[str, ...],
    project: str | None,
    models: tuple[str, ...],
    locations: tuple[str, ...],
    environment: str | None,
) -> Configs:
    from vxsetup.cli.configs import made_from_flags, read_configs

    if project is None:
        if typed("models") or typed("locations"):
            raise Refused("--model and --location go with --project; with a config file, write them there")
        return read_configs(paths, environment)
    if paths:
        raise Refused("give either config files or --project, not both")
    if environment is not None and typed("environment"):
        raise Refused("--env chooses an environment of a config file; it does not go with --project")
    return made_from_flags(project, models, locations)


def _refuse_with_offline(**given: str | None) -> None:
    for name, value in given.items():
        if value and (typed(name) or name != "record"):
            raise Refused(f"--offline asks nothing, so --{name} has nothing to do; leave one of them out")


def _offline(configs: Configs, catalog: str | None, now: datetime | None) -> Report:
    from vxsetup.cli.configs import read_catalogue
    from vxsetup.cli.judging import make_report
    from vxsetup.facts.base import Facts
    from vxsetup.rules.circumstances import Circumstances

    circumstances = Circumstances(now or datetime.now(UTC), read_catalogue(catalog), online=False, probe="none")
    return make_report("check --offline", configs, circumstances, Facts())


def _online(
    configs: Configs,
    catalog: str | None,
    now: datetime | None,
    probe: ProbeMode,
    record: str | None,
    cloud: tuple[str | None, str | None, str | None, str | None, str | None],
) -> tuple[Report, str | None]:
    """The report; and where nothing at all could be read, the command that would mend it."""
    from vxsetup import __version__
    from vxsetup.cli.asking import open_cloud, progress, tell_silence
    from vxsetup.cli.configs import read_catalogue
    from vxsetup.cli.judging import gather_for, make_report, requirements_of
    from vxsetup.rules.circumstances import Circumstances

    catalogue = read_catalogue(catalog)
    asked = open_cloud(*cloud)
    circumstances = Circumstances(now or asked.now, catalogue, asked.caller, True, probe)
    requirements = requirements_of(configs.projects, circumstances)
    principals = [entry.principal for each in configs.projects for entry in each.access]
    with progress() as show:
        gatherer = asked.gatherer(principals, show)
        facts = gather_for(requirements, gatherer, probe)
    if record:
        write_text(record, _recording(gatherer, asked.caller, asked.now, __version__))
    if asked.emulation is not None:
        from vxsetup.cli.emulation import keep

        keep(asked.emulation, cloud[1])
    remedy = tell_silence(gatherer.outcomes.values())
    return make_report("check", configs, circumstances, facts, requirements=requirements), remedy


def _recording(gatherer: object, caller: object, now: datetime, version: str) -> str:
    from vxsetup.cloud.gather import Gatherer
    from vxsetup.cloud.recording import recorded
    from vxsetup.facts.caller import Caller

    assert isinstance(gatherer, Gatherer)
    assert isinstance(caller, Caller)
    return recorded(gatherer.outcomes, gatherer.facts, caller, now, version)


def _again(
    paths: tuple[str, ...],
    project: str | None,
    models: tuple[str, ...],
    locations: tuple[str, ...],
    others: dict[str, str | None],
) -> str:
    """The command line that does the same and tells more."""
    words = ["vxsetup", "check", *paths]
    for name, values in (("project", [project] if project else []), ("model", models), ("location", locations)):
        words += [word for value in values for word in (f"--{name}", value)] if project else []
    words += [word for name, value in others.items() if value for word in (f"--{name}", value)]
    return shlex.join([*words, "-v"])


def _with_next_command(report: Report, otherwise: str) -> Report:
    """The report with what comes next: the rule to read about, the command that mends what others wait on, or ``otherwise``."""
    from vxsetup.cli.judging import with_next
    from vxsetup.findings import Severity, Verdict

    if report.verdict == "ready":
        return report
    failed = [
        f for f in report.findings if f.verdict is Verdict.FAIL and f.severity is Severity.ERROR and not f.suppressed
    ]
    if failed:
        return with_next(report, f"vxsetup explain {failed[0].rule}")
    causes = {finding.caused_by for finding in report.findings if not finding.suppressed}
    mends = (f.fix.command for f in report.findings if f.fingerprint in causes and f.fix is not None and f.fix.command)
    return with_next(report, next(mends, otherwise))
