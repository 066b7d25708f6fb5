"""Who comes in and who may act: vxsetup's reading of providers and bindings against tokens that the emulator takes or not.

The rules judge whole groups of tokens (one's own, strangers, siblings …) without any token; the emulator evaluates each
token by itself. Every provider and binding is generated, and both must agree on every token of the group.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import rule_cases
import yaml
from generated_choices import Choices, seeded
from generated_runs import catalogue

from vxsetup.cli.emulation import Emulation
from vxsetup.cloud.gather import Gatherer
from vxsetup.cloud.providers import providers
from vxsetup.cloud.session import FunctionSender, Session
from vxsetup.config.load import load
from vxsetup.emulator.http import Request
from vxsetup.emulator.service import handle
from vxsetup.emulator.state import State, start
from vxsetup.emulator.world import world_from
from vxsetup.findings import Verdict
from vxsetup.rules import federation, impersonation
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.engine import compile_requirements, facts_asked, judge

RULES = (*federation.RULES, *impersonation.RULES)
POOL = "projects/333333333333/locations/global/workloadIdentityPools/forges"
APP = "app@acme-ai-prod.iam.gserviceaccount.com"
READ = ("roles/iam.workloadIdentityPoolViewer", "roles/iam.securityReviewer")
OURS, OWNER_ID, REPOSITORY_ID = "acme/app", "1342004", "4711"
REFS = ("refs/heads/main", "refs/heads/other", "refs/tags/v1")

TESTS = (
    f"assertion.repository_owner_id == '{OWNER_ID}'",
    "assertion.repository == 'acme/app'",
    "assertion.repository_owner == 'acme'",
    f"assertion.repository_id == '{REPOSITORY_ID}'",
    "assertion.repository_owner_id in ['77', '1342004']",
    "assertion.repository in ['acme/app', 'acme/site']",
    "assertion.repository.startsWith('acme/')",
    "assertion.repository.startsWith('acme')",
    "assertion.repository_owner.startsWith('acme')",
    "assertion.repository.endsWith('/app')",
    "assertion.repository.contains('acme')",
    "assertion.sub.startsWith('repo:acme/')",
    "assertion.sub.startsWith('repo:acme/app:')",
    "attribute.repository == 'acme/app'",
    "google.subject.startsWith('repo:acme/app:ref:')",
    "assertion['repository_owner'] == \"acme\"",
    "!(assertion.repository_owner != 'acme')",
    "assertion.repository_owner_id == '99'",
    "assertion.job_workflow_ref.startsWith('acme/')",
    "assertion.actor == 'ann'",
)
ABOUT_REFS = (
    "",
    "assertion.ref == 'refs/heads/main'",
    "assertion.ref.startsWith('refs/heads/')",
    "assertion.ref in ['refs/heads/main', 'refs/tags/v1']",
)
MAPPINGS: tuple[dict[str, str], ...] = (
    {"google.subject": "assertion.sub", "attribute.repository": "assertion.repository"},
    {"google.subject": "assertion.sub"},
    {
        "google.subject": "assertion.sub",
        "attribute.repository": "assertion.repository",
        "attribute.owner": "assertion.repository_owner",
    },
)
MEMBERS = (
    f"principalSet://iam.googleapis.com/{POOL}/attribute.repository/acme/app",
    f"principalSet://iam.googleapis.com/{POOL}/*",
    f"principalSet://iam.googleapis.com/{POOL}/attribute.owner/acme",
    f"principal://iam.googleapis.com/{POOL}/subject/repo:acme/app:ref:refs/heads/main",
    f"principalSet://iam.googleapis.com/{POOL}x/attribute.repository/acme/app",
)


def generated(choices: Choices) -> tuple[str, dict[str, Any]]:
    """A config and a world: one provider, its mapping and condition, one or two members bound to the account."""
    first, second, about = choices.even(("", *TESTS)), choices.even(("", *TESTS)), choices.even(ABOUT_REFS)
    joined = f" {choices.one(('&&', '||'), 0.2)} ".join(test for test in dict.fromkeys((first, second)) if test)
    condition = f"({joined}) && {about}" if joined and about else joined or about
    provider = {"issuer": "https://token.actions.githubusercontent.com", "mapping": choices.even(MAPPINGS)}
    provider |= {"condition": condition} if condition else {}
    members = list(dict.fromkeys((choices.even(MEMBERS), choices.one(MEMBERS, 0.3))))
    world = rule_cases.merged(
        rule_cases.loaded(rule_cases.CASES / "base-world.yaml"),
        {
            "projects": {
                "acme-ai-prod": {
                    "pools": {"forges": {"providers": {"github": provider}}},
                    "service_accounts": {
                        "app": {"iam": [{"role": "roles/iam.workloadIdentityUser", "members": members}]}
                    },
                }
            }
        },
    )
    project = world["projects"]["acme-ai-prod"]
    project["services"] = [*project["services"], "iamcredentials.googleapis.com"]
    project["iam"] = [*project["iam"], *({"role": role, "members": ["user:dev@acme.example"]} for role in READ)]
    refs = choices.even(("", ", refs: [refs/heads/main]"))
    config = (
        "version: 1\nproject: {id: acme-ai-prod}\nmodels: [{id: claude-sonnet-5-5}]\n"
        f'ci: {{github: {{repository: acme/app, owner_id: "{OWNER_ID}", service_account: app{refs}}}}}\n'
    )
    return config, world


# Tokens --------------------------------------------------------------------------------------------------------------


def token(repository: str, owner_id: str, repository_id: str, ref: str, **more: str) -> dict[str, str]:
    """The claims of one run."""
    claims = {
        "iss": "https://token.actions.githubusercontent.com",
        "sub": f"repo:{repository}:ref:{ref}",
        "repository": repository,
        "repository_owner": repository.partition("/")[0],
        "repository_owner_id": owner_id,
        "repository_id": repository_id,
        "ref": ref,
        "actor": "ann",
        "job_workflow_ref": f"acme/flows/.github/workflows/x.yml@{ref}",
    }
    return claims | more


def owns(ref: str | None) -> list[dict[str, str]]:
    """One's own runs, on a ref or on all of them."""
    return [token(OURS, OWNER_ID, REPOSITORY_ID, one) for one in ((ref,) if ref else REFS)]


