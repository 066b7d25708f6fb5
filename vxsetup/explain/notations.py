"""Reads an object in the notation in which a program printed it: Python, JavaScript, Ruby, or JSON that was cut off."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

_DEEPEST = 30
_LONGEST = 8_000
_MOST = 200

_BLANK = re.compile(r"\s*")
_STARTS = re.compile(r"\{\s*(?:[\"'`]|:?[A-Za-z_$][\w$-]{0,60}\"?\s*(?::|=>)|:\")")
_KEY = re.compile(r":?([A-Za-z_$][\w$.@-]{0,80})")
_SEPARATES = re.compile(r"\s*(?:=>|:|=)\s*")
_BARE = re.compile(r"[^\s,;}\]{\[\"'`]{1,120}")
_NAMED = re.compile(r"(?:<ref \*\d{1,4}> )?(?:[A-Z]\w{0,60}|\[[^\]\n]{1,60}\])(?:\(\w{1,60}\))?\s?(?=\{)")
_QUOTED = re.compile(r"[brufBRUF]{0,2}([\"'`])")
_JOINS = re.compile(r"\s*\+\s*(?=[\"'`])|\s*\n\s*(?=[\"'])")
_CLOSES = re.compile(r"\s{0,400}(?:[,:}\])=+;]|$)|[ \t]{0,40}\r?\n")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_WORDS = {
    "none": None,
    "null": None,
    "nil": None,
    "undefined": None,
    "true": True,
    "false": False,
}
_SIGNS = {"n": "\n", "r": "\r", "t": "\t", "b": " ", "f": " ", "\n": ""}


class _EndsEarlyError(Exception):
    """The text goes on in a way that is no object: what was read until there is the answer."""


def read(text: str) -> tuple[dict[Any, Any] | None, int]:
    """The object that opens the text, and how many characters it takes; ``(None, 0)`` where none opens it.

    Of one that is cut off, or goes on as none does, it gives what was read until there. Never raises.
    """
    if not _STARTS.match(text):
        return None, 0
    reader = _Reader(text)
    value: dict[Any, Any] = {}
    with suppress(_EndsEarlyError):
        reader.members(value, 0)
    return (value, max(1, reader.at)) if value else (None, 0)


class _Reader:
    """Goes through the text once; values are put into their object before they are whole, so that a cut loses little."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def members(self, into: dict[Any, Any], depth: int) -> None:
        """The members of an object, from its brace on."""
        self.at += 1
        for _ in range(_MOST):
            self._blank()
            if self._ends("}"):
                return
            key = self._key()
            separator = _SEPARATES.match(self.text, self.at)
            if separator is None:
                raise _EndsEarlyError
            self.at = separator.end()
            self._value(into, key, depth)
            self._blank()
            if self.text[self.at : self.at + 1] in (",", ";"):
                self.at += 1
        raise _EndsEarlyError

    def _items(self, into: list[Any], depth: int) -> None:
        self.at += 1
        for _ in range(_MOST):
            self._blank()
            if self._ends("]"):
                return
            holder: dict[str, Any] = {}
            try:
                self._value(holder, "item", depth)
            finally:
                into.extend(holder.values())
            self._blank()
            if self.text[self.at : self.at + 1] == ",":
                self.at += 1
        raise _EndsEarlyError

    def _value(self, into: dict[Any, Any], key: str, depth: int) -> None:
        if depth > _DEEPEST:
            raise _EndsEarlyError
        named = _NAMED.match(self.text, self.at)
        if named:
            self.at = named.end()
        sign = self.text[self.at : self.at + 1]
        if sign == "{":
            inner: dict[Any, Any] = {}
            into[key] = inner
            self.members(inner, depth + 1)
        elif sign == "[":
            items: list[Any] = []
            into[key] = items
            self._items(items, depth + 1)
        elif _QUOTED.match(self.text, self.at):
            into[key] = ""
            self._strings(into, key)
        else:
            into[key] = self._bare()

    def _key(self) -> str:
        quoted = _QUOTED.match(self.text, self.at + (self.text[self.at : self.at + 1] == ":"))
        if quoted:
            holder: dict[str, str] = {}
            self.at = quoted.start()
            self._string(holder, "key")
            return holder["key"]
        word = _KEY.match(self.text, self.at)
        if word is None:
            raise _EndsEarlyError
        self.at = word.end()
        return word[1]

    def _strings(self, into: dict[Any, Any], key: str) -> None:
        """A string, and those that are put to its end: ``'one ' + 'two'``."""
        whole = ""
        for _ in range(_MOST):
            try:
                self._string(into, key)
            finally:
                whole += into[key]
                into[key] = whole
            joins = _JOINS.match(self.text, self.at)
            if joins is None:
                return
            after = _QUOTED.match(self.text, joins.end())
            if after is None or ("+" not in joins[0] and self._is_key(joins.end())):
                return
            self.at = joins.end()

    def _is_key(self, at: int) -> bool:
        end = self.text.find(self.text[at], at + 1, at + 80)
        return end > 0 and _SEPARATES.match(self.text, end + 1) is not None

    def _string(self, into: dict[Any, Any], key: str) -> None:
        quoted = _QUOTED.match(self.text, self.at)
        assert quoted is not None
        quote, begin = quoted[1], quoted.end()
        end = begin
        while True:
            end = self.text.find(quote, end)
            if end < 0 or end - begin > _LONGEST:
                into[key] = _unescaped(self.text[begin : begin + _LONGEST])
                self.at = len(self.text)
                raise _EndsEarlyError
            if not self._escaped(begin, end) and _CLOSES.match(self.text, end + 1):
                break
            end += 1
        into[key] = _unescaped(self.text[begin:end])
        self.at = end + 1

    def _escaped(self, begin: int, end: int) -> bool:
        back = end
        while back > begin and self.text[back - 1] == "\\":
            back -= 1
        return (end - back) % 2 == 1

    def _bare(self) -> Any:
        found = _BARE.match(self.text, self.at)
        if found is None:
            raise _EndsEarlyError
        self.at = found.end()
        word = found[0]
        low = word.lower()
        if low in _WORDS:
            return _WORDS[low]
        return int(word) if word.isdigit() and len(word) < 18 else word

    def _blank(self) -> None:
        found = _BLANK.match(self.text, self.at)
        if found:
            self.at = found.end()
        if self.at >= len(self.text):
            raise _EndsEarlyError

    def _ends(self, sign: str) -> bool:
        if self.text[self.at] != sign:
            return False
        self.at += 1
        return True


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_sign, text) if "\\" in text else text


def _sign(match: re.Match[str]) -> str:
    escape = match[1]
    if len(escape) > 1:
        code = int(escape[1:], 16)
        return " " if code < 0x20 or 0xD800 <= code < 0xE000 else chr(code)
    return _SIGNS.get(escape, escape)
