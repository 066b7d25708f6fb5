"""The laws that hold between a verdict and its world, each as a function that gives what breaks it, in words."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import generated_choices
import yaml
from generated_choices import Choices
from generated_features import policies_unread, refused_features
from generated_mending import necessary, sufficient
from generated_runs import Run, Turns, lacking_members, new_run, refused_places, statuses
from generated_worlds import Case, generated

from vxsetup.cli.emulation import Emulation
from vxsetup.cli.twin import twin_of
from vxsetup.cloud.call import Call, Failure, NoAnswer, Outcome
from vxsetup.cloud.gather import Gatherer
from vxsetup.cloud.providers import providers
from vxsetup.cloud.recording import RecordingProblem, read_recording, recorded
from vxsetup.cloud.session import FunctionSender, Session
from vxsetup.facts.access import Attached, Roles
from vxsetup.facts.base import Fact, Facts, Known, Unknown, UnknownCause
from vxsetup.facts.models import Passed, Probe
from vxsetup.findings import Finding, Report, Rung, Severity, Verdict
from vxsetup.report.json import report_json
from vxsetup.report.terminal import Style
from vxsetup.report.text import report_text
from vxsetup.rules.circumstances import Circumstances

Law = Callable[[Case], list[str]]
STYLE = Style(100, False, True)


@dataclass(frozen=True)
class Verdicts:
    """What one world showed: the verdict, and what broke a law."""

    verdict: str
    broken: tuple[str, ...]


def errors(report: Report) -> list[Finding]:
    """The findings that decide a verdict."""
    return [finding for finding in report.findings if finding.severity is Severity.ERROR]


def judged(case: Case) -> Verdicts:
    """A ready project is answered; a project that is answered is not called unready; each failure is said once."""
    run = new_run(case)
    report, _ = run.judge()
    broken = []
    refused, lacking = [*refused_places(run), *refused_features(run)], lacking_members(run, case)
    if report.verdict == "ready":
        broken += [f"ready, but the request is refused: {place}" for place in refused]
        broken += [f"ready, but the member cannot: {member}" for member in lacking]
    failed_rules = {f.rule for f in errors(report) if f.verdict is Verdict.FAIL}
    # A documented shut-down date fails alone where no probe answered, in a world that serves the model all the same.
    if report.verdict == "not_ready" and not refused and not lacking and failed_rules != {"VX402"}:
        failed = [f"{f.rule} {f.message}" for f in errors(report) if f.verdict is Verdict.FAIL]
        broken.append("not_ready, but every request is answered and every member can: " + "; ".join(failed))
    broken += shapes(report)
    return Verdicts(report.verdict, tuple(broken))


def shapes(report: Report) -> list[str]:
    """What each finding owes its reader: evidence for a pass, a next step for a failure, a cause that is a failure."""
    broken = []
    failures = {f.fingerprint for f in report.findings if f.verdict is Verdict.FAIL}
    roots = {f.fingerprint for f in report.findings if f.verdict is Verdict.UNKNOWN and f.caused_by is None}
    for finding in report.findings:
        where = f"{finding.rule} {finding.verdict} {finding.subject}"
        if not finding.message.strip():
            broken.append(f"no words: {where}")
        if finding.verdict is Verdict.FAIL and (finding.fix is None or not finding.evidence):
            broken.append(f"a failure without evidence or a next step: {where}")
        if finding.verdict is Verdict.PASS and finding.severity is Severity.ERROR and not finding.evidence:
            broken.append(f"a pass without evidence: {where}")
        if finding.verdict is Verdict.NOT_REACHED and finding.caused_by not in failures:
            broken.append(f"waits on something that did not fail: {where}")
        if finding.verdict is Verdict.UNKNOWN and finding.caused_by not in {None, *roots}:
            broken.append(f"waits on something that is not itself an open question: {where}")
        if finding.verdict not in (Verdict.NOT_REACHED, Verdict.UNKNOWN) and finding.caused_by is not None:
            broken.append(f"has a cause though it was reached: {where}")
    prints = [f.fingerprint for f in report.findings]
    broken += [f"two findings with one fingerprint: {name}" for name in {p for p in prints if prints.count(p) > 1}]
    expected = "ready"
    if any(f.verdict is Verdict.FAIL for f in errors(report)):
        expected = "not_ready"
    elif any(f.verdict in (Verdict.UNKNOWN, Verdict.NOT_REACHED) for f in errors(report)):
        expected = "undecided"
    if report.verdict != expected:
        broken.append(f"the verdict is {report.verdict}, its findings say {expected}")
    return broken


def verdicts_hold(case: Case) -> list[str]:
    """``judged`` as a law."""
    return list(judged(case).broken)


def replays(case: Case) -> list[str]:
    """A recording gives the same report to the byte, and records to the same bytes again."""
    run = new_run(case)
    report, facts = run.judge()
    assert run.gatherer is not None
    text = recorded(run.gatherer.outcomes, facts, run.emulation.caller, run.circumstances.now, "test")
    broken = ["a token entered the recording"] if "emu:" in text or "Bearer" in text else []
    again = read_recording(text)
    if isinstance(again, RecordingProblem):
        return [*broken, f"the recording is not read back: {again.message}"]
    run.circumstances = Circumstances(again.now, run.circumstances.catalogue, again.caller)
    second, facts_again = run.judge(answer=again.send)
    if report_json(second) != report_json(report):
        broken.append(f"the replayed report differs: {difference(report_json(report), report_json(second))}")
    if report_text(second, STYLE) != report_text(report, STYLE):
        broken.append("the replayed text differs")
    if recorded(run.gatherer.outcomes, facts_again, again.caller, again.now, "test") != text:
        broken.append("the replay records other bytes")
    return broken


def difference(one: str, other: str) -> str:
    """The first place at which two texts differ."""
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"{one[max(at - 120, 0) : at + 80]!r} against {other[at : at + 80]!r}"


def any_order(case: Case) -> list[str]:
    """Whatever the order in which answers come, the report is the same, and no call is sent twice."""
    case = without_counted_faults(case)
    first = new_run(case, frozen=True)
    expected = report_json(first.judge(turns=Turns(waves=True))[0])
    broken = []
    for order in range(3):
        stream = random.Random(f"{order}")
        run = new_run(case, frozen=True)
        sent: list[Call] = []
        report, _ = run.judge(answer=_noting(sent, run.session.answer), turns=Turns(stream.randrange))
        if report_json(report) != expected:
            broken.append(f"another order, another report: {difference(expected, report_json(report))}")
        if len(sent) != len(set(sent)):
            broken.append("a call was sent twice")
    return broken


def _noting(sent: list[Call], answer: Callable[[Call], Outcome]) -> Callable[[Call], Outcome]:
    def noted(call: Call) -> Outcome:
        sent.append(call)
        return answer(call)

    return noted


def without_counted_faults(case: Case) -> Case:
    """The case without faults that strike only some requests: which of them those are does depend on the order."""
    faults = [fault for fault in case.world["faults"] if "times" not in fault]
    return Case(case.config, {**case.world, "faults": faults}, case.made)


def unknown_never_passes(case: Case) -> list[str]:
    """With any of the management reads taken away, a project that was not ready is not ready, unless probes prove it."""
    case = without_counted_faults(case)
    before, _ = new_run(case, frozen=True).judge()
    broken = []
    stream = random.Random(str(case.made))
    for share in (0.2, 0.6, 1.0):
        run = new_run(case, frozen=True)
        report, facts = run.judge(answer=_losing(run.session.answer, stream, share))
        if report.verdict != "ready":
            continue
        if before.verdict != "ready" and not all_proved(facts):
            broken.append(f"{before.verdict} became ready when answers were taken away")
        refused = [*refused_places(run), *refused_features(run)]
        broken += [f"ready with less to read, but refused: {place}" for place in refused]
        broken += [f"ready with less to read, but cannot: {member}" for member in lacking_members(run, case)]
    return broken + without_a_probe(case)


def without_a_probe(case: Case) -> list[str]:
    """From reads alone nothing is ready, and nothing is called unready that is answered."""
    run = new_run(case, frozen=True)
    report, _ = run.judge(probe="none")
    if report.verdict == "ready":
        return ["ready without a probe"]
    failed = {f.rule for f in errors(report) if f.verdict is Verdict.FAIL}
    # Documents alone fail a model past its date, and the public list one that it does not have; a world may serve them
    # to this project all the same. Other rules read what decides.
    if not failed - {"VX402", "VX404"} or refused_places(run) or refused_features(run) or lacking_members(run, case):
        return []
    return [f"not_ready without a probe by {sorted(failed)}, but every request is answered"]


def _losing(answer: Callable[[Call], Outcome], stream: random.Random, share: float) -> Callable[[Call], Outcome]:
    def lost(call: Call) -> Outcome:
        if not call.probe and stream.random() < share:
            return NoAnswer(Failure.NETWORK, "this answer was taken away", "2026-11-22T12:00:00Z")
        return answer(call)

    return lost


def all_proved(facts: Facts) -> bool:
    """Whether every probe reached its model."""
    probes = [fact for key, fact in facts.items() if isinstance(key, Probe)]
    return all(isinstance(fact, Known) and isinstance(fact.value, Passed) for fact in probes)


def three_waves(case: Case) -> list[str]:
    """One project is read in three round trips, its probes in the first."""
    run = new_run(case, frozen=True)
    turns = Turns(waves=True)
    run.judge(turns=turns)
    return [f"{turns.rounds} round trips"] if turns.rounds > 3 else []


_ODD = frozenset(
    {
        UnknownCause.MALFORMED,
        UnknownCause.TIMEOUT,
        UnknownCause.NETWORK,
        UnknownCause.REFUSED,
        UnknownCause.SERVER_ERROR,
    }
)


def understood(case: Case) -> list[str]:
    """In a cloud without faults every answer is understood: what is unknown was refused, and says by what."""
    run = new_run(Case(case.config, {**case.world, "faults": []}, case.made), frozen=True)
    _, facts = run.judge()
    return [
        f"{key} was not understood: {fact.cause} {fact.says}"
        for key, fact in facts.items()
        for fact in refusals(fact)
        if fact.cause in _ODD
    ]


def refusals(fact: Fact) -> Iterator[Unknown]:
    """A fact's own unknown, or those kept inside collected policies and roles."""
    if isinstance(fact, Unknown):
        yield fact
    elif isinstance(fact.value, Attached):
        yield from (inner for inner in fact.value.policies.values() if isinstance(inner, Unknown))
    elif isinstance(fact.value, Roles):
        yield from (inner for inner in fact.value.permissions.values() if isinstance(inner, Unknown))


