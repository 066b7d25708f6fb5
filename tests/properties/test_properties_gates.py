"""Every mixture of enablement, consents and quota of a model with conditions: what VX407 says agrees with the request."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pytest
from generated_runs import Turns, answers, catalogue, in_turns

from vxsetup.cli.emulation import Emulation
from vxsetup.cloud.gather import Gatherer
from vxsetup.cloud.providers import providers
from vxsetup.cloud.session import FunctionSender, Session
from vxsetup.config.load import load
from vxsetup.emulator.world import world_from
from vxsetup.facts.models import Probe
from vxsetup.findings import Finding, Verdict
from vxsetup.rules import gates, quota, served
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.engine import compile_requirements, facts_asked, judge

MODEL, PLACE = "claude-fable-5", "eu"
RULES = (*served.RULES, *gates.RULES, *quota.RULES)
CONFIG = {"version": 1, "project": {"id": "acme-ai-prod"}, "models": [{"id": MODEL, "locations": [PLACE]}]}


def judged(
    enabled: bool, shared: bool, addendum: bool, quota_left: bool, order: str, probe: bool
) -> tuple[bool, Finding]:
    """Whether a request is answered, and what is said of the publisher's conditions."""
    project = {
        "number": "333333333333",
        "billing": {"account": "012345-6789AB-CDEF01", "open": True},
        "services": ["aiplatform.googleapis.com", "cloudquotas.googleapis.com"],
        "iam": [
            {"role": role, "members": ["user:dev@acme.example"]}
            for role in ("roles/aiplatform.user", "roles/serviceusage.serviceUsageConsumer", "roles/cloudquotas.viewer")
        ],
        "models": {MODEL: {"enabled": enabled, "data_sharing": shared, "addendum": addendum}},
        "quotas": {PLACE: {"anthropic-claude-fable": {"requests": 60 if quota_left else 0}}},
    }
    world = {
        "version": 1,
        "now": "2026-11-22T12:00:00Z",
        "caller": {"principal": "user:dev@acme.example", "kind": "user", "quota_project": "acme-ai-prod"},
        "projects": {"acme-ai-prod": project},
        "behaviour": {"check_order": order},
    }
    emulation = Emulation(world_from(world))
    sender = FunctionSender(emulation.send, emulation.token)
    session = Session(sender, "vxsetup/test", emulation.caller.quota_project, emulation.clock)
    (declared,) = load(Path("vxsetup.yaml"), lambda path: json.dumps(CONFIG).encode()).projects
    asked = compile_requirements(declared, catalogue(), RULES, online=True)
    keys = [key for key in facts_asked(asked) if probe or not isinstance(key, Probe)]
    with in_turns(Turns()):
        facts = Gatherer(providers(), session.answer).gather(keys)
    circumstances = Circumstances(emulation.now, catalogue(), emulation.caller)
    (finding,) = (f for f in judge(asked, facts, circumstances, RULES) if f.rule == "VX407")
    return answers(emulation, sender, MODEL, PLACE), finding


@pytest.mark.parametrize("order", ["enablement-first", "zero-quota-first"])
@pytest.mark.parametrize("probe", [True, False])
def test_the_conditions_are_judged_as_they_are(order: str, probe: bool) -> None:
    for enabled, shared, addendum, quota_left in product((True, False), repeat=4):
        works, finding = judged(enabled, shared, addendum, quota_left, order, probe)
        state = (enabled, shared, addendum, quota_left, finding)
        assert works == (enabled and shared and addendum and quota_left), state
        if works and probe:
            assert finding.verdict is Verdict.PASS, state
            continue
        assert finding.verdict is not Verdict.PASS, state
        reached = probe and enabled and (quota_left or order == "enablement-first")
        if not shared or (not addendum and reached):
            assert finding.verdict is Verdict.FAIL, state
        else:
            assert finding.verdict in (Verdict.UNKNOWN, Verdict.NOT_REACHED), state
            assert "told by no API" in finding.message, state
