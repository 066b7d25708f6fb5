"""Remedies of VX702, VX703, VX705 and VX707: the dataset of the logs, who writes there, and the models' own settings.

vxsetup never sets an expiration, of a dataset or of a table: how long logs are kept is a floor, and others may keep longer.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from vxsetup.facts.access import AllowPolicies
from vxsetup.facts.base import ABSENT, Fact, Hole, Known
from vxsetup.facts.changes import LATER, PLAN, ConfigSet, DatasetMade, DatasetWriter, LoggingOn, is_later
from vxsetup.facts.logging import Dataset, LogTables, WriterRoles, logging_state, service_agent, with_logging
from vxsetup.facts.models import ModelConfig, PublisherModelConfig
from vxsetup.facts.project import Billing, ProjectRecord, Services
from vxsetup.findings import Diff, Permit, Step, StepKind
from vxsetup.rules.log_dataset import DatasetTarget
from vxsetup.rules.logging import LogTarget
from vxsetup.rules.path import project_name
from vxsetup.rules.remedies.base import Wanted

DATASET_USER, DATASET_OWNER = "roles/bigquery.user", "roles/bigquery.dataOwner"
RESIDENT = {"eu": "EU", "us": "US"}
"""Residency -> the location of a dataset whose config names none."""
LABELS = {"managed-by": "vxsetup"}
UNLESS = ", unless it is {} already"
"""What a title says of a thing that may be there: it could not be read, and shows when the plan is applied."""


def _may_be_there(wanted: Wanted, fact: Fact) -> bool:
    """Whether something may be so already: it shows only later, in a project that is there today."""
    record = wanted.facts[ProjectRecord(wanted.requirement.project)]
    return is_later(fact) and not (isinstance(record, Known) and record.source == PLAN)


def make_dataset(wanted: Wanted) -> tuple[Step, ...]:
    """VX703: make the dataset where it is not there. One that lies elsewhere cannot be moved: people decide."""
    target: DatasetTarget = wanted.requirement.target
    fact = wanted.facts[target.dataset]
    absent = isinstance(fact, Known) and fact.value is ABSENT
    if not absent and not is_later(fact):
        return ()
    project, name = target.project, target.asked.dataset
    location = target.asked.location or RESIDENT.get(target.residency, "US")
    maybe = UNLESS.format("there") if _may_be_there(wanted, fact) else ""
    # Without billing BigQuery gives what is made an end of its own; behind a reader that is off nothing can be made.
    needs = (ProjectRecord(project), Billing(project), *([] if absent else [target.dataset]))
    return (
        Step(
            id=f"dataset/{project}/{name}",
            title=f"make the BigQuery dataset {name} in {location}{maybe}",
            reason=wanted.reason,
            project=project,
            action={
                "do": "create_dataset",
                "project": project,
                "dataset": name,
                "location": location,
                "labels": LABELS,
                "description": "Requests to Claude and their answers. Made by vxsetup.",
            },
            gives={target.dataset: DatasetMade(location), **wanted.later(LogTables, WriterRoles)},
            needs=needs,
            diff=(Diff("dataset", None, name), Diff("location", None, location), Diff("expiration", None, "never")),
            permissions=(Permit(project_name(project), "bigquery.datasets.create", DATASET_USER),),
            depends={"dataset": f"{project}.{name}", "exists": False},
            asked_by=wanted.finding.fingerprint,
        ),
    )


def let_write(wanted: Wanted) -> tuple[Step, ...]:
    """VX705: let Vertex AI's service agent write to this dataset alone."""
    target: DatasetTarget = wanted.requirement.target
    project, name = target.project, target.asked.dataset
    dataset = wanted.facts[target.dataset]
    new = isinstance(dataset, Known) and dataset.source == PLAN
    if not wanted.failed and not new and not is_later(wanted.facts[AllowPolicies(project)]):
        return ()
    record = wanted.facts[ProjectRecord(project)]
    number = record.value.number if isinstance(record, Known) else Hole("project number")
    agent = service_agent(number)
    change = DatasetWriter("roles/bigquery.dataEditor", None if isinstance(number, Hole) else agent)
    if change.holds(dataset):
        return ()
    return (
        Step(
            id=f"log-writer/{project}/{name}",
            title=f"let Vertex AI's service agent write to {name}",
            reason=wanted.reason,
            project=project,
            action={"do": "grant_dataset", "project": project, "dataset": name},
            gives={target.dataset: change, **wanted.later(WriterRoles)},
            needs=(ProjectRecord(project), target.dataset, *wanted.later(Services)),
            diff=(
                Diff("member", None, agent),
                Diff("role", None, "roles/bigquery.dataEditor"),
            ),
            permissions=(Permit(project_name(project), "bigquery.datasets.update", DATASET_OWNER),),
            depends={"dataset": f"{project}.{name}", "writer": False},
            asked_by=wanted.finding.fingerprint,
            patience=60.0,
        ),
    )


