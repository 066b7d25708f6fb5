"""Matches a method and path to a handler, and carries what a handler needs to answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .http import Request, Response, Target, decoded
from .iam import Principal
from .state import State


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated request on its way to a handler.

    ``args`` are the decoded parts of the path, ``data`` the JSON body (empty where the route takes none), ``api`` the
    service that the route belongs to.
    """

    state: State
    request: Request
    target: Target
    now: datetime
    principal: Principal
    args: Mapping[str, str]
    data: Mapping[str, Any]
    api: str


Answer = Response | tuple[State, Response]
Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and path template with its handler.

    In a template ``{name}`` is one segment without a colon, and ``{name+}`` may hold colons too. ``open``: asks for no
    token. ``charged``: the caller's own project pays, so the API must be on there. ``reads_json``: the body must be a
    JSON object.
    """

    method: str
    template: str
    api: str
    handler: Handler
    open: bool = False
    charged: bool = True
    reads_json: bool = True


@dataclass(frozen=True, slots=True)
class Router:
    """Routes by method and by their first path segment, in order."""

    table: Mapping[tuple[str, str], tuple[tuple[re.Pattern[str], Route], ...]]

    def find(self, method: str, path: str, api: str | None) -> tuple[Route, dict[str, str]] | None:
        """The first route that fits, and the parts of the path. ``api`` None: any API, as on a shared root."""
        for pattern, route in self.table.get((method, path.split("/", 2)[1] if path.count("/") else ""), ()):
            if api is not None and route.api != api:
                continue
            match = pattern.fullmatch(path)
            if match is not None:
                return route, {name: decoded(value) for name, value in match.groupdict().items()}
        return None


def _compiled(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)(\+?)\}", template)
    found = re.escape(parts[0])
    for name, wide, literal in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        found += f"(?P<{name}>{'[^/]+' if wide else '[^/:]+'})" + re.escape(literal)
    return re.compile(found)


def router(routes: Iterable[Route]) -> Router:
    """A router over the routes, which keep their order."""
    table: dict[tuple[str, str], list[tuple[re.Pattern[str], Route]]] = {}
    for route in routes:
        key = (route.method, route.template.split("/", 2)[1])
        table.setdefault(key, []).append((_compiled(route.template), route))
    return Router({key: tuple(rows) for key, rows in table.items()})
