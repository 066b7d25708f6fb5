"""A project on its first day whose config asks for logs: one plan, completed at apply from what nobody could read before."""

from __future__ import annotations

import json
from typing import Any

import pytest
from made_runs import AGENT, LOGGING, by_fate, destroy, undoable, wide
from plan_runs import PROJECT, ZERO, Story, by_hand, story, world
from test_plan_file import saved

from vxsetup.cloud.call import NoAnswer
from vxsetup.cloud.session import HttpRequest, HttpResponse
from vxsetup.facts.base import HoleItems, Known, Unknown
from vxsetup.facts.changes import PLAN, LoggingOn, agree, is_later
from vxsetup.facts.logging import AccessEntry, Dataset, DatasetState, logs_there, with_logging
from vxsetup.facts.models import ModelConfig, PublisherModelConfig
from vxsetup.findings import StepKind
from vxsetup.plan.apply import StepState
from vxsetup.plan.file import moved
from vxsetup.values import replace

URI = f"bq://{PROJECT}.claude_logs"
ASKED = {"enabled": True, "samplingRate": 0.5, "bigqueryDestination": {"outputUri": URI}}
OLD: dict[str, Any] = {
    "loggingConfig": {
        "enabled": True,
        "samplingRate": 0.9,
        "bigqueryDestination": {"outputUri": f"{URI}.kept_table"},
        "enableOtelLogging": True,
    },
    "dataSharingEnabledProvider": "ANTHROPIC",
    "claudeFeatureConfig": {"advancedAiEnabled": True},
}
MODELS = ("claude-sonnet-5-5", "claude-haiku-5-5")


def setting(field: str, model: str) -> str:
    """The id of the step that switches one thing of a model on."""
    return f"settings/{field}/projects/{PROJECT}/locations/eu/publishers/anthropic/models/{model}"


STEPS = {
    f"dataset/{PROJECT}/claude_logs",
    f"log-writer/{PROJECT}/claude_logs",
    *(setting(field, model) for field in ("loggingConfig", "inferenceEventLoggingConfig") for model in MODELS),
}


def first_day(configs: dict[str, Any] | None = None, config: str = LOGGING, **project: Any) -> Story:
    """Nothing linked and nothing enabled; settings of a time when the API was on may be there."""
    there = {**ZERO, **({"model_configs": {"eu": configs}} if configs else {}), **project}
    return story(wide(world(there)), config)


def config_of(told: Story, model: str = "claude-haiku-5-5") -> dict[str, Any]:
    found: dict[str, Any] = dict(told.project().configs["eu"][model])
    return found


@pytest.mark.parametrize("billing", [None, {"account": "012345-6789AB-CDEF01", "open": True}], ids=["bare", "linked"])
def test_one_plan_holds_what_shows_only_when_the_api_is_on(billing: dict[str, Any] | None) -> None:
    told = first_day(billing=billing) if billing else first_day()
    before = undoable(told.project())
    ground = told.plan()
    planned = ground.planned
    assert {step.id for step in planned.to_apply} >= STEPS
    assert planned.verdict == "ready"
    assert planned.left == ()
    assert {"VX702", "VX705", "VX707"} <= {finding.rule for finding in planned.shows_later}
    assert is_later(planned.facts[settings_key()]), "what the settings will hold is not promised"
    order = [step.id for step in planned.steps]
    assert order.index(f"enable/{PROJECT}/aiplatform.googleapis.com") < min(
        order.index(name) for name in STEPS if name.startswith("settings/")
    )
    by_id = {step.id: step for step in planned.steps}
    step = by_id[setting("loggingConfig", MODELS[1])]
    assert step.kind is StepKind.CREATE
    assert step.title.endswith("on, unless it is on already")
    assert step.diff[-1].after == "(a higher rate, and all other settings that are there: known after apply)"
    for result in told.apply(ground):
        assert result.state in (StepState.DONE, StepState.BY_HAND), f"{result.step.id}: {result.says}"
        if result.step.by_hand is not None:
            by_hand(told, result.step)
    assert AGENT in json.dumps(told.project().datasets["claude_logs"]["access"])
    assert config_of(told)["loggingConfig"] == ASKED
    assert told.report().verdict == "ready"
    assert told.plan().planned.steps == ()
    end = told.text()
    assert told.apply() == ()
    assert told.text() == end
    fates = by_fate(destroy(told))
    assert fates["remove"] >= STEPS
    assert undoable(told.project()) == before


