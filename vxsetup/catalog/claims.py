"""What a source says and when: the unit of the catalogue. A fact is a claim; claims that differ are kept beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

T = TypeVar("T")

CONFIDENCE = ("primary", "mirrored", "secondary", "field", "inferred")
"""How sure a claim is, from most to least: a document or shipped artefact of Anthropic or Google; such a document read
through a dated copy; somebody else's table; a report about one live project; worked out by vxsetup."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where claims come from. ``date`` is ISO 8601 to the day, month or year, as exactly as it is known."""

    key: str
    what: str
    date: str
    kind: str
    note: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Claim(Generic[T]):
    """One answer to one question, with the source keys that give it, their date and how sure it is.

    ``others`` are the further answers that were found to the same question, in the catalogue's order of preference;
    ``conflicts`` are those of them that differ from this one.
    """

    value: T
    sources: tuple[str, ...]
    date: str
    confidence: str
    note: str | None = None
    others: tuple[Claim[T], ...] = ()

    @property
    def source(self) -> str:
        """The key of the first source."""
        return self.sources[0]

    @property
    def conflicts(self) -> tuple[Claim[T], ...]:
        """The other answers that differ from this one."""
        return tuple(other for other in self.others if other.value != self.value)

    @property
    def doubtful(self) -> bool:
        """True where neither Anthropic nor Google says it, or where sources differ."""
        return self.confidence not in ("primary", "mirrored") or bool(self.conflicts)

    @property
    def every(self) -> tuple[Claim[T], ...]:
        """This claim and the others, the preferred first."""
        return (self, *self.others)

    def as_dict(self) -> dict[str, Any]:
        """The claim as JSON values; dates as ISO text, ``others`` only where there are any."""
        plain: dict[str, Any] = {"value": _plain(self.value), "sources": list(self.sources), "date": self.date}
        plain["confidence"] = self.confidence
        if self.note:
            plain["note"] = self.note
        if self.others:
            plain["others"] = [other.as_dict() for other in self.others]
        return plain


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _same(value: Any) -> Any:
    return value


def read_sources(data: Mapping[str, Any]) -> dict[str, Source]:
    """The table of sources, by key, from the catalogue's data."""
    return {
        key: Source(key, row["what"], row["date"], row["kind"], row.get("note"), row.get("url"))
        for key, row in data.items()
    }


def source_keys(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The source keys of a row that has ``source`` or ``sources``."""
    return (row["source"],) if "source" in row else tuple(row["sources"])


def read_claim(
    rows: Sequence[Mapping[str, Any]] | None,
    sources: Mapping[str, Source],
    value: Callable[[Any], T] = _same,
) -> Claim[T] | None:
    """The claim that a list of rows makes, or None where there is no row.

    The first row is the preferred one and the rest become its ``others``. Date and confidence are the row's own or
    else those of its first source. ``value`` turns JSON into the claim's type.
    """
    if not rows:
        return None
    claims = [_one(row, sources, value) for row in rows]
    first = claims[0]
    if len(claims) == 1:
        return first
    return Claim(first.value, first.sources, first.date, first.confidence, first.note, tuple(claims[1:]))


def _one(row: Mapping[str, Any], sources: Mapping[str, Source], value: Callable[[Any], T]) -> Claim[T]:
    keys = source_keys(row)
    source = sources[keys[0]]
    return Claim(
        value(row["value"]),
        keys,
        row.get("date") or source.date,
        row.get("confidence") or source.kind,
        row.get("note"),
    )


def join_claims(claims: Sequence[Claim[T]]) -> Claim[T] | None:
    """The first of several claims with the rest as its ``others``; None for none."""
    if not claims:
        return None
    first = claims[0]
    return Claim(first.value, first.sources, first.date, first.confidence, first.note, tuple(claims[1:]))
