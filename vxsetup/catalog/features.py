"""Features of the Claude API on Vertex AI, and the publisher's gates: what holds for all models alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vxsetup.catalog.claims import Claim, Source, read_claim

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature. ``offered`` says whether Vertex AI has it at all.

    ``policy`` is its word in ``constraints/vertexai.allowedPartnerModelFeatures``, or None where no policy governs it;
    ``denied_by_default`` holds for projects inside an organization. ``not_at`` and ``only_at`` name locations;
    ``perimeter_blocked`` says that a service perimeter stops it.
    """

    name: str
    title: str
    offered: Claim[bool]
    policy: str | None = None
    denied_by_default: Claim[bool] | None = None
    not_at: Claim[tuple[str, ...]] | None = None
    only_at: Claim[tuple[str, ...]] | None = None
    perimeter_blocked: Claim[bool] | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition of the publisher's: what it is, per what it is met, who may meet it, whether only by hand."""

    name: str
    title: str
    says: str
    per: str
    by_hand: bool
    permission: str | None
    claim: Claim[bool]


def read_feature(name: str, row: Mapping[str, Any], sources: Mapping[str, Source]) -> Feature:
    """One row of the table of features."""
    offered = read_claim(row["offered"], sources, bool)
    assert offered is not None  # the schema asks for it
    return Feature(
        name,
        row["title"],
        offered,
        row.get("policy"),
        read_claim(row.get("denied_by_default"), sources, bool),
        read_claim(row.get("not_at"), sources, tuple),
        read_claim(row.get("only_at"), sources, tuple),
        read_claim(row.get("perimeter_blocked"), sources, bool),
    )


def read_gate(name: str, row: Mapping[str, Any], sources: Mapping[str, Source]) -> Gate:
    """One row of the table of gates."""
    claim = read_claim(row["claims"], sources, bool)
    assert claim is not None  # the schema asks for it
    return Gate(name, row["title"], row["says"], row["per"], row["by_hand"], row.get("permission"), claim)
