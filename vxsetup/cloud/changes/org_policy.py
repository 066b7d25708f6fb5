"""Organization Policy v2: add one allowed value to a project's own policy (DISC 20260723)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, json_body
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged, error_of, refused

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
    started, pause = hands.seconds(), 0.5
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
                return refused(read)
            rules = _with(old.get("rules", []), action["value"])
            if rules is None:
                return Changed(already=True)
            body = json_body({"name": name, "spec": {**old, "rules": rules}})
            call = Call(SERVICE, "orgpolicy.projects.policies.patch", "PATCH", url, body)
        outcome = hands.send(call)
        if isinstance(outcome, Answer) and outcome.ok:
            created = call.verb == "POST"
            return Changed(
                made={**{key: action[key] for key in ("project", "constraint", "value")}, "created": created}
            )
        error = error_of(outcome)
        again = error is not None and error.http == 409
        if not again or hands.seconds() - started > hands.deadline or not hands.wait(pause):
            return refused(outcome)
        pause = min(pause * 2, 10.0)


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
