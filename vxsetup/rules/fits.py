"""Where a config could run: models, features, residency, traffic, private network and clients as constraints over locations.

For each model it gives the locations that satisfy every line, or the smallest set of lines that contradict each other,
with the nearest change for each of them. Pure; it knows what the catalogue knows, and not what a project reaches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING

from vxsetup.catalog import Catalogue, ModelState
from vxsetup.config.project import Model, Project
from vxsetup.findings import ConfigPath, Span
from vxsetup.rules.features import documented

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from vxsetup.values import dataclass, replace

ClientAllows = Callable[[str, str], str | None]
"""What keeps a client from a location, in words, or None where nothing does: ``allows("cline", "eu")``."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """One line of the config, as the locations that it allows: what it says, where it stands, what would change it."""

    says: str
    config_path: ConfigPath
    span: Span
    allowed: frozenset[str]
    change: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Lines of which no location satisfies all, though one satisfies all but any one of them.

    ``without`` has for each line the locations that the whole config would fit if that line were gone.
    """

    constraints: tuple[Constraint, ...]
    without: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ModelFit:
    """Where one model fits. ``asked`` are the locations that the config names now; ``conflicts`` are of equal size."""

    model: str
    span: Span
    asked: tuple[str, ...]
    locations: tuple[str, ...]
    constraints: tuple[Constraint, ...]
    conflicts: tuple[Conflict, ...]

    @property
    def misplaced(self) -> tuple[str, ...]:
        """The locations that the config names and that do not fit."""
        return tuple(place for place in self.asked if place not in self.locations)


@dataclass(frozen=True, slots=True)
class Fits:
    """The fits of all models of a project; ``common`` are the locations where every one of them fits."""

    project: str
    environment: str | None
    file: str
    models: tuple[ModelFit, ...]
    common: tuple[str, ...]


def fits(project: Project, catalogue: Catalogue, today: date, client_allows: ClientAllows | None = None) -> Fits:
    """Where each model of a project could run, the documented locations in the catalogue's order."""
    found = tuple(_of_model(project, model, catalogue, today, client_allows) for model in project.models)
    common = [place for place in catalogue.locations if all(place in fit.locations for fit in found)]
    return Fits(project.id, project.environment, project.file, found, tuple(common) if found else ())


def _of_model(
    project: Project, model: Model, catalogue: Catalogue, today: date, client_allows: ClientAllows | None
) -> ModelFit:
    constraints = tuple(_constraints(project, model, catalogue, today, client_allows))
    everywhere = catalogue.locations
    locations = tuple(place for place in everywhere if all(place in one.allowed for one in constraints))
    asked = tuple(dict.fromkeys(placement.location for placement in model.locations))
    conflicts = () if locations else tuple(_conflicts(constraints, everywhere))
    span = project.span((*model.config_path, "id"))
    return ModelFit(model.id, span, asked, locations, constraints, conflicts)


def _constraints(
    project: Project, model: Model, catalogue: Catalogue, today: date, client_allows: ClientAllows | None
) -> Iterable[Constraint]:
    everywhere = catalogue.locations

    def where(says: str, path: ConfigPath, change: str, allows: Callable[[str], bool]) -> Constraint:
        return Constraint(says, path, project.span(path), frozenset(filter(allows, everywhere)), change)

    known = catalogue.model(model.id)
    path = (*model.config_path, "id")
    served = known.locations if known else ()
    if served:
        yield where(
            f"{model.id} is documented at {', '.join(served)}",
            path,
            _another_model(project, model, catalogue, today, client_allows),
            lambda place: place in served,
        )
    else:
        says = f"no page documents where {model.id} is served"
        yield where(says, path, "choose a model whose locations are documented", lambda place: False)
    yield from _other_lines(project, model, catalogue, client_allows)


def _other_lines(
    project: Project, model: Model, catalogue: Catalogue, client_allows: ClientAllows | None
) -> Iterable[Constraint]:
    """The constraints beside the one of the model's own places."""
    everywhere = catalogue.locations

    def where(says: str, path: ConfigPath, change: str, allows: Callable[[str], bool]) -> Constraint:
        return Constraint(says, path, project.span(path), frozenset(filter(allows, everywhere)), change)

    for number, name in enumerate(model.features):
        sample = documented(catalogue, model.id, everywhere[0], name)
        yield where(
            f"feature {name}" + ("" if sample.there else f": {sample.says}"),
            (*model.config_path, "features", number),
            f"do without {name}",
            lambda place, name=name: documented(catalogue, model.id, place, name).there,  # type: ignore[misc]
        )
    if model.traffic == "provisioned":
        yield where(
            "provisioned throughput is taken by regional endpoints alone",
            (*model.config_path, "traffic"),
            "traffic: pay_as_you_go",
            lambda place: catalogue.location_kind(place) == "region",
        )
    private = catalogue.endpoint_fact("private_google_access")
    if project.network_private and private is not None:
        yield where(
            f"a private network reaches {', '.join(private.value)} endpoints; us and eu need Private Service Connect",
            ("network", "private"),
            "set up a Private Service Connect endpoint for the multi-region, or network.private: false",
            lambda place: catalogue.location_kind(place) in private.value,
        )
    if project.residency != "any":
        yield where(
            f"residency {project.residency}",
            ("residency",),
            "residency: any",
            lambda place: catalogue.geography(place) == project.residency,
        )
    if client_allows is not None:
        for number, client in enumerate(project.clients):
            reasons = {place: client_allows(client, place) for place in everywhere}
            first = next((reason for reason in reasons.values() if reason), "")
            yield where(
                f"client {client}" + (f": {first}" if first else ""),
                ("clients", number),
                f"use another client than {client}",
                lambda place, reasons=reasons: reasons[place] is None,  # type: ignore[misc]
            )


def _another_model(
    project: Project, model: Model, catalogue: Catalogue, today: date, client_allows: ClientAllows | None
) -> str:
    """What to choose in the model's place: the newest active one, of its own family first, that fits the other lines."""
    known = catalogue.model(model.id)
    active = [other for other in catalogue.models if other.state(today).name is ModelState.ACTIVE]
    active.sort(key=lambda other: known is None or other.family != known.family)
    for other in active:
        if known is not None and other.id == known.id:
            continue
        instead = replace(model, id=other.versioned_id)
        lines = tuple(_other_lines(project, instead, catalogue, client_allows))
        if any(all(place in line.allowed for line in lines) for place in other.locations):
            return f"choose another model, for example {other.versioned_id}"
    return "choose another model"


def _conflicts(constraints: tuple[Constraint, ...], everywhere: tuple[str, ...]) -> Iterable[Conflict]:
    """The smallest sets of constraints that no location satisfies; all of the least size, in the order of the lines.

    A constraint that narrows nothing is in none of them, so few are left to combine.
    """
    narrowing = [one for one in constraints if len(one.allowed) < len(everywhere)]
    for size in range(1, len(narrowing) + 1):
        found = [group for group in combinations(narrowing, size) if not frozenset.intersection(*map(_allowed, group))]
        if found:
            for group in found:
                yield Conflict(group, tuple(_without(one, constraints, everywhere) for one in group))
            return


def _allowed(constraint: Constraint) -> frozenset[str]:
    return constraint.allowed


def _without(gone: Constraint, constraints: tuple[Constraint, ...], everywhere: tuple[str, ...]) -> tuple[str, ...]:
    kept = [one.allowed for one in constraints if one is not gone]
    return tuple(place for place in everywhere if all(place in allowed for allowed in kept))
