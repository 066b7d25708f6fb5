"""The model behind the gates: checks a request body as Anthropic's layer does, and answers with a short fixed text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from . import errors
from .http import Request, Response, answer
from .tables import ModelRow
from .tool_use import forced

VERSIONS = frozenset({"vertex-2023-10-16", "2026-10-21"})
"""Both values of anthropic_version that live clients send."""

MAX_PAYLOAD = 31_457_280
_REPLY = "Hello from the emulator."
_KNOWN = frozenset(
    {
        "anthropic_version",
        "anthropic_beta",
        "max_tokens",
        "messages",
        "system",
        "stream",
        "temperature",
        "top_p",
        "top_k",
        "stop_sequences",
        "metadata",
        "tools",
        "tool_choice",
        "thinking",
        "output_config",
        "output_format",
        "cache_control",
        "context_management",
        "service_tier",
        "speed",
    }
)


def _mark(request: Request, salt: str) -> str:
    """24 characters that depend on the request alone, so that the same request gets the same id."""
    digest = hashlib.sha256(salt.encode() + request.url.encode("utf-8", "replace") + request.body).digest()
    letters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    return "".join(letters[byte % len(letters)] for byte in digest[:24])


def _invalid(request: Request, message: str, code: int = 400, kind: str = "invalid_request_error") -> Response:
    return errors.anthropic(code, kind, message, f"req_vrtx_{_mark(request, 'req')}")


def parsed(request: Request) -> Mapping[str, Any] | None:
    """The body as an object; None where it is not."""
    try:
        data = json.loads(request.body or b"null")
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _version_fault(request: Request, data: Mapping[str, Any]) -> Response | None:
    version = data.get("anthropic_version")
    if version is None:
        return _invalid(request, "anthropic_version: Field required")
    if not isinstance(version, str) or version not in VERSIONS:
        # One report (clawvisor#156) has 404 for 2023-06-01; the body was seen nowhere.
        return _invalid(request, f"anthropic_version: {str(version)[:60]!r} is not supported", 404, "not_found_error")
    return None


def _messages_fault(data: Mapping[str, Any]) -> str | None:
    messages = data.get("messages")
    if messages is None:
        return "messages: Field required"
    if not isinstance(messages, list):
        return "messages: Input should be a valid list"
    if not messages:
        return "messages: at least one message is required"
    for index, one in enumerate(messages):
        if not isinstance(one, dict) or one.get("role") not in ("user", "assistant", "system"):
            return f"messages.{index}.role: Input should be 'user', 'assistant' or 'system'"
        content = one.get("content")
        if content is None:
            return f"messages.{index}.content: Field required"
        if not isinstance(content, str | list):
            return f"messages.{index}.content: Input should be a valid list"
    return None


def _tokens_fault(data: Mapping[str, Any], row: ModelRow) -> str | None:
    wanted = data.get("max_tokens")
    if wanted is None:
        return "max_tokens: Field required"
    if isinstance(wanted, bool) or not isinstance(wanted, int):
        return "max_tokens: Input should be a valid integer"
    if wanted < 1:
        return "max_tokens: Input should be greater than or equal to 1"
    if wanted > row.max_output:
        return (
            f"max_tokens: {wanted} > {row.max_output}, which is the maximum allowed number of output tokens for "
            f"{shown_id(row)}"
        )
    return None


def _body_fault(request: Request, row: ModelRow) -> Response | Mapping[str, Any]:
    """The body where the model takes it, or the model layer's refusal."""
    data = parsed(request)
    if data is None:
        return _invalid(request, "The request body is not valid JSON")
    refusal = _version_fault(request, data)
    if refusal is not None:
        return refusal
    fault = _tokens_fault(data, row) or _messages_fault(data)
    unknown = next((key for key in data if key not in _KNOWN), None)
    if fault is None and unknown is not None:
        fault = f"{unknown[:60]}: Extra inputs are not permitted"
    if "model" in data:
        fault = "model: Extra inputs are not permitted"
    if fault is not None:
        return _invalid(request, fault)
    if counted(data) > row.context:
        return _invalid(request, "Prompt is too long", 413)
    return data


