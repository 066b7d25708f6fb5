"""What the sweeps of crashes and faults share: the cases, an emulator that kills its client, runs of the program as a
process of its own, and how the end of a story is compared with that of one that was let be."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, Self

import yaml

from vxsetup.emulator.http import Request, Response
from vxsetup.emulator.server import EmulatorServer
from vxsetup.emulator.state import start
from vxsetup.emulator.world import world_from, write_world
from vxsetup.plan.journal import read_history

ROOT = Path(__file__).resolve().parents[2]
DEV = "user:dev@acme.example"
READS = ("getIamPolicy", "testIamPermissions", "getAncestry", "rawPredict", "search", "generateServiceIdentity")
TIMES = ("now", "usable_at", "created", "operations", "etag", "faults")
"""Keys of a world that tell when something came, not what."""
MOST_RUNS = 5
"""Runs within which a story comes to its end."""


@dataclass(frozen=True)
class Case:
    """A config's text and the world in which it is applied, as data."""

    name: str
    config: str
    world: Mapping[str, Any]


def cases() -> Mapping[str, Case]:
    """The example of a new project, and with logs (``first-day``); everything that apply can do, and the same where the
    project has yet to be made (``from-nothing``)."""
    found = {}
    for name, folder in (("new-project", ROOT / "examples" / "new-project"), ("everything", _HERE / "everything")):
        world = yaml.load((folder / "world.yaml").read_text(), Loader=yaml.CSafeLoader)
        # Time is real here: nothing is slow that only the virtual clock can wait for.
        world["behaviour"] = {"quota_preferences": "granted"}
        found[name] = Case(name, (folder / "vxsetup.yaml").read_text(), world)
    nothing = {name: one for name, one in found["everything"].world["projects"].items() if name != "acme-ai-new"}
    config = found["everything"].config.replace("enable_models: api", "enable_models: by_hand")
    found["from-nothing"] = Case("from-nothing", config, {**found["everything"].world, "projects": nothing})
    found["first-day"] = _first_day(found["new-project"])
    return found


LOGS = """\
logging:
  request_response: {sampling_rate: 0.5, dataset: claude_logs, location: EU, retention_days: 30}
  inference_events: true
"""
"""Logs that are asked for where the API is off: their steps are completed when they are applied."""


def _first_day(example: Case) -> Case:
    """The example with logs: its API is off, and settings that nobody can read before are there behind it."""
    world: Any = deepcopy(example.world)
    world["projects"]["acme-tools"]["services"].append("bigquery.googleapis.com")
    world["projects"]["acme-ai-new"]["model_configs"] = {"eu": {"claude-haiku-5-5": OLD}}
    dev = {"role": "roles/bigquery.admin", "members": [DEV]}
    world["organization"]["iam"].append(dev)
    return Case("first-day", example.config + LOGS, world)


OLD = {
    "loggingConfig": {
        "enabled": True,
        "samplingRate": 0.75,
        "bigqueryDestination": {"outputUri": "bq://elsewhere.logs"},
        "enableOtelLogging": True,
    },
    "dataSharingEnabledProvider": "ANTHROPIC",
}
"""Settings of a model from a time when the API was on."""

_HERE = Path(__file__).resolve().parent


