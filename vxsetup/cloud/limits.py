"""Keeps a run inside the APIs' rate limits: one governor for all projects and threads of the run, and for ``apply``."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit

from vxsetup.cloud.call import Call

BURST_SECONDS = 10
"""A pace may be run ahead of by what these seconds would bring. It is that much slower, so that no 60 seconds hold
more than the limit, the burst included."""

_MINUTE = 61.0
"""Seconds after which a request no longer counts; a second more than a minute, since requests travel unevenly."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often some methods of an API may be asked, as Google's documents give it for the project that is charged.

    ``source`` is the key of the catalogue's source; empty where no page gives a figure, and ``per_minute`` is then
    ours. ``when_told``: the limit is so low, and so often raised, that it is kept from the API's first refusal on;
    until then ``at_once`` bounds how many requests are in the air.
    """

    name: str
    per_minute: int
    source: str = ""
    when_told: bool = False
    at_once: int | None = None


DENY_POLICIES = Pace("IAM v2 (deny policies)", 5, "GD:iam-quotas", when_told=True, at_once=5)
PREDICTIONS = Pace("Vertex AI predictions", 30_000, "GD:vertex-quotas")
_EFFECTIVE = Pace("Cloud Asset effective policies", 100, "GD:asset-quotas")
_SEARCH_RESOURCES = Pace("Cloud Asset resource search", 400, "GD:asset-quotas")
_SEARCH_POLICIES = Pace("Cloud Asset policy search", 400, "GD:asset-quotas")

PACES = {
    "serviceusage.googleapis.com": Pace("Service Usage", 240, "SCOUTSUITE-940"),
    "cloudbilling.googleapis.com": Pace("Cloud Billing", 300, "GD:billing-quotas"),
    "cloudresourcemanager.googleapis.com": Pace("Resource Manager", 600, "GD:resource-manager-limits"),
    # The page gives 6,000 reads for roles and policies; 600 is what it gives for writes and for identity pools.
    "iam.googleapis.com": Pace("IAM v1", 600, "GD:iam-quotas"),
    # For each region; a bucket is kept for each host.
    "aiplatform.googleapis.com": Pace("Vertex AI management", 600, "GD:vertex-quotas"),
    "orgpolicy.googleapis.com": Pace("Organization Policy", 600),
    "cloudquotas.googleapis.com": Pace("Cloud Quotas", 600),
    "bigquery.googleapis.com": Pace("BigQuery", 600),
    "policytroubleshooter.googleapis.com": Pace("Policy Troubleshooter", 600),
    "iamcredentials.googleapis.com": Pace("IAM Service Account Credentials", 600),
    "cloudasset.googleapis.com": Pace("Cloud Asset Inventory", 100, "GD:asset-quotas"),
}
_OTHER = 600


def pace_of(service: str, url: str, probe: bool = False) -> Pace:
    """The pace of a request: that of its API, or of the methods that are counted by themselves."""
    if probe:
        return PREDICTIONS
    if service == "iam.googleapis.com" and urlsplit(url).path.startswith("/v2/"):
        return DENY_POLICIES
    if service == "cloudasset.googleapis.com":
        path = urlsplit(url).path
        if path.endswith(":searchAllResources"):
            return _SEARCH_RESOURCES
        return _SEARCH_POLICIES if path.endswith(":searchAllIamPolicies") else _EFFECTIVE
    return PACES.get(service) or Pace(service, _OTHER)


def pace_of_call(call: Call) -> Pace:
    """The pace of a call."""
    return pace_of(call.service, call.url, call.probe)


def every_pace() -> tuple[Pace, ...]:
    """Every pace that is known by name, for the docs and for tests."""
    return (*PACES.values(), DENY_POLICIES, PREDICTIONS, _SEARCH_RESOURCES, _SEARCH_POLICIES, _EFFECTIVE)


class _Clock(Protocol):
    def now(self) -> datetime: ...

    def sleep(self, seconds: float) -> None: ...


@dataclass
class _Told:
    """An API that said that its minute is full: when it may be asked again, and what was sent since."""

    open_at: float
    sent: deque[float] = field(default_factory=deque)

    def pause(self, now: float, per_minute: float) -> float:
        """Seconds until the next request; none takes the place at once."""
        many, window = (int(per_minute), _MINUTE) if per_minute >= 1 else (1, _MINUTE / per_minute)
        while self.sent and now - self.sent[0] >= window:
            self.sent.popleft()
        if now < self.open_at:
            return self.open_at - now
        if len(self.sent) < many:
            self.sent.append(now)
            return 0.0
        return self.sent[0] + window - now


@dataclass
class Limits:
    """The governor of a run. Safe for use from several threads.

    ``shares``: how many runs go on side by side that are charged to the same project, as the shards of a fleet are; each
    keeps to its part.
    """

    shares: int = 1
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _free_at: dict[tuple[str, str], float] = field(default_factory=dict)
    _told: dict[str, _Told] = field(default_factory=dict)

    def wait(self, pace: Pace, clock: _Clock, host: str = "") -> float:
        """Wait until this may be asked again. Gives the seconds that were waited."""
        if pace.when_told:
            return self._wait_if_told(pace, clock)
        # Any 60 seconds hold the first request, and then what the minute and the burst before it bring.
        interval = (60.0 + BURST_SECONDS) / (pace.per_minute - 1) * self.shares
        with self._lock:
            now = clock.now().timestamp()
            theoretical = max(self._free_at.get((pace.name, host), now), now)
            self._free_at[pace.name, host] = theoretical + interval
        pause = theoretical - now - BURST_SECONDS
        if pause <= 0:
            return 0.0
        clock.sleep(pause)
        return pause

    def _wait_if_told(self, pace: Pace, clock: _Clock) -> float:
        began, waited = clock.now().timestamp(), 0.0
        while True:
            with self._lock:
                told = self._told.get(pace.name)
                share = pace.per_minute / self.shares
                # What was slept has passed, even where the clock was set back meanwhile.
                now = max(clock.now().timestamp(), began + waited)
                pause = told.pause(now, share) if told else 0.0
            if pause <= 0:
                return waited
            clock.sleep(pause)
            waited += pause

    def refused(self, pace: Pace, clock: _Clock) -> bool:
        """Take note that the API said 429. Whether the pace is now kept, so that the next try waits its turn."""
        if not pace.when_told:
            return False
        with self._lock:
            open_at = clock.now().timestamp() + _MINUTE
            told = self._told.setdefault(pace.name, _Told(open_at))
            told.open_at = open_at
        return True

    def slowest(self, waiting: Iterable[Call]) -> tuple[Pace, float] | None:
        """Of the paces that are kept, the one whose waiting calls take longest, with the seconds; None for no calls."""
        counts = Counter(map(pace_of_call, waiting))
        kept = [(pace, count) for pace, count in counts.items() if not pace.when_told or pace.name in self._told]
        if not kept:
            return None
        pace, count = max(kept, key=lambda item: item[1] / item[0].per_minute)
        return pace, count / pace.per_minute * (60.0 + BURST_SECONDS) * self.shares
