"""Pipelines without keys: the pool, the provider and the binding that a plan makes, tried with the tokens of a forge."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from plan_runs import ACCOUNT, APP, CONFIG, PROJECT, ZERO, Story, story, world

from vxsetup.cloud.session import HttpRequest, HttpResponse
from vxsetup.emulator.errors import google
from vxsetup.emulator.http import Request
from vxsetup.emulator.model import Pool
from vxsetup.emulator.service import handle
from vxsetup.facts.changes import agree
from vxsetup.findings import Verdict
from vxsetup.plan.apply import StepState
from vxsetup.rules.engine import facts_asked

ON: dict[str, Any] = {
    "billing": {"account": ACCOUNT, "open": True},
    "services": ["aiplatform.googleapis.com"],
    "models": {name: {"enabled": True} for name in ("claude-sonnet-5-5", "claude-haiku-5-5")},
}
GITHUB = CONFIG + (
    'ci: {github: {repository: acme/app, owner_id: "1342004", refs: [refs/heads/main], service_account: claude-app}}\n'
)
GITLAB = CONFIG + 'ci: {gitlab: {project: acme/app, namespace_id: "9970", service_account: claude-app}}\n'
POOLS = "projects/555555555555/locations/global/workloadIdentityPools"
WRITTEN = {
    f"pool/{PROJECT}/github",
    f"provider/{PROJECT}/github/github",
    f"act/{APP}/github/acme/app",
    f"enable/{PROJECT}/iamcredentials.googleapis.com",
}


def github(**claims: str) -> dict[str, str]:
    """The claims of a run of the config's own repository, but for those given."""
    own = {
        "iss": "https://token.actions.githubusercontent.com",
        "sub": "repo:acme/app:ref:refs/heads/main",
        "repository": "acme/app",
        "repository_owner": "acme",
        "repository_owner_id": "1342004",
        "ref": "refs/heads/main",
    }
    return {**own, **claims}


def gitlab(**claims: str) -> dict[str, str]:
    own = {
        "iss": "https://gitlab.com",
        "sub": "project_path:acme/app:ref_type:branch:ref:main",
        "project_path": "acme/app",
        "namespace_id": "9970",
        "ref": "main",
    }
    return {**own, **claims}


def sent(told: Story, url: str, body: dict[str, Any], token: str = "") -> tuple[int, dict[str, Any]]:
    """One request of a pipeline to the emulated cloud: its status and its answer."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = Request("POST", url, headers, json.dumps(body).encode())
    state, found = handle(told.emulation._state, request, told.emulation.clock.now())
    told.emulation._state = state
    return found.status, found.json()


def exchanged(told: Story, forge: str, claims: dict[str, str]) -> str:
    """What becomes of a forge's token: ``acts`` where it ends as a token of the account, else where it was refused."""
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in ({}, claims)]
    body = {
        "grantType": "urn:ietf:params:oauth:grant-type:token-exchange",
        "audience": f"//iam.googleapis.com/{POOLS}/{forge}/providers/{forge}",
        "subjectToken": ".".join((*parts, "c2ln")),
        "subjectTokenType": "urn:ietf:params:oauth:token-type:jwt",
    }
    status, answer = sent(told, "https://sts.googleapis.com/v1/token", body)
    if status != 200:
        return str(answer["error"])
    url = f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{APP}:generateAccessToken"
    scope = {"scope": ["https://www.googleapis.com/auth/cloud-platform"]}
    status, answer = sent(told, url, scope, answer["access_token"])
    return "acts" if status == 200 and answer["accessToken"] else f"{status} for the account"


def verdicts(told: Story) -> dict[str, Verdict]:
    return {f.rule: f.verdict for f in told.plan().planned.before if f.rule.startswith("VX31")}


