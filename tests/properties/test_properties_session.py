"""The session under every request: what is tried again, how often, and for how long; and what a recording hides."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vxsetup.cloud.call import Answer, Call, Failure, NoAnswer, Outcome
from vxsetup.cloud.recording import (
    RecordingProblem,
    known_users,
    mask_strangers,
    masking,
    read_recording,
    recorded,
)
from vxsetup.cloud.session import RETRIED, Clock, HttpRequest, HttpResponse, Session
from vxsetup.facts.caller import Caller

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
READ = Call("serviceusage.googleapis.com", "read", "GET", "https://serviceusage.googleapis.com/v1/x")
PROBE = Call("aiplatform.googleapis.com", "probe", "POST", "https://aiplatform.googleapis.com/v1/y", "{}", probe=True)


class Scripted:
    """Answers with a list of outcomes, the last one for ever; each try takes ``takes`` seconds of a virtual clock."""

    def __init__(self, *answers: HttpResponse | NoAnswer, takes: float = 0.1) -> None:
        self.answers = list(answers)
        self.takes = takes
        self.now = START
        self.requests: list[HttpRequest] = []
        self.slept: list[float] = []
        self.clock = Clock(now=lambda: self.now, sleep=self.sleep, jitter=lambda: 1.0)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def send(self, request: HttpRequest) -> HttpResponse | NoAnswer:
        self.requests.append(request)
        self.now += timedelta(seconds=self.takes)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def session(self, **options: object) -> Session:
        return Session(self, "vxsetup/test", "acme-tools", self.clock, **options)  # type: ignore[arg-type]


def status(code: int, body: bytes = b"{}") -> HttpResponse:
    return HttpResponse(code, {}, body)


def silent(failure: Failure) -> NoAnswer:
    return NoAnswer(failure, "nothing", "2026-11-22T12:00:00Z")


@pytest.mark.parametrize("code", sorted(RETRIED))
def test_a_read_is_tried_three_times(code: int) -> None:
    cloud = Scripted(status(code))
    outcome = cloud.session().answer(READ)
    assert isinstance(outcome, Answer)
    assert (outcome.status, len(cloud.requests)) == (code, 3)
    assert cloud.slept == [1.5, 3.0]


@pytest.mark.parametrize("code", [200, 400, 401, 403, 404, 409, 501])
def test_what_another_try_cannot_change_is_tried_once(code: int) -> None:
    for call in (READ, PROBE):
        cloud = Scripted(status(code))
        cloud.session().answer(call)
        assert len(cloud.requests) == 1


def test_a_probe_is_not_tried_again_on_429() -> None:
    cloud = Scripted(status(429), status(200))
    outcome = cloud.session().answer(PROBE)
    assert isinstance(outcome, Answer)
    assert (outcome.status, len(cloud.requests)) == (429, 1)


@pytest.mark.parametrize("body", [b"", b" \n"])
def test_an_empty_403_of_a_probe_is_asked_again(body: bytes) -> None:
    cloud = Scripted(status(403, body), status(400, b'{"type":"error","error":{"type":"invalid_request_error"}}'))
    outcome = cloud.session().answer(PROBE)
    assert isinstance(outcome, Answer)
    assert (outcome.status, len(cloud.requests)) == (400, 2)
    assert len(_tries(PROBE, status(403, b'{"error": {}}'))) == 1
    assert len(_tries(READ, status(403, body))) == 1


def _tries(call: Call, answer: HttpResponse | NoAnswer) -> list[HttpRequest]:
    cloud = Scripted(answer)
    cloud.session().answer(call)
    return cloud.requests


@pytest.mark.parametrize("failure", list(Failure))
def test_only_a_dropped_connection_is_tried_again(failure: Failure) -> None:
    again = failure in (Failure.TIMEOUT, Failure.NETWORK)
    assert len(_tries(READ, silent(failure))) == (3 if again else 1)


@settings(deadline=None, derandomize=True, database=None)
@given(st.floats(0.01, 60), st.floats(1, 60), st.floats(1, 120), st.integers(0, 6))
def test_no_call_outlasts_its_deadline(takes: float, timeout: float, deadline: float, retries: int) -> None:
    takes = min(takes, timeout)  # a sender keeps the timeout that it is given
    cloud = Scripted(status(503), takes=takes)
    cloud.session(timeout=timeout, deadline=deadline, retries=retries).answer(READ)
    assert (cloud.now - START).total_seconds() <= max(deadline, timeout) + 1e-3  # the clock counts microseconds
    assert 1 <= len(cloud.requests) <= retries + 1


def test_a_probe_carries_no_quota_project_and_a_read_does() -> None:
    assert "x-goog-user-project" not in _tries(PROBE, status(200))[0].headers
    assert _tries(READ, status(200))[0].headers["x-goog-user-project"] == "acme-tools"


def test_an_answer_too_large_is_not_read() -> None:
    outcome = Scripted(status(200, b"x" * 101)).session(max_body=100).answer(READ)
    assert isinstance(outcome, NoAnswer)
    assert outcome.failure is Failure.MALFORMED


@settings(deadline=None, derandomize=True, database=None)
@given(st.text("abAB.-_+'%", min_size=1, max_size=12), st.sampled_from(("acme.example", "Partner.Example")))
def test_strangers_are_marked_and_nobody_else(name: str, domain: str) -> None:
    email = f"{name}@{domain}"
    others = (
        '"group:all@acme.example", "serviceAccount:app@acme-ai-prod.iam.gserviceaccount.com", "domain:acme.example"'
    )
    text = f'{{"members": ["user:{email}", {others}]}}'
    masked = mask_strangers(text, frozenset())
    assert email not in masked
    assert others in masked
    assert json.loads(masked)["members"][0].startswith("user:~")
    assert mask_strangers(text, known_users([f"user:{email.upper()}"])) == text
    assert mask_strangers(masked, frozenset()) == masked, "a mark stays what it is"
    twice = mask_strangers(text.upper().replace("USER:", "user:"), frozenset())
    assert json.loads(masked)["members"][0] == json.loads(twice)["MEMBERS"][0], "one person has one mark, in any case"


def test_masking_touches_answers_alone() -> None:
    lost = silent(Failure.NETWORK)
    assert masking(lambda call: lost, frozenset())(READ) is lost
    told: Outcome = Answer(200, '"user:ann@acme.example"', "2026-11-22T12:00:00Z")
    masked = masking(lambda call: told, frozenset())(READ)
    assert isinstance(masked, Answer)
    assert "ann" not in masked.text


OUTCOMES = st.one_of(
    st.builds(
        Answer,
        st.integers(100, 599),
        st.one_of(st.text(), st.dictionaries(st.text(), st.integers()).map(json.dumps), st.just('{"b": 1, "a": 1.0}')),
        st.just("2026-11-22T12:00:00Z"),
    ),
    st.builds(NoAnswer, st.sampled_from(Failure), st.text(), st.just("2026-11-22T12:00:00Z"), st.none() | st.text()),
)


@settings(deadline=None, derandomize=True, database=None)
@given(st.lists(OUTCOMES, max_size=5))
def test_every_answer_is_recorded_to_the_letter(outcomes: list[Outcome]) -> None:
    calls = {Call("s", f"m{n}", "GET", f"https://s/{n}"): outcome for n, outcome in enumerate(outcomes)}
    text = recorded(calls, {}, Caller("user:dev@acme.example", "user"), START, "test")
    again = read_recording(text)
    assert not isinstance(again, RecordingProblem)
    assert {call: again.send(call) for call in calls} == calls
    missing = again.send(READ)
    assert isinstance(missing, NoAnswer)
    assert missing.failure is Failure.NOT_RECORDED


@settings(deadline=None, derandomize=True, database=None)
@given(
    st.text()
    | st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(("format", "now", "caller", "answers", "facts", "url")), inner)
        ),
        max_leaves=8,
    ).map(json.dumps)
)
def test_what_is_no_recording_is_said_and_not_raised(text: str) -> None:
    assert isinstance(read_recording(text), RecordingProblem)


@pytest.mark.parametrize("key", ["now", "caller", "answers"])
@pytest.mark.parametrize("value", [None, 7, "x", [], {}, [1], [{}], [{"verb": "GET"}]])
def test_a_damaged_recording_is_said_and_not_raised(key: str, value: object) -> None:
    whole = json.loads(recorded({READ: Answer(200, "{}", "x")}, {}, Caller(None, "unknown"), START, "test"))
    found = read_recording(json.dumps({**whole, key: value}))
    assert isinstance(found, RecordingProblem) or (key == "answers" and value in ([], {}))
