"""``vxsetup validate``: checks config files offline, by schema and by every rule that needs no cloud."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime

import click

from vxsetup.cli.options import config_options, gate_options, report_options, selection_options
from vxsetup.cli.output import exit_code, named_reports, prepare, write_report


@click.command("validate")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@config_options
@selection_options
@gate_options
@report_options
def command(
    paths: tuple[str, ...],
    environment: str | None,
    catalog: str | None,
    now: datetime | None,
    since: str | None,
    shard: tuple[int, int] | None,
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
    """Check config files offline: no network, no credentials.

    PATH is a file, or a folder that is searched for vxsetup.yaml and *.vxsetup.{yaml,yml,json}; by default
    vxsetup.yaml in this folder. Exits with 0 when everything is valid, 1 when something is not.
    """
    from vxsetup.cli.configs import Part, read_catalogue
    from vxsetup.cli.judging import known_failures, read_known, with_next
    from vxsetup.cli.whole import judged_report
    from vxsetup.rules.circumstances import Circumstances

    prepare(output, reports, verbose, quiet)
    known = read_known(baseline)
    part = Part(since, shard, tuple(file for file in (catalog, baseline) if file))
    circumstances = Circumstances(now or datetime.now(UTC), read_catalogue(catalog), online=False, probe="none")
    formats = (format_, *(name for name, _ in named_reports(reports)))
    found = judged_report("validate", paths, part, circumstances, environment, formats, verbose, known)
    report = known_failures(found, known, circumstances.today)
    if report.verdict == "valid":
        same = [*(("--env", environment) if environment else ()), *(("--catalog", catalog) if catalog else ())]
        report = with_next(report, shlex.join(["vxsetup", "check", *paths, *same]))
    write_report(report, format_, output, reports, color, -1 if quiet else 1 if verbose else 0, fail_on)
    return exit_code(report, fail_on, "ignore", exit_zero)
