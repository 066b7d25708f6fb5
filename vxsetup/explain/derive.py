"""Adds to the clues what the catalogue knows: what an id turned out to be, the model's state, whether the place is documented."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING

from vxsetup.explain.match import Clues

if TYPE_CHECKING:
    from vxsetup.catalog import Catalogue, Recognition
    from vxsetup.explain.model import Own

_MOST = 4
_NOBODY = ("undefined", "null", "none", "nan", "your-project-id", "my-project", "project-id")


def with_catalogue(clues: Clues, catalogue: Catalogue, today: datetime.date) -> dict[str, tuple[str, ...]]:
    """The clues, and of the models in them: form, state, place. The catalogue is asked for at most four models."""
    forms: list[str] = []
    states: list[str] = []
    places: list[str] = []
    locations = clues.get("location", ())
    for written in clues.get("model", ())[:_MOST]:
        found = catalogue.recognise(written)
        forms.append("wrong_date" if _dated(found) else found.kind)
        if found.model is None:
            continue
        states.append(found.model.state(today).name)
        served = found.model.locations
        places += ["documented" if location in served else "undocumented" for location in locations]
    for base in clues.get("base", ())[:_MOST]:
        model = catalogue.model(base.removeprefix("anthropic-"))
        if model is not None:
            served = model.locations
            places += ["documented" if location in served else "undocumented" for location in locations]
    added = {"form": forms, "state": states, "place": places}
    return {**clues, **{name: tuple(dict.fromkeys(values)) for name, values in added.items() if values}}


def _dated(found: Recognition) -> bool:
    """Whether only the part after the @ keeps an id from being one that the catalogue knows."""
    name, _, version = found.core.partition("@")
    return found.kind == "unknown" and bool(version) and name in {each.split("@")[0] for each in found.nearest}


def others_than(own: Own | None, clues: Clues) -> tuple[str, ...]:
    """The projects that a text names, where the config's is not among them; numbers tell nothing."""
    mine = None if own is None else own.project
    named = [
        each
        for each in clues.get("project", ())
        if re.fullmatch(r"[a-z][a-z0-9:.-]{3,60}", each) and each not in _NOBODY
    ]
    return tuple(named) if mine and named and mine.lower() not in named else ()


def with_own(clues: Clues, own: Own | None) -> dict[str, tuple[str, ...]]:
    """The clues, with whether the project that was asked or charged is another than the config's, or than the path's."""
    found = dict(clues)
    if others_than(own, clues):
        found["own"] = ("other-project",)
    charged = [name for name in clues.get("consumer", ()) if name not in ("google-client", "projects")]
    if own is not None and own.project and charged:
        mine = {own.project.lower(), *([own.number] if own.number else [])}
        comparable = [name for name in charged if own.number or not name.isdigit()]
        if comparable and not mine & set(comparable):
            found["consumer"] = (*clues["consumer"], "not-own")
    asked = [name for name in clues.get("project", ()) if "{" not in name and "." not in name and name]
    named = [name for name in charged if not name.isdigit() and "<" not in name]
    if asked and named and not set(asked) & set(named) and not any(name.isdigit() for name in asked):
        found["consumer"] = (*found["consumer"], "not-in-path")
    return found
