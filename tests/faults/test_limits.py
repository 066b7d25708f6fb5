"""The APIs' rate limits are kept in every sliding minute, the burst included, by a clock that only the test turns."""

from __future__ import annotations

import heapq
import threading
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from vxsetup.catalog import Catalogue, load_catalogue
from vxsetup.cloud.limits import BURST_SECONDS, DENY_POLICIES, PACES, PREDICTIONS, Limits, Pace, every_pace, pace_of
from vxsetup.cloud.providers import providers

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


def sent(paces: list[Pace], each: int, threads: int = 1, idle: float = 0.0) -> dict[Pace, list[float]]:
    """When the requests of some workers were let through; ``idle`` is a pause in the middle, which fills the bucket."""
    clock, limits = VirtualClock(threads), Limits()
    times: dict[Pace, list[float]] = defaultdict(list)

    def work() -> None:
        for number in range(each):
            if idle and number == each // 2:
                clock.sleep(idle)
            for pace in paces:
                limits.wait(pace, clock)
                times[pace].append(clock.elapsed)
        clock.leave()

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert all(len(times[pace]) == each * threads for pace in paces)
    return times


SERVICE_USAGE = PACES["serviceusage.googleapis.com"]
BILLING = PACES["cloudbilling.googleapis.com"]
ALWAYS = sorted({pace for pace in every_pace() if not pace.when_told}, key=lambda pace: pace.name)


@pytest.mark.parametrize("idle", [0.0, 5.0, 30.0, 3600.0])
@pytest.mark.parametrize("pace", [SERVICE_USAGE, BILLING, PACES["iam.googleapis.com"]], ids=lambda pace: pace.name)
def test_one_api_is_never_asked_more_than_its_limit(pace: Pace, idle: float) -> None:
    times = sent([pace], 3 * pace.per_minute, idle=idle)[pace]
    assert most_in_a_minute(times) <= pace.per_minute
    assert most_in_a_minute(times) >= pace.per_minute - 2, "and not much less: a run may use what it is allowed"


def test_two_apis_have_each_their_own_limit() -> None:
    for pace, times in sent([SERVICE_USAGE, BILLING], 800).items():
        assert most_in_a_minute(times) <= pace.per_minute
    limits, clock = Limits(), VirtualClock()
    for _ in range(100):
        limits.wait(SERVICE_USAGE, clock)
    before = clock.elapsed
    assert before > 0
    limits.wait(BILLING, clock)
    assert clock.elapsed == before, "one API's empty bucket holds no other up"


@pytest.mark.parametrize("paces", [[SERVICE_USAGE], ALWAYS], ids=["one", "all"])
def test_several_threads_share_one_limit(paces: list[Pace]) -> None:
    for pace, times in sent(paces, 120, threads=6).items():
        assert most_in_a_minute(times) <= pace.per_minute


def test_a_small_run_does_not_wait() -> None:
    """A burst of what some seconds bring goes out at once."""
    times = sent([SERVICE_USAGE], 240 * BURST_SECONDS // 80)[SERVICE_USAGE]
    assert set(times) == {0.0}


def test_deny_policies_are_read_at_once_until_the_api_says_that_its_minute_is_full() -> None:
    limits, clock, times = Limits(), VirtualClock(), []
    for _ in range(40):
        assert limits.wait(DENY_POLICIES, clock) == 0.0
    assert limits.refused(DENY_POLICIES, clock)
    for _ in range(12):
        limits.wait(DENY_POLICIES, clock)
        times.append(clock.elapsed)
    assert times[0] > 60, "the minute that was full is over"
    assert most_in_a_minute(times) == 5
    assert times[-1] == pytest.approx(3 * times[0]), "five a minute, and not one less"


@pytest.mark.parametrize("shards", [2, 5, 20])
def test_shards_that_run_side_by_side_keep_to_one_limit_together(shards: int) -> None:
    together: list[float] = []
    for pace in (SERVICE_USAGE, DENY_POLICIES):
        for _ in range(shards):
            limits, clock = Limits(shares=shards), VirtualClock()
            limits.refused(DENY_POLICIES, clock)
            for _ in range(2 * pace.per_minute // shards + 2):
                limits.wait(pace, clock)
                together.append(clock.elapsed)
        # Each shard may send its first request at once, however many shards there are.
        assert most_in_a_minute(together) <= max(pace.per_minute, shards), pace.name
        together.clear()


def test_a_full_minute_of_another_api_is_left_to_the_retries() -> None:
    limits, clock = Limits(), VirtualClock()
    assert not limits.refused(SERVICE_USAGE, clock)
    assert limits.wait(SERVICE_USAGE, clock) == 0.0


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    found = load_catalogue()
    assert isinstance(found, Catalogue)
    return found


def test_every_api_that_is_read_has_a_pace_and_its_source_is_known(shipped: Catalogue) -> None:
    assert {provider.service for provider in providers().values()} <= PACES.keys()
    for pace in every_pace():
        assert not pace.source or pace.source in shipped.sources, pace.name
    assert {pace.name for pace in every_pace() if not pace.source} == {
        "BigQuery",
        "Cloud Quotas",
        "IAM Service Account Credentials",
        "Organization Policy",
        "Policy Troubleshooter",
    }, "for these no page gives a figure"


@pytest.mark.parametrize(
    ("service", "path", "probe", "name", "per_minute"),
    [
        ("serviceusage.googleapis.com", "/v1/projects/p/services:batchGet", False, "Service Usage", 240),
        ("iam.googleapis.com", "/v1/roles/viewer", False, "IAM v1", 600),
        ("iam.googleapis.com", "/v2/policies/x/denypolicies", False, DENY_POLICIES.name, 5),
        ("aiplatform.googleapis.com", "/v1beta1/x:fetchPublisherModelConfig", False, "Vertex AI management", 600),
        ("aiplatform.googleapis.com", "/v1/x:rawPredict", True, PREDICTIONS.name, 30_000),
        ("cloudasset.googleapis.com", "/v1/folders/1:searchAllResources", False, "Cloud Asset resource search", 400),
        ("cloudasset.googleapis.com", "/v1/folders/1:searchAllIamPolicies", False, "Cloud Asset policy search", 400),
        ("example.googleapis.com", "/v1/x", False, "example.googleapis.com", 600),
    ],
)
def test_methods_that_are_counted_by_themselves(
    service: str, path: str, probe: bool, name: str, per_minute: int
) -> None:
    pace = pace_of(service, f"https://{service}{path}", probe)
    assert (pace.name, pace.per_minute) == (name, per_minute)


def test_each_region_of_vertex_has_its_own_minute() -> None:
    limits, clock = Limits(), VirtualClock()
    pace = PACES["aiplatform.googleapis.com"]
    while limits.wait(pace, clock, "aiplatform.googleapis.com") == 0.0:
        pass
    assert limits.wait(pace, clock, "europe-west1-aiplatform.googleapis.com") == 0.0
