"""Where things stand: the text of a file, and the nodes of a document with the piece of text that said each of them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from vxsetup.findings import ConfigPath, Span

_LINE_BREAK = re.compile(r"\r\n|\n|\r")


class Source:
    """The text of one file, and the way from a character offset to a line and column.

    Line starts are found when the first span is asked for: a file without findings never pays for them. ``shrunk``
    lists offsets (of the text that was parsed) behind which the file itself has two characters more each, because a
    pair of JSON escapes was parsed as one.
    """

    __slots__ = ("_starts", "file", "shrunk", "text")

    def __init__(self, file: str, text: str, shrunk: tuple[int, ...] = ()) -> None:
        self.file = file
        self.text = text
        self.shrunk = shrunk
        self._starts: list[int] = []

    def offset(self, parsed: int) -> int:
        """The offset in the file for an offset in the text that was parsed."""
        return min(parsed + 2 * bisect_right(self.shrunk, parsed - 1), len(self.text)) if self.shrunk else parsed

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of an offset in the file."""
        if not self._starts:
            self._starts = [0, *(found.end() for found in _LINE_BREAK.finditer(self.text))]
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """The span from ``start`` to ``end``, without blanks at its end, and never narrower than one column."""
        start, end = self.offset(start), self.offset(end)
        end = start + len(self.text[start:end].rstrip(" \t\r\n"))
        line, column = self.place(start)
        end_line, end_column = self.place(end)
        if (end_line, end_column) <= (line, column):
            end_line, end_column = line, column + 1
        return Span(self.file, line, column, end_line, end_column)

    def slice(self, start: int, end: int) -> str:
        """The text as the file has it."""
        return self.text[self.offset(start) : self.offset(end)]


class Node:
    """One value of a document: as plain Python data, as child nodes, and as a piece of a file.

    ``value`` is a scalar, list or dict; ``items`` is None for a scalar, else the child nodes in the same shape.
    ``start`` and ``end`` are offsets in ``source``; ``key_start`` and ``key_end`` those of the key before it, -1 where it
    has none. A node is never changed once its document has been read; merging makes new ones that keep their source.
    """

    __slots__ = ("end", "items", "key_end", "key_start", "source", "start", "value")

    def __init__(
        self,
        value: Any,
        items: list[Node] | dict[str, Node] | None,
        source: Source,
        start: int,
        end: int,
        key_start: int = -1,
        key_end: int = -1,
    ) -> None:
        self.value = value
        self.items = items
        self.source = source
        self.start = start
        self.end = end
        self.key_start = key_start
        self.key_end = key_end

    @property
    def span(self) -> Span:
        """The span of the value; of its key where the value is empty (``location:`` and nothing behind it)."""
        if self.start == self.end and self.key_start >= 0:
            return self.source.span(self.key_start, self.key_end)
        return self.source.span(self.start, self.end)

    @property
    def key_span(self) -> Span | None:
        """The span of the key, None for a list item and for the root."""
        return self.source.span(self.key_start, self.key_end) if self.key_start >= 0 else None

    @property
    def head_span(self) -> Span:
        """The key where there is one, else the value's first line: what to underline for a whole mapping or list."""
        if self.key_start >= 0:
            return self.source.span(self.key_start, self.key_end)
        line_end = _LINE_BREAK.search(self.source.text, self.source.offset(self.start))
        end = self.source.offset(self.end)
        if line_end is not None and line_end.start() < end:
            line, column = self.source.place(self.source.offset(self.start))
            end_line, end_column = self.source.place(line_end.start())
            return Span(self.source.file, line, column, end_line, max(end_column, column + 1))
        return self.source.span(self.start, self.end)

    @property
    def text(self) -> str:
        """The value as the file has it, quotes and all."""
        return self.source.slice(self.start, self.end).rstrip(" \t\r\n")

    def child(self, step: str | int) -> Node | None:
        """The child at a key or index; None where there is none."""
        if isinstance(self.items, dict):
            return self.items.get(step) if isinstance(step, str) else None
        if isinstance(self.items, list) and isinstance(step, int) and 0 <= step < len(self.items):
            return self.items[step]
        return None

    def at(self, path: ConfigPath) -> Node | None:
        """The node at a path; None where there is none."""
        node: Node | None = self
        for step in path:
            node = node.child(step) if node is not None else None
        return node

    def nearest(self, path: ConfigPath) -> Node:
        """The node at a path, or its nearest ancestor that exists."""
        node = self
        for step in path:
            child = node.child(step)
            if child is None:
                break
            node = child
        return node

    def walk(self) -> Iterator[Node]:
        """Every node, parents before their children."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            if node.items is not None:
                children = node.items.values() if isinstance(node.items, dict) else node.items
                waiting.extend(reversed(list(children)))
