"""``vxsetup destroy`` on the command line: what it shows, asks, writes into the journal, and exits with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
import yaml
from plan_runs import APP, CONFIG, PROJECT, ZERO, world

Run = Callable[..., tuple[int, str, str]]
EMULATED = ("--emulate", "world.yaml", "--emulate-state", "state.yaml")


@pytest.fixture
def applied(cli: Run, tmp_path: Path) -> Run:
    """The command line in a folder with an applied project."""
    (tmp_path / "vxsetup.yaml").write_text(CONFIG)
    (tmp_path / "world.yaml").write_text(yaml.safe_dump(world(ZERO)))
    code, _, _ = cli("apply", "--yes", *EMULATED)
    assert code == 5, "the models are left to people"
    return cli


def accounts() -> dict[str, object]:
    found = yaml.safe_load(Path("state.yaml").read_text())["projects"][PROJECT]
    return dict(found.get("service_accounts") or {})


def test_it_removes_says_what_stays_and_names_the_next_command(applied: Run) -> None:
    code, out, _ = applied("destroy", "--yes", *EMULATED)
    assert code == 0
    assert f"- service account {APP}" in out
    assert "It goes with --apis" in out
    assert "What cannot be undone:" in out
    assert "Cloud Quotas has no call that deletes a preference" in " ".join(out.split())
    assert out.rstrip().endswith("--billing --apis")
    assert accounts() == {}
    code, out, _ = applied("destroy", "--yes", "--apis", "--billing", *EMULATED)
    assert code == 0
    assert "2 things removed" in out
    assert "Next:" not in out
    code, out, _ = applied("plan", *EMULATED)
    assert "4 to add" in out, "what was removed can be planned again; the quota stays as it is"


def test_nothing_is_removed_without_a_word(applied: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, err = applied("destroy", *EMULATED)
    assert code == 2
    assert "say --yes where nobody can be asked" in err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    for typed, expected in (("yes", 5), (PROJECT, 0)):
        monkeypatch.setattr(click, "prompt", lambda *args, typed=typed, **kwargs: typed)
        code, out, _ = applied("destroy", *EMULATED)
        assert code == expected
        assert (accounts() == {}) is (expected == 0)
        assert "to remove from" in out


def test_a_dry_run_changes_nothing(applied: Run) -> None:
    before, journal = Path("state.yaml").read_text(), Path(".vxsetup").joinpath(f"{PROJECT}.journal.ndjson")
    lines = journal.read_text()
    code, out, _ = applied("destroy", "--dry-run", *EMULATED)
    assert code == 0
    assert "2 things to remove" in out
    assert yaml.safe_load(Path("state.yaml").read_text())["projects"] == yaml.safe_load(before)["projects"]
    assert journal.read_text() == lines


def test_the_journal_tells_it_and_a_saved_plan_can_be_applied_again(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "vxsetup.yaml").write_text(CONFIG)
    (tmp_path / "world.yaml").write_text(yaml.safe_dump(world(ZERO)))
    cli("plan", "--out", "plan.json", *EMULATED)
    cli("apply", "plan.json", "--yes", *EMULATED)
    cli("destroy", "--yes", *EMULATED)
    journal = Path(".vxsetup") / f"{PROJECT}.journal.ndjson"
    events = [json.loads(line) for line in journal.read_text().splitlines()]
    ended = [one for one in events if one["event"] == "removal_ended"]
    assert [one["state"] for one in ended] == ["done", "done"]
    assert events[-1]["event"] == "destroy_ended"
    assert events[-1]["left"] == []
    code, out, err = cli("apply", "plan.json", "--yes", *EMULATED)
    assert "stale" not in err, "what was taken back is to be done again"
    assert code == 5
    assert APP in json.dumps(accounts()), out


def test_json_tells_the_same(applied: Run) -> None:
    code, out, _ = applied("destroy", "--yes", "--format", "json", *EMULATED)
    assert code == 0
    data = json.loads(out)
    assert data["format"] == "vxsetup.destroy/1"
    assert data["summary"]["removed"] == 2
    assert {one["state"] for one in data["things"]} == {"removed", "keep", "stays"}


def test_a_removal_that_is_refused_is_told_and_the_rest_goes_on(applied: Run) -> None:
    state = yaml.safe_load(Path("state.yaml").read_text())
    state["faults"] = [{"match": "DELETE */serviceAccounts/*", "status": 403, "times": 9}]
    Path("state.yaml").write_text(yaml.safe_dump(state))
    code, out, _ = applied("destroy", "--yes", "--apis", *EMULATED)
    assert code == 5
    assert "1 failed" in out
    assert "403" in out
    assert "API aiplatform.googleapis.com" in out
    assert accounts() != {}


def test_only_what_is_left_over(applied: Run) -> None:
    less = CONFIG.replace("access:\n  - member: serviceAccount:claude-app\n    create: true\n    can: [invoke]\n", "")
    Path("vxsetup.yaml").write_text(less)
    code, out, _ = applied("destroy", "--yes", "--left-over", "--apis", "--billing", *EMULATED)
    assert code == 0
    assert "2 things removed" in out
    assert "aiplatform.googleapis.com" not in out
    assert accounts() == {}


def test_a_project_without_a_journal(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "vxsetup.yaml").write_text(CONFIG)
    (tmp_path / "world.yaml").write_text(yaml.safe_dump(world(ZERO)))
    code, out, _ = cli("destroy", "--yes", *EMULATED)
    assert code == 0
    assert f"vxsetup made nothing in {PROJECT}." in out


def test_a_journal_cut_in_the_middle(applied: Run) -> None:
    journal = Path(".vxsetup") / f"{PROJECT}.journal.ndjson"
    text = journal.read_text()
    journal.write_text(text[: len(text) // 2])
    code, out, err = applied("destroy", "--yes", *EMULATED)
    assert code == 0
    assert "cannot be read, as after a crash" in err
    assert "Traceback" not in out + err
