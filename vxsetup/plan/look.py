"""Whether what a step gives holds in the cloud, and its requirement with it: pure, over facts that were read anew."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from vxsetup.facts.base import Fact, Facts, Known, Unknown
from vxsetup.facts.changes import PLAN, agree
from vxsetup.facts.project import ProjectRecord
from vxsetup.findings import Requirement, Step, Verdict
from vxsetup.rules import registry
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.engine import judge

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the cloud shows of a step: ``holds``; or ``says`` why not. ``open_question``: it cannot be told."""

    holds: bool
    says: str = ""
    open_question: bool = False


def to_read(step: Step, requirement: Requirement | None) -> tuple[Hashable, ...]:
    """The facts to read for a look at a step."""
    asked = requirement.reads if requirement is not None and step.settles else ()
    return tuple(dict.fromkeys((*given(step), *asked, ProjectRecord(step.project))))


def look(step: Step, requirement: Requirement | None, facts: Facts, circumstances: Circumstances) -> Look:
    """Whether everything that the step gives was read to be so, and the requirement passes that the step settles."""
    unread = next((facts[key] for key in given(step) if isinstance(facts[key], Unknown)), None)
    shown = all(_holds(value, facts[key]) for key, value in given(step).items())
    if requirement is None or not step.settles:
        says = unread.says if isinstance(unread, Unknown) else "the cloud does not show it yet"
        return Look(True) if shown else Look(False, says, unread is not None)
    (finding,) = judge((requirement,), facts, circumstances, registry())
    passes = finding.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE)
    if passes and (shown or step.by_hand is not None):
        return Look(True)  # people may have come to the same end in another way
    says = "the cloud does not show it yet" if passes else finding.message
    return Look(False, says, unread is not None or (shown and finding.verdict is not Verdict.FAIL))


def given(step: Step) -> dict[Hashable, Any]:
    """What a step gives that can be read: values and changes, not what shows only then."""
    return {key: value for key, value in step.gives.items() if not isinstance(value, Unknown)}


def _holds(value: Any, fact: Fact) -> bool:
    return bool(value.holds(fact)) if hasattr(value, "holds") else agree(Known(value, PLAN), fact)
