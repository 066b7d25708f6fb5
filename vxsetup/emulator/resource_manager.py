"""Cloud Resource Manager: projects, folders, organizations, their policies, and making a project (v3 and v1)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from . import errors
from .access import RESOURCE_MANAGER, node_for, project_for
from .http import Response, answer
from .iam import Resource, allows, chain_of, node_resource, project_resource
from .iam_policy import shown, tested, wanted_version, written
from .model import Binding, Node, Project
from .operations import begun
from .routing import Answer, Call, Route
from .shapes import page, part, text
from .state import State
from .tables import NEW_PROJECT_SERVICES

_ID = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_CREATED = "2026-01-01T00:00:00Z"
_TERM = re.compile(r"(id|projectId|displayName|name|state|parent|number)\s*[:=]\s*\"?([^\s\"()]+)\"?")


def _made(project: Project) -> str:
    return project.created.isoformat().replace("+00:00", "Z") if project.created else _CREATED


def _v3(project: Project) -> dict[str, Any]:
    return {
        "name": f"projects/{project.number}",
        "projectId": project.id,
        "displayName": project.node.display_name or project.id,
        "state": project.state,
        "createTime": _made(project),
        **({"parent": project.node.parent} if project.node.parent else {}),
        **({"labels": dict(project.labels)} if project.labels else {}),
    }


def _v1(project: Project) -> dict[str, Any]:
    kind, _, key = (project.node.parent or "").partition("/")
    return {
        "projectNumber": project.number,
        "projectId": project.id,
        "name": project.node.display_name or project.id,
        "lifecycleState": project.state,
        "createTime": _made(project),
        **({"parent": {"type": kind.removesuffix("s"), "id": key}} if key else {}),
        **({"labels": dict(project.labels)} if project.labels else {}),
    }


def _node_body(node: Node) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": node.name,
        "displayName": node.display_name or ("acme.example" if node.name.startswith("organizations/") else "folder"),
        "state": "ACTIVE",
        "createTime": _CREATED,
    }
    return body | ({"parent": node.parent} if node.parent else {})


def _get_v3(call: Call) -> Answer:
    project = project_for(call, call.args["project"], "resourcemanager.projects.get")
    return project if isinstance(project, Response) else answer(_v3(project))


def _get_v1(call: Call) -> Answer:
    project = project_for(call, call.args["project"], "resourcemanager.projects.get")
    return project if isinstance(project, Response) else answer(_v1(project))


def _visible(call: Call) -> list[Project]:
    state = call.state
    return [
        project
        for project in state.world.projects.values()
        if allows(state, call.principal, project_resource(state, project), "resourcemanager.projects.get", call.now)
    ]


def _fits(project: Project, terms: list[tuple[str, str]]) -> bool:
    """Whether a project fits a query: terms of different fields are and-ed, those of one field or-ed."""
    seen = {
        "id": project.id,
        "projectId": project.id,
        "name": project.node.display_name or project.id,
        "displayName": project.node.display_name or project.id,
        "state": project.state,
        "parent": project.node.parent or "",
        "number": project.number,
    }
    fields = {field for field, _ in terms}
    return all(
        any(seen[field].lower() == value.lower() or value == "*" for name, value in terms if name == field)
        for field in fields
    )


def _search(call: Call) -> Answer:
    terms = _TERM.findall(call.target.first("query"))
    found = [_v3(project) for project in _visible(call) if _fits(project, terms)]
    rows, following = page(found, call.target.first("pageSize"), call.target.first("pageToken"), 50)
    return answer({"projects": rows, **({"nextPageToken": following} if following else {})} if rows else {})


def _list_v3(call: Call) -> Answer:
    parent = call.target.first("parent")
    if not parent:
        return errors.invalid("The parent must be given.")
    found = [_v3(project) for project in _visible(call) if project.node.parent == parent]
    return answer({"projects": found} if found else {})


def _list_v1(call: Call) -> Answer:
    terms = _TERM.findall(call.target.first("filter"))
    found = [_v1(project) for project in _visible(call) if project.state == "ACTIVE" and _fits(project, terms)]
    rows, following = page(found, call.target.first("pageSize"), call.target.first("pageToken"), 500)
    return answer({"projects": rows, **({"nextPageToken": following} if following else {})} if rows else {})


def _ancestry(call: Call) -> Answer:
    project = project_for(call, call.args["project"], "resourcemanager.projects.get")
    if isinstance(project, Response):
        return project
    found = []
    for node in chain_of(call.state, project.node):
        kind, _, key = node.name.partition("/")
        found.append({"resourceId": {"type": kind.removesuffix("s"), "id": key}})
    return answer({"ancestor": found})


def _node_name(call: Call) -> str:
    kind = next(kind for kind in ("project", "folder", "organization") if kind in call.args)
    return f"{kind}s/{call.args[kind]}"


def _verb(call: Call, what: str) -> str:
    kind = _node_name(call).partition("/")[0]
    return f"resourcemanager.{kind}.{what}"


def _get_node(call: Call) -> Answer:
    node = node_for(call, _node_name(call), _verb(call, "get"))
    return node if isinstance(node, Response) else answer(_node_body(node))


def _get_policy(call: Call) -> Answer:
    node = node_for(call, _node_name(call), _verb(call, "getIamPolicy"))
    if isinstance(node, Response):
        return node
    return answer(shown(node.iam, node.audit, wanted_version(call)))


def _set_policy(call: Call) -> Answer:
    node = node_for(call, _node_name(call), _verb(call, "setIamPolicy"))
    if isinstance(node, Response):
        return node
    policy = written(call, node.iam, node.audit)
    if isinstance(policy, Response):
        return policy
    changed = replace(node, iam=policy.bindings, audit=node.audit if policy.audit is None else policy.audit)
    return call.state.with_node(changed), answer(shown(changed.iam, changed.audit, 3))


def _resource(state: State, name: str) -> Resource | None:
    node = state.node(name)
    if node is None:
        return None
    project = state.project(name.partition("/")[2]) if name.startswith("projects/") else None
    return project_resource(state, project) if project else node_resource(state, node)


def _test(call: Call) -> Answer:
    found = tested(call, _resource(call.state, _node_name(call)))
    return found if isinstance(found, Response) else answer(found)


def _create(call: Call, data: Mapping[str, Any], name: str, parent: str, version: str) -> Answer:
    project_id = text(data, "projectId")
    if not _ID.fullmatch(project_id):
        return errors.invalid("project_id must be 6 to 30 small letters, digits or hyphens, and begin with a letter.")
    if call.state.project(project_id) is not None:
        # Google's ids are unique over the world, so that a stranger's project answers the same.
        return errors.google(409, "Requested entity already exists", "ALREADY_EXISTS")
    if parent:
        above = node_for(call, parent, "resourcemanager.projects.create")
        if isinstance(above, Response):
            return above
    elif call.principal.kind != "user":
        return errors.invalid("Service accounts cannot create projects without a parent.")
    number = str(500_000_000_000 + int(hashlib.sha256(project_id.encode()).hexdigest()[:9], 16))
    node = Node(
        f"projects/{project_id}",
        parent or None,
        name,
        (Binding("roles/owner", (call.principal.member,)),),
    )
    labels = {key: value for key, value in part(data, "labels").items() if isinstance(value, str)}
    services = dict.fromkeys(NEW_PROJECT_SERVICES, None)
    project = Project(project_id, number, node, created=call.now, labels=labels, services=services)
    shown_as = _v3(project) if version == "v3" else _v1(project)
    kind = f"type.googleapis.com/google.cloud.resourcemanager.{version}.Project"
    metadata = {
        "@type": "type.googleapis.com/google.cloud.resourcemanager.v3.CreateProjectMetadata",
        "createTime": call.now.isoformat().replace("+00:00", "Z"),
        "gettable": True,
        "ready": True,
    }
    return begun(call, call.state.with_project(project), "operations/cp.", {"@type": kind, **shown_as}, metadata)


def _create_v3(call: Call) -> Answer:
    return _create(call, call.data, text(call.data, "displayName"), text(call.data, "parent"), "v3")


def _create_v1(call: Call) -> Answer:
    parent = part(call.data, "parent")
    name = f"{text(parent, 'type')}s/{text(parent, 'id')}" if parent else ""
    return _create(call, call.data, text(call.data, "name"), name, "v1")


def routes() -> tuple[Route, ...]:
    """What this API serves."""
    nodes = [
        Route("POST", f"/{version}/{kind}s/{{{kind}}}:{verb}", RESOURCE_MANAGER, handler)
        # gcloud still asks for folders by v2 and for organizations by v1.
        for version, kind in (
            ("v3", "project"),
            ("v3", "folder"),
            ("v3", "organization"),
            ("v2", "folder"),
            ("v1", "organization"),
        )
        for verb, handler in (
            ("getIamPolicy", _get_policy),
            ("setIamPolicy", _set_policy),
            ("testIamPermissions", _test),
        )
    ]
    return (
        Route("GET", "/v3/projects:search", RESOURCE_MANAGER, _search),
        Route("GET", "/v3/projects", RESOURCE_MANAGER, _list_v3),
        Route("POST", "/v3/projects", RESOURCE_MANAGER, _create_v3),
        Route("GET", "/v3/projects/{project}", RESOURCE_MANAGER, _get_v3),
        Route("GET", "/v3/folders/{folder}", RESOURCE_MANAGER, _get_node),
        Route("GET", "/v3/organizations/{organization}", RESOURCE_MANAGER, _get_node),
        *nodes,
        Route("GET", "/v1/projects", RESOURCE_MANAGER, _list_v1),
        Route("POST", "/v1/projects", RESOURCE_MANAGER, _create_v1),
        Route("GET", "/v1/projects/{project}", RESOURCE_MANAGER, _get_v1),
        Route("POST", "/v1/projects/{project}:getAncestry", RESOURCE_MANAGER, _ancestry),
        Route("POST", "/v1/projects/{project}:getIamPolicy", RESOURCE_MANAGER, _get_policy),
        Route("POST", "/v1/projects/{project}:setIamPolicy", RESOURCE_MANAGER, _set_policy),
        Route("POST", "/v1/projects/{project}:testIamPermissions", RESOURCE_MANAGER, _test),
    )
