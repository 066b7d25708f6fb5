"""Facts that only a plan asks for: what a role holds, whether an account is there, what the caller may do where."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class RolePermissions:
    """Asks for the permissions of one role, by its full name. Value: a frozenset of names, or Absent."""

    role: str


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """Asks for a service account of a project, by e-mail. Value: ``AccountState`` or Absent."""

    project: str
    email: str


@dataclass(frozen=True, slots=True)
class AccountState:
    """Whether a service account that exists was disabled."""

    disabled: bool


@dataclass(frozen=True, slots=True)
class HeldOn:
    """Asks which permissions the caller holds on one resource: ``projects/…``, ``folders/…``, ``organizations/…`` or
    ``billingAccounts/…``. Value: ``Held``. Each of the ``doubtful`` names is tested in a request of its own."""

    resource: str
    permissions: tuple[str, ...]
    doubtful: tuple[str, ...] = ()
