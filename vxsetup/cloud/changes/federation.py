"""IAM v1: make a workload identity pool and a provider, and let identities of a pool act as a service account (DISC)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, json_body
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged, error_of, finished, lost, refused
from vxsetup.cloud.changes.resource_manager import add_member

SERVICE = "iam.googleapis.com"
_V1 = f"https://{SERVICE}/v1"
DESCRIPTION = "Made by vxsetup for pipelines without keys."


def _pools(project: str) -> str:
    return f"{_V1}/projects/{quote(project, safe=':')}/locations/global/workloadIdentityPools"


def _poll(name: str) -> Call:
    return Call(SERVICE, "iam.projects.locations.operations.get", "GET", f"{_V1}/{quote(name, safe='/.-_')}")


def create_pool(action: Mapping[str, Any], hands: Hands) -> Changed | NotChanged:
    """Make the pool of an action: ``project``, ``pool``, ``display_name``. One that is there and can be used is fine.

    The id of a pool that was deleted is not free for 30 days; only undeleting it helps, and that is a person's choice.
    """
    body = json_body({"displayName": action["display_name"], "description": DESCRIPTION})
    url = f"{_pools(action['project'])}?workloadIdentityPoolId={quote(action['pool'], safe='')}"
    made = {"project": action["project"], "pool": action["pool"]}
    hands.sending(made)
    outcome = hands.send(Call(SERVICE, "iam.workloadIdentityPools.create", "POST", url, body))
    error = error_of(outcome)
    if error is not None and error.http == 409:
        there = _read(f"{_pools(action['project'])}/{quote(action['pool'], safe='')}", hands)
        if isinstance(there, NotChanged):
            return there
        if there.get("state", "ACTIVE") != "ACTIVE" or there.get("disabled"):
            place = f"--location=global --project={action['project']}"
            return NotChanged(
                f"the pool {action['pool']} was deleted or disabled, and its id is not free. Bring it back: gcloud iam "
                f"workload-identity-pools undelete {action['pool']} {place}; or: … update {action['pool']} {place} --no-disabled"
            )
        return Changed(already=not lost(outcome), made=made, unsure=lost(outcome))
    ended = finished(outcome, _poll, SERVICE, hands)
    return ended if isinstance(ended, NotChanged) else Changed(made=made)


def create_provider(action: Mapping[str, Any], hands: Hands) -> Changed | NotChanged:
    """Make the provider of an action: ``project``, ``pool``, ``provider``, ``display_name``, ``issuer``, ``mapping``,
    ``condition``. One that is there is taken only where it is the same: another condition lets others in."""
    wanted = {
        "attributeMapping": dict(action["mapping"]),
        "attributeCondition": action["condition"],
        "oidc": {"issuerUri": action["issuer"]},
    }
    body = json_body({"displayName": action["display_name"], "description": DESCRIPTION, **wanted})
    base = f"{_pools(action['project'])}/{quote(action['pool'], safe='')}/providers"
    url = f"{base}?workloadIdentityPoolProviderId={quote(action['provider'], safe='')}"
    made = {"project": action["project"], "pool": action["pool"], "provider": action["provider"]}
    hands.sending(made)
    outcome = hands.send(Call(SERVICE, "iam.workloadIdentityPools.providers.create", "POST", url, body))
    error = error_of(outcome)
    if error is not None and error.http == 409:
        there = _read(f"{base}/{quote(action['provider'], safe='')}", hands)
        if isinstance(there, NotChanged):
            return there
        oidc = there.get("oidc")
        issuer = oidc.get("issuerUri") if isinstance(oidc, dict) else None
        same = issuer == action["issuer"] and all(there.get(key) == wanted[key] for key in wanted if key != "oidc")
        if not same or there.get("state", "ACTIVE") != "ACTIVE" or there.get("disabled"):
            return NotChanged(
                f"a provider {action['pool']}/{action['provider']} is there already, and is not as vxsetup would make it; "
                "look at it, then plan again"
            )
        return Changed(already=not lost(outcome), made=made, unsure=lost(outcome))
    ended = finished(outcome, _poll, SERVICE, hands)
    return ended if isinstance(ended, NotChanged) else Changed(made=made)


def let_act(action: Mapping[str, Any], hands: Hands) -> Changed | NotChanged:
    """Give a role on a service account to identities of a pool: ``project``, ``account``, ``role``, ``pool``, ``select``.

    A member names the pool's project by number; where the action has its id, the pool itself tells the number.
    """
    pool = action["pool"]
    if not pool.split("/")[1].isdigit():
        there = _read(f"{_V1}/{quote(pool, safe='/:')}", hands)
        if isinstance(there, NotChanged):
            return there
        pool = there.get("name")
        if not isinstance(pool, str) or not pool.partition("/")[2].partition("/")[0].isdigit():
            return NotChanged(f"{SERVICE} answered with a pool whose name has no project number")
    account = f"projects/{action['project']}/serviceAccounts/{action['account']}"
    member = f"principalSet://iam.googleapis.com/{pool}/{action['select']}"
    grant = {"resource": account, "role": action["role"], "member": member}
    base = f"{_V1}/{quote(account, safe='/:@')}"
    return add_member(grant, base, SERVICE, hands, "?options.requestedPolicyVersion=3")


def _read(url: str, hands: Hands) -> Mapping[str, Any] | NotChanged:
    outcome = hands.send(Call(SERVICE, "iam.workloadIdentityPools.get", "GET", url))
    found = outcome.mapping() if isinstance(outcome, Answer) and outcome.ok else None
    return found if found is not None else refused(outcome)
