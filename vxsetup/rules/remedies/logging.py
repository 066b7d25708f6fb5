"""Remedies of VX702, VX703, VX705 and VX707: the dataset of the logs, who writes there, and the models' own settings.

vxsetup never sets an expiration, of a dataset or of a table: how long logs are kept is a floor, and others may keep longer.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from vxsetup.facts.access import AllowPolicies
from vxsetup.facts.base import ABSENT, Known
from vxsetup.facts.changes import LATER, PLAN, ConfigSet, DatasetMade, DatasetWriter, is_later
from vxsetup.facts.logging import Dataset, LogTables, WriterRoles, logging_state
from vxsetup.facts.models import PublisherModelConfig
from vxsetup.facts.project import ProjectRecord, Services
from vxsetup.findings import Diff, Permit, Step, StepKind
from vxsetup.rules.log_dataset import DatasetTarget
from vxsetup.rules.logging import LogTarget
from vxsetup.rules.path import project_name
from vxsetup.rules.remedies.base import Wanted

DATASET_USER, DATASET_OWNER = "roles/bigquery.user", "roles/bigquery.dataOwner"
RESIDENT = {"eu": "EU", "us": "US"}
"""Residency -> the location of a dataset whose config names none."""
LABELS = {"managed-by": "vxsetup"}


def make_dataset(wanted: Wanted) -> tuple[Step, ...]:
    """VX703: make the dataset where it is not there. One that lies elsewhere cannot be moved: people decide."""
    target: DatasetTarget = wanted.requirement.target
    fact = wanted.facts[target.dataset]
    absent = isinstance(fact, Known) and fact.value is ABSENT
    if not absent and not is_later(fact):
        return ()
    project, name = target.project, target.asked.dataset
    location = target.asked.location or RESIDENT.get(target.residency, "US")
    return (
        Step(
            id=f"dataset/{project}/{name}",
            title=f"make the BigQuery dataset {name} in {location}",
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
            needs=(ProjectRecord(project),),
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
    change = DatasetWriter("roles/bigquery.dataEditor")
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
                Diff("member", None, "service-PROJECT_NUMBER@gcp-sa-aiplatform.iam.gserviceaccount.com"),
                Diff("role", None, "roles/bigquery.dataEditor"),
            ),
            permissions=(Permit(project_name(project), "bigquery.datasets.update", DATASET_OWNER),),
            depends={"dataset": f"{project}.{name}", "writer": False},
            asked_by=wanted.finding.fingerprint,
            patience=60.0,
        ),
    )


def switch_logging_on(wanted: Wanted) -> tuple[Step, ...]:
    """VX702: the model's logging at its location; its other settings stay, and what is logged is never made less."""
    target: LogTarget = wanted.requirement.target
    if target.settings is None or target.asked is None:
        return ()
    fact = wanted.facts[target.settings]
    if not wanted.failed and not is_later(fact):
        return ()
    raw: Mapping[str, Any] = fact.value.raw if isinstance(fact, Known) else {}
    old = raw.get("loggingConfig") if isinstance(raw.get("loggingConfig"), dict) else {}
    state = logging_state(fact.value) if isinstance(fact, Known) else None
    before = state.rate if state is not None and state.enabled and state.rate is not None else 0.0
    kept = {key: old[key] for key in ("enableOtelLogging", "errorSamplingRate") if key in (old or {})} if old else {}
    uri = f"bq://{target.place.project}.{target.asked.dataset}"
    new = {
        "enabled": True,
        "samplingRate": max(before, target.asked.sampling_rate),
        "bigqueryDestination": {"outputUri": uri},
        **kept,
    }
    diff = (
        Diff("enabled", None if state is None else "yes" if state.enabled else "no", "yes"),
        Diff("samplingRate", f"{before:g}" if before else None, f"{new['samplingRate']:g}"),
        Diff("outputUri", state.uri if state is not None else None, uri),
    )
    dataset = Dataset(target.place.project, target.asked.dataset)
    return (_setting(wanted, target, "loggingConfig", new, diff, (dataset,)),)


def switch_events_on(wanted: Wanted) -> tuple[Step, ...]:
    """VX707: inference events of the model at its location."""
    target: LogTarget = wanted.requirement.target
    if target.settings is None:
        return ()
    fact = wanted.facts[target.settings]
    if not wanted.failed and not is_later(fact):
        return ()
    diff = (Diff("inferenceEventLoggingConfig.state", "DISABLED" if wanted.failed else None, "ENABLED"),)
    return (_setting(wanted, target, "inferenceEventLoggingConfig", {"state": "ENABLED"}, diff, ()),)


def _setting(
    wanted: Wanted,
    target: LogTarget,
    field: str,
    value: Mapping[str, Any],
    diff: tuple[Diff, ...],
    needs: tuple[Hashable, ...],
) -> Step:
    place, key = target.place, target.settings
    assert place.probe is not None  # a model without one has no settings
    fact = wanted.facts[key] if key is not None else LATER
    now = fact.value.raw.get(field) if isinstance(fact, Known) else None
    what = "request-response logging" if field == "loggingConfig" else "inference events"
    gives: dict[Hashable, Any] = {key: ConfigSet({field: value}) for key in wanted.reads(PublisherModelConfig)}
    services = tuple(wanted.later(Services))
    return Step(
        id=f"settings/{field}/{place.subject}",
        title=f"switch {what} of {place.model} at {place.location} on",
        reason=wanted.reason,
        project=place.project,
        action={
            "do": "set_model_config",
            "host": place.probe.host,
            "project": place.project,
            "location": place.location,
            "model": place.bare_id,
            "mask": field,
            "config": {field: value},
        },
        gives=gives | (wanted.later(LogTables) if field == "loggingConfig" else {}),
        needs=(ProjectRecord(place.project), *services, *needs),
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
