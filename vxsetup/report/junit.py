"""The report as JUnit XML: one test case for each rule and subject, so that a dashboard can trend them.

A failure that fails the run is ``failure``, what could not be read is ``error``, what waits, does not apply or is
suppressed is ``skipped``. A failure below ``--fail-on`` passes, with its text as output.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC
from xml.sax.saxutils import escape, quoteattr

from vxsetup.findings import Finding, Report, Verdict
from vxsetup.report.fleet import project_name
from vxsetup.report.grouping import owned
from vxsetup.report.order import PLAIN, fix_text
from vxsetup.report.places import is_file
from vxsetup.report.terminal import safe

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def report_junit(report: Report) -> str:
    """The report as JUnit XML that ends with a line end; a suite for each project, and one for each file of none."""
    shares = owned(report.projects, report.findings)
    suites = [(file or "config", findings) for file, findings in shares.by_file]
    suites += [
        (f"{project_name(project, PLAIN)} in {project.file}", findings)
        for project, findings in zip(report.projects, shares.by_project, strict=True)
    ]
    stamp = report.now.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()
    told = [_suite(name, findings, report, stamp) for name, findings in suites]
    totals = _figures(report.findings, report)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites{_attributes(name='vxsetup', **totals)}>"]
    return "\n".join([*lines, *told, "</testsuites>"]) + "\n"


def _suite(name: str, findings: Sequence[Finding], report: Report, stamp: str) -> str:
    head = f"  <testsuite{_attributes(name=name, **_figures(findings, report), timestamp=stamp)}>"
    return "\n".join([head, *(_case(finding, name, report) for finding in findings), "  </testsuite>"])


def _figures(findings: Iterable[Finding], report: Report) -> dict[str, object]:
    kinds = [_kind(finding, report) for finding in findings]
    return {
        "tests": len(kinds),
        "failures": kinds.count("failure"),
        "errors": kinds.count("error"),
        "skipped": kinds.count("skipped"),
    }


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
