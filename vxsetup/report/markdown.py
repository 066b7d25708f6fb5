"""The report as Markdown (GitHub's and GitLab's): for job summaries, merge-request comments and tickets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from vxsetup.findings import Finding, ProjectResult, Report, RequestPath, Severity, Verdict
from vxsetup.report.fleet import project_name
from vxsetup.report.grouping import Arranged, Failure, Shares, arrange
from vxsetup.report.layout import plural, state_of, tally
from vxsetup.report.order import PLAIN, summary_line
from vxsetup.report.summary import counts_of, counts_words, is_good, verdict_state, verdict_words
from vxsetup.report.terminal import safe

_MARKS = {"pass": "✅", "fail": "❌", "warning": "⚠️", "unknown": "❔", "skipped": "–"}
_SPECIAL = re.compile(r"([\\`*_\[\]|~$])|^([#+-]|\d+(?=[.)](?:\s|$)))")
_ADDRESS = re.compile(r"(?i)\b(?:https?:|ftp:|mailto:|www\.)")
_MENTION = re.compile(r"(?<!\w)@(?=\w)")
_LIMIT = 4_000


def report_markdown(report: Report, most: int | None = None) -> str:
    """The report as Markdown that ends with a line end. ``most`` limits how many projects are told in full."""
    return "".join(report_markdown_parts(report, most))


def report_markdown_parts(report: Report, most: int | None = None) -> Iterator[str]:
    """The same text, a block at a time."""
    lead = ""
    for block in _blocks(report, most):
        if block:
            yield lead + block
            lead = "\n\n"
    yield "\n"


def _blocks(report: Report, most: int | None) -> Iterator[str]:
    shares = Shares(report.projects, report.findings)
    yield f"## {_MARKS[verdict_state(report.verdict)]} vxsetup: {_plain(summary_line(report))}"
    if len(report.projects) > 1:
        yield _table(report.projects, shares.by_project())
    for file, findings in shares.by_file:
        yield from _told(arrange(findings), f"### {_code(file or 'config')}")
    told = 0
    for project, findings in zip(report.projects, shares.by_project(), strict=True):
        arranged = arrange(findings)
        if len(report.projects) > 1 and is_good(project.verdict) and arranged.silent:
            continue
        if most is not None and told == most:
            yield "More projects are not told here: see the table above, or another format of this report."
            break
        told += 1
        mark = _MARKS[verdict_state(project.verdict)]
        yield f"### {mark} {_plain(project_name(project, PLAIN))}: {verdict_words(project.verdict, PLAIN)}"
        yield from _paths(project.paths)
        yield from _told(arranged, "")
    yield from (f"> {_plain(note)}" for note in report.notes)
    if report.next_command:
        yield f"Next:\n\n{_fence(report.next_command)}"
    yield _foot(report)


def _foot(report: Report) -> str:
    when = report.now.strftime("%Y-%m-%d %H:%M")
    return (
        f"<sub>vxsetup {_plain(report.version)}, {_plain(report.command)}, judged as of {when}, "
        f"catalogue of {report.catalog_date.isoformat()}</sub>"
    )


def _table(projects: Sequence[ProjectResult], findings: Iterable[Sequence[Finding]]) -> str:
    rows = ["| | project | verdict | findings | file |", "|---|---|---|---|---|"]
    for project, mine in zip(projects, findings, strict=True):
        cells = [
            _MARKS[verdict_state(project.verdict)],
            _plain(project_name(project, PLAIN)),
            verdict_words(project.verdict, PLAIN),
            counts_words(counts_of(mine, project)),
            _code(project.file, table=True),
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _paths(paths: Sequence[RequestPath]) -> list[str]:
    """The path of each request: a row for each model and location, a column for each gate."""
    if not paths:
        return []
    gates = list(dict.fromkeys(gate.name for path in paths for gate in path.gates))
    rows = [f"| request | {' | '.join(_plain(gate) for gate in gates)} |", f"|---|{'---|' * len(gates)}"]
    for path in paths:
        states = {gate.name: state_of(gate.verdict) for gate in path.gates}
        marks = " | ".join(_MARKS[states.get(gate, "skipped")] for gate in gates)
        rows.append(f"| {_code(f'{path.model} @ {path.location}', table=True)} | {marks} |")
    return ["\n".join(rows)]


def _told(arranged: Arranged, title: str) -> list[str]:
    blocks = [title]
    blocks += [_failure(failure) for failure in arranged.errors]
    blocks += [_unknown(group) for group in arranged.unknowns]
    blocks += [
        f"**not reached**: {plural(len(group), 'requirement', 'requirements')} "
        f"({_plain(tally(one.rule for one in group))})"
        for _, group in arranged.orphans
    ]
    blocks += [_failure(failure) for failure in arranged.warnings]
    folded = [
        (arranged.infos, "note", "notes"),
        (arranged.baselined, "finding in the baseline", "findings in the baseline"),
        (arranged.suppressed, "suppressed finding", "suppressed findings"),
    ]
    blocks += [_folded(group, one, many) for group, one, many in folded if group]
    return blocks


def _failure(failure: Failure) -> str:
    finding = failure.finding
    mark = "fail" if finding.severity is Severity.ERROR else "warning"
    waiting = ""
    if failure.held_up:
        rules = tally(one.rule for one in failure.held_up)
        waiting = f"{len(failure.held_up):,} more could not be judged because of this: {_plain(rules)}."
    return _entry(finding, mark, waiting)


def _unknown(group: Sequence[Finding]) -> str:
    others = tally(one.rule for one in group[1:])
    waiting = f"The same leaves {len(group) - 1:,} more unknown: {_plain(others)}." if others else ""
    return _entry(group[0], "unknown", waiting)


def _entry(finding: Finding, mark: str, waiting: str) -> str:
    lines = [f"{_MARKS[mark]} **{_plain(f'{finding.rule} {finding.name}')}**: {_plain(finding.message)}", ""]
    if finding.span is not None:
        lines.append(f"- in {_code(f'{finding.span.file}:{finding.span.line}:{finding.span.column}')}")
    lines.append(f"- about {_code(finding.subject)}")
    for piece in finding.evidence:
        at = f", {piece.at}" if piece.at else ""
        lines.append(f"- {piece.rung.value}: {_plain(piece.says)} ({_plain(f'{piece.source}{at}')})")
    if waiting:
        lines.append(f"- {waiting}")
    if finding.fix is not None:
        word = "fix" if finding.verdict is Verdict.FAIL else "to find out"
        lines.append(f"- {word}: {_plain(finding.fix.summary)}")
        if finding.fix.url:
            lines.append(f"- see {_link(finding.fix.url)}")
        if finding.fix.command:
            lines += ["", _fence(finding.fix.command)]
    return "\n".join(lines)


def _folded(group: Sequence[Finding], one: str, many: str) -> str:
    lines = [f"<details><summary>{plural(len(group), one, many)}</summary>", ""]
    for finding in group:
        why = ""
        if finding.suppressed is not None:
            why = f" (suppressed: {finding.suppressed.reason})"
        elif finding.baselined is not None:
            entry = finding.baselined
            why = f" ({entry.owner}, until {entry.expires.isoformat()}: {entry.reason})"
        lines.append(f"- {_plain(f'{finding.rule} {finding.name}: {finding.message}{why}')}")
    return "\n".join([*lines, "", "</details>"])


def _plain(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no HTML, no link (a bare address makes one), nobody mentioned."""
    line = safe(text)
    line = f"{line[:_LIMIT]} …" if len(line) > _LIMIT else line
    harmless = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    unlinked = _ADDRESS.sub(lambda found: f"{found[0][:-1]}&#{ord(found[0][-1])};", _SPECIAL.sub(_escaped, harmless))
    return _MENTION.sub("@<!-- -->", unlinked)


def _link(url: str) -> str:
    """An address of a fix, which a rule made, as a link; as text where it is no plain one."""
    return f"<{url}>" if re.fullmatch(r"https://[\w./?=&%:@,+#-]{1,500}", url) else _plain(url)


def _escaped(match: re.Match[str]) -> str:
    # A backslash does nothing to a digit; what would number a list is an entity.
    return f"&#{ord(match[2][0])};{match[2][1:]}" if match[2] else f"\\{match[1]}"


def _code(text: str, table: bool = False) -> str:
    """Text as code in a line, fenced by more backticks than it has in a row."""
    line = safe(text).strip() or " "
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    gap = " " if line.startswith("`") or line.endswith("`") else ""
    shown = f"{fence}{gap}{line}{gap}{fence}"
    return shown.replace("|", "\\|") if table else shown


def _fence(text: str) -> str:
    """A block of code, fenced by more backticks than it has in a row."""
    inside = safe(text, newlines=True).strip("\n")
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", inside)), default=0))
    return f"{fence}sh\n{inside}\n{fence}"
