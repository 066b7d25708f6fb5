"""Finding and reading config files: the edge of the room. Every problem is a value with words, never an exception."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vxsetup.config.ignore import Ignored
from vxsetup.config.words import quoted

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

MAX_BYTES = 8 * 1024 * 1024
DEFAULT = "vxsetup.yaml"
_SUFFIXES = (".vxsetup.yaml", ".vxsetup.yml", ".vxsetup.json")


@dataclass(frozen=True, slots=True)
class FileProblem:
    """A path that cannot be used, and why, in a sentence that says what to do. The command line exits with 2 for it."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """The config files behind some paths, sorted within each folder and each once, and the paths that are of no use."""

    files: tuple[Path, ...]
    problems: tuple[FileProblem, ...]


def read_file(path: Path) -> bytes | FileProblem:
    """The bytes of one file: a regular one, at most 8 MiB, without NUL bytes (but UTF-16 gets its own finding later)."""
    shown = os.fspath(path)
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode):
            return FileProblem(shown, f"{quoted(shown)} is a folder, and a file is needed here.")
        if not stat.S_ISREG(about.st_mode):
            return FileProblem(shown, f"{quoted(shown)} is not a regular file.")
        if about.st_size > MAX_BYTES:
            return _too_large(shown, about.st_size)
        with path.open("rb") as file:
            # One byte more than allowed: the file may have grown since it was looked at.
            text = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        return _unreadable(shown, error)
    if len(text) > MAX_BYTES:
        return _too_large(shown, len(text))
    if b"\0" in text[:8192] and text[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return FileProblem(shown, f"{quoted(shown)} is not a text file. Give a vxsetup.yaml, or a folder that has one.")
    return text


def discover(paths: Sequence[str] = ()) -> Discovery:
    """The config files that the paths name; ``vxsetup.yaml`` of the current folder where none is given.

    A file is taken whatever its name. A folder is searched for ``vxsetup.yaml`` and ``*.vxsetup.{yaml,yml,json}`` at any
    depth; hidden entries, what ``.gitignore`` files exclude, and links to folders are left out.
    """
    files: dict[Path, None] = {}
    problems: list[FileProblem] = []
    for shown in paths or (DEFAULT,):
        path = Path(shown)
        try:
            about = path.stat()
        except (OSError, ValueError) as error:
            problems.append(_missing(shown, not paths) if _is_missing(error) else _unreadable(shown, error))
            continue
        if not stat.S_ISDIR(about.st_mode):
            problem = _usable(shown, about)
            if problem is None:
                files.setdefault(path)
            else:
                problems.append(problem)
            continue
        found, troubles = _search(path)
        problems.extend(troubles)
        if not found and not troubles:
            problems.append(_no_configs(path))
        files.update(dict.fromkeys(found))
    return Discovery(tuple(files), tuple(problems))


def _search(folder: Path) -> tuple[list[Path], list[FileProblem]]:
    found: list[Path] = []
    problems: list[FileProblem] = []
    waiting = [(folder, Ignored.above(folder))]
    while waiting:
        here, ignored = waiting.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError as error:
            problems.append(_unreadable(os.fspath(here), error))
            continue
        ignored = ignored.inside(here)
        for entry, is_folder in _visible(entries):
            if ignored.matches(Path(entry.path), is_folder):
                continue
            if is_folder:
                waiting.append((here / entry.name, ignored))
            elif entry.name == DEFAULT or entry.name.endswith(_SUFFIXES):
                found.append(here / entry.name)
    return sorted(found, key=lambda path: path.parts), problems


def _visible(entries: Sequence[os.DirEntry[str]]) -> Iterator[tuple[os.DirEntry[str], bool]]:
    """The entries that count, and whether each is a folder. Links to folders are not followed: they may make circles."""
    for entry in entries:
        if entry.name.startswith("."):
            continue
        try:
            if entry.is_dir(follow_symlinks=False):
                yield entry, True
            elif entry.is_file():
                yield entry, False
        except OSError:
            continue


def _usable(shown: str, about: os.stat_result) -> FileProblem | None:
    if not stat.S_ISREG(about.st_mode):
        return FileProblem(shown, f"{quoted(shown)} is neither a file nor a folder.")
    if about.st_size > MAX_BYTES:
        return _too_large(shown, about.st_size)
    if not os.access(shown, os.R_OK):
        return FileProblem(shown, f"{quoted(shown)} may not be read: permission denied. Check its owner and mode.")
    return None


def _too_large(shown: str, size: int) -> FileProblem:
    megabytes = f"{size / 1024 / 1024:.0f} MiB" if size >= 10 * 1024 * 1024 else f"{size / 1024 / 1024:.1f} MiB"
    return FileProblem(
        shown, f"{quoted(shown)} has {megabytes}; a config has at most 8 MiB. It was not read. Is it the right file?"
    )


def _missing(shown: str, by_default: bool) -> FileProblem:
    if by_default:
        return FileProblem(
            shown,
            f"There is no {quoted(shown)} here. Name a path, or write one: `vxsetup init`. A project can be checked without "
            "a file: `vxsetup check --project ID`.",
        )
    return FileProblem(shown, f"{quoted(shown)} does not exist. Check the path; it starts at the current folder.")


def _no_configs(folder: Path) -> FileProblem:
    message = (
        f"{quoted(os.fspath(folder))} has no config: no `vxsetup.yaml` and no `*.vxsetup.yaml`, `.yml` or `.json`, at any "
        "depth, that is neither hidden nor ignored by git."
    )
    for name in ("vxsetup.yml", "vxsetup.json"):
        if (folder / name).is_file():
            return FileProblem(os.fspath(folder), f"{message} There is a `{name}`: rename it, or name the file itself.")
    return FileProblem(os.fspath(folder), message)


def _is_missing(error: Exception) -> bool:
    return isinstance(error, FileNotFoundError | NotADirectoryError)


def _unreadable(shown: str, error: Exception) -> FileProblem:
    if _is_missing(error):
        return _missing(shown, False)
    if isinstance(error, PermissionError):
        return FileProblem(shown, f"{quoted(shown)} may not be read: permission denied. Check its owner and mode.")
    reason = (getattr(error, "strerror", None) or "the path is not valid").lower()
    return FileProblem(shown, f"{quoted(shown)} cannot be read: {reason}.")
