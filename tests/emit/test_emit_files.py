"""The command ``emit`` on disk: printing, writing, never over somebody else's, merging with comments kept, comparing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from emit_runs import READY, emitted
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from vxsetup.cli.emitted import MANIFEST
from vxsetup.cli.root import run
from vxsetup.emit import File, Kind
from vxsetup.emit.formats import dotenv_file, yaml_text
from vxsetup.emit.merge import NotMergeableError, differences, merged


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("VXSETUP_"):
            monkeypatch.delenv(name)
    (tmp_path / "vxsetup.yaml").write_text(READY + "clients: [python, claude-code]\n", encoding="utf-8")
    return tmp_path


def settings_file(folder: Path) -> Path:
    return folder / ".claude" / "settings.json"


def test_without_a_target_the_clients_of_the_config(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["emit"]) == 0
    shown = capsys.readouterr()
    for path in ("python/client.py", "python/requirements.txt", ".claude/settings.json", "claude-code/env.sh"):
        assert f"==> {path} <==" in shown.out
    assert "claude-code: claude" in shown.err


def test_one_file_is_printed_as_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["emit", "curl"]) == 0
    shown = capsys.readouterr()
    assert shown.out == emitted("curl").files[0].text
    assert "Note: gcloud auth print-access-token" in shown.err


def test_json_has_files_and_refusals(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["emit", "curl", "goose", "--format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["format"] == "vxsetup.emit/1"
    curl, goose = data["targets"]
    assert curl["files"][0]["path"] == "curl/request.sh"
    assert "cannot send to eu" in goose["refused"]["reason"]
    assert goose["refused"]["instead"]
    assert goose["refused"]["date"] == "2026-11-22"


def test_a_refusal_is_told_with_a_way_round(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["emit", "spring-ai"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "spring-ai: refused. Spring AI has no Vertex AI backend for Claude" in shown.err
    assert "Way round: use anthropic-java" in shown.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["emit", "pyhton"], "did you mean python?"),
        (["emit", "--merge"], "--merge goes with --output"),
        (["emit", "--force"], "--force goes with --output"),
        (["emit", "--output", ""], "--output is empty"),
        (["emit", "curl", "--output", "vxsetup.yaml/x"], "a file stands where a folder must be"),
        (["emit", "--check", "--merge"], "--check writes nothing"),
        (["emit", "--output", "x", "--merge", "--force"], "give one of them"),
        (["emit", "env", "--location", "us"], "no model of the config is asked for there"),
        (["emit", "env", "--config", "none.yaml"], "none.yaml"),
        (["emit", "env", "--endpoint", "https://h/path"], "an origin without a path"),
        (["emit", "env", "--endpoint", "https://h\n"], "an origin without a path"),
        (["emit", "env", "--project-number", "12x"], "digits alone"),
    ],
)
def test_a_wrong_call_is_one_line(
    arguments: list[str], says: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    shown = capsys.readouterr()
    assert says in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""


def test_without_clients_a_target_is_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "vxsetup.yaml").write_text(READY, encoding="utf-8")
    assert run(["emit"]) == 2
    assert "names no clients" in capsys.readouterr().err


def test_an_environment_must_be_named_where_there_are_several(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = "environments: {dev: {project: {id: acme-ai-dev}}, prod: {}}\n"
    (folder / "vxsetup.yaml").write_text(READY + more, encoding="utf-8")
    assert run(["emit", "curl"]) == 2
    assert "choose one of dev, prod with --env" in capsys.readouterr().err
    assert run(["emit", "curl", "--env", "dev"]) == 0
    assert "projects/acme-ai-dev/" in capsys.readouterr().out


def test_files_are_written_and_the_second_time_nothing_changes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["emit", "curl", "claude-code", "--output", "out"]) == 0
    first = capsys.readouterr().out
    assert "written   .claude/settings.json" in first
    assert os.access(folder / "out" / "curl" / "request.sh", os.X_OK)
    assert run(["emit", "curl", "claude-code", "--output", "out"]) == 0
    assert "unchanged curl/request.sh" in capsys.readouterr().out
    assert run(["emit", "curl", "claude-code", "--output", "out", "--check"]) == 0


def test_what_vxsetup_wrote_may_be_replaced_when_the_config_changes(folder: Path) -> None:
    assert run(["emit", "claude-code", "--output", "."]) == 0
    text = (folder / "vxsetup.yaml").read_text().replace("acme-ai-prod", "acme-ai-next")
    (folder / "vxsetup.yaml").write_text(text)
    assert run(["emit", "claude-code", "--check"]) == 1
    assert run(["emit", "claude-code", "--output", "."]) == 0
    assert "acme-ai-next" in settings_file(folder).read_text()


def test_a_file_of_somebody_else_stays_and_nothing_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "claude-code").mkdir()
    (folder / "claude-code" / "env.sh").write_text("mine\n")
    assert run(["emit", "claude-code", "--output", "."]) == 2
    assert "was not written by vxsetup" in capsys.readouterr().err
    assert not settings_file(folder).exists(), "all or nothing"
    assert not (folder / MANIFEST).exists()
    assert run(["emit", "claude-code", "--output", ".", "--force"]) == 0
    assert "export CLOUD_ML_REGION" in (folder / "claude-code" / "env.sh").read_text()


def test_a_file_that_was_changed_by_hand_stays(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["emit", "python", "--output", "."]) == 0
    program = folder / "python" / "client.py"
    program.write_text(program.read_text() + "# mine\n")
    text = (folder / "vxsetup.yaml").read_text().replace("acme-ai-prod", "acme-ai-next")
    (folder / "vxsetup.yaml").write_text(text)
    assert run(["emit", "python", "--output", "."]) == 2
    assert "was changed since vxsetup wrote it" in capsys.readouterr().err
    assert run(["emit", "python", "--output", ".", "--merge"]) == 2
    assert "cannot be merged" in capsys.readouterr().err
    assert program.read_text().endswith("# mine\n")


def test_a_link_out_of_the_folder_is_not_followed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "out").mkdir()
    (folder / "out" / ".claude").symlink_to(folder / "elsewhere")
    assert run(["emit", "claude-code", "--output", "out"]) == 2
    assert "leads out of out by a link" in capsys.readouterr().err
    assert list((folder / "elsewhere").iterdir()) == []


def test_a_broken_manifest_makes_nothing_ours(folder: Path) -> None:
    assert run(["emit", "claude-code", "--output", "."]) == 0
    for bad in ("{", "[]", '{"format": "vxsetup.emitted/1", "files": []}', "[" * 100_000):
        (folder / MANIFEST).write_text(bad)
        text = settings_file(folder).read_text().replace('"eu"', '"us"')
        settings_file(folder).write_text(text)
        assert run(["emit", "claude-code", "--output", "."]) == 2


def test_merging_keeps_what_is_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings_file(folder).parent.mkdir()
    mine = {"permissions": {"allow": ["Bash(ls)"]}, "env": {"MINE": "1", "CLAUDE_CODE_USE_BEDROCK": "1"}}
    settings_file(folder).write_text(json.dumps(mine, indent=4))
    assert run(["emit", "claude-code", "--check"]) == 1
    assert "env.CLAUDE_CODE_USE_BEDROCK is 1, the config asks for 0" in capsys.readouterr().out
    assert run(["emit", "claude-code", "--output", ".", "--merge"]) == 0
    found = json.loads(settings_file(folder).read_text())
    assert found["permissions"] == mine["permissions"]
    assert found["env"]["MINE"] == "1"
    assert found["env"]["CLAUDE_CODE_USE_BEDROCK"] == "0"
    assert "\n    " in settings_file(folder).read_text(), "its own indent"
    assert run(["emit", "claude-code", "--check"]) == 0
    assert settings_file(folder).name not in json.dumps(json.loads((folder / MANIFEST).read_text())), (
        "it is theirs, too"
    )


def test_checking_says_what_is_missing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["emit", "claude-code", "--check", "--format", "json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert [file["differences"] for file in data["checked"]] == [["is missing"], ["is missing"]]
    assert not settings_file(folder).exists()


def test_checking_shows_nothing_harmful(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings_file(folder).parent.mkdir()
    settings_file(folder).write_text(json.dumps({"env": {"CLOUD_ML_REGION": "\x1b[2Jeu\u202e"}}))
    assert run(["emit", "claude-code", "--check"]) == 1
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_the_list(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["emit", "--list"]) == 0
    text = capsys.readouterr().out
    assert "36 targets, 4 refused with a way round" in text
    assert "us and eu never" in text
    assert run(["emit", "--list", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["format"] == "vxsetup.targets/1"


def test_the_list_of_those_that_are_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["emit", "--list", "zed", "claude-code"]) == 0
    text = capsys.readouterr().out
    assert "Zed" in text
    assert "langchain" not in text
    assert "1 target, 1 refused" in text
    assert run(["emit", "--list", "python", "--format", "json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["targets"]) == ["python"]


# Merging, as texts --------------------------------------------------------------------------------------------------


def yaml_file(value: Any) -> File:
    return File("x.yaml", yaml_text(value), Kind.YAML, [value])


def test_yaml_keeps_comments_order_and_quotes() -> None:
    there = (
        "# top\nmodel_list:\n  # ours\n  - model_name: 'gpt'  # keep\n    litellm_params: {model: openai/gpt}\nx: no\n"
    )
    entry = {"model_name": "claude", "litellm_params": {"vertex_location": "eu"}}
    result = merged(there, yaml_file({"model_list": [entry], "k": "no"}))
    for kept in ("# top\n", "# ours\n", "'gpt'  # keep\n", "{model: openai/gpt}\n", "x: no\n", 'k: "no"\n'):
        assert kept in result
    found = yaml.safe_load(result)
    assert [one["model_name"] for one in found["model_list"]] == ["gpt", "claude"]
    assert merged(result, yaml_file({"model_list": [entry], "k": "no"})) == result


def test_yaml_changes_an_entry_in_its_place() -> None:
    there = "model_list:\n  - model_name: a\n    litellm_params:\n      vertex_location: us  # was\n      rpm: 6\n"
    file = yaml_file({"model_list": [{"model_name": "a", "litellm_params": {"vertex_location": "eu"}}]})
    (difference,) = differences(there, file)
    assert (difference.where, difference.has, difference.wants) == (
        "model_list[a].litellm_params.vertex_location",
        "us",
        "eu",
    )
    result = merged(there, file)
    assert result == there.replace("us  # was", "eu  # was")


@pytest.mark.parametrize("there", ["a: [", "- a", "a: 1\n---\nb: 2\n", "a: 1\na: 2\n", "&a [*a]"])
def test_yaml_that_cannot_be_merged_into_is_said(there: str) -> None:
    with pytest.raises(NotMergeableError):
        merged(there, yaml_file({"x": "y"}))


@pytest.mark.parametrize("there", ["{", "[1]", "// c\n{}", '"x"', "{" * 50_000])
def test_json_that_cannot_be_merged_into_is_said(there: str) -> None:
    with pytest.raises(NotMergeableError):
        merged(there, File("x.json", "", Kind.JSON, {"x": "y"}))


def test_dotenv_keeps_comments_and_order() -> None:
    there = "# mine\nA=1\nexport CLOUD_ML_REGION='us-east5' # old\r\nB='x y'\nZ=\n"
    file = dotenv_file(".env", "env", {"CLOUD_ML_REGION": "eu", "NEW": "n"})
    result = merged(there, file)
    assert result == "# mine\nA=1\nexport CLOUD_ML_REGION=eu # old\r\nB='x y'\nZ=\nNEW=n\n"
    assert differences(result, file) == ()
    with pytest.raises(NotMergeableError):
        merged("KEY='begin\nend\n", file)


values = st.dictionaries(
    st.from_regex(r"[A-Z][A-Z0-9_]{0,5}", fullmatch=True), st.sampled_from(["a", "b c", "1"]), max_size=4
)


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(had=values, wanted=values)
def test_after_merging_nothing_differs_and_nothing_is_lost(had: dict[str, str], wanted: dict[str, str]) -> None:
    for there, file in (
        (json.dumps(had), File("x.json", "", Kind.JSON, wanted)),
        (yaml_text(had), yaml_file(wanted)),
        (dotenv_file(".env", "env", had).text, dotenv_file(".env", "env", wanted)),
    ):
        result = merged(there, file)
        assert differences(result, file) == ()
        kept = {name: value for name, value in had.items() if name not in wanted}
        rest = File(file.path, "", file.kind, [kept] if file.kind is Kind.YAML else kept)
        assert differences(result, rest) == ()
