"""Writes a diagnosis: for people, for programs (``vxsetup.diagnosis/1``), for a GitHub step; and the page of a cause."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vxsetup.report.layout import Pen
from vxsetup.report.terminal import Style

if TYPE_CHECKING:
    from vxsetup.explain.model import Diagnosis, Page, Ranked
    from vxsetup.findings import Fix

FORMAT = "vxsetup.diagnosis/1"
PAGE_FORMAT = "vxsetup.cause/1"

Json = dict[str, Any]

_SURE = ((0.9, "very likely"), (0.7, "likely"), (0.45, "more likely than the others"), (0.0, "possible"))
_TOLD = 0.02
"""A cause that is less likely than this beside the first is named, and no more."""

NOT_RECOGNISED = "Not recognised: nothing in this text points to a cause that vxsetup knows."
DISPROVED = "No cause is left: what this text points to, the live check speaks against."


def diagnosis_text(diagnosis: Diagnosis, style: Style) -> str:
    """The diagnosis for people: the first cause in full, the others by how to tell them apart, then what was seen."""
    pen = Pen(style)
    blocks: list[list[str]] = []
    if diagnosis.recognised:
        first, *others = diagnosis.causes
        blocks.append(_first(first, pen))
        blocks += [_other(place, each, pen) for place, each in enumerate(_likely(diagnosis), 2)]
        if unlikely := [each.cause for each in others if each.confidence < _TOLD]:
            blocks.append(pen.paragraph(f"Less likely, but it can look the same: {_any_of(unlikely)}.", 0))
    else:
        blocks.append(pen.paragraph(_unnamed(diagnosis), 0))
    blocks += [pen.paragraph(pen.clean(note), 0, "Note: ") for note in diagnosis.notes]
    if diagnosis.evidence:
        blocks.append(_evidence(diagnosis, pen))
    if diagnosis.questions:
        lines = [pen.paint("title", "What would narrow it down")]
        for place, question in enumerate(diagnosis.questions, 1):
            lines += pen.paragraph(pen.clean(question), 2, f"{place}. ")
        blocks.append(lines)
    if diagnosis.recognised:
        blocks.append([f"Next: vxsetup explain {diagnosis.causes[0].cause}"])
    else:
        blocks.append(['Next: vxsetup explain --error FILE --context "client, location, model"'])
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks) + "\n"


def diagnosis_data(diagnosis: Diagnosis, cited: Mapping[str, str]) -> Json:
    """The diagnosis as ``schemas/diagnosis.schema.json`` describes it. ``cited`` maps source keys to what they are."""
    return {
        "format": FORMAT,
        "recognised": diagnosis.recognised,
        "causes": [_cause(each, cited) for each in diagnosis.causes],
        "evidence": [{"name": name, "value": value} for name, value in diagnosis.evidence],
        "questions": list(diagnosis.questions),
        "notes": list(diagnosis.notes),
    }


def diagnosis_json(diagnosis: Diagnosis, cited: Mapping[str, str]) -> str:
    """``diagnosis_data`` as JSON text that ends with a line end."""
    from vxsetup.report.json import dumps

    return dumps(diagnosis_data(diagnosis, cited))


def diagnosis_github(diagnosis: Diagnosis) -> str:
    """One annotation for a workflow's log: an error where the cause is recognised, else a notice."""
    if not diagnosis.recognised:
        message = " ".join((_unnamed(diagnosis), *diagnosis.notes, *diagnosis.questions))
        return f"::notice title={_property('vxsetup: not recognised')}::{_message(message)}\n"
    first = diagnosis.causes[0]
    lines = [f"{_percent(first.confidence)} {first.why}", f"Fix: {_sentence(first.fix.summary)}"]
    lines += [part for part in (first.fix.command, first.fix.url) if part]
    others = ", ".join(f"{each.cause} ({_percent(each.confidence)})" for each in _likely(diagnosis))
    lines += [f"Or else: {others}."] if others else []
    lines += diagnosis.notes
    title = f"vxsetup: {first.cause}, {first.title}"
    return f"::error title={_property(title)}::{_message(chr(10).join(lines))}\n"


