"""Matches the conditions of rows: plain text with gaps, found by searching, so that no pattern can take long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

GAP = 300
"""Characters that ``…`` stands for at most."""

_TRIES = 40
"""How many beginnings of a pattern with gaps are tried in one text."""

Clues = Mapping[str, tuple[str, ...]]
"""Field -> its values in lower case."""


def several(values: Iterable[str], most: int = 12) -> tuple[str, ...]:
    """The values of a field: in lower case, each once, none empty, at most so many."""
    return tuple(dict.fromkeys(value.lower() for value in values if value))[:most]


def holds(condition: str, clues: Clues) -> bool:
    """Whether a condition of a row is true of the clues. See ``model.Row`` for how conditions are written."""
    wanted = condition[0] != "!"
    name, _, pattern = (condition if wanted else condition[1:]).partition(":")
    values = clues.get(name)
    if not values:
        return not wanted
    for each in pattern.split("|"):
        plain = (
            each[0] != "=" and "…" not in each
        )  # asked here, since thousands are and a call costs more than the search
        for value in values:
            if each in value if plain else fits(each, value):
                return wanted
    return not wanted


def fits(pattern: str, value: str) -> bool:
    """Whether one alternative of a pattern is found in a value, both in lower case."""
    if pattern.startswith("="):
        return value == pattern[1:]
    if "…" not in pattern:
        return pattern in value
    first, *rest = pattern.split("…")
    start = value.find(first)
    for _ in range(_TRIES):
        if start < 0:
            return False
        if _follows(rest, value, start + len(first)):
            return True
        start = value.find(first, start + 1)
    return False


def _follows(parts: list[str], value: str, start: int) -> bool:
    for part in parts:
        found = value.find(part, start, start + GAP + len(part))
        if found < 0:
            return False
        start = found + len(part)
    return True