def settings_key() -> PublisherModelConfig:
    return PublisherModelConfig(PROJECT, "eu", "claude-haiku-5-5", "aiplatform.eu.rep.googleapis.com")


def test_what_is_set_behind_the_api_survives() -> None:
    told = first_day({"claude-haiku-5-5": {**OLD, "loggingConfig": {**OLD["loggingConfig"], "enabled": False}}})
    before = undoable(told.project())
    told.apply()
    found = config_of(told)
    assert found["loggingConfig"] == {
        "enabled": True,
        "samplingRate": 0.5,
        "bigqueryDestination": {"outputUri": f"{URI}.kept_table"},
        "enableOtelLogging": True,
    }
    assert found["inferenceEventLoggingConfig"] == {"state": "ENABLED"}
    assert {name: found[name] for name in list(OLD)[1:]} == {name: OLD[name] for name in list(OLD)[1:]}
    destroy(told)
    assert undoable(told.project())["configs"] == before["configs"], "what stood there before comes back"


def test_nothing_is_sent_where_it_turns_out_to_be_so_already() -> None:
    on = {**OLD, "inferenceEventLoggingConfig": {"state": "ENABLED"}}
    told = first_day({"claude-haiku-5-5": on})
    results = {result.step.id: result for result in told.apply()}
    for field in ("loggingConfig", "inferenceEventLoggingConfig"):
        result = results[setting(field, "claude-haiku-5-5")]
        assert (result.state, result.changed) == (StepState.DONE, False)
    assert config_of(told) == on
    assert not [one for one in told.writes() if "claude-haiku-5-5:setPublisherModelConfig" in one]


def refused(request: HttpRequest) -> HttpResponse | NoAnswer | None:
    """Refuses to show the settings of any model."""
    body = b'{"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "not for you"}}'
    return HttpResponse(403, {}, body) if request.url.endswith(":fetchPublisherModelConfig") else None


def test_settings_that_cannot_be_read_are_not_written() -> None:
    told = first_day({"claude-haiku-5-5": OLD})
    ground = told.plan()

    told.before = refused
    results = {result.step.id: result for result in told.apply(ground, deadline=40.0)}
    result = results[setting("loggingConfig", "claude-haiku-5-5")]
    assert result.state is StepState.FAILED
    assert result.says.startswith("its settings could not be read, so that they are not written: 403 PERMISSION_DENIED")
    assert config_of(told) == OLD


def test_a_saved_plan_goes_on_where_the_api_showed_more() -> None:
    """Once the API is on the settings can be read: they are as wanted, or lack something; neither makes the plan stale."""
    done = {f"billing/{PROJECT}", f"enable/{PROJECT}/aiplatform.googleapis.com"}
    for there in ({"claude-haiku-5-5": OLD}, {"claude-haiku-5-5": {"loggingConfig": {"enabled": False}}}):
        told = first_day(there)
        plan = saved(told)
        told.apply(told.plan("aiplatform.googleapis.com"))
        assert [one.step.id for one in moved(plan, told.plan().planned, frozenset(done))] == []
        stale = {one.step.id for one in moved(plan, told.plan().planned, frozenset())}
        assert setting("loggingConfig", "claude-haiku-5-5") in stale, "without what it waited for it is another ground"


def test_the_preflight_knows_what_these_steps_need() -> None:
    poor = wide(world(ZERO))
    keep = ("roles/viewer", "roles/iam.securityReviewer", "roles/iam.denyReviewer")
    poor["organization"]["iam"] = [{"role": role, "members": ["user:dev@acme.example"]} for role in keep]
    poor["projects"]["acme-tools"]["iam"] = [{"role": "roles/owner", "members": ["user:dev@acme.example"]}]
    lacks = {lack.permit.permission for lack in story(poor, LOGGING).plan().lacks}
    assert lacks >= {"bigquery.datasets.create", "bigquery.datasets.update", "serviceusage.services.enable"}


