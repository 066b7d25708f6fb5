"""Plans as text: what is added and changed and why, what a person does, what is missing, and what it will come to.

A plan comes as the data of its JSON document, so that a saved plan reads as it did when it was made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from vxsetup.report.layout import Pen, plural, tally
from vxsetup.report.reasons import by_reason, fix_of, reason_of
from vxsetup.report.summary import verdict_state, verdict_words
from vxsetup.report.terminal import Style

Row = Mapping[str, Any]

_SIGNS = {"create": ("+", "pass"), "change": ("~", "warning")}


def plan_json(document: Row) -> str:
    """The plan's document as text."""
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def plan_text(document: Row, style: Style, verbosity: int, next_command: str | None) -> str:
    """The plans of a document for people; ``verbosity`` -1 is the summary alone, 1 shows permissions and what is open."""
    pen = Pen(style)
    lines: list[str] = []
    for row in document["projects"]:
        lines += _project(row, pen, verbosity)
    if next_command:
        lines += ["", pen.paint("title", "Next:"), *(f"  {line}" for line in pen.lines(next_command))]
    return "\n".join(lines).lstrip("\n") + "\n"


def _project(row: Row, pen: Pen, verbosity: int) -> list[str]:
    where = f" ({pen.clean(row['environment'])})" if row["environment"] else ""
    state = verdict_state(row["verdict_now"])
    subject = f"{pen.clean(row['project'])}{where} in {pen.clean(row['config']['file'])}"
    lines = ["", f"{pen.mark(state)} {subject}: {verdict_words(row['verdict_now'], pen)} today"]
    if verbosity >= 0:
        for step in row["steps"]:
            if step["kind"] != "by_hand":
                lines += _step(step, pen, verbosity)
        hands = [step for step in row["steps"] if step["kind"] == "by_hand"]
        if hands:
            lines += ["", pen.paint("title", "By hand, as no API does it or the config leaves it to people:")]
            for number, step in enumerate(hands, 1):
                lines += _by_hand(step, number, pen)
        lines += _missing(row, pen)
        lines += _left(row, pen)
        lines += _later(row, pen, verbosity)
        lines += _left_over(row, pen)
        if row["summary"]["unchanged"]:
            count = row["summary"]["unchanged"]
            lines += ["", pen.paint("faint", f"{plural(count, 'requirement holds', 'requirements hold')} already.")]
    return [*lines, "", *_sum(row, pen)]


def _step(step: Row, pen: Pen, verbosity: int) -> list[str]:
    sign, role = _SIGNS[step["kind"]]
    lines = ["", f"  {pen.paint(role, sign)} {pen.paint('title', pen.clean(step['title']))}"]
    lines += pen.paragraph(pen.clean(step["reason"]), 6, "# ", "faint")
    width = max((len(pen.clean(each["attribute"])) for each in step["diff"]), default=0)
    arrow = pen.sign("→")
    for each in step["diff"]:
        mark, tone = ("+", "pass") if each["before"] is None else ("~", "warning")
        before = f"{pen.clean(each['before'])} {arrow} " if each["before"] is not None else ""
        name = pen.clean(each["attribute"]).ljust(width)
        lines.append(f"      {pen.paint(tone, mark)} {name} = {before}{pen.clean(each['after'])}")
    if step["consent"]:
        lines += pen.paragraph(pen.clean(step["consent"]), 6, "consent: ")
    if step["expects"]:
        lines += pen.paragraph(pen.clean(step["expects"]), 6, "expects: ")
    if verbosity > 0:
        for permit in step["permissions"]:
            lines += pen.paragraph(
                pen.clean(f"{permit['permission']} on {permit['resource']} ({permit['role']})"), 6, "needs: ", "faint"
            )
    return lines


def _by_hand(step: Row, number: int, pen: Pen) -> list[str]:
    fix = step["by_hand"]
    lines = ["", f"  {number}. {pen.paint('title', pen.clean(step['title']))}"]
    lines += pen.paragraph(pen.clean(step["reason"]), 5, "# ", "faint")
    if step["who"]:
        lines += pen.paragraph(pen.clean(step["who"]), 5, "who: ")
    lines += pen.paragraph(pen.clean(fix["summary"]), 5, "how: ", "fix")
    if fix["command"]:
        lines += [f"       {line}" for line in pen.lines(fix["command"])]
    if fix["url"]:
        lines.append(f"     {pen.address(fix['url'])}")
    return lines


def _missing(row: Row, pen: Pen) -> list[str]:
    rows = row["missing_permissions"]
    if not rows:
        return []
    lines = ["", pen.paint("title", "Permissions that these steps need and that the caller is without:")]
    for each in rows:
        mark = pen.mark("fail" if each["known"] else "unknown")
        said = f"{each['permission']} on {each['resource']} (least role: {each['role']})"
        doubt = "" if each["known"] else ", which could not be tested"
        wrapped = pen.wrap(pen.clean(said + doubt), 4, 6)
        lines += [f"  {mark} {wrapped[0]}", *wrapped[1:]]
    return lines


def _left(row: Row, pen: Pen) -> list[str]:
    if not row["left"]:
        return []
    lines = ["", pen.paint("title", "What this plan has no step for:")]
    failed = [(each,) for each in row["left"] if each["verdict"] == "fail"]
    for group in (*failed, *by_reason(each for each in row["left"] if each["verdict"] != "fail")):
        first = group[0]
        mark = pen.mark("fail" if first["verdict"] == "fail" else "unknown")
        says = f"{first['rule']} {first['name']}: {first['message']}"
        if len(group) > 1:
            names = tally(f"{each['rule']}\xa0{each['name']}" for each in group)
            says = f"{reason_of(first['message'])} Unknown because of this: {names}"
        wrapped = pen.wrap(pen.clean(says), 4, 6)
        lines += [f"  {mark} {wrapped[0]}", *wrapped[1:]]
        fix = fix_of(group)
        if fix:
            lines += pen.paragraph(pen.clean(fix["summary"]), 6, "fix: ", "fix")
            if fix["command"]:
                lines += [f"        {line}" for line in pen.lines(fix["command"])]
    return lines


