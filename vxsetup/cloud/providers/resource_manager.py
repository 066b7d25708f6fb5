"""Resource Manager v3 through Google's client, and v1's getAncestry, which v3 does not have (DISC)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, json_body
from vxsetup.cloud.provider import Inputs, Outcomes, Provider, malformed, unknown
from vxsetup.cloud.providers.held import held, test_calls
from vxsetup.facts.access import AllowPolicies, AllowPolicy, Attached, Binding, HeldPermissions
from vxsetup.facts.base import Fact, Known, Unknown
from vxsetup.facts.project import Ancestry, ProjectRecord, ProjectState
from vxsetup.findings import Rung

SERVICE = "cloudresourcemanager.googleapis.com"
_V3 = f"https://{SERVICE}/v3"

_COLLECTIONS = {"project": "projects", "folder": "folders", "organization": "organizations"}


def _project_calls(key: ProjectRecord, inputs: Inputs) -> tuple[Call, ...]:
    name = f"projects/{key.project}"
    return (
        Call(
            SERVICE,
            "cloudresourcemanager.projects.get",
            "GET",
            f"{_V3}/{quote(name, safe='/:')}",
            permission="resourcemanager.projects.get",
            generated=("projects", "get_project", json.dumps({"name": name})),
        ),
    )


def _project_read(key: ProjectRecord, inputs: Inputs, outcomes: Outcomes) -> Fact:
    call, outcome = next(iter(outcomes.items()))
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome, hidden=True)
    data = outcome.mapping() or {}
    name, state = data.get("name"), data.get("state")
    number = name.removeprefix("projects/") if isinstance(name, str) else ""
    if not number.isdigit() or not isinstance(state, str):
        return malformed(call, outcome)
    parent = data.get("parent")
    value = ProjectState(
        id=str(data.get("projectId", key.project)),
        number=number,
        state=state,
        parent=parent if isinstance(parent, str) else None,
    )
    return Known(value, call.method, outcome.at)


def _ancestry_calls(key: Ancestry, inputs: Inputs) -> tuple[Call, ...]:
    return (
        Call(
            SERVICE,
            "cloudresourcemanager.projects.getAncestry",
            "POST",
            f"https://{SERVICE}/v1/projects/{quote(key.project, safe=':')}:getAncestry",
            body="{}",
            permission="resourcemanager.projects.get",
        ),
    )


def _ancestry_read(key: Ancestry, inputs: Inputs, outcomes: Outcomes) -> Fact:
    call, outcome = next(iter(outcomes.items()))
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome, hidden=True)
    ancestors = (outcome.mapping() or {}).get("ancestor")
    names = [_ancestor(item) for item in ancestors] if isinstance(ancestors, list) else []
    if not names or None in names or not str(names[0]).startswith("projects/"):
        return malformed(call, outcome)
    return Known((f"projects/{key.project}", *names[1:]), call.method, outcome.at)


def _ancestor(item: Any) -> str | None:
    resource = item.get("resourceId") if isinstance(item, dict) else None
    if not isinstance(resource, dict):
        return None
    collection, identifier = _COLLECTIONS.get(str(resource.get("type"))), resource.get("id")
    return f"{collection}/{identifier}" if collection and isinstance(identifier, str) and identifier else None


def _policy_call(resource: str) -> Call:
    collection = resource.split("/", 1)[0]
    request = {"resource": resource, "options": {"requested_policy_version": 3}}
    return Call(
        SERVICE,
        f"cloudresourcemanager.{collection}.getIamPolicy",
        "POST",
        f"{_V3}/{quote(resource, safe='/:')}:getIamPolicy",
        body=json_body({"options": {"requestedPolicyVersion": 3}}),
        permission=f"resourcemanager.{collection}.getIamPolicy",
        generated=(collection, "get_iam_policy", json.dumps(request)),
    )


def _policy_calls(key: AllowPolicy, inputs: Inputs) -> tuple[Call, ...]:
    return (_policy_call(key.resource),)


def _policy_read(key: AllowPolicy, inputs: Inputs, outcomes: Outcomes) -> Fact:
    call, outcome = next(iter(outcomes.items()))
    return _bindings(call, outcome)


def _bindings(call: Call, outcome: Any) -> Fact:
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome)
    data = outcome.mapping()
    if data is None or not isinstance(data.get("etag"), str):
        return malformed(call, outcome)  # a policy without bindings still has an etag; without one it is no policy
    found = bindings_of(data)
    return malformed(call, outcome) if found is None else Known(found, call.method, outcome.at)


def bindings_of(policy: Mapping[str, Any]) -> tuple[Binding, ...] | None:
    """The bindings of an allow policy as the APIs give it; None where one of them cannot be read."""
    items = policy.get("bindings", [])
    found = [_binding(item) for item in items] if isinstance(items, list) else [None]
    return None if None in found else tuple(binding for binding in found if binding is not None)


def _binding(item: Any) -> Binding | None:
    if not isinstance(item, dict) or not isinstance(item.get("role"), str) or not item["role"]:
        return None
    members, condition = item.get("members"), item.get("condition")
    if not isinstance(members, list) or not all(isinstance(member, str) for member in members):
        return None
    if "_withcond_" in item["role"] and condition is None:
        condition = {"expression": "a condition that this policy version hides"}
    expression = condition.get("expression") if isinstance(condition, dict) else None
    if condition is not None and not isinstance(expression, str):
        return None
    return Binding(item["role"].split("_withcond_")[0], tuple(members), expression)


def _policies_needs(key: AllowPolicies) -> tuple[Any, ...]:
    return (Ancestry(key.project), AllowPolicy(f"projects/{key.project}"))


def _policies_calls(key: AllowPolicies, inputs: Inputs) -> tuple[Call, ...]:
    ancestry = inputs[Ancestry(key.project)]
    return tuple(_policy_call(name) for name in ancestry.value[1:]) if isinstance(ancestry, Known) else ()


def _policies_read(key: AllowPolicies, inputs: Inputs, outcomes: Outcomes) -> Fact:
    own = f"projects/{key.project}"
    ancestry = inputs[Ancestry(key.project)]
    policies: dict[str, Fact] = {own: inputs[AllowPolicy(own)]}
    if isinstance(ancestry, Known):
        for name in ancestry.value[1:]:
            call = _policy_call(name)
            policies[name] = _bindings(call, outcomes[call])
    incomplete = ancestry if isinstance(ancestry, Unknown) else None
    at = max((fact.at or "" for fact in policies.values()), default="") or None
    listed = next((fact for fact in policies.values() if isinstance(fact, Known) and fact.rung is Rung.LISTED), None)
    if listed is not None:  # it is as sure as the least sure of them, and as old as the oldest
        source = f"{listed.source} and cloudresourcemanager getIamPolicy"
        return Known(Attached(policies, incomplete), source, listed.at, Rung.LISTED)
    return Known(Attached(policies, incomplete), "cloudresourcemanager getIamPolicy", at)


def _test_call(project: str, permissions: tuple[str, ...]) -> Call:
    name = f"projects/{project}"
    return Call(
        SERVICE,
        "cloudresourcemanager.projects.testIamPermissions",
        "POST",
        f"{_V3}/{quote(name, safe='/:')}:testIamPermissions",
        body=json_body({"permissions": list(permissions)}),
        permission="resourcemanager.projects.get",
        generated=(
            "projects",
            "test_iam_permissions",
            json.dumps({"resource": name, "permissions": list(permissions)}),
        ),
    )


def _held_calls(key: HeldPermissions, inputs: Inputs) -> tuple[Call, ...]:
    return test_calls(key, lambda names: _test_call(key.project, names))


def _held_read(key: HeldPermissions, inputs: Inputs, outcomes: Outcomes) -> Fact:
    return held(key, outcomes)


PROVIDERS = (
    Provider(ProjectRecord, SERVICE, ("resourcemanager.projects.get",), _project_calls, _project_read),
    Provider(Ancestry, SERVICE, ("resourcemanager.projects.get",), _ancestry_calls, _ancestry_read),
    Provider(AllowPolicy, SERVICE, ("resourcemanager.projects.getIamPolicy",), _policy_calls, _policy_read),
    Provider(
        AllowPolicies,
        SERVICE,
        (
            "resourcemanager.projects.getIamPolicy",
            "resourcemanager.folders.getIamPolicy",
            "resourcemanager.organizations.getIamPolicy",
        ),
        _policies_calls,
        _policies_read,
        needs=_policies_needs,
        partial=True,
    ),
    Provider(HeldPermissions, SERVICE, (), _held_calls, _held_read),
)