def diagnosis_markdown(diagnosis: Diagnosis) -> str:
    """The summary of a job in Markdown."""
    if not diagnosis.recognised:
        lines = [
            "### vxsetup: not recognised",
            "",
            _unnamed(diagnosis),
            "",
            *(f"1. {_escaped(q)}" for q in diagnosis.questions),
        ]
    else:
        first = diagnosis.causes[0]
        lines = [
            f"### vxsetup: {first.cause}",
            "",
            f"**{_escaped(_sentence(first.title))}** {_percent(first.confidence)}.",
            "",
        ]
        lines += [
            _escaped(first.means),
            "",
            f"- Because: {_escaped(first.why)}",
            f"- Tell apart: {_escaped(first.tell_apart)}",
        ]
        lines += [f"- Fix: {_escaped(_sentence(first.fix.summary))}"]
        if first.fix.command:
            lines += ["", "```shell", _one_line(first.fix.command).replace("```", "'''"), "```"]
        if first.fix.url:
            lines += ["", f"<{_one_line(first.fix.url)}>"]
        if _likely(diagnosis):
            lines += ["", "| or else | how sure | tell apart |", "|---|---|---|"]
            lines += [
                f"| {each.cause} | {_percent(each.confidence)} | {_escaped(each.tell_apart)} |"
                for each in _likely(diagnosis)
            ]
    if diagnosis.evidence:
        lines += ["", "| seen in the text | |", "|---|---|"]
        lines += [f"| {_escaped(name)} | {_escaped(value)} |" for name, value in diagnosis.evidence]
    for note in diagnosis.notes:
        lines += ["", f"Note: {_escaped(note)}"]
    return "\n".join(lines) + "\n"


def page_text(page: Page, style: Style, references: Sequence[str]) -> str:
    """The page of one cause: what it means, how it shows, how to tell it apart, how to fix it."""
    pen = Pen(style)
    rule = f" ({page.rule})" if page.rule else ""
    lines = [f"{pen.paint('title', page.cause)}{rule}", "", *pen.paragraph(_sentence(page.title), 2), ""]
    lines += [pen.paint("title", "What it means"), *pen.paragraph(pen.clean(page.means), 2), ""]
    lines += [pen.paint("title", "How it shows")]
    for shown in page.shows:
        wrapped = pen.wrap(pen.clean(f"{shown.text} [{shown.seen}]"), 4, 4)
        lines += [f"  - {wrapped[0]}", *wrapped[1:]]
    lines += ["", pen.paint("title", "How to tell it apart"), *pen.paragraph(pen.clean(page.tell_apart), 2)]
    lines += [*pen.paragraph(f"Most often taken for {_any_of(page.alike)}.", 2), ""]
    lines += [pen.paint("title", "How to fix it"), *_fix(page.fix, pen, 2), ""]
    if page.rule:
        lines += [pen.paint("title", "The rule that checks it"), f"  vxsetup explain {page.rule}", ""]
    if references:
        lines += [pen.paint("title", "References")]
        for reference in references:
            lines += pen.paragraph(pen.clean(reference), 2)
    return "\n".join(line.rstrip() for line in lines).rstrip("\n") + "\n"


