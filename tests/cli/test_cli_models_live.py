"""``models --live``: what a project reaches, what it does not, and what nobody could tell, each with its exit code."""

from __future__ import annotations

import json
from pathlib import Path

from cli_runs import EXAMPLES, Cli, Ran, environment, harmless, process

LIVE = ("models", "--live", "--project", "acme-ai-prod")
READY = ("--emulate", str(EXAMPLES / "ready" / "world.yaml"))
MODEL = ("--model", "claude-sonnet-5-5")


def without_credentials(folder: Path, *arguments: str) -> Ran:
    home = folder / "home"
    home.mkdir()
    return process(*LIVE, *MODEL, *arguments, env=environment(home), cwd=folder)


def test_without_credentials_nothing_is_refused(tmp_path: Path) -> None:
    ran = without_credentials(tmp_path)
    harmless(ran)
    assert ran.code == 3
    assert ran.err == (
        "Nothing could be read. No Application Default Credentials were found on this machine. "
        "Run: gcloud auth application-default login\n"
    )
    assert "✗" not in ran.out
    assert "✓" not in ran.out
    assert "  ? claude-sonnet-5-5 @ global" in ran.out


def test_without_credentials_json_says_unknown(tmp_path: Path) -> None:
    ran = without_credentials(tmp_path, "--format", "json", "--location", "global")
    assert ran.code == 3
    (place,) = json.loads(ran.out)["places"]
    assert (place["model"], place["location"], place["verdict"]) == ("claude-sonnet-5-5", "global", "unknown")
    assert "No Application Default Credentials" in place["note"]


def test_a_model_that_answers(cli: Cli) -> None:
    ran = cli(*LIVE, *MODEL, "--location", "global", *READY)
    harmless(ran)
    assert ran.code == 0
    assert ran.err == ""
    assert "claude-sonnet-5-5  ✓" in ran.out
    assert "✗" not in ran.out


def test_one_that_answers_beside_one_that_does_not_is_enough(cli: Cli) -> None:
    ran = cli(*LIVE, *MODEL, "--model", "claude-nope-1", "--location", "global", *READY, "--format", "json")
    assert ran.code == 0
    assert [row["verdict"] for row in json.loads(ran.out)["places"]] == ["pass", "fail"]


def test_everything_refused(cli: Cli) -> None:
    ran = cli(*LIVE, *MODEL, "--emulate", str(EXAMPLES / "new-project" / "world.yaml"))
    harmless(ran)
    assert ran.code == 1
    assert ran.err == "", "it was answered, though with a refusal"
    assert "✓" not in ran.out
    assert "?" not in ran.out
    assert "VX302" in ran.out


def test_an_id_that_is_not_listed_comes_with_what_was_meant(cli: Cli) -> None:
    ran = cli(*LIVE, "--model", "claude-sonnet-9-9", "--location", "global", *READY, "--format", "json")
    assert ran.code == 1
    (place,) = json.loads(ran.out)["places"]
    assert place["verdict"] == "fail"
    assert place["note"].endswith("(VX404); did you mean claude-sonnet-5-5?")


def test_the_form_of_the_json(cli: Cli) -> None:
    ran = cli(*LIVE, *MODEL, "--location", "global", *READY, "--format", "json")
    assert json.loads(ran.out) == {
        "format": "vxsetup.matrix/1",
        "project": "acme-ai-prod",
        "now": "2026-11-22T12:00:00Z",
        "places": [{"model": "claude-sonnet-5-5", "location": "global", "verdict": "pass", "note": None}],
    }
