"""What a member may be given leave to do: the permissions behind each ability, and the roles that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vxsetup.catalog.claims import Claim, Source, read_claim, source_keys

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """One IAM permission that an ability needs.

    ``doubtful``: no role dump or list for custom roles has the name, or only a role is documented for the ability, so
    that a refusal proves little; ask testIamPermissions for it in a call of its own. ``when`` names the circumstance
    in which alone it is needed (``quota_project_header``). ``roles`` are predefined roles known to hold it.
    """

    name: str
    resource_type: str
    doubtful: bool
    sources: tuple[str, ...]
    when: str | None = None
    note: str | None = None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ability:
    """``invoke``, ``batch``, ``enable_models`` or ``administer``: its permissions and the least predefined role."""

    name: str
    title: str
    permissions: tuple[Permission, ...]
    least_role: str
    sources: tuple[str, ...]
    note: str | None = None


def read_ability(
    name: str, row: Mapping[str, Any], permissions: Mapping[str, Any], sources: Mapping[str, Source]
) -> Ability:
    """One row of the table of abilities, with what the table of permissions knows of each permission."""
    needed = tuple(_needed(item, permissions, sources) for item in row["permissions"])
    role = read_claim(row["least_role"], sources, str)
    assert role is not None  # the schema asks for it
    keys = dict.fromkeys(key for item in needed for key in item.sources)
    return Ability(name, row["title"], needed, role.value, tuple(keys | dict.fromkeys(role.sources)), row.get("note"))


def _needed(item: Mapping[str, Any], permissions: Mapping[str, Any], sources: Mapping[str, Source]) -> Permission:
    known = permissions.get(item["name"], {})
    return Permission(
        item["name"],
        known.get("resource_type", "project"),
        bool(item.get("doubtful") or known.get("doubtful")),
        source_keys(item),
        item.get("when"),
        item.get("note") or known.get("note"),
        roles_of(known, sources),
    )


def read_permission(name: str, row: Mapping[str, Any], sources: Mapping[str, Source]) -> Permission:
    """One row of the table of permissions."""
    return Permission(
        name,
        row["resource_type"],
        bool(row.get("doubtful")),
        source_keys(row["roles"][0]),
        None,
        row.get("note"),
        roles_of(row, sources),
    )


def roles_of(row: Mapping[str, Any], sources: Mapping[str, Source]) -> tuple[str, ...]:
    """The predefined roles that are known to hold a permission; never the full list."""
    claim: Claim[tuple[str, ...]] | None = read_claim(row.get("roles"), sources, tuple)
    return claim.value if claim else ()
