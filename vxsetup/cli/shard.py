"""Takes one shard of the config files, so that parallel jobs judge a fleet together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vxsetup.cli.output import complain, typed

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

ENGINES = (("CI_NODE_INDEX", "CI_NODE_TOTAL", 1), ("CLOUD_RUN_TASK_INDEX", "CLOUD_RUN_TASK_COUNT", 0))
"""The variables that engines set for parallel jobs, and from what they count: GitLab's ``parallel``, Cloud Run jobs."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Part ``index`` (from 1) of ``count`` parts; ``origin`` says who asked for it."""

    index: int
    count: int
    origin: str

    def take(self, files: Sequence[Path]) -> tuple[Path, ...]:
        """Every n-th file of a sorted list: each file is in exactly one shard, and shards differ by one file at most."""
        return tuple(file for number, file in enumerate(files) if number % self.count == self.index - 1)


class ShardType(click.ParamType[tuple[int, int]]):
    """``2/5``: the second of five parts."""

    name = "i/n"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        if isinstance(value, tuple):
            return value
        first, _, second = str(value).partition("/")
        if first.isascii() and second.isascii() and first.isdigit() and second.isdigit() and len(first + second) < 12:
            index, count = int(first), int(second)
            if 1 <= index <= count:
                return index, count
        return self.fail(f"{str(value)[:80]!r} is no part such as 2/5, the second of five", param, ctx)


def shard_of(given: tuple[int, int] | None, environ: Mapping[str, str], files: int) -> Shard | None:
    """The shard that ``--shard`` or the CI engine asks for; None for all.

    An engine's variables count only where there is more than one config: a parallel job may be parallel over
    something else, and one config must not vanish from all but one of its parts.
    """
    if given is not None:
        shard = Shard(*given, "--shard" if typed("shard") else "VXSETUP_SHARD")
        return shard if shard.count > 1 else None
    if files < 2:
        return None
    for index, total, first in ENGINES:
        places = (environ.get(index, ""), environ.get(total, ""))
        if not all(place.isascii() and place.isdigit() and len(place) < 7 for place in places):
            continue
        number, count = int(places[0]) + 1 - first, int(places[1])
        if count > 1 and 1 <= number <= count:
            return Shard(number, count, f"{index} and {total}")
    return None


def sharded(
    files: Sequence[Path], given: tuple[int, int] | None, environ: Mapping[str, str]
) -> tuple[tuple[Path, ...], Shard | None]:
    """The files of this shard. Says on standard error which part is taken, and on whose word."""
    shard = shard_of(given, environ, len(files))
    if shard is None:
        return tuple(files), None
    taken = shard.take(files)
    off = "" if shard.origin == "--shard" else " (--shard 1/1 takes all)"
    complain(f"Shard {shard.index} of {shard.count}, by {shard.origin}: {len(taken):,} of {len(files):,} configs{off}.")
    return taken, shard
