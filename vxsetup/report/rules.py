"""The rules for people and for programs: the list that ``rules`` prints, and the page that ``explain VX402`` prints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from vxsetup.findings import Rule, Rung
from vxsetup.report.json import Json, dumps
from vxsetup.report.layout import Pen, columns, pad, plural
from vxsetup.report.terminal import Style

FAMILIES = {
    "VX1": "the document",
    "VX2": "project, billing, APIs, quota project",
    "VX3": "identity and access",
    "VX4": "models",
    "VX5": "organization policies, perimeters, private networking",
    "VX6": "quota and provisioned throughput",
    "VX7": "request-response logging, retention, residency",
    "VX8": "clients and this machine",
}
"""What the rules with an id that begins so are about."""

_RUNGS = {
    Rung.DECLARED: "the config itself can pass it",
    Rung.CATALOGUE: "the dated catalogue can pass it",
    Rung.LISTED: "the publisher-model read, which knows neither region nor project, can pass it",
    Rung.READ: "an answer of a management API about the project can pass it",
    Rung.PROBED: "only a request through every gate can pass it; one that costs nothing is enough",
    Rung.SMOKED: "only a paid request can pass it",
}
_ITEM = re.compile(r"(?:[-*]|\d+\.) ")


def rules_text(rules: Iterable[Rule], style: Style) -> str:
    """A line for each rule, under the title of its family, in the order given: id, name, severity, its good state."""
    pen = Pen(style)
    every = list(rules)
    if not every:
        return "no rules\n"
    name = max(columns(pen.clean(rule.name)) for rule in every)
    lines: list[str] = []
    family = ""
    for rule in every:
        if rule.id[:3] != family:
            family = rule.id[:3]
            title = FAMILIES.get(family, "other rules")
            lines += [*([""] if lines else []), pen.paint("title", f"{pen.clean(family)}xx  {title}")]
        lines += _row(rule, name, pen)
    return "\n".join(line.rstrip() for line in [*lines, "", plural(len(every), "rule", "rules")]) + "\n"


def rule_text(rule: Rule, style: Style) -> str:
    """One rule's page: the good state first, then why it matters, how it is judged, what it reads, how to fix it."""
    pen = Pen(style)
    role = rule.severity.value
    title = f"{pen.paint('title', pen.clean(rule.id))} {pen.clean(rule.name)}"
    where = "offline" if rule.offline else "needs the cloud"
    lines = [f"{title} ({pen.paint(role, role)}, {where})", ""]
    lines += [*_prose(rule.docs.good, pen, 2), ""]
    for heading, text in (
        ("Why it matters", rule.docs.why),
        ("How it is judged", rule.docs.judged),
        ("What it reads", rule.docs.reads),
        ("How to fix it", rule.docs.fix),
    ):
        if text.strip():
            lines += [pen.paint("title", heading), *_prose(text, pen, 2), ""]
    lines += [pen.paint("title", "Least evidence"), *pen.paragraph(f"{rule.rung.value}: {_RUNGS[rule.rung]}", 2), ""]
    if rule.docs.references:
        lines += [pen.paint("title", "References"), *_references(rule.docs.references, pen), ""]
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


def rules_json(rules: Iterable[Rule]) -> str:
    """``{"format": "vxsetup.rules/1", "rules": […]}``, each as ``rule_json`` gives it, in the order given."""
    return dumps({"format": "vxsetup.rules/1", "rules": [rule_data(rule) for rule in rules]})


def rule_json(rule: Rule) -> str:
    """``{"format": "vxsetup.rule/1", "id": …, "name": …, "severity": …, "rung": …, "offline": …, "docs": {…}}``."""
    return dumps({"format": "vxsetup.rule/1", **rule_data(rule)})


def rule_data(rule: Rule) -> Json:
    """A rule as data for JSON: its names, weight, least rung, whether it needs the cloud, and its documentation."""
    docs = rule.docs
    return {
        "id": rule.id,
        "name": rule.name,
        "family": FAMILIES.get(rule.id[:3]),
        "severity": rule.severity.value,
        "rung": rule.rung.value,
        "offline": rule.offline,
        "docs": {
            "good": docs.good,
            "why": docs.why,
            "judged": docs.judged,
            "reads": docs.reads,
            "fix": docs.fix,
            "references": list(docs.references),
        },
    }


def _row(rule: Rule, name: int, pen: Pen) -> list[str]:
    """One rule of the list; its good state beside it, or below where the style is narrow."""
    severity = rule.severity.value
    head = f"  {pen.clean(rule.id)} {pad(pen.clean(rule.name), name)}  "
    shown = head + pen.paint(severity, severity) + " " * (len("warning") - len(severity)) + "  "
    start = columns(head) + len("warning") + 2
    good = pen.clean(rule.docs.good)
    if start <= pen.measure // 2:
        wrapped = pen.wrap(good, start, start)
        return [shown + wrapped[0], *wrapped[1:]]
    return [shown, *pen.paragraph(good, 6)]


def _prose(text: str, pen: Pen, indent: int) -> list[str]:
    """Text in paragraphs, parted by blank lines. Lines set in by four columns are examples and stay as they are;
    items of a list hang."""
    lines: list[str] = []
    paragraph: list[str] = []

    def flush() -> None:
        if paragraph:
            item = _ITEM.match(paragraph[0])
            hang = indent + (len(item.group()) if item else 0)
            wrapped = pen.wrap(pen.clean(" ".join(paragraph), limit=20_000), indent, hang)
            lines.extend([" " * indent + wrapped[0], *wrapped[1:]])
            paragraph.clear()

    for line in pen.lines(text):
        if line.startswith("    "):
            flush()
            lines.append(" " * indent + line)
        elif not line.strip():
            flush()
            if lines and lines[-1]:
                lines.append("")
        else:
            if _ITEM.match(line.strip()):
                flush()
            paragraph.append(line.strip())
    flush()
    return lines


def _references(references: Sequence[str], pen: Pen) -> list[str]:
    lines: list[str] = []
    for reference in references:
        if reference.startswith(("https://", "http://")):
            lines.append(f"  {pen.address(reference)}")
        else:
            lines += pen.paragraph(pen.clean(reference), 2)
    return lines
