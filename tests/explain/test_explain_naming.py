"""Which setting a client misses, which is set instead; and the other things that a text tells by structure."""

from __future__ import annotations

import pytest
from explain_runs import explained, named

from vxsetup.explain.clues import extract
from vxsetup.explain.naming import namings


@pytest.mark.parametrize(
    ("said", "added", "expected"),
    [
        ("cloud_ml_region is not set", "google_cloud_location=us-east5", {"other-place", "two-names"}),
        ("missing `anthropic_vertex_project_id`", "google_cloud_project is exported", {"other-project", "two-names"}),
        ("missing config gcp_project_id. i did export google_cloud_project.", "", {"other-project", "two-names"}),
        ("keyerror: 'vertex_project' (my .env has anthropic_vertex_project_id)", "", {"other-project", "two-names"}),
        ("cloud_ml_region is not set", "cloud_ml_region=eu in .env", {"same-place"}),
        ("no region was given", "cloud_ml_location is set", {"other-place"}),
        ("cloud_ml_region=eu in settings.json, cloud_ml_region=us-east5 in the shell", "", {"two-values"}),
        ("cloud_ml_region is not set", "", set()),
        ("error_code=404 error_code=500 my_value=1 my_value=2", "", set()),
        ("anthropic_vertex_project_id is not set", "cloud_ml_region=eu", set()),
        ("nothing at all", "", set()),
    ],
)
def test_what_is_missing_and_what_is_set(said: str, added: str, expected: set[str]) -> None:
    assert set(namings(said, added)) == expected


def test_the_missing_name_and_the_one_that_is_set() -> None:
    missing = "Error: CLOUD_ML_REGION environment variable is required"
    assert named(missing, "Claude Code")[0] == "region-missing"
    assert named(missing, "Claude Code; VERTEX_REGION=eu is set")[0] == "env-var-name"


@pytest.mark.parametrize("word", ["FileNotFoundError", "ModuleNotFoundError", "anthropic.NotFoundError"])
def test_a_class_name_is_no_code_of_the_network(word: str) -> None:
    found = explained(f"{word}: /run/secrets/key.json (Claude on Vertex AI, GOOGLE_APPLICATION_CREDENTIALS)")
    assert "network-proxy" not in [each.cause for each in found.causes[:1]]


def test_too_many_requests_is_not_many_requests() -> None:
    found = explained(
        "429 Too Many Requests: Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model "
        "with base model: anthropic-claude-opus-4-6."
    )
    assert found.causes[0].cause == "quota-zero"
    assert not any("under load" in reason for reason in found.causes[0].evidence_for)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("grpc_status:7, grpc_message:x", "permission_denied"),
        ("audit status.code=7 StreamRawPredict", "permission_denied"),
        ("code 8 on predict", "resource_exhausted"),
        ("grpc-status: 16", "unauthenticated"),
    ],
)
def test_a_code_by_its_number(text: str, status: str) -> None:
    assert status in extract(text).clues["status"]


def test_an_exit_code_is_no_status() -> None:
    assert "status" not in extract("process ended with exit code 7").clues


def test_two_accounts_beside_a_refusal() -> None:
    refused = "403 Permission 'aiplatform.endpoints.predict' denied (caller 12-compute@developer.gserviceaccount.com)"
    assert named(refused + "; expected claude-app@acme-ai.iam.gserviceaccount.com")[0] == "wrong-principal"
    assert "accounts" not in extract("claude-opus-4-1@20250805 and claude-sonnet-4@20250514").clues.get("many", ())


def test_the_metric_names_the_place() -> None:
    said = "429 Quota exceeded for aiplatform.googleapis.com/{}online_prediction_requests_per_base_model with base model: anthropic-claude-opus."
    for sign, place in (("global_", "global"), ("eu_multi_region_", "eu"), ("us_multi_region_", "us")):
        assert f"--location {place}" in (explained(said.format(sign)).causes[0].fix.command or "")
    assert "--location LOCATION" in (explained(said.format("")).causes[0].fix.command or "")


def test_a_path_that_goes_on_after_the_method() -> None:
    text = "404 POST https://aiplatform.googleapis.com/v1/projects/acme/locations/global/publishers/anthropic/models/claude-opus-4-6:rawPredict/v1/messages"
    assert named(text)[0] == "base-url-shape"


def test_an_account_is_no_model() -> None:
    shown = dict(explained("403 denied for claude-app@acme-ai.iam.gserviceaccount.com on Vertex AI").evidence)
    assert "model" not in shown
