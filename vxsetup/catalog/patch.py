"""A user's patch of the catalogue: reads its text, lays it over the shipped data, refuses what breaks the schema."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from vxsetup.catalog.problem import CatalogueProblem

_LARGEST = 1_000_000
_DEEPEST = 40
_UNSEEN = ("Cc", "Cf", "Cs", "Co")
_NEEDED = {
    "sources": ("what", "date", "kind"),
    "models": ("name", "family", "id_forms"),
    "locations": ("kind", "host"),
    "features": ("title", "offered"),
    "gates": ("title", "says", "per", "by_hand", "claims"),
    "abilities": ("title", "permissions", "least_role"),
    "permissions": ("resource_type", "roles"),
}
_NEEDED_QUOTAS = ("service", "lineages", "per_model_pattern", "scopes", "notes")
_DATES = ("released", "not_sooner_than", "deprecated_on", "shut_down_on")


class _RefusedError(Exception):
    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


_DEEPEST = 64
"""Levels of nesting: many more than the catalogue has, few enough for every walk. Parsers set no such limit of their own:
the one of Python 3.13 reads thousands of levels."""


def _too_deep(data: Any) -> bool:
    level = [data]
    for _ in range(_DEEPEST):
        inner = [item for item in level if isinstance(item, (dict, list))]
        level = [item for holder in inner for item in (holder.values() if isinstance(holder, dict) else holder)]
    return bool(level)


def read_patch(text: str, file: str) -> dict[str, Any] | CatalogueProblem:
    """The patch as JSON values, or why it cannot be read."""
    try:
        if len(text) > _LARGEST:
            raise _RefusedError(f"the patch is larger than {_LARGEST:,} characters")
        data = _json(text) if text.lstrip("\ufeff \t\r\n").startswith("{") else _yaml(text)
    except _RefusedError as problem:
        return CatalogueProblem(problem.message, file, problem.line, problem.column)
    except RecursionError:
        return CatalogueProblem("the patch is nested too deeply", file)
    except ValueError:
        return CatalogueProblem("a number in the patch is too long to be read", file)
    if _too_deep(data):
        return CatalogueProblem("the patch is nested too deeply", file)
    if not isinstance(data, dict):
        return CatalogueProblem("a patch is a mapping with a date and the parts that it changes", file)
    if "date" not in data:
        message = "the patch has no date: write the day on which its facts were checked, as in date: 2026-12-01"
        return CatalogueProblem(message, file)
    try:
        if not isinstance(data["date"], str) or len(data["date"]) != 10:
            raise ValueError
        date.fromisoformat(data["date"])
    except ValueError:
        return CatalogueProblem("the date of the patch is not a day written as 2026-12-01", file, path="date")
    return data


def _json(text: str) -> Any:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in items:
            if key in found:
                raise _RefusedError(f"the key {key[:60]!r} stands twice in one object")
            found[key] = value
        return found

    def constant(name: str) -> Any:
        raise _RefusedError(f"{name} is not a number of JSON")

    try:
        return json.loads(text.lstrip("\ufeff"), object_pairs_hook=pairs, parse_constant=constant)
    except json.JSONDecodeError as error:
        raise _RefusedError(f"not valid JSON: {error.msg}", error.lineno, error.colno) from None


def _yaml(text: str) -> Any:
    import yaml  # here, since only a patch needs it

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        """Dates stay text, as the schema has them; aliases and double keys are refused."""

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in rows if tag != "tag:yaml.org,2002:timestamp"]
        for first, rows in base.yaml_implicit_resolvers.items()
    }

    def mapping(loader: Any, node: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = loader.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise _at(key_node.start_mark, "a key of the patch is not text")
            if key in found:
                raise _at(key_node.start_mark, f"the key {key[:60]!r} stands twice")
            found[key] = loader.construct_object(value_node, deep=True)
        return found

    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    try:
        _tame(text, yaml, base)
        return yaml.load(text, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or error.context)
        if "constructor" in problem:
            raise _at(mark, "tags (!name) and merge keys (<<) are not allowed in a patch") from None
        raise _at(mark, f"not valid YAML: {problem}") from None
    except (AttributeError, KeyError):  # PyYAML's own, of a tag such as !!timestamp or !!bool on what is none
        raise _RefusedError("tags (!!name) are not allowed in a patch") from None
    except yaml.YAMLError:
        raise _RefusedError("not valid YAML: a character that a text file cannot hold") from None


def _tame(text: str, yaml: Any, loader: Any) -> None:
    """Refuses what could make a small text a huge value: aliases, and nesting without end."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.AliasEvent):
            raise _at(event.start_mark, "aliases (*name) are not allowed in a patch")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST:
            raise _at(event.start_mark, "the patch is nested too deeply")


