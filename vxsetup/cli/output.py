"""Writes results: reports in their formats to standard output or files, one-line errors, and the exit code."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from vxsetup.findings import Report, Severity, Verdict, is_counted, readiness

if TYPE_CHECKING:
    from dataclasses import replace
else:
    from vxsetup.values import replace

if TYPE_CHECKING:
    from vxsetup.report.terminal import Style

EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_UNDECIDED = 3

_PIECE = 1 << 18
_MOST_SUMMARY = 900_000
_TOLD_IN_SUMMARY = 20
_IN_A_REPOSITORY = ("sarif", "junit", "github")
"""Formats whose reader knows files by their names in the repository."""

_TEXT: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace"}


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


def write_text(path: str, text: str | Iterable[str]) -> None:
    """Write a file whole or not at all; a text may come in pieces. Ends the command with one line where it cannot be written.

    A link stays a link, and what is no regular file (``/dev/stdout``, a pipe) is written to, never replaced.
    """
    try:
        target = Path(os.path.realpath(path))
        if path.startswith("/dev/") or (target.exists() and not target.is_file()):
            # In place, and not created: without a reader a named pipe is refused here, where it would else wait for ever.
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_NONBLOCK), "w", **_TEXT) as file:
                os.set_blocking(file.fileno(), True)
                file.writelines(_pieces(text))
            return
        _replace(target, text)
    except OSError as error:
        reason = "nothing reads from this pipe" if error.errno == errno.ENXIO else error.strerror
        raise Refused(f"{path} cannot be written: {reason}") from error


def _replace(target: Path, text: str | Iterable[str]) -> None:
    name = staged(target, text)
    try:
        name.replace(target)
    except BaseException:  # an interruption, too, leaves nothing behind
        with contextlib.suppress(OSError):
            name.unlink()
        raise


def staged(target: Path, text: str | Iterable[str]) -> Path:
    """A file beside the target with the text, to be moved over it: who may read a file that is there stays so. Raises OSError."""
    import stat
    import tempfile

    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:80]}.")
    try:
        with os.fdopen(handle, "w", **_TEXT) as file:
            file.writelines(_pieces(text))
        mask = os.umask(0)
        os.umask(mask)
        # A temporary file is the owner's alone; a report is not.
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~mask
        Path(name).chmod(mode)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    return Path(name)


def writable(*paths: str | None) -> None:
    """End the command now, before anything is asked or judged, where a file could not be written in the end, or not all of
    it kept."""
    wanted = [path for path in paths if path and not path.startswith("/dev/")]
    real = [os.path.realpath(path) for path in wanted]
    for given, name in zip(wanted, real, strict=True):
        if given == "-":
            raise Refused("no file is named -: what goes to standard output is chosen with --format, without --output")
        if real.count(name) > 1:
            raise Refused(f"{given} would be written twice: give each a file of its own")
    for path in paths:
        folder = Path(os.path.realpath(path)).parent if path else None
        if folder is not None and not folder.is_dir():
            raise Refused(f"{path} cannot be written: there is no folder {folder}")
        if folder is not None and not os.access(folder, os.W_OK) and not Path(str(path)).exists():
            raise Refused(f"{path} cannot be written: the folder {folder} may not be written to")


def spared(*paths: str | None) -> None:
    """End the command now where what it writes would take the place of a file that it reads, or of a config."""
    context = click.get_current_context()
    kept = context.params.get("emulate_state")  # a world that is its own state is meant to be written
    read = {os.path.realpath(path) for path in _named_files(context) if path != "-"}
    for path in paths:
        if not path or path == kept or path.startswith("/dev/"):
            continue
        if os.path.realpath(path) in read:
            raise Refused(
                f"{path} is read by this command, and would be written over: give the result a file of its own"
            )
        if Path(path).name == "vxsetup.yaml" or path.endswith((".vxsetup.yaml", ".vxsetup.yml", ".vxsetup.json")):
            raise Refused(
                f"{path} is a name of config files, which a run over the folder reads: give the result another"
            )


def _named_files(context: click.Context) -> Iterator[str]:
    """The files and folders that the running command is to read, as they are named on its command line."""
    for param in context.command.params:
        value = context.params.get(param.name or "")
        if isinstance(param, click.Argument) or (isinstance(param.type, click.Path) and param.type.exists):
            yield from (value,) if isinstance(value, str) else value or ()


def _pieces(text: str | Iterable[str]) -> Iterable[str]:
    return (text,) if isinstance(text, str) else text


def echo(text: str | Iterable[str]) -> None:
    """Print a result, or the pieces of one. A terminal that cannot show a character gets a question mark, not an error; JSON loses nothing.

    A reader that went away, as ``head`` does, changes neither the verdict nor the exit code.
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        if isinstance(text, str):
            click.echo(_shown(text, encoding), nl=not text.endswith("\n"), color=True)
        else:
            for piece in _gathered(text):
                click.echo(_shown(piece, encoding), nl=False, color=True)
    except BrokenPipeError:
        silence()
    except OSError as error:
        silence()
        raise Refused(f"standard output cannot be written: {error.strerror}") from error


def _gathered(pieces: Iterable[str]) -> Iterator[str]:
    """The same text in pieces that are worth a write each."""
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield "".join(held)
            held, size = [], 0
    yield "".join(held)


def _shown(text: str, encoding: str) -> str:
    """The text as a stream of this encoding can take it."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        if text.startswith(("{", "[")):  # JSON, which has such characters in strings alone, and an escape for each
            import json

            return "".join(c if c.isascii() else json.dumps(c)[1:-1] for c in text)
        return text.encode(encoding, "replace").decode(encoding)
    return text


def silence(stream: TextIO | None = None) -> None:
    """Send the rest of a stream (standard output) nowhere, so that the end of the process does not fail over it again."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, (stream or sys.stdout).fileno())
        os.close(nowhere)


