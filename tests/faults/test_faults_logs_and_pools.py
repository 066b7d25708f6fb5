"""Answers about datasets, tables, pools and providers that are not what the documents say: never read as nothing."""

from __future__ import annotations

import json
from collections.abc import Hashable
from typing import Any

import pytest

from vxsetup.cloud.call import Answer
from vxsetup.cloud.providers import providers
from vxsetup.facts.access import AllowPolicies
from vxsetup.facts.base import ABSENT, Fact, Known, Unknown, UnknownCause
from vxsetup.facts.federation import AccountPolicy, IdentityPools, IdentityProviders, Pool, Pools
from vxsetup.facts.logging import Dataset, WriterRoles, log_tables
from vxsetup.facts.models import ModelConfig, PublisherModelConfig
from vxsetup.facts.project import ProjectRecord, ProjectState

AT = "2026-11-22T12:00:00Z"
PROJECT = "acme-ai-dev"
POOL = "projects/1/locations/global/workloadIdentityPools/forges"
SETTINGS = PublisherModelConfig(PROJECT, "eu", "claude-sonnet-5-5", "aiplatform.eu.rep.googleapis.com")
TABLES = log_tables(PROJECT, "logs", (SETTINGS,))
ACCOUNT = AccountPolicy(PROJECT, "app@acme-ai-dev.iam.gserviceaccount.com")
PROVIDERS = IdentityProviders(PROJECT, (ACCOUNT.email,))
DATASET = {"datasetReference": {"projectId": PROJECT, "datasetId": "logs"}, "location": "EU", "access": []}
TABLE = {"tableReference": {"tableId": "request_response_logging"}}
ROW = {"name": f"{POOL}/providers/github", "oidc": {"issuerUri": "https://token.actions.githubusercontent.com"}}


def read(key: Hashable, inputs: dict[Hashable, Fact], body: Any, status: int = 200) -> Fact:
    """The fact that a provider makes when its one call is answered so."""
    provider = providers()[type(key)]
    calls = provider.calls(key, inputs)
    text = body if isinstance(body, str) else json.dumps(body)
    return provider.read(key, inputs, {call: Answer(status, text, AT) for call in calls})


def error(status: int, message: str) -> dict[str, Any]:
    """An error as BigQuery words it."""
    return {"error": {"code": status, "message": message, "errors": [{"reason": "x"}], "status": "X"}}


def is_malformed(fact: Fact) -> bool:
    """Whether a fact is unknown for the shape of its answer."""
    return isinstance(fact, Unknown) and fact.cause is UnknownCause.MALFORMED


BAD_DATASETS: list[Any] = [
    {},
    [],
    "not json",
    None,
    {**DATASET, "location": ""},
    {**DATASET, "location": 5},
    {**DATASET, "datasetReference": {"datasetId": "others"}},
    {key: value for key, value in DATASET.items() if key != "datasetReference"},
    {**DATASET, "defaultTableExpirationMs": "soon"},
    {**DATASET, "defaultTableExpirationMs": True},
    {**DATASET, "defaultPartitionExpirationMs": "1.5"},
    {**DATASET, "access": None},
    {**DATASET, "access": ["WRITER"]},
    {**DATASET, "access": [{"userByEmail": "app@x.iam.gserviceaccount.com"}]},
    {**DATASET, "access": [{"role": "WRITER", "groupByEmail": "g@x.example", "condition": {"title": "t"}}]},
]


@pytest.mark.parametrize("body", BAD_DATASETS, ids=range(len(BAD_DATASETS)))
def test_a_malformed_dataset_is_unknown(body: Any) -> None:
    assert is_malformed(read(Dataset(PROJECT, "logs"), {}, body))


def test_a_dataset_is_read_and_its_access_too() -> None:
    """The other tests break this one."""
    entry = {"role": "WRITER", "userByEmail": "app@x.iam.gserviceaccount.com"}
    view = {"view": {"projectId": PROJECT, "datasetId": "logs", "tableId": "v"}}
    fact = read(Dataset(PROJECT, "logs"), {}, {**DATASET, "access": [entry, view], "defaultTableExpirationMs": "0"})
    assert isinstance(fact, Known)
    assert fact.value.table_lifetime is None
    (binding,) = fact.value.bindings
    assert (binding.role, binding.members) == (
        "roles/bigquery.dataEditor",
        ("serviceAccount:app@x.iam.gserviceaccount.com",),
    )
    hidden = read(Dataset(PROJECT, "logs"), {}, {key: value for key, value in DATASET.items() if key != "access"})
    assert isinstance(hidden, Known)
    assert hidden.value.access is None


@pytest.mark.parametrize(
    ("status", "body", "absent"),
    [
        (404, error(404, "Not found: Dataset acme-ai-dev:logs"), True),
        (404, error(404, "Not found: Project acme-ai-dev"), False),
        (404, "<html>not found: dataset</html>", False),
        (403, error(403, "Not found: Dataset acme-ai-dev:logs"), False),
        (404, "", False),
    ],
)
def test_only_bigquery_itself_says_that_a_dataset_is_not_there(status: int, body: Any, absent: bool) -> None:
    fact = read(Dataset(PROJECT, "logs"), {}, body, status)
    assert (isinstance(fact, Known) and fact.value is ABSENT) is absent


BAD_TABLES: list[Any] = [
    {},
    [],
    {**TABLE, "expirationTime": "later"},
    {**TABLE, "expirationTime": 1.5},
    {**TABLE, "timePartitioning": "DAY"},
    {**TABLE, "timePartitioning": {"expirationMs": []}},
    {"kind": "bigquery#table"},
]


