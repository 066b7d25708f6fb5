"""Takes off what terminals, chats and loggers put around the lines of an error, and joins the lines that they folded."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BOX = "".join(map(chr, range(0x2500, 0x2580))) + "⎿"
_TIME = (
    r"[ \t]{0,8}(?:\[pod/[^\]\s]{1,160}\] )?(?:[\w.-]{1,60}\t[\w .-]{1,60}\t)?(?:[\w.-]{1,60} {0,30}\| )?"
    r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,]{0,12}(?:Z|[+-]\d\d:?\d\d)?\]?(?: std(?:out|err) [FP](?= ))?"
    r"(?:[ \t]{1,4}\[?(?:ERROR|WARN|WARNING|INFO|DEBUG|CRITICAL|FATAL)\]?)?(?:[ \t]{1,3}\[[\w.:-]{1,60}\])?[ \t]?(?:[:|-] )?"
)
_PREFIXES = (
    (("T0", "T1", "T2", " 0", " 1", " 2"), _TIME),
    (("]: ",), r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [\w.-]{1,80} [\w./@-]{1,80}(?:\[\d{1,9}\])?: "),
    ((" | ",), r"[\w.-]{1,60} {0,30}\| "),
    (("> ", ">\n"), r" {0,3}>{1,4} ?"),
    (("\n+",), r"\+(?!\+)"),
    (("\n2", "  2"), r" {0,7}\d{1,5}(?: \||:|  | (?=[{}]$))"),
)
"""What stands before each line: a time and a level, a journal's head, a container's name, a quote, a diff, a number.

