"""What a config asks of a client: the project, each model at its locations with the host, and the pipelines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vxsetup.catalog import Catalogue
from vxsetup.clients import Wanted
from vxsetup.clients.fit import common_location
from vxsetup.config.project import Ci, Project
from vxsetup.emit.parts import Refusal

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

SENDABLE = ("known", "unknown")


@dataclass(frozen=True, slots=True)
class Place:
    """One model at one location: the id to write, the id without its date, its family, and the location's host."""

    model: str
    bare: str
    family: str | None
    location: str
    host: str
    context_window: int | None = None
    max_output_tokens: int | None = None
    refuses_sampling: bool = False

    @property
    def wanted(self) -> Wanted:
        """The same, as the table of clients judges it."""
        return Wanted(self.model, self.bare, self.location)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the writers know.

    ``places`` are in the config's order. ``endpoint`` is an origin such as ``https://gateway.acme.example`` that stands
    in place of Google's hosts, or None. ``project_number`` is digits, or None where it is not known.
    """

    project: str
    places: tuple[Place, ...]
    ci: Ci
    residency: str = "any"
    endpoint: str | None = None
    project_number: str | None = None

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """The places, as the table of clients judges them."""
        return tuple(place.wanted for place in self.places)

    @property
    def location(self) -> str:
        """The main location: the first at which every model is asked for, else that of the first model."""
        return common_location(self.wanted) or self.places[0].location

    @property
    def locations(self) -> tuple[str, ...]:
        """Every location that a written file can name, each once."""
        return tuple(dict.fromkeys(place.location for place in self.places))

    @property
    def firsts(self) -> tuple[Place, ...]:
        """One place for each model: at the main location where it has that, else its first."""
        chosen: dict[str, Place] = {}
        for place in self.places:
            if place.model not in chosen or (
                place.location == self.location and chosen[place.model].location != self.location
            ):
                chosen[place.model] = place
        return tuple(chosen.values())

    def origin(self, place: Place) -> str:
        """Scheme and host that requests for a place go to."""
        return self.endpoint or f"https://{place.host}"

    def base_url(self, place: Place, shape: str) -> str:
        """The address in one of the forms of the table of clients. Raises KeyError for another form."""
        path = f"/v1/projects/{self.project}/locations/{place.location}"
        ends = {"host": "", "v1": "/v1", "models": f"{path}/publishers/anthropic/models", "location": f"{path}/"}
        return self.origin(place) + ends[shape]


def settings_of(
    project: Project,
    catalogue: Catalogue,
    models: Sequence[str] = (),
    locations: Sequence[str] = (),
    endpoint: str | None = None,
    project_number: str | None = None,
) -> Settings | Refusal:
    """The settings of one environment, narrowed to some models and locations where they are given.

    A Refusal where a model's id can stand in no request, and where nothing is left.
    """
    places: list[Place] = []
    for model in project.models:
        recognised = catalogue.recognise(model.id)
        if recognised.kind not in SENDABLE:
            meant = f"write {recognised.suggestion}" if recognised.suggestion else "correct the id"
            return Refusal(f"{model.id} is no id that Vertex AI takes", f"{meant} in the config, see VX401")
        known = catalogue.model(model.id)
        if models and model.id not in models and (known is None or known.id not in models):
            continue
        window, most = (known.context_window, known.max_output_tokens) if known else (None, None)
        places += [
            Place(
                model.id,
                known.id if known else model.id.partition("@")[0],
                known.family if known else None,
                placement.location,
                catalogue.host(placement.location),
                window.value if window else None,
                most.value if most else None,
                known is not None and known.refuses("sampling") is not None,
            )
            for placement in model.locations
            if not locations or placement.location in locations
        ]
    if not places:
        if not project.models:
            return Refusal("the config asks for no model", "add one under models")
        return Refusal("no model of the config is asked for there", "leave --model and --location out, or correct them")
    return Settings(project.id, tuple(places), project.ci, project.residency, endpoint, project_number)
