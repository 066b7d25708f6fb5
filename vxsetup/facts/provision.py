"""Facts that only a plan asks for: what a role holds, whether an account is there, what the caller may do where."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


ROLE_TITLE = "Requests to Claude, made by vxsetup"
"""The title of the custom roles that vxsetup makes; by it they are known again."""


class OwnPermissions(frozenset[str]):
    """The permissions of a role that bears vxsetup's title, so that vxsetup may give it more: those of any other role
    are somebody else's to change."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class RolePermissions:
    """Asks for the permissions of one role, by its full name. Value: a frozenset of names (``OwnPermissions`` for a role
    that vxsetup made), or Absent."""

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
