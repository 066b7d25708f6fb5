"""The report for people: each project's verdict, the path of its requests, what stands in their way, the next step.

The worst is told in full and the rest is counted; the last line is the command to run next.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from vxsetup.findings import Finding, ProjectResult, Report, Verdict
from vxsetup.report.blocks import Teller
from vxsetup.report.excerpt import sources_of
from vxsetup.report.fleet import FLEET, FleetTable, project_name
from vxsetup.report.gates import gate_lines
from vxsetup.report.grouping import Arranged, Shares, arrange
from vxsetup.report.layout import Pen, plural, tally
from vxsetup.report.listed import in_full
from vxsetup.report.summary import counts_of, counts_words, is_good, share_words, verdict_state, verdict_words
from vxsetup.report.terminal import Style

__all__ = ["Style", "report_text"]

Blocks = list[list[str]]
"""Groups of lines that a blank line parts."""


def report_text(report: Report, style: Style, verbosity: int = 0) -> str:
    """The report as text that ends with a line end.

    ``verbosity`` -1 leaves the summary line alone; 1 and more unfold passes, notes, suppressed findings and the
    projects that are ready. Everything that came from files or the cloud is made harmless (``terminal.safe``).
    """
    return "".join(report_text_parts(report, style, verbosity))


def report_text_parts(report: Report, style: Style, verbosity: int = 0) -> Iterator[str]:
    """The same text, a group of lines at a time."""
    pen = Pen(style)
    report = in_full(report) if verbosity > 0 else report
    if verbosity < 0:
        yield _summary(report, pen) + "\n"
        return
    last = [*_notes(report, pen), _summary(report, pen), *_next(report, pen)]
    lead = ""
    for block in chain(_body(report, pen, verbosity > 0), (last,)):
        if block:
            yield lead + "\n".join(line.rstrip() for line in block)
            lead = "\n\n"
    yield "\n"


def _body(report: Report, pen: Pen, verbose: bool) -> Iterator[list[str]]:
    """Files that belong to no project, then the projects, then the table of a fleet."""
    teller = Teller(pen, sources_of(report.sources), verbose, _causes(report.findings, pen))
    shares = Shares(report.projects, report.findings)
    for file, findings in shares.by_file:
        yield from _file_blocks(file, findings, teller)
    fleet = len(report.projects) > FLEET
    table = FleetTable(report.projects, pen, verbose)
    for project, findings in zip(report.projects, shares.by_project(), strict=True):
        table.add(project, findings)
        arranged = arrange(findings)
        # The table has a line for each project, and that is all that a ready one of many needs.
        if not (fleet and is_good(project.verdict) and arranged.silent and not verbose):
            yield from _project_blocks(project, findings, arranged, teller, alone=len(report.projects) == 1)
    if fleet:
        yield table.lines()


def _causes(findings: Iterable[Finding], pen: Pen) -> dict[str, str]:
    """Names for findings that others may wait on though they are told elsewhere: in another project, or suppressed."""
    causes = {finding.caused_by for finding in findings if finding.caused_by}
    names: dict[str, str] = {}
    for finding in findings if causes else ():
        if finding.verdict is Verdict.FAIL and finding.fingerprint in causes:
            where = f" of {finding.project}" if finding.project else ""
            aside = " (suppressed)" if finding.suppressed else ""
            names.setdefault(finding.fingerprint, pen.clean(f"{finding.rule} {finding.name}{where}{aside}"))
    return names


def _file_blocks(file: str, findings: Sequence[Finding], teller: Teller) -> Blocks:
    """What is wrong with a document, or with a place that no project result stands for."""
    return _told(arrange(findings), teller, teller.pen.clean(file))


def _project_blocks(
    project: ProjectResult, findings: Sequence[Finding], arranged: Arranged, teller: Teller, alone: bool
) -> Blocks:
    pen = teller.pen
    name = project_name(project, pen)
    place = f" in {pen.clean(project.file)}" if project.file else ""
    # Of one project alone the summary says the same.
    counted = "" if alone else counts_words(counts_of(findings, project))
    header = (
        f"{pen.mark(verdict_state(project.verdict))} {pen.paint('title', name)}{place}: "
        f"{verdict_words(project.verdict, pen)}{f' ({counted})' if counted else ''}"
    )
    return [[header, *gate_lines(project.paths, pen)], *_told(arranged, teller, name)]


def _told(arranged: Arranged, teller: Teller, owner: str) -> Blocks:
    """Failures, unknowns, what waits on something told elsewhere, warnings, and the rest folded."""
    blocks = [teller.failure(failure, owner) for failure in arranged.errors]
    blocks += [teller.unknown(group, owner) for group in arranged.unknowns]
    blocks += [teller.orphans(cause, group) for cause, group in arranged.orphans]
    blocks += [teller.failure(failure, owner) for failure in arranged.warnings]
    blocks.append(_unfolded(arranged, teller) if teller.verbose else _folded(arranged, teller.pen))
    return blocks


def _folded(arranged: Arranged, pen: Pen) -> list[str]:
    """One line for what asks nothing of anyone but is not good either; passes are in the counts."""
    parts = []
    if arranged.infos:
        rules = tally(pen.clean(f"{finding.rule} {finding.name}") for finding in arranged.infos)
        parts.append(f"{plural(len(arranged.infos), 'note', 'notes')}: {rules}")
    if arranged.suppressed:
        rules = tally(pen.clean(f"{finding.rule} {finding.name}") for finding in arranged.suppressed)
        parts.append(f"{len(arranged.suppressed):,} suppressed: {rules}")
    if arranged.baselined:
        rules = tally(pen.clean(f"{finding.rule} {finding.name}") for finding in arranged.baselined)
        parts.append(f"{len(arranged.baselined):,} in the baseline: {rules}")
    return [pen.paint("faint", line) for line in pen.wrap(f"{'; '.join(parts)} (-v tells more)", 0, 2)] if parts else []


def _unfolded(arranged: Arranged, teller: Teller) -> list[str]:
    """Every note, suppressed finding, pass and requirement that does not apply, a line each under a title."""
    pen = teller.pen
    lines: list[str] = []
    for title, mark, group in (
        ("noted", "warning", arranged.infos),
        ("passed", "pass", arranged.passes),
        ("not applicable", "skipped", arranged.not_applicable),
    ):
        if group:
            lines.append(pen.paint("title", f"{len(group):,} {title}:"))
            for finding in group:
                lines += teller.line(mark, finding)
    if arranged.suppressed:
        lines.append(pen.paint("title", f"{len(arranged.suppressed):,} suppressed:"))
        for finding in arranged.suppressed:
            if finding.suppressed is not None:
                lines += teller.suppressed(finding, finding.suppressed)
    if arranged.baselined:
        lines.append(pen.paint("title", f"{len(arranged.baselined):,} in the baseline:"))
        for finding in arranged.baselined:
            if finding.baselined is not None:
                lines += teller.baselined(finding, finding.baselined)
    return lines


def _notes(report: Report, pen: Pen) -> list[str]:
    lines: list[str] = []
    for note in report.notes:
        lines += pen.paragraph(pen.clean(note), 0, "note: ", "info")
    return [*lines, ""] if lines else []


def _summary(report: Report, pen: Pen) -> str:
    """``not ready: 3 failed, 1 unknown, 6 not reached, 12 passed``; of many projects it says how many are not good."""
    words = counts_words(counts_of(report.findings, *report.projects))
    return f"{verdict_words(report.verdict, pen)}{share_words(report)}" + (f": {words}" if words else "")


def _next(report: Report, pen: Pen) -> list[str]:
    if not report.next_command:
        return []
    return ["", "Next:", *(f"  {line}" for line in pen.lines(report.next_command))]
