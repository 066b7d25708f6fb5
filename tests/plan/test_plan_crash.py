"""A run that is killed before or after each request: the next one ends in the same state as an undisturbed run."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from random import Random
from typing import Any

import pytest
from plan_runs import CONFIG, ZERO, Lines, Story, story, world

from vxsetup.cloud.call import Failure, NoAnswer
from vxsetup.cloud.session import HttpRequest, HttpResponse
from vxsetup.emulator.errors import google
from vxsetup.findings import Verdict
from vxsetup.plan.apply import Applied, StepState

SLOW = {"quota_preferences": "granted", "enable_propagation_s": 20, "operation_s": 3}
WORLDS: Mapping[str, Mapping[str, Any]] = {
    "new": world(None, behaviour=SLOW),
    "first day": world(ZERO, behaviour=SLOW),
}
API_CONFIG = CONFIG + "consents: {enable_models: api}\n"


class Killed(BaseException):
    """What ends a run in the middle of everything."""


def undisturbed(name: str) -> Story:
    told = story(WORLDS[name])
    told.apply()
    return told


def settled(told: Story) -> str:
    """The world as it ends, without what depends on when requests came, and in which order."""
    lines = told.text().replace(" usable_at", "\n usable_at").splitlines()
    return "\n".join(sorted(line for line in lines if "usable_at" not in line and "created:" not in line))


@cache
def the_end(name: str) -> str:
    """The world of an undisturbed run at its end."""
    return settled(undisturbed(name))


@cache
def the_changes() -> tuple[str, ...]:
    """What an undisturbed run in a new project changes."""
    return tuple(changes_of(undisturbed("new")))


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_some_requests(name: str, moment: str) -> None:
    """As many as fit into the default tier, drawn by the seed of the run."""
    killed(name, moment, 4)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_every_request(name: str, moment: str) -> None:
    killed(name, moment, None)


def killed(name: str, moment: str, sample: int | None) -> None:
    """Kill a run at each request that changes or looks, or at a sample of them, and let the next one finish."""
    whole = undisturbed(name)
    end = settled(whole)
    writes = whole.writes()
    total = len(whole.sent)
    planner = story(WORLDS[name])
    planner.plan()
    planning = len(planner.sent)
    assert total - planning > 20
    numbers = range(planning, total)
    chosen = Random(f"{os.environ['VXSETUP_TEST_SEED']}/{name}/{moment}").sample(numbers, sample) if sample else numbers
    for number in chosen:
        told = story(WORLDS[name])

        def kill(request: HttpRequest, told: Story = told, number: int = number) -> None:
            if len(told.sent) == number + 1:
                raise Killed

        setattr(told, moment, kill)
        with pytest.raises(Killed):
            told.apply()
        told.before, told.after = lambda request: None, lambda request: None
        told.apply()
        assert settled(told) == end, f"killed {moment} request {number}: {told.sent[number].url}"
        repeated = [write for write in told.writes() if told.writes().count(write) > writes.count(write)]
        allowed = {told.sent[number].url.partition("googleapis.com")[2]}
        assert {write.partition(" ")[2] for write in repeated} <= allowed, "only the one that was cut off is sent again"


def answer(status: int) -> HttpResponse:
    found = google(status, "Broken on purpose.")
    return HttpResponse(found.status, found.headers, found.body)


FAULTS: Mapping[str, HttpResponse | NoAnswer] = {
    **{str(status): answer(status) for status in (403, 409, 429, 500, 503)},
    "timeout": NoAnswer(Failure.TIMEOUT, "no answer within 15 s", "2026-11-22T12:00:00Z"),
    "reset": NoAnswer(Failure.NETWORK, "the connection was reset", "2026-11-22T12:00:00Z"),
    "not json": HttpResponse(200, {}, b"<html>"),
    "empty": HttpResponse(200, {}, b""),
    "operation error": HttpResponse(
        200, {}, b'{"name":"operations/x","done":true,"error":{"code":13,"message":"Broke."}}'
    ),
}


def changes_of(told: Story) -> list[str]:
    """The distinct addresses of requests that change something, with the polls of their operations."""
    marks = (":batchEnable", "/billingInfo", ":setIamPolicy", "/serviceAccounts", "/v3/projects")
    reads = [request.url for request in told.sent if request.method == "GET" and "/operations/" in request.url]
    found = [r.url for r in told.sent if r.method != "GET" and r.url.endswith(marks)]
    return list(dict.fromkeys([*found, *(url.partition("/operations/")[0] + "/operations/" for url in reads)]))


def some(of: str, count: int = 3) -> list[str]:
    """Some of the changes, drawn by the seed of the run: so many as fit into the default tier."""
    return Random(f"{os.environ['VXSETUP_TEST_SEED']}/{of}").sample(the_changes(), count)


@pytest.mark.parametrize("fault", FAULTS)
def test_some_changes_fail_for_good_and_are_resumed(fault: str) -> None:
    failed_for_good(fault, some(fault))


@pytest.mark.exhaustive
@pytest.mark.parametrize("fault", FAULTS)
def test_each_change_fails_for_good_and_is_resumed(fault: str) -> None:
    failed_for_good(fault, the_changes())


def failed_for_good(fault: str, urls: Sequence[str]) -> None:
    """The step says so and the others go on where they can; without the fault the next run ends as if nothing was."""
    end = the_end("new")
    for url in urls:
        told = story(WORLDS["new"])

        def broken(request: HttpRequest, url: str = url) -> HttpResponse | NoAnswer | None:
            changing = request.method != "GET" or "/operations/" in request.url
            return FAULTS[fault] if changing and request.url.startswith(url) else None

        told.before = broken
        results = told.apply(deadline=60.0)
        states = {result.state for result in results}
        # An operation that goes on without an answer may be seen to have ended well all the same.
        seen = "/operations/" in url and any(result.proof for result in results)
        assert seen or states & {StepState.FAILED, StepState.NOT_CONFIRMED}, f"{fault} at {url}"
        for result in results:
            assert result.says or result.state is StepState.DONE
        told.before = lambda request: None
        told.apply()
        assert settled(told) == end, f"{fault} at {url}"


@pytest.mark.parametrize("fault", ["429", "500", "503", "timeout", "reset"])
def test_a_passing_fault_is_tried_again_in_the_same_run(fault: str) -> None:
    end = the_end("new")
    for url in some(f"passing/{fault}"):
        told = story(WORLDS["new"])
        struck: list[str] = []

        def once(request: HttpRequest, url: str = url, struck: list[str] = struck) -> HttpResponse | NoAnswer | None:
            changing = request.method != "GET" or "/operations/" in request.url
            if changing and request.url.startswith(url) and not struck:
                struck.append(request.url)
                return FAULTS[fault]
            return None

        told.before = once
        results = told.apply()
        assert struck
        assert {result.state for result in results} <= {StepState.DONE, StepState.BY_HAND}, f"{fault} at {url}"
        assert settled(told) == end


def test_a_change_whose_answer_was_lost_is_not_made_twice() -> None:
    """The request got through, its answer did not: the try after it meets what the first one made."""
    for url in the_changes():
        told = story(WORLDS["new"])
        lost: list[str] = []
        send = told.emulation.send

        def swallow(request: HttpRequest, url: str = url, lost: list[str] = lost, send: Any = send) -> Any:
            if request.method != "GET" and request.url.startswith(url) and not lost:
                lost.append(request.url)
                send(request)
                return FAULTS["timeout"]
            return None

        told.before = swallow
        results = told.apply()
        assert {result.state for result in results} <= {StepState.DONE, StepState.BY_HAND}, f"{url}: {told_of(results)}"
        assert settled(told) == the_end("new")


def asking(request: HttpRequest) -> bool:
    """Whether a request asks for more quota, or looks for what was asked for already."""
    return "/quotaPreferences" in request.url and "cloudquotas" in request.url


@pytest.mark.parametrize("fault", FAULTS)
def test_each_request_for_quota_fails_for_good_and_is_resumed(fault: str) -> None:
    end = the_end("first day")
    told = story(WORLDS["first day"])
    told.before = lambda request: FAULTS[fault] if asking(request) and request.method != "GET" else None
    quotas = [result for result in told.apply(deadline=60.0) if result.step.id.startswith("quota/")]
    assert quotas
    for result in quotas:
        assert result.state in (StepState.FAILED, StepState.NOT_CONFIRMED), fault
        assert result.says
    told.before = lambda request: None
    told.apply()
    assert settled(told) == end


def test_a_preference_whose_answer_was_lost_is_not_made_twice() -> None:
    told = story(WORLDS["first day"])
    lost: list[str] = []

    def swallow(request: HttpRequest) -> HttpResponse | NoAnswer | None:
        if asking(request) and request.method == "POST" and request.url not in lost:
            lost.append(request.url)
            told.emulation.send(request)
            return FAULTS["timeout"]
        return None

    told.before = swallow
    results = told.apply()
    assert lost
    assert {result.state for result in results} <= {StepState.DONE, StepState.BY_HAND}, told_of(results)
    assert settled(told) == the_end("first day")


def told_of(results: tuple[Applied, ...]) -> list[str]:
    return [f"{result.step.id}: {result.state}: {result.says}" for result in results]


def test_every_step_has_its_line_before_and_after() -> None:
    told = story(WORLDS["new"], workers=4)
    results = told.apply()
    begun = [str(step) for event, step, _ in told.journal.written if event == "step_begun"]
    ended = {step: data for event, step, data in told.journal.written if event == "step_ended"}
    done = [result for result in results if result.step.by_hand is None]
    assert sorted(begun) == sorted(result.step.id for result in done if result.state is not StepState.SKIPPED)
    for result in done:
        assert ended[result.step.id]["state"] == result.state
        assert ended[result.step.id]["changed"] is True


def test_a_journal_that_cannot_be_written_ends_the_run_before_the_change() -> None:
    class Full(Lines):
        def write(self, event: str, step: str | None = None, **data: Any) -> None:
            raise OSError("no space left")

    told = story(WORLDS["first day"], journal=Full())
    with pytest.raises(OSError, match="no space left"):
        told.apply()
    assert told.writes() == []


def test_apply_twice_changes_nothing() -> None:
    for name in WORLDS:
        told = undisturbed(name)
        end, sent = told.text(), len(told.writes())
        told.apply()
        assert told.text() == end
        assert len(told.writes()) == sent
        assert told.plan().planned.to_apply == ()


def test_readiness_is_never_claimed_by_a_plan_that_was_not_carried_out() -> None:
    told = story(WORLDS["first day"])
    told.plan()
    assert told.writes() == []
    assert told.report().verdict == "not_ready"
    assert any(finding.verdict is Verdict.FAIL for finding in told.plan().planned.before)
