"""Lays values over a text as edits of that text: what is not asked for keeps its signs, remarks, order and line ends.

Nothing that another person wrote is dropped: where the values ask for that, NotMergeableError says where.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from vxsetup.emit.formats import yaml_text
from vxsetup.emit.lists import assigned, entry_name, named
from vxsetup.emit.pieces import NotMergeableError, Piece, place_of, without_remarks


class Edits:
    """The edits of one text. ``agrees`` tells whether data says what is wanted, so that nothing is changed without need."""

    def __init__(self, text: str, roots: Iterable[Piece], agrees: Callable[[Any, Any], bool], yaml: bool) -> None:
        self.text = text
        self._bracketed = frozenset(start for root in roots for start in _bracketed(root, False))
        self._agrees = agrees
        self._yaml = yaml
        self._made: list[tuple[int, int, str]] = []
        self.replaced: set[int] = set()
        self._bare = re.sub(r"#[^\n]*", lambda f: " " * len(f[0]), text) if yaml else without_remarks(text)
        step = re.search(r"\n([ \t]+)\S", text)
        self._step = "\t" if step and "\t" in step[1] else step[1] if step else "  "
        self._line = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"

    def applied(self) -> str:
        """The text with every edit made."""
        out, at = [], 0
        for start, end, new in sorted(self._made, key=lambda one: one[0]):
            out += [self.text[at:start], new.replace("\n", self._line) if self._line != "\n" else new]
            at = end
        return "".join([*out, self.text[at:]])

    def lay(self, piece: Piece, had: Any, wanted: Any, column: int = -2) -> None:
        """Make a value say what is wanted. ``column``: where the keys or dashes of the block around it stand."""
        if self._agrees(had, wanted):
            return
        many = isinstance(wanted, Mapping | list)
        if piece.shared or (piece.kind == "alias" and many):
            self._refuse(piece, "is shared by an anchor and its aliases, so that a change would reach other places too")
        if had is None or had in ({}, [], ""):
            self._fill(piece, wanted, column)
        elif piece.kind == "map" and isinstance(wanted, Mapping):
            self._map(piece, had, wanted)
        elif piece.kind == "list" and isinstance(wanted, Mapping) and assigned(had) is not None:
            self._assignments(piece, had, {name: f"{name}={value}" for name, value in wanted.items()})
        elif piece.kind == "list" and isinstance(wanted, list):
            self._list(piece, had, wanted, column)
        elif many or piece.kind in ("map", "list"):
            kind = "a mapping" if isinstance(wanted, Mapping) else "a list" if many else "one value"
            self._refuse(piece, f"holds something else, which would be lost: {kind} must stand there")
        else:
            self._replace(piece, wanted, column)

    def _refuse(self, piece: Piece, what: str) -> None:
        name = f"{piece.key} " if piece.key and piece.key.isprintable() and len(piece.key) < 80 else "what stands here "
        raise NotMergeableError(name + what, place_of(self.text, piece.key_start if piece.key else piece.start))

    def _map(self, piece: Piece, had: Any, wanted: Mapping[str, Any]) -> None:
        new = {}
        for key, value in wanted.items():
            own = piece.child(key)
            if own is not None:
                self.lay(own, had.get(key), value, piece.column)
            elif key not in had:
                new[key] = value
            elif not self._agrees(had[key], value):
                if isinstance(value, Mapping | list):
                    self._refuse(piece, f"has {key} through a merge key (<<), and one of its own would hide that")
                new[key] = value
        if new:
            self._add(piece, new)

    def _list(self, piece: Piece, had: Any, wanted: list[Any], column: int) -> None:
        names = named(wanted)
        pairs = assigned(wanted)
        if pairs is not None and assigned(had) is not None:
            self._assignments(piece, had, {name: f"{name}={value}" for name, value in pairs.items()})
            return
        if names is None:
            if any(entry not in wanted for entry in had):
                self._refuse(piece, "is a list with entries of its own, which would be lost")
            self._replace(piece, wanted, column)
            return
        new = []
        for name, value in zip(names, wanted, strict=True):
            index = next((i for i, entry in enumerate(had) if entry_name(entry) == name), None)
            if index is None:
                new.append(value)
            else:
                self.lay(piece.pieces[index], had[index], value, piece.column)
        if new:
            self._add(piece, new)

    def _assignments(self, piece: Piece, had: list[str], wanted: Mapping[str, str]) -> None:
        """A list of NAME=VALUE, as compose files and others have it."""
        new = []
        for name, text in wanted.items():
            own = [i for i, entry in enumerate(had) if entry.partition("=")[0].strip() == name]
            for i in own:
                self.lay(piece.pieces[i], had[i], text, piece.column)
            if not own:
                new.append(text)
        if new:
            self._add(piece, new)

    # Text

    def _dumped(self, value: Any, indent: str | None) -> str:
        step = None if indent is None else self._step
        text = json.dumps(value, indent=step, ensure_ascii=not self._yaml and self.text.isascii())
        return text if indent is None else text.replace("\n", "\n" + indent)

    @staticmethod
    def _block(value: Any, column: int) -> str:
        pad = " " * column
        return "\n".join(pad + line if line else line for line in yaml_text(value).rstrip("\n").split("\n"))

    def _end_of_line(self, at: int) -> int:
        if self.text[at - 1 : at] == "\n":  # a block of text that keeps its last line ends
            at -= 1
        end = self.text.find("\n", at)
        end = len(self.text) if end < 0 else end
        return end - 1 if self.text[end - 1 : end] == "\r" and end > at else end

    def _indent_at(self, at: int) -> str:
        start = self.text.rfind("\n", 0, at) + 1
        return self.text[start : at - len(self.text[start:at].lstrip(" \t"))]

    def _replace(self, piece: Piece, wanted: Any, column: int) -> None:
        self.replaced.add(piece.start)
        if piece.flow or piece.start in self._bracketed:
            self._made.append((piece.start, piece.end, self._dumped(wanted, None)))
            return
        if isinstance(wanted, Mapping | list):
            new = self._block(wanted, piece.column).lstrip(" ")
        else:
            new = self._block({"k": wanted}, max(column, 0))[max(column, 0) + 3 :]
        self._made.append((piece.start, piece.end, new))

    def _fill(self, piece: Piece, wanted: Any, column: int) -> None:
        """A value in place of nothing: null, or brackets that hold nothing."""
        many = isinstance(wanted, Mapping | list)
        self.replaced.add(piece.start)
        if self._yaml and piece.start not in self._bracketed:
            if many:
                self._made.append((piece.start, piece.end, ""))
                at = self._end_of_line(piece.end)
                self._made.append((at, at, ("\n" if column >= 0 else "") + self._block(wanted, column + 2)))
                return
            new = self._block({"k": wanted}, max(column, 0))[max(column, 0) + 3 :]
            space = " " if self.text[piece.start - 1 : piece.start] in (":", "-") else ""
            self._made.append((piece.start, piece.end, space + new))
            return
        lines = "\n" in self.text.strip() or len(self.text.strip()) == piece.end - piece.start  # {} has no form to keep
        indent = self._indent_at(piece.start) if not self._yaml and lines else None
        self._made.append((piece.start, piece.end, self._dumped(wanted, indent)))

    def _add(self, piece: Piece, new: Mapping[str, Any] | list[Any]) -> None:
        if not piece.flow:
            at = self._end_of_line(piece.end)
            self._made.append((at, at, "\n" + self._block(new, piece.column)))
            return
        last = piece.pieces[-1]
        close = piece.end - 1
        lines = "\n" in self.text[last.end : close]
        indent = self._indent_at(last.key_start if last.key is not None else last.start)
        depth = indent if lines and not self._yaml else None
        if isinstance(new, Mapping):
            texts = [f"{json.dumps(key)}: {self._dumped(value, depth)}" for key, value in new.items()]
        else:
            texts = [self._dumped(value, depth) for value in new]
        comma = "" if self._bare[last.end : close].lstrip()[:1] == "," else ","
        if not lines:
            at = last.end if comma else self._bare.index(",", last.end) + 1
            self._made.append((at, at, f"{comma} {', '.join(texts)}"))
            return
        self._made.append((last.end, last.end, comma))
        at = last.end + len(self.text[last.end : close].rstrip())
        self._made.append((at, at, ",".join(f"\n{indent}{text}" for text in texts)))


def _bracketed(piece: Piece, inside: bool) -> Iterator[int]:
    """Where the values begin that stand in brackets: a block cannot stand there."""
    if inside:
        yield piece.start
    for one in piece.pieces:
        yield from _bracketed(one, inside or piece.flow)


def survived(before: Piece, after: Piece, edits: Edits, text: str) -> bool:
    """Whether all that stood in a text and was not to be replaced stands in the new text, in the same place."""
    if before.start in edits.replaced and before.kind != "map":
        return True
    if before.kind == "list" and after.kind == "list":
        pairs = list(zip(before.pieces, after.pieces, strict=False))
        return len(pairs) == len(before.pieces) and all(survived(a, b, edits, text) for a, b in pairs)
    if before.kind == "map" and after.kind == "map":
        found = {one.key: one for one in after.pieces}
        return all(one.key in found and survived(one, found[one.key], edits, text) for one in before.pieces)
    if before.start in edits.replaced:
        return True
    return before.kind == after.kind and edits.text[before.start : before.end] == text[after.start : after.end]
