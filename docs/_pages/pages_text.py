"""Writes text of the code's tables as Markdown: nothing in it becomes markup but what stands in backquotes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_CODE = re.compile(r"(`[^`]+`)")
_MARKUP = re.compile(r"([\\*_<>\[\]{}#|~])")
_URL = re.compile(
    r"""(https://[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?![\w.-])(?:/[\w/.~%?=&;#:@+,-]*[\w/])?(?![\w{*]))"""
)


def prose(text: str) -> str:
    """Text whose backquoted parts are code, whose addresses are links, and of which nothing else is markup."""
    parts = _CODE.split(text)
    return "".join(_code(part) if _CODE.fullmatch(part) else _linked(part) for part in parts)


def _linked(text: str) -> str:
    return "".join(f"<{part}>" if _URL.fullmatch(part) else _MARKUP.sub(r"\\\1", part) for part in _URL.split(text))


def _code(part: str) -> str:
    return code(part[1:-1])


def code(text: str) -> str:
    """A word as code; in HTML, so that backquotes and bars in it stay what they are."""
    shown = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "&#124;")
    return (
        f"<code>{shown.replace('*', '&#42;').replace('_', '&#95;').replace('`', '&#96;').replace('[', '&#91;')}</code>"
    )


def fenced(text: str, language: str = "") -> str:
    """A block of code, in a fence longer than any in it."""
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text)), 3)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the cells are Markdown of one line each."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(" ".join(cell.split()) for cell in line) + " |" for line in lines)


def page(*parts: str | None) -> str:
    """A page of parts with a blank line between them; those that are empty are left out."""
    return "\n\n".join(part for part in parts if part) + "\n"


def anchor(word: str) -> str:
    """A word as part of an address."""
    return re.sub(r"[^a-z0-9]+", "-", word.lower().replace("+", "-plus")).strip("-")
