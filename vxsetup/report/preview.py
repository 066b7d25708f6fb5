"""What a plan would do, as the report page shows it under each project: steps with their diffs, manual steps, and the end.

It takes the data of a plan's JSON document, so that page, plan file and ``vxsetup plan`` tell the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vxsetup.report.order import PLAIN
from vxsetup.report.plan import sum_line
from vxsetup.report.summary import verdict_state
from vxsetup.report.terminal import safe

Json = dict[str, Any]
Row = Mapping[str, Any]

_KINDS = {"create": ("add", "pass"), "change": ("change", "warning"), "by_hand": ("by hand", "unknown")}
"""Kind of a step -> the word and the colour of its mark."""
_CARRIED = ("id", "kind", "title", "reason", "after", "diff", "permissions", "by_hand", "who", "expects", "consent")
"""What of a step a page shows; what ``apply`` needs, and what of the cloud it rests on, stays with the plan."""


def preview(row: Row) -> Json:
    """One project's plan as data for the page, every text of it harmless.

    ``row`` is that of a plan's document, with ``command``, what to run for the plan itself, and ``tested``, whether
    the permissions of its steps were asked for.
    """
    titles = {step["id"]: step["title"] for step in row["steps"]}
    return {
        "sum": sum_line(row),
        "state": verdict_state(row["verdict"]),
        "steps": [_step(step, titles) for step in row["steps"]],
        "missing": [_missing(lack) for lack in row["missing_permissions"]],
        "left": [_open(finding) for finding in row["left"]],
        "later": [_open(finding) for finding in row["shows_later"]],
        "tested": row["tested"],
        "command": safe(row["command"]),
    }


def carried(row: Row) -> Json:
    """What a JSON report carries of a plan: what ``preview`` reads and no more. It is no plan that could be applied."""
    return {
        **{name: row[name] for name in ("verdict", "summary", "missing_permissions")},
        "steps": [{name: step[name] for name in _CARRIED} for step in row["steps"]],
        **{name: [_brief(finding) for finding in row[name]] for name in ("left", "shows_later")},
        "command": row["command"],
        "tested": row["tested"],
    }


def _brief(finding: Row) -> Json:
    return {name: finding[name] for name in ("rule", "name", "message")}


def _step(step: Row, titles: Mapping[str, str]) -> Json:
    word, state = _KINDS[step["kind"]]
    hand = step["by_hand"] or {"summary": None, "command": None, "url": None}
    return {
        "word": word,
        "state": state,
        "title": safe(step["title"]),
        "reason": safe(step["reason"]),
        "diff": [_line(each) for each in step["diff"]],
        "notes": [
            [label, safe(said)]
            for label, said in (
                ("needs first", "; ".join(titles[name] for name in step["after"] if name in titles)),
                ("consent", step["consent"]),
                ("expects", step["expects"]),
                ("who", step["who"]),
                ("how", hand["summary"]),
            )
            if said
        ],
        "command": safe(hand["command"], newlines=True) if hand["command"] else None,
        "url": safe(hand["url"]) if hand["url"] else None,
        "permissions": [
            safe(f"{permit['permission']} on {permit['resource']} ({permit['role']})") for permit in step["permissions"]
        ],
    }


def _line(each: Row) -> str:
    """``+ role = roles/aiplatform.user`` or ``~ state = DISABLED → ENABLED``."""
    before = "" if each["before"] is None else f"{PLAIN.clean(each['before'])} → "
    sign = "+" if each["before"] is None else "~"
    return f"{sign} {PLAIN.clean(each['attribute'])} = {before}{PLAIN.clean(each['after'])}"


def _missing(lack: Row) -> str:
    doubt = "" if lack["known"] else ", which could not be tested"
    return safe(f"{lack['permission']} on {lack['resource']} (least role: {lack['role']}){doubt}")


def _open(finding: Row) -> list[str]:
    return [safe(f"{finding['rule']} {finding['name']}"), safe(finding["message"])]
