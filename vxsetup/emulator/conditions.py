"""Evaluates the part of CEL that IAM conditions and workload identity providers use.

An expression that cannot be read, or that reads something the emulator does not have, is an error; an error never
grants, and always denies (IAMD:deny-overview). No resource of a world has tags. As in CEL, ``true || error`` is true and ``false && error`` is false.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<mark>==|!=|<=|>=|&&|\|\||[<>!()\[\],.?:+-])
    )""",
    re.VERBOSE,
)
_MAX_LENGTH = 4096
_MAX_DEPTH = 32


class ConditionError(Exception):
    """An expression that gives no answer. It stays inside this module: ``holds`` turns it into None."""


@dataclass(frozen=True, slots=True)
class _Expr:
    """One node: ``op`` names it, ``parts`` are its operands (nodes or plain values)."""

    op: str
    parts: tuple[Any, ...]


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            raise ConditionError(f"cannot read {text[position : position + 20]!r}")
        kind = match.lastgroup or ""
        found.append((kind, match.group(kind)))
        position = match.end()
    return found


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        self.depth = 0

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, mark: str | None = None) -> str:
        if self.at >= len(self.tokens) or (mark is not None and self.peek() != mark):
            raise ConditionError(f"expected {mark or 'more'}")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def whole(self) -> _Expr:
        tree = self.either()
        if self.at < len(self.tokens):
            raise ConditionError(f"unexpected {self.peek()!r}")
        return tree

    def either(self) -> _Expr:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise ConditionError("nested too deeply")
        left = self.both()
        while self.peek() == "||":
            self.take()
            left = _Expr("or", (left, self.both()))
        self.depth -= 1
        return left

    def both(self) -> _Expr:
        left = self.compare()
        while self.peek() == "&&":
            self.take()
            left = _Expr("and", (left, self.compare()))
        return left

    def compare(self) -> _Expr:
        left = self.unary()
        if self.peek() in ("==", "!=", "<", "<=", ">", ">=", "in"):
            return _Expr(self.take(), (left, self.unary()))
        return left

    def unary(self) -> _Expr:
        negations = 0
        while self.peek() == "!":
            self.take()
            negations += 1
        value = self.chain()
        return _Expr("not", (value,)) if negations % 2 else value

    def chain(self) -> _Expr:
        value = self.atom()
        while self.peek() in (".", "["):
            if self.take() == ".":
                name = self.take()
                if self.peek() == "(":
                    value = _Expr("call", (value, name, *self.arguments()))
                else:
                    value = _Expr("get", (value, _Expr("value", (name,))))
            else:
                value = _Expr("get", (value, self.either()))
                self.take("]")
        return value

    def arguments(self) -> list[_Expr]:
        self.take("(")
        found: list[_Expr] = []
        while self.peek() != ")":
            found.append(self.either())
            if self.peek() == ",":
                self.take()
            elif self.peek() != ")":
                raise ConditionError("expected , or )")
        self.take(")")
        return found

    def atom(self) -> _Expr:
        if self.at >= len(self.tokens):
            raise ConditionError("unexpected end")
        kind, text = self.tokens[self.at]
        if text == "(":
            self.take()
            inside = self.either()
            self.take(")")
            return inside
        if text == "[":
            return self.listed()
        self.take()
        if kind == "string":
            return _Expr("value", (re.sub(r"\\(.)", r"\1", text[1:-1]),))
        if kind == "number":
            return _Expr("value", (float(text) if "." in text else int(text),))
        if text in ("true", "false"):
            return _Expr("value", (text == "true",))
        if kind == "name":
            return _Expr("function", (text, *self.arguments())) if self.peek() == "(" else _Expr("name", (text,))
        raise ConditionError(f"unexpected {text!r}")

    def listed(self) -> _Expr:
        self.take("[")
        items: list[_Expr] = []
        while self.peek() != "]":
            items.append(self.either())
            if self.peek() == ",":
                self.take()
            elif self.peek() != "]":
                raise ConditionError("expected , or ]")
        self.take("]")
        return _Expr("list", tuple(items))


@lru_cache(maxsize=512)
def _parsed(text: str) -> _Expr | None:
    if len(text) > _MAX_LENGTH:
        return None
    try:
        return _Parser(text).whole()
    except (ConditionError, RecursionError):
        return None


def _timestamp(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise ConditionError("not a timestamp") from error
    if moment.tzinfo is None:
        raise ConditionError("a timestamp needs a zone")
    return moment


def _duration(value: Any) -> timedelta:
    match = re.fullmatch(r"(\d{1,9})(s|m|h)", str(value))
    if match is None:
        raise ConditionError("not a duration")
    return timedelta(seconds=int(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]])


_FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "timestamp": _timestamp,
    "duration": _duration,
    "string": str,
    "size": len,
}
_TEXT_METHODS = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": str.__contains__,
}
_TAG_TESTS = ("matchTag", "matchTagId", "hasTagKey", "hasTagKeyId")
_CLOCK = {
    "getHours": lambda moment: moment.hour,
    "getMinutes": lambda moment: moment.minute,
    "getDayOfWeek": lambda moment: (moment.weekday() + 1) % 7,
    "getDate": lambda moment: moment.day,
    "getMonth": lambda moment: moment.month - 1,
    "getFullYear": lambda moment: moment.year,
}


def _call(receiver: Any, name: str, arguments: list[Any]) -> Any:
    if isinstance(receiver, str):
        if name in _TEXT_METHODS and len(arguments) == 1 and isinstance(arguments[0], str):
            return _TEXT_METHODS[name](receiver, arguments[0])
        if name == "extract" and len(arguments) == 1 and isinstance(arguments[0], str):
            return _extract(receiver, arguments[0])
    if isinstance(receiver, datetime) and name in _CLOCK:
        zone = ZoneInfo(arguments[0]) if arguments else ZoneInfo("UTC")
        return _CLOCK[name](receiver.astimezone(zone))
    if isinstance(receiver, Mapping) and name in _TAG_TESTS and all(isinstance(one, str) for one in arguments):
        return False
    if isinstance(receiver, list) and name == "hasOnly":
        return set(map(str, receiver)) <= set(map(str, arguments[0]))
    raise ConditionError(f"no method {name}")


def _extract(text: str, template: str) -> str:
    """IAM's ``extract``: the part of ``text`` that stands where ``{name}`` stands in the template."""
    match = re.fullmatch(r"([^{}]*)\{[^{}]*\}([^{}]*)", template)
    if match is None:
        raise ConditionError("bad template")
    before, after = match[1], match[2]
    start = text.find(before)
    if start < 0:
        return ""
    start += len(before)
    end = text.find(after, start) if after else len(text)
    return text[start:end] if end >= 0 else ""


def _logic(op: str, parts: tuple[Any, ...], names: Mapping[str, Any]) -> bool:
    """``&&`` and ``||``: an error on one side yields to a deciding value on the other."""
    decisive = op == "or"
    failure: ConditionError | None = None
    for part in parts:
        try:
            if bool(_value(part, names)) is decisive:
                return decisive
        except ConditionError as error:
            failure = error
    if failure is not None:
        raise failure
    return not decisive


def _compare(op: str, left: Any, right: Any) -> bool:
    if op == "==":
        return bool(left == right)
    if op == "!=":
        return bool(left != right)
    if op == "in":
        return left in right
    if type(left) is not type(right) and not (isinstance(left, int | float) and isinstance(right, int | float)):
        raise ConditionError("cannot compare")
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[op])


def _value(expr: _Expr, names: Mapping[str, Any]) -> Any:
    op, parts = expr.op, expr.parts
    if op == "value":
        return parts[0]
    if op == "name":
        if parts[0] not in names:
            raise ConditionError(f"unknown name {parts[0]}")
        return names[parts[0]]
    if op in ("and", "or"):
        return _logic(op, parts, names)
    if op == "not":
        return not _value(parts[0], names)
    if op == "list":
        return [_value(part, names) for part in parts]
    if op == "get":
        return _field(_value(parts[0], names), _value(parts[1], names))
    if op == "call":
        return _call(_value(parts[0], names), parts[1], [_value(part, names) for part in parts[2:]])
    if op == "function":
        function = _FUNCTIONS.get(parts[0])
        if function is None or len(parts) != 2:
            raise ConditionError(f"no function {parts[0]}")
        return function(_value(parts[1], names))
    return _compare(op, _value(parts[0], names), _value(parts[1], names))


def _field(holder: Any, key: Any) -> Any:
    if isinstance(holder, Mapping) and key in holder:
        return holder[key]
    raise ConditionError(f"no field {key}")


def holds(expression: str, names: Mapping[str, Any]) -> bool | None:
    """Whether the expression is true of these names; None where it gives no answer (an error, or not a boolean)."""
    tree = _parsed(expression)
    if tree is None:
        return None
    try:
        found = _value(tree, names)
    except (ConditionError, TypeError, ValueError, KeyError, OverflowError, RecursionError, OSError):
        return None
    return found if isinstance(found, bool) else None


def evaluate(expression: str, names: Mapping[str, Any]) -> Any:
    """The value of an expression, for a provider's attribute mapping; None where it gives none."""
    tree = _parsed(expression)
    if tree is None:
        return None
    try:
        return _value(tree, names)
    except (ConditionError, TypeError, ValueError, KeyError, OverflowError, RecursionError, OSError):
        return None


def readable(expression: str) -> bool:
    """Whether the expression can be parsed at all: setIamPolicy refuses one that cannot."""
    return _parsed(expression) is not None
