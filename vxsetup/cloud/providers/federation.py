"""Workload identity pools, their providers, and the policies of service accounts, by plain REST (DISC iam v1)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call
from vxsetup.cloud.provider import Inputs, Outcomes, Provider, malformed, unknown
from vxsetup.facts.access import Binding
from vxsetup.facts.base import ABSENT, Fact, Known, Unknown, UnknownCause
from vxsetup.facts.federation import (
    AccountPolicy,
    IdentityPools,
    IdentityProvider,
    IdentityProviders,
    Pool,
    Pools,
    Providers,
    pool_of,
)

SERVICE = "iam.googleapis.com"

MOST_POOLS = 20
"""Pools whose providers are read, those that are bound to the accounts first: each is a request."""

_V1 = f"https://{SERVICE}/v1"


# Pools ---------------------------------------------------------------------------------------------------------------


def _pools_calls(key: IdentityPools, inputs: Inputs) -> tuple[Call, ...]:
    url = f"{_V1}/projects/{quote(key.project, safe=':')}/locations/global/workloadIdentityPools?pageSize=1000"
    permission = "iam.googleapis.com/workloadIdentityPools.list"
    return (Call(SERVICE, "iam.projects.locations.workloadIdentityPools.list", "GET", url, permission=permission),)


def _pools_read(key: IdentityPools, inputs: Inputs, outcomes: Outcomes) -> Fact:
    call, outcome = next(iter(outcomes.items()))
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome)
    data = outcome.mapping()
    rows = data.get("workloadIdentityPools", []) if data is not None else None
    pools = [_pool(row) for row in rows] if isinstance(rows, list) else [None]
    if data is None or (data and "workloadIdentityPools" not in data) or None in pools:
        return malformed(call, outcome)  # no pools at all is an empty object; one with other keys is no list
    found = tuple(pool for pool in pools if pool is not None)
    return Known(Pools(found, not data.get("nextPageToken")), call.method, outcome.at)


def _pool(row: Any) -> Pool | None:
    if (
        not isinstance(row, dict)
        or not isinstance(row.get("name"), str)
        or "/workloadIdentityPools/" not in row["name"]
    ):
        return None
    disabled, state = row.get("disabled", False), row.get("state", "ACTIVE")
    if not isinstance(disabled, bool) or not isinstance(state, str):
        return None
    return Pool(row["name"], not disabled and state in ("ACTIVE", "STATE_UNSPECIFIED"))


# The policy of an account --------------------------------------------------------------------------------------------


def _policy_calls(key: AccountPolicy, inputs: Inputs) -> tuple[Call, ...]:
    account = f"projects/{quote(key.project, safe=':')}/serviceAccounts/{quote(key.email, safe='@')}"
    url = f"{_V1}/{account}:getIamPolicy?options.requestedPolicyVersion=3"
    permission = "iam.serviceAccounts.getIamPolicy"
    return (Call(SERVICE, "iam.projects.serviceAccounts.getIamPolicy", "POST", url, permission=permission),)


def _policy_read(key: AccountPolicy, inputs: Inputs, outcomes: Outcomes) -> Fact:
    call, outcome = next(iter(outcomes.items()))
    if isinstance(outcome, Answer) and outcome.status == 404:
        return Known(ABSENT, call.method, outcome.at)
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome)
    data = outcome.mapping()
    if data is None or not isinstance(data.get("etag"), str):
        return malformed(call, outcome)  # a policy without bindings still has an etag
    rows = data.get("bindings", [])
    found = [_binding(row) for row in rows] if isinstance(rows, list) else [None]
    if None in found:
        return malformed(call, outcome)
    return Known(tuple(binding for binding in found if binding is not None), call.method, outcome.at)


def _binding(row: Any) -> Binding | None:
    if not isinstance(row, dict) or not isinstance(row.get("role"), str) or not row["role"]:
        return None
    members, condition = row.get("members"), row.get("condition")
    expression = condition.get("expression") if isinstance(condition, dict) else None
    if not isinstance(members, list) or not all(isinstance(member, str) for member in members):
        return None
    if condition is not None and not isinstance(expression, str):
        return None
    return Binding(row["role"], tuple(members), expression)


# Providers -----------------------------------------------------------------------------------------------------------


def _needs(key: IdentityProviders) -> tuple[Any, ...]:
    return (IdentityPools(key.project), *key.policies)


def _bound(key: IdentityProviders, inputs: Inputs) -> tuple[str, ...]:
    """The pools that the accounts' policies name, in their order."""
    policies = [inputs[account] for account in key.policies]
    bindings = [b for fact in policies if isinstance(fact, Known) and fact.value is not ABSENT for b in fact.value]
    named = (pool_of(member) for binding in bindings for member in binding.members)
    return tuple(dict.fromkeys(found[0] for found in named if found is not None))


def _to_read(key: IdentityProviders, inputs: Inputs) -> tuple[list[str], list[str], bool]:
    """The pools whose providers are read; those of them of which only a binding told; whether some are left out."""
    listed = inputs[IdentityPools(key.project)]
    own = [pool.name for pool in listed.value.pools] if isinstance(listed, Known) else []
    bound = _bound(key, inputs)
    wanted = list(dict.fromkeys([*(name for name in bound if name in own), *bound, *own]))
    more = isinstance(listed, Known) and not listed.value.complete
    kept = wanted[:MOST_POOLS]
    return kept, [name for name in kept if name not in own], more or len(wanted) > len(kept)


