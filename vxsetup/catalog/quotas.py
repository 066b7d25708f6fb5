"""Which quota rows bound a model at a location: base models, metrics, quota ids, dimensions, documented defaults.

Two systems stand beside each other (GD:quotas): models launched after 2026-05-26 share a bucket per lineage on global
and multi-region endpoints; earlier ones have a bucket each. In single regions, reports name a bucket per model even for
the newer ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from vxsetup.catalog.claims import Claim, Source, read_claim
from vxsetup.catalog.model import Model

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

LimitKind = Literal["requests", "input_tokens", "output_tokens", "tokens"]
System = Literal["lineage", "per_model"]


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A value of the quota dimension ``base_model`` that may bound the model, and who says so."""

    name: str
    system: System
    claim: Claim[str]


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit, per minute. ``quota_id`` is None where no source gives the id in the Cloud Quotas API.

    ``counts`` says in words which tokens a limit of tokens counts, where a source does.
    """

    kind: LimitKind
    metric: Claim[str]
    quota_id: Claim[str] | None
    counts: Claim[str] | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """The quota rows of a model at a location; the first base model is the likeliest.

    ``default`` is what Google documents per minute; many projects have another limit, often 0.
    """

    model: str
    location: str
    scope: str
    dimensions: tuple[str, ...]
    base_models: tuple[BaseModel, ...]
    limits: tuple[Limit, ...]
    default: Claim[Mapping[str, int]] | None

    def limit(self, kind: str) -> Limit | None:
        """The limit of one kind, or None where this model has none of it here."""
        return next((limit for limit in self.limits if limit.kind == kind), None)

    def dimension_values(self, base_model: str) -> dict[str, str]:
        """The dimensions that pick this model's row in the Cloud Quotas API."""
        values = {"base_model": base_model}
        if "region" in self.dimensions:
            values["region"] = self.location
        return values


def quota_of(
    model: Model | None,
    bare_id: str,
    location: str,
    scope: str,
    table: Mapping[str, Any],
    sources: Mapping[str, Source],
) -> Quota:
    """The quota rows for a model, known or not, at a location of the scope ``global``, ``us``, ``eu`` or ``region``."""
    row = table["scopes"][scope]
    own = model.row.get("quota", {}) if model else {}
    default = _default(own, location, sources)
    combined = default is not None and "tokens" in default.value
    kinds = ("requests", "tokens") if combined else ("requests", "input_tokens", "output_tokens")
    limits = []
    for kind in kinds:
        cells = row["limits"].get(kind)
        metric = read_claim(cells["metric"], sources, str) if cells else None
        if metric:
            counts = read_claim(table.get("counts", {}).get(kind), sources, str)
            limits.append(Limit(kind, metric, read_claim(cells.get("quota_id"), sources, str), counts))  # type: ignore[arg-type]
    bases = _known(own, scope, sources) if own else _guessed(bare_id, scope, table, sources)
    return Quota(bare_id, location, scope, tuple(row["dimensions"]), bases, tuple(limits), default)


def burndown_of(table: Mapping[str, Any], sources: Mapping[str, Source]) -> Claim[Mapping[str, float]] | None:
    """How many units of provisioned throughput one token uses: ``input``, ``output``, ``cache_read`` …"""
    return read_claim(table.get("burndown"), sources)


def _default(own: Mapping[str, Any], location: str, sources: Mapping[str, Source]) -> Claim[Mapping[str, int]] | None:
    rows = [{**row, "value": row["value"][location]} for row in own.get("defaults", ()) if location in row["value"]]
    return read_claim(rows, sources)


def _known(own: Mapping[str, Any], scope: str, sources: Mapping[str, Source]) -> tuple[BaseModel, ...]:
    base = read_claim(own["base_model"], sources, str)
    assert base is not None  # the schema asks for it
    system: System = own["system"][0]["value"]
    named = BaseModel(base.value, system, base)
    regional = read_claim(own.get("regional_base_model"), sources, str)
    if scope != "region" or regional is None:
        return (named,)
    return (BaseModel(regional.value, "per_model", regional), named)


def _guessed(
    bare_id: str, scope: str, table: Mapping[str, Any], sources: Mapping[str, Source]
) -> tuple[BaseModel, ...]:
    """A model without quota facts: the lineage that its name points to, and the pattern of one bucket per model."""
    note = "By the pattern of other models; this one is not documented."
    name = str(table["per_model_pattern"][0]["value"]).replace("{id}", bare_id)
    date = sources["VXSETUP"].date
    single = BaseModel(name, "per_model", Claim(name, ("VXSETUP",), date, "inferred", note))
    shared = []
    for family, rows in table["lineages"].items():
        if family in bare_id.split("-"):
            value = str(rows[0]["value"])
            shared.append(BaseModel(value, "lineage", Claim(value, ("VXSETUP",), date, "inferred", note)))
    return (single, *shared) if scope == "region" else (*shared, single)