def render(report: Report, format_: str, style_: Style, verbosity: int) -> str | Iterable[str]:
    """A report as text in one of the formats; in pieces, where the format needs not all of it at once."""
    from vxsetup.report import IN_PIECES, RENDERERS

    if format_ in IN_PIECES:
        return IN_PIECES[format_](report, style_, verbosity)
    return RENDERERS[format_](report, style_, verbosity)


def named_reports(reports: Iterable[str]) -> list[tuple[str, str]]:
    """Format and path of each ``--report``. Ends the command where one is not FORMAT=FILE."""
    from vxsetup.report import RENDERERS

    found = []
    for wanted in reports:
        name, separator, path = wanted.partition("=")
        if not separator or name not in RENDERERS or not path:
            raise Refused(f"--report {wanted}: write FORMAT=FILE, with FORMAT one of {', '.join(sorted(RENDERERS))}")
        found.append((name, path))
    return found


def prepare(output: str | None, reports: Iterable[str], verbose: bool, quiet: bool, *others: str | None) -> None:
    """Refuse what cannot end well before anything is read: wrong ``--report``, files that cannot be written."""
    if verbose and quiet and typed("verbose") and typed("quiet"):
        raise Refused("--verbose and --quiet contradict each other; give one of them")
    written = (output, *(path for _, path in named_reports(reports)), *others)
    writable(*written)
    spared(*written)


def typed(name: str) -> bool:
    """Whether an option of the running command stands on the command line; what is typed outranks a variable."""
    from click.core import ParameterSource

    return click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE


def outranked(*names: str) -> set[str]:
    """Of options that exclude one another those that only a variable sets, where another one is typed."""
    from click.core import ParameterSource

    source = click.get_current_context().get_parameter_source
    by_variable = {name for name in names if source(name) is ParameterSource.ENVIRONMENT}
    return by_variable if any(typed(name) for name in names) else set()


def write_report(
    report: Report,
    format_: str,
    output: str | None,
    reports: Iterable[str],
    color: str,
    verbosity: int,
    fail_on: str = "error",
) -> None:
    """Write a report where the options say; with the github format also the job summary, where there is one."""
    from vxsetup.report.terminal import Style

    plain = Style(width=100, color=False, unicode=True)
    wanted = named_reports(reports)
    of_run = replace(report, fail_on=Severity(fail_on))
    abroad = (
        _in_repository(of_run) if any(n in _IN_A_REPOSITORY for n in (format_, *(n for n, _ in wanted))) else of_run
    )

    def text(name: str, style_: Style) -> str | Iterable[str]:
        return render(abroad if name in _IN_A_REPOSITORY else of_run, name, style_, verbosity)

    for name, path in wanted:
        write_text(path, text(name, plain))
    if "github" in (format_, *(name for name, _ in wanted)):
        _write_summary(abroad, os.environ.get("GITHUB_STEP_SUMMARY"))
    if output:
        write_text(output, text(format_, plain))
    else:
        echo(text(format_, style(color)))


def _in_repository(report: Report) -> Report:
    from vxsetup.cli.repository import namer
    from vxsetup.report.places import renamed

    return renamed(report, namer(os.environ))


def _write_summary(report: Report, path: str | None) -> None:
    """Add the report to the summary of a GitHub job; a summary that cannot be written changes nothing else."""
    if not path:
        return
    from vxsetup.report.markdown import report_markdown, report_markdown_parts

    text = (
        _within_summary(report_markdown_parts(report))
        or _within_summary(report_markdown_parts(report, _TOLD_IN_SUMMARY))
        or report_markdown(replace(report, findings=()), 0)
    )
    try:
        with open(path, "a", **_TEXT) as file:  # noqa: PTH123
            file.write(text + "\n")
    except OSError as error:
        complain(f"The job summary {path} cannot be written: {error.strerror}")


def _within_summary(parts: Iterable[str]) -> str | None:
    """The text, where GitHub takes it: it refuses a summary of more than 1 MiB."""
    held: list[str] = []
    size = 0
    for part in parts:
        size += len(part.encode("utf-8", "replace"))
        if size > _MOST_SUMMARY:
            return None
        held.append(part)
    return "".join(held)


def exit_code(report: Report, fail_on: str, unknown: str, exit_zero: bool = False) -> int:
    """0, 1 or 3, the same for every format: failures at or above ``fail_on`` first, then what is not known.

    What is suppressed or in the baseline does not count. ``exit_zero``: always 0.
    """
    if exit_zero:
        return 0
    threshold = Severity(fail_on).weight
    if report.verdict == "valid" and threshold >= Severity.ERROR.weight:
        return 0  # what decides the verdict decides this, and the findings of many files are not walked once more
    known = False
    for finding in report.findings:
        known = known or finding.baselined is not None
        if finding.verdict is Verdict.FAIL and finding.severity.weight >= threshold and is_counted(finding):
            return EXIT_FINDINGS
    verdict = (
        readiness(filter(is_counted, report.findings)) if known and report.verdict == "not_ready" else report.verdict
    )
    if verdict == "undecided" and unknown == "fail":
        return EXIT_UNDECIDED
    return 0


def complain(*lines: str) -> None:
    """Say something on standard error. Where that cannot be written, nothing else changes."""
    from vxsetup.report.terminal import safe

    try:
        for line in lines:
            click.echo(safe(line), err=True)
    except OSError:
        silence(sys.stderr)
