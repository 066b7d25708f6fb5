"""Who holds what: vxsetup's reading of policies against the emulator's own evaluation, over generated worlds."""

from __future__ import annotations

from collections import Counter

import generated_laws as laws
import pytest
from generated_choices import Choices, seeded
from generated_runs import Turns, in_turns, new_run
from generated_worlds import ANN, APP, CI, DEV, GHOST, IN_TEAM, JOB, PREDICT, PROJECT, TEAM, Case

from vxsetup.emulator.iam import allows, principal_of, project_resource, within
from vxsetup.emulator.state import start
from vxsetup.emulator.world import world_from
from vxsetup.facts.access import AllowPolicies, DenyPolicies, RoleDefinitions
from vxsetup.facts.base import Known
from vxsetup.facts.effective import Access, Question, holding
from vxsetup.facts.members import Place

READER = "user:reader@audit.example"
WHO = (DEV, ANN, APP, CI, GHOST, JOB, TEAM, IN_TEAM)
WHAT = (PREDICT, "aiplatform.batchPredictionJobs.create", "aiplatform.consents.update", "aiplatform.endpoints.get")


def read_by_all_seeing(case: Case) -> Case:
    """The case without faults, asked by somebody who may read every policy, and is denied nothing."""
    top = "organization" if "organization" in case.world else None
    reader = [
        {"role": role, "members": [READER]}
        for role in (
            "roles/owner",
            "roles/iam.securityReviewer",
            "roles/iam.denyReviewer",
            "roles/iam.organizationRoleViewer",
        )
    ]
    world = {**case.world, "faults": [], "caller": {"principal": READER, "kind": "user", "quota_project": "acme-tools"}}
    projects = {name: {**one, "iam": [*one["iam"], *reader]} for name, one in world["projects"].items()}
    projects["acme-tools"]["services"] = [
        "cloudresourcemanager.googleapis.com",
        "iam.googleapis.com",
    ]
    world["projects"] = projects
    if top:
        world[top] = {**world[top], "iam": [*world[top]["iam"], *reader]}
    return Case(case.config, world, case.made)


def compared(case: Case) -> tuple[list[str], Counter[Access]]:
    """Where the two readings contradict each other, and how often each answer was given."""
    case = read_by_all_seeing(case)
    run = new_run(case)
    state = start(world_from(case.world))
    project = state.project(PROJECT)
    if project is None:
        return [], Counter()
    name = f"projects/{PROJECT}/locations/eu/publishers/anthropic/models/claude-sonnet-5-5"
    model = within(
        project_resource(state, project), name, "aiplatform.googleapis.com/PublisherModel", "aiplatform.googleapis.com"
    )
    keys = (AllowPolicies(PROJECT), RoleDefinitions(PROJECT, WHO), DenyPolicies(PROJECT))
    with in_turns(Turns()):
        facts = laws.fresh_gatherer(run).gather(keys)
    allow, roles, deny = (facts[key] for key in keys)
    if not isinstance(allow, Known):
        return [], Counter()
    wrong, seen = [], Counter[Access]()
    for principal in WHO:
        asked = principal_of(IN_TEAM if principal == TEAM else principal)
        for permission in WHAT:
            place = Place(PROJECT, project.number, tuple(allow.value.policies)[1:], allow.value.incomplete is None)
            found = holding(Question(principal, permission, run.emulation.now, place), allow.value, deny, roles)
            truth = allows(state, asked, model, permission, run.emulation.now)
            seen[found.access] += 1
            if found.access in ((Access.LACKING, Access.DENIED) if truth else (Access.HELD,)):
                wrong.append(f"{principal} {permission}: {found.access}, but the emulator says {truth}: {found.says}")
    return wrong, seen


def test_held_and_lacking_are_never_wrong() -> None:
    total: Counter[Access] = Counter()
    for number in range(250):
        case = laws.case_of(seeded(f"access:{number}"))
        wrong, seen = compared(case)
        assert not wrong, (number, wrong, case.world)
        total += seen
    assert min(total[one] for one in Access) > 100, total
    assert total[Access.UNKNOWN] < 0.13 * total.total(), f"the share of what is not known may only fall: {total}"


def test_a_plain_world_leaves_little_unknown() -> None:
    wrong, seen = compared(laws.case_of(Choices(lambda count, wild: 0)))
    assert not wrong
    assert seen[Access.HELD] == 3, "the caller may predict, start batch jobs and read endpoints"
    assert seen[Access.UNKNOWN] == 0


@pytest.mark.exhaustive
def test_held_and_lacking_are_never_wrong_in_many_worlds() -> None:
    for number in range(20_000):
        wrong, _ = compared(laws.case_of(seeded(f"more access:{number}")))
        assert not wrong, (number, wrong)
