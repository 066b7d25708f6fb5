"""The twin: a world made from a recording gives the same answers, so that `check` says the same of both."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import rule_cases
import yaml
from sampled import sample

from vxsetup.cli.root import run

ROTATED = [name for name in rule_cases.names() if rule_cases.expected(name).get("command", "check") == "check"]
TWINNED = [name for name in ROTATED if "--facts" not in rule_cases.expected(name).get("args", [])]
EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def checked(config: Path, world: Path, record: Path, args: list[str]) -> dict[str, object]:
    """The report of a check in a world, and its recording in ``record``."""
    out = record.with_suffix(".report")
    command = ["check", str(config), "--emulate", str(world), "--record", str(record), "--format", "json"]
    run([*command, *args, "--output", str(out)])
    data: dict[str, object] = json.loads(out.read_text())
    return data


def judged(report: dict[str, object]) -> list[tuple[str, ...]]:
    """What a report says, but for times and for words that name a request."""
    findings = report["findings"]
    assert isinstance(findings, list)
    return [(f["rule"], f["subject"], str(f["principal"]), f["verdict"], f["message"]) for f in findings]


def made(recording: Path, to: Path) -> str:
    """The twin of a recording as text."""
    assert run(["emulator", "world", str(recording), "--output", str(to)]) == 0
    return to.read_text()


@pytest.mark.parametrize("name", sample(TWINNED, 3))
def test_a_twin_is_judged_as_what_it_was_made_from(name: str, tmp_path: Path) -> None:
    """A third of the cases, others with each seed."""
    _is_judged_alike(name, tmp_path)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", TWINNED)
def test_every_twin_is_judged_as_what_it_was_made_from(name: str, tmp_path: Path) -> None:
    _is_judged_alike(name, tmp_path)


def _is_judged_alike(name: str, tmp_path: Path) -> None:
    config, world = tmp_path / "vxsetup.yaml", tmp_path / "world.yaml"
    config.write_text(rule_cases.config(name))
    world.write_text(yaml.safe_dump(rule_cases.world(name)))
    args = [str(arg) for arg in rule_cases.expected(name).get("args", [])]
    if any(arg.startswith(("--offline", "--impersonate", "--quota-project", "--project")) for arg in args):
        pytest.skip("another caller than the recording's")
    first = checked(config, world, tmp_path / "facts.json", args)
    made(tmp_path / "facts.json", tmp_path / "twin.yaml")
    second = checked(config, tmp_path / "twin.yaml", tmp_path / "again.json", args)
    assert second["verdict"] == first["verdict"]
    assert judged(second) == judged(first)


@pytest.mark.parametrize("example", ["ready", "six-faults", "new-project"])
def test_the_examples_are_rebuilt_whole(example: str, tmp_path: Path) -> None:
    config, world = EXAMPLES / example / "vxsetup.yaml", EXAMPLES / example / "world.yaml"
    checked(config, world, tmp_path / "facts.json", [])
    text = made(tmp_path / "facts.json", tmp_path / "twin.yaml")
    assert "faults" not in yaml.safe_load(text)
    assert "as recorded" not in text


def test_what_is_changed_in_a_twin_takes_effect(tmp_path: Path) -> None:
    config, world = EXAMPLES / "ready" / "vxsetup.yaml", EXAMPLES / "ready" / "world.yaml"
    assert checked(config, world, tmp_path / "facts.json", [])["verdict"] == "ready"
    data = yaml.safe_load(made(tmp_path / "facts.json", tmp_path / "twin.yaml"))
    data["projects"]["acme-ai-prod"]["services"].remove("aiplatform.googleapis.com")
    (tmp_path / "changed.yaml").write_text(yaml.safe_dump(data))
    after = checked(config, tmp_path / "changed.yaml", tmp_path / "again.json", [])
    assert after["verdict"] == "not_ready"
    assert "VX203" in {rule for rule, _, _, verdict, _ in judged(after) if verdict == "fail"}


def test_what_cannot_be_rebuilt_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = EXAMPLES / "ready" / "vxsetup.yaml"
    data = yaml.safe_load((EXAMPLES / "ready" / "world.yaml").read_text())
    data["faults"] = [{"match": "GET */billingInfo", "status": 403}]
    (tmp_path / "world.yaml").write_text(yaml.safe_dump(data, default_flow_style=False))
    first = checked(config, tmp_path / "world.yaml", tmp_path / "facts.json", [])
    text = made(tmp_path / "facts.json", tmp_path / "twin.yaml")
    assert re.search(
        r"^#   GET https://cloudbilling\.googleapis\.com/v1/projects/acme-ai-prod/billingInfo$", text, re.M
    )
    assert "kept as recorded" in capsys.readouterr().err
    second = checked(config, tmp_path / "twin.yaml", tmp_path / "again.json", [])
    assert judged(second) == judged(first)


@pytest.mark.parametrize(
    ("content", "says"),
    [("{}", "is not a recording"), ("not json", "is not a recording"), ("", "is not a recording")],
)
def test_a_file_that_is_no_recording_is_refused(
    content: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "facts.json").write_text(content)
    assert run(["emulator", "world", str(tmp_path / "facts.json")]) == 2
    assert says in capsys.readouterr().err
