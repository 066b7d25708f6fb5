"""The laws of plans over generated worlds: what is predicted comes true, a second plan is empty, nothing is done twice."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from plan_runs import ACCOUNT, APP, CONFIG, DEV, PROJECT, READERS, Story, by_hand, story, world

from vxsetup.facts.base import Facts, Unknown
from vxsetup.facts.changes import agree, is_later
from vxsetup.facts.models import Probe
from vxsetup.findings import Severity, Verdict
from vxsetup.plan.apply import StepState, apply
from vxsetup.rules.engine import facts_asked

COUNT = 12
"""Worlds that are walked to their end; tests/plan/test_plan_truth.py compares facts over many more."""
PERMISSIVE = "roles/aiplatform.user"


LOGGERS = ("roles/aiplatform.admin", "roles/bigquery.admin")
"""Roles that making a dataset, reading its tables and setting what models log need."""
LOGS = """\
logging:
  request_response: {sampling_rate: 0.5, dataset: claude_logs, location: EU, retention_days: 30}
  inference_events: true
"""
SET: dict[str, Any] = {
    "loggingConfig": {
        "enabled": True,
        "samplingRate": 0.75,
        "bigqueryDestination": {"outputUri": f"bq://{PROJECT}.claude_logs.kept"},
        "enableOtelLogging": True,
    },
    "dataSharingEnabledProvider": "ANTHROPIC",
}
OFF = {"loggingConfig": {**SET["loggingConfig"], "enabled": False}}


def drawn(seed: int) -> tuple[dict[str, Any], str]:
    """A world and a config: each part healthy, missing or broken, by the seed."""
    pick = Random(seed)

    def some(*options: Any) -> Any:
        return pick.choice(options)

    project: dict[str, Any] | None = {
        "services": some([], ["aiplatform.googleapis.com"], ["iam.googleapis.com"]),
        "models": {
            name: some({"enabled": True}, {"prerequisites": True}, {})
            for name in ("claude-sonnet-5-5", "claude-haiku-5-5")
            if pick.random() < 0.8
        },
        "quotas": {
            "global": some({}, {"anthropic-claude-sonnet": {"requests": some(0, 10)}}),
            "eu": some({}, {"anthropic-claude-haiku": {"requests": some(0, 50)}}),
        },
        "iam": some(
            [],
            [{"role": "roles/viewer", "members": ["user:stranger@acme.example"]}],
            [{"role": PERMISSIVE, "members": ["user:stranger@acme.example"]}],
        ),
    }
    assert project is not None
    if some(True, False, False):
        project["service_accounts"] = {APP.partition("@")[0]: {}}
        if some(True, False):
            when = {"title": "once", "expression": 'request.time < timestamp("2021-01-01T00:00:00Z")'}
            grant: dict[str, Any] = {"role": PERMISSIVE, "members": [f"serviceAccount:{APP}"]}
            project["iam"] = [*project["iam"], grant | some({}, {"condition": when})]
    billing = some(None, {"account": ACCOUNT, "open": True}, {"account": "AAAAAA-BBBBBB-CCCCCC", "open": False})
    if billing is not None:
        project["billing"] = billing
    behaviour = {
        "quota_preferences": some("granted", "granted", "pending"),
        "enable_propagation_s": some(0, 30),
        "operation_s": some(0, 7),
        "check_order": some("enablement-first", "zero-quota-first"),
        "default_quota": some("documented", "documented", "zero"),
    }
    made = world(None if pick.random() < 0.25 else project, behaviour=behaviour)
    if some(True, False, False, False):
        made["projects"]["acme-tools"]["services"] = [name for name in READERS if name != "cloudquotas.googleapis.com"]
    config = CONFIG
    if some(True, False, False):
        config = config.replace("quota: {contact: ops@acme.example}\n", "")
    if some(True, False):
        config += "consents: {enable_models: api}\n"
    if some(True, False, False):
        config = config.replace(
            "  - id: claude-sonnet-5-5\n", "  - id: claude-sonnet-5-5\n    needs: {requests_per_minute: 600}\n"
        )
    if some(True, False, False):
        config = config.replace("access:\n", f'access:\n  - {{member: "{DEV}", can: [invoke, batch]}}\n')
    if some(True, False, False):
        config += LOGS
        made["organization"]["iam"] += [{"role": role, "members": [DEV]} for role in LOGGERS]
        if PROJECT in made["projects"]:
            # What is set behind an API that is off shows only when it is on.
            made["projects"][PROJECT]["model_configs"] = {
                "eu": some({}, {"claude-haiku-5-5": SET}, {"claude-haiku-5-5": OFF})
            }
    return made, config


def people(told: Story) -> bool:
    """Do by hand what the plan of now leaves to people; whether there was anything that can be done in a world."""
    steps = [s for s in told.plan().planned.by_hand if not s.id.startswith("readers/")]
    for step in steps:
        by_hand(told, step)
    return bool(steps)


@pytest.mark.parametrize("seed", range(0, COUNT, 2))
def test_what_the_plan_predicts_comes_true(seed: int) -> None:
    made, config = drawn(seed)
    told = story(made, config)
    ground = told.plan()
    planned = ground.planned
    results = {result.step.id: result for result in told.apply(ground)}
    for step in planned.steps:
        if results[step.id].state is StepState.BY_HAND and not step.id.startswith("readers/"):
            by_hand(told, step)
    done = frozenset(name for name, one in results.items() if one.state is StepState.DONE)
    results |= {one.step.id: one for one in apply(planned.steps, told.tools(ground), done)}
    told.emulation.clock.sleep(60.0)
    undone = [name for name, one in results.items() if one.state in (StepState.FAILED, StepState.SKIPPED)]
    if undone:
        refused = [f"{name}: {results[name].says}" for name in undone if not name.startswith("model/")]
        assert refused == [], "only Google and people may refuse: a form not answered"
    ended = told.plan()
    hoped = {step.id for step in planned.steps if step.expects or step.by_hand is not None}
    lost = {id_ for id_ in hoped if id_ in results and results[id_].state is not StepState.DONE}
    wrong = [
        f"{key}: predicted {planned.facts[key]}, read {ended.facts[key]}"
        for key in facts_asked(ground.requirements)
        if not isinstance(key, Probe)
        and not agree(planned.facts[key], ended.facts[key])
        and not _open(planned.facts, key)
    ]
    assert wrong == [], [step.id for step in planned.steps]
    later = {finding.fingerprint for finding in planned.shows_later}
    predicted = {f.fingerprint: f for f in planned.after if f.fingerprint not in later}
    for finding in ended.planned.before:
        was = predicted.get(finding.fingerprint)
        if was is None or lost or was.verdict in (Verdict.UNKNOWN, Verdict.NOT_REACHED):
            continue
        if finding.severity is Severity.ERROR:
            holds = (Verdict.PASS, Verdict.NOT_APPLICABLE)
            assert (finding.verdict in holds) == (was.verdict in holds), (
                f"{finding.rule}: {finding.message} (predicted: {was.message})"
            )


def _open(facts: Facts, key: Any) -> bool:
    """What was not read before, and what no step gives, may be read after: an unknown predicts nothing."""
    fact = facts[key]
    return isinstance(fact, Unknown) and not is_later(fact)


@pytest.mark.parametrize("seed", range(COUNT))
def test_apply_then_plan_is_empty_and_apply_again_changes_nothing(seed: int) -> None:
    made, config = drawn(seed)
    told = story(made, config)
    for _ in range(4):
        told.apply()
        told.emulation.clock.sleep(60.0)
        if not people(told) and not told.plan().planned.to_apply:
            break
    told.emulation.clock.sleep(60.0)
    again = told.plan().planned
    left = [step.id for step in again.to_apply if not step.id.startswith("model/")]
    assert left == [], [f"{f.rule} {f.verdict} {f.message}" for f in again.before if f.verdict is Verdict.FAIL]
    end, writes = told.text(), [write for write in told.writes() if "enableModel" not in write]
    told.apply()
    assert told.text() == end
    assert [write for write in told.writes() if "enableModel" not in write] == writes


def test_the_worlds_are_of_every_kind() -> None:
    plans = [story(*drawn(seed)).plan().planned for seed in range(COUNT)]
    assert "ready" in {planned.verdict for planned in plans}
    kinds = {step.id.partition("/")[0] for planned in plans for step in planned.steps}
    assert kinds >= {"project", "billing", "enable", "account", "grant", "model", "quota", "readers", "settings"}
    assert PROJECT in drawn(1)[1]
