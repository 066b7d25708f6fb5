"""A publisher model's own settings in a project: the fact that tells them, and the one request that sets one of them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from vxsetup.facts.models import PublisherModelConfig
from vxsetup.rules.path import Target


def settings_of(target: Target) -> PublisherModelConfig | None:
    """The settings of a model at a location; None where its id cannot stand in a request."""
    if target.probe is None:
        return None
    return PublisherModelConfig(target.project, target.location, target.bare_id, target.probe.host)


def set_command(place: Target, field: str, value: str | Mapping[str, Any]) -> str | None:
    """The one request that sets a field of a model's settings. Its mask keeps the other fields as they are (DISC)."""
    if place.probe is None:
        return None
    body = {"publisherModelConfig": {field: value}, "updateMask": field}
    name = f"projects/{place.project}/locations/{place.location}/publishers/anthropic/models/{place.bare_id}"
    url = f"https://{place.probe.host}/v1beta1/{name}:setPublisherModelConfig"
    return (
        'curl -X POST -H "Authorization: Bearer $(gcloud auth print-access-token)" -H "Content-Type: application/json" '
        f"-d {shlex.quote(json.dumps(body))} {shlex.quote(url)}"
    )
