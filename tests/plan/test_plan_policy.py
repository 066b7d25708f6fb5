"""Organization policies: changed only where the config says so, by adding, and never against a denial."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from plan_runs import CONFIG, PROJECT, ROLES, Story, story, world

from vxsetup.emulator.model import OrgPolicy
from vxsetup.plan.apply import StepState
from vxsetup.plan.file import plan_data
from vxsetup.report.plan import hand_over

MODELS, FEATURES = "vertexai.allowedModels", "vertexai.allowedPartnerModelFeatures"
SONNET, HAIKU = (f"publishers/anthropic/models/claude-{name}-5-5:predict" for name in ("sonnet", "haiku"))
MANAGE = CONFIG + "org_policy: {manage: true}\n"
ON: dict[str, Any] = {
    "billing": {"account": "012345-6789AB-CDEF01", "open": True},
    "services": ["aiplatform.googleapis.com"],
    "models": {name: {"enabled": True} for name in ("claude-sonnet-5-5", "claude-haiku-5-5")},
    "service_accounts": {"claude-app": {}},
    "iam": [
        {
            "role": "roles/aiplatform.user",
            "members": [f"serviceAccount:claude-app@{PROJECT}.iam.gserviceaccount.com"],
        }
    ],
}


def strict(allowed: list[str], denied: list[str] | None = None) -> dict[str, Any]:
    """A world whose organization allows only some models."""
    made = world(ON)
    roles = (*ROLES, "roles/orgpolicy.policyAdmin")
    made["organization"]["iam"] = [{"role": role, "members": ["user:dev@acme.example"]} for role in roles]
    made["organization"]["policies"] = {MODELS: {"allowed": allowed, **({"denied": denied} if denied else {})}}
    return made


def ids(told: Story) -> list[str]:
    """The steps about policies; whether a model is enabled shows only behind the policy, so that people may be asked."""
    return [step.id for step in told.plan().planned.steps if not step.id.startswith("model/")]


def test_without_leave_an_administrator_is_asked() -> None:
    told = story(strict(["publishers/google/models/gemini:predict"]))
    hands = [step for step in told.plan().planned.by_hand if step.id.startswith("policy/")]
    assert len(hands) == 2
    assert all("roles/orgpolicy.policyAdmin" in str(step.who) for step in hands)
    assert told.plan().planned.to_apply == ()
    told.apply()
    assert told.writes() == []


def test_with_leave_each_value_is_added_and_the_organizations_word_stays() -> None:
    told = story(strict(["publishers/google/models/gemini:predict"]), MANAGE)
    assert ids(told) == [f"policy/{PROJECT}/{MODELS}/{SONNET}", f"policy/{PROJECT}/{MODELS}/{HAIKU}"]
    assert told.plan().planned.verdict == "ready"
    assert {result.state for result in told.apply()} == {StepState.DONE}, "the models show as enabled behind it"
    assert told.project().node.policies[MODELS] == OrgPolicy((SONNET, HAIKU), inherit=True)
    assert told.report().verdict == "ready"
    assert ids(told) == []


def test_a_policy_of_the_project_keeps_its_rules() -> None:
    told = story(strict([SONNET]), MANAGE)
    own = OrgPolicy(("publishers/acme/models/x:predict",), ("publishers/acme/models/y:predict",))
    node = told.project().node
    told.change(node=replace(node, policies={MODELS: own}))
    told.apply()
    found = told.project().node.policies[MODELS]
    assert set(found.allowed) == {*own.allowed, SONNET, HAIKU}
    assert (found.denied, found.inherit) == (own.denied, False)


def test_a_denial_is_never_argued_with() -> None:
    told = story(strict([SONNET], [HAIKU]), MANAGE)
    steps = told.plan().planned.steps
    assert [step.id for step in steps if step.id.startswith("policy/")]
    assert all(step.by_hand is not None for step in steps)
    told.apply()
    assert told.writes() == []


def test_features_that_are_denied_by_default_are_allowed_by_name() -> None:
    config = MANAGE.replace("claude-sonnet-5-5\n", "claude-sonnet-5-5\n    features: [web_search]\n")
    told = story(strict([SONNET, HAIKU]), config)
    value = "publishers/anthropic/models/claude-sonnet-5-5:web_search"
    assert ids(told) == [f"policy/{PROJECT}/{FEATURES}/{value}"]
    assert {result.state for result in told.apply()} == {StepState.DONE}
    assert told.project().node.policies[FEATURES].allowed == (value,)
    assert told.report().verdict == "ready"


def test_the_page_for_the_administrator_says_who_and_what_to_the_letter() -> None:
    ground = story(strict(["publishers/google/models/gemini:predict"])).plan()
    rows = [plan_data(ground.planned, ground.project, ground.lacks)]
    page = hand_over(rows)["organization-policy-administrator.md"]
    for value in (SONNET, HAIKU):
        assert f"gcloud resource-manager org-policies allow {MODELS} {value} --project={PROJECT}\n" in page
    assert "roles/orgpolicy.policyAdmin" in page
    assert f"it touches {MODELS} for {PROJECT} alone" in page
    assert "org\\_policy.manage: true" in page


def test_what_is_denied_is_not_answered_by_adding() -> None:
    told = story(strict([SONNET, HAIKU], denied=[SONNET]))
    hands = [step for step in told.plan().planned.by_hand if step.id.startswith("policy/")]
    assert len(hands) == 1
    assert hands[0].by_hand is not None
    assert "org-policies allow" not in str(hands[0].by_hand.command)
    assert f"take {SONNET} off the denied values" in hands[0].by_hand.summary
