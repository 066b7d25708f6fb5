"""Applies the steps of a plan: side by side where their order allows it, each with a line in the journal before and after,
each ended only when what it gives can be used, or with words that it could not be confirmed.

It is given everything that acts: the sender of changes, the reading anew, the clock, the journal.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor
from concurrent.futures import wait as first_of
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from vxsetup.cloud.call import Call, Outcome
from vxsetup.cloud.changes import Changed, Hands, NotChanged, carry_out
from vxsetup.cloud.changes.proof import Origin, proof_of
from vxsetup.findings import Step
from vxsetup.plan.look import Look
from vxsetup.plan.order import comes_after, waits_for, without_people
from vxsetup.values import replace

if TYPE_CHECKING:
    from dataclasses import dataclass, field
else:
    from vxsetup.values import dataclass, field

WORKERS = 4
"""Steps under way at once."""
POLL = 5.0
"""Seconds between two looks at whether a step can be used."""
OPEN_QUESTION = 30.0
"""Seconds after which a verdict that stays unknown is no longer waited for."""


class StepState(StrEnum):
    """How a step ended.

    ``not_confirmed``: it was accepted, and requests do not yet see it. ``by_hand``: a person has yet to do it.
    ``skipped``: not begun, because a step before it did not end well, or the run was stopped.
    """

    DONE = "done"
    FAILED = "failed"
    NOT_CONFIRMED = "not_confirmed"
    BY_HAND = "by_hand"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Applied:
    """A step, how it ended, and in words what stood in the way.

    ``changed``: something was sent and accepted; ``made`` names it. ``permission`` is what a refusal said is missing.
    ``unsure``: it was sent, its answer was lost, and whether it was carried out cannot be told; ``proof`` is what a
    reading showed of that.
    """

    step: Step
    state: StepState
    says: str = ""
    changed: bool = False
    made: Mapping[str, Any] = field(default_factory=dict)
    permission: str | None = None
    unsure: bool = False
    proof: str = ""


class Writes(Protocol):
    """What apply needs of a journal."""

    def write(self, event: str, step: str | None = None, **data: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Tools:
    """Everything that apply acts with.

    ``send`` answers one call; ``look(step)`` reads anew whether what a step gives holds; ``sleep`` and ``seconds`` are
    the clock, and ``stamp`` its time (RFC 3339); ``stopped`` says whether the run is to end; ``tell(event, step, data)`` shows what happens; ``deadline``
    bounds each change and each wait, in seconds.
    """

    send: Callable[[Call], Outcome]
    look: Callable[[Step], Look]
    sleep: Callable[[float], None]
    seconds: Callable[[], float]
    journal: Writes
    stamp: Callable[[], str] = lambda: ""
    tell: Callable[[str, Step, Mapping[str, Any]], None] = lambda event, step, data: None
    stopped: Callable[[], bool] = lambda: False
    deadline: float = 300.0
    workers: int = WORKERS


def apply(steps: Sequence[Step], tools: Tools, done: frozenset[str] = frozenset()) -> tuple[Applied, ...]:
    """Do the steps, each after those that it needs; a step whose forerunner did not end well is skipped.

    ``done`` are ids of steps that an earlier run has ended. Results come in the order of the steps.
    """
    before, after = waits_for(steps), dict(comes_after(steps))
    # What people do is looked at when everything is done that waits for none of them: only then it may show.
    after |= {step.id: after[step.id] | without_people(steps) for step in steps if step.by_hand is not None}
    results: dict[str, Applied] = {}
    locks: dict[tuple[str, ...], threading.Lock] = {}
    waiting = [step for step in steps if step.id not in done]
    flying: dict[Future[Applied], Step] = {}
    pool = ThreadPoolExecutor(max_workers=tools.workers, thread_name_prefix="vxsetup-apply")
    try:
        while waiting or flying:
            moved = False
            for step in list(waiting):
                verdict = _ready(step, before[step.id], after[step.id] - done, results, done, tools)
                if isinstance(verdict, Applied):
                    waiting.remove(step)
                    moved = True
                    results[step.id] = verdict
                    tools.tell("step_ended", step, _told(verdict))
                elif verdict and len(flying) < tools.workers:
                    waiting.remove(step)
                    lock = locks.setdefault(_alone(step), threading.Lock())
                    flying[pool.submit(_do, step, tools, lock)] = step
            if not flying:
                if not moved:
                    raise RuntimeError(f"these steps wait for one another: {[step.id for step in waiting]}")
                continue
            ended, _ = first_of(flying, return_when=FIRST_COMPLETED)
            for future in ended:
                step = flying.pop(future)
                results[step.id] = future.result()
    except BaseException:
        # What was begun is in the journal; nothing new is begun, and nobody waits for what is in the air.
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
    return tuple(results[step.id] for step in steps if step.id in results)


def _ready(
    step: Step,
    before: frozenset[str],
    after: frozenset[str],
    results: Mapping[str, Applied],
    done: frozenset[str],
    tools: Tools,
) -> Applied | bool:
    """Whether a step can begin now, or how it ends without beginning."""
    if tools.stopped():
        return Applied(step, StepState.SKIPPED, "the run was stopped")
    open_ = [name for name in sorted(before) if name not in done]
    bad = next((results[name] for name in open_ if name in results and results[name].state is not StepState.DONE), None)
    if bad is not None:
        return Applied(step, StepState.SKIPPED, f"it waits for: {bad.step.title}")
    return all(name in results for name in (*open_, *after))


def _alone(step: Step) -> tuple[str, ...]:
    """Steps with the same mark never run side by side: they write the same policy, or start the same kind of operation."""
    action = step.action
    if action["do"] == "grant":
        return ("policy", str(action["resource"]))
    if action["do"] == "let_act":
        return ("policy", str(action["account"]))
    if action["do"] in ("enable_services", "set_model_config", "allow_value"):
        return (str(action["do"]), str(action["project"]))
    return ("step", step.id)


def _do(step: Step, tools: Tools, lock: threading.Lock) -> Applied:
    with lock:
        if step.by_hand is not None:
            return _seen_by_hand(step, tools)
        # notes: each write has a line of its own before it is sent, so that a step without one has sent nothing.
        tools.journal.write(
            "step_begun", step.id, title=step.title, action=dict(step.action), depends=dict(step.depends), notes=True
        )
        tools.tell("step_begun", step, {})
        result = _carried_out(step, tools)
        tools.journal.write("step_ended", step.id, **_told(result))
        tools.tell("step_ended", step, _told(result))
        return result


def _told(result: Applied) -> dict[str, Any]:
    return {
        "state": result.state.value,
        "says": result.says,
        "changed": result.changed,
        "made": dict(result.made),
        "permission": result.permission,
        **({"unsure": True} if result.unsure else {}),
        **({"proof": result.proof} if result.proof else {}),
    }


def _seen_by_hand(step: Step, tools: Tools) -> Applied:
    """A step of a person's may have been done already; else it is told."""
    assert step.by_hand is not None
    look = tools.look(step)
    result = Applied(step, StepState.DONE) if look.holds else Applied(step, StepState.BY_HAND, step.by_hand.summary)
    tools.tell("step_ended", step, _told(result))
    return result


