"""Requests that use a feature which an organization policy can forbid: asked of a generated world as a client would.

A plain request, and the free probe, use no feature: that they are answered tells nothing of these.
"""

from __future__ import annotations

import json
from typing import Any

from generated_runs import GOOD_BODY, Run
from generated_worlds import PROJECT

from vxsetup.cloud.session import HttpRequest, Sender
from vxsetup.emulator.tables import location_host, shipped
from vxsetup.facts.base import Facts, Unknown
from vxsetup.facts.policies import EffectivePolicy
from vxsetup.facts.project import ProjectRecord

USES: dict[str, dict[str, Any]] = {
    "web_search": {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
    "structured_outputs": {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}},
}
"""Feature -> what a request that uses it has besides."""
COUNT = "count_tokens"
GOVERNED = (*USES, COUNT)
CONSTRAINTS = ("vertexai.allowedPartnerModelFeatures", "vertexai.allowedModels")
COUNTED_AT = sorted(shipped().count_tokens_locations)


def refused_features(run: Run) -> list[str]:
    """Every governed feature of the config that a request of the caller's cannot use, by model, feature and place.

    Tokens are counted at a few places alone and for models that are listed (VX420 warns of the rest), so that counting is
    asked for there.
    """
    found = []
    for model in run.configs.projects[0].models:
        for feature in (one for one in model.features if one in GOVERNED):
            for placement in model.locations:
                place = placement.location
                listed = model.id.partition("@")[0] in shipped().models
                if feature == COUNT and (place not in COUNTED_AT or not listed):
                    continue
                if not _used(run.sender, model.id, place, feature):
                    found.append(f"{model.id} with {feature} @ {place}")
    return found


def _used(sender: Sender, model: str, place: str, feature: str) -> bool:
    """Whether a request for a model at a place that uses a feature is answered with 200."""
    body = json.loads(GOOD_BODY)
    if feature == COUNT:
        name, body = "count-tokens", {"model": model, "messages": body["messages"]}
    else:
        name, body = model, {**body, **USES[feature]}
    path = f"v1/projects/{PROJECT}/locations/{place}/publishers/anthropic/models/{name}:rawPredict"
    headers = {"User-Agent": "anthropic"}
    sent = HttpRequest("POST", f"https://{location_host(place)}/{path}", headers, json.dumps(body).encode(), 15.0)
    response = sender.send(sent)
    return getattr(response, "status", None) == 200


def policies_unread(facts: Facts) -> bool:
    """Whether a fact that decides of features could not be read: a policy, or what lies above the project."""
    return any(
        isinstance(fact, Unknown)
        and (isinstance(key, ProjectRecord) or (isinstance(key, EffectivePolicy) and key.constraint in CONSTRAINTS))
        for key, fact in facts.items()
    )


__all__ = ["CONSTRAINTS", "COUNT", "COUNTED_AT", "GOVERNED", "USES", "policies_unread", "refused_features"]
