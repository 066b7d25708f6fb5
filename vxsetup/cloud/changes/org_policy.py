"""Organization Policy v2: add one allowed value to a project's own policy (DISC 20260723)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, json_body
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged, error_of, lost, refused, seal

SERVICE = "orgpolicy.googleapis.com"


def allow_value(action: Mapping[str, Any], hands: Hands) -> Changed | NotChanged:
    """Add the value of an action: ``project``, ``constraint``, ``value``.

    A project without a policy of its own gets one that inherits, so that nothing that folders and the organization say is
    lost; one that is there keeps its rules, and gets the value in a rule of its own kind. Written with the etag that was
    read, and again where somebody else was faster.
    """
    root = f"https://{SERVICE}/v2/projects/{quote(action['project'], safe=':')}/policies"
    url = f"{root}/{quote(action['constraint'], safe='.')}"
    name = f"projects/{action['project']}/policies/{action['constraint']}"
    started, pause, unsure = hands.seconds(), 0.5, False
    while True:
        read = hands.send(Call(SERVICE, "orgpolicy.projects.policies.get", "GET", url))
        error = error_of(read)
        if error is not None and error.http == 404:
            spec: dict[str, Any] = {"inheritFromParent": True, "rules": [_rule(action["value"])]}
            body = json_body({"name": name, "spec": spec})
            call = Call(SERVICE, "orgpolicy.projects.policies.create", "POST", root, body)
        else:
            found = read.mapping() if isinstance(read, Answer) and read.ok else None
            old = found.get("spec") if found is not None else None
            if not isinstance(old, dict) or not isinstance(old.get("rules", []), list):
                return refused(read, unsure)
            rules = _with(old.get("rules", []), action["value"])
            if rules is None:
                return Changed(already=not unsure, unsure=unsure)
            spec = {**old, "rules": rules}
            body = json_body({"name": name, "spec": spec})
            call = Call(SERVICE, "orgpolicy.projects.policies.patch", "PATCH", url, body)
        made = {**{key: action[key] for key in ("project", "constraint", "value")}, "created": call.verb == "POST"}
        hands.sending({**made, "sent": policy_seal(spec)})
        outcome = hands.send(call)
        if isinstance(outcome, Answer) and outcome.ok:
            return Changed(made=made)
        unsure = unsure or lost(outcome)
        error = error_of(outcome)
        again = error is not None and error.http == 409
        if not again or hands.seconds() - started > hands.deadline or not hands.wait(pause):
            return refused(outcome, unsure)
        pause = min(pause * 2, 10.0)


def allows(rules: Any, value: str) -> bool:
    """Whether one of the rules allows the value by name, without a condition."""
    rows = [rule for rule in rules if isinstance(rule, dict) and not rule.get("condition")]
    lists = [rule["values"] for rule in rows if isinstance(rule.get("values"), dict)]
    return any(value in values.get("allowedValues", ()) for values in lists)


def policy_seal(spec: Mapping[str, Any]) -> str:
    """The seal of what a policy says, without what Google adds to it when it is written."""
    return seal(spec={key: value for key, value in spec.items() if key not in ("etag", "updateTime")})


def _rule(value: str) -> dict[str, Any]:
    return {"values": {"allowedValues": [value]}}


def _with(rules: list[Any], value: str) -> list[Any] | None:
    """The rules with the value among the allowed ones; None where it is there already."""
    changed = [dict(rule) for rule in rules if isinstance(rule, dict)]
    for rule in changed:
        values = rule.get("values")
        if rule.get("condition") or not isinstance(values, dict):
            continue
        listed = values.get("allowedValues", [])
        if value in listed:
            return None
        rule["values"] = {**values, "allowedValues": [*listed, value]}
        return changed
    return [*changed, _rule(value)]
