"""The findings of many files, packed, and read back a few files at a time.

A fleet's findings are alike, so that packed they take a hundredth of their size, and a report of ten thousand files needs
little more memory than one of a thousand. Those of a few files stand as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, overload

from vxsetup.findings import Finding, Report, validity

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from vxsetup.values import dataclass, replace

Change = Callable[[Finding], Finding]


@dataclass(frozen=True, slots=True)
class Piece:
    """What was found in some files that follow one another, in the order in which reports show it.

    ``told`` are the findings that are no passes, ``every`` all of them, None where no format lists passes; ``shown`` are the
    lines of the files that findings point at, by file. Each is a tuple or mapping, or the bytes that stand for one.
    """

    files: tuple[str, ...]
    told: tuple[Finding, ...] | bytes
    every: tuple[Finding, ...] | bytes | None
    shown: Mapping[str, str] | bytes
    numbers: tuple[int, int]
    """How many findings are told, and how many there are in ``every``."""
    valid: bool
    """Whether no finding is an error."""

    @property
    def packed(self) -> bool:
        """Whether it stands as bytes."""
        return isinstance(self.told, bytes)

    def findings(self, every: bool = False) -> tuple[Finding, ...]:
        """The findings that are told, or all of them; made anew where they are packed."""
        found: tuple[Finding, ...] = _loaded(self.every if every else self.told)
        return found

    def lines(self) -> Mapping[str, str]:
        """The lines that findings point at, by file."""
        found: Mapping[str, str] = _loaded(self.shown)
        return found


def piece(
    files: Iterable[str],
    told: Iterable[Finding],
    every: Iterable[Finding] | None,
    shown: Mapping[str, str],
    pack: bool,
) -> Piece:
    """What was found in some files, packed or as it is."""
    said, all_ = tuple(told), None if every is None else tuple(every)
    numbers = (len(said), 0 if all_ is None else len(all_))
    valid = validity(said) == "valid"
    if not pack:
        return Piece(tuple(files), said, all_, dict(shown), numbers, valid)
    return Piece(
        tuple(files), _packed(said), None if all_ is None else _packed(all_), _packed(dict(shown)), numbers, valid
    )


def _packed(value: object) -> bytes:
    import pickle
    import zlib

    return zlib.compress(pickle.dumps(value, pickle.HIGHEST_PROTOCOL), 6)


def _loaded(value: Any) -> Any:
    if not isinstance(value, bytes):
        return value
    import pickle
    import zlib

    return pickle.loads(zlib.decompress(value))  # of this process or its own child


class Kept(Sequence[Finding]):
    """Findings in order, most of them packed. Each walk over it unpacks them again, a piece at a time."""

    __slots__ = ("_change", "_every", "_pieces")

    def __init__(
        self, pieces: Iterable[Piece | tuple[Finding, ...]], every: bool = False, change: Change | None = None
    ) -> None:
        """``every``: with those that pass."""
        self._pieces = tuple(pieces)
        self._every = every
        self._change = change

    def __iter__(self) -> Iterator[Finding]:
        for one in self._pieces:
            findings = one.findings(self._every) if isinstance(one, Piece) else one
            yield from findings if self._change is None else map(self._change, findings)

    def __len__(self) -> int:
        return sum(one.numbers[self._every] if isinstance(one, Piece) else len(one) for one in self._pieces)

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        """By a walk over those before it."""
        if isinstance(index, slice):
            return tuple(self)[index]
        place = index if index >= 0 else len(self) + index
        found = next(islice(self, place, None), None) if place >= 0 else None
        if found is None:
            raise IndexError(index)
        return found

    def changed(self, change: Change) -> Kept:
        """The same findings, each changed when it is read."""
        before = self._change
        return Kept(self._pieces, self._every, change if before is None else lambda one: change(before(one)))


def changed(findings: Sequence[Finding], change: Change) -> Sequence[Finding]:
    """Findings, each changed: at once, or when it is read where they are not in memory."""
    return findings.changed(change) if isinstance(findings, Kept) else tuple(map(change, findings))


def in_full(report: Report) -> Report:
    """The report whose findings are all of them, for a reader that lists what passes."""
    if report.listed is None:
        return report
    projects = tuple(replace(project, unlisted=(0, 0)) for project in report.projects)
    return replace(report, projects=projects, findings=report.listed, listed=None)


class Lines(Mapping[str, str]):
    """The lines that findings point at, by file; those of the piece that was looked into last are at hand."""

    __slots__ = ("_last", "_others", "_pieces", "_rename", "_where")

    def __init__(
        self, pieces: Sequence[Piece], others: Mapping[str, str], rename: Callable[[str], str] | None = None
    ) -> None:
        """``others`` are the texts of files that are in no piece. ``rename``: the names that the files go by here."""
        self._pieces = tuple(pieces)
        self._rename = rename
        self._others = {self._name(file): text for file, text in others.items()}
        self._where = {self._name(file): number for number, one in enumerate(pieces) for file in one.files}
        self._last: tuple[int, Mapping[str, str]] = (-1, {})

    def _name(self, file: str) -> str:
        return file if self._rename is None else self._rename(file)

    def __getitem__(self, file: str) -> str:
        if file in self._others:
            return self._others[file]
        number = self._where[file]
        if self._last[0] != number:
            self._last = (number, {self._name(one): text for one, text in self._pieces[number].lines().items()})
        return self._last[1][file]

    def __iter__(self) -> Iterator[str]:
        yield from self._others
        for one in self._pieces:
            yield from map(self._name, one.lines())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def renamed(self, rename: Callable[[str], str]) -> Lines:
        """The same lines, each file under another name."""
        before = self._rename
        made = Lines(self._pieces, {}, rename if before is None else lambda file: rename(before(file)))
        made._others = {rename(file): text for file, text in self._others.items()}
        return made