def test_a_repository_of_githubs_comes_in_and_nobody_else() -> None:
    told = story(world(ON), GITHUB)
    ground = told.plan()
    assert {step.id for step in ground.planned.to_apply} >= WRITTEN
    assert ground.planned.by_hand == ()
    assert ground.planned.verdict == "ready"
    results = told.apply(ground)
    assert {result.state for result in results} == {StepState.DONE}, [result.says for result in results]
    assert exchanged(told, "github", github()) == "acts"
    assert exchanged(told, "github", github(repository_owner_id="99")) == "unauthorized_client"
    assert exchanged(told, "github", github(ref="refs/heads/evil")) == "unauthorized_client"
    assert exchanged(told, "github", github(repository="acme/site")) == "403 for the account"
    assert set(verdicts(told).values()) == {Verdict.PASS}
    ended = told.plan()
    assert ended.planned.steps == ()
    for key in facts_asked(ground.requirements):
        assert agree(ground.planned.facts[key], ended.facts[key]), key


def test_a_project_of_gitlabs_comes_in_and_nobody_else() -> None:
    told = story(world(ON), GITLAB)
    assert {result.state for result in told.apply()} == {StepState.DONE}
    assert exchanged(told, "gitlab", gitlab()) == "acts"
    assert exchanged(told, "gitlab", gitlab(namespace_id="1")) == "unauthorized_client"
    assert exchanged(told, "gitlab", gitlab(project_path="acme/site")) == "403 for the account"
    assert set(verdicts(told).values()) == {Verdict.PASS}
    assert told.plan().planned.steps == ()


@pytest.mark.parametrize("project", [None, ZERO], ids=["new", "first day"])
def test_one_plan_makes_the_project_and_lets_its_pipeline_in(project: dict[str, Any] | None) -> None:
    told = story(world(project), GITHUB)
    ground = told.plan()
    assert {step.id for step in ground.planned.to_apply} >= WRITTEN
    results = told.apply(ground)
    assert {r.state for r in results} <= {StepState.DONE, StepState.BY_HAND}, [(r.step.id, r.says) for r in results]
    number = told.project().number
    (member,) = told.project().service_accounts[APP].iam[0].members
    assert member == (
        f"principalSet://iam.googleapis.com/projects/{number}/locations/global/workloadIdentityPools/github"
        "/attribute.repository/acme/app"
    )
    assert set(verdicts(told).values()) == {Verdict.PASS}
    again = {step.id for step in told.plan().planned.to_apply}
    assert again == set()


def test_without_the_owners_number_a_person_makes_it() -> None:
    for config, key in ((GITHUB, 'owner_id: "1342004", '), (GITLAB, 'namespace_id: "9970", ')):
        planned = story(world(ON), config.replace(key, "")).plan().planned
        (hand,) = (step for step in planned.by_hand if step.id.startswith("federation/"))
        assert hand.by_hand is not None
        assert key.partition(":")[0] in hand.by_hand.summary
        assert not any(step.id.startswith(("pool/", "provider/")) for step in planned.steps)


def provider(condition: str, **more: Any) -> dict[str, Any]:
    mapping = {"google.subject": "assertion.sub", "attribute.repository": "assertion.repository"}
    return {"issuer": "https://token.actions.githubusercontent.com", "mapping": mapping, "condition": condition, **more}


@pytest.mark.parametrize(
    ("condition", "kind"),
    [("assertion.repository_owner_id == '99'", "federation"), ("assertion.sub != ''", "close")],
)
def test_a_provider_of_somebodys_is_left_to_people(condition: str, kind: str) -> None:
    told = story(world({**ON, "pools": {"ci": {"providers": {"forge": provider(condition)}}}}), GITHUB)
    hands = {step.id.partition("/")[0]: step for step in told.plan().planned.by_hand}
    assert kind in hands
    assert "forge" in str(hands[kind].by_hand)
    told.apply()
    assert told.project().pools["ci"].providers["forge"].condition == condition
    assert list(told.project().pools) == ["ci"]


def test_a_provider_that_fits_is_used_and_only_the_binding_is_made() -> None:
    fits = provider("assertion.repository_owner_id == '1342004' && assertion.ref in ['refs/heads/main']")
    told = story(world({**ON, "pools": {"ci": {"providers": {"forge": fits}}}}), GITHUB)
    ids = {step.id for step in told.plan().planned.to_apply}
    assert f"act/{APP}/github/acme/app" in ids
    assert not any(name.startswith(("pool/", "provider/")) for name in ids)
    told.apply()
    (member,) = told.project().service_accounts[APP].iam[0].members
    assert member == f"principalSet://iam.googleapis.com/{POOLS}/ci/attribute.repository/acme/app"
    assert told.report().verdict == "ready"


