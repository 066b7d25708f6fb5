"""Look-ups: models, dates, places, recognised ids, quotas, abilities."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxsetup.catalog import Catalogue, Model, ModelState, load_catalogue
from vxsetup.catalog.nearest import distance
from vxsetup.findings import Rung

LOADED = load_catalogue()
assert isinstance(LOADED, Catalogue)
CATALOGUE: Catalogue = LOADED
TODAY = date(2026, 11, 22)


def model(name: str) -> Model:
    found = CATALOGUE.model(name)
    assert found is not None, name
    return found


@pytest.mark.parametrize("known", CATALOGUE.models, ids=lambda known: known.id)
def test_every_id_is_found_in_every_form(known: Model) -> None:
    for written in known.known_ids:
        assert CATALOGUE.model(written) is known
        recognised = CATALOGUE.recognise(written)
        assert (recognised.kind, recognised.model, recognised.suggestion) == ("known", known, None)
    assert CATALOGUE.model(known.id.upper()) is None
    assert CATALOGUE.model(f"{known.id}@20990101") is None


# Written, kind, the id to write instead.
FORMS = [
    ("claude-sonnet-4-20250514", "first_party", "claude-sonnet-4@20250514"),
    ("claude-3-5-sonnet-20240620", "first_party", "claude-3-5-sonnet@20240620"),
    ("claude-3-5-sonnet-20241022", "first_party", "claude-3-5-sonnet-v2@20241022"),
    ("claude-sonnet-4-0", "first_party", "claude-sonnet-4@20250514"),
    ("claude-opus-4-7-20260416", "first_party", "claude-opus-4-7"),
    ("claude-opus-9-20290101", "first_party", None),
    ("anthropic.claude-sonnet-4-5-20250929-v1:0", "bedrock", "claude-sonnet-4-5@20250929"),
    ("us.anthropic.claude-3-5-sonnet-20241022-v2:0", "bedrock", "claude-3-5-sonnet-v2@20241022"),
    ("global.anthropic.claude-opus-4-6-v1", "bedrock", "claude-opus-4-6"),
    ("us-gov.anthropic.claude-3-haiku-20240307-v1:0:200k", "bedrock", "claude-3-haiku@20240307"),
    (
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.anthropic.claude-haiku-4-5-20251001-v1:0",
        "bedrock",
        "claude-haiku-4-5@20251001",
    ),
    ("claude-opus-4-6[1m]", "client_suffix", "claude-opus-4-6"),
    ("claude-sonnet-4-5@20250929[1m]", "client_suffix", "claude-sonnet-4-5@20250929"),
    ("opus", "client_alias", "claude-opus-5-5"),
    ("publishers/google/models/claude-opus-4-6", "publisher_path", "claude-opus-4-6"),
    ("publishers/anthropic/models/claude-haiku-4-5", "publisher_path", "claude-haiku-4-5@20251001"),
    (
        "projects/acme-ai-prod/locations/eu/publishers/anthropic/models/claude-opus-5:rawPredict",
        "publisher_path",
        "claude-opus-5",
    ),
    ("vertex_ai/claude-sonnet-4-6", "publisher_path", "claude-sonnet-4-6"),
    ("anthropic/claude-sonnet-4.5", "publisher_path", "claude-sonnet-4-5@20250929"),
    ("vertex_ai/claude-sonnet-4-5-20250929[1m]", "client_suffix", "claude-sonnet-4-5@20250929"),
    ("claude-sonnet-4-5@latest", "latest_alias", "claude-sonnet-4-5@20250929"),
    ("claude-3-5-sonnet-latest", "latest_alias", "claude-3-5-sonnet-v2@20241022"),
    ("claude-3-5-sonnet@20241022", "wrong_version", "claude-3-5-sonnet-v2@20241022"),
    ("claude-opus-4-6@001", "wrong_version", "claude-opus-4-6"),
    ("claude-opus-4.7", "spelling", "claude-opus-4-7"),
    ("claude-4-6-opus", "spelling", "claude-opus-4-6"),
    ("claude-sonnet-3-7", "spelling", "claude-3-7-sonnet@20250219"),
    ("Claude Haiku 4.5", "spelling", "claude-haiku-4-5@20251001"),
    ("CLAUDE-HAIKU-4-5@20251001", "spelling", "claude-haiku-4-5@20251001"),
    (" claude-opus-5 ", "spelling", "claude-opus-5"),
    ("gemini-2.5-pro", "not_claude", None),
    ("claude-opus-6", "unknown", None),
    ("claude-haiku-4-5@20270101", "unknown", None),
    ("claude-2.1", "unknown", None),
]


@pytest.mark.parametrize(("written", "kind", "suggestion"), FORMS)
def test_foreign_forms_are_recognised(written: str, kind: str, suggestion: str | None) -> None:
    recognised = CATALOGUE.recognise(written)
    assert (recognised.kind, recognised.suggestion) == (kind, suggestion)
    assert recognised.says
    if suggestion:
        assert recognised.model is CATALOGUE.model(suggestion)
        assert CATALOGUE.recognise(suggestion).kind == "known"


def test_slips_name_their_neighbour() -> None:
    assert CATALOGUE.recognise("claude-sonet-4-6").nearest[0] == "claude-sonnet-4-6"
    assert CATALOGUE.recognise("claude-opus-47").nearest[0] == "claude-opus-4-7"
    assert CATALOGUE.recognise("claude-haiku-4-5@20270101").nearest == ("claude-haiku-4-5@20251001",)
    assert CATALOGUE.recognise("claude-grandiose-17").nearest == ()


PIECES = st.sampled_from(
    [
        "claude",
        "-",
        "@",
        "opus",
        "sonnet",
        "4",
        "5",
        "20250929",
        "[1m]",
        "/",
        "anthropic.",
        ":",
        "latest",
        " ",
        "v2",
        "\n",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=14).map("".join)))
def test_no_text_breaks_recognition(text: str) -> None:
    recognised = CATALOGUE.recognise(text)
    assert recognised.written == text
    assert len(recognised.nearest) <= 3
    if recognised.suggestion is not None:
        assert CATALOGUE.recognise(recognised.suggestion).kind == "known"
        assert recognised.suggestion != text
    assert (recognised.kind == "known") == (CATALOGUE.model(text) is not None)


@given(st.text(max_size=12), st.text(max_size=12))
def test_distance_is_symmetric_and_zero_for_equals(left: str, right: str) -> None:
    assert distance(left, right, 3) == distance(right, left, 3)
    assert (distance(left, right, 3) == 0) == (left == right)


# Dates and states


def test_the_three_dates_are_three_things() -> None:
    gone = model("claude-3-7-sonnet")
    assert gone.deprecated_on is not None
    assert gone.shut_down_on is not None
    assert (gone.deprecated_on.value, gone.shut_down_on.value) == (date(2025, 11, 11), date(2026, 5, 11))
    assert gone.not_sooner_than is None
    floor = model("claude-sonnet-4-5")
    assert floor.not_sooner_than is not None
    assert floor.not_sooner_than.value == date(2026, 9, 29)
    assert floor.shut_down_on is None
    assert floor.deprecated_on is None


def test_only_a_shut_down_date_shuts_a_model_down() -> None:
    for known in CATALOGUE.models:
        state = known.state(date(2099, 1, 1)).name
        assert (state is ModelState.SHUT_DOWN) == (known.shut_down_on is not None), known.id


STATES = [
    ("claude-opus-5-5", TODAY, "active"),
    ("claude-opus-4-5", TODAY, "near_retirement"),
    ("claude-opus-4-5", date(2026, 11, 24), "unconfirmed"),
    ("claude-sonnet-5", TODAY, "active"),
    ("claude-sonnet-5", date(2026, 11, 24), "near_retirement"),
    ("claude-sonnet-4-5", TODAY, "unconfirmed"),
    ("claude-sonnet-4", TODAY, "deprecated"),
    ("claude-opus-4-1", TODAY, "deprecated"),
    ("claude-3-haiku", TODAY, "shut_down"),
    ("claude-3-haiku", date(2026, 8, 23), "shut_down"),
    ("claude-3-haiku", date(2026, 8, 22), "deprecated"),
    ("claude-mythos-preview", TODAY, "by_invitation"),
    ("claude-fable-5-2", TODAY, "unknown"),
]


@pytest.mark.parametrize(("name", "today", "state"), STATES)
def test_states(name: str, today: date, state: str) -> None:
    found = model(name).state(today)
    assert found.name == state
    assert found.says
    assert found.claims


def test_no_shut_down_date_of_the_claude_api_reaches_vertex() -> None:
    retired = model("claude-sonnet-4")
    other = retired.fact("claude_api")
    assert other is not None
    assert other.value["state"] == "retired"
    assert retired.shut_down_on is None


@given(st.integers(min_value=0, max_value=2000))
def test_a_successor_is_active_newer_and_said_to_be_derived(days: int) -> None:
    today = date(2024, 1, 1) + timedelta(days=days)
    for known in CATALOGUE.models:
        successor = known.successor(today)
        if successor is None:
            continue
        newer = model(successor.value)
        assert newer.family == known.family
        assert newer is not known
        assert newer.state(today).name is ModelState.ACTIVE
        assert newer.released is not None
        assert newer.released.value <= today
        assert successor.confidence == "inferred"
        assert successor.note


def test_successors_today() -> None:
    suggested = model("claude-3-7-sonnet").successor(TODAY)
    assert suggested is not None
    assert suggested.value == "claude-sonnet-5-5"
    assert model("claude-sonnet-5-5").successor(TODAY) is None


# Conflicts


def test_a_place_in_an_example_is_no_documented_place_but_is_shown() -> None:
    opus = model("claude-opus-4-7")
    assert opus.locations == ("global", "us", "eu")
    assert opus.documented_at("us-east1") is None
    said = {(claim.source, claim.value) for claim in opus.claims_at("us-east1")}
    assert said == {("GD:claude", False), ("SEED", True)}


def test_a_field_report_that_turns_the_table_round_is_kept() -> None:
    opus = model("claude-opus-5")
    listed = opus.documented_at("global")
    assert listed is not None
    assert [claim.source for claim in listed.conflicts] == ["F#63086630148"]
    assert listed.doubtful
    assert [claim.value for claim in opus.claims_at("us-east5")] == [False, True]


def test_context_windows_in_conflict_keep_the_seed_first() -> None:
    window = model("claude-sonnet-4-5").context_window
    assert window is not None
    assert (window.value, window.source) == (200_000, "SEED")
    assert [claim.value for claim in window.conflicts] == [1_000_000]
    assert window.conflicts[0].note


def test_provisioned_throughput_without_a_region_is_a_conflict() -> None:
    for known in CATALOGUE.models:
        provisioned = known.provisioned
        if provisioned and not any(CATALOGUE.location_kind(place) == "region" for place in known.locations):
            assert provisioned.value["supported"]
            assert [claim.value["supported"] for claim in provisioned.conflicts] == [False], known.id


def test_claims_of_silence_are_none() -> None:
    opus = model("claude-opus-4-5")
    assert opus.feature("extended_thinking") is None
    assert opus.feature("computer_use") is not None
    old = model("claude-3-5-haiku").feature("extended_thinking")
    assert old is not None
    assert old.value is False


# Locations


def test_kinds_and_geographies() -> None:
    assert [CATALOGUE.location_kind(name) for name in ("global", "us", "eu", "us-east5", "nowhere")] == [
        "global",
        "multi_region",
        "multi_region",
        "region",
        "region",
    ]
    expected = {
        "global": None,
        "us": "us",
        "eu": "eu",
        "us-east5": "us",
        "europe-west1": "eu",
        "asia-southeast1": "asia",
    }
    expected |= {"europe-west2": "uk", "europe-west6": "switzerland", "europe-west99": "europe", "asia-east9": "asia"}
    expected |= {"nowhere": None, "": None, "us-": None, "eu-west-1": None}
    assert {name: CATALOGUE.geography(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("us-east-5", "us-east5"),
        ("US_EAST5", "us-east5"),
        ("us-east5-a", "us-east5"),
        ("us-esat5", "us-east5"),
        ("Europe", "eu"),
        ("EU", "eu"),
        ("eu-west-1", "europe-west1"),
        ("europe-west-1", "europe-west1"),
        ("asia-southeast-1", "asia-southeast1"),
        ("Global", "global"),
        ("mars", None),
        ("", None),
        ("x" * 500, None),
    ],
)
def test_nearest_location(written: str, meant: str | None) -> None:
    assert CATALOGUE.nearest_location(written) == meant


@given(st.text())
def test_no_text_becomes_a_foreign_host(text: str) -> None:
    CATALOGUE.nearest_location(text)
    CATALOGUE.geography(text)
    try:
        host = CATALOGUE.host(text)
    except ValueError:
        return
    assert host.endswith(".googleapis.com")
    assert host.isascii()
    assert not set("/@:#?%\\ \n").intersection(host)


@pytest.mark.parametrize("text", ["evil.example/", "evil.example#", "us-east5\n", "a" * 80, "-", "ü", "us_east5"])
def test_a_text_that_is_no_name_has_no_host(text: str) -> None:
    with pytest.raises(ValueError, match="not the name of a location"):
        CATALOGUE.host(text)


# Quotas, abilities, features


def test_quota_of_a_lineage_model() -> None:
    quota = CATALOGUE.quota("claude-opus-5", "eu")
    assert [(base.name, base.system) for base in quota.base_models] == [("anthropic-claude-opus", "lineage")]
    requests = quota.limit("requests")
    assert requests is not None
    assert requests.quota_id is not None
    assert requests.quota_id.value == "EuOnlinePredictionRequestsPerMinPerProjectPerBaseModel"
    assert quota.default is not None
    assert quota.default.value == {"requests": 1000, "input_tokens": 10_000_000, "output_tokens": 1_000_000}
    assert quota.dimension_values("anthropic-claude-opus") == {"base_model": "anthropic-claude-opus"}


def test_a_lineage_model_in_a_region_meets_both_systems() -> None:
    quota = CATALOGUE.quota("claude-opus-4-8", "us-east5")
    assert [(base.name, base.system) for base in quota.base_models] == [
        ("anthropic-claude-opus-4-8", "per_model"),
        ("anthropic-claude-opus", "lineage"),
    ]
    assert quota.base_models[0].claim.confidence == "field"
    assert quota.dimension_values("anthropic-claude-opus-4-8") == {
        "base_model": "anthropic-claude-opus-4-8",
        "region": "us-east5",
    }


def test_lineages_begin_where_google_says() -> None:
    begin = date.fromisoformat(CATALOGUE.data["quotas"]["lineage_after"][0]["value"])
    for known in CATALOGUE.models:
        if known.released:
            base = CATALOGUE.quota(known.id, "global").base_models[0]
            assert (base.system == "lineage") == (known.released.value > begin), known.id


def test_old_models_have_one_limit_for_all_tokens() -> None:
    quota = CATALOGUE.quota("claude-3-haiku", "us-east5")
    assert [limit.kind for limit in quota.limits] == ["requests", "tokens"]
    tokens = quota.limit("tokens")
    assert tokens is not None
    assert tokens.quota_id is None


@given(st.text(max_size=40), st.text(max_size=20))
def test_a_quota_is_found_for_any_model_and_place(name: str, place: str) -> None:
    quota = CATALOGUE.quota(name, place)
    assert quota.base_models
    assert quota.limit("requests") is not None


def test_an_unknown_model_s_quota_is_said_to_be_inferred() -> None:
    quota = CATALOGUE.quota("claude-opus-9", "global")
    assert [base.name for base in quota.base_models] == ["anthropic-claude-opus", "anthropic-claude-opus-9"]
    assert {base.claim.confidence for base in quota.base_models} == {"inferred"}


def test_the_least_role_to_invoke() -> None:
    ability = CATALOGUE.ability("invoke")
    assert ability is not None
    assert ability.least_role == "roles/aiplatform.user"
    assert [permission.name for permission in ability.permissions if permission.when is None] == [
        "aiplatform.endpoints.predict"
    ]
    assert CATALOGUE.ability("dance") is None
    assert "roles/aiplatform.user" not in CATALOGUE.roles_with("serviceusage.services.use")
    assert CATALOGUE.roles_with("no.such.permission") == ()


def test_features_and_their_policies() -> None:
    search = CATALOGUE.feature("web_search")
    assert search is not None
    assert search.policy == "web_search"
    assert search.denied_by_default is not None
    counting = CATALOGUE.feature("count_tokens")
    assert counting is not None
    assert counting.only_at is not None
    assert counting.only_at.value == ("global", "us", "eu", "asia-southeast1")
    assert counting.only_at.conflicts
    files = CATALOGUE.feature("files_api")
    assert files is not None
    assert files.offered.value is False
    assert [claim.source for claim in files.offered.conflicts] == ["DISC"]
    assert CATALOGUE.feature("teleport") is None


def test_gates() -> None:
    assert [gate.gate for gate in model("claude-fable-5").gates] == ["safety_addendum", "data_sharing"]
    assert model("claude-fable-5").needs_gate("data_sharing") is not None
    assert model("claude-opus-5").needs_gate("cyber_verification") is None
    assert [gate.required for gate in model("claude-opus-5").gates] == [False]


# The catalogue's own age, and evidence


def test_age() -> None:
    assert CATALOGUE.age_days(CATALOGUE.date) == 0
    assert CATALOGUE.age_days(CATALOGUE.date - timedelta(days=3)) == 0
    assert CATALOGUE.age_days(CATALOGUE.date + timedelta(days=120)) == 120
    assert not CATALOGUE.is_stale(CATALOGUE.date + timedelta(days=120))
    assert CATALOGUE.is_stale(CATALOGUE.date + timedelta(days=121))


def test_evidence_names_source_and_date() -> None:
    claim = model("claude-3-haiku").shut_down_on
    assert claim is not None
    evidence = CATALOGUE.evidence(claim, "shut down on 2026-08-23")
    assert (evidence.rung, evidence.at) == (Rung.CATALOGUE, "2026-08-22")
    assert evidence.source == "Google Cloud, page on deprecated partner models"
    assert CATALOGUE.cite(claim).endswith("(2026-08-22)")
