"""What ``emit`` gives: files with their text, remarks for the person, or a refusal with the way round it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


class Kind(StrEnum):
    """How a file is compared and merged: by its values, or, for a program, as text."""

    JSON = "json"
    YAML = "yaml"
    DOTENV = "dotenv"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class File:
    """One file: its path with forward slashes, from the folder of the program, its text, and its values.

    ``values`` is what the text says as data (for YAML a list of documents); None for a program. ``executable``: a script.
    """

    path: str
    text: str
    kind: Kind = Kind.TEXT
    values: Any = None
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing is written for a client, the way round it, and where the fact is from (source and date)."""

    reason: str
    instead: str
    source: str | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Emitted:
    """What there is for one client: its files and remarks, or a refusal. ``steps`` are commands that put it to use."""

    target: str
    files: tuple[File, ...] = ()
    notes: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    refusal: Refusal | None = None


class NotWritableError(ValueError):
    """A value that a format cannot hold so that every reader of it reads the same."""
