"""The names of files as another reader sees them: relative to a repository, to a baseline, or as a URI."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from vxsetup.findings import Finding, Report, Span, Suppressed
from vxsetup.report.listed import Lines, changed

if TYPE_CHECKING:
    from dataclasses import replace
else:
    from vxsetup.values import replace

Rename = Callable[[str], str]


def renamed(report: Report, rename: Rename) -> Report:
    """The report with every file under another name. Fingerprints follow, and with them what waits on what."""
    if not any(_moved(finding, rename) for finding in report.findings) and not any(
        rename(project.file) != project.file for project in report.projects
    ):
        return report
    causes = {finding.caused_by for finding in report.findings if finding.caused_by}
    prints = {
        finding.fingerprint: _finding(finding, rename).fingerprint
        for finding in (report.findings if causes else ())
        if finding.fingerprint in causes
    }
    projects = tuple(
        project if rename(project.file) == project.file else replace(project, file=rename(project.file))
        for project in report.projects
    )

    def renaming(finding: Finding) -> Finding:
        return _following(_finding(finding, rename), prints)

    return replace(
        report,
        projects=projects,
        listed=None if report.listed is None else changed(report.listed, renaming),
        findings=changed(report.findings, renaming),
        sources=report.sources.renamed(rename)
        if isinstance(report.sources, Lines)
        else {rename(file): text for file, text in report.sources.items()},
    )


def _following(finding: Finding, prints: Mapping[str, str]) -> Finding:
    cause = finding.caused_by
    return finding if cause is None or cause not in prints else replace(finding, caused_by=prints[cause])


def _moved(finding: Finding, rename: Rename) -> bool:
    files = [finding.config, finding.span.file if finding.span else None]
    return any(file is not None and rename(file) != file for file in files)


def _finding(finding: Finding, rename: Rename) -> Finding:
    if finding.span is None or not _moved(finding, rename):
        return finding
    return replace(
        finding,
        span=_span(finding.span, rename),
        related=tuple(_span(span, rename) for span in finding.related),
        config=None if finding.config is None else rename(finding.config),
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
