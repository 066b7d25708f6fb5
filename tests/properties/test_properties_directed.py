"""Worlds that generated batches meet too seldom, each found by thought or by a long run, and kept."""

from __future__ import annotations

import json
from typing import Any

import generated_laws as laws
import pytest
from generated_choices import Choices
from generated_runs import new_run
from generated_worlds import CONDITIONS, DEV, PROJECT, Case

from vxsetup.findings import Finding, Verdict

EU_SONNET = [{"id": "claude-sonnet-5-5", "locations": ["eu"]}]
EU_MYTHOS = [{"id": "claude-mythos-preview", "locations": ["eu"]}]
MYTHOS = {"claude-mythos-preview": {"enabled": True, "addendum": True, "data_sharing": True}}
MYTHOS_QUOTA = {"eu": {"anthropic-claude-mythos-preview": {"requests": 60}}}
ONLY_ON_MODELS = {"title": "models", "expression": CONDITIONS[2]}
PREDICTIONS = "POST *:rawPredict"


def plain(models: list[dict[str, Any]], project: dict[str, Any], **world: Any) -> Case:
    """The plainest world and config with other models, and some parts of the project and the world replaced."""
    base = laws.case_of(Choices(lambda count, wild: 0))
    config = {"version": 1, "project": {"id": PROJECT}, "models": models}
    own = {**base.world["projects"][PROJECT], **project}
    changed = {**base.world, "projects": {**base.world["projects"], PROJECT: own}, **world}
    return Case(json.dumps(config), changed, ())


def one(case: Case, rule: str) -> Finding:
    """The one finding of a rule."""
    report, _ = new_run(case).judge()
    (found,) = [finding for finding in report.findings if finding.rule == rule]
    return found


def conditional() -> dict[str, Any]:
    """A project on which the caller may predict only under a condition on the models' own resources."""
    base = laws.case_of(Choices(lambda count, wild: 0)).world["projects"][PROJECT]
    rest = [binding for binding in base["iam"] if binding["role"] != "roles/aiplatform.user"]
    return {"iam": [*rest, {"role": "roles/aiplatform.user", "members": [DEV], "condition": ONLY_ON_MODELS}]}


@pytest.mark.parametrize(
    "fault", [{"status": 429, "times": 1}, {"broken": "truncated", "times": 1}, {"broken": "timeout", "times": 3}]
)
def test_a_permission_that_is_not_held_on_the_project_may_be_held_on_its_models(fault: dict[str, Any]) -> None:
    case = plain(EU_SONNET, conditional(), faults=[{"match": PREDICTIONS, **fault}])
    assert laws.judged(case) == laws.Verdicts("undecided", ())
    assert one(case, "VX302").verdict is Verdict.UNKNOWN
    assert laws.judged(plain(EU_SONNET, conditional())) == laws.Verdicts("ready", ())


def test_a_permission_that_is_not_held_is_a_failure_beside_another_one() -> None:
    base = conditional()["iam"][:-1]
    case = plain(EU_SONNET, {"iam": base, "billing": None})
    assert laws.judged(case) == laws.Verdicts("not_ready", ())
    assert one(case, "VX202").verdict is Verdict.FAIL
    assert one(case, "VX302").verdict is Verdict.FAIL
    assert "is not held" in one(case, "VX302").evidence[0].says


@pytest.mark.parametrize("fault", [{"broken": "truncated", "times": 1}, {"status": 429, "times": 1}])
def test_a_model_that_no_list_names_may_be_served_by_invitation(fault: dict[str, Any]) -> None:
    project = {"models": MYTHOS, "quotas": MYTHOS_QUOTA}
    case = plain(EU_MYTHOS, project, faults=[{"match": PREDICTIONS, **fault}])
    assert laws.judged(case) == laws.Verdicts("undecided", ())
    assert one(case, "VX404").verdict is Verdict.UNKNOWN
    assert laws.judged(plain(EU_MYTHOS, project)) == laws.Verdicts("ready", ())


def test_a_quota_of_zero_is_not_also_an_unpublished_model() -> None:
    case = plain(EU_MYTHOS, {"models": MYTHOS, "quotas": {}})
    assert laws.judged(case) == laws.Verdicts("not_ready", ())
    assert one(case, "VX602").verdict is Verdict.FAIL
    listed = one(case, "VX404")
    assert (listed.verdict, listed.caused_by) == (Verdict.NOT_REACHED, one(case, "VX602").fingerprint)


def test_a_model_that_answers_at_one_place_is_published_and_enabled() -> None:
    models = [{"id": "claude-mythos-preview", "locations": ["eu", "us"]}]
    project = {
        "models": {"claude-mythos-preview": {**MYTHOS["claude-mythos-preview"], "locations": ["eu"]}},
        "quotas": {**MYTHOS_QUOTA, "us": MYTHOS_QUOTA["eu"]},
    }
    case = plain(models, project)
    assert laws.judged(case) == laws.Verdicts("not_ready", ())
    report, _ = new_run(case).judge()
    failed = {
        (f.rule, f.subject.split("/")[3])
        for f in report.findings
        if f.verdict is Verdict.FAIL and f.severity == "error"
    }
    assert failed == {("VX405", "us")}


@pytest.mark.parametrize("match", ["POST *:getIamPolicy", "GET */denypolicies", "POST *:testIamPermissions"])
@pytest.mark.parametrize("body", [{"unexpected": 1}, {"unexpected": []}, "null", "[]", "7", "{", ""])
def test_an_answer_of_another_shape_is_no_empty_answer(match: str, body: Any) -> None:
    case = laws.case_of(Choices(lambda count, wild: 0))
    other = "user:ops@acme.example"
    config = {**json.loads(case.config), "access": [{"member": other, "can": ["invoke"]}]}
    name = config["project"]["id"]
    project = case.world["projects"][name]
    granted = {**project, "iam": [*project.get("iam", ()), {"role": "roles/aiplatform.user", "members": [other]}]}
    world = {**case.world, "projects": {**case.world["projects"], name: granted}}
    faults = [{"match": match, "body": body}]
    case = Case(json.dumps(config), {**world, "faults": faults}, ())
    report, _ = new_run(case).judge()
    assert not [f for f in report.findings if f.verdict is Verdict.FAIL and f.severity == "error"]
    if match != "POST *:testIamPermissions":
        assert report.verdict == "undecided"
