"""Compares the versions of packages by their numbers; what follows the numbers (a pre-release) does not count."""

from __future__ import annotations

import re

ANY = "0"
"""The version of a client that is right from its first release on."""


def numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version: ``v2.1.119-beta`` is (2, 1, 119). Empty where there is none."""
    # One leading zero would make no difference, and a text of thousands of digits is no version.
    found = re.match(r"v?(\d{1,9}(?:\.\d{1,9})*)", version.strip())
    return tuple(int(part) for part in found.group(1).split(".")) if found else ()


def older(version: str, than: str) -> bool:
    """Whether a version comes before another one; missing numbers count as 0."""
    left, right = numbers(version), numbers(than)
    width = max(len(left), len(right))
    return left + (0,) * (width - len(left)) < right + (0,) * (width - len(right))


def newest(versions: list[str]) -> str:
    """The latest of some versions; ``0`` for none."""
    found = ANY
    for version in versions:
        if older(found, version):
            found = version
    return found
