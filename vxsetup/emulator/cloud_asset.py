"""Cloud Asset Inventory v1: searches over all projects below a place, and effective policies, 20 names at a time.

The inventory of the emulator is never behind: what a search finds is what holds at that moment.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from . import errors
from .access import node_for
from .http import Response, answer
from .iam import chain_of
from .iam_policy import shown
from .model import Node, Project
from .routing import Answer, Call, Route
from .shapes import page
from .state import State

API = "cloudasset.googleapis.com"
MOST_NAMES = 20
MOST_ROWS = 500
_USUAL_ROWS = 100

_MANAGER = "cloudresourcemanager.googleapis.com"
_SERVICE_TYPE = "serviceusage.googleapis.com/Service"
_KINDS = {"projects": "Project", "folders": "Folder", "organizations": "Organization"}
_TYPES = {f"{_MANAGER}/{kind}": collection for collection, kind in _KINDS.items()}

_TERM = re.compile(r"(name|state|project):(?:\(([^()]*)\)|([^\s()]+))")
_Row = dict[str, Any]


def _scope(call: Call, permission: str) -> Node | Response:
    kind = next(kind for kind in ("project", "folder", "organization") if kind in call.args)
    return node_for(call, f"{kind}s/{call.args[kind]}", permission)


def _below(state: State, scope: Node) -> Iterator[tuple[Node, Project | None]]:
    """Every node of the hierarchy from the scope down, by name, with the project where it is one."""
    world = state.world
    nodes: list[tuple[Node, Project | None]] = [(node, None) for node in world.organizations.values()]
    nodes += [(node, None) for node in world.folders.values()]
    nodes += [(project.node, project) for project in world.projects.values()]
    for node, project in sorted(nodes, key=lambda one: one[0].name):
        if any(above.name == scope.name for above in chain_of(state, node)):
            yield node, project


def _place(state: State, node: Node, project: Project | None) -> _Row:
    """The fields that say where a row belongs: its project by number, its folders from near to far, its organization."""
    chain = [above.name for above in chain_of(state, node)]
    folders = [name for name in chain if name.startswith("folders/")]
    organization = next((name for name in chain if name.startswith("organizations/")), "")
    row: _Row = {"project": f"projects/{project.number}"} if project else {}
    row |= {"folders": folders} if folders else {}
    return row | ({"organization": organization} if organization else {})


def _words(value: str) -> list[str]:
    return re.findall(r"[a-z0-9_]+", value.lower())


def _contains(value: str, phrase: str) -> bool:
    """Whether the words of the phrase stand one after the other in the value, as a search by ``field:phrase`` finds it."""
    there, wanted = _words(value), _words(phrase)
    return any(there[at : at + len(wanted)] == wanted for at in range(len(there) - len(wanted) + 1))


def _query(text: str) -> Callable[[_Row], bool] | None:
    """A test of rows for ``field:value`` and ``field:(a OR b)``, joined by AND or a space; None for what is beyond that."""
    terms = []
    for match in _TERM.finditer(text):
        field, many, one = match.groups()
        terms.append((field, [part.strip() for part in many.split(" OR ")] if many is not None else [one]))
    rest = [word for word in _TERM.sub(" ", text).split() if word != "AND"]
    if rest:
        return None
    return lambda row: all(any(_contains(row.get(field, ""), value) for value in values) for field, values in terms)


def _paged(call: Call, rows: Sequence[_Row]) -> Response:
    size = call.target.first("pageSize")
    count = min(int(size[:9]), MOST_ROWS) if size.isdecimal() and int(size[:9]) else _USUAL_ROWS
    found, following = page(rows, str(count), call.target.first("pageToken"), _USUAL_ROWS)
    return answer({"results": list(found), **({"nextPageToken": following} if following else {})} if found else {})


def _wanted_types(call: Call, known: frozenset[str]) -> frozenset[str] | Response:
    asked = call.target.query.get("assetTypes", ())
    unknown = [name for name in asked if name not in known]
    if unknown:
        return errors.invalid(f"Unsupported asset type: {unknown[0][:100]}.")
    return frozenset(asked) or known


def _search_resources(call: Call) -> Answer:
    scope = _scope(call, "cloudasset.assets.searchAllResources")
    if isinstance(scope, Response):
        return scope
    types = _wanted_types(call, frozenset({*_TYPES, _SERVICE_TYPE}))
    if isinstance(types, Response):
        return types
    fits = _query(call.target.first("query"))
    if fits is None:
        return errors.invalid("The query is beyond what the emulator understands.")
    rows = []
    for node, project in _below(call.state, scope):
        place = _place(call.state, node, project)
        collection = node.name.partition("/")[0]
        kind = f"{_MANAGER}/{_KINDS[collection]}"
        if kind in types:
            state = project.state if project else "ACTIVE"
            rows.append({"name": f"//{_MANAGER}/{node.name}", "assetType": kind, **place, "state": state})
        if project is not None and _SERVICE_TYPE in types:
            rows += [_service_row(project, service, place) for service in sorted(project.services)]
    return _paged(call, [row for row in rows if fits(row)])


def _service_row(project: Project, service: str, place: _Row) -> _Row:
    name = f"//serviceusage.googleapis.com/projects/{project.number}/services/{service}"
    return {"name": name, "assetType": _SERVICE_TYPE, **place, "displayName": service, "state": "ENABLED"}


def _search_policies(call: Call) -> Answer:
    scope = _scope(call, "cloudasset.assets.searchAllIamPolicies")
    if isinstance(scope, Response):
        return scope
    types = _wanted_types(call, frozenset(_TYPES))
    if isinstance(types, Response):
        return types
    if call.target.first("query"):
        return errors.invalid("The emulator searches policies without a query only.")
    rows = []
    for node, project in _below(call.state, scope):
        kind = f"{_MANAGER}/{_KINDS[node.name.partition('/')[0]]}"
        if kind in types and node.iam:  # a resource without a binding has no policy to be found
            rows.append(
                {
                    "resource": f"//{_MANAGER}/{node.name}",
                    "assetType": kind,
                    **_place(call.state, node, project),
                    "policy": shown(node.iam, (), 3),
                }
            )
    return _paged(call, rows)


def _effective(call: Call) -> Answer:
    scope = _scope(call, "cloudasset.assets.analyzeIamPolicy")
    if isinstance(scope, Response):
        return scope
    for permission in ("cloudasset.assets.searchAllResources", "cloudasset.assets.searchAllIamPolicies"):
        refused = _scope(call, permission)
        if isinstance(refused, Response):
            return refused
    names = call.target.query.get("names", ())
    if not names or len(names) > MOST_NAMES:
        return errors.invalid(f"Between 1 and {MOST_NAMES} names must be given.")
    results = []
    for name in names:
        node = call.state.node(name.removeprefix(f"//{_MANAGER}/"))
        chain = [above.name for above in chain_of(call.state, node)] if node else []
        if node is None or scope.name not in chain:
            return errors.invalid(f"The resource {name[:200]} is not below {scope.name}.")
        policies = [
            {"attachedResource": f"//{_MANAGER}/{above.name}", "policy": shown(above.iam, (), 3)}
            for above in chain_of(call.state, node)[: chain.index(scope.name) + 1]
            if above.iam
        ]
        results.append({"fullResourceName": name, **({"policies": policies} if policies else {})})
    return answer({"policyResults": results})


def routes() -> tuple[Route, ...]:
    """What this API serves."""
    return tuple(
        Route("GET", f"/v1/{kind}s/{{{kind}}}{verb}", API, handler)
        for kind in ("project", "folder", "organization")
        for verb, handler in (
            (":searchAllResources", _search_resources),
            (":searchAllIamPolicies", _search_policies),
            ("/effectiveIamPolicies:batchGet", _effective),
        )
    )
