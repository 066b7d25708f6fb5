"""What ``.gitignore`` files leave out, as git reads them: patterns per folder, the last match wins, ``!`` takes back.

Covered: comments, escapes, negation, folder-only patterns, anchoring, ``*``, ``?``, ``[...]``, ``**``, and the files of
all folders up to the repository's top. Not read: ``.git/info/exclude`` and a user's global excludes.
"""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of a ``.gitignore``: the segments between its slashes, and what its marks mean."""

    folder: str
    segments: tuple[str, ...]
    negated: bool
    folders_only: bool
    anchored: bool

    def matches(self, path: str, is_folder: bool) -> bool:
        """Whether it names this path, an absolute one inside its folder."""
        if self.folders_only and not is_folder:
            return False
        parts = path[len(self.folder) :].strip("/").split("/")
        if not self.anchored:
            return fnmatchcase(parts[-1], self.segments[0])
        return _segments_match(self.segments, parts)


@dataclass(frozen=True, slots=True)
class Ignored:
    """The patterns in force in a folder, outermost first."""

    patterns: tuple[Pattern, ...] = ()

    @classmethod
    def above(cls, folder: Path) -> Ignored:
        """The patterns that hold for a folder from those around it, up to the repository that it lies in."""
        here = Path(os.path.abspath(folder))  # noqa: PTH100 (resolve() would follow links and change the folder's name)
        above: list[Path] = []
        while not _exists(here / ".git"):
            if here.parent == here:
                return cls()  # not in a repository: files above have no say
            here = here.parent
            above.append(here)
        ignored = cls()
        for outer in reversed(above):
            ignored = ignored.inside(outer)
        return ignored

    def inside(self, folder: Path) -> Ignored:
        """The patterns that hold inside a folder: these and those of its own ``.gitignore``."""
        here = os.path.abspath(folder)  # noqa: PTH100
        try:
            with open(os.path.join(here, ".gitignore"), "rb") as file:  # noqa: PTH118, PTH123
                text = file.read(_MAX_BYTES).decode("utf-8", "replace")
        except OSError:
            return self
        return Ignored((*self.patterns, *parse(text, here)))

    def matches(self, path: Path, is_folder: bool) -> bool:
        """Whether an entry is left out. Its parent folders are not asked: a search does not enter ignored ones."""
        if not self.patterns:
            return False
        shown = os.path.abspath(path)  # noqa: PTH100
        for pattern in reversed(self.patterns):
            if pattern.matches(shown, is_folder):
                return not pattern.negated
        return False


def parse(text: str, folder: str) -> list[Pattern]:
    """The patterns of a ``.gitignore`` text that lies in ``folder`` (an absolute path)."""
    patterns: list[Pattern] = []
    for line in text.splitlines():
        body = line.rstrip()
        if line.endswith("\\ "):
            body += " "
        if not body or body.startswith("#"):
            continue
        negated = body.startswith("!")
        body = body[1:] if negated else body
        folders_only = body.endswith("/")
        body = body.rstrip("/") if folders_only else body
        anchored = "/" in body
        segments = tuple(_translated(segment) for segment in body.lstrip("/").split("/"))
        if any(segments):
            patterns.append(Pattern(folder, segments, negated, folders_only, anchored))
    return patterns


def _translated(segment: str) -> str:
    """A segment in fnmatch's spelling: backslash escapes become brackets, ``[^`` becomes ``[!``."""
    translated: list[str] = []
    escaped = False
    for letter in segment:
        if escaped:
            translated.append(f"[{letter}]" if letter in "*?[" else letter)
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == "^" and translated and translated[-1] == "[":
            translated.append("!")
        else:
            translated.append(letter)
    return "".join(translated)


def _segments_match(pattern: tuple[str, ...], parts: list[str]) -> bool:
    """Matches segment by segment; ``**`` stands for any number of folders, at the end for at least one entry."""
    reachable = {0}
    for index, segment in enumerate(pattern):
        if segment == "**":
            last = index == len(pattern) - 1
            least = min(reachable) + (1 if last else 0)
            reachable = set(range(least, len(parts) + 1))
        else:
            reachable = {at + 1 for at in reachable if at < len(parts) and fnmatchcase(parts[at], segment)}
        if not reachable:
            return False
    return len(parts) in reachable


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
