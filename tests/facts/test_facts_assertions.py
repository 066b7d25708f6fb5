"""Conditions of identity providers, judged for groups of tokens."""

from __future__ import annotations

import time

import pytest

from vxsetup.facts.assertions import admits, mapped
from vxsetup.facts.claims import Sure, Text
from vxsetup.facts.federation import IdentityProvider, Pool
from vxsetup.facts.pipelines import (
    GITHUB,
    Group,
    Repository,
    comes_from,
    named,
    other_refs,
    own,
    siblings,
    squatters,
    strangers,
)

OURS = Repository("GitHub", "acme/app", "1342004", ("refs/heads/main",))
GROUP = Repository("GitLab", "acme/team/app")
MAPPING = {
    "google.subject": "assertion.sub",
    "attribute.repository": "assertion.repository",
    "attribute.at": "assertion.repository + '@' + assertion.ref",
}
YES, NO, MAYBE = Sure.YES, Sure.NO, Sure.MAYBE


def can_pass(condition: str, group: Group) -> Sure:
    """Whether a token of the group can pass."""
    return admits(condition, MAPPING, group.claims).true


@pytest.mark.parametrize(
    ("condition", "mine", "stranger", "squatter", "sibling"),
    [
        ("", YES, YES, YES, YES),
        ("assertion.repository_owner_id == '1342004'", YES, NO, NO, YES),
        ("assertion.repository == 'acme/app'", YES, NO, YES, NO),
        ("assertion.repository == 'Acme/app'", MAYBE, NO, MAYBE, NO),
        ("assertion.repository_id == '99'", MAYBE, NO, NO, NO),
        ("assertion.sub == 'repo:acme/app:ref:refs/heads/main'", YES, NO, YES, NO),
        ("assertion.sub.startsWith('repo:acme@1342004/')", YES, NO, NO, YES),
        ("assertion.sub.startsWith('repo:acme@1342004/app@99:')", MAYBE, NO, NO, NO),
        ("assertion.sub.startsWith('repo:acme')", YES, YES, YES, YES),
        ("attribute.repository == 'acme/app'", YES, NO, YES, NO),
        ("attribute.at == 'acme/app@refs/heads/main'", YES, NO, YES, NO),
        ("assertion.repository.split('/')[0] == 'acme'", MAYBE, MAYBE, MAYBE, MAYBE),
        ("assertion.workflow_ref.startsWith('acme/app/')", YES, NO, YES, NO),
        ("assertion.job_workflow_ref.startsWith('acme/')", YES, YES, YES, YES),
        ("assertion.enterprise == 'acme-inc'", MAYBE, NO, MAYBE, MAYBE),
        ("assertion.made_up == 'x' || assertion.repository_owner_id == '1342004'", YES, MAYBE, MAYBE, YES),
        ("assertion.made_up == 'x' && assertion.repository_owner_id == '1342004'", MAYBE, NO, NO, MAYBE),
        ("true", YES, YES, YES, YES),
        ("false", NO, NO, NO, NO),
        ("assertion.repository_owner in []", NO, NO, NO, NO),
        ("(assertion.repository == 'acme/app') == true", YES, NO, YES, NO),
        ('assertion.repository_owner == "acme" // ours', YES, NO, YES, YES),
        ("assertion.repository_owner == 'acme' &&", MAYBE, MAYBE, MAYBE, MAYBE),
        ("assertion.repository_owner == 'ac\\x6de'", MAYBE, MAYBE, MAYBE, MAYBE),
        ("'acme' in assertion.repository", MAYBE, MAYBE, MAYBE, MAYBE),
        ("has(assertion.environment) && assertion.repository == 'acme/app'", YES, NO, YES, NO),
    ],
)
def test_conditions(condition: str, mine: Sure, stranger: Sure, squatter: Sure, sibling: Sure) -> None:
    groups = (own(OURS, "refs/heads/main"), strangers(OURS), squatters(OURS), siblings(OURS))
    assert tuple(can_pass(condition, group) for group in groups) == (mine, stranger, squatter, sibling)