def _at(mark: Any, message: str) -> _RefusedError:
    return _RefusedError(message, mark.line + 1, mark.column + 1) if mark else _RefusedError(message)


def lay_over(data: Mapping[str, Any], change: Mapping[str, Any], file: str) -> dict[str, Any] | CatalogueProblem:
    """The shipped data with the patch merged in, judged by the schema where the patch touched it.

    Models are merged one by one and kept newest first within their family; the later of the two dates becomes the
    catalogue's.
    """
    for path, leaf in _leaves(change, ""):
        if isinstance(leaf, float) and not math.isfinite(leaf):
            return CatalogueProblem("this is not a finite number", file, path=path[:120])
        if isinstance(leaf, str) and any(unicodedata.category(letter) in _UNSEEN for letter in leaf):
            return CatalogueProblem("control and invisible characters are not allowed here", file, path=path[:120])
    for key, value in change.items():
        if value is None:
            return CatalogueProblem(
                "a whole part cannot be removed; null removes single rows and facts", file, path=key
            )
    merged: dict[str, Any] = _merge(data, change)
    touched = {key: merged[key] for key in change if key in merged}
    if isinstance(change.get("models"), dict) and isinstance(merged.get("models"), dict):
        touched["models"] = {key: merged["models"][key] for key in change["models"] if key in merged["models"]}
    problem = _breaks_schema(touched, file) or _loose_ends(touched, merged, file)
    if problem:
        return problem
    merged["date"] = max(str(data["date"]), str(change["date"]))
    merged["models"] = _ordered(merged["models"])
    return merged


def _merge(old: Any, new: Any) -> Any:
    """Maps are merged deeply, null removes, anything else replaces. A claim is a value: it is never merged into."""
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return _without_nulls(new)
    merged = dict(old)
    for key, value in new.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merge(merged.get(key), value)
    return merged


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every key and every single value in the patch, with its path."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield path, key
            yield from _leaves(item, f"{path}/{key}" if path else key)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _leaves(item, f"{path}/{place}")
    else:
        yield path, value


def _breaks_schema(data: Mapping[str, Any], file: str) -> CatalogueProblem | None:
    from jsonschema import Draft202012Validator  # here: half of a cold start, and only a patch needs it

    from vxsetup.resources import schema

    errors = sorted(
        Draft202012Validator(schema("catalog")).iter_errors(data), key=lambda error: list(map(str, error.path))
    )
    if not errors:
        return None
    deepest = max(errors, key=lambda error: len(error.path))
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    path = "/".join(str(part) for part in deepest.absolute_path)
    return CatalogueProblem(_in_words(deepest) + more, file, path=path)


_KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


