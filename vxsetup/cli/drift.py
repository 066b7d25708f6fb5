"""``vxsetup drift``: what is not as the config asks, what somebody changed since vxsetup made it, and what is left over."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from vxsetup.cli.options import (
    DEFAULT_STATE,
    REPORT_FORMATS,
    Format,
    cloud_options,
    config_options,
    option,
    state_option,
)
from vxsetup.cli.output import echo, named_reports, spared, style, writable, write_report, write_text
from vxsetup.cli.running import command_line

if TYPE_CHECKING:
    from vxsetup.cli.asking import Asked
    from vxsetup.cli.configs import Configs
    from vxsetup.cli.provisioning import Ground
    from vxsetup.findings import Report
    from vxsetup.plan.drift import Drift

EXIT_DRIFT = 4
EXIT_UNDECIDED = 3


@click.command("drift")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@option(
    "--unknown",
    type=click.Choice(["fail", "warn", "ignore"]),
    default="fail",
    show_default=True,
    help="What it means for the exit code that something could not be read.",
)
@state_option
@config_options
@cloud_options
@option(
    "--format",
    "format_",
    type=Format(REPORT_FORMATS),
    default="text",
    show_default=True,
    help="How to write the result.",
)
@option("--output", type=click.Path(dir_okay=False), help="Write it to this file instead of standard output.")
@option(
    "--report",
    "reports",
    multiple=True,
    metavar="FORMAT=FILE",
    help="Write it in another format beside it; may be repeated.",
)
@option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colour the text.",
)
@option("--quiet", "-q", is_flag=True, help="Show only the summary.")
def command(
    paths: tuple[str, ...],
    unknown: str,
    state: str,
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
    color: str,
    quiet: bool,
) -> int:
    """Compare the cloud with what the config asks, and with what vxsetup made by its journal.

    Nothing is changed. Exits with 4 where there is drift, with 3 where there is none that can be seen and something
    could not be read, with 0 where all is as it was made and as the config asks.
    """
    from vxsetup.cli.asking import open_cloud, progress, state_kept
    from vxsetup.cli.configs import read_catalogue
    from vxsetup.cli.provisioning import plan_of, sound_configs
    from vxsetup.plan.drift import verdict_of

    emulate_state = state_kept(emulate, emulate_state)
    others = named_reports(reports)
    writable(output, *(path for _, path in others))
    spared(output, *(path for _, path in others))
    configs = sound_configs(paths, environment)
    catalogue = read_catalogue(catalog)
    asked = open_cloud(emulate, emulate_state, None, impersonate, quota_project)
    with progress() as show:
        grounds = [plan_of(project, asked, catalogue, now, (), show) for project in configs.projects]
    report = _report(configs, grounds)
    found = [_rows(ground, report, asked, state) for ground in grounds]
    kept = state if state != DEFAULT_STATE else None
    plan_with = {"state": kept, "emulate": emulate, "emulate-state": emulate_state, "catalog": catalog}
    again = _again(paths)
    for name, path in others:
        _show(report, grounds, found, name, path, color, quiet, again, plan_with)
    _show(report, grounds, found, format_, output, color, quiet, again, plan_with)
    verdict = verdict_of([row for rows in found for row in rows])
    if verdict == "drifted":
        return EXIT_DRIFT
    return EXIT_UNDECIDED if verdict == "undecided" and unknown == "fail" else 0


def _report(configs: Configs, grounds: list[Ground]) -> Report:
    """What ``check`` says of the same facts."""
    from vxsetup.cli.judging import make_report
    from vxsetup.facts.base import Facts

    facts = Facts({key: fact for ground in grounds for key, fact in ground.facts.items()})
    requirements = {number: ground.requirements for number, ground in enumerate(grounds)}
    return make_report("drift", configs, grounds[0].circumstances, facts, requirements=requirements)


def _rows(ground: Ground, report: Report, asked: Asked, state: str) -> tuple[Drift, ...]:
    from vxsetup.cli.made import stand, tell_broken
    from vxsetup.cli.settling import settle
    from vxsetup.cli.state import read_only
    from vxsetup.plan.drift import drift
    from vxsetup.plan.made import left_over, things
    from vxsetup.rules.path import Declaration

    project = ground.project
    history, name = read_only(state, project, asked)
    tell_broken(history, name)
    made = things(settle(history, asked, None))
    left = left_over(made, Declaration(project, ground.circumstances.catalogue))
    own = [f for f in report.findings if f.project == project.id and f.environment == project.environment]
    return drift(own, ground.planned.steps, made, stand(made, asked, project), left)


def _again(paths: tuple[str, ...]) -> dict[str, str]:
    """The commands that may come next, by what each is for."""
    return {
        "plan": command_line("plan", paths),
        "destroy": command_line("destroy", paths, "--left-over"),
        "check": command_line("check", paths),
    }


def _show(
    report: Report,
    grounds: list[Ground],
    found: list[tuple[Drift, ...]],
    format_: str,
    output: str | None,
    color: str,
    quiet: bool,
    again: dict[str, str],
    plan_with: dict[str, str | None],
) -> None:
    if format_ not in ("text", "json"):
        shown = _as_report(report, grounds, found)
        if format_ == "html":
            shown = _with_plans(shown, grounds, plan_with)
        write_report(shown, format_, output, (), color, 0)
        return
    from vxsetup.plan.drift import verdict_of
    from vxsetup.report.drift import drift_data, drift_json, drift_text
    from vxsetup.report.terminal import Style

    rows = [
        {
            "project": ground.project.id,
            "environment": ground.project.environment,
            "file": ground.project.file,
            "verdict": verdict_of(each),
            "drift": [_row(row) for row in each],
        }
        for ground, each in zip(grounds, found, strict=True)
    ]
    overall = verdict_of([row for each in found for row in each])
    data = drift_data(rows, overall, report)
    plain = Style(width=100, color=False, unicode=True)
    written = (
        drift_json(data) if format_ == "json" else drift_text(data, plain if output else style(color), again, quiet)
    )
    if output:
        write_text(output, written)
    else:
        echo(written)


def _with_plans(report: Report, grounds: list[Ground], plan_with: dict[str, str | None]) -> Report:
    """The report with each project's plan, as the page shows it."""
    from vxsetup.cli.preview import with_command
    from vxsetup.plan.file import plan_data
    from vxsetup.values import replace

    plans = tuple(
        with_command(plan_data(one.planned, one.project, one.lacks), one.project, plan_with, tested=True)
        for one in grounds
    )
    return replace(report, plans=plans)


