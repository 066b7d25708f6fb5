"""getIamPolicy, setIamPolicy and testIamPermissions, which every resource shares (IAMD:allow-policies)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import errors
from .conditions import readable
from .http import Response
from .iam import Resource, held
from .model import Binding, Condition
from .routing import Call
from .shapes import etag_bytes, etag_of, part, parts, text, texts
from .state import State
from .tables import UNLISTED_PERMISSIONS
from .tokens import service_account_of

MAX_PRINCIPALS = 1500
_MEMBER = re.compile(
    r"all(Authenticated)?Users|(user|serviceAccount|group|domain):[^\s:]+|deleted:.+|principal(Set)?://\S+"
    r"|project(Owner|Editor|Viewer):\S+"
)
_PERMISSION = re.compile(r"[a-z][A-Za-z0-9.-]*(\.[A-Za-z0-9]+|/[A-Za-z0-9]+\.[A-Za-z0-9]+)+")
_OWN_ACCOUNT = re.compile(r"serviceAccount:([^@]+@([a-z0-9-]+)\.iam\.gserviceaccount\.com)")


@dataclass(frozen=True, slots=True)
class Policy:
    """What setIamPolicy writes: bindings, and audit configs where the mask names them (None: leave them)."""

    bindings: tuple[Binding, ...]
    audit: tuple[Mapping[str, Any], ...] | None


def _expr(condition: Condition) -> dict[str, str]:
    found = {"title": condition.title, "expression": condition.expression}
    return found | ({"description": condition.description} if condition.description else {})


def _full(bindings: tuple[Binding, ...]) -> list[dict[str, Any]]:
    return [
        {"role": one.role, "members": list(one.members)}
        | ({"condition": _expr(one.condition)} if one.condition else {})
        for one in bindings
    ]


def _flattened(bindings: tuple[Binding, ...]) -> list[dict[str, Any]]:
    """What a reader below version 3 sees: no conditions, and conditional roles under a mangled name."""
    found = []
    for one in bindings:
        role = one.role
        if one.condition is not None:
            mark = hashlib.sha256(one.condition.expression.encode("utf-8", "replace")).hexdigest()[:20]
            role = f"{role}_withcond_{mark}"
        found.append({"role": role, "members": list(one.members)})
    return found


def shown(bindings: tuple[Binding, ...], audit: tuple[Mapping[str, Any], ...], wanted: int) -> dict[str, Any]:
    """The policy as getIamPolicy gives it to a reader who asked for version ``wanted``."""
    conditional = any(one.condition is not None for one in bindings)
    full = _full(bindings)
    policy: dict[str, Any] = {
        "version": 3 if conditional and wanted >= 3 else 1,
        "etag": etag_of([full, [dict(one) for one in audit]]),
    }
    if bindings:
        policy["bindings"] = full if wanted >= 3 else _flattened(bindings)
    if audit:
        policy["auditConfigs"] = [dict(one) for one in audit]
    return policy


def wanted_version(call: Call) -> int:
    """The policy version that the request asks for, in its body or its query; 0 where it asks for none."""
    raw: Any = part(call.data, "options").get("requestedPolicyVersion", call.data.get("options.requestedPolicyVersion"))
    if raw is None:
        raw = call.target.first("options.requestedPolicyVersion", "0")
    return int(raw) if isinstance(raw, int) or (isinstance(raw, str) and raw.isdecimal() and len(raw) < 4) else 0


def _binding(raw: Mapping[str, Any]) -> Binding:
    condition = part(raw, "condition")
    return Binding(
        text(raw, "role"),
        texts(raw, "members"),
        Condition(text(condition, "title"), text(condition, "expression"), text(condition, "description"))
        if condition
        else None,
    )


def _role_exists(state: State, role: str) -> bool:
    if role.startswith("roles/"):
        # The table is cut to roles of interest, so that any well-formed predefined name must be taken as one.
        return re.fullmatch(r"roles/[A-Za-z0-9.]+", role) is not None
    return state.custom_role(role) is not None


def _fault(state: State, bindings: tuple[Binding, ...], before: tuple[Binding, ...]) -> str | None:
    """Why the bindings cannot be written. What was there before is not questioned again."""
    known = {member for one in before for member in one.members}
    for one in bindings:
        if not _role_exists(state, one.role):
            return f"Role {one.role} is not supported for this resource."
        if one.condition is not None and not readable(one.condition.expression):
            return f"Invalid expression in the condition {one.condition.title!r}."
        for member in one.members:
            if not _MEMBER.fullmatch(member):
                return f"The member {member} is of an unknown type. Please set a valid type prefix for the member."
            if member not in known and (missing := _missing_account(state, member)):
                return f"Service account {missing} does not exist."
    if sum(len(one.members) for one in bindings) > MAX_PRINCIPALS:
        return f"The number of members in the policy ({MAX_PRINCIPALS}+) is larger than the maximum allowed size."
    return None


def _missing_account(state: State, member: str) -> str | None:
    """The e-mail of a service account that this world would have and has not."""
    match = _OWN_ACCOUNT.fullmatch(member)
    if match is None or state.project(match[2]) is None:
        return None
    return None if service_account_of(state, match[1]) else match[1]


def written(call: Call, before: tuple[Binding, ...], audit: tuple[Mapping[str, Any], ...]) -> Policy | Response:
    """The policy that setIamPolicy asks for, checked against what is there; or the refusal."""
    policy = part(call.data, "policy")
    current = etag_bytes(shown(before, audit, 3)["etag"])
    if text(policy, "etag") and etag_bytes(policy.get("etag")) != current:
        return errors.google(
            409,
            "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.",
        )
    version = policy.get("version", 0)
    if version not in (0, 1, 3):
        return errors.invalid("The specified policy version is not valid; valid versions are 0, 1 and 3.")
    bindings = tuple(one for one in map(_binding, parts(policy, "bindings")) if one.members)
    if any(one.condition for one in bindings) and version != 3:
        return errors.invalid("Conditional role bindings need policy version 3.")
    if any("_withcond_" in one.role for one in bindings):
        return errors.invalid("Role names with _withcond_ cannot be set; read the policy with version 3.")
    fault = _fault(call.state, bindings, before)
    if fault is not None:
        return errors.invalid(fault)
    mask = text(call.data, "updateMask")
    return Policy(bindings, tuple(parts(policy, "auditConfigs")) if "auditConfigs" in mask else None)


def tested(call: Call, resource: Resource | None) -> dict[str, Any] | Response:
    """The subset of the asked permissions that the caller holds; one bad name refuses them all.

    A resource that does not exist answers 403, as one that is hidden would for any other call.
    """
    asked = texts(call.data, "permissions")
    if not asked:
        return errors.invalid("The permissions list must not be empty.")
    for name in asked:
        if "*" in name:
            return errors.invalid(f"Permission {name} is not valid: wildcards are not allowed.")
        if not _PERMISSION.fullmatch(name) or not _testable(call.state, name):
            return errors.invalid(f"Permission {name} is not valid for this resource.")
    if resource is None:
        return errors.google(403, "The caller does not have permission")
    granted = held(call.state, call.principal, resource, asked, call.now)
    granted -= frozenset(UNLISTED_PERMISSIONS)
    return {"permissions": [name for name in asked if name in granted]} if granted else {}


def _testable(state: State, name: str) -> bool:
    if name in UNLISTED_PERMISSIONS:
        return state.world.behaviour.unlisted_permissions == "ignore"
    if name in state.tables.permissions:
        return True
    # Of services that the table covers the list is taken as whole; of others it knows nothing and says "not held".
    family = name.partition(".")[0]
    return not any(known.startswith(family + ".") for known in state.tables.permissions)
