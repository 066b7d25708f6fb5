"""Every finding of many files, for the formats that list what passes: packed, and read back a few files at a time.

A fleet's findings are alike, so that packed they take a hundredth of their size, and a report of ten thousand files needs
little more memory than one of a thousand.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from vxsetup.findings import Finding

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from vxsetup.values import dataclass, replace

Change = Callable[[Finding], Finding]


@dataclass(frozen=True, slots=True)
class Packed:
    """The findings of some files that follow one another, in the order in which reports show them."""

    files: tuple[str, ...]
    data: bytes

    def findings(self) -> tuple[Finding, ...]:
        """The findings, made anew."""
        found: tuple[Finding, ...] = pickle.loads(zlib.decompress(self.data))  # of this process or its own child
        return found


def packed(files: Iterable[str], findings: Iterable[Finding]) -> Packed:
    """The findings of some files, packed."""
    return Packed(tuple(files), zlib.compress(pickle.dumps(tuple(findings), pickle.HIGHEST_PROTOCOL), 1))


@dataclass(frozen=True, slots=True)
class Listed:
    """Findings in order, some of them packed. Each walk over it unpacks them again."""

    pieces: tuple[Packed | tuple[Finding, ...], ...]
    change: Change | None = None

    def __iter__(self) -> Iterator[Finding]:
        for piece in self.pieces:
            findings = piece.findings() if isinstance(piece, Packed) else piece
            yield from findings if self.change is None else map(self.change, findings)

    def changed(self, change: Change) -> Listed:
        """The same findings, each changed when it is read. At most once."""
        return replace(self, change=change)
