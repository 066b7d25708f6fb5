"""The journal: what it tells, that a cut line loses nothing else, that two runs keep apart."""

from __future__ import annotations

import json
import os
from pathlib import Path
from random import Random

import pytest
from made_runs import history
from plan_runs import story
from sweeps import cases

from vxsetup.plan.journal import (
    FORMAT,
    Entry,
    History,
    Journal,
    JournalError,
    journal_path,
    lines,
    parse_history,
    read_history,
)
from vxsetup.plan.made import things


def stamp() -> str:
    return "2026-11-22T12:00:00Z"


def written(path: Path) -> Journal:
    journal = Journal(path, "run1", stamp)
    journal.write("run_begun", project="p", plan="sha256:1")
    journal.write("step_begun", "a", action={"do": "grant"})
    journal.write("step_ended", "a", state="done", changed=True, made={"role": "r"})
    journal.write("step_begun", "b", action={"do": "grant"})
    return journal


def test_a_journal_reads_back(tmp_path: Path) -> None:
    path = journal_path(str(tmp_path / "state"), "example.com:p", "dev")
    assert path.name == "example.com_p.dev.journal.ndjson"
    written(path).close()
    history = read_history(path)
    assert history.broken == ()
    assert [(e.event, e.step) for e in history.entries] == [
        ("run_begun", None),
        ("step_begun", "a"),
        ("step_ended", "a"),
        ("step_begun", "b"),
    ]
    assert set(history.ended()) == set(history.of_plan("sha256:1").ended()) == set(history.made()) == {"a"}
    assert history.of_plan("sha256:2").entries == ()
    assert set(history.open_steps()) == {"b"}, "a run was killed there"
    assert parse_history(lines(history.entries)) == history
    assert all(json.loads(line)["format"] == FORMAT for line in path.read_text().splitlines())


def test_a_cut_line_loses_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "p.journal.ndjson"
    written(path).close()
    whole = path.read_bytes()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        journal = Journal(path, "run2", stamp)
        journal.write("run_begun", project="p")
        journal.close()
        history = read_history(path)
        kept = whole[:end].count(b"\n")
        cut = not whole[:end].endswith(b"\n") and end > 0
        complete = cut and whole[end : end + 1] == b"\n"
        assert len(history.entries) == kept + complete + 1
        assert len(history.broken) == (cut and not complete)
        assert history.entries[-1].run == "run2"


def test_a_journal_cut_at_any_byte_tells_what_stands_before_the_cut() -> None:
    """Of a whole run with everything in it: never more than it says, never less than its whole lines, and no crash."""
    case = cases()["everything"]
    told = story(case.world, case.config)
    told.apply()
    every = history(told).entries
    text = lines(every)
    ends = {place for place, letter in enumerate(text) if letter == "\n"}
    pick = Random(f"{os.environ['VXSETUP_TEST_SEED']}/cut")
    borders = [place + near for place in ends for near in (-1, 0, 1)]
    for cut in sorted({*pick.sample(range(len(text)), 200), *pick.sample(borders, 100)}):
        found = parse_history(text[:cut])
        rest = text[:cut].rpartition("\n")[2]
        complete = cut in ends  # a whole line without its end of line
        assert found.entries == every[: text[:cut].count("\n") + complete], cut
        assert len(found.broken) == (rest != "" and not complete), cut
        rows = things(found)
        sent = {entry.step for entry in found.entries if entry.event == "step_sent"}
        ended = {entry.step for entry in found.entries if entry.event == "step_accepted"}
        assert {row.step for row in rows} == sent
        assert {row.step for row in rows if row.certain} == ended
        assert found.in_doubt().keys() == sent - ended


@pytest.mark.parametrize("line", ["{}", "[]", "null", '{"format": "other"}', "x", '{"format": "vxsetup.journal/1"}'])
def test_lines_that_are_none_are_counted(line: str) -> None:
    assert parse_history(f"{line}\n") == History((), (1,))


def test_two_runs_never_work_on_one_project(tmp_path: Path) -> None:
    path = tmp_path / "p.journal.ndjson"
    first = written(path)
    with pytest.raises(JournalError, match="another run of vxsetup works with"):
        Journal(path, "run2", stamp)
    first.close()
    Journal(path, "run2", stamp).close()


def test_a_state_folder_that_cannot_be(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(JournalError, match="cannot be written"):
        Journal(file / "p.journal.ndjson", "run", stamp)
    assert read_history(tmp_path / "nothing") == History(())
    with pytest.raises(JournalError, match="cannot be read"):
        read_history(tmp_path)


def test_an_entry_is_what_it_says() -> None:
    row = {"format": FORMAT, "at": "t", "run": "r", "event": "e", "step": None, "x": 1}
    assert parse_history(json.dumps(row)).entries == (Entry("t", "r", "e", None, {"x": 1}),)
