"""Cloud Billing v1: whether an open billing account is linked to a project (DISC 20260901)."""

from __future__ import annotations

from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call
from vxsetup.cloud.provider import Inputs, Outcomes, Provider, malformed, unknown
from vxsetup.facts.base import Fact, Known
from vxsetup.facts.project import Billing, BillingState

SERVICE = "cloudbilling.googleapis.com"


def _calls(key: Billing, inputs: Inputs) -> tuple[Call, ...]:
    url = f"https://{SERVICE}/v1/projects/{quote(key.project, safe=':')}/billingInfo"
    permission = "resourcemanager.projects.get"
    return (Call(SERVICE, "cloudbilling.projects.getBillingInfo", "GET", url, permission=permission),)


def _read(key: Billing, inputs: Inputs, outcomes: Outcomes) -> Fact:
    call, outcome = next(iter(outcomes.items()))
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome, hidden=True)
    data = outcome.mapping() or {}
    # A false flag and an empty account are left out of the answer, as proto3 JSON does; the name is always there.
    enabled, account = data.get("billingEnabled", False), data.get("billingAccountName", "")
    named = str(data.get("name")).endswith("/billingInfo")
    if not named or not isinstance(enabled, bool) or not isinstance(account, str):
        return malformed(call, outcome)
    return Known(BillingState(enabled, account or None), call.method, outcome.at)


PROVIDERS = (Provider(Billing, SERVICE, ("resourcemanager.projects.get",), _calls, _read),)
