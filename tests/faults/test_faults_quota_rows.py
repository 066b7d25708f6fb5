"""Quota rows in every order and of every place: which row is the limit here never depends on where it stands."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest

from vxsetup.cloud.call import Answer
from vxsetup.cloud.providers import providers
from vxsetup.facts.base import Fact, Known, Unknown, UnknownCause
from vxsetup.facts.models import EffectiveQuota

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
        assert fact.value.by_base_model.get(MODEL) == expected, order


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