def counted(data: Mapping[str, Any]) -> int:
    """A rough number of input tokens: one for four characters of what is sent."""
    told = [data.get("system", ""), data.get("messages", []), data.get("tools", [])]
    return 8 + len(json.dumps(told, ensure_ascii=False, default=str)) // 4


def shown_id(row: ModelRow) -> str:
    """A model's id as answers name it: the version after a hyphen, no ``@``."""
    return f"{row.id}-{row.version}" if row.version else row.id


def _reply(data: Mapping[str, Any]) -> tuple[str, int, str]:
    words = _REPLY.split(" ")
    room = data["max_tokens"]
    told = " ".join(words[:room])
    return told, min(room, len(words)), "end_turn" if room >= len(words) else "max_tokens"


def _message(request: Request, row: ModelRow, data: Mapping[str, Any], cache: Mapping[str, int]) -> dict[str, Any]:
    told, count, reason = _reply(data)
    content: dict[str, Any] = {"type": "text", "text": told}
    call = forced(data)
    if call is not None:
        content, reason = {"type": "tool_use", "id": f"toolu_vrtx_{_mark(request, 'toolu')}", **call}, "tool_use"
    usage = {
        "input_tokens": max(counted(data) - sum(cache.values()), 1),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        **cache,
        "output_tokens": count,
    }
    return {
        "id": f"msg_vrtx_{_mark(request, 'msg')}",
        "type": "message",
        "role": "assistant",
        "model": shown_id(row),
        "content": [content],
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": usage,
    }


def _events(message: dict[str, Any]) -> bytes:
    content = message["content"][0]
    if content["type"] == "tool_use":
        begun: dict[str, Any] = {**content, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(content["input"])}
    else:
        begun, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": content["text"]}
    opening = {**message, "content": [], "stop_reason": None, "usage": {**message["usage"], "output_tokens": 1}}
    events: list[tuple[str, dict[str, Any]]] = [
        ("message_start", {"message": opening}),
        ("content_block_start", {"index": 0, "content_block": begun}),
        ("ping", {}),
        ("content_block_delta", {"index": 0, "delta": delta}),
        ("content_block_stop", {"index": 0}),
        (
            "message_delta",
            {
                "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None},
                "usage": {"output_tokens": message["usage"]["output_tokens"]},
            },
        ),
        ("message_stop", {}),
    ]
    lines = [f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n" for kind, data in events]
    return "".join(lines).encode("utf-8", "replace")


def answered(request: Request, row: ModelRow, cache: Mapping[str, int]) -> Response:
    """What the model answers: a message, a stream of events where the body says ``stream``, or its refusal.

    ``cache`` holds the tokens that the prompt cache was written with or read for.
    """
    data = _body_fault(request, row)
    if isinstance(data, Response):
        return data
    message = _message(request, row, data, cache)
    headers = {"request-id": f"req_vrtx_{_mark(request, 'req')}"}
    if data.get("stream") is True:
        return Response(200, {"content-type": "text/event-stream; charset=utf-8", **headers}, _events(message))
    plain = answer(message)
    return Response(200, {**plain.headers, **headers}, plain.body)


def token_count(request: Request, known: Mapping[str, ModelRow]) -> Response:
    """What count-tokens answers. The model stands in the body, and the version may be left out."""
    data = parsed(request)
    if data is None:
        return _invalid(request, "The request body is not valid JSON")
    model = data.get("model")
    if not isinstance(model, str):
        return _invalid(request, "model: Field required")
    if model.partition("@")[0] not in known:
        return _invalid(request, f"model: {model[:80]}", 404, "not_found_error")
    fault = _messages_fault(data)
    return _invalid(request, fault) if fault else answer({"input_tokens": counted(data)})


def features_used(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The features of a body that an organization policy can forbid."""
    tools = data.get("tools")
    tools = [tool for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []
    config = data.get("output_config")
    found = []
    if any(str(tool.get("type", "")).startswith("web_search") for tool in tools):
        found.append("web_search")
    structured = isinstance(config, dict) and "format" in config
    if structured or "output_format" in data or any(tool.get("strict") is True for tool in tools):
        found.append("structured_outputs")
    return tuple(found)
