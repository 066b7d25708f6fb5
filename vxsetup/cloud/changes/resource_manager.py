"""Resource Manager v3: make a project, and give a role in the allow policy of a resource (DISC, IAMD)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, json_body
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged, error_of, finished, lost, refused, seal

SERVICE = "cloudresourcemanager.googleapis.com"
_V3 = f"https://{SERVICE}/v3"


def create_project(action: Mapping[str, Any], hands: Hands) -> Changed | NotChanged:
    """Make the project of an action: ``project``, ``parent``, ``labels``.

    Google answers 409 both for an id that somebody else has and for one that vxsetup itself took in a try whose answer
    was lost; only a project that can be read, under the right parent and with vxsetup's label, is taken as its own.
    """
    body = json_body(
        {
            "projectId": action["project"],
            "displayName": action["project"][:30],
            "parent": action["parent"],
            "labels": dict(action["labels"]),
        }
    )
    hands.sending({"project": action["project"]})
    outcome = hands.send(Call(SERVICE, "cloudresourcemanager.projects.create", "POST", f"{_V3}/projects", body))
    error = error_of(outcome)
    if error is not None and error.http == 409:
        return _taken(action, hands, error.says, lost(outcome))
    ended = finished(outcome, _poll, SERVICE, hands)
    if isinstance(ended, NotChanged):
        return ended
    return Changed(made={"project": action["project"]})


def _taken(action: Mapping[str, Any], hands: Hands, says: str, unsure: bool) -> Changed | NotChanged:
    url = f"{_V3}/projects/{quote(action['project'], safe=':')}"
    outcome = hands.send(Call(SERVICE, "cloudresourcemanager.projects.get", "GET", url))
    found = outcome.mapping() if isinstance(outcome, Answer) and outcome.ok else None
    if found is None:
        return NotChanged(
            f"the project id {action['project']} is taken: by somebody else, or by a project that you may not see "
            f"({says}). Choose another id, or ask for roles/browser on it",
            unsure=unsure,
        )
    labels = found.get("labels")
    ours = isinstance(labels, dict) and all(labels.get(key) == value for key, value in action["labels"].items())
    if not ours or found.get("parent") != action["parent"]:
        return NotChanged(
            f"the project {action['project']} exists already under {found.get('parent')}, and vxsetup did not make it; plan again"
        )
    return Changed(already=not unsure, made={"project": action["project"]}, unsure=unsure)


def _poll(name: str) -> Call:
    url = f"{_V3}/{quote(name, safe='/.-_')}"
    return Call(SERVICE, "cloudresourcemanager.operations.get", "GET", url)


def grant(action: Mapping[str, Any], hands: Hands) -> Changed | NotChanged:
    """Add one member to one role of a policy: ``resource``, ``role``, ``member``.

    Read, modify, write with the etag that was read, and again where somebody else was faster. Whatever else the policy
    holds is written back as it was read: other bindings, conditions, audit configs.
    """
    base = f"{_V3}/{quote(action['resource'], safe='/:')}"
    return add_member(action, base, SERVICE, hands)


def add_member(
    action: Mapping[str, Any], base: str, service: str, hands: Hands, query: str = ""
) -> Changed | NotChanged:
    """``grant`` for any resource whose policy is read and written at ``base`` by POST; ``query`` as in ``read_policy``."""
    made = {"resource": action["resource"], "role": action["role"], "member": action["member"]}
    started = hands.seconds()
    pause, unsure = 0.5, False
    while True:
        policy = read_policy(base, service, hands, query)
        if isinstance(policy, NotChanged):
            return NotChanged(policy.says, policy.permission, unsure)
        if holds(policy, action["role"], action["member"]):
            return Changed(already=not unsure, unsure=unsure)
        wanted = _with(policy, action["role"], action["member"])
        hands.sending({**made, "sent": policy_seal(wanted)})
        body = json_body({"policy": wanted})
        outcome = hands.send(Call(service, f"{service} setIamPolicy", "POST", f"{base}:setIamPolicy", body))
        if isinstance(outcome, Answer) and outcome.ok:
            return Changed(made=made)
        unsure = unsure or lost(outcome)
        error = error_of(outcome)
        again = error is not None and (error.http == 409 or _not_there_yet(error.http, error.message))
        if not again or hands.seconds() - started > hands.deadline or not hands.wait(pause):
            return refused(outcome, unsure)
        pause = min(pause * 2, 10.0)


def policy_seal(policy: Mapping[str, Any]) -> str:
    """The seal of all that a policy says, whatever the order of its bindings and members."""
    rows = [
        (str(one.get("role")), json_body(one.get("condition") or {}), sorted(map(str, one.get("members", ()))))
        for one in policy.get("bindings", ())
    ]
    return seal(bindings=sorted(rows), audit=policy.get("auditConfigs") or [])


def _not_there_yet(status: int, message: str) -> bool:
    """A service account or a pool that was just made is not known everywhere at once (IAM says to try again for a while)."""
    new = "ervice account" in message or "dentity pool" in message.casefold()
    return status == 400 and "does not exist" in message and new


def read_policy(base: str, service: str, hands: Hands, query: str = "") -> dict[str, Any] | NotChanged:
    """A policy with its etag and conditions; a refusal where it cannot be written back as it was read.

    IAM v1 takes the version that is asked for in a ``query``, Resource Manager in the body (DISC).
    """
    body = "{}" if query else json_body({"options": {"requestedPolicyVersion": 3}})
    outcome = hands.send(Call(service, f"{service} getIamPolicy", "POST", f"{base}:getIamPolicy{query}", body))
    if not isinstance(outcome, Answer) or not outcome.ok:
        return refused(outcome)
    policy = outcome.mapping()
    bindings = policy.get("bindings", []) if policy is not None else None
    if policy is None or not isinstance(policy.get("etag"), str) or not isinstance(bindings, list):
        return NotChanged(f"{service} answered with a policy that cannot be read, so that it will not be written")
    if any(not isinstance(one, dict) or "_withcond_" in str(one.get("role")) for one in bindings):
        return NotChanged(f"{service} gave the policy without its conditions; writing it back would lose them")
    return {**policy, "bindings": bindings}


def holds(policy: Mapping[str, Any], role: str, member: str) -> bool:
    """Whether a policy gives a role to a member without a condition."""
    return any(
        one.get("role") == role
        and not one.get("condition")
        and any(str(name).casefold() == member.casefold() for name in one.get("members", ()))
        for one in policy.get("bindings", ())
    )


def _with(policy: Mapping[str, Any], role: str, member: str) -> dict[str, Any]:
    """The policy with the member added, in the first unconditional binding of the role or in one of its own."""
    bindings = [dict(one) for one in policy.get("bindings", ())]
    home = next((one for one in bindings if one.get("role") == role and not one.get("condition")), None)
    if home is None:
        bindings.append({"role": role, "members": [member]})
    else:
        home["members"] = [*home.get("members", ()), member]
    return {**policy, "version": 3, "bindings": bindings}
