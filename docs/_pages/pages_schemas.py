"""The schemas as pages that a person can read: every property with its type, its meaning and its allowed values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pages_text import anchor, code, fenced, page, prose, table

from vxsetup.resources import schema, schema_names

_LIMITS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "minLength": "characters, at least",
    "maxLength": "characters, at most",
    "minItems": "items, at least",
    "maxItems": "items, at most",
    "pattern": "must match",
    "default": "default",
}
_DEEPEST = 12


def schema_pages() -> dict[str, str]:
    """A page for each schema, and their list."""
    every = {name: schema(name) for name in schema_names()}
    rows = [
        (f"[{name}]({name}.md)", prose(str(data.get("description", data.get("title", "")))))
        for name, data in every.items()
    ]
    intro = (
        "JSON Schema, draft 2020-12. `vxsetup schema NAME` prints the file itself, for editors and other validators."
    )
    index = page("# File formats", intro, table(("schema", "describes"), rows))
    return {"schemas/index.md": index} | {f"schemas/{name}.md": _schema(name, data) for name, data in every.items()}


def _inlined(data: Any, root: Mapping[str, Any], depth: int = 0) -> Any:
    """A schema in which what refers to a part of another definition stands in place; whole definitions stay links."""
    if isinstance(data, list):
        return [_inlined(each, root, depth) for each in data]
    if not isinstance(data, Mapping):
        return data
    pointer = data.get("$ref")
    if isinstance(pointer, str) and pointer.count("/") > 2 and depth < _DEEPEST:
        target: Any = root
        for part in pointer.removeprefix("#/").split("/"):
            target = target[part]
        rest = {key: value for key, value in data.items() if key != "$ref"}
        return _inlined({**target, **rest}, root, depth + 1)
    return {key: value if key == "examples" else _inlined(value, root, depth) for key, value in data.items()}


def _schema(name: str, data: Mapping[str, Any]) -> str:
    data = _inlined(data, data)
    parts: list[str | None] = [
        f"# {name}",
        prose(str(data.get("description", ""))),
        fenced(f"vxsetup schema {name}", "sh"),
        "## The file",
        _properties(data),
    ]
    for key, definition in data.get("$defs", {}).items():
        parts += [f"## {key} {{#def-{anchor(key)}}}", _definition(definition), _properties(definition)]
    examples = data.get("examples", ())
    if examples:
        parts += ["## Example", fenced(json.dumps(examples[0], indent=2, ensure_ascii=False), "json")]
    return page(*parts)


def _definition(data: Any) -> str:
    if not isinstance(data, Mapping):
        return ""
    says = prose(str(data.get("description", "")))
    kind = _kind(data)
    limits = _limits(data)
    return "\n\n".join(part for part in (says, f"{kind}{'; ' + limits if limits else ''}" if kind else "") if part)


def _properties(data: Any) -> str | None:
    """The table of all properties of an object, those of objects in it under their whole path."""
    rows = [
        (code(path), _kind(each), "yes" if required else "", "; ".join(filter(None, (_says(each), _limits(each)))))
        for path, each, required in _walk(data, "", 0)
    ]
    return table(("property", "type", "required", "meaning"), rows) if rows else None


def _walk(data: Any, path: str, depth: int) -> Iterator[tuple[str, Any, bool]]:
    if not isinstance(data, Mapping) or depth > _DEEPEST:
        return
    required = set(data.get("required", ()))
    for name, each in data.get("properties", {}).items():
        own = f"{path}.{name}" if path else name
        yield own, each, name in required
        yield from _walk(each, own, depth + 1)
    for key, label in (("items", "[]"), ("additionalProperties", ".NAME")):
        inner = data.get(key)
        if isinstance(inner, Mapping):
            own = f"{path}{label}".lstrip(".")
            yield own, inner, False
            yield from _walk(inner, own, depth + 1)
    for pattern, each in data.get("patternProperties", {}).items():
        own = f"{path}./{pattern}/".lstrip(".")
        yield own, each, False
        yield from _walk(each, own, depth + 1)
    for key in ("anyOf", "oneOf", "allOf"):
        for each in data.get(key, ()):
            yield from _walk(each, path, depth + 1)


def _kind(data: Any) -> str:
    """The type in words; a reference is a link to its part of the page."""
    if not isinstance(data, Mapping):
        return "nothing" if data is False else "anything"
    if "$ref" in data:
        name = str(data["$ref"]).rsplit("/", 1)[-1]
        return f"[{prose(name)}](#def-{anchor(name)})" if name != "#" else "[the file](#the-file)"
    if "const" in data:
        return code(json.dumps(data["const"], ensure_ascii=False))
    if "enum" in data:
        return ", ".join(code(json.dumps(value, ensure_ascii=False)) for value in data["enum"])
    kind = data.get("type")
    names = " or ".join(kind) if isinstance(kind, list) else str(kind or "")
    if kind == "array" and isinstance(data.get("items"), Mapping):
        return f"array of {_kind(data['items']) or 'anything'}"
    for key, word in (("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")):
        if key in data and not names:
            return word.join(dict.fromkeys(_kind(each) for each in data[key] if _kind(each)))
    return names


def _says(data: Any) -> str:
    return prose(str(data.get("description", ""))) if isinstance(data, Mapping) else ""


def _limits(data: Any) -> str:
    if not isinstance(data, Mapping):
        return ""
    return "; ".join(f"{words} {code(str(data[key]))}" for key, words in _LIMITS.items() if key in data)
