"""Policy Troubleshooter v3: tells whether a user or a service account has a permission, and which policies decide it.

It sees what the caller may read, and every group, as an administrator of groups would (IAMD:troubleshoot-access).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from . import errors
from .conditions import holds
from .http import answer
from .iam import (
    Principal,
    Resource,
    allows,
    covering,
    denying,
    node_resource,
    principal_of,
    project_resource,
    role_permissions,
    v2_permission,
)
from .model import Condition
from .routing import Answer, Call, Route
from .shapes import part, text

API = "policytroubleshooter.googleapis.com"
_ROOT = "//cloudresourcemanager.googleapis.com/"
_COLLECTIONS = ("projects", "folders", "organizations")


def _asked(call: Call, name: str) -> Resource | None:
    kind, _, key = name.removeprefix(_ROOT).partition("/")
    if not name.startswith(_ROOT) or kind not in _COLLECTIONS:
        return None
    if kind == "projects":
        project = call.state.project(key)
        return project_resource(call.state, project) if project else None
    node = call.state.node(f"{kind}/{key}")
    return node_resource(call.state, node) if node else None


def _principal(call: Call, email: str) -> Principal | None:
    """Who is asked about: an e-mail address of a service account, by its domain, or of a user."""
    if "@" not in email or ":" in email or "/" in email:
        return None
    kind = "serviceAccount" if email.endswith(".gserviceaccount.com") else "user"
    return principal_of(f"{kind}:{email}")


def _readable(call: Call, resource: Resource, permission: str) -> bool:
    """Whether the caller may read the policies of the resource and of everything above it."""
    for node in resource.chain:
        collection = node.name.partition("/")[0]
        project = call.state.project(node.name.partition("/")[2]) if collection == "projects" else None
        above = project_resource(call.state, project) if project else node_resource(call.state, node)
        if not allows(call.state, call.principal, above, permission.format(collection), call.now):
            return False
    return True


def _truth(condition: Condition | None, resource: Resource, when: datetime | None) -> bool | None:
    """Whether a condition is true with what the question tells: None where it tells too little."""
    if condition is None:
        return True
    names: dict[str, Any] = {"resource": {"service": resource.service, "type": resource.kind, "name": resource.name}}
    return holds(condition.expression, names | ({"request": {"time": when}} if when else {}))


def _allow_state(call: Call, resource: Resource, principal: Principal, permission: str, when: datetime | None) -> str:
    names = covering(call.state, principal, resource)
    found: set[bool | None] = set()
    for node in resource.chain:
        for one in node.iam:
            if permission in role_permissions(call.state, one.role) and names(one.members):
                found.add(_truth(one.condition, resource, when))
    if True in found:
        return "GRANTED"
    if not _readable(call, resource, "resourcemanager.{}.getIamPolicy"):
        return "UNKNOWN_INFO"
    return "UNKNOWN_CONDITIONAL" if None in found else "NOT_GRANTED"


def _deny_state(call: Call, resource: Resource, principal: Principal, permission: str, when: datetime | None) -> str:
    if not _readable(call, resource, "iam.denypolicies.get"):
        return "UNKNOWN_INFO"
    rules = denying(call.state, principal, resource, permission)
    found = {_truth(rule.condition, resource, when) for rule in rules}
    if True in found:
        return "DENIED"
    return "UNKNOWN_CONDITIONAL" if None in found else "NOT_DENIED"


def _overall(allow: str, deny: str) -> str:
    if deny == "DENIED" or allow == "NOT_GRANTED":
        return "CANNOT_ACCESS"
    if "UNKNOWN_INFO" in (allow, deny):
        return "UNKNOWN_INFO"
    return "UNKNOWN_CONDITIONAL" if "UNKNOWN_CONDITIONAL" in (allow, deny) else "CAN_ACCESS"


def _when(call: Call, asked: Any) -> datetime | None:
    raw = text(part(part(asked, "conditionContext"), "request"), "receiveTime")
    try:
        found = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _troubleshoot(call: Call) -> Answer:
    asked = part(call.data, "accessTuple")
    email, name, permission = (text(asked, key) for key in ("principal", "fullResourceName", "permission"))
    principal = _principal(call, email)
    if principal is None:
        return errors.invalid(f"The principal {email!r} is not the e-mail address of a user or a service account.")
    if permission not in call.state.tables.permissions:
        return errors.invalid(f"Permission {permission!r} is not valid for this resource.")
    resource = _asked(call, name)
    if resource is None:
        if not name.startswith(_ROOT):
            return errors.invalid("full_resource_name must be //cloudresourcemanager.googleapis.com/projects/ID.")
        allow, deny = "UNKNOWN_INFO", "UNKNOWN_INFO"  # hidden and absent look alike
    else:
        when = _when(call, asked)
        allow = _allow_state(call, resource, principal, permission, when)
        deny = _deny_state(call, resource, principal, permission, when)
    return answer(
        {
            "overallAccessState": _overall(allow, deny),
            "accessTuple": {**asked, "permissionFqdn": v2_permission(permission)},
            "allowPolicyExplanation": {"allowAccessState": f"ALLOW_ACCESS_STATE_{allow}"},
            "denyPolicyExplanation": {"denyAccessState": f"DENY_ACCESS_STATE_{deny}"},
        }
    )


def routes() -> tuple[Route, ...]:
    """What this API serves."""
    return (Route("POST", "/v3/iam:troubleshoot", API, _troubleshoot),)
