"""The JavaScript clients as npm gives them: Anthropic's Vertex SDK and Vercel's AI SDK, against the emulator."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from vxsetup.emulator.server import EmulatorServer

pytestmark = pytest.mark.clients
SCRIPTS = Path(__file__).parent / "node"


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scripts and the packages that they import, in the versions of ``node/package.json``."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    folder = tmp_path_factory.mktemp("node")
    for file in SCRIPTS.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    install = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    try:
        done = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm could not install the packages within 3 minutes")
    if done.returncode != 0:
        pytest.skip(
            f"npm could not install the packages: {(done.stderr.strip() or 'no reason given').splitlines()[-1]}"
        )
    return folder


def run(modules: Path, script: str, server: EmulatorServer) -> dict[str, Any]:
    """What a script prints, run with no way out of this machine."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(modules),
        "BASE": server.base_url,
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1",
        "AI_SDK_LOG_WARNINGS": "false",
    }
    done = subprocess.run(
        ["node", script], cwd=modules, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def test_anthropic_s_vertex_sdk(modules: Path, server: EmulatorServer) -> None:
    found = run(modules, "vertex-sdk.mjs", server)
    assert found["text"]
    assert found["streamed"] == found["final"] != ""
    assert found["tokens"] > 0
    assert found["quota"] == ["RateLimitError", 429]
    assert found["missing"] == ["NotFoundError", 404]


def test_vercel_s_ai_sdk(modules: Path, server: EmulatorServer) -> None:
    found = run(modules, "ai-sdk.mjs", server)
    assert found["text"]
    assert found["streamed"]
    assert (found["quota"], found["missing"]) == (429, 404)
