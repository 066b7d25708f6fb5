"""The two custom roles that a check needs, as gcloud takes them, with what each permission buys; and the same as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from vxsetup.report.json import dumps

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


class Level(StrEnum):
    """What a custom role is made in, and given on."""

    PROJECT = "project"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True)
class Bought:
    """One permission: where it must be held, and which facts, rules and APIs it opens. Names in words, sorted."""

    permission: str
    levels: tuple[Level, ...]
    facts: tuple[str, ...]
    rules: tuple[str, ...]
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Undocumented:
    """A method that a check reads with, whose permission no document names: on the project; facts and rules as above."""

    method: str
    fact: str
    rules: tuple[str, ...]


ROLE_ID = "vxsetupReader"
_TITLES = {Level.PROJECT: "vxsetup reader (project)", Level.ORGANIZATION: "vxsetup reader (organization)"}
_ABOUT = {
    Level.PROJECT: "What vxsetup check reads of one project, and the right to send it the free probes.",
    Level.ORGANIZATION: "What vxsetup check reads of the folders and the organization above a project.",
}
_PREDICT = "aiplatform.endpoints.predict"


def permissions_yaml(every: Sequence[Bought], unnamed: Sequence[Undocumented], levels: Sequence[Level]) -> str:
    """The role of each level as YAML; two roles are two documents. Plain text, made to be kept as a file."""
    return "---\n".join(_role(every, unnamed, level) for level in levels)


def _role(every: Sequence[Bought], unnamed: Sequence[Undocumented], level: Level) -> str:
    where = "--project=PROJECT_ID" if level is Level.PROJECT else "--organization=ORGANIZATION_ID"
    own = [one for one in every if level in one.levels]
    width = max(len(one.permission) for one in own)
    lines = [
        f"# vxsetup rules --permissions={level.value} > role.yaml",
        f"# gcloud iam roles create {ROLE_ID} {where} --file=role.yaml",
        f"title: {_TITLES[level]}",
        f"description: {_ABOUT[level]}",
        "stage: GA",
        "includedPermissions:",
        *(f"- {one.permission.ljust(width)}  # {_buys(one)}" for one in own),
        *(line for one in unnamed for line in _not_here(one) if level is Level.PROJECT),
    ]
    return "\n".join(lines) + "\n"


def _buys(one: Bought) -> str:
    facts = ", ".join(one.facts)
    rules = f"for {_listed(one.rules)}" if one.rules else "for a plan"
    sends = "; also lets the caller send paid requests, as any caller of models" if one.permission == _PREDICT else ""
    return f"{facts}: {rules}{sends}"


def _not_here(one: Undocumented) -> tuple[str, str]:
    return (
        f"# Not here: what {one.method} asks for ({one.fact}: for {_listed(one.rules)}); no document names it.",
        "# Where it is refused, the finding is unknown and names the permission of the answer: add that one.",
    )


def _listed(rules: tuple[str, ...]) -> str:
    """Rules by name; many are counted."""
    return " ".join(rules) if len(rules) <= 6 else f"{' '.join(rules[:5])} and {len(rules) - 5} more"


def permissions_json(every: Sequence[Bought], unnamed: Sequence[Undocumented], levels: Sequence[Level]) -> str:
    """``{"format": "vxsetup.permissions/1", "roles": {"project": {…}}, "permissions": [{…}], "undocumented": [{…}]}``."""
    roles = {
        level.value: {
            "title": _TITLES[level],
            "description": _ABOUT[level],
            "stage": "GA",
            "includedPermissions": [one.permission for one in every if level in one.levels],
        }
        for level in levels
    }
    rows = [
        {
            "permission": one.permission,
            "levels": [level.value for level in one.levels],
            "facts": list(one.facts),
            "rules": list(one.rules),
            "services": list(one.services),
        }
        for one in every
        if set(one.levels) & set(levels)
    ]
    open_ = [{"method": one.method, "fact": one.fact, "rules": list(one.rules)} for one in unnamed]
    found = {"format": "vxsetup.permissions/1", "roles": roles, "permissions": rows}
    return dumps({**found, "undocumented": open_ if Level.PROJECT in levels else []})
