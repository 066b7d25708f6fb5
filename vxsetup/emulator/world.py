"""Worlds as text: reads a world file into a World, with every fault named by line, and writes a state back as a world.

The law of this file: ``start(read_world(write_world(state)))`` behaves as ``state`` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .model import World
from .state import State, start
from .world_build import BadWorldError, build_world
from .world_dump import dump_world
from .yaml_text import BadText, Mark, Path, Read, read_yaml

__all__ = ["World", "WorldProblem", "read_world", "start", "world_from", "write_world"]

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class WorldProblem:
    """One fault of a world file. Line and column count from 1."""

    file: str
    line: int
    column: int
    message: str


def read_world(text: str, file: str) -> World | tuple[WorldProblem, ...]:
    """Read a world from YAML or JSON; or say everything that is wrong with it. ``file`` is only a name for messages."""
    read = read_yaml(text)
    if isinstance(read, BadText):
        return (WorldProblem(file, read.mark.line, read.mark.column, read.message),)
    if read.data is None:
        return (WorldProblem(file, 1, 1, "the file is empty; a world needs at least `version: 1` and `now`"),)
    problems = _schema_problems(read, file)
    if problems:
        return problems
    try:
        return world_from(read.data)
    except BadWorldError as bad:
        mark = read.at(bad.path)
        return (WorldProblem(file, mark.line, mark.column, bad.message),)


def world_from(data: Mapping[str, Any]) -> World:
    """A world from data that has the world format's shape, as generated worlds have.

    Raises BadWorldError (a ValueError) where the parts contradict each other; the shape itself is ``read_world``'s to check.
    """
    world = build_world(data)
    try:
        start(world)
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise BadWorldError(("tables",), f"a row of `tables` does not fit: {error}") from error
    return world


def write_world(state: State) -> str:
    """The state as a world file, in YAML, ending with a newline."""
    import yaml

    class Plain(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
        """Writes a value out each time that it occurs, so that a person can edit one place alone."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def written(unicode: bool) -> str:
        options: dict[str, Any] = {"sort_keys": False, "width": 120, "default_flow_style": None}
        return str(yaml.dump(dump_world(state.world), Dumper=Plain, allow_unicode=unicode, **options))

    text = written(unicode=True)
    # What a terminal obeys, or what turns the direction of text around, is written as an escape, and so is the rest then.
    return text if all(char == "\n" or char.isprintable() for char in text) else written(unicode=False)


def _schema_problems(read: Read, file: str) -> tuple[WorldProblem, ...]:
    from jsonschema import Draft202012Validator

    from vxsetup.resources import schema

    validator = Draft202012Validator(schema("world"))
    found: set[tuple[int, int, str]] = set()
    for error in validator.iter_errors(read.data):
        for mark, message in _explained(error, read):
            found.add((mark.line, mark.column, message))
    return tuple(WorldProblem(file, line, column, message) for line, column, message in sorted(found)[:50])


def _explained(error: Any, read: Read) -> list[tuple[Mark, str]]:
    """One schema error as sentences with their places."""
    path: Path = tuple(error.absolute_path)
    place = ".".join(str(part) for part in path) or "the world"
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = list(error.schema.get("properties", ()))
        patterns = error.schema.get("patternProperties", {})
        unknown = [key for key in error.instance if key not in known and not patterns]
        return [(read.keys.get((*path, key), read.at(path)), _unknown_key(key, known, path)) for key in unknown or [""]]
    if error.validator == "required":
        missing = [key for key in error.validator_value if key not in error.instance]
        return [(read.at(path), f"{place} needs the key {key!r}") for key in missing[:1]]
    if "propertyNames" in error.absolute_schema_path:
        key = str(error.instance)
        hint = error.schema.get("description", f"names match {error.schema.get('pattern')}")
        return [(read.keys.get((*path, key), read.at(path)), f"{key[:_SHOWN]!r} cannot be a name in {place}; {hint}")]
    return [(read.at(path), _wrong_value(error, place))]


def _unknown_key(key: str, known: list[str], path: Path) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"
    inside = ".".join(str(part) for part in path)
    return f"unknown key {key[:_SHOWN]!r}" + (f" in {inside}" if inside else "") + hint


def _wrong_value(error: Any, place: str) -> str:
    shown = repr(error.instance)
    shown = shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"
    if error.validator == "enum":
        return f"{place} is {shown}; it may be {', '.join(map(str, error.validator_value))}"
    if error.validator == "const":
        return f"{place} is {shown}; it must be {error.validator_value!r}"
    if error.validator == "type":
        kinds = error.validator_value
        wanted = kinds if isinstance(kinds, str) else " or ".join(kinds)
        return f"{place} is {shown}; it must be of type {wanted}"
    if error.validator == "pattern":
        hint = error.schema.get("description") or f"it must match {error.validator_value}"
        return f"{place} is {shown}; {hint}"
    return f"{place} is {shown}, against the rule {error.validator}: {error.validator_value}"
