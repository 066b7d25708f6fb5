"""BigQuery v2, as far as the datasets of request-response logs need it: read, make and change a dataset."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from . import errors
from .access import project_for
from .http import Response, answer
from .iam import allows, project_resource
from .model import Project
from .routing import Answer, Call, Route
from .shapes import etag_of, part, text

API = "bigquery.googleapis.com"
_ID = re.compile(r"[A-Za-z0-9_]{1,1024}")
_WRITABLE = (
    "location",
    "friendlyName",
    "description",
    "labels",
    "access",
    "defaultTableExpirationMs",
    "defaultPartitionExpirationMs",
)


def _error(code: int, reason: str, message: str) -> Response:
    """BigQuery's errors carry Google's old list as well; its command line crashes without it."""
    plain = errors.google(code, message).json()["error"]
    return answer({"error": {**plain, "errors": [{"reason": reason, "domain": "global", "message": message}]}}, code)


def _body(project: Project, key: str, dataset: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": "bigquery#dataset",
        "etag": etag_of(dict(dataset)),
        "id": f"{project.id}:{key}",
        "datasetReference": {"projectId": project.id, "datasetId": key},
        "location": "US",
        **dataset,
    }


def _project(call: Call, permission: str) -> Project | Response:
    project = project_for(call, call.args["project"], permission)
    if isinstance(project, Response):
        return _error(403, "accessDenied", f"Access Denied: Project {call.args['project']}: {permission} is missing.")
    return project


def _get(call: Call) -> Answer:
    key = call.args["dataset"]
    project = call.state.project(call.args["project"])
    may = project is not None and allows(
        call.state, call.principal, project_resource(call.state, project), "bigquery.datasets.get", call.now
    )
    if project is None or not may:
        return _error(403, "accessDenied", f"Access Denied: Dataset {call.args['project']}:{key}.")
    if key not in project.datasets:
        return _error(404, "notFound", f"Not found: Dataset {project.id}:{key}")
    return answer(_body(project, key, project.datasets[key]))


def _list(call: Call) -> Answer:
    project = _project(call, "bigquery.datasets.get")
    if isinstance(project, Response):
        return project
    rows = [_body(project, key, dataset) for key, dataset in project.datasets.items()]
    shown = [{name: row[name] for name in ("kind", "id", "datasetReference", "location")} for row in rows]
    return answer({"kind": "bigquery#datasetList", **({"datasets": shown} if shown else {})})


def _insert(call: Call) -> Answer:
    project = _project(call, "bigquery.datasets.create")
    if isinstance(project, Response):
        return project
    key = text(part(call.data, "datasetReference"), "datasetId")
    if not _ID.fullmatch(key):
        return _error(400, "invalid", "The dataset id must be letters, digits and underscores.")
    if key in project.datasets:
        return _error(409, "duplicate", f"Already Exists: Dataset {project.id}:{key}")
    return _stored(call, project, key, {name: call.data[name] for name in _WRITABLE if name in call.data})


def _patch(call: Call) -> Answer:
    key = call.args["dataset"]
    project = _project(call, "bigquery.datasets.update")
    if isinstance(project, Response):
        return project
    if key not in project.datasets:
        return _error(404, "notFound", f"Not found: Dataset {project.id}:{key}")
    changed = {**project.datasets[key], **{name: call.data[name] for name in _WRITABLE if name in call.data}}
    return _stored(call, project, key, {name: value for name, value in changed.items() if value is not None})


def _stored(call: Call, project: Project, key: str, dataset: Mapping[str, Any]) -> Answer:
    changed = replace(project, datasets={**project.datasets, key: dataset})
    return call.state.with_project(changed), answer(_body(changed, key, dataset))


def routes() -> tuple[Route, ...]:
    """What this API serves."""
    root = "/bigquery/v2/projects/{project}/datasets"
    return (
        Route("GET", root, API, _list),
        Route("POST", root, API, _insert),
        Route("GET", root + "/{dataset}", API, _get),
        Route("PATCH", root + "/{dataset}", API, _patch),
    )
