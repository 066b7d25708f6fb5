"""How steps end when they do not go well: refused, failed or unending operations, steps by hand, not confirmed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from test_thread import Run, by_rule, new_run, tools

from vxsetup.cli.judging import requirements_of
from vxsetup.cloud.call import Answer, Call, Failure, NoAnswer, Outcome
from vxsetup.cloud.changes import Changed, Hands, NotChanged, carry_out
from vxsetup.cloud.changes.service_usage import AT_ONCE
from vxsetup.emulator.errors import google
from vxsetup.facts.base import Facts, Known
from vxsetup.facts.project import ServiceStates
from vxsetup.findings import Fix, Step, Verdict
from vxsetup.plan.apply import Applied, StepState, apply
from vxsetup.plan.look import Look, look
from vxsetup.plan.overlay import plan
from vxsetup.rules import registry
from vxsetup.rules.path import Declaration
from vxsetup.rules.project import AIPLATFORM
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
        self.requirements = requirements_of(self.run.configs.projects, self.run.circumstances)[0]
        declaration = Declaration(self.run.configs.projects[0], self.run.circumstances.catalogue)
        self.planned = plan(self.requirements, facts, self.run.circumstances, registry(), declaration)
        self.steps = self.planned.steps[:1]
        self.answers = list(answers)
        self.sent: list[Call] = []
        self.looks = 0

    def send(self, call: Call) -> Outcome:
        self.sent.append(call)
        if not self.answers:
            return self.run.session.answer(call)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer if isinstance(answer, (Answer, NoAnswer)) else Answer(200, json.dumps(answer), AT)

    def seconds(self) -> float:
        return self.run.emulation.clock.now().timestamp()

    def apply(
        self,
        steps: tuple[Step, ...] | None = None,
        look: Callable[[Step], Look] | None = None,
        deadline: float = 300.0,
        **more: Any,
    ) -> tuple[Applied, ...]:
        found = tools(self.run, self.requirements, self.planned, send=self.send, deadline=deadline, **more)
        really = look or found.look

        def counted(step: Step) -> Look:
            self.looks += 1
            return really(step)

        return apply(self.steps if steps is None else steps, replace(found, look=counted))


def refusal(status: int, says: str) -> Answer:
    return Answer(status, google(status, says).body.decode(), AT)


FAILURES: dict[str, tuple[list[Any], str]] = {
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


IN_DOUBT = {"no answer", "poll refused", "no operation", "name not a string", "not JSON"}
"""After these nobody can tell whether Google did it: one look says."""


@pytest.mark.parametrize("name", FAILURES)
def test_what_goes_wrong_ends_the_steps(name: str) -> None:
    """The step has failed in the words of the answer, nothing that needs it is tried, and what is in doubt is looked at."""
    answers, says = FAILURES[name]
    world = World(*answers)
    (step,) = world.steps
    key = next(iter(step.gives))
    results = world.apply((step, replace(step, id="after", needs=(key,))))
    assert [(one.step.id, one.state) for one in results] == [
        (step.id, StepState.FAILED),
        ("after", StepState.SKIPPED),
    ]
    assert says in results[0].says
    assert world.looks == (name in IN_DOUBT)
    assert sum(call.verb == "POST" for call in world.sent) == 1
    after, _, _ = world.run.judge()
    assert by_rule(after, "VX203").verdict is Verdict.FAIL, "and the project is as it was"


def test_an_operation_that_does_not_end_is_given_up_at_the_deadline() -> None:
    world = World(RUNNING)
    started = world.seconds()
    (result,) = world.apply(deadline=30.0)
    assert result.state is StepState.FAILED
    assert result.says == "the operation operations/acat.p2-333333333333-abc was still running after 30 s"
    assert 30.0 < world.seconds() - started <= 41.0
    polls = [call for call in world.sent if call.verb == "GET"]
    assert {call.url for call in polls} == {f"https://serviceusage.googleapis.com/v1/{RUNNING['name']}"}
    assert len(world.sent) == 1 + len(polls), "the change itself is sent once"


def test_a_step_by_hand_is_told_and_the_next_is_done() -> None:
    world = World()
    (step,) = world.steps
    hand = replace(
        step, id="by-hand", by_hand=Fix("Ask the owner of the billing account."), action={"do": "nothing known"}
    )
    not_yet = Look(False, "not yet")
    really = tools(world.run, world.requirements, world.planned).look
    results = world.apply((hand, step), look=lambda one: not_yet if one.by_hand else really(one))
    assert [(one.step.id, one.state) for one in results] == [
        ("by-hand", StepState.BY_HAND),
        (step.id, StepState.DONE),
    ]
    assert results[0].says == "Ask the owner of the billing account."
    alone = World()
    assert [one.state for one in alone.apply((hand,), look=lambda one: not_yet)] == [StepState.BY_HAND]
    assert [one.state for one in alone.apply((hand,), look=lambda one: Look(True))] == [StepState.DONE]
    assert not alone.sent, "nothing is sent for a step that a person does"


def test_a_change_that_requests_do_not_yet_see_is_not_confirmed() -> None:
    """The operation is done at once; the world of the thread sees it after 40 seconds."""
    world = World(DONE)
    started = world.seconds()
    (result,) = world.apply(deadline=20.0)
    assert result.state is StepState.NOT_CONFIRMED
    assert result.says == by_rule(world.before, "VX203").message
    assert 20.0 < world.seconds() - started <= 25.0
    assert world.looks == 6, "at once, and then every five seconds up to the deadline"


def test_a_propagation_longer_than_the_deadline_is_not_confirmed() -> None:
    world = World()
    (result,) = world.apply(deadline=20.0)
    assert result.state is StepState.NOT_CONFIRMED
    assert result.says


def test_an_open_question_is_waited_for_a_while_and_never_a_pass() -> None:
    world = World(DONE)
    started = world.seconds()
    (result,) = world.apply(look=lambda step: Look(False, "nobody knows", open_question=True))
    assert (result.state, result.says) == (StepState.NOT_CONFIRMED, "nobody knows")
    assert 30.0 < world.seconds() - started <= 40.0
    (result,) = world.apply(look=lambda step: Look(False, "not yet"), deadline=10.0)
    assert (result.state, result.says) == (StepState.NOT_CONFIRMED, "not yet")
    (result,) = world.apply(look=lambda step: Look(True))
    assert result.state is StepState.DONE


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.NOT_REACHED, Verdict.FAIL, Verdict.PASS])
def test_only_a_pass_of_its_own_requirement_confirms(verdict: Verdict) -> None:
    world = World(DONE)
    (step,) = world.steps
    requirement = world.planned.asking(step)
    assert requirement is not None
    found: dict[Any, Any] = {key: Known(ServiceStates({AIPLATFORM: True}), "read") for key in requirement.reads[:1]}
    if verdict is Verdict.UNKNOWN:
        found = {}
    if verdict in (Verdict.FAIL, Verdict.NOT_REACHED):
        _, facts, _ = world.run.judge()
        found |= {key: facts[key] for key in requirement.reads[1:]}
    seen = look(step, requirement, Facts(found), world.run.circumstances)
    assert seen.holds == (verdict is Verdict.PASS)


def test_a_run_that_is_stopped_begins_nothing_and_waits_no_longer() -> None:
    world = World(RUNNING)
    (result,) = world.apply(stopped=lambda: True)
    assert (result.state, result.says) == (StepState.SKIPPED, "the run was stopped")
    assert not world.sent
    (result,) = world.apply(stopped=lambda: bool(world.sent))
    assert result.state is StepState.FAILED
    assert result.says == f"interrupted; the operation {RUNNING['name']} goes on without vxsetup"
    assert len(world.sent) == 1


def hands(world: World) -> Hands:
    def wait(seconds: float) -> bool:
        world.run.emulation.clock.sleep(seconds)
        return True

    return Hands(world.send, wait, world.seconds, 60.0)


def _enable(count: int, *answers: Any) -> tuple[Changed | NotChanged, list[int]]:
    world = World(*answers)
    names = [f"api{number}.googleapis.com" for number in range(count)]
    action = {"do": "enable_services", "project": "acme-ai-dev", "services": names}
    changed = carry_out(action, hands(world))
    return changed, [len(json.loads(call.body)["serviceIds"]) for call in world.sent if call.body]


def test_more_apis_than_one_request_takes() -> None:
    done, sizes = _enable(AT_ONCE * 2 + 1, DONE)
    assert isinstance(done, Changed)
    assert sizes == [AT_ONCE, AT_ONCE, 1]
    changed, sizes = _enable(AT_ONCE * 2 + 1, DONE, refusal(403, "Not these."))
    assert isinstance(changed, NotChanged)
    assert "Not these." in changed.says
    assert sizes == [AT_ONCE, AT_ONCE], "nothing is sent after a refusal"


def test_an_action_that_nobody_can_do_is_a_fault_of_the_program() -> None:
    world = World()
    with pytest.raises(ValueError, match="no way to carry out 'fly'"):
        carry_out({"do": "fly"}, hands(world))
