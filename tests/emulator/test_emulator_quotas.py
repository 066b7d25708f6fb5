"""Quota in the emulator: the row for all base models, what is used up, what is said of an increase, pages of requests."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_worlds import cloud, covers, message, passed

INFOS = "/v1/projects/acme-ai-prod/locations/global/services/aiplatform.googleapis.com/quotaInfos"
PREFERENCES = "/v1/projects/acme-ai-prod/locations/global/quotaPreferences"
EU = "EuOnlinePredictionRequestsPerMinPerProjectPerBaseModel"
REGIONAL = "OnlinePredictionRequestsPerMinutePerProjectPerRegionPerBaseModel"


@covers("quota-for-all")
def test_a_row_for_all_base_models_holds_where_there_is_none_of_its_own() -> None:
    here = cloud({"quotas": {"eu": {"*": {"requests": 0}}}})
    rows = here.get(f"{INFOS}/{EU}").json()["dimensionsInfos"]
    assert rows == [{"dimensions": {}, "details": {}, "applicableLocations": ["eu"]}], (
        "documented rows are not beside it"
    )
    assert here.predict().status == 429
    own = cloud({"quotas": {"eu": {"*": {"requests": 0}, "anthropic-claude-sonnet": {"requests": 5}}}})
    named = {str(one["dimensions"]): one["details"] for one in own.get(f"{INFOS}/{EU}").json()["dimensionsInfos"]}
    assert named == {"{}": {}, "{'base_model': 'anthropic-claude-sonnet'}": {"value": "5"}}
    assert passed(own.predict())
    tokens = cloud({"quotas": {"eu": {"*": {"input_tokens": 9}, "anthropic-claude-sonnet": {"requests": 5}}}})
    assert "base_model" in tokens.get(f"{INFOS}/{EU}").json()["dimensionsInfos"][0]["dimensions"]


def test_a_row_for_all_base_models_of_a_region_names_the_region() -> None:
    here = cloud({"quotas": {"us-east5": {"*": {"requests": 8}}}})
    rows = here.get(f"{INFOS}/{REGIONAL}").json()["dimensionsInfos"]
    assert {
        "dimensions": {"region": "us-east5"},
        "details": {"value": "8"},
        "applicableLocations": ["us-east5"],
    } in rows


def test_what_is_used_up_is_refused_and_its_limit_stays() -> None:
    here = cloud({"quotas": {"eu": {"anthropic-claude-sonnet": {"requests": 70, "used_up": ["output_tokens"]}}}})
    answer = here.predict()
    assert answer.status == 429
    assert "eu_multi_region_online_prediction_output_tokens_per_minute_per_base_model" in message(answer)
    rows = here.get(f"{INFOS}/{EU}").json()["dimensionsInfos"]
    assert {"value": "70"} in [one["details"] for one in rows]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, {"quotaIncreaseEligibility": {"isEligible": True}}),
        (
            {"billing": {"open": False}},
            {"quotaIncreaseEligibility": {"ineligibilityReason": "NO_VALID_BILLING_ACCOUNT"}},
        ),
        ({"quota_increase": "NOT_SUPPORTED"}, {"quotaIncreaseEligibility": {"ineligibilityReason": "NOT_SUPPORTED"}}),
        ({"quota_increase": "fixed"}, {"quotaIncreaseEligibility": {"isEligible": True}, "isFixed": True}),
        ({"quota_increase": "unsaid"}, {}),
    ],
)
@covers("quota-increase")
def test_what_is_said_of_an_increase(change: dict[str, Any], said: dict[str, Any]) -> None:
    info = cloud(change).get(f"{INFOS}/{EU}").json()
    assert {key: info[key] for key in ("quotaIncreaseEligibility", "isFixed") if key in info} == said


def test_requests_for_quota_come_in_pages() -> None:
    here = cloud({"quota_preferences": {f"p{number}": {"quotaId": EU} for number in range(5)}})
    first = here.get(f"{PREFERENCES}?pageSize=3").json()
    rest = here.get(f"{PREFERENCES}?pageSize=3&pageToken={first['nextPageToken']}").json()
    names = [one["name"].rpartition("/")[2] for one in (*first["quotaPreferences"], *rest["quotaPreferences"])]
    assert names == ["p0", "p1", "p2", "p3", "p4"]
    assert "nextPageToken" not in rest
