"""Locations of Claude on Vertex AI: what kind each is, its host, its geography, and the nearest to a mistyped one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from vxsetup.catalog.claims import Claim, Source, read_claim

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

LocationKind = Literal["global", "multi_region", "region"]

# How other clouds and everyday speech name a place that has one counterpart here.
_SPOKEN = {
    "worldwide": "global",
    "any": "global",
    "usa": "us",
    "unitedstates": "us",
    "america": "us",
    "europe": "eu",
    "eur": "eu",
    "europeanunion": "eu",
    "singapore": "asia-southeast1",
    "belgium": "europe-west1",
    "columbus": "us-east5",
    "apsoutheast1": "asia-southeast1",
    "euwest1": "europe-west1",
    "useast2": "us-east5",
}


@dataclass(frozen=True, slots=True)
class Location:
    """One location: its kind, the host that serves it, its geography (None for ``global``), and remarks."""

    name: str
    kind: LocationKind
    host: Claim[str]
    geography: Claim[str] | None
    notes: tuple[Claim[str], ...]


def _is_name(text: str) -> bool:
    """Whether a text can be the first label of a host name; anything else must never become part of one."""
    # Compiled on use: most runs never meet a location that the table lacks.
    return re.fullmatch(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", text) is not None


def read_location(name: str, row: Mapping[str, Any], sources: Mapping[str, Source]) -> Location:
    """One row of the table of locations."""
    host = read_claim(row["host"], sources, str)
    assert host is not None  # the schema asks for at least one claim
    remarks = read_claim(row.get("notes"), sources, str)
    return Location(
        name,
        row["kind"],
        host,
        read_claim(row.get("geography"), sources, str),
        remarks.every if remarks else (),
    )


def kind_of(location: str, table: Mapping[str, Any]) -> LocationKind:
    """``global``, ``multi_region`` or ``region``; a name that the table lacks is taken for a region."""
    row = table.get(location)
    kind: LocationKind = row["kind"] if row else "region"
    return kind


def host_of(location: str, table: Mapping[str, Any]) -> str:
    """The host that serves a location; a region that the table lacks follows the pattern of the others (DISC).

    Raises ValueError for a text that is no location name, so that nothing but a Google host can come of it.
    """
    row = table.get(location)
    if row:
        return str(row["host"][0]["value"])
    if not _is_name(location):
        raise ValueError(f"{location[:80]!r} is not the name of a location")
    return f"{location}-aiplatform.googleapis.com"


def geography_of(location: str, table: Mapping[str, Any]) -> str | None:
    """Where a location lies: ``us``, ``eu``, ``asia``, ``uk``, ``switzerland``, ``canada`` …

    ``europe`` stands for Europe without knowing whether it is the European Union; None for ``global`` and for a name
    that tells nothing. A region that the table lacks is placed by the first part of its name.
    """
    row = table.get(location)
    if row:
        return str(row["geography"][0]["value"]) if "geography" in row else None
    by_name = {"us": "us", "asia": "asia", "europe": "europe", "australia": "australia", "africa": "africa"}
    by_name |= {"me": "middle_east", "southamerica": "south_america"}
    head, dash, _ = location.partition("-")
    return by_name.get(head) if dash and _is_name(location) else None


def nearest_location(text: str, table: Iterable[str], preferred: Iterable[str]) -> str | None:
    """The location that a text was probably meant to be, or None.

    Case, underscores, blanks, doubled dashes (``us-east-5``) and zones (``us-east5-a``) are forgiven first; then the
    few names that other clouds use; then slips of up to two characters. Locations documented for Claude go first.
    """
    from vxsetup.catalog.nearest import nearest  # here, since only a mistyped name needs it

    if len(text) > 64:
        return None
    names = list(dict.fromkeys([*preferred, *table]))
    squeezed = {_squeeze(name): name for name in reversed(names)}
    plain = _squeeze(text)
    zone_free = _squeeze(re.sub(r"-[a-f]$", "", text.strip().lower()))
    for guess in (plain, zone_free):
        if guess in squeezed:
            return squeezed[guess]
    if plain in _SPOKEN and _SPOKEN[plain] in names:
        return _SPOKEN[plain]
    near = nearest(text.strip().lower(), names, limit=2, at_most=1)
    return near[0] if near else None


def _squeeze(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