Each with what a text must hold, one of, for it to be tried. As text, since few texts need them and each costs to compile.
"""

_LEAST = 3
"""So many lines one after another must begin alike for it to be no part of the error."""

_OPENS = r"\{\s{0,200}[\"']|\[\{"
_TURNS = r"[\"'{}\[\]\n\\]"
_CLOSES = r"[ \t]{0,200}(?:[,:}\])=+;]|\n|$)"
_PATH = (
    r"((?:projects|publishers|locations)/[^\s\"'`]{0,200}[-/_.:]|claude-[\w.-]{0,40}[-.]|[\w.-]{0,40}-aiplatform[.-]?"
    r"|(?:projects|publishers|locations)/[^\s\"'`]{0,200}(?=\n[ \t]{0,12}[/:]))\n[ \t]{0,12}(?=[a-z0-9/:-])"
)
_CONTINUED = r"(?<!\\)\\\n[ \t]{0,80}(?:\\(?= ))?"
_CONCATENATED = r"([\"'`]) ?\+\n[ \t]{0,80}\1"
_LABELS = r'"labels":\s*\{[^{}]{0,2000}\}|(?m:^[ ]{0,8}labels:\n(?:[ ]{2,12}[\w.-]{1,60}: [^\n]{0,200}\n){1,20})'
_SEGMENTS = ("projects", "locations", "publishers", "models", "regions")
_LONGEST_STRING = 6_000
_LONGEST_BODY = 20_000
_FAILURES = 10
"""So many braces may open what turns out to be no object: each is read to its limit, and time is bounded."""

_WIDTHS = (60, 64, 70, 72, 76, 80, 90, 96, 100, 110, 120, 132, 140, 150, 160, 180, 200, 220, 240)
"""Columns at which programs cut where they do not look at words."""


def unfolded(text: str) -> str:
    """The text as its program printed it: without borders, prefixes and quoting marks, folded strings in one line."""
    if "\n" not in text:
        return text
    if "\\\n" in text:  # as shells and YAML go on in the next line
        text = re.sub(_CONTINUED, "", text)
    lines = text.split("\n")
    if any(sign in text for sign in "│┃║╭┌╷⎿"):
        lines = [_unboxed(line) for line in lines]
    if len(lines) >= _LEAST:
        for signs, prefix in _PREFIXES:
            if any(sign in text for sign in signs):
                lines = _without(prefix, lines)
    if "{" in text:
        lines = _joined(lines)
    text = "\n".join(lines)
    if "+\n" in text:
        text = re.sub(_CONCATENATED, "", text)
    if "logName" in text:  # an entry of Cloud Logging says where the program runs, not what it asked for
        text = re.sub(_LABELS, "\n", text)
    return re.sub(_PATH, r"\1", text) if "/" in text or "claude-" in text else text


def _unboxed(line: str) -> str:
    """The line without the border that it begins with; one that is only border is empty. Its indent stays."""
    bare = line.lstrip(" \t")
    if not bare or bare[0] not in _BOX:
        return line
    words = bare.lstrip(_BOX)
    if bare[0] == "⎿":
        return " " * (len(line) - len(words)) + words
    return words.rstrip(_BOX + " \t").removeprefix(" ")


def _without(prefix: str, lines: list[str]) -> list[str]:
    """The lines without a prefix that stands before three or more of them on end."""
    pattern = re.compile(prefix)
    ends = [0 if not line else found.end() if (found := pattern.match(line)) else -1 for line in lines]
    kept, at = list(lines), 0
    while at < len(ends):
        stop = at
        while stop < len(ends) and ends[stop] >= 0:
            stop += 1
        if sum(end > 0 for end in ends[at:stop]) >= _LEAST:
            for place in range(at, stop):
                kept[place] = lines[place][ends[place] :]
        at = stop + 1
    return kept


def _joined(lines: list[str]) -> list[str]:
    """The lines, those put together between which a string of an object is open: no notation has such a break."""
    text = "\n".join(lines)
    folds, spans = _folds(text)
    if not folds:
        return lines
    widths = [len(line.rstrip()) for line in lines]
    widest = max(widths[place] for place in folds)
    full = sum(widths[place] >= widest - 1 for place in folds)
    hard = full == len(folds) if len(folds) > 1 else widest in _WIDTHS
    after = [lines[place + 1] for place in folds if lines[place + 1].strip()]
    indent = min((len(line) - len(line.lstrip(" ")) for line in after), default=0)
    kept = [lines[0]]
    inside = {place for first, last in spans for place in range(first, last)}
    for place, line in enumerate(lines[1:]):
        if place in folds:
            kept[-1] = _together(kept[-1], line, hard, widths[place] >= widest, indent)
        elif hard and place in inside and widths[place] == widest:
            kept[-1] += line[indent:] if indent > 1 else line
        else:
            kept.append(line)
    return kept


def _together(before: str, line: str, hard: bool, full: bool, indent: int) -> str:
    if hard:
        rest = line[indent:] if indent > 1 else line
        return before.rstrip() + ("" if full else " ") + rest
    rest, before = line.strip(), before.rstrip()
    cut = before[-1:] in "-/_" and (rest[:1].islower() or rest[:1].isdigit())
    cut = cut or (rest[:1] in "/:" and before.endswith(_SEGMENTS))
    return before + ("" if cut else " ") + rest


def _folds(text: str) -> tuple[set[int], Sequence[tuple[int, int]]]:
    """The numbers of the lines that end within a string, and from which line to which the objects go that have any."""
    folds: set[int] = set()
    spans = []
    opens = re.compile(_OPENS)
    at, failures = 0, 0
    while failures < _FAILURES and (found := opens.search(text, at)):
        here, end = _folds_of(text, found.start())
        if end == 0:
            failures += 1
            at = found.end()
            continue
        if here:
            folds.update(text.count("\n", 0, place) for place in here)
            spans.append((text.count("\n", 0, found.start()), text.count("\n", 0, end)))
        at = max(end, found.end())
    return folds, spans


def _folds_of(text: str, start: int) -> tuple[list[int], int]:
    """Where line ends stand in strings of the object that opens at ``start``, and its end; 0 where it is no object."""
    folds: list[int] = []
    depth, quote, opened = 0, "", 0
    limit = min(len(text), start + _LONGEST_BODY)
    at = start
    turns, closes = re.compile(_TURNS), re.compile(_CLOSES)
    while found := turns.search(text, at, limit):
        sign, at = found[0], found.end()
        if sign == "\\":
            at += text[at : at + 1] != "\n"
        elif quote:
            if at - opened > _LONGEST_STRING:
                return [], 0
            if sign == "\n":
                folds.append(at - 1)
            elif sign == quote and closes.match(text, at):
                quote = ""
        elif sign in "\"'":
            if text[max(start, at - 60) : at - 1].rstrip(" \n\tbru")[-1:] in "{[,:=>+(":
                quote, opened = sign, at
        elif sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
            if depth <= 0:
                return folds, at
    return (folds, limit) if limit == len(text) else ([], 0)
