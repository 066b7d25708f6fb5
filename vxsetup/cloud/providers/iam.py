"""IAM v1 roles and IAM v2 deny policies, by plain REST: the generated IAM admin client has no REST transport."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

from vxsetup.cloud.call import Answer, Call
from vxsetup.cloud.provider import Inputs, Outcomes, Provider, malformed, unknown
from vxsetup.facts.access import (
    AllowPolicies,
    Attached,
    DenyPolicies,
    DenyPolicyNames,
    DenyRule,
    RoleDefinitions,
    Roles,
    roles_to_read,
)
from vxsetup.facts.base import Fact, Known, Unknown
from vxsetup.facts.project import Ancestry

SERVICE = "iam.googleapis.com"


def _role_call(role: str) -> Call:
    url = f"https://{SERVICE}/v1/{quote(role, safe='/')}"
    return Call(SERVICE, "iam.roles.get", "GET", url, permission="iam.roles.get")


def _wanted(key: RoleDefinitions, inputs: Inputs) -> tuple[str, ...]:
    policies = inputs[AllowPolicies(key.project)]
    if not isinstance(policies, Known):
        return ()
    return roles_to_read(policies.value.policies.values(), key.principals, key.project)


def _role_calls(key: RoleDefinitions, inputs: Inputs) -> tuple[Call, ...]:
    return tuple(_role_call(role) for role in _wanted(key, inputs))


def _roles_read(key: RoleDefinitions, inputs: Inputs, outcomes: Outcomes) -> Fact:
    roles = {role: _role(_role_call(role), outcomes[_role_call(role)]) for role in _wanted(key, inputs)}
    at = max((fact.at or "" for fact in roles.values()), default="") or None
    return Known(Roles(roles), "iam.roles.get", at)


def _role(call: Call, outcome: Any) -> Fact:
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome)
    data = outcome.mapping() or {}
    permissions = data.get("includedPermissions", [])
    # A role without permissions is a fact, so the answer must be about this role to be one.
    named = str(data.get("name")).rpartition("/")[2] == unquote(call.url).rpartition("/")[2]
    if not named or not isinstance(permissions, list) or not all(isinstance(name, str) for name in permissions):
        return malformed(call, outcome)
    if data.get("deleted") is True or data.get("stage") == "DISABLED":
        permissions = []  # a binding to such a role gives nothing (IAMD)
    return Known(frozenset(permissions), call.method, outcome.at)


def _attachment(resource: str) -> str:
    return quote(f"cloudresourcemanager.googleapis.com/{resource}", safe="")


def _names_call(resource: str) -> Call:
    url = f"https://{SERVICE}/v2/policies/{_attachment(resource)}/denypolicies"
    return Call(SERVICE, "iam.policies.listPolicies", "GET", url, permission="iam.denypolicies.list")


def _names_calls(key: DenyPolicyNames, inputs: Inputs) -> tuple[Call, ...]:
    return tuple(_names_call(resource) for resource in inputs[Ancestry(key.project)].value)  # type: ignore[union-attr]


def _names_read(key: DenyPolicyNames, inputs: Inputs, outcomes: Outcomes) -> Fact:
    ancestry = inputs[Ancestry(key.project)]
    found = {name: _names(_names_call(name), outcomes[_names_call(name)]) for name in ancestry.value}  # type: ignore[union-attr]
    at = max((fact.at or "" for fact in found.values()), default="") or None
    return Known(Attached(found), "iam.policies.listPolicies", at)


def _names(call: Call, outcome: Any) -> Fact:
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome)
    data = outcome.mapping()
    policies = data.get("policies", []) if data is not None else None
    if not isinstance(policies, list) or not all(
        isinstance(p, dict) and isinstance(p.get("name"), str) for p in policies
    ):
        return malformed(call, outcome)
    if data and ("policies" not in data or data.get("nextPageToken")):
        # An empty list is an empty object; one with other keys is no list, and must not read as "nothing is denied".
        # A resource has 500 deny policies at most; a second page was never seen.
        return malformed(call, outcome)
    return Known(tuple(policy["name"] for policy in policies), call.method, outcome.at)


def _deny_call(name: str) -> Call:
    url = f"https://{SERVICE}/v2/{quote(name, safe='/%')}"
    return Call(SERVICE, "iam.policies.get", "GET", url, permission="iam.denypolicies.get")


def _deny_calls(key: DenyPolicies, inputs: Inputs) -> tuple[Call, ...]:
    attached = inputs[DenyPolicyNames(key.project)].value.policies.values()  # type: ignore[union-attr]
    return tuple(_deny_call(name) for fact in attached if isinstance(fact, Known) for name in fact.value)


def _deny_read(key: DenyPolicies, inputs: Inputs, outcomes: Outcomes) -> Fact:
    names = inputs[DenyPolicyNames(key.project)]
    policies: dict[str, Fact] = {}
    for resource, fact in names.value.policies.items():  # type: ignore[union-attr]
        policies[resource] = fact if isinstance(fact, Unknown) else _rules(fact, outcomes)
    return Known(Attached(policies), "iam.policies.get", names.at)


def _rules(names: Known, outcomes: Outcomes) -> Fact:
    rules: list[DenyRule] = []
    for name in names.value:
        call = _deny_call(name)
        outcome = outcomes[call]
        if not isinstance(outcome, Answer) or not outcome.ok:
            return unknown(call, outcome)
        items = (outcome.mapping() or {}).get("rules")
        # A deny policy has rules; one without them must not read as "nothing is denied".
        found = [_rule(name, item) for item in items] if isinstance(items, list) else []
        if not found or None in found:
            return malformed(call, outcome)
        rules.extend(rule for rule in found if rule is not None)
    return Known(tuple(rules), names.source, names.at)


def _rule(policy: str, item: Any) -> DenyRule | None:
    deny = item.get("denyRule") if isinstance(item, dict) else None
    if not isinstance(deny, dict):
        return None
    lists = [deny.get(name, []) for name in _LISTS]
    condition = deny.get("denialCondition")
    if not all(isinstance(items, list) and all(isinstance(item, str) for item in items) for items in lists):
        return None
    if not lists[0]:
        return None  # a rule that names no permission would deny nothing: it was cut short
    expression = condition.get("expression") if isinstance(condition, dict) else None
    if condition is not None and not isinstance(expression, str):
        return None
    permissions, principals, exception_permissions, exception_principals = map(tuple, lists)
    return DenyRule(
        policy=policy.rpartition("/")[2],
        permissions=permissions,
        principals=principals,
        exception_permissions=exception_permissions,
        exception_principals=exception_principals,
        condition=expression,
    )


_LISTS = ("deniedPermissions", "deniedPrincipals", "exceptionPermissions", "exceptionPrincipals")


PROVIDERS = (
    Provider(
        RoleDefinitions,
        SERVICE,
        ("iam.roles.get",),
        _role_calls,
        _roles_read,
        needs=lambda key: (AllowPolicies(key.project),),
    ),
    Provider(
        DenyPolicyNames,
        SERVICE,
        ("iam.denypolicies.list",),
        _names_calls,
        _names_read,
        needs=lambda key: (Ancestry(key.project),),
    ),
    Provider(
        DenyPolicies,
        SERVICE,
        ("iam.denypolicies.get",),
        _deny_calls,
        _deny_read,
        needs=lambda key: (DenyPolicyNames(key.project),),
    ),
)
