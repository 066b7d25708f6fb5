"""``explain --live``: one and the same error over clouds that differ in one thing, and the cause that is named in each."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from explain_runs import catalogue

from vxsetup.cli.root import run
from vxsetup.explain.live import place_of
from vxsetup.resources import folder

World = dict[str, Any]
MODEL = "projects/acme-ai-prod/locations/{location}/publishers/anthropic/models/{model}"
DENIED = {"id": "no-models", "rules": [{"principals": ["principal://goog/subject/dev@acme.example"], "permissions": ["aiplatform.googleapis.com/endpoints.predict"]}]}  # fmt: skip


def not_found(location: str = "eu", model: str = "claude-sonnet-5-5") -> str:
    """The platform's 404, which stands for a model that is not enabled, not served here, unknown or retired."""
    name = MODEL.format(location=location, model=model)
    return f"404 NOT_FOUND: Publisher Model `{name}` was not found or your project does not have access to it."


EXHAUSTED = (
    "429 RESOURCE_EXHAUSTED: Quota exceeded for aiplatform.googleapis.com/eu_multi_region_online_prediction_requests_per_"
    "base_model with base model: anthropic-claude-sonnet. (projects/acme-ai-prod/locations/eu/publishers/anthropic/models/"
    "claude-sonnet-5-5)"
)
FORBIDDEN = (
    "403 PERMISSION_DENIED: The caller does not have permission "
    "(Claude on Vertex AI, projects/acme-ai-prod/locations/eu/publishers/anthropic/models/claude-sonnet-5-5)"
)


def as_it_is(world: World) -> None:
    """Everything is set up."""


def not_enabled(world: World) -> None:
    world["projects"]["acme-ai-prod"]["models"]["claude-sonnet-5-5"] = {"enabled": False}


def quota_zero(world: World) -> None:
    world["projects"]["acme-ai-prod"]["quotas"]["eu"] = {"anthropic-claude-sonnet": {"requests": 0}}


def without_role(world: World) -> None:
    bindings = world["projects"]["acme-ai-prod"]["iam"]
    world["projects"]["acme-ai-prod"]["iam"] = [each for each in bindings if each["role"] != "roles/aiplatform.user"]


def with_deny_policy(world: World) -> None:
    world["organization"]["deny"] = [DENIED]


def with_org_policy(world: World) -> None:
    refused = ["publishers/anthropic/models/claude-sonnet-5-5:predict"]
    world["folders"]["2222"]["policies"] = {"vertexai.allowedModels": {"denied": refused}}


def billing_off(world: World) -> None:
    world["projects"]["acme-ai-prod"]["billing"] = {"account": "012345-6789AB-CDEF01", "open": False}


def api_off(world: World) -> None:
    world["projects"]["acme-ai-prod"]["services"].remove("aiplatform.googleapis.com")


Change = Callable[[World], None]


def live(text: str, change: Change, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The diagnosis of an error with a check of the example that is ready, changed in one thing."""
    world = copy.deepcopy(yaml.safe_load((Path(str(folder("examples"))) / "ready" / "world.yaml").read_text("utf-8")))
    change(world)
    file = tmp_path / "world.yaml"
    file.write_text(yaml.safe_dump(world), encoding="utf-8")
    assert run(["explain", "--format", "json", "--live", "--emulate", str(file), text]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


@pytest.mark.parametrize(
    ("text", "change", "cause"),
    [
        (not_found(), not_enabled, "model-not-enabled"),
        (not_found("asia-southeast1"), as_it_is, "model-not-in-region"),
        (not_found("us-east5", "claude-3-5-haiku@20241022"), as_it_is, "retired-model"),
        (EXHAUSTED, quota_zero, "quota-zero"),
        (EXHAUSTED, as_it_is, "quota-exceeded"),
        (FORBIDDEN, without_role, "iam-missing-predict"),
        (FORBIDDEN, with_deny_policy, "iam-missing-predict"),
        (FORBIDDEN, with_org_policy, "org-policy"),
        (FORBIDDEN, billing_off, "billing-disabled"),
        (FORBIDDEN, api_off, "api-disabled"),
    ],
    ids=["404-not-enabled", "404-not-served", "404-retired", "429-zero", "429-exhausted", "403-missing", "403-denied", "403-policy", "403-billing", "403-api"],
)  # fmt: skip
def test_the_cloud_tells_the_causes_apart(
    text: str, change: Change, cause: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = live(text, change, tmp_path, capsys)
    named = [(each["cause"], each["confidence"]) for each in found["causes"]]
    assert named[0][0] == cause, (named, [each["value"] for each in found["evidence"] if each["name"] == "live check"])


def test_what_was_found_is_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The cause is one of many projects; the note is about this one."""
    refused = live(FORBIDDEN, with_org_policy, tmp_path, capsys)["notes"]
    assert len(refused) == 1
    assert "VX501" in refused[0]
    assert "vertexai.allowedModels" in refused[0]
    for change in (without_role, with_deny_policy):
        (note,) = live(FORBIDDEN, change, tmp_path, capsys)["notes"]
        assert "VX302" in note
        assert "user:dev@acme.example" in note
    assert live(EXHAUSTED, as_it_is, tmp_path, capsys)["notes"] == []


def served_only_in_us(world: World) -> None:
    world["projects"]["acme-ai-prod"]["models"]["claude-sonnet-5-5"] = {"enabled": True, "locations": ["us"]}
    world["projects"]["acme-ai-prod"]["quotas"]["us"] = {"anthropic-claude-sonnet": {"requests": 10}}


def test_a_404_is_asked_about_at_other_places_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A model that answers elsewhere is enabled; what is wrong at the other places is not told."""
    found = live(not_found(), served_only_in_us, tmp_path, capsys)
    assert found["causes"][0]["cause"] == "model-not-in-region"
    assert [note[:31] for note in found["notes"]] == ["The live check found (VX405): c"]
    assert "us-east5" not in str(found["notes"])


def test_a_project_that_cannot_be_seen_may_be_the_wrong_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused = (
        "403 PERMISSION_DENIED: Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/"
        "projects/acme-ai-prd/locations/eu/publishers/anthropic/models/claude-sonnet-5-5' (or it may not exist)."
    )
    found = live(refused, as_it_is, tmp_path, capsys)["causes"]
    assert [one["cause"] for one in found[:2]] == ["wrong-project", "iam-missing-predict"]
    assert found[0]["confidence"] < 0.9, "nothing tells a project that is hidden from one that is not there"
    found = live(refused.replace("acme-ai-prd", "acme-ai-prod"), without_role, tmp_path, capsys)["causes"]
    assert found[0]["cause"] == "iam-missing-predict"
    assert found[0]["confidence"] > 0.9


@pytest.mark.parametrize(
    ("context", "project"),
    [
        ("project acme-ai-prod, region eu", "acme-ai-prod"),
        ("my project is fine", None),
        ("ANTHROPIC_VERTEX_PROJECT_ID=acme-ai-prod", "acme-ai-prod"),
        ("project_id: acmeai", "acmeai"),
        ("the project-wide setting", None),
    ],
)
def test_the_asker_names_the_project(context: str, project: str | None) -> None:
    place = place_of("429 RESOURCE_EXHAUSTED", context, None, catalogue())
    assert (place and place.project) == project


def test_without_live_nothing_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "--format", "json", not_found()]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["notes"] == []
    assert not [each for each in found["evidence"] if each["name"] == "live check"]
