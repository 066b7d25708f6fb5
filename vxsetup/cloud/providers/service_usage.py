"""Service Usage v1: the state of a project's APIs, 30 names in one request (DISC 20260921)."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from vxsetup.cloud.call import Answer, Call
from vxsetup.cloud.provider import Inputs, Outcomes, Provider, malformed, unknown
from vxsetup.facts.base import Fact, Known
from vxsetup.facts.project import Services, ServiceStates

SERVICE = "serviceusage.googleapis.com"


def _calls(key: Services, inputs: Inputs) -> tuple[Call, ...]:
    parent = f"projects/{key.project}"
    query = urlencode([("names", f"{parent}/services/{name}") for name in key.names])
    url = f"https://{SERVICE}/v1/{quote(parent, safe='/:')}/services:batchGet?{query}"
    return (Call(SERVICE, "serviceusage.services.batchGet", "GET", url, permission="serviceusage.services.get"),)


def _read(key: Services, inputs: Inputs, outcomes: Outcomes) -> Fact:
    call, outcome = next(iter(outcomes.items()))
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome)
    services = (outcome.mapping() or {}).get("services")
    states: dict[str, bool] = {}
    for item in services if isinstance(services, list) else ():
        if (
            isinstance(item, dict)
            and isinstance(item.get("name"), str)
            and item.get("state") in ("ENABLED", "DISABLED")
        ):
            states[item["name"].rpartition("/services/")[2]] = item["state"] == "ENABLED"
    if any(name not in states for name in key.names):
        return malformed(call, outcome)
    return Known(ServiceStates({name: states[name] for name in key.names}), call.method, outcome.at)


PROVIDERS = (Provider(Services, SERVICE, ("serviceusage.services.get",), _calls, _read),)
