"""Applies steps to the cloud, one after the other, and reads again until what a step gives is usable or time is up.

The only impure file of this room beside the journal to come. It is given everything that acts: the sender of changes,
the judging anew, the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from vxsetup.cloud.call import Call, Outcome
from vxsetup.cloud.changes import NotChanged, carry_out
from vxsetup.findings import Finding, Step, Verdict

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


class StepState(StrEnum):
    """How a step ended. ``not_confirmed``: it was accepted, and requests do not yet see it."""

    DONE = "done"
    FAILED = "failed"
    NOT_CONFIRMED = "not_confirmed"
    BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Applied:
    """A step, how it ended, and in words what stood in the way."""

    step: Step
    state: StepState
    says: str = ""


def apply(
    steps: Iterable[Step],
    send: Callable[[Call], Outcome],
    judge_again: Callable[[], tuple[Finding, ...]],
    sleep: Callable[[float], None],
    seconds: Callable[[], float],
    deadline: float = 300.0,
) -> tuple[Applied, ...]:
    """Do each step; stop at the first that fails. ``judge_again`` reads the cloud anew; times are in seconds."""
    results: list[Applied] = []
    for step in steps:
        if step.by_hand is not None:
            results.append(Applied(step, StepState.BY_HAND, step.by_hand.summary))
            continue
        changed = carry_out(step.action, send, sleep, seconds, deadline)
        if isinstance(changed, NotChanged):
            results.append(Applied(step, StepState.FAILED, changed.says))
            break
        results.append(_confirm(step, judge_again, sleep, seconds, deadline))
    return tuple(results)


def _confirm(
    step: Step,
    judge_again: Callable[[], tuple[Finding, ...]],
    sleep: Callable[[float], None],
    seconds: Callable[[], float],
    deadline: float,
) -> Applied:
    """Wait until the requirement that asked for the step passes: enabled is not usable."""
    rule = step.reason.partition(":")[0]
    started = seconds()
    while True:
        asked = [f for f in judge_again() if f.rule == rule and f.project == step.project]
        open_yet = [finding for finding in asked if finding.verdict is not Verdict.PASS]
        if asked and not open_yet:
            return Applied(step, StepState.DONE)
        if seconds() - started > deadline:
            return Applied(step, StepState.NOT_CONFIRMED, open_yet[0].message if open_yet else "")
        sleep(5.0)
