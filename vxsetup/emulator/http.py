"""The emulator's own HTTP values: a request comes in, a response goes out, and neither knows of sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

JSON_HEADERS: Mapping[str, str] = {"content-type": "application/json; charset=UTF-8"}


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request.

    ``url`` is absolute (``https://us-east5-aiplatform.googleapis.com/v1/…``), whose host is then checked, or only a
    path with a query, as a loopback server sees it. Header names may have any case.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response.

    ``latency_ms`` is how long the world says that it takes. ``broken`` says that no whole answer arrives: ``timeout``
    (never), ``reset`` (the connection drops), ``truncated`` (``body`` is a part of what its length announces).
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    latency_ms: int = 0
    broken: str | None = None

    def json(self) -> Any:
        """The body as JSON. Raises ValueError where it is not."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Target:
    """A request's URL taken apart. ``host`` is None for a loopback or path-only URL; ``path`` stays percent-encoded."""

    host: str | None
    path: str
    query: Mapping[str, tuple[str, ...]]

    def first(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        values = self.query.get(name)
        return values[0] if values else default


_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", ""})


def target_of(url: str) -> Target | None:
    """Take a URL apart; None where it is none."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    query: dict[str, tuple[str, ...]] = {}
    # Generated clients separate their own two parameters with a semicolon: ``$alt=json;enum-encoding=int``.
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        query[name] = (*query.get(name, ()), value)
    return Target(None if host in _LOOPBACK else host, parts.path or "/", query)


def header(request: Request, name: str) -> str:
    """A header's value without regard to the case of its name; empty where it is absent."""
    value = request.headers.get(name)
    if value is not None:
        return value
    wanted = name.lower()
    return next((value for key, value in request.headers.items() if key.lower() == wanted), "")


def decoded(segment: str) -> str:
    """One path segment without its percent-encoding."""
    return unquote(segment, errors="replace")


def answer(body: Any, status: int = 200, headers: Mapping[str, str] = JSON_HEADERS) -> Response:
    """A JSON response. Half of a character, which only a world made by hand can hold, becomes a question mark."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(status, headers, text.encode("utf-8", "replace"))
