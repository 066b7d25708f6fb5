"""The prompt cache: which prefix of a body is marked to be cached, whether it is there, and what the answer counts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from .state import State

_LEAST = {"claude-haiku-4-5": 4096, "claude-opus-4-5": 4096, "claude-opus-4-6": 4096, "claude-opus-4-7": 2048}
"""Model -> the least number of tokens that is cached (LITELLM); 1,024 for the others."""

_KEPT = {"5m": timedelta(minutes=5), "1h": timedelta(hours=1)}
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Prefix:
    """A marked prefix: its name over project, location and model, its tokens, and how long it is kept."""

    key: str
    tokens: int
    kept: timedelta


def prefix(data: Mapping[str, Any], place: str, model: str) -> Prefix | None:
    """The longest marked prefix of a body; None where nothing is marked, or too little for this model."""
    told = ""
    last: tuple[str, timedelta] | None = None
    for text, control in _pieces(data):
        told += text
        if isinstance(control, dict) and control.get("type") == "ephemeral":
            last = (told, _KEPT.get(str(control.get("ttl", "5m")), _KEPT["5m"]))
    if last is None or len(last[0]) // 4 < _LEAST.get(model, 1024):
        return None
    name = hashlib.sha256(f"{place}\0{model}\0{last[0]}".encode("utf-8", "surrogatepass")).hexdigest()
    return Prefix(name, len(last[0]) // 4, last[1])


def _pieces(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The tools, the system prompt and the turns, in this order, each piece with its mark."""
    blocks: list[Any] = [*_list(data.get("tools")), *_list(data.get("system"))]
    for message in _list(data.get("messages")):
        blocks += _list(message.get("content")) if isinstance(message, dict) else []
    for block in blocks:
        whole = block if isinstance(block, dict) else {"text": block}
        yield json.dumps({key: one for key, one in whole.items() if key != "cache_control"}), whole.get("cache_control")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def usage(found: Prefix | None, state: State, now: datetime) -> dict[str, int]:
    """How many tokens are written to the cache, and how many are read from it."""
    tokens = found.tokens if found is not None else 0
    there = found is not None and state.cached.get(found.key, now) > now
    return {
        "cache_creation_input_tokens": 0 if there else tokens,
        "cache_read_input_tokens": tokens if there else 0,
    }


def remembered(found: Prefix, state: State, now: datetime) -> State:
    """The state with the prefix in the cache; each use keeps it from then on. A world file does not hold the cache."""
    living = {key: until for key, until in state.cached.items() if until > now}
    kept = dict(list(living.items())[-_MOST:])
    return replace(state, cached={**kept, found.key: now + found.kept})
