"""Google's libraries and Anthropic's SDK see what vxsetup reads: every recorded fact, in the world of every case and example."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from judge_claims import MAKERS, claims, difference
from judge_libraries import Libraries
from judge_worlds import Stage, case_names, checked, example_names

pytestmark = pytest.mark.clients

MODULES = (
    "anthropic",
    "google.cloud.bigquery",
    "google.cloud.cloudquotas_v1",
    "google.cloud.iam_v2",
    "google.cloud.orgpolicy_v2",
    "google.cloud.resourcemanager_v3",
    "googleapiclient",
)


@pytest.fixture(scope="module")
def libraries() -> Iterator[Libraries]:
    for module in MODULES:
        pytest.importorskip(module)
    with Stage() as stage:
        asking = Libraries(stage)
        yield asking
        asking.close()


def families() -> list[Any]:
    """Every rule's worlds and the examples: a third of them drawn by the run's seed, the others in the exhaustive tier."""
    every = sorted({name.partition("/")[0] for name in (*case_names(), *example_names())})
    drawn = Random(f"{os.environ['VXSETUP_TEST_SEED']}/families").sample(every, len(every) // 3)
    return [pytest.param(name, marks=() if name in drawn else pytest.mark.exhaustive) for name in every]


@pytest.mark.parametrize("family", families())
def test_every_fact_of_every_world(family: str, libraries: Libraries, tmp_path_factory: pytest.TempPathFactory) -> None:
    compared: Counter[str] = Counter()
    differences = []
    for name in [one for one in (*case_names(), *example_names()) if one.partition("/")[0] == family]:
        run = checked(name, tmp_path_factory.mktemp("case"))
        libraries.aim(run)
        for row in run.facts:
            assert row["fact"] in MAKERS, f"nothing judges the fact {row['fact']}"
            for claim in claims(row, libraries):
                compared[row["fact"]] += 1
                found = difference(claim)
                differences += [f"{name}: {found}"] if found else []
    assert not differences, "\n".join(differences)
    assert sum(compared.values()) > 0
