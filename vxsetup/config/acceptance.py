"""Turns a schema into functions that say yes or no: the fast way through for what is valid.

jsonschema stays the judge of what is wrong. It costs half of a short run only to be imported, and most files are valid;
so a value is first put to these functions, and only what they refuse is put to jsonschema, which also says why. A test
holds the two in agreement over generated values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

Accepts = Callable[[Any], bool]

_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")


def accepting(schema: Any) -> Accepts:
    """A function that accepts what the schema accepts. Raises ValueError for a keyword that it does not know."""
    if schema is True:
        return lambda value: True
    if schema is False:
        return lambda value: False
    tests = [_TESTS[keyword](wanted) for keyword, wanted in schema.items() if keyword in _TESTS]
    if "properties" in schema or "additionalProperties" in schema:
        tests.append(_properties(schema.get("properties", {}), schema.get("additionalProperties", True)))
    if "if" in schema:
        tests.append(_condition(schema["if"], schema.get("then", True), schema.get("else", True)))
    unknown = schema.keys() - _TESTS.keys() - _TOGETHER
    if unknown:
        raise ValueError(f"no test for {sorted(unknown)}")
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda value: first(value) and second(value)

    def every(value: Any) -> bool:
        for test in tests:  # noqa: SIM110 (a loop, not all(): this is called for every value of a thousand files)
            if not test(value):
                return False
        return True

    return every


_TOGETHER = {"properties", "additionalProperties", "if", "then", "else"}


def _of_type(wanted: Any) -> Accepts:
    if isinstance(wanted, list):
        kinds = [_TYPES[name] for name in wanted]
        return lambda value: any(kind(value) for kind in kinds)
    return _TYPES[wanted]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_TYPES: Mapping[str, Accepts] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": _is_number,
    "integer": lambda value: _is_number(value) and (isinstance(value, int) or value.is_integer()),
}


def _same(one: Any, other: Any) -> bool:
    """JSON's equality: true is not 1, and 1 is 1.0."""
    return isinstance(one, bool) is isinstance(other, bool) and one == other


def _const(wanted: Any) -> Accepts:
    return lambda value: _same(value, wanted)


def _enum(wanted: list[Any]) -> Accepts:
    if all(isinstance(one, str) for one in wanted):
        words = frozenset(wanted)
        return lambda value: isinstance(value, str) and value in words
    return lambda value: any(_same(value, one) for one in wanted)


def _pattern(wanted: str) -> Accepts:
    found: list[re.Pattern[str]] = []

    def matches(value: Any) -> bool:
        if not isinstance(value, str):
            return True
        if not found:
            found.append(re.compile(wanted))  # compiled when it is first needed: most files use few of the patterns
        return found[0].search(value) is not None

    return matches


def _format(wanted: str) -> Accepts:
    if wanted != "date":
        raise ValueError(f"no test for the format {wanted!r}")
    return lambda value: not isinstance(value, str) or _is_date(value)


def _is_date(text: str) -> bool:
    if _DATE.match(text) is None:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _measured(kind: type | tuple[type, ...], measure: Callable[[Any, Any], bool]) -> Callable[[Any], Accepts]:
    def test(wanted: Any) -> Accepts:
        return lambda value: not isinstance(value, kind) or isinstance(value, bool) or measure(value, wanted)

    return test


def _items(wanted: Any) -> Accepts:
    each = accepting(wanted)
    return lambda value: not isinstance(value, list) or all(each(item) for item in value)


def _names(wanted: Any) -> Accepts:
    each = accepting(wanted)
    return lambda value: not isinstance(value, dict) or all(each(name) for name in value)


def _any_of(wanted: list[Any]) -> Accepts:
    branches = [accepting(branch) for branch in wanted]
    return lambda value: any(branch(value) for branch in branches)


def _required(wanted: list[str]) -> Accepts:
    return lambda value: not isinstance(value, dict) or all(name in value for name in wanted)


def first_repeat(items: list[Any]) -> tuple[int, int] | None:
    """The places of the first item that an earlier one equals, and of that one; None where all differ.

    Equality is JSON's: 1 equals 1.0, and true does not equal 1.
    """
    seen: dict[Any, int] = {}
    for index, item in enumerate(items):
        scalar = item is None or isinstance(item, str | int | float)
        key = (isinstance(item, bool), item) if scalar else (None, repr(item))
        if key in seen:
            return seen[key], index
        seen[key] = index
    return None


def _unique(wanted: bool) -> Accepts:
    return lambda value: not wanted or not isinstance(value, list) or first_repeat(value) is None


def _properties(known: Mapping[str, Any], other: Any) -> Accepts:
    tests = {name: accepting(piece) for name, piece in known.items()}
    rest = accepting(other)

    def test(value: Any) -> bool:
        if not isinstance(value, dict):
            return True
        for name, item in value.items():  # noqa: SIM110
            if not tests.get(name, rest)(item):
                return False
        return True

    return test


def _condition(when: Any, then: Any, otherwise: Any) -> Accepts:
    holds, yes, no = accepting(when), accepting(then), accepting(otherwise)
    return lambda value: yes(value) if holds(value) else no(value)


_NUMBER = (int, float)

_TESTS: Mapping[str, Callable[[Any], Accepts]] = {
    "type": _of_type,
    "const": _const,
    "enum": _enum,
    "pattern": _pattern,
    "format": _format,
    "items": _items,
    "propertyNames": _names,
    "anyOf": _any_of,
    "required": _required,
    "uniqueItems": _unique,
    "minLength": _measured(str, lambda value, wanted: len(value) >= wanted),
    "maxLength": _measured(str, lambda value, wanted: len(value) <= wanted),
    "minItems": _measured(list, lambda value, wanted: len(value) >= wanted),
    "maxItems": _measured(list, lambda value, wanted: len(value) <= wanted),
    "minProperties": _measured(dict, lambda value, wanted: len(value) >= wanted),
    "maxProperties": _measured(dict, lambda value, wanted: len(value) <= wanted),
    "minimum": _measured(_NUMBER, lambda value, wanted: value >= wanted),
    "maximum": _measured(_NUMBER, lambda value, wanted: value <= wanted),
    "exclusiveMinimum": _measured(_NUMBER, lambda value, wanted: value > wanted),
}
