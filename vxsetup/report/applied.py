"""What came of an apply: each step with how it ended, and what the project is now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from vxsetup.findings import Step
from vxsetup.report.layout import Pen
from vxsetup.report.summary import verdict_words
from vxsetup.report.terminal import Style

_MARKS = {"done": "pass", "failed": "fail", "not_confirmed": "unknown", "by_hand": "warning", "skipped": "skipped"}
_WORDS = {
    "done": "done",
    "failed": "failed",
    "not_confirmed": "not confirmed",
    "by_hand": "by hand",
    "skipped": "skipped",
}


def applied_data(
    project: str, environment: str | None, results: Iterable[tuple[Step, str, str, str | None]], verdict: str
) -> dict[str, Any]:
    """The outcome as JSON data: of each step its id, title, state, words, and the permission that a refusal named."""
    rows = [
        {
            "id": step.id,
            "title": step.title,
            "state": state,
            "says": says,
            "permission": permission,
            "url": step.by_hand.url if step.by_hand is not None else None,
        }
        for step, state, says, permission in results
    ]
    counted = {state: sum(row["state"] == state for row in rows) for state in _MARKS}
    return {
        "format": "vxsetup.event/1",
        "event": "run_ended",
        "project": project,
        "environment": environment,
        "verdict": verdict,
        "summary": counted,
        "steps": rows,
    }


def applied_json(data: Mapping[str, Any]) -> str:
    """The outcome as JSON text."""
    return json.dumps(data, indent=1, ensure_ascii=True) + "\n"


def applied_text(data: Mapping[str, Any], style: Style, next_command: str) -> str:
    """The outcome for people."""
    pen = Pen(style)
    lines: list[str] = []
    for row in data["steps"]:
        words = "" if row["state"] == "done" else f" {pen.sign('–')} {_WORDS[row['state']]}"
        says = f": {row['says']}" if row["says"] else ""
        state = _MARKS[row["state"]]
        wrapped = pen.wrap(pen.clean(f"{row['title']}{words}{says}"), pen.mark_width(state) + 1, 4)
        lines += [f"{pen.mark(state)} {wrapped[0]}", *wrapped[1:]]
        if row["permission"] and row["state"] == "failed":
            lines += pen.paragraph(pen.clean(f"ask for {row['permission']}"), 4)
        if row["url"] and row["state"] == "by_hand":
            lines.append(f"    {pen.address(row['url'])}")
    counted = ", ".join(f"{count} {_WORDS[state]}" for state, count in data["summary"].items() if count)
    lines += [""] if lines else []
    lines.append(
        f"{pen.paint('title', 'Applied:')} {counted or 'nothing to do'}. The project is: {verdict_words(data['verdict'], pen)}."
    )
    return "\n".join([*lines, "", pen.paint("title", "Next:"), f"  {next_command}"]) + "\n"