def _carried_out(step: Step, tools: Tools) -> Applied:
    started = tools.seconds()

    def wait(seconds: float) -> bool:
        tools.tell("step_waits", step, {"seconds": round(tools.seconds() - started)})
        if tools.stopped():
            return False
        tools.sleep(seconds)
        return not tools.stopped()

    sent: dict[str, Any] = {}
    at = tools.stamp()

    def sending(made: Mapping[str, Any]) -> None:
        sent.clear()
        sent.update(made)
        tools.journal.write("step_sent", step.id, made=dict(made))

    changed = carry_out(step.action, Hands(tools.send, wait, tools.seconds, tools.deadline, sending))
    if changed.unsure and sent:
        return _doubted(step, changed, sent, at, tools, wait)
    if isinstance(changed, NotChanged):
        made = changed.made
        return Applied(step, StepState.FAILED, changed.says, bool(made), made, changed.permission)
    if not changed.already:
        # Said at once: a run that is cut off while it waits until the change can be used knows that it made it.
        tools.journal.write("step_accepted", step.id, changed=True, made=dict(changed.made))
    return _confirmed(Applied(step, StepState.DONE, "", not changed.already, changed.made), tools, wait)


def _doubted(
    step: Step,
    changed: Changed | NotChanged,
    sent: Mapping[str, Any],
    at: str,
    tools: Tools,
    wait: Callable[[float], bool],
) -> Applied:
    """An answer was lost: read whether what was sent is there, and whether it is vxsetup's own doing."""
    proof = proof_of(step.action, sent, at, tools.send)
    if proof.origin is Origin.OWN:
        made = {key: value for key, value in {**sent, **proof.made}.items() if key != "sent"}
        return _confirmed(Applied(step, StepState.DONE, "", True, made, proof=proof.says), tools, wait)
    unsure = proof.origin is not Origin.FOREIGN
    if isinstance(changed, Changed) or tools.look(step).holds:
        says = (
            f"the answer was lost: {proof.says}, so that destroy keeps it unless it is told --unproven"
            if unsure
            else ""
        )
        return _confirmed(Applied(step, StepState.DONE, says, False, unsure=unsure, proof=proof.says), tools, wait)
    return Applied(step, StepState.FAILED, changed.says, False, {}, changed.permission, unsure, proof.says)


def _confirmed(done: Applied, tools: Tools, wait: Callable[[float], bool]) -> Applied:
    """Look until what the step gives can be used: accepted is not usable."""
    started = tools.seconds()
    patience = tools.deadline if done.step.patience is None else min(done.step.patience, tools.deadline)
    while True:
        look = tools.look(done.step)
        if look.holds:
            return done
        waited = tools.seconds() - started
        if waited > patience or (look.open_question and waited > OPEN_QUESTION) or not wait(POLL):
            return replace(done, state=StepState.NOT_CONFIRMED, says=look.says)


def wait_for_people(steps: Sequence[Step], tools: Tools, seconds: float, pause: float = 15.0) -> tuple[Applied, ...]:
    """Look at steps of people's again and again, until all hold, the time is over, or the run is stopped."""
    open_ = list(steps)
    started = tools.seconds()
    done: list[Applied] = []
    while open_:
        for step in list(open_):
            if tools.look(step).holds:
                open_.remove(step)
                done.append(Applied(step, StepState.DONE))
                tools.tell("step_ended", step, _told(done[-1]))
        waited = tools.seconds() - started
        if not open_ or waited > seconds or tools.stopped():
            break
        tools.tell("step_waits", open_[0], {"seconds": round(waited)})
        tools.sleep(pause)
    return tuple(done)
