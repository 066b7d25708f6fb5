"""What asks for attention in a report, the worst first: shared by the formats that show only so many of them."""

from __future__ import annotations

from collections.abc import Iterable

from vxsetup.findings import Finding, Report, Severity, Verdict, is_counted
from vxsetup.report.grouping import Once, arrange
from vxsetup.report.layout import Pen
from vxsetup.report.summary import counts_of, counts_words, share_words, verdict_words
from vxsetup.report.terminal import Style, safe

PLAIN = Pen(Style(width=100, color=False, unicode=True))
"""Words without colour, for formats that are no terminal's."""


def worst_first(findings: Iterable[Finding]) -> list[tuple[Finding, int]]:
    """Failures of severity error, unknowns, warnings, notes; each with how many requirements wait on it.

    Unknowns that one answer would settle are one entry.
    """
    arranged = arrange([finding for finding in findings if is_counted(finding)])
    told = [(failure.finding, len(failure.held_up)) for failure in arranged.errors]
    told += [(group[0], len(group) - 1) for group in arranged.unknowns]
    told += [(group[0], len(group) - 1) for _, group in arranged.orphans]
    told += [(failure.finding, len(failure.held_up)) for failure in arranged.warnings]
    return told + [(finding, 0) for finding in arranged.infos]


def worst(findings: Iterable[Finding], most: int) -> tuple[list[tuple[Finding, int]], int]:
    """The first ``most`` entries of ``worst_first``, and how many entries there are.

    Where nothing waits on anything, as in configs that are looked at offline, no more failures are held than these, and what
    configs get from the same line of the file that they extend is one entry.
    """
    held: list[Finding] = []
    once = Once()
    numbers = dict.fromkeys(Severity, 0)
    for finding in findings:
        if finding.caused_by is not None:
            every = worst_first(findings)
            return every[:most], len(every)
        if finding.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE) or not is_counted(finding):
            continue
        if finding.verdict is Verdict.FAIL:
            if not once(finding):
                continue
            numbers[finding.severity] += 1
            if numbers[finding.severity] > most:
                continue
        held.append(finding)
    every = [(once.counted(finding), others) for finding, others in worst_first(held)]
    return every[:most], len(every) + sum(max(0, number - most) for number in numbers.values())


def waiting_words(finding: Finding, others: int) -> str:
    """``7 more could not be judged because of this``, or nothing."""
    if not others:
        return ""
    if finding.verdict is Verdict.FAIL:
        return f"{others:,} more could not be judged because of this."
    return f"The same leaves {others:,} more unknown."


def summary_line(report: Report) -> str:
    """``not ready (2 of 5 projects): 3 failed, 1 unknown``, without colour."""
    words = counts_words(counts_of(report.findings, *report.projects))
    return f"{verdict_words(report.verdict, PLAIN)}{share_words(report)}" + (f": {words}" if words else "")


def about(finding: Finding) -> str:
    """Whose a finding is, beside its subject: ``acme-ai-prod (prod)``."""
    name = safe(finding.project or "")
    return f"{name} ({safe(finding.environment)})" if finding.environment else name


def fix_text(finding: Finding) -> str:
    """The next step as plain lines: sentence, command, address. Empty where there is none."""
    if finding.fix is None:
        return ""
    lines = [f"Fix: {safe(finding.fix.summary)}" if finding.verdict is Verdict.FAIL else safe(finding.fix.summary)]
    if finding.fix.command:
        lines.append(safe(finding.fix.command, newlines=True))
    if finding.fix.url:
        lines.append(f"See {safe(finding.fix.url)}")
    return "\n".join(lines)
