"""What the cloud, a config or an asker writes stays text: nothing of it acts in a terminal, a workflow's log or Markdown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from vxsetup.cli.root import run
from vxsetup.explain.model import Diagnosis
from vxsetup.report.diagnosis import diagnosis_github, diagnosis_markdown, diagnosis_text
from vxsetup.report.terminal import Style
from vxsetup.resources import folder

READY = Path(str(folder("examples"))) / "ready"
MODEL = "projects/acme-ai-prod/locations/eu/publishers/anthropic/models/claude-sonnet-5-5"
ERROR = f"404 NOT_FOUND: Publisher Model `{MODEL}` was not found or your project does not have access to it."

HOSTILE = {
    "link": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "title": "\x1b]0;pwned\x07",
    "c1": "\x9b31mred\x9d0;x\x9c",
    "bidi": "a\u202eb\u2066c\u2069",
    "invisible": "a\u200bb\u200d\u2060\ufeff\U000e0041",
    "return": "good\rEVIL\x08\x08",
    "commands": "\n::error::pwned\n::add-mask::x\n##[error]pwned\n::stop-commands::t",
    "markup": "![x](http://evil.example/i) <img src=x> @someone www.evil.example",
}
ACTS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]")


def harmless(log: str, summary: str) -> None:
    """Asserts that nothing in a log and in a job's summary acts."""
    assert ACTS.search(log + summary) is None
    commands = [line for line in log.splitlines() if line.lstrip().startswith(("::", "##["))]
    assert all(re.match("::(error|notice) title=vxsetup", line) for line in commands)
    assert not re.search(r"(?m)^\s*(::|##\[)", summary)
    assert not re.search(r"(?<!\\)\]\(|<img|<script|https?://(?!console\.cloud)|www\.|(?<!\w)@\w", summary)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_every_part_of_a_diagnosis_is_written_as_text(text: str) -> None:
    for recognised in (True, False):
        found = Diagnosis(recognised, (), (("project", text), ("live check", text)), (text,), (text, f"see {text}"))
        if recognised:
            from explain_runs import explained

            from vxsetup.values import replace

            found = replace(explained(ERROR, ""), evidence=found.evidence, notes=found.notes)
        harmless(diagnosis_github(found), diagnosis_markdown(found))
        assert ACTS.search(diagnosis_text(found, Style(100, False, True))) is None


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_an_answer_of_the_cloud_stays_text(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = yaml.safe_load((READY / "world.yaml").read_text("utf-8"))
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": f"X{text}",
        "domain": "googleapis.com",
        "metadata": {"consumer": f"projects/{text}", "service": text, "permission": text},
    }
    message = (
        f"Organization Policy constraint constraints/vertexai.allowedModels violated {text} by Organization {text}"
    )
    policy = {"error": {"code": 400, "status": "FAILED_PRECONDITION", "message": message}}
    denied = {"error": {"code": 403, "status": f"DENIED{text}", "message": f"No {text}.", "details": [info]}}
    for faults in (
        [{"match": "POST */*:rawPredict", "status": 400, "times": 99, "body": policy}],
        [{"match": "GET */*", "status": 403, "times": 99, "body": denied}],
        [{"match": "POST */*:rawPredict", "status": 403, "times": 99, "body": denied}],
    ):
        world["faults"] = faults
        file, summary = tmp_path / "world.yaml", tmp_path / "summary.md"
        file.write_text(yaml.safe_dump(world), encoding="utf-8")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
        for format_ in ("text", "json", "github"):
            assert run(["explain", "--live", "--emulate", str(file), "--format", format_, ERROR]) == 0
            printed = capsys.readouterr()
            assert ACTS.search(printed.out + printed.err) is None
            if format_ == "github":
                harmless(printed.out + printed.err, summary.read_text("utf-8"))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_config_and_what_the_asker_adds_stay_text(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    config = tmp_path / "vxsetup.yaml"
    document = {"version": 1, "project": {"id": f"acme{text}"}, "location": f"eu{text}", "models": [{"id": text}]}
    config.write_text(yaml.safe_dump(document), encoding="utf-8")
    for more in (["--config", str(config)], ["--context", f"project acme-{text} region {text} client {text}"]):
        for format_ in ("text", "github"):
            run(["explain", "--format", format_, *more, ERROR])
            printed = capsys.readouterr()
            harmless(printed.out + printed.err, summary.read_text("utf-8") if summary.exists() else "")
