"""One refusal, three witnesses: ``check`` names it beforehand, Anthropic's SDK is shown it, ``explain`` reads the SDK's words.

For each gate of a request, in each of the platform's orders of checks.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from judge_refusals import REFUSED, Refused, config_of, world_of
from judge_worlds import Run, Stage, check_in

from vxsetup.cli.root import run

pytestmark = pytest.mark.clients

EACH = [(name, order) for name, refused in REFUSED.items() for order in refused.only]
TOO_SURE = 0.9
"""With this much confidence no cause may be named that is not the true one."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    pytest.importorskip("anthropic")
    with Stage() as shown:
        yield shown


@dataclass(frozen=True)
class Witnessed:
    """What ``check`` read and found, and the SDK's exception: its class, its status, its message and its whole text."""

    checked: Run
    folder: Path
    error: str
    status: int
    message: str
    said: str


def _asked(stage: Stage, checked: Run, refused: Refused) -> tuple[str, int, str, str]:
    anthropic = importlib.import_module("anthropic")
    stage.show(checked)
    client = anthropic.AnthropicVertex(
        region=refused.location,
        project_id=refused.project,
        access_token=f"emu:{checked.principal}",
        base_url=f"{stage.base_url}/v1",
        max_retries=0,
        timeout=20.0,
    )
    asked = {
        "model": refused.model,
        "max_tokens": 1,
        "messages": [{"role": "user", "content": "Hello"}],
        **refused.more,
    }
    with client, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the SDK warns of old models
        with pytest.raises(anthropic.APIStatusError) as shown:
            client.messages.create(**asked)
    error = shown.value
    message = error.body["error"]["message"]
    return type(error).__name__, error.status_code, message, f"anthropic.{type(error).__name__}: {error}"


@pytest.fixture(params=EACH, ids=[f"{name}-{order}" for name, order in EACH], scope="module")
def witnessed(
    request: pytest.FixtureRequest, stage: Stage, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Refused, Witnessed]:
    name, order = request.param
    refused, folder = REFUSED[name], tmp_path_factory.mktemp("refused")
    (folder / "world.yaml").write_text(yaml.safe_dump(world_of(refused, order)), encoding="utf-8")
    (folder / "vxsetup.yaml").write_text(json.dumps(config_of(refused)), encoding="utf-8")
    checked = check_in(name, folder, ["check", "vxsetup.yaml", "--emulate", "world.yaml"])
    return refused, Witnessed(checked, folder, *_asked(stage, checked, refused))


def test_check_names_the_gate_and_no_other(witnessed: tuple[Refused, Witnessed]) -> None:
    refused, seen = witnessed
    failed = [one["rule"] for one in seen.checked.findings if (one["verdict"], one["severity"]) == ("fail", "error")]
    assert sorted(failed) == sorted((refused.rule, *refused.beside))


def test_the_sdk_shows_what_the_free_probe_was_told(witnessed: tuple[Refused, Witnessed]) -> None:
    refused, seen = witnessed
    assert (seen.error, seen.status) == (refused.error, refused.status)
    probes = [
        row["known"]["refusal"]["error"]
        for row in seen.checked.facts
        if row["fact"] == "Probe" and row["of"]["location"] == refused.location and row.get("known", {}).get("refusal")
    ]
    if refused.more or refused.rule == "VX401":
        assert not probes, "the probe asks for no feature, and not with an id that is none"
    else:
        assert {(one["http"], one["message"]) for one in probes} == {(seen.status, seen.message)}


def test_the_sdk_s_words_are_explained_by_the_same_rule(
    witnessed: tuple[Refused, Witnessed], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refused, seen = witnessed
    causes = _explained(refused, seen, monkeypatch, capsys)
    first = causes[0]
    if refused.opaque:
        assert refused.cause in [one["cause"] for one in causes]
        assert first["cause"] == refused.cause or first["confidence"] < TOO_SURE
    else:
        assert (first["cause"], first["rule"]) == (refused.cause, refused.rule)


def test_with_a_look_at_the_cloud_the_cause_is_the_first(
    witnessed: tuple[Refused, Witnessed], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refused, seen = witnessed
    first = _explained(refused, seen, monkeypatch, capsys, "--live", "--emulate", "world.yaml")[0]
    assert (first["cause"], first["rule"]) == (refused.cause, refused.page or refused.rule)


def _explained(
    refused: Refused,
    seen: Witnessed,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *more: str,
) -> list[Mapping[str, Any]]:
    """The causes of the SDK's exception, piped into ``explain`` by somebody who says what they use."""
    context = f"Anthropic Python SDK, project {refused.project}, region {refused.location}, model {refused.model}"
    monkeypatch.chdir(seen.folder)
    for variable in [one for one in os.environ if one.startswith("VXSETUP_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(seen.said.encode())))
    arguments = ["explain", "--error", "-", "--context", context, "--format", "json", *more]
    assert run(arguments) == 0
    found: list[Mapping[str, Any]] = json.loads(capsys.readouterr().out)["causes"]
    return found


@cache
def _orders() -> set[str]:
    return {order for _, order in EACH}


def test_every_gate_is_refused_somewhere() -> None:
    """Each rule of the request path, and each order of the platform's checks, is in the table."""
    from vxsetup.rules.path import GATES

    met = {refused.rule for refused in REFUSED.values()}
    path = {rule for _, rules in GATES for rule in rules}
    assert path - met == {"VX301", "VX410", "VX502"}, (
        "a token, a perimeter and the unexplained are not shown by a world"
    )
    assert len(_orders()) == 2
