"""How steps end when they do not go well: refused, failed or unending operations, steps by hand, not confirmed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from test_thread import Run, by_rule, new_run

from vxsetup.cli.judging import requirements_of
from vxsetup.cloud.call import Answer, Call, Failure, NoAnswer, Outcome
from vxsetup.cloud.changes import AT_ONCE, Changed, NotChanged, carry_out
from vxsetup.emulator.errors import google
from vxsetup.findings import Finding, Fix, Step, Verdict
from vxsetup.plan.apply import Applied, StepState, apply
from vxsetup.plan.overlay import plan
from vxsetup.rules import registry
from vxsetup.values import replace

AT = "2026-11-22T12:00:00Z"
RUNNING = {"name": "operations/acat.p2-333333333333-abc"}
DONE = {**RUNNING, "done": True, "response": {"services": []}}


class World:
    """The emulated project of the thread, whose answers to changes a test may replace, and a count of what was sent."""

    def __init__(self, *answers: Any) -> None:
        self.run: Run = new_run()
        report, facts, _ = self.run.judge()
        self.before = report
        requirements = requirements_of(self.run.configs.projects, self.run.circumstances)[0]
        self.steps = plan(requirements, facts, self.run.circumstances, registry()).steps
        self.answers = list(answers)
        self.sent: list[Call] = []
        self.judged = 0

    def send(self, call: Call) -> Outcome:
        self.sent.append(call)
        if not self.answers:
            return self.run.session.answer(call)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer if isinstance(answer, (Answer, NoAnswer)) else Answer(200, json.dumps(answer), AT)

    def judge_again(self) -> tuple[Finding, ...]:
        self.judged += 1
        return self.run.judge()[0].findings

    def seconds(self) -> float:
        return self.run.emulation.clock.now().timestamp()

    def apply(
        self,
        steps: tuple[Step, ...] | None = None,
        judge_again: Callable[[], tuple[Finding, ...]] | None = None,
        deadline: float = 300.0,
    ) -> tuple[Applied, ...]:
        return apply(
            self.steps if steps is None else steps,
            self.send,
            judge_again or self.judge_again,
            self.run.emulation.clock.sleep,
            self.seconds,
            deadline,
        )


def refusal(status: int, says: str) -> Answer:
    return Answer(status, google(status, says).body.decode(), AT)


FAILURES = {
    "refused": ([refusal(403, "Permission denied to enable service.")], "Permission denied to enable service."),
    "no answer": ([NoAnswer(Failure.TIMEOUT, "no answer within 15 s", AT)], "no answer within 15 s"),
    "operation error": ([{**RUNNING, "done": True, "error": {"code": 9, "message": "Billing is off."}}], "9: Billing"),
    "error after a while": (
        [RUNNING, RUNNING, {"done": True, "error": {"code": 13, "message": "Broke."}}],
        "13: Broke.",
    ),
    "poll refused": ([RUNNING, refusal(403, "You may not see this operation.")], "You may not see this operation."),
    "one API failed": (
        [{"done": True, "response": {"failures": [{"serviceId": "aiplatform.googleapis.com", "errorMessage": "No."}]}}],
        "aiplatform.googleapis.com: No.",
    ),
    "failures that are none": ([{"done": True, "response": {"failures": {"x": 1}}}], "could not be read"),
    "failures that are words": ([{"done": True, "response": {"failures": ["x"]}}], "could not be read"),
    "no operation": ([{}], "names no operation"),
    "name not a string": ([{"name": 5}], "names no operation"),
    "not JSON": ([Answer(200, "<html>", AT)], "names no operation"),
}


@pytest.mark.parametrize(("answers", "says"), FAILURES.values(), ids=list(FAILURES))
def test_what_goes_wrong_ends_the_steps(answers: list[Any], says: str) -> None:
    """The step has failed in the words of the answer, nothing after it is tried, and nothing is judged anew."""
    world = World(*answers)
    (step,) = world.steps
    results = world.apply((step, replace(step, id="after")))
    assert [(one.step.id, one.state) for one in results] == [(step.id, StepState.FAILED)]
    assert says in results[0].says
    assert world.judged == 0
    assert sum(call.verb == "POST" for call in world.sent) == 1
    after, _, _ = world.run.judge()
    assert by_rule(after, "VX203").verdict is Verdict.FAIL, "and the project is as it was"


def test_an_operation_that_does_not_end_is_given_up_at_the_deadline() -> None:
    world = World(RUNNING)
    started = world.seconds()
    (result,) = world.apply(deadline=30.0)
    assert result.state is StepState.FAILED
    assert result.says == "the operation operations/acat.p2-333333333333-abc was still running after 30 s"
    assert 30.0 < world.seconds() - started <= 32.0
    polls = [call for call in world.sent if call.verb == "GET"]
    assert {call.url for call in polls} == {f"https://serviceusage.googleapis.com/v1/{RUNNING['name']}"}
    assert len(world.sent) == 1 + len(polls), "the change itself is sent once"


def test_a_step_by_hand_is_told_and_the_next_is_done() -> None:
    world = World()
    (step,) = world.steps
    hand = replace(
        step, id="by-hand", by_hand=Fix("Ask the owner of the billing account."), action={"do": "nothing known"}
    )
    results = world.apply((hand, step))
    assert [(one.step.id, one.state) for one in results] == [
        ("by-hand", StepState.BY_HAND),
        (step.id, StepState.DONE),
    ]
    assert results[0].says == "Ask the owner of the billing account."
    alone = World()
    assert [one.state for one in alone.apply((hand,))] == [StepState.BY_HAND]
    assert not alone.sent, "nothing is sent for a step that a person does"
    assert alone.judged == 0


def test_a_change_that_requests_do_not_yet_see_is_not_confirmed() -> None:
    """The operation is done at once; the world of the thread sees it after 40 seconds."""
    world = World(DONE)
    started = world.seconds()
    (result,) = world.apply(deadline=20.0)
    assert result.state is StepState.NOT_CONFIRMED
    assert result.says == by_rule(world.before, "VX203").message
    assert 20.0 < world.seconds() - started <= 25.0
    assert world.judged == 6, "at once, and then every five seconds up to the deadline"


def test_a_propagation_longer_than_the_deadline_is_not_confirmed() -> None:
    world = World()
    (result,) = world.apply(deadline=20.0)
    assert result.state is StepState.NOT_CONFIRMED
    assert result.says


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.NOT_REACHED, Verdict.FAIL])
def test_only_a_pass_confirms(verdict: Verdict) -> None:
    world = World(DONE)
    asked = by_rule(world.before, "VX203")
    passed = replace(asked, verdict=Verdict.PASS)
    other = replace(passed, project="acme-tools"), replace(passed, rule="VX202")
    (result,) = world.apply(judge_again=lambda: (replace(asked, verdict=verdict), *other), deadline=10.0)
    assert result.state is StepState.NOT_CONFIRMED
    waiting = replace(asked, verdict=verdict, message="still waiting")
    (result,) = world.apply(judge_again=lambda: (passed, waiting), deadline=10.0)
    assert result.says == "still waiting"
    assert result.state is StepState.NOT_CONFIRMED, "all that asked for the step must pass"
    (result,) = world.apply(judge_again=lambda: other, deadline=10.0)
    assert (result.state, result.says) == (StepState.NOT_CONFIRMED, ""), "what is no longer asked is not confirmed"
    (result,) = world.apply(judge_again=lambda: (passed,), deadline=10.0)
    assert result.state is StepState.DONE


def _enable(count: int, *answers: Any) -> tuple[Changed | NotChanged, list[int]]:
    world = World(*answers)
    names = [f"api{number}.googleapis.com" for number in range(count)]
    action = {"do": "enable_services", "project": "acme-ai-dev", "services": names}
    changed = carry_out(action, world.send, world.run.emulation.clock.sleep, world.seconds, 60.0)
    return changed, [len(json.loads(call.body)["serviceIds"]) for call in world.sent if call.body]


def test_more_apis_than_one_request_takes() -> None:
    assert _enable(AT_ONCE * 2 + 1, DONE) == (Changed(), [AT_ONCE, AT_ONCE, 1])
    changed, sizes = _enable(AT_ONCE * 2 + 1, DONE, refusal(403, "Not these."))
    assert isinstance(changed, NotChanged)
    assert "Not these." in changed.says
    assert sizes == [AT_ONCE, AT_ONCE], "nothing is sent after a refusal"


def test_an_action_that_nobody_can_do_is_a_fault_of_the_program() -> None:
    world = World()
    with pytest.raises(ValueError, match="no way to carry out 'fly'"):
        carry_out({"do": "fly"}, world.send, world.run.emulation.clock.sleep, world.seconds, 60.0)
