"""Organization Policy v2: what is set on a node, what is effective there, and setting it (DISC 20260723)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from . import errors
from .access import node_for
from .http import Response, answer
from .model import Node, OrgPolicy
from .policies import DENY_LISTS, LIST_CONSTRAINTS, effective
from .routing import Answer, Call, Route
from .shapes import etag_of, part, parts, text, texts

API = "orgpolicy.googleapis.com"


def _rules(policy: OrgPolicy) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = []
    if policy.enforce is not None:
        rules.append({"enforce": policy.enforce})
    if policy.deny_all:
        return [*rules, {"denyAll": True}]
    values: dict[str, Any] = {}
    if policy.allowed:
        values["allowedValues"] = list(policy.allowed)
    if policy.denied:
        values["deniedValues"] = list(policy.denied)
    if values:
        rules.append({"values": values})
    if policy.allow_all:
        rules.append({"allowAll": True})
    return rules


def _reconciled(name: str, policy: OrgPolicy) -> OrgPolicy:
    """A merged policy as it is shown: what is denied stands among the allowed no more, unless that would leave no list
    of allowed values at all. One without any value allows nothing, but where a constraint only denies."""
    if name not in LIST_CONSTRAINTS or name in DENY_LISTS or policy.allow_all:
        return policy
    allowed = tuple(value for value in policy.allowed if value not in policy.denied)
    nothing = not policy.allowed and not policy.denied
    return replace(policy, allowed=allowed or policy.allowed, deny_all=policy.deny_all or nothing)


def _body(call: Call, node: Node, constraint: str, policy: OrgPolicy) -> dict[str, Any]:
    spec: dict[str, Any] = {"rules": _rules(policy)} if _rules(policy) else {}
    if policy.inherit:
        spec["inheritFromParent"] = True
    if policy.reset:
        spec["reset"] = True
    etag = etag_of(spec)
    return {"name": f"{_numbered(call, node)}/policies/{constraint}", "spec": {**spec, "etag": etag}, "etag": etag}


def _numbered(call: Call, node: Node) -> str:
    """A node's name with the number that the API shows for a project."""
    project = call.state.project(node.name.removeprefix("projects/")) if node.name.startswith("projects/") else None
    return f"projects/{project.number}" if project else node.name


def _node(call: Call, permission: str) -> Node | Response:
    kind = next(kind for kind in ("project", "folder", "organization") if kind in call.args)
    return node_for(call, f"{kind}s/{call.args[kind]}", permission)


def _unknown(name: str) -> Response:
    return errors.not_found(f"Requested entity was not found: the constraint {name} has no policy here.")


def _get(call: Call) -> Answer:
    node = _node(call, "orgpolicy.policy.get")
    if isinstance(node, Response):
        return node
    name = call.args["constraint"]
    policy = node.policies.get(name)
    return answer(_body(call, node, name, policy)) if policy else _unknown(name)


def _get_effective(call: Call) -> Answer:
    node = _node(call, "orgpolicy.policy.get")
    if isinstance(node, Response):
        return node
    name = call.args["constraint"]
    policy = effective(call.state, node, name)
    # The merged policy has no etag; where nothing is set there are no rules either, and the default holds.
    rules = _rules(_reconciled(name, policy)) if policy is not None else []
    spec = {"rules": rules} if rules else {}
    return answer({"name": f"{_numbered(call, node)}/policies/{name}", "spec": spec})


def _list(call: Call) -> Answer:
    node = _node(call, "orgpolicy.policies.list")
    if isinstance(node, Response):
        return node
    rows = [_body(call, node, name, policy) for name, policy in node.policies.items()]
    return answer({"policies": rows} if rows else {})


def _parsed(name: str, spec: Mapping[str, Any]) -> OrgPolicy | Response:
    """A policy as it is set. What cannot stand together is refused, as the discovery document says."""
    rules = parts(spec, "rules")
    if spec.get("reset") is True and (rules or spec.get("inheritFromParent") is True):
        return errors.invalid("A policy that resets has no rules and does not inherit from its parent.")
    if spec.get("inheritFromParent") is True and name not in LIST_CONSTRAINTS:
        return errors.invalid("Only policies of list constraints can inherit from their parent.")
    if any("condition" in rule for rule in rules):
        return errors.invalid("This emulator's organization policies have no conditional rules.")
    values = [part(rule, "values") for rule in rules]
    enforced = [rule["enforce"] for rule in rules if isinstance(rule.get("enforce"), bool)]
    return OrgPolicy(
        tuple(value for one in values for value in texts(one, "allowedValues")),
        tuple(value for one in values for value in texts(one, "deniedValues")),
        any(rule.get("allowAll") is True for rule in rules),
        any(rule.get("denyAll") is True for rule in rules),
        enforced[0] if enforced else None,
        spec.get("inheritFromParent") is True,
        spec.get("reset") is True,
    )


def _store(call: Call, node: Node, name: str) -> Answer:
    policy = _parsed(name, part(call.data, "spec"))
    if isinstance(policy, Response):
        return policy
    changed = replace(node, policies={**node.policies, name: policy})
    return call.state.with_node(changed), answer(_body(call, changed, name, policy))


def _create(call: Call) -> Answer:
    node = _node(call, "orgpolicy.policies.create")
    if isinstance(node, Response):
        return node
    name = text(call.data, "name").rpartition("/policies/")[2]
    if not name:
        return errors.invalid("The policy's name must be given.")
    if name in node.policies:
        return errors.google(409, f"Policy with name {name} already exists", "ALREADY_EXISTS")
    return _store(call, node, name)


def _patch(call: Call) -> Answer:
    node = _node(call, "orgpolicy.policies.update")
    if isinstance(node, Response):
        return node
    name = call.args["constraint"]
    if name not in node.policies:
        return _unknown(name)
    current = _body(call, node, name, node.policies[name])["etag"]
    sent = text(call.data, "etag") or text(part(call.data, "spec"), "etag")
    if sent and sent != current:
        return errors.google(409, "The policy was changed since it was read; read it again.")
    return _store(call, node, name)


def _delete(call: Call) -> Answer:
    node = _node(call, "orgpolicy.policies.delete")
    if isinstance(node, Response):
        return node
    name = call.args["constraint"]
    if name not in node.policies:
        return _unknown(name)
    left = {key: policy for key, policy in node.policies.items() if key != name}
    return call.state.with_node(replace(node, policies=left)), answer({})


def routes() -> tuple[Route, ...]:
    """What this API serves."""
    found: list[Route] = []
    for kind in ("project", "folder", "organization"):
        root = f"/v2/{kind}s/{{{kind}}}/policies"
        one = root + "/{constraint}"
        found += [
            Route("GET", root, API, _list),
            Route("POST", root, API, _create),
            Route("GET", one + ":getEffectivePolicy", API, _get_effective),
            Route("GET", one, API, _get),
            Route("PATCH", one, API, _patch),
            Route("DELETE", one, API, _delete),
        ]
    return tuple(found)
