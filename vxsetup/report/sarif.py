"""The report as SARIF 2.1.0, for code scanning: failures as results at the config line that asks for them.

What could not be read is no result but a notification of the tool, and then the execution was not successful: a run
without results must not look like a clean one. Findings that a suppression or the baseline takes out are left out,
since GitHub shows results with ``suppressions`` as open alerts (github/codeql-action#1230).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from itertools import chain
from typing import Any

from vxsetup.findings import Finding, Report, Rule, RuleDocs, Severity, Span, Verdict, is_counted
from vxsetup.report.json import dumps, list_parts
from vxsetup.report.order import about, fix_text
from vxsetup.report.places import is_file, uri
from vxsetup.report.rules import FAMILIES
from vxsetup.report.terminal import safe

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

Json = dict[str, Any]

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}


def report_sarif(report: Report) -> str:
    """The report as SARIF text (JSON, ASCII) that ends with a line end."""
    return "".join(report_sarif_parts(report))


def report_sarif_parts(report: Report) -> Iterator[str]:
    """The same text, a result at a time."""
    undecided = [f for f in report.findings if is_counted(f) and f.verdict in (Verdict.UNKNOWN, Verdict.NOT_REACHED)]
    rules = _rules(chain(_failed(report), undecided), report.rules)
    ranks = {rule["id"]: rank for rank, rule in enumerate(rules)}
    unread = any(finding.verdict is Verdict.UNKNOWN for finding in undecided)
    run: Json = {
        "tool": {
            "driver": {
                "name": "vxsetup",
                "version": safe(report.version),
                "properties": {"catalogDate": report.catalog_date.isoformat()},
                "rules": rules,
            }
        },
        "automationDetails": {"id": _category(report)},
        "invocations": [
            {
                "executionSuccessful": not unread,
                "endTimeUtc": report.now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
                "toolExecutionNotifications": [_notification(finding, ranks) for finding in undecided]
                + [{"level": "note", "message": {"text": _text(note)}} for note in report.notes],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [],
        "properties": {"verdict": report.verdict},
    }
    # No text can hold this key: in a JSON string its quotes are escaped.
    head, key, tail = dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}).partition('\n      "results": ')
    yield head + key
    yield from list_parts((_result(finding, ranks) for finding in _failed(report)), 8)
    yield tail.removeprefix("[]")


def _category(report: Report) -> str:
    """What code scanning keeps reports apart by: a newer one of a category closes the alerts of the one before it, so that
    each shard has its own."""
    part = f"shard-{report.shard[0]}-of-{report.shard[1]}/" if report.shard is not None else ""
    return f"vxsetup/{safe(report.command).replace(' ', '').replace('--', '-')}/{part}"


def _failed(report: Report) -> Iterator[Finding]:
    return (finding for finding in report.findings if is_counted(finding) and finding.verdict is Verdict.FAIL)


def _rules(findings: Iterable[Finding], known: Sequence[Rule]) -> list[Json]:
    """Every rule that the findings name, in the order of their ids."""
    by_id = {rule.id: rule for rule in known}
    names = {finding.rule: finding for finding in findings}
    return [_rule(names[id_], by_id.get(id_)) for id_ in sorted(names)]


def _rule(finding: Finding, rule: Rule | None) -> Json:
    severity = rule.severity if rule is not None else finding.severity
    described: Json = {
        "id": finding.rule,
        "name": safe(finding.name) or finding.rule,
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {
            "tags": ["vertex-ai", FAMILIES.get(finding.rule[:3], "other rules")],
            "precision": "high",
            "problem.severity": _PROBLEMS[severity],
        },
    }
    if rule is None:
        return described | {"shortDescription": {"text": safe(finding.name) or finding.rule}}
    page = next((one for one in rule.docs.references if one.startswith("https://")), None)
    return described | {
        "shortDescription": {"text": rule.docs.good},
        "fullDescription": {"text": rule.docs.why},
        "help": {"text": _help(rule.docs, "{}:"), "markdown": _help(rule.docs, "## {}\n")},
        **({"helpUri": page} if page else {}),
    }


def _help(docs: RuleDocs, heading: str) -> str:
    parts = (
        ("Why it matters", docs.why),
        ("How it is judged", docs.judged),
        ("What it reads", docs.reads),
        ("How to fix it", docs.fix),
    )
    told = [docs.good, *(f"{heading.format(title)}\n{text}" for title, text in parts if text.strip())]
    return "\n\n".join(told) + "\n"


def _result(finding: Finding, ranks: dict[str, int]) -> Json:
    message = "\n".join(part for part in (safe(finding.message), fix_text(finding)) if part)
    evidence = [f"{piece.rung.value}: {safe(piece.says)} ({safe(piece.source)})" for piece in finding.evidence]
    result: Json = {
        "ruleId": finding.rule,
        "ruleIndex": ranks[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": _text(message) or finding.rule},
        "locations": [_location(finding.span, finding)],
        "partialFingerprints": {
            # The first is the one that GitHub matches alerts by; it does not move when lines are added above.
            "primaryLocationLineHash": f"{finding.fingerprint}:1",
            "vxsetup/v1": finding.fingerprint,
        },
        "properties": {"evidence": evidence, "about": about(finding)},
    }
    related = [span for span in finding.related if is_file(span)]
    if related:
        result["relatedLocations"] = [_location(span) | {"id": number} for number, span in enumerate(related, 1)]
    return result


def _notification(finding: Finding, ranks: dict[str, int]) -> Json:
    """What was not known, with what would have told; what waits on a failure is a note that names it."""
    waits = finding.verdict is Verdict.NOT_REACHED
    text = safe(finding.message)
    if waits and finding.caused_by:
        text += f" (waits on {safe(finding.caused_by)})"
    told = "\n".join(part for part in (text, fix_text(finding)) if part)
    level = "note" if waits else "error" if finding.severity is Severity.ERROR else "warning"
    return {
        "level": level,
        "message": {"text": _text(told) or finding.rule},
        "associatedRule": {"id": finding.rule, "index": ranks[finding.rule]},
        "locations": [_location(finding.span, finding)],
        "properties": {"verdict": finding.verdict.value, "fingerprint": finding.fingerprint},
    }


def _location(span: Span | None, finding: Finding | None = None) -> Json:
    """The place in the config, and the cloud resource as a logical location."""
    location: Json = {}
    if span is not None and is_file(span):
        location["physicalLocation"] = {
            "artifactLocation": {"uri": uri(span.file)},
            "region": {
                "startLine": span.line,
                "startColumn": span.column,
                "endLine": max(span.line, span.end_line),
                "endColumn": span.end_column if span.end_line > span.line else max(span.column, span.end_column),
            },
        }
        if not uri(span.file).startswith("file:"):
            location["physicalLocation"]["artifactLocation"]["uriBaseId"] = "%SRCROOT%"
    if finding is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": safe(finding.subject), "kind": "resource"}]
    return location


def _text(text: str) -> str:
    """Text for a message: what only looks like a link of SARIF (``[words](target)``) must not become one."""
    return safe(text, newlines=True).replace("](", "] (")
