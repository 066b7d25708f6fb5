"""The command: where the text comes from, what is written, and that it starts fast."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from explain_runs import corpus, written

from vxsetup.cli.root import run
from vxsetup.explain import causes
from vxsetup.resources import folder, schema

ROOT = Path(__file__).resolve().parents[2]
ERROR = (
    'API Error: 404 [{"error":{"code":404,"message":"Publisher Model `projects/acme-ai-prod/locations/eu/publishers/'
    'anthropic/models/claude-sonnet-5-5` was not found or your project does not have access to it.","status":"NOT_FOUND"}}]'
)


class Stdin(io.TextIOWrapper):
    """Standard input that holds some bytes and is no terminal."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(io.BytesIO(raw), encoding="utf-8")


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["explain", *arguments]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


def test_pasted_file_and_pipe_say_the_same(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "error.txt"
    file.write_text(ERROR)
    pasted = answer(capsys, ERROR)
    assert pasted == answer(capsys, "--error", str(file))
    for arguments in (("--error", "-"), ("-",), ()):
        monkeypatch.setattr(sys, "stdin", Stdin(ERROR.encode()))
        assert answer(capsys, *arguments) == pasted
    monkeypatch.setattr(sys, "stdin", Stdin(ERROR.encode("utf-16")))
    assert answer(capsys, "--error", "-") == pasted, "what PowerShell writes"
    assert pasted.startswith("model-not-enabled (VX406)")
    assert "acme-ai-prod" in pasted


def test_json_follows_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    validator = jsonschema.Draft202012Validator(schema("diagnosis"))
    for example in schema("diagnosis")["examples"]:
        validator.validate(example)
    for each in (*corpus()[:20], *written()[::20]):
        data = json.loads(answer(capsys, "--format", "json", "--context", each.context, f"{each.symptom} " + "."))
        validator.validate(data)
        assert data["recognised"] == bool(data["causes"])
    unknown = json.loads(answer(capsys, "--format", "json", "psql: connection to port 5432 refused"))
    validator.validate(unknown)
    assert unknown["recognised"] is False
    assert len(unknown["questions"]) == 3


def test_the_config_fills_the_fix(capsys: pytest.CaptureFixture[str]) -> None:
    config = str(folder("examples") / "ready" / "vxsetup.yaml")
    text = "429 Quota exceeded for aiplatform.googleapis.com/global_online_prediction_requests_per_base_model with base model: anthropic-claude-sonnet."
    data = json.loads(answer(capsys, "--format", "json", "--config", config, text))
    assert data["causes"][0]["cause"] == "quota-zero"
    assert "PROJECT_ID" not in data["causes"][0]["fix"]["command"]


def test_live_asks_the_cloud(capsys: pytest.CaptureFixture[str]) -> None:
    world = str(folder("examples") / "six-faults" / "world.yaml")
    config = str(folder("examples") / "six-faults" / "vxsetup.yaml")
    text = "403 The caller does not have permission (Claude on Vertex AI)"
    data = json.loads(answer(capsys, "--format", "json", "--config", config, "--live", "--emulate", world, text))
    live = next(each["value"] for each in data["evidence"] if each["name"] == "live check")
    assert "fail vx" in live


@pytest.mark.parametrize("word", ["invalid_grant", "RESOURCE_EXHAUSTED", "invalid_rapt", "ENOTFOUND"])
def test_one_word_of_an_error_is_an_error(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Next: vxsetup explain" in answer(capsys, word)


def test_what_is_hardly_the_cause_gets_a_word_and_no_paragraph(capsys: pytest.CaptureFixture[str]) -> None:
    text = 'PermissionDenied: 403 Permission denied on resource project acme. reason: "CONSUMER_INVALID" (aiplatform.googleapis.com)'
    data = json.loads(answer(capsys, "--format", "json", text))
    hardly = [each["cause"] for each in data["causes"] if each["confidence"] < 0.02]
    assert hardly
    printed = answer(capsys, text)
    assert f"Less likely, but it can look the same: {' or '.join(hardly)}." in printed
    assert " 0 %" not in printed
    assert " 0 %" not in answer(capsys, "--format", "github", text)


def test_github(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    printed = answer(capsys, "--format", "github", ERROR)
    assert printed.startswith("::error title=vxsetup%3A model-not-enabled")
    assert printed.count("\n") == 1, "one annotation on one line"
    assert "### vxsetup: model-not-enabled" in summary.read_text()
    assert answer(capsys, "--format", "github", "segmentation fault at 0x0").startswith("::notice ")


@pytest.mark.parametrize("cause", causes())
def test_every_cause_has_its_page(cause: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = answer(capsys, cause)
    for heading in ("What it means", "How it shows", "How to tell it apart", "How to fix it", "References"):
        assert heading in page
    data = json.loads(answer(capsys, cause, "--format", "json"))
    assert cause in (data.get("cause"), data.get("name"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--error", "no-such-file"), "cannot be read"),
        (("--error", "."), "it is a folder"),
        (("quota-zer",), "did you mean quota-zero?"),
        (("",), "empty"),
        (("--env", "prod", ERROR), "goes with --config"),
        (("--emulate", "examples/ready/world.yaml", ERROR), "go with --live"),
        (("--live", "invalid_grant: reauth related error"), "--config"),
        (("VX402", "--format", "github"), "for errors"),
    ],
)
def test_called_wrongly(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert run(["explain", *arguments]) == 2
    printed = capsys.readouterr()
    assert says in printed.err
    assert printed.err.count("\n") == 1


def test_explaining_imports_next_to_nothing() -> None:
    code = (
        "import sys\nfrom vxsetup.cli.root import run\nrun(['explain', sys.argv[1]])\n"
        "sys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, ERROR], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = set(done.stderr.split())
    never = {
        "yaml",
        "jsonschema",
        "google.auth",
        "requests",
        "rich",
        "asyncio",
        "tempfile",
        "vxsetup.rules",
        "vxsetup.config",
    }
    assert "vxsetup.explain.rank" in loaded
    assert sorted(loaded & never) == []


@pytest.mark.parametrize("cause", causes())
def test_a_page_holds_no_braces_to_fill(cause: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is not known stands in capitals, as in a command that is to be copied."""
    assert run(["explain", cause, "--format", "json"]) == 0
    page = json.loads(capsys.readouterr().out)
    fix = page.get("cause", page)["fix"] if isinstance(page.get("cause"), dict) else page["fix"]
    assert not re.search(r"(?<!%)\{[a-z_]+\}|\{\{", str(fix["command"]) + str(fix["url"]) + str(fix["summary"])), fix
    assert f"vxsetup explain {cause}" not in str(fix["command"]), "a page that sends to itself"


def test_a_page_is_filled_from_a_config(capsys: pytest.CaptureFixture[str]) -> None:
    config = str(Path(str(folder("examples"))) / "ready" / "vxsetup.yaml")
    assert run(["explain", "endpoint-host", "--config", config]) == 0
    assert "https://aiplatform.eu.rep.googleapis.com/v1/projects/acme-ai-prod/locations/eu/" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "command"),
    [
        (
            "litellm.BadRequestError: Vertex_aiException: vertex_location is missing, region is not set",
            "VERTEXAI_LOCATION",
        ),
        (
            "anthropic vertex: No region was given. The client should be instantiated with the region argument",
            "CLOUD_ML_REGION",
        ),
    ],
)
def test_the_fix_names_the_client_s_own_variable(error: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", error, "--format", "json"]) == 0
    first = json.loads(capsys.readouterr().out)["causes"][0]
    assert (first["cause"], first["fix"]["command"]) == ("region-missing", f"export {command}=LOCATION")


def test_an_error_about_another_project_than_the_config_s_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    config = str(Path(str(folder("examples"))) / "ready" / "vxsetup.yaml")
    error = (
        "403 Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/projects/{}/locations/"
        "eu/publishers/anthropic/models/claude-opus-4-8' (or it may not exist)."
    )
    assert run(["explain", "--config", config, "--format", "json", error.format("acme-other")]) == 0
    other = json.loads(capsys.readouterr().out)
    assert {each["cause"] for each in other["causes"][:2]} == {"iam-missing-predict", "wrong-project"}
    assert other["notes"] == [
        "The error is about project acme-other, the config about acme-ai-prod: the fixes are written for the config."
    ]
    assert run(["explain", "--config", config, "--format", "json", error.format("acme-ai-prod")]) == 0
    same = json.loads(capsys.readouterr().out)
    assert same["notes"] == []
    assert same["causes"][0]["cause"] == "iam-missing-predict"


BARE = "404 NOT_FOUND: Publisher Model was not found or your project does not have access to it. claude"


def told(args: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The diagnosis of an error that names no project, as JSON."""
    assert run(["explain", "--format", "json", *args]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    ("context", "project"),
    [
        ("claude code 2.1, project acme-dev-1, model claude-opus-4-8", "acme-dev-1"),
        ("ANTHROPIC_VERTEX_PROJECT_ID=acme-x1 CLOUD_ML_REGION=global", "acme-x1"),
        ("project $(reboot), or `reboot`", "PROJECT_ID"),
        ("project key: sk-ant-api03-abcdefghijklmnop", "PROJECT_ID"),
    ],
)
def test_the_fix_is_written_for_the_project_that_the_asker_names(
    context: str, project: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"--project {project} " in told(["--context", context, BARE], capsys)["causes"][0]["fix"]["command"]
    named = BARE + " projects/acme-ai-prod/locations/eu"
    fix = told(["--context", context, named], capsys)["causes"][0]["fix"]
    assert "--project acme-ai-prod " in fix["command"], "the error outranks what is said about it"


def test_a_config_that_cannot_be_used_and_one_of_several_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "vxsetup.yaml"
    broken.write_text("version: 1\nproject: {id: [1]\n", encoding="utf-8")
    (note,) = told(["--config", str(broken), BARE], capsys)["notes"]
    assert note.startswith(f"The config could not be used ({broken}:2): ")
    examples = Path(str(folder("examples")))
    (note,) = told(["--config", str(examples), BARE], capsys)["notes"]
    assert note.startswith("The config is about several projects (acme-ai-new, acme-ai-prod) and the error names none")
    assert told(["--config", str(examples), BARE + " projects/acme-ai-prod/"], capsys)["notes"] == []


def test_an_address_to_open_holds_no_placeholder(capsys: pytest.CaptureFixture[str]) -> None:
    config = str(Path(str(folder("examples"))) / "ready" / "vxsetup.yaml")
    for cause in causes():
        assert run(["explain", cause, "--config", config, "--format", "json"]) == 0
        page = json.loads(capsys.readouterr().out)
        url = (page["cause"] if isinstance(page.get("cause"), dict) else page)["fix"]["url"] or ""
        assert not re.search("[A-Z]{4}", url), (cause, url)
