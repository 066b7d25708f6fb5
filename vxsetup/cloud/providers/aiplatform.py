"""Vertex AI: the publisher's list through Google's client, the free probe and a model's settings by plain REST.

The generated ``raw_predict`` wraps the body and cannot carry Claude's (found by experiment with
google-cloud-aiplatform 2.7.0), so the probe is a request of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, json_body
from vxsetup.cloud.provider import Inputs, Outcomes, Provider, malformed, not_google, unknown
from vxsetup.facts.answers import Shape, parse_error
from vxsetup.facts.base import ABSENT, Fact, Known
from vxsetup.facts.models import Listed, ModelConfig, Passed, Probe, PublisherModel, PublisherModelConfig, Stopped
from vxsetup.facts.refusal import Cause, classify
from vxsetup.findings import Rung

SERVICE = "aiplatform.googleapis.com"

PROBE_BODY = "{}"
"""A body that the model's own layer must refuse, so that nothing is generated and nothing is billed: it lacks
``anthropic_version``, ``max_tokens`` and ``messages`` (F#63086630148 uses exactly this)."""

PAID_BODY = json_body(
    {
        "anthropic_version": "vertex-2023-10-16",
        "max_tokens": 1,
        "messages": [{"role": "user", "content": "Hi"}],
    }
)
"""The smallest real request. Models differ in the other fields that they take, so it has none (LITELLM, AISDK)."""


def _listed_calls(key: PublisherModel, inputs: Inputs) -> tuple[Call, ...]:
    name = f"publishers/anthropic/models/{key.model}"
    return (
        Call(
            SERVICE,
            "aiplatform.publishers.models.get",
            "GET",
            f"https://{SERVICE}/v1/{quote(name, safe='/@')}",
            generated=("model_garden", "get_publisher_model", json.dumps({"name": name})),
        ),
    )


def _listed_read(key: PublisherModel, inputs: Inputs, outcomes: Outcomes) -> Fact:
    call, outcome = next(iter(outcomes.items()))
    if not isinstance(outcome, Answer):
        return unknown(call, outcome)
    if outcome.status == 404 and parse_error(outcome.status, outcome.text).shape is Shape.GOOGLE:
        return Known(ABSENT, call.method, outcome.at, Rung.LISTED)
    if not outcome.ok:
        return unknown(call, outcome)
    data = outcome.mapping() or {}
    if not isinstance(data.get("name"), str) or not data["name"].startswith("publishers/anthropic/models/"):
        return malformed(call, outcome)
    stage, version = data.get("launchStage"), data.get("versionId")
    value = Listed(str(stage) if stage else None, str(version) if version else None)
    return Known(value, call.method, outcome.at, Rung.LISTED)


def _probe_calls(key: Probe, inputs: Inputs) -> tuple[Call, ...]:
    project, location, model = (quote(part, safe=":@") for part in (key.project, key.location, key.model))
    path = f"v1/projects/{project}/locations/{location}/publishers/anthropic/models/{model}:rawPredict"
    return (
        Call(
            SERVICE,
            "aiplatform rawPredict",
            "POST",
            f"https://{key.host}/{path}",
            body=PAID_BODY if key.paid else PROBE_BODY,
            permission="aiplatform.endpoints.predict",
            probe=True,
        ),
    )


def _probe_read(key: Probe, inputs: Inputs, outcomes: Outcomes) -> Fact:
    call, outcome = next(iter(outcomes.items()))
    if not isinstance(outcome, Answer):
        return unknown(call, outcome)
    if outcome.ok:
        return _answered(call, outcome, Rung.SMOKED if key.paid else Rung.PROBED)
    error = parse_error(outcome.status, outcome.text)
    if error.shape is Shape.ANTHROPIC and error.http == 400:
        return Known(Passed(error.says), call.method, outcome.at, Rung.PROBED)
    refusal = classify(error)
    if refusal.cause in (Cause.SERVER, Cause.TRANSIENT) or not_google(refusal):
        return unknown(call, outcome)
    return Known(Stopped(refusal), call.method, outcome.at, Rung.PROBED)


def _answered(call: Call, outcome: Answer, rung: Rung) -> Fact:
    """A success counts only when it is plainly a message of the model; for the free probe's body it is a surprise."""
    data = outcome.mapping() or {}
    if data.get("type") == "message" and isinstance(data.get("content"), list):
        return Known(Passed(f"{outcome.status}: the model answered"), call.method, outcome.at, rung)
    return malformed(call, outcome)


def _config_calls(key: PublisherModelConfig, inputs: Inputs) -> tuple[Call, ...]:
    project, location, model = (quote(part, safe=":@") for part in (key.project, key.location, key.model))
    path = f"v1beta1/projects/{project}/locations/{location}/publishers/anthropic/models/{model}"
    url = f"https://{key.host}/{path}:fetchPublisherModelConfig"
    return (Call(SERVICE, "aiplatform.publishers.models.fetchPublisherModelConfig", "GET", url),)


def _config_read(key: PublisherModelConfig, inputs: Inputs, outcomes: Outcomes) -> Fact:
    """The raw object: the generated ``PublisherModelConfig`` would drop the fields that it does not know."""
    call, outcome = next(iter(outcomes.items()))
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome)
    data = outcome.mapping()
    if data is None or not _is_config(data):
        return malformed(call, outcome)
    return Known(ModelConfig(data), call.method, outcome.at)


def _is_config(data: Mapping[str, Any]) -> bool:
    """Whether an object can be a model's settings: empty, or with at least one name that the surface has (DISC); one
    that has none of them was not answered by the API, and must not be read as settings that are all off."""
    if data and not any(name.endswith("Config") or name == "dataSharingEnabledProvider" for name in data):
        return False
    sharing = data.get("dataSharingEnabledProvider", "")
    return isinstance(sharing, str) and all(isinstance(data[n], dict) for n in data if n.endswith("Config"))


PROVIDERS = (
    Provider(PublisherModel, SERVICE, (), _listed_calls, _listed_read),
    Provider(Probe, SERVICE, ("aiplatform.endpoints.predict",), _probe_calls, _probe_read),
    Provider(PublisherModelConfig, SERVICE, (), _config_calls, _config_read),
)
