"""Reads the attribute conditions and mappings of identity providers: the part of CEL that they mostly use. Pure.

What this part does not hold is not known, never a guess. Source: DISC iam v1, the texts of attributeCondition and
attributeMapping; IAMD for the functions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vxsetup.facts.claims import (
    ALWAYS,
    EITHER,
    Claims,
    NotRead,
    OneOf,
    Text,
    Truth,
    Value,
    all_of,
    any_of,
    doubt,
    tested,
)

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_LONGEST = 4096
"""Characters of a condition at most (DISC)."""

_DEEPEST = 40
_TOKEN = re.compile(
    r"""(?:\s|//[^\n]*)*(?:
        (?P<string>"[^"\\\n]*"|'[^'\\\n]*')
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<mark>==|!=|<=|>=|&&|\|\||[<>!()\[\],.?:+*/%-])
    )""",
    re.VERBOSE,
)
_BLANK = re.compile(r"(?:\s|//[^\n]*)*")
_TESTS = {"startsWith": "starts_with", "endsWith": "ends_with", "contains": "contains"}


@dataclass(frozen=True, slots=True)
class _Node:
    """One node of an expression: what it does, and its parts (nodes, or plain texts)."""

    does: str
    parts: tuple[Any, ...]


class _UnreadableError(Exception):
    """The text is no expression that this reader knows. Stays in this module."""


def admits(condition: str, mapping: Mapping[str, str], claims: Claims) -> Truth:
    """Whether tokens with these claims can pass a provider's condition, and whether they can fail it. Never raises.

    Without a condition everybody passes.
    """
    if not condition.strip():
        return ALWAYS
    try:
        return _truth(_tree(condition), _Scope(claims, mapping))
    except (_UnreadableError, RecursionError):
        return doubt("a condition that vxsetup cannot read")


def mapped(attribute: str, mapping: Mapping[str, str], claims: Claims) -> Value | None:
    """The value of an attribute (``google.subject``, ``attribute.x``) that a mapping makes of a token's claims; None
    where it maps none. Never raises."""
    expression = mapping.get(attribute)
    if expression is None:
        return None
    try:
        found = _value(_tree(expression), _Scope(claims, {}))
    except (_UnreadableError, RecursionError):
        found = None
    if isinstance(found, (Text, OneOf, NotRead)):
        return found
    return NotRead(f"what the mapping makes of {attribute}")


def literals(condition: str) -> tuple[str, ...]:
    """Every text that a condition names between quotes, each once; none where it cannot be read."""
    if len(condition) > _LONGEST:
        return ()
    found = (match["string"] for match in _TOKEN.finditer(condition) if match["string"])
    return tuple(dict.fromkeys(text[1:-1] for text in found))


# Reading -------------------------------------------------------------------------------------------------------------


def _tree(text: str) -> _Node:
    if len(text) > _LONGEST:
        raise _UnreadableError
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        if _BLANK.fullmatch(text, at):
            break
        match = _TOKEN.match(text, at)
        if match is None:
            raise _UnreadableError
        kind = match.lastgroup or ""
        tokens.append((kind, match[kind]))
        at = match.end()
    reader = _Reader(tokens)
    tree = reader.choice()
    if reader.at < len(tokens):
        raise _UnreadableError
    return tree


class _Reader:
    """Reads tokens into nodes, by the precedence of CEL."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def next(self, *marks: str) -> str | None:
        """Take the next token where it is one of these; else leave it."""
        if self.at < len(self.tokens) and self.tokens[self.at][0] != "string" and self.tokens[self.at][1] in marks:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def take(self, mark: str) -> None:
        if self.next(mark) is None:
            raise _UnreadableError

    def choice(self) -> _Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _UnreadableError
        found = self.joined("||", "or")
        if self.next("?"):
            yes = self.choice()
            self.take(":")
            found = _Node("if", (found, yes, self.choice()))
        self.depth -= 1
        return found

    def joined(self, mark: str, does: str) -> _Node:
        parts = [self.joined("&&", "and") if does == "or" else self.compared()]
        while self.next(mark):
            parts.append(self.joined("&&", "and") if does == "or" else self.compared())
        return _Node(does, tuple(parts)) if len(parts) > 1 else parts[0]

    def compared(self) -> _Node:
        left = self.sum()
        mark = self.next("==", "!=", "<", "<=", ">", ">=", "in")
        return _Node("compare", (mark, left, self.sum())) if mark else left

    def sum(self) -> _Node:
        left = self.denied()
        while mark := self.next("+", "-", "*", "/", "%"):
            left = _Node("join" if mark == "+" else "arithmetic", (left, self.denied()))
        return left

    def denied(self) -> _Node:
        times = 0
        while self.next("!"):
            times += 1
        found = self.path()
        return _Node("not", (found,)) if times % 2 else found

    def path(self) -> _Node:
        found = self.atom()
        while mark := self.next(".", "["):
            if mark == "[":
                found = _Node("index", (found, self.choice()))
                self.take("]")
                continue
            kind, name = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
            if kind != "name":
                raise _UnreadableError
            self.at += 1
            found = _Node("call", (found, name, *self.items(")"))) if self.next("(") else _Node("get", (found, name))
        return found

    def items(self, end: str) -> list[_Node]:
        found: list[_Node] = []
        while not self.next(end):
            if found:
                self.take(",")
            found.append(self.choice())
        return found

    def atom(self) -> _Node:
        if self.next("("):
            found = self.choice()
            self.take(")")
            return found
        if self.next("["):
            return _Node("list", tuple(self.items("]")))
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        self.at += 1
        if kind == "string":
            return _Node("text", (text[1:-1],))
        if kind == "number":
            return _Node("number", (text,))
        if kind != "name" or text == "in":
            raise _UnreadableError
        if text in ("true", "false"):
            return _Node("truth", (text == "true",))
        return _Node("call", (None, text, *self.items(")"))) if self.next("(") else _Node("name", (text,))


