"""Joins the emulator to the cloud room: a world in this process takes the place of every Google host."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from vxsetup.cli.output import Refused, write_text
from vxsetup.cli.reading import read_text
from vxsetup.cloud.call import Failure, NoAnswer
from vxsetup.cloud.session import Clock, HttpRequest, HttpResponse
from vxsetup.emulator import service, world
from vxsetup.emulator.http import Request
from vxsetup.emulator.model import World
from vxsetup.emulator.state import State, start
from vxsetup.facts.caller import Caller


class Emulation:
    """One emulated Google Cloud. Requests change its state in turn; its time moves only by waiting."""

    def __init__(self, emulated: World) -> None:
        self._state = start(emulated)
        self._lock = threading.Lock()
        self._now = emulated.now
        self.caller = Caller(emulated.caller.principal, emulated.caller.kind, emulated.caller.quota_project)
        self.token = f"emu:{emulated.caller.principal}"
        self.clock = Clock(now=lambda: self._now, sleep=self._sleep)

    @property
    def now(self) -> datetime:
        """The emulated time."""
        return self._now

    def _sleep(self, seconds: float) -> None:
        wakes = self._now + timedelta(seconds=seconds)
        with self._lock:  # threads sleep side by side
            self._now = max(self._now, wakes)

    def send(self, request: HttpRequest) -> HttpResponse | NoAnswer:
        """Answer one request in this process; a broken answer comes back as a broken network would bring it."""
        asked = Request(request.method, request.url, request.headers, request.body)
        with self._lock:
            self._state, response = service.handle(self._state, asked, self._now)
        at = self.clock.stamp()
        if response.broken == "timeout" or response.latency_ms > request.timeout * 1000:
            return NoAnswer(Failure.TIMEOUT, f"no answer within {request.timeout:g} s", at)
        if response.broken == "reset":
            return NoAnswer(Failure.NETWORK, "the connection was reset", at)
        if response.broken == "truncated":
            return NoAnswer(Failure.MALFORMED, "the answer was cut off", at)
        took = response.latency_ms / 1000
        return HttpResponse(response.status, response.headers, response.body, took, took)

    def text(self) -> str:
        """The state as a world file, at the time that the run has come to."""
        with self._lock:
            return world.write_world(self._state.with_world(replace(self._state.world, now=self._now)))


def open_emulation(path: str, state: str | None) -> Emulation:
    """The emulation of a world file, continued from ``state`` where that exists. Ends the command where it is no world."""
    return Emulation(_read(path, state))


def read_state(path: str, state: str | None) -> State:
    """The emulator's state for a server, read in the same way."""
    return start(_read(path, state))


def _read(path: str, state: str | None) -> World:
    file = state if state and Path(state).exists() else path
    found = world.read_world(read_text(file), file)
    if isinstance(found, World):
        return found
    lines = [f"{p.file}:{p.line}:{p.column}: {p.message}" for p in found]
    raise Refused(f"{file} is not a world: " + "; ".join(lines[:5]) + ("; …" if len(lines) > 5 else ""))


def keep(emulation: Emulation, state: str | None) -> None:
    """Write the state back where the user asked for it."""
    if state:
        write_text(state, emulation.text())
