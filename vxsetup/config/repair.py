"""What a malformed text was probably meant to be: small changes, of which the first that the schema accepts is offered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_PREFIXES = (
    "projects/",
    "billingAccounts/",
    "datasets/",
    "gs://",
    "https://github.com/",
    "https://gitlab.com/",
    "bq://",
)


_BEFORE = {
    "refs": ("refs/heads/",),
    "member": ("serviceAccount:", "user:"),
    "parent": ("folders/",),
    "role": ("roles/",),
}
"""What people leave out before the value of a key."""


def repaired(text: str, accepts: Callable[[str], bool], key: str = "") -> str | None:
    """The nearest text that is accepted as the value of ``key``; None where nothing simple helps. Never the text itself."""
    if len(text) > 300:
        return None
    seen = {text}
    for candidate in _candidates(text, key):
        if candidate not in seen:
            seen.add(candidate)
            if accepts(candidate):
                return candidate
    return None


def _candidates(text: str, key: str) -> Iterator[str]:
    bare = text.strip().strip("\"'").strip()
    yield bare
    for prefix in _PREFIXES:
        bare = bare.removeprefix(prefix)
    bare = bare.removesuffix(".git").rstrip("/")
    yield bare
    yield bare.lower()
    yield bare.upper()
    yield bare.replace("_", "-").replace(" ", "-").lower()
    yield bare.replace("-", "_").replace(" ", "_").lower()
    if not set("/@.") & set(bare):
        yield re.sub(r"[^a-z0-9-]+", "-", bare.lower()).strip("-")
    yield re.sub(r"\A([0-9]{4})[./]([0-9]{1,2})[./]([0-9]{1,2})\Z", _dashed, bare)
    yield re.sub(r"T.*\Z", "", bare)
    yield re.sub(r"\A(folder|organization)/", r"\1s/", bare)
    yield re.sub(r"\A(?i:service_?account|sa):", "serviceAccount:", bare)
    yield re.sub(r"\A(?i:user|group|domain):", lambda kind: kind[0].lower(), bare)
    for before in _BEFORE.get(key, ()):
        yield f"{before}{bare}"


def _dashed(found: re.Match[str]) -> str:
    return f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}"
