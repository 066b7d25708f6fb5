"""The prompt cache of the emulator: what is written, for whom it is read, and until when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from emulator_worlds import cloud, covers

LONG = "The quick brown fox. " * 400


def body(text: str = LONG, ttl: str | None = None) -> dict[str, Any]:
    control = {"type": "ephemeral", **({"ttl": ttl} if ttl else {})}
    return {
        "anthropic_version": "vertex-2023-10-16",
        "max_tokens": 8,
        "system": [{"type": "text", "text": text, "cache_control": control}],
        "messages": [{"role": "user", "content": "Hi"}],
    }


def counts(response: Any) -> tuple[int, int]:
    usage = response.json()["usage"]
    return usage["cache_creation_input_tokens"], usage["cache_read_input_tokens"]


@covers("prompt-cache")
def test_a_marked_prefix_is_written_once_and_read_while_it_is_kept() -> None:
    here = cloud()
    wrote, read = counts(here.predict("claude-sonnet-5-5", "eu", body()))
    assert wrote > 1024
    assert read == 0
    assert counts(here.predict("claude-sonnet-5-5", "eu", body())) == (0, wrote)
    assert counts(here.predict("claude-sonnet-5-5", "global", body())) == (wrote, 0), "another location, another cache"
    assert counts(here.predict("claude-sonnet-5-5", "eu", body("Other. " * 900)))[1] == 0, "another prefix"
    here.now += timedelta(minutes=6)
    assert counts(here.predict("claude-sonnet-5-5", "eu", body())) == (wrote, 0), "kept for five minutes"


def test_what_is_short_or_unmarked_is_not_cached() -> None:
    here = cloud()
    plain = {**body(), "system": LONG}
    for one in (body("short"), plain):
        assert counts(here.predict("claude-sonnet-5-5", "eu", one)) == (0, 0)
        assert counts(here.predict("claude-sonnet-5-5", "eu", one)) == (0, 0)


def test_an_hour_is_an_hour() -> None:
    here = cloud()
    wrote, _ = counts(here.predict("claude-sonnet-5-5", "eu", body(ttl="1h")))
    here.now += timedelta(minutes=50)
    assert counts(here.predict("claude-sonnet-5-5", "eu", body(ttl="1h"))) == (0, wrote)
