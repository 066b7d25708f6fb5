"""The APIs' rate limits are kept in every sliding minute, the burst included, by a clock that only the test turns."""

from __future__ import annotations

import heapq
import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from vxsetup.cloud.limits import BURST_SECONDS, OTHER_PER_MINUTE, PER_MINUTE, Limits

START = datetime(2026, 11, 22, 12, tzinfo=UTC)


class VirtualClock:
    """Time goes on only when every worker sleeps, and then to the first who is to wake."""

    def __init__(self, workers: int = 1) -> None:
        self._changed = threading.Condition()
        self._awake = workers
        self._wakes: list[float] = []
        self.elapsed = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.elapsed)

    def sleep(self, seconds: float) -> None:
        with self._changed:
            wake = self.elapsed + seconds
            heapq.heappush(self._wakes, wake)
            self._rest()
            assert self._changed.wait_for(lambda: self.elapsed >= wake, timeout=30)

    def leave(self) -> None:
        with self._changed:
            self._rest()

    def _rest(self) -> None:
        self._awake -= 1
        if self._awake or not self._wakes:
            return
        self.elapsed = self._wakes[0]
        while self._wakes and self._wakes[0] <= self.elapsed:
            heapq.heappop(self._wakes)
            self._awake += 1
        self._changed.notify_all()


def most_in_a_minute(times: list[float]) -> int:
    """The most requests in any 60 seconds, both ends counted."""
    times = sorted(times)
    most = first = 0
    for last, time in enumerate(times):
        while time - times[first] > 60.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def sent(services: list[str], each: int, threads: int = 1, idle: float = 0.0) -> dict[str, list[float]]:
    """When the requests of some workers were let through; ``idle`` is a pause in the middle, which fills the bucket."""
    clock, limits = VirtualClock(threads), Limits()
    times: dict[str, list[float]] = defaultdict(list)

    def work() -> None:
        for number in range(each):
            if idle and number == each // 2:
                clock.sleep(idle)
            for service in services:
                limits.wait(service, clock)
                times[service].append(clock.elapsed)
        clock.leave()

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert all(len(times[service]) == each * threads for service in services)
    return times


def limit(service: str) -> int:
    return PER_MINUTE.get(service, OTHER_PER_MINUTE)


@pytest.mark.parametrize("idle", [0.0, 5.0, 30.0, 3600.0])
@pytest.mark.parametrize("service", [*PER_MINUTE, "iam.googleapis.com"])
def test_one_api_is_never_asked_more_than_its_limit(service: str, idle: float) -> None:
    times = sent([service], 3 * limit(service), idle=idle)[service]
    assert most_in_a_minute(times) <= limit(service)
    assert most_in_a_minute(times) >= limit(service) - 2, "and not much less: a run may use what it is allowed"


def test_two_apis_have_each_their_own_limit() -> None:
    services = ["serviceusage.googleapis.com", "cloudbilling.googleapis.com"]
    for service, times in sent(services, 800).items():
        assert most_in_a_minute(times) <= limit(service)
    limits, clock = Limits(), VirtualClock()
    for _ in range(100):
        limits.wait(services[0], clock)
    before = clock.elapsed
    assert before > 0
    limits.wait(services[1], clock)
    assert clock.elapsed == before, "one API's empty bucket holds no other up"


@pytest.mark.parametrize("services", [["serviceusage.googleapis.com"], [*PER_MINUTE, "iam.googleapis.com"]])
def test_several_threads_share_one_limit(services: list[str]) -> None:
    for service, times in sent(services, 120, threads=6).items():
        assert most_in_a_minute(times) <= limit(service)


def test_a_small_run_does_not_wait() -> None:
    """A burst of what some seconds bring goes out at once."""
    times = sent(["serviceusage.googleapis.com"], 240 * BURST_SECONDS // 80)["serviceusage.googleapis.com"]
    assert set(times) == {0.0}
