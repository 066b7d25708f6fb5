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
    "missing", "missing config", "missing env", "missing variable", "missing setting", "keyerror:", "please set", "must set", "set the", "requires", "require", "could not find", "no ", "not find", "expected",
    "export", "provide", "define", "need", "needs", "undefined", "or the", "unset", "nor", "neither",
)  # fmt: skip
_SET_AFTER = (
    "=",
    " is set",
    " are set",
    " set to",
    " set in",
    " set,",
    " exported",
    " is exported",
    " is given",
    " is defined",
    " is present",
    " (set",
    ": ",
    " set",
)
_WORDS = {
    "place": ("no region was given", "no region specified", "no region provided", "region undefined", "location undefined", "region is required", "location is required", "missing region", "no location", "region not set"),
    "project": ("no project id", "project id is required", "project_id is required", "missing project", "requires a project id", "no project_id", "unable to detect a project id"),
}  # fmt: skip
# Only variables of the clients: two values of another key (a code, an id) are no contradiction.
_VALUE = (
    r"(?<!\w)((?:anthropic|claude_code|google|vertex|vertexai|vertex_ai|cloud_ml|gcp|gcloud|default_vertexai)_[a-z0-9_]{2,40})"
    r"(?:=| ?-> ?|: | is set to | is | set to )[\"'`]?([a-z0-9][\w.-]{0,60})"
)
_NO_VALUES = (
    "not",
    "missing",
    "required",
    "set",
    "empty",
    "undefined",
    "none",
    "null",
    "unset",
    "a",
    "the",
    "also",
    "invalid",
    "present",
    "exported",
    "given",
    "defined",
)
_GIVEN_BEFORE = (
    "have",
    "did export",
    "i set",
    "exported",
    "i export",
    "has",
    "only",
    "with",
    "did set",
    "given",
    "although",
    "though",
    "while",
)
_WINDOW = 44
_MOST = 40


def namings(said: str, added: str) -> tuple[str, ...]:
    """``other-project``, ``other-place``: the missing setting is set under another name; ``same-…``: under its own.

    ``two-names``: two names of the same kind are spoken of; ``two-values``: one name is given two values.
    ``said`` is the error, ``added`` what the asker adds, both in lower case with single blanks.
    """
    if not any(ending in said or ending in added for ending in _ENDINGS):
        return ()
    here = list(_names(said))
    both = [*here, *_names(added)]
    found = []
    values: dict[str, set[str]] = {}
    for match in re.finditer(_VALUE, f"{said} \n {added}"):
        if match[2] not in _NO_VALUES:
            values.setdefault(match[1], set()).add(match[2])
    if any(len(each) > 1 for each in values.values()):
        found.append("two-values")
    if any(len({name for name, _, _ in both if _kind(name) == kind}) > 1 for kind in ("place", "project")):
        found.append("two-names")
    missing = {name for name, start, end in here if _is_missing(said, start, end)}
    kinds = {_kind(name) for name in missing} | {
        kind for kind, words in _WORDS.items() if any(word in said for word in words)
    }
    if not kinds:
        return tuple(found)
    given = {name for name, start, end in here if name not in missing and _is_set(said, start, end)}
    given |= {name for name, start, end in _names(added) if not _is_missing(added, start, end)}
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
    if before.endswith(tuple(f" {word} " for word in _GIVEN_BEFORE)):
        return False
    first = after.split(".")[0].split(";")[0]
    return first.startswith(_MISSING_AFTER) or before.endswith(tuple(f"{word.strip()} " for word in _MISSING_BEFORE))


def _is_set(text: str, start: int, end: int) -> bool:
    if text[end : end + 12].lstrip("`'\"").startswith(_SET_AFTER):
        return True
    return text[max(0, start - 24) : start].rstrip("`'\"[(${ ").endswith(_GIVEN_BEFORE)
