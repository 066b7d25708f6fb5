"""Worlds as text: the law of reading and writing, hostile files, faults, and the table of behaviours."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from emulator_worlds import DEV, Cloud, cloud, covers, data, passed
from hypothesis import given, settings
from hypothesis import strategies as st

from vxsetup.emulator.behaviours import BEHAVIOURS
from vxsetup.emulator.http import Request
from vxsetup.emulator.service import handle
from vxsetup.emulator.world import World, WorldProblem, read_world, start, world_from, write_world
from vxsetup.resources import schema

HERE = Path(__file__).parent

EXAMPLE = """\
version: 1
now: 2026-11-22T12:00:00Z
caller: {principal: "user:dev@acme.example", kind: user, quota_project: acme-ai-prod}     # user | service_account
organization: {id: "1111", iam: [{role: roles/viewer, members: ["group:all@acme.example"]}], policies: {}}
folders: {"2222": {parent: organizations/1111}}
groups: {"all@acme.example": ["user:dev@acme.example"]}
projects:
  acme-ai-prod:
    number: "333333333333"
    parent: folders/2222
    billing: {account: 012345-6789AB-CDEF01, open: true}
    services: [cloudresourcemanager.googleapis.com, serviceusage.googleapis.com, aiplatform.googleapis.com]
    iam: [{role: roles/aiplatform.user, members: ["user:dev@acme.example"]}]
    models: {claude-sonnet-5-5: {enabled: true}}
    quotas: {eu: {anthropic-claude-sonnet: {requests: 1250}}}
