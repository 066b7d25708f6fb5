"""Vertex AI v1beta1: enable a model, and set a publisher model's config under an update mask (DISC 20261106)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, Outcome, json_body
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged, finished, refused, seal
from vxsetup.facts.logging import logging_state, with_logging, without_read_only
from vxsetup.facts.models import ModelConfig

SERVICE = "aiplatform.googleapis.com"


def enable_model(action: Mapping[str, Any], hands: Hands) -> Changed | NotChanged:
    """Enable the model of an action: ``project``, ``model``, ``card`` (where a person does what the API cannot)."""
    project, model = quote(action["project"], safe=":"), quote(action["model"], safe="@")
    url = f"https://{SERVICE}/v1beta1/projects/{project}/publishers/anthropic/models/{model}:enableModel"
    made = {"project": action["project"], "model": action["model"]}
    hands.sending(made)
    outcome = hands.send(Call(SERVICE, "aiplatform.projects.publishers.models.enableModel", "POST", url, "{}"))
    if not isinstance(outcome, Answer) or not outcome.ok:
        ended = refused(outcome)
        return NotChanged(f"{ended.says}. By hand: {action['card']}", ended.permission, ended.unsure)
    state = (outcome.mapping() or {}).get("enablementState")
    if state != "ENABLEMENT_STATE_SUCCEEDED":
        return NotChanged(
            f"the API enables nothing before the form is answered and the terms are accepted ({state}). By hand: {action['card']}"
        )
    return Changed(made=made)


def set_model_config(action: Mapping[str, Any], hands: Hands) -> Changed | NotChanged:
    """Set some fields of a config: ``host``, ``project``, ``location``, ``model``, ``mask``, ``config``.

    The mask names exactly the fields that are set: without one the whole config would be replaced (DISC). With
    ``at_least`` each field is completed from what stands there at that moment, so that nothing that is set is lost, and
    is not written where it cannot be read.
    """
    base = config_base(action)
    read = hands.send(Call(SERVICE, "aiplatform fetchPublisherModelConfig", "GET", f"{base}:fetchPublisherModelConfig"))
    before = read.mapping() if isinstance(read, Answer) and read.ok else None
    names = [name for name in action["mask"].split(",") if name]
    wanted = completed(before, action, read)
    if isinstance(wanted, NotChanged):
        return wanted
    if before is not None and all(without_read_only(before.get(name)) == wanted.get(name) for name in names):
        return Changed(already=True)
    body = json_body({"publisherModelConfig": wanted, "updateMask": action["mask"]})
    call = Call(SERVICE, "aiplatform setPublisherModelConfig", "POST", f"{base}:setPublisherModelConfig", body)

    def poll(name: str) -> Call:
        url = f"https://{action['host']}/v1beta1/{quote(name, safe='/.-_')}"
        return Call(SERVICE, "aiplatform.projects.locations.operations.get", "GET", url)

    old = {name: before.get(name) for name in names} if before is not None else None
    made = {**{key: action[key] for key in ("project", "location", "model", "mask")}, "config": wanted, "before": old}
    whole = {**(before or {}), **{name: wanted.get(name) for name in names}}
    hands.sending({**made, "sent": config_seal(whole)})
    ended = finished(hands.send(call), poll, SERVICE, hands)
    return ended if isinstance(ended, NotChanged) else Changed(made=made)


def completed(before: Mapping[str, Any] | None, action: Mapping[str, Any], read: Outcome) -> Any:
    """The fields to be set: as the action has them, or where it says ``at_least`` completed from those that were read."""
    asked = action["config"]
    if not action.get("at_least"):
        return asked
    if before is None:
        ended = refused(read)
        return NotChanged(
            f"its settings could not be read, so that they are not written: {ended.says}", ended.permission
        )
    found = {}
    for name, value in asked.items():
        old = before.get(name) or {}
        whole = isinstance(old, Mapping) and (name != "loggingConfig" or logging_state(ModelConfig(before)) is not None)
        if not whole:
            return NotChanged(f"its {name} is not as Google's documents have it, so that it is not written")
        found[name] = with_logging(ModelConfig(before), value) if name == "loggingConfig" else {**old, **value}
    return found


def config_base(action: Mapping[str, Any]) -> str:
    """The address of a model's config, without the verb."""
    place = f"projects/{quote(action['project'], safe=':')}/locations/{quote(action['location'])}"
    return f"https://{action['host']}/v1beta1/{place}/publishers/anthropic/models/{quote(action['model'], safe='@')}"


def config_seal(config: Mapping[str, Any]) -> str:
    """The seal of a whole config; a field without a value is as good as none."""
    return seal(config={name: without_read_only(value) for name, value in config.items() if value})
