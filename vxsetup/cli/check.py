"""``vxsetup check``: reads the cloud and judges it against a config."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from vxsetup.cli.inventory import ScopeType
from vxsetup.cli.options import (
    Age,
    cloud_options,
    config_options,
    gate_options,
    option,
    report_options,
    selection_options,
)
from vxsetup.cli.output import EXIT_UNDECIDED, Refused, exit_code, outranked, prepare, typed, write_report

if TYPE_CHECKING:
    from vxsetup.cli.configs import Configs, Part
    from vxsetup.findings import Report
    from vxsetup.rules.circumstances import ProbeMode


_INTERRUPTED = 130


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
    "--max-age",
    type=Age(),
    metavar="TIME",
    help="With --facts: a recording older than this (12h, 7d) decides nothing; without failures the exit code is 3.",
)
@option(
    "--troubleshoot",
    is_flag=True,
    help="Ask Policy Troubleshooter too where policies leave a member's access open, as groups do: one request a permission.",
)
@option(
    "--cloud-asset",
    type=ScopeType(),
    metavar="folders/N",
    help="Read APIs and allow policies of a whole folder or organization from Cloud Asset Inventory, in a few requests.",
)
@option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=48,
    show_default=True,
    metavar="N",
    help="How many requests may be on their way at once, over all projects.",
)
@option(
    "--unknown",
    type=click.Choice(["fail", "warn", "ignore"]),
    default="fail",
    show_default=True,
    help="What an undecided verdict means for the exit code.",
)
@config_options
@selection_options
@cloud_options
@gate_options
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
    max_age: timedelta | None,
    troubleshoot: bool,
    cloud_asset: str | None,
    jobs: int,
    unknown: str,
    environment: str | None,
    catalog: str | None,
    now: datetime | None,
    since: str | None,
    shard: tuple[int, int] | None,
    impersonate: str | None,
    quota_project: str | None,
    emulate: str | None,
    emulate_state: str | None,
    baseline: str | None,
    exit_zero: bool,
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
    if max_age is not None and not facts and typed("max_age"):
        raise Refused("--max-age is about the age of a recording; it goes with --facts FILE")
    if probe == "paid" and not typed("probe"):
        raise Refused("--probe paid costs money, so it is taken from the command line only, not from VXSETUP_PROBE")
    from vxsetup.cli.configs import Part
    from vxsetup.cli.judging import known_failures, read_known

    known = read_known(baseline)
    part = Part(since, shard, tuple(file for file in (catalog, baseline, emulate, facts) if file))
    configs = _configs(paths, project, models, locations, environment, part)
    if offline:
        _refuse_with_offline(record=record, facts=facts, emulate=emulate)
        report = known_failures(_offline(configs, catalog, now), known, (now or datetime.now(UTC)).date())
        done = None
    else:
        from vxsetup.cli.online import Asking, online
        from vxsetup.cli.preview import shows_plans

        cloud = (emulate, emulate_state, facts, impersonate, quota_project)
        with_ = {"emulate": emulate, "emulate-state": emulate_state, "catalog": catalog}
        plan_with = with_ if shows_plans(format_, reports) else None
        asking = Asking(probe, record, jobs, quiet, max_age, troubleshoot, cloud, plan_with, cloud_asset)
        done = online(configs, catalog, now, asking)
        again = _again(paths, project, models, locations, {"env": environment, "emulate": emulate, "facts": facts})
        report = known_failures(done.report, known, done.report.now.date())
        report = _with_next_command(report, done.remedy or again, done.ended == _INTERRUPTED)
    write_report(report, format_, output, reports, color, -1 if quiet else 1 if verbose else 0, fail_on)
    code = exit_code(report, fail_on, unknown, exit_zero)
    if done is None or (done.ended == EXIT_UNDECIDED and (code or exit_zero)):
        return code
    return done.ended or code


def _configs(
    paths: tuple[str, ...],
    project: str | None,
    models: tuple[str, ...],
    locations: tuple[str, ...],
    environment: str | None,
    part: Part,
) -> Configs:
    from vxsetup.cli.configs import made_from_flags, read_configs

    if project is None:
        if typed("models") or typed("locations"):
            raise Refused("--model and --location go with --project; with a config file, write them there")
        return read_configs(paths, environment, part)
    if paths:
        raise Refused("give either config files or --project, not both")
    if environment is not None and typed("environment"):
        raise Refused("--env chooses an environment of a config file; it does not go with --project")
    if typed("since") or typed("shard"):
        raise Refused("--since and --shard choose among config files; they do not go with --project")
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


def _with_next_command(report: Report, otherwise: str, interrupted: bool = False) -> Report:
    """The report with what comes next: the rule to read about, the command that mends what others wait on, or ``otherwise``.

    After an interruption nothing is known to need mending: the same run once more.
    """
    from vxsetup.cli.judging import with_next
    from vxsetup.findings import Severity, Verdict

    if report.verdict == "ready":
        return report
    failed = [
        f for f in report.findings if f.verdict is Verdict.FAIL and f.severity is Severity.ERROR and not f.suppressed
    ]
    failed = [f for f in failed if f.baselined is None]
    if failed:
        return with_next(report, f"vxsetup explain {failed[0].rule}")
    if any(finding.baselined is not None for finding in report.findings) and report.verdict == "not_ready":
        return with_next(report, None)
    if interrupted:
        return with_next(report, otherwise.removesuffix(" -v"))
    causes = {finding.caused_by for finding in report.findings if not finding.suppressed}
    mends = (f.fix.command for f in report.findings if f.fingerprint in causes and f.fix is not None and f.fix.command)
    return with_next(report, next(mends, otherwise))
