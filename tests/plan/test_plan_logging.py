"""Logging, data sharing and other settings of models: what is set, what survives, what is never set."""

from __future__ import annotations

import json
from typing import Any

from plan_runs import CONFIG, PROJECT, ROLES, Story, by_hand, story, world

from vxsetup.plan.apply import StepState

LOGGING = CONFIG + (
    "residency: eu\nlocation: eu\nlogging:\n"
    "  request_response: {sampling_rate: 0.5, dataset: claude_logs, location: EU, retention_days: 30}\n"
    "  inference_events: true\n"
)
AGENT = "service-555555555555@gcp-sa-aiplatform.iam.gserviceaccount.com"
ON: dict[str, Any] = {
    "billing": {"account": "012345-6789AB-CDEF01", "open": True},
    "services": ["aiplatform.googleapis.com"],
    "models": {name: {"enabled": True} for name in ("claude-sonnet-5-5", "claude-haiku-5-5", "claude-fable-5-1")},
}


def wide(project: dict[str, Any] | None) -> dict[str, Any]:
    """A world whose caller may also make datasets and set what models log."""
    made = world(project)
    roles = (*ROLES, "roles/aiplatform.admin", "roles/bigquery.admin")
    made["organization"]["iam"] = [{"role": role, "members": ["user:dev@acme.example"]} for role in roles]
    return made


def states(told: Story) -> dict[str, str]:
    return {result.step.id: result.state.value + (f": {result.says}" if result.says else "") for result in told.apply()}


def test_logs_get_a_dataset_a_writer_and_a_switch() -> None:
    told = story(wide(ON), LOGGING)
    planned = told.plan().planned
    wanted = {
        f"dataset/{PROJECT}/claude_logs",
        f"log-writer/{PROJECT}/claude_logs",
        *(
            f"settings/{field}/projects/{PROJECT}/locations/eu/publishers/anthropic/models/{model}"
            for field in ("loggingConfig", "inferenceEventLoggingConfig")
            for model in ("claude-sonnet-5-5", "claude-haiku-5-5")
        ),
    }
    ids = {step.id for step in planned.steps}
    assert wanted <= ids, ids
    found = states(told)
    assert {name: found[name] for name in wanted} == dict.fromkeys(wanted, "done")
    dataset = told.project().datasets["claude_logs"]
    assert dataset["location"] == "EU"
    assert not [key for key in dataset if "xpiration" in key], "an expiration is never set"
    assert AGENT in json.dumps(dataset["access"])
    for model in ("claude-sonnet-5-5", "claude-haiku-5-5"):
        config = told.project().configs["eu"][model]
        assert config["loggingConfig"]["bigqueryDestination"] == {"outputUri": f"bq://{PROJECT}.claude_logs"}
        assert config["loggingConfig"]["samplingRate"] == 0.5
        assert config["inferenceEventLoggingConfig"] == {"state": "ENABLED"}
    again = told.plan().planned
    assert not [step.id for step in again.to_apply if step.id in wanted]
    assert not [f for f in again.before if f.rule in ("VX702", "VX703", "VX705", "VX707") and f.verdict == "fail"]


def test_other_settings_and_a_higher_rate_survive() -> None:
    old = {
        "loggingConfig": {
            "enabled": True,
            "samplingRate": 0.9,
            "bigqueryDestination": {"outputUri": "bq://elsewhere.logs"},
            "enableOtelLogging": True,
        },
        "dataSharingEnabledProvider": "ANTHROPIC",
        "claudeFeatureConfig": {"advancedAiEnabled": True},
    }
    told = story(wide(ON), LOGGING)
    told.change(configs={"eu": {"claude-haiku-5-5": old}})
    states(told)
    config = told.project().configs["eu"]["claude-haiku-5-5"]
    assert config["dataSharingEnabledProvider"] == "ANTHROPIC"
    assert config["claudeFeatureConfig"] == {"advancedAiEnabled": True}
    assert config["loggingConfig"]["samplingRate"] == 0.9
    assert config["loggingConfig"]["enableOtelLogging"] is True
    assert config["loggingConfig"]["bigqueryDestination"] == {"outputUri": f"bq://{PROJECT}.claude_logs"}


def test_a_new_project_with_logs_is_one_plan() -> None:
    told = story(wide(None), LOGGING)
    planned = told.plan().planned
    assert planned.steps[0].id == f"project/{PROJECT}"
    kinds = {step.id.partition("/")[0] for step in planned.steps}
    assert kinds >= {"project", "billing", "enable", "account", "grant", "model", "dataset", "log-writer", "settings"}
    for result in told.apply():
        assert result.state in (StepState.DONE, StepState.BY_HAND), f"{result.step.id}: {result.says}"
        if result.step.by_hand is not None:
            by_hand(told, result.step)
    assert told.plan().planned.steps == ()
    assert told.report().verdict == "ready"


FABLE = CONFIG.replace("claude-sonnet-5-5", "claude-fable-5-1").replace(
    "  - id: claude-haiku-5-5\n    locations: [eu]\n", ""
)
CONSENT = (
    'consents:\n  data_sharing: {publisher: anthropic, models: [claude-fable-5-1], accept: "kept up to 30 days", '
    "by: legal@acme.example}\n"
)


def test_data_is_shared_under_its_consent_alone() -> None:
    project = {**ON, "addendum": True}
    told = story(wide(project), FABLE)
    (step,) = [s for s in told.plan().planned.steps if s.id.startswith("data-sharing/")]
    assert step.by_hand is not None
    assert step.who == "your legal contact"
    told.apply()
    assert told.project().configs == {}
    told = story(wide(project), FABLE + CONSENT)
    (step,) = [s for s in told.plan().planned.steps if s.id.startswith("data-sharing/")]
    assert step.by_hand is None
    assert step.consent == "kept up to 30 days (legal@acme.example)"
    told.apply()
    assert told.project().configs["global"]["claude-fable-5-1"] == {"dataSharingEnabledProvider": "ANTHROPIC"}
    assert told.report().verdict == "ready"
