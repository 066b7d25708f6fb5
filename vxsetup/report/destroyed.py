"""What ``destroy`` would remove, or has removed, what it keeps and why, and what cannot be undone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from vxsetup.report.layout import Pen, plural
from vxsetup.report.terminal import Style

FORMAT = "vxsetup.destroy/1"
STATES = ("remove", "removed", "failed", "gone", "keep", "stays")


def destroyed_data(
    project: str, environment: str | None, rows: Sequence[Mapping[str, Any]], done: bool
) -> dict[str, Any]:
    """The run as JSON data; ``done`` is False for what is only shown before anything is removed."""
    return {
        "format": FORMAT,
        "project": project,
        "environment": environment,
        "done": done,
        "summary": {state: sum(row["state"] == state for row in rows) for state in STATES},
        "things": list(rows),
    }


def destroyed_json(data: Mapping[str, Any]) -> str:
    """The run as JSON text."""
    return json.dumps(data, indent=1, ensure_ascii=True) + "\n"


def destroyed_text(data: Mapping[str, Any], style: Style, following: str | None) -> str:
    """The run for people."""
    pen = Pen(style)
    lines: list[str] = []
    of: dict[str, list[Mapping[str, Any]]] = {state: [] for state in STATES}
    for row in data["things"]:
        of[row["state"]].append(row)
    doing = [("-", row) for row in of["remove"]] + [("-", row) for row in of["removed"]]
    for mark, row in [*doing, *(("!", row) for row in of["failed"])]:
        lines += _thing(pen, mark, row)
    if of["keep"]:
        lines += ["", pen.paint("title", "Kept:")]
        for row in of["keep"]:
            lines += _thing(pen, " ", row)
    if of["gone"]:
        names = ", ".join(pen.clean(row["title"]) for row in of["gone"])
        lines += ["", *pen.paragraph(names, 0, "Gone already, not by vxsetup: ")]
    stays = [row for row in (*of["remove"], *of["removed"]) if row["remains"]]
    if of["stays"] or stays:
        lines += ["", pen.paint("title", "What cannot be undone:")]
        for row in of["stays"]:
            lines += pen.paragraph(pen.clean(f"{row['title']}: {row['says']}"), 2)
        for row in stays:
            lines += pen.paragraph(pen.clean(f"{row['title']}: {row['remains']}"), 2)
    lines += (
        ["", *pen.wrap(_summary(data, pen))] if lines else [f"vxsetup made nothing in {pen.clean(data['project'])}."]
    )
    if following:
        lines += ["", pen.paint("title", "Next:"), f"  {following}"]
    return "\n".join(lines).lstrip("\n") + "\n"


def _thing(pen: Pen, mark: str, row: Mapping[str, Any]) -> list[str]:
    role = {"-": "fail", "!": "error"}.get(mark)
    shown = pen.paint(role, mark) if role else mark
    certain = "" if row["certain"] or row["option"] else " (that vxsetup made it is not proven)"
    says = f": {row['says']}" if row["says"] else ""
    option = f". It goes with {row['option']}" if row["option"] else ""
    wrapped = pen.wrap(pen.clean(f"{row['title']}{certain}{says}{option}"), 2, 4)
    lines = [f"{shown} {wrapped[0]}", *wrapped[1:]]
    for change in row["changes"]:
        before, after = change["before"] or "nothing", change["after"] or "nothing"
        lines += pen.paragraph(pen.clean(f"{change['attribute']}: {before} {pen.sign('→')} {after}"), 4)
    return lines


def _summary(data: Mapping[str, Any], pen: Pen) -> str:
    counted = data["summary"]
    project = pen.clean(data["project"])
    if not data["done"]:
        much = plural(counted["remove"], "thing", "things")
        return f"Destroy: {much} to remove from {project}, {counted['keep']} kept. The project itself stays."
    failed = f", {counted['failed']} failed" if counted["failed"] else ""
    return f"Destroyed: {plural(counted['removed'], 'thing', 'things')} removed from {project}{failed}. The project itself stays."
