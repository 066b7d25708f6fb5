"""``--state gs://…`` over a bucket in memory: one run at a time, nothing lost, clear words where it cannot be used.

``tests/clients`` has the same bucket behind Google's own library.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from plan_runs import CONFIG, PROJECT, ZERO, world

from vxsetup.cli import state
from vxsetup.plan.journal import JournalError
from vxsetup.plan.state import Bucket, MovedError, RemoteJournal, StoreError, bucket_of

Run = Callable[..., tuple[int, str, str]]
EMULATED = ("--emulate", "world.yaml", "--emulate-state", "state.yaml")
HOME = Bucket("acme-state", "vxsetup/")
FILE = f"{PROJECT}.journal.ndjson"


class Memory:
    """A bucket in memory. ``lose``: the next write is done, and its answer is lost, so that it is tried again."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, int]] = {}
        self.count = 0
        self.lose = False
        self.broken: StoreError | None = None

    def read(self, name: str) -> tuple[bytes, int] | None:
        if self.broken:
            raise self.broken
        return self.objects.get(name)

    def write(self, name: str, content: bytes, generation: int) -> int:
        if self.broken:
            raise self.broken
        if self.objects.get(name, (b"", 0))[1] != generation:
            raise MovedError
        self.count += 1
        self.objects[name] = (content, self.count)
        if self.lose:
            self.lose = False
            return self.write(name, content, generation)
        return self.count

    def remove(self, name: str, generation: int) -> None:
        if self.objects.get(name, (b"", 0))[1] != generation:
            raise MovedError
        del self.objects[name]


def stamp() -> str:
    return "2026-11-22T12:00:00Z"


def opened(memory: Memory, run: str = "one") -> RemoteJournal:
    return RemoteJournal(memory, HOME, FILE, run, stamp)


def test_lines_are_kept_and_read_again() -> None:
    memory = Memory()
    journal = opened(memory)
    journal.write("run_begun", project=PROJECT)
    journal.write("step_begun", "a", title="A")
    journal.close()
    assert list(memory.objects) == [f"vxsetup/{FILE}"], "the lock is gone"
    again = opened(memory, "two")
    assert [entry.event for entry in again.history().entries] == ["run_begun", "step_begun"]
    again.write("step_ended", "a", state="done")
    assert len(memory.objects[f"vxsetup/{FILE}"][0].splitlines()) == 3


def test_a_second_run_is_kept_out_and_told_who_and_how() -> None:
    memory = Memory()
    first = opened(memory)
    with pytest.raises(JournalError) as caught:
        opened(memory, "two")
    says = str(caught.value)
    assert "another run works with gs://acme-state/vxsetup/" in says
    assert "since 2026-11-22T12:00:00Z" in says
    assert f"gcloud storage rm gs://acme-state/vxsetup/{FILE}.lock" in says
    first.close()
    opened(memory, "two").close()


def test_who_lost_its_lock_overwrites_nothing() -> None:
    memory = Memory()
    first = opened(memory)
    first.write("run_begun")
    del memory.objects[f"vxsetup/{FILE}.lock"]
    second = opened(memory, "two")
    second.write("run_begun")
    with pytest.raises(JournalError, match="somebody else wrote it meanwhile"):
        first.write("step_begun", "a")
    assert len(memory.objects[f"vxsetup/{FILE}"][0].splitlines()) == 2
    first.close()
    assert f"vxsetup/{FILE}.lock" in memory.objects, "the lock of another is left alone"


def test_a_write_whose_answer_was_lost_is_not_written_twice() -> None:
    memory = Memory()
    memory.lose = True
    journal = opened(memory)
    memory.lose = True
    journal.write("run_begun")
    journal.write("run_ended")
    assert len(memory.objects[f"vxsetup/{FILE}"][0].splitlines()) == 2


