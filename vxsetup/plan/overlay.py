"""The plan loop: judge, ask what does not hold for its steps, lay what they give over the facts, judge again. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING

from vxsetup.facts.base import Facts, Unknown
from vxsetup.facts.changes import PLAN
from vxsetup.findings import Finding, Requirement, Rule, Severity, Step, Verdict, readiness
from vxsetup.plan.order import in_order
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.engine import judge
from vxsetup.rules.path import Declaration
from vxsetup.rules.remedies import remedies
from vxsetup.rules.remedies.base import Wanted

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_OPEN = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.NOT_REACHED)


@dataclass(frozen=True, slots=True)
class Planned:
    """Steps in the order in which they can be done, and what holds before and after them.

    ``before`` are the findings of now, one for each of ``requirements``, ``after`` those that hold when every step is done, by hand or not; ``facts`` are
    the predicted facts. ``shows_later`` are the findings of ``after`` that nobody can know before the plan is applied,
    such as what a request meets while the API is off.
    """

    steps: tuple[Step, ...]
    requirements: tuple[Requirement, ...]
    before: tuple[Finding, ...]
    after: tuple[Finding, ...]
    facts: Facts
    shows_later: tuple[Finding, ...]

    def asking(self, step: Step) -> Requirement | None:
        """The requirement that asked for a step."""
        pairs = zip(self.requirements, self.before, strict=True)
        return next((one for one, finding in pairs if finding.fingerprint == step.asked_by), None)

    @property
    def verdict(self) -> str:
        """What the plan will reach. What shows only later is left out: ``shows_later`` says what that is."""
        later = {finding.fingerprint for finding in self.shows_later}
        return readiness(finding for finding in self.after if finding.fingerprint not in later)

    @property
    def left(self) -> tuple[Finding, ...]:
        """What still fails, or is not known, when every step is done: what the plan has no step for."""
        later = {finding.fingerprint for finding in self.shows_later}
        return tuple(
            finding
            for finding in self.after
            if finding.verdict in (Verdict.FAIL, Verdict.UNKNOWN)
            and finding.severity is Severity.ERROR
            and finding.suppressed is None
            and finding.fingerprint not in later
        )

    @property
    def complete(self) -> bool:
        """Whether the plan has a step for everything that stands in the way."""
        return not self.left

    @property
    def by_hand(self) -> tuple[Step, ...]:
        """The steps that a person does."""
        return tuple(step for step in self.steps if step.by_hand is not None)

    @property
    def to_apply(self) -> tuple[Step, ...]:
        """The steps that ``apply`` does."""
        return tuple(step for step in self.steps if step.by_hand is None)


def plan(
    requirements: Sequence[Requirement],
    facts: Facts,
    circumstances: Circumstances,
    rules: Sequence[Rule],
    declaration: Declaration,
    targets: Sequence[str] = (),
) -> Planned:
    """The steps that the remedies know for what does not hold, in an order in which they can be done.

    ``targets`` keeps only the steps whose id or title has one of these words, and what they need. Ends because every
    step is taken once.
    """
    before = judge(requirements, facts, circumstances, rules)
    taken: dict[str, Step] = {}
    findings, laid = before, facts
    while True:
        new = _new_steps(requirements, findings, laid, circumstances, rules, declaration, taken)
        if not new:
            break
        for step in new:
            taken[step.id] = step
            laid = laid.laid_over(step.gives, PLAN)
        findings = judge(requirements, laid, circumstances, rules)
    steps = in_order(tuple(taken.values()))
    if targets:
        steps = _targeted(steps, targets)
        laid = facts
        for step in steps:
            laid = laid.laid_over(step.gives, PLAN)
        findings = judge(requirements, laid, circumstances, rules)
    later = tuple(finding for finding in findings if _shows_later(finding))
    return Planned(steps, tuple(requirements), before, findings, laid, later)


def _new_steps(
    requirements: Sequence[Requirement],
    findings: Sequence[Finding],
    facts: Facts,
    circumstances: Circumstances,
    rules: Sequence[Rule],
    declaration: Declaration,
    taken: Mapping[str, Step],
) -> list[Step]:
    """The steps for what does not hold now, of the first rule that has any: what they change may settle the rest.

    Of that rule all that is known to fail is taken at once, before what its steps leave to be seen hides it: two models
    may share one quota fact.
    """
    known = remedies()
    new: dict[str, Step] = {}
    first = ""
    for requirement, finding in zip(requirements, findings, strict=True):
        remedy = known.get(requirement.rule)
        if remedy is None or finding.verdict not in _OPEN or (new and requirement.rule != first):
            continue
        if new:
            (finding,) = judge((requirement,), facts, circumstances, rules)
            if finding.verdict is not Verdict.FAIL:
                continue
        for step in remedy(Wanted(requirement, finding, facts, declaration, circumstances)):
            if step.id not in taken and step.id not in new:
                new[step.id] = step
                seen = {key: value for key, value in step.gives.items() if not isinstance(value, Unknown)}
                facts = facts.laid_over(seen, PLAN)
        first = requirement.rule if new else ""
    return list(new.values())


def _shows_later(finding: Finding) -> bool:
    """Whether a verdict is open only because it rests on something that the plan will change."""
    if finding.verdict not in (Verdict.UNKNOWN, Verdict.NOT_REACHED):
        return False
    return any(piece.source == PLAN for piece in finding.evidence)


def _targeted(steps: Sequence[Step], targets: Sequence[str]) -> tuple[Step, ...]:
    """The steps that are meant, and those that give what they need."""
    givers: dict[Hashable, list[Step]] = {}
    for step in steps:
        for key in step.gives:
            givers.setdefault(key, []).append(step)
    wanted: set[str] = set()
    todo = [step for step in steps if any(word in step.id or word in step.title for word in targets)]
    while todo:
        step = todo.pop()
        if step.id in wanted:
            continue
        wanted.add(step.id)
        todo.extend(giver for key in step.needs for giver in givers.get(key, ()) if giver is not step)
    return tuple(step for step in steps if step.id in wanted)
