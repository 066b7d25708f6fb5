"""The report as one HTML file that needs nothing else: no network, no other file, and nothing in it can run but its own script.

The data travels as JSON in a block that no browser executes; ``page/page.js`` builds text nodes from it, and a content
security policy names that script and the style by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from vxsetup.findings import Finding, Gate, ProjectResult, Report, RequestPath, Rung, Severity, Verdict
from vxsetup.report.excerpt import Sources, excerpt, place, sources_of
from vxsetup.report.fleet import project_name
from vxsetup.report.grouping import Shares, arrange
from vxsetup.report.layout import state_of
from vxsetup.report.listed import in_full
from vxsetup.report.order import PLAIN, summary_line
from vxsetup.report.preview import preview
from vxsetup.report.summary import counts_of, counts_words, verdict_state, verdict_words
from vxsetup.report.terminal import safe

Json = dict[str, Any]

_RUNGS = list(Rung)
_PICTURE = Severity.ERROR.value


def report_html(report: Report) -> str:
    """The report as an HTML document that ends with a line end."""
    return "".join(report_html_parts(report))


def report_html_parts(report: Report) -> Iterator[str]:
    """The same document, a project at a time."""
    report = in_full(report)
    style, script = _asset("page.css"), _asset("page.js")
    state = verdict_state(report.verdict)
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    title = f"vxsetup: {verdict_words(report.verdict, PLAIN)}"
    when = report.now.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    made = f"vxsetup {report.version}, {report.command}; judged as of {when}; catalogue of {report.catalog_date.isoformat()}"
    notes = "".join(f"<p>Note: {_text(note)}</p>\n" for note in report.notes)
    yield f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{_text(title)}</title>
<style>{style}</style>
</head>
<body>
<header>
<button type="button" id="theme" class="screen">Dark or light</button>
<h1>vxsetup: <span class="state {state}">{_text(verdict_words(report.verdict, PLAIN))}</span></h1>
<p>{_text(summary_line(report))}</p>
{notes}<noscript><p>This page builds its details with a script of its own; without scripts, use the markdown format.</p></noscript>
</header>
<main>
<section id="fleet" aria-label="All projects"></section>
<section aria-label="Projects">
<h2>{"Project" if len(report.projects) == 1 else "Projects"}</h2>
{_controls(report)}<div id="projects"></div>
</section>
<section id="next" aria-label="Next"></section>
</main>
<footer><p>{_text(made)}</p></footer>
<script type="application/json" id="report">"""
    yield from map(_harmless, _data(report))
    yield f"""</script>
<script>{script}</script>
</body>
</html>
"""


def _controls(report: Report) -> str:
    """The filter and the choice by verdict, where there is more than one project."""
    if len(report.projects) < 2:
        return ""
    states = dict.fromkeys(verdict_state(project.verdict) for project in report.projects)
    words = {verdict_state(project.verdict): verdict_words(project.verdict, PLAIN) for project in report.projects}
    buttons = '<button type="button" data-state="all" aria-pressed="true">all</button>\n'
    buttons += "".join(
        f'<button type="button" data-state="{state}" aria-pressed="false">{_text(words[state])}</button>\n'
        for state in states
    )
    field = '<input type="search" id="filter" aria-label="Filter projects (key: /)" placeholder="Filter: project, rule, words">'
    return f'<div class="bar screen">\n{field}\n{buttons}<span id="count" class="faint" role="status"></span>\n</div>\n'


