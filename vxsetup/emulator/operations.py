"""Long-running operations: made by a call, kept in the state, polled until the world says that they are done."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from . import errors
from .http import Response, answer
from .model import Operation
from .routing import Answer, Call, Route
from .state import State


def _serial(call: Call) -> str:
    seed = f"{call.request.method}\0{call.request.url}\0{call.now.isoformat()}\0{len(call.state.world.operations)}"
    return str(int(hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()[:15], 16))


def begun(
    call: Call, state: State, prefix: str, response: Mapping[str, Any], metadata: Mapping[str, Any] | None = None
) -> Answer:
    """A new operation over the changed state. ``prefix`` ends where the number goes, as ``operations/acat.p2-``."""
    name = prefix + _serial(call)
    body = {
        "name": name,
        **({"metadata": dict(metadata)} if metadata else {}),
        "done": True,
        "response": dict(response),
    }
    ready = call.now + timedelta(seconds=state.world.behaviour.operation_s)
    operation = Operation(ready, body)
    return state.with_operation(name, operation), answer(_seen(call, operation))


def _seen(call: Call, operation: Operation) -> dict[str, Any]:
    if operation.ready <= call.now:
        return dict(operation.body)
    return {key: operation.body[key] for key in ("name", "metadata") if key in operation.body}


def _polled(name: str, call: Call) -> Response:
    operation = call.state.world.operations.get(name)
    if operation is None:
        return errors.not_found(f"Operation {name!r} was not found.")
    return answer(_seen(call, operation))


def _plain(call: Call) -> Answer:
    return _polled(f"operations/{call.args['operation']}", call)


def _located(call: Call) -> Answer:
    args = call.args
    tail = f"locations/{args['location']}/operations/{args['operation']}"
    project = call.state.project(args["project"])
    # The name holds the project as the first request spelled it; either spelling finds it.
    names = [f"projects/{args['project']}/{tail}"]
    if project is not None:
        names += [f"projects/{project.id}/{tail}", f"projects/{project.number}/{tail}"]
    found = next((name for name in names if name in call.state.world.operations), names[0])
    return _polled(found, call)


def _by_path(call: Call) -> Answer:
    return _polled(call.target.path.removeprefix("/v1/"), call)


def routes() -> tuple[Route, ...]:
    """One place for every API's operations: their ids tell them apart."""
    crm, usage, iam, ai = (
        "cloudresourcemanager.googleapis.com",
        "serviceusage.googleapis.com",
        "iam.googleapis.com",
        "aiplatform.googleapis.com",
    )
    located = "/projects/{project}/locations/{location}/operations/{operation}"
    pool = "/v1/projects/{project}/locations/global/workloadIdentityPools/{pool}"
    return (
        Route("GET", "/v1/operations/{operation}", usage, _plain),
        Route("GET", "/v1beta1/operations/{operation}", usage, _plain),
        Route("GET", "/v1/operations/{operation}", crm, _plain),
        Route("GET", "/v3/operations/{operation}", crm, _plain),
        *(Route("GET", prefix + located, ai, _located, charged=False) for prefix in ("/v1", "/v1beta1", "/ui")),
        Route("GET", pool + "/operations/{operation}", iam, _by_path),
        Route("GET", pool + "/providers/{provider}/operations/{operation}", iam, _by_path),
    )
