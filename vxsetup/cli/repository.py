"""Names files as a repository's host does: relative to the repository's top folder, wherever the command runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

_TOPS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""What GitHub Actions and GitLab CI call the folder of the checkout."""


def top_folder(environ: Mapping[str, str], here: Path) -> Path | None:
    """The top folder of the repository that holds a folder; None outside of one."""
    for folder in (here, *here.parents):
        if (folder / ".git").exists():
            return folder
    for name in _TOPS:
        top = environ.get(name)
        if top and os.path.isabs(top) and here.is_relative_to(os.path.realpath(top)):  # noqa: PTH117
            return Path(os.path.realpath(top))
    return None


def namer(environ: Mapping[str, str]) -> Callable[[str], str]:
    """A function that gives a file its name in the repository; names of files outside stay as they are."""
    here = Path(os.path.realpath("."))
    top = top_folder(environ, here)
    return relative_to(top if top is not None else here)


def relative_to(folder: Path) -> Callable[[str], str]:
    """A function that gives a file its name relative to a folder, with ``/``; ``<command line>`` stays as it is."""
    known: dict[str, str] = {}

    def name(file: str) -> str:
        if not file or file.startswith("<"):
            return file
        if file not in known:
            try:
                whole = Path(os.path.realpath(file))
            except ValueError:  # a report names a file that no file system can
                known[file] = file
                return file
            known[file] = whole.relative_to(folder).as_posix() if whole.is_relative_to(folder) else file
        return known[file]

    return name
