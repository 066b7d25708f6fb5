"""What a cloud, a recording or a world may say: its strings reach the terminal as text, whatever stands in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from cli_runs import EXAMPLES, GOOD, HARMFUL, Cli, harmless

NASTY = "\x1b]0;owned\x07\x1b[2J\r\x08\x9b31m\u202egpj.exe\u2066\ufeff"
SHOWN = "\\x1b]0;owned\\x07\\x1b[2J"


def world(**changes: Any) -> dict[str, Any]:
    """The world of the example ``ready``, changed at the top level."""
    found: dict[str, Any] = yaml.safe_load((EXAMPLES / "ready" / "world.yaml").read_text())
    found["now"] = "2026-11-22T12:00:00Z"
    return found | changes


def check(cli: Cli, folder: Path, data: dict[str, Any], *more: str) -> Any:
    """Check the example ``ready`` in a world."""
    (folder / "world.json").write_text(json.dumps(data))
    return cli("check", str(EXAMPLES / "ready" / "vxsetup.yaml"), "--emulate", "world.json", *more)


ERRORS: dict[str, Any] = {
    "google": {"error": {"code": 403, "status": "PERMISSION_DENIED", "message": f"denied {NASTY}"}},
    "google, with details": {
        "error": {
            "code": 403,
            "status": NASTY,
            "message": NASTY,
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": NASTY,
                    "domain": NASTY,
                    "metadata": {"service": NASTY, "consumer": NASTY, "permission": NASTY},
                }
            ],
        }
    },
    "google, disabled": {
        "error": {
            "code": 403,
            "status": "PERMISSION_DENIED",
            "message": NASTY,
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "SERVICE_DISABLED",
                    "domain": "googleapis.com",
                    "metadata": {"service": f"{NASTY}.googleapis.com", "consumer": f"projects/{NASTY}"},
                }
            ],
        }
    },
    "google, in an array": [{"error": {"code": 404, "status": "NOT_FOUND", "message": NASTY}}],
    "anthropic": {"type": "error", "error": {"type": NASTY, "message": NASTY}, "request_id": NASTY},
    "text": NASTY,
    "wrong kinds": {"error": {"code": "x", "status": 7, "message": [NASTY], "details": {"a": NASTY}}},
    "no object": NASTY.join("ab"),
    "numbers": {"error": 7},
    "long": {"error": {"code": 500, "status": "INTERNAL", "message": "x" * 1_000_000}},
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("status", [200, 400, 403, 404, 429, 503])
@pytest.mark.parametrize("name", ERRORS)
def test_an_error_with_escapes_is_shown_and_not_obeyed(name: str, status: int, cli: Cli, folder: Path) -> None:
    data = world(faults=[{"match": "* *", "status": status, "body": ERRORS[name]}])
    ran = check(cli, folder, data)
    harmless(ran)
    assert ran.code in (1, 3), "a cloud that answers so proves nothing"
    assert len(ran.out) < 400_000


def test_the_text_of_the_error_is_there_to_read(cli: Cli, folder: Path) -> None:
    ran = check(cli, folder, world(faults=[{"match": "* *", "status": 403, "body": ERRORS["google"]}]))
    assert SHOWN in ran.out.replace("\n", "")


@pytest.mark.parametrize("format_", ["json", "text"])
def test_reports_in_files_are_harmless_too(format_: str, cli: Cli, folder: Path) -> None:
    data = world(faults=[{"match": "* *", "status": 403, "body": ERRORS["google"]}])
    ran = check(cli, folder, data, "--format", format_, "--output", "report", "--record", "facts.json", "-v")
    harmless(ran)
    text = (folder / "report").read_text()
    assert not HARMFUL.search(text.replace("\n", ""))
    assert not HARMFUL.search((folder / "facts.json").read_text().replace("\n", ""))
    replayed = cli(
        "check", str(EXAMPLES / "ready" / "vxsetup.yaml"), "--facts", "facts.json", "--format", format_, "-v"
    )
    harmless(replayed)
    assert replayed.code == ran.code
    assert json.loads(replayed.out)["verdict"] == json.loads(text)["verdict"] if format_ == "json" else True


def test_names_that_a_cloud_gives_are_harmless(cli: Cli, folder: Path) -> None:
    data = world()
    project = data["projects"]["acme-ai-prod"]
    project["display_name"] = NASTY
    project["labels"] = {"a": NASTY}
    project["iam"].append({"role": f"projects/acme-ai-prod/roles/{NASTY}", "members": [f"user:{NASTY}@acme.example"]})
    project["iam"].append(
        {
            "role": "roles/aiplatform.user",
            "members": ["serviceAccount:app@acme-ai-prod.iam.gserviceaccount.com"],
            "condition": {"title": NASTY, "expression": f"resource.name == '{NASTY}'", "description": NASTY},
        }
    )
    data["organization"]["display_name"] = NASTY
    for more in ((), ("-v",), ("--format", "json")):
        harmless(check(cli, folder, data, *more))


def test_a_recording_with_escapes_is_harmless(cli: Cli, folder: Path) -> None:
    check(cli, folder, world(), "--record", "facts.json")
    recording = json.loads((folder / "facts.json").read_text())
    recording["caller"]["principal"] = f"user:{NASTY}"
    for row in recording["answers"]:
        row.pop("json", None)
        row["status"], row["text"], row["at"] = 403, NASTY, NASTY
        if "rawPredict" in row["url"]:
            row.pop("status")
            row["failure"] = {"kind": "network", "says": NASTY, "remedy": NASTY}
    (folder / "facts.json").write_text(json.dumps(recording))
    for more in ((), ("-v",), ("--format", "json")):
        ran = cli("check", str(EXAMPLES / "ready" / "vxsetup.yaml"), "--facts", "facts.json", *more)
        harmless(ran)
        assert ran.code in (1, 3)


def test_a_recording_in_which_nothing_is_of_its_kind(cli: Cli, folder: Path) -> None:
    check(cli, folder, world(), "--record", "facts.json")
    good = json.loads((folder / "facts.json").read_text())
    bodies: list[Any] = [
        None,
        0,
        "x",
        [],
        [1],
        {"bindings": 3},
        {"bindings": [{"role": 1, "members": "x"}]},
        {"state": []},
    ]
    for body in bodies:
        for row in good["answers"]:
            row.pop("text", None)
            row["status"], row["json"] = 200, body
        (folder / "facts.json").write_text(json.dumps(good))
        ran = cli("check", str(EXAMPLES / "ready" / "vxsetup.yaml"), "--facts", "facts.json")
        harmless(ran)
        assert ran.code in (1, 3), (body, ran)


@pytest.mark.parametrize("broken", ["timeout", "reset", "truncated", "not_json", "wrong_shape", "empty"])
def test_a_cloud_that_breaks_is_undecided_and_the_reason_is_one_line(broken: str, cli: Cli, folder: Path) -> None:
    ran = check(cli, folder, world(faults=[{"match": "* *", "broken": broken}]))
    harmless(ran)
    assert ran.code == 3, ran
    assert ran.out.rstrip().splitlines()[0].startswith("? acme-ai-prod")
    if broken in ("timeout", "reset", "truncated"):
        assert ran.err.startswith("Nothing could be read. ")
        assert ran.err.count("\n") == 1


def test_a_catalogue_patch_with_escapes(cli: Cli, folder: Path) -> None:
    (folder / "vxsetup.yaml").write_text(GOOD)
    (folder / "patch.yaml").write_text(f"{json.dumps(NASTY)}: 1\n")
    ran = cli("validate", "--catalog", "patch.yaml")
    harmless(ran)
    assert ran.code == 2
