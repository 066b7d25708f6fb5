"""The patterns, as rows in families; one explicit list. A cause is added by its rows here and its page in ``pages``."""

from __future__ import annotations

from collections.abc import Mapping

from vxsetup.explain.model import Row


def row(id: str, says: str, when: tuple[str, ...], weighs: Mapping[str, float], sources: str, seen: str) -> Row:  # noqa: A002
    """A row, with its sources as one string of keys parted by blanks. See ``model.Row``."""
    return Row(id, says, when, weighs, tuple(sources.split()), seen)


def every_row() -> tuple[Row, ...]:
    """Every row of every family."""
    from vxsetup.explain.rows import (
        access,
        body,
        circumstances,
        clients,
        early,
        hints,
        identity,
        last,
        models,
        network,
        quota,
        settings,
        subject,
    )

    families = (
        quota,
        access,
        identity,
        models,
        network,
        body,
        settings,
        early,
        clients,
        hints,
        circumstances,
        subject,
        last,
    )
    return tuple(one for family in families for one in family.ROWS)
