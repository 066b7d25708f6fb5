"""Requests to models for people: as they would be sent, or what came of sending them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from vxsetup.report.layout import Pen, plural
from vxsetup.report.terminal import Style

_LONGEST_BODY = 2_000
_LONGEST_TEXT = 60


def cost_words(bound: Mapping[str, Any]) -> str:
    """``at most $0.0014 (612 tokens in, 32 out)``, or the tokens alone where no price is known."""
    tokens = f"{bound['input_tokens']:,} tokens in, {bound['output_tokens']:,} out"
    if bound["usd"] is None:
        words = f"at most {tokens}; the catalogue has no price"
    elif bound["usd"] == 0:
        words = "free"
    else:
        words = f"at most ${_dollars(bound['usd'])} ({tokens})"
    return f"{words}, and not bounded: {bound['open']}" if bound["open"] else words


def _dollars(usd: float) -> str:
    """Enough digits to say something, never rounded down."""
    digits = 2 if usd >= 1 else 4
    shown = round(usd, digits)
    return f"{shown if shown >= usd else shown + 10**-digits:.{digits}f}"


def smoke_text(document: Mapping[str, Any], style: Style, save: str | None) -> str:
    """The document of ``vxsetup smoke`` as text that ends with a line end."""
    pen = Pen(style)
    blocks = []
    for entry in document["requests"]:
        blocks.append(_sent(entry, pen) if document["sent"] else _printed(entry, pen, save))
    blocks.append(_last(document, pen, save))
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks if block) + "\n"


def _title(entry: Mapping[str, Any], pen: Pen) -> str:
    extras = [
        entry["feature"],
        "stream" if entry["stream"] else None,
        "count tokens" if entry["count_tokens"] else None,
    ]
    extra = ", ".join(one for one in extras if one)
    return pen.clean(f"{entry['model']} @ {entry['location']}") + (f" ({extra})" if extra else "")


def _printed(entry: Mapping[str, Any], pen: Pen, save: str | None) -> list[str]:
    lines = [pen.paint("title", _title(entry, pen)), *pen.lines(f"POST {entry['url']}")]
    lines += [line for name, value in entry["headers"].items() for line in pen.lines(f"{name}: {value}")]
    body = json.dumps(entry["body"], indent=2, ensure_ascii=False)
    long = len(body) > _LONGEST_BODY
    lines += ["", *pen.lines(_shortened(entry["body"]) if long else body), ""]
    lines += [pen.paint("faint", "The same with curl:"), *pen.lines(entry["curl"]), ""]
    if long and save is None:
        lines += pen.paragraph(
            f"The body is shown shortened; --save DIR writes {entry['name']}.json, which curl reads.", 0
        )
    twice = " for both of the requests that it takes" if entry["times"] > 1 else ""
    lines += pen.paragraph(pen.clean(f"If sent{twice}: {cost_words(entry['bound'])}{_source(entry['bound'])}."), 0)
    return lines


def _source(bound: Mapping[str, Any]) -> str:
    return f" by {bound['source']}, {bound['date']}" if bound["usd"] and bound["source"] else ""


def _shortened(value: Any) -> str:
    def cut(one: Any) -> Any:
        if isinstance(one, str) and len(one) > 200:
            return f"{one[:120]}… ({len(one) - 120:,} more characters)"
        if isinstance(one, dict):
            return {key: cut(inner) for key, inner in one.items()}
        return [cut(inner) for inner in one] if isinstance(one, list) else one

    return json.dumps(cut(value), indent=2, ensure_ascii=False)


def _sent(entry: Mapping[str, Any], pen: Pen) -> list[str]:
    states = {check["verdict"] for check in entry["checks"]}
    state = "fail" if "fail" in states else "unknown" if "unknown" in states else "pass"
    lines = [f"{pen.mark(state)} {pen.paint('title', _title(entry, pen))}{_times(entry, pen)}"]
    for check in entry["checks"]:
        lines += _check(check, pen)
    said = next((row["text"] for row in reversed(entry["answers"]) if row.get("text")), "")
    if said:
        more = pen.sign("…") if len(said) > _LONGEST_TEXT else ""
        lines += pen.paragraph(pen.clean(f'it said "{said[:_LONGEST_TEXT]}{more}"'), 4)
    return lines


def _times(entry: Mapping[str, Any], pen: Pen) -> str:
    row = entry["answers"][-1] if entry["answers"] else {}
    if row.get("total_s") is None:
        return ""
    return f" {pen.sign('–')} first byte after {row['first_byte_s']:.2f} s, all after {row['total_s']:.2f} s"


def _check(check: Mapping[str, Any], pen: Pen) -> list[str]:
    rule = f" ({check['rule']})" if check["rule"] and check["verdict"] != "pass" else ""
    mark = {"pass": "pass", "fail": "fail"}.get(check["verdict"], "unknown")
    wrapped = pen.wrap(pen.clean(f"{check['name']}: {check['says']}{rule}"), 5, 6)
    lines = [f"  {pen.mark(mark)} {wrapped[0]}", *wrapped[1:]]
    for number, cause in enumerate(check.get("causes") or ()):
        label = "likely: " if number == 0 else "or: "
        why = f" {cause['why']}" if number == 0 else ""
        rule = f" ({cause['rule']})" if cause["rule"] else ""
        lines += pen.paragraph(pen.clean(f"{cause['title']}{rule}.{why}"), 6, label)
    fix = check.get("fix")
    if fix and check["verdict"] != "pass":
        if fix["summary"] and not fix["summary"].startswith("see vxsetup"):
            lines += pen.paragraph(pen.clean(fix["summary"]), 6, "fix: ", "fix")
        if fix["command"]:
            lines += [f"        {line}" for line in pen.lines(fix["command"])]
        if fix["url"]:
            lines.append(f"        {pen.address(fix['url'])}")
    return lines


def _last(document: Mapping[str, Any], pen: Pen, save: str | None) -> list[str]:
    count = len(document["requests"])
    if not document["sent"]:
        lines = [
            f"Nothing was sent. {plural(count, 'request', 'requests')}, {cost_words(document['total'])} if sent: add --send."
        ]
    else:
        good = sum(all(c["verdict"] == "pass" for c in entry["checks"]) for entry in document["requests"])
        lines = [f"{good} of {plural(count, 'request', 'requests')} passed every check."]
    if save is not None:
        lines.append(pen.clean(f"Bodies{', answers' if document['sent'] else ''} and scripts are in {save}."))
    return [line for text in lines for line in pen.wrap(text)]
