"""Answers that break on purpose, as a world's ``faults`` ask for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from urllib.parse import parse_qsl

from . import errors
from .http import JSON_HEADERS, Request, Response, Target
from .model import Fault
from .state import State

_TEXT = {
    429: "Resource exhausted, please try again later.",
    500: "Internal error encountered.",
    503: "The service is currently unavailable.",
    504: "Deadline expired before operation could complete.",
}


def matching(state: State, request: Request, target: Target) -> int | None:
    """The index of the first fault that covers the request and has times left."""
    method, host, path = request.method, target.host, target.path
    for index, fault in enumerate(state.world.faults):
        if fault.times == 0 or not _same(fault, request, target):
            continue
        verb, _, pattern = fault.match.partition(" ")
        if verb not in ("*", method):
            continue
        if fnmatchcase(path, pattern.strip()) or fnmatchcase(f"{host or ''}{path}", pattern.strip()):
            return index
    return None


def _same(fault: Fault, request: Request, target: Target) -> bool:
    """Whether the request has the query's parameters and the body that the fault asks for; JSON is compared as data."""
    if fault.query is not None:
        wanted = parse_qsl(fault.query, keep_blank_values=True)
        if not all(value in target.query.get(name, ()) for name, value in wanted):
            return False
    if fault.sent is None:
        return True
    body = request.body.decode("utf-8", "replace")
    try:
        return bool(json.loads(body) == json.loads(fault.sent))
    except (ValueError, RecursionError):
        return body == fault.sent


def used(state: State, index: int) -> State:
    """The state after the fault has struck once more."""
    faults = list(state.world.faults)
    fault = faults[index]
    if fault.times is None:
        return state
    faults[index] = replace(fault, times=fault.times - 1)
    return state.with_world(replace(state.world, faults=tuple(faults)))


def needs_answer(fault: Fault) -> bool:
    """Whether the fault only spoils the true answer, which must then be made first."""
    return fault.broken == "truncated" or (fault.broken is None and fault.status is None and fault.body is None)


def spoiled(fault: Fault, true: Response | None) -> Response:
    """The answer that the fault gives. ``true`` is there where ``needs_answer`` said so."""
    latency = fault.latency_ms or 0
    status = fault.status or 200
    headers: Mapping[str, str] = {**JSON_HEADERS, **fault.headers}
    if fault.broken in ("timeout", "reset"):
        return Response(status, headers, b"", latency, fault.broken)
    if true is not None:
        cut = true.body[: len(true.body) // 2] if fault.broken else true.body
        return Response(fault.status or true.status, {**true.headers, **fault.headers}, cut, latency, fault.broken)
    if fault.broken == "not_json":
        page = b"<!doctype html><html><body><h1>Error</h1><p>Please try again.</p></body></html>"
        return Response(status, {**headers, "content-type": "text/html; charset=UTF-8"}, page, latency)
    if fault.broken == "wrong_shape":
        return Response(status, headers, b'[{"unexpected": [1, null, {"name": 7}]}]', latency)
    if fault.broken == "empty":
        return Response(status, headers, b"", latency)
    if fault.body is not None:
        text = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
        return Response(status, headers, text.encode("utf-8", "replace"), latency)
    plain = errors.google(status, _TEXT.get(status, "The request was refused by a fault of this world."))
    return Response(status, headers, plain.body, latency)
