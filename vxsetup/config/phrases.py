"""Phrases of schema faults: what a value must be, where a key belongs, and examples as one would write them in YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from vxsetup.config.words import dotted, flat, listed, quoted
from vxsetup.findings import ConfigPath, Fix

KINDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
# Names that people bring from other tools, and what they are called here.
OTHER_NAMES = {
    "region": ("location", "locations"),
    "regions": ("locations", "location"),
    "zone": ("location",),
    "name": ("id",),
    "model": ("id", "models"),
    "project_id": ("id", "project"),
    "project_number": ("id",),
    "principal": ("member",),
    "members": ("member",),
    "email": ("member", "contact"),
    "roles": ("role",),
    "permissions": ("can",),
    "abilities": ("can",),
    "repo": ("repository",),
    "branches": ("refs",),
    "billing": ("billing_account",),
    "folder": ("parent",),
    "organization": ("parent",),
    "ignore": ("suppress",),
    "suppressions": ("suppress",),
    "iam": ("access",),
    "rpm": ("requests_per_minute",),
    "qpm": ("requests_per_minute",),
    "tpm": ("input_tokens_per_minute",),
    "envs": ("environments",),
    "until": ("expires",),
    "sample_rate": ("sampling_rate",),
}

# Keys of a world (world.schema.json) that no config has by mistake.
WORLD_KEYS = frozenset({"behaviour", "billing_accounts", "caller", "faults"})


def wanted(error: Any, schema: Mapping[str, Any]) -> str:
    """What a value must be, in words, by the keyword that it breaks."""
    keyword, limit = error.validator, error.validator_value
    if keyword == "enum":
        return listed([f"`{value}`" for value in limit])
    if keyword == "const":
        return quoted(str(limit))
    if keyword == "pattern":
        branches = schema.get("anyOf", ({}, {}))
        says = schema.get("patternErrorMessage") or branches[-1].get("patternErrorMessage")
        return str(says or "of another form")
    if keyword == "format":
        return "a day that is in the calendar"
    if keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
        return _range(schema)
    size = len(error.instance) if hasattr(error.instance, "__len__") else 0
    words: dict[str, str] = {
        "minLength": "some text",
        "maxLength": f"at most {limit} characters long (it has {size})",
        "minItems": "a list with at least one item",
        "maxItems": f"a list of at most {limit} items",
        "minProperties": "a mapping with at least one key",
        "maxProperties": f"a mapping of at most {limit} keys",
    }
    return words.get(str(keyword), "another value")


def _range(schema: Mapping[str, Any]) -> str:
    parts = []
    if "exclusiveMinimum" in schema:
        parts.append(f"above {schema['exclusiveMinimum']}")
    if "minimum" in schema:
        parts.append(f"at least {schema['minimum']}")
    if "maximum" in schema:
        parts.append(f"at most {schema['maximum']:,}")
    return " and ".join(parts)


def places(schema: Mapping[str, Any], path: ConfigPath, key: str) -> Iterator[ConfigPath]:
    for name, piece in schema.get("properties", {}).items():
        if flat(name) == flat(key):
            yield (*path, name)
        yield from places(piece, (*path, name), key)
    if isinstance(schema.get("items"), dict):
        yield from places(schema["items"], (*path, 0), key)


def home(place: ConfigPath) -> str:
    """Where a key belongs, in words: ``the top level``, ``an entry of `models```, `` `logging` ``."""
    parent = place[:-1]
    if not parent:
        return "the top level"
    if parent[-1] == 0:
        return f"an entry of `{dotted(parent[:-1])}`"
    return "`" + dotted(parent).replace("[0]", "[]") + "`"


def example(key: str, schema: Mapping[str, Any]) -> str:
    example = next(iter(schema.get("examples", ())), None)
    return f"{key}: {_shown(example)}" if example is not None else f"{key}: …"


def by_example(schema: Mapping[str, Any], path: ConfigPath) -> str:
    example = next(iter(schema.get("examples", ())), None)
    if example is None:
        return "`vxsetup schema project` prints what can stand here."
    key = next((step for step in reversed(path) if isinstance(step, str)), "")
    inside = isinstance(path[-1], int) if path else False
    return f"For example: `{_shown(example) if inside or not key else f'{key}: {_shown(example)}'}`."


def _shown(value: Any) -> str:
    """An example as one would write it in YAML on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    text = str(value)
    if isinstance(value, str) and (text.isdigit() or ": " in text or " #" in text or text[:1] in "*&!{[@%"):
        return f'"{text}"'
    return text


def plain(text: str) -> str:
    return quoted(text).strip("`")


def number(text: str) -> int | float | None:
    digits = text.replace(",", "").replace("_", "").replace(" ", "")
    factor = {"k": 1_000, "m": 1_000_000}.get(digits[-1:].lower(), 1)
    digits = digits[:-1] if factor > 1 else digits
    if digits.isascii() and digits.isdigit() and len(digits) < 16:
        return int(digits) * factor
    try:
        number = float(digits) * factor if len(digits) < 16 else None
    except ValueError:
        return None
    return number


def singular(path: ConfigPath) -> str:
    name = str(path[-1]) if path else "key"
    return name.removesuffix("s")


def uncapitalised(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def project_number(number: str) -> Fix:
    """The fix for a project's number where its id is needed: how to find the id."""
    command = f"gcloud projects describe {number} --format='value(projectId)'" if len(number) <= 20 else None
    return Fix("This looks like the project's number. Write its id.", command)


_FILLED_IN = re.compile(r"\$[{(]|\{\{|<%|\$[A-Za-z_]\w*\Z|%[A-Za-z_]\w*%\Z")
_STANDS_FOR = re.compile(
    r"<.*>\Z|\[.*\]\Z|(your|my|insert|enter|replace)[-_ ].*|(gcp|google)?[-_ ]?(cloud)?[-_ ]?project[-_ ]?(id|name)?\Z"
    r"|.*x{4,}|.*\.{3}|change[-_ ]?me\Z|to[-_ ]?do\Z|tbd\Z",
    re.IGNORECASE,
)


def not_a_value(value: str, path: ConfigPath) -> Fix | None:
    """The fix for text that was meant to be replaced by a value: a variable, a template, an example's ``YOUR_PROJECT_ID``.

    A near value would be wrong for it: what is like ``${PROJECT}`` is nobody's project.
    """
    if _FILLED_IN.search(value):
        return Fix("A config is read as it stands: variables and templates are not filled in. Write the value itself.")
    if path == ("project", "id") and _STANDS_FOR.match(value):
        return Fix("This stands for the id of a project. Write your own.", "gcloud projects list")
    return None
