"""What is unknown for one reason is told once, with the step that ends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from vxsetup.cli.root import run
from vxsetup.report.reasons import by_reason, fix_of, reason_of

CONFIG = """\
version: 1
project:
  id: acme-ai-prod
models:
  - id: claude-sonnet-5-5
    locations: [global]
"""


def row(message: str, summary: str | None = None, command: str | None = None) -> dict[str, object]:
    """A row as plans and drifts hold it."""
    return {"message": message, "fix": {"summary": summary, "command": command, "url": None} if summary else None}


def test_one_reason_is_one_group() -> None:
    rows = [row("Whether a is on is not known: no login."), row("Whether b is on is not known: 403."), row("no login.")]
    assert [[each["message"] for each in group] for group in by_reason(rows)] == [
        ["Whether a is on is not known: no login.", "no login."],
        ["Whether b is on is not known: 403."],
    ]
    assert reason_of("no login.") == "no login."


def test_the_step_is_that_of_the_reason_itself() -> None:
    outer, inner = row("A is not known: no login.", "credentials", "x"), row("no login.", "log in", "gcloud")
    assert fix_of([outer, inner]) == inner["fix"]
    assert fix_of([row("a: b", "read it"), row("c: b", "ask", "gcloud")]) == {
        "summary": "ask",
        "command": "gcloud",
        "url": None,
    }
    assert fix_of([row("a")]) is None


@pytest.mark.parametrize("command", ["plan", "drift"])
def test_without_a_login_it_is_said_once(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.chdir(tmp_path)
    Path("vxsetup.yaml").write_text(CONFIG, encoding="utf-8")
    run([command])
    told = capsys.readouterr().out
    assert told.count("No Application Default Credentials were found") == 1
    assert told.count("gcloud auth application-default login") == 1
    assert "VX602" in told
