"""gcloud sees what vxsetup reads: services, policies, denials, roles, quotas, pools, over worlds that differ in each of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from judge_claims import claims, difference
from judge_gcloud import GCLOUD, Gcloud
from judge_worlds import Stage, checked

pytestmark = [pytest.mark.clients, pytest.mark.skipif(GCLOUD is None, reason="gcloud is not installed")]

WORLDS = {
    "examples/ready": {"Ancestry", "Billing", "EffectiveQuota", "ProjectRecord", "Services"},
    "examples/six-faults": {"AllowPolicy", "AccountRecord", "DenyPolicyNames", "EffectiveQuota", "RoleDefinitions"},
    "VX501-policy-refuses-model/project-overrides-folder": {"EffectivePolicy"},
    "VX501-policy-refuses-model/waits-on-the-policy-api": {"EffectivePolicy"},
    "VX303-member-lacks-access/troubleshot-in-the-group": {"SecondOpinion", "AllowPolicies"},
    "VX303-member-lacks-access/waits-on-iam-api": {"AccountRecord"},
    "VX303-member-lacks-access/policy-not-readable": {"AllowPolicy"},
    "VX310-pipeline-not-admitted/by-number": {"AccountPolicy", "IdentityPools", "IdentityProviders"},
    "VX310-pipeline-not-admitted/pool-disabled": {"IdentityPools"},
}
"""World -> facts that must be among those that were compared, so that no world is there in vain."""


@pytest.fixture(scope="module")
def gcloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gcloud]:
    with Stage() as stage:
        yield Gcloud(stage, tmp_path_factory.mktemp("gcloud"))


EACH_TIME = (
    "examples/six-faults",
    "VX501-policy-refuses-model/project-overrides-folder",
    "VX310-pipeline-not-admitted/by-number",
)
"""Worlds of the clients tier; gcloud takes a second for each question, so the others are run by hand."""


@pytest.mark.parametrize(
    "name", [name if name in EACH_TIME else pytest.param(name, marks=pytest.mark.exhaustive) for name in WORLDS]
)
def test_gcloud_sees_what_vxsetup_reads(name: str, gcloud: Gcloud, tmp_path: Path) -> None:
    run = checked(name, tmp_path)
    gcloud.aim(run)
    compared, differences = set(), []
    for row in run.facts:
        for claim in claims(row, gcloud):
            compared.add(row["fact"])
            found = difference(claim)
            differences += [found] if found else []
    assert not differences, "\n".join(differences)
    assert compared >= WORLDS[name]
