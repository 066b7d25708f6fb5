"""Opens the cloud that a command asks: Google's, the emulator in this process or on loopback, or a recording."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from vxsetup import __version__
from vxsetup.cli.output import Refused, typed
from vxsetup.cli.progress import progress
from vxsetup.facts.caller import UNKNOWN_CALLER, Caller

if TYPE_CHECKING:
    from vxsetup.cli.emulation import Emulation
    from vxsetup.cloud.call import Call, Outcome
    from vxsetup.cloud.gather import Gatherer
    from vxsetup.cloud.session import Clock, Session

__all__ = ["Asked", "open_cloud", "progress", "state_kept", "tell_silence"]

EMULATOR_HOST = "VXSETUP_EMULATOR_HOST"
EMULATOR_TOKEN = "VXSETUP_EMULATOR_TOKEN"


@dataclass
class Asked:
    """A cloud that can be asked: how to send, as whom, and at which time; ``session`` is None where nothing is sent.

    ``cloud_asset`` is the folder or organization that a recording was made with, where Cloud Asset Inventory was read.
    ``credentials`` are google-auth's, impersonated and charged as the options say, for what is asked through a library of
    Google's own; None where the cloud is not Google's, or nobody is signed in.
    """

    send: Callable[[Call], Outcome]
    caller: Caller
    now: datetime
    clock: Clock
    emulation: Emulation | None = None
    session: Session | None = None
    cloud_asset: str | None = None
    credentials: Any = None

    def gatherer(self, principals: Iterable[str], progress: Callable[[int, int], None] | None = None) -> Gatherer:
        """A gatherer over this cloud; users other than the caller and ``principals`` are masked in what is read."""
        from vxsetup.cloud.gather import Gatherer
        from vxsetup.cloud.providers import providers
        from vxsetup.cloud.recording import known_users, masking

        known = known_users([*principals, *([self.caller.principal] if self.caller.principal else [])])
        return Gatherer(providers(), masking(self.send, known), progress=progress)

    def bounded(self, jobs: int, shards: int = 1) -> None:
        """Let no more than so many requests be in the air, and keep to the part of one of so many shards in the APIs' rates."""
        import threading

        if self.session is not None:
            self.session.at_once = threading.Semaphore(jobs)
            self.session.limits.shares = shards

    def slowest(self, gatherer: Gatherer) -> tuple[str, int, float] | None:
        """The API that holds the gathering up by its rate: its name, requests a minute, and the seconds that it needs."""
        found = self.session.limits.slowest(tuple(gatherer.flying)) if self.session is not None else None
        if found is None or self.session is None:
            return None
        return found[0].name, max(1, found[0].per_minute // self.session.limits.shares), found[1]


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
    emulate_state = state_kept(emulate, emulate_state)
    if facts and impersonate and typed("impersonate"):
        raise Refused(
            "--facts judges what was recorded, so --impersonate-service-account has nobody to ask as; "
            "leave one of them out"
        )
    if facts:
        return _replayed(facts)
    if emulate:
        return _emulated(emulate, emulate_state, impersonate, quota_project)
    host = os.environ.get(EMULATOR_HOST)
    if host:
        return _loopback(host, impersonate, quota_project)
    return _google(impersonate, quota_project)


def state_kept(emulate: str | None, emulate_state: str | None) -> str | None:
    """The file of the emulator's state; None without a world, where only a variable names it.

    Ends the command where it is typed without a world.
    """
    if emulate or not emulate_state:
        return emulate_state
    if typed("emulate_state"):
        raise Refused("--emulate-state keeps the state of an emulated world; it goes with --emulate WORLD")
    return None


def _replayed(path: str) -> Asked:
    from vxsetup.cli.reading import read_text
    from vxsetup.cloud.inventory import recorded_scope
    from vxsetup.cloud.recording import RecordingProblem, read_recording
    from vxsetup.cloud.session import Clock

    recording = read_recording(read_text(path))
    if isinstance(recording, RecordingProblem):
        raise Refused(f"{path} is not a recording: {recording.message}")
    scope = recorded_scope(url for _, url, _ in recording.answers)
    clock = Clock(now=lambda: recording.now)
    return Asked(recording.send, recording.caller, recording.now, clock, cloud_asset=scope)


def _user_agent() -> str:
    return f"vxsetup/{__version__}"


def _emulated(path: str, state: str | None, impersonate: str | None, quota_project: str | None) -> Asked:
    from vxsetup.cli.emulation import open_emulation
    from vxsetup.cloud.session import FunctionSender, Session

    emulation = open_emulation(path, state)
    caller = emulation.caller
    charged = quota_project or caller.quota_project
    caller = Caller(caller.principal, caller.kind, charged)

    def session(token: str) -> Session:
        return Session(FunctionSender(emulation.send, token), _user_agent(), charged, emulation.clock)

    return _asked(session, emulation.token, caller, impersonate, emulation.clock, emulation)


def _loopback(host: str, impersonate: str | None, quota_project: str | None) -> Asked:
    from vxsetup.cloud.network import LoopbackSender
    from vxsetup.cloud.session import Clock, Session

    clock = Clock()
    token = os.environ.get(EMULATOR_TOKEN, "emulator")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise Refused(f"{EMULATOR_TOKEN}: it has characters that no token has")
    try:
        LoopbackSender(host, token, clock.stamp)
    except ValueError as error:
        raise Refused(f"{EMULATOR_HOST}: {error}") from error
    principal = token.removeprefix("emu:") if token.startswith("emu:") else None

    def session(token: str) -> Session:
        return Session(LoopbackSender(host, token, clock.stamp), _user_agent(), quota_project, clock)

    return _asked(session, token, Caller(principal, "unknown", quota_project), impersonate, clock)


def _asked(
    session: Callable[[str], Session],
    token: str,
    caller: Caller,
    impersonate: str | None,
    clock: Clock,
    emulation: Emulation | None = None,
) -> Asked:
    """An emulated cloud asked with a token; or as the service account to impersonate, with one of its own."""
    if not impersonate:
        only = session(token)
        return Asked(only.answer, caller, clock.now(), clock, emulation, only)
    from vxsetup.cloud.call import NoAnswer
    from vxsetup.cloud.impersonation import access_token

    first = session(token)
    first.quota_project = None
    found = access_token(first, impersonate)
    if isinstance(found, NoAnswer):
        refused = NoAnswer(found.failure, f"{impersonate} cannot be impersonated: {found.says}", found.at, found.remedy)
        return Asked(lambda call: refused, UNKNOWN_CALLER, clock.now(), clock, emulation)
    as_it = Caller(f"serviceAccount:{impersonate}", "impersonated", caller.quota_project)
    other = session(found)
    return Asked(other.answer, as_it, clock.now(), clock, emulation, other)


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
        return Asked(lambda call: nothing, UNKNOWN_CALLER, clock.now(), clock)
    credentials, caller = found
    sender = GoogleSender(credentials, clock.stamp)
    session = Session(sender, _user_agent(), caller.quota_project, clock)
    return Asked(session.answer, caller, clock.now(), clock, session=session, credentials=credentials)


def tell_silence(outcomes: Collection[Outcome]) -> str | None:
    """Where not one request was answered, say so in one line on standard error, and give the command to run."""
    from vxsetup.cli.output import complain
    from vxsetup.cloud.call import NoAnswer

    silent = [outcome for outcome in outcomes if isinstance(outcome, NoAnswer)]
    if not silent or len(silent) < len(outcomes):
        return None
    # Requests run side by side; the first by its words is the same one each time.
    first = min(silent, key=lambda outcome: (outcome.remedy is None, outcome.failure.value, outcome.says))
    run = f" Run: {first.remedy}" if first.remedy else ""
    start = first.says.split(" ", 1)[0]
    says = first.says if set(start) & set("@.") else first.says[:1].upper() + first.says[1:]  # names stay as they are
    complain(f"Nothing could be read. {says.rstrip('.')}.{run}")
    return first.remedy
