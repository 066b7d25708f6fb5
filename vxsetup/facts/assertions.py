"""Reads the attribute conditions and mappings of identity providers: the part of CEL that they mostly use. Pure.

What this part does not hold is not known, never a guess. Source: DISC iam v1, the texts of attributeCondition and
attributeMapping; IAMD for the functions.
"""

from __future__ import annotations

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
from vxsetup.facts.expressions import Node, read, texts

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_LONGEST = 4096
"""Characters of a condition at most (DISC)."""

_TESTS = {"startsWith": "starts_with", "endsWith": "ends_with", "contains": "contains"}


_UNREAD = doubt("a condition that vxsetup cannot read")


def admits(condition: str, mapping: Mapping[str, str], claims: Claims) -> Truth:
    """Whether tokens with these claims can pass a provider's condition, and whether they can fail it. Never raises.

    Without a condition everybody passes.
    """
    if not condition.strip():
        return ALWAYS
    tree = read(condition, _LONGEST)
    try:
        return _truth(tree, _Scope(claims, mapping)) if tree else _UNREAD
    except RecursionError:
        return _UNREAD


def mapped(attribute: str, mapping: Mapping[str, str], claims: Claims) -> Value | None:
    """The value of an attribute (``google.subject``, ``attribute.x``) that a mapping makes of a token's claims; None
    where it maps none. Never raises."""
    expression = mapping.get(attribute)
    if expression is None:
        return None
    tree = read(expression, _LONGEST)
    try:
        found = _value(tree, _Scope(claims, {})) if tree else None
    except RecursionError:
        found = None
    if isinstance(found, (Text, OneOf, NotRead)):
        return found
    return NotRead(f"what the mapping makes of {attribute}")


def literals(condition: str) -> tuple[str, ...]:
    """Every text that a condition names between quotes, each once; none where it cannot be read."""
    return texts(condition, _LONGEST)


# Evaluating ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scope:
    """What an expression can look at: the claims, and the attributes that a mapping makes of them."""

    claims: Claims
    mapping: Mapping[str, str]


def _truth(node: Node, scope: _Scope) -> Truth:
    value = _value(node, scope)
    if isinstance(value, Truth):
        return value
    return doubt(value.because if isinstance(value, NotRead) else "a part of the condition that is no test")


def _value(node: Node, scope: _Scope) -> Value | Truth | tuple[Any, ...]:
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


def _named(node: Node) -> str | None:
    """``assertion.repository`` for that and for ``assertion['repository']``; None for anything else."""
    if node.does not in ("get", "index") or node.parts[0].does != "name":
        return None
    key = node.parts[1]
    if node.does == "index":
        key = key.parts[0] if key.does == "text" else None
    return f"{node.parts[0].parts[0]}.{key}" if key is not None else None


def _field(node: Node, scope: _Scope) -> Value:
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


def _called(node: Node, scope: _Scope) -> Value | Truth:
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
