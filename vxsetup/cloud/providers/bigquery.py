"""BigQuery v2: the dataset and the tables of request-response logs, and the roles of the agent that writes there (DISC)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call
from vxsetup.cloud.provider import Inputs, Outcomes, Provider, malformed, unknown
from vxsetup.facts.access import AllowPolicies, Roles
from vxsetup.facts.answers import Shape, parse_error
from vxsetup.facts.base import ABSENT, Fact, Known
from vxsetup.facts.logging import (
    DEFAULT_TABLE,
    AccessEntry,
    Dataset,
    DatasetState,
    LogTables,
    Tables,
    TableState,
    WriterRoles,
    service_agent,
    table_of,
)
from vxsetup.facts.members import Cover, Place, convenience, covers
from vxsetup.facts.project import ProjectRecord

SERVICE = "bigquery.googleapis.com"
IAM = "iam.googleapis.com"

_INT64 = re.compile(r"-?[0-9]{1,19}")
_LEGACY = {
    "OWNER": "roles/bigquery.dataOwner",
    "WRITER": "roles/bigquery.dataEditor",
    "READER": "roles/bigquery.dataViewer",
}
"""Role names of old, which BigQuery answers with in place of these (DISC)."""

_GROUPS = {"projectOwners": "projectOwner", "projectWriters": "projectEditor", "projectReaders": "projectViewer"}
"""Special groups of a dataset -> the kind of member that IAM has for them (DISC)."""


def _name(project: str, dataset: str) -> str:
    return f"projects/{quote(project, safe=':')}/datasets/{quote(dataset, safe='')}"


def _is_missing(outcome: Any, what: str) -> bool:
    """Whether BigQuery itself says that the dataset or table is not there; a missing project is another matter."""
    if not isinstance(outcome, Answer) or outcome.status != 404:
        return False
    error = parse_error(outcome.status, outcome.text)
    return error.shape is Shape.GOOGLE and f"not found: {what}" in error.message.casefold()


def _lifetime(value: Any) -> tuple[bool, int | None]:
    """Whether an int64 is well-formed, and its value; 0 clears a lifetime and counts as none (DISC)."""
    if value is None:
        return True, None
    if isinstance(value, bool) or not isinstance(value, (str, int)) or not _INT64.fullmatch(str(value)):
        return False, None
    return True, int(value) or None


# The dataset ---------------------------------------------------------------------------------------------------------


def _dataset_calls(key: Dataset, inputs: Inputs) -> tuple[Call, ...]:
    url = f"https://{SERVICE}/bigquery/v2/{_name(key.project, key.dataset)}"
    return (Call(SERVICE, "bigquery.datasets.get", "GET", url, permission="bigquery.datasets.get"),)


def _dataset_read(key: Dataset, inputs: Inputs, outcomes: Outcomes) -> Fact:
    call, outcome = next(iter(outcomes.items()))
    if _is_missing(outcome, "dataset"):
        return Known(ABSENT, call.method, outcome.at)
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome)
    data = outcome.mapping() or {}
    location, reference = data.get("location"), data.get("datasetReference")
    named = isinstance(reference, dict) and reference.get("datasetId") == key.dataset
    tables_well, tables = _lifetime(data.get("defaultTableExpirationMs"))
    parts_well, parts = _lifetime(data.get("defaultPartitionExpirationMs"))
    well = named and tables_well and parts_well and isinstance(location, str) and bool(location)
    access = _entries(data["access"], key.project) if "access" in data else ()
    if not well or access is None:
        return malformed(call, outcome)
    shown = access if "access" in data else None
    return Known(DatasetState(str(location), tables, parts, shown), call.method, outcome.at)


def _entries(items: Any, project: str) -> tuple[AccessEntry, ...] | None:
    """The entries that give a role to somebody; None where the list is malformed. Views and routines are nobody."""
    found = []
    for item in items if isinstance(items, list) else [None]:
        if not isinstance(item, dict):
            return None
        role, member = item.get("role"), _member(item, project)
        if member is None:
            continue
        condition = item.get("condition")
        expression = condition.get("expression") if isinstance(condition, dict) else None
        if not isinstance(role, str) or (condition is not None and not isinstance(expression, str)):
            return None
        found.append(AccessEntry(_LEGACY.get(role, role), member, expression))
    return tuple(found)


def _member(item: Mapping[str, Any], project: str) -> str | None:
    for field, kind in (("groupByEmail", "group:"), ("domain", "domain:"), ("iamMember", "")):
        if isinstance(item.get(field), str):
            return f"{kind}{item[field]}"
    email, group = item.get("userByEmail"), item.get("specialGroup")
    if isinstance(email, str):
        return f"{'serviceAccount' if email.endswith('.gserviceaccount.com') else 'user'}:{email}"
    if isinstance(group, str):
        return f"{_GROUPS[group]}:{project}" if group in _GROUPS else group
    return None


# The tables ----------------------------------------------------------------------------------------------------------


def _table_names(key: LogTables, inputs: Inputs) -> tuple[str, ...]:
    named = []
    for settings in key.settings:
        fact = inputs[settings]
        named.append(table_of(fact.value, key.dataset) if isinstance(fact, Known) else DEFAULT_TABLE)
    return tuple(dict.fromkeys(named))


def _table_call(key: LogTables, table: str) -> Call:
    url = f"https://{SERVICE}/bigquery/v2/{_name(key.project, key.dataset)}/tables/{quote(table, safe='')}?view=BASIC"
    return Call(SERVICE, "bigquery.tables.get", "GET", url, permission="bigquery.tables.get")


def _tables_calls(key: LogTables, inputs: Inputs) -> tuple[Call, ...]:
    return tuple(_table_call(key, name) for name in _table_names(key, inputs))


def _tables_read(key: LogTables, inputs: Inputs, outcomes: Outcomes) -> Fact:
    tables = {name: _table(_table_call(key, name), outcomes) for name in _table_names(key, inputs)}
    at = max((fact.at or "" for fact in tables.values()), default="") or None
    return Known(Tables(tables), "bigquery.tables.get", at)


def _table(call: Call, outcomes: Outcomes) -> Fact:
    outcome = outcomes[call]
    if _is_missing(outcome, "table") or _is_missing(outcome, "dataset"):
        assert isinstance(outcome, Answer)  # only an answer can say so
        return Known(ABSENT, call.method, outcome.at)
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome)
    data = outcome.mapping() or {}
    partitioning = data.get("timePartitioning")
    if not isinstance(data.get("tableReference"), dict) or not (partitioning is None or isinstance(partitioning, dict)):
        return malformed(call, outcome)
    well, expires = _lifetime(data.get("expirationTime"))
    parts_well, lifetime = _lifetime((partitioning or {}).get("expirationMs"))
    if not well or not parts_well:
        return malformed(call, outcome)
    return Known(TableState(expires, partitioning is not None, lifetime), call.method, outcome.at)


# The roles of the agent that writes ----------------------------------------------------------------------------------


def _writer_needs(key: WriterRoles) -> tuple[Any, ...]:
    return (ProjectRecord(key.project), AllowPolicies(key.project), Dataset(key.project, key.dataset))


def _writer_roles(key: WriterRoles, inputs: Inputs) -> tuple[str, ...]:
    record, policies, dataset = (inputs[need] for need in _writer_needs(key))
    if not isinstance(record, Known):
        return ()
    agent, place = service_agent(record.value.number), Place(key.project, record.value.number)
    read = policies.value.policies.values() if isinstance(policies, Known) else ()
    bindings = [binding for fact in read if isinstance(fact, Known) for binding in fact.value]
    if isinstance(dataset, Known) and isinstance(dataset.value, DatasetState):
        bindings += dataset.value.bindings
    concerned = (
        binding.role
        for binding in bindings
        if any(covers(m, agent, place) is not Cover.NO or convenience(m) is not None for m in binding.members)
    )
    return tuple(sorted(set(concerned)))


def _role_call(role: str) -> Call:
    url = f"https://{IAM}/v1/{quote(role, safe='/')}"
    return Call(IAM, "iam.roles.get", "GET", url, permission="iam.roles.get")


def _writer_calls(key: WriterRoles, inputs: Inputs) -> tuple[Call, ...]:
    return tuple(_role_call(role) for role in _writer_roles(key, inputs))


def _writer_read(key: WriterRoles, inputs: Inputs, outcomes: Outcomes) -> Fact:
    roles = {role: _role(role, outcomes) for role in _writer_roles(key, inputs)}
    at = max((fact.at or "" for fact in roles.values()), default="") or None
    return Known(Roles(roles), "iam.roles.get", at)


def _role(role: str, outcomes: Outcomes) -> Fact:
    call = _role_call(role)
    outcome = outcomes[call]
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome)
    data = outcome.mapping() or {}
    permissions = data.get("includedPermissions", [])
    # A role without permissions is a fact, so the answer must be about this role to be one.
    named = str(data.get("name")).rpartition("/")[2] == role.rpartition("/")[2]
    if not named or not isinstance(permissions, list) or not all(isinstance(name, str) for name in permissions):
        return malformed(call, outcome)
    return Known(frozenset(() if data.get("deleted") is True else permissions), call.method, outcome.at)


PROVIDERS = (
    Provider(Dataset, SERVICE, ("bigquery.datasets.get",), _dataset_calls, _dataset_read),
    Provider(
        LogTables,
        SERVICE,
        ("bigquery.tables.get",),
        _tables_calls,
        _tables_read,
        needs=lambda key: key.settings,
        partial=True,
    ),
    Provider(WriterRoles, IAM, ("iam.roles.get",), _writer_calls, _writer_read, needs=_writer_needs, partial=True),
)