def _any_of(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def page_data(page: Page, references: Sequence[str]) -> Json:
    """``{"format": "vxsetup.cause/1", "cause": …, "title": …, "means": …, "shows": […], "tell_apart": …, "fix": {…}}``,
    with ``alike``, the causes that it is most often taken for, and ``references``."""
    return {
        "format": PAGE_FORMAT,
        "cause": page.cause,
        "title": page.title,
        "rule": page.rule,
        "means": page.means,
        "shows": [{"text": shown.text, "seen": shown.seen} for shown in page.shows],
        "tell_apart": page.tell_apart,
        "alike": list(page.alike),
        "fix": _fix_data(page.fix),
        "references": list(references),
    }


def _unnamed(diagnosis: Diagnosis) -> str:
    """The sentence that stands where no cause does."""
    return DISPROVED if any(name == "live check" for name, _ in diagnosis.evidence) else NOT_RECOGNISED


def _likely(diagnosis: Diagnosis) -> list[Ranked]:
    """The causes after the first that are worth a paragraph."""
    return [each for each in diagnosis.causes[1:] if each.confidence >= _TOLD]


def _cause(each: Ranked, cited: Mapping[str, str]) -> Json:
    return {
        "cause": each.cause,
        "confidence": each.confidence,
        "rule": each.rule,
        "title": each.title,
        "why": each.why,
        "means": each.means,
        "tell_apart": each.tell_apart,
        "fix": _fix_data(each.fix),
        "evidence_for": list(each.evidence_for),
        "evidence_against": list(each.evidence_against),
        "patterns": list(each.rows),
        "sources": [{"key": key, "what": cited.get(key, key)} for key in each.sources],
    }


def _fix_data(fix: Fix) -> Json:
    return {"summary": fix.summary, "command": fix.command, "url": fix.url}


def _first(each: Ranked, pen: Pen) -> list[str]:
    sure = next(words for least, words in _SURE if each.confidence >= least)
    rule = f" ({each.rule})" if each.rule else ""
    lines = [f"{pen.paint('title', each.cause)}{rule}: {sure}, {_percent(each.confidence)}"]
    lines += pen.paragraph(pen.clean(_sentence(each.title)), 2)
    lines += ["", *pen.paragraph(pen.clean(each.means), 2), ""]
    lines += pen.paragraph(pen.clean(each.why), 2, "Because: ")
    for against in each.evidence_against[:2]:
        lines += pen.paragraph(pen.clean(against), 2, "But: ")
    lines += pen.paragraph(pen.clean(each.tell_apart), 2, "Tell apart: ")
    return [*lines, *_fix(each.fix, pen, 2, "Fix: ")]


def _other(place: int, each: Ranked, pen: Pen) -> list[str]:
    title = pen.clean(each.title)
    lines = pen.paragraph(f"{each.cause}, {_percent(each.confidence)}: {title}", 0, f"{place}. Or ")
    return [*lines, *_fix(each.fix, pen, 3, "Then: ")]


def _fix(fix: Fix, pen: Pen, indent: int, label: str = "") -> list[str]:
    lines = pen.paragraph(pen.clean(_sentence(fix.summary)), indent, label, "fix")
    if fix.command:
        lines += [" " * (indent + 4) + line for line in pen.lines(fix.command)]
    if fix.url:
        lines += [" " * (indent + 4) + pen.address(fix.url)]
    return lines


def _evidence(diagnosis: Diagnosis, pen: Pen) -> list[str]:
    width = max(len(name) for name, _ in diagnosis.evidence)
    lines = [pen.paint("title", "Seen in the text")]
    for name, value in diagnosis.evidence:
        wrapped = pen.wrap(pen.clean(value), width + 4, width + 4)
        lines += [f"  {name:<{width}}  {wrapped[0]}", *wrapped[1:]]
    return lines


def _sentence(text: str) -> str:
    """A fragment as a sentence; a word that holds a sign of code (an id, a variable) keeps its first letter."""
    first = text.split(" ", 1)[0]
    text = text[:1].upper() + text[1:] if first.isalpha() else text
    return text if text.endswith((".", "?", "!")) else text + "."


def _percent(confidence: float) -> str:
    return f"{confidence:.0%}".replace("%", " %")


def _one_line(text: str) -> str:
    from vxsetup.report.terminal import safe

    return " ".join(safe(text).split())


def _escaped(text: str) -> str:
    """Text for Markdown: one line, nothing in it that makes markup, a link (a bare address makes one too) or a mention."""
    line = _one_line(text).replace("&", "&amp;")
    for sign in ("\\", "`", "*", "_", "[", "]", "~", "$", "#"):
        line = line.replace(sign, f"\\{sign}")
    for sign in ("<", ">", "|", "@"):
        line = line.replace(sign, f"&#{ord(sign)};")
    return re.sub(r"(?i)(https?|ftp|mailto|xmpp):|\b(www)\.", _unlinked, line)


def _unlinked(found: re.Match[str]) -> str:
    return f"{found[1]}&#58;" if found[1] else f"{found[2]}&#46;"


def _message(text: str) -> str:
    """The message of a workflow command: line ends and percent signs escaped, nothing else that acts."""
    from vxsetup.report.terminal import safe

    return safe(text, newlines=True).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A property of a workflow command."""
    return _message(" ".join(text.split())).replace(":", "%3A").replace(",", "%2C")
