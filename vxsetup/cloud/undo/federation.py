"""What was made for pipelines without keys: pools, providers, leave to act as an account (IAM v1; DISC)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, json_body
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged, finished, refused
from vxsetup.cloud.changes.federation import SERVICE
from vxsetup.cloud.changes.resource_manager import read_policy
from vxsetup.cloud.undo.access import without
from vxsetup.cloud.undo.base import Eyes, Made, Undoing, again, read, removed, text
from vxsetup.facts.made import AS_MADE, GONE, MadeState, Standing, compared

_V1 = f"https://{SERVICE}/v1"
_VERSION = "?options.requestedPolicyVersion=3"
_STAYS = (
    "its id is not free for 30 days; within them apply asks a person to bring it back, with gcloud iam "
    "workload-identity-pools {what}undelete"
)


def _pool(action: Mapping[str, Any]) -> str:
    place = f"projects/{quote(action['project'], safe=':')}/locations/global/workloadIdentityPools"
    return f"{_V1}/{place}/{quote(action['pool'], safe='')}"


def _provider(action: Mapping[str, Any]) -> str:
    return f"{_pool(action)}/providers/{quote(action['provider'], safe='')}"


def _there(url: str, eyes: Eyes) -> Mapping[str, Any] | Standing:
    """A pool or provider; one that was deleted answers for 30 days, and is gone."""
    found = read(Call(SERVICE, "iam.workloadIdentityPools.get", "GET", url), eyes.send)
    return GONE if found is None or (not isinstance(found, Standing) and found.get("state") == "DELETED") else found


def _look_at_pool(one: Made, eyes: Eyes) -> Standing:
    """A pool in which others made providers is in somebody else's use."""
    found = _there(_pool(one.action), eyes)
    if isinstance(found, Standing):
        return found
    rows = read(
        Call(SERVICE, "iam.workloadIdentityPools.providers.list", "GET", f"{_pool(one.action)}/providers"), eyes.send
    )
    if isinstance(rows, Standing):
        return rows
    listed = (rows or {}).get("workloadIdentityPoolProviders", ())
    names = {str(row.get("name", "")).rpartition("/")[2] for row in listed if row.get("state") != "DELETED"}
    ours = {name.rpartition("/")[2] for name in eyes.providers if name.startswith(f"{one.action['pool']}/")}
    return compared(
        (
            ("display name", one.action["display_name"], text(found.get("displayName"))),
            ("disabled", None, text(found.get("disabled") or None)),
            ("providers of others", None, text(sorted(names - ours))),
        )
    )


def _look_at_provider(one: Made, eyes: Eyes) -> Standing:
    found = _there(_provider(one.action), eyes)
    if isinstance(found, Standing):
        return found
    oidc = found.get("oidc")
    return compared(
        (
            ("issuer", one.action["issuer"], text(oidc.get("issuerUri") if isinstance(oidc, dict) else None)),
            ("condition", text(one.action["condition"]), text(found.get("attributeCondition"))),
            ("mapping", text(one.action["mapping"]), text(found.get("attributeMapping"))),
            ("disabled", None, text(found.get("disabled") or None)),
        )
    )


def _poll(name: str) -> Call:
    return Call(SERVICE, "iam.projects.locations.operations.get", "GET", f"{_V1}/{quote(name, safe='/.-_')}")


def _delete(url: str, hands: Hands) -> Changed | NotChanged:
    outcome = hands.send(Call(SERVICE, "iam.workloadIdentityPools.delete", "DELETE", url))
    ended = removed(outcome)
    if isinstance(ended, NotChanged) or ended.already:
        return ended
    done = finished(outcome, _poll, SERVICE, hands)
    return done if isinstance(done, NotChanged) else Changed()


POOL = Undoing(_look_at_pool, lambda one, hands: _delete(_pool(one.action), hands), _STAYS.format(what=""))
PROVIDER = Undoing(
    _look_at_provider, lambda one, hands: _delete(_provider(one.action), hands), _STAYS.format(what="providers ")
)


def _account(one: Made) -> str:
    return f"{_V1}/projects/{quote(one.action['project'], safe=':')}/serviceAccounts/{quote(one.action['account'], safe='@')}"


def _member(one: Made) -> str:
    """Who may act: as the journal has it, or by the pool's own name."""
    member = one.made.get("member")
    pool, select = one.action["pool"], one.action["select"]
    return member if isinstance(member, str) else f"principalSet://iam.googleapis.com/{pool}/{select}"


def _look_at_acting(one: Made, eyes: Eyes) -> Standing:
    policy = read_policy(_account(one), SERVICE, Hands(eyes.send, lambda seconds: False, lambda: 0.0), _VERSION)
    if isinstance(policy, NotChanged):
        # An account that is not there has no policy, and nobody acts as it.
        return (
            GONE
            if policy.says.startswith("404")
            else Standing(MadeState.UNKNOWN, says=policy.says, permission=policy.permission)
        )
    role, member = one.action["role"], _member(one)
    left = without(policy["bindings"], role, member)
    return GONE if left == policy["bindings"] else AS_MADE


def _take_acting_back(one: Made, hands: Hands) -> Changed | NotChanged:
    base, started, pause = _account(one), hands.seconds(), 0.5
    while True:
        policy = read_policy(base, SERVICE, hands, _VERSION)
        if isinstance(policy, NotChanged):
            return policy
        left = without(policy["bindings"], one.action["role"], _member(one))
        if left == policy["bindings"]:
            return Changed(already=True)
        body = json_body({"policy": {**policy, "version": 3, "bindings": left}})
        outcome = hands.send(Call(SERVICE, "iam.serviceAccounts.setIamPolicy", "POST", f"{base}:setIamPolicy", body))
        if isinstance(outcome, Answer) and outcome.ok:
            return Changed()
        if not again(outcome, hands, started, pause, 409):
            return refused(outcome)
        pause = min(pause * 2, 10.0)


ACTING = Undoing(_look_at_acting, _take_acting_back)
