"""Policy Troubleshooter v3: whether a user or a service account holds a permission, as Google evaluates it (DISC)."""

from __future__ import annotations

from vxsetup.cloud.call import Answer, Call, json_body
from vxsetup.cloud.provider import Inputs, Outcomes, Provider, malformed, unknown
from vxsetup.facts.access import Opinion, SecondOpinion
from vxsetup.facts.base import Fact, Known

SERVICE = "policytroubleshooter.googleapis.com"
_STATES = ("CAN_ACCESS", "CANNOT_ACCESS", "UNKNOWN_INFO", "UNKNOWN_CONDITIONAL")


def _calls(key: SecondOpinion, inputs: Inputs) -> tuple[Call, ...]:
    asked = {
        "principal": key.principal.partition(":")[2],
        "fullResourceName": f"//cloudresourcemanager.googleapis.com/projects/{key.project}",
        "permission": key.permission,
    }
    url = f"https://{SERVICE}/v3/iam:troubleshoot"
    # It asks for no permission of its own: it tells what the caller's other permissions let it see.
    return (Call(SERVICE, "policytroubleshooter.iam.troubleshoot", "POST", url, json_body({"accessTuple": asked})),)


def _read(key: SecondOpinion, inputs: Inputs, outcomes: Outcomes) -> Fact:
    call, outcome = next(iter(outcomes.items()))
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome)
    data = outcome.mapping() or {}
    overall, asked = data.get("overallAccessState"), data.get("accessTuple")
    same = isinstance(asked, dict) and asked.get("principal") == key.principal.partition(":")[2]
    if overall not in _STATES or not same:
        return malformed(call, outcome)
    allow, deny = data.get("allowPolicyExplanation"), data.get("denyPolicyExplanation")
    value = Opinion(
        overall,
        str(allow.get("allowAccessState", "")) if isinstance(allow, dict) else "",
        str(deny.get("denyAccessState", "")) if isinstance(deny, dict) else "",
    )
    return Known(value, call.method, outcome.at)


PROVIDERS = (Provider(SecondOpinion, SERVICE, (), _calls, _read),)
