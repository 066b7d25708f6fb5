"""What several writers need: pins of packages, the variables of Claude Code, and guards against expansion."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vxsetup.clients import Package, Target
from vxsetup.emit.formats import checked, comment, head, json_file
from vxsetup.emit.parts import File, NotWritableError
from vxsetup.emit.settings import Place, Settings

BACKGROUND = ("haiku", "sonnet", "opus", "fable")
"""Families from the cheapest on: which declared model stands in for one that is not declared."""

CREDENTIALS = "/var/secrets/google/credentials.json"
"""Where containers find their credentials file."""


def range_of(target: Target, package: Package, settings: Settings) -> tuple[str, str | None]:
    """The least version of a package that serves the settings' locations, and the first that is too new (or None)."""
    return target.pinned(package, settings.locations), package.below


def requirements(path: str, target: Target, settings: Settings) -> File:
    """A requirements file for pip, with the reasons for upper bounds."""
    lines = [head(target.name)]
    for package in target.packages:
        if package.ecosystem != "pypi":
            continue
        least, below = range_of(target, package, settings)
        if package.why:
            lines.append(f"# {comment(package.why)}\n")
        bounds = [f">={least}"] if least != "0" else []
        bounds += [f"<{below}"] if below else []
        lines.append(f"{package.name}{','.join(bounds)}\n")
    return File(path, "".join(lines))


def package_json(path: str, target: Target, settings: Settings, script: str) -> File:
    """A package.json with the ranges; ``npm start`` runs the program."""
    ranges = {}
    for package in target.packages:
        if package.ecosystem == "npm":
            least, below = range_of(target, package, settings)
            ranges[package.name] = f">={least}" + (f" <{below}" if below else "")
    value = {
        "private": True,
        "type": "module",
        "description": f"Written by vxsetup emit {target.name}",
        "scripts": {"start": f"tsx {script}"},
        "dependencies": ranges,
        "devDependencies": {"tsx": ">=4.19 <5"},
    }
    return json_file(path, value)


def forbid(value: Any, pattern: str, reader: str) -> None:
    """Raise NotWritableError where a text inside a value holds what its reader would expand."""
    if isinstance(value, str):
        if re.search(pattern, value):
            raise NotWritableError(f"{reader} would expand a part of {value!a}")
    elif isinstance(value, Mapping):
        for inner in value.values():
            forbid(inner, pattern, reader)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            forbid(inner, pattern, reader)


def claude_code_variables(settings: Settings, target: Target, rivals: bool = True) -> dict[str, str]:
    """What Claude Code is told: provider, project everywhere alike, locations, and a model for each of its families.

    ``rivals``: the switches of other providers are set to 0, which is no in every version from 1.0.124 on; an empty
    value would leave a stale one of the shell in place for some readers.
    """
    found: dict[str, str] = {}
    first = settings.firsts[0]
    families = {family: _of_family(settings, family) for family in target.families}
    for variable in target.variables:
        if variable.holds == "switch":
            found[variable.name] = variable.value or "1"
        elif variable.holds == "project":
            found[variable.name] = settings.project
        elif variable.holds == "location":
            found[variable.name] = settings.location
        elif variable.holds == "model":
            found[variable.name] = first.model
        elif variable.holds.startswith("model_"):
            found[variable.name] = families[variable.holds.removeprefix("model_")].model
        elif variable.holds == "base_url" and settings.endpoint:
            found[variable.name] = settings.base_url(first, "v1")
        elif variable.holds == "rival" and rivals:
            found[variable.name] = "0"
    if any(place.location != settings.location for place in settings.firsts):
        # Once one model differs, all are named: the variables match by the beginning of an id.
        own = {target.model_locations[p.bare]: p for p in settings.firsts if p.bare in target.model_locations}
        found |= {name: place.location for name, place in own.items()}
    for value in found.values():
        checked(value)
    return found


def _of_family(settings: Settings, family: str) -> Place:
    """The model of the config that stands for a family: its own, else the first; for small tasks the cheapest."""
    own = next((place for place in settings.firsts if place.family == family), None)
    return own or (cheapest(settings) if family == BACKGROUND[0] else settings.firsts[0])


def cheapest(settings: Settings) -> Place:
    """The model for small tasks: of the cheapest family that the config has."""
    for family in BACKGROUND:
        for place in settings.firsts:
            if place.family == family:
                return place
    return settings.firsts[0]


def file_name(text: str) -> str:
    """A text as part of a name in Kubernetes: lower-case letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40] or "claude"