def test_an_empty_pool_left_by_a_run_that_was_cut_off_gets_its_provider() -> None:
    told = story(world({**ON, "pools": {"github": {"providers": {}}}}), GITHUB)
    ids = {step.id for step in told.plan().planned.to_apply}
    assert ids & WRITTEN == WRITTEN - {f"pool/{PROJECT}/github"}
    told.apply()
    assert told.report().verdict == "ready"


def test_a_provider_that_came_meanwhile_and_is_otherwise_is_not_taken() -> None:
    told = story(world(ON), GITHUB)
    ground = told.plan()
    elsewhere = story(world({**ON, "pools": {"github": {"providers": {"github": provider("")}}}}), GITHUB)
    told.change(pools=elsewhere.project().pools)
    results = {result.step.id: result for result in told.apply(ground)}
    found = results[f"provider/{PROJECT}/github/github"]
    assert found.state is StepState.FAILED
    assert "is not as vxsetup would make it" in found.says
    assert results[f"act/{APP}/github/acme/app"].state is StepState.SKIPPED
    assert told.project().service_accounts[APP].iam == ()


def test_the_id_of_a_deleted_pool_is_said_to_be_taken() -> None:
    told = story(world(ON), GITHUB)
    ground = told.plan()
    told.change(pools={"github": Pool(disabled=True)})
    results = {result.step.id: result for result in told.apply(ground)}
    assert "its id is not free" in results[f"pool/{PROJECT}/github"].says


@pytest.mark.parametrize("verb", ["workloadIdentityPools?", "/providers?", ":setIamPolicy"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_run_cut_off_at_a_write_is_finished_by_the_next(verb: str, moment: str) -> None:
    class CutOffError(BaseException):
        pass

    def cut(request: HttpRequest) -> None:
        if verb in request.url and request.method == "POST" and "/v1/" in request.url:
            raise CutOffError

    told = story(world(ON), GITHUB)
    setattr(told, moment, cut)
    with pytest.raises(CutOffError):
        told.apply()
    told.before, told.after = lambda request: None, lambda request: None
    told.apply()
    assert told.report().verdict == "ready"
    assert exchanged(told, "github", github()) == "acts"
    assert len(told.project().service_accounts[APP].iam) == 1


def test_a_binding_that_comes_too_soon_is_tried_again() -> None:
    """A pool that was just made is not known everywhere at once."""
    refused: list[str] = []
    says = google(
        400, "Identity Pool does not exist (projects/1). Please check that you specified a valid resource name"
    )

    def early(request: HttpRequest) -> HttpResponse | None:
        if request.url.endswith(f"{APP}:setIamPolicy") and len(refused) < 3:
            refused.append(request.url)
            return HttpResponse(says.status, says.headers, says.body)
        return None

    told = story(world(ON), GITHUB, before=early)
    results = told.apply()
    assert len(refused) == 3
    assert {result.state for result in results} == {StepState.DONE}


def test_others_bindings_of_the_account_stay_byte_for_byte() -> None:
    told = story(world({**ON, "service_accounts": {"claude-app": {}}}), GITHUB)
    account = told.project().service_accounts[APP]
    theirs = story(
        world(
            {
                **ON,
                "service_accounts": {
                    "claude-app": {
                        "iam": [
                            {
                                "role": "roles/iam.serviceAccountUser",
                                "members": ["user:ann@acme.example"],
                                "condition": {
                                    "title": "soon",
                                    "expression": "request.time < timestamp('2027-01-01T00:00:00Z')",
                                },
                            }
                        ]
                    }
                },
            }
        ),
        GITHUB,
    )
    before = theirs.project().service_accounts[APP].iam
    told.change(service_accounts={APP: replace(account, iam=before)})
    told.apply()
    after = told.project().service_accounts[APP].iam
    assert after[:1] == before
    assert len(after) == 2