class Deadly(EmulatorServer):
    """An emulator that kills its client at one of its requests, and counts what it answered well, and the requests of
    which only a part came (``halves``): what the killed client was just sending."""

    def __init__(self, case: Case) -> None:
        super().__init__(start(world_from(dict(case.world))), clock=lambda: datetime.now(UTC))
        self.asked: list[str] = []
        self.done: Counter[str] = Counter()
        self.changes: list[str] = []
        self.kill: Callable[[], None] = lambda: None
        self.at, self.after = -1, False
        self.cut = ""
        self.halves = 0
        self._counting = threading.Lock()
        handler: Any = self._server.RequestHandlerClass
        whole = handler._body

        def body(request: Any) -> bytes | None:
            found: bytes | None = whole(request)
            self.halves += found is None
            return found

        handler._body = body

    def answer(self, request: Request) -> Response:
        line = f"{request.method} {request.url}"
        with self._counting:
            self.asked.append(line)
            due = len(self.asked) - 1 == self.at
            self.cut = line if due else self.cut
        if due and not self.after:
            self.kill()
            return Response(503, {}, b"")
        found = super().answer(request)
        changing = request.method != "GET" and not request.url.partition("?")[0].rpartition(":")[2].startswith(READS)
        if changing:
            with self._counting:
                self.changes.append(f"{line} {request.body.decode()} -> {found.status} {found.body[:200].decode()}")
                self.done[f"{line} {body_of(request.body)}"] += 200 <= found.status < 300
        if due:
            self.kill()
        return found

    def start(self) -> Self:
        return super().start()

    def end(self) -> Any:
        """The world at its end, without times and without the order in which things came."""
        return settled(write_world(self.state))


def body_of(body: bytes) -> str:
    """A body that says what is changed; a policy is written whole, over whatever others have written before."""
    text = re.sub(r'"etag":"[^"]*"', "", body.decode())
    return "" if text.startswith(('{"policy"', '{"access"', '{"name"')) else text


def settled(text: str) -> Any:
    """A world's text as data that two stories with the same end share."""
    return _plain(yaml.load(text, Loader=yaml.CSafeLoader))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key not in TIMES}
    if isinstance(value, list):
        # An API that is on without a time has been on for long: that is only another time.
        rows = [
            one["name"] if isinstance(one, dict) and one.keys() == {"name", "usable_at"} else _plain(one)
            for one in value
        ]
        return sorted(rows, key=lambda one: json.dumps(one, sort_keys=True))
    return value


def difference(wanted: Any, found: Any, place: str = "") -> str:
    """The first place where two worlds differ, in words."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in [*wanted, *(key for key in found if key not in wanted)]:
            if wanted.get(key) != found.get(key):
                return difference(wanted.get(key), found.get(key), f"{place}/{key}")
    return f"{place}: {str(wanted)[:200]} became {str(found)[:200]}"


def program(server: Deadly, folder: Path, *words: str, at: int = -1, after: bool = False) -> tuple[int, str]:
    """Run vxsetup as a process of its own; its exit code, -9 where it was killed, and what it wrote."""
    environment = {
        "PATH": "",
        "HOME": str(folder),
        "PYTHONPATH": str(ROOT),
        "VXSETUP_EMULATOR_HOST": server.base_url.removeprefix("http://"),
        "VXSETUP_EMULATOR_TOKEN": f"emu:{DEV}",
    }
    born = threading.Event()
    children: list[int] = []

    def kill() -> None:
        born.wait()
        os.kill(children[0], signal.SIGKILL)

    # All is set before the program is born: on a busy machine it may have asked before this thread goes on.
    server.after, server.kill = after, kill
    server.at = len(server.asked) + at if at >= 0 else -1
    command = [sys.executable, "-m", "vxsetup", *words, "vxsetup.yaml", "--quota-project", "acme-tools"]
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    children.append(process.pid)
    born.set()
    out, err = process.communicate(timeout=300)
    assert "has a bug" not in err, err
    assert process.returncode in (-9, 0, 5), out + err
    return process.returncode, out


class Program(Protocol):
    """A way to run vxsetup, as ``program`` does."""

    def __call__(
        self, server: Deadly, folder: Path, *words: str, at: int = -1, after: bool = False
    ) -> tuple[int, str]: ...


def to_the_end(server: Deadly, folder: Path, program: Program = program) -> int:
    """Apply until a run changes nothing more; how many runs that took."""
    for number in range(1, MOST_RUNS + 1):
        before = server.done.total()
        code, out = program(server, folder, "apply", "--yes")
        assert code != -signal.SIGKILL
        if server.done.total() == before:
            return number
    raise AssertionError(f"{MOST_RUNS} runs, and still there is something to do: {out}")


@dataclass(frozen=True)
class Whole:
    """How a story ends that was let be: its world, its requests up to the run that changed nothing, what was done how
    often, and the things that ``destroy`` would see."""

    end: Any
    requests: tuple[int, ...]
    done: Counter[str]
    things: frozenset[str]


@dataclass
class Shot:
    """What came of one run that was killed: at which request, and the things that nothing proves to be vxsetup's own.

    ``reached``: it came to that request. ``early``: it had neither changed anything nor written into the journal.
    """

    cut: str = ""
    reached: bool = True
    early: bool = False
    halves: int = 0
    unproven: list[str] = field(default_factory=list)


def undisturbed(case: Case, folder: Path, program: Program = program) -> Whole:
    """Apply to the end, without harm. ``requests`` is how many each of the runs took that changed something."""
    folder.joinpath("vxsetup.yaml").write_text(case.config)
    taken: list[int] = []
    with Deadly(case) as server:
        while True:
            asked, done = len(server.asked), server.done.total()
            assert program(server, folder, "apply", "--yes")[0] in (0, 5)
            taken.append(len(server.asked) - asked)
            if server.done.total() == done or len(taken) > MOST_RUNS:
                break
        return Whole(server.end(), tuple(taken[:-1]), server.done.copy(), frozenset(_things(server, folder, program)))


def _things(server: Deadly, folder: Path, program: Program) -> dict[str, str | None]:
    """Each thing that ``destroy`` sees as vxsetup's, and the option that it would take."""
    _, out = program(server, folder, "destroy", "--dry-run", "--apis", "--billing", "--format", "json")
    return {row["step"]: row["option"] for row in json.loads(out)["things"]}


