"""Emits settings for one client: refuses what it cannot do, and has its writer make the files of the rest."""

from __future__ import annotations

from vxsetup.clients import Fault, Target, Targets, faults
from vxsetup.clients.fit import FaultKind, own_locations_since
from vxsetup.clients.versions import newest
from vxsetup.emit.parts import Emitted, NotWritableError, Refusal
from vxsetup.emit.settings import Settings
from vxsetup.emit.steps import steps_of
from vxsetup.emit.writers import writers


def emit(settings: Settings, target: Target, table: Targets) -> Emitted:
    """Everything that there is for a client, or why there is nothing. Never raises for what a config can hold."""
    refusal = _refusal(settings, target)
    if refusal is not None:
        return Emitted(target.name, refusal=refusal)
    settings = _narrowed(settings, target)
    try:
        files = writers(table)[target.name](settings, target)
    except NotWritableError as error:
        return Emitted(target.name, refusal=Refusal(str(error), "change the value in the config"))
    return Emitted(target.name, files, _notes(settings, target), steps_of(target, settings))


def _narrowed(settings: Settings, target: Target) -> Settings:
    """Where a client takes one location, only the models at it: another one must not be named in its files."""
    if target.several_locations:
        return settings
    kept = tuple(place for place in settings.places if place.location == settings.location)
    return Settings(settings.project, kept, settings.ci, settings.residency, settings.endpoint, settings.project_number)


def _refusal(settings: Settings, target: Target) -> Refusal | None:
    found = faults(target, settings.wanted, settings.residency)
    if found:
        return _from_faults(target, found)
    ci = {"ci.github": settings.ci.github, "ci.gitlab": settings.ci.gitlab}
    for key in target.needs:
        if ci[key] is None:
            reason = f"the config does not say which pipeline comes in: {key} is missing"
            return Refusal(reason, f"add {key} with the repository and the service account that it acts as")
    if settings.endpoint and target.base_url is None and target.kind not in ("variables", "deployment"):
        return Refusal(f"{target.title} has no setting for another address", "leave --endpoint out")
    return None


def _from_faults(target: Target, found: tuple[Fault, ...]) -> Refusal:
    if any(fault.kind is FaultKind.LOCATION for fault in found):
        # One file for each location is no way out where a location is out of reach.
        found = tuple(fault for fault in found if fault.kind is not FaultKind.SEVERAL)
    reason = "; ".join(dict.fromkeys(fault.says for fault in found))
    instead = found[0].instead
    claim = found[0].claim
    if claim is None:
        return Refusal(reason, instead)
    return Refusal(reason, instead, target.sources[claim.source].what, claim.date)


def _notes(settings: Settings, target: Target) -> tuple[str, ...]:
    """What a person should know: what must be installed, hidden models that were pinned, and the client's traps."""
    notes = []
    least = target.least_version(settings.locations)
    counted = next((package for package in target.packages if package.counts), None)
    if target.kind == "agent" and counted is not None:
        least = newest([target.pinned(counted, settings.locations), own_locations_since(target, settings.wanted)])
        notes.append(f"Needs {counted.name} {least} or later.")
    elif least != "0" and counted is None:
        notes.append(f"Needs version {least} or later.")
    second = target.claim("second_models")
    if second is not None and target.kind != "deployment":
        notes.append(f"{second.value} Each is set to a model of the config.")
    further = [place for place in settings.places if place not in settings.firsts]
    if further and target.kind in ("agent", "deployment") and target.model_locations:
        left = ", ".join(f"{place.model} at {place.location}" for place in further)
        notes.append(f"It uses one location for each model; left out: {left}.")
    besides = target.claim("asks_besides")
    notes += [str(claim.value) for claim in (*([besides] if besides else []), *target.traps)]
    return tuple(notes)