@pytest.mark.parametrize("body", BAD_TABLES, ids=range(len(BAD_TABLES)))
def test_a_malformed_table_is_unknown(body: Any) -> None:
    fact = read(TABLES, {SETTINGS: Known(ModelConfig({}), "test")}, body)
    assert isinstance(fact, Known)
    assert is_malformed(fact.value.tables["request_response_logging"])
    assert fact.value.unread


@pytest.mark.parametrize("uri", ["bq://p.logs.own", "bq://example.com:p.logs.own"])
def test_the_table_that_the_settings_name_is_looked_at(uri: str) -> None:
    config = Known(ModelConfig({"loggingConfig": {"bigqueryDestination": {"outputUri": uri}}}), "test")
    fact = read(TABLES, {SETTINGS: config}, TABLE)
    assert isinstance(fact, Known)
    assert list(fact.value.tables) == ["own"]


@pytest.mark.parametrize(
    "raw", [{"loggingConfig": []}, {"loggingConfig": {"bigqueryDestination": {"outputUri": 5}}}, {}]
)
def test_where_the_settings_name_no_table_it_is_the_usual_one(raw: Any) -> None:
    fact = read(TABLES, {SETTINGS: Known(ModelConfig(raw), "test")}, TABLE)
    assert isinstance(fact, Known)
    assert list(fact.value.tables) == ["request_response_logging"]


def test_the_roles_of_an_agent_without_a_number_are_none() -> None:
    need = Unknown(UnknownCause.PERMISSION_DENIED, "no", "x", "test")
    inputs: dict[Hashable, Fact] = {
        ProjectRecord(PROJECT): need,
        AllowPolicies(PROJECT): need,
        Dataset(PROJECT, "logs"): need,
    }
    assert providers()[WriterRoles].calls(WriterRoles(PROJECT, "logs"), inputs) == ()
    inputs[ProjectRecord(PROJECT)] = Known(ProjectState(PROJECT, "1", "ACTIVE", None), "test")
    assert providers()[WriterRoles].calls(WriterRoles(PROJECT, "logs"), inputs) == ()


BAD_POOLS: list[Any] = [
    [],
    "x",
    {"pools": []},
    {"workloadIdentityPools": None},
    {"workloadIdentityPools": [{}]},
    {"workloadIdentityPools": [{"name": "forges"}]},
    {"workloadIdentityPools": [{"name": POOL, "disabled": "yes"}]},
    {"workloadIdentityPools": [{"name": POOL, "state": 1}]},
]


@pytest.mark.parametrize("body", BAD_POOLS, ids=range(len(BAD_POOLS)))
def test_malformed_pools_are_unknown(body: Any) -> None:
    assert is_malformed(read(IdentityPools(PROJECT), {}, body))


def test_no_pools_and_more_than_a_page_of_pools_are_known() -> None:
    none = read(IdentityPools(PROJECT), {}, {})
    assert isinstance(none, Known)
    assert none.value == Pools(())
    row = {"name": POOL, "state": "DELETED"}
    cut = read(IdentityPools(PROJECT), {}, {"workloadIdentityPools": [row], "nextPageToken": "x"})
    assert isinstance(cut, Known)
    assert cut.value == Pools((Pool(POOL, False),), complete=False)


BAD_PROVIDERS: list[Any] = [
    [],
    {"providers": []},
    {"workloadIdentityPoolProviders": [None]},
    {"workloadIdentityPoolProviders": [{**ROW, "oidc": {}}]},
    {"workloadIdentityPoolProviders": [{**ROW, "oidc": "x"}]},
    {"workloadIdentityPoolProviders": [{**ROW, "attributeCondition": None}]},
    {"workloadIdentityPoolProviders": [{**ROW, "attributeMapping": {"google.subject": 5}}]},
    {"workloadIdentityPoolProviders": [{**ROW, "disabled": "no"}]},
    {"workloadIdentityPoolProviders": [ROW], "nextPageToken": "x"},
]


@pytest.mark.parametrize("body", BAD_PROVIDERS, ids=range(len(BAD_PROVIDERS)))
def test_malformed_providers_are_unread_and_never_none(body: Any) -> None:
    inputs: dict[Hashable, Fact] = {
        IdentityPools(PROJECT): Known(Pools((Pool(POOL, True),)), "test"),
        ACCOUNT: Known((), "test"),
    }
    fact = read(PROVIDERS, inputs, body)
    assert isinstance(fact, Known)
    assert fact.value.providers == ()
    assert all(is_malformed(one) for one in fact.value.unread)
    assert fact.value.unread


def test_the_pools_that_are_read_are_bounded_and_the_rest_is_said() -> None:
    pools = Pools(tuple(Pool(f"{POOL}{number}", True) for number in range(50)))
    inputs: dict[Hashable, Fact] = {IdentityPools(PROJECT): Known(pools, "test"), ACCOUNT: Known((), "test")}
    assert len(providers()[IdentityProviders].calls(PROVIDERS, inputs)) == 20
    fact = read(PROVIDERS, inputs, {})
    assert isinstance(fact, Known)
    assert [one.cause for one in fact.value.unread] == [UnknownCause.REFUSED]


@pytest.mark.parametrize(
    "body", [{}, {"etag": "x", "bindings": {}}, {"etag": "x", "bindings": [{"role": "roles/owner"}]}, [], ""]
)
def test_a_malformed_policy_of_an_account_is_unknown(body: Any) -> None:
    assert is_malformed(read(ACCOUNT, {}, body))
