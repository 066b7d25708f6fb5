"""The project itself, which is never removed, and its billing link (Resource Manager v3, Cloud Billing v1; DISC)."""

from __future__ import annotations

from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, json_body
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged, refused
from vxsetup.cloud.undo.base import Eyes, Made, Undoing, read, text
from vxsetup.facts.made import GONE, Standing, compared

MANAGER = "cloudresourcemanager.googleapis.com"
BILLING_API = "cloudbilling.googleapis.com"


def _look_at_project(one: Made, eyes: Eyes) -> Standing:
    action = one.action
    url = f"https://{MANAGER}/v3/projects/{quote(action['project'], safe=':')}"
    found = read(Call(MANAGER, "cloudresourcemanager.projects.get", "GET", url), eyes.send)
    if found is None:
        return GONE
    if isinstance(found, Standing):
        return found
    labels = found.get("labels")
    now = {key: labels.get(key) for key in action["labels"]} if isinstance(labels, dict) else {}
    return compared(
        (
            ("parent", action["parent"], text(found.get("parent"))),
            ("state", "ACTIVE", text(found.get("state"))),
            ("labels", text(action["labels"]), text(now)),
        )
    )


PROJECT = Undoing(_look_at_project, stays="a project is never removed by vxsetup: other things may live in it")


def _billing_url(one: Made) -> str:
    return f"https://{BILLING_API}/v1/projects/{quote(one.action['project'], safe=':')}/billingInfo"


def _look_at_billing(one: Made, eyes: Eyes) -> Standing:
    found = read(Call(BILLING_API, "cloudbilling.projects.getBillingInfo", "GET", _billing_url(one)), eyes.send)
    if isinstance(found, Standing):
        return found
    name = (found or {}).get("billingAccountName")
    return compared((("billing account", one.action["account"], text(name)),)) if name else GONE


def _unlink(one: Made, hands: Hands) -> Changed | NotChanged:
    """Link nothing, as before. An account that was linked before was not open, and is never linked again."""
    body = json_body({"billingAccountName": ""})
    outcome = hands.send(Call(BILLING_API, "cloudbilling.projects.updateBillingInfo", "PUT", _billing_url(one), body))
    return Changed() if isinstance(outcome, Answer) and outcome.ok else refused(outcome)


BILLING = Undoing(_look_at_billing, _unlink)
