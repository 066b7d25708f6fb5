"""Facts about access: the policies, roles and answers from which ``facts.effective`` tells who holds what.

Sources: IAMD (2026-05-30), IAMDS (2026-08-22), DISC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from vxsetup.facts.base import Fact, Known, Unknown
from vxsetup.facts.members import Cover, Place, covers

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class HeldPermissions:
    """Asks which of some permissions the caller holds on a project. Value: ``Held``.

    Each of the ``doubtful`` names is tested in a request of its own: one name that does not fit the resource turns a
    whole testIamPermissions call into 400.
    """

    project: str
    permissions: tuple[str, ...]
    doubtful: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """``held`` is what testIamPermissions answered; ``untestable`` are names that it refused to test."""

    held: frozenset[str]
    untestable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AllowPolicy:
    """Asks for the allow policy attached to one resource (``projects/…``, ``folders/…``). Value: a tuple of ``Binding``."""

    resource: str


@dataclass(frozen=True, slots=True)
class Binding:
    """One role for some members; ``condition`` is the CEL expression, or None."""

    role: str
    members: tuple[str, ...]
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class AllowPolicies:
    """Asks for all allow policies that act on a project: its own, its folders', its organization's. Value: ``Attached``."""

    project: str


@dataclass(frozen=True, slots=True)
class Attached:
    """What is attached where, the project first. ``policies`` maps a resource name to the fact read there;
    ``incomplete`` is the unknown that kept the list of ancestors from being read, or None."""

    policies: Mapping[str, Fact]
    incomplete: Unknown | None = None


@dataclass(frozen=True, slots=True)
class DenyPolicyNames:
    """Asks for the names of the deny policies attached to a project and its ancestors. Value: ``Attached``, each a
    tuple of names. IAM v2 lists names only; the rules are read one policy at a time."""

    project: str


@dataclass(frozen=True, slots=True)
class DenyPolicies:
    """Asks for the deny policies attached to a project and its ancestors. Value: ``Attached``, each a tuple of ``DenyRule``."""

    project: str


@dataclass(frozen=True, slots=True)
class DenyRule:
    """A deny rule as IAM v2 has it: permissions in ``SERVICE/RESOURCE.VERB`` form, principals in v2 form."""

    policy: str
    permissions: tuple[str, ...]
    principals: tuple[str, ...]
    exception_permissions: tuple[str, ...] = ()
    exception_principals: tuple[str, ...] = ()
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class RoleDefinitions:
    """Asks for the permissions of every role that the allow policies give to some principals. Value: ``Roles``."""

    project: str
    principals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Roles:
    """Role names and the fact read of each: a frozenset of permissions."""

    permissions: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """Asks Policy Troubleshooter whether a user or a service account holds a permission on a project. Value: ``Opinion``.

    Other kinds of principals are not supported there (IAMD).
    """

    project: str
    principal: str
    permission: str


@dataclass(frozen=True, slots=True)
class Opinion:
    """Policy Troubleshooter's words: ``overall`` is CAN_ACCESS, CANNOT_ACCESS, UNKNOWN_INFO or UNKNOWN_CONDITIONAL;
    ``allow`` and ``deny`` are the states of the two kinds of policies, empty where they were not told."""

    overall: str
    allow: str = ""
    deny: str = ""


BASIC_ROLES = ("roles/owner", "roles/editor", "roles/viewer")
"""Roles over every service, far wider than any one need (IAMD)."""


def roles_to_read(policies: Iterable[Fact], principals: Iterable[str], project: str = "") -> tuple[str, ...]:
    """The roles whose permissions matter for some principals, sorted: those bound to a member that could concern one,
    and the basic roles that are bound to anyone."""
    wanted = set()
    asked, place = tuple(principals), Place(project)
    for policy in policies:
        if isinstance(policy, Known):
            for binding in policy.value:
                concerns = any(covers(m, p, place) is not Cover.NO for m in binding.members for p in asked)
                if concerns or (asked and binding.members and binding.role in BASIC_ROLES):
                    wanted.add(binding.role)
    return tuple(sorted(wanted))