behaviour: {latency_ms: 0, enable_propagation_s: 0, check_order: enablement-first}
faults: [{match: "GET */billingInfo", status: 503, times: 2}]
"""


def full() -> dict[str, Any]:
    """A world that uses every key of the format."""
    condition = {"title": "t", "expression": "true", "description": "d"}
    rule = {
        "principals": ["principalSet://goog/public:all"],
        "permissions": ["aiplatform.googleapis.com/*.*"],
        "except_principals": ["principal://goog/subject/dev@acme.example"],
        "except_permissions": ["aiplatform.googleapis.com/endpoints.get"],
        "condition": condition,
    }
    return data(
        {
            "display_name": "Prod",
            "state": "ACTIVE",
            "labels": {"team": "no"},
            "addendum": True,
            "audit": [{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}],
            "deny": [{"id": "d", "display_name": "D", "rules": [rule]}],
            "policies": {"vertexai.allowedModels": {"inherit": True, "denied": ["x"]}, "a.b": {"enforce": False}},
            "roles": {"r": {"permissions": ["a.b.c"], "title": "R", "stage": "BETA", "deleted": True}},
            "pools": {"gh": {"providers": {"p": {"issuer": "https://i.example", "mapping": {"google.subject": "a"}}}}},
            "services": [
                "aiplatform.googleapis.com",
                {"name": "sts.googleapis.com", "usable_at": "2027-01-01T00:00:00Z"},
            ],
            "service_accounts": {"app@acme-ai-prod.iam.gserviceaccount.com": {"disabled": True, "display_name": "A"}},
            "models": {"claude-opus-5": {"enabled": True, "locations": [], "prerequisites": True}},
            "quotas": {"eu": {"anthropic-claude-opus": {"requests": -1, "tokens": 0, "used_up": ["requests"]}}},
            "quota_increase": "NOT_SUPPORTED",
            "quota_preferences": {"p": {"quotaId": "x"}},
            "model_configs": {"eu": {"claude-opus-5": {"loggingConfig": {"enabled": True}}}},
            "datasets": {"logs": {"location": "EU"}},
        },
        behaviour={
            "latency_ms": 5,
            "enable_propagation_s": 7,
            "operation_s": 9,
            "check_order": "zero-quota-first",
            "default_quota": "zero",
            "quota_preferences": "granted",
            "unlisted_permissions": "ignore",
        },
        faults=[{"match": "GET *", "status": 200, "body": {"a": [1]}, "headers": {"x": "y"}, "latency_ms": 3}],
        tables={
            "roles": {"roles/viewer": None},
            "models": {"claude-x": {"locations": ["us"], "gated": True}},
            "count_tokens_locations": ["us"],
            "services": {"x.googleapis.com": "X"},
        },
        operations={"operations/x": {"ready": "2026-11-22T12:00:00Z", "body": {"name": "operations/x"}}},
    )


def test_the_design_example_reads() -> None:
    world = read_world(EXAMPLE, "world.yaml")
    assert isinstance(world, World)
    assert world.caller.principal == DEV
    assert world.now.isoformat() == "2026-11-22T12:00:00+00:00"
    assert read_world(write_world(start(world)), "x") == world


def test_every_key_survives_writing() -> None:
    world = world_from(full())
    text = write_world(start(world))
    again = read_world(text, "x")
    assert again == world, again
    assert read_world(json.dumps(full()), "x.json") == world
    used = {key for key in schema("world")["properties"] if key in text}
    assert used == set(schema("world")["properties"]), "the full world uses every key of the schema"


STEPS: list[tuple[str, str, Any]] = [
    ("POST", "/v1/projects/acme-ai-prod/services/sts.googleapis.com:enable", {}),
    ("POST", "/v1/projects/acme-ai-prod/serviceAccounts", {"accountId": "second-app"}),
    ("POST", "/v3/projects/acme-ai-prod:setIamPolicy", {"policy": {"bindings": [{"role": "roles/owner", "members": [DEV]}]}}),
    ("PUT", "/v1/projects/acme-ai-prod/billingInfo", {"billingAccountName": ""}),
    ("POST", "/bigquery/v2/projects/acme-ai-prod/datasets", {"datasetReference": {"datasetId": "x"}}),
    ("GET", "/v3/projects/acme-ai-prod", None),
    ("POST", "/v1/projects/acme-ai-prod/locations/global/quotaPreferences?quotaPreferenceId=p", {
        "service": "aiplatform.googleapis.com",
        "quotaId": "EuOnlinePredictionRequestsPerMinPerProjectPerBaseModel",
        "dimensions": {"base_model": "anthropic-claude-sonnet"},
        "quotaConfig": {"preferredValue": 5},
    }),
    ("POST", "/v1/projects/acme-ai-prod/locations/eu/publishers/anthropic/models/claude-sonnet-5-5:rawPredict", {}),
    ("POST", "/v1/projects/acme-ai-prod/locations/global/workloadIdentityPools?workloadIdentityPoolId=gh-pool", {}),
    ("POST", "/v1beta1/projects/acme-ai-prod/locations/eu/publishers/anthropic/models/claude-sonnet-5-5:setPublisherModelConfig",
     {"publisherModelConfig": {"loggingConfig": {"enabled": True}}}),
    ("GET", "/v1/projects/acme-ai-prod/billingInfo", None),
]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(STEPS), max_size=6), st.lists(st.sampled_from(STEPS), max_size=4))
def test_a_written_state_behaves_as_the_state_did(before: list[Any], after: list[Any]) -> None:
    faults = [{"match": "GET */billingInfo", "status": 503, "times": 2}]
    here = Cloud(data(behaviour={"enable_propagation_s": 60, "operation_s": 5}, faults=faults))
    for method, url, body in before:
        here.send(method, url, body)
    again = read_world(write_world(here.state), "state.yaml")
    assert isinstance(again, World)
    there = Cloud(again)
    for method, url, body in after:
        assert here.send(method, url, body) == there.send(method, url, body)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 1, "empty"),
        ("[1, 2]", 1, "must be of type object"),
        ("version: 1\nnow: [\n", 3, "not YAML"),
        ("version: 1\nversion: 1\n", 2, "second time; the first is in line 1"),
        ("version: 2\nnow: 2026-11-22T12:00:00Z", 1, "it must be 1"),
        ("version: 1\nnow: yesterday", 2, "is not a time"),
        ("version: 1\nnow: 2026-11-22T12:00:00", 2, "needs a zone"),
        ("version: 1\nnow: 2026-11-22T12:00:00Z\nprojcts: {}", 3, "did you mean 'projects'?"),
        ("version: 1\nnow: 2026-11-22T12:00:00Z\nprojects:\n  acme-ai: {number: x}", 4, "a number of 1 to 19 digits"),
        ("version: 1\nnow: 2026-11-22T12:00:00Z\nprojects:\n  acme-ai: {}", 4, "needs the key 'number'"),
        ("version: 1\nnow: 2026-11-22T12:00:00Z\nprojects: {Acme: {number: 1}}", 3, "cannot be a name"),
        ("version: 1\nnow: 2026-11-22T12:00:00Z\nprojects: {acme-ai: {number: 1, parent: folders/9}}", 3, "no folder"),
        (
            "version: 1\nnow: 2026-11-22T12:00:00Z\nprojects:\n  acme-a: {number: 1}\n  acme-b: {number: 1}",
            5,
            "already that of acme-a",
        ),
        (
            'version: 1\nnow: 2026-11-22T12:00:00Z\nfolders:\n  "1": {parent: folders/2}\n  "2": {parent: folders/1}',
            4,
            "its own ancestor",
        ),
        (
            "version: 1\nnow: 2026-11-22T12:00:00Z\nbehaviour: {check_order: wild}",
            3,
            "enablement-first, zero-quota-fir",
        ),
        ("version: 1\nnow: 2026-11-22T12:00:00Z\nfaults: [{match: billing}]", 3, "METHOD"),
        ("version: 1\nnow: 2026-11-22T12:00:00Z\ntables: {models: {x: {shut_down: soon}}}", 3, "does not fit"),
        ("version: !!python/object:os.system 1", 1, "tags"),
        ("version: 1\n---\nversion: 1", 3, "second document"),
        ("a: &a [*a]", 1, "not known here"),
        ("? [1]\n: 2", 1, "plain text"),
        ("[" * 50_000, 1, "nested more than"),
        (
            "a: &x [1,1,1,1,1,1]\n" + "".join(f"b{i}: &x [*x,*x,*x,*x,*x,*x]\n" for i in range(40)),
            7,
            "anchors written out",
        ),
        ("version: \x07", 1, "not YAML"),
    ],
)
def test_a_bad_world_is_named_by_line(text: str, line: int, says: str) -> None:
    problems = read_world(text, "world.yaml")
    assert isinstance(problems, tuple)
    assert any(problem.line == line and says in problem.message for problem in problems), problems
    assert all(isinstance(problem, WorldProblem) and problem.column >= 1 for problem in problems)


def test_many_faults_are_told_at_once() -> None:
    problems = read_world("version: 1\nnow: 2026-11-22T12:00:00Z\na: 1\nb: 2\ngroups: 7\n", "w")
    assert isinstance(problems, tuple)
    assert [problem.line for problem in problems] == [3, 4, 5]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_no_text_brings_it_down(text: str) -> None:
    assert isinstance(read_world(text, "w"), tuple)


def wrongly_typed() -> st.SearchStrategy[Any]:
    plain = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
    return st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3), max_leaves=6)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(full()["projects"]["acme-ai-prod"])), wrongly_typed())
def test_no_wrong_type_in_a_project_brings_it_down(key: str, value: Any) -> None:
    world = full()
    world["projects"]["acme-ai-prod"][key] = value
    assert isinstance(read_world(json.dumps(world), "w"), World | tuple)


# Requests that nobody should send.

URLS = [url for _, url, _ in STEPS] + [
    "/v3/projects/acme-ai-prod:testIamPermissions",
    "/v2/projects/acme-ai-prod/policies",
    "/v1/projects/acme-ai-prod/roles",
    "/v1/permissions:queryTestablePermissions",
    "/v1/projects/-/serviceAccounts/app@acme-ai-prod.iam.gserviceaccount.com:generateAccessToken",
    "/v1/projects/acme-ai-prod/locations/eu/publishers/anthropic/models/count-tokens:rawPredict",
    "/v3/projects",
    "/token",
    "/v1/token",
]
KEYS = st.sampled_from(
    ["policy", "bindings", "members", "condition", "permissions", "spec", "rules", "values", "role", "messages", "tools",
     "publisherModelConfig", "updateMask", "serviceIds", "quotaConfig", "preferredValue", "max_tokens", "oidc",
     "anthropic_version", "datasetReference", "options", "requestedPolicyVersion", "etag", "version", "pageSize"]
)  # fmt: skip
BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(["POST", "PUT", "PATCH", "GET"]), st.sampled_from(URLS), BODIES)
def test_no_request_brings_it_down(method: str, url: str, body: Any) -> None:
    here = cloud()
    response = here.send(method, url, body)
    assert 200 <= response.status < 500
    assert isinstance(read_world(write_world(here.state), "w"), World), "whatever was stored can be read again"


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40), st.binary(max_size=40))
def test_no_url_or_bytes_bring_it_down(path: str, body: bytes) -> None:
    world = start(world_from(data()))
    for url in (f"/{path}", f"https://{path}", f"/v3/projects/{path}"):
        _, response = handle(world, Request("POST", url, {"authorization": "Bearer x" + path}, body), world.world.now)
        assert 400 <= response.status < 500


# Faults.


@covers("faults")
def test_faults_strike_as_often_as_they_say() -> None:
    here = cloud(faults=[{"match": "GET */billingInfo", "status": 503, "times": 2}])
    url = "https://cloudbilling.googleapis.com/v1/projects/acme-ai-prod/billingInfo"
    assert [here.get(url).status for _ in range(3)] == [503, 503, 200]


@pytest.mark.parametrize(
    ("fault", "status", "check"),
    [
        ({"broken": "timeout"}, 200, lambda r: r.broken == "timeout"),
        ({"broken": "reset"}, 200, lambda r: r.broken == "reset"),
        ({"broken": "truncated"}, 200, lambda r: r.broken == "truncated" and r.body.startswith(b'{"name"')),
        ({"broken": "not_json"}, 200, lambda r: b"<html>" in r.body),
        ({"broken": "wrong_shape"}, 200, lambda r: isinstance(r.json(), list)),
        ({"broken": "empty", "status": 403}, 403, lambda r: r.body == b""),
        ({"status": 429, "headers": {"retry-after": "1"}}, 429, lambda r: r.headers["retry-after"] == "1"),
        ({"body": {"name": 7}}, 200, lambda r: r.json() == {"name": 7}),
        ({"latency_ms": 900}, 200, lambda r: r.latency_ms == 900 and r.json()["projectId"] == "acme-ai-prod"),
    ],
)
def test_kinds_of_faults(fault: dict[str, Any], status: int, check: Any) -> None:
    for pattern in ("GET /v3/projects/*", "* *", "GET cloudresourcemanager.googleapis.com/v3/*"):
        here = cloud(faults=[{"match": pattern, **fault}])
        response = here.get("https://cloudresourcemanager.googleapis.com/v3/projects/acme-ai-prod")
        assert response.status == status
        assert check(response), response
        assert pattern == "* *" or passed(here.predict())


def test_latency_is_told_with_each_answer() -> None:
    assert cloud(behaviour={"latency_ms": 40}).predict().latency_ms == 40


# The table of behaviours, and the walls.


def covered() -> set[str]:
    found: set[str] = set()
    for path in HERE.glob("test_emulator_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for mark in node.decorator_list:
                    if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "covers":
                        found |= {str(arg.value) for arg in mark.args if isinstance(arg, ast.Constant)}
    return found


def test_each_behaviour_has_a_test_and_a_source() -> None:
    ids = [row.id for row in BEHAVIOURS]
    assert len(ids) == len(set(ids))
    assert covered() == set(ids)
    levels = {"primary", "mirrored", "secondary", "field", "inferred", "conflicting", "invented"}
    for row in BEHAVIOURS:
        assert row.source, row.id
        assert row.says.endswith("."), row.id
        assert row.confidence in levels, row.id
        assert row.source != "invented" or row.confidence in ("invented", "inferred"), row.id


def test_the_emulator_imports_no_room_that_it_is_compared_with() -> None:
    import vxsetup.emulator

    folder = Path(vxsetup.emulator.__file__).parent
    allowed = {"vxsetup.resources"}
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level <= 1, f"{path.name} leaves its room"
                names = [node.module or ""] if node.level == 0 else []
            for name in names:
                assert not name.startswith(("google", "requests", "vxsetup")) or name in allowed, (path.name, name)