def _row(row: Drift) -> dict[str, Any]:
    from vxsetup.plan.drift import fix, sentence

    thing, finding = row.thing, row.finding
    mend = fix(row) if thing is not None else finding.fix if finding is not None else None
    return {
        "kind": row.kind.value,
        "what": thing.name if thing is not None else finding.subject if finding is not None else "",
        "message": sentence(row) if thing is not None else finding.message if finding is not None else "",
        "rule": finding.rule if finding is not None else thing.rule if thing is not None else None,
        "fingerprint": finding.fingerprint if finding is not None else None,
        "asked": finding.message if finding is not None and thing is not None else None,
        "step": thing.step if thing is not None else None,
        "made_at": thing.at if thing is not None else None,
        "changes": [{"attribute": a.attribute, "before": a.before, "after": a.after} for a in row.alterations],
        "fix": {"summary": mend.summary, "command": mend.command, "url": mend.url} if mend is not None else None,
    }


def _as_report(report: Report, grounds: list[Ground], found: list[tuple[Drift, ...]]) -> Report:
    """The drift as a report of findings, for the formats that other tools read."""
    from vxsetup.plan.drift import as_finding, verdict_of
    from vxsetup.values import replace

    rules = {rule.id: rule for rule in report.rules}
    findings = tuple(
        as_finding(row, ground.project.id, ground.project.environment, ground.project.file, rules)
        for ground, rows in zip(grounds, found, strict=True)
        for row in rows
    )
    passing = tuple(one for one in report.findings if one.verdict.value not in ("fail", "unknown"))
    words = {"drifted": "not_ready", "undecided": "undecided", "in_step": "ready"}
    projects = tuple(
        replace(result, verdict=words[verdict_of(rows)]) for result, rows in zip(report.projects, found, strict=True)
    )
    overall = words[verdict_of([row for rows in found for row in rows])]
    return replace(report, verdict=overall, projects=projects, findings=(*findings, *passing))
