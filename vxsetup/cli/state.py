"""Opens the journal that ``--state`` names: a file in a folder, or an object in a bucket."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vxsetup.cli.output import Refused

if TYPE_CHECKING:
    from vxsetup.cli.asking import Asked
    from vxsetup.config.project import Project
    from vxsetup.plan.journal import History
    from vxsetup.plan.state import Bucket, Objects, Writer

Opener = Callable[["Bucket", "Asked"], "Objects"]


def _google(bucket: Bucket, asked: Asked) -> Objects:
    """The bucket of Google's, asked as the same identity as the cloud; beside an emulated cloud, as that of the environment."""
    from vxsetup.cloud.storage import GoogleBucket, NoStorageError
    from vxsetup.plan.state import MovedError, StoreError

    try:
        return GoogleBucket(bucket.bucket, MovedError, StoreError, asked.credentials)
    except NoStorageError as error:
        raise Refused(f"--state {bucket.address}: {error}") from error


open_bucket: Opener = _google
"""How a bucket is opened; tests give one of their own."""


def _named(where: str) -> Bucket | None:
    from vxsetup.plan.state import bucket_of

    try:
        found = bucket_of(where)
    except ValueError as error:
        raise Refused(f"--state {where}: {error}") from error
    if found is None and os.path.lexists(where) and not Path(where).is_dir():
        raise Refused(f"--state {where}: that is no folder; the journals of projects are kept in one")
    return found


@contextmanager
def opened(where: str, project: Project, asked: Asked) -> Iterator[tuple[Writer, History]]:
    """The journal of a project, locked for this run, and what it tells so far. Ends the command where it cannot be had."""
    from vxsetup.plan.journal import Journal, JournalError, journal_path, read_history
    from vxsetup.plan.state import RemoteJournal

    bucket = _named(where)
    path = journal_path(where, project.id, project.environment)
    run, stamp = secrets.token_hex(6), asked.clock.stamp
    journal: Any
    try:
        if bucket is None:
            journal = Journal(path, run, stamp)
            history = read_history(path)
        else:
            journal = RemoteJournal(open_bucket(bucket, asked), bucket, path.name, run, stamp)
            history = journal.history()
    except JournalError as error:
        raise Refused(str(error)) from error
    try:
        yield journal, history
    except JournalError as error:
        raise Refused(str(error)) from error
    finally:
        journal.close()


def read_only(where: str, project: Project, asked: Asked) -> tuple[History, str]:
    """What the journal of a project tells, without its lock, and where it is."""
    from vxsetup.plan.journal import JournalError, journal_path, parse_history, read_history
    from vxsetup.plan.state import StoreError

    bucket = _named(where)
    path = journal_path(where, project.id, project.environment)
    try:
        if bucket is None:
            return read_history(path), str(path)
        found = open_bucket(bucket, asked).read(bucket.prefix + path.name)
    except (JournalError, StoreError) as error:
        raise Refused(str(error)) from error
    text = found[0].decode("utf-8", "replace") if found is not None else ""
    return parse_history(text), f"{bucket.address}{path.name}"
