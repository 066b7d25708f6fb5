"""Secrets stay where they are: planted in every variable and file, and looked for in everything that doctor says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from doctor_runs import CONFIG, KEY, LOGIN, outside
from test_doctor_behaviours import CLEAN_COMPOSE

from vxsetup.cli import machine
from vxsetup.cli.root import run

FILES = {
    ".env": "ANTHROPIC_API_KEY=sk-ant-CANARY-1\nDB_PASSWORD=CANARY-2\nANTHROPIC_VERTEX_PROJCT_ID=acme-ai-prod\n"
    'ANTHROPIC_VERTEX_BASE_URL=https://user:CANARY-3@gateway.example/vertex?key=CANARY-4\nVERTEXAI_CREDENTIALS=\'{"private_key": "CANARY-5"}\'\n'
    "CLOUD_ML_REGION=CANARY 6\nANTHROPIC_MODEL=ya29.CANARY-7\nANTHROPIC_VERTEX_PROJECT_ID={CANARY-8}\n",
    ".claude/settings.json": json.dumps(
        {
            "apiKeyHelper": "echo CANARY-9",
            "env": {
                "CLAUDE_CODE_USE_VERTEX": True,
                "ANTHROPIC_AUTH_TOKEN": "sk-CANARY-10",
                "ANTHROPIC_CUSTOM_HEADERS": "X-Key: CANARY-11",
                "ANTHROPIC_BASE_URL": "https://u:CANARY-12@gateway.example/CANARY-13?token=CANARY-14",
                "PIN": 424242,
            },
        }
    ),
    "opencode.json": '{"model": "google-vertex/claude-CANARY 15", "provider": {"x": {"options": {"apiKey": "CANARY-16"}}}}',
    "litellm.yaml": "model_list:\n  - model_name: m\n    litellm_params: {model: vertex_ai/claude-sonnet-5-5, api_key: ya29.CANARY-17, "
    "api_base: 'https://k:CANARY-18@aiplatform.googleapis.com/v1?CANARY-19', vertex_credentials: '{\"private_key\": \"CANARY-20\"}', temperature: 1}\n",
    "compose.yaml": CLEAN_COMPOSE.replace(
        "CLOUD_ML_REGION: eu", 'CLOUD_ML_REGION: us\n      TOKEN: ya29.CANARY-21\n      SECRET: "CANARY-22"'
    ),
    ".github/workflows/w.yml": "env: {TOKEN: ghp_CANARY-23, ANTHROPIC_VERTEX_PROJECT: CANARY-24}\njobs:\n  a:\n    steps:\n"
    "      - uses: anthropics/claude-code-action@v1\n        with: {use_vertex: true}\n        env: {KEY: CANARY-25}\n",
    ".vscode/settings.json": '{"claude-code.environmentVariables": [{"name": "ANTHROPIC_API_KEY", "value": "CANARY-26"}]}',
    "~/.config/gcloud/application_default_credentials.json": json.dumps({**LOGIN, "extra": "CANARY-27"}),
    "~/.claude/settings.json": '{"env": {"ANTHROPIC_API_KEY": "CANARY-28", broken',
}
ENVIRON = {
    "ANTHROPIC_API_KEY": "sk-ant-CANARY-30",
    "HTTPS_PROXY": "http://user:CANARY-31@proxy.example:port",
    "https_proxy": "http://user:CANARY-32@proxy.example:3128",
    "REQUESTS_CA_BUNDLE": "/nowhere/CANARY-33.pem",
    "ANTHROPIC_CUSTOM_HEADERS": "Authorization: CANARY-34",
    "ANTHROPIC_BASE_URL": "https://u:CANARY-35@gateway.example",
    "GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.CANARY-36",
}
SHAPES = ("text", "json", "sarif", "markdown", "html", "junit", "github")


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs the command over a machine with secrets everywhere; what is given changes the variables."""

    def ran(*arguments: str, **more: str) -> int:
        way = outside(tmp_path, FILES, {**ENVIRON, **more})
        monkeypatch.setattr(machine, "Outside", lambda: way)
        monkeypatch.chdir(way.folder)
        (way.folder / "vxsetup.yaml").write_text(CONFIG)
        return run(["doctor", *arguments])

    return ran


@pytest.mark.parametrize("shape", SHAPES)
def test_no_format_shows_a_secret(planted: Callable[..., int], capsys: pytest.CaptureFixture[str], shape: str) -> None:
    assert planted("-v", "--format", shape) == 1
    told = capsys.readouterr()
    assert "VX829" in told.out or shape == "github", "the first ten alone"
    assert "CANARY" not in told.out + told.err
    assert "424242" not in told.out


@pytest.mark.parametrize("key", [json.dumps(KEY), "/nowhere/key.json", "-----BEGIN PRIVATE KEY-----CANARY-40"])
def test_no_credentials_are_shown(planted: Callable[..., int], capsys: pytest.CaptureFixture[str], key: str) -> None:
    planted("-v", GOOGLE_APPLICATION_CREDENTIALS=key)
    told = capsys.readouterr()
    assert "CANARY" not in told.out + told.err


def test_mending_shows_no_secret_and_keeps_the_rest(
    planted: Callable[..., int], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    planted("--fix")
    told = capsys.readouterr()
    assert "CANARY" not in told.out + told.err
    assert "changes made" in told.err
    kept = json.loads((tmp_path / "folder/.claude/settings.json").read_text())
    assert kept["env"]["CLAUDE_CODE_USE_VERTEX"] == "true"
    assert kept["env"]["PIN"] == "424242"
    assert kept["apiKeyHelper"] == "echo CANARY-9"
    env = (tmp_path / "folder/.env").read_text()
    assert env.count("\n") == FILES[".env"].count("\n")
    assert "DB_PASSWORD=CANARY-2\n" in env
