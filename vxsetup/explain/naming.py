"""Tells which setting a client misses, and whether another one for the same thing is set under another name."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A name of a variable that says where requests go, by its ending; which clients read which is in the client tables.
_NAME = (
    r"(?<![\w$])(?:\$\{?)?((?:[a-z][a-z0-9]{0,20}_){1,5}(?:project(?:_id|_number)?|region|location|region_claude)"
    r"|gcloud_project|vertexai_project|vertexai_location)(?!\w)"
)
_ENDINGS = ("_project", "_region", "_location", "_project_id", "_project_number", "_region_claude")
_MISSING_AFTER = (
    "is not set", "isn't set", "not set", "is missing", "missing", "is required", "required", "must be set", "should be set",
    "needs to be set", "not found", "is undefined", "is empty", "is not defined", "not defined", "environment variable is not",
    "environment variable should", "environment variable must", "environment variable not", "environment variable is required", "was not set", "unset",
)  # fmt: skip
_MISSING_BEFORE = (
    "missing", "please set", "must set", "set the", "requires", "require", "could not find", "no ", "not find", "expected",
    "export", "provide", "define", "need", "needs", "undefined", "or the", "unset",
)  # fmt: skip
_SET_AFTER = ("=", " is set", " are set", " set to", " set in", " set,", " exported", " is exported", " is given", " is defined", " is present", " (set", ": ", " set")
_WORDS = {
    "place": ("no region was given", "no region specified", "no region provided", "region is required", "location is required", "missing region", "no location", "region not set"),
    "project": ("could not resolve project", "no project id", "project id is required", "project_id is required", "missing project", "requires a project id", "no project_id", "unable to detect a project id"),
}  # fmt: skip
_WINDOW = 44
_MOST = 40


def namings(said: str, added: str) -> tuple[str, ...]:
    """``other-project``, ``other-place``: the missing setting is set under another name; ``same-…``: under its own.

    ``said`` is the error, ``added`` what the asker adds, both in lower case with single blanks.
    """
    if not any(ending in said or ending in added for ending in _ENDINGS):
        return ()
    here = list(_names(said))
    missing = {name for name, start, end in here if _is_missing(said, start, end)}
    kinds = {_kind(name) for name in missing} | {
        kind for kind, words in _WORDS.items() if any(word in said for word in words)
    }
    if not kinds:
        return ()
    given = {name for name, start, end in here if name not in missing and _is_set(said, end)}
    given |= {name for name, start, end in _names(added) if not _is_missing(added, start, end)}
    found = []
    for kind in sorted(kinds):
        own = {name for name in missing if _kind(name) == kind}
        others = {name for name in given if _kind(name) == kind}
        if others & own:
            found.append(f"same-{kind}")
        elif others:
            found.append(f"other-{kind}")
    return tuple(found)


def _names(text: str) -> Iterator[tuple[str, int, int]]:
    """Names of variables with where they stand, at most forty."""
    for count, match in enumerate(re.finditer(_NAME, text)):
        if count >= _MOST:
            return
        yield match[1], match.start(1), match.end(1)


def _kind(name: str) -> str:
    return "project" if "project" in name.rpartition("_")[2] or "_project" in name else "place"


def _is_missing(text: str, start: int, end: int) -> bool:
    after = text[end : end + _WINDOW].lstrip("`'\"]) ,}")
    if after.startswith("="):
        return False
    before = text[max(0, start - 24) : start].rstrip("`'\"[(${ ") + " "
    first = after.split(".")[0].split(";")[0]
    return first.startswith(_MISSING_AFTER) or before.endswith(tuple(f"{word.strip()} " for word in _MISSING_BEFORE))


def _is_set(text: str, end: int) -> bool:
    return text[end : end + 12].lstrip("`'\"").startswith(_SET_AFTER)
