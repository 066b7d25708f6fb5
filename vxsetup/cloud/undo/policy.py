"""Values that were allowed in a project's own organization policy (Organization Policy v2, DISC 20260723)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, json_body
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged, refused
from vxsetup.cloud.changes.org_policy import SERVICE
from vxsetup.cloud.undo.base import Eyes, Made, Undoing, again, read, removed
from vxsetup.facts.made import AS_MADE, GONE, Standing


def _url(one: Made) -> str:
    root = f"https://{SERVICE}/v2/projects/{quote(one.action['project'], safe=':')}/policies"
    return f"{root}/{quote(one.action['constraint'], safe='.')}"


def _get(one: Made) -> Call:
    return Call(SERVICE, "orgpolicy.projects.policies.get", "GET", _url(one))


def _rules(policy: Mapping[str, Any]) -> list[Any]:
    spec = policy.get("spec")
    rules = spec.get("rules", []) if isinstance(spec, dict) else []
    return rules if isinstance(rules, list) else []


def _allows(rule: Any, value: str) -> bool:
    values = rule.get("values") if isinstance(rule, dict) and not rule.get("condition") else None
    return isinstance(values, dict) and value in values.get("allowedValues", ())


def _look(one: Made, eyes: Eyes) -> Standing:
    found = read(_get(one), eyes.send)
    if isinstance(found, Standing):
        return found
    there = found is not None and any(_allows(rule, one.action["value"]) for rule in _rules(found))
    return AS_MADE if there else GONE


def _take_back(one: Made, hands: Hands) -> Changed | NotChanged:
    """Remove the value; a policy that vxsetup made, and that holds nothing else, goes with its last value."""
    started, pause = hands.seconds(), 0.5
    while True:
        found = read(_get(one), hands.send)
        if isinstance(found, Standing):
            return NotChanged(found.says, found.permission)
        if found is None or not any(_allows(rule, one.action["value"]) for rule in _rules(found)):
            return Changed(already=True)
        left = [rule for rule in (_without(rule, one.action["value"]) for rule in _rules(found)) if rule is not None]
        if not left and one.made.get("created"):
            etag = found.get("etag")
            tail = f"?etag={quote(etag, safe='')}" if isinstance(etag, str) else ""
            outcome = hands.send(Call(SERVICE, "orgpolicy.projects.policies.delete", "DELETE", _url(one) + tail))
            ended = removed(outcome)
        else:
            spec = {**found["spec"], "rules": left}
            body = json_body({"name": found.get("name"), "spec": spec})
            outcome = hands.send(Call(SERVICE, "orgpolicy.projects.policies.patch", "PATCH", _url(one), body))
            ended = Changed() if isinstance(outcome, Answer) and outcome.ok else refused(outcome)
        if isinstance(ended, Changed) or not again(outcome, hands, started, pause, 409):
            return ended
        pause = min(pause * 2, 10.0)


def _without(rule: Any, value: str) -> Any:
    """The rule without the value; None where nothing is left of it."""
    if not _allows(rule, value):
        return rule
    allowed = [one for one in rule["values"]["allowedValues"] if one != value]
    values = {key: item for key, item in rule["values"].items() if key != "allowedValues"}
    values |= {"allowedValues": allowed} if allowed else {}
    rest = {key: item for key, item in rule.items() if key != "values"}
    return {**rest, "values": values} if values else rest or None


VALUE = Undoing(_look, _take_back)
