"""The emulator's one entry: a pure function from a state and a request to the next state and a response."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from . import (
    access,
    bigquery,
    billing,
    cloud_asset,
    errors,
    faults,
    federation,
    iam_api,
    operations,
    org_policy,
    quotas,
    resource_manager,
    service_usage,
    troubleshooter,
    vertex,
)
from .http import Request, Response, Target, target_of
from .iam import Principal
from .routing import Call, Route, Router, router
from .state import State

_NOBODY = Principal("allUsers", "user", {})
_MAX_BODY = 40_000_000

_HOSTS = {
    "oauth2.googleapis.com": "oauth2.googleapis.com",
    "www.googleapis.com": "bigquery.googleapis.com",
    "bigquery.googleapis.com": "bigquery.googleapis.com",
}


@cache
def _router() -> Router:
    modules = (
        resource_manager,
        service_usage,
        billing,
        iam_api,
        federation,
        org_policy,
        quotas,
        troubleshooter,
        cloud_asset,
        vertex,
        bigquery,
        operations,
    )
    return router(route for module in modules for route in module.routes())


def _api_of(host: str) -> str:
    """The API that a real host belongs to."""
    if host.endswith("aiplatform.googleapis.com") or host in (
        "aiplatform.us.rep.googleapis.com",
        "aiplatform.eu.rep.googleapis.com",
    ):
        return "aiplatform.googleapis.com"
    return _HOSTS.get(host, host)


def handle(state: State, request: Request, now: datetime) -> tuple[State, Response]:
    """Answer one request at the time ``now``. Never raises for anything that a request can hold."""
    target = target_of(request.url)
    if target is None:
        return state, errors.invalid("The request's URL cannot be read.")
    latency = state.world.behaviour.latency_ms
    index = faults.matching(state, request, target)
    if index is None:
        after, response = _answered(state, request, target, now)
        return after, replace(response, latency_ms=latency) if latency else response
    fault = state.world.faults[index]
    state = faults.used(state, index)
    true: Response | None = None
    if faults.needs_answer(fault):
        state, true = _answered(state, request, target, now)
    spoiled = faults.spoiled(fault, true)
    return state, replace(spoiled, latency_ms=spoiled.latency_ms or latency)


def _answered(state: State, request: Request, target: Target, now: datetime) -> tuple[State, Response]:
    api = _api_of(target.host) if target.host else None
    found = _router().find(request.method, target.path, api)
    if found is None:
        return state, errors.not_served(request.method, target.path[:200])
    route, args = found
    caller = _NOBODY if route.open else access.authenticated(state, request)
    if isinstance(caller, Response):
        return state, caller
    if route.charged and not route.open:
        refusal = access.charge_refusal(state, caller, request, route.api, now)
        if refusal is not None:
            return state, refusal
    data = _json_body(request, route)
    if isinstance(data, Response):
        return state, data
    answer = route.handler(Call(state, request, target, now, caller, args, data, route.api))
    return (state, answer) if isinstance(answer, Response) else answer


def _json_body(request: Request, route: Route) -> Mapping[str, Any] | Response:
    if not route.reads_json or not request.body.strip():
        return {}
    bad = errors.invalid("Invalid JSON payload received. The body must be a JSON object.")
    if len(request.body) > _MAX_BODY:
        return errors.google(413, "The request is too large.", "INVALID_ARGUMENT")
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError):
        return bad
    return data if isinstance(data, dict) else bad
