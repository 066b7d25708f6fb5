"""What was made of access: roles for members, service accounts, custom roles (IAM v1, Resource Manager v3; DISC)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, json_body
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged, refused
from vxsetup.cloud.changes.resource_manager import SERVICE as MANAGER
from vxsetup.cloud.changes.resource_manager import read_policy
from vxsetup.cloud.undo.base import Eyes, Made, Undoing, again, read, removed, text
from vxsetup.facts.made import AS_MADE, GONE, Alteration, MadeState, Standing, compared

IAM = "iam.googleapis.com"


def _policy_base(resource: str) -> str:
    return f"https://{MANAGER}/v3/{quote(resource, safe='/:')}"


def _names(binding: Mapping[str, Any], member: str) -> bool:
    return any(str(name).casefold() == member.casefold() for name in binding.get("members", ()))


def _look_at_grant(one: Made, eyes: Eyes) -> Standing:
    action = one.action
    hands = Hands(eyes.send, lambda seconds: False, lambda: 0.0)
    policy = read_policy(_policy_base(action["resource"]), MANAGER, hands)
    if isinstance(policy, NotChanged):
        return Standing(MadeState.UNKNOWN, says=policy.says, permission=policy.permission)
    own = [b for b in policy["bindings"] if b.get("role") == action["role"] and _names(b, action["member"])]
    if any(not binding.get("condition") for binding in own):
        return AS_MADE
    if own:
        condition = own[0]["condition"]
        says = text(condition.get("expression") if isinstance(condition, dict) else condition)
        return Standing(MadeState.CHANGED, (Alteration("condition", None, says),))
    return GONE


def _take_grant_back(one: Made, hands: Hands) -> Changed | NotChanged:
    """Remove one member from the unconditional bindings of one role; all else is written back as it was read."""
    action, base = one.action, _policy_base(one.action["resource"])
    started, pause = hands.seconds(), 0.5
    while True:
        policy = read_policy(base, MANAGER, hands)
        if isinstance(policy, NotChanged):
            return policy
        left = without(policy["bindings"], action["role"], action["member"])
        if left == policy["bindings"]:
            return Changed(already=True)
        body = json_body({"policy": {**policy, "version": 3, "bindings": left}})
        outcome = hands.send(Call(MANAGER, f"{MANAGER} setIamPolicy", "POST", f"{base}:setIamPolicy", body))
        if isinstance(outcome, Answer) and outcome.ok:
            return Changed()
        if not again(outcome, hands, started, pause, 409):
            return refused(outcome)
        pause = min(pause * 2, 10.0)


def without(bindings: list[Any], role: str, member: str) -> list[Any]:
    """Bindings without a member in the unconditional ones of a role; one that has no member left goes."""
    left = []
    for binding in bindings:
        if binding.get("role") != role or binding.get("condition") or not _names(binding, member):
            left.append(binding)
            continue
        others = [name for name in binding["members"] if str(name).casefold() != member.casefold()]
        if others:
            left.append({**binding, "members": others})
    return left


GRANT = Undoing(_look_at_grant, _take_grant_back)


# Service accounts ----------------------------------------------------------------------------------------------------


def _account_url(action: Mapping[str, Any]) -> str:
    project, email = quote(action["project"], safe=":"), quote(action["email"], safe="@")
    return f"https://{IAM}/v1/projects/{project}/serviceAccounts/{email}"


def _look_at_account(one: Made, eyes: Eyes) -> Standing:
    """An account with keys, with a policy of its own, or with roles that others gave it, is in somebody else's use."""
    action, url = one.action, _account_url(one.action)
    found = read(Call(IAM, "iam.serviceAccounts.get", "GET", url), eyes.send)
    if found is None:
        return GONE
    if isinstance(found, Standing):
        return found
    keys = read(Call(IAM, "iam.serviceAccounts.keys.list", "GET", f"{url}/keys?keyTypes=USER_MANAGED"), eyes.send)
    if isinstance(keys, Standing):
        return keys
    hands = Hands(eyes.send, lambda seconds: False, lambda: 0.0)
    own = read_policy(url, IAM, hands, "?options.requestedPolicyVersion=3")
    above = read_policy(_policy_base(f"projects/{action['project']}"), MANAGER, hands)
    for policy in (own, above):
        if isinstance(policy, NotChanged):
            return Standing(MadeState.UNKNOWN, says=policy.says, permission=policy.permission)
    assert not isinstance(own, NotChanged)
    assert not isinstance(above, NotChanged)
    member = f"serviceAccount:{action['email']}"
    given = sorted(
        str(binding.get("role"))
        for binding in above["bindings"]
        if _names(binding, member)
        and (
            binding.get("condition")
            or (f"projects/{action['project']}", binding.get("role"), member) not in eyes.grants
        )
    )
    ours = {
        (role, name) for resource, role, name in eyes.grants if resource.endswith(f"/serviceAccounts/{action['email']}")
    }
    acting = sorted(
        f"{name} ({b.get('role')})"
        for b in own["bindings"]
        for name in b.get("members", ())
        if (b.get("role"), name) not in ours or b.get("condition")
    )
    count = len((keys or {}).get("keys", ()))
    return compared(
        (
            ("description", action["description"], text(found.get("description"))),
            ("display name", action["account_id"], text(found.get("displayName"))),
            ("disabled", None, text(found.get("disabled") or None)),
            ("keys made by people", None, str(count) if count else None),
            ("roles given by others", None, text(given)),
            ("who may act as it", None, text(acting)),
        )
    )


