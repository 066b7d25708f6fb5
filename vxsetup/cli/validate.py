"""``vxsetup validate``: checks config files offline, by schema and by every rule that needs no cloud."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime

import click

from vxsetup.cli.options import config_options, report_options
from vxsetup.cli.output import exit_code, prepare, write_report


@click.command("validate")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@config_options
@report_options
def command(
    paths: tuple[str, ...],
    environment: str | None,
    catalog: str | None,
    now: datetime | None,
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
    from vxsetup.cli.configs import read_catalogue, read_configs
    from vxsetup.cli.judging import make_report, with_next
    from vxsetup.facts.base import Facts
    from vxsetup.rules.circumstances import Circumstances

    prepare(output, reports, verbose, quiet)
    configs = read_configs(paths, environment)
    circumstances = Circumstances(now or datetime.now(UTC), read_catalogue(catalog), online=False, probe="none")
    report = make_report("validate", configs, circumstances, Facts())
    if report.verdict == "valid":
        report = with_next(report, shlex.join(["vxsetup", "check", *paths]))
    write_report(report, format_, output, reports, color, -1 if quiet else 1 if verbose else 0)
    return exit_code(report, fail_on, "ignore")
