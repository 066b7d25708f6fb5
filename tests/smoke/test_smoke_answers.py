"""What is sent is judged: status, model, usage, stream, cache, features; a failure names its cause and its rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from smoke_runs import CONFIG, WORLD, catalogue, changed, check, edited, smoke

from vxsetup.cli.emulation import read_state
from vxsetup.cloud.session import HttpRequest, HttpResponse
from vxsetup.emulator.server import EmulatorServer
from vxsetup.smoke.answer import checks, read
from vxsetup.smoke.build import Wanted, prepare

SEND = (CONFIG, "--send", "--emulate", WORLD, "--model", "claude-sonnet-5-5")


def test_a_good_answer_passes_every_check(capsys: pytest.CaptureFixture[str]) -> None:
    code, document, said = smoke(capsys, CONFIG, "--send", "--emulate", WORLD)
    assert code == 0
    for entry in document["requests"]:
        assert [one["verdict"] for one in entry["checks"]] == ["pass"] * 4
        assert entry["answers"][0]["total_s"] is not None
        assert entry["answers"][0]["usage"]["output_tokens"] > 0
    assert said.startswith("Sending 2 requests: at most $0.00"), "the bound is told before"


def test_times_are_those_of_the_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = yaml.safe_load(Path(WORLD).read_text())
    world.setdefault("behaviour", {})["latency_ms"] = 1500
    slow = tmp_path / "world.yaml"
    slow.write_text(yaml.safe_dump(world))
    _, document, _ = smoke(capsys, CONFIG, "--send", "--emulate", str(slow), "--model", "claude-sonnet-5-5")
    assert document["requests"][0]["answers"][0]["total_s"] == 1.5


def test_a_stream_is_read_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    code, document, _ = smoke(capsys, *SEND, "--stream")
    assert code == 0
    assert document["requests"][0]["answers"][0]["text"] == "Hello from the emulator."


@pytest.mark.parametrize(
    ("cut", "says"),
    [
        (lambda body: body[: body.index(b"event: message_delta")], "cut off"),
        (lambda body: b"<html>proxy</html>", "no stream of events"),
        (lambda body: body.replace(b"data: {", b"data: {{", 1), "not JSON"),
        (
            lambda body: body + b'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error"}}\n\n',
            "overloaded",
        ),
    ],
)
def test_a_broken_stream_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, cut: Any, says: str
) -> None:
    def change(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
        return HttpResponse(answer.status, answer.headers, cut(answer.body))

    with changed(monkeypatch, change):
        code, document, _ = smoke(capsys, *SEND, "--stream")
    assert code == 1
    assert says in check(document, "message")["says"]
    assert check(document, "message")["rule"] == "VX881"


@pytest.mark.parametrize(
    ("edit", "name", "rule"),
    [
        ({"model": "claude-sonnet-4-6"}, "model", "VX880"),
        ({"model": "claude-sonnet-5-5-mini"}, "model", "VX880"),
        ({"model": None}, "model", "VX881"),
        ({"usage": None}, "usage", "VX881"),
        ({"usage": {"input_tokens": "many"}}, "usage", "VX881"),
        ({"type": "page"}, "message", "VX881"),
    ],
)
def test_a_wrong_answer_fails_with_its_rule(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, edit: dict[str, Any], name: str, rule: str
) -> None:
    with changed(monkeypatch, lambda request, answer: edited(answer, edit)):
        code, document, _ = smoke(capsys, *SEND)
    assert code == 1
    assert check(document, name)["verdict"] == "fail"
    assert check(document, name)["rule"] == rule


def test_the_second_request_must_read_the_cache(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, document, _ = smoke(capsys, *SEND, "--feature", "prompt_caching")
    assert code == 0
    assert check(document, "cache", 1)["verdict"] == "pass"
    assert len(document["requests"][1]["answers"]) == 2

    def dropped(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
        return edited(answer, {"usage": {"input_tokens": 9, "output_tokens": 2}})

    with changed(monkeypatch, dropped):
        code, document, _ = smoke(capsys, *SEND, "--feature", "prompt_caching")
    assert code == 1
    assert check(document, "cache", 1)["rule"] == "VX882"


def test_a_feature_that_the_model_may_leave_out_is_unknown_and_not_passed(capsys: pytest.CaptureFixture[str]) -> None:
    code, document, _ = smoke(capsys, *SEND, "--feature", "function_calling")
    assert check(document, "function_calling", 1)["verdict"] == "unknown"
    assert code == 3


def test_a_feature_that_a_policy_forbids_is_told_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    code, document, _ = smoke(capsys, *SEND, "--feature", "web_search")
    assert code == 1
    refused = check(document, "status", 1)
    assert "allowedPartnerModelFeatures" in refused["says"]
    assert refused["causes"][0]["cause"] == "org-policy-feature"


def test_structured_outputs_must_be_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = prepare(Wanted("p", "claude-opus-5", "eu", feature="structured_outputs"), catalogue())
    message = {"type": "message", "model": "claude-opus-5", "usage": {"input_tokens": 1, "output_tokens": 1}}
    for text, verdict in (('{"city": "Paris"}', "pass"), ("Paris", "fail"), ('["Paris"]', "fail")):
        answer = read(json.dumps({**message, "content": [{"type": "text", "text": text}]}), stream=False)
        assert checks(prepared, [answer], catalogue())[-1].verdict.value == verdict


WORLDS = [
    ({"services": ["serviceusage.googleapis.com"]}, "VX203"),
    ({"billing": {"account": "012345-6789AB-CDEF01", "open": False}}, "VX202"),
    ({"iam": []}, "VX302"),
    ({"models": {}}, "VX406"),
    ({"quotas": {"eu": {"anthropic-claude-sonnet": {"requests": 0}}}}, "VX602"),
]


@pytest.mark.parametrize(("change", "rule"), WORLDS, ids=[rule for _, rule in WORLDS])
def test_a_refusal_is_diagnosed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, Any], rule: str
) -> None:
    world = yaml.safe_load(Path(WORLD).read_text())
    world["projects"]["acme-ai-prod"].update(change)
    if "iam" in change:
        world["caller"] = {"principal": "user:stranger@acme.example", "kind": "user"}
    broken = tmp_path / "world.yaml"
    broken.write_text(yaml.safe_dump(world))
    code, document, _ = smoke(capsys, CONFIG, "--send", "--emulate", str(broken), "--model", "claude-sonnet-5-5")
    assert code == 1
    status = check(document, "status")
    named = [one["rule"] for one in status["causes"]]
    assert rule in named, status
    assert status["fix"]["summary"]
    if rule != "VX602":  # a first 429 has two causes that its text cannot tell apart
        assert named[0] == rule


def test_a_request_is_sent_once_whatever_is_answered(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
        return HttpResponse(503, {}, b'{"error": {"code": 503, "status": "UNAVAILABLE", "message": "try later"}}')

    with changed(monkeypatch, busy) as seen:
        assert smoke(capsys, *SEND)[0] == 1
    assert len(seen) == 1, "what may be billed is never sent again"


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=300), st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "content", "usage", "model", "message", "delta", "index"]), inner, max_size=4)).map(json.dumps)), st.booleans())  # fmt: skip
def test_no_answer_breaks_the_judge(text: str, stream: bool) -> None:
    wrapped = f"data: {text}\n\n" if stream else text
    for feature in (None, "prompt_caching", "web_search"):
        prepared = prepare(Wanted("p", "claude-opus-5", "eu", feature=feature, stream=stream), catalogue())
        found = checks(prepared, [read(wrapped, stream)] * 2, catalogue())
        assert any(one.verdict.value != "pass" for one in found), "noise is never a pass"


def test_over_a_socket_everything_is_the_same_and_times_are_real(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = read_state(WORLD, None)
    with EmulatorServer(state, clock=lambda: state.world.now) as server:
        monkeypatch.setenv("VXSETUP_EMULATOR_HOST", server.base_url.removeprefix("http://"))
        monkeypatch.setenv("VXSETUP_EMULATOR_TOKEN", f"emu:{state.world.caller.principal}")
        code, document, _ = smoke(capsys, CONFIG, "--send", "--feature", "prompt_caching", "--stream")
    assert code == 0
    for entry in document["requests"]:
        for answer in entry["answers"]:
            assert 0 < answer["first_byte_s"] <= answer["total_s"] < 10


def test_without_an_answer_nothing_passes(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VXSETUP_EMULATOR_HOST", "127.0.0.1:9")
    code, document, _ = smoke(capsys, CONFIG, "--send")
    assert code == 1
    assert [one["verdict"] for one in document["requests"][0]["checks"]] == ["fail"]
