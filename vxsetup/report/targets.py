"""The table of clients for people and for programs: what ``emit --list`` prints, and the table of the README."""

from __future__ import annotations

from typing import Any

from vxsetup.clients import Target, Targets
from vxsetup.report.json import dumps
from vxsetup.report.layout import Pen, columns, pad
from vxsetup.report.terminal import Style

_KINDS = {
    "variables": "variables",
    "sdk": "SDKs and the REST API",
    "framework": "frameworks",
    "agent": "agents and editors",
    "gateway": "gateways",
    "deployment": "containers and pipelines",
}


def targets_text(table: Targets, style: Style) -> str:
    """A row for each target under its kind: name, title, what it reaches from which version on, how many locations."""
    pen = Pen(style)
    name = max(columns(one.name) for one in table.every)
    lines: list[str] = []
    for kind, title in _KINDS.items():
        of_kind = [one for one in table.every if one.kind == kind]
        if of_kind:
            lines += [*([""] if lines else []), pen.paint("title", title)]
        for one in of_kind:
            lines += _row(one, name, pen)
    count = sum(1 for one in table.every if one.refused is None)
    ending = f"{count} target{'' if count == 1 else 's'}, {len(table.every) - count} refused with a way round; as of {table.date}."
    return "\n".join([*(line.rstrip() for line in lines), "", pen.clean(ending)]) + "\n"


def _row(target: Target, width: int, pen: Pen) -> list[str]:
    indent = width + 4
    head = f"  {pad(pen.clean(target.name), width)}  {pen.clean(target.title)}"
    refused = target.refused
    if refused is not None:
        return [head, *pen.paragraph(f"refused: {refused.value} Instead: {target.instead}.", indent)]
    return [head, *pen.paragraph(f"{reach(target)}; {several(target)}", indent)]


def reach(target: Target) -> str:
    """Where a client can send, in words: ``global, regions; us and eu from 2.1.119``."""
    versions: dict[str, list[str]] = {}
    for kind, word in (("global", "global"), ("region", "regions"), ("us", "us"), ("eu", "eu")):
        claim = target.since("us-east5" if kind == "region" else kind)
        if claim is None:
            says = "not known"
        elif claim.value is False:
            says = "never"
        else:
            says = "" if claim.value == "0" else f"from {claim.value}"
        versions.setdefault(says, []).append(word)
    parts = []
    for says, words in versions.items():
        listed = ", ".join(words[:-1]) + (" and " if len(words) > 1 else "") + words[-1]
        parts.append(f"{listed} {says}".strip())
    return "; ".join(parts)


def several(target: Target) -> str:
    """How many locations one client takes."""
    return "a location for each model" if target.several_locations else "one location for all models"


def targets_json(table: Targets) -> str:
    """``{"format": "vxsetup.targets/1", "date": …, "targets": {NAME: row}}``, as ``schemas/targets.schema.json`` has it."""
    data: dict[str, Any] = dict(table.data)
    return dumps(data)


def _run(target: Target) -> str:
    return "yes" if target.run else f"no: {target.not_run}"


def targets_markdown(table: Targets) -> str:
    """The table as Markdown: target, what it is, what it reaches, whether its real client runs the files in the
    tests, and if not, why not."""
    lines = ["| target | for | reaches | locations | run by its real client |", "|---|---|---|---|---|"]
    for one in table.every:
        if one.refused is not None:
            continue
        many = "each model its own" if one.several_locations else "one"
        lines.append(f"| `{one.name}` | {one.title} | {reach(one)} | {many} | {_run(one)} |")
    refused = [f"`{one.name}`" for one in table.every if one.refused is not None]
    lines += ["", f"Refused with the reason and a way round: {', '.join(refused)}."]
    return "\n".join(lines) + "\n"
