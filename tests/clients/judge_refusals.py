"""One refused world for each gate of a request, and what is asked in it: by ``check``, by Anthropic's SDK and by ``explain``."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import rule_cases

World = dict[str, Any]
Change = Callable[[World], None]

DEV = "user:dev@acme.example"
PROJECT = "acme-ai-prod"
AIPLATFORM = "aiplatform.googleapis.com"
ORDERS = ("enablement-first", "zero-quota-first")
SONNET, FABLE, HAIKU = "claude-sonnet-5-5", "claude-fable-5-1", "claude-haiku-4-5@20251001"
SEARCH: Mapping[str, Any] = {"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 1}]}


@dataclass(frozen=True)
class Refused:
    """A world that refuses, and what must be said of it.

    ``rule`` is the root failure (severity error) that ``check`` must name, and but for ``beside`` the only one; ``status``
    and ``error`` are what the SDK shows, the latter by the name of its exception. ``cause`` is what the diagnosis must
    name: first, or where the answer has several causes (``opaque``) among the first three, and first once it may ask the
    cloud. ``page`` is the rule of that cause's page, where it is another one than ``rule``. ``more`` goes into the SDK's
    request, ``features`` and ``elsewhere`` (further locations of the model) into the config; ``only`` are the platform's
    orders of checks in which this is the answer.
    """

    change: Change
    rule: str
    status: int
    error: str
    cause: str
    model: str = SONNET
    location: str = "eu"
    project: str = PROJECT
    opaque: bool = False
    features: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    only: tuple[str, ...] = ORDERS
    beside: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    page: str | None = None


def _project(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world["projects"][PROJECT]
    return found


def healthy() -> World:
    """A world in which every request of this file is answered, until it is changed."""
    world: World = copy.deepcopy(rule_cases.loaded(rule_cases.CASES / "base-world.yaml"))
    features = {"allowed": [f"publishers/anthropic/models/{SONNET}:web_search"]}
    world["organization"]["policies"] = {"vertexai.allowedPartnerModelFeatures": features}
    project = _project(world)
    project["models"][FABLE] = {"enabled": True, "data_sharing": True, "addendum": True}
    project["quotas"] = {
        "eu": {"anthropic-claude-sonnet": {"requests": 1250}, "anthropic-claude-fable": {"requests": 10}},
        "us": {"anthropic-claude-sonnet": {"requests": 1250}},
        "global": {"anthropic-claude-sonnet": {"requests": 1250}},
        "us-east5": {"anthropic-claude-haiku-4-5": {"requests": 100}},
        "europe-west1": {"anthropic-claude-haiku-4-5": {"requests": 100}},
        "us-central1": {"anthropic-claude-haiku-4-5": {"requests": 100}},
    }
    return world


def config_of(asked: Refused) -> dict[str, Any]:
    """The config that asks for what the request asks for."""
    model: dict[str, Any] = {"id": asked.model, "locations": [asked.location, *asked.elsewhere]}
    if asked.features:
        model["features"] = list(asked.features)
    return {"version": 1, "project": {"id": asked.project}, "models": [model]}


def world_of(asked: Refused, order: str) -> World:
    """The world that refuses, with one of the platform's orders of checks."""
    world = healthy()
    world.setdefault("behaviour", {})["check_order"] = order
    asked.change(world)
    return world


# What closes a gate ---------------------------------------------------------------------------------------------------


def _api(world: World) -> None:
    _project(world)["services"].remove(AIPLATFORM)


def _billing(world: World) -> None:
    _project(world)["billing"]["open"] = False


def _unbilled(world: World) -> None:
    _project(world)["billing"] = None


def _grant(world: World) -> None:
    project = _project(world)
    project["iam"] = [one for one in project["iam"] if one["role"] != "roles/aiplatform.user"]


def _lapsed(world: World) -> None:
    _grant(world)
    condition = {"title": "until", "expression": 'request.time < timestamp("2026-10-31T00:00:00Z")'}
    _project(world)["iam"].append({"role": "roles/aiplatform.user", "members": [DEV], "condition": condition})


def _deny(world: World) -> None:
    rule = {
        "principals": ["principal://goog/subject/dev@acme.example"],
        "permissions": [f"{AIPLATFORM}/endpoints.predict"],
    }
    world["folders"]["2222"]["deny"] = [{"id": "no-models", "rules": [rule]}]


def _policy(constraint: str, policy: Mapping[str, Any]) -> Change:
    def change(world: World) -> None:
        world["organization"]["policies"][constraint] = dict(policy)

    return change


def _models(name: str, **entry: Any) -> Change:
    def change(world: World) -> None:
        _project(world)["models"][name] = {**_project(world)["models"].get(name, {}), **entry}

    return change


def _quota(location: str, base: str) -> Change:
    def change(world: World) -> None:
        _project(world)["quotas"][location][base] = {"requests": 0}

    return change


def _all(*changes: Change) -> Change:
    def change(world: World) -> None:
        for one in changes:
            one(world)

    return change


def _nothing(world: World) -> None:
    """The world is healthy; what is asked is not."""