def decided(case: Case) -> list[str]:
    """In a cloud without faults, a refused request is a failure or waits on one: ``undecided`` is for what is not read.

    And a project that is answered is held up by nothing but members whose rights vxsetup cannot evaluate.
    """
    run = new_run(Case(case.config, {**case.world, "faults": []}, case.made), frozen=True)
    report, facts = run.judge()
    refused = refused_places(run)
    features_open = any(
        f.rule == "VX503" and f.verdict in (Verdict.UNKNOWN, Verdict.NOT_REACHED) for f in report.findings
    )
    if features_open and not policies_unread(facts):
        return ["whether a feature is forbidden is open, though every policy that decides was read"]
    if any(
        f.rule == "VX302" and f.severity is Severity.WARNING and f.verdict is not Verdict.PASS for f in report.findings
    ):
        return []  # where members are named, a caller who may not invoke decides nothing, and its probes show nothing
    if 429 in statuses(run) and any(f.rule == "VX602" and f.verdict is Verdict.UNKNOWN for f in report.findings):
        return []  # a 429 whose limit could not be read may be load as well as a quota of zero
    asked = refused if features_open else [*refused, *refused_features(run)]
    if asked and report.verdict == "undecided":
        return [f"undecided, though the request is refused: {place}" for place in asked]
    open_rules = {f.rule for f in errors(report) if f.verdict in (Verdict.UNKNOWN, Verdict.NOT_REACHED)}
    # Members: their rights, their accounts. Features: no probe uses one, and their policies were not read.
    if not refused and not open_rules <= {"VX303", "VX305", "VX503"}:
        return [f"every request is answered, and yet open: {sorted(open_rules)}"]
    return []


