"""The shipped data: it follows its schema, every claim has a source, and what the documents say is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from vxsetup.catalog import Catalogue, Claim, Model, load_catalogue
from vxsetup.catalog.claims import CONFIDENCE
from vxsetup.catalog.load import shipped_data
from vxsetup.cloud.limits import every_pace
from vxsetup.explain import causes, page_of
from vxsetup.explain.rows import every_row
from vxsetup.resources import schema
from vxsetup.rules import registry

# The table of Anthropic's page "Claude on Vertex AI": name, id, marked as deprecated.
SEED = [
    ("Claude Opus 4.7", "claude-opus-4-7", False),
    ("Claude Opus 4.6", "claude-opus-4-6", False),
    ("Claude Sonnet 4.6", "claude-sonnet-4-6", False),
    ("Claude Sonnet 4.5", "claude-sonnet-4-5@20250929", False),
    ("Claude Sonnet 4", "claude-sonnet-4@20250514", True),
    ("Claude Sonnet 3.7", "claude-3-7-sonnet@20250219", True),
    ("Claude Opus 4.5", "claude-opus-4-5@20251101", False),
    ("Claude Opus 4.1", "claude-opus-4-1@20250805", False),
    ("Claude Opus 4", "claude-opus-4@20250514", True),
    ("Claude Haiku 4.5", "claude-haiku-4-5@20251001", False),
    ("Claude Haiku 3.5", "claude-3-5-haiku@20241022", True),
    ("Claude Haiku 3", "claude-3-haiku@20240307", True),
]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    loaded = load_catalogue()
    assert isinstance(loaded, Catalogue)
    return loaded


def model(catalogue: Catalogue, name: str) -> Model:
    found = catalogue.model(name)
    assert found is not None, name
    return found


def claims(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every claim in the data with its path."""
    if isinstance(value, dict):
        if "value" in value and ("source" in value or "sources" in value):
            yield path, value
        else:
            for key, item in value.items():
                yield from claims(item, f"{path}/{key}")
    elif isinstance(value, list):
        for item in value:
            yield from claims(item, path)


def test_the_schema_is_a_schema_and_the_data_follow_it() -> None:
    rules = schema("catalog")
    Draft202012Validator.check_schema(rules)
    assert rules["title"]
    assert rules["description"]
    assert [error.message for error in Draft202012Validator(rules).iter_errors(shipped_data())] == []


def test_the_schema_s_examples_are_patches_that_load() -> None:
    import json

    rules = schema("catalog")
    assert rules["examples"]
    for example in rules["examples"]:
        assert list(Draft202012Validator(rules).iter_errors(example)) == []
        patched = load_catalogue(json.dumps(example), "example.json")
        assert isinstance(patched, Catalogue)
        assert patched.patch_file == "example.json"


def test_every_claim_has_a_source_that_exists_and_a_confidence() -> None:
    data = shipped_data()
    found = list(claims({key: part for key, part in data.items() if key != "sources"}))
    assert len(found) > 500
    for path, row in found:
        for key in [row["source"]] if "source" in row else row["sources"]:
            assert key in data["sources"], path
        assert row.get("confidence", "primary") in CONFIDENCE, path


def test_every_fact_of_a_model_is_a_list_of_claims() -> None:
    for name, row in shipped_data()["models"].items():
        for key, fact in row.items():
            if key in ("name", "family"):
                continue
            parts = fact.values() if key in ("quota", "at") else [fact]
            for part in parts:
                assert isinstance(part, list), (name, key)
                assert all("value" in item for item in part), (name, key)


NAMED_IN_CODE = ("F#58660789019", "F#69438844140", "GAPIC-ASSET", *(pace.source for pace in every_pace()))
"""Sources of what the cloud room does, which no row and no rule cites."""


def test_every_source_is_used_dated_and_described() -> None:
    data = shipped_data()
    cited = [reference for rule in registry() for reference in rule.docs.references]
    cited += [source for row in every_row() for source in row.sources]
    cited += [source for cause in causes() for source in getattr(page_of(cause), "sources", ())]
    text = str(({key: part for key, part in data.items() if key != "sources"}, cited, NAMED_IN_CODE))
    for key, source in data["sources"].items():
        assert f"'{key}'" in text, f"{key} is cited nowhere"
        assert re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", source["date"])
        assert len(source["what"]) > 10


def test_no_source_is_newer_than_the_catalogue(catalogue: Catalogue) -> None:
    for source in catalogue.sources.values():
        assert source.date <= catalogue.date.isoformat()


