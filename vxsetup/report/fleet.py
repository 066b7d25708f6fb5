"""The table that ends a report on many projects: where to look first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from vxsetup.findings import Finding, ProjectResult, Severity, Verdict
from vxsetup.report.layout import Pen, columns, pad, plural
from vxsetup.report.summary import Counts, counts_of, is_good, verdict_state, verdict_words
from vxsetup.report.terminal import Style

FLEET = 3
"""With more projects than this a ready one takes a line and a table ends the report."""

_GOOD_ROWS = 20
_COMMON = 3
_HEADS = ("failed", "warnings", "unknown", "not reached", "passed")


class FleetTable:
    """A row for each project, in order; many good ones become one row, unless ``verbose``. Then the failures that most
    projects share."""

    def __init__(self, projects: Sequence[ProjectResult], pen: Pen, verbose: bool) -> None:
        self._projects = projects
        self._pen = pen
        self._good = sum(is_good(project.verdict) for project in projects)
        self._fold = not verbose and self._good > _GOOD_ROWS
        self._rows: list[tuple[ProjectResult, Counts]] = []
        self._shared: dict[str, int] = {}

    def add(self, project: ProjectResult, findings: Iterable[Finding]) -> None:
        """The next project, with its own findings."""
        mine = tuple(findings)
        if not (self._fold and is_good(project.verdict)):
            self._rows.append((project, counts_of(mine, project)))
        failed = (
            f"{finding.rule} {finding.name}"
            for finding in mine
            if finding.verdict is Verdict.FAIL and finding.severity is Severity.ERROR and finding.suppressed is None
        )
        for rule in dict.fromkeys(failed):
            self._shared[rule] = self._shared.get(rule, 0) + 1

    def lines(self) -> list[str]:
        """The table of the projects that were added."""
        pen, projects = self._pen, self._projects
        marks = max((pen.mark_width(verdict_state(project.verdict)) for project in projects), default=1)
        lines = _table(self._rows, pen, marks)
        if self._fold:
            words = " or ".join(sorted({project.verdict for project in projects if is_good(project.verdict)}))
            blank = " " * (marks - pen.mark_width("pass") + 1)
            more = "more " if self._rows else ""
            lines.append(f"{pen.mark('pass')}{blank}{self._good:,} {more}{words} (-v lists them)")
        return lines + _common(self._shared, pen)


def project_name(project: ProjectResult, pen: Pen) -> str:
    """``acme-ai-prod (prod)``."""
    name = pen.clean(project.id, 80) or "(no project id)"
    return f"{name} ({pen.clean(project.environment, 40)})" if project.environment else name


def _table(rows: Sequence[tuple[ProjectResult, Counts]], pen: Pen, mark: int) -> list[str]:
    """Columns: mark, project, verdict, counts that are not all zero, and the file where there is room for it."""
    if not rows:
        return []
    figures = [
        (head, values)
        for head in _HEADS
        if any(values := [getattr(counts, head.replace(" ", "_")) for _, counts in rows])
    ]
    names = [project_name(project, pen) for project, _ in rows]
    states = [verdict_state(project.verdict) for project, _ in rows]
    name = max(len("project"), *(columns(one) for one in names))
    plain = Pen(Style(pen.style.width, False, pen.style.unicode))
    words = [verdict_words(project.verdict, plain) for project, _ in rows]
    word = max(len("verdict"), *(columns(one) for one in words))
    heads = [head for head, _ in figures]
    used = mark + 1 + name + 2 + word + sum(2 + len(head) for head in heads)
    files = [pen.clean(project.file, 200) for project, _ in rows]
    with_file = used + 2 + max(columns(one) for one in files) <= pen.style.width
    header = "  ".join([pad("project", name), pad("verdict", word), *heads, *(["file"] if with_file else [])])
    lines = [pen.paint("faint", " " * (mark + 1) + header)]
    for index, (project, _) in enumerate(rows):
        state = states[index]
        shown = verdict_words(project.verdict, pen) + " " * (word - columns(words[index]))
        cells = [pad(names[index], name), shown]
        cells += [(f"{values[index]:,}" if values[index] else "").rjust(len(head)) for head, values in figures]
        cells += [files[index]] if with_file else []
        lines.append(pen.mark(state) + " " * (mark - pen.mark_width(state) + 1) + "  ".join(cells))
    return lines


def _common(shared: Mapping[str, int], pen: Pen) -> list[str]:
    """The failures that two or more projects share, the most frequent first."""
    common = sorted(((rule, number) for rule, number in shared.items() if number > 1), key=lambda one: -one[1])
    if not common:
        return []
    text = ", ".join(
        f"{pen.clean(rule)} in {plural(number, 'project', 'projects')}" for rule, number in common[:_COMMON]
    )
    return pen.paragraph(text, 0, "most often: ", "title")
