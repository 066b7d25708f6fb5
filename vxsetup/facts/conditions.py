"""Evaluates the part of CEL that IAM conditions mostly use, with three truth values: true, false, and not known.

What this part does not hold is not known, never a guess; ``false && not known`` is false and ``true || not known`` is
true, as in CEL. Source: IAMD (2026-05-30), the attribute reference of IAM Conditions.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

RESOURCE_MANAGER = "cloudresourcemanager.googleapis.com"
TAGS = "the tags of the resource"
"""What a condition rests on, in words: the tags, which policies do not show."""

_LONGEST = 10_000
_DEEPEST = 40
_TOKEN = re.compile(
    r"""(?:\s|//[^\n]*)*(?:
        (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<mark>==|!=|<=|>=|&&|\|\||[<>!()\[\],.?:+*/%-])
    )""",
    re.VERBOSE,
)
_BLANK = re.compile(r"(?:\s|//[^\n]*)*")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")
_TAG_FUNCTIONS = ("matchTag", "matchTagId", "hasTagKey", "hasTagKeyId")


@dataclass(frozen=True, slots=True)
class Seen:
    """The resource that conditions look at: the API that it belongs to, its type and its name.

    ``type`` and ``name`` None: it is not documented what conditions see. IAMD lists no attribute of Vertex AI, so for its
    resources both are None; a type or an API of another service is then known not to fit, and no more.
    """

    service: str
    type: str | None = None
    name: str | None = None

    @property
    def documented(self) -> bool:
        """Whether it is known what conditions see of the resource."""
        return self.type is not None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``truth`` is None where it is not known; ``because`` then says in words what the condition rests on."""

    truth: bool | None
    because: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Open:
    """A value that is not known, and why. ``apis``: it begins with one of these names, if it is there at all."""

    because: tuple[str, ...]
    apis: tuple[str, ...] = ()


class _UnreadableError(Exception):
    """The text is no expression that this reader knows. Stays in this module."""


@dataclass(frozen=True, slots=True)
class _Node:
    """One node of an expression: what it does, and its parts (nodes, or a plain value)."""

    does: str
    parts: tuple[Any, ...]


def evaluate(expression: str, when: datetime | None, resource: Seen) -> Evaluation:
    """Whether a condition holds for a request at ``when`` (None: the time may not be looked at). Never raises."""
    try:
        value = _value(_tree(expression), when, resource)
    except (_UnreadableError, RecursionError):
        return Evaluation(None, ("an expression that vxsetup cannot read",))
    if isinstance(value, bool):
        return Evaluation(value)
    return Evaluation(None, value.because if isinstance(value, _Open) else ("an expression that is no condition",))


def holds_until(expression: str, when: datetime, resource: Seen) -> datetime | None:
    """When a condition that holds now stops to hold, or may stop; None where no time is set, or it does not hold now."""
    if evaluate(expression, when, resource).truth is not True:
        return None
    for moment in sorted(moment for moment in _moments(expression) if moment >= when):
        for at in (moment, moment + timedelta(microseconds=1)):
            if evaluate(expression, at, resource).truth is not True:
                return moment
    return None


def _moments(expression: str) -> set[datetime]:
    """Every point in time that an expression names; between two of them its truth does not change."""
    found: set[datetime] = set()
    todo: list[Any] = [_tree(expression)]
    while todo:
        node = todo.pop()
        if isinstance(node, _Node):
            todo.extend(node.parts)
            moment = _timestamp(node) if node.does == "call" else None
            found |= {moment} if isinstance(moment, datetime) else set()
    return found


# Reading ----------------------------------------------------------------------------------------------------------


def _tree(text: str) -> _Node:
    if len(text) > _LONGEST:
        raise _UnreadableError
    reader = _Reader(_tokens(text))
    tree = reader.choice()
    if reader.left:
        raise _UnreadableError
    return tree


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            if _BLANK.fullmatch(text, at):
                break
            raise _UnreadableError
        kind = match.lastgroup or ""
        found.append((kind, match[kind]))
        at = match.end()
    return found


class _Reader:
    """Reads tokens into nodes. What has a meaning that ``_value`` does not know is read all the same, as far as it is
    CEL, so that the rest of the expression can decide."""

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

    def choice(self) -> _Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _UnreadableError
        found = self.either()
        if self.next("?"):
            found = _Node("if", (found, self.choice()))
            self.take(":")
            found = _Node("if", (*found.parts, self.choice()))
        self.depth -= 1
        return found

    def either(self) -> _Node:
        parts = [self.both()]
        while self.next("||"):
            parts.append(self.both())
        return _Node("or", tuple(parts)) if len(parts) > 1 else parts[0]

    def both(self) -> _Node:
        parts = [self.compared()]
        while self.next("&&"):
            parts.append(self.compared())
        return _Node("and", tuple(parts)) if len(parts) > 1 else parts[0]

    def compared(self) -> _Node:
        left = self.sum()
        while mark := self.next("==", "!=", "<", "<=", ">", ">=", "in"):
            left = _Node("compare", (mark, left, self.sum()))
        return left

    def sum(self) -> _Node:
        left = self.denied()
        while self.next("+", "-", "*", "/", "%"):
            left = _Node("sum", (left, self.denied()))
        return left

    def denied(self) -> _Node:
        times = 0
        while self.next("!"):
            times += 1
        minus = self.next("-")
        found = self.path()
        if minus:
            found = _Node("sum", (found,))
        return _Node("not", (found,)) if times % 2 else _Node("not", (_Node("not", (found,)),)) if times else found

    def path(self) -> _Node:
        found = self.atom()
        while mark := self.next(".", "["):
            if mark == "[":
                found = _Node("index", (found, self.choice()))
                self.take("]")
                continue
            if not self.left or self.tokens[self.at][0] != "name":
                raise _UnreadableError
            self.at += 1
            name = self.tokens[self.at - 1][1]
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
        if not self.left:
            raise _UnreadableError
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "string":
            return _Node("value", (text[1:-1],)) if "\\" not in text else _Node("escaped", ())
        if kind == "number":
            return _Node("number", ())
        if kind != "name" or text == "in":
            raise _UnreadableError
        if text in ("true", "false"):
            return _Node("value", (text == "true",))
        if self.next("("):
            return _Node("call", (None, text, *self.items(")")))
        return _Node("name", (text,))


