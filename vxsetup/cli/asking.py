"""Opens the cloud that a command asks: Google's, the emulator in this process or on loopback, or a recording."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from vxsetup import __version__
from vxsetup.cli.output import Refused
from vxsetup.facts.caller import UNKNOWN_CALLER, Caller

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vxsetup.cli.emulation import Emulation
    from vxsetup.cloud.call import Call, Outcome
    from vxsetup.cloud.gather import Gatherer
    from vxsetup.cloud.session import Clock

EMULATOR_HOST = "VXSETUP_EMULATOR_HOST"
EMULATOR_TOKEN = "VXSETUP_EMULATOR_TOKEN"


@dataclass
class Asked:
    """A cloud that can be asked: how to send, as whom, and at which time. ``note`` is said with the result."""

    send: Callable[[Call], Outcome]
    caller: Caller
    now: datetime
    clock: Clock
    emulation: Emulation | None = None
    notes: tuple[str, ...] = field(default=())

    def gatherer(self, principals: Iterable[str], progress: Callable[[int, int], None] | None = None) -> Gatherer:
        """A gatherer over this cloud; users other than the caller and ``principals`` are masked in what is read."""
        from vxsetup.cloud.gather import Gatherer
        from vxsetup.cloud.providers import providers
        from vxsetup.cloud.recording import known_users, masking

        known = known_users([*principals, *([self.caller.principal] if self.caller.principal else [])])
        return Gatherer(providers(), masking(self.send, known), progress=progress)


def open_cloud(
    emulate: str | None,
    emulate_state: str | None,
    facts: str | None,
    impersonate: str | None,
    quota_project: str | None,
) -> Asked:
    """The cloud that the options name. Ends the command where the options contradict each other."""
    if facts and emulate:
        raise Refused("--facts and --emulate are two different clouds; give one of them")
    if emulate_state and not emulate:
        raise Refused("--emulate-state keeps the state of an emulated world; it goes with --emulate WORLD")
    if facts:
        return _replayed(facts)
    if emulate:
        return _emulated(emulate, emulate_state, impersonate, quota_project)
    host = os.environ.get(EMULATOR_HOST)
    if host:
        return _loopback(host, impersonate, quota_project)
    return _google(impersonate, quota_project)


def _replayed(path: str) -> Asked:
    from vxsetup.cli.reading import read_text
    from vxsetup.cloud.recording import RecordingProblem, read_recording
    from vxsetup.cloud.session import Clock

    recording = read_recording(read_text(path))
    if isinstance(recording, RecordingProblem):
        raise Refused(f"{path} is not a recording: {recording.message}")
    return Asked(recording.send, recording.caller, recording.now, Clock(now=lambda: recording.now))


def _user_agent() -> str:
    return f"vxsetup/{__version__}"


def _emulated(path: str, state: str | None, impersonate: str | None, quota_project: str | None) -> Asked:
    from vxsetup.cli.emulation import open_emulation
    from vxsetup.cloud.session import FunctionSender, Session

    emulation = open_emulation(path, state)
    caller = emulation.caller
    token, caller = _as_service_account(
        impersonate,
        caller,
        emulation.token,
        lambda: Session(FunctionSender(emulation.send, emulation.token), _user_agent(), clock=emulation.clock),
    )
    charged = quota_project or caller.quota_project
    caller = Caller(caller.principal, caller.kind, charged)
    session = Session(FunctionSender(emulation.send, token), _user_agent(), charged, emulation.clock)
    return Asked(session.answer, caller, emulation.now, emulation.clock, emulation)


def _loopback(host: str, impersonate: str | None, quota_project: str | None) -> Asked:
    from vxsetup.cloud.network import LoopbackSender
    from vxsetup.cloud.session import Clock, Session

    clock = Clock(jitter=random.random)
    token = os.environ.get(EMULATOR_TOKEN, "emulator")
    try:
        first = LoopbackSender(host, token, clock.stamp)
    except ValueError as error:
        raise Refused(f"{EMULATOR_HOST}: {error}") from error
    principal = token.removeprefix("emu:") if token.startswith("emu:") else None
    caller = Caller(principal, "unknown", quota_project)
    token, caller = _as_service_account(impersonate, caller, token, lambda: Session(first, _user_agent(), clock=clock))
    session = Session(LoopbackSender(host, token, clock.stamp), _user_agent(), quota_project, clock)
    caller = Caller(caller.principal, caller.kind, quota_project)
    return Asked(session.answer, caller, clock.now(), clock)


def _as_service_account(
    impersonate: str | None, caller: Caller, token: str, session: Callable[[], Any]
) -> tuple[str, Caller]:
    """A token of the service account to impersonate, from the emulator's own generateAccessToken."""
    if not impersonate:
        return token, caller
    from vxsetup.cloud.call import NoAnswer
    from vxsetup.cloud.impersonation import access_token

    found = access_token(session(), impersonate)
    if isinstance(found, NoAnswer):
        raise Refused(f"{impersonate} cannot be impersonated: {found.says}")
    return found, Caller(f"serviceAccount:{impersonate}", "impersonated", caller.quota_project)


def _google(impersonate: str | None, quota_project: str | None) -> Asked:
    from vxsetup.cloud.call import Failure, NoAnswer
    from vxsetup.cloud.credentials import NoCredentials, find
    from vxsetup.cloud.network import GoogleSender
    from vxsetup.cloud.session import Clock, Session

    clock = Clock(jitter=random.random)
    found = find(impersonate, quota_project)
    if isinstance(found, NoCredentials):
        failure = Failure.EXPIRED_CREDENTIALS if found.expired else Failure.NO_CREDENTIALS
        nothing = NoAnswer(failure, found.says, clock.stamp(), found.remedy)
        return Asked(lambda call: nothing, UNKNOWN_CALLER, clock.now(), clock, notes=(found.says,))
    credentials, caller = found
    sender = GoogleSender(credentials, clock.stamp)
    session = Session(sender, _user_agent(), caller.quota_project, clock)
    return Asked(session.answer, caller, clock.now(), clock)


@contextmanager
def progress() -> Iterator[Callable[[int, int], None] | None]:
    """Shows how many answers have come, on standard error, only on a terminal, and only after a second."""
    if not sys.stderr.isatty():
        yield None
        return
    started = time.monotonic()
    shown = False

    def show(done: int, total: int) -> None:
        nonlocal shown
        if time.monotonic() - started > 1.0:
            shown = True
            click.echo(f"\rAsking Google Cloud: {done} of {total} answers\x1b[K", nl=False, err=True)

    try:
        yield show
    finally:
        if shown:
            click.echo("\r\x1b[K", nl=False, err=True)
