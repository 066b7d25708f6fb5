"""Where a journal is kept: a folder, or objects of a bucket, which one run at a time may write.

In a bucket a lock object is made under the condition that there is none (generation 0), and each write of the journal
names the generation that it replaces: a run that lost its lock can therefore never overwrite another's lines. What
reaches the bucket is given: this file knows no network.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from vxsetup.plan.journal import History, JournalError, line_of, parse_history

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

SCHEME = "gs://"


class MovedError(Exception):
    """The object has another generation than the one that was named: somebody else wrote or removed it."""


class StoreError(Exception):
    """The bucket or the object cannot be used; the words say why."""


class Objects(Protocol):
    """A bucket: objects by name, each with a generation that every write changes. All raise StoreError."""

    def read(self, name: str) -> tuple[bytes, int] | None:
        """The content and its generation; None where there is no such object."""

    def write(self, name: str, content: bytes, generation: int) -> int:
        """Write where the generation is still this one (0: there is none), and give the new one. Raises MovedError."""

    def remove(self, name: str, generation: int) -> None:
        """Remove where the generation is still this one. Raises MovedError."""


class Writer(Protocol):
    """A journal that is open for one run."""

    @property
    def name(self) -> str:
        """Where it is, for messages."""

    def write(self, event: str, step: str | None = None, **data: Any) -> None:
        """Append one line; it is kept for good when this returns. Raises JournalError."""

    def close(self) -> None:
        """Let it go."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """``gs://bucket/prefix``: the name of the bucket, and what stands before each object's name."""

    bucket: str
    prefix: str

    @property
    def address(self) -> str:
        """As it is written."""
        return f"{SCHEME}{self.bucket}/{self.prefix}"


def bucket_of(where: str) -> Bucket | None:
    """The bucket that a ``--state`` names; None where it names a folder. Raises ValueError where no bucket has such a name."""
    if not where.startswith(SCHEME):
        return None
    name, _, prefix = where.removeprefix(SCHEME).partition("/")
    good = 3 <= len(name) <= 222 and all(c in "abcdefghijklmnopqrstuvwxyz0123456789-_." for c in name)
    if not good or not name[0].isalnum() or not name[-1].isalnum():
        raise ValueError(f"{name!r} is not the name of a bucket")
    if not prefix.isprintable() or any(part in (".", "..") for part in prefix.split("/")):
        raise ValueError(f"{prefix!r} cannot stand before the names of objects")
    prefix = prefix.strip("/")
    return Bucket(name, f"{prefix}/" if prefix else "")


class RemoteJournal:
    """A journal in a bucket, open for one run, with its lock."""

    def __init__(self, objects: Objects, bucket: Bucket, file: str, run: str, stamp: Callable[[], str]) -> None:
        """Take the lock and read the journal. Raises JournalError where another run has it, or the bucket is no good."""
        self._objects, self._bucket, self._run, self._stamp = objects, bucket, run, stamp
        self._writing = threading.Lock()
        self._object = bucket.prefix + file
        self._lock = f"{self._object}.lock"
        self._locked = self._take_lock()
        try:
            found = objects.read(self._object)
        except StoreError as error:
            self.close()
            raise JournalError(str(error)) from error
        self._text, self._generation = found if found is not None else (b"", 0)
        if self._text and not self._text.endswith(b"\n"):
            self._text += b"\n"

    @property
    def name(self) -> str:
        """The address of the object."""
        return f"{SCHEME}{self._bucket.bucket}/{self._object}"

    def history(self) -> History:
        """What the journal tells so far."""
        return parse_history(self._text.decode("utf-8", "replace"))

    def _take_lock(self) -> int:
        content = json.dumps({"run": self._run, "at": self._stamp()}).encode()
        try:
            return self._objects.write(self._lock, content, 0)
        except MovedError:
            holder = self._holder()
            if holder is not None and holder[0].get("run") == self._run:
                return holder[1]  # it was ours, and its answer was lost
            since = f" since {holder[0].get('at')}" if holder is not None else ""
            lock = f"{SCHEME}{self._bucket.bucket}/{self._lock}"
            raise JournalError(
                f"another run works with {self.name}{since}; wait until it has ended. If it is known to be dead, remove "
                f"its lock: gcloud storage rm {lock}"
            ) from None
        except StoreError as error:
            raise JournalError(str(error)) from error

    def _holder(self) -> tuple[dict[str, Any], int] | None:
        with suppress(StoreError, ValueError):
            found = self._objects.read(self._lock)
            data = json.loads(found[0]) if found is not None else None
            if found is not None and isinstance(data, dict):
                return data, found[1]
        return None

    def write(self, event: str, step: str | None = None, **data: Any) -> None:
        """Append one line: the whole text is written over the generation that was written last."""
        with self._writing:
            text = self._text + line_of(self._stamp(), self._run, event, step, data)
            try:
                self._generation = self._written(text)
            except StoreError as error:
                raise JournalError(f"the journal {self.name} cannot be written: {error}") from error
            self._text = text

    def _written(self, text: bytes) -> int:
        try:
            return self._objects.write(self._object, text, self._generation)
        except MovedError:
            found = self._objects.read(self._object)
            if found is not None and found[0] == text:
                return found[1]  # it was written, and the answer was lost
            raise StoreError("somebody else wrote it meanwhile, so that this run ends here") from None

    def close(self) -> None:
        """Let the lock go. Where that fails the next run says how to remove it."""
        with suppress(StoreError, MovedError):
            self._objects.remove(self._lock, self._locked)
