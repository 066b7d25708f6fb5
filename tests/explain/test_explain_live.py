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
    (well,) = live(EXHAUSTED, as_it_is, tmp_path, capsys)["notes"]
    assert well.startswith(
        "The live check found nothing wrong (VX410): for its caller a request for claude-sonnet-5-5 at"
    )


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


def predict_alone(world: World) -> None:
    """The caller may ask the model, and charge no other request."""
    project = world["projects"]["acme-ai-prod"]
    project["iam"] = [{"role": "roles/aiplatform.user", "members": ["user:dev@acme.example"]}]
    world["organization"]["iam"] = []


def no_role_at_all(world: World) -> None:
    world["projects"]["acme-ai-prod"]["iam"] = world["organization"]["iam"] = []


def predictions_down(world: World) -> None:
    world["faults"] = [{"match": "POST */*", "status": 503, "times": 1000}]


def test_a_404_that_the_cloud_disproves_keeps_no_cause(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A quota project that may not be used answers 403; it is no cause of a 404, nor is another caller."""
    for change in (as_it_is, predict_alone):
        found = live(not_found(), change, tmp_path, capsys)
        assert (found["recognised"], found["causes"]) == (False, [])
        assert "found nothing wrong (VX410)" in found["notes"][0]
        assert "model-not-enabled" in found["notes"][1]
    refused = live(FORBIDDEN, predict_alone, tmp_path, capsys)
    assert refused["causes"][0]["cause"] == "wrong-principal"
    assert [note.split(":")[0] for note in refused["notes"]] == [
        "The live check found (VX205)",
        "The live check found nothing else wrong (VX410)",
    ]


def test_what_could_not_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone = [
        (each["cause"], each["confidence"]) for each in live(EXHAUSTED, predictions_down, tmp_path, capsys)["causes"]
    ]
    assert alone[0][0] == "quota-exceeded", "the quota was read"
    (first, *_) = live(FORBIDDEN, predictions_down, tmp_path, capsys)["notes"]
    assert first == (
        "The live check could not tell (VX302): Whether user:dev@acme.example holds aiplatform.endpoints.predict is not "
        "known: the answer was 503 UNAVAILABLE. To learn it: check again in some minutes."
    )
    notes = live(FORBIDDEN, no_role_at_all, tmp_path, capsys)["notes"]
    assert [note.split(":")[0] for note in notes] == [
        "The live check found (VX302)",
        "The live check found (VX205)",
        "The live check could not tell (VX201)",
    ]


def test_a_cloud_that_does_not_answer_is_told_in_the_answer_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", "--format", "json", not_found()]) == 0
    alone = json.loads(capsys.readouterr().out)
    monkeypatch.setenv("VXSETUP_EMULATOR_HOST", "127.0.0.1:9")
    assert run(["explain", "--format", "json", "--live", not_found()]) == 0
    found = json.loads(capsys.readouterr().out)
    (note,) = found["notes"]
    assert note == (
        "The live check could ask nothing, so this is from the text alone: 127.0.0.1:9 (VXSETUP_EMULATOR_HOST) could not be "
        "reached: the connection was refused."
    )
    assert found["causes"] == alone["causes"]
    assert [each for each in found["evidence"] if each["name"] == "live check"] == []


@pytest.mark.parametrize(
    ("text", "recognised"),
    [
        (
            "psql: error: connection to server at 10.0.0.1 failed: password authentication failed (project acme-ai-prod)",
            False,
        ),
        ("400 on projects/acme-ai-prod/locations/eu/publishers/anthropic/models/claude-sonnet-5-5:rawPredict", True),
    ],
)
def test_a_failure_explains_only_errors_of_this_platform(
    text: str, recognised: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = live(text, with_org_policy, tmp_path, capsys)
    assert found["recognised"] is recognised
    assert [each["cause"] for each in found["causes"]][:1] == (["org-policy"] if recognised else [])


def test_a_cause_that_is_gone_is_told_as_gone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        "403 SERVICE_DISABLED: Vertex AI API has not been used in project acme-ai-prod before or it is disabled. claude"
    )
    notes = live(text, as_it_is, tmp_path, capsys)["notes"]
    assert notes[-1].startswith("The text says api-disabled, but the live check passes VX203 now")
    assert "--context 'model ID, location PLACE'" in notes[0]


def test_a_model_is_asked_where_the_config_wants_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The example wants its second model elsewhere: at this place it is not enabled, and that is no fault."""
    ready = Path(str(folder("examples"))) / "ready"
    args = ["--config", str(ready / "vxsetup.yaml"), "--emulate", str(ready / "world.yaml"), "--format", "json"]
    assert run(["explain", "--live", *args, "429 RESOURCE_EXHAUSTED: claude on vertex"]) == 0
    notes = json.loads(capsys.readouterr().out)["notes"]
    assert [note.split(":")[0] for note in notes] == ["The live check found nothing wrong (VX410)"]


def test_another_place_and_another_name_disprove_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = live(not_found("no.such.place"), as_it_is, tmp_path, capsys)
    assert nowhere["causes"][0]["cause"] == "model-not-in-region"
    assert "so no request was judged" in nowhere["notes"][0]
    counting = (
        "400 FAILED_PRECONDITION: Organization Policy constraint constraints/vertexai.allowedModels violated for projects/1 "
        "attempting to use a disallowed Gen AI model count-tokens. "
    )
    counted = live(counting + MODEL.format(location="eu", model="claude-sonnet-5-5"), as_it_is, tmp_path, capsys)
    assert counted["causes"][0]["cause"] == "org-policy"
    assert "passes VX501 now" not in str(counted["notes"])


def test_a_project_s_number_cannot_be_asked_about(capsys: pytest.CaptureFixture[str]) -> None:
    world = str(Path(str(folder("examples"))) / "ready" / "world.yaml")
    assert run(["explain", "--live", "--emulate", world, EXHAUSTED.replace("acme-ai-prod", "333333333333")]) == 2
    assert "the error names none by its id; give --config" in capsys.readouterr().err


def test_without_live_nothing_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "--format", "json", not_found()]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["notes"] == []
    assert not [each for each in found["evidence"] if each["name"] == "live check"]
