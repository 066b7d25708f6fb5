"""The same cloud in this process and over HTTP: what ``check`` says of it is the same, times aside."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from cli_runs import EXAMPLES, Cli

from vxsetup.cli.emulation import read_state
from vxsetup.cloud.call import Failure, NoAnswer
from vxsetup.cloud.network import LoopbackSender
from vxsetup.cloud.session import HttpRequest
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


def closed_port() -> int:
    """A port of this machine at which nothing listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_a_server_that_is_not_there_is_named_and_no_google_host_is(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    port = closed_port()
    monkeypatch.setenv("VXSETUP_EMULATOR_HOST", f"127.0.0.1:{port}")
    ran = cli("check", "--project", "acme-ai-prod", "--model", "claude-sonnet-5-5")
    assert ran.code == 3
    assert ran.err == (
        f"Nothing could be read. 127.0.0.1:{port} (VXSETUP_EMULATOR_HOST) could not be reached: the connection was "
        f"refused. Run: vxsetup emulator run WORLD --port {port}  # or: unset VXSETUP_EMULATOR_HOST\n"
    )
    assert "googleapis.com could not be reached" not in ran.out
    assert "curl" not in ran.out


def test_a_server_that_never_answers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        port = deaf.getsockname()[1]
        sender = LoopbackSender(f"127.0.0.1:{port}", "emulator", lambda: "2026-11-22T12:00:00Z")
        outcome = sender.send(HttpRequest("GET", "https://aiplatform.googleapis.com/v1/x", {}, b"", 0.2))
    assert isinstance(outcome, NoAnswer)
    assert outcome.failure is Failure.TIMEOUT
    assert outcome.says == f"127.0.0.1:{port} (VXSETUP_EMULATOR_HOST) did not answer within 0.2 s"


def test_the_hint_of_the_server_is_a_whole_command(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[EmulatorServer] = []
    monkeypatch.setattr("vxsetup.emulator.server.serve_until_interrupted", served.append)
    ran = cli("emulator", "run", str(EXAMPLES / "ready" / "world.yaml"), "--port", "0")
    hint = ran.err.splitlines()[-1].partition("In another terminal: ")[2].split()
    split = hint.index("vxsetup")
    assert hint[split:] == ["vxsetup", "check", "--project", "acme-ai-prod", "--model", "claude-sonnet-5-5"]
    for word in hint[:split]:
        monkeypatch.setenv(*word.split("=", 1))
    with served[0]:
        assert cli(*hint[split + 1 :], "--now", "2026-11-22T12:00:00Z").code == 0, "it works in an empty folder"