def switch_logging_on(wanted: Wanted) -> tuple[Step, ...]:
    """VX702: the model's logging at its location; its other settings stay, and what is logged is never made less.

    What is there at the moment of applying completes it, so that a plan can hold it before the settings can be read.
    """
    target: LogTarget = wanted.requirement.target
    if target.settings is None or target.asked is None:
        return ()
    fact = wanted.facts[target.settings]
    if not wanted.failed and not is_later(fact):
        return ()
    asked: dict[str, Any] = {
        "enabled": True,
        "samplingRate": target.asked.sampling_rate,
        "bigqueryDestination": {"outputUri": f"bq://{target.place.project}.{target.asked.dataset}"},
    }
    state = logging_state(fact.value) if isinstance(fact, Known) else None
    new = with_logging(fact.value if isinstance(fact, Known) else ModelConfig({}), asked)
    before = state.rate if state is not None and state.enabled else None
    diff = [
        Diff("enabled", None if state is None else "yes" if state.enabled else "no", "yes"),
        Diff("samplingRate", f"{before:g}" if before else None, f"{new['samplingRate']:g}"),
        Diff("outputUri", state.uri if state is not None else None, new["bigqueryDestination"]["outputUri"]),
    ]
    if _may_be_there(wanted, fact):
        diff.append(Diff("kept", None, Hole("a higher rate, and all other settings that are there")))
    needs = (Dataset(target.place.project, target.asked.dataset),)
    return (_setting(wanted, target, "loggingConfig", asked, LoggingOn(asked), tuple(diff), needs),)


def switch_events_on(wanted: Wanted) -> tuple[Step, ...]:
    """VX707: inference events of the model at its location."""
    target: LogTarget = wanted.requirement.target
    if target.settings is None:
        return ()
    fact = wanted.facts[target.settings]
    if not wanted.failed and not is_later(fact):
        return ()
    diff = (Diff("inferenceEventLoggingConfig.state", "DISABLED" if wanted.failed else None, "ENABLED"),)
    field, asked = "inferenceEventLoggingConfig", {"state": "ENABLED"}
    return (_setting(wanted, target, field, asked, ConfigSet({field: asked}), diff, ()),)


def _setting(
    wanted: Wanted,
    target: LogTarget,
    field: str,
    asked: Mapping[str, Any],
    change: LoggingOn | ConfigSet,
    diff: tuple[Diff, ...],
    needs: tuple[Hashable, ...],
) -> Step:
    place, key = target.place, target.settings
    assert place.probe is not None  # a model without one has no settings
    fact = wanted.facts[key] if key is not None else LATER
    now = fact.value.raw.get(field) if isinstance(fact, Known) else str(Hole(field))
    what = "request-response logging" if field == "loggingConfig" else "inference events"
    maybe = UNLESS.format("on") if _may_be_there(wanted, fact) else ""
    gives: dict[Hashable, Any] = dict.fromkeys(wanted.reads(PublisherModelConfig), change)
    services = tuple(wanted.later(Services))
    return Step(
        id=f"settings/{field}/{place.subject}",
        title=f"switch {what} of {place.model} at {place.location} on{maybe}",
        reason=wanted.reason,
        project=place.project,
        action={
            "do": "set_model_config",
            "host": place.probe.host,
            "project": place.project,
            "location": place.location,
            "model": place.bare_id,
            "mask": field,
            "config": {field: asked},
            "at_least": True,
        },
        gives=gives | (wanted.later(LogTables) if field == "loggingConfig" else {}),
        needs=(ProjectRecord(place.project), Billing(place.project), *services, *needs),
        kind=StepKind.CHANGE if isinstance(fact, Known) else StepKind.CREATE,
        diff=diff,
        permissions=(
            Permit(
                project_name(place.project),
                "aiplatform.endpoints.setPublisherModelConfig",
                "roles/aiplatform.admin",
                doubtful=True,
            ),
        ),
        depends={"settings": place.subject, field: now},
        asked_by=wanted.finding.fingerprint,
    )
