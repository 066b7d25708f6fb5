"""What ``vxsetup smoke`` prints is what clients send: address, headers, body, curl; and nothing leaves without --send."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from smoke_runs import CONFIG, READY, WORLD, catalogue, changed, smoke

from vxsetup.cli.root import run
from vxsetup.resources import schema
from vxsetup.smoke.body import About, examine
from vxsetup.smoke.build import Wanted, bound, curl, prepare, size_fault
from vxsetup.smoke.features import NOT_SENT, SENT

HOSTS = {
    "global": "aiplatform.googleapis.com",
    "us": "aiplatform.us.rep.googleapis.com",
    "eu": "aiplatform.eu.rep.googleapis.com",
    "us-east5": "us-east5-aiplatform.googleapis.com",
    "europe-west1": "europe-west1-aiplatform.googleapis.com",
}


@pytest.mark.parametrize("location", HOSTS)
@pytest.mark.parametrize("model", ["claude-opus-4-8", "claude-haiku-4-5@20251001"])
def test_a_request_is_what_a_correct_client_sends(location: str, model: str) -> None:
    made = prepare(Wanted("my-proj", model, location), catalogue())
    assert made.host == HOSTS[location]
    assert made.path == f"/v1/projects/my-proj/locations/{location}/publishers/anthropic/models/{model}:rawPredict"
    assert set(json.loads(made.body)) == {"anthropic_version", "max_tokens", "messages"}
    assert json.loads(made.body)["anthropic_version"] == "vertex-2023-10-16"
    assert dict(made.headers) == {"Content-Type": "application/json"}


def test_a_stream_counting_and_provisioned_traffic_have_their_own_forms() -> None:
    stream = prepare(Wanted("p", "claude-opus-4-8", "global", stream=True), catalogue())
    assert stream.path.endswith(":streamRawPredict")
    assert json.loads(stream.body)["stream"] is True
    count = prepare(Wanted("p", "claude-haiku-4-5@20251001", "eu", count_tokens=True), catalogue())
    assert count.path.endswith("/models/count-tokens:rawPredict")
    assert json.loads(count.body)["model"] == "claude-haiku-4-5"
    dedicated = prepare(Wanted("p", "claude-haiku-4-5", "us-east5", traffic="provisioned"), catalogue())
    assert dedicated.headers["X-Vertex-AI-LLM-Request-Type"] == "dedicated"


@pytest.mark.parametrize("feature", SENT)
@pytest.mark.parametrize("model", ["claude-opus-5-5", "claude-sonnet-4-5", "claude-haiku-4-5"])
def test_our_own_bodies_pass_our_own_judge(feature: str, model: str) -> None:
    made = prepare(Wanted("p", model, "global", feature=feature), catalogue())
    from vxsetup import resources

    found = examine(made.body.encode(), "body.json", About(model, "global"), catalogue(), resources.schema("request"))
    assert [one.message for one in found if one.severity.value == "error"] == []
    assert size_fault(made, catalogue()) is None


def test_the_cache_prefix_is_longer_than_the_least_that_is_cached() -> None:
    for model in catalogue().models:
        claim = model.fact("cache_min_tokens")
        body = json.loads(prepare(Wanted("p", model.id, "global", feature="prompt_caching"), catalogue()).body)
        least = claim.value if claim else 4096
        assert len(body["system"][0]["text"].split()) >= 2 * least


def test_curl_sends_the_same_request(tmp_path: Path) -> None:
    """The printed command, run by a shell with a curl that writes down its arguments."""
    made = prepare(Wanted("p", "claude-haiku-4-5@20251001", "eu"), catalogue())
    for name, script in (("curl", 'printf "%s\\0" "$@"'), ("gcloud", "echo TOKEN")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(["sh", "-c", curl(made)], env={"PATH": path}, capture_output=True, text=True, check=True)
    given = done.stdout.split("\0")
    assert made.url in given
    assert "Authorization: Bearer TOKEN" in given
    assert json.loads(given[given.index("--data-binary") + 1]) == json.loads(made.body)
    assert shlex.split(curl(made)).count("-H") == 2


def test_the_bound_is_above_what_a_request_uses_and_below_a_cent() -> None:
    for model in ("claude-opus-5-5", "claude-haiku-4-5", "claude-fable-5-1"):
        limit = bound(prepare(Wanted("p", model, "global"), catalogue()), catalogue())
        regional = bound(prepare(Wanted("p", model, "us"), catalogue()), catalogue())
        assert limit.usd is not None
        assert regional.usd is not None
        assert 0 < limit.usd < 0.01
        assert regional.usd > limit.usd, "the premium of an endpoint that is not global"
        assert limit.output_tokens == 32
        assert limit.source
    unknown = bound(prepare(Wanted("p", "claude-nova-9", "global"), catalogue()), catalogue())
    assert unknown.usd is None, "no price is known, so none is told"
    assert bound(prepare(Wanted("p", "claude-opus-5", "eu", count_tokens=True), catalogue()), catalogue()).usd == 0


def test_nothing_is_sent_without_send(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vxsetup.cli.asking.open_cloud", lambda *a: pytest.fail("a cloud was opened"))
    code, document, _ = smoke(capsys, CONFIG)
    assert code == 0
    assert not document["sent"]
    assert [one["location"] for one in document["requests"]] == ["eu", "europe-west1"]
    assert all(
        one["headers"]["Authorization"] == "Bearer $(gcloud auth print-access-token)" for one in document["requests"]
    )
    monkeypatch.setenv("VXSETUP_SEND", "1")
    assert not smoke(capsys, CONFIG)[1]["sent"], "money is spent on a typed word alone"


def test_places_are_chosen_by_model_and_location(capsys: pytest.CaptureFixture[str]) -> None:
    _, document, _ = smoke(capsys, CONFIG, "--model", "claude-sonnet-5-5")
    assert [one["model"] for one in document["requests"]] == ["claude-sonnet-5-5"]
    code, _, said = smoke(capsys, CONFIG, "--location", "us")
    assert code == 2
    assert "claude-sonnet-5-5 @ eu" in said
    code, document, _ = smoke(capsys, "--project", "acme-ai-dev", "--model", "claude-opus-5", "--location", "us")
    assert (code, document["project"], document["requests"][0]["location"]) == (0, "acme-ai-dev", "us")


def test_each_feature_that_a_config_can_name_is_tried_or_refused_with_a_reason() -> None:
    features = schema("project")["$defs"]
    named = {word for words in _enumerations(features) if "prompt_caching" in words for word in words}
    assert "computer_use" in named
    assert named <= {*SENT, *NOT_SENT}
    assert not set(SENT) & set(NOT_SENT)


def _enumerations(value: object) -> list[list[str]]:
    if isinstance(value, dict):
        own = [value["enum"]] if isinstance(value.get("enum"), list) else []
        return own + [words for inner in value.values() for words in _enumerations(inner)]
    return [words for inner in value for words in _enumerations(inner)] if isinstance(value, list) else []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--feature", "batch"], "batchPredictionJobs"),
        (["--feature", "computer_use"], "sources differ"),
        (["--feature", "memory_tool"], "sources differ"),
        (["--feature", "telepathy"], "there are prompt_caching"),
        (["--count-tokens", "--stream"], "do not go with it"),
        (["--emulate", WORLD], "add --send"),
    ],
)
def test_what_cannot_be_is_refused(capsys: pytest.CaptureFixture[str], arguments: list[str], says: str) -> None:
    code, _, said = smoke(capsys, CONFIG, *arguments)
    assert code == 2
    assert says in said
    assert said.count("\n") == 1


def test_a_foreign_id_is_not_sent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "vxsetup.yaml"
    config.write_text("version: 1\nproject: {id: acme-ai-prod}\nmodels: [{id: claude-sonnet-4-20250514}]\n")
    code, _, said = smoke(capsys, str(config))
    assert code == 2
    assert "claude-sonnet-4@20250514" in said


def test_save_writes_bodies_scripts_and_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "saved"
    arguments = (CONFIG, "--model", "claude-sonnet-5-5", "--feature", "prompt_caching", "--save", str(folder))

    def same(request: Any, answer: Any) -> Any:
        return answer

    with changed(monkeypatch, same) as seen:
        assert smoke(capsys, *arguments, "--send", "--emulate", WORLD)[0] == 0
    names = sorted(one.name for one in folder.iterdir())
    assert "claude-sonnet-5-5.eu.json" in names
    assert "claude-sonnet-5-5.eu.prompt_caching.answer.2.json" in names
    script = (folder / "claude-sonnet-5-5.eu.prompt_caching.sh").read_text()
    assert subprocess.run(["sh", "-n", "-c", script], check=False).returncode == 0
    tokens = {request.headers["Authorization"] for request in seen}
    assert tokens
    for file in folder.iterdir():
        assert not any(token.removeprefix("Bearer ") in file.read_text() for token in tokens), (
            "no token is ever written"
        )


def test_the_text_shows_all_that_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["smoke", CONFIG, "--color", "never"]) == 0
    told = capsys.readouterr().out
    assert "POST https://aiplatform.eu.rep.googleapis.com/v1/projects/acme-ai-prod/locations/eu/" in told
    assert '"anthropic_version": "vertex-2023-10-16"' in told
    assert "Nothing was sent." in told
    assert (READY / "vxsetup.yaml").is_file()
