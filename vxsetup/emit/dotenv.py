"""Reads files of variables as their readers do: quotes may span lines, and a remark stands behind a blank."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vxsetup.emit.pieces import NotMergeableError, place_of

_ASSIGNMENT = re.compile(r"([ \t]*(?:export[ \t]+)?)([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*", re.ASCII)


def assignments(text: str, strict: bool = True) -> Iterator[tuple[re.Match[str], str, int]]:
    """Each assignment with its value, and where the value ends; a value in quotes may have several lines.

    What a quote begins that is never closed is a plain line, as some readers have it; ``strict``: NotMergeableError, as
    others read on.
    """
    at = 0
    while at < len(text):
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        line_end = stop - 1 if text[stop - 1 : stop] == "\r" and stop > at else stop
        found = _ASSIGNMENT.match(text, at, line_end)
        if found is not None:
            value, end = _value_at(text, found.end(), line_end, strict)
            yield found, value, end
            stop = max(stop, text.find("\n", end) if "\n" in text[end:] else len(text))
        at = stop + 1


def _value_at(text: str, start: int, line_end: int, strict: bool) -> tuple[str, int]:
    quote = text[start : start + 1]
    if quote in ("'", '"', "`") and start < line_end:
        end = start + 1
        while end < len(text) and text[end] != quote:
            end += 2 if text[end] == "\\" and quote == '"' else 1
        if end >= len(text):
            if not strict or quote == "`" or text.find(quote, start + 1, line_end) > 0:
                return text[start:line_end].strip(), line_end
            raise NotMergeableError("a quote begins here and never ends", place_of(text, start))
        behind = text[end + 1 : _line_end(text, end)].strip()
        if not behind or behind.startswith("#"):
            return text[start + 1 : end], end + 1
    raw = text[start:line_end]
    blank = text[start - 1 : start] in (" ", "\t")
    plain = "" if blank and raw[:1] == "#" else re.split(r"\s#", raw, maxsplit=1)[0].rstrip()
    return plain.strip(), start + len(plain)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end