# Evaluating -------------------------------------------------------------------------------------------------------


def _value(node: _Node, when: datetime | None, resource: Seen) -> Any:
    """A text, a time, a truth value, a tuple of these; or an ``_Open``."""
    match node.does:
        case "value":
            return node.parts[0]
        case "or" | "and":
            return _joined(node.does == "or", [_value(part, when, resource) for part in node.parts])
        case "not":
            inner = _value(node.parts[0], when, resource)
            return not inner if isinstance(inner, bool) else _open(inner, "what is no truth value")
        case "list":
            return tuple(_value(part, when, resource) for part in node.parts)
        case "get":
            return _attribute(node, when, resource)
        case "compare":
            mark, left, right = node.parts
            return _compared(mark, _value(left, when, resource), _value(right, when, resource))
        case "call":
            return _called(node, when, resource)
    return _Open(("an expression that vxsetup does not evaluate",))


def _joined(is_or: bool, values: list[Any]) -> Any:
    """``||`` or ``&&``: a deciding value decides whatever is beside it."""
    if any(value is is_or for value in values):
        return is_or
    because = [reason for value in values if not isinstance(value, bool) for reason in _open(value, "text").because]
    return _Open(tuple(dict.fromkeys(because))) if because else not is_or


def _open(value: Any, what: str) -> _Open:
    return value if isinstance(value, _Open) else _Open((what,))


def _dotted(node: Any) -> str | None:
    """``request.time`` and the like as written; None for anything else."""
    names: list[str] = []
    while isinstance(node, _Node) and node.does == "get":
        names.append(node.parts[1])
        node = node.parts[0]
    if not isinstance(node, _Node) or node.does != "name":
        return None
    return ".".join([node.parts[0], *reversed(names)])


def _attribute(node: _Node, when: datetime | None, resource: Seen) -> Any:
    name = _dotted(node)
    if name == "request.time" and when is not None:
        return when
    known = {"resource.service": resource.service, "resource.type": resource.type, "resource.name": resource.name}
    if name in known and resource.documented:
        value = known[name]
        return value if value is not None else _Open((_undocumented(name, resource),))
    if name in ("resource.service", "resource.type"):
        # Whatever conditions see, it is no resource of a third API.
        return _Open((_undocumented(name, resource),), (resource.service, RESOURCE_MANAGER))
    if name == "resource.name":
        return _Open((_undocumented(name, resource),))
    return _Open((name or "an expression that vxsetup does not evaluate",))


def _undocumented(name: str, resource: Seen) -> str:
    return f"{name}, which {resource.service} is not documented to provide"


def _compared(mark: str, left: Any, right: Any) -> Any:
    if mark == "in":
        if not isinstance(right, tuple):
            return _open(right, "what is no list")
        return _joined(True, [_compared("==", left, item) for item in right]) if right else False
    for one, other in ((left, right), (right, left)):
        if isinstance(one, _Open) and one.apis and isinstance(other, str) and mark in ("==", "!="):
            fits = any(other == api or other.startswith(f"{api}/") for api in one.apis)
            return one if fits or not other else mark == "!="
    if isinstance(left, _Open) or isinstance(right, _Open):
        return left if isinstance(left, _Open) else right
    if type(left) is not type(right) or not isinstance(left, (str, bool, datetime)):
        return _Open(("a comparison of things that cannot be compared",))
    if mark in ("==", "!="):
        return (left == right) is (mark == "==")
    if not isinstance(left, datetime):
        return _Open(("an order of texts",))
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[mark]


def _called(node: _Node, when: datetime | None, resource: Seen) -> Any:
    on, name, *arguments = node.parts
    if on is None:
        return _timestamp(node)
    if name in _TAG_FUNCTIONS and _dotted(on) == "resource":
        return _Open((TAGS,))
    receiver = _value(on, when, resource) if isinstance(on, _Node) else on
    given = _value(arguments[0], when, resource) if len(arguments) == 1 else None
    if name not in ("startsWith", "endsWith") or not isinstance(given, str):
        source = _dotted(on)
        return (
            receiver if isinstance(receiver, _Open) and given is not None else _Open((f"{source or 'its'}.{name}()",))
        )
    if isinstance(receiver, str):
        return receiver.startswith(given) if name == "startsWith" else receiver.endswith(given)
    if isinstance(receiver, _Open) and receiver.apis and name == "startsWith":
        fits = any(given.startswith(f"{api}/") or f"{api}/".startswith(given) for api in receiver.apis)
        return receiver if fits else False
    return _open(receiver, f"{name}() of what is no text")


def _timestamp(node: _Node) -> Any:
    """The time of ``timestamp("…")``, which wants RFC 3339 with a zone."""
    on, name, *arguments = node.parts
    text = arguments[0].parts[0] if len(arguments) == 1 and arguments[0].does == "value" else None
    if on is None and name == "timestamp" and isinstance(text, str) and _TIME.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    return _Open((f"{name}()" if on is None else "an expression that vxsetup does not evaluate",))
