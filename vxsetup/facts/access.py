"""Facts about access, and the pure question of who holds a permission, through which binding, where.

The reading is conservative: a group, a domain, a pool, a condition or an unread policy that could matter makes the
answer unknown. Sources: IAMD (2026-05-30), IAMDS (2026-08-22), DISC.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from vxsetup.facts.base import Fact, Known, Unknown

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


class Access(StrEnum):
    """Whether a principal holds a permission."""

    HELD = "held"
    LACKING = "lacking"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Holding:
    """The answer for one principal and permission: through which role at which resource, or why it is not known.

    ``unread`` is the fact behind the doubt where one could not be read.
    """

    access: Access
    says: str
    role: str | None = None
    resource: str | None = None
    would_need: str | None = None
    unread: Unknown | None = None


_UNRESOLVABLE = (
    "group:",
    "domain:",
    "principalSet:",
    "principalSet://",
    "projectOwner:",
    "projectEditor:",
    "projectViewer:",
)


def could_concern(member: str, principal: str) -> bool:
    """Whether a binding's member could be, or could contain, the principal."""
    if member in ("allUsers", "allAuthenticatedUsers"):
        return True
    return member.casefold() == principal.casefold() or member.startswith(_UNRESOLVABLE)


def holding(principal: str, permission: str, allow: Attached, deny: Fact, roles: Fact) -> Holding:
    """Whether ``principal`` holds ``permission`` on the project, from the policies that were read.

    Held needs an unconditional binding that names the principal (or everyone) with a role known to hold the
    permission, and no deny rule that could touch it. Lacking needs every policy and role read, and nothing in them
    that could contain the principal.
    """
    found: tuple[str, str] | None = None
    doubts: list[tuple[str, str, Unknown | None]] = []
    for resource, policy in allow.policies.items():
        if isinstance(policy, Unknown):
            doubts.append((f"the allow policy of {resource} was not read", policy.would_need, policy))
            continue
        for binding in policy.value:
            verdict = _binding(binding, principal, permission, roles)
            if verdict is Access.HELD and found is None:
                found = (binding.role, resource)
            elif verdict is Access.UNKNOWN:
                doubts.append(_doubt(binding, principal, resource, roles))
    if allow.incomplete is not None:
        says = "the folders and the organization above the project were not read"
        doubts.append((says, allow.incomplete.would_need, allow.incomplete))
    if found is None:
        if doubts:
            says, need, unread = doubts[0]
            return Holding(Access.UNKNOWN, says, would_need=need, unread=unread)
        return Holding(
            Access.LACKING, f"no allow policy from the project up to the organization gives {permission} to {principal}"
        )
    denied = _deny_doubt(principal, permission, deny)
    if denied is not None:
        return Holding(Access.UNKNOWN, denied[0], *found, would_need=denied[1], unread=denied[2])
    return Holding(Access.HELD, f"held through {found[0]} on {found[1]}; no deny policy could touch it", *found)


def bound_to(principal: str, role: str, allow: Attached) -> str | None:
    """The resource on which an unconditional binding gives ``role`` to ``principal`` by name, or None."""
    for resource, policy in allow.policies.items():
        for binding in policy.value if isinstance(policy, Known) else ():
            named = any(member.casefold() == principal.casefold() for member in binding.members)
            if named and binding.role == role and binding.condition is None:
                return resource
    return None


def _binding(binding: Binding, principal: str, permission: str, roles: Fact) -> Access:
    concerned = [member for member in binding.members if could_concern(member, principal)]
    if not concerned or isinstance(roles, Unknown):
        return Access.UNKNOWN if concerned else Access.LACKING
    role = roles.value.permissions.get(binding.role)
    if role is None or isinstance(role, Unknown):
        return Access.UNKNOWN
    if permission not in role.value:
        return Access.LACKING
    named = any(m.casefold() == principal.casefold() or m in ("allUsers", "allAuthenticatedUsers") for m in concerned)
    return Access.HELD if named and binding.condition is None else Access.UNKNOWN


def _doubt(binding: Binding, principal: str, resource: str, roles: Fact) -> tuple[str, str, Unknown | None]:
    named = next(m for m in binding.members if could_concern(m, principal))
    if binding.condition is not None:
        return (
            f"{binding.role} is given to {named} on {resource} under the condition {binding.condition!r}, which vxsetup does not evaluate",
            f"a check as {principal}",
            None,
        )
    if named.startswith(_UNRESOLVABLE):
        return (
            f"{binding.role} is given to {named} on {resource}, whose members were not read",
            f"a check as {principal}",
            None,
        )
    role = roles if isinstance(roles, Unknown) else roles.value.permissions.get(binding.role)
    unread = role if isinstance(role, Unknown) else None
    return (f"the permissions of {binding.role} (given on {resource}) were not read", "iam.roles.get", unread)


def _deny_doubt(principal: str, permission: str, deny: Fact) -> tuple[str, str, Unknown | None] | None:
    if isinstance(deny, Unknown):
        return ("deny policies were not read", deny.would_need, deny)
    attached: Attached = deny.value
    for resource, policy in attached.policies.items():
        if isinstance(policy, Unknown):
            return (f"the deny policies of {resource} were not read", policy.would_need, policy)
        for rule in policy.value:
            if any(_deny_touches(pattern, permission) for pattern in rule.permissions):
                return (
                    f"the deny policy {rule.policy} on {resource} names {permission}; vxsetup does not yet decide whether it touches {principal}",
                    f"a check as {principal}",
                    None,
                )
    if attached.incomplete is not None:
        says = "the deny policies above the project were not read"
        return (says, attached.incomplete.would_need, attached.incomplete)
    return None


def _deny_touches(pattern: str, permission: str) -> bool:
    """Whether a v2 permission (``aiplatform.googleapis.com/endpoints.predict``, ``…/endpoints.*``, ``…/*.*``) covers one."""
    host, _, rest = pattern.partition("/")
    service, _, own = permission.partition(".")
    if host != f"{service}.googleapis.com":
        return False
    if rest in (own, "*.*", "*"):
        return True
    resource, _, verb = rest.rpartition(".")
    own_resource, _, own_verb = own.rpartition(".")
    return (resource in ("*", own_resource)) and (verb in ("*", own_verb))


def roles_to_read(policies: Iterable[Fact], principals: Iterable[str]) -> tuple[str, ...]:
    """The roles whose permissions matter for some principals, sorted: those bound to a member that could concern one."""
    wanted = set()
    asked = tuple(principals)
    for policy in policies:
        if isinstance(policy, Known):
            for binding in policy.value:
                if any(could_concern(member, principal) for member in binding.members for principal in asked):
                    wanted.add(binding.role)
    return tuple(sorted(wanted))
