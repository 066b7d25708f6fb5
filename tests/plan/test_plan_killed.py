"""The program itself, killed with SIGKILL before or after a request to an emulator on loopback: the next run ends in the same
state as one that was let be, nothing is sent twice but the request that was cut off, and the journal can be read."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Self

import pytest
from plan_runs import CONFIG, DEV, ZERO, world

from vxsetup.emulator.http import Request, Response
from vxsetup.emulator.server import EmulatorServer
from vxsetup.emulator.state import start
from vxsetup.emulator.world import world_from, write_world
from vxsetup.plan.journal import read_history

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
READS = ("getIamPolicy", "testIamPermissions", "getAncestry", "rawPredict", "search")
POINTS = 1
"""Requests of a run at which the default tier kills, drawn by the seed of the run; the exhaustive tier takes all."""


class Deadly(EmulatorServer):
    """An emulator that kills its client at one of its requests."""

    def __init__(self) -> None:
        super().__init__(start(world_from(world(ZERO))), clock=lambda: NOW)
        self.asked: list[str] = []
        self.kill: Callable[[], None] = lambda: None
        self.at, self.after = -1, False

    def answer(self, request: Request) -> Response:
        with self._counting:
            self.asked.append(f"{request.method} {request.url}")
            due = len(self.asked) - 1 == self.at
        if due and not self.after:
            self.kill()
            return Response(503, {}, b"")
        found = super().answer(request)
        if due:
            self.kill()
        return found

    def start(self) -> Self:
        import threading

        self._counting = threading.Lock()
        return super().start()

    def writes(self) -> list[str]:
        """The changes that were asked for."""
        return [
            line for line in self.asked if not line.startswith("GET") and not line.rpartition(":")[2].startswith(READS)
        ]

    def text(self) -> str:
        """The world at its end, without its operations, in an order that does not tell who came first."""
        text = re.sub(r"(?ms)^operations:.*?(?=^\S|\Z)", "", write_world(self.state))
        return "\n".join(sorted(line for line in text.splitlines() if "usable_at" not in line))


def applied(server: Deadly, folder: Path, at: int = -1, after: bool = False) -> int:
    """Run ``vxsetup apply`` as a process of its own; its exit code, -9 where it was killed."""
    (folder / "vxsetup.yaml").write_text(CONFIG)
    environment = {
        "PATH": "",
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "VXSETUP_EMULATOR_HOST": server.base_url.removeprefix("http://"),
        "VXSETUP_EMULATOR_TOKEN": f"emu:{DEV}",
    }
    command = [sys.executable, "-m", "vxsetup", "apply", "vxsetup.yaml", "--yes", "--quota-project", "acme-tools"]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    server.at, server.after = (len(server.asked) + at if at >= 0 else -1), after
    server.kill = lambda: os.kill(process.pid, signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert "has a bug" not in err, err
    assert process.returncode in (-9, 5), out + err
    return process.returncode


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, int, list[str]]:
    """How an undisturbed run ends: the world, how many requests it took, its changes."""
    with Deadly() as server:
        assert isinstance(server, Deadly)
        assert applied(server, tmp_path_factory.mktemp("whole")) == 5, "people have something to do"
        return server.text(), len(server.asked), server.writes()


def killed_at(point: int, after: bool, folder: Path, whole: tuple[str, int, list[str]]) -> None:
    end, _, writes = whole
    with Deadly() as server:
        assert isinstance(server, Deadly)
        assert applied(server, folder, point, after) == -signal.SIGKILL
        cut = server.asked[server.at]
        journal = next(iter((folder / ".vxsetup").glob("*.ndjson")), None)
        assert journal is None or len(read_history(journal).broken) <= 1
        assert applied(server, folder) == 5
        assert server.text() == end, f"killed {'after' if after else 'before'} {cut}"
        repeated = {line for line in server.writes() if server.writes().count(line) > writes.count(line)}
        flying = {line for line in repeated if line != cut and server.writes().count(line) > writes.count(line) + 1}
        assert not flying, f"killed at {cut}, and sent once too often: {flying}"
        assert journal is None or {json.loads(line)["event"] for line in journal.read_text().splitlines() if line} >= {
            "run_begun",
            "run_ended",
        }


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_some_requests(tmp_path: Path, whole: tuple[str, int, list[str]], after: bool) -> None:
    """One of the points is always among the changes, which come after the reading."""
    pick = Random(f"{os.environ['VXSETUP_TEST_SEED']}/killed/{after}")
    total = whole[1]
    for point in [*(pick.randrange(total) for _ in range(POINTS - 1)), pick.randrange(total // 2, total)]:
        folder = tmp_path / str(point)
        folder.mkdir(exist_ok=True)
        killed_at(point, after, folder, whole)


@pytest.mark.exhaustive
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_every_request(tmp_path: Path, whole: tuple[str, int, list[str]], after: bool) -> None:
    for point in range(whole[1] - 1):
        folder = tmp_path / str(point)
        folder.mkdir()
        killed_at(point, after, folder, whole)
