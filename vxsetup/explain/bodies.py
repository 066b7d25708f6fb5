"""Finds the error bodies in a text, however wrapped, and hands each to the one reader and classifier of answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from vxsetup.facts.answers import CloudError, Shape, parse_error
from vxsetup.facts.refusal import Refusal, classify

STATUS_CODES = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ABORTED": 409,
    "ALREADY_EXISTS": 409,
    "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499,
    "INTERNAL": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
"""Canonical code -> the HTTP status that Google's APIs answer it with (google.rpc.Code)."""

ANTHROPIC_CODES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "overloaded_error": 529,
}
"""Error type of the Messages API -> the HTTP status that goes with it (SDKPY)."""

_STARTS = ("{", "[{")
_MARKS = ('"error"', "'error'", "error:", '"code"', "'code'", '"message"', "'message'")
_MOST = 24
_DEEPEST = 5
_LONGEST = 20_000
_DECODER = json.JSONDecoder()


def bodies(text: str) -> tuple[CloudError, ...]:
    """Every error body in the text: JSON, in arrays, in strings, or as Python prints a dict. Never raises."""
    found: list[CloudError] = []
    for value in _values(text):
        found.extend(_errors(value, 0))
        if len(found) >= _MOST:
            break
    return tuple(error for place, error in enumerate(found) if error not in found[:place])


def refusals(errors: tuple[CloudError, ...]) -> tuple[Refusal, ...]:
    """Each error with the cause that the shared classifier names."""
    return tuple(classify(error) for error in errors)


def _values(text: str) -> Iterator[Any]:
    """Whatever parses at an opening brace that is followed by something like an error."""
    at, tried = 0, 0
    while tried < _MOST:
        at = text.find("{", at)
        if at < 0:
            return
        window = text[at : at + _LONGEST]
        if not any(mark in window for mark in _MARKS):
            return
        tried += 1
        value, length = _parsed(window)
        if value is None:
            at += 1
        else:
            yield value
            at += length


def _parsed(window: str) -> tuple[Any, int]:
    try:
        value, end = _DECODER.raw_decode(window)
        return value, end
    except (ValueError, RecursionError):
        pass
    if not window.startswith(("{'", '{"')) or "': " not in window:
        return None, 0
    end = _closing(window)
    if end == 0:
        return None, 0
    import ast  # here, since only Python's own way of printing a dict needs it

    try:
        return ast.literal_eval(window[:end]), end
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None, 0


def _closing(window: str) -> int:
    """The end of the dict that opens the window, with regard to quotes; 0 where it is not in the window."""
    depth, quote, escaped = 0, "", False
    for place, char in enumerate(window):
        if quote:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == quote:
                quote = ""
        elif char in "'\"":
            quote = char
        elif char in "{[":
            depth += 1
            if depth > 60:
                return 0
        elif char in "}]":
            depth -= 1
            if depth == 0:
                return place + 1
    return 0


def _errors(value: Any, depth: int) -> Iterator[CloudError]:
    """The errors in a value: its own, and those in its strings (gateways put one body into another's message)."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        if "{" in value and len(value) <= _LONGEST:
            for inner in _values(value):
                yield from _errors(inner, depth + 1)
        return
    if isinstance(value, list):
        for item in value[:10]:
            yield from _errors(item, depth + 1)
        return
    if not isinstance(value, dict):
        return
    if _is_error(value):
        yield _read(value)
    elif "code" in value and "status" in value and "message" in value:
        yield _read({"error": value})
    for item in list(value.values())[:40]:
        yield from _errors(item, depth + 1)


def _is_error(value: dict[Any, Any]) -> bool:
    error = value.get("error")
    return isinstance(error, dict) and ("message" in error or "status" in error or "type" in error)


def _read(value: dict[Any, Any]) -> CloudError:
    error: dict[Any, Any] = value["error"]
    http = _code(error.get("code")) or STATUS_CODES.get(str(error.get("status")), 0)
    if value.get("type") == "error":
        http = http or ANTHROPIC_CODES.get(str(error.get("type")), 0)
    try:
        return parse_error(http, json.dumps(value))
    except (TypeError, ValueError, RecursionError):
        return CloudError(http, Shape.OTHER)


def _code(value: Any) -> int:
    try:
        code = int(str(value)[:6])
    except ValueError:
        return 0
    return code if 100 <= code < 600 else 0
