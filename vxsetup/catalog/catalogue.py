"""The catalogue: pure look-ups over dated data about Claude on Vertex AI."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vxsetup.catalog.claims import Claim, Source, read_claim, read_sources
from vxsetup.catalog.locations import (
    Location,
    LocationKind,
    geography_of,
    host_of,
    kind_of,
    nearest_location,
    read_location,
)
from vxsetup.catalog.model import Model, Shelf, bare, find
from vxsetup.findings import Evidence, Rung

# Each table's module is imported by the look-up that reads it: `validate` pays for what it asks.
if TYPE_CHECKING:
    from vxsetup.catalog.abilities import Ability, Permission
    from vxsetup.catalog.features import Feature, Gate
    from vxsetup.catalog.quotas import Quota
    from vxsetup.catalog.recognise import Recognition

STALE_DAYS = 120
"""From this age on the catalogue says that it is old."""


class Catalogue:
    """The catalogue, over data as the schema ``catalog`` describes it. Immutable; look-ups read no file and no clock.

    ``patch_file`` names the patch that lies over the shipped data, or is None.
    """

    data: Mapping[str, Any]
    patch_file: str | None

    def __init__(self, data: Mapping[str, Any], patch_file: str | None = None) -> None:
        # Written out, since the decorator for this would cost every start a millisecond; the twin of it has slots,
        # and look-ups are kept in the object.
        self.__dict__.update(data=data, patch_file=patch_file)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a catalogue is immutable: {name} cannot be set")

    def __repr__(self) -> str:
        return f"Catalogue({self.data.get('date')!r}, patch_file={self.patch_file!r})"

    @cached_property
    def date(self) -> datetime.date:
        """The day as of which the catalogue was compiled; a patch's own day where that is later."""
        return datetime.date.fromisoformat(self.data["date"])

    def age_days(self, today: datetime.date) -> int:
        """How many days old the catalogue is; 0 on a day before its own."""
        return max(0, (today - self.date).days)

    def is_stale(self, today: datetime.date) -> bool:
        """True after 120 days."""
        return self.age_days(today) > STALE_DAYS

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """Every source by its key."""
        return read_sources(self.data["sources"])

    def cite(self, claim: Claim[Any]) -> str:
        """A claim's sources in words with its date, for a message: ``Google Cloud, … (2026-08-22)``."""
        names = [self.sources[key].what if key in self.sources else key for key in claim.sources]
        return f"{'; '.join(names)} ({claim.date})"

    def evidence(self, claim: Claim[Any], says: str) -> Evidence:
        """The claim as a finding shows it: rung ``catalogue``, the source in words, its date."""
        names = [self.sources[key].what if key in self.sources else key for key in claim.sources]
        return Evidence(Rung.CATALOGUE, "; ".join(names), says, claim.date)

    # Models

    @cached_property
    def _models(self) -> dict[str, Model]:
        shelf = Shelf(self.data["models"], self.sources)
        return {name: Model(name, shelf) for name in self.data["models"]}

    @property
    def models(self) -> tuple[Model, ...]:
        """Every model: by family, the newest first."""
        return tuple(self._models.values())

    def model(self, id: str) -> Model | None:  # noqa: A002 (the field's word)
        """The model with this id, written bare, with its ``@date`` or with ``@default``; case as it is."""
        return find(id, self._models)

    def recognise(self, id: str) -> Recognition:  # noqa: A002 (the field's word)
        """What a written id is, in any form it may have been copied in, and what to write instead. Never raises."""
        from vxsetup.catalog.recognise import recognise

        return recognise(id, self._models)

    # Locations

    @cached_property
    def locations(self) -> tuple[str, ...]:
        """The locations that a page documents for at least one Claude model: global, multi-regions, regions."""
        used = {name for model in self.models for name in model.locations}
        first = [name for name in self.data["locations"] if name in used]
        # Regions in the order in which model pages list them: the busiest first.
        order = {name: place for model in reversed(self.models) for place, name in enumerate(model.locations)}
        rank = {"global": 0, "multi_region": 1, "region": 2}
        listed = first + sorted(used - set(first))
        wide = [name for name in listed if self.location_kind(name) != "region"]
        narrow = [name for name in listed if self.location_kind(name) == "region"]
        wide.sort(key=lambda name: rank[self.location_kind(name)])
        return (*wide, *sorted(narrow, key=lambda name: (order[name], listed.index(name))))

    def location(self, location: str) -> Location | None:
        """The row of a location, or None where the catalogue has none."""
        row = self.data["locations"].get(location)
        return read_location(location, row, self.sources) if row else None

    def known_location(self, location: str) -> bool:
        """True where Google has a Vertex AI host for the location; that says nothing about Claude."""
        return location in self.data["locations"]

    def location_kind(self, location: str) -> LocationKind:
        """``global``, ``multi_region`` or ``region``; an unknown name is taken for a region."""
        return kind_of(location, self.data["locations"])

    def host(self, location: str) -> str:
        """The host that serves a location. Raises ValueError for a text that cannot be a location's name."""
        return host_of(location, self.data["locations"])

    def geography(self, location: str) -> str | None:
        """``us``, ``eu``, ``asia`` …; ``europe`` where the Union is not certain; None for ``global`` and the unknown."""
        return geography_of(location, self.data["locations"])

    def nearest_location(self, text: str) -> str | None:
        """The location that a mistyped one was probably meant to be, those documented for Claude first."""
        return nearest_location(text, self.data["locations"], self.locations)

    def endpoint_fact(self, name: str) -> Claim[Any] | None:
        """What holds for endpoint types: ``provisioned_at``, ``premium_at``, ``private_google_access`` …"""
        return read_claim(self.data["endpoints"].get(name), self.sources)

    # Features, gates, limits

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of all features, those that Vertex AI lacks too."""
        return tuple(self.data["features"])

    def feature(self, name: str) -> Feature | None:
        """A feature by name, or None."""
        from vxsetup.catalog.features import read_feature

        row = self.data["features"].get(name)
        return read_feature(name, row, self.sources) if row else None

    def gate(self, name: str) -> Gate | None:
        """A publisher's gate by name (``safety_addendum``, ``data_sharing`` …), or None."""
        from vxsetup.catalog.features import read_gate

        row = self.data["gates"].get(name)
        return read_gate(name, row, self.sources) if row else None

    def limit(self, name: str) -> Claim[Any] | None:
        """A limit by name, for example ``request_payload_mb``, or ``anthropic_version``; None for an unknown name."""
        return read_claim(self.data["limits"].get(name), self.sources)

    # Access and quota

    @property
    def ability_names(self) -> tuple[str, ...]:
        """The words that a config may use under ``can``."""
        return tuple(self.data["abilities"])

    def ability(self, name: str) -> Ability | None:
        """An ability by name, or None."""
        from vxsetup.catalog.abilities import read_ability

        row = self.data["abilities"].get(name)
        return read_ability(name, row, self.data["permissions"], self.sources) if row else None

    def permission(self, name: str) -> Permission | None:
        """What is known of a permission, or None."""
        from vxsetup.catalog.abilities import read_permission

        row = self.data["permissions"].get(name)
        return read_permission(name, row, self.sources) if row else None

    def roles_with(self, permission: str) -> tuple[str, ...]:
        """Predefined roles known to hold a permission; empty where none is known. Never the full list."""
        known = self.permission(permission)
        return known.roles if known else ()

    def quota(self, model_id: str, location: str) -> Quota:
        """The quota rows that bound a model at a location; for an unknown model by the pattern of the others."""
        found = self._quotas.get((model_id, location))
        if found is None:
            found = self._quotas[model_id, location] = self._quota(model_id, location)
        return found

    @cached_property
    def _quotas(self) -> dict[tuple[str, str], Quota]:
        """What was looked up before: every rule about quota asks for the same few rows."""
        return {}

    def _quota(self, model_id: str, location: str) -> Quota:
        from vxsetup.catalog.quotas import quota_of

        model = self.model(model_id)
        kind = self.location_kind(location)
        scope = location if kind == "multi_region" else kind
        if scope not in self.data["quotas"]["scopes"]:
            scope = "region"
        name = model.id if model else bare(model_id)
        return quota_of(model, name, location, scope, self.data["quotas"], self.sources)

    def quota_notes(self) -> tuple[Claim[str], ...]:
        """What is known of defaults and of projects that have no quota."""
        notes = read_claim(self.data["quotas"]["notes"], self.sources, str)
        return notes.every if notes else ()
