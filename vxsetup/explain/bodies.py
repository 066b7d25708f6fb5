"""Finds the error bodies in a text, however wrapped, and hands each to the one reader and classifier of answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

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

_MARKS = ('"error"', "'error'", "error:", "error=>", '"code"', "'code'", '"message"', "'message'")
_HEAD = r"(?m)^[^\n]{0,120}?(?:\b[A-Z]\w{2,60}(?:Error|Exception)\b|exceptions\.[A-Z]\w{2,60}|API Error|\bERROR\b)[^\n\w]{1,6}(?:Error code: |status(?: code)? )?[45]\d\d\b"
_MOST = 24
_FAILURES = 200
_DEEPEST = 5
_LONGEST = 20_000
_DECODER = json.JSONDecoder()


class Body(NamedTuple):
    """An error's body in a text: where it ends, and its errors, the outermost first: gateways put one into another."""

    end: int
    errors: tuple[CloudError, ...]


def bodies(text: str) -> tuple[Body, ...]:
    """Every error body in the text: JSON, in arrays, in strings, or as programs print an object. Never raises."""
    found: list[Body] = []
    for value, end in _values(text):
        errors = tuple(_errors(value, 0))
        if errors:
            found.append(Body(end, errors))
        if len(found) >= _MOST:
            break
    return tuple(found)


def errors_of(found: Iterable[Body]) -> tuple[CloudError, ...]:
    """The errors of bodies, each once."""
    errors = [error for body in found for error in body.errors]
    return tuple(error for place, error in enumerate(errors) if error not in errors[:place])


def parts(text: str, found: Sequence[Body]) -> tuple[str, ...]:
    """The text in parts, each up to the end of a body that says something else than those before; one where all agree.

    What stands before a body belongs to it: the client's name, the address that was asked.
    """
    begin, cuts, said = 0, [], set()
    for end, words in _ends(text, found):
        if words not in said:
            said.add(words)
            cuts.append((begin, end))
        begin = end
    if len(cuts) < 2:
        return (text,)
    # What stands after the last body of all belongs to it.
    return tuple(text[start : len(text) if end == begin else end] for start, end in cuts)


def _ends(text: str, found: Sequence[Body]) -> Iterator[tuple[int, str]]:
    """Where the errors of a text end, and their letters; of one without bodies its lines that begin with an error."""
    if found:
        for body in found:
            last = body.errors[-1]
            yield body.end, _letters(f"{last.status}{last.reason}{last.message[:200]}")
        return
    heads = [match.start() for match, _ in zip(re.finditer(_HEAD, text), range(_MOST), strict=False)]
    for start, end in zip(heads, [*heads[1:], len(text)], strict=False):
        yield end, _letters(text[start : start + 200])


def _letters(words: str) -> str:
    return "".join(char for char in words if char.isalpha())


def refusals(errors: tuple[CloudError, ...]) -> tuple[Refusal, ...]:
    """Each error with the cause that the shared classifier names."""
    return tuple(classify(error) for error in errors)


def _values(text: str) -> Iterator[tuple[Any, int]]:
    """Whatever parses at an opening brace that is followed by something like an error, and where it ends."""
    last = max(text.rfind(mark) for mark in _MARKS)
    at, failures, loose = text.find("{"), 0, 0
    while 0 <= at <= last and failures < _FAILURES:
        window = text[at : at + _LONGEST]
        value, length = _json(window)
        if value is None and loose < _MOST:
            from vxsetup.explain.notations import read  # here, since what an API answers is JSON

            loose += 1
            value, length = read(window)
        if value is None:
            failures += 1
            at += 1
        else:
            at += length
            yield value, at
        at = text.find("{", at)


def _json(window: str) -> tuple[Any, int]:
    try:
        value, end = _DECODER.raw_decode(window)
    except (ValueError, RecursionError):
        return None, 0
    return value, end


def _errors(value: Any, depth: int) -> Iterator[CloudError]:
    """The errors in a value: its own, and those in its strings (gateways put one body into another's message)."""
    if depth > _DEEPEST:
        return
    if isinstance(value, str):
        if "{" in value and len(value) <= _LONGEST:
            for inner, _ in _values(value):
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
    elif _is_oauth(value):
        yield CloudError(0, Shape.OTHER, str(value["error"]), message=str(value["error_description"]))
    elif "code" in value and "status" in value and "message" in value:
        yield _read({"error": value})
    for item in list(value.values())[:40]:
        yield from _errors(item, depth + 1)


def _is_error(value: dict[Any, Any]) -> bool:
    error = value.get("error")
    return isinstance(error, dict) and ("message" in error or "status" in error or "type" in error)


def _is_oauth(value: dict[Any, Any]) -> bool:
    """Whether it is what Google's token endpoint answers a refused login (RFC 6749, 5.2)."""
    return isinstance(value.get("error"), str) and isinstance(value.get("error_description"), str)


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
