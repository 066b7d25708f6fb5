"""A new project in one plan: what it holds, that it comes true, that a second one is empty."""

from __future__ import annotations

import pytest
from plan_runs import APP, CONFIG, PROJECT, ZERO, Story, by_hand, story, world

from vxsetup.facts.base import Hole, Known
from vxsetup.facts.project import ProjectRecord
from vxsetup.findings import StepKind
from vxsetup.plan.apply import StepState

GRANT = f"grant/{PROJECT}/roles/aiplatform.user/serviceAccount:{APP}"
FIRST_DAY = [
    f"billing/{PROJECT}",
    f"enable/{PROJECT}/aiplatform.googleapis.com",
    f"account/{APP}",
    GRANT,
    f"quota/{PROJECT}/global/anthropic-claude-sonnet/requests",
    f"quota/{PROJECT}/eu/anthropic-claude-haiku/requests",
]
HANDS = [f"model/{PROJECT}/claude-sonnet-5-5", f"model/{PROJECT}/claude-haiku-5-5"]


def finish(told: Story) -> None:
    """Apply, do by hand what is left to people, and apply again."""
    for result in told.apply():
        if result.state is StepState.BY_HAND:
            by_hand(told, result.step)


@pytest.mark.parametrize("workers", [1, 4])
def test_an_existing_project_from_nothing_to_ready(workers: int) -> None:
    told = story(world(ZERO), workers=workers)
    planned = told.plan().planned
    assert sorted(step.id for step in planned.to_apply) == sorted(FIRST_DAY)
    assert sorted(step.id for step in planned.by_hand) == sorted(HANDS)
    assert planned.verdict == "ready"
    assert planned.complete
    results = {result.step.id: result for result in told.apply()}
    assert {name: results[name].state for name in FIRST_DAY} == dict.fromkeys(FIRST_DAY, StepState.DONE)
    assert {name: results[name].state for name in HANDS} == dict.fromkeys(HANDS, StepState.BY_HAND)
    for step in planned.by_hand:
        by_hand(told, step)
    assert told.report().verdict == "ready"
    again = told.plan().planned
    assert again.steps == ()
    assert again.verdict == "ready"


def test_a_project_that_does_not_exist_is_one_plan_with_holes() -> None:
    told = story(world(None))
    planned = told.plan().planned
    assert planned.steps[0].id == f"project/{PROJECT}"
    assert {step.id for step in planned.to_apply} == {f"project/{PROJECT}", *FIRST_DAY[:4]}
    record = planned.facts[ProjectRecord(PROJECT)]
    assert isinstance(record, Known)
    assert isinstance(record.value.number, Hole)
    assert str(record.value.number) == "(project number: known after apply)"
    order = [step.id for step in planned.steps]
    for earlier, later in ((f"project/{PROJECT}", FIRST_DAY[0]), FIRST_DAY[:2], FIRST_DAY[2:4]):
        assert order.index(earlier) < order.index(later)
    finish(told)
    assert told.report().verdict == "ready"
    assert told.project().labels == {"managed-by": "vxsetup"}
    assert told.plan().planned.steps == ()


def test_without_leave_to_make_it_a_hidden_project_is_left_alone() -> None:
    config = CONFIG.replace("  create: {parent: organizations/1111, billing_account: 012345-6789AB-CDEF01}\n", "")
    planned = story(world(None), config).plan().planned
    assert not [step for step in planned.steps if step.id.startswith("project/")]
    assert planned.verdict == "undecided"
    assert "VX201" in {finding.rule for finding in planned.left}


def test_an_id_that_somebody_else_has_is_said_to_be_taken() -> None:
    """The project is there, and the caller may not see it: 403 for reads, 409 for making it."""
    hidden = world({"parent": None})
    told = story(hidden)
    (first, *others) = told.apply()
    assert first.state is StepState.FAILED
    assert "is taken: by somebody else, or by a project that you may not see" in first.says
    assert {result.state for result in others} <= {StepState.SKIPPED}
    assert told.writes() == ["POST /v3/projects"], "nothing else is tried in a project that is not ours"


def test_what_a_person_does_is_found_done() -> None:
    told = story(world({**ZERO, "models": {"claude-sonnet-5-5": {"enabled": True}}}))
    results = {result.step.id: result.state for result in told.apply()}
    assert results[HANDS[0]] is StepState.DONE, "the request showed that it is enabled already"
    assert results[HANDS[1]] is StepState.BY_HAND


