"""Settles what earlier runs left in doubt, before ``apply``, ``destroy`` and ``drift`` go by the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vxsetup.cli.asking import Asked
    from vxsetup.plan.journal import History
    from vxsetup.plan.settle import Told
    from vxsetup.plan.state import Writer


def settle(history: History, asked: Asked, journal: Writer | None) -> History:
    """The history with what the cloud tells of the writes whose answers were lost; also written, where there is a journal."""
    if not history.in_doubt():
        return history
    from vxsetup.cloud.changes.proof import proof_of
    from vxsetup.plan.journal import History
    from vxsetup.plan.settle import settled

    def prove(action: Mapping[str, Any], sent: Mapping[str, Any], at: str) -> Told:
        return proof_of(action, sent, at, asked.send)

    entries = settled(history, prove, "", asked.clock.stamp())
    if journal is not None:
        for entry in entries:
            journal.write(entry.event, entry.step, **entry.data)
    return History((*history.entries, *entries), history.broken)
