"""Reads the error bodies that Google and Anthropic answer with: Google's, Google's in a JSON array, Anthropic's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass, field
else:
    from vxsetup.values import dataclass, field


class Shape(StrEnum):
    """Who spoke. ``anthropic`` means that the request passed every gate of the platform and reached the model's layer."""

    GOOGLE = "google"
    ANTHROPIC = "anthropic"
    EMPTY = "empty"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CloudError:
    """An answer that is not a success, taken apart.

    ``http`` is the HTTP status; ``status`` the canonical code such as ``PERMISSION_DENIED``; ``reason``, ``domain``
    and ``metadata`` come from ``google.rpc.ErrorInfo``; ``message`` is what the answer says, at most 2,000 characters.
    Sources: FIELD reports of 2025 and 2026, and Google's error model (google.rpc.ErrorInfo).
    """

    http: int
    shape: Shape
    status: str = ""
    reason: str = ""
    domain: str = ""
    message: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def says(self) -> str:
        """The answer in one line: ``403 PERMISSION_DENIED (SERVICE_DISABLED): …``."""
        head = " ".join(part for part in (str(self.http), self.status) if part)
        if self.reason:
            head += f" ({self.reason})"
        message = " ".join(self.message.split())
        if len(message) > 400:
            message = message[:399] + "…"
        return f"{head}: {message}" if message else f"{head}, with an empty body" if self.shape is Shape.EMPTY else head


def parse_error(http: int, body: str) -> CloudError:
    """Take an error answer apart. Never raises; what is not understood keeps its first words as the message."""
    text = body.strip()
    if not text:
        return CloudError(http, Shape.EMPTY)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return CloudError(http, Shape.OTHER, message=_first_words(text))
    if isinstance(data, list) and data and isinstance(data[0], dict):
        data = data[0]
    if not isinstance(data, dict):
        return CloudError(http, Shape.OTHER, message=_first_words(text))
    error = data.get("error")
    if data.get("type") == "error" and isinstance(error, dict):
        return CloudError(
            http, Shape.ANTHROPIC, status=_text(error.get("type")), message=_text(error.get("message"))[:2000]
        )
    if isinstance(error, dict) and ("code" in error or "status" in error):
        return _google(http, error)
    return CloudError(http, Shape.OTHER, message=_first_words(text))


def _google(http: int, error: Mapping[str, Any]) -> CloudError:
    reason = domain = ""
    metadata: dict[str, str] = {}
    details = error.get("details")
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict) and _text(detail.get("@type")).endswith("google.rpc.ErrorInfo"):
            reason, domain = _text(detail.get("reason")), _text(detail.get("domain"))
            found = detail.get("metadata")
            if isinstance(found, dict):
                metadata = {str(key): _text(value) for key, value in found.items()}
            break
    return CloudError(
        http,
        Shape.GOOGLE,
        status=_text(error.get("status")),
        reason=reason,
        domain=domain,
        message=_text(error.get("message"))[:2000],
        metadata=metadata,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _first_words(text: str) -> str:
    return " ".join(text[:600].split())[:300]
