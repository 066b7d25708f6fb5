"""Decides who may do what: allow policies with inheritance, groups and conditions, and deny policies over them.

This is the emulator's own evaluation, written from Google's IAM documents (IAMD:allow-policies, IAMD:deny-overview),
and it deliberately shares nothing with the one that vxsetup judges real projects with.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from .conditions import holds
from .model import Binding, Condition, DenyRule, Node, Project
from .state import State

_HOME = re.compile(r"[^@]+@([a-z0-9-]+)\.iam\.gserviceaccount\.com")
_BASIC = ("owner", "editor", "viewer")
_V2_SERVICE = {"resourcemanager": "cloudresourcemanager", "billing": "cloudbilling"}


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller. ``member`` is spelled as in a policy; ``attributes`` are those of a federated identity."""

    member: str
    kind: str
    attributes: Mapping[str, str]

    @property
    def email(self) -> str:
        """The e-mail of a user or service account, else empty."""
        return self.member.partition(":")[2] if self.kind in ("user", "service_account") else ""


@dataclass(frozen=True, slots=True)
class Resource:
    """What a permission is asked on: its place in the hierarchy, and what conditions see of it.

    ``chain`` begins with the nearest project, folder or organization (a resource that is one itself comes first);
    ``bindings`` are those of a resource below them, such as a service account.
    """

    name: str
    kind: str
    service: str
    chain: tuple[Node, ...]
    bindings: tuple[Binding, ...] = ()


def principal_of(text: str) -> Principal:
    """``user:…``, ``serviceAccount:…`` or ``principal://…`` (with ``?attribute.x=y`` for a federated one's attributes)."""
    if text.startswith("principal://"):
        name, _, query = text.partition("?")
        return Principal(name, "federated", {unquote(k): v for k, v in parse_qsl(query)})
    if text.startswith("serviceAccount:"):
        return Principal(text, "service_account", {})
    return Principal(text if ":" in text else f"user:{text}", "user", {})


def chain_of(state: State, node: Node) -> tuple[Node, ...]:
    """A node and its ancestors, nearest first. A parent that the world does not have ends the chain."""
    found: list[Node] = []
    current: Node | None = node
    while current is not None and current not in found:
        found.append(current)
        current = state.node(current.parent) if current.parent else None
    return tuple(found)


def project_resource(state: State, project: Project) -> Resource:
    """A project as a resource."""
    service = "cloudresourcemanager.googleapis.com"
    return Resource(f"projects/{project.id}", f"{service}/Project", service, chain_of(state, project.node))


def node_resource(state: State, node: Node) -> Resource:
    """A folder or an organization as a resource."""
    service = "cloudresourcemanager.googleapis.com"
    kind = "Folder" if node.name.startswith("folders/") else "Organization"
    return Resource(node.name, f"{service}/{kind}", service, chain_of(state, node))


def within(project: Resource, name: str, kind: str, service: str, bindings: tuple[Binding, ...] = ()) -> Resource:
    """A resource inside a project: it inherits the project's policies and may have bindings of its own."""
    return Resource(name, kind, service, project.chain, bindings)


def _expanded(state: State, principal: Principal) -> frozenset[str]:
    """The principal and every group that holds it, directly or through another group."""
    names = {principal.member.lower()}
    groups = {f"group:{name}".lower(): members for name, members in state.world.groups.items()}
    growing = True
    while growing:
        fresh = {
            name
            for name, members in groups.items()
            if name not in names and any(member.lower() in names for member in members)
        }
        names |= fresh
        growing = bool(fresh)
    return frozenset(names)


def _federated(principal: Principal, member: str) -> bool:
    if principal.kind != "federated" or not member.startswith("principalSet://"):
        return False
    pool = principal.member.removeprefix("principal://").partition("/subject/")[0]
    place = member.removeprefix("principalSet://")
    if place == f"{pool}/*":
        return True
    rest = place.removeprefix(f"{pool}/")
    if rest == place:
        return False
    name, _, value = rest.partition("/")
    if name == "group":
        return value in principal.attributes.get("google.groups", "").split(",")
    return bool(value) and principal.attributes.get(name) == value


def _accounts_of(state: State, principal: Principal) -> frozenset[str]:
    """The sets of all service accounts that hold this one: of its project, and of what lies above."""
    found = _HOME.fullmatch(principal.email) if principal.kind == "service_account" else None
    project = state.project(found[1]) if found else None
    if project is None:
        return frozenset()
    names = [f"projects/{project.number}", *(node.name for node in chain_of(state, project.node)[1:])]
    return frozenset(f"principalset://cloudresourcemanager.googleapis.com/{name}/type/serviceaccount" for name in names)


def _conveniences(state: State, names: frozenset[str], resource: Resource) -> frozenset[str]:
    """``projectOwner:P`` and its like, for those whom the project's own policy gives the basic role."""
    found = set()
    for node in resource.chain:
        if not node.name.startswith("projects/"):
            continue
        key = node.name.removeprefix("projects/")
        project = state.project(key)
        for one in node.iam:
            kind = one.role.removeprefix("roles/")
            if kind in _BASIC and one.condition is None and any(member.lower() in names for member in one.members):
                found |= {f"project{kind}:{name}" for name in (key, project.number if project else key)}
    return frozenset(found)


