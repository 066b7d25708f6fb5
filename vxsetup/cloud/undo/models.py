"""Models that were enabled, settings of models, and quota preferences (Vertex AI v1beta1, Cloud Quotas v1)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, json_body
from vxsetup.cloud.changes.aiplatform import SERVICE as VERTEX
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged, finished
from vxsetup.cloud.changes.cloud_quotas import SERVICE as QUOTAS
from vxsetup.cloud.undo.base import Eyes, Made, Undoing, read, text
from vxsetup.facts.logging import without_read_only
from vxsetup.facts.made import AS_MADE, GONE, MadeState, Standing, compared


def _enabled(one: Made, eyes: Eyes) -> Standing:
    """No read shows whether a model is enabled; that a request gets through is what ``check`` sees."""
    return Standing(MadeState.UNKNOWN, says="no read shows it: vxsetup check does, by a request")


ENABLED = Undoing(
    _enabled, stays="an API that takes the terms of a model back is not documented; the model stays enabled"
)


def _config_base(one: Made) -> str:
    action = one.action
    place = f"projects/{quote(action['project'], safe=':')}/locations/{quote(action['location'])}"
    return f"https://{action['host']}/v1beta1/{place}/publishers/anthropic/models/{quote(action['model'], safe='@')}"


def _names(one: Made) -> list[str]:
    return [name for name in str(one.action["mask"]).split(",") if name]


def _shown(value: Any) -> str | None:
    if isinstance(value, (dict, list)):
        return json.dumps(value, sort_keys=True, ensure_ascii=True) if value else None
    return text(value)


def _look_at_config(one: Made, eyes: Eyes) -> Standing:
    url = f"{_config_base(one)}:fetchPublisherModelConfig"
    found = read(Call(VERTEX, "aiplatform fetchPublisherModelConfig", "GET", url), eyes.send)
    if found is None:
        return GONE
    if isinstance(found, Standing):
        return found
    wanted, names = one.made.get("config") or one.action["config"], _names(one)
    if all(not found.get(name) for name in names):
        return GONE
    rows = tuple((name, _shown(wanted.get(name)), _shown(without_read_only(found.get(name)))) for name in names)
    return compared(rows)


def _restore(one: Made, hands: Hands) -> Changed | NotChanged:
    """Give the fields the values that they had before; one that had none is cleared. Other fields stay (update mask)."""
    before = one.made.get("before")
    if not isinstance(before, dict):
        return NotChanged(
            "what stood there before could not be read when it was changed, so that it cannot be restored"
        )
    old = {name: without_read_only(before[name]) for name in _names(one) if before.get(name) is not None}
    url = f"{_config_base(one)}:setPublisherModelConfig"
    body = json_body({"publisherModelConfig": old, "updateMask": one.action["mask"]})

    def poll(name: str) -> Call:
        address = f"https://{one.action['host']}/v1beta1/{quote(name, safe='/.-_')}"
        return Call(VERTEX, "aiplatform.projects.locations.operations.get", "GET", address)

    outcome = hands.send(Call(VERTEX, "aiplatform setPublisherModelConfig", "POST", url, body))
    ended = finished(outcome, poll, VERTEX, hands)
    return Changed() if isinstance(ended, Answer) else ended


CONFIG = Undoing(_look_at_config, _restore)


def _look_at_preference(one: Made, eyes: Eyes) -> Standing:
    name = one.made.get("preference")
    if not isinstance(name, str) or not name.startswith("projects/"):
        return Standing(MadeState.UNKNOWN, says="the journal does not name the preference")
    url = f"https://{QUOTAS}/v1/{quote(name, safe='/:')}"
    found = read(Call(QUOTAS, "cloudquotas.quotaPreferences.get", "GET", url), eyes.send)
    if found is None:
        return GONE
    if isinstance(found, Standing):
        return found
    config = found.get("quotaConfig")
    value = config.get("preferredValue") if isinstance(config, dict) else None
    if str(value) == str(one.action["value"]):
        return AS_MADE
    return compared((("preferred value", str(one.action["value"]), text(value)),))


QUOTA = Undoing(
    _look_at_preference,
    stays="Cloud Quotas has no call that deletes a preference; the limit stays until somebody asks for a smaller one",
)
