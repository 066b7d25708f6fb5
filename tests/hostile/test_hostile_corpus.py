"""Hostile files of every kind end in an answer: no bug, no hang, no escape to the terminal, little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import hostile_run
import pytest
from hostile_kinds import ROOT, kinds
from hostile_run import MOST_MIB, Told, evidence, fault, many, said, try_cases

SEED = int(os.environ["VXSETUP_TEST_SEED"])


def test_a_slice_of_the_corpus_ends_well() -> None:
    told = try_cases(range(110), SEED)
    assert told.done == 110
    assert told.wrong == []
    assert len({key.split(" ")[0] for key in told.codes}) == 11, "every kind had its cases"
    assert len(told.codes) > 15, "and they did not all end in the same way"


def test_a_worker_needs_little_memory(tmp_path: Path) -> None:
    told = many(44, SEED, tmp_path / "state.json")
    assert (told.done, told.wrong) == (44, [])
    assert 20 < told.peak_mib < MOST_MIB


def test_a_run_that_was_stopped_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, ran = tmp_path / "state.json", []

    def worker(first: int, last: int, seed: int) -> Told:
        ran.append((first, last))
        return Told(done=last - first)

    monkeypatch.setattr(hostile_run, "in_worker", worker)
    monkeypatch.setattr(hostile_run, "commit", lambda: "abc")
    assert many(1000, 1, state, until=time.monotonic() - 1).done == 0
    many(300, 1, state)
    assert many(700, 1, state).done == 700
    assert ran == [(0, 250), (250, 300), (300, 550), (550, 700)]
    many(250, 2, state)
    assert ran[-1] == (0, 250), "figures of another seed are not taken over"


def test_the_harness_notices() -> None:
    assert fault(70, "vxsetup has a bug", 0.1)
    assert fault(0, "a \x1b[2J b", 0.1)
    assert fault(0, "Traceback (most recent call last)", 0.1)
    assert fault(0, "fine", 11)
    assert fault(3, "fine\n", 0.1) is None
    broken = Told(wrong=[(7, "config: `x`\n")], done=8)
    assert "8 cases, 1 wrong" in evidence(broken, 1, "2026-11-22")


def test_what_was_mended_is_run_again_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def worker(first: int, last: int, seed: int) -> Told:
        return Told(Counter({"plan 2": 1}), [(first, "plan, x: still")] if first == 9 else [], done=1)

    monkeypatch.setattr(hostile_run, "in_worker", worker)
    told = Told(
        Counter({"plan 70": 2, "plan 0": 1}), [(7, "plan, x: exit code 70"), (9, "plan, x: exit code 70")], done=10
    )
    hostile_run.again(told, 1)
    assert (told.wrong, told.mended) == ([(9, "plan, x: still")], [(7, "plan, x: exit code 70")])
    assert told.codes == {"plan 70": 1, "plan 0": 1, "plan 2": 1}
    assert Told.of(json.loads(json.dumps(told.data()))) == told
    assert "ended well when it was run again" in evidence(told, 1, "2026-11-22")


def test_a_case_that_hangs_ends_its_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hostile_run, "HANG_S", 1.0)
    began = tmp_path / "began"
    began.write_text("0")
    os.utime(began, (0, 0))
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        assert hostile_run.wait(process, began)
    assert process.returncode


def test_every_good_file_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is broken was whole: a seed that is refused from the start would test nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for kind in kinds(tmp_path, lambda words: said(words)[0]).values():
        hostile_run.place(tmp_path, kind, kind.seeds[0])
        for command in kind.commands:
            code, text = said((*command, "--now=2026-11-22T12:00:00Z") if command[0] in hostile_run.TIMED else command)
            assert code in (0, 1, 3, 4, 5), (kind.name, command, text[-500:])


@pytest.mark.exhaustive
def test_a_hundred_thousand_cases() -> None:
    told = many(100_000, 1, hostile_run.STATE)
    assert told.wrong == []
    assert told.peak_mib < MOST_MIB
    today = time.strftime("%Y-%m-%d", time.gmtime())
    (ROOT / "docs" / "evidence" / "hostile.md").write_text(evidence(told, 1, today), "utf-8")