def test_a_reader_that_is_off_comes_before_what_it_would_be_charged_for() -> None:
    """BigQuery is off in the project that pays for reads: nothing can be made either, and it is said so."""
    made = wide(world(ZERO))
    tools = made["projects"]["acme-tools"]
    tools["services"] = [name for name in tools["services"] if not name.startswith("bigquery")]
    told = story(made, LOGGING)
    planned = told.plan().planned
    (step,) = (step for step in planned.steps if step.id.startswith("dataset/"))
    assert step.title == "make the BigQuery dataset claude_logs in EU, unless it is there already"
    results = {result.step.id: result for result in told.apply()}
    assert results[step.id].state is StepState.SKIPPED
    assert "enable 1 API that vxsetup reads with" in results[step.id].says
    assert "claude_logs" not in told.project().datasets


def test_a_new_project_is_ready_after_one_plan() -> None:
    told = story(wide(world(None)), LOGGING)
    planned = told.plan().planned
    assert {step.id for step in planned.to_apply} >= STEPS
    assert planned.left == ()
    assert not any("unless" in step.title for step in planned.to_apply), "nothing can be there yet"
    for result in told.apply():
        assert result.state in (StepState.DONE, StepState.BY_HAND), f"{result.step.id}: {result.says}"
        if result.step.by_hand is not None:
            by_hand(told, result.step)
    assert told.report().verdict == "ready"
    assert told.plan().planned.steps == ()


def test_only_what_the_api_hid_shows_later() -> None:
    """Settings that are refused for another reason stay unknown: enabling the API promises nothing of them."""
    told = first_day()
    key = settings_key()
    ground = told.plan()
    assert isinstance(ground.facts[key], Unknown)
    (step,) = (step for step in ground.planned.steps if step.id.startswith("enable/"))
    assert key in step.gives
    told.before = refused
    planned = told.plan().planned
    (step,) = (step for step in planned.steps if step.id.startswith("enable/"))
    assert key not in step.gives
    assert not [step.id for step in planned.steps if step.id.startswith("settings/")]
    assert {finding.rule for finding in planned.left} == {"VX702", "VX707"}
    assert planned.verdict == "undecided"


def test_logging_is_completed_and_never_made_less() -> None:
    table = {"outputUri": f"{URI}.mine"}
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, ASKED),
        ({"enabled": True, "samplingRate": 0.9, "bigqueryDestination": table}, {"samplingRate": 0.9, "uri": table}),
        ({"enabled": False, "samplingRate": 0.9}, {"samplingRate": 0.5}),
        ({"enabled": True, "bigqueryDestination": {"outputUri": "bq://other.logs"}}, {"samplingRate": 0.5}),
        ({"errorSamplingRate": 0.25}, {"errorSamplingRate": 0.25}),
    ]
    for old, more in cases:
        config = ModelConfig({"loggingConfig": {**old, "requestResponseLoggingSchemaVersion": "v2"}} if old else {})
        found = with_logging(config, ASKED)
        wanted = {**ASKED, **more}
        wanted["bigqueryDestination"] = wanted.pop("uri", ASKED["bigqueryDestination"])
        assert found == wanted, old
        assert logs_there(ModelConfig({"loggingConfig": found}), ASKED)
    for missing in ({"enabled": False}, {"samplingRate": 0.4}, {"bigqueryDestination": {"outputUri": "bq://x.logs"}}):
        assert not logs_there(ModelConfig({"loggingConfig": {**ASKED, **missing}}), ASKED)
    assert not logs_there(ModelConfig({"loggingConfig": {"enabled": "yes"}}), ASKED)


def test_a_list_with_known_items_agrees_only_with_one_that_has_them() -> None:
    agent = AccessEntry("roles/bigquery.dataEditor", f"serviceAccount:{AGENT}")
    owner = AccessEntry("roles/bigquery.dataOwner", "projectOwner:acme-ai-new")
    planned = Known(DatasetState("EU", access=HoleItems([agent])), PLAN)
    assert agree(planned, Known(DatasetState("EU", access=(owner, agent)), "read"))
    assert not agree(planned, Known(DatasetState("EU", access=(owner,)), "read"))
    assert LoggingOn(ASKED).holds(Known(ModelConfig({"loggingConfig": ASKED}), "read"))
    ground = first_day().plan()
    predicted = ground.planned.facts[Dataset(PROJECT, "claude_logs")]
    assert isinstance(predicted, Known)
    assert agent in predicted.value.access
    assert replace(predicted.value, access=None) == DatasetState("EU")
