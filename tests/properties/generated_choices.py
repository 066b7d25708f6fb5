"""Where a generated world takes its choices from: a seeded stream, a list to replay, or hypothesis.

Option 0 of every choice is the healthy or the plainest one, so that a failing world is made small by turning choices
back to 0, one by one, for as long as it still fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")
Source = Callable[[int, float], int]
"""Given the number of options and how likely one other than the first should be, gives the option's number."""


@dataclass
class Choices:
    """Makes choices and remembers them.

    ``wild`` is how likely a choice leaves the usual, from 0 to 1; ``wilds`` has another number for some topics.
    """

    source: Source
    wild: float = 0.1
    wilds: Mapping[str, float] = field(default_factory=dict)
    made: list[int] = field(default_factory=list)
    topic: str = ""

    def about(self, topic: str) -> None:
        """What the choices that follow are about."""
        self.topic = topic

    def one(self, options: Sequence[T], wild: float | None = None) -> T:
        """One of the options, mostly the first."""
        usual = self.wilds.get(self.topic, self.wild) if wild is None else wild
        number = self.source(len(options), usual) if len(options) > 1 else 0
        self.made.append(number)
        return options[number]

    def flag(self, wild: float | None = None) -> bool:
        """Mostly false."""
        return self.one((False, True), wild)

    def some(self, options: Sequence[T], wild: float | None = None) -> list[T]:
        """Each option on its own; mostly none."""
        return [option for option in options if self.flag(wild)]

    def even(self, options: Sequence[T]) -> T:
        """One of the options, each as likely as the others."""
        return self.one(options, 1.0 - 1.0 / len(options))


TOPICS = (
    "readers",
    "grants",
    "deny",
    "policies",
    "services",
    "billing",
    "models",
    "quota",
    "tables",
    "reads",
    "probes",
)
"""What choices can be about: the parts of a world."""


def seeded(seed: str) -> Choices:
    """Choices from a seed. How wild they are is drawn first: a batch has calm worlds, worlds that are calm but for a
    part or two, and worlds that are broken everywhere."""
    random = Random(seed)

    def source(count: int, wild: float) -> int:
        return random.randrange(1, count) if random.random() < wild else 0

    wild = random.choice((0.0, 0.01, 0.01, 0.03, 0.1, 0.4))
    topics = random.sample(TOPICS, random.choice((0, 1, 1, 2, 3)))
    return Choices(source, wild, dict.fromkeys(topics, random.choice((0.1, 0.3, 0.6))))


def replayed(made: Sequence[int]) -> Choices:
    """The choices of a list; after its end everything is 0, and a number too high is cut to what there is."""
    left = iter(made)
    return Choices(lambda count, wild: min(next(left, 0), count - 1))


def drawn(draw: Callable[[Any], Any]) -> Choices:
    """Choices drawn by hypothesis, which shrinks towards 0 by itself."""
    from hypothesis import strategies as st

    return Choices(lambda count, wild: int(draw(st.integers(0, count - 1))))


def shrunk(made: Sequence[int], fails: Callable[[Sequence[int]], bool], rounds: int = 800) -> list[int]:
    """A list of choices that still fails, as small as ``rounds`` trials make it.

    Turning a choice back to 0 may take away the choices that followed from it; so each is tried with up to eight of the
    next ones left out.
    """
    best = list(made)
    trials = 0
    changed = True
    while changed and trials < rounds:
        changed = False
        for at in reversed([index for index, number in enumerate(best) if number]):
            for left_out in range(9):
                trials += 1
                trial = [*best[:at], 0, *best[at + 1 + left_out :]]
                if trials < rounds and fails(trial):
                    best, changed = trial, True
                    break
    while best and best[-1] == 0:
        best.pop()
    return best