def _data(report: Report) -> Iterator[str]:
    """The data as JSON, ASCII throughout, a project at a time."""
    findings = report.findings
    shares = Shares(report.projects, findings)
    sources = sources_of(report.sources)
    causes = {finding.caused_by for finding in findings if finding.caused_by}
    names = {
        finding.fingerprint: f"{finding.rule} {finding.name}"
        for finding in (findings if causes else ())
        if finding.verdict is Verdict.FAIL
    }
    plans = report.plans or (None,) * len(report.projects)
    fleet: dict[tuple[str, str], list[str]] = {}
    lead = '{"projects":['
    for file, mine in shares.by_file:
        yield lead + _json(_file(file, mine, report, sources, names))
        lead = ","
    for project, mine, plan in zip(report.projects, shares.by_project(), plans, strict=True):
        told = _project(project, mine, report, sources, names)
        for path in told["paths"]:
            fleet.setdefault((path["model"], path["location"]), []).append(path["state"])
        yield lead + _json({**told, "plan": preview(plan) if plan is not None else None})
        lead = ","
    after = safe(report.next_command, newlines=True) if report.next_command else None
    matrix = _fleet(fleet) if len(report.projects) > 1 else []
    yield f'{lead if lead != "," else ""}],"fleet":{_json(matrix)},"next":{_json(after)}}}'


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _harmless(text: str) -> str:
    """JSON that cannot end its script element."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("\x7f", "\\u007f")


def _project(
    project: ProjectResult, findings: Sequence[Finding], report: Report, sources: Sources, names: dict[str, str]
) -> Json:
    counts = counts_words(counts_of(findings, project))
    return {
        "name": project_name(project, PLAIN),
        "file": safe(project.file),
        "state": verdict_state(project.verdict),
        "word": verdict_words(project.verdict, PLAIN),
        "counts": counts,
        "paths": [_path(path, findings, report.now) for path in project.paths],
        **_told(findings, sources, names),
    }


def _file(file: str, findings: Sequence[Finding], report: Report, sources: Sources, names: dict[str, str]) -> Json:
    """What is wrong with a document that gave no project."""
    worst = "fail" if any(f.verdict is Verdict.FAIL and f.severity is Severity.ERROR for f in findings) else "warning"
    counts = counts_words(counts_of(findings))
    told = _told(findings, sources, names)
    name = safe(file) or "config"
    return {
        "name": name,
        "file": "",
        "state": worst,
        "word": "file",
        "counts": counts,
        "paths": [],
        "plan": None,
        **told,
    }


def _told(findings: Sequence[Finding], sources: Sources, names: dict[str, str]) -> Json:
    arranged = arrange(findings)
    entries = [_entry(failure.finding, failure.held_up, sources) for failure in arranged.errors]
    entries += [_entry(group[0], group[1:], sources) for group in arranged.unknowns]
    entries += [_entry(failure.finding, failure.held_up, sources) for failure in arranged.warnings]
    elsewhere = [(one, names.get(cause, cause)) for cause, group in arranged.orphans for one in group]
    return {
        "entries": entries,
        "quotas": _bars(findings),
        "elsewhere": [_row(finding, f"waits on {safe(cause)}" if cause else "") for finding, cause in elsewhere],
        "notes": [_row(finding) for finding in arranged.infos],
        "baselined": [
            _row(f, safe(f"{f.baselined.owner}, until {f.baselined.expires.isoformat()}: {f.baselined.reason}"))
            for f in arranged.baselined
            if f.baselined is not None
        ],
        "suppressed": [_row(f, safe(f.suppressed.reason)) for f in arranged.suppressed if f.suppressed is not None],
        "passes": [_row(finding, _rung(finding)) for finding in arranged.passes],
        "not_applicable": [_row(finding) for finding in arranged.not_applicable],
    }


def _bars(findings: Sequence[Finding]) -> list[Json]:
    """Quota against need, a bar for each requirement about an amount; those that have too little first."""
    found = [
        {
            "name": safe(_amount_of(finding)),
            "unit": safe(finding.measure.unit),
            "have": finding.measure.have,
            "need": finding.measure.need,
        }
        for finding in findings
        if finding.measure is not None
    ]
    return sorted(found, key=lambda bar: bool(bar["have"] >= bar["need"]))


def _amount_of(finding: Finding) -> str:
    """``claude-sonnet-5-5 @ eu``, of a subject that names a model at a location; else the subject."""
    match = re.search(r"/locations/([^/]+)/publishers/[^/]+/models/([^/]+)", finding.subject)
    return f"{match[2]} @ {match[1]}" if match else finding.subject


def _row(finding: Finding, more: str = "") -> list[str]:
    return [safe(f"{finding.rule} {finding.name}"), safe(finding.message), more]


def _rung(finding: Finding) -> str:
    return finding.evidence[-1].rung.value if finding.evidence else ""


def _entry(finding: Finding, others: Sequence[Finding], sources: Sources) -> Json:
    state = state_of(finding.verdict, finding.severity)
    picture = []
    if finding.span is not None:
        picture = excerpt(finding.span, finding.related, sources, PLAIN, _PICTURE)[1:]
    fix = finding.fix
    return {
        "rule": safe(finding.rule),
        "name": safe(finding.name),
        "state": state,
        "word": finding.severity.value if finding.verdict is Verdict.FAIL else "unknown",
        "message": safe(finding.message),
        "subject": safe(finding.subject),
        "principal": safe(finding.principal) if finding.principal else None,
        "place": place(finding.span, PLAIN) if finding.span is not None else None,
        "excerpt": "\n".join(picture).strip("\n"),
        "evidence": [
            [one.rung.value, safe(one.source), safe(one.at) if one.at else None, safe(one.says)]
            for one in finding.evidence
        ],
        "fix": None
        if fix is None
        else {
            "summary": safe(fix.summary),
            "command": safe(fix.command, newlines=True) if fix.command else None,
            "url": safe(fix.url) if fix.url else None,
        },
        "waits": [_row(other)[:2] for other in others],
    }


def _path(path: RequestPath, findings: Sequence[Finding], now: datetime) -> Json:
    gates = [[safe(gate.name), state_of(gate.verdict)] for gate in path.gates]
    stop = next((gate for gate in path.gates if gate.verdict is Verdict.FAIL), None)
    state = _path_state(path.gates)
    says = f"stops at {safe(stop.name)}" if stop is not None else _best(path, findings, now)
    return {"model": safe(path.model), "location": safe(path.location), "gates": gates, "state": state, "says": says}


def _path_state(gates: Iterable[Gate]) -> str:
    """The worst of the gates; one that nobody tried counts only where a gate before it was not passed."""
    verdicts = {gate.verdict for gate in gates}
    for verdict in (Verdict.FAIL, Verdict.UNKNOWN, Verdict.NOT_REACHED, Verdict.PASS):
        if verdict in verdicts:
            return state_of(verdict)
    return "skipped"


def _best(path: RequestPath, findings: Sequence[Finding], now: datetime) -> str:
    """The highest rung of what passes for this model at this location, and its age: ``probed, 3 min ago``."""
    subject = f"/locations/{path.location}/publishers/anthropic/models/{path.model}"
    pieces = [
        piece
        for finding in findings
        if finding.verdict is Verdict.PASS and finding.subject.endswith(subject)
        for piece in finding.evidence
    ]
    if not pieces:
        return ""
    best = max(pieces, key=lambda piece: (_RUNGS.index(piece.rung), piece.at or ""))
    age = _age(best.at, now)
    return f"{best.rung.value}, {age}" if age else best.rung.value


def _age(at: str | None, now: datetime) -> str:
    """How long before ``now`` a time or a date was, in words; empty where it is neither."""
    try:
        if at is None:
            return ""
        if re.fullmatch(r"\d{4}-\d\d-\d\d", at):
            return f"{(now.date() - date.fromisoformat(at)).days} days old"
        seconds = (now - datetime.fromisoformat(at)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return ""
    for size, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {name} ago"
    return "just now"


def _fleet(cells: Mapping[tuple[str, str], Sequence[str]]) -> list[Json]:
    """Over all projects: for each model at each location in how many a request gets through."""
    order = ("fail", "unknown", "skipped", "pass")
    return [
        {
            "model": model,
            "location": location,
            "good": states.count("pass"),
            "all": len(states),
            "state": next((name for name in order if name in states), "skipped"),
        }
        for (model, location), states in sorted(cells.items())
    ]


def _text(text: str) -> str:
    return html.escape(safe(text))


def _hash(text: str) -> str:
    """A source expression of a content security policy for an inline block (CSP level 2)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _asset(name: str) -> str:
    from pathlib import Path

    return (Path(__file__).parent / "page" / name).read_text(encoding="utf-8")
