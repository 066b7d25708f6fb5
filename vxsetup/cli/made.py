"""What ``drift`` and ``destroy`` share: the journal of a project, the things in it, and a look at how they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from vxsetup.cli.output import complain

if TYPE_CHECKING:
    from vxsetup.cli.asking import Asked
    from vxsetup.config.project import Project
    from vxsetup.facts.made import Standing
    from vxsetup.plan.journal import History
    from vxsetup.plan.made import Thing


def tell_broken(history: History, name: str) -> None:
    """Say that a journal is not there, or which of its lines cannot be read: what they told is not known."""
    if not history.entries and not history.broken:
        complain(f"There is no journal {name}; where it is kept elsewhere, say so with --state.")
    if history.broken:
        lines = ", ".join(str(number) for number in history.broken)
        complain(f"{name}: line {lines} cannot be read, as after a crash; what it says of is not looked at.")


def stand(things: Sequence[Thing], asked: Asked, project: Project) -> Mapping[str, Standing]:
    """How each thing stands in the cloud now, by its step. Strangers' user e-mails are masked as everywhere."""
    from vxsetup.cloud.recording import known_users, masking
    from vxsetup.cloud.undo import Made, looks

    principals = [entry.principal for entry in project.access]
    known = known_users([*principals, *([asked.caller.principal] if asked.caller.principal else [])])
    made = {thing.step: Made(thing.action, thing.made, thing.depends) for thing in things}
    return looks(made, masking(asked.send, known))
