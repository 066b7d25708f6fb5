"""The laws of a verdict over generated worlds: a fixed batch, a fresh batch, and hypothesis looking for the odd one.

``VXSETUP_TEST_SEED`` sets the seed of the fresh batch; a failure prints its seed, the smallest world that it found,
and the report that was wrong.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter

import generated_laws as laws
import pytest
from generated_choices import Choices, drawn, seeded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SLICES = 4
FIXED, FRESH, EXHAUSTIVE = 60, 40, 12_000
"""Worlds in one slice. A world takes about 15 ms, the costlier laws take only every eighth."""


def batch(seed: str, count: int) -> Counter[str]:
    """Judge worlds of a seed; every eighth is also replayed, shuffled, robbed of its answers and counted in waves.

    Fails with the first world that breaks a law.
    """
    verdicts: Counter[str] = Counter()
    for number in range(count):
        case = laws.case_of(seeded(f"{seed}:{number}"))
        judged = laws.judged(case)
        verdicts[judged.verdict] += 1
        broken = {"verdict": list(judged.broken)}
        if number % 8 == 0:
            broken |= {name: law(case) for name, law in laws.LAWS.items() if name != "verdict"}
        for name, found in broken.items():
            if found:
                pytest.fail(
                    f"law {name!r}, seed {seed}:{number}\n{laws.told(laws.LAWS[name], case, found)}", pytrace=False
                )
    return verdicts


@pytest.mark.parametrize("part", range(SLICES))
def test_the_same_worlds_each_time(part: int) -> None:
    verdicts = batch(f"2026-11-22/{part}", FIXED)
    assert min(verdicts[name] for name in ("ready", "undecided", "not_ready")) >= FIXED // 20, verdicts


@pytest.mark.parametrize("part", range(SLICES))
def test_fresh_worlds(part: int) -> None:
    seed = os.environ.get("VXSETUP_TEST_SEED") or f"{secrets.randbits(32):08x}"
    print(f"VXSETUP_TEST_SEED={seed}")
    batch(f"{seed}/{part}", FRESH)


@pytest.mark.exhaustive
@pytest.mark.parametrize("part", range(SLICES))
def test_many_fresh_worlds(part: int) -> None:
    seed = os.environ.get("VXSETUP_TEST_SEED") or f"{secrets.randbits(32):08x}"
    print(f"VXSETUP_TEST_SEED={seed}")
    print(batch(f"{seed}/{part}", EXHAUSTIVE))


@st.composite
def cases(draw: st.DrawFn) -> laws.Case:
    """A case whose every choice is hypothesis's own, so that it can look for the odd one and make it small."""
    return laws.case_of(drawn(draw))


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
@given(cases())
def test_hypothesis_finds_no_world_that_breaks_the_verdict(case: laws.Case) -> None:
    assert not laws.verdicts_hold(case)


def test_the_plainest_world_is_ready() -> None:
    case = laws.case_of(Choices(lambda count, wild: 0))
    assert laws.judged(case) == laws.Verdicts("ready", ())
    for name, law in laws.LAWS.items():
        assert law(case) == [], name
