"""What a config comes to where it says so only in part: the custom roles that it names, the limits that it needs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from dataclasses import dataclass

    from vxsetup.catalog import Catalogue
    from vxsetup.config.project import Project
else:
    from vxsetup.values import dataclass

Limit: TypeAlias = "tuple[str, str, str, tuple[tuple[str, str], ...]]"
"""A limit: the location, the quota id, the base model, and the dimensions as sorted pairs."""


@dataclass(frozen=True, slots=True)
class CustomRole:
    """A role of the project itself that entries of ``access`` name: its whole name, its id, and the permissions that all of
    them need; ``doubtful`` is an ability whose permissions Google does not name, None where there is none."""

    name: str
    id: str
    permissions: tuple[str, ...]
    doubtful: str | None = None


def custom_roles(project: Project, catalogue: Catalogue) -> tuple[CustomRole, ...]:
    """The custom roles of the project that its config names, in the order of the config."""
    prefix = f"projects/{project.id}/roles/"
    names = dict.fromkeys(entry.role for entry in project.access if entry.role and entry.role.startswith(prefix))
    found = []
    for name in names:
        asked = dict.fromkeys(one for entry in project.access if entry.role == name for one in entry.can)
        abilities = [(one, catalogue.ability(one)) for one in asked]
        needed = [
            (one, p) for one, known in abilities if known is not None for p in known.permissions if p.when is None
        ]
        doubtful = next((one for one, permission in needed if permission.doubtful), None)
        held = tuple(sorted({permission.name for _, permission in needed if not permission.doubtful}))
        found.append(CustomRole(name, name.removeprefix(prefix), held, doubtful))
    return tuple(found)


def limits_needed(project: Project, catalogue: Catalogue) -> Mapping[Limit, int]:
    """What the config needs of each limit, a minute: the sum over the models that share it."""
    found: dict[Limit, int] = {}
    for model in project.models:
        needs = model.needs
        given = {
            "requests": needs.requests_per_minute,
            "input_tokens": needs.input_tokens_per_minute,
            "output_tokens": needs.output_tokens_per_minute,
        }
        for placement in model.locations:
            quota = catalogue.quota(model.id, placement.location)
            for kind, need in given.items():
                limit = quota.limit(kind)
                if need is None or limit is None or limit.quota_id is None or not quota.base_models:
                    continue
                base = quota.base_models[0].name
                dimensions = tuple(sorted(quota.dimension_values(base).items()))
                key = (placement.location, str(limit.quota_id.value), base, dimensions)
                found[key] = found.get(key, 0) + need
    return found