def _deleted(world: World) -> None:
    """Being deleted, and read by a caller who is charged in another project."""
    _project(world)["state"] = "DELETE_REQUESTED"
    world["projects"]["acme-tools"] = {
        "number": "555555555555",
        "parent": "folders/2222",
        "services": [
            "cloudresourcemanager.googleapis.com",
            "serviceusage.googleapis.com",
            "cloudbilling.googleapis.com",
        ],
        "iam": [{"role": "roles/serviceusage.serviceUsageConsumer", "members": [DEV]}],
    }
    world["caller"]["quota_project"] = "acme-tools"


_OTHERS = {"allowed": ["publishers/google/models/gemini-3-pro:predict"]}
_NO_FEATURE = {"denied": [f"publishers/anthropic/models/{SONNET}:web_search"]}
_GLOBAL_HOST = {"denied": ["aiplatform.googleapis.com"]}
_MODELS, _FEATURES = "vertexai.allowedModels", "vertexai.allowedPartnerModelFeatures"
_FORBIDDEN, _BAD, _MISSING, _LIMITED = "PermissionDeniedError", "BadRequestError", "NotFoundError", "RateLimitError"
_BOTH = _all(_models(SONNET, enabled=False), _quota("eu", "anthropic-claude-sonnet"))

REFUSED: dict[str, Refused] = {
    "api": Refused(_api, "VX203", 403, _FORBIDDEN, "api-disabled"),
    "billing-closed": Refused(_billing, "VX202", 403, _FORBIDDEN, "billing-disabled"),
    "billing-none": Refused(_unbilled, "VX202", 403, _FORBIDDEN, "billing-disabled"),
    "grant": Refused(_grant, "VX302", 403, _FORBIDDEN, "iam-missing-predict"),
    "grant-lapsed": Refused(_lapsed, "VX302", 403, _FORBIDDEN, "iam-missing-predict"),
    "deny-policy": Refused(_deny, "VX302", 403, _FORBIDDEN, "iam-missing-predict"),
    "policy-model": Refused(_policy(_MODELS, _OTHERS), "VX501", 400, _BAD, "org-policy"),
    "policy-feature": Refused(
        _policy(_FEATURES, _NO_FEATURE), "VX503", 400, _BAD, "org-policy-feature", features=("web_search",), more=SEARCH
    ),
    "policy-service": Refused(
        _policy("gcp.restrictServiceUsage", {"denied": [AIPLATFORM]}), "VX501", 403, _FORBIDDEN, "org-policy"
    ),
    "policy-endpoint": Refused(
        _policy("gcp.restrictEndpointUsage", _GLOBAL_HOST), "VX501", 403, _FORBIDDEN, "org-policy", location="global"
    ),
    "not-served-region": Refused(
        _nothing, "VX405", 400, _BAD, "model-not-in-region", model=HAIKU, location="us-central1"
    ),
    "not-served-multi-region": Refused(
        _models(SONNET, locations=["us"]),
        "VX405",
        404,
        _MISSING,
        "model-not-in-region",
        opaque=True,
        elsewhere=("us",),
    ),
    "not-enabled": Refused(_models(SONNET, enabled=False), "VX406", 404, _MISSING, "model-not-enabled", opaque=True),
    "data-sharing": Refused(
        _models(FABLE, data_sharing=False), "VX407", 403, _FORBIDDEN, "data-sharing-required", model=FABLE
    ),
    "addendum": Refused(_models(FABLE, addendum=False), "VX407", 403, _FORBIDDEN, "data-sharing-required", model=FABLE),
    "quota-zero": Refused(_quota("eu", "anthropic-claude-sonnet"), "VX602", 429, _LIMITED, "quota-zero", opaque=True),
    "quota-zero-region": Refused(
        _quota("europe-west1", "anthropic-claude-haiku-4-5"),
        "VX602",
        429,
        _LIMITED,
        "quota-zero",
        model=HAIKU,
        location="europe-west1",
        opaque=True,
    ),
    "retired-model": Refused(_nothing, "VX402", 404, _MISSING, "retired-model", model="claude-3-7-sonnet@20250219"),
    "first-party-id": Refused(_nothing, "VX401", 404, _MISSING, "bad-model-id", model="claude-sonnet-4-5-20250929"),
    "bedrock-id": Refused(
        _nothing, "VX401", 404, _MISSING, "bad-model-id", model="anthropic.claude-sonnet-4-5-20250929-v1:0"
    ),
    "invented-id": Refused(
        _nothing, "VX404", 404, _MISSING, "bad-model-id", model="claude-sonnet-9-9", opaque=True, page="VX401"
    ),
    "wrong-project": Refused(
        _nothing, "VX302", 403, _FORBIDDEN, "wrong-project", project="acme-ai-nowhere", opaque=True, page="VX201"
    ),
    "deleted-project": Refused(_deleted, "VX201", 403, _FORBIDDEN, "wrong-project", opaque=True),
    "not-enabled-and-no-quota": Refused(
        _BOTH, "VX406", 404, _MISSING, "model-not-enabled", opaque=True, only=ORDERS[:1], beside=("VX602",)
    ),
    "no-quota-and-not-enabled": Refused(_BOTH, "VX602", 429, _LIMITED, "quota-zero", opaque=True, only=ORDERS[1:]),
}
"""Name -> what refuses and what must be said."""
