"""The schema as a judge: jsonschema's Draft 2020-12 validator, built once per process, over three views of one schema.

``complete`` judges a merged config; ``part`` a file with ``extends``; ``base`` a file without it, whose nulls would
remove nothing. Before it is handed to the engine the schema is put into an equal form that costs less to walk: references
are inlined, annotations taken out, lists of suggestions folded into the pattern beside them (which admits all of them:
a test holds that), and the ``$`` that ends a pattern becomes Python's ``\\Z``, since ``$`` would let a line break through.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

_ANNOTATIONS = frozenset({"title", "description", "examples", "default", "patternErrorMessage", "$schema", "$id"})
_CROSS_KEYS = frozenset({"version", "project"})
"""The keys that ``required`` names: they are always shown to the engine."""
_REMEMBERED = 4096
_LONGEST_REMEMBERED = 4000
_NULL = {"type": "null"}


class Judge:
    """Judges plain values by the project schema. Its answers depend on nothing but schema and value."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema
        self._origin: dict[int, Mapping[str, Any]] = {}
        self._kept: list[Any] = []
        self._validators: dict[str, Any] = {}
        self._proven: set[tuple[str, str]] = set()

    def is_complete(self, value: Any) -> bool:
        """Whether a merged config is valid.

        Sections that have been found valid before are not walked again: in a fleet most files share most sections.
        """
        if type(value) is not dict:
            return False
        proven = self._proven
        rest: dict[str, Any] = {}
        seen: list[tuple[str, str]] = []
        for key, section in value.items():
            token = (key, repr(section))
            if token in proven:
                continue
            rest[key] = section
            if key not in _CROSS_KEYS and len(token[1]) <= _LONGEST_REMEMBERED:
                seen.append(token)
        if not self._validator("complete").is_valid(rest):
            return False
        if len(proven) + len(seen) <= _REMEMBERED:
            proven.update(seen)
        return True

    def errors(self, view: str, value: Any) -> list[Any]:
        """All of jsonschema's errors for a value under ``complete``, ``part`` or ``base``."""
        return list(self._validator(view).iter_errors(value))

    def accepts(self, schema: Mapping[str, Any], value: Any) -> bool:
        """Whether a piece of the schema (as found in an error) would accept another value."""
        return bool(self._validator("complete").evolve(schema=schema).is_valid(value))

    def annotations(self, schema: Any) -> Mapping[str, Any]:
        """The piece of the published schema, with its annotations, that an error's schema was made from."""
        return self._origin.get(id(schema), schema if isinstance(schema, dict) else {})

    def _validator(self, view: str) -> Any:
        if view not in self._validators:
            from jsonschema import Draft202012Validator, FormatChecker

            definition = self.schema["$defs"]["complete" if view == "complete" else "part"]
            compiled = self._compiled(definition, nulls=view != "base")
            self._validators[view] = Draft202012Validator(compiled, format_checker=FormatChecker(formats=("date",)))
        return self._validators[view]

    def _compiled(self, schema: Mapping[str, Any], nulls: bool) -> Any:
        if "$ref" in schema:
            pointer = schema["$ref"]
            # In an environment a null removes what the top level says, whatever kind of file it stands in.
            return self._compiled(self._pointed(pointer), nulls or pointer == "#/$defs/environment")
        branches = schema.get("anyOf")
        if branches and branches[0] == _NULL and not nulls:
            return self._compiled(branches[1], nulls)
        compiled: dict[str, Any] = {}
        for keyword, value in schema.items():
            if keyword in _ANNOTATIONS:
                continue
            if keyword == "properties":
                compiled[keyword] = {key: self._compiled(piece, nulls) for key, piece in value.items()}
            elif keyword == "anyOf" and "enum" in value[0]:
                compiled.update(self._compiled(value[1], nulls))
            elif keyword == "anyOf":
                compiled[keyword] = [self._compiled(piece, nulls) for piece in value]
            elif keyword == "pattern":
                compiled[keyword] = value.removesuffix("$") + r"\Z" if value.endswith("$") else value
            elif isinstance(value, dict):
                compiled[keyword] = self._compiled(value, nulls)
            else:
                compiled[keyword] = value
        self._origin[id(compiled)] = schema
        self._kept.append(compiled)  # an id is only good while its object lives
        return compiled

    def _pointed(self, pointer: str) -> Mapping[str, Any]:
        found: Any = self.schema
        for step in pointer.removeprefix("#/").split("/"):
            found = found[step]
        piece: Mapping[str, Any] = found
        return piece


@cache
def project_judge() -> Judge:
    """The judge for config files. Reads the shipped schema on its first call; raises FileNotFoundError without it."""
    from vxsetup import resources

    return Judge(resources.schema("project"))
