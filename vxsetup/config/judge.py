"""The schema as a judge: jsonschema's Draft 2020-12 validator, built once per process, over three views of one schema.

What is valid is waved through before jsonschema is imported; whatever is wrong is jsonschema's to say.

``complete`` judges a merged config; ``part`` a file with ``extends``; ``base`` a file without it, whose nulls would
remove nothing. Before it is handed to the engine the schema is put into an equal form that costs less to walk: references
are inlined, annotations taken out, lists of suggestions folded into the pattern beside them (which admits all of them:
a test holds that), and the ``$`` that ends a pattern becomes Python's ``\\Z``, since ``$`` would let a line break through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from vxsetup.config.acceptance import accepting, first_repeat

_ANNOTATIONS = frozenset({"title", "description", "examples", "default", "patternErrorMessage", "$schema", "$id"})
_NULL = {"type": "null"}


class Judge:
    """Judges plain values by the project schema. Its answers depend on nothing but schema and value."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema
        self._origin: dict[int, Mapping[str, Any]] = {}
        self._kept: list[Any] = []
        self._views: dict[str, Any] = {}
        self._validators: dict[str, Any] = {}
        self._accepts: dict[str, Callable[[Any], bool]] = {}

    def is_complete(self, value: Any) -> bool:
        """Whether a merged config is valid. Asks no library: see ``acceptance``."""
        return self.is_valid("complete", value)

    def is_valid(self, view: str, value: Any) -> bool:
        """Whether a value is valid under ``complete``, ``part`` or ``base``. Asks no library."""
        if view not in self._accepts:
            self._accepts[view] = accepting(self._view(view))
        return self._accepts[view](value)

    def errors(self, view: str, value: Any) -> list[Any]:
        """All of jsonschema's errors for a value under ``complete``, ``part`` or ``base``."""
        return [] if self.is_valid(view, value) else list(self._validator(view).iter_errors(value))

    def accepts(self, schema: Mapping[str, Any], value: Any) -> bool:
        """Whether a piece of the schema (as found in an error) would accept another value."""
        return bool(self._validator("complete").evolve(schema=schema).is_valid(value))

    def annotations(self, schema: Any) -> Mapping[str, Any]:
        """The piece of the published schema, with its annotations, that an error's schema was made from."""
        return self._origin.get(id(schema), schema if isinstance(schema, dict) else {})

    def _validator(self, view: str) -> Any:
        if view not in self._validators:
            from jsonschema import Draft202012Validator, FormatChecker
            from jsonschema.validators import extend

            # The engine compares every two items of a mixed list: minutes, for a list that is made for it.
            engine = extend(Draft202012Validator, {"uniqueItems": _unique_items})  # type: ignore[no-untyped-call]
            self._validators[view] = engine(self._view(view), format_checker=FormatChecker(formats=("date",)))
        return self._validators[view]

    def _view(self, view: str) -> Any:
        if view not in self._views:
            definition = self.schema["$defs"]["complete" if view == "complete" else "part"]
            self._views[view] = self._compiled(definition, nulls=view != "base")
        return self._views[view]

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


def _unique_items(validator: Any, wanted: bool, instance: Any, schema: Any) -> Iterator[Any]:
    if wanted and validator.is_type(instance, "array") and first_repeat(instance) is not None:
        from jsonschema import ValidationError

        yield ValidationError("an item stands twice")


@cache
def project_judge() -> Judge:
    """The judge for config files. Reads the shipped schema on its first call; raises FileNotFoundError without it."""
    from vxsetup import resources

    return Judge(resources.schema("project"))