STRANGERS = [
    token(f"{owner}/{name}", "555", "5551", ref)
    for owner in ("evil", "acme-evil", "evil-acme")
    for name in ("app", "acme")
    for ref in REFS
]
NAMED = [
    token(repository, number, "9", ref)
    for repository in ("partner/app", "partner/acme", "partner-acme/app", "acme-partner/app", "acme-partner/acme")
    for number in ("77", "99")
    for ref in REFS
]
"""Owners whose numbers are in a test of the generator; those are not strangers, and others they are."""

SQUATTERS = [token(OURS, "555", "5551", ref) for ref in REFS]
SIBLINGS = [token(f"acme/{name}", OWNER_ID, "8", ref) for name in ("site", "other", "my-app", "app2") for ref in REFS]


class Clouds:
    """The emulator as the pipelines meet it: the exchange of tokens, and the account."""

    def __init__(self, world: Mapping[str, Any]) -> None:
        self.world = world_from(world)
        self.state: State = start(self.world)

    def send(self, url: str, body: Mapping[str, Any], bearer: str = "") -> dict[str, Any] | None:
        """The answer where it is 200."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        request = Request("POST", url, headers, json.dumps(body).encode())
        _, response = handle(self.state, request, self.world.now)
        return response.json() if response.status == 200 else None

    def comes_in(self, claims: Mapping[str, str]) -> str | None:
        """The token that a run's own is traded for."""
        part = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
        audience = f"//iam.googleapis.com/{POOL}/providers/github"
        found = self.send(
            "https://sts.googleapis.com/v1/token", {"audience": audience, "subjectToken": f"e30.{part}.sig"}
        )
        return found["access_token"] if found else None

    def acts(self, claims: Mapping[str, str]) -> bool:
        """Whether a run gets a token of the account."""
        bearer = self.comes_in(claims)
        url = f"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{APP}:generateAccessToken"
        scope = "https://www.googleapis.com/auth/cloud-platform"
        return bearer is not None and self.send(url, {"scope": [scope]}, bearer) is not None