def paid_agrees(case: Case) -> list[str]:
    """A paid probe comes to the same verdict as a free one, and is itself what it calls ready."""
    case = Case(case.config, {**case.world, "faults": []}, case.made)
    free, _ = new_run(case, frozen=True).judge()
    paid, facts = new_run(case, frozen=True).judge(probe="paid")
    broken = [] if free.verdict == paid.verdict else [f"free says {free.verdict}, paid says {paid.verdict}"]
    probes = [fact for key, fact in facts.items() if isinstance(key, Probe)]
    if paid.verdict == "ready" and any(fact.rung is not Rung.SMOKED for fact in probes if isinstance(fact, Known)):
        broken.append("ready after paid requests, though one of them was not answered")
    return broken + shapes(paid)


def twins_agree(case: Case) -> list[str]:
    """The twin made from a recording is judged as what was recorded."""
    run = new_run(without_counted_faults(case), frozen=True)
    report, facts = run.judge()
    assert run.gatherer is not None
    text = recorded(run.gatherer.outcomes, facts, run.emulation.caller, run.circumstances.now, "test")
    recording = read_recording(text)
    assert not isinstance(recording, RecordingProblem)
    twin = twin_of(recording, json.loads(text)["facts"])
    again = Run(Emulation(twin.world), run.session, run.configs, run.circumstances, run.sender)
    again.emulation.clock.sleep = lambda seconds: None
    sender = FunctionSender(again.emulation.send, again.emulation.token)
    again.session = Session(sender, "vxsetup/test", again.emulation.caller.quota_project, again.emulation.clock)
    second, _ = again.judge()
    broken = [f"the twin is not the same: {one}" for one in twin.different]
    if second.verdict != report.verdict:
        broken.append(f"{report.verdict}, and its twin {second.verdict}")
    before = {(f.fingerprint, f.verdict) for f in report.findings}
    after = {(f.fingerprint, f.verdict) for f in second.findings}
    return broken + [f"the twin differs: {one}" for one in sorted(map(str, before ^ after))]


