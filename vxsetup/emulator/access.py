"""Gates that stand before every call: who is asking, whom it is charged to, and whether they may."""

from __future__ import annotations

import re
from datetime import datetime

from . import errors
from .http import Request, Response, header
from .iam import Principal, allows, node_resource, project_resource
from .model import Node, Project
from .policies import permits
from .routing import Call
from .state import State
from .tokens import bearer_principal

RESOURCE_MANAGER = "cloudresourcemanager.googleapis.com"

_OWN_PROJECT = re.compile(r"[^@]+@([a-z0-9-]+)\.iam\.gserviceaccount\.com")
_POOL_PROJECT = re.compile(r"principal://iam\.googleapis\.com/projects/(\d+)/")


def authenticated(state: State, request: Request) -> Principal | Response:
    """The caller behind the request's token, or a 401."""
    text = header(request, "authorization")
    if not text:
        return errors.no_credentials()
    scheme, _, token = text.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return errors.bad_credentials()
    return bearer_principal(state, token.strip())


def usable(project: Project, service: str, now: datetime) -> bool:
    """Whether requests to the API already succeed: it is enabled, and that has propagated."""
    since = project.services.get(service, now)
    return service in project.services and (since is None or since <= now)


def titled(state: State, service: str) -> str:
    """An API's display name."""
    return state.tables.services.get(service, service)


def may_use(state: State, principal: Principal, name: str, now: datetime) -> Project | None:
    """The project where the caller may be charged to it: it exists, and services.use is held or it is the caller's own."""
    project = state.project(name)
    if project is None or project.state != "ACTIVE":
        return None
    if home(state, principal) is project:
        return project
    resource = project_resource(state, project)
    return project if allows(state, principal, resource, "serviceusage.services.use", now) else None


def home(state: State, principal: Principal) -> Project | None:
    """A service account's own project, or that of a federated identity's pool (F#68369812022); a user has none."""
    if principal.kind == "service_account":
        match = _OWN_PROJECT.fullmatch(principal.email)
        return state.project(match[1]) if match else None
    if principal.kind == "federated":
        match = _POOL_PROJECT.match(principal.member)
        return state.project(match[1]) if match else None
    return None


def charge_refusal(state: State, principal: Principal, request: Request, api: str, now: datetime) -> Response | None:
    """Why the project that would be charged refuses the call, or None.

    It is the one that ``x-goog-user-project`` names, else the caller's home project, else Google's client project.
    """
    named = header(request, "x-goog-user-project")
    if named:
        project = may_use(state, principal, named, now)
        if project is None:
            return errors.user_project_denied(api, named)
        return _off(state, project, api, now)
    if principal.kind != "user":
        project = home(state, principal)
        return _off(state, project, api, now) if project else None
    # The gcloud CLI's own client project has the management APIs on; other user credentials land in one that has not.
    if "gcloud/" in header(request, "user-agent"):
        return None
    return errors.no_quota_project(api)


def _off(state: State, project: Project, api: str, now: datetime) -> Response | None:
    if usable(project, api, now):
        return None
    return errors.service_disabled(api, titled(state, api), project.number)


def user_project_refusal(call: Call) -> Response | None:
    """For calls that name their project in the path: only a header that the caller may not use refuses them."""
    named = header(call.request, "x-goog-user-project")
    if named and may_use(call.state, call.principal, named, call.now) is None:
        return errors.user_project_denied(call.api, named)
    return None


def project_for(call: Call, name: str, permission: str) -> Project | Response:
    """The named project where the caller has the permission on it. Hidden and absent answer alike: 403."""
    project = call.state.project(name)
    if project is not None:
        resource = project_resource(call.state, project)
        if allows(call.state, call.principal, resource, permission, call.now):
            return project
    return errors.permission_denied(permission, call.api, f"projects/{name}", RESOURCE_MANAGER)


def node_for(call: Call, name: str, permission: str) -> Node | Response:
    """As ``project_for``, for any node of the hierarchy by its resource name."""
    node = call.state.node(name)
    if node is not None and _node_allows(call, node, permission):
        return node
    return errors.permission_denied(permission, call.api, name, RESOURCE_MANAGER)


def _node_allows(call: Call, node: Node, permission: str) -> bool:
    resource = node_resource(call.state, node)
    if node.name.startswith("projects/"):
        project = call.state.project(node.name.removeprefix("projects/"))
        if project is None:
            return False
        resource = project_resource(call.state, project)
    return allows(call.state, call.principal, resource, permission, call.now)


def service_restricted(state: State, project: Project, service: str) -> Response | None:
    """403 where an organization policy restricts the service. Reason from Google's list; the sentence was not seen."""
    if permits(state, project.node, "gcp.restrictServiceUsage", service):
        return None
    metadata = {"service": service, "consumer": f"projects/{project.number}"}
    return errors.google(
        403,
        "Request is disallowed by organization's constraints/gcp.restrictServiceUsage constraint for "
        f"'projects/{project.number}' attempting to use service '{service}'.",
        details=[errors.info("RESOURCE_USAGE_RESTRICTION_VIOLATED", "googleapis.com", metadata)],
    )
