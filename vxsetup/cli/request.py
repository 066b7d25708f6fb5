"""``vxsetup request``: checks a request body offline, before it is sent."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from vxsetup.cli.options import Time, option, report_options
from vxsetup.cli.output import Refused, exit_code, prepare, write_report

MAX_BYTES = 128 * 1024 * 1024
"""More than four times what a request may have: enough to say that a body is too large."""


@click.command("request")
@click.argument("file", metavar="FILE")
@option("--model", metavar="ID", help="The model that the body is for; what it refuses is then told, too.")
@option("--location", metavar="NAME", help="The location that the body is for.")
@option("--count-tokens", is_flag=True, help="The body is for models/count-tokens:rawPredict.")
@option(
    "--catalog",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="A dated patch over the shipped catalogue.",
)
@option("--now", type=Time(), metavar="TIME", help="Judge as of this time.")
@report_options
def command(
    file: str,
    model: str | None,
    location: str | None,
    count_tokens: bool,
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
    """Check the request body in FILE (- is standard input): fields, values, size, and what the model takes.

    Nothing is sent. Exits with 0 when the body is valid, 1 when it is not.
    """
    from vxsetup import __version__, resources
    from vxsetup.cli.configs import read_catalogue
    from vxsetup.findings import Report, validity
    from vxsetup.rules import registry
    from vxsetup.smoke.body import About, examine

    prepare(output, reports, verbose, quiet)
    catalogue = read_catalogue(catalog)
    if model is not None:
        model = _model(model, catalogue)
    raw = _bytes(file)
    name = "<standard input>" if file == "-" else file
    findings = examine(raw, name, About(model, location, count_tokens), catalogue, resources.schema("request"))
    report = Report(
        command="request",
        verdict=validity(findings),
        now=now or datetime.now(UTC),
        version=__version__,
        catalog_date=catalogue.date,
        projects=(),
        findings=findings,
        sources={name: raw.decode("utf-8-sig", "replace")},
        notes=() if model or count_tokens else ("Without --model only what holds for every model was judged.",),
        rules=registry(),
    )
    write_report(report, format_, output, reports, color, -1 if quiet else 1 if verbose else 0, fail_on)
    return exit_code(report, fail_on, "ignore")


def _model(written: str, catalogue: object) -> str:
    from vxsetup.catalog import Catalogue
    from vxsetup.rules.path import SENDABLE

    assert isinstance(catalogue, Catalogue)
    found = catalogue.recognise(written)
    if found.kind in SENDABLE:
        return written
    right = f"; write {found.suggestion}" if found.suggestion else ""
    raise Refused(f"--model {written[:80]}: {found.says}{right}")


def _bytes(path: str) -> bytes:
    import os
    import stat

    try:
        if path == "-":
            return _bounded(sys.stdin.buffer.read(MAX_BYTES + 1), "standard input")
        about = os.stat(path)  # noqa: PTH116
        if not stat.S_ISREG(about.st_mode) and not path.startswith(("/dev/fd/", "/dev/stdin", "/proc/self/fd/")):
            kind = "a folder" if stat.S_ISDIR(about.st_mode) else "not a regular file"
            raise Refused(f"{path} cannot be read: it is {kind}")
        with open(path, "rb") as opened:  # noqa: PTH123
            return _bounded(opened.read(MAX_BYTES + 1), path)
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from error


def _bounded(raw: bytes, name: str) -> bytes:
    if len(raw) > MAX_BYTES:
        raise Refused(f"{name} cannot be read: it has more than {MAX_BYTES // 1024 // 1024} MiB")
    return raw
