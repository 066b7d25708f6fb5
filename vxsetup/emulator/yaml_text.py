"""Reads YAML 1.2 (or JSON) into plain data that remembers where each value and key stood.

It works from the parser's events, so that deep nesting, exploding anchors and repeated keys are refused, not suffered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str | int, ...]

MAX_CHARACTERS = 8_000_000
MAX_VALUES = 400_000
MAX_DEPTH = 40

_INT = re.compile(r"[-+]?[0-9]{1,30}$|0x[0-9a-fA-F]{1,16}$|0o[0-7]{1,20}$")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?$")
_FLAGS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the text; both count from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Read:
    """The data of a text, with the place of each value (``values``) and of each key (``keys``) by path."""

    data: Any = None
    values: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)

    def at(self, path: Path) -> Mark:
        """Where a path stands, or the nearest thing above it that has a place."""
        for length in range(len(path), -1, -1):
            mark = self.values.get(path[:length]) or self.keys.get(path[:length])
            if mark is not None:
                return mark
        return Mark(1, 1)


@dataclass(frozen=True, slots=True)
class BadText:
    """Why a text could not be read, and where."""

    message: str
    mark: Mark


class _StopError(Exception):
    def __init__(self, message: str, mark: Mark) -> None:
        super().__init__(message)
        self.bad = BadText(message, mark)


def _scalar(event: Any, mark: Mark) -> Any:
    text: str = event.value
    tag = event.tag
    if tag not in (None, "!", "tag:yaml.org,2002:str"):
        raise _StopError("tags such as !!python or !env have no place in a world", mark)
    if not event.implicit[0]:  # quoted, so it is text whatever it looks like
        return text
    if text in _NULLS:
        return None
    if text in _FLAGS:
        return _FLAGS[text]
    if _INT.match(text):
        return int(text, 0) if text[:2] in ("0x", "0o") else int(text)
    if _FLOAT.match(text):
        return float(text)
    return text


class _Builder:
    """Turns events into data. The recursion is bounded by MAX_DEPTH."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.events = events
        self.read = Read()
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.count = 0

    def mark(self, event: Any) -> Mark:
        return Mark(event.start_mark.line + 1, event.start_mark.column + 1)

    def value(self, event: Any, path: Path) -> Any:
        kind = type(event).__name__
        mark = self.mark(event)
        self.read.values[path] = mark
        before = self.count
        self.count += 1
        if self.count > MAX_VALUES:
            raise _StopError(f"more than {MAX_VALUES} values, with the anchors written out", mark)
        if len(path) > MAX_DEPTH:
            raise _StopError(f"nested more than {MAX_DEPTH} deep", mark)
        if kind == "AliasEvent":
            if event.anchor not in self.anchors:
                raise _StopError(f"the anchor &{event.anchor} is not known here", mark)
            known, size = self.anchors[event.anchor]
            self.count += size
            return known
        if kind == "ScalarEvent":
            found = _scalar(event, mark)
        elif event.tag not in (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            raise _StopError("tags such as !!python or !env have no place in a world", mark)
        elif kind == "SequenceStartEvent":
            found = self.sequence(path)
        else:
            found = self.mapping(path)
        if event.anchor:
            self.anchors[event.anchor] = (found, self.count - before)
        return found

    def sequence(self, path: Path) -> list[Any]:
        found: list[Any] = []
        while type(event := next(self.events)).__name__ != "SequenceEndEvent":
            found.append(self.value(event, (*path, len(found))))
        return found

    def mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while type(event := next(self.events)).__name__ != "MappingEndEvent":
            mark = self.mark(event)
            if type(event).__name__ != "ScalarEvent":
                raise _StopError("a key must be plain text", mark)
            key: str = event.value
            if key in found:
                first = self.read.keys[(*path, key)]
                raise _StopError(
                    f"the key {key!r} stands here for a second time; the first is in line {first.line}", mark
                )
            self.read.keys[(*path, key)] = mark
            found[key] = None
            found[key] = self.value(next(self.events), (*path, key))
        return found


def _document(text: str) -> Read:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    events: Iterator[Any] = yaml.parse(text, Loader=loader)
    builder = _Builder(events)
    roots = 0
    for event in events:
        if type(event).__name__ in ("StreamStartEvent", "DocumentStartEvent", "DocumentEndEvent", "StreamEndEvent"):
            continue
        roots += 1
        if roots > 1:
            raise _StopError("a second document begins here; a world is one", builder.mark(event))
        builder.read.data = builder.value(event, ())
    return builder.read


def read_yaml(text: str) -> Read | BadText:
    """Read one document. Faults come back as a value with their place."""
    if len(text) > MAX_CHARACTERS:
        return BadText(f"longer than {MAX_CHARACTERS} characters", Mark(1, 1))
    import yaml

    try:
        return _document(text)
    except _StopError as stop:
        return stop.bad
    except yaml.YAMLError as error:
        mark: Any = getattr(error, "problem_mark", None)
        place = Mark(mark.line + 1, mark.column + 1) if mark is not None else Mark(1, 1)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
        return BadText(f"not YAML: {problem}", place)
    except (ValueError, RecursionError, UnicodeError):
        return BadText("not YAML: unreadable characters", Mark(1, 1))
