"""How something that vxsetup made stands in the cloud now, against how it was made. Pure values."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


class MadeState(StrEnum):
    """How a thing stands: as it was made, otherwise than it was made, no longer there, or not to be told."""

    AS_MADE = "as_made"
    CHANGED = "changed"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Alteration:
    """One attribute that somebody changed: as vxsetup made it, and as it is. None: nothing there."""

    attribute: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a look at one thing showed.

    ``says`` is why it could not be told, ``permission`` what a refusal said is missing. ``holds`` names what would be
    lost with the thing, such as the tables of a dataset.
    """

    state: MadeState
    alterations: tuple[Alteration, ...] = ()
    says: str = ""
    permission: str | None = None
    holds: str | None = None


def compared(rows: tuple[tuple[str, str | None, str | None], ...], holds: str | None = None) -> Standing:
    """The standing of a thing whose attributes are ``(name, as made, as it is)``."""
    found = tuple(Alteration(name, before, after) for name, before, after in rows if before != after)
    return Standing(MadeState.CHANGED if found else MadeState.AS_MADE, found, holds=holds)


GONE = Standing(MadeState.GONE)
AS_MADE = Standing(MadeState.AS_MADE)
