"""A request that insists on a tool is answered with a call of it."""

from __future__ import annotations

import pytest

from vxsetup.emulator.tool_use import forced

SCHEMA = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "mood": {"enum": ["calm", "wild"]},
        "count": {"type": ["integer", "null"]},
        "tags": {"type": "array", "items": {"type": "boolean"}, "minItems": 1},
        "left_out": {"type": "string"},
    },
    "required": ["text", "mood", "count", "tags"],
}
TOOLS = [{"name": "other"}, {"name": "greet", "input_schema": SCHEMA}]


def test_the_input_fits_the_schema() -> None:
    call = forced({"tools": TOOLS, "tool_choice": {"type": "tool", "name": "greet"}})
    assert call == {
        "name": "greet",
        "input": {"text": "Hello from the emulator.", "mood": "calm", "count": 1, "tags": [True]},
    }


@pytest.mark.parametrize(
    ("choice", "name"),
    [({"type": "any"}, "other"), ({"type": "auto"}, None), ({"type": "tool", "name": "none"}, None), (None, None)],
)
def test_only_a_forced_tool_is_called(choice: object, name: str | None) -> None:
    call = forced({"tools": TOOLS, "tool_choice": choice})
    assert (call["name"] if call else None) == name
    assert forced({"tools": "x", "tool_choice": {"type": "any"}}) is None
