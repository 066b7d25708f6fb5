"""The program itself, killed with SIGKILL before or after a request to an emulator on loopback: the next runs end in the
same state as one that was let be, nothing is done twice, ``destroy`` names all that was made, and the journal can be read."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest
import sweep_run
from sweeps import Whole, cases, killed_at, undisturbed

SAMPLED = "new-project"
AUTHORLESS = ("enable", "billing", "model")
"""Kinds of steps whose outcome says nothing of who did it."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    return undisturbed(cases()[SAMPLED], tmp_path_factory.mktemp("whole"))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_some_request(tmp_path: Path, whole: Whole, after: bool) -> None:
    """One point, drawn by the seed of the run among those of the changes, which come after the reading."""
    (total,) = whole.requests
    point = Random(f"{os.environ['VXSETUP_TEST_SEED']}/killed/{after}").randrange(total // 2, total * 9 // 10)
    shot = killed_at(cases()[SAMPLED], 0, point, after, tmp_path, whole)
    assert shot.reached
    assert not shot.early, shot.cut
    assert {step.partition("/")[0] for step in shot.unproven} <= {*AUTHORLESS}, shot


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", cases())
def test_killed_at_every_request(name: str) -> None:
    """The sweep of docs/evidence/crashes.md; what was swept before is not swept again."""
    sweep = sweep_run.Sweep(sweep_run.STATE)
    sweep_run.kills(cases()[name], sweep, again=True)
    wrong = {key: row["wrong"] for key, row in sweep.rows.items() if key.startswith(f"kill/{name}/") and "wrong" in row}
    assert wrong == {}


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", cases())
def test_every_request_breaks_in_every_way(name: str) -> None:
    sweep = sweep_run.Sweep(sweep_run.STATE)
    sweep_run.breaks(cases()[name], sweep, again=True)
    rows = {key: row for key, row in sweep.rows.items() if key.startswith(f"fault/{name}/")}
    assert {key: row["wrong"] for key, row in rows.items() if "wrong" in row} == {}
