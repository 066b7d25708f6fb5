"""Quota rows in every order and of every place: which row is the limit here never depends on where it stands."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest

from vxsetup.cloud.call import Answer
from vxsetup.cloud.providers import providers
from vxsetup.facts.base import Fact, Known, Unknown, UnknownCause
from vxsetup.facts.quotas import EffectiveQuota, Increase, Preferences, QuotaPreferences

MODEL = "anthropic-claude-sonnet"
AT = "2026-11-22T12:00:00Z"


def read(location: str, rows: Any) -> Fact:
    key = EffectiveQuota("acme-ai-dev", location, "OnlineRequests")
    provider = providers()[EffectiveQuota]
    (call,) = provider.calls(key, {})
    body = json.dumps({"quotaId": "OnlineRequests", "dimensionsInfos": rows})
    return provider.read(key, {}, {call: Answer(200, body, AT)})


def row(value: object, region: object = None, applies: object = None, base: object = MODEL) -> dict[str, Any]:
    dimensions = {"base_model": base} if region is None else {"base_model": base, "region": region}
    found: dict[str, Any] = {"dimensions": dimensions, "details": {"value": value}}
    return found if applies is None else {**found, "applicableLocations": applies}


@pytest.mark.parametrize(
    ("location", "rows", "expected"),
    [
        ("us-east5", [row("0"), row("35", "us-east5")], 35),
        ("us-east5", [row("35"), row("0", "us-east5")], 0),
        ("us-east5", [row("7", applies=["us-east5", "us-east1"]), row("35", "us-east5")], 35),
        ("us-east5", [row("7", applies=["us-east5"]), row("9", applies=["us-east1"])], 7),
        ("us-east5", [row("7", "us-east1"), row("9", applies=["europe-west1"])], None),
        ("us-east5", [row("7", "us-east1"), row("9"), row("3", applies=["europe-west1"])], 9),
        ("us-east5", [row("9", applies=[])], None),
        ("us-east5", [row("9", applies=["global"])], None),
        ("global", [row("9", applies=["global"]), row("3", "us-east5")], 9),
        ("eu", [row("9", applies=["global"])], 9),
        ("us", [row("9", applies=["us-east5"]), row("4", "us")], 4),
        ("us-east5", [row("-1", "us-east5"), row("-1", "us-east5")], -1),
        ("us-east5", [row("35", "us-east5"), row("1", "us-east5", base="another")], 35),
    ],
)
def test_the_limit_is_the_same_in_every_order(location: str, rows: list[Any], expected: int | None) -> None:
    for order in permutations(rows):
        fact = read(location, list(order))
        assert isinstance(fact, Known), order
        assert fact.value.of(MODEL) == (() if expected is None else (expected,)), order


@pytest.mark.parametrize(
    "rows",
    [
        [row("1", "us-east5"), row("2", "us-east5")],
        [row("1"), row("2", applies=["us-east5"])],
        [row("1", applies="us-east5")],
        [row("1", applies=[5])],
        [row("1", region=5)],
        [row("1", base=["x"])],
        [row("--5")],
        [row("²")],
        [row("9" * 5000)],
        [row(True)],
        [row(1.5)],
        [{"dimensions": None, "details": {"value": "1"}}],
        [{"dimensions": {"base_model": MODEL}, "details": []}],
        [None],
        "rows",
        None,
    ],
)
def test_rows_that_are_none_are_malformed(rows: Any) -> None:
    for order in [rows, rows[::-1]] if isinstance(rows, list) else [rows]:
        fact = read("us-east5", order)
        assert isinstance(fact, Unknown)
        assert fact.cause is UnknownCause.MALFORMED


def test_a_row_that_names_no_base_model_is_for_those_without_one() -> None:
    rows = [{"dimensions": {}, "details": {"value": "7"}}, row("35", "us-east5")]
    for order in permutations(rows):
        fact = read("us-east5", list(order))
        assert isinstance(fact, Known)
        assert (fact.value.of(MODEL), fact.value.of("another")) == ((35,), (7,))


def test_rows_of_which_neither_is_nearer_both_stand() -> None:
    whole_place = {"dimensions": {"region": "us-east5"}, "details": {"value": "7"}}
    fact = read("us-east5", [row("35"), whole_place])
    assert isinstance(fact, Known)
    assert (fact.value.of(MODEL), fact.value.of("another")) == ((7, 35), (7,))
    unheard_of = {"dimensions": {"base_model": MODEL, "tier": "night"}, "details": {"value": "9"}}
    fact = read("eu", [row("35"), unheard_of])
    assert isinstance(fact, Known)
    assert fact.value.of(MODEL) == (9, 35), "a dimension that nobody here knows may or may not be meant"


def info(**more: Any) -> Fact:
    key = EffectiveQuota("acme-ai-dev", "eu", "OnlineRequests")
    provider = providers()[EffectiveQuota]
    (call,) = provider.calls(key, {})
    body = json.dumps({"quotaId": "OnlineRequests", "dimensionsInfos": [row("5")], **more})
    return provider.read(key, {}, {call: Answer(200, body, AT)})


@pytest.mark.parametrize(
    ("said", "increase"),
    [
        ({"quotaIncreaseEligibility": {"isEligible": True}}, Increase(True)),
        ({"quotaIncreaseEligibility": {"isEligible": True}, "isFixed": True}, Increase(False, "FIXED")),
        ({"quotaIncreaseEligibility": {"ineligibilityReason": "NOT_SUPPORTED"}}, Increase(False, "NOT_SUPPORTED")),
        ({"quotaIncreaseEligibility": {}}, Increase(False, "OTHER")),
        (
            {"quotaIncreaseEligibility": {"isEligible": "yes", "ineligibilityReason": "\u001b[31m"}},
            Increase(False, "OTHER"),
        ),
        ({"quotaIncreaseEligibility": None}, None),
        ({}, None),
    ],
)
def test_what_is_said_of_an_increase(said: dict[str, Any], increase: Increase | None) -> None:
    fact = info(**said)
    assert isinstance(fact, Known)
    assert fact.value.increase == increase


@pytest.mark.parametrize(
    ("said", "interval"),
    [
        ("minute", "minute"),
        ("day", "day"),
        ("", None),
        (None, None),
        (5, "unknown time"),
        ("\u001b[31m", "unknown time"),
    ],
)
def test_a_limit_for_another_time_is_known_to_be_one(said: object, interval: str | None) -> None:
    fact = info(refreshInterval=said)
    assert isinstance(fact, Known)
    assert fact.value.interval == interval


def requests_for_quota(body: Any) -> Fact:
    key = QuotaPreferences("acme-ai-dev")
    provider = providers()[QuotaPreferences]
    (call,) = provider.calls(key, {})
    return provider.read(key, {}, {call: Answer(200, json.dumps(body), AT)})


GOOD = {
    "name": "projects/1/locations/global/quotaPreferences/mine",
    "service": "aiplatform.googleapis.com",
    "quotaId": "OnlineRequests",
    "dimensions": {"base_model": MODEL},
    "quotaConfig": {"preferredValue": "90", "grantedValue": "10"},
    "reconciling": True,
}


def test_requests_for_quota_that_cannot_be_understood_are_left_out() -> None:
    odd: list[Any] = [
        {},
        {**GOOD, "name": 5},
        {**GOOD, "name": "projects/1/locations/global/quotaPreferences/$(rm -r ~)"},
        {**GOOD, "quotaConfig": {"preferredValue": "many"}},
        {**GOOD, "quotaConfig": None},
        {**GOOD, "dimensions": []},
    ]
    fact = requests_for_quota({"quotaPreferences": [*odd, GOOD], "nextPageToken": "more"})
    assert isinstance(fact, Known)
    found = fact.value
    assert isinstance(found, Preferences)
    assert not found.complete
    (one,) = found.requested
    assert (one.id, one.preferred, one.granted, one.reconciling) == ("mine", 90, 10, True)
    assert found.of("OnlineRequests", {"base_model": MODEL}) is one
    assert found.of("OnlineRequests", {"base_model": MODEL, "region": "us-east5"}) is None


@pytest.mark.parametrize("body", [[], "x", None, {"quotaPreferences": {}}, {"quotaPreferences": [5]}])
def test_a_list_of_requests_that_is_none_is_malformed(body: Any) -> None:
    fact = requests_for_quota(body)
    assert isinstance(fact, Unknown)
    assert fact.cause is UnknownCause.MALFORMED
