"""Shows that a long run goes on: a line that is written over on a terminal, a heartbeat line every ten seconds in a log."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

HEARTBEAT = 10.0
"""Seconds between the lines in a log."""

_FEW = 40
"""So many answers of many tell nothing yet of the others: a run opens its connections first, and then asks many at once."""

_REDRAWN = 0.1
"""Seconds between two versions of the line on a terminal."""

Slowest = Callable[[], "tuple[str, int, float] | None"]
"""An API that holds the run up, how many requests a minute it takes, and the seconds that its waiting requests need."""


@contextmanager
def progress(quiet: bool = False, slowest: Slowest = lambda: None) -> Iterator[Callable[[int, int], None] | None]:
    """Shows on standard error how many answers have come, after a second on a terminal, every ten seconds elsewhere.

    Gives the function that is told (answers so far, answers expected so far). ``quiet`` leaves out the lines in a log.
    ``slowest`` tells of an API that holds the run up; it may be asked from another thread.
    """
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _on_a_terminal(slowest) as show:
            yield show
    elif quiet:
        yield None
    else:
        with _in_a_log(slowest) as show:
            yield show


@contextmanager
def _on_a_terminal(slowest: Slowest) -> Iterator[Callable[[int, int], None]]:
    """A line that is written over with each answer; a thread does it where none comes for a while."""
    started = time.monotonic()
    shown, seen, next_at = False, (0, 0), 1.0
    ended = threading.Event()

    def show(done: int, total: int) -> None:
        nonlocal shown, seen, next_at
        seen = (done, total)
        took = time.monotonic() - started
        if took > next_at:
            shown, next_at = True, took + _REDRAWN
            left = _left(done, total, took, slowest()) if took > 3.0 else ""
            click.echo(f"\rReading the cloud: {done:,} of {total:,} answers{left}\x1b[K", nl=False, err=True)

    def beat() -> None:
        while not ended.wait(HEARTBEAT):
            if seen[1]:
                show(*seen)

    thread = threading.Thread(target=beat, name="vxsetup-heartbeat", daemon=True)
    thread.start()
    try:
        yield show
    finally:
        ended.set()
        thread.join(timeout=1.0)
        if shown:
            click.echo("\r\x1b[K", nl=False, err=True)


@contextmanager
def _in_a_log(slowest: Slowest) -> Iterator[Callable[[int, int], None]]:
    """A thread says every ten seconds how far the run is, also where no answer comes at all."""
    from vxsetup.cli.output import complain

    started = time.monotonic()
    seen = (0, 0)
    ended = threading.Event()

    def show(done: int, total: int) -> None:
        nonlocal seen
        seen = (done, total)

    def beat() -> None:
        while not ended.wait(HEARTBEAT):
            took = time.monotonic() - started
            far = f"{seen[0]:,} of {seen[1]:,} answers" if seen[1] else "no answer yet"
            complain(f"Still reading the cloud: {far} after {took:.0f} s{_left(*seen, took, slowest())}.")

    thread = threading.Thread(target=beat, name="vxsetup-heartbeat", daemon=True)
    thread.start()
    try:
        yield show
    finally:
        ended.set()
        thread.join(timeout=1.0)


def _left(done: int, total: int, took: float, slowest: tuple[str, int, float] | None) -> str:
    """``, about 3 min left``, with the API whose rate takes so long where one does; empty while nobody can tell."""
    if not 0 < done < total:
        return ""
    name, per_minute, seconds = slowest or ("", 0, 0.0)
    if seconds > took * (total - done) / done and seconds > 10:
        return f", about {_words(seconds)} left ({name}: {per_minute} requests a minute)"
    if done < _FEW and done * 10 < total:
        return ""
    return f", about {time_left(done, total, took)} left"


def time_left(done: int, total: int, took: float) -> str:
    """``12 s`` or ``3 min``, from how long what is done took; what is still unknown to come makes it longer."""
    return _words(took * (total - done) / max(done, 1))


def _words(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"
