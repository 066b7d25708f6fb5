"""What the commands that plan, change and compare a cloud share: the cloud of a run, ^C, agreement, the command after it."""

from __future__ import annotations

import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from vxsetup.cli.output import Refused, complain

if TYPE_CHECKING:
    from vxsetup.cli.asking import Asked

EXIT_INCOMPLETE = 5
EXIT_INTERRUPTED = 130

TURN = 1.0
"""Seconds of sleep after which ^C is looked for."""

_CARRIED = (
    ("environment", "--env"),
    ("state", "--state"),
    ("catalog", "--catalog"),
    ("impersonate", "--impersonate-service-account"),
    ("quota_project", "--quota-project"),
    ("emulate", "--emulate"),
    ("emulate_state", "--emulate-state"),
)
"""Parameters of a command that the next command needs as well, and how they are written."""
_NO_STATE = ("check",)
"""Commands that keep no journal and so take no ``--state``."""


@contextmanager
def kept_cloud(
    emulate: str | None, emulate_state: str | None, impersonate: str | None, quota_project: str | None
) -> Iterator[Asked]:
    """The cloud that the options name; however the run ends, an emulated one is written back where that was asked for."""
    from vxsetup.cli.asking import open_cloud, state_kept

    state = state_kept(emulate, emulate_state)
    asked = open_cloud(emulate, state, None, impersonate, quota_project)
    try:
        yield asked
    finally:
        if asked.emulation is not None:
            from vxsetup.cli.emulation import keep

            keep(asked.emulation, state)


class Stop:
    """Whether the person at the keyboard wants the run to end. ``under_way`` names what is let end first."""

    def __init__(self, under_way: str) -> None:
        self._event = threading.Event()
        self._question = False
        self._under_way = under_way

    def asked_for(self) -> bool:
        """Whether ^C was pressed."""
        return self._event.is_set()

    def sleep(self, sleep: Callable[[float], None], seconds: float) -> bool:
        """Sleep in short turns, so that ^C is noticed within a second; whether the run is to go on."""
        left = seconds
        while left > 0 and not self.asked_for():
            sleep(min(left, TURN))
            left -= TURN
        return not self.asked_for()

    @contextmanager
    def heard(self) -> Iterator[None]:
        """The first ^C lets what is under way end and begins nothing more; the second one is the usual end."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(signum: int, frame: object) -> None:
            if self._event.is_set() or self._question:
                self._event.set()
                raise KeyboardInterrupt
            self._event.set()
            complain(f"Stopping after the {self._under_way} under way; once more to leave at once.")

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    @contextmanager
    def question(self) -> Iterator[None]:
        """While a question waits for its answer nothing is under way: the first ^C ends the asking, and so does ^D."""
        self._question = True
        try:
            yield
        except click.Abort:
            complain("")
        finally:
            self._question = False


def agreed(yes: bool, without: str, question: str, answer: str) -> bool:
    """Whether the person agrees: with ``--yes``, or by typing the answer. Ends the command with the words of ``without``
    where nobody can be asked."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise Refused(f"{without}; say --yes where nobody can be asked")
    typed = click.prompt(question, default="", show_default=False, err=True)
    return str(typed).strip() == answer


def command_line(verb: str, words: Sequence[str] = (), *more: str, without: Sequence[str] = ()) -> str:
    """A command that comes after the running one: with its words, and with the options of the running one that it needs to
    be about the same project in the same cloud, but for those of ``without`` (names of parameters).

    A variable holds for the next command by itself, so that only what was typed is carried over.
    """
    context = click.get_current_context(silent=True)
    carried: list[str] = []
    if context is not None:
        left_out = {*without, *(["state"] if verb in _NO_STATE else [])}
        for name, written in _CARRIED:
            source = context.get_parameter_source(name) if name not in left_out else None
            value = context.params.get(name)
            if value and source is ParameterSource.COMMANDLINE:
                carried += [written, str(value)]
    return shlex.join(["vxsetup", verb, *words, *carried, *more])
