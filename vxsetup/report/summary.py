"""The words for verdicts, and the counts in the line that sums a report up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from vxsetup.findings import Finding, ProjectResult, Report, Severity, Verdict
from vxsetup.report.layout import Pen

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_WORDS = {"not_ready": "not ready"}
_STATES = {"ready": "pass", "valid": "pass", "not_ready": "fail", "invalid": "fail", "undecided": "unknown"}


def verdict_words(verdict: str, pen: Pen) -> str:
    """The verdict of a project or of a run, in words, in its colour."""
    return pen.paint(verdict_state(verdict), pen.clean(_WORDS.get(verdict, verdict)))


def verdict_state(verdict: str) -> str:
    """The mark's name for a verdict; ``skipped`` for one that is none of ours."""
    return _STATES.get(verdict, "skipped")


def is_good(verdict: str) -> bool:
    """Whether a verdict asks nothing more of anyone."""
    return verdict_state(verdict) == "pass"


def share_words(report: Report) -> str:
    """`` (29 of 200 projects)``: how many have the verdict of the run; and how many more are not good for another reason,
    `` (8 of 200 projects; 192 more undecided)``. Empty for one project."""
    total = len(report.projects)
    if total < 2:
        return ""
    bad = [project.verdict for project in report.projects if not is_good(project.verdict)]
    if not bad:
        return f" ({total:,} projects)"
    same = sum(verdict == report.verdict for verdict in bad)
    others = sorted({verdict for verdict in bad if verdict != report.verdict}) if same else []
    more = "".join(f"; {bad.count(verdict):,} more {_WORDS.get(verdict, verdict)}" for verdict in others)
    return f" ({same or len(bad):,} of {total:,} projects{more})"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many findings there are of each kind that people tell apart; warnings and notes are failures that do not
    decide."""

    failed: int = 0
    warnings: int = 0
    notes: int = 0
    unknown: int = 0
    not_reached: int = 0
    passed: int = 0
    not_applicable: int = 0
    suppressed: int = 0
    baselined: int = 0


def counts_of(findings: Iterable[Finding], *projects: ProjectResult) -> Counts:
    """Counts every finding once: suppressed ones and those of the baseline apart, the others by verdict and severity;
    and what the projects count that is not among them."""
    tallied = dict.fromkeys(Counts.__match_args__, 0)
    for finding in findings:
        tallied[_kind(finding)] += 1
    for project in projects:
        tallied["passed"] += project.unlisted[0]
        tallied["not_applicable"] += project.unlisted[1]
    return Counts(**tallied)


def _kind(finding: Finding) -> str:
    if finding.suppressed is not None:
        return "suppressed"
    if finding.baselined is not None and finding.verdict is Verdict.FAIL:
        return "baselined"
    if finding.verdict is Verdict.FAIL:
        return _FAILURES[finding.severity]
    return _KINDS[finding.verdict]


_FAILURES: Mapping[Severity, str] = {Severity.ERROR: "failed", Severity.WARNING: "warnings", Severity.INFO: "notes"}
_KINDS: Mapping[Verdict, str] = {
    Verdict.PASS: "passed",
    Verdict.UNKNOWN: "unknown",
    Verdict.NOT_REACHED: "not_reached",
    Verdict.NOT_APPLICABLE: "not_applicable",
}


def counts_words(counts: Counts) -> str:
    """``3 failed, 1 warning, 1 unknown, 6 not reached, 12 passed, 1 suppressed``; zeros are left out."""
    words = [
        (counts.failed, "failed", "failed"),
        (counts.warnings, "warning", "warnings"),
        (counts.notes, "note", "notes"),
        (counts.unknown, "unknown", "unknown"),
        (counts.not_reached, "not reached", "not reached"),
        (counts.passed, "passed", "passed"),
        (counts.suppressed, "suppressed", "suppressed"),
        (counts.baselined, "in the baseline", "in the baseline"),
    ]
    return ", ".join(f"{number:,} {one if number == 1 else many}" for number, one, many in words if number)
