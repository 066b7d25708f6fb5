"""The table of clients and what is emitted from it: every target, its location and version rules, refusals, pins."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from emit_runs import CI, ROOT, catalogue, emittable, emitted, narrowed, settings, table, target
from jsonschema import Draft202012Validator

from vxsetup.clients.load import shipped_table
from vxsetup.clients.versions import newest, older
from vxsetup.emit.writers import writers
from vxsetup.report.targets import targets_markdown
from vxsetup.resources import schema

ISSUED = [
    "env",
    "shell",
    "python",
    "typescript",
    "go",
    "java",
    "csharp",
    "ruby",
    "php",
    "curl",
    "claude-code",
    "claude-code-action",
    "agent-sdk",
    "litellm",
    "langchain",
    "llamaindex",
    "vercel-ai",
    "pydantic-ai",
    "google-adk",
    "genkit",
    "opencode",
    "cline",
    "aider",
    "goose",
    "continue",
    "dify",
    "librechat",
    "openhands",
    "dspy",
    "instructor",
    "envoy-ai-gateway",
    "kubernetes",
    "docker-compose",
    "github-actions",
    "gitlab-ci",
    "devcontainer",
]
REFUSED = ["spring-ai", "zed", "n8n", "llm"]
GLOBAL = "version: 1\nproject: {id: acme-ai-prod}\nmodels: [{id: claude-opus-5-5}, {id: claude-sonnet-5-5}]" + CI


def claims(value: Any) -> list[dict[str, Any]]:
    """Every claim in the data."""
    if isinstance(value, dict):
        if "value" in value and "source" in value:
            return [value]
        return [claim for item in value.values() for claim in claims(item)]
    return [claim for item in value for claim in claims(item)] if isinstance(value, list) else []


def test_the_table_follows_its_schema_and_cites_known_sources() -> None:
    rules = schema("targets")
    Draft202012Validator.check_schema(rules)
    assert [error.message for error in Draft202012Validator(rules).iter_errors(shipped_table())] == []
    assert [e.message for example in rules["examples"] for e in Draft202012Validator(rules).iter_errors(example)] == []
    cited = {claim["source"] for claim in claims(shipped_table())}
    assert cited <= set(catalogue().sources)
    assert len(claims(shipped_table())) > 250


def test_every_target_that_was_asked_for_is_there() -> None:
    assert emittable() == ISSUED
    assert [one.name for one in table().every if one.refused is not None] == REFUSED
    assert set(writers(table())) == set(ISSUED)


def test_the_config_knows_every_target_by_name() -> None:
    text = json.dumps(schema("project"))
    assert [name for name in ISSUED if f'"{name}"' not in text] == []


def test_no_two_targets_write_one_path() -> None:
    paths = [path for one in table().every for path in one.files]
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize("name", ISSUED)
def test_a_target_writes_the_files_that_it_says(name: str) -> None:
    made = emitted(name, narrowed(settings(), "us-east5", "claude-opus-4-8"))
    if name == "dify":
        assert made.files
    assert made.refusal is None, made.refusal
    assert sorted(file.path for file in made.files) == sorted(target(name).files)
    for file in made.files:
        assert file.text.endswith("\n")
        assert "acme-ai-prod" in "".join(one.text for one in made.files)


@pytest.mark.parametrize("name", ISSUED)
def test_every_target_names_model_and_location(name: str) -> None:
    made = emitted(name, narrowed(settings(), "us-east5", "claude-opus-4-8"))
    text = "".join(file.text for file in made.files)
    assert "us-east5" in text
    assert "claude-opus-4-8" in text or name == "dify"
    assert "europe-west1" not in text
    assert re.search(r"(?i)(api_key|private_key|client_secret|sk-ant)", text) is None


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_refused_with_a_way_round(name: str) -> None:
    made = emitted(name)
    assert made.refusal is not None
    assert made.refusal.instead
    assert made.files == ()


@pytest.mark.parametrize("name", ["cline", "aider", "goose"])
@pytest.mark.parametrize("location", ["us", "eu"])
def test_a_location_out_of_reach_is_refused(name: str, location: str) -> None:
    made = emitted(name, narrowed(settings(), location, "claude-opus-4-8"))
    assert made.refusal is not None
    assert f"cannot send to {location}" in made.refusal.reason
    assert "--location" not in made.refusal.instead, "that is no way out"
    assert emitted(name, narrowed(settings(), "global", "claude-opus-4-8")).files


def test_one_variable_holds_one_location() -> None:
    made = emitted("env")
    assert made.refusal is not None
    assert "vxsetup emit env --location eu" in made.refusal.instead
    assert "CLOUD_ML_REGION=eu\n" in emitted("env", settings(locations=["eu"])).files[0].text


def test_a_location_that_every_model_has_is_taken_for_all() -> None:
    text = "version: 1\nproject: {id: p-12345}\nmodels:\n"
    text += "  - {id: claude-opus-5-5, locations: [us, eu]}\n  - {id: claude-haiku-5-5, locations: [global, eu]}\n"
    found = emitted("env", settings(text)).files[0].text
    assert "GOOGLE_VERTEX_LOCATION=eu\n" in found
    assert "=us\n" not in found


@pytest.mark.parametrize(
    ("name", "location", "file", "pin"),
    [
        ("python", "global", "python/requirements.txt", "anthropic[vertex]>=0.56.0,<2"),
        ("python", "eu", "python/requirements.txt", "anthropic[vertex]>=0.98.0,<2"),
        ("langchain", "us", "langchain/requirements.txt", "anthropic[vertex]>=0.98.0,<1"),
        ("pydantic-ai", "us", "pydantic-ai/requirements.txt", "anthropic[vertex]>=1.15,<2"),
        ("litellm", "eu", "litellm/requirements.txt", "litellm[proxy]>=1.83.14"),
        ("instructor", "eu", "instructor/requirements.txt", "anthropic[vertex]>=0.98.0,<1"),
        ("typescript", "eu", "typescript/package.json", '">=0.16.0 <1"'),
        ("typescript", "us", "typescript/package.json", '">=0.15.0 <1"'),
        ("go", "eu", "go/go.mod", "v1.58.1"),
        ("ruby", "us", "ruby/Gemfile", "'>= 1.28.0', '< 2'"),
        ("claude-code", "eu", "claude-code/env.sh", "2.1.119 or later"),
    ],
)
def test_the_least_version_is_pinned(name: str, location: str, file: str, pin: str) -> None:
    made = emitted(name, narrowed(settings(), location, "claude-opus-5"))
    assert pin in next(one.text for one in made.files if one.path == file)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("python", 'BASE_URL = "https://gw.acme.example/v1"'),
        ("typescript", '"https://gw.acme.example/v1"'),
        ("litellm", "https://gw.acme.example\n"),
        ("go", '"https://gw.acme.example/"'),
        ("vercel-ai", "/publishers/anthropic/models`"),
        ("continue", "https://gw.acme.example/v1/projects/acme-ai-prod/locations/us-east5/"),
        ("claude-code", '"ANTHROPIC_VERTEX_BASE_URL": "https://gw.acme.example/v1"'),
        ("opencode", "https://gw.acme.example/v1/projects/acme-ai-prod/locations/us-east5/publishers/anthropic/models"),
    ],
)
def test_another_address_has_the_form_that_the_client_wants(name: str, says: str) -> None:
    chosen = narrowed(settings(endpoint="https://gw.acme.example"), "us-east5", "claude-opus-4-8")
    text = "".join(file.text for file in emitted(name, chosen).files).replace(
        '"https://gw.acme.example"\n', "https://gw.acme.example\n"
    )
    assert says in text
    assert "googleapis.com/v1" not in text


def test_an_address_is_written_only_where_it_is_needed() -> None:
    for name in ISSUED:
        text = "".join(file.text for file in emitted(name, narrowed(settings(), "us-east5", "claude-opus-4-8")).files)
        assert "BASE_URL" not in text.upper().replace("BASEURL", "BASE_URL") or "BASE_URL=" not in text, name
        assert "apiBase" not in text
    (file,) = emitted("continue", settings(GLOBAL)).files
    assert "https://aiplatform.googleapis.com/v1/projects/acme-ai-prod/locations/global/" in file.text


@pytest.mark.parametrize("name", ["cline", "csharp", "llamaindex", "genkit", "dify"])
def test_a_client_without_a_setting_for_it_refuses_another_address(name: str) -> None:
    made = emitted(name, narrowed(settings(endpoint="https://gw.acme.example"), "us-east5", "claude-opus-4-8"))
    assert made.refusal is not None
    assert "no setting for another address" in made.refusal.reason


def test_claude_code_has_every_family_named_and_rivals_off() -> None:
    env = json.loads(emitted("claude-code").files[0].text)["env"]
    assert env["CLOUD_ML_REGION"] == "eu"
    assert env["VERTEX_REGION_CLAUDE_HAIKU_4_5"] == "europe-west1"
    assert env["ANTHROPIC_DEFAULT_HAIKU_MODEL"] == "claude-haiku-4-5@20251001"
    declared = {"claude-sonnet-5-5", "claude-haiku-4-5@20251001"}
    assert {value for key, value in env.items() if key.endswith("_MODEL")} == declared
    assert all(env[variable.name] == "0" for variable in target("claude-code").variables_for("rival"))
    projects = {env[name] for name in ("ANTHROPIC_VERTEX_PROJECT_ID", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT")}
    assert projects == {"acme-ai-prod"}
    assert all(isinstance(value, str) and value for value in env.values())


def test_claude_code_knows_every_model_of_the_catalogue_that_has_a_place() -> None:
    known = set(target("claude-code").model_locations)
    old = {"claude-3-opus", "claude-3-haiku"}
    assert {model.id for model in catalogue().models if model.locations} - known == old


def test_two_locations_of_a_model_are_two_names_in_a_gateway() -> None:
    text = "version: 1\nproject: {id: p-12345}\nmodels: [{id: claude-opus-5-5, locations: [eu, us]}]\n"
    config = yaml.safe_load(emitted("litellm", settings(text)).files[1].text)
    assert [entry["model_name"] for entry in config["model_list"]] == ["claude-opus-5-5", "claude-opus-5-5-us"]


def test_pipelines_need_their_line_in_the_config() -> None:
    bare = GLOBAL.removesuffix(CI)
    for name, key in (("github-actions", "ci.github"), ("gitlab-ci", "ci.gitlab"), ("claude-code-action", "ci.github")):
        made = emitted(name, settings(bare))
        assert made.refusal is not None
        assert key in made.refusal.reason
    (file,) = emitted("github-actions", settings(GLOBAL, project_number="333333333333")).files
    assert "projects/333333333333/locations/global/workloadIdentityPools/github/providers/github" in file.text
    assert "vars." not in file.text


def test_raw_requests_carry_the_documented_version() -> None:
    for name in ("curl", "github-actions", "gitlab-ci", "envoy-ai-gateway"):
        assert "vertex-2023-10-16" in emitted(name).files[0].text
    assert '"model"' not in emitted("curl").files[0].text


def test_versions_compare_by_numbers() -> None:
    assert older("0.98", "0.100.0")
    assert not older("2.1.119", "2.1.119")
    assert older("1", "1.0.1")
    assert newest(["0.9", "0.10", "0.2"]) == "0.10"
    assert newest([]) == "0"


def test_the_readme_shows_the_table() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    begin, end = "<!-- targets: generated from the table of clients -->\n", "<!-- /targets -->"
    assert begin in readme
    shown = readme.split(begin)[1].split(end)[0]
    assert shown.strip() == targets_markdown(table()).strip(), "run: python tests/emit/test_emit_golden.py"


def test_nothing_emitted_names_a_machine(tmp_path: Path) -> None:
    for name in ISSUED:
        for file in emitted(name, narrowed(settings(), "us-east5", "claude-opus-4-8")).files:
            assert re.search(r"(?<![\w.$}/-])/(work|tmp|root|home|opt)/", file.text) is None
