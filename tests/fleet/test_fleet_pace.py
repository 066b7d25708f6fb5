"""An API that takes five requests a minute holds up only what waits for it, and the run says how long it will take."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import fleet_worlds as fleet
import pytest
from fleet_worlds import Watched

from vxsetup.cli.configs import Configs
from vxsetup.cli.emulation import Emulation
from vxsetup.cloud.call import Answer, Call, NoAnswer, Outcome
from vxsetup.cloud.gather import Gatherer
from vxsetup.cloud.limits import DENY_POLICIES, PACES, Limits
from vxsetup.cloud.provider import Provider
from vxsetup.cloud.session import Clock, FunctionSender, HttpRequest, HttpResponse, Session
from vxsetup.facts.base import Known
from vxsetup.findings import Report, Verdict

COUNT = 8
FULL = b"""{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Quota exceeded for quota metric 'Policy read
requests' and limit 'Policy read requests per minute' of service 'iam.googleapis.com' for consumer 'project_number:1'.",
"details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED",
"domain": "googleapis.com", "metadata": {"service": "iam.googleapis.com"}}]}}"""


def is_deny(request: HttpRequest) -> bool:
    """Whether a request reads deny policies."""
    parts = urlsplit(request.url)
    return parts.hostname == "iam.googleapis.com" and parts.path.startswith("/v2/")


@pytest.fixture
def read(tmp_path: Path) -> Configs:
    """The configs of a small fleet."""
    return fleet.configs(fleet.write_configs(tmp_path, COUNT))


@pytest.fixture
def five_a_minute(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Google's documented default: the sixth read of deny policies within a minute is refused. When one was answered."""
    answered: list[float] = []
    window: deque[float] = deque()
    send = Emulation.send

    def limited(self: Emulation, request: HttpRequest) -> HttpResponse | NoAnswer:
        if is_deny(request):
            now = self.now.timestamp()
            while window and now - window[0] >= 60:
                window.popleft()
            if len(window) >= 5:
                return HttpResponse(429, {}, FULL)
            window.append(now)
            answered.append(now)
        return send(self, request)

    monkeypatch.setattr(Emulation, "send", limited)
    return answered


def judged(report: Report) -> list[tuple[object, ...]]:
    """What a report says, without when."""
    return [(f.fingerprint, f.verdict, f.message) for f in report.findings]


@pytest.mark.parametrize("workers", [1, 16])
def test_deny_policies_are_all_read_at_their_pace(workers: int, read: Configs, five_a_minute: list[float]) -> None:
    watched = Watched(fleet.world(COUNT, 4), workers=workers)
    report = watched.run(read)
    assert len(five_a_minute) == COUNT + 4 + 1, "each project, folder and organization is read"
    assert not any(f.verdict is Verdict.UNKNOWN for f in report.findings)
    refused = sum(1 for _, request in watched.sent if is_deny(request)) - len(five_a_minute)
    assert 1 <= refused <= 5, "the first full minute is told once to each request in the air, and then kept"


def test_a_slow_api_holds_up_nothing_else() -> None:
    """Reads of deny policies that nobody answers take no thread from the others, however few there are."""
    slow = [Call("iam.googleapis.com", "list", "GET", f"https://iam.googleapis.com/v2/x{n}") for n in range(20)]
    quick = [Call("cloudbilling.googleapis.com", "get", "GET", f"https://x/{n}") for n in range(20)]
    others_done = threading.Event()
    answered: list[Call] = []

    def send(call: Call) -> Outcome:
        if call in slow:
            assert others_done.wait(20), "the others queue behind it"
        answered.append(call)
        if len(answered) == len(quick):
            others_done.set()
        return Answer(200, "{}", fleet.NOW)

    def provider(calls: list[Call]) -> Provider:
        return Provider(str, "x", (), lambda key, inputs: tuple(calls), lambda *read: Known(True, "x"))

    gatherer = Gatherer({str: provider([*slow, *quick])}, send, workers=6)
    assert gatherer.gather(["everything"])["everything"] == Known(True, "x")
    assert set(answered[: len(quick)]) == set(quick)
    assert gatherer.flying == set()


def test_the_same_findings_come_slowly_and_quickly(read: Configs, request: pytest.FixtureRequest) -> None:
    quick = judged(Watched(fleet.world(COUNT, 4), workers=16).run(read))
    request.getfixturevalue("five_a_minute")
    assert judged(Watched(fleet.world(COUNT, 4), workers=16).run(read)) == quick


def test_one_project_never_waits_for_the_governor(tmp_path: Path) -> None:
    """Not one pause, for a project in a folder of an organization, at all its placements."""
    read = fleet.configs(fleet.write_configs(tmp_path, 1))
    watched = Watched(fleet.world(1, 1), workers=48)
    watched.run(read)
    assert {at for at, _ in watched.sent} == {watched.sent[0][0]}


def test_the_wait_for_a_rate_is_not_taken_from_a_request_s_deadline() -> None:
    now = [datetime.fromisoformat(fleet.NOW)]
    sent: list[HttpRequest] = []

    def sleep(seconds: float) -> None:
        now[0] += timedelta(seconds=seconds)

    def answer(request: HttpRequest) -> HttpResponse:
        sent.append(request)
        return HttpResponse(503 if len(sent) == 1 else 200, {}, b"{}")

    clock = Clock(now=lambda: now[0], sleep=sleep)
    session = Session(FunctionSender(answer, "t"), "vxsetup/test", clock=clock)
    pace = PACES["serviceusage.googleapis.com"]
    session.limits._free_at[pace.name, "serviceusage.googleapis.com"] = now[0].timestamp() + 130.0
    call = Call("serviceusage.googleapis.com", "read", "GET", "https://serviceusage.googleapis.com/v1/x")
    outcome: Any = session.answer(call)
    assert (outcome.status, len(sent)) == (200, 2), (
        "it waited two minutes for its turn, and was tried again all the same"
    )


def test_the_time_that_a_slow_api_takes_is_told() -> None:
    limits, clock = Limits(), Clock()
    url = "https://iam.googleapis.com/v2/policies/x%2F{}/denypolicies"
    waiting = [Call("iam.googleapis.com", "iam.policies.listPolicies", "GET", url.format(n)) for n in range(50)]
    assert limits.slowest(waiting) is None, "nothing slows the run before the API says so"
    quota = Call("cloudquotas.googleapis.com", "get", "GET", "https://cloudquotas.googleapis.com/v1/x")
    assert limits.slowest([*waiting, quota] * 60) == (PACES["cloudquotas.googleapis.com"], 7.0)
    limits.refused(DENY_POLICIES, clock)
    pace, seconds = limits.slowest(waiting) or (None, 0.0)
    assert pace is DENY_POLICIES
    assert seconds == pytest.approx(700)
    assert limits.slowest([]) is None
