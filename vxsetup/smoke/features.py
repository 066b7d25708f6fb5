"""What each feature adds to a request body, and what it leaves in an answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from vxsetup.catalog.model import Model

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

Body = dict[str, Any]

_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
"""A PNG of one pixel, in base64."""

_CACHE_LEAST = 4096
"""The highest least number of cached tokens that any model has (LITELLM): taken where the model's own is not known."""

_SENTENCE = "The quick brown fox jumps over the lazy dog while the river runs slowly to the sea. "
_CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@dataclass(frozen=True, slots=True)
class Sent:
    """A feature that can be tried: what it does to a body, for how many answers, and what shows that it worked.

    ``seen`` takes a message and answers None where the feature shows, or what is missing. ``free``: the model may leave
    it out, so that its absence proves nothing. ``twice``: the request is sent two times.
    """

    add: Callable[[Body, Model | None], None]
    seen: Callable[[Mapping[str, Any]], str | None]
    free: bool = False
    twice: bool = False


def cache_prefix(model: Model | None) -> str:
    """A text with at least twice as many tokens as the model caches at the least, by a cautious count."""
    claim = model.fact("cache_min_tokens") if model else None
    least = max((one.value for one in claim.every), default=_CACHE_LEAST) if claim else _CACHE_LEAST
    words = len(_SENTENCE.split())
    return _SENTENCE * (2 * least // words + 1)


def _cached(ttl: str | None) -> Callable[[Body, Model | None], None]:
    def add(body: Body, model: Model | None) -> None:
        control = {"type": "ephemeral", **({"ttl": ttl} if ttl else {})}
        body["system"] = [{"type": "text", "text": cache_prefix(model), "cache_control": control}]

    return add


def _searching(body: Body, model: Model | None) -> None:
    body["max_tokens"] = 1024
    body["tools"] = [{"type": "web_search_20250305", "name": "web_search", "max_uses": 1}]
    _ask(body, "Search the web for the title of the page at example.com and tell it to me.")


def _structured(body: Body, model: Model | None) -> None:
    body["max_tokens"] = 1024
    schema = {**_CITY, "additionalProperties": False}
    body["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
    _ask(body, "Name the capital of France.")


def _thinking(body: Body, model: Model | None) -> None:
    adaptive = model is None or model.refuses("thinking_budget") is not None
    body["max_tokens"] = 2048
    body["thinking"] = {"type": "adaptive"} if adaptive else {"type": "enabled", "budget_tokens": 1024}
    _ask(body, "Think it over first: is 7919 a prime number? Then answer with yes or no.")


def _calling(body: Body, model: Model | None) -> None:
    body["max_tokens"] = 1024
    body["tools"] = [{"name": "get_weather", "description": "Gives the weather of a city.", "input_schema": _CITY}]
    _ask(body, "What is the weather in Paris? Use the tool.")


def _seeing(body: Body, model: Model | None) -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": _PIXEL}}
    body["messages"][0]["content"] = [image, {"type": "text", "text": "Say ok."}]


def _reading(body: Body, model: Model | None) -> None:
    source = {"type": "base64", "media_type": "application/pdf", "data": _pdf()}
    body["messages"][0]["content"] = [{"type": "document", "source": source}, {"type": "text", "text": "Say ok."}]


def _ask(body: Body, words: str) -> None:
    body["messages"] = [{"role": "user", "content": words}]


def _pdf() -> str:
    """A PDF of one page that says hello, in base64; its table of offsets is worked out, as readers check it."""
    import base64

    page = b"BT /F1 24 Tf 20 100 Td (Hello) Tj ET"
    parts = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(page), page),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    made, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(made))
        made += b"%d 0 obj%s endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(made),
    )
    return base64.b64encode(made + tail).decode()


def _blocks(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [block for block in message.get("content") or () if isinstance(block, dict)]


def _has(*kinds: str) -> Callable[[Mapping[str, Any]], str | None]:
    def seen(message: Mapping[str, Any]) -> str | None:
        if any(block.get("type") in kinds for block in _blocks(message)):
            return None
        return f"the answer has no block of type {' or '.join(kinds)}"

    return seen


def _is_city(message: Mapping[str, Any]) -> str | None:
    text = "".join(str(block.get("text", "")) for block in _blocks(message) if block.get("type") == "text")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return "the answer is not the JSON that was asked for"
    return None if isinstance(found, dict) and isinstance(found.get("city"), str) else "the answer has another form"


def _nothing(message: Mapping[str, Any]) -> str | None:
    return None


SENT: Mapping[str, Sent] = {
    "prompt_caching": Sent(_cached(None), _nothing, twice=True),
    "prompt_caching_1h": Sent(_cached("1h"), _nothing, twice=True),
    "web_search": Sent(_searching, _has("server_tool_use", "web_search_tool_result"), free=True),
    "structured_outputs": Sent(_structured, _is_city),
    "extended_thinking": Sent(_thinking, _has("thinking", "redacted_thinking"), free=True),
    "function_calling": Sent(_calling, _has("tool_use"), free=True),
    "vision": Sent(_seeing, _nothing),
    "pdf_input": Sent(_reading, _nothing),
}
"""Feature -> how it is tried. One request tries one feature."""

NOT_SENT: Mapping[str, str] = {
    "batch": "a batch is a job of another API (batchPredictionJobs), with tables of its own",
    "count_tokens": "it has an endpoint of its own: use --count-tokens",
    "computer_use": "which tool and beta Vertex AI takes is not documented, and sources differ: Vercel's AI SDK 5.0.141 "
    "names computer_20241022 alone, LiteLLM 1.106 lets the betas computer-use-2025-01-24 and -2025-11-24 through; a wrong "
    "guess would look like a model without the feature. Save the plain request with --save DIR, and add your tool and beta",
    "memory_tool": "which beta memory_20250818 needs on Vertex AI is not documented, and sources differ: Vercel's AI SDK "
    "5.0.141 does not name the tool for Vertex AI, LiteLLM 1.106 lets the beta context-management-2025-06-27 through; a "
    "wrong guess would look like a model without the feature. Save the plain request with --save DIR, and add your tool",
}
"""Features that ``smoke`` does not try, and why."""
