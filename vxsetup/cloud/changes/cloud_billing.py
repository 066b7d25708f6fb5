"""Cloud Billing v1: link a billing account to a project (DISC 20260901)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, json_body
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged, refused

SERVICE = "cloudbilling.googleapis.com"


def link(action: Mapping[str, Any], hands: Hands) -> Changed | NotChanged:
    """Link the account of an action: ``project``, ``account`` (``billingAccounts/…``)."""
    url = f"https://{SERVICE}/v1/projects/{quote(action['project'], safe=':')}/billingInfo"
    body = json_body({"billingAccountName": action["account"]})
    made = {"project": action["project"], "account": action["account"]}
    hands.sending(made)
    outcome = hands.send(Call(SERVICE, "cloudbilling.projects.updateBillingInfo", "PUT", url, body))
    if not isinstance(outcome, Answer) or not outcome.ok:
        return refused(outcome)
    if (outcome.mapping() or {}).get("billingEnabled") is not True:
        says = f"{action['account']} was linked, and billing is not on: the account may be closed"
        return NotChanged(says, made=made)
    return Changed(made=made)
