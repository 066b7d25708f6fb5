"""Effective policies as answered: what each says of a value, and answers that are not what the documents say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vxsetup.cloud.call import Answer
from vxsetup.cloud.providers import providers
from vxsetup.facts.base import Fact, Known, Unknown, UnknownCause
from vxsetup.facts.policies import EffectivePolicy, Policy, Standing, enforcement, is_group, ruling

KEY = EffectivePolicy("projects/acme-ai-prod", "vertexai.allowedModels")
NAME = "projects/333333333333/policies/vertexai.allowedModels"
AT = "2026-11-22T12:00:00Z"
MINE = "publishers/anthropic/models/claude-sonnet-5-5:predict"


def read(body: Any, status: int = 200) -> Fact:
    provider = providers()[EffectivePolicy]
    (call,) = provider.calls(KEY, {})
    return provider.read(KEY, {}, {call: Answer(status, json.dumps(body), AT)})


def says(*rules: Any) -> Standing:
    fact = read({"name": NAME, "spec": {"rules": list(rules)}})
    assert isinstance(fact, Known), fact
    return ruling(fact.value, (MINE, "publishers/anthropic")).standing


def allowed(*values: str) -> dict[str, Any]:
    return {"values": {"allowedValues": list(values)}}


def denied(*values: str) -> dict[str, Any]:
    return {"values": {"deniedValues": list(values)}}


def test_one_request_to_one_place() -> None:
    (call,) = providers()[EffectivePolicy].calls(KEY, {})
    assert (call.verb, call.permission, call.service) == ("GET", "orgpolicy.policy.get", "orgpolicy.googleapis.com")
    path = "/v2/projects/acme-ai-prod/policies/vertexai.allowedModels:getEffectivePolicy"
    assert call.url == f"https://orgpolicy.googleapis.com{path}"
    odd = EffectivePolicy("projects/example.com:app", "gcp.restrictServiceUsage")
    (call,) = providers()[EffectivePolicy].calls(odd, {})
    assert "/projects/example.com:app/policies/gcp.restrictServiceUsage:" in call.url


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], Standing.DEFAULT),
        ([{"allowAll": True}], Standing.ALLOWED),
        ([{"denyAll": True}], Standing.DENIED),
        ([{"denyAll": True}, allowed(MINE)], Standing.DENIED),
        ([allowed(MINE)], Standing.ALLOWED),
        ([allowed(f"is:{MINE}")], Standing.ALLOWED),
        ([allowed("publishers/anthropic")], Standing.ALLOWED),
        ([allowed("publishers/mistralai")], Standing.DENIED),
        ([allowed(MINE), denied(MINE)], Standing.DENIED),
        ([allowed(MINE), denied("publishers/anthropic")], Standing.DENIED),
        ([{"allowAll": True}, denied(f"is:{MINE}")], Standing.DENIED),
        ([denied("publishers/mistralai")], Standing.ALLOWED),
        ([denied("publishers/mistralai"), allowed("publishers/google")], Standing.DENIED),
        ([allowed("in:all-of-them")], Standing.UNCLEAR),
        ([allowed("in:all-of-them"), denied(MINE)], Standing.DENIED),
        ([allowed("in:all-of-them", MINE)], Standing.ALLOWED),
        ([denied("under:folders/2222"), allowed(MINE)], Standing.UNCLEAR),
        ([{"allowAll": True, "condition": {"expression": "resource.matchTag('1/a', 'b')"}}], Standing.UNCLEAR),
        ([{"enforce": True, "parameters": {"allowed": []}}], Standing.UNCLEAR),
        ([{"enforce": True}], Standing.UNCLEAR),
        ([{}], Standing.UNCLEAR),
        ([{"values": {}}], Standing.UNCLEAR),
        ([{"allowAll": False}], Standing.UNCLEAR),
    ],
)
def test_what_a_policy_says(rules: list[Any], expected: Standing) -> None:
    assert says(*rules) is expected
    assert says(*reversed(rules)) is expected, "the order of the rules means nothing"


def test_an_entry_that_may_be_meant_is_never_the_end_of_it() -> None:
    dated = MINE.replace(":predict", "@20260928:predict")

    def doubtful(value: str) -> bool:
        return is_group(value) or value == dated

    assert ruling(Policy(allowed=(dated,)), (MINE,), doubtful).standing is Standing.UNCLEAR
    assert ruling(Policy(denied=(dated,)), (MINE,), doubtful).standing is Standing.UNCLEAR
    assert ruling(Policy(allowed=(dated, MINE)), (MINE,), doubtful).standing is Standing.ALLOWED
    assert ruling(Policy(allowed=(dated,)), (MINE,)).standing is Standing.DENIED


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], Standing.DEFAULT),
        ([{"enforce": True}], Standing.DENIED),
        ([{"enforce": False}], Standing.ALLOWED),
        ([{"enforce": True}, {"enforce": False}], Standing.UNCLEAR),
        ([{"enforce": True, "condition": {"expression": "true"}}], Standing.UNCLEAR),
        ([{"allowAll": True}], Standing.UNCLEAR),
    ],
)
def test_what_a_boolean_policy_says(rules: list[Any], expected: Standing) -> None:
    fact = read({"name": NAME, "spec": {"rules": rules}})
    assert isinstance(fact, Known)
    assert enforcement(fact.value).standing is expected


@pytest.mark.parametrize("body", [{"name": NAME}, {"name": NAME, "spec": {}}, {"name": NAME, "spec": {"rules": []}}])
def test_nothing_in_force_is_known(body: Any) -> None:
    fact = read(body)
    assert isinstance(fact, Known)
    assert fact.value.silent


def test_what_is_only_a_dry_run_is_not_in_force() -> None:
    fact = read({"name": NAME, "spec": {}, "dryRunSpec": {"rules": [{"denyAll": True}]}})
    assert isinstance(fact, Known)
    assert fact.value.silent


@pytest.mark.parametrize(
    "body",
    [
        [],
        None,
        {},
        {"name": 7, "spec": {}},
        {"name": "projects/1/policies/gcp.restrictServiceUsage", "spec": {}},
        {"name": NAME, "spec": []},
        {"name": NAME, "spec": None},
        {"name": NAME, "spec": {"rules": {}}},
        {"name": NAME, "spec": {"rules": [7]}},
        {"name": NAME, "spec": {"rules": [{"values": []}]}},
        {"name": NAME, "spec": {"rules": [{"values": {"allowedValues": "x"}}]}},
        {"name": NAME, "spec": {"rules": [{"values": {"deniedValues": [1]}}]}},
        {"name": NAME, "spec": {"rules": [{"allowAll": "true"}]}},
        {"name": NAME, "spec": {"rules": [{"enforce": 1}]}},
    ],
)
def test_an_answer_of_another_shape_is_unknown(body: Any) -> None:
    fact = read(body)
    assert isinstance(fact, Unknown), fact
    assert fact.cause is UnknownCause.MALFORMED


def test_a_constraint_that_does_not_exist_is_no_missing_permission() -> None:
    fact = read({"error": {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}}, 404)
    assert isinstance(fact, Unknown)
    assert fact.cause is UnknownCause.REFUSED
    assert "vertexai.allowedModels" in fact.would_need
    assert "orgpolicy.policy.get" not in fact.would_need


def test_a_refusal_names_the_permission() -> None:
    fact = read(
        {"error": {"code": 403, "message": "The caller does not have permission", "status": "PERMISSION_DENIED"}}, 403
    )
    assert isinstance(fact, Unknown)
    assert (fact.cause, fact.would_need) == (UnknownCause.PERMISSION_DENIED, "orgpolicy.policy.get")
