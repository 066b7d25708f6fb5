"""The saved plan: what is in it, what makes it stale, what does not, and files that are none."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest
from plan_runs import APP, CONFIG, DEV, PROJECT, ZERO, Story, story, world
from sweeps import cases

from vxsetup.emulator.model import Binding, Condition
from vxsetup.plan.file import PlanProblem, Saved, config_digest, digest, document, moved, plan_data, read_plan
from vxsetup.plan.order import waits_for
from vxsetup.resources import schema

GRANT = f"grant/{PROJECT}/roles/aiplatform.user/serviceAccount:{APP}"
ABOUT = {"tool": {"name": "vxsetup", "version": "0"}, "catalog": {"date": "2026-11-22"}, "now": "2026-11-22T12:00:00Z"}


def saved_text(told: Story) -> str:
    ground = told.plan()
    return json.dumps(document([plan_data(ground.planned, ground.project, ground.lacks)], ABOUT))


def saved(told: Story) -> Saved:
    found = read_plan(saved_text(told))
    assert isinstance(found, Saved)
    return found


def stale(plan: Saved, told: Story, done: frozenset[str] = frozenset()) -> list[str]:
    return [each.step.id for each in moved(plan, told.plan().planned, done)]


@pytest.mark.parametrize("project", [None, ZERO])
def test_a_plan_keeps_to_its_schema_and_reads_back(project: dict[str, Any] | None) -> None:
    told = story(world(project))
    text = saved_text(told)
    jsonschema.Draft202012Validator(schema("plan")).validate(json.loads(text))
    found = read_plan(text)
    assert isinstance(found, Saved)
    ground = told.plan()
    assert [step.id for step in found.steps] == [step.id for step in ground.planned.steps]
    assert found.config == config_digest(ground.project)
    assert "emu:" not in text


def test_three_facts_are_told_apart() -> None:
    told = story(world(ZERO))
    ground = told.plan()
    row = plan_data(ground.planned, ground.project, ground.lacks)
    assert (row["complete"], row["applyable"], row["errored"]) == (True, True, False)
    hidden = story(world(None), CONFIG.replace("  create: {parent: organizations/1111, billing", "  # {parent: {x"))
    ground = hidden.plan()
    row = plan_data(ground.planned, ground.project, ground.lacks)
    assert (row["complete"], row["applyable"], row["errored"]) == (False, False, True)
    poor = world(ZERO)
    poor["organization"]["iam"] = [{"role": "roles/viewer", "members": [DEV]}]
    poor["projects"]["acme-tools"]["iam"] = [{"role": "roles/owner", "members": [DEV]}]
    ground = story(poor).plan()
    row = plan_data(ground.planned, ground.project, ground.lacks)
    assert row["applyable"] is False
    assert row["missing_permissions"]


def test_the_order_is_written_down() -> None:
    steps = story(world(None)).plan().planned.steps
    before = waits_for(steps)
    assert before[GRANT] == {f"project/{PROJECT}", f"account/{APP}"}
    assert before[f"enable/{PROJECT}/aiplatform.googleapis.com"] == {f"project/{PROJECT}", f"billing/{PROJECT}"}


def test_an_unrelated_edit_is_not_stale() -> None:
    told = story(world(ZERO))
    plan = saved(told)
    other = Binding("roles/viewer", ("user:stranger@acme.example",))
    told.change(node=replace(told.project().node, iam=(other,)), labels={"team": "a"})
    assert stale(plan, told) == []


def test_what_a_step_rests_on_makes_it_stale_by_name() -> None:
    told = story(world(ZERO))
    plan = saved(told)
    when = Condition("for a while", 'request.time < timestamp("2031-01-01T00:00:00Z")')
    conditional = Binding("roles/aiplatform.user", (f"serviceAccount:{APP}",), when)
    told.change(node=replace(told.project().node, iam=(conditional,)))
    assert GRANT in stale(plan, told) or GRANT not in {s.id for s in told.plan().planned.steps}
    again = story(world(ZERO))
    plan = saved(again)
    again.change(
        node=replace(again.project().node, iam=(Binding("roles/aiplatform.user", (f"serviceAccount:{APP}",)),))
    )
    assert stale(plan, again) == [GRANT], "somebody else gave it"


def test_its_own_steps_do_not_make_a_plan_stale() -> None:
    told = story(world(None))
    plan = saved(told)
    done: set[str] = set()
    for step in told.plan().planned.steps:
        if step.by_hand is None:
            told.apply(told.plan(step.id))
            done.add(step.id)
            assert stale(plan, told, frozenset(done)) == []
    assert len(done) == 5


def edited(text: str, **changes: Any) -> str:
    data = json.loads(text)
    data.update(changes)
    return json.dumps(data)


def test_files_that_are_no_plans() -> None:
    text = saved_text(story(world(ZERO)))
    tampered = text.replace("roles/aiplatform.user", "roles/owner")
    assert tampered != text
    bad = {
        "": "it is not JSON",
        "[1]": "its format is None",
        text[: len(text) // 2]: "it is not JSON",
        edited(text, format="vxsetup.plan/9"): "its format is 'vxsetup.plan/9'",
        tampered: "it was changed since it was made",
        edited(text, digest="sha256:0"): "it was changed since it was made",
        "[" * 100_000: "it is not JSON",
    }
    for case, says in bad.items():
        found = read_plan(case)
        assert isinstance(found, PlanProblem), case[:80]
        assert found.message.startswith(says), found.message


@pytest.mark.parametrize("projects", [[], [{}], [1], {"a": 1}, None, [{"project": 5}]])
def test_a_plan_with_a_fitting_digest_and_no_sense_is_refused(projects: Any) -> None:
    body = {"format": "vxsetup.plan/1", "projects": projects}
    found = read_plan(json.dumps({**body, "digest": digest(body)}))
    assert isinstance(found, PlanProblem)


def test_an_edited_plan_never_does_what_the_config_does_not_ask(tmp_path: Path) -> None:
    """Even with a fitting digest: actions are taken from the plan of now, the file only chooses among them."""
    told = story(world(ZERO))
    data = json.loads(saved_text(told))
    for step in data["projects"][0]["steps"]:
        if step["id"] == GRANT:
            step["action"]["role"] = "roles/owner"
            step["digests"]["action"] = digest(step["action"])
    del data["digest"]
    found = read_plan(json.dumps({**data, "digest": digest(data)}))
    assert isinstance(found, Saved)
    assert stale(found, told) == [GRANT]


def test_each_step_whose_ground_moved_is_named_and_no_other() -> None:
    """Somebody else does one of the steps, with what it needs: those are refused by name, and the rest still stand."""
    case = cases()["everything"]
    told = story(case.world, case.config)
    plan = saved(told)
    steps = [step for step in told.plan().planned.steps if step.by_hand is None and not step.id.startswith("model/")]
    assert len(steps) > 15
    for step in Random(f"{os.environ['VXSETUP_TEST_SEED']}/moved").sample(steps, 3):
        other = story(case.world, case.config)
        done = {result.step.id for result in other.apply(other.plan(step.id)) if result.changed}
        assert step.id in done
        named = {each.step.id: each.says for each in moved(plan, other.plan().planned, frozenset())}
        assert done <= named.keys(), step.id
        resting = {one.id for one in plan.steps if set(one.needs) & done}
        assert named.keys() <= done | resting, step.id
        assert all("no longer needed" in named[name] for name in done), step.id
