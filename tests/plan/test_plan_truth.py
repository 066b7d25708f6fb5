"""The plan tells the truth over generated worlds: what its steps give is what is read when they are done, hole by hole.

Only the steps that ended well are laid over the facts of before, so that what people leave undone, and what the cloud
refuses, takes nothing from the law: each fact is then as predicted, and so is each verdict that rests on them.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from generated_choices import seeded
from generated_worlds import PROJECT as GENERATED
from generated_worlds import generated
from plan_runs import Story, story
from test_plan_laws import drawn

from vxsetup.cli.provisioning import Ground
from vxsetup.facts.access import Attached, Roles
from vxsetup.facts.base import Fact, Facts, Known, Unknown
from vxsetup.facts.changes import LATER, PLAN, agree
from vxsetup.facts.models import Passed, Probe
from vxsetup.findings import Severity, Verdict
from vxsetup.plan.apply import Applied, StepState
from vxsetup.rules import registry
from vxsetup.rules.engine import facts_asked, judge

BATCHES, EACH = 5, 50
HOLDS = (Verdict.PASS, Verdict.NOT_APPLICABLE)
SPREADING = ("enabling takes some minutes", "linking takes some minutes")
"""How the fix begins of what was changed before the plan and does not act yet: when it will is not the plan's to say."""
LAPSING = re.compile(r'request\.time <=? timestamp\("([0-9T:Z-]{20})"\)')
"""The end of a grant, in a condition."""


def laid(ground: Ground, results: tuple[Applied, ...]) -> Facts:
    """The facts of before with what the steps gave that ended well."""
    facts = ground.facts
    for result in results:
        if result.state is StepState.DONE and result.step.by_hand is None:
            facts = facts.laid_over(result.step.gives, PLAN)
        elif result.changed or result.state is StepState.DONE:
            # Accepted and not seen to act, or done by people in their own way: how far that went is not the plan's to say.
            facts = facts.laid_over(dict.fromkeys(result.step.gives, LATER), PLAN)
    return facts


def untruths(ground: Ground, results: tuple[Applied, ...], ended: Ground) -> Iterator[str]:
    """Every fact and every verdict that is not as the plan said."""
    facts = laid(ground, results)
    for key in facts_asked(ground.requirements):
        predicted, read = facts[key], ended.facts[key]
        if isinstance(key, Probe):
            through = isinstance(predicted, Known) and isinstance(predicted.value, Passed)
            if through and not (isinstance(read, Known) and isinstance(read.value, Passed)):
                yield f"{key}: a request got through, and no longer does: {read}"
        elif not _says_nothing(predicted) and not agree(predicted, read):
            yield f"{key}: predicted {predicted}, read {read}"
    was = judge(ground.requirements, facts, ground.circumstances, registry())
    for first, before, after in zip(ground.planned.before, was, ended.planned.before, strict=True):
        if first.verdict is Verdict.FAIL and first.fix is not None and first.fix.summary.startswith(SPREADING):
            continue
        if before.rule == "VX407" and before.verdict is Verdict.NOT_APPLICABLE:
            continue  # a gate that no document knows shows when a request gets there
        if before.rule == "VX602" and "the project has no quota row" in after.message:
            continue  # so does a base model other than the documented one, whose row was read
        decided = before.verdict in (*HOLDS, Verdict.FAIL) and before.severity is Severity.ERROR
        planned = any(piece.source == PLAN for piece in before.evidence)
        if decided and (planned or before.verdict in HOLDS) and (before.verdict in HOLDS) != (after.verdict in HOLDS):
            yield f"{before.rule} {before.subject}: predicted {before.verdict}: {before.message}; read {after.verdict}: {after.message}"


def _says_nothing(fact: Fact) -> bool:
    """An unknown predicts nothing: what was not read before may be read after, a policy among others too."""
    if isinstance(fact, Unknown):
        return True
    if isinstance(fact.value, Attached):
        return any(isinstance(policy, Unknown) for policy in fact.value.policies.values())
    if isinstance(fact.value, Roles):  # roles are those of the policies that were read
        return not fact.value.permissions or any(isinstance(r, Unknown) for r in fact.value.permissions.values())
    return False


def of_a_first_day(number: str) -> Story:
    """A world and a config of ``test_plan_laws``: what is broken there, a plan can mend."""
    made, config = drawn(int.from_bytes(number.encode(), "big"))
    return story(made, config)


def of_any_cloud(number: str) -> Story:
    """Any generated cloud; in most of them the caller may change what it likes."""
    choices = seeded(number)
    case = generated(choices)
    world: dict[str, Any] = {**case.world, "faults": []}
    if GENERATED in world["projects"] and choices.flag(0.75):
        grant = {"role": "roles/owner", "members": [world["caller"]["principal"]]}
        project = world["projects"][GENERATED]
        world["projects"] = {**world["projects"], GENERATED: {**project, "iam": [*project.get("iam", []), grant]}}
    return story(world, case.config)


def lapses(told: Story) -> bool:
    """Whether a grant of the world runs out while it is planned and applied: that is no untruth of the plan's."""
    now, text = told.emulation.now, told.emulation.text()
    ends = [datetime.fromisoformat(one) for one in LAPSING.findall(text)]
    return any(now <= end <= now + timedelta(hours=1) for end in ends)


def told_true(told: Story) -> tuple[Applied, ...]:
    """Plan, apply, read again, compare."""
    ground = told.plan()
    results = told.apply(ground, deadline=60.0)
    told.emulation.clock.sleep(60.0)
    found = list(untruths(ground, results, told.plan()))
    assert found == [], (found, [f"{result.step.id}: {result.state}" for result in results])
    return results


@pytest.mark.parametrize("batch", range(BATCHES))
def test_the_facts_and_verdicts_after_apply_are_those_that_the_plan_predicted(batch: int) -> None:
    """First days, which a plan can mend, and any clouds, three to two. The seed is in the head of the run."""
    seed = f"{os.environ['VXSETUP_TEST_SEED']}/truth/{batch}"
    kinds: Counter[str] = Counter()
    states: Counter[StepState] = Counter()
    for number in range(EACH):
        name = f"{seed}/{number}"
        told = of_a_first_day(name) if number % 5 < 3 else of_any_cloud(name)
        if lapses(told):
            continue
        try:
            results = told_true(told)
        except Exception as error:
            raise AssertionError(f"world {name}") from error
        kinds.update(result.step.id.partition("/")[0] for result in results)
        states.update(result.state for result in results)
    print(f"{sum(states.values())} steps in {EACH} worlds: {dict(kinds)}; {dict(states)}")
    logs = {"dataset", "log-writer", "settings"}
    assert kinds.keys() >= {"project", "billing", "enable", "account", "grant", "model", "quota", *logs}, kinds
    assert states.keys() >= {StepState.DONE, StepState.BY_HAND}, states