def _journal(folder: Path) -> bytes | None:
    found = next(iter((folder / ".vxsetup").glob("*.ndjson")), None)
    return found.read_bytes() if found is not None else None


def killed_at(
    case: Case, run: int, point: int, after: bool, folder: Path, whole: Whole, program: Program = program
) -> Shot:
    """Kill the program at a request of one of its runs; then let it come to its end, and compare.

    The world at the end is the same; nothing was done more often; the journal can be read and tells of everything.
    """
    folder.joinpath("vxsetup.yaml").write_text(case.config)
    shot = Shot()
    with Deadly(case) as server:
        for _ in range(run):
            program(server, folder, "apply", "--yes")
        before = (server.end(), _journal(folder))
        code, _ = program(server, folder, "apply", "--yes", at=point, after=after)
        moment = "after" if after else "before"
        if code != -signal.SIGKILL:
            shot.reached = False  # requests go side by side, and which are needed may depend on which came first
        else:
            shot.cut = f"{moment} {server.cut}"
        if shot.reached and (server.end(), _journal(folder)) == before:
            shot.early = True  # all is to the letter as before the run, whose end is known
            return shot
        journal = next(iter((folder / ".vxsetup").glob("*.ndjson")), None)
        assert journal is None or len(read_history(journal).broken) <= 1, shot.cut
        to_the_end(server, folder, program)
        assert server.end() == whole.end, f"{shot.cut}: another end: {difference(whole.end, server.end())}"
        often = {line: count for line, count in server.done.items() if count > whole.done[line]}
        assert not often, f"{shot.cut}: done too often: {often}: {server.changes}"
        shot.halves = server.halves
        things = _things(server, folder, program)
        lost = whole.things - things.keys()
        assert not lost, f"{shot.cut}: destroy would leave behind {sorted(lost)}"
        shot.unproven = sorted(step for step, option in things.items() if option == "--unproven")
        journal = next(iter((folder / ".vxsetup").glob("*.ndjson")))
        assert {"run_begun", "run_ended"} <= {entry.event for entry in read_history(journal).entries}
    return shot