def test_a_journal_that_was_cut_is_read_as_far_as_it_goes() -> None:
    memory = Memory()
    memory.write(f"vxsetup/{FILE}", b'{"format": "vxsetup.journal/1", "at"', 0)
    journal = opened(memory)
    assert journal.history().broken == (1,)
    journal.write("run_begun")
    assert memory.objects[f"vxsetup/{FILE}"][0].count(b"\n") == 2


def test_a_bucket_that_breaks_leaves_no_lock_of_ours_unknown() -> None:
    memory = Memory()
    memory.broken = StoreError("there is no bucket gs://acme-state")
    with pytest.raises(JournalError, match="there is no bucket"):
        opened(memory)


@pytest.mark.parametrize(
    ("where", "bucket"),
    [
        ("gs://acme-state", Bucket("acme-state", "")),
        ("gs://acme-state/", Bucket("acme-state", "")),
        ("gs://acme-state/a/b/", Bucket("acme-state", "a/b/")),
        (".vxsetup", None),
        ("gs:/acme", None),
    ],
)
def test_where_a_journal_is_kept(where: str, bucket: Bucket | None) -> None:
    assert bucket_of(where) == bucket


@pytest.mark.parametrize(
    "where", ["gs://", "gs://A", "gs://x", "gs://acme state/x", "gs://acme-state/../x", "gs://acme-state/a\nb"]
)
def test_no_bucket_has_such_a_name(where: str) -> None:
    with pytest.raises(ValueError, match=r"bucket|objects"):
        bucket_of(where)


def test_apply_drift_and_destroy_share_a_bucket(cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory()
    monkeypatch.setattr(state, "open_bucket", lambda bucket, asked: memory)
    (tmp_path / "vxsetup.yaml").write_text(CONFIG)
    (tmp_path / "world.yaml").write_text(yaml.safe_dump(world(ZERO)))
    kept = ("--state", "gs://acme-state/vxsetup", *EMULATED)
    assert cli("apply", "--yes", *kept)[0] == 5
    assert not (tmp_path / ".vxsetup").exists()
    code, out, _ = cli("drift", "--format", "json", *kept)
    assert code == 4
    assert {row["kind"] for row in json.loads(out)["projects"][0]["drift"]} == {"differs"}
    lock = f"vxsetup/{FILE}.lock"
    memory.write(lock, b"{}", 0)
    code, _, err = cli("destroy", "--yes", *kept)
    assert code == 2
    assert "another run works with" in err
    del memory.objects[lock]
    code, out, _ = cli("destroy", "--yes", *kept)
    assert code == 0
    assert "2 things removed" in out
    assert list(memory.objects) == [f"vxsetup/{FILE}"]


def test_words_where_it_cannot_be_used(cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vxsetup.yaml").write_text(CONFIG)
    (tmp_path / "world.yaml").write_text(yaml.safe_dump(world(ZERO)))
    code, _, err = cli("drift", "--state", "gs://Not A Bucket", *EMULATED)
    assert code == 2
    assert "is not the name of a bucket" in err
    memory = Memory()
    memory.broken = StoreError("there is no bucket gs://acme-state; make it, with versioning, and run again")
    monkeypatch.setattr(state, "open_bucket", lambda bucket, asked: memory)
    for command in ("drift", "destroy", "apply"):
        code, _, err = cli(command, *(["--yes"] if command != "drift" else []), "--state", "gs://acme-state", *EMULATED)
        assert code == 2, command
        assert "there is no bucket gs://acme-state" in err


def test_without_the_library_it_says_what_to_install(cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("vxsetup.cloud.storage._module", missing)
    (tmp_path / "vxsetup.yaml").write_text(CONFIG)
    (tmp_path / "world.yaml").write_text(yaml.safe_dump(world(ZERO)))
    code, _, err = cli("destroy", "--yes", "--state", "gs://acme-state", *EMULATED)
    assert code == 2
    assert "pip install 'vxsetup[gcs]'" in err
