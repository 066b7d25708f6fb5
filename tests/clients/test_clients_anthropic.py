"""Anthropic's Python SDK as published: against the emulator by its base URL, and with no setting at all through the TLS front."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from client_worlds import APP, PROJECT
from tls_front import Front

from vxsetup.emulator.server import EmulatorServer

pytestmark = pytest.mark.clients

ASK: dict[str, Any] = {"max_tokens": 16, "messages": [{"role": "user", "content": "Say hello."}]}


def sdk() -> Any:
    pytest.importorskip("anthropic")
    return importlib.import_module("anthropic")


def client(server: EmulatorServer, region: str = "global", project: str = PROJECT, **settings: Any) -> Any:
    settings.setdefault("access_token", "opaque")
    return sdk().AnthropicVertex(
        region=region, project_id=project, base_url=f"{server.base_url}/v1", max_retries=0, **settings
    )


def test_a_message(server: EmulatorServer) -> None:
    with client(server) as asking:
        message = asking.messages.create(model="claude-sonnet-5-5", **ASK)
    assert message.type == "message"
    assert message.role == "assistant"
    assert message.content[0].text
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens > 0
    assert message.stop_reason in ("end_turn", "max_tokens")


def test_a_stream(server: EmulatorServer) -> None:
    with client(server) as asking:
        with asking.messages.stream(model="claude-sonnet-5-5", **ASK) as stream:
            text = "".join(stream.text_stream)
            final = stream.get_final_message()
        events = [event.type for event in asking.messages.create(model="claude-sonnet-5-5", stream=True, **ASK)]
    assert text
    assert final.content[0].text == text
    assert final.usage.output_tokens > 0
    assert events[0] == "message_start"
    assert events[-1] == "message_stop"
    assert {"content_block_start", "content_block_delta", "content_block_stop", "message_delta"} <= set(events)


def test_counting_tokens(server: EmulatorServer) -> None:
    with client(server) as asking:
        counted = asking.messages.count_tokens(model="claude-haiku-4-5", messages=ASK["messages"])
        longer = [{"role": "user", "content": "Say hello. " * 500}]
        more = asking.messages.count_tokens(model="claude-haiku-4-5", messages=longer)
    assert 0 < counted.input_tokens < more.input_tokens


def test_the_asynchronous_client(server: EmulatorServer) -> None:
    async def ask() -> Any:
        settings: dict[str, Any] = {"access_token": "opaque", "max_retries": 0}
        async with sdk().AsyncAnthropicVertex(
            region="eu", project_id=PROJECT, base_url=f"{server.base_url}/v1", **settings
        ) as asking:
            return await asking.messages.create(model="claude-sonnet-5-5", **ASK)

    assert asyncio.run(ask()).content[0].text


REFUSALS = {
    "not enabled": ("claude-opus-4-8", "global", PROJECT, {}, "NotFoundError", 404, "does not have access"),
    "no such model": ("claude-nothing-9", "global", PROJECT, {}, "NotFoundError", 404, "claude-nothing-9"),
    "quota of zero": ("claude-opus-5-5", "global", PROJECT, {}, "RateLimitError", 429, "Quota exceeded"),
    "API off": ("claude-sonnet-5-5", "global", "acme-ai-new", {}, "PermissionDeniedError", 403, "has not been used"),
    "no such project": ("claude-sonnet-5-5", "global", "acme-none", {}, "PermissionDeniedError", 403, "ermission"),
    "no permission": (
        "claude-sonnet-5-5",
        "global",
        PROJECT,
        {"access_token": "emu:user:eve@acme.example"},
        "PermissionDeniedError",
        403,
        "aiplatform.endpoints.predict",
    ),
    "stale token": (
        "claude-sonnet-5-5",
        "global",
        PROJECT,
        {"access_token": "emu:expired"},
        "AuthenticationError",
        401,
        "invalid authentication credentials",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_the_sdk_s_own_error_class(name: str, server: EmulatorServer) -> None:
    model, region, project, settings, kind, status, words = REFUSALS[name]
    with (
        client(server, region, project, **settings) as asking,
        pytest.raises(getattr(sdk(), kind)) as refused,
    ):
        asking.messages.create(model=model, **ASK)
    assert refused.value.status_code == status
    assert words in str(refused.value)


def test_a_place_that_does_not_serve_the_model_and_a_bad_body(server: EmulatorServer) -> None:
    with client(server, "us-central1") as asking, pytest.raises(sdk().APIStatusError) as refused:
        asking.messages.create(model="claude-haiku-4-5", **ASK)
    assert refused.value.status_code in (400, 404)
    with client(server) as asking, pytest.raises(sdk().BadRequestError) as bad:
        asking.messages.create(model="claude-sonnet-5-5", max_tokens=0, messages=[])
    assert bad.value.status_code == 400
    assert bad.value.body["type"] == "error", "a fault of the body is told in Anthropic's own shape"


def test_a_refused_stream_is_an_error_and_not_an_empty_stream(server: EmulatorServer) -> None:
    with client(server) as asking, pytest.raises(sdk().RateLimitError):
        asking.messages.create(model="claude-opus-5-5", stream=True, **ASK)


UNMODIFIED = """
import json
from anthropic import AnthropicVertex
found = {}
for region, model in (("global", "claude-sonnet-5-5"), ("eu", "claude-sonnet-5-5"), ("us", "claude-sonnet-5-5"),
                      ("us-east5", "claude-haiku-4-5@20251001")):
    client = AnthropicVertex(region=region, project_id="acme-ai-prod", max_retries=0)
    message = client.messages.create(model=model, max_tokens=16, messages=[{"role": "user", "content": "Say hello."}])
    found[region] = message.content[0].text
print(json.dumps(found))
"""


def test_the_sdk_as_it_is_finds_its_host_for_each_kind_of_location(front: Front, tmp_path: Path) -> None:
    sdk()
    environment = {
        **front.environment(),
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "GOOGLE_APPLICATION_CREDENTIALS": str(front.service_account(APP)),
    }
    done = subprocess.run(
        [sys.executable, "-c", UNMODIFIED], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert all(json.loads(done.stdout).values())
    assert {
        "aiplatform.googleapis.com",
        "aiplatform.eu.rep.googleapis.com",
        "aiplatform.us.rep.googleapis.com",
        "us-east5-aiplatform.googleapis.com",
    } <= front.hosts