def _pool_call(name: str) -> Call:
    permission = "iam.googleapis.com/workloadIdentityPools.get"
    method = "iam.projects.locations.workloadIdentityPools.get"
    return Call(SERVICE, method, "GET", f"{_V1}/{quote(name, safe='/:')}", permission=permission)


def _providers_call(pool: str) -> Call:
    url = f"{_V1}/{quote(pool, safe='/:')}/providers?pageSize=100"
    permission = "iam.googleapis.com/workloadIdentityPoolProviders.list"
    method = "iam.projects.locations.workloadIdentityPools.providers.list"
    return Call(SERVICE, method, "GET", url, permission=permission)


def _providers_calls(key: IdentityProviders, inputs: Inputs) -> tuple[Call, ...]:
    wanted, foreign, _ = _to_read(key, inputs)
    return (*(_pool_call(name) for name in foreign), *(_providers_call(name) for name in wanted))


def _providers_read(key: IdentityProviders, inputs: Inputs, outcomes: Outcomes) -> Fact:
    listed = inputs[IdentityPools(key.project)]
    wanted, _, more = _to_read(key, inputs)
    known = {pool.name: pool for pool in listed.value.pools} if isinstance(listed, Known) else {}
    providers: list[IdentityProvider] = []
    unread: list[Unknown] = [listed] if isinstance(listed, Unknown) else []
    at = listed.at
    for name in wanted:
        pool = known.get(name) or _foreign(name, outcomes)
        found = pool if isinstance(pool, Unknown) else _of_pool(pool, outcomes)
        if isinstance(found, Unknown):
            unread.append(found)
        else:
            providers.extend(found)
    if more:
        unread.append(_left_out(key.project, at))
    return Known(Providers(tuple(providers), tuple(unread)), "iam workloadIdentityPools", at)


def _foreign(name: str, outcomes: Outcomes) -> Pool | Unknown:
    """A pool that only a binding names. One that is not there exchanges nothing."""
    call = _pool_call(name)
    outcome = outcomes[call]
    if isinstance(outcome, Answer) and outcome.status == 404:
        return Pool(name, False)
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome)
    return _pool(outcome.mapping()) or malformed(call, outcome)


def _of_pool(pool: Pool, outcomes: Outcomes) -> list[IdentityProvider] | Unknown:
    call = _providers_call(pool.name)
    outcome = outcomes[call]
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome)
    data = outcome.mapping()
    rows = data.get("workloadIdentityPoolProviders", []) if data is not None else None
    found = [_provider(pool, row) for row in rows] if isinstance(rows, list) else [None]
    if data is None or None in found or (data and "workloadIdentityPoolProviders" not in data):
        return malformed(call, outcome)  # no providers at all is an empty object
    if data.get("nextPageToken"):
        return malformed(call, outcome)  # a second page was never seen: a page holds 100
    return [provider for provider in found if provider is not None]


def _provider(pool: Pool, row: Any) -> IdentityProvider | None:
    if not isinstance(row, dict) or not isinstance(row.get("name"), str):
        return None
    oidc, mapping, condition = row.get("oidc"), row.get("attributeMapping", {}), row.get("attributeCondition", "")
    disabled, state = row.get("disabled", False), row.get("state", "ACTIVE")
    if not isinstance(mapping, dict) or not all(isinstance(value, str) for value in mapping.values()):
        return None
    if not isinstance(condition, str) or not isinstance(disabled, bool) or not isinstance(state, str):
        return None
    if oidc is not None and not (isinstance(oidc, dict) and isinstance(oidc.get("issuerUri"), str)):
        return None
    audiences = oidc.get("allowedAudiences", []) if oidc else []
    if not isinstance(audiences, list) or not all(isinstance(one, str) for one in audiences):
        return None
    enabled = not disabled and state in ("ACTIVE", "STATE_UNSPECIFIED")
    issuer = oidc["issuerUri"] if oidc else None
    return IdentityProvider(row["name"], pool, enabled, issuer, mapping, condition, tuple(audiences))


def _left_out(project: str, at: str | None) -> Unknown:
    return Unknown(
        UnknownCause.REFUSED,
        f"{project} has more workload identity pools than the {MOST_POOLS} whose providers are read",
        "look at the providers of the other pools by hand",
        "iam workloadIdentityPools",
        at,
        remedy=f"gcloud iam workload-identity-pools list --location=global --project={project}",
    )


PROVIDERS = (
    Provider(IdentityPools, SERVICE, ("iam.googleapis.com/workloadIdentityPools.list",), _pools_calls, _pools_read),
    Provider(AccountPolicy, SERVICE, ("iam.serviceAccounts.getIamPolicy",), _policy_calls, _policy_read),
    Provider(
        IdentityProviders,
        SERVICE,
        ("iam.googleapis.com/workloadIdentityPoolProviders.list", "iam.googleapis.com/workloadIdentityPools.get"),
        _providers_calls,
        _providers_read,
        needs=_needs,
        partial=True,
    ),
)
