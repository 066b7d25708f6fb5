"""LiteLLM as published, in a process of its own: a message, a stream, and a refusal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from client_worlds import APP, PROJECT
from tls_front import Front

from vxsetup.emulator.server import EmulatorServer

pytestmark = pytest.mark.clients

SCRIPT = """
import json, sys
import litellm
litellm.suppress_debug_info = True
common = json.loads(sys.argv[1])
ask = [{"role": "user", "content": "Say hello."}]
answer = litellm.completion(model="vertex_ai/claude-sonnet-5-5", messages=ask, max_tokens=16, num_retries=0, **common)
pieces = litellm.completion(model="vertex_ai/claude-sonnet-5-5", messages=ask, max_tokens=16, stream=True, num_retries=0, **common)
streamed = "".join(piece.choices[0].delta.content or "" for piece in pieces)
try:
    litellm.completion(model="vertex_ai/claude-opus-5-5", messages=ask, max_tokens=16, num_retries=0, **common)
    refused = None
except litellm.exceptions.RateLimitError as error:
    refused = error.status_code
print(json.dumps([answer.choices[0].message.content, streamed, refused, answer.usage.completion_tokens]))
"""


def run(settings: dict[str, str], environment: dict[str, str], folder: Path) -> list[object]:
    pytest.importorskip("litellm")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(settings)],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "127.0.0.1",
            **environment,
        },
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[object] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def check(found: list[object]) -> None:
    text, streamed, refused, tokens = found
    assert text
    assert streamed
    assert refused == 429
    assert isinstance(tokens, int)
    assert tokens > 0


def test_litellm_by_its_api_base(server: EmulatorServer, front: Front, tmp_path: Path) -> None:
    key = json.loads(front.service_account(APP).read_text())
    key["token_uri"] = f"{server.base_url}/token"
    (tmp_path / "local.json").write_text(json.dumps(key))
    settings = {
        "api_base": server.base_url,
        "vertex_project": PROJECT,
        "vertex_location": "global",
        "vertex_credentials": str(tmp_path / "local.json"),
    }
    check(run(settings, {}, tmp_path))


def test_litellm_as_it_is(front: Front, tmp_path: Path) -> None:
    key = str(front.service_account(APP))
    settings = {"vertex_project": PROJECT, "vertex_location": "global", "vertex_credentials": key}
    check(run(settings, front.environment(), tmp_path))
    assert "aiplatform.googleapis.com" in front.hosts
