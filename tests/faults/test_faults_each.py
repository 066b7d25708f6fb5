"""Every request of a ready project broken in every way, one at a time: no answer that is missing makes it ready,
unless a probe proved what the answer would have said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import pytest
import yaml
from generated_laws import STYLE, errors
from generated_runs import Run, new_run
from generated_worlds import Case
from sampled import sample
from wide_project import wide_case

from vxsetup.cloud.call import Answer, Call, Failure, NoAnswer, Outcome
from vxsetup.cloud.providers import providers
from vxsetup.cloud.session import HttpRequest, HttpResponse, Session
from vxsetup.emulator.errors import google
from vxsetup.facts.access import SecondOpinion
from vxsetup.facts.base import Facts, Known, Unknown
from vxsetup.facts.models import Passed, Probe
from vxsetup.facts.provision import HeldOn, RolePermissions
from vxsetup.findings import Finding, Report, Rung, Verdict
from vxsetup.report.json import report_json
from vxsetup.report.text import report_text
from vxsetup.resources import folder
from vxsetup.rules import registry
from vxsetup.rules.engine import compile_requirements

AT = "2026-11-22T12:00:00Z"


def _json(status: int, body: bytes) -> Callable[[HttpResponse], HttpResponse]:
    return lambda true: HttpResponse(status, {"content-type": "application/json"}, body)


def _refusal(status: int) -> Callable[[HttpResponse], HttpResponse]:
    return _json(status, google(status, "This was broken by a test.").body)


def _cut(true: HttpResponse) -> HttpResponse:
    return HttpResponse(true.status, true.headers, true.body[: len(true.body) // 2])


def _other_value(true: HttpResponse) -> HttpResponse:
    """The true answer with every value at its top replaced by one of another kind."""
    data = json.loads(true.body)
    wrong = {key: 7 if isinstance(value, (str, list, dict)) else "x" for key, value in data.items()}
    return HttpResponse(true.status, true.headers, json.dumps(wrong or {"unexpected": 7}).encode())


def _other_items(true: HttpResponse) -> HttpResponse:
    """The true answer with every item of its lists replaced by one of another kind."""
    data = json.loads(true.body)
    wrong = {key: [7, None, "x"] if isinstance(value, list) else value for key, value in data.items()}
    return true if wrong == data else HttpResponse(true.status, true.headers, json.dumps(wrong).encode())


BREAKS: dict[str, Callable[[HttpResponse], HttpResponse]] = {
    **{str(status): _refusal(status) for status in (400, 401, 403, 404, 409, 429, 500, 503)},
    "403-empty": _json(403, b""),
    "403-page": _json(403, b"<html>proxy</html>"),
    "204": _json(204, b""),
    "302": _json(302, b"<html>moved</html>"),
    "truncated": _cut,
    "not-json": _json(200, b"<!doctype html><p>Log in to the network</p>"),
    "wrong-shape": _json(200, b'{"unexpected": [1, {"name": 7}]}'),
    "array": _json(200, b'[{"unexpected": 1}]'),
    "empty": _json(200, b""),
    "null": _json(200, b"null"),
    "number": _json(200, b"7"),
    "deep": _json(200, b"[" * 20_000),
    "not-utf8": _json(200, b'{"name": "\xff\xfe"}'),
    "other-values": _other_value,
    "other-items": _other_items,
    "error-in-200": _json(200, google(403, "An error under a status that says success.").body),
}
SILENT = ("timeout", "reset")

PROVED_BY_PROBES = {
    "cloudresourcemanager.projects.get",
    "cloudresourcemanager.projects.testIamPermissions",
    "serviceusage.services.batchGet",
    "cloudbilling.projects.getBillingInfo",
    "cloudquotas.quotaInfos.get",
    "orgpolicy.projects.policies.getEffectivePolicy",
    "aiplatform.publishers.models.get",
}
"""Reads whose answer a passed probe makes needless. All other reads say what members hold, which no probe of the
caller proves."""

NEEDLESS = {
    "example": {
        "cloudresourcemanager.organizations.getIamPolicy",
        "cloudresourcemanager.folders.getIamPolicy",
        "cloudquotas.quotaPreferences.list",
    },
    "wide": {"cloudquotas.quotaPreferences.list"},
}
"""Reads that could only add to what the project's own policy already gives, or that inform and decide nothing. Who else
may act as an account is not told by the project alone, so there every policy counts."""


ELSEWHERE = {SecondOpinion, HeldOn, RolePermissions}
"""Facts that only a plan or --troubleshoot asks for; their requests are broken in tests/plan and tests/facts."""

INDIRECT = {"iam.roles.get", "cloudresourcemanager.projects.get", "serviceusage.services.batchGet"}
"""Reads of the wide project that say who Google's own agent is, what it may do, and whether tokens can be had."""


