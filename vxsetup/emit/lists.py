"""How the entries of a list are told apart, so that one of them can be changed and the others stay."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_NAMES = ("model_name", "name", "id", "target", "uses")
"""The keys that name an entry, the first that it has; ``target`` is that of a volume, ``uses`` that of a step."""

_ASSIGNED = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*)(?:=(.*))?", re.DOTALL)


def entry_name(entry: Any) -> tuple[str, str] | None:
    """What names an entry: the key and its value; None where it is no mapping, or has no such key."""
    if not isinstance(entry, Mapping):
        return None
    return next(((key, str(entry[key])) for key in _NAMES if isinstance(entry.get(key), str)), None)


def named(entries: list[Any]) -> list[tuple[str, str]] | None:
    """The names of all entries; None where one has none, or two have the same."""
    names = [name for name in map(entry_name, entries) if name is not None]
    return names if names and len(names) == len(entries) == len(set(names)) else None


def assigned(entries: Any) -> dict[str, str | None] | None:
    """A list of NAME=VALUE, or of NAME alone, as a mapping; the last of a name counts. None for any other list."""
    if not isinstance(entries, list) or not entries:
        return None
    found: dict[str, str | None] = {}
    for entry in entries:
        match = _ASSIGNED.fullmatch(entry) if isinstance(entry, str) else None
        if match is None:
            return None
        found[match[1]] = match[2]
    return found if any(value is not None for value in found.values()) else None
