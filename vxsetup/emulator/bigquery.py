"""BigQuery v2, as far as request-response logs need it: datasets and tables, their expiration, and writing rows.

A dataset of a world may hold ``tables`` by id, each a table as BigQuery shows it. A table whose time has come is gone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from . import errors
from .access import project_for
from .http import Response, answer, header
from .iam import Resource, allows, project_resource, within
from .model import Binding, Condition, Project
from .routing import Answer, Call, Route
from .shapes import etag_of, part, parts, text

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


_LEGACY = {"OWNER": "dataOwner", "WRITER": "dataEditor", "READER": "dataViewer"}
_GROUPS = {"projectOwners": "projectOwner", "projectWriters": "projectEditor", "projectReaders": "projectViewer"}


def _body(project: Project, key: str, dataset: Mapping[str, Any]) -> dict[str, Any]:
    shown = {"access": list(_access(dataset)), **{name: value for name, value in dataset.items() if name != "tables"}}
    return {
        "kind": "bigquery#dataset",
        "etag": etag_of(shown),
        "id": f"{project.id}:{key}",
        "datasetReference": {"projectId": project.id, "datasetId": key},
        "location": "US",
        **shown,
    }


def _access(dataset: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Who may do what with a dataset; where it was made without a word of it, the basic roles of the project (DISC)."""
    usual = (("READER", "projectReaders"), ("WRITER", "projectWriters"), ("OWNER", "projectOwners"))
    return parts(dataset, "access") if "access" in dataset else tuple({"role": r, "specialGroup": g} for r, g in usual)


def _bindings(project: Project, dataset: Mapping[str, Any]) -> tuple[Binding, ...]:
    """The entries of a dataset's access list as bindings: the roles of old, and members by their kind (DISC)."""
    found = []
    for entry in _access(dataset):
        role, email, group = text(entry, "role"), text(entry, "userByEmail"), text(entry, "specialGroup")
        members = {
            f"serviceAccount:{email}" if email.endswith("gserviceaccount.com") else f"user:{email}": email,
            f"group:{text(entry, 'groupByEmail')}": text(entry, "groupByEmail"),
            f"domain:{text(entry, 'domain')}": text(entry, "domain"),
            text(entry, "iamMember"): text(entry, "iamMember"),
            f"{_GROUPS[group]}:{project.id}" if group in _GROUPS else group: group,
        }
        expression = text(part(entry, "condition"), "expression")
        condition = Condition(text(part(entry, "condition"), "title"), expression) if "condition" in entry else None
        full = f"roles/bigquery.{_LEGACY[role]}" if role in _LEGACY else role
        found += [Binding(full, (member,), condition) for member, given in members.items() if given and role]
    return tuple(found)


def _resource(call: Call, project: Project, key: str) -> Resource:
    """A dataset as a resource: it inherits the project's policies and has an access list of its own."""
    own = _bindings(project, project.datasets.get(key, {}))
    above = project_resource(call.state, project)
    return within(above, f"projects/{project.id}/datasets/{key}", f"{API}/Dataset", API, own)


def _project(call: Call, permission: str) -> Project | Response:
    project = project_for(call, call.args["project"], permission)
    if isinstance(project, Response):
        return _error(403, "accessDenied", f"Access Denied: Project {call.args['project']}: {permission} is missing.")
    return project


def _get(call: Call) -> Answer:
    key = call.args["dataset"]
    project = _in_dataset(call, "bigquery.datasets.get")
    return project if isinstance(project, Response) else answer(_body(project, key, project.datasets[key]))


def _in_dataset(call: Call, permission: str) -> Project | Response:
    """The project of a dataset that is there, where the caller has the permission on the dataset."""
    project, key = call.state.project(call.args["project"]), call.args["dataset"]
    if project is None or not allows(call.state, call.principal, _resource(call, project, key), permission, call.now):
        name = f"{call.args['project']}:{key}"
        message = (
            f"Access Denied: Dataset {name}: Permission {permission} denied on dataset {name} (or it may not exist)."
        )
        return _error(403, "accessDenied", message)
    if key not in project.datasets:
        return _error(404, "notFound", f"Not found: Dataset {project.id}:{key}")
    return project


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
    wanted = header(call.request, "if-match")
    if wanted and wanted != _body(project, key, project.datasets[key])["etag"]:
        return _error(412, "conditionNotMet", "Precondition check failed.")
    changed = {**project.datasets[key], **{name: call.data[name] for name in _WRITABLE if name in call.data}}
    return _stored(call, project, key, {name: value for name, value in changed.items() if value is not None})


def _delete(call: Call) -> Answer:
    """A dataset with tables is refused unless its contents are to go as well (DISC: datasets.delete, deleteContents)."""
    project, key = _in_dataset(call, "bigquery.datasets.delete"), call.args["dataset"]
    if isinstance(project, Response):
        return project
    if _tables(project, key, call.now) and call.target.first("deleteContents") != "true":
        return _error(400, "resourceInUse", f"Dataset {project.id}:{key} is still in use")
    left = {name: one for name, one in project.datasets.items() if name != key}
    return call.state.with_project(replace(project, datasets=left)), answer({})