@pytest.mark.parametrize(
    ("condition", "other"),
    [
        ("assertion.ref == 'refs/heads/main'", NO),
        ("assertion.ref.startsWith('refs/heads/')", YES),
        ("assertion.ref_type == 'branch'", YES),
        ("assertion.environment == 'production'", MAYBE),
        ("assertion.workflow_ref == 'acme/app/.github/workflows/x.yml@refs/heads/main'", NO),
    ],
)
def test_other_refs(condition: str, other: Sure) -> None:
    assert can_pass(condition, other_refs(OURS)) is other


@pytest.mark.parametrize(
    ("condition", "mine", "stranger", "sibling"),
    [
        ("assertion.namespace_path == 'acme/team'", YES, NO, YES),
        ("assertion.project_path.startsWith('acme/')", YES, NO, YES),
        ("assertion.project_path.startsWith('acme')", YES, YES, YES),
        ("assertion.sub.startsWith('project_path:acme/team/app:')", YES, NO, NO),
        ("assertion.namespace_id == '7'", MAYBE, NO, MAYBE),
    ],
)
def test_gitlab(condition: str, mine: Sure, stranger: Sure, sibling: Sure) -> None:
    groups = (own(GROUP, None), strangers(GROUP), siblings(GROUP))
    assert tuple(can_pass(condition, group) for group in groups) == (mine, stranger, sibling)


def provider(issuer: str, condition: str = "", mapping: dict[str, str] | None = None) -> IdentityProvider:
    """A provider in a pool that works."""
    pool = Pool("projects/1/locations/global/workloadIdentityPools/forges", True)
    return IdentityProvider(f"{pool.name}/providers/one", pool, True, issuer, mapping or {}, condition)


@pytest.mark.parametrize(
    ("issuer", "repository", "takes"),
    [
        (GITHUB, OURS, True),
        (f"{GITHUB}/", OURS, True),
        (f"{GITHUB}/acme-inc", OURS, True),
        (f"{GITHUB}.evil.example", OURS, False),
        ("https://github.com", OURS, False),
        ("https://ghe.acme.example/_services/token", OURS, True),
        ("https://gitlab.com", GROUP, True),
        ("https://git.acme.example", GROUP, False),
        (GITHUB, GROUP, False),
    ],
)
def test_whose_tokens_a_provider_takes(issuer: str, repository: Repository, takes: bool) -> None:
    assert comes_from(provider(issuer), repository) is takes


def test_a_gitlab_of_ones_own_is_known_by_the_claims_that_are_looked_at() -> None:
    assert comes_from(provider("https://git.acme.example", "assertion.project_path == 'acme/team/app'"), GROUP)


def test_what_a_condition_names_beside_ones_own() -> None:
    condition = "assertion.repository in ['acme/app', 'partner/site'] || assertion.repository_owner_id in ['1342004', '77'] || assertion.ref == 'refs/heads/main'"
    assert [group.who for group in named(OURS, provider(GITHUB, condition))] == [
        "partner/site",
        "the owner with the number 77",
    ]


def test_a_mapping_that_cannot_be_read_is_no_value() -> None:
    claims = own(OURS, "refs/heads/main").claims
    assert mapped("attribute.none", MAPPING, claims) is None
    assert isinstance(mapped("attribute.at", MAPPING, claims), Text)
    assert admits("attribute.x == 'a'", {"attribute.x": "assertion.sub ? 'a' : 'b'"}, claims).true is MAYBE


@pytest.mark.parametrize(
    "text",
    [
        "(" * 4000,
        "!" * 4000 + "x",
        "a." * 2000,
        "assertion.sub == '" + "repo:" * 700 + "'",
        "&&" * 2000,
        "[" * 4000,
        "'" * 4095,
        "x" * 5000,
    ],
    ids=range(8),
)
def test_hostile_conditions_are_not_known_and_not_slow(text: str) -> None:
    began = time.monotonic()
    assert can_pass(text, strangers(OURS)) is not YES
    assert can_pass(f"assertion.workflow_ref == '{'/.github/workflows/' * 200}'", strangers(OURS)) is NO
    assert time.monotonic() - began < 2