def matches(principal: Principal, names: frozenset[str], member: str) -> bool:
    """Whether a member of an allow policy, or a principal of a deny policy, covers this caller."""
    if member in ("allUsers", "principalSet://goog/public:all"):
        return True
    if member == "allAuthenticatedUsers":
        return principal.kind != "federated"
    lowered = _v1_member(member)
    if lowered in names:
        return True
    if lowered.startswith("domain:"):
        return principal.kind == "user" and principal.email.lower().endswith("@" + lowered.removeprefix("domain:"))
    return _federated(principal, member)


def _v1_member(member: str) -> str:
    """Deny policies name principals by URL; allow policies by prefix. One spelling, in lower case."""
    for prefix, kind in (
        ("principal://goog/subject/", "user:"),
        ("principalSet://goog/group/", "group:"),
        ("principal://iam.googleapis.com/projects/-/serviceAccounts/", "serviceaccount:"),
    ):
        if member.startswith(prefix):
            return (kind + member.removeprefix(prefix)).lower()
    return member.lower()


def v2_permission(permission: str) -> str:
    """``aiplatform.endpoints.predict`` as deny policies spell it: ``aiplatform.googleapis.com/endpoints.predict``."""
    if "/" in permission:
        return permission
    service, _, rest = permission.partition(".")
    return f"{_V2_SERVICE.get(service, service)}.googleapis.com/{rest}"


def permission_matches(pattern: str, permission: str) -> bool:
    """Whether a deny policy's permission, or one of its groups (``…/*.*``, ``…/endpoints.*``), covers this one."""
    wanted = v2_permission(permission)
    pattern = v2_permission(pattern)
    if pattern.endswith(("/*.*", "/*")):
        return wanted.startswith(pattern.partition("/")[0] + "/")
    if pattern.endswith(".*"):
        return wanted.startswith(pattern[:-1])
    host, _, verb = pattern.partition("/*.")
    if verb:
        return wanted.startswith(host + "/") and wanted.endswith("." + verb)
    return wanted == pattern


def _names_seen(resource: Resource, now: datetime) -> dict[str, Any]:
    return {
        "request": {"time": now},
        "resource": {"name": resource.name, "type": resource.kind, "service": resource.service},
    }


def _true(condition: Condition | None, resource: Resource, now: datetime) -> bool:
    return condition is None or holds(condition.expression, _names_seen(resource, now)) is True


def _applies(condition: Condition | None, resource: Resource, now: datetime) -> bool:
    """Whether a denial's condition lets it act: where it is true, and where it gives no answer (IAMD:deny-overview)."""
    return condition is None or holds(condition.expression, _names_seen(resource, now)) is not False


def _denies(rule: DenyRule, principal: Principal, names: frozenset[str], permission: str) -> bool:
    if not any(permission_matches(pattern, permission) for pattern in rule.permissions):
        return False
    if any(permission_matches(pattern, permission) for pattern in rule.except_permissions):
        return False
    if not any(matches(principal, names, member) for member in rule.principals):
        return False
    return not any(matches(principal, names, member) for member in rule.except_principals)


def role_permissions(state: State, role: str) -> frozenset[str]:
    """What a predefined or custom role holds; empty for one that nobody knows, that was deleted, or that is disabled."""
    row = state.tables.roles.get(role)
    if row is not None:
        return row.permissions
    custom = state.custom_role(role)
    if custom is None or custom.deleted or custom.stage == "DISABLED":
        return frozenset()
    return frozenset(custom.permissions)


def _bindings(resource: Resource) -> Iterator[Binding]:
    yield from resource.bindings
    for node in resource.chain:
        yield from node.iam


def _names(state: State, principal: Principal, resource: Resource) -> frozenset[str]:
    """Every name, in lower case, under which policies over the resource can mean the caller, but for patterns."""
    names = _expanded(state, principal) | _accounts_of(state, principal)
    return names | _conveniences(state, names, resource)


def covering(state: State, principal: Principal, resource: Resource) -> Callable[[Iterable[str]], bool]:
    """Whether any of a binding's members covers this principal, as a function of the members."""
    names = _names(state, principal, resource)
    return lambda members: any(matches(principal, names, member) for member in members)


def denying(state: State, principal: Principal, resource: Resource, permission: str) -> list[DenyRule]:
    """The deny rules over the resource that take a permission from a principal, whatever their conditions say."""
    names = _names(state, principal, resource)
    rules = (rule for node in resource.chain for policy in node.deny for rule in policy.rules)
    return [rule for rule in rules if _denies(rule, principal, names, permission)]


def held(state: State, principal: Principal, resource: Resource, asked: Iterable[str], now: datetime) -> frozenset[str]:
    """The permissions out of ``asked`` that the caller has on the resource at this moment."""
    names = _names(state, principal, resource)
    wanted = frozenset(asked)
    allowed: set[str] = set()
    for binding in _bindings(resource):
        if not any(matches(principal, names, member) for member in binding.members):
            continue
        granted = (wanted & role_permissions(state, binding.role)) - allowed
        if granted and _true(binding.condition, resource, now):
            allowed |= granted
    denied: set[str] = set()
    for node in resource.chain:
        for rule in (rule for policy in node.deny for rule in policy.rules):
            hit = {permission for permission in allowed if _denies(rule, principal, names, permission)}
            if hit and _applies(rule.condition, resource, now):
                denied |= hit
    return frozenset(allowed - denied)


def allows(state: State, principal: Principal, resource: Resource, permission: str, now: datetime) -> bool:
    """Whether the caller has one permission on the resource at this moment."""
    return permission in held(state, principal, resource, (permission,), now)