LAWS: dict[str, Law] = {
    "verdict": verdicts_hold,
    "replay": replays,
    "order": any_order,
    "unknown": unknown_never_passes,
    "waves": three_waves,
    "understood": understood,
    "decided": decided,
    "paid": paid_agrees,
    "twin": twins_agree,
    "necessary": necessary,
    "sufficient": sufficient,
}


def case_of(choices: Choices) -> Case:
    """A case from any source of choices."""
    return generated(choices)


def told(law: Law, case: Case, broken: list[str]) -> str:
    """A failing world made small, with everything needed to see it again."""

    def fails(made: object) -> bool:
        try:
            return bool(law(generated(generated_choices.replayed(made))))  # type: ignore[arg-type]
        except AssertionError:
            return False

    made = generated_choices.shrunk(case.made, fails)
    small = generated(generated_choices.replayed(made))
    run = new_run(small)
    report, _ = run.judge()
    lines = [
        "",
        *law(small),
        "",
        small.config,
        "",
        "world:",
        yaml.dump(small.world, sort_keys=False),
        report_text(report, STYLE),
    ]
    return "\n".join([*lines, f"choices: {made}", f"before it was made small: {broken}"])


def fresh_gatherer(run: Run) -> Gatherer:
    """A gatherer over a run's session, for tests that drive it themselves."""
    return Gatherer(providers(), run.session.answer)


__all__ = ["LAWS", "Case", "Verdicts", "case_of", "fresh_gatherer", "judged", "told"]
