"""The one session under every request: deadline, retries, rate limits, user agent, quota project.

It sends through a ``Sender``, which is the real network, a loopback server, or a function in this process. Each
failure comes back as a value.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from vxsetup.cloud.call import Answer, Call, Failure, NoAnswer, Outcome, may_have_acted
from vxsetup.cloud.limits import Limits, Pace, pace_of

if TYPE_CHECKING:
    from vxsetup.cloud.generated import GeneratedClients

RETRIED = frozenset({429, 500, 502, 503, 504})
"""Statuses that are worth another try (Google's table of API errors says at most twice, from one second)."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One HTTP request as a sender takes it; ``timeout`` is in seconds."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    timeout: float


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One HTTP answer as a sender gives it; ``first_byte`` and ``total`` in seconds, where the sender measures them."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    first_byte: float | None = None
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Timed:
    """An outcome, and how many seconds its first byte and all of it took; None where nobody measured."""

    outcome: Outcome
    first_byte: float | None = None
    total: float | None = None


class Sender(Protocol):
    """Sends one request. Connection errors, timeouts and missing credentials come back as ``NoAnswer``."""

    def send(self, request: HttpRequest) -> HttpResponse | NoAnswer: ...


@dataclass
class Clock:
    """The time and the waiting of a run: real by default, virtual in the emulator and in tests."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = lambda: 0.5

    def stamp(self) -> str:
        """Now, as RFC 3339 with seconds, in UTC."""
        return self.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Session:
    """Sends calls. ``deadline`` bounds one call with its retries, ``timeout`` one try; both in seconds, and without the
    time that the governor lets pass. ``at_once`` bounds how many requests are in the air, where it is given.

    ``quota_project`` is the project charged for management reads; a probe never carries it, because the clients that
    users run do not send it either (SDKPY) and it can break a request that would work (F#58660789019).
    """

    sender: Sender
    user_agent: str
    quota_project: str | None = None
    clock: Clock = field(default_factory=Clock)
    limits: Limits = field(default_factory=Limits)
    timeout: float = 15.0
    deadline: float = 45.0
    retries: int = 2
    max_body: int = 20_000_000
    at_once: threading.Semaphore | None = None
    _clients: GeneratedClients | None = None

    def answer(self, call: Call) -> Outcome:
        """Send a call, through the Google client that carries it where there is one, and give its answer."""
        if call.generated:
            return self._generated_clients().answer(call)
        body = call.body.encode() if call.body is not None else b""
        return self.exchange(call.verb, call.url, dict(call.headers), body, service=call.service, probe=call.probe)

    def _generated_clients(self) -> GeneratedClients:
        if self._clients is None:
            from vxsetup.cloud.generated import GeneratedClients

            self._clients = GeneratedClients(self)
        return self._clients

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, *, service: str, probe: bool = False
    ) -> Outcome:
        """Send one HTTP request with retries and give its answer as text."""
        sent = {**headers, "User-Agent": self.user_agent, "Accept": "application/json"}
        if body:
            sent["Content-Type"] = "application/json"
        if self.quota_project and not probe:
            sent["x-goog-user-project"] = self.quota_project
        pace, host = pace_of(service, url, probe), urlsplit(url).netloc
        started, waited = self.clock.now(), 0.0
        outcome: Outcome = NoAnswer(Failure.NETWORK, "nothing was sent", self.clock.stamp())
        unsure = False
        for attempt in range(self.retries + 1):
            waited += self.limits.wait(pace, self.clock, host)
            outcome = self._once(HttpRequest(method, url, sent, body, self.timeout))
            if attempt == self.retries or not _worth_retrying(outcome, probe):
                break
            if self._must_wait_its_turn(pace, outcome):
                continue
            pause = (2**attempt) * (0.5 + self.clock.jitter())
            if (self.clock.now() - started).total_seconds() - waited + pause + self.timeout > self.deadline:
                break
            unsure = unsure or may_have_acted(outcome)
            self.clock.sleep(pause)
        return (
            Answer(outcome.status, outcome.text, outcome.at, True)
            if unsure and isinstance(outcome, Answer)
            else outcome
        )

    def timed(self, call: Call, headers: Mapping[str, str], timeout: float) -> Timed:
        """Send a call once, with more headers, and measure it. It may be billed, so nothing is ever sent again."""
        sent = {**headers, "User-Agent": self.user_agent, "Accept": "application/json"}
        body = call.body.encode("utf-8", "surrogatepass") if call.body is not None else b""
        self.limits.wait(pace_of(call.service, call.url, call.probe), self.clock, urlsplit(call.url).netloc)
        response = self.sender.send(HttpRequest(call.verb, call.url, sent, body, timeout))
        if isinstance(response, NoAnswer):
            return Timed(response)
        return Timed(self._answer(response), response.first_byte, response.total)

    def _must_wait_its_turn(self, pace: Pace, outcome: Outcome) -> bool:
        """Whether the API said that its minute is full, so that the governor holds the next try until it is its turn."""
        return isinstance(outcome, Answer) and outcome.status == 429 and self.limits.refused(pace, self.clock)

    def _once(self, request: HttpRequest) -> Outcome:
        with self.at_once or contextlib.nullcontext():
            response = self.sender.send(request)
        return response if isinstance(response, NoAnswer) else self._answer(response)

    def _answer(self, response: HttpResponse) -> Outcome:
        if len(response.body) > self.max_body:
            says = f"an answer of {len(response.body):,} bytes, more than vxsetup reads"
            return NoAnswer(Failure.MALFORMED, says, self.clock.stamp())
        return Answer(response.status, response.body.decode("utf-8", "replace"), self.clock.stamp())


def _worth_retrying(outcome: Outcome, probe: bool) -> bool:
    if isinstance(outcome, NoAnswer):
        return outcome.failure in (Failure.TIMEOUT, Failure.NETWORK)
    if probe and outcome.status == 403 and not outcome.text.strip():
        return True  # an empty 403 was seen once and then 200 (F#69438844140)
    if probe and outcome.status == 429:
        return False
    return outcome.status in RETRIED


class FunctionSender:
    """Sends through a function in this process, with a fixed token: the emulator's way in, and that of tests."""

    def __init__(self, function: Callable[[HttpRequest], HttpResponse | NoAnswer], token: str) -> None:
        self._function = function
        self._token = token

    def send(self, request: HttpRequest) -> HttpResponse | NoAnswer:
        headers = {**request.headers, "Authorization": f"Bearer {self._token}"}
        return self._function(HttpRequest(request.method, request.url, headers, request.body, request.timeout))
