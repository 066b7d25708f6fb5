"""Names the place that a live check has to ask about, to tell the causes of an error apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxsetup.explain.clues import extract
from vxsetup.explain.fill import known

if TYPE_CHECKING:
    from dataclasses import dataclass

    from vxsetup.catalog import Catalogue
    from vxsetup.explain.model import Own
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A project, and the models and locations to ask about; without a model only the project's own gates are asked."""

    project: str
    models: tuple[str, ...]
    locations: tuple[str, ...]


def place_of(text: str, context: str, own: Own | None, catalogue: Catalogue) -> Place | None:
    """The place that an error is about: what the text names, else what the config says. None without a project."""
    values = known(extract(text, context).clues, own, catalogue)
    if values["project"] == "PROJECT_ID":
        return None
    named = extract(text, context).clues
    models = (values["model"],) if values["model"] != "MODEL" else (own.models if own else ())
    location = values["location"]
    if "location" in named and own is not None:
        from_text = known({name: named[name] for name in ("location",)}, None, catalogue)["location"]
        location = from_text if from_text != "LOCATION" else location
    return Place(values["project"], models, (location,) if location != "LOCATION" else ())
