"""The report for programs: ``vxsetup.report/1``, described by ``schemas/report.schema.json``.

The same report gives the same bytes. Fields are added over time, never renamed or removed. The text is ASCII, so that
it survives every stream and encoding, and a lone surrogate becomes U+FFFD, since many readers refuse one.
"""

from __future__ import annotations

import json
import re
from datetime import UTC
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from vxsetup.findings import Baselined, Evidence, Finding, Fix, Measure, ProjectResult, Report, Span, Suppressed

FORMAT = "vxsetup.report/1"

_SURROGATES = re.compile("[\ud800-\udfff]")

Json = dict[str, Any]


def report_json(report: Report) -> str:
    """The report as JSON text that ends with a line end."""
    return "".join(report_json_parts(report))


def report_json_parts(report: Report) -> Iterator[str]:
    """The same text piece by piece, so that no more than a piece of it is held at a time."""
    lists = {"projects": _projects(report), "findings": map(_finding, _findings(report))}
    lead = "{\n"
    for key, value in _frame(report).items():
        yield f'{lead}  "{key}": '
        lead = ",\n"
        if key in lists:
            yield from list_parts(lists[key])
        else:
            yield _indented(value, 2)
    yield "\n}\n"


def _findings(report: Report) -> Iterable[Finding]:
    return report.findings if report.listed is None else report.listed


def list_parts(items: Iterable[Json], columns: int = 4) -> Iterator[str]:
    """A list as ``dumps`` writes it where its items are so many columns deep, item by item."""
    blank = "\n" + " " * columns
    lead = "[" + blank
    for item in items:
        yield lead + _indented(item, columns)
        lead = "," + blank
    yield "[]" if lead.startswith("[") else blank[:-2] + "]"


def _indented(value: Any, columns: int) -> str:
    """JSON for a place that is so many columns deep; a line end in it is never a string's, as strings escape theirs."""
    return _text(value).replace("\n", "\n" + " " * columns)


def report_data(report: Report) -> Json:
    """The report as data for JSON. Times are RFC 3339 in UTC; lines and columns count from 1."""
    whole = {"projects": list(_projects(report)), "findings": [_finding(finding) for finding in _findings(report)]}
    return {key: whole.get(key, value) for key, value in _frame(report).items()}


def _frame(report: Report) -> Json:
    """The report's data without its projects and findings, which are many."""
    return {
        "format": FORMAT,
        "verdict": report.verdict,
        "tool": {"name": "vxsetup", "version": report.version, "command": report.command},
        "catalog": {"date": report.catalog_date.isoformat()},
        "now": _time(report.now),
        "projects": [],
        "findings": [],
        "notes": list(report.notes),
        "next_command": report.next_command,
        **({"shard": {"index": report.shard[0], "count": report.shard[1]}} if report.shard else {}),
    }


def dumps(data: Json) -> str:
    """Data as indented ASCII JSON with a line end; no control character, not even DEL, stands in it unescaped."""
    return _text(data) + "\n"


def _text(value: Any) -> str:
    return json.dumps(_whole(value), indent=2, ensure_ascii=True).replace("\x7f", "\\u007f")


def _whole(value: Any) -> Any:
    """The value with every lone surrogate replaced."""
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATES.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return value


def _time(when: datetime) -> str:
    """RFC 3339 with ``Z``; a time without a zone is taken as UTC."""
    utc = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return utc.isoformat().replace("+00:00", "Z")


def _projects(report: Report) -> Iterator[Json]:
    """Each project, with what its plan shows where the run made plans; null where ``plan`` would refuse to."""
    if not report.plans:
        yield from map(_project, report.projects)
        return
    from vxsetup.report.preview import carried

    for project, plan in zip(report.projects, report.plans, strict=True):
        yield {**_project(project), "plan": carried(plan) if plan is not None else None}


def _project(project: ProjectResult) -> Json:
    return {
        "id": project.id,
        "environment": project.environment,
        "file": project.file,
        "verdict": project.verdict,
        "summary": dict(project.summary),
        "paths": [
            {
                "model": path.model,
                "location": path.location,
                "gates": [
                    {"name": gate.name, "verdict": None if gate.verdict is None else gate.verdict.value}
                    for gate in path.gates
                ],
            }
            for path in project.paths
        ],
    }


def _finding(finding: Finding) -> Json:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "verdict": finding.verdict.value,
        "severity": finding.severity.value,
        "project": finding.project,
        "environment": finding.environment,
        "principal": finding.principal,
        "subject": finding.subject,
        "message": finding.message,
        "location": _location(finding.span),
        "related": [_location(span) for span in finding.related],
        "config_path": list(finding.config_path),
        "evidence": [_evidence(evidence) for evidence in finding.evidence],
        "fix": _fix(finding.fix),
        "caused_by": finding.caused_by,
        "suppressed": _suppressed(finding.suppressed),
        **({"config": finding.config} if finding.config is not None else {}),
        **({"baselined": _baselined(finding.baselined)} if finding.baselined is not None else {}),
        **({"measure": _measure(finding.measure)} if finding.measure is not None else {}),
        "fingerprint": finding.fingerprint,
    }


def _location(span: Span | None) -> Json | None:
    if span is None:
        return None
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _evidence(evidence: Evidence) -> Json:
    return {"rung": evidence.rung.value, "source": evidence.source, "at": evidence.at, "says": evidence.says}


def _fix(fix: Fix | None) -> Json | None:
    return None if fix is None else {"summary": fix.summary, "command": fix.command, "url": fix.url}


def _baselined(entry: Baselined) -> Json:
    return {"reason": entry.reason, "owner": entry.owner, "expires": entry.expires.isoformat()}


def _measure(measure: Measure) -> Json:
    return {"have": measure.have, "need": measure.need, "unit": measure.unit}


def _suppressed(suppressed: Suppressed | None) -> Json | None:
    if suppressed is None:
        return None
    expires = suppressed.expires.isoformat() if suppressed.expires else None
    return {"reason": suppressed.reason, "expires": expires, "location": _location(suppressed.span)}
