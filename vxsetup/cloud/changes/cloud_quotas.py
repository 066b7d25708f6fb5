"""Cloud Quotas v1: ask for a larger limit by a quota preference (google-cloud-quotas 0.6.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, Outcome, json_body
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged, error_of, refused

SERVICE = "cloudquotas.googleapis.com"
_PAGES = 20


def prefer(action: Mapping[str, Any], hands: Hands) -> Changed | NotChanged:
    """Ask for the limit of an action: ``project``, ``quota_id``, ``dimensions``, ``value``, ``contact``,
    ``justification``.

    A quota has one preference for a set of dimensions: one that is there is raised, never lowered.
    """
    parent = f"https://{SERVICE}/v1/projects/{quote(action['project'], safe=':')}/locations/global/quotaPreferences"
    found = _existing(action, parent, hands)
    if isinstance(found, NotChanged):
        return found
    config = {"preferredValue": str(action["value"])}
    body: dict[str, Any] = {
        "service": "aiplatform.googleapis.com",
        "quotaId": action["quota_id"],
        "dimensions": dict(action["dimensions"]),
        "quotaConfig": config,
        "contactEmail": action["contact"],
    }
    if action.get("justification"):
        body["justification"] = action["justification"]
    made = {key: action[key] for key in ("project", "quota_id", "dimensions", "value")}
    if found is None:
        url = f"{parent}?quotaPreferenceId={own_name(action)}"
        hands.sending({**made, "before": None})
        outcome = hands.send(Call(SERVICE, "cloudquotas.quotaPreferences.create", "POST", url, json_body(body)))
        error = error_of(outcome)
        if error is None or error.http != 409:
            return _asked(outcome, {**made, "before": None})
        # It came meanwhile: from somebody else, or by a try of vxsetup's own whose answer was lost.
        found = _existing(action, parent, hands)
        if found is None or isinstance(found, NotChanged):
            return refused(outcome)
        if str(found["name"]).rpartition("/")[2] == own_name(action) and preferred(found) == action["value"]:
            return Changed(made={**made, "before": None, "preference": found["name"]})
    before = preferred(found)
    if before is not None and (before < 0 or before >= action["value"]):
        return Changed(already=True)
    name = str(found["name"]).rpartition("/")[2]
    url = f"{parent}/{quote(name, safe='')}"
    body |= {"etag": found["etag"]} if isinstance(found.get("etag"), str) else {}
    hands.sending({**made, "before": before, "preference": found["name"]})
    outcome = hands.send(Call(SERVICE, "cloudquotas.quotaPreferences.patch", "PATCH", url, json_body(body)))
    return _asked(outcome, {**made, "before": before})


def own_name(action: Mapping[str, Any]) -> str:
    """The id of a preference that vxsetup makes: the same each time, and known as its own."""
    seed = json_body({"quota": action["quota_id"], "dimensions": dict(action["dimensions"])})
    return "vxsetup-" + hashlib.sha256(seed.encode()).hexdigest()[:16]


def _asked(outcome: Outcome, made: Mapping[str, Any]) -> Changed | NotChanged:
    if not isinstance(outcome, Answer) or not outcome.ok:
        return refused(outcome)
    name = (outcome.mapping() or {}).get("name")
    return Changed(made={**made, "preference": name if isinstance(name, str) else None})


def _existing(action: Mapping[str, Any], parent: str, hands: Hands) -> Mapping[str, Any] | NotChanged | None:
    """The preference for this quota and these dimensions; None where there is none."""
    token = ""
    for _ in range(_PAGES):
        url = f"{parent}?pageSize=100" + (f"&pageToken={quote(token, safe='')}" if token else "")
        outcome = hands.send(Call(SERVICE, "cloudquotas.quotaPreferences.list", "GET", url))
        data = outcome.mapping() if isinstance(outcome, Answer) and outcome.ok else None
        rows = data.get("quotaPreferences", []) if data is not None else None
        if data is None or not isinstance(rows, list):
            return refused(outcome)
        for row in rows:
            if (
                isinstance(row, dict)
                and row.get("quotaId") == action["quota_id"]
                and (row.get("dimensions") or {}) == dict(action["dimensions"])
                and isinstance(row.get("name"), str)
            ):
                return row
        token = data.get("nextPageToken") or ""
        if not isinstance(token, str) or not token:
            return None
    return NotChanged("the list of quota preferences does not end")


def preferred(row: Mapping[str, Any]) -> int | None:
    """The limit that a preference asks for; None where it names none."""
    config = row.get("quotaConfig")
    value = config.get("preferredValue") if isinstance(config, dict) else None
    try:
        return int(value) if isinstance(value, (str, int)) else None
    except ValueError:
        return None
