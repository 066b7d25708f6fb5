"""Puts together what is unknown for one reason: a login that is missing is told once, and not for every requirement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def reason_of(message: str) -> str:
    """The reason in the message of what is unknown, which ends with it: ``Whether … is not known: no login was found.``"""
    return message.rpartition(": ")[2]


def by_reason(rows: Iterable[Row]) -> tuple[tuple[Row, ...], ...]:
    """Rows with a ``message``, those together that end with the same reason, in the order of the first of each."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(reason_of(row["message"]), []).append(row)
    return tuple(tuple(group) for group in groups.values())


def fix_of(group: Sequence[Row]) -> Row | None:
    """The next step of a group: that of what is nothing but the reason, or one that has a command, or the first at all."""
    inmost = sorted(group, key=lambda row: row["message"] != reason_of(row["message"]))
    fixes: list[Row] = [row["fix"] for row in inmost if row["fix"]]
    return next((fix for fix in fixes if fix["command"]), fixes[0] if fixes else None)
