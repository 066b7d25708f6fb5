"""Keeps a run inside the APIs' rate limits: a token bucket for each API, shared by all projects of the run."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

PER_MINUTE = {"serviceusage.googleapis.com": 240, "cloudbilling.googleapis.com": 300}
"""Requests a minute that an API allows by default: Service Usage 240, Cloud Billing 300 (Google's page on
Cloud Billing API quotas). Others are left at ``OTHER_PER_MINUTE``, far below their documented limits of 600 and more."""

OTHER_PER_MINUTE = 600
BURST_SECONDS = 10
"""A bucket may be emptied at once up to what these seconds would bring. The pace is that much slower, so that no 60
seconds hold more than the limit, the burst included."""


class _Clock(Protocol):
    def now(self) -> datetime: ...

    def sleep(self, seconds: float) -> None: ...


@dataclass
class Limits:
    """A bucket for each API name. Safe for use from several threads."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _free_at: dict[str, float] = field(default_factory=dict)

    def wait(self, service: str, clock: _Clock) -> None:
        """Wait until this API may be asked again."""
        # Any 60 seconds hold the first request, and then what the minute and the burst before it bring.
        interval = (60.0 + BURST_SECONDS) / (PER_MINUTE.get(service, OTHER_PER_MINUTE) - 1)
        with self._lock:
            now = clock.now().timestamp()
            theoretical = max(self._free_at.get(service, now), now)
            self._free_at[service] = theoretical + interval
        pause = theoretical - now - BURST_SECONDS
        if pause > 0:
            clock.sleep(pause)
