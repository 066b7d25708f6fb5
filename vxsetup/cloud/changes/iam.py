"""IAM v1: make a service account or a custom role (DISC)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, json_body
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged, error_of, lost, refused, seal

SERVICE = "iam.googleapis.com"
_V1 = f"https://{SERVICE}/v1"


def create_service_account(action: Mapping[str, Any], hands: Hands) -> Changed | NotChanged:
    """Make the account of an action: ``project``, ``account_id``, ``email``, ``description``. One that is there is fine."""
    url = f"{_V1}/projects/{quote(action['project'], safe=':')}/serviceAccounts"
    account = {"displayName": action["account_id"], "description": action["description"]}
    body = json_body({"accountId": action["account_id"], "serviceAccount": account})
    made = {"service_account": action["email"], "project": action["project"]}
    hands.sending(made)
    outcome = hands.send(Call(SERVICE, "iam.serviceAccounts.create", "POST", url, body))
    if isinstance(outcome, Answer) and outcome.ok:
        if (outcome.mapping() or {}).get("email") != action["email"]:
            return NotChanged(f"the account that was made is not {action['email']}", unsure=True)
        return Changed(made=made)
    error = error_of(outcome)
    if error is not None and error.http == 409:
        return Changed(already=not lost(outcome), made=made, unsure=lost(outcome))
    return refused(outcome)


def create_role(action: Mapping[str, Any], hands: Hands) -> Changed | NotChanged:
    """Make the custom role of an action: ``project``, ``role_id``, ``title``, ``permissions``. One that was deleted comes
    back, as it would have been made; one of vxsetup's own that is there is given what it lacks, and keeps the rest."""
    url = f"{_V1}/projects/{quote(action['project'], safe=':')}/roles"
    role = {"title": action["title"], "includedPermissions": list(action["permissions"]), "stage": "GA"}
    body = json_body({"roleId": action["role_id"], "role": role})
    made = {"role": f"projects/{action['project']}/roles/{action['role_id']}"}
    hands.sending(made)
    outcome = hands.send(Call(SERVICE, "iam.roles.create", "POST", url, body))
    if isinstance(outcome, Answer) and outcome.ok:
        return Changed(made=made)
    error = error_of(outcome)
    if error is None or error.http not in (400, 409):
        return refused(outcome)
    # An id that is taken: by a role that is there, or by one that was deleted, whose id is not free for weeks.
    there = hands.send(Call(SERVICE, "iam.roles.get", "GET", f"{url}/{quote(action['role_id'], safe='')}"))
    found = there.mapping() if isinstance(there, Answer) and there.ok else None
    if found is None or (error.http == 400 and not found.get("deleted")):
        return refused(outcome)
    if not found.get("deleted"):
        lacks = set(action["permissions"]) - set(found.get("includedPermissions") or ())
        if lacks and found.get("title") == action["title"] and not lost(outcome):
            return _widened(action, found, f"{url}/{quote(action['role_id'], safe='')}", hands)
        return Changed(already=not lost(outcome), made=made, unsure=lost(outcome))
    undelete = f"{url}/{quote(action['role_id'], safe='')}:undelete"
    back = hands.send(Call(SERVICE, "iam.roles.undelete", "POST", undelete, "{}"))
    if not isinstance(back, Answer) or not back.ok:
        return refused(back)
    held = found.get("includedPermissions")
    if found.get("title") == action["title"] and sorted(held or ()) == sorted(action["permissions"]):
        return Changed(made=made)
    changed = json_body({"title": action["title"], "includedPermissions": list(action["permissions"])})
    address = f"{url}/{quote(action['role_id'], safe='')}?updateMask=title,includedPermissions"
    outcome = hands.send(Call(SERVICE, "iam.roles.patch", "PATCH", address, changed))
    return Changed(made=made) if isinstance(outcome, Answer) and outcome.ok else refused(outcome)


def _widened(action: Mapping[str, Any], found: Mapping[str, Any], url: str, hands: Hands) -> Changed | NotChanged:
    """Give a role that is there the permissions that it lacks; its etag keeps others' changes of the meantime."""
    held = sorted(found.get("includedPermissions") or ())
    wider = sorted({*held, *action["permissions"]})
    made = {"role": f"projects/{action['project']}/roles/{action['role_id']}", "before": held}
    hands.sending({**made, "sent": seal(permissions=wider)})
    etag = {"etag": found["etag"]} if isinstance(found.get("etag"), str) else {}
    body = json_body({"includedPermissions": wider, **etag})
    outcome = hands.send(Call(SERVICE, "iam.roles.patch", "PATCH", f"{url}?updateMask=includedPermissions", body))
    return Changed(made=made) if isinstance(outcome, Answer) and outcome.ok else refused(outcome)
