"""Worlds and a small client for the emulator's tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any, TypeVar

from vxsetup.emulator.http import Request, Response
from vxsetup.emulator.service import handle
from vxsetup.emulator.state import State
from vxsetup.emulator.world import World, start, world_from

Test = TypeVar("Test", bound=Callable[..., Any])

DEV = "user:dev@acme.example"
SERVICES = [
    "aiplatform.googleapis.com",
    "bigquery.googleapis.com",
    "cloudbilling.googleapis.com",
    "cloudquotas.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "orgpolicy.googleapis.com",
    "serviceusage.googleapis.com",
]

BASE: dict[str, Any] = {
    "version": 1,
    "now": "2026-11-22T12:00:00Z",
    "caller": {"principal": DEV, "kind": "user", "quota_project": "acme-ai-prod"},
    "organization": {"id": "1111"},
    "folders": {"2222": {"parent": "organizations/1111"}},
    "groups": {"all@acme.example": [DEV]},
    "billing_accounts": {"012345-6789AB-CDEF01": {"iam": [{"role": "roles/billing.user", "members": [DEV]}]}},
    "projects": {
        "acme-ai-prod": {
            "number": "333333333333",
            "parent": "folders/2222",
            "billing": {"account": "012345-6789AB-CDEF01", "open": True},
            "services": SERVICES,
            "iam": [{"role": "roles/owner", "members": [DEV]}],
            "models": {"claude-sonnet-5-5": {"enabled": True}, "claude-haiku-4-5": {"enabled": True}},
            "service_accounts": {"app@acme-ai-prod.iam.gserviceaccount.com": {}},
        }
    },
}

GOOD_BODY = {
    "anthropic_version": "vertex-2023-10-16",
    "max_tokens": 16,
    "messages": [{"role": "user", "content": "Say hello."}],
}


def covers(*ids: str) -> Callable[[Test], Test]:
    """Marks a test as the one that exercises these rows of BEHAVIOURS."""

    def mark(test: Test) -> Test:
        test.covers = ids  # type: ignore[attr-defined]
        return test

    return mark


def merged(base: Any, change: Any) -> Any:
    """``change`` over ``base``: maps deeply, everything else replaced, None removes."""
    if not isinstance(base, dict) or not isinstance(change, dict):
        return deepcopy(change)
    found = dict(base)
    for key, value in change.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merged(found.get(key), value)
    return found


def data(project: Mapping[str, Any] | None = None, **change: Any) -> dict[str, Any]:
    """The base world's data, changed; ``project`` changes its one project."""
    if project is not None:
        change = merged({"projects": {"acme-ai-prod": dict(project)}}, change)
    found: dict[str, Any] = merged(deepcopy(BASE), change)
    return found


class Cloud:
    """A state that answers, for one caller."""

    def __init__(self, world: World | Mapping[str, Any], token: str = "opaque", charge: str | None = "acme-ai-prod"):
        self.world = world if isinstance(world, World) else world_from(world)
        self.state: State = start(self.world)
        self.now: datetime = self.world.now
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        if charge:
            self.headers["X-Goog-User-Project"] = charge

    def send(
        self,
        method: str,
        url: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Response:
        payload = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
        request = Request(method, url, self.headers if headers is None else headers, payload)
        self.state, response = handle(self.state, request, self.now)
        return response

    def get(self, url: str) -> Response:
        return self.send("GET", url)

    def post(self, url: str, body: Any = None) -> Response:
        return self.send("POST", url, {} if body is None else body)

    def predict(
        self,
        model: str = "claude-sonnet-5-5",
        location: str = "eu",
        body: Any = None,
        verb: str = "rawPredict",
        project: str = "acme-ai-prod",
        publisher: str = "anthropic",
    ) -> Response:
        path = f"/v1/projects/{project}/locations/{location}/publishers/{publisher}/models/{model}:{verb}"
        headers = {key: value for key, value in self.headers.items() if key == "Authorization"}
        return self.send("POST", path, {} if body is None else body, headers)


def cloud(project: Mapping[str, Any] | None = None, token: str = "opaque", **change: Any) -> Cloud:
    """A cloud over the base world, changed."""
    return Cloud(data(project, **change), token)


def reason(response: Response) -> str:
    """The ErrorInfo reason of a Google error, else empty."""
    error = response.json()
    error = error[0] if isinstance(error, list) else error
    details = error["error"].get("details") or [{}]
    found: str = details[0].get("reason", "")
    return found


def message(response: Response) -> str:
    """The message of an error in either dialect."""
    error = response.json()
    error = error[0] if isinstance(error, list) else error
    found: str = error["error"]["message"]
    return found


def passed(response: Response) -> bool:
    """Whether the empty body reached the model's own layer: every gate of the platform was passed."""
    found = response.json()
    return response.status == 400 and isinstance(found, dict) and found.get("type") == "error"
