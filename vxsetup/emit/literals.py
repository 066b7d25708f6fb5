"""A text as a literal of a programming language: the only way in which a value gets into a template.

Each function gives the whole literal with its quotes. NotWritableError where the text holds half a character or a NUL.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from vxsetup.emit.formats import checked, comment, shell_word


class Literal(str):
    """Text that is safe where it stands: made by a filter of this file."""

    __slots__ = ()


def python(text: str) -> Literal:
    """``"…"`` in ASCII, as Python reads it."""
    return Literal(_escaped(text, _python_escape))


def javascript(text: str) -> Literal:
    """``"…"`` in ASCII, as JavaScript and TypeScript read it."""
    return Literal(json.dumps(checked(text)))


def go(text: str) -> Literal:
    """An interpreted string literal of Go, in ASCII."""
    return Literal(_escaped(text, lambda c: f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"))


def java(text: str) -> Literal:
    """A string literal of Java: controls as octal escapes, as ``\\u000a`` would be a line end before it is a string."""
    return Literal(_escaped(text, lambda c: f"\\{ord(c):03o}" if ord(c) < 0x80 else _utf16(c)))


def csharp(text: str) -> Literal:
    """A regular string literal of C#, in ASCII."""
    return Literal(_escaped(text, _utf16))


def php(text: str) -> Literal:
    """A single-quoted string of PHP: nothing in it is expanded."""
    return Literal("'" + checked(text).replace("\\", "\\\\").replace("'", "\\'") + "'")


def ruby(text: str) -> Literal:
    """A single-quoted string of Ruby; with escapes where there is a carriage return, which Ruby drops before a line end."""
    if "\r" not in text:
        return php(text)
    return Literal(_escaped(text, lambda char: f"\\u{{{ord(char):x}}}").replace("#", "\\#"))


def shell(text: str) -> Literal:
    """One word of a POSIX shell."""
    return Literal(shell_word(text))


def remark(text: str) -> Literal:
    """Text for a comment of one line."""
    return Literal(comment(text))


def _escaped(text: str, escape: Callable[[str], str]) -> str:
    made = ['"']
    for char in checked(text):
        if char in '"\\':
            made.append("\\" + char)
        elif " " <= char <= "~":
            made.append(char)
        else:
            made.append(escape(char))
    return "".join([*made, '"'])


def _python_escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _utf16(char: str) -> str:
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


FILTERS: Mapping[str, Callable[[str], Literal]] = {
    "python": python,
    "javascript": javascript,
    "go": go,
    "java": java,
    "csharp": csharp,
    "ruby": ruby,
    "php": php,
    "shell": shell,
    "remark": remark,
}
"""The filters of the templates, by name."""
