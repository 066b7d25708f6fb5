"""Settles what a run left in doubt: a write was sent, and the run was cut off or the answer lost. The cloud is read for
whether the thing is there by vxsetup's own doing, and what can be told is written into the journal.

Where nothing tells, nothing is written: the thing stays in doubt, ``destroy`` names it and keeps it unless it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from vxsetup.plan.journal import Entry, History


class Told(Protocol):
    """What a reading shows of a thing's origin; ``origin`` is ``own``, ``foreign`` or one of the words for no answer."""

    @property
    def origin(self) -> str: ...
    @property
    def says(self) -> str: ...
    @property
    def made(self) -> Mapping[str, Any]: ...


Prove = Callable[[Mapping[str, Any], Mapping[str, Any], str], Told]
"""Action, what was noted before the write, when that was -> what a reading shows."""


def settled(history: History, prove: Prove, run: str, at: str) -> tuple[Entry, ...]:
    """The lines that settle what can be told of what is in doubt, to be appended to the journal."""
    found = []
    for name, doubt in history.in_doubt().items():
        action, sent = doubt.begun.data.get("action"), doubt.sent.data.get("made")
        if not isinstance(action, dict) or not isinstance(sent, dict):
            continue
        proof = prove(action, sent, doubt.sent.at)
        if proof.origin not in ("own", "foreign"):
            continue
        own = proof.origin == "own"
        made = {key: value for key, value in {**sent, **proof.made}.items() if key != "sent"} if own else {}
        found.append(Entry(at, run, "step_settled", name, {"changed": own, "made": made, "proof": proof.says}))
    return tuple(found)
