"""The drift of some projects: for people in groups by what happened, and as JSON data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from vxsetup.findings import Report
from vxsetup.report.layout import Pen, tally
from vxsetup.report.reasons import by_reason, fix_of, reason_of
from vxsetup.report.terminal import Style

FORMAT = "vxsetup.drift/1"
KINDS = ("gone", "changed", "differs", "left_over", "unknown")
_TITLES = {
    "gone": "Gone since vxsetup made it:",
    "changed": "Changed since vxsetup made it:",
    "differs": "Not as the config asks:",
    "left_over": "Left over, made by vxsetup and no longer asked for:",
    "unknown": "Not known:",
}
_MARKS = {"gone": "fail", "changed": "fail", "differs": "fail", "left_over": "warning", "unknown": "unknown"}
_WORDS = {
    "gone": ("gone", "gone"),
    "changed": ("changed", "changed"),
    "differs": ("not as the config asks", "not as the config asks"),
    "left_over": ("left over", "left over"),
    "unknown": ("unknown", "unknown"),
}
_VERDICTS = {
    "in_step": "none: all is as the config asks, and as vxsetup made it",
    "drifted": "there is drift",
    "undecided": "undecided: something could not be read",
}


def drift_data(rows: Sequence[Mapping[str, Any]], verdict: str, report: Report) -> dict[str, Any]:
    """The drift of some projects as JSON data: ``vxsetup.drift/1``."""
    every = [one for row in rows for one in row["drift"]]
    return {
        "format": FORMAT,
        "verdict": verdict,
        "tool": {"name": "vxsetup", "version": report.version},
        "now": report.now.isoformat().replace("+00:00", "Z"),
        "summary": {kind: sum(one["kind"] == kind for one in every) for kind in KINDS},
        "projects": list(rows),
    }


def drift_json(data: Mapping[str, Any]) -> str:
    """The drift as JSON text."""
    return json.dumps(data, indent=1, ensure_ascii=True) + "\n"


def drift_text(data: Mapping[str, Any], style: Style, again: Mapping[str, str], quiet: bool) -> str:
    """The drift for people; ``again`` are the commands that may come next, for ``plan``, ``destroy`` and ``check``."""
    pen = Pen(style)
    lines: list[str] = []
    for project in data["projects"] if not quiet else ():
        where = f" ({project['environment']})" if project["environment"] else ""
        lines += [pen.paint("title", pen.clean(f"{project['project']}{where}")) + f"  {pen.clean(project['file'])}", ""]
        for kind in KINDS:
            rows = [row for row in project["drift"] if row["kind"] == kind]
            if rows:
                lines.append(pen.paint("title", _TITLES[kind]))
                groups = by_reason(rows) if kind == "unknown" else tuple((row,) for row in rows)
                lines += [line for group in groups for line in _row(_told(group), pen)]
                lines.append("")
    counted = ", ".join(f"{number} {_WORDS[kind][number != 1]}" for kind, number in data["summary"].items() if number)
    words = _VERDICTS[data["verdict"]] + (f" ({counted})" if counted else "")
    lines += pen.wrap(f"Drift: {words}.")
    following = _following(data["summary"], again)
    lines += ["", pen.paint("title", "Next:"), *(f"  {one}" for one in following)] if following else []
    return "\n".join(lines) + "\n"


def _told(group: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """A row; or one that says once what several are unknown for."""
    first = group[0]
    if len(group) == 1:
        return first
    names = tally(str(row["rule"] or row["what"]) for row in group)
    return {**first, "message": f"{reason_of(first['message'])} Unknown because of this: {names}", "fix": fix_of(group)}


def _row(row: Mapping[str, Any], pen: Pen) -> list[str]:
    state = _MARKS[row["kind"]]
    made = f", made {row['made_at']}" if row["made_at"] else ""
    message = row["message"] if row["kind"] in ("differs", "unknown") else f"{row['what']}{made}"
    rule = f"{row['rule']}: " if row["kind"] == "differs" else ""
    wrapped = pen.wrap(pen.clean(f"{rule}{message}"), pen.mark_width(state) + 1, 4)
    lines = [f"{pen.mark(state)} {wrapped[0]}", *wrapped[1:]]
    for change in row["changes"]:
        before, after = change["before"] or "nothing", change["after"] or "nothing"
        lines += pen.paragraph(pen.clean(f"{change['attribute']}: {before} {pen.sign('→')} {after}"), 4)
    if row["asked"]:
        lines += pen.paragraph(pen.clean(f"{row['rule']}: {row['asked']}"), 4)
    if row["fix"] and row["kind"] in ("differs", "changed", "unknown"):
        lines += pen.paragraph(pen.clean(row["fix"]["summary"]), 4, "fix: ", "fix")
        if row["kind"] == "unknown" and row["fix"]["command"]:
            lines += [f"      {line}" for line in pen.lines(row["fix"]["command"])]
    return lines


def _following(summary: Mapping[str, int], again: Mapping[str, str]) -> list[str]:
    """The commands that come next, for what there is."""
    found = []
    if summary["gone"] or summary["differs"] or summary["changed"]:
        found.append(again["plan"])
    if summary["left_over"]:
        found.append(again["destroy"])
    if not found and summary["unknown"]:
        found.append(again["check"])
    return found
