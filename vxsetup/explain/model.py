"""The values of this room: rows of patterns, pages of causes, what a text shows, and the diagnosis that comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from vxsetup.findings import Fix

if TYPE_CHECKING:
    from dataclasses import dataclass, field
else:
    from vxsetup.values import dataclass, field

UNRECOGNISED = "-"
"""The cause that is none: what speaks for it speaks against every cause."""

LAST = "last-"
"""How the names of rows of last resort begin: these count only where no other row says enough."""


class Row(NamedTuple):
    """One pattern: where all of ``when`` holds, the causes in ``weighs`` gain or lose that much.

    ``says`` is the observation as a reader of a diagnosis sees it. A condition reads ``field:text``: the field of the
    clues (see ``clues.FIELDS``) has a value with this text in it. ``|`` parts alternatives, ``…`` stands for at most
    300 characters, ``=`` before an alternative asks for the whole value, ``!`` before the condition for its contrary.
    Weights: 1 a hint, 3 typical, 5 telling, 8 decisive. ``sources`` are keys of the catalogue's sources; ``seen`` is
    the span of years or months in which the pattern is known to have been said. A tuple, since hundreds are made at each
    start.
    """

    id: str
    says: str
    when: tuple[str, ...]
    weighs: Mapping[str, float]
    sources: tuple[str, ...]
    seen: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One way in which a cause shows: a template with ``{}`` for what varies, and when it was seen."""

    text: str
    seen: str


@dataclass(frozen=True, slots=True)
class Page:
    """The page of one cause. ``fix`` may hold names in braces (``{project}``), filled in from what is known.

    ``rule`` is the rule whose docs say more, or None; ``sources`` are keys of the catalogue's sources; ``alike`` are the
    causes that it is most taken for, the most usual first.
    """

    cause: str
    title: str
    means: str
    shows: tuple[Shown, ...]
    tell_apart: str
    fix: Fix
    sources: tuple[str, ...]
    rule: str | None = None
    links: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Own:
    """What is known of the asker's own setup, from a config: outranks what an error text names."""

    project: str | None = None
    location: str | None = None
    models: tuple[str, ...] = ()
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """One cause that may be behind an error, with how sure (0 to 1), and the observations for and against it."""

    cause: str
    title: str
    confidence: float
    rule: str | None
    why: str
    tell_apart: str
    fix: Fix
    means: str
    evidence_for: tuple[str, ...] = ()
    evidence_against: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What ``explain`` answers: at most three causes, best first; what the text shows; what would narrow it down.

    ``evidence`` are pairs of a name and a value, masked. ``questions`` are three where nothing was recognised.
    """

    recognised: bool
    causes: tuple[Ranked, ...]
    evidence: tuple[tuple[str, str], ...]
    questions: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default_factory=tuple)
