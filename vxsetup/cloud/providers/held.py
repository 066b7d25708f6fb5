"""Reads ``testIamPermissions`` of any resource: which of the asked permissions the caller holds (DISC; the same in every API)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Protocol

from vxsetup.cloud.call import Answer, Call
from vxsetup.cloud.provider import Outcomes, malformed, unknown
from vxsetup.facts.access import Held
from vxsetup.facts.base import Fact, Known


class Asked(Protocol):
    """Permissions to ask for: those of doubtful name each in a call of its own, as one bad name refuses a whole call."""

    @property
    def permissions(self) -> tuple[str, ...]:
        """Names that are surely permissions."""

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Names that may be none."""


def test_calls(key: Asked, make: Callable[[tuple[str, ...]], Call]) -> tuple[Call, ...]:
    """The calls, each made of the names that it asks for."""
    alone = tuple(make((name,)) for name in key.doubtful)
    return (make(key.permissions), *alone) if key.permissions else alone


def held(key: Asked, outcomes: Outcomes) -> Fact:
    """What is held, of a resource that may be hidden."""
    found: set[str] = set()
    untestable: set[str] = set()
    method, at = "", None
    for call, outcome in outcomes.items():
        asked = json.loads(call.body or "{}")["permissions"]
        if isinstance(outcome, Answer) and outcome.status == 400 and asked[0] in key.doubtful:
            untestable.update(asked)
            continue
        if not isinstance(outcome, Answer) or not outcome.ok:
            return unknown(call, outcome, hidden=True)
        data = outcome.mapping()
        # None held is an empty object; one with other keys is no answer, and must not read as "none is held".
        answered = [] if data == {} else data.get("permissions") if data is not None else None
        if not isinstance(answered, list) or not all(isinstance(name, str) for name in answered):
            return malformed(call, outcome)
        found.update(name for name in answered if name in asked)
        method, at = call.method, outcome.at
    return Known(Held(frozenset(found), frozenset(untestable)), method, at)