# Evaluating ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scope:
    """What an expression can look at: the claims, and the attributes that a mapping makes of them."""

    claims: Claims
    mapping: Mapping[str, str]


def _truth(node: _Node, scope: _Scope) -> Truth:
    value = _value(node, scope)
    if isinstance(value, Truth):
        return value
    return doubt(value.because if isinstance(value, NotRead) else "a part of the condition that is no test")


def _value(node: _Node, scope: _Scope) -> Value | Truth | tuple[Any, ...]:
    match node.does:
        case "text":
            return Text((node.parts[0],))
        case "truth":
            return ALWAYS if node.parts[0] else ALWAYS.negated()
        case "or" | "and":
            join = any_of if node.does == "or" else all_of
            return join([_truth(part, scope) for part in node.parts])
        case "not":
            return _truth(node.parts[0], scope).negated()
        case "list":
            return tuple(_value(part, scope) for part in node.parts)
        case "join":
            return _joined([_value(part, scope) for part in node.parts])
        case "compare":
            mark, left, right = node.parts
            return _compared(mark, _value(left, scope), _value(right, scope))
        case "get" | "index":
            return _field(node, scope)
        case "call":
            return _called(node, scope)
    return NotRead("a part of the condition that vxsetup does not evaluate")


def _joined(values: list[Any]) -> Value:
    """Texts one after the other."""
    parts: list[Any] = []
    for value in values:
        if not isinstance(value, Text):
            return value if isinstance(value, NotRead) else NotRead("texts that are put together")
        parts.extend(value.parts)
    return Text(tuple(parts), "a text that the mapping puts together")


def _named(node: _Node) -> str | None:
    """``assertion.repository`` for that and for ``assertion['repository']``; None for anything else."""
    if node.does not in ("get", "index") or node.parts[0].does != "name":
        return None
    key = node.parts[1]
    if node.does == "index":
        key = key.parts[0] if key.does == "text" else None
    return f"{node.parts[0].parts[0]}.{key}" if key is not None else None


def _field(node: _Node, scope: _Scope) -> Value:
    name = _named(node)
    if name is None:
        return NotRead("a part of the condition that vxsetup does not evaluate")
    root, _, key = name.partition(".")
    if root == "assertion":
        return scope.claims.get(key) or NotRead(f"the claim {key}, of which no document tells")
    found = mapped(name, scope.mapping, scope.claims) if root in ("google", "attribute") else None
    return found if found is not None else NotRead(f"{name}, which the mapping does not make")


def _compared(mark: str, left: Any, right: Any) -> Truth:
    if mark == "in":
        if not isinstance(right, tuple):
            return doubt(right.because if isinstance(right, NotRead) else "a test of being in what is no list")
        return any_of([_compared("==", left, item) for item in right]) if right else ALWAYS.negated()
    for value in (left, right):
        if isinstance(value, NotRead):
            return doubt(value.because)
    if isinstance(left, Truth) and isinstance(right, Truth) and right in (ALWAYS, ALWAYS.negated()):
        same = left if right == ALWAYS else left.negated()
        return same if mark == "==" else same.negated() if mark == "!=" else doubt("an order of truth values")
    for one, other in ((left, right), (right, left)):
        known = other.literal if isinstance(other, Text) else None
        if known is not None and isinstance(one, (Text, OneOf)) and mark in ("==", "!="):
            equal = tested(one, "equals", known)
            return equal if mark == "==" else equal.negated()
    return doubt("a comparison that vxsetup does not evaluate")


def _called(node: _Node, scope: _Scope) -> Value | Truth:
    on, name, *arguments = node.parts
    if on is None:
        claim = _named(arguments[0]) if name == "has" and len(arguments) == 1 else None
        if claim is None:
            return NotRead(f"{name}()")
        value = _field(arguments[0], scope)
        return EITHER if isinstance(value, (Text, OneOf)) else doubt(value.because)
    receiver = _value(on, scope)
    given = _value(arguments[0], scope) if len(arguments) == 1 else None
    argument = given.literal if isinstance(given, Text) else None
    if isinstance(receiver, NotRead):
        return receiver
    if name in _TESTS and argument is not None and isinstance(receiver, (Text, OneOf)):
        return tested(receiver, _TESTS[name], argument)
    return NotRead(f"{name}()")
