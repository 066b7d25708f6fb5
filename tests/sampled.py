"""A part of many cases for the default tier, drawn with the run's seed: over some runs every case has its turn."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from typing import TypeVar

Case = TypeVar("Case")


def sample(cases: Iterable[Case], one_in: int) -> list[Case]:
    """About one in so many of the cases, others with each seed; at least the first that there is."""
    every = list(cases)
    seed = os.environ.get("VXSETUP_TEST_SEED", "")
    drawn = [case for case in every if zlib.crc32(f"{seed} {case}".encode()) % one_in == 0]
    return drawn or every[:1]
