"""Evaluates the part of CEL that IAM conditions mostly use, with three truth values: true, false, and not known.

What this part does not hold is not known, never a guess; ``false && not known`` is false and ``true || not known`` is
true, as in CEL. Source: IAMD (2026-05-30), the attribute reference of IAM Conditions.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from vxsetup.facts.expressions import Node, dotted, read

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

RESOURCE_MANAGER = "cloudresourcemanager.googleapis.com"
TAGS = "the tags of the resource"
"""What a condition rests on, in words: the tags, which policies do not show."""

_LONGEST = 10_000
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


_UNREAD = _Open(("an expression that vxsetup cannot read",))


def evaluate(expression: str, when: datetime | None, resource: Seen) -> Evaluation:
    """Whether a condition holds for a request at ``when`` (None: the time may not be looked at). Never raises."""
    tree = read(expression, _LONGEST)
    try:
        value = _value(tree, when, resource) if tree else _UNREAD
    except RecursionError:
        value = _UNREAD
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
    todo: list[Any] = [read(expression, _LONGEST)]
    while todo:
        node = todo.pop()
        if isinstance(node, Node):
            todo.extend(node.parts)
            moment = _timestamp(node) if node.does == "call" else None
            found |= {moment} if isinstance(moment, datetime) else set()
    return found


# Evaluating -------------------------------------------------------------------------------------------------------


def _value(node: Node, when: datetime | None, resource: Seen) -> Any:
    """A text, a time, a truth value, a tuple of these; or an ``_Open``."""
    match node.does:
        case "text" | "truth":
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


def _attribute(node: Node, when: datetime | None, resource: Seen) -> Any:
    name = dotted(node)
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


def _called(node: Node, when: datetime | None, resource: Seen) -> Any:
    on, name, *arguments = node.parts
    if on is None:
        return _timestamp(node)
    if name in _TAG_FUNCTIONS and dotted(on) == "resource":
        return _Open((TAGS,))
    receiver = _value(on, when, resource) if isinstance(on, Node) else on
    given = _value(arguments[0], when, resource) if len(arguments) == 1 else None
    if name not in ("startsWith", "endsWith") or not isinstance(given, str):
        source = dotted(on)
        return (
            receiver if isinstance(receiver, _Open) and given is not None else _Open((f"{source or 'its'}.{name}()",))
        )
    if isinstance(receiver, str):
        return receiver.startswith(given) if name == "startsWith" else receiver.endswith(given)
    if isinstance(receiver, _Open) and receiver.apis and name == "startsWith":
        fits = any(given.startswith(f"{api}/") or f"{api}/".startswith(given) for api in receiver.apis)
        return receiver if fits else False
    return _open(receiver, f"{name}() of what is no text")


def _timestamp(node: Node) -> Any:
    """The time of ``timestamp("…")``, which wants RFC 3339 with a zone."""
    on, name, *arguments = node.parts
    text = arguments[0].parts[0] if len(arguments) == 1 and arguments[0].does == "text" else None
    if on is None and name == "timestamp" and isinstance(text, str) and _TIME.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    return _Open((f"{name}()" if on is None else "an expression that vxsetup does not evaluate",))