@pytest.mark.parametrize(("name", "written", "deprecated"), SEED)
def test_the_seed_table_is_all_there(catalogue: Catalogue, name: str, written: str, deprecated: bool) -> None:
    found = model(catalogue, written)
    assert (found.name, found.versioned_id) == (name, written)
    assert "SEED" in {source for claim in _every(found, "id_forms") for source in claim.sources}
    marked = {claim.value for claim in (found.stage.every if found.stage else ()) if claim.source == "SEED"}
    assert marked == ({"deprecated"} if deprecated else set())
    window = found.context_window
    assert window is not None
    assert window.source == "SEED"
    million = written in ("claude-opus-4-7", "claude-opus-4-6", "claude-sonnet-4-6")
    assert window.value == (1_000_000 if million else 200_000)


def _every(found: Model, fact: str) -> tuple[Claim[Any], ...]:
    claim = found.fact(fact)
    return claim.every if claim else ()


def test_mythos_preview_is_by_invitation_on_the_word_of_the_seed(catalogue: Catalogue) -> None:
    found = model(catalogue, "claude-mythos-preview")
    invitation = found.needs_gate("invitation")
    assert invitation is not None
    assert invitation.source == "SEED"
    assert found.state(catalogue.date).name == "by_invitation"
    assert found.locations == ()


def test_ids_without_a_page_are_unknown_not_active(catalogue: Catalogue) -> None:
    for name in ("claude-fable-5-2", "claude-mythos-5-1", "claude-mythos-5-2", "claude-3-sonnet@20240229"):
        found = model(catalogue, name)
        assert found.state(catalogue.date).name == "unknown"
        assert found.notes


def test_the_premium_begins_with_sonnet_4_5(catalogue: Catalogue) -> None:
    begin = date(2025, 9, 29)
    for found in catalogue.models:
        if found.released is None:
            assert found.premium is None
            continue
        premium = found.premium
        assert premium is not None
        assert premium.source == "SEED"
        assert premium.value == (1.1 if found.released.value >= begin else 1.0)


def test_hosts_are_the_documented_ones(catalogue: Catalogue) -> None:
    assert catalogue.host("global") == "aiplatform.googleapis.com"
    assert catalogue.host("us") == "aiplatform.us.rep.googleapis.com"
    assert catalogue.host("eu") == "aiplatform.eu.rep.googleapis.com"
    assert catalogue.host("us-east5") == "us-east5-aiplatform.googleapis.com"


def test_every_location_of_a_model_is_a_known_location(catalogue: Catalogue) -> None:
    for found in catalogue.models:
        for place in (*found.locations, *found.row.get("at", {})):
            assert catalogue.known_location(place), (found.id, place)
    assert catalogue.locations == ("global", "us", "eu", "us-east5", "europe-west1", "asia-southeast1")


def test_features_of_models_are_features_of_the_catalogue(catalogue: Catalogue) -> None:
    for found in catalogue.models:
        assert set(found.features) <= set(catalogue.feature_names)
        for gate in found.gates:
            assert catalogue.gate(gate.gate) is not None


def test_permissions_of_abilities_are_in_the_table_of_permissions(catalogue: Catalogue) -> None:
    assert set(catalogue.ability_names) == {"invoke", "batch", "enable_models", "administer"}
    for name in catalogue.ability_names:
        ability = catalogue.ability(name)
        assert ability is not None
        assert ability.permissions
        for permission in ability.permissions:
            assert permission.roles, permission.name
            assert all(key in catalogue.sources for key in permission.sources)
            if permission.when is None:
                assert ability.least_role in permission.roles, permission.name


def test_the_permission_that_no_dump_has_is_marked_doubtful(catalogue: Catalogue) -> None:
    ability = catalogue.ability("administer")
    assert ability is not None
    doubtful = {permission.name for permission in ability.permissions if permission.doubtful}
    assert doubtful == {"aiplatform.endpoints.setPublisherModelConfig"}


def test_the_data_speak_of_the_product_s_world_only() -> None:
    text = str(shipped_data()) + str(schema("catalog"))
    for word in ("/work", "/tmp", "pypi", "npmjs", "file-index", "session", "prompt:"):
        assert word not in text.lower().replace("prompts and responses", ""), word


def test_both_anthropic_versions_are_kept(catalogue: Catalogue) -> None:
    version = catalogue.limit("anthropic_version")
    assert version is not None
    assert version.value == "vertex-2023-10-16"
    assert [claim.value for claim in version.conflicts] == ["2026-10-21"]
