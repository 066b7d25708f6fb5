"""The names of files as another reader sees them: relative to a repository, to a baseline, or as a URI."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from vxsetup.findings import Finding, Report, Span, Suppressed
from vxsetup.report.listed import Listed

if TYPE_CHECKING:
    from dataclasses import replace
else:
    from vxsetup.values import replace

Rename = Callable[[str], str]


def renamed(report: Report, rename: Rename) -> Report:
    """The report with every file under another name. Fingerprints follow, and with them what waits on what."""
    moved = tuple(_finding(finding, rename) for finding in report.findings)
    prints = {
        old.fingerprint: new.fingerprint for old, new in zip(report.findings, moved, strict=True) if old is not new
    }
    projects = tuple(
        project if rename(project.file) == project.file else replace(project, file=rename(project.file))
        for project in report.projects
    )
    if not prints and projects == report.projects:
        return report
    return replace(
        report,
        projects=projects,
        listed=report.listed.changed(_renaming(rename, prints)) if isinstance(report.listed, Listed) else report.listed,
        findings=tuple(_following(finding, prints) for finding in moved),
        sources={rename(file): text for file, text in report.sources.items()},
    )


def _renaming(rename: Rename, prints: Mapping[str, str]) -> Callable[[Finding], Finding]:
    """The same for a finding that is read later; what others wait on is no pass, so that ``prints`` has it."""
    return lambda finding: _following(_finding(finding, rename), prints)


def _following(finding: Finding, prints: Mapping[str, str]) -> Finding:
    cause = finding.caused_by
    return finding if cause is None or cause not in prints else replace(finding, caused_by=prints[cause])


def _finding(finding: Finding, rename: Rename) -> Finding:
    if finding.span is None or rename(finding.span.file) == finding.span.file:
        return finding
    return replace(
        finding,
        span=_span(finding.span, rename),
        related=tuple(_span(span, rename) for span in finding.related),
        suppressed=_suppressed(finding.suppressed, rename),
    )


def _span(span: Span, rename: Rename) -> Span:
    return replace(span, file=rename(span.file))


def _suppressed(suppressed: Suppressed | None, rename: Rename) -> Suppressed | None:
    if suppressed is None or suppressed.span is None:
        return suppressed
    return replace(suppressed, span=_span(suppressed.span, rename))


def is_file(span: Span | None) -> bool:
    """Whether a span points into a file of the disk; the config that flags stand for is none (``<command line>``)."""
    return span is not None and bool(span.file) and not span.file.startswith("<")


def uri(file: str) -> str:
    """A file's name as a URI reference (RFC 3986): relative as it is, absolute with ``file://``."""
    plain = file.replace("\\", "/").encode("utf-8", "replace").decode()
    # A colon in the first part of a relative reference would read as a scheme.
    quoted = quote(plain, safe="/~!$&'()*+,;=@")
    if plain[1:3] == ":/":
        return f"file:///{quote(plain, safe='/:')}"
    return f"file://{quoted}" if plain.startswith("/") else quoted
