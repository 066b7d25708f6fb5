"""What every remedy is given, and how steps are worded alike."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from vxsetup.facts.base import Fact, Facts, Known
from vxsetup.facts.changes import LATER
from vxsetup.facts.models import Passed, Stopped
from vxsetup.facts.refusal import Cause
from vxsetup.findings import Finding, Fix, Requirement, Step, StepKind, Verdict
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import Declaration

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """A requirement that does not hold, what was found of it, and everything that a remedy may look at.

    ``facts`` are those that hold after the steps that the plan has so far.
    """

    requirement: Requirement
    finding: Finding
    facts: Facts
    declaration: Declaration
    circumstances: Circumstances

    @property
    def failed(self) -> bool:
        """Whether the requirement is known not to hold; else it is not known."""
        return self.finding.verdict is Verdict.FAIL

    @property
    def reason(self) -> str:
        """Why there is a step: the rule and what it asks."""
        return f"{self.requirement.rule}: {self.requirement.sentence}"

    @property
    def fix(self) -> Fix:
        """The next step that the rule names, for a person."""
        return self.finding.fix or Fix(self.finding.message)

    def reads(self, kind: type[Hashable]) -> Iterator[Any]:
        """The fact keys of one type that the requirement reads."""
        return (key for key in self.requirement.reads if isinstance(key, kind))

    def later(self, *kinds: type[Hashable]) -> dict[Hashable, Any]:
        """The project's facts of these types, each as one that shows only after apply.

        A request that gets through today gets through after any step: steps only add. One that meets a limit is helped
        by no grant and by no enabling of a model, whichever gate comes first. They stand in order, since facts come as
        they are answered and the same plan is the same file.
        """
        project = self.requirement.project
        elsewhere = self.requirement.rule.startswith(("VX3", "VX4"))
        found = (
            key
            for key, fact in self.facts.items()
            if isinstance(key, kinds)
            and getattr(key, "project", None) == project
            and not _gets_through(fact)
            and not (elsewhere and _meets_a_limit(fact))
        )
        return dict.fromkeys(sorted(found, key=repr), LATER)


def _gets_through(fact: Fact) -> bool:
    return isinstance(fact, Known) and isinstance(fact.value, Passed)


def _meets_a_limit(fact: Fact) -> bool:
    return isinstance(fact, Known) and isinstance(fact.value, Stopped) and fact.value.refusal.cause is Cause.QUOTA


Remedy = Callable[[Wanted], tuple[Step, ...]]


def by_hand(
    wanted: Wanted,
    name: str,
    title: str,
    fix: Fix,
    who: str,
    gives: Mapping[Hashable, Any],
    needs: tuple[Hashable, ...] = (),
    depends: Mapping[str, Any] | None = None,
    after: tuple[Hashable, ...] = (),
) -> Step:
    """A step that a person does; ``who`` is the role or office that may."""
    return Step(
        id=name,
        title=title,
        reason=wanted.reason,
        project=wanted.requirement.project,
        action={"do": "by_hand"},
        gives=gives,
        needs=needs,
        by_hand=fix,
        kind=StepKind.BY_HAND,
        depends=depends or {},
        asked_by=wanted.finding.fingerprint,
        who=who,
        after=after,
    )
