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


@contextmanager
def progress(quiet: bool = False) -> Iterator[Callable[[int, int], None] | None]:
    """Shows on standard error how many answers have come, after a second on a terminal, every ten seconds elsewhere.

    Gives the function that is told (answers so far, answers expected so far). ``quiet`` leaves out the lines in a log.
    """
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _on_a_terminal() as show:
            yield show
    elif quiet:
        yield None
    else:
        with _in_a_log() as show:
            yield show


@contextmanager
def _on_a_terminal() -> Iterator[Callable[[int, int], None]]:
    started = time.monotonic()
    shown = False

    def show(done: int, total: int) -> None:
        nonlocal shown
        took = time.monotonic() - started
        if took > 1.0:
            shown = True
            left = f", about {time_left(done, total, took)} left" if took > 3.0 and done < total else ""
            click.echo(f"\rReading the cloud: {done:,} of {total:,} answers{left}\x1b[K", nl=False, err=True)

    try:
        yield show
    finally:
        if shown:
            click.echo("\r\x1b[K", nl=False, err=True)


@contextmanager
def _in_a_log() -> Iterator[Callable[[int, int], None]]:
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
            complain(f"Still reading the cloud: {far} after {took:.0f} s.")

    thread = threading.Thread(target=beat, name="vxsetup-heartbeat", daemon=True)
    thread.start()
    try:
        yield show
    finally:
        ended.set()
        thread.join(timeout=1.0)


def time_left(done: int, total: int, took: float) -> str:
    """``12 s`` or ``3 min``, from how long what is done took; what is still unknown to come makes it longer."""
    seconds = took * (total - done) / max(done, 1)
    return f"{max(1, round(seconds))} s" if seconds < 90 else f"{round(seconds / 60)} min"
