"""Facts about organization policies: what is in force for one constraint, and what that says of a value. Pure.

Sources: DISC (orgpolicy v2), GD:control-model-access, GD:org-policy-hierarchy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class EffectivePolicy:
    """Asks for the policy in force for a constraint on a resource (``projects/…``). Value: ``Policy``.

    ``constraint`` has no ``constraints/`` before it. Google merges the policies of project, folders and organization
    and evaluates conditions by tags; what is only set as a dry run is no part of the answer (DISC).
    """

    resource: str
    constraint: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A merged policy; all empty where nothing is in force, so that the constraint's default holds.

    ``allowed`` and ``denied`` are values without ``is:``. ``enforced`` is for boolean constraints, None where no rule
    says it. ``unclear`` says in words which part cannot be judged, so that none of it is believed; None usually.
    """

    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    allow_all: bool = False
    deny_all: bool = False
    enforced: bool | None = None
    unclear: str | None = None

    @property
    def silent(self) -> bool:
        """Whether no rule is in force."""
        return self == Policy()


class Standing(StrEnum):
    """What a policy says of a value. ``default``: it says nothing, and the constraint's default decides."""

    ALLOWED = "allowed"
    DENIED = "denied"
    DEFAULT = "default"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a policy says of a thing, and in words why. ``entry`` is the denied value that decides, where one does."""

    standing: Standing
    why: str
    entry: str | None = None


def read_policy(spec: Any) -> Policy | None:
    """The policy of an answer's ``spec``, or None where that is not what the documents say.

    A rule with a condition or with parameters (managed constraints) makes the policy unclear: an effective policy has
    no conditions (DISC), and parameters mean what each constraint says.
    """
    rules = spec.get("rules", []) if isinstance(spec, dict) else None
    if not isinstance(rules, list):
        return None
    allowed: list[str] = []
    denied: list[str] = []
    flags: dict[str, set[bool]] = {"allowAll": set(), "denyAll": set(), "enforce": set()}
    unclear: list[str] = []
    for rule in rules:
        lists = _values(rule)
        if lists is None or any(key in rule and not isinstance(rule[key], bool) for key in flags):
            return None
        allowed += lists[0]
        denied += lists[1]
        for key, seen in flags.items():
            seen |= {rule[key]} if key in rule else set()
        unclear += _unclear(rule, lists)
    if len(flags["enforce"]) > 1:
        unclear.append("rules that contradict each other")
    enforced = next(iter(flags["enforce"]), None)
    return Policy(
        tuple(dict.fromkeys(allowed)),
        tuple(dict.fromkeys(denied)),
        True in flags["allowAll"],
        True in flags["denyAll"],
        enforced,
        unclear[0] if unclear else None,
    )


def _values(rule: Any) -> tuple[list[str], list[str]] | None:
    """The allowed and the denied values of a rule; None where it has no such shape."""
    values = rule.get("values", {}) if isinstance(rule, dict) else None
    if not isinstance(values, dict):
        return None
    found = []
    for key in ("allowedValues", "deniedValues"):
        items = values.get(key, [])
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            return None
        found.append([item.removeprefix("is:") for item in items])
    return found[0], found[1]


def _unclear(rule: Mapping[str, Any], lists: tuple[list[str], list[str]]) -> list[str]:
    """Why a rule cannot be judged, where it cannot."""
    if rule.get("condition"):
        return ["a rule that holds under a condition"]
    if rule.get("parameters"):
        return ["a rule with parameters"]
    says = any(lists) or "enforce" in rule or rule.get("allowAll") is True or rule.get("denyAll") is True
    return [] if says else ["a rule that names no value"]


def is_group(value: str) -> bool:
    """Whether a value stands for others that it does not name: a value group or a part of the resource hierarchy."""
    return value.startswith(("in:", "under:"))


def ruling(policy: Policy, names: tuple[str, ...], doubtful: Callable[[str], bool] = is_group) -> Ruling:
    """What a list policy says of a thing that goes by ``names``, from the exact one to wider ones.

    A denial beats every permission; a list of allowed values denies what is not on it; a list of only denied values
    allows the rest (GD:control-model-access). ``doubtful`` tells the values that may or may not mean the thing: where
    one of them could turn the answer, it is unclear.
    """
    if policy.unclear is not None:
        return Ruling(Standing.UNCLEAR, f"it has {policy.unclear}")
    if policy.deny_all:
        return Ruling(Standing.DENIED, "every value is denied")
    for name in names:
        if name in policy.denied:
            return Ruling(Standing.DENIED, f"{name} is denied", name)
    perhaps = next((value for value in policy.denied if doubtful(value)), None)
    if perhaps is not None:
        return Ruling(Standing.UNCLEAR, f"{perhaps} is denied, which may or may not mean {names[0]}")
    if policy.allow_all:
        return Ruling(Standing.ALLOWED, "every value is allowed")
    for name in names:
        if name in policy.allowed:
            return Ruling(Standing.ALLOWED, f"{name} is allowed")
    perhaps = next((value for value in policy.allowed if doubtful(value)), None)
    if perhaps is not None:
        return Ruling(Standing.UNCLEAR, f"{perhaps} is allowed, which may or may not mean {names[0]}")
    if policy.allowed:
        return Ruling(Standing.DENIED, f"{names[0]} is not {_among(policy.allowed)} allowed")
    if policy.denied:
        return Ruling(Standing.ALLOWED, f"{names[0]} is not {_among(policy.denied)} denied")
    if policy.enforced is not None:
        return Ruling(Standing.UNCLEAR, "it is not the kind of policy that lists values")
    return Ruling(Standing.DEFAULT, "no rule is in force")


def _among(values: tuple[str, ...]) -> str:
    return f"among the {len(values)} values that are" if len(values) > 1 else "the one value that is"


def enforcement(policy: Policy) -> Ruling:
    """What a boolean policy says: ``denied`` where it is enforced, ``allowed`` where a rule says that it is not."""
    if policy.unclear is not None:
        return Ruling(Standing.UNCLEAR, f"it has {policy.unclear}")
    if policy.enforced is None:
        said = Ruling(Standing.UNCLEAR, "it is not the kind of policy that is enforced or not")
        return Ruling(Standing.DEFAULT, "no rule is in force") if policy.silent else said
    if policy.enforced:
        return Ruling(Standing.DENIED, "it is enforced")
    return Ruling(Standing.ALLOWED, "it is not enforced")
