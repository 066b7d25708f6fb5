"""The thread that everything hangs on: two faults, a fact that depends on facts, a probe, a not_reached, a remedy
planned by overlay and applied to the emulator, read again until ready, recorded and replayed to the same bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vxsetup.catalog import Catalogue, CatalogueProblem, load_catalogue
from vxsetup.cli.configs import Configs
from vxsetup.cli.emulation import Emulation
from vxsetup.cli.judging import gather_for, make_report, requirements_of
from vxsetup.cloud.gather import Gatherer
from vxsetup.cloud.providers import providers
from vxsetup.cloud.recording import RecordingProblem, read_recording, recorded
from vxsetup.cloud.session import FunctionSender, Session
from vxsetup.config.load import load
from vxsetup.emulator.world import world_from
from vxsetup.facts.base import Facts
from vxsetup.facts.changes import agree
from vxsetup.facts.project import Services
from vxsetup.findings import Finding, Report, Requirement, Step, Verdict, readiness
from vxsetup.plan.apply import StepState, Tools, apply
from vxsetup.plan.look import Look, look, to_read
from vxsetup.plan.overlay import Planned, plan
from vxsetup.report.json import report_json
from vxsetup.report.terminal import Style
from vxsetup.report.text import report_text
from vxsetup.rules import registry
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import Declaration
from vxsetup.rules.remedies import reads

CONFIG = b"""\
version: 1
project: {id: acme-ai-dev}
models:
  - id: claude-sonnet-5-5
access:
  - {member: "serviceAccount:app", can: [invoke]}
