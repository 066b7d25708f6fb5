"""Organization Policy v2: the policy in force for one constraint on a project, one request each (DISC 20260723)."""

from __future__ import annotations

from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call
from vxsetup.cloud.provider import Inputs, Outcomes, Provider, malformed, unknown
from vxsetup.facts.answers import Shape, parse_error
from vxsetup.facts.base import Fact, Known, Unknown, UnknownCause
from vxsetup.facts.policies import EffectivePolicy, read_policy

SERVICE = "orgpolicy.googleapis.com"
PERMISSION = "orgpolicy.policy.get"


def _calls(key: EffectivePolicy, inputs: Inputs) -> tuple[Call, ...]:
    name = f"{quote(key.resource, safe='/:')}/policies/{quote(key.constraint, safe='')}"
    url = f"https://{SERVICE}/v2/{name}:getEffectivePolicy"
    collection = key.resource.partition("/")[0]
    return (Call(SERVICE, f"orgpolicy.{collection}.policies.getEffectivePolicy", "GET", url, permission=PERMISSION),)


def _read(key: EffectivePolicy, inputs: Inputs, outcomes: Outcomes) -> Fact:
    call, outcome = next(iter(outcomes.items()))
    if not isinstance(outcome, Answer):
        return unknown(call, outcome)
    if outcome.status == 404:
        # Documented for a constraint that does not exist; a missing permission answers 403, so none is named.
        error = parse_error(outcome.status, outcome.text)
        if error.shape is Shape.GOOGLE:
            need = f"an answer of {SERVICE} for the constraint {key.constraint}"
            return Unknown(UnknownCause.REFUSED, error.says, need, call.method, outcome.at, call.service)
    if not outcome.ok:
        return unknown(call, outcome)
    data = outcome.mapping() or {}
    name = data.get("name")
    # An empty spec may be left out, as proto3 JSON does.
    policy = read_policy(data.get("spec", {}))
    if not isinstance(name, str) or not name.endswith(f"/policies/{key.constraint}") or policy is None:
        return malformed(call, outcome)
    return Known(policy, call.method, outcome.at)


PROVIDERS = (Provider(EffectivePolicy, SERVICE, (PERMISSION,), _calls, _read),)