@cache
def ready_case() -> Case:
    """The shipped example, in which everything is set up."""
    example = folder("examples") / "ready"
    world = yaml.load((example / "world.yaml").read_text(), yaml.CSafeLoader)
    world["now"] = str(world["now"]).replace(" ", "T").replace("+00:00", "Z")
    return Case((example / "vxsetup.yaml").read_text(), world, ())


CASES = {"example": ready_case, "wide": wide_case}


@cache
def requests(name: str = "example") -> tuple[Call, ...]:
    """Every request of a ready project, from a run; the run itself must be ready."""
    run = new_run(CASES[name]())
    report, _ = run.judge()
    assert report.verdict == "ready"
    assert run.gatherer is not None
    return tuple(sorted(run.gatherer.outcomes, key=lambda call: (call.method, call.url, call.body or "")))


class Breaking:
    """A sender that spoils the answers of one request, or of some, and passes the others on."""

    def __init__(self, run: Run, broken: frozenset[tuple[str, str]], kind: str) -> None:
        self.run, self.broken, self.kind = run, broken, kind
        self.struck = 0
        self.whole: set[tuple[str, str]] = set()

    def send(self, request: HttpRequest) -> HttpResponse | NoAnswer:
        answer = self.run.sender.send(request)
        if (request.method, request.url) not in self.broken:
            return answer
        self.struck += 1
        if self.kind in SILENT:
            failure = Failure.TIMEOUT if self.kind == "timeout" else Failure.NETWORK
            return NoAnswer(failure, "no answer within 15 s", AT)
        assert isinstance(answer, HttpResponse)
        spoiled = BREAKS[self.kind](answer)
        if (spoiled.status, spoiled.body) == (answer.status, answer.body):
            self.whole.add((request.method, request.url))
        return spoiled


@dataclass(frozen=True)
class Broken:
    """A check of the ready project in which some requests are broken; ``calls`` are those whose answer is another now."""

    report: Report
    facts: Facts
    run: Run
    calls: tuple[Call, ...]
    text: str


def broken_run(calls: tuple[Call, ...], kind: str, name: str = "example") -> Broken:
    """Check a ready project while some requests are broken. Both reports must come out."""
    run = new_run(CASES[name]())
    sender = Breaking(run, frozenset((call.verb, call.url) for call in calls), kind)
    run.session = Session(sender, "vxsetup/test", run.emulation.caller.quota_project, run.emulation.clock)
    report, facts = run.judge()
    assert sender.struck, f"{calls} were not sent"
    text = report_text(report, STYLE)
    assert text
    assert json.loads(report_json(report))["verdict"] == report.verdict
    return Broken(report, facts, run, tuple(call for call in calls if (call.verb, call.url) not in sender.whole), text)


def broken_facts(seen: Broken) -> set[object]:
    """The facts that are made of broken answers alone, with nothing else to fall back on."""
    run, calls = seen.run, seen.calls
    assert run.gatherer is not None
    found: set[object] = set()
    table = providers()
    for key in run.gatherer.facts:
        inputs = {need: run.gatherer.facts[need] for need in table[type(key)].needs(key)}
        if any(isinstance(fact, Unknown) for fact in inputs.values()):
            continue
        own = table[type(key)].calls(key, inputs)
        if own and set(own) <= set(calls):
            found.add(key)
    return found


def check(kind: str, seen: Broken) -> None:
    """No pass rests on a broken answer, and what is ready was proved."""
    lost = broken_facts(seen)
    project, catalogue = seen.run.configs.projects[0], seen.run.circumstances.catalogue
    requirements = compile_requirements(project, catalogue, registry(), online=True)
    reads = {(r.rule, r.subject, r.config_path): set(r.reads) for r in requirements}
    for finding in errors(seen.report):
        asked = reads[finding.rule, finding.subject, finding.config_path]
        if finding.verdict is Verdict.PASS and asked & lost:
            assert _stands_without(finding, lost, seen.facts), f"{kind}: {finding.rule} passes: {finding.evidence}"
    probed = [fact for key, fact in seen.facts.items() if isinstance(key, Probe)]
    if seen.report.verdict == "ready":
        assert all(isinstance(fact, Known) and isinstance(fact.value, Passed) for fact in probed), kind


def _stands_without(finding: Finding, lost: set[object], facts: Facts) -> bool:
    """A pass is proved by a probe, or comes from the catalogue, or rests on what was read elsewhere."""
    if any(item.rung in (Rung.PROBED, Rung.SMOKED) for item in finding.evidence):
        return True
    if all(item.rung in (Rung.CATALOGUE, Rung.DECLARED) for item in finding.evidence):
        return True
    sources = {fact.source for key, fact in facts.items() if key not in lost}
    if finding.rule == "VX301" and finding.evidence[0].says[:3].isdigit():
        return True  # a refusal in Google's words knows the caller as well as an answer does
    read = [item for item in finding.evidence if item.rung not in (Rung.CATALOGUE, Rung.DECLARED)]
    return all(item.source in sources for item in read)