def _in_words(error: Any) -> str:
    """A schema error as a person would put it; never a regular expression."""
    keyword, asked, value = error.validator, error.validator_value, error.instance
    if keyword == "required":
        lacking = [key for key in asked if isinstance(value, Mapping) and key not in value]
        return f"{_listed(lacking)} must be given here"
    if keyword == "additionalProperties":
        return _strange_key(error)
    if keyword == "type":
        kinds = [asked] if isinstance(asked, str) else [kind for kind in asked if kind != "null"]
        return f"this should be {' or '.join(_KINDS[kind] for kind in kinds)}"
    if keyword in ("enum", "const"):
        choices = asked if keyword == "enum" else [asked]
        return f"{str(value)[:60]!r} is not one of {', '.join(map(str, choices))}"
    if keyword in ("pattern", "format"):
        meant = error.schema.get("description") or "of the form that the catalogue uses here"
        return f"{str(value)[:60]!r} does not fit: {meant[:1].lower()}{meant[1:].rstrip('.')}"
    if keyword in ("minItems", "minProperties"):
        return "this must not be empty; write null to remove a fact"
    if keyword == "oneOf":  # only claims and permissions choose, between these two keys
        return "this needs source: KEY, or sources: [KEY, KEY], and not both"
    if keyword in ("minimum", "maximum"):
        return f"{value} is too {'small' if keyword == 'minimum' else 'large'}: the {keyword} is {asked}"
    return "this breaks the schema of the catalogue"


def _strange_key(error: Any) -> str:
    from vxsetup.catalog.nearest import nearest

    known = list(error.schema.get("properties", ()))
    strange = next((key for key in error.instance if key not in known), "")
    near = nearest(strange, known, at_most=1)
    return f"{strange[:60]!r} is no key of this part" + (f"; did you mean {near[0]}?" if near else "")


def _loose_ends(touched: Mapping[str, Any], merged: Mapping[str, Any], file: str) -> CatalogueProblem | None:
    """What the schema of a patch cannot say: that a new row is whole, each source is listed, each date is a day."""
    for section, needed in _NEEDED.items():
        for name, row in touched.get(section, {}).items():
            lacking = [key for key in needed if key not in row]
            if lacking:
                return CatalogueProblem(f"{_listed(lacking)} must be given here", file, path=f"{section}/{name}")
    for name, row in touched.get("models", {}).items():
        lacking = [key for key in ("base_model", "system") if "quota" in row and key not in row["quota"]]
        if lacking:
            return CatalogueProblem(f"{_listed(lacking)} must be given here", file, path=f"models/{name}/quota")
    lacking = [key for key in _NEEDED_QUOTAS if key not in merged["quotas"]]
    if lacking or not {"global", "region"} <= set(merged["quotas"]["scopes"]):
        return CatalogueProblem(f"{_listed(lacking) or 'scopes'} cannot be removed", file, path="quotas")
    for path, key in _sources_in(merged, ""):
        if key not in merged["sources"]:
            message = f"the source {key[:60]!r} is in no list of sources: add it under sources"
            return CatalogueProblem(message, file, path=path)
    for name, row in touched.get("models", {}).items():
        for fact in _DATES:
            for claim in row.get(fact, ()):
                try:
                    date.fromisoformat(claim["value"])
                except ValueError:
                    message = f"{claim['value'][:40]!r} is not a day of the calendar"
                    return CatalogueProblem(message, file, path=f"models/{name}/{fact}")
    return None


def _listed(words: list[str]) -> str:
    return "".join(words) if len(words) < 2 else f"{', '.join(words[:-1])} and {words[-1]}"


def _sources_in(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            where = f"{path}/{key}" if path else key
            if key == "source" and isinstance(item, str):
                yield where, item
            elif key == "sources" and isinstance(item, list):
                yield from ((where, entry) for entry in item if isinstance(entry, str))
            else:
                yield from _sources_in(item, where)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _sources_in(item, f"{path}/{place}")


def _ordered(models: Mapping[str, Any]) -> dict[str, Any]:
    families = list(dict.fromkeys(row["family"] for row in models.values()))

    def key(item: tuple[str, Any]) -> tuple[int, int]:
        released = item[1].get("released")
        day = date.fromisoformat(released[0]["value"]).toordinal() if released else 0
        return families.index(item[1]["family"]), -day

    return dict(sorted(models.items(), key=key))
