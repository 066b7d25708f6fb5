"""``vxsetup doctor``: what is wrong on this machine and in client files: credentials, variables, the way to Google."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from vxsetup.cli.options import Time, option, report_options
from vxsetup.cli.output import Refused, complain, exit_code, prepare, style, write_report, write_text

if TYPE_CHECKING:
    from vxsetup.catalog import Catalogue
    from vxsetup.cli.machine import Outside
    from vxsetup.config.project import Project
    from vxsetup.doctor.diagnose import Diagnosed
    from vxsetup.doctor.model import Edit
    from vxsetup.report.layout import Pen
    from vxsetup.report.terminal import Style


@click.command("doctor")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@option(
    "--config",
    type=click.Path(),
    metavar="FILE",
    help="The config to compare with (default: vxsetup.yaml, where there is one).",
)
@option("--env", "environment", metavar="NAME", help="Only this environment of the config.")
@option("--offline", is_flag=True, help="Ask no host and fetch no token.")
@option("--fix", "fix", is_flag=True, envvar=None, help="Make the changes that are safe, and show each of them.")
@option("--now", type=Time(), metavar="TIME", help="Judge as of this time.")
@report_options
def command(
    paths: tuple[str, ...],
    config: str | None,
    environment: str | None,
    offline: bool,
    fix: bool,
    now: datetime | None,
    format_: str,
    output: str | None,
    reports: tuple[str, ...],
    fail_on: str,
    color: str,
    verbose: bool,
    quiet: bool,
) -> int:
    """Look for what is wrong on this machine and in client files: credentials, variables, proxies, clock, versions.

    PATH is a client file (.env, .claude/settings.json, opencode.json, a LiteLLM config, a compose or workflow file), or
    a folder that is searched for them; by default this folder and the settings in your home. No secret is ever shown.
    Exits with 0 when nothing is wrong, 1 when something is, or was before --fix.
    """
    from vxsetup import __version__
    from vxsetup.cli.configs import read_catalogue
    from vxsetup.cli.machine import Outside
    from vxsetup.clients.load import shipped_targets
    from vxsetup.doctor.diagnose import diagnose, excerpts
    from vxsetup.findings import Report, validity
    from vxsetup.rules import registry

    prepare(output, reports, verbose, quiet)
    catalogue = read_catalogue(None)
    outside = Outside()
    projects, remark = _projects(config, environment)
    machine, texts = outside.machine(paths, _hosts(projects, catalogue), offline, now or datetime.now(UTC))
    found = diagnose(machine, shipped_targets(catalogue.sources), catalogue, projects)
    report = Report(
        command="doctor",
        verdict=validity(found.findings),
        now=machine.now,
        version=__version__,
        catalog_date=catalogue.date,
        projects=(),
        findings=found.findings,
        sources=excerpts(found.findings, texts),
        notes=tuple(one for one in (*found.notes, *outside.notes, remark) if one),
        next_command=_next(found, fix),
        rules=registry(),
    )
    write_report(report, format_, output, reports, color, -1 if quiet else 1 if verbose else 0, fail_on)
    if fix:
        _mend(found, texts, outside, style(color) if format_ == "text" or output else None)
    return exit_code(report, fail_on, "ignore")


def _projects(config: str | None, environment: str | None) -> tuple[tuple[Project, ...], str]:
    """The projects to compare with, and a remark where there are none."""
    from pathlib import Path

    from vxsetup.cli.configs import read_configs
    from vxsetup.findings import Severity

    path = config or "vxsetup.yaml"
    if config is None and not Path(path).is_file():
        return (), "No vxsetup.yaml is here, so the settings were compared with no config; name one with --config."
    configs = read_configs((path,), environment)
    if any(finding.severity is Severity.ERROR for finding in configs.findings) or not configs.projects:
        return (), f"{path} has faults, so the settings were not compared with it: vxsetup validate {path}"
    return configs.projects, ""


def _hosts(projects: tuple[Project, ...], catalogue: Catalogue) -> dict[str, str]:
    """The hosts to ask, each with a location that it serves."""
    locations = [place.location for p in projects for model in p.models for place in model.locations] or ["global"]
    found: dict[str, str] = {}
    for location in dict.fromkeys(locations):
        try:
            found.setdefault(catalogue.host(location), location)
        except ValueError:
            continue
    return dict(list(found.items())[:20])


def _next(found: Diagnosed, fix: bool) -> str | None:
    if found.edits and not fix:
        return "vxsetup doctor --fix"
    return f"vxsetup explain {found.findings[0].rule}" if found.findings else None


def _mend(found: Diagnosed, texts: dict[str, str], outside: Outside, shown_as: Style | None) -> None:
    """Make the safe edits, and show of each what it changed: that piece alone, as a line may hold a secret beside it.

    ``shown_as`` None: standard output holds a report for programs, so the changes are shown on standard error.
    """
    from vxsetup.cli.output import echo
    from vxsetup.doctor.diagnose import mended
    from vxsetup.report.layout import Pen
    from vxsetup.report.terminal import Style

    pen = Pen(shown_as or Style(width=100, color=False, unicode=True))
    count = 0
    for file in dict.fromkeys(edit.span.file for edit in found.edits):
        text, done = mended(texts[file], [edit for edit in found.edits if edit.span.file == file])
        if not done:
            continue
        if file in outside.elsewhere:
            complain(f"{file} is left as it is: it leads out of its folder by a link. Name the file itself to mend it.")
            continue
        outside.keep(file, texts[file])
        write_text(file, outside.mark(file) + text)
        count += len(done)
        lines = _shown(file, done, pen)
        if shown_as is None:
            complain(*lines)
        else:
            echo("\n".join(lines) + "\n")
    complain(f"{count} change{'' if count == 1 else 's'} made." if count else "Nothing here can be mended safely.")


def _shown(file: str, done: list[tuple[Edit, str]], pen: Pen) -> list[str]:
    lines = [pen.paint("title", pen.clean(f"--- {file}")), pen.paint("title", pen.clean(f"+++ {file}"))]
    for edit, old in done:
        lines.append(pen.paint("gutter", f"@@ line {edit.span.line}, column {edit.span.column} @@"))
        gone = old.partition("=")[0] + "=" if edit.line else old  # what stands behind an empty value is a remark
        lines.append(pen.paint("fail", pen.clean("- (not shown)" if edit.hidden else f"- {gone}")))
        if edit.hidden:
            lines.append(pen.paint("pass", "+ the same in quotes"))
        elif not edit.line:
            lines.append(pen.paint("pass", pen.clean(f"+ {edit.new}")))
    return lines


__all__ = ["Refused", "command"]
