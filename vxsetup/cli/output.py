"""Writes results: reports in their formats to standard output or files, one-line errors, and the exit code."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vxsetup.findings import Report, Severity, Verdict

if TYPE_CHECKING:
    from vxsetup.report.terminal import Style

EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_UNDECIDED = 3


class Refused(click.ClickException):
    """Ends a command with one line on standard error and exit code 2."""

    exit_code = EXIT_USAGE

    def show(self, file: object = None) -> None:
        from vxsetup.report.terminal import safe

        click.echo(f"Error: {safe(self.message)}", err=True)


def style(color: str) -> Style:
    """How standard output may be written."""
    from vxsetup.report.terminal import style_for

    return style_for(sys.stdout, os.environ, color)


def write_text(path: str, text: str) -> None:
    """Write a file whole or not at all. Ends the command with one line where it cannot be written."""
    target = Path(path)
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)  # a temporary file is the owner's alone; a report is not
        Path(name).replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise Refused(f"{path} cannot be written: {error.strerror}") from error


def echo(text: str) -> None:
    """Print a result. A terminal that cannot show a character gets a question mark, not an error."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    click.echo(text.encode(encoding, "replace").decode(encoding), nl=not text.endswith("\n"), color=True)


def render(report: Report, format_: str, style_: Style, verbosity: int) -> str:
    """A report as text in one of the formats."""
    from vxsetup.report import RENDERERS

    return RENDERERS[format_](report, style_, verbosity)


def write_report(
    report: Report, format_: str, output: str | None, reports: Iterable[str], color: str, verbosity: int
) -> None:
    """Write a report where the options say."""
    from vxsetup.report import RENDERERS
    from vxsetup.report.terminal import Style

    plain = Style(width=100, color=False, unicode=True)
    for wanted in reports:
        name, separator, path = wanted.partition("=")
        if not separator or name not in RENDERERS or not path:
            raise Refused(f"--report {wanted}: write FORMAT=FILE, with FORMAT one of {', '.join(sorted(RENDERERS))}")
        write_text(path, render(report, name, plain, verbosity))
    if output:
        write_text(output, render(report, format_, plain, verbosity))
    else:
        echo(render(report, format_, style(color), verbosity))


def exit_code(report: Report, fail_on: str, unknown: str) -> int:
    """0, 1 or 3, the same for every format: failures at or above ``fail_on`` first, then what is not known."""
    threshold = Severity(fail_on).weight
    counted = [f for f in report.findings if f.suppressed is None]
    if any(f.verdict is Verdict.FAIL and f.severity.weight >= threshold for f in counted):
        return EXIT_FINDINGS
    if report.verdict == "undecided" and unknown == "fail":
        return EXIT_UNDECIDED
    return 0


def complain(*lines: str) -> None:
    """Say something on standard error."""
    from vxsetup.report.terminal import safe

    for line in lines:
        click.echo(safe(line), err=True)
