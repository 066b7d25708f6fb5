"""Gateways: LiteLLM as library and proxy, and Envoy AI Gateway."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from vxsetup.clients import Target
from vxsetup.emit.formats import yaml_file
from vxsetup.emit.parts import File, NotWritableError
from vxsetup.emit.programs import program
from vxsetup.emit.settings import Place, Settings
from vxsetup.emit.writers.common import file_name, forbid, requirements
from vxsetup.emit.writers.libraries import BODY_VERSION


def _names(settings: Settings) -> list[tuple[str, Place]]:
    """A name for each place: the model's id, with the location behind it for a further place of the same model.

    Two places under one name would be taken for one model, and requests spread over both locations.
    """
    seen: set[str] = set()
    found = []
    for place in settings.places:
        found.append((f"{place.model}-{place.location}" if place.model in seen else place.model, place))
        seen.add(place.model)
    return found


def _litellm(settings: Settings, target: Target) -> tuple[File, ...]:
    entries = []
    for name, place in _names(settings):
        parameters = {
            "model": f"vertex_ai/{place.model}",
            "vertex_project": settings.project,
            "vertex_location": place.location,
        }
        if settings.endpoint:
            parameters["api_base"] = settings.base_url(place, "host")
        entries.append({"model_name": name, "litellm_params": parameters})
    forbid(entries, r"^os\.environ/", "LiteLLM")
    config = {
        "model_list": entries,
        "litellm_settings": {"drop_params": True},
        # The name of a variable, not the key: later versions do not start without one.
        "general_settings": {"master_key": "os.environ/LITELLM_MASTER_KEY"},
    }
    return (
        program("litellm/client.py", "litellm", "litellm", settings),
        yaml_file("litellm/config.yaml", "litellm", config),
        requirements("litellm/requirements.txt", target, settings),
    )


def _meta(name: str) -> dict[str, Any]:
    return {"name": name}


def _envoy(settings: Settings, target: Target) -> tuple[File, ...]:
    if settings.endpoint:
        raise NotWritableError(
            "the gateway sends to Google's hosts itself; an endpoint of another host has no place here"
        )
    documents: list[Any] = []
    first = {place.location: place for place in reversed(settings.places)}
    for location in settings.locations:
        documents += _envoy_backend(settings, first[location], f"claude-{file_name(location)}")
    rules = [
        {
            "matches": [{"headers": [{"type": "Exact", "name": "x-ai-eg-model", "value": name}]}],
            "backendRefs": [{"name": f"claude-{file_name(place.location)}", "modelNameOverride": place.model}],
        }
        for name, place in _names(settings)
    ]
    group = "aigateway.envoyproxy.io/v1beta1"
    parent = {"name": "claude", "kind": "Gateway", "group": "gateway.networking.k8s.io"}
    route = {
        "apiVersion": group,
        "kind": "AIGatewayRoute",
        "metadata": _meta("claude"),
        "spec": {"parentRefs": [parent], "rules": rules},
    }
    more = (
        "For Envoy AI Gateway 0.6 or later, and a Gateway named claude.",
        "Put the credentials file under the key service_account.json into the Secret claude-vertex-credentials.",
    )
    return (yaml_file("envoy-ai-gateway/claude.yaml", "envoy-ai-gateway", route, *documents, more=more),)


def _envoy_backend(settings: Settings, place: Place, name: str) -> list[Any]:
    group = "aigateway.envoyproxy.io"
    host = urlsplit(settings.origin(place)).hostname
    return [
        {
            "apiVersion": f"{group}/v1beta1",
            "kind": "AIServiceBackend",
            "metadata": _meta(name),
            "spec": {
                "schema": {"name": "GCPAnthropic", "version": BODY_VERSION},
                "backendRef": {"name": name, "kind": "Backend", "group": "gateway.envoyproxy.io"},
            },
        },
        {
            "apiVersion": f"{group}/v1beta1",
            "kind": "BackendSecurityPolicy",
            "metadata": _meta(name),
            "spec": {
                "targetRefs": [{"group": group, "kind": "AIServiceBackend", "name": name}],
                "type": "GCPCredentials",
                "gcpCredentials": {
                    "projectName": settings.project,
                    "region": place.location,
                    "credentialsFile": {"secretRef": {"name": "claude-vertex-credentials"}},
                },
            },
        },
        {
            "apiVersion": "gateway.envoyproxy.io/v1alpha1",
            "kind": "Backend",
            "metadata": _meta(name),
            "spec": {"endpoints": [{"fqdn": {"hostname": host, "port": 443}}]},
        },
        {
            "apiVersion": "gateway.networking.k8s.io/v1alpha3",
            "kind": "BackendTLSPolicy",
            "metadata": _meta(name),
            "spec": {
                "targetRefs": [{"group": "gateway.envoyproxy.io", "kind": "Backend", "name": name}],
                "validation": {"wellKnownCACertificates": "System", "hostname": host},
            },
        },
    ]


GATEWAYS: Mapping[str, Callable[[Settings, Target], tuple[File, ...]]] = {
    "litellm": _litellm,
    "envoy-ai-gateway": _envoy,
}
"""Writers by the client's name."""
