"""What ``vxsetup explain`` takes from a config, and from what the asker adds: for whose project the fixes are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vxsetup.cli.configs import Configs
    from vxsetup.explain import Own
    from vxsetup.explain.live import Place

_MOST_NAMED = 4
"""How many projects of a folder of configs are named."""


def own_of(configs: Configs | None, text: str) -> Own | None:
    """The project, location and models of the config; of several the one whose project the error names, or the first."""
    if configs is None or not configs.projects:
        return None
    from vxsetup.explain import Own

    chosen = next((each for each in configs.projects if each.id in text), configs.projects[0])
    models = tuple(dict.fromkeys(model.id for model in chosen.models))
    return Own(chosen.id, chosen.location, models)


def said_of(text: str, context: str) -> Own | None:
    """The project that the asker names, where the error names none: the fixes are written for it."""
    if "project" not in context.lower():
        return None
    from vxsetup.explain import Own
    from vxsetup.explain.live import said_project

    project = said_project(text, context)
    return None if project is None else Own(project)


def notes_of(configs: Configs | None, text: str) -> tuple[str, ...]:
    """What is to be known of the config beside its values: that it could not be used, or that it was one of several."""
    if configs is None:
        return ()
    ids = tuple(dict.fromkeys(each.id for each in configs.projects))
    if not ids:
        fault = next(iter(configs.findings), None)
        where = f" ({fault.span.file}:{fault.span.line})" if fault is not None and fault.span is not None else ""
        why = f": {fault.message.rstrip('.')}." if fault is not None else "."
        return (f"The config could not be used{where}{why} The fixes name nothing of it; vxsetup validate tells more.",)
    if len(ids) > 1 and not any(each in text for each in ids):
        named = ", ".join(ids[:_MOST_NAMED]) + (" …" if len(ids) > _MOST_NAMED else "")
        return (
            f"The config is about several projects ({named}) and the error names none: the fixes are for {ids[0]}.",
        )
    return ()


def wanted_at(place: Place, own: Own | None, configs: Configs | None) -> tuple[str, ...]:
    """The models of a place to ask about: of those that only the config names, the ones that it wants there."""
    if own is None or configs is None or not place.locations or place.models != own.models:
        return place.models
    models = [model for each in configs.projects if each.id == own.project for model in each.models]
    wanted = {model.id for model in models if place.locations[0] in [at.location for at in model.locations]}
    return tuple(model for model in place.models if model in wanted)
