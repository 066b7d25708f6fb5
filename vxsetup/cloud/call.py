"""What a provider asks of a Google API, and what comes back: both plain values, so that they can be recorded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """One request. Equal calls are sent once in a run.

    ``service`` is the API's name; ``method`` its method as Google's documents name it; ``url`` is absolute; ``body``
    is JSON text or None; ``permission`` is what the caller needs for it; ``generated`` names the call of a Google
    client library that carries it, where one does; ``probe`` marks a request to a model, which is never retried on
    429 and carries no quota project; ``headers`` are further ones, such as ``If-Match`` of a change.
    """

    service: str
    method: str
    verb: str
    url: str
    body: str | None = None
    permission: str = ""
    generated: tuple[str, ...] = ()
    probe: bool = False
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def identity(self) -> tuple[str, str, str | None]:
        """What makes two calls the same request."""
        return (self.verb, self.url, self.body)


class Failure(StrEnum):
    """Why no answer came at all, or none that may be believed."""

    TIMEOUT = "timeout"
    NETWORK = "network"
    PROXY = "proxy"
    NO_CREDENTIALS = "no_credentials"
    EXPIRED_CREDENTIALS = "expired_credentials"
    MALFORMED = "malformed"
    NOT_RECORDED = "not_recorded"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: its status, its body as text, and when it came (RFC 3339, seconds).

    ``unsure``: an earlier try of the same request got no answer, or the error of a broken server, and may have been
    carried out all the same.
    """

    status: int
    text: str
    at: str
    unsure: bool = False

    @property
    def ok(self) -> bool:
        """Whether the status says success."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON; None where it is not."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None

    def mapping(self) -> Mapping[str, Any] | None:
        """The body where it is a JSON object; None otherwise."""
        data = self.json()
        return data if isinstance(data, dict) else None


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No answer: why, in words, and the command that would mend it where there is one."""

    failure: Failure
    says: str
    at: str
    remedy: str | None = None


Outcome = Answer | NoAnswer


def may_have_acted(outcome: Outcome) -> bool:
    """Whether a request that ended so may have been carried out all the same: nothing says that it was not."""
    if isinstance(outcome, NoAnswer):
        return outcome.failure in (Failure.TIMEOUT, Failure.NETWORK, Failure.PROXY, Failure.MALFORMED)
    return outcome.status >= 500 or outcome.unsure


def json_body(body: Mapping[str, Any]) -> str:
    """A body in the one spelling that makes equal bodies equal text."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"))
