"""Judges the locations of client files: where no page documents Claude, and an older model's location that Claude Code
takes for a newer model, whose id begins with the older one's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from vxsetup.catalog.nearest import nearest
from vxsetup.doctor.model import LOCATION, Know, Noted, Setting, note
from vxsetup.findings import Evidence, Rung
from vxsetup.rules import machine
from vxsetup.rules.models import RULES

if TYPE_CHECKING:
    from vxsetup.clients import Target
    from vxsetup.doctor.model import Scope

_NOT_DOCUMENTED = next(rule for rule in RULES if rule.name == "location-not-documented")


def undocumented(name: str, setting: Setting, know: Know) -> Iterator[Noted]:
    """A location of a client that asks for Claude, at which no page documents any Claude model. Without a config only:
    with one, the config's own locations are judged, and what differs from them is told."""
    location, catalogue = setting.value.strip(), know.catalogue
    if know.projects or not LOCATION.match(location) or location in catalogue.locations:
        return
    near = nearest(location, catalogue.locations)
    message = f"{name} is {location}, where no page documents a Claude model as of {catalogue.date.isoformat()}"
    first = f"Did you mean {near[0]}? " if near and not catalogue.known_location(location) else ""
    fix = f"{first}Use a location that is documented for the model: vxsetup models."
    says = f"documented for some model: {', '.join(catalogue.locations)}"
    seen = Evidence(Rung.CATALOGUE, "vxsetup catalogue", says, catalogue.date.isoformat())
    yield note(_NOT_DOCUMENTED, message, setting.value_span, fix, [seen], subject=name)


def judge_regions(values: Mapping[str, tuple[Setting, Scope]], know: Know) -> Iterator[Noted]:
    """``values``: what Claude Code reads, by name. A finding for each model of the config that would be led away."""
    target = know.targets.target("claude-code")
    if target is None:
        return
    for name, (setting, scope) in sorted(values.items()):
        location = setting.value.strip()
        owners = [bare for bare, variable in target.model_locations.items() if variable == name]
        if not owners or not LOCATION.match(location):
            continue
        for bare, wanted in _wanted(know).items():
            if location in wanted or not any(bare.startswith(f"{owner}-") for owner in owners) or bare in owners:
                continue
            yield from _led_away(bare, wanted, setting, scope, target, values, know)


def _wanted(know: Know) -> dict[str, list[str]]:
    """Bare id of each model of the config -> the locations that it is asked for at."""
    found: dict[str, list[str]] = {}
    for project in know.projects:
        for model in project.models:
            found.setdefault(model.id.partition("@")[0], []).extend(place.location for place in model.locations)
    return found


def _led_away(
    bare: str,
    wanted: list[str],
    setting: Setting,
    scope: Scope,
    target: Target,
    values: Mapping[str, tuple[Setting, Scope]],
    know: Know,
) -> Iterator[Noted]:
    own = target.model_locations.get(bare)
    since = target.model_locations_since.get(bare)
    if own is not None and since is None:
        return  # Every version that is still in use knows the model's own variable, or the main location.
    location = setting.value.strip()
    versions = f"Claude Code before {since}" if since else "Claude Code"
    message = (
        f"{setting.name} in {scope.label} is {location}, and {versions} sends {bare} there, too, because its id begins "
        f"with the older model's; the config asks for it at {', '.join(sorted(set(wanted)))}"
    )
    fix = f"Unset {setting.name}."
    if own is not None:
        set_already = values.get(own)
        beside = "" if set_already and set_already[0].value.strip() in wanted else f", with {own}={wanted[0]} beside it"
        fix = f"Unset {setting.name}, or use Claude Code {since} or later{beside}."
    claim = target.claim("model_locations_since")
    says = "2.1.197 sent claude-sonnet-5-5 where the variable of claude-sonnet-5 said"
    seen = [know.catalogue.evidence(claim, says)] if claim is not None else []
    yield note(machine.DIFFERS, message, setting.value_span, fix, seen, subject=f"{setting.name} {bare}")
