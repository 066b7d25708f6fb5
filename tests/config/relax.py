"""Derives ``part`` and ``environment`` of the project schema from ``complete``, as the merge rules say.

A part of a config needs no key, may set any key to null, and is held to the same values. Run this file after a change to
``complete``; ``test_schema.py`` holds that the schema as shipped is what this makes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).resolve().parents[2] / "schemas" / "project.schema.json"
NOT_IN_ENVIRONMENTS = ("$schema", "version", "extends", "environments")


def relaxed(schema: dict[str, Any], pointer: str) -> dict[str, Any]:
    """A mapping's schema with every key optional and removable; anything else by reference."""
    if "properties" not in schema:
        return {"$ref": pointer}
    return {
        "title": schema["title"],
        "description": schema["description"],
        "type": "object",
        "additionalProperties": False,
        "properties": {
            key: {"anyOf": [{"type": "null"}, relaxed(value, f"{pointer}/properties/{key}")]}
            for key, value in schema["properties"].items()
        },
    }


def derived(schema: dict[str, Any]) -> dict[str, Any]:
    """The whole schema with its derived definitions made anew."""
    complete = schema["$defs"]["complete"]
    pointer = "#/$defs/complete"
    part = relaxed(complete, pointer)
    part["title"] = "Part of a config"
    part["description"] = "What a file may say that is merged with others: any key may be missing or null."
    part["required"] = ["version"]
    for key in ("$schema", "version", "extends"):
        part["properties"][key] = {"$ref": f"{pointer}/properties/{key}"}
    # A file with `extends` may remove an environment of its base by a null.
    environments = dict(complete["properties"]["environments"])
    environments["additionalProperties"] = {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/environment"}]}
    part["properties"]["environments"] = {"anyOf": [{"type": "null"}, environments]}
    environment = {
        "title": "Environment",
        "description": "What differs in this environment.",
        "type": "object",
        "additionalProperties": False,
        "examples": [{"project": {"id": "acme-ai-dev"}}],
        "properties": {
            key: {"$ref": f"#/$defs/part/properties/{key}"}
            for key in complete["properties"]
            if key not in NOT_IN_ENVIRONMENTS
        },
    }
    return {**schema, "$defs": {"complete": complete, "part": part, "environment": environment}}


def text(schema: dict[str, Any]) -> str:
    """The schema as it is shipped."""
    return json.dumps(schema, indent=2, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(text(derived(json.loads(SCHEMA.read_text(encoding="utf-8")))), encoding="utf-8")
