"""Grants: none where one would not help or would go round what somebody decided; the custom role that a config names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from made_runs import destroy, fates, made_in, standings, undoable
from plan_runs import ACCOUNT, APP, CONFIG, PROJECT, ROLES, Story, catalogue, story, world

from vxsetup.cloud.session import HttpRequest
from vxsetup.facts.access import AllowPolicies
from vxsetup.facts.changes import LATER, PLAN, agree
from vxsetup.facts.made import MadeState
from vxsetup.facts.provision import ROLE_TITLE
from vxsetup.findings import StepKind, Verdict
from vxsetup.plan.apply import StepState
from vxsetup.plan.destroy import Fate
from vxsetup.plan.made import left_over
from vxsetup.rules import registry
from vxsetup.rules.engine import facts_asked, judge
from vxsetup.rules.path import Declaration

MEMBER = f"serviceAccount:{APP}"
ON: dict[str, Any] = {
    "billing": {"account": ACCOUNT, "open": True},
    "services": ["aiplatform.googleapis.com"],
    "models": {name: {"enabled": True} for name in ("claude-sonnet-5-5", "claude-haiku-5-5")},
    "service_accounts": {"claude-app": {}},
}
DENY = [
    {
        "id": "no-robots",
        "rules": [
            {
                "principals": [f"principal://iam.googleapis.com/projects/-/serviceAccounts/{APP}"],
                "permissions": ["aiplatform.googleapis.com/endpoints.predict"],
            }
        ],
    }
]
USER = {"role": "roles/aiplatform.user", "members": [MEMBER]}
LEAST = f"projects/{PROJECT}/roles/claudeCaller"
CUSTOM = CONFIG.replace("can: [invoke]", f"can: [invoke]\n    role: {LEAST}")


def kinds(told: Story) -> list[str]:
    return [step.id.partition("/")[0] for step in told.plan().planned.steps]


@pytest.mark.parametrize("granted", [True, False])
def test_what_a_deny_policy_takes_away_no_grant_gives(granted: bool) -> None:
    told = story(world({**ON, "deny": DENY, "iam": [USER] if granted else []}))
    planned = told.plan().planned
    (hand,) = planned.by_hand
    assert hand.title == f"except {MEMBER} from the deny policy no-robots"
    assert hand.who == f"the owner of the deny policy (roles/iam.denyAdmin on projects/{PROJECT})"
    assert ("grant" in kinds(told)) is not granted, "what lies under the denial is given where it is missing, too"
    told.apply()
    told.change(node=replace(told.project().node, deny=()))
    assert told.report().verdict == "ready"
    assert told.plan().planned.steps == ()


def test_a_grant_that_ran_out_is_renewed_by_people() -> None:
    when = {"title": "once", "expression": 'request.time < timestamp("2021-01-01T00:00:00Z")'}
    told = story(world({**ON, "iam": [{**USER, "condition": when}]}))
    planned = told.plan().planned
    assert [step.id for step in planned.steps] == [f"renew/{PROJECT}/invoke/{MEMBER}"]
    assert planned.verdict == "ready"
    (hand,) = planned.by_hand
    assert hand.by_hand is not None
    assert "2021-01-01" in hand.by_hand.summary
    assert "somebody set that limit" in hand.by_hand.summary
    told.apply()
    assert told.writes() == [], "a limit that somebody set is not gone round"
    later = {"title": "once", "expression": 'request.time < timestamp("2031-01-01T00:00:00Z")'}
    renewed = story(world({**ON, "iam": [{**USER, "condition": later}]})).project().node.iam
    ground = told.plan()
    told.change(node=replace(told.project().node, iam=renewed))
    (result,) = told.apply(ground)
    assert result.state is StepState.DONE, "renewed in another way than the plan foresaw, and seen all the same"


def test_a_condition_on_tags_is_left_open_and_nothing_is_granted() -> None:
    tags = {"title": "tagged", "expression": "resource.matchTag('1111/env', 'prod')"}
    told = story(world({**ON, "iam": [{**USER, "condition": tags}]}))
    planned = told.plan().planned
    assert "grant" not in kinds(told)
    assert planned.verdict == "undecided"
    (left,) = planned.left
    assert (left.rule, planned.complete) == ("VX303", False)
    assert left.fix is not None
    assert "run the check as" in left.fix.summary


def test_a_group_that_may_be_in_another_group_is_given_the_role_in_its_own_name() -> None:
    """Nobody can ask as a group, so that it would stay open for ever; a user or an account can."""
    iam = [{"role": "roles/aiplatform.user", "members": ["group:first@acme.example"]}]
    group = CONFIG.replace("quota:", '  - {member: "group:second@acme.example", can: [invoke]}\nquota:')
    told = story(world({**ON, "iam": iam}), group)
    planned = told.plan().planned
    assert "grant/acme-ai-new/roles/aiplatform.user/group:second@acme.example" in {step.id for step in planned.to_apply}
    told.apply()
    assert told.report().verdict in ("ready", "undecided")
    (second,) = (f for f in told.report().findings if f.rule == "VX303" and f.principal == "group:second@acme.example")
    assert second.verdict is Verdict.PASS
    user = group.replace("group:second@", "user:second@")
    steps = {step.id for step in story(world({**ON, "iam": iam}), user).plan().planned.to_apply}
    assert not any("user:second@acme.example" in name for name in steps)


@pytest.mark.parametrize("project", [ON, None], ids=["there", "new"])
def test_the_custom_role_that_the_config_names_is_made_with_what_is_needed_and_no_more(
    project: dict[str, Any] | None,
) -> None:
    told = story(world(project), CUSTOM)
    ground = told.plan()
    ids = [step.id for step in ground.planned.to_apply]
    assert ids.index(f"role/{LEAST}") < ids.index(f"grant/{PROJECT}/{LEAST}/{MEMBER}")
    results = told.apply(ground)
    assert {result.state for result in results} <= {StepState.DONE, StepState.BY_HAND}
    assert told.project().node.roles["claudeCaller"].permissions == ("aiplatform.endpoints.predict",)
    assert [binding.role for binding in told.project().node.iam if MEMBER in binding.members] == [LEAST]
    again = told.plan()
    assert again.planned.to_apply == ()
    if project is not None:
        assert told.report().verdict == "ready"
        wrong = [k for k in facts_asked(ground.requirements) if not agree(ground.planned.facts[k], again.facts[k])]
        assert wrong == []


def test_drift_and_destroy_know_the_custom_role() -> None:
    """It is in step as made, changed when somebody adds to it, and taken back with its grant; what remains is named."""
    told = story(world(ON), CUSTOM)
    before = undoable(told.project())
    told.apply()
    role = f"role/{LEAST}"
    assert standings(told)[role].state is MadeState.AS_MADE
    node = told.project().node
    wider = replace(node.roles["claudeCaller"], permissions=("aiplatform.endpoints.predict", "storage.buckets.list"))
    told.change(node=replace(node, roles={"claudeCaller": wider}))
    (changed,) = standings(told)[role].alterations
    assert (changed.attribute, changed.after) == (
        "permissions",
        "aiplatform.endpoints.predict, storage.buckets.list",
    )
    kept = {row.thing.step: row.fate for row in fates(told)}
    assert kept[role] is Fate.KEEP, "somebody needs it for more by now"
    told.change(node=node)
    rows = {row.thing.step: row for row in destroy(told)}
    assert (rows[role].fate, rows[role].after) == (
        Fate.REMOVE,
        "its id cannot be used again for 37 days; for 7 days it can be undeleted",
    )
    assert undoable(told.project()) == before
    told.apply()
    assert not told.project().node.roles["claudeCaller"].deleted, "within those days it comes back under its id"
    assert told.report().verdict == "ready"


def test_a_role_that_was_deleted_comes_back_with_what_is_needed_now() -> None:
    gone = {"claudeCaller": {"title": "Old", "permissions": ["aiplatform.models.get"], "deleted": True}}
    told = story(world({**ON, "roles": gone}), CUSTOM)
    assert f"role/{LEAST}" in [step.id for step in told.plan().planned.to_apply]
    told.apply()
    role = told.project().node.roles["claudeCaller"]
    assert (role.deleted, role.permissions) == (False, ("aiplatform.endpoints.predict",))
    assert standings(told)[f"role/{LEAST}"].state is MadeState.AS_MADE
    assert told.report().verdict == "ready"


class KilledError(Exception):
    """The run was cut off."""


def test_a_run_that_is_killed_between_bringing_a_role_back_and_changing_it_is_made_good_by_the_next() -> None:
    """The role is there again as it was when it was deleted: the next run sees what it lacks, and gives it that alone."""
    old = {"title": ROLE_TITLE, "permissions": ["aiplatform.batchPredictionJobs.create"], "deleted": True}
    told = story(world({**ON, "roles": {"claudeCaller": old}}), CUSTOM)
    ground = told.plan()

    def kill(request: HttpRequest) -> None:
        if request.url.endswith(":undelete"):
            raise KilledError

    told.after = kill
    with pytest.raises(KilledError):
        told.apply(ground)
    told.after = lambda request: None
    role = told.project().node.roles["claudeCaller"]
    assert (role.deleted, role.permissions) == (False, ("aiplatform.batchPredictionJobs.create",))
    ground = told.plan()
    (step,) = (step for step in ground.planned.to_apply if step.id == f"role/{LEAST}")
    assert step.kind is StepKind.CHANGE
    assert step.diff[0].after == "aiplatform.batchPredictionJobs.create, aiplatform.endpoints.predict"
    assert [permit.permission for permit in step.permissions] == ["iam.roles.update"]
    told.apply(ground)
    assert told.project().node.roles["claudeCaller"].permissions == (
        "aiplatform.batchPredictionJobs.create",
        "aiplatform.endpoints.predict",
    )
    assert told.report().verdict == "ready"
    again = told.plan()
    assert again.planned.steps == ()
    wrong = [k for k in facts_asked(ground.requirements) if not agree(ground.planned.facts[k], again.facts[k])]
    assert wrong == []


def test_a_role_of_vxsetups_own_that_is_in_use_is_given_what_it_lacks_and_loses_only_that_again() -> None:
    wider = CUSTOM.replace("can: [invoke]", "can: [invoke, batch]")
    told = story(world(ON), CUSTOM)
    told.apply()
    told.journal.written.clear()
    before = told.project().node.roles["claudeCaller"].permissions
    assert told.project().node.roles["claudeCaller"].title == ROLE_TITLE
    told.configs = story(world(ON), wider).configs
    planned = told.plan().planned
    assert [step.id for step in planned.to_apply] == [f"role/{LEAST}"], "the member has it already"
    assert planned.verdict == "ready"
    told.apply()
    after = told.project().node.roles["claudeCaller"].permissions
    assert set(before) < set(after)
    assert told.plan().planned.steps == ()
    assert standings(told)[f"role/{LEAST}"].state is MadeState.AS_MADE
    destroy(told)
    role = told.project().node.roles["claudeCaller"]
    assert (role.deleted, role.permissions) == (False, before), "the run that made it stands in another journal"


def test_a_custom_role_that_the_config_no_longer_names_is_left_over() -> None:
    told = story(world(ON), CUSTOM)
    told.apply()
    for config, left in ((CUSTOM, set()), (CONFIG, {f"role/{LEAST}", f"grant/{PROJECT}/{LEAST}/{MEMBER}"})):
        declaration = Declaration(story(world(ON), config).configs.projects[0], catalogue())
        assert {thing.step for thing in left_over(made_in(told), declaration)} == left


def test_a_role_that_is_there_and_lacks_the_permission_is_left_as_it_is() -> None:
    told = story(world({**ON, "roles": {"claudeCaller": {"permissions": ["aiplatform.models.get"]}}}), CUSTOM)
    planned = told.plan().planned
    assert planned.steps == ()
    assert [finding.rule for finding in planned.left] == ["VX303"]


def test_roles_of_others_and_roles_for_doubtful_permissions_are_not_made() -> None:
    for role, ability in (("projects/acme-tools/roles/claudeCaller", "invoke"), (LEAST, "administer")):
        config = CUSTOM.replace(LEAST, role).replace("can: [invoke]", f"can: [{ability}]")
        assert "role" not in kinds(story(world(ON), config)), role


def test_who_may_not_make_roles_is_told_before_anything_is_done() -> None:
    made = world(ON)
    roles = [
        *(role for role in ROLES if role != "roles/owner"),
        "roles/editor",
        "roles/resourcemanager.projectIamAdmin",
    ]
    made["organization"]["iam"] = [
        {"role": role, "members": ["user:dev@acme.example"]} for role in (*roles, "roles/iam.securityReviewer")
    ]
    lacks = story(made, CUSTOM).plan().lacks
    assert [lack.permit.permission for lack in lacks if lack.known] == ["iam.roles.create"]


def test_a_deny_policy_is_judged_where_the_allow_policies_are_not_known_yet() -> None:
    """The names of the ancestors then come from the deny policies; their rules are no bindings."""
    ground = story(world({**ON, "services": [], "deny": DENY})).plan()
    facts = ground.facts.laid_over({AllowPolicies(PROJECT): LATER}, PLAN)
    found = judge(ground.requirements, facts, ground.circumstances, registry())
    (caller,) = (f for f in found if f.rule == "VX302")
    assert caller.verdict is not Verdict.FAIL