def test_enabling_waits_until_requests_see_it() -> None:
    slow = {"quota_preferences": "granted", "enable_propagation_s": 75, "operation_s": 20}
    told = story(world(ZERO, behaviour=slow))
    before = told.emulation.now
    results = {result.step.id: result.state for result in told.apply()}
    assert results[FIRST_DAY[1]] is StepState.DONE
    assert (told.emulation.now - before).total_seconds() >= 75
    hasty = story(world(ZERO, behaviour=slow))
    results = {result.step.id: result.state for result in hasty.apply(deadline=40.0)}
    assert results[FIRST_DAY[1]] is StepState.NOT_CONFIRMED
    assert results[HANDS[0]] is StepState.SKIPPED, "what needs the API does not begin before it can be used"


def test_a_pending_quota_is_asked_for_once() -> None:
    told = story(world(ZERO, behaviour={"quota_preferences": "pending"}))
    results = {result.step.id: result.state for result in told.apply()}
    assert results[FIRST_DAY[4]] is StepState.NOT_CONFIRMED, "Google has not decided"
    again = told.plan().planned
    assert not [step for step in again.steps if step.id.startswith("quota/")], "and is not asked twice"
    assert again.verdict == "not_ready"
    told.apply()
    assert len(told.project().preferences) == 2


def test_a_model_is_enabled_by_the_api_where_the_config_consents() -> None:
    config = CONFIG + "consents: {enable_models: api}\n"
    ready = {"claude-sonnet-5-5": {"prerequisites": True}}
    told = story(world({**ZERO, "models": ready}), config)
    planned = told.plan().planned
    assert planned.by_hand == ()
    assert {step.kind for step in planned.steps if step.id in HANDS} == {StepKind.CREATE}
    assert all(step.consent for step in planned.steps if step.id in HANDS)
    results = {result.step.id: result for result in told.apply()}
    assert results[HANDS[0]].state is StepState.DONE
    assert results[HANDS[1]].state is StepState.FAILED
    assert "before the form is answered" in results[HANDS[1]].says


def test_a_plan_of_some_words_has_what_they_need() -> None:
    told = story(world(None))
    planned = told.plan("aiplatform.googleapis.com").planned
    assert [step.id for step in planned.steps] == [f"project/{PROJECT}", *FIRST_DAY[:2]]


def test_the_callers_missing_permissions_are_told_at_once() -> None:
    poor = world(ZERO)
    poor["organization"]["iam"] = [
        {"role": role, "members": ["user:dev@acme.example"]}
        for role in ("roles/viewer", "roles/iam.securityReviewer", "roles/iam.denyReviewer")
    ]
    poor["projects"]["acme-tools"]["iam"] = [{"role": "roles/owner", "members": ["user:dev@acme.example"]}]
    lacks = story(poor).plan().lacks
    assert all(lack.known for lack in lacks)
    assert {lack.permit.permission for lack in lacks} == {
        "billing.resourceAssociations.create",
        "cloudquotas.quotas.update",
        "iam.serviceAccounts.create",
        "resourcemanager.projects.createBillingAssignment",
        "resourcemanager.projects.setIamPolicy",
        "serviceusage.services.enable",
    }
    assert story(world(ZERO)).plan().lacks == ()


def test_two_models_without_quota_at_one_location_are_asked_for_in_one_plan() -> None:
    """Their limits are one fact: what the first request leaves to be seen must not hide that the second is zero."""
    zero = {
        "services": [],
        "quotas": {"eu": {f"anthropic-claude-{name}": {"requests": 0} for name in ("sonnet", "haiku")}},
    }
    told = story(world(zero), CONFIG.replace("id: claude-sonnet-5-5\n", "id: claude-sonnet-5-5\n    locations: [eu]\n"))
    asked = {step.id for step in told.plan().planned.steps if step.id.startswith("quota/")}
    assert asked == {f"quota/{PROJECT}/eu/anthropic-claude-{name}/requests" for name in ("sonnet", "haiku")}
    told.apply()
    assert [step.id for step in told.plan().planned.to_apply] == [], "one plan is the whole of it"
