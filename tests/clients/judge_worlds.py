"""The worlds in which Google's tools and Anthropic's SDK judge vxsetup: every case and every example, and what vxsetup read there."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

sys.path.append(str(Path(__file__).resolve().parents[1]))

import rule_cases

from vxsetup.emulator.http import Request, Response
from vxsetup.emulator.server import EmulatorServer
from vxsetup.emulator.service import handle
from vxsetup.emulator.state import State, start
from vxsetup.emulator.world import world_from

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True)
class Run:
    """One run of ``vxsetup check``: the world as it was before, who asked and who was charged, what was read and said."""

    name: str
    state: State
    now: datetime
    principal: str | None
    charged: str | None
    facts: tuple[Mapping[str, Any], ...]
    findings: tuple[Mapping[str, Any], ...]

    def failed(self, rule: str, subject: str) -> bool:
        """Whether a rule fails of a subject."""
        return any((f["rule"], f["subject"], f["verdict"]) == (rule, subject, "fail") for f in self.findings)


class Stage(EmulatorServer):
    """A server that shows one world after another, at the world's own time, so that clients can be built once."""

    def __init__(self) -> None:
        super().__init__(start(world_from({"version": 1, "now": "2026-11-22T12:00:00Z"})))
        self._showing = threading.Lock()
        self._shown: tuple[State, datetime] | None = None

    def show(self, run: Run) -> None:
        """Show the world of a run, as it was before the run."""
        with self._showing:
            self._shown = (run.state, run.now)

    def answer(self, request: Request) -> Response:
        with self._showing:
            assert self._shown is not None, "no world is shown"
            state, now = self._shown
            after, response = handle(state, request, now)
            self._shown = (after, now)
        return response


def case_names() -> list[str]:
    """The cases that read the cloud, and in whose world every answer is the platform's own (no injected fault)."""
    return [name for name in rule_cases.names() if _reads(name) and not rule_cases.world(name).get("faults")]


def example_names() -> list[str]:
    """The examples that have a world."""
    return sorted(f"examples/{path.parent.name}" for path in EXAMPLES.glob("*/world.yaml"))


def _reads(name: str) -> bool:
    return bool(rule_cases.expected(name).get("command", "check") == "check")


def checked(name: str, folder: Path) -> Run:
    """Run ``vxsetup check --record`` on a case or an example, in this process and in a folder of its own."""
    arguments = ["check", "vxsetup.yaml", "--emulate", "world.yaml"]
    if name.startswith("examples/"):
        for file in ("vxsetup.yaml", "world.yaml"):
            text = (EXAMPLES.parent / name / file).read_text(encoding="utf-8")
            (folder / file).write_text(text, encoding="utf-8")
    else:
        rule_cases.write(name, folder)
        arguments = rule_cases.arguments(name)
    return check_in(name, folder, arguments)


def check_in(name: str, folder: Path, arguments: list[str]) -> Run:
    """Run a ``check`` with ``world.yaml`` of a folder, from there; the run's own variables of vxsetup are put aside."""
    before, kept = Path.cwd(), dict(os.environ)
    try:
        os.chdir(folder)
        for variable in [one for one in os.environ if one.startswith("VXSETUP_")]:
            del os.environ[variable]
        outcome = rule_cases.outcome([*arguments, "--record", "facts.json"])
        recording = json.loads(Path("facts.json").read_text(encoding="utf-8"))
        world = world_from(yaml.safe_load(Path("world.yaml").read_text(encoding="utf-8")))
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(kept)
    caller = recording["caller"]
    return Run(
        name,
        start(world),
        world.now,
        caller["principal"],
        caller["quota_project"],
        tuple(recording["facts"]),
        tuple(outcome.findings),
    )


def altered(run: Run, principal: str) -> Run:
    """The same run with another principal asking."""
    return replace(run, principal=principal)
