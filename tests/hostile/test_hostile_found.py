"""Files that once ended in a bug: each is answered in a line now."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hostile_kinds import EXAMPLES, ROOT
from hostile_run import fault, said

from vxsetup.facts.logging import logging_state
from vxsetup.facts.models import ModelConfig

Change = Callable[[dict[str, Any]], object]


def _bindings(value: Any) -> Change:
    def change(recording: dict[str, Any]) -> None:
        for row in recording["answers"]:
            if row["url"].endswith(":getIamPolicy"):
                row["json"]["bindings"] = value

    return change


RECORDINGS: dict[str, Change] = {
    "a member that is a list": _bindings([{"role": "roles/aiplatform.user", "members": [["user:a@acme.example"]]}]),
    "members that are a word": _bindings([{"role": "roles/aiplatform.user", "members": "user:a@acme.example"}]),
    "a role that is a list": _bindings([{"role": ["x"], "members": ["user:a@acme.example"]}]),
    "a fact that is a list": lambda recording: recording["facts"].insert(0, [1]),
    "a fact that is a word": lambda recording: recording["facts"].insert(0, "x"),
    "a fact about no words": lambda recording: [
        row.update(of=dict.fromkeys(row["of"], 7)) for row in recording["facts"]
    ],
    "a quota project that is a list": lambda recording: recording["caller"].update(quota_project=["x"]),
    "a kind that is nothing": lambda recording: recording["caller"].update(kind=None),
    "text that turns around": _bindings([{"role": "roles/x\u202ey", "members": ["user:\u202e@acme.example"]}]),
    "an address that is a number": lambda recording: recording["answers"][0].update(url=7),
    "a status without end": lambda recording: recording["answers"][0].update(status=float("inf")),
    "half of a character in a quota": lambda recording: [
        row.update(text=row["text"].replace("minute per base model", "minute \\ud800"))
        for row in recording["answers"]
        if "quotaInfos" in row["url"]
    ],
    "half of a character": _bindings([{"role": "roles/x\ud800", "members": ["user:a@acme.example"]}]),
}


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A recording of the example that is ready."""
    file = tmp_path_factory.mktemp("recording") / "facts.json"
    pair = [str(ROOT / "examples" / "ready" / name) for name in ("vxsetup.yaml", "world.yaml")]
    assert said(("check", pair[0], "--emulate", pair[1], "--record", str(file)))[0] == 0
    return file.read_text("utf-8")


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_broken_recording(name: str, recording: str, tmp_path: Path) -> None:
    data = json.loads(recording)
    RECORDINGS[name](data)
    assert json.dumps(data) != json.dumps(json.loads(recording)), "the change found its place"
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(data), "utf-8")
    for command in (
        ("emulator", "world", str(file)),
        ("check", str(ROOT / "examples/ready/vxsetup.yaml"), "--facts", str(file)),
    ):
        code, text = said(command)
        assert fault(code, text, 0) is None
        assert code in (0, 1, 2, 3)


@pytest.mark.parametrize(
    "tag", ["!!timestamp x", "!!binary =", "!!int x", "!!float x", "!!bool x", "!!set {a}", "!!omap [a]"]
)
def test_a_tag_in_a_patch(tag: str, tmp_path: Path) -> None:
    file = tmp_path / "patch.yaml"
    file.write_text(f"date: {tag}\n", "utf-8")
    code, text = said(("validate", str(ROOT / "examples" / EXAMPLES[0] / "vxsetup.yaml"), "--catalog", str(file)))
    assert fault(code, text, 0) is None
    assert code == 2
    assert text.startswith("Error: ")
    assert text.count("\n") == 1


REPORTS: dict[str, Change] = {
    "a file of half a character": lambda one: one["location"].update(file="\ud800.yaml"),
    "a file with a null": lambda one: one["location"].update(file="a\0b.yaml"),
}


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_on_a_file_that_cannot_be(name: str, tmp_path: Path) -> None:
    report, known = tmp_path / "report.json", tmp_path / "known.json"
    pair = [str(ROOT / "examples" / "six-faults" / name) for name in ("vxsetup.yaml", "world.yaml")]
    assert said(("check", pair[0], "--emulate", pair[1], "--format", "json", "--output", str(report)))[0] == 1
    data = json.loads(report.read_text("utf-8"))
    for finding in data["findings"]:
        if finding["location"]:
            REPORTS[name](finding)
    report.write_text(json.dumps(data), "utf-8")
    create = ("baseline", "create", str(report), "--owner=me", "--reason=known", "--output", str(known))
    for command in (create, ("merge", str(report)), ("merge", str(report), "--format=sarif")):
        code, text = said(command)
        assert fault(code, text, 0) is None, text
        assert code in (0, 1, 2)


def test_a_sampling_rate_that_no_float_can_hold() -> None:
    for rate in (10**400, -1, 1.5, float("nan"), float("inf")):
        assert logging_state(ModelConfig({"loggingConfig": {"enabled": True, "samplingRate": rate}})) is None