def judged(config: str, world: Mapping[str, Any]) -> dict[str, Verdict]:
    """What the rules say, from answers that the emulator gives to the reader."""
    project = load(Path("vxsetup.yaml"), lambda path: config.encode()).projects[0]
    emulation = Emulation(world_from(world))
    sender = FunctionSender(emulation.send, emulation.token)
    session = Session(sender, "vxsetup/test", emulation.caller.quota_project, emulation.clock)
    asked = compile_requirements(project, catalogue(), RULES, online=True)
    facts = Gatherer(providers(), session.answer).gather(facts_asked(asked))
    found = judge(asked, facts, Circumstances(emulation.now, catalogue(), emulation.caller), RULES)
    return {finding.rule: finding.verdict for finding in found}


def contradictions(config: str, world: Mapping[str, Any]) -> Iterator[str]:
    """Every token of which the emulator tells something else than the rules."""
    said = judged(config, world)
    cloud = Clouds(world)
    refs: tuple[str | None, ...] = ("refs/heads/main",) if "refs:" in config else (None,)
    others = [owns(ref)[0] for ref in REFS if "refs:" in config and ref not in refs]
    mine = [claims for ref in refs for claims in owns(ref)]

    def law(rule: str, passes: bool, fails: bool, what: str) -> Iterator[str]:
        if said[rule] is Verdict.PASS and not passes:
            yield f"{rule} passes, but {what}"
        if said[rule] is Verdict.FAIL and not fails:
            yield f"{rule} fails, though it is not so that {what}"

    some_in = any(cloud.comes_in(claims) for claims in mine)
    yield from law("VX310", some_in, not all(map(cloud.comes_in, mine)), "runs of one's own are refused")
    stranger = any(map(cloud.comes_in, STRANGERS))
    yield from law("VX311", not stranger, stranger, "a stranger comes in")
    squatter = any(map(cloud.comes_in, SQUATTERS))
    yield from law("VX312", not squatter, squatter, "whoever has the name comes in")
    yield from law("VX313", any(map(cloud.acts, mine)), not all(map(cloud.acts, mine)), "runs of one's own may not act")
    other = any(map(cloud.acts, itertools.chain(SIBLINGS, STRANGERS, NAMED, others)))
    yield from law("VX314", not other, other, "others act")


@pytest.mark.parametrize("batch", range(4))
def test_the_rules_say_of_groups_what_the_emulator_does_with_tokens(batch: int) -> None:
    seed = os.environ["VXSETUP_TEST_SEED"] if batch else "2026-11-22"  # the first batch is the same each time
    seen: Counter[tuple[str, Verdict]] = Counter()
    for number in range(60):
        config, world = generated(seeded(f"{seed}/federation/{batch}/{number}"))
        found = list(contradictions(config, world))
        assert not found, (
            f"{found}\n{config}\n{yaml.safe_dump(world['projects']['acme-ai-prod']['pools'])}\n{world['projects']['acme-ai-prod']['service_accounts']}"
        )
        seen.update(judged(config, world).items())
    for rule in ("VX310", "VX311", "VX313", "VX314") if batch == 0 else ():
        assert seen[rule, Verdict.PASS], f"no generated world passes {rule}"
        assert seen[rule, Verdict.FAIL], f"no generated world fails {rule}"


@pytest.mark.parametrize("condition", TESTS)
def test_each_test_alone(condition: str) -> None:
    """Every test of the generator by itself, with the usual mapping and binding."""
    config, world = generated(Choices(lambda count, wild: 0))
    world["projects"]["acme-ai-prod"]["pools"]["forges"]["providers"]["github"]["condition"] = condition
    assert list(contradictions(config, world)) == []