def _delete_account(one: Made, hands: Hands) -> Changed | NotChanged:
    return removed(hands.send(Call(IAM, "iam.serviceAccounts.delete", "DELETE", _account_url(one.action))))


ACCOUNT = Undoing(
    _look_at_account,
    _delete_account,
    "an account that is made again under this name is another one: grants of the old one do not hold for it. Within 30 "
    "days gcloud beta iam service-accounts undelete brings it back",
)


# Custom roles --------------------------------------------------------------------------------------------------------


def _role_url(action: Mapping[str, Any]) -> str:
    return f"https://{IAM}/v1/projects/{quote(action['project'], safe=':')}/roles/{quote(action['role_id'], safe='')}"


def _look_at_role(one: Made, eyes: Eyes) -> Standing:
    found = read(Call(IAM, "iam.projects.roles.get", "GET", _role_url(one.action)), eyes.send)
    if found is None:
        return GONE
    if isinstance(found, Standing):
        return found
    if found.get("deleted"):
        return GONE
    if "before" in one.made:
        held = set(found.get("includedPermissions", ()))
        added = set(one.action["permissions"]) - set(one.made["before"])
        return (
            AS_MADE if added <= held else compared((("permissions", text(sorted(added)), text(sorted(added & held))),))
        )
    return compared(
        (
            ("title", one.action["title"], text(found.get("title"))),
            (
                "permissions",
                text(sorted(one.action["permissions"])),
                text(sorted(found.get("includedPermissions", ()))),
            ),
        )
    )


def _delete_role(one: Made, hands: Hands) -> Changed | NotChanged:
    """Delete the role; one that was there before loses what it was given, and keeps what others gave it since."""
    if "before" in one.made:
        url = _role_url(one.action)
        outcome = hands.send(Call(IAM, "iam.projects.roles.get", "GET", url))
        found = outcome.mapping() if isinstance(outcome, Answer) and outcome.ok else None
        if found is None:
            return removed(outcome)
        added = set(one.action["permissions"]) - set(one.made["before"])
        etag = {"etag": found["etag"]} if isinstance(found.get("etag"), str) else {}
        body = json_body({"includedPermissions": sorted(set(found.get("includedPermissions", ())) - added), **etag})
        return removed(hands.send(Call(IAM, "iam.roles.patch", "PATCH", f"{url}?updateMask=includedPermissions", body)))
    return removed(hands.send(Call(IAM, "iam.projects.roles.delete", "DELETE", _role_url(one.action))))


ROLE = Undoing(_look_at_role, _delete_role, "its id cannot be used again for 37 days; for 7 days it can be undeleted")
