"""Finds the known name that a mistyped one was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 64


def distance(left: str, right: str, limit: int) -> int:
    """How many single-character edits lie between two texts; ``limit + 1`` stands for more than ``limit``."""
    start = 0
    shorter = min(len(left), len(right))
    while start < shorter and left[start] == right[start]:
        start += 1
    left, right = left[start:], right[start:]
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


def nearest(text: str, names: Iterable[str], limit: int = 3, at_most: int = 3) -> tuple[str, ...]:
    """The names within ``limit`` edits of ``text``, the nearest first, at most ``at_most`` of them.

    Long texts are nobody's slip of the finger: beyond 64 characters there is no nearest name.
    """
    if not text or len(text) > _LONGEST:
        return ()
    near = []
    for order, name in enumerate(names):
        edits = distance(text, name, limit)
        # A name of which more than a third would change is another name.
        if edits <= limit and edits * 3 <= max(len(text), len(name)):
            near.append((edits, order, name))
    return tuple(name for _, _, name in sorted(near)[:at_most])