def _later(row: Row, pen: Pen, verbosity: int) -> list[str]:
    found = row["shows_later"]
    if not found:
        return []
    names = tally(f"{each['rule']}\xa0{each['name']}" for each in found)
    said = f"{plural(len(found), 'requirement shows', 'requirements show')} only when the steps are done: {names}"
    lines = ["", *pen.paragraph(said if pen.style.unicode else pen.clean(said), 0)]
    if verbosity > 0:
        for each in found:
            lines += pen.paragraph(pen.clean(f"{each['rule']}: {each['message']}"), 2)
    return lines


def _left_over(row: Row, pen: Pen) -> list[str]:
    """What an earlier plan made and the config no longer asks for: a plan never takes it away."""
    found = row.get("left_over", ())
    if not found:
        return []
    title = "Left over, made by vxsetup and no longer asked for (vxsetup destroy --left-over takes it back):"
    lines = ["", *(pen.paint("title", line) for line in pen.wrap(title))]
    for each in found:
        mark = pen.mark("warning")
        wrapped = pen.wrap(pen.clean(f"{each['what']}, made {each['made_at']}"), 4, 6)
        lines += [f"  {mark} {wrapped[0]}", *wrapped[1:]]
    return lines


def sum_line(row: Row) -> str:
    """``Plan: 4 to add, 1 to change, 2 by hand. After it: ready.``, without colour."""
    return " ".join(_sum(row, Pen(Style(width=100, color=False, unicode=True))))


def _sum(row: Row, pen: Pen) -> list[str]:
    counted = row["summary"]
    if not row["steps"]:
        if row["verdict"] == "ready":
            return ["No changes: the project is as the config asks."]
        return [f"No changes: vxsetup has no step for what is open. It stays: {verdict_words(row['verdict'], pen)}."]
    words = f"{counted['add']} to add, {counted['change']} to change, {counted['by_hand']} by hand"
    after = verdict_words(row["verdict"], pen)
    hope = ", if what shows only then shows nothing new" if row["shows_later"] and row["verdict"] == "ready" else ""
    return [f"{pen.paint('title', 'Plan:')} {words}. After it: {after}{hope}."]


def hand_over(rows: Sequence[Row]) -> dict[str, str]:
    """Pages for the people who have to act, by file name: what, how, with which least role, and how vxsetup sees it done.

    They are Markdown; steps of one office stand on one page.
    """
    pages: dict[str, list[str]] = {}
    for row in rows:
        for step in row["steps"]:
            if step["kind"] == "by_hand":
                pages.setdefault(_office(step), []).append(_task(row, step))
        for each in row["missing_permissions"]:
            pages.setdefault("project-administrator", []).append(_grant(row, each))
    return {f"{name}.md": _page(name, tasks) for name, tasks in sorted(pages.items())}


_OFFICES = {
    "legal": "legal",
    "entitlementManager": "entitlement-manager",
    "billing": "billing-administrator",
    "orgpolicy": "organization-policy-administrator",
    "cloudquotas": "quota-administrator",
}


def _office(step: Row) -> str:
    who = str(step["who"])
    return next((name for word, name in _OFFICES.items() if word in who), "project-administrator")


def _page(name: str, tasks: Sequence[str]) -> str:
    title = name.replace("-", " ")
    return f"# For the {title}\n\n" + "\n".join(tasks)


def _task(row: Row, step: Row) -> str:
    fix = step["by_hand"]
    parts = [f"## {_md(step['title'])}", "", f"{_md(fix['summary'])}.", ""]
    if fix["command"]:
        parts += ["```sh", *fix["command"].split("\n"), "```", ""]
    if fix["url"]:
        parts += [f"<{fix['url']}>", ""]
    parts += [
        f"- Project: `{_md(row['project'])}`",
        f"- Who may do it: {_md(str(step['who']))}",
        f"- Why: {_md(step['reason'])}",
        f"- Safe because: it adds what the config asks for and takes nothing away; it touches {_md(_touched(step))} alone.",
        f"- Done when: `vxsetup check` passes {_md(step['reason'].partition(':')[0])} for this project.",
        "",
    ]
    if step["consent"]:
        parts += [f"> {_md(step['consent'])}", ""]
    return "\n".join(parts)


def _touched(step: Row) -> str:
    depends = step["depends"]
    return str(
        next(
            (
                depends[key]
                for key in ("policy", "deny_policy", "model", "resource", "service_account", "project")
                if key in depends
            ),
            step["id"],
        )
    )


def _grant(row: Row, lack: Row) -> str:
    return "\n".join(
        [
            f"## Give {_md(lack['permission'])} on {_md(lack['resource'])}",
            "",
            f"The identity that runs `vxsetup apply` needs it; the least predefined role is `{_md(lack['role'])}`.",
            "",
            f"- Project: `{_md(row['project'])}`",
            f"- For: {', '.join(_md(name) for name in lack['steps'])}",
            "- Safe because: it is needed while the plan is applied, and may be taken away after it.",
            "- Done when: `vxsetup plan` no longer lists it as missing.",
            "",
        ]
    )


def _md(text: str) -> str:
    """Text that stays text in Markdown, on one line."""
    line = " ".join(text.split())
    return "".join(f"\\{char}" if char in "\\`*_[]<>|#" else char for char in line)
