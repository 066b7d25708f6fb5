"""The report as GitHub Actions annotations: the ten worst, each at its line of the config, and a line that sums up.

GitHub shows ten annotations of a kind for each step, so more would push out the worst; the job summary has them all.
Values are escaped as the runner's own toolkit does it. It also takes ``##[error]`` for a command wherever it stands in a line.
"""

from __future__ import annotations

from vxsetup.findings import Finding, Report, Severity, Span, Verdict
from vxsetup.report.order import about, fix_text, summary_line, waiting_words, worst
from vxsetup.report.places import is_file
from vxsetup.report.terminal import safe

MOST = 10

_KINDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def report_github(report: Report) -> str:
    """Workflow commands, one a line, and then plain lines: what is left out, the notes, and the summary."""
    told, number = worst(report.findings, MOST)
    lines = [_annotation(finding, others) for finding, others in told]
    if number > MOST:
        lines.append(f"vxsetup: {number - MOST:,} more are in the job summary and in the other formats")
    lines += [f"vxsetup: note: {safe(note)}".replace("##[", "## [") for note in report.notes]
    lines.append(f"vxsetup: {summary_line(report)}")
    return "\n".join(lines) + "\n"


def _annotation(finding: Finding, others: int) -> str:
    kind = _KINDS[finding.severity] if finding.verdict is Verdict.FAIL else "warning"
    name = about(finding)
    title = f"{safe(finding.rule)} {safe(finding.name)}" + (f" in {name}" if name else "")
    if finding.verdict is not Verdict.FAIL:
        title += " (could not be read)"
    parts = [safe(finding.message), waiting_words(finding, others), fix_text(finding)]
    values = {**_place(finding.span), "title": title}
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in values.items())
    return f"::{kind} {listed}::{_data(chr(10).join(part for part in parts if part))}"


def _place(span: Span | None) -> dict[str, object]:
    """File and lines; columns only within one line, since GitHub drops an annotation that has both."""
    if span is None or not is_file(span):
        return {}
    place: dict[str, object] = {"file": safe(span.file), "line": span.line, "endLine": max(span.line, span.end_line)}
    if span.end_line <= span.line:
        # The last column of the text; ours is the first after it.
        place |= {"col": span.column, "endColumn": max(span.column, span.end_column - 1)}
    return place


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
