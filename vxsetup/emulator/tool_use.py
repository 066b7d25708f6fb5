"""The tool that a request insists on: the model then answers with a call of it, whose input fits the tool's schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEEPEST = 8
_PLAIN: Mapping[str, Any] = {
    "string": "Hello from the emulator.",
    "integer": 1,
    "number": 1,
    "boolean": True,
    "null": None,
}


def forced(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """The name and input of the call that ``tool_choice`` asks for; None where the model may answer in text."""
    choice = data.get("tool_choice")
    tools = data.get("tools")
    if not isinstance(choice, dict) or not isinstance(tools, list) or choice.get("type") not in ("tool", "any"):
        return None
    for tool in tools:
        if not isinstance(tool, dict) or not isinstance(tool.get("name"), str):
            continue
        if choice["type"] == "any" or tool["name"] == choice.get("name"):
            return {"name": tool["name"], "input": _sample(tool.get("input_schema"), 0)}
    return None


def _sample(schema: object, depth: int) -> Any:
    """A value that fits the plain parts of a JSON schema: types, required properties, enum, const, a default."""
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return {}
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    if kind == "array":
        return [_sample(schema.get("items"), depth + 1)] if schema.get("minItems") else []
    if kind in _PLAIN:
        return _PLAIN[kind]
    properties = schema.get("properties")
    required = schema.get("required")
    if not isinstance(properties, dict) or not isinstance(required, list):
        return {}
    return {name: _sample(properties.get(name), depth + 1) for name in required if isinstance(name, str)}
