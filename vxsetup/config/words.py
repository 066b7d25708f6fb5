"""Words for messages: values quoted so that nothing in them can harm, paths as a person would say them, near misses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from vxsetup.findings import ConfigPath

_LONGEST = 60
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_$-]{1,64}\Z")


def quoted(text: str) -> str:
    """The text in backquotes, on one line, at most 60 characters, with everything unprintable escaped."""
    shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    if not shown.isprintable():
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in shown)
    return f"`{shown}`"


def said(value: Any) -> str:
    """A value as a person would name it: ``the text `eu```, ``the number 3``, ``a list``, ``nothing``."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the text {quoted(value)}" if value else "an empty text"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    return f"a list of {len(value)}" if value else "an empty list"


def dotted(path: ConfigPath) -> str:
    """``models[0].locations[1]``; the empty path is ``the file``."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        else:
            key = step if _PLAIN_KEY.match(step) else quoted(step).strip("`")
            parts.append(f".{key}" if parts else key)
    return "".join(parts) or "the file"


def a(noun: str) -> str:
    """The noun with its article."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def listed(words: Iterable[str], last: str = "or") -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    items = list(words)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a person most likely meant: equal but for case, hyphens and camel case, or a few slips away.

    None where nothing is near. Slips are insertions, deletions, replacements and swaps of neighbours; about one in three
    letters may slip.
    """
    if len(word) > 64:
        return None
    plain = flat(word)
    best: tuple[int, str] | None = None
    for candidate in known:
        if flat(candidate) == plain:
            return candidate
        allowed = max(1, min(len(word), len(candidate)) // 3)
        if abs(len(word) - len(candidate)) <= allowed:
            slips = _slips(word.lower(), candidate.lower(), allowed)
            if slips <= allowed and (best is None or slips < best[0]):
                best = (slips, candidate)
    return best[1] if best else None


def flat(word: str) -> str:
    """The word without what distinguishes ``camelCase``, ``kebab-case`` and ``snake_case``."""
    return word.replace("_", "").replace("-", "").lower()


def _slips(left: str, right: str, most: int) -> int:
    """Optimal string alignment distance; stops early when it must exceed ``most``."""
    older: list[int] = []
    old = list(range(len(right) + 1))
    for i, a_letter in enumerate(left, 1):
        new = [i]
        for j, b_letter in enumerate(right, 1):
            cost = min(old[j] + 1, new[j - 1] + 1, old[j - 1] + (a_letter != b_letter))
            if i > 1 and j > 1 and a_letter == right[j - 2] and left[i - 2] == b_letter:
                cost = min(cost, older[j - 2] + 1)
            new.append(cost)
        if min(new) > most:
            return most + 1
        older, old = old, new
    return old[-1]