EVERY_BREAK = pytest.mark.parametrize("kind", [*BREAKS, *SILENT])


def _one_broken_request(kind: str, name: str, calls: Iterable[Call]) -> None:
    for call in calls:
        seen = broken_run((call,), kind, name)
        check(kind, seen)
        told = (call.method, call.url, kind, seen.text)
        if name == "wide" and call.method in INDIRECT:
            pass  # needed or not, as the rest has it
        elif (not call.probe and call.method in PROVED_BY_PROBES | NEEDLESS[name]) or not seen.calls:
            assert seen.report.verdict == "ready", told
        else:
            assert seen.report.verdict != "ready", told
        failed = [(f.rule, f.message) for f in errors(seen.report) if f.verdict is Verdict.FAIL]
        assert call.probe or not failed, (call.method, kind, failed)


@pytest.mark.parametrize("name", CASES)
@EVERY_BREAK
def test_one_broken_request_never_makes_ready(kind: str, name: str) -> None:
    """And a read that gave no answer is unknown: only what a probe or a whole answer says can fail. Each request is
    broken in about half of the ways, in others with each seed."""
    drawn = set(sample([(kind, call.method, call.url, call.body) for call in requests(name)], 2))
    _one_broken_request(
        kind, name, [call for call in requests(name) if (kind, call.method, call.url, call.body) in drawn]
    )


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", CASES)
@EVERY_BREAK
def test_every_broken_request_never_makes_ready(kind: str, name: str) -> None:
    """The same with every request in every way."""
    _one_broken_request(kind, name, requests(name))


@pytest.mark.parametrize(
    "service", ["aiplatform", "cloudbilling", "cloudquotas", "cloudresourcemanager", "iam", "serviceusage"]
)
@EVERY_BREAK
def test_a_whole_api_that_breaks_never_makes_ready(service: str, kind: str) -> None:
    seen = broken_run(tuple(call for call in requests() if call.service == f"{service}.googleapis.com"), kind)
    check(kind, seen)
    if service in ("cloudresourcemanager", "iam", "aiplatform") and kind != "other-items":
        assert seen.report.verdict != "ready"


@EVERY_BREAK
def test_nothing_answers_and_nothing_is_ready(kind: str) -> None:
    seen = broken_run(requests(), kind)
    check(kind, seen)
    assert seen.report.verdict == ("not_ready" if kind in REFUSALS else "ready" if not seen.calls else "undecided")


REFUSALS = ("400", "403", "404", "409")
"""Breaks in which a probe is refused in Google's own words, and not for load."""


@pytest.mark.parametrize("kind", [*REFUSALS, "500", "429", "empty", "403-page", "302", "truncated", "timeout"])
def test_probes_that_fail_leave_nothing_to_stand_on(kind: str) -> None:
    report = broken_run(tuple(call for call in requests() if call.probe), kind).report
    assert report.verdict == ("not_ready" if kind in REFUSALS else "undecided")


def test_every_provider_takes_part() -> None:
    """The list of requests is from runs; a provider that no ready project uses would not be tried."""
    tried: set[type] = set()
    for name in CASES:
        run = new_run(CASES[name]())
        run.judge()
        assert run.gatherer is not None
        tried |= {type(key) for key in run.gatherer.facts}
    missing = {made for made in set(providers()) - tried if made not in ELSEWHERE}
    assert not missing, missing


def test_a_fault_of_the_world_strikes_like_one_of_the_network() -> None:
    """The same breaks through a world's own ``faults``, as a person writes them."""
    for fault in (
        {"status": 503},
        {"broken": "timeout"},
        {"broken": "truncated"},
        {"broken": "not_json"},
        {"broken": "reset"},
    ):
        for match, may in (("* *", False), ("POST *:rawPredict", False), ("GET */billingInfo", True)):
            case = ready_case()
            faulty = Case(case.config, {**case.world, "faults": [{"match": match, **fault}]}, ())
            report, _ = new_run(faulty).judge()
            assert report.verdict == ("ready" if may else "undecided"), (fault, match)


def test_an_outcome_is_a_value() -> None:
    """What comes back for a broken answer can be compared and kept, as recordings need."""
    outcomes: set[Outcome] = set()
    for kind in ("500", "timeout"):
        run = broken_run((requests()[0],), kind).run
        assert run.gatherer is not None
        outcomes.add(run.gatherer.outcomes[requests()[0]])
    assert len(outcomes) == 2
    assert not any(isinstance(outcome, Answer) and outcome.ok for outcome in outcomes)
