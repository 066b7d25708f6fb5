"""Weighs the rows that hold, and says how sure each cause is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import exp
from typing import TYPE_CHECKING

from vxsetup.explain.match import Clues, holds
from vxsetup.explain.model import LAST, UNRECOGNISED, Row

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_FURTHER = (1.0, 0.7, 0.5, 0.35, 0.25)
"""Rows say the same thing in several ways; each further one, from the heaviest on, adds a smaller part of its weight."""

_DOUBT = 3.0
"""The weight that stands against every cause from the start."""

_TEMPERATURE = 1.15
"""How far apart in weight two causes must be for one to be e times as likely. Set so that 0.9 is right 9 times in 10."""

CEILING = 0.97
"""No text proves a cause."""

RECOGNISED = 0.3
"""From this on the first cause counts as recognised."""

TOGETHER = 0.6
"""So sure must the causes that are shown be together, where none of them is sure enough alone: one of them it is."""

ENOUGH = 2.0
"""From this weight of a cause on the rows of last resort are not asked."""

LISTED = 1.5
"""Causes of less weight are not shown."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """One cause with its weight, its likelihood, and the rows for and against it, the heaviest first."""

    cause: str
    score: float
    confidence: float
    rows_for: tuple[Row, ...]
    rows_against: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A text, or one error of several in it: its clues, the causes that are listed, and what fills the texts of fixes."""

    clues: Clues
    weighed: tuple[Weighed, ...]
    values: Mapping[str, str]

    @property
    def recognised(self) -> bool:
        """Whether the first cause is sure enough, or those that are listed are together."""
        sure = [each.confidence for each in self.weighed]
        return bool(sure) and (sure[0] >= RECOGNISED or sum(sure) >= TOGETHER)


def weigh(rows: Iterable[Row], clues: Clues) -> tuple[Weighed, ...]:
    """Every cause that some row speaks for, best first; ties by name. The doubt that none fits takes its own share."""
    held: dict[str, list[tuple[float, Row]]] = {}
    last = []
    for row in rows:
        if row.id.startswith(LAST):
            last.append(row)
        elif all(holds(condition, clues) for condition in row.when):
            _hold(held, row)
    scores = {cause: _sum(weight for weight, _ in pairs) for cause, pairs in held.items()}
    doubt = max(1.5, _DOUBT + scores.pop(UNRECOGNISED, 0.0))
    # Where the cloud has answered, a guess by the subject alone counts no more.
    if doubt <= _DOUBT and not clues.get("live") and max(scores.values(), default=0.0) < ENOUGH:
        for row in last:
            if all(holds(condition, clues) for condition in row.when):
                _hold(held, row)
        scores = {cause: _sum(weight for weight, _ in pairs) for cause, pairs in held.items()}
        scores.pop(UNRECOGNISED, None)
    likely = {cause: exp(min(score, 40.0) / _TEMPERATURE) for cause, score in scores.items() if score > 0}
    whole = exp(doubt / _TEMPERATURE) + sum(likely.values())
    found = []
    for cause, share in likely.items():
        pairs = sorted(held[cause], key=lambda pair: (-abs(pair[0]), pair[1].id))
        found.append(
            Weighed(
                cause,
                scores[cause],
                min(CEILING, share / whole),
                tuple(row for weight, row in pairs if weight > 0),
                tuple(row for weight, row in pairs if weight < 0),
            )
        )
    return tuple(sorted(found, key=lambda each: (-each.score, each.cause)))


def _hold(held: dict[str, list[tuple[float, Row]]], row: Row) -> None:
    for cause, weight in row.weighs.items():
        held.setdefault(cause, []).append((weight, row))


def _sum(weights: Iterable[float]) -> float:
    """Weights for a cause with less and less of each further one; weights against it in full."""
    every = list(weights)
    gains = sorted((weight for weight in every if weight > 0), reverse=True)
    total = sum(weight * _FURTHER[min(place, len(_FURTHER) - 1)] for place, weight in enumerate(gains))
    return total + sum(weight for weight in every if weight < 0)
