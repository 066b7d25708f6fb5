"""What every change is given, how it ends, and how operations are waited for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from vxsetup.cloud.call import Answer, Call, NoAnswer, Outcome
from vxsetup.facts.answers import CloudError, parse_error

if TYPE_CHECKING:
    from dataclasses import dataclass, field
else:
    from vxsetup.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Hands:
    """Everything that a change acts with.

    ``send`` answers one call; ``wait(seconds)`` lets time pass and says False where the run is to stop; ``seconds`` is a
    clock; ``deadline`` bounds one change with its operation, in seconds.
    """

    send: Callable[[Call], Outcome]
    wait: Callable[[float], bool]
    seconds: Callable[[], float]
    deadline: float = 300.0


@dataclass(frozen=True, slots=True)
class Changed:
    """The change was accepted and its operation is done; done is not yet usable.

    ``already``: it was so before, and nothing was sent. ``made`` names what came to be, for the journal: JSON data
    without secrets.
    """

    already: bool = False
    made: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotChanged:
    """The change was refused, or its operation did not end in time. ``permission`` is what a refusal said is missing."""

    says: str
    permission: str | None = None


def refused(outcome: Outcome) -> NotChanged:
    """A refusal, or an answer that never came, in its own words."""
    if isinstance(outcome, NoAnswer):
        return NotChanged(outcome.says)
    if outcome.ok:
        return NotChanged(f"the answer {outcome.status} has a body that is not what the API's documents say")
    error = parse_error(outcome.status, outcome.text)
    return NotChanged(error.says, error.metadata.get("permission") or None)


def error_of(outcome: Outcome) -> CloudError | None:
    """The error of an answer that is not a success; None for a success and where nothing came."""
    return parse_error(outcome.status, outcome.text) if isinstance(outcome, Answer) and not outcome.ok else None


def finished(outcome: Outcome, poll: Callable[[str], Call], service: str, hands: Hands) -> Answer | NotChanged:
    """Follow a long-running operation to its end: the answer that says done, or why it did not get there."""
    started = hands.seconds()
    pause = 1.0
    while True:
        if isinstance(outcome, NoAnswer) or not outcome.ok:
            return refused(outcome)
        operation = outcome.mapping() or {}
        name = operation.get("name")
        if operation.get("done") is True:
            failed = _operation_error(operation)
            return NotChanged(failed) if failed is not None else outcome
        if not isinstance(name, str) or not name:
            return NotChanged(f"{service} answered {outcome.status} with a body that names no operation")
        if hands.seconds() - started > hands.deadline:
            return NotChanged(f"the operation {name} was still running after {hands.deadline:g} s")
        if not hands.wait(pause):
            return NotChanged(f"interrupted; the operation {name} goes on without vxsetup")
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
