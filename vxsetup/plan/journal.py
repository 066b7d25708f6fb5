"""The journal: one line of JSON before and after each step, on the disk before anything goes on.

The cloud is the state; the journal says who made what, so that a run can be resumed, drift can be told from change, and
only what vxsetup made is ever removed. One file for each project and environment; runs are appended to it.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

FORMAT = "vxsetup.journal/1"


class JournalError(Exception):
    """The journal cannot be opened, written, or is in use; the words say which."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: when (RFC 3339), of which run, what happened, to which step (None for a run), and the rest of it."""

    at: str
    run: str
    event: str
    step: str | None
    data: Mapping[str, Any]

    @property
    def taken_back(self) -> bool:
        """Whether it is the line of ``destroy`` that the step's doing is undone."""
        return self.event == "removal_ended" and self.data.get("state") == "done"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A write that was sent and whose end nobody knows: the line of its step's begin, and the one before the write."""

    begun: Entry
    sent: Entry


@dataclass(frozen=True, slots=True)
class History:
    """What a journal tells. ``broken`` are the numbers of lines that could not be read, as a crash leaves one."""

    entries: tuple[Entry, ...]
    broken: tuple[int, ...] = ()

    def ended(self) -> Mapping[str, Entry]:
        """The last end of each step, by its id; not of one that was taken back since."""
        found: dict[str, Entry] = {}
        for entry in self.entries:
            if entry.step is not None and entry.event == "step_ended":
                found[entry.step] = entry
            elif entry.step is not None and entry.taken_back:
                found.pop(entry.step, None)
        return found

    def of_plan(self, plan: str) -> History:
        """Only the runs of the saved plan with this digest, and what was taken back since."""
        runs = {entry.run for entry in self.entries if entry.event == "run_begun" and entry.data.get("plan") == plan}
        kept = tuple(entry for entry in self.entries if entry.run in runs or entry.taken_back)
        return History(kept, self.broken)

    def open_steps(self) -> Mapping[str, Entry]:
        """Steps that were begun and whose end was never written: a run was killed there."""
        begun: dict[str, Entry] = {}
        for entry in self.entries:
            if entry.step is not None and entry.event == "step_begun":
                begun[entry.step] = entry
            elif entry.step is not None and (entry.event == "step_ended" or entry.taken_back):
                begun.pop(entry.step, None)
        return begun

    def in_doubt(self) -> Mapping[str, Doubt]:
        """Steps that sent something of which nobody knows whether it was carried out, by id: the run was cut off before
        the answer, or the answer was lost. Not those that were settled or taken back since."""
        begun: dict[str, Entry] = {}
        found: dict[str, Doubt] = {}
        for entry in self.entries:
            name = entry.step
            if name is None:
                continue
            if entry.event == "step_begun":
                begun[name] = entry
            elif entry.event == "step_sent" and name in begun:
                found[name] = Doubt(begun[name], entry)
            elif entry.event in ("step_accepted", "step_ended") and (
                entry.data.get("changed") or not entry.data.get("unsure")
            ):
                # An end that sent nothing settles only what its own run sent.
                if entry.data.get("changed") or (name in found and found[name].sent.run == entry.run):
                    found.pop(name, None)
            elif entry.event == "step_settled" or entry.taken_back:
                found.pop(name, None)
        return found

    def made(self) -> Mapping[str, Entry]:
        """What vxsetup made or changed itself, by step: steps that sent something and were accepted."""
        return {name: entry for name, entry in self.ended().items() if entry.data.get("changed")}


def journal_path(folder: str, project: str, environment: str | None) -> Path:
    """The file of a project and environment in a state folder."""
    name = project.replace(":", "_") + (f".{environment}" if environment else "")
    return Path(folder) / f"{name}.journal.ndjson"


def read_history(path: Path) -> History:
    """The entries of a journal; an empty history where there is none. Raises JournalError where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return History(())
    except OSError as error:
        raise JournalError(f"the journal {path} cannot be read: {error.strerror}") from error
    return parse_history(text)


def parse_history(text: str) -> History:
    """The entries of a journal's text. Lines that are none are counted, never guessed at."""
    entries, broken = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        entry = _entry(line)
        if entry is None:
            broken.append(number)
        else:
            entries.append(entry)
    return History(tuple(entries), tuple(broken))


def _entry(line: str) -> Entry | None:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        return None
    at, run, event, step = data.get("at"), data.get("run"), data.get("event"), data.get("step")
    if not (isinstance(at, str) and isinstance(run, str) and isinstance(event, str)):
        return None
    if step is not None and not isinstance(step, str):
        return None
    rest = {key: value for key, value in data.items() if key not in ("format", "at", "run", "event", "step")}
    return Entry(at, run, event, step, rest)


class Journal:
    """A journal that is open for one run. It holds the file's lock, so that two runs never work on one project."""

    def __init__(self, path: Path, run: str, stamp: Callable[[], str]) -> None:
        """Open or make the file. Raises JournalError where that cannot be, or another run has it."""
        self._run = run
        self._stamp = stamp
        self._writing = threading.Lock()
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = open(path, "a+b")  # noqa: SIM115, PTH123 (held for the whole run)
        except OSError as error:
            raise JournalError(f"the journal {path} cannot be written: {error.strerror}") from error
        self._lock()
        self._end_the_last_line()

    @property
    def name(self) -> str:
        """Where it is, for messages."""
        return str(self.path)

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # a system without such locks: two runs are then kept apart by their user
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise JournalError(f"another run of vxsetup works with {self.path}; wait until it has ended") from error

    def _end_the_last_line(self) -> None:
        """A crash in the middle of a line must not spoil the next one."""
        size = self._file.seek(0, os.SEEK_END)
        if size:
            self._file.seek(size - 1)
            if self._file.read(1) != b"\n":
                self._file.write(b"\n")

    def write(self, event: str, step: str | None = None, **data: Any) -> None:
        """Append one line, and return when it is on the disk. Raises JournalError where it cannot be."""
        text = line_of(self._stamp(), self._run, event, step, data)
        try:
            with self._writing:
                self._file.write(text)
                self._file.flush()
                os.fsync(self._file.fileno())
        except OSError as error:
            raise JournalError(f"the journal {self.path} cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Let the file and its lock go."""
        self._file.close()


def line_of(at: str, run: str, event: str, step: str | None, data: Mapping[str, Any]) -> bytes:
    """One line of a journal."""
    line = {"format": FORMAT, "at": at, "run": run, "event": event, "step": step, **data}
    return json.dumps(line, ensure_ascii=True).encode() + b"\n"


def lines(entries: Iterator[Entry] | tuple[Entry, ...]) -> str:
    """Entries as the text of a journal."""
    rows = (
        {"format": FORMAT, "at": one.at, "run": one.run, "event": one.event, "step": one.step, **one.data}
        for one in entries
    )
    return "".join(json.dumps(row, ensure_ascii=True) + "\n" for row in rows)
