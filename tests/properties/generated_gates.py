"""Gates closed one by one and two by two in an otherwise healthy world, at each level of the hierarchy and in each order.

The config asks for features that policies govern, so that their gates stand beside those of plain requests.

By construction every gate, every pair of gates and both orders of the platform's checks are met, whatever chance brings.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

from generated_choices import Choices
from generated_worlds import AIPLATFORM, DEV, PROJECT, V2_PREDICT, Case, generated, v2_principal

MODEL, PLACE = "claude-fable-5-1", "eu"
"""A model behind the publisher's gates, so that these can be closed too."""
OTHER, REGION = "claude-haiku-4-5", "europe-west1"
"""A second model at a region of its own, where a place that does not serve it is refused in other words."""
FEATURES = ["web_search", "structured_outputs", "count_tokens"]
MODELS = [
    {"id": MODEL, "locations": [PLACE], "features": FEATURES},
    {"id": f"{OTHER}@20251001", "locations": [REGION]},
]
ORDERS = ("enablement-first", "zero-quota-first")
Close = Callable[[dict[str, Any]], None]


def _nodes(world: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        "organization": world["organization"],
        "folder": world["folders"]["2222"],
        "project": world["projects"][PROJECT],
    }


def _project(world: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = world["projects"][PROJECT]
    return found


def _no_api(world: dict[str, Any]) -> None:
    _project(world)["services"].remove(AIPLATFORM)


def _no_billing(world: dict[str, Any]) -> None:
    _project(world)["billing"] = {"account": "012345-6789AB-CDEF01", "open": False}


def _no_grant(world: dict[str, Any]) -> None:
    for node in _nodes(world).values():
        node["iam"] = [one for one in node["iam"] if one["role"] != "roles/aiplatform.user"]


def _lapsed(world: dict[str, Any]) -> None:
    _no_grant(world)
    condition = {"title": "until", "expression": 'request.time < timestamp("2026-11-01T00:00:00Z")'}
    _project(world)["iam"].append({"role": "roles/aiplatform.user", "members": [DEV], "condition": condition})


def _denied(level: str) -> Close:
    def close(world: dict[str, Any]) -> None:
        rule = {"principals": [v2_principal(DEV)], "permissions": [V2_PREDICT]}
        _nodes(world)[level].setdefault("deny", []).append({"id": "no-calls", "rules": [rule]})

    return close


def _policy(level: str, constraint: str, policy: dict[str, Any]) -> Close:
    def close(world: dict[str, Any]) -> None:
        _nodes(world)[level].setdefault("policies", {})[constraint] = policy

    return close


def _not_served(world: dict[str, Any]) -> None:
    _project(world)["models"][MODEL]["locations"] = ["us"]


def _not_in_region(world: dict[str, Any]) -> None:
    _project(world)["models"][OTHER]["locations"] = ["us-east5"]


def _not_enabled(world: dict[str, Any]) -> None:
    _project(world)["models"][MODEL]["enabled"] = False


def _no_consent(world: dict[str, Any]) -> None:
    _project(world)["models"][MODEL]["data_sharing"] = False


def _no_addendum(world: dict[str, Any]) -> None:
    _project(world)["models"][MODEL]["addendum"] = False


def _no_quota(world: dict[str, Any]) -> None:
    _project(world)["quotas"][PLACE] = {"anthropic-claude-fable": {"requests": 0}}


def _no_feature_policy(world: dict[str, Any]) -> None:
    """Nothing is in force, and inside an organization that denies."""
    world["organization"]["policies"].pop(OF_FEATURES, None)


OF_FEATURES = "vertexai.allowedPartnerModelFeatures"
_NAMED = f"publishers/anthropic/models/{MODEL}"
LEVELS = ("organization", "folder", "project")
EU_HOST = "aiplatform.eu.rep.googleapis.com"
_BOTH = [f"publishers/anthropic/models/{name}:predict" for name in (MODEL, OTHER)]
_OTHERS_ONLY = {"allowed": ["publishers/google/models/gemini-3-pro:predict"]}
GATES: dict[str, Close] = {
    "api": _no_api,
    "billing": _no_billing,
    "grant": _no_grant,
    "grant-lapsed": _lapsed,
    **{f"deny@{level}": _denied(level) for level in LEVELS},
    **{f"models-policy@{level}": _policy(level, "vertexai.allowedModels", _OTHERS_ONLY) for level in LEVELS},
    **{
        f"service-policy@{level}": _policy(level, "gcp.restrictServiceUsage", {"denied": [AIPLATFORM]})
        for level in LEVELS
    },
    **{
        f"endpoint-policy@{level}": _policy(level, "gcp.restrictEndpointUsage", {"denied": [EU_HOST]})
        for level in LEVELS
    },
    **{
        f"feature-policy@{level}": _policy(level, OF_FEATURES, {"allowed": [f"{_NAMED}:structured_outputs"]})
        for level in LEVELS
    },
    "feature-denied": _policy("folder", OF_FEATURES, {"denied": [_NAMED], "inherit": True}),
    "feature-default": _no_feature_policy,
    "feature-reset": _policy("project", OF_FEATURES, {"reset": True}),
    "counting": _policy("folder", "vertexai.allowedModels", {"allowed": _BOTH}),
    "served": _not_served,
    "served-in-region": _not_in_region,
    "enabled": _not_enabled,
    "data-sharing": _no_consent,
    "addendum": _no_addendum,
    "quota": _no_quota,
}
"""Gate (and level) -> what closes it."""


def closed(gates: tuple[str, ...], order: str) -> Case:
    """A healthy world in which these gates are closed."""
    base = generated(Choices(lambda count, wild: 0))
    world = copy.deepcopy(base.world)
    _project(world)["models"] = {
        MODEL: {"enabled": True, "data_sharing": True, "addendum": True},
        OTHER: {"enabled": True},
    }
    world["organization"].setdefault("policies", {})[OF_FEATURES] = {"allowed": ["publishers/anthropic"]}
    world["behaviour"]["check_order"] = order
    for gate in gates:
        GATES[gate](world)
    config = {"version": 1, "project": {"id": PROJECT}, "models": MODELS}
    return Case(json.dumps(config), world, ())


def combined() -> Iterator[tuple[tuple[str, ...], str]]:
    """Every gate alone and every pair of gates, in each order of the platform's checks."""
    names = tuple(GATES)
    for order in ORDERS:
        for gates in (*((name,) for name in names), *combinations(names, 2)):
            yield gates, order
