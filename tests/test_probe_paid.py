"""``--probe paid`` sends one real request for each placement, and only it passes the last gate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vxsetup.cli.root import run
from vxsetup.resources import folder

READY = folder("examples") / "ready"


def checked(probe: str, tmp_path: Path) -> tuple[int, dict[str, object], list[str]]:
    report, record = tmp_path / f"{probe}.json", tmp_path / f"{probe}-facts.json"
    cloud = ["--emulate", str(READY / "world.yaml"), "--probe", probe, "--record", str(record)]
    code = run(["check", str(READY / "vxsetup.yaml"), *cloud, "--format", "json", "--output", str(report)])
    bodies = [row["body"] for row in json.loads(record.read_text())["answers"] if row["url"].endswith(":rawPredict")]
    return code, json.loads(report.read_text()), bodies


def request_findings(report: dict[str, object]) -> list[dict[str, object]]:
    findings = report["findings"]
    assert isinstance(findings, list)
    return [finding for finding in findings if finding["rule"] == "VX410"]


def test_the_free_probe_sends_a_body_that_cannot_be_answered(tmp_path: Path) -> None:
    code, report, bodies = checked("free", tmp_path)
    assert (code, report["verdict"], set(bodies)) == (0, "ready", {"{}"})
    assert {finding["evidence"][0]["rung"] for finding in request_findings(report)} == {"probed"}  # type: ignore[index]


def test_the_paid_probe_asks_for_one_token_and_is_evidence_of_the_last_rung(tmp_path: Path) -> None:
    code, report, bodies = checked("paid", tmp_path)
    assert (code, report["verdict"]) == (0, "ready")
    assert len(bodies) == 2
    assert {json.loads(body)["max_tokens"] for body in bodies} == {1}
    assert {finding["evidence"][0]["rung"] for finding in request_findings(report)} == {"smoked"}  # type: ignore[index]


def test_without_a_probe_the_gates_before_the_model_stay_unknown(tmp_path: Path) -> None:
    code, report, bodies = checked("none", tmp_path)
    assert (code, report["verdict"], bodies) == (3, "undecided", [])
    assert {finding["verdict"] for finding in request_findings(report)} == {"unknown"}


@pytest.mark.parametrize(("probe", "mark"), [("free", None), ("paid", "pass")])
def test_only_a_paid_request_passes_the_gate_named_request(probe: str, mark: str | None, tmp_path: Path) -> None:
    _, report, _ = checked(probe, tmp_path)
    text = json.dumps(report)
    gates = [gate for gate in _gates(report) if gate["name"] == "request"]
    assert len(gates) == 2, text
    assert {gate["verdict"] for gate in gates} == {mark}


def _gates(report: object) -> list[dict[str, object]]:
    """Every gate of a report, wherever its project keeps it."""
    if isinstance(report, dict):
        if set(report) == {"name", "verdict"}:
            return [report]
        return [gate for value in report.values() for gate in _gates(value)]
    return [gate for value in report for gate in _gates(value)] if isinstance(report, list) else []