"""

APP = "serviceAccount:app@acme-ai-dev.iam.gserviceaccount.com"

WORLD = {
    "version": 1,
    "now": "2026-11-22T12:00:00Z",
    "caller": {"principal": "user:dev@acme.example", "kind": "user", "quota_project": "acme-tools"},
    "organization": {
        "id": "1111",
        "iam": [
            {"role": role, "members": ["user:dev@acme.example"]}
            for role in (
                "roles/owner",
                "roles/iam.securityReviewer",
                "roles/iam.denyReviewer",
                "roles/orgpolicy.policyViewer",
            )
        ],
    },
    "folders": {"2222": {"parent": "organizations/1111"}},
    "projects": {
        "acme-tools": {
            "number": "444444444444",
            "parent": "organizations/1111",
            "billing": {"account": "012345-6789AB-CDEF01", "open": True},
            "services": [
                "cloudbilling.googleapis.com",
                "cloudquotas.googleapis.com",
                "cloudresourcemanager.googleapis.com",
                "iam.googleapis.com",
                "orgpolicy.googleapis.com",
                "serviceusage.googleapis.com",
                "aiplatform.googleapis.com",
            ],
        },
        "acme-ai-dev": {
            "number": "333333333333",
            "parent": "folders/2222",
            "billing": {"account": "012345-6789AB-CDEF01", "open": True},
            "services": [],
            "service_accounts": {"app": {}},
            "models": {"claude-sonnet-5-5": {"enabled": True}},
            "quotas": {"global": {"anthropic-claude-sonnet": {"requests": 2500}}},
        },
    },
    "behaviour": {"enable_propagation_s": 40},
}


@dataclass
class Run:
    """One emulated cloud and one config, to be judged as often as wanted."""

    emulation: Emulation
    session: Session
    configs: Configs
    circumstances: Circumstances

    def judge(self) -> tuple[Report, Facts, Gatherer]:
        requirements = requirements_of(self.configs.projects, self.circumstances)
        gatherer = Gatherer(providers(), self.session.answer)
        facts = gather_for(requirements, gatherer, "free")
        report = make_report("check", self.configs, self.circumstances, facts, requirements=requirements)
        return report, facts, gatherer


def catalogue() -> Catalogue:
    found = load_catalogue()
    assert not isinstance(found, CatalogueProblem)
    return found


def new_run() -> Run:
    emulation = Emulation(world_from(WORLD))
    session = Session(
        FunctionSender(emulation.send, emulation.token), "vxsetup/test", emulation.caller.quota_project, emulation.clock
    )
    loaded = load(Path("vxsetup.yaml"), lambda path: CONFIG)
    configs = Configs((loaded.file,), loaded.findings, loaded.projects, dict(loaded.sources))
    return Run(emulation, session, configs, Circumstances(emulation.now, catalogue(), emulation.caller))


def by_rule(report: Report, rule: str) -> Finding:
    return next(finding for finding in report.findings if finding.rule == rule)


def test_the_thread_from_two_faults_to_ready() -> None:
    run = new_run()
    report, facts, gatherer = run.judge()
    failures = [f.rule for f in report.findings if f.verdict is Verdict.FAIL and f.severity == "error"]
    assert failures == ["VX203", "VX303"], "one root cause is one failure"
    assert report.verdict == "not_ready"
    enabled = by_rule(report, "VX406")
    assert enabled.verdict is Verdict.NOT_REACHED
    assert enabled.caused_by == by_rule(report, "VX203").fingerprint
    assert by_rule(report, "VX303").principal == APP

    rules = registry()
    requirements = requirements_of(run.configs.projects, run.circumstances)[0]
    declaration = Declaration(run.configs.projects[0], run.circumstances.catalogue)
    facts = gatherer.gather(reads(declaration))
    planned = plan(requirements, facts, run.circumstances, rules, declaration)
    enable, give, hand = planned.steps
    assert enable.id == "enable/acme-ai-dev/aiplatform.googleapis.com"
    assert give.id == f"grant/acme-ai-dev/roles/aiplatform.user/{APP}"
    assert hand.title.endswith("in Model Garden for acme-ai-dev, unless it is enabled already")
    assert next(f for f in planned.after if f.rule == "VX203").verdict is Verdict.PASS
    assert planned.verdict == "ready"
    assert {f.rule for f in planned.shows_later} >= {"VX406", "VX410"}, "what only a request shows"

    (applied,) = apply((enable,), tools(run, requirements, planned))
    assert applied.state is StepState.DONE
    waited = (run.emulation.now - run.circumstances.now).total_seconds()
    assert waited >= 40, "a step ends when it is usable, not when the API says that it is enabled"

    after, facts_after, _ = run.judge()
    assert [f.rule for f in after.findings if f.verdict is Verdict.FAIL and f.severity == "error"] == ["VX303"]
    key = Services("acme-ai-dev", ("aiplatform.googleapis.com",))
    assert agree(planned.facts[key], facts_after[key]), "what the plan predicted is what is read"

    (given,) = apply((give,), tools(run, requirements, planned))
    assert given.state is StepState.DONE
    ready, _, _ = run.judge()
    assert ready.verdict == "ready", report_text(ready, Style(100, False, True))
    assert readiness(ready.findings) == "ready"


class Silent:
    """A journal that keeps nothing."""

    def write(self, event: str, step: str | None = None, **data: Any) -> None:
        return None


def tools(run: Run, requirements: tuple[Requirement, ...], planned: Planned, **more: Any) -> Tools:
    """What apply acts with: the run's session and clock."""
    clock = run.emulation.clock

    def looked(step: Step) -> Look:
        asking = planned.asking(step)
        facts = Gatherer(providers(), run.session.answer).gather(to_read(step, asking))
        return look(step, asking, facts, run.circumstances)

    given: dict[str, Any] = {
        "send": run.session.answer,
        "look": looked,
        "sleep": clock.sleep,
        "seconds": lambda: clock.now().timestamp(),
        "journal": Silent(),
    }
    return Tools(**given | more)


def test_a_recording_replays_to_the_same_bytes() -> None:
    run = new_run()
    report, _, gatherer = run.judge()
    text = recorded(gatherer.outcomes, gatherer.facts, run.emulation.caller, run.circumstances.now, "test")
    assert "emu:" not in text, "no token enters a recording"
    again = read_recording(text)
    assert not isinstance(again, RecordingProblem)
    replayed = Run(run.emulation, run.session, run.configs, Circumstances(again.now, catalogue(), again.caller))
    replayed.session = type("Replay", (), {"answer": staticmethod(again.send)})()
    second, _, gathered = replayed.judge()
    assert report_json(second) == report_json(report)
    assert report_text(second, Style(100, False, True)) == report_text(report, Style(100, False, True))
    assert recorded(gathered.outcomes, gathered.facts, again.caller, again.now, "test") == text
    assert json.loads(report_json(report))["format"] == "vxsetup.report/1"
