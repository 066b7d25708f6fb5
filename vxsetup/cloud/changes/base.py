"""What every change is given, how it ends, and how operations are waited for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from vxsetup.cloud.call import Answer, Call, NoAnswer, Outcome, json_body, may_have_acted
from vxsetup.facts.answers import CloudError, parse_error
from vxsetup.facts.refusal import classify

if TYPE_CHECKING:
    from dataclasses import dataclass, field
else:
    from vxsetup.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Hands:
    """Everything that a change acts with.

    ``send`` answers one call; ``wait(seconds)`` lets time pass and says False where the run is to stop; ``seconds`` is a
    clock; ``deadline`` bounds one change with its operation, in seconds. ``sending(made)`` is told what the next write
    will have made, before it is sent: what was read just before, and by what it can be known again (``sent``).
    """

    send: Callable[[Call], Outcome]
    wait: Callable[[float], bool]
    seconds: Callable[[], float]
    deadline: float = 300.0
    sending: Callable[[Mapping[str, Any]], None] = lambda made: None


@dataclass(frozen=True, slots=True)
class Changed:
    """The change was accepted and its operation is done; done is not yet usable.

    ``already``: it was so before, and nothing was sent. ``unsure``: it is so, and a try of vxsetup's own whose answer was
    lost may be why. ``made`` names what came to be, for the journal: JSON data without secrets.
    """

    already: bool = False
    made: Mapping[str, Any] = field(default_factory=dict)
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class NotChanged:
    """The change was refused, or its operation did not end in time. ``permission`` is what a refusal said is missing.

    ``unsure``: it may have been carried out all the same, because an answer was lost. ``made`` is what was changed though
    it does not serve its end.
    """

    says: str
    permission: str | None = None
    unsure: bool = False
    made: Mapping[str, Any] = field(default_factory=dict)


def refused(outcome: Outcome, unsure: bool = False) -> NotChanged:
    """A refusal, or an answer that never came, in its own words. ``unsure``: an earlier write's answer was lost."""
    unsure = unsure or may_have_acted(outcome)
    if isinstance(outcome, NoAnswer):
        return NotChanged(outcome.says, unsure=unsure)
    if outcome.ok:
        says = f"the answer {outcome.status} has a body that is not what the API's documents say"
        return NotChanged(says, unsure=True)
    error = parse_error(outcome.status, outcome.text)
    return NotChanged(error.says, error.metadata.get("permission") or classify(error).permission, unsure)


def seal(**whole: Any) -> str:
    """A digest by which the whole of something can be known again, such as a policy that is about to be written."""
    return "sha256:" + hashlib.sha256(json_body(whole).encode()).hexdigest()


def lost(outcome: Outcome) -> bool:
    """Whether an answer tells of a conflict that a try of its own may have made, whose answer was lost."""
    return isinstance(outcome, Answer) and outcome.unsure


def error_of(outcome: Outcome) -> CloudError | None:
    """The error of an answer that is not a success; None for a success and where nothing came."""
    return parse_error(outcome.status, outcome.text) if isinstance(outcome, Answer) and not outcome.ok else None


def finished(outcome: Outcome, poll: Callable[[str], Call], service: str, hands: Hands) -> Answer | NotChanged:
    """Follow a long-running operation to its end: the answer that says done, or why it did not get there."""
    started = hands.seconds()
    pause = 1.0
    accepted = False
    while True:
        if isinstance(outcome, NoAnswer) or not outcome.ok:
            return refused(outcome, accepted)
        accepted = True
        operation = outcome.mapping() or {}
        name = operation.get("name")
        if operation.get("done") is True:
            failed = _operation_error(operation)
            return NotChanged(failed) if failed is not None else outcome
        if not isinstance(name, str) or not name:
            return NotChanged(f"{service} answered {outcome.status} with a body that names no operation", unsure=True)
        if hands.seconds() - started > hands.deadline:
            return NotChanged(f"the operation {name} was still running after {hands.deadline:g} s", unsure=True)
        if not hands.wait(pause):
            return NotChanged(f"interrupted; the operation {name} goes on without vxsetup", unsure=True)
        pause = min(pause * 1.5, 10.0)
        outcome = hands.send(poll(name))


def _operation_error(operation: Mapping[str, Any]) -> str | None:
    error = operation.get("error")
    if isinstance(error, dict):
        return f"{error.get('code')}: {error.get('message')}"
    response = operation.get("response")
    failures = response.get("failures") if isinstance(response, dict) else None
    if not failures:
        return None
    if not isinstance(failures, list) or not all(isinstance(one, dict) for one in failures):
        return "the operation ended with failures that could not be read"
    return "; ".join(f"{one.get('serviceId')}: {one.get('errorMessage')}" for one in failures)