def _stored(call: Call, project: Project, key: str, dataset: Mapping[str, Any]) -> Answer:
    changed = replace(project, datasets={**project.datasets, key: dataset})
    return call.state.with_project(changed), answer(_body(changed, key, dataset))


# Tables --------------------------------------------------------------------------------------------------------------


def _milliseconds(now: datetime) -> int:
    return int(now.timestamp() * 1000)


def _number(data: Mapping[str, Any], key: str) -> int:
    """An int64 of an answer or a request, which JSON spells as a text; 0 where there is none."""
    value = str(data.get(key, "0"))
    return int(value) if re.fullmatch(r"[0-9]{1,18}", value) else 0


def _tables(project: Project, key: str, now: datetime) -> dict[str, Mapping[str, Any]]:
    """The tables of a dataset that have not expired."""
    found = project.datasets[key].get("tables") or {}
    alive = {name: dict(one or {}) for name, one in found.items()}
    return {
        name: one
        for name, one in alive.items()
        if not _number(one, "expirationTime") or _number(one, "expirationTime") > _milliseconds(now)
    }


def _table_body(project: Project, key: str, name: str, table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": "bigquery#table",
        "etag": etag_of(dict(table)),
        "id": f"{project.id}:{key}.{name}",
        "tableReference": {"projectId": project.id, "datasetId": key, "tableId": name},
        "type": "TABLE",
        "location": project.datasets[key].get("location", "US"),
        **table,
    }


def _get_table(call: Call) -> Answer:
    project = _in_dataset(call, "bigquery.tables.get")
    if isinstance(project, Response):
        return project
    key, name = call.args["dataset"], call.args["table"]
    table = _tables(project, key, call.now).get(name)
    if table is None:
        return _error(404, "notFound", f"Not found: Table {project.id}:{key}.{name}")
    return answer(_table_body(project, key, name, table))


def _list_tables(call: Call) -> Answer:
    project, key = _in_dataset(call, "bigquery.tables.list"), call.args["dataset"]
    if isinstance(project, Response):
        return project
    rows = [_table_body(project, key, name, one) for name, one in _tables(project, key, call.now).items()]
    shown = [{name: row[name] for name in ("kind", "id", "tableReference", "type")} for row in rows]
    body = {"kind": "bigquery#tableList", "totalItems": len(shown), **({"tables": shown} if shown else {})}
    return answer(body)


def _new_table(dataset: Mapping[str, Any], data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A table with what it inherits when it is made: a dataset's defaults act on new tables alone (DISC)."""
    table = {
        name: data[name] for name in ("expirationTime", "timePartitioning", "description", "labels") if name in data
    }
    whole, by_part = _number(dataset, "defaultTableExpirationMs"), _number(dataset, "defaultPartitionExpirationMs")
    if "timePartitioning" in table:
        partitioning = dict(part(table, "timePartitioning"))
        if by_part:
            partitioning.setdefault("expirationMs", str(by_part))
            whole = 0  # with a default for partitions, that for tables is not inherited
        table["timePartitioning"] = partitioning
    if whole and "expirationTime" not in table:
        table["expirationTime"] = str(_milliseconds(now) + whole)
    return table


def _insert_table(call: Call) -> Answer:
    project = _in_dataset(call, "bigquery.tables.create")
    if isinstance(project, Response):
        return project
    key, name = call.args["dataset"], text(part(call.data, "tableReference"), "tableId")
    if not _ID.fullmatch(name):
        return _error(400, "invalid", "The table id must be letters, digits and underscores.")
    alive = _tables(project, key, call.now)
    if name in alive:
        return _error(409, "duplicate", f"Already Exists: Table {project.id}:{key}.{name}")
    table = _new_table(project.datasets[key], call.data, call.now)
    dataset = {**project.datasets[key], "tables": {**alive, name: table}}
    changed = replace(project, datasets={**project.datasets, key: dataset})
    return call.state.with_project(changed), answer(_table_body(changed, key, name, table))


def _insert_rows(call: Call) -> Answer:
    """Rows are taken and not kept: what they are good for here is to show who may write."""
    project = _in_dataset(call, "bigquery.tables.updateData")
    if isinstance(project, Response):
        return project
    key, name = call.args["dataset"], call.args["table"]
    if name not in _tables(project, key, call.now):
        return _error(404, "notFound", f"Not found: Table {project.id}:{key}.{name}")
    return answer({"kind": "bigquery#tableDataInsertAllResponse"})


def routes() -> tuple[Route, ...]:
    """What this API serves."""
    root = "/bigquery/v2/projects/{project}/datasets"
    return (
        Route("GET", root, API, _list),
        Route("POST", root, API, _insert),
        Route("GET", root + "/{dataset}", API, _get),
        Route("PATCH", root + "/{dataset}", API, _patch),
        Route("DELETE", root + "/{dataset}", API, _delete),
        Route("GET", root + "/{dataset}/tables", API, _list_tables),
        Route("POST", root + "/{dataset}/tables", API, _insert_table),
        Route("GET", root + "/{dataset}/tables/{table}", API, _get_table),
        Route("POST", root + "/{dataset}/tables/{table}/insertAll", API, _insert_rows),
    )
