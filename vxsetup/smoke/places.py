"""Finds where a value stands in JSON text: only when there is something to say about it, so that a body costs one parse."""

from __future__ import annotations

import json
from bisect import bisect_right
from json.decoder import scanstring  # type: ignore[attr-defined, unused-ignore]
from typing import TYPE_CHECKING, Any

from vxsetup.findings import ConfigPath, Span

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_DECODER = json.JSONDecoder()
_BLANK = " \t\n\r"


@dataclass(frozen=True, slots=True)
class Found:
    """Offsets of a value, and of the key before it (-1 for a list item and for the root)."""

    start: int
    end: int
    key_start: int = -1
    key_end: int = -1


class Text:
    """JSON text that parses, and the places in it."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self._starts: list[int] = []

    def span(self, path: ConfigPath, key: bool = False) -> Span:
        """The span of the value at a path, or of its nearest ancestor; ``key``: of its key where it has one.

        A value of several lines is shown by its key, or by its first line.
        """
        found = self.find(path)
        if key and found.key_start >= 0:
            return self.between(found.key_start, found.key_end)
        if "\n" in self.text[found.start : found.end]:
            if found.key_start >= 0:
                return self.between(found.key_start, found.key_end)
            return self.between(found.start, self.text.index("\n", found.start))
        return self.between(found.start, found.end)

    def between(self, start: int, end: int) -> Span:
        """The span from one offset to another, never narrower than one column."""
        end = max(start + len(self.text[start:end].rstrip()), start + 1)
        line, column = self._place(start)
        end_line, end_column = self._place(end)
        if (end_line, end_column) <= (line, column):
            end_line, end_column = line, column + 1
        return Span(self.file, line, column, end_line, end_column)

    def _place(self, offset: int) -> tuple[int, int]:
        if not self._starts:
            self._starts = [0]
            at = self.text.find("\n")
            while at >= 0:
                self._starts.append(at + 1)
                at = self.text.find("\n", at + 1)
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def find(self, path: ConfigPath) -> Found:
        """The offsets of the value at a path; of two equal keys the last, which is the one that JSON readers keep."""
        at = self._skip(0)
        here = Found(at, self._end(at))
        for step in path:
            inner = self._child(here.start, step)
            if inner is None:
                break
            here = inner
        return here

    def _child(self, at: int, step: str | int) -> Found | None:
        opening = self.text[at : at + 1]
        if opening == "{" and isinstance(step, str):
            return self._member(at, step)
        if opening == "[" and isinstance(step, int):
            return self._item(at, step)
        return None

    def _member(self, at: int, wanted: str) -> Found | None:
        found = None
        at = self._skip(at + 1)
        while self.text[at] == '"':
            key, key_end = scanstring(self.text, at + 1, True)
            start = self._skip(self._skip(key_end) + 1)
            end = self._end(start)
            if key == wanted:
                found = Found(start, end, at, key_end)
            at = self._skip(end)
            if self.text[at] != ",":
                break
            at = self._skip(at + 1)
        return found

    def _item(self, at: int, wanted: int) -> Found | None:
        at = self._skip(at + 1)
        number = 0
        while self.text[at] != "]":
            end = self._end(at)
            if number == wanted:
                return Found(at, end)
            number += 1
            at = self._skip(end)
            if self.text[at] == ",":
                at = self._skip(at + 1)
        return None

    def _end(self, at: int) -> int:
        return _DECODER.raw_decode(self.text, at)[1]

    def _skip(self, at: int) -> int:
        while at < len(self.text) and self.text[at] in _BLANK:
            at += 1
        return at


def read(text: str) -> tuple[Any, str | None]:
    """The value of strict JSON text, and the first key that stands twice in its mapping.

    Raises ValueError for what is not JSON (NaN and Infinity are not), RecursionError for what nests too deeply.
    """
    repeated: list[str] = []

    def paired(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs) and not repeated:
            keys = [key for key, _ in pairs]
            repeated.append(next(key for number, key in enumerate(keys) if key in keys[:number]))
        return made

    def refused(word: str) -> Any:
        raise ValueError(f"{word} is not JSON")

    value = json.loads(text, object_pairs_hook=paired, parse_constant=refused)
    return value, repeated[0] if repeated else None
