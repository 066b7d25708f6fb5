"""Files that once ended in a bug: each is answered in a line now."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hostile_kinds import EXAMPLES, ROOT
from hostile_run import fault, said

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
