"""Makes a request to a model as it must be: host, path, headers, body, the equivalent curl, and the most it can cost."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from vxsetup.catalog import Catalogue
from vxsetup.smoke.features import SENT

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

ANTHROPIC_VERSION = "vertex-2023-10-16"
"""What raw requests carry: the value that the documentation names (SEED). SDKs since 2026-10-21 send a newer one."""

MAX_TOKENS = 32
TOKEN = "$(gcloud auth print-access-token)"
"""Where a token belongs in what is printed; the token itself never is."""

_TOOL_TOKENS = 4_000
"""More input tokens than tools, output schemas and documents were seen to add to what is written in the body."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request is to be: one model at one location, in one of the forms.

    ``traffic`` is ``pay_as_you_go`` or ``provisioned``; ``feature`` is a key of ``features.SENT`` or None.
    """

    project: str
    model: str
    location: str
    traffic: str = "pay_as_you_go"
    feature: str | None = None
    stream: bool = False
    count_tokens: bool = False
    max_tokens: int = MAX_TOKENS


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request, ready to be printed or sent. ``headers`` lack the token; ``body`` is JSON text."""

    wanted: Wanted
    host: str
    path: str
    headers: Mapping[str, str]
    body: str
    times: int = 1

    @property
    def url(self) -> str:
        """The whole address."""
        return f"https://{self.host}{self.path}"

    @property
    def name(self) -> str:
        """A name that a file may have: ``claude-haiku-4-5@20251001.europe-west1.prompt_caching``."""
        wanted = self.wanted
        form = wanted.feature or ("count-tokens" if wanted.count_tokens else "")
        parts = (wanted.model, wanted.location, form, "stream" if wanted.stream else "")
        kept = ".".join(part for part in parts if part)
        return "".join(c if c.isascii() and (c.isalnum() or c in "@._-") else "_" for c in kept).lstrip(".")[:150]


@dataclass(frozen=True, slots=True)
class Bound:
    """The most that sending can use: tokens, and US dollars where the catalogue has prices, with their source.

    ``open`` says what the bound leaves out, or is None.
    """

    input_tokens: int
    output_tokens: int
    usd: float | None
    source: str | None = None
    date: str | None = None
    open: str | None = None


def prepare(wanted: Wanted, catalogue: Catalogue) -> Prepared:
    """The request. Raises ValueError where the location cannot be one, KeyError for a feature that is not tried."""
    host = catalogue.host(wanted.location)
    model = catalogue.model(wanted.model)
    verb = "streamRawPredict" if wanted.stream else "rawPredict"
    name = "count-tokens" if wanted.count_tokens else wanted.model
    project, location, name = (quote(part, safe=":@") for part in (wanted.project, wanted.location, name))
    path = f"/v1/projects/{project}/locations/{location}/publishers/anthropic/models/{name}:{verb}"
    messages = [{"role": "user", "content": "Say ok."}]
    if wanted.count_tokens:
        # Google's page on counting sends no version; the id without its date is the form that is taken (LITELLM).
        body: dict[str, Any] = {"model": wanted.model.partition("@")[0], "messages": messages}
    else:
        body = {"anthropic_version": ANTHROPIC_VERSION, "max_tokens": wanted.max_tokens, "messages": messages}
    if wanted.feature is not None:
        SENT[wanted.feature].add(body, model)
    if wanted.stream:
        body["stream"] = True
    headers = {"Content-Type": "application/json"}
    if wanted.traffic == "provisioned":
        headers["X-Vertex-AI-LLM-Request-Type"] = "dedicated"
    twice = wanted.feature is not None and SENT[wanted.feature].twice
    return Prepared(wanted, host, path, headers, json.dumps(body, ensure_ascii=False), 2 if twice else 1)


def curl(prepared: Prepared, body_file: str | None = None) -> str:
    """The same request as one shell command; the token is fetched when it runs. ``body_file`` holds the body instead."""
    lines = [
        f"curl -sS -X POST {shlex.quote(prepared.url)}",
        f'  -H "Authorization: Bearer {TOKEN}"',
        *(f"  -H {shlex.quote(f'{name}: {value}')}" for name, value in prepared.headers.items()),
        f"  --data-binary {shlex.quote(f'@{body_file}' if body_file else prepared.body)}",
    ]
    return " \\\n".join(lines)


def bound(prepared: Prepared, catalogue: Catalogue) -> Bound:
    """The most that sending the request can use. No text has more tokens than bytes, so bytes bound its tokens."""
    wanted = prepared.wanted
    if wanted.count_tokens:
        return Bound(0, 0, 0.0, "Google Cloud, counting tokens for Claude", "2026-08-22")
    body = json.loads(prepared.body)
    extra = _TOOL_TOKENS if wanted.feature not in (None, "prompt_caching", "prompt_caching_1h") else 100
    tokens_in = (len(prepared.body.encode()) + extra) * prepared.times
    tokens_out = int(body["max_tokens"]) * prepared.times
    open_ = None
    if wanted.feature == "web_search":
        open_ = "the pages that a search brings are input tokens, too, and each search is billed"
    model = catalogue.model(wanted.model)
    prices = model.prices if model else None
    if model is None or prices is None:
        return Bound(tokens_in, tokens_out, None, open=open_)
    premium = model.premium
    factor = max(one.value for one in premium.every) if premium and wanted.location != "global" else 1.0
    dearest = max(_cost(one.value, tokens_in, tokens_out) for one in prices.every)
    source = catalogue.sources[prices.sources[0]].what if prices.sources[0] in catalogue.sources else prices.sources[0]
    return Bound(tokens_in, tokens_out, round(dearest * factor, 6), source, prices.date, open_)


def _cost(prices: Mapping[str, Any], tokens_in: int, tokens_out: int) -> float:
    """US dollars at the dearest rate that can apply: input that is also written to the cache, above any step."""
    tier = prices.get("tier") or {}
    rates = [prices.get(name, 0) for name in ("input", "cache_write_5m", "cache_write_1h")]
    rates += [tier.get(name, 0) for name in ("input", "cache_write_5m", "cache_write_1h")]
    out = max(prices.get("output", 0), tier.get("output", 0))
    return float(tokens_in * max(rates) + tokens_out * out) / 1_000_000


def size_fault(prepared: Prepared, catalogue: Catalogue) -> str | None:
    """Why the body must not be sent: over the limit of bytes, or surely over the model's window; None where neither."""
    size = len(prepared.body.encode())
    limit = catalogue.limit("request_payload_mb")
    if limit is not None and size > limit.value * 1024 * 1024:
        return f"the body has {size / 1024 / 1024:,.1f} MB, and a request may have {limit.value}"
    model = catalogue.model(prepared.wanted.model)
    window = model.context_window if model else None
    least = len(prepared.body) // 6
    if window is not None and least > max(one.value for one in window.every):
        return f"the prompt has at least {least:,} tokens, and the window of the model {window.value:,}"
    return None
