"""The same cloud in this process and over HTTP: what ``check`` says of it is the same, times aside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_runs import EXAMPLES, Cli

from vxsetup.cli.emulation import read_state
from vxsetup.emulator.server import EmulatorServer


def timeless(data: Any) -> Any:
    """A report without the times at which things were read."""
    if isinstance(data, dict):
        return {key: timeless(value) for key, value in data.items() if key != "at"}
    return [timeless(one) for one in data] if isinstance(data, list) else data


@pytest.mark.parametrize("name", ["ready", "new-project", "six-faults"])
def test_a_server_says_what_the_function_says(
    name: str, cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, world = EXAMPLES / name / "vxsetup.yaml", EXAMPLES / name / "world.yaml"
    arguments = ["check", str(config), "--format", "json", "--now", "2026-11-22T12:00:00Z"]
    inside = cli(*arguments, "--emulate", str(world), "--record", "inside.json")
    state = read_state(str(world), None)
    with EmulatorServer(state, clock=lambda: state.world.now) as server:
        monkeypatch.setenv("VXSETUP_EMULATOR_HOST", server.base_url.removeprefix("http://"))
        monkeypatch.setenv("VXSETUP_EMULATOR_TOKEN", f"emu:{state.world.caller.principal}")
        monkeypatch.setenv("VXSETUP_QUOTA_PROJECT", str(state.world.caller.quota_project))
        outside = cli(*arguments, "--record", "outside.json")
    assert outside.code == inside.code
    assert timeless(json.loads(outside.out)) == timeless(json.loads(inside.out))
    rows = [
        {(row["verb"], row["url"], row["body"]): row.get("status") for row in json.loads(text.read_text())["answers"]}
        for text in (folder / "inside.json", folder / "outside.json")
    ]
    assert rows[0] == rows[1], "the same requests, with the same answers"
