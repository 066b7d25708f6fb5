"""Names the place that a live check has to ask about, to tell the causes of an error apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from vxsetup.explain.clues import extract
from vxsetup.explain.fill import known
from vxsetup.explain.match import Clues

if TYPE_CHECKING:
    from dataclasses import dataclass

    from vxsetup.catalog import Catalogue
    from vxsetup.explain.model import Own
else:
    from vxsetup.values import dataclass


# In words of the asker's own an id is known by its hyphens, after a sign of assignment by its place alone.
_SAID = r"(?:\b|_)(?i:project(?:[ _-]?id)?)(?:\s+[\"'`]?([a-z][a-z0-9]{0,28}(?:-[a-z0-9]{1,28})+)|\s*[:=]\s*[\"'`]?([a-z][a-z0-9-]{4,28}[a-z0-9]))(?![\w-])"


@dataclass(frozen=True, slots=True)
class Place:
    """A project, and the models and locations to ask about; without a model only the project's own gates are asked.

    ``others`` are further locations of the model, which tell a place that does not serve it from a project without it.
    """

    project: str
    models: tuple[str, ...]
    locations: tuple[str, ...]
    others: tuple[str, ...] = ()

    def concerns(self, subject: str) -> bool:
        """Whether a resource name is of this place, or of no place at all."""
        return not any(f"/locations/{other}/" in subject for other in self.others)


def place_of(text: str, context: str, own: Own | None, catalogue: Catalogue) -> Place | None:
    """The place that an error is about: what the text names, else what the config says, else the asker.

    None without a project.
    """
    named = extract(text, context).clues
    values = known(named, own, catalogue)
    project = values["project"]
    if project == "PROJECT_ID" or (project.isdigit() and own is None):
        said = re.search(_SAID, context) or re.search(_SAID, text)
        project = (said[1] or said[2]) if said else project
    if project == "PROJECT_ID":
        return None
    models = (_model(named, own, values),) if values["model"] != "MODEL" else (own.models if own else ())
    location = values["location"]
    if "location" in named and own is not None:
        from_text = known({name: named[name] for name in ("location",)}, None, catalogue)["location"]
        location = from_text if from_text != "LOCATION" else location
    if location == "LOCATION":
        return Place(project, models, ())
    others = _others(models, location, catalogue) if "404" in named.get("http", ()) else ()
    return Place(project, models, (location,), others)


def _model(named: Clues, own: Own | None, values: Mapping[str, str]) -> str:
    """The model as the error writes it, since its very id may be what is wrong; the config's where that has it."""
    written = next((each for each in named.get("model", ()) if re.fullmatch(r"[\w.@:-]{1,100}", each)), None)
    return values["model"] if written is None or (own is not None and values["model"] in own.models) else written


def _others(models: tuple[str, ...], location: str, catalogue: Catalogue) -> tuple[str, ...]:
    """At most two documented places of a model besides a location."""
    model = catalogue.model(models[0]) if len(models) == 1 else None
    return tuple(place for place in (model.locations if model else ()) if place != location)[:2]
