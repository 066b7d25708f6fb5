"""Reads the expressions of IAM conditions and of identity providers into nodes: the part of CEL that they mostly use. Pure.

What a node means is for its reader to say (``conditions``, ``assertions``). What is CEL but has no meaning there is read
all the same, so that the rest of the expression can decide. Source: IAMD (2026-05-30) and the texts of DISC iam v1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_DEEPEST = 40
_BLANK = r"(?:\s|//[^\n]*)*"
_TOKEN = re.compile(
    rf"""{_BLANK}(?:
        (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<mark>==|!=|<=|>=|&&|\|\||[<>!()\[\],.?:+*/%-])
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Node:
    """One node of an expression: what it does, and its parts.

    Parts are nodes, but for ``text`` and ``number`` (as written, without quotes), ``truth`` (a bool), ``name``, ``get``
    (node, field), ``call`` (node or None, function, arguments) and ``compare`` (mark, left, right). The others are ``or``,
    ``and``, ``not``, ``if``, ``join`` (+), ``arithmetic``, ``index``, ``list``, and ``escaped``: a text with a backslash.
    """

    does: str
    parts: tuple[Any, ...]


class _UnreadableError(Exception):
    """The text is no expression that this reader knows. Stays in this module."""


def read(text: str, longest: int) -> Node | None:
    """The expression as nodes; None where it is longer than ``longest`` characters or cannot be read. Never raises."""
    try:
        reader = _Reader(_tokens(text, longest))
        tree = reader.choice()
        return None if reader.left else tree
    except (_UnreadableError, RecursionError):
        return None


def texts(text: str, longest: int) -> tuple[str, ...]:
    """Every text between quotes, each once, in order, but for those with a backslash; none where it cannot be read."""
    try:
        tokens = _tokens(text, longest)
    except _UnreadableError:
        return ()
    return tuple(dict.fromkeys(said[1:-1] for kind, said in tokens if kind == "string" and "\\" not in said))


def dotted(node: Any) -> str | None:
    """``request.time`` and the like as written; None for anything else."""
    names: list[str] = []
    while isinstance(node, Node) and node.does == "get":
        names.append(node.parts[1])
        node = node.parts[0]
    if not isinstance(node, Node) or node.does != "name":
        return None
    return ".".join([node.parts[0], *reversed(names)])


def _tokens(text: str, longest: int) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while len(text) <= longest and (match := _TOKEN.match(text, at)):
        kind = match.lastgroup or ""
        if kind == "end":
            return found
        found.append((kind, match[kind]))
        at = match.end()
    raise _UnreadableError


class _Reader:
    """Reads tokens into nodes, by the precedence of CEL."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    @property
    def left(self) -> bool:
        return self.at < len(self.tokens)

    def next(self, *marks: str) -> str | None:
        """Take the next token where it is one of these; else leave it."""
        if self.left and self.tokens[self.at][1] in marks and self.tokens[self.at][0] != "string":
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def take(self, mark: str) -> None:
        if self.next(mark) is None:
            raise _UnreadableError

    def any(self) -> tuple[str, str]:
        """Take the next token, whatever it is: its kind and its text."""
        if not self.left:
            raise _UnreadableError
        self.at += 1
        return self.tokens[self.at - 1]

    def choice(self) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _UnreadableError
        found = self.either()
        if self.next("?"):
            yes = self.choice()
            self.take(":")
            found = Node("if", (found, yes, self.choice()))
        self.depth -= 1
        return found

    def either(self) -> Node:
        parts = [self.both()]
        while self.next("||"):
            parts.append(self.both())
        return Node("or", tuple(parts)) if len(parts) > 1 else parts[0]

    def both(self) -> Node:
        parts = [self.compared()]
        while self.next("&&"):
            parts.append(self.compared())
        return Node("and", tuple(parts)) if len(parts) > 1 else parts[0]

    def compared(self) -> Node:
        left = self.sum()
        while mark := self.next("==", "!=", "<", "<=", ">", ">=", "in"):
            left = Node("compare", (mark, left, self.sum()))
        return left

    def sum(self) -> Node:
        left = self.denied()
        while mark := self.next("+", "-", "*", "/", "%"):
            left = Node("join" if mark == "+" else "arithmetic", (left, self.denied()))
        return left

    def denied(self) -> Node:
        times = 0
        while self.next("!"):
            times += 1
        found = Node("arithmetic", (self.path(),)) if self.next("-") else self.path()
        # Twice is not the same as never: what is no truth value cannot be denied.
        for _ in range(min(times, 2 - times % 2)):
            found = Node("not", (found,))
        return found

    def path(self) -> Node:
        found = self.atom()
        while mark := self.next(".", "["):
            if mark == "[":
                found = Node("index", (found, self.choice()))
                self.take("]")
                continue
            kind, name = self.any()
            if kind != "name":
                raise _UnreadableError
            found = Node("call", (found, name, *self.items(")"))) if self.next("(") else Node("get", (found, name))
        return found

    def items(self, end: str) -> list[Node]:
        found: list[Node] = []
        while not self.next(end):
            if found:
                self.take(",")
            found.append(self.choice())
        return found

    def atom(self) -> Node:
        if self.next("("):
            found = self.choice()
            self.take(")")
            return found
        if self.next("["):
            return Node("list", tuple(self.items("]")))
        kind, text = self.any()
        if kind == "string":
            return Node("text", (text[1:-1],)) if "\\" not in text else Node("escaped", ())
        if kind == "number":
            return Node("number", (text,))
        if kind != "name" or text == "in":
            raise _UnreadableError
        if text in ("true", "false"):
            return Node("truth", (text == "true",))
        return Node("call", (None, text, *self.items(")"))) if self.next("(") else Node("name", (text,))
