"""The laws over every gate closed alone and with every other, at each level and in each order of the platform's checks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from random import Random

import generated_laws as laws
import pytest
from generated_features import refused_features
from generated_gates import GATES, ORDERS, closed, combined
from generated_runs import new_run, refused_places

SLICES = 6
SAMPLE = 200
"""Of all worlds of the table, those that the run's seed draws; a world takes about 90 ms, the whole is exhaustive."""
ALL = tuple(combined())
LAWS = ("verdict", "decided", "necessary", "sufficient")


def test_every_gate_meets_every_other_in_each_order() -> None:
    assert len(ALL) == len(ORDERS) * (len(GATES) + len(GATES) * (len(GATES) - 1) // 2)


@pytest.mark.parametrize("gate", GATES)
def test_each_gate_alone_refuses_the_request_and_the_project(gate: str) -> None:
    for order in ORDERS:
        case = closed((gate,), order)
        run = new_run(case)
        assert refused_places(run) or refused_features(run), f"{gate} is closed, and the request gets through"
        report, _ = new_run(case).judge()
        assert report.verdict == "not_ready", f"{gate} is closed, and the report says {report.verdict}"


def test_with_every_gate_open_the_request_gets_through() -> None:
    for order in ORDERS:
        case = closed((), order)
        assert not refused_places(new_run(case))
        assert not refused_features(new_run(case))
        assert laws.judged(case) == laws.Verdicts("ready", ())


@pytest.mark.parametrize("part", range(SLICES))
def test_the_laws_hold_for_gates_and_pairs_of_the_runs_seed(part: int) -> None:
    drawn = Random(f"{os.environ['VXSETUP_TEST_SEED']}/pairs").sample(ALL, SAMPLE)
    assert_laws(drawn[part::SLICES])


@pytest.mark.exhaustive
def test_the_laws_hold_for_every_gate_and_pair() -> None:
    assert_laws(ALL)


def assert_laws(worlds: Sequence[tuple[tuple[str, ...], str]]) -> None:
    """Every law over the worlds in which these gates are closed."""
    broken = []
    for gates, order in worlds:
        case = closed(gates, order)
        for name in LAWS:
            broken += [f"{'+'.join(gates)} ({order}), law {name}: {text}" for text in laws.LAWS[name](case)]
    assert not broken, "\n".join(broken[:12])
