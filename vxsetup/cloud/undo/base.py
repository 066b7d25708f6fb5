"""What every look at a thing that was made is given, and how looks and removals read alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from vxsetup.cloud.call import Answer, Call, Outcome
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged, error_of, refused
from vxsetup.facts.made import MadeState, Standing

if TYPE_CHECKING:
    from dataclasses import dataclass, field
else:
    from vxsetup.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Eyes:
    """Everything that a look is given: ``send`` answers one read; ``grants`` are the (resource, role, member) that vxsetup
    gave itself, and ``providers`` the POOL/PROVIDER that it made, so that those of others can be told from them."""

    send: Callable[[Call], Outcome]
    grants: frozenset[tuple[str, str, str]] = frozenset()
    providers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Made:
    """One thing that was made: the ``action`` that made it, and what the journal keeps of it, as JSON data.

    ``removing``: the options with which it may be removed (``contents``: also what it holds).
    """

    action: Mapping[str, Any]
    made: Mapping[str, Any] = field(default_factory=dict)
    depends: Mapping[str, Any] = field(default_factory=dict)
    contents: bool = False


Look = Callable[[Made, Eyes], Standing]
Remove = Callable[[Made, Hands], Changed | NotChanged]


@dataclass(frozen=True, slots=True)
class Undoing:
    """How one kind of change is looked at and undone. Without ``remove`` it cannot be undone, and ``stays`` says why;
    with both, ``stays`` is what remains even then."""

    look: Look
    remove: Remove | None = None
    stays: str = ""


def unreadable(outcome: Outcome) -> Standing:
    """The standing of something whose read was refused, or never answered."""
    why = refused(outcome)
    return Standing(MadeState.UNKNOWN, says=why.says, permission=why.permission)


def read(call: Call, send: Callable[[Call], Outcome]) -> Mapping[str, Any] | Standing | None:
    """The object that a GET answers; None where it is not there; a standing where that cannot be told."""
    outcome = send(call)
    error = error_of(outcome)
    if error is not None and error.http == 404:
        return None
    data = outcome.mapping() if isinstance(outcome, Answer) and outcome.ok else None
    return data if data is not None else unreadable(outcome)


def removed(outcome: Outcome) -> Changed | NotChanged:
    """How a DELETE ended; what is not there is removed."""
    if isinstance(outcome, Answer) and outcome.ok:
        return Changed()
    error = error_of(outcome)
    return Changed(already=True) if error is not None and error.http == 404 else refused(outcome)


def again(outcome: Outcome, hands: Hands, started: float, pause: float, *statuses: int) -> bool:
    """Whether somebody else was faster, so that a read and write is tried anew; waits before it says so."""
    error = error_of(outcome)
    late = hands.seconds() - started > hands.deadline
    return error is not None and error.http in statuses and not late and hands.wait(pause)


def text(value: Any) -> str | None:
    """A value of an answer as a person reads it; None for nothing."""
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={text(item)}" for key, item in sorted(value.items()))
    if isinstance(value, (list, tuple)):
        return ", ".join(str(text(item)) for item in value)
    return str(value)
