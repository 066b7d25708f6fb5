"""Whether the caller may do what a plan asks: every permission that its steps need, and all that are missing at once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vxsetup.facts.base import Facts, Known, Unknown
from vxsetup.facts.provision import HeldOn
from vxsetup.findings import Permit, Step

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class Lack:
    """A permission that the caller is without, or of which that could not be read (``known`` False), and the steps that
    need it."""

    permit: Permit
    steps: tuple[Step, ...]
    known: bool
    says: str


def asked(steps: Sequence[Step]) -> tuple[HeldOn, ...]:
    """What to test: one fact for each resource. A project that the plan itself makes is not tested: its maker owns it."""
    made = {f"projects/{step.action['project']}" for step in steps if step.action["do"] == "create_project"}
    names: dict[str, dict[str, bool]] = {}
    for step in steps:
        for permit in step.permissions:
            if permit.resource not in made and step.by_hand is None:
                names.setdefault(permit.resource, {})[permit.permission] = permit.doubtful
    return tuple(
        HeldOn(
            resource,
            tuple(sorted(name for name, doubtful in found.items() if not doubtful)),
            tuple(sorted(name for name, doubtful in found.items() if doubtful)),
        )
        for resource, found in sorted(names.items())
    )


def lacking(steps: Sequence[Step], facts: Facts) -> tuple[Lack, ...]:
    """The permissions that are missing, or of which it is not known, in the order of the steps."""
    tested = {key.resource: key for key in asked(steps)}
    found: dict[Permit, list[Step]] = {}
    for step in steps:
        for permit in step.permissions:
            if step.by_hand is None and permit.resource in tested and not permit.doubtful:
                found.setdefault(permit, []).append(step)
    lacks = []
    for permit, needing in found.items():
        fact = facts[tested[permit.resource]]
        if isinstance(fact, Unknown):
            lacks.append(Lack(permit, tuple(needing), False, fact.says))
        elif isinstance(fact, Known) and permit.permission not in fact.value.held:
            lacks.append(Lack(permit, tuple(needing), True, "testIamPermissions: not held"))
    return tuple(lacks)
