"""The plan loop: judge, ask each failed requirement for its steps, lay what they give over the facts, judge again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vxsetup.facts.base import Facts
from vxsetup.findings import Finding, Requirement, Rule, Step, Verdict, readiness
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.engine import judge

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class Planned:
    """Steps in the order in which they can be done, the findings that hold when they are done, and that verdict."""

    steps: tuple[Step, ...]
    after: tuple[Finding, ...]

    @property
    def verdict(self) -> str:
        """What the plan will reach, as far as reads can tell: what only a request shows stays undecided."""
        return readiness(self.after)


def plan(
    requirements: Sequence[Requirement], facts: Facts, circumstances: Circumstances, rules: Sequence[Rule]
) -> Planned:
    """The steps that the rules know for what fails. Ends because every step is taken once."""
    by_id = {rule.id: rule for rule in rules}
    steps: dict[str, Step] = {}
    while True:
        findings = judge(requirements, facts, circumstances, rules)
        new: list[Step] = []
        for requirement, finding in zip(requirements, findings, strict=True):
            remedy = by_id[requirement.rule].remedy
            if finding.verdict is Verdict.FAIL and remedy is not None:
                new.extend(step for step in remedy(requirement, facts) if step.id not in steps)
        if not new:
            return Planned(tuple(steps.values()), findings)
        for step in new:
            steps[step.id] = step
            facts = facts.laid_over(step.gives, "plan")
