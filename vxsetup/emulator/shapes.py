"""Reads parts of untrusted JSON without trusting their types."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any


def text(data: Mapping[str, Any], key: str) -> str:
    """A string, or empty where the value is none."""
    value = data.get(key)
    return value if isinstance(value, str) else ""


def part(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object, or an empty one."""
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def texts(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The strings of a list; a single string counts as a list of one."""
    value = data.get(key)
    if isinstance(value, str):
        return (value,)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def parts(data: Mapping[str, Any], key: str) -> tuple[Mapping[str, Any], ...]:
    """The objects of a list."""
    value = data.get(key)
    return tuple(one for one in value if isinstance(one, dict)) if isinstance(value, list) else ()


def etag_of(value: Any) -> str:
    """An etag that changes with the content: base64 of 8 bytes."""
    digest = hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode("utf-8", "replace")).digest()
    return base64.b64encode(digest[:8]).decode("ascii")


def etag_bytes(value: Any) -> bytes | None:
    """The bytes of an etag in either base64 alphabet (gcloud sends the URL-safe one); None where it is no etag."""
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode(value.replace("-", "+").replace("_", "/") + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError):
        return None


def page(items: Sequence[Any], size: str, token: str, usual: int) -> tuple[Sequence[Any], str]:
    """One page of a list and the token of the next, empty at the end. A token that is no number begins anew."""
    count = min(int(size[:9]), 1000) if size.isdecimal() and int(size[:9]) else usual
    start = int(token) if token.isdecimal() and len(token) < 10 else 0
    following = start + count
    return items[start:following], str(following) if following < len(items) else ""
