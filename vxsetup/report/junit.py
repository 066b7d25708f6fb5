"""The report as JUnit XML: one test case for each rule and subject, so that a dashboard can trend them.

A failure that fails the run is ``failure``, what could not be read is ``error``, what waits, does not apply or is
suppressed is ``skipped``. A failure below ``--fail-on`` passes, with its text as output.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC
from xml.sax.saxutils import escape, quoteattr

from vxsetup.findings import Finding, Report, Verdict
from vxsetup.report.fleet import project_name
from vxsetup.report.grouping import home_of, homes, in_turn
from vxsetup.report.order import PLAIN, fix_text
from vxsetup.report.places import is_file
from vxsetup.report.terminal import safe

Figures = tuple[int, int, int, int]
"""How many test cases there are, and how many of them are failures, errors, and skipped."""

_NONE: Figures = (0, 0, 0, 0)
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def report_junit(report: Report) -> str:
    """The report as JUnit XML that ends with a line end; a suite for each project, and one for each file of none."""
    return "".join(report_junit_parts(report))


def report_junit_parts(report: Report) -> Iterator[str]:
    """The same text piece by piece. The findings are walked twice, as the figures stand above what they count."""
    home = homes(report.projects)
    stamp = report.now.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()
    figures = [_NONE] * len(report.projects)
    totals = _NONE
    by_file: dict[str, list[Finding]] = {}
    for finding in _findings(report):
        index, figure = home_of(finding, home), _figures(finding, report)
        totals = _plus(totals, figure)
        if index is None:
            by_file.setdefault(finding.span.file if finding.span else "", []).append(finding)
        else:
            figures[index] = _plus(figures[index], figure)
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites{_attributes(name="vxsetup", **_named(totals))}>\n'
    for file, findings in by_file.items():
        figure = _NONE
        for finding in findings:
            figure = _plus(figure, _figures(finding, report))
        yield from _suite(file or "config", findings, figure, report, stamp)
    for index, cases in in_turn(_findings(report), home, [figure[0] for figure in figures]):
        project = report.projects[index]
        name = f"{project_name(project, PLAIN)} in {project.file}"
        yield from _suite(name, cases, figures[index], report, stamp)
    yield "</testsuites>\n"


def _findings(report: Report) -> Iterable[Finding]:
    return report.findings if report.listed is None else report.listed


def _suite(name: str, findings: Iterable[Finding], figures: Figures, report: Report, stamp: str) -> Iterator[str]:
    yield f"  <testsuite{_attributes(name=name, **_named(figures), timestamp=stamp)}>\n"
    for finding in findings:
        yield _case(finding, name, report) + "\n"
    yield "  </testsuite>\n"


def _figures(finding: Finding, report: Report) -> Figures:
    kind = _kind(finding, report)
    return 1, int(kind == "failure"), int(kind == "error"), int(kind == "skipped")


def _plus(one: Figures, other: Figures) -> Figures:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3]


def _named(figures: Figures) -> dict[str, object]:
    return dict(zip(("tests", "failures", "errors", "skipped"), figures, strict=True))


def _kind(finding: Finding, report: Report) -> str:
    if finding.suppressed is not None or finding.baselined is not None:
        return "skipped"
    if finding.verdict is Verdict.FAIL:
        return "failure" if finding.severity.weight >= report.fail_on.weight else "output"
    if finding.verdict is Verdict.UNKNOWN:
        return "error"
    return "pass" if finding.verdict is Verdict.PASS else "skipped"


def _case(finding: Finding, suite: str, report: Report) -> str:
    about = [finding.subject, *([finding.principal] if finding.principal else [])]
    about += ["/".join(str(part) for part in finding.config_path)] if finding.config_path else []
    place: dict[str, object] = {}
    if finding.span is not None and is_file(finding.span):
        place = {"file": finding.span.file, "line": finding.span.line}
    name = f"{finding.rule} {finding.name}: {' '.join(about)}"
    head = f"    <testcase{_attributes(name=name, classname=suite, **place)}"
    kind = _kind(finding, report)
    if kind == "pass":
        return f"{head}/>"
    if kind == "output":
        inside = f"      <system-out>{_text(f'{finding.severity.value}: {_told(finding)}')}</system-out>"
    elif kind == "skipped":
        inside = f"      <skipped{_attributes(message=_why_skipped(finding))}/>"
    else:
        type_ = f"{finding.rule} {finding.name}" if kind == "failure" else "unknown"
        inside = f"      <{kind}{_attributes(message=finding.message, type=type_)}>{_text(_told(finding))}</{kind}>"
    return f"{head}>\n{inside}\n    </testcase>"


def _why_skipped(finding: Finding) -> str:
    if finding.suppressed is not None:
        return f"suppressed: {finding.suppressed.reason}"
    if finding.baselined is not None:
        return f"in the baseline ({finding.baselined.owner}): {finding.baselined.reason}"
    if finding.verdict is Verdict.NOT_REACHED:
        return f"not reached: {finding.message}" + (f" (waits on {finding.caused_by})" if finding.caused_by else "")
    return f"not applicable: {finding.message}"


def _told(finding: Finding) -> str:
    """The failure as a person reads it in a log: message, place, evidence, next step."""
    lines = [safe(finding.message)]
    if finding.span is not None:
        lines.append(f"at {safe(finding.span.file)}:{finding.span.line}:{finding.span.column}")
    for piece in finding.evidence:
        at = f", {safe(piece.at)}" if piece.at else ""
        lines.append(f"{piece.rung.value}: {safe(piece.says)} ({safe(piece.source)}{at})")
    return "\n".join([*lines, *([fix_text(finding)] if finding.fix else [])])


def _attributes(**values: object) -> str:
    return "".join(f" {name}={quoteattr(_legal(safe(str(value))))}" for name, value in values.items())


def _text(text: str) -> str:
    return escape(_legal(text))


def _legal(text: str) -> str:
    """Only characters that XML 1.0 has."""
    return _NO_XML.sub("\ufffd", text)
