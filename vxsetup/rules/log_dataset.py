"""VX703, VX705 and VX708: the dataset of the logs: that it is there, that it can be written to, and where it lies."""

from __future__ import annotations

import shlex
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from vxsetup.config.project import RequestResponse
from vxsetup.facts.access import AllowPolicies, Attached, DenyPolicies
from vxsetup.facts.base import ABSENT, Fact, Facts, Known, Unknown
from vxsetup.facts.effective import Access, Holding, Question, holding
from vxsetup.facts.logging import (
    Dataset,
    DatasetState,
    LogTables,
    WriterRoles,
    log_tables,
    service_agent,
)
from vxsetup.facts.members import Place
from vxsetup.facts.project import ProjectRecord
from vxsetup.findings import (
    Evidence,
    Fix,
    Judgement,
    Requirement,
    RequirementId,
    Rule,
    RuleDocs,
    Rung,
    Severity,
    Verdict,
)
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.logging import PAGE, all_settings
from vxsetup.rules.path import Declaration, asking, from_unknown, waiting_on
from vxsetup.rules.residency import dataset_geography, keeps

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

WRITE = "bigquery.tables.updateData"
CREATE = "bigquery.tables.create"
_WRITER_ROLE = "roles/bigquery.dataEditor"


@dataclass(frozen=True, slots=True)
class DatasetTarget:
    """The dataset of the logs, what the config asks of it, the facts that tell, and the declared residency."""

    project: str
    asked: RequestResponse
    dataset: Dataset
    tables: LogTables
    residency: str

    @property
    def missing(self) -> RequirementId:
        """The requirement that the dataset is there, on which all others about it wait."""
        return RequirementId("VX703", _subject(self.dataset))


def _subject(key: Dataset) -> str:
    return f"projects/{key.project}/datasets/{key.dataset}"


def dataset_target(declaration: Declaration) -> DatasetTarget | None:
    """The dataset of a config's logs; None where none is asked for."""
    project = declaration.project
    asked = project.logging.request_response
    if asked is None:
        return None
    tables = log_tables(project.id, asked.dataset, all_settings(declaration))
    return DatasetTarget(project.id, asked, Dataset(project.id, asked.dataset), tables, project.residency)


def logging_reads(declaration: Declaration) -> tuple[Hashable, ...]:
    """Every fact about the logs of a config that a management API answers."""
    target = dataset_target(declaration)
    if target is None:
        return ()
    return (target.dataset, target.tables, *_writer_reads(target))


def _writer_reads(target: DatasetTarget) -> tuple[Hashable, ...]:
    project = target.project
    policies = (AllowPolicies(project), DenyPolicies(project), WriterRoles(project, target.asked.dataset))
    return (ProjectRecord(project), target.dataset, *policies)


def dataset_requirement(
    declaration: Declaration, rule: str, key: str, sentence: str, reads: tuple[Hashable, ...]
) -> Requirement:
    """A requirement on the dataset, asked for by a key of the logging that the config asks for."""
    project = declaration.project
    target = dataset_target(declaration)
    assert target is not None  # the rules ask only where logging is asked for
    path = (*target.asked.config_path, key)
    return Requirement(
        rule=rule,
        subject=_subject(target.dataset),
        sentence=sentence,
        span=project.span(path),
        config_path=path,
        project=project.id,
        environment=project.environment,
        reads=reads,
        target=target,
    )


def dataset_read(target: DatasetTarget, facts: Facts, what: str) -> Known | Judgement:
    """The dataset as it was read, or what is to be said where it is not there or was not read."""
    fact = facts[target.dataset]
    if isinstance(fact, Unknown):
        return from_unknown(target.project, facts, fact, what)
    if fact.value is ABSENT:
        message = f"{what[:1].upper()}{what[1:]} shows when the dataset is there."
        fix = Fix("make the dataset first", command="vxsetup explain VX703")
        return Judgement(Verdict.UNKNOWN, message, (fact.evidence("not found"),), fix, (target.missing,))
    return fact


# VX703 ------------------------------------------------------------------------------------------------------------


def _dataset_required(declaration: Declaration) -> Iterator[Requirement]:
    target = dataset_target(declaration)
    if target is not None:
        where = f" in {target.asked.location}" if target.asked.location else ""
        sentence = f"the dataset {target.asked.dataset} of {target.project} is there{where}"
        yield dataset_requirement(declaration, "VX703", "dataset", sentence, (target.dataset,))


def _judge_dataset(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: DatasetTarget = requirement.target
    asked, fact = target.asked, facts[target.dataset]
    if isinstance(fact, Unknown):
        return from_unknown(target.project, facts, fact, f"whether the dataset {asked.dataset} is there")
    if fact.value is ABSENT:
        message = f"The dataset {asked.dataset} does not exist in {target.project}, so the logs have nowhere to go."
        make = Fix("make it (roles/bigquery.user can)", command=_make(target))
        return Judgement(Verdict.FAIL, message, (fact.evidence("404: not found"),), make)
    state: DatasetState = fact.value
    evidence = (fact.evidence(f"location {state.location}"),)
    if asked.location is not None and asked.location.casefold() != state.location.casefold():
        message = f"The dataset {asked.dataset} lies in {state.location}, and the config asks for {asked.location}."
        fix = Fix(
            f"a dataset cannot be moved: make another one in {asked.location} and name it here, or accept {state.location}"
        )
        return Judgement(Verdict.FAIL, message, evidence, fix)
    return Judgement(Verdict.PASS, requirement.sentence, evidence)


def _make(target: DatasetTarget) -> str:
    where = f" --location={target.asked.location}" if target.asked.location else ""
    return f"bq{where} mk --dataset {target.project}:{target.asked.dataset}"


# VX705 ------------------------------------------------------------------------------------------------------------


def _writer_required(declaration: Declaration) -> Iterator[Requirement]:
    target = dataset_target(declaration)
    if target is not None:
        sentence = f"Vertex AI's service agent may write to {target.asked.dataset}"
        reads = (*_writer_reads(target), target.tables)
        yield dataset_requirement(declaration, "VX705", "dataset", sentence, reads)


def _judge_writer(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: DatasetTarget = requirement.target
    project, what = target.project, f"whether Vertex AI's service agent may write to {target.asked.dataset}"
    record, allow = facts[ProjectRecord(project)], facts[AllowPolicies(project)]
    if isinstance(record, Unknown):
        return from_unknown(project, facts, record, what)
    if isinstance(allow, Unknown):
        return from_unknown(project, facts, allow, what)
    agent = service_agent(record.value.number)
    attached: Attached = _with_dataset(target, allow.value, facts)
    above = tuple(name for name in attached.policies if not name.startswith("projects/"))
    place = Place(project, record.value.number, above, attached.incomplete is None)
    roles, deny = facts[WriterRoles(project, target.asked.dataset)], facts[DenyPolicies(project)]
    found = {
        name: holding(Question(agent, name, circumstances.now, place), attached, deny, roles)
        for name in _needed(target, facts)
    }
    evidence = tuple(allow.evidence(f"{name}: {held.says}") for name, held in found.items())
    return _may_write(target, requirement, facts, agent, found, evidence)


def _needed(target: DatasetTarget, facts: Facts) -> tuple[str, ...]:
    """Writing, and making the table where it is not there."""
    tables = facts[target.tables]
    there = isinstance(tables, Known) and all(
        isinstance(fact, Known) and fact.value is not ABSENT for fact in tables.value.tables.values()
    )
    return (WRITE,) if there else (WRITE, CREATE)


def _with_dataset(target: DatasetTarget, attached: Attached, facts: Facts) -> Attached:
    """The policies from the organization down to the dataset, whose own entries give roles too."""
    fact = facts[target.dataset]
    own: Fact | None = None
    if isinstance(fact, Unknown):
        own = fact
    elif isinstance(fact.value, DatasetState) and fact.value.access is not None:
        own = Known(fact.value.bindings, fact.source, fact.at)
    return Attached({**attached.policies, **({_subject(target.dataset): own} if own else {})}, attached.incomplete)


def _may_write(
    target: DatasetTarget,
    requirement: Requirement,
    facts: Facts,
    agent: str,
    found: dict[str, Holding],
    evidence: tuple[Evidence, ...],
) -> Judgement:
    by = {held.access: (name, held) for name, held in reversed(found.items())}
    if set(by) == {Access.HELD}:
        return Judgement(Verdict.PASS, requirement.sentence, evidence)
    project, dataset = target.project, target.asked.dataset
    if Access.DENIED in by:
        name, held = by[Access.DENIED]
        message = f"The deny policy {held.policy} on {held.resource} takes {name} from {agent}, which writes the logs."
        return Judgement(Verdict.FAIL, message, evidence, Fix("ask the owner of the deny policy for an exception"))
    fact = facts[target.dataset]
    fix = Fix(
        "let it write to this dataset alone (needs roles/bigquery.dataOwner there). If the agent does not exist yet: "
        f"gcloud beta services identity create --service=aiplatform.googleapis.com --project={project}",
        command=f"bq query --use_legacy_sql=false --project_id={project} "
        + shlex.quote(f'GRANT `{_WRITER_ROLE}` ON SCHEMA `{project}`.{dataset} TO "{agent}"'),
    )
    if Access.LACKING in by:
        name, held = by[Access.LACKING]
        if isinstance(fact, Known) and fact.value is ABSENT:
            message = (
                f"Whether {agent} may write the logs shows when the dataset is there; no role on the project lets it."
            )
            return Judgement(Verdict.UNKNOWN, message, evidence, fix, (target.missing,))
        message = f"{agent}, which writes the logs, may not write to {dataset}: it lacks {name}."
        if not (isinstance(fact, Known) and fact.value.access is None):
            return Judgement(Verdict.FAIL, message, evidence, fix)
        message = (
            f"Whether {agent} may write to {dataset} is not known: BigQuery did not show who has access to the dataset."
        )
        shown = Fix("give bigquery.datasets.getIamPolicy to the identity that runs the check")
        return Judgement(Verdict.UNKNOWN, message, (*evidence, fact.evidence("no access list")), shown)
    _, held = by[Access.UNKNOWN]
    message = f"Whether {agent} may write to {dataset} is not known: {held.says}."
    waits = waiting_on(project, facts, held.unread) if held.unread else ()
    need = Fix(asking(held.would_need)) if held.unread else Fix(f"look at the roles of {agent}")
    unread = (held.unread.evidence(),) if held.unread else ()
    return Judgement(Verdict.UNKNOWN, message, (*evidence, *unread), need, waits)


# VX708 ------------------------------------------------------------------------------------------------------------


def _residency_required(declaration: Declaration) -> Iterator[Requirement]:
    """Where the config names no location of the dataset: else VX701 judges that name, and VX703 that it is true."""
    target = dataset_target(declaration)
    if target is not None and target.residency != "any" and target.asked.location is None:
        sentence = f"the dataset {target.asked.dataset} keeps the residency {target.residency}"
        yield dataset_requirement(declaration, "VX708", "dataset", sentence, (target.dataset,))


def _judge_residency(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: DatasetTarget = requirement.target
    name = target.asked.dataset
    fact = dataset_read(target, facts, f"whether the dataset {name} keeps the residency {target.residency}")
    if isinstance(fact, Judgement):
        return fact
    location: str = fact.value.location
    evidence = (fact.evidence(f"location {location}"),)
    kept = keeps(dataset_geography(location, circumstances.catalogue), target.residency)
    if kept:
        return Judgement(Verdict.PASS, requirement.sentence, evidence)
    if kept is None:
        message = (
            f"Whether {location}, where the dataset {name} lies, keeps the residency {target.residency!r} is not known."
        )
        return Judgement(Verdict.UNKNOWN, message, evidence, Fix("look at where BigQuery says this location is"))
    message = f"The dataset {name} lies in {location}, which does not keep the residency {target.residency!r}: it holds the prompts and answers."
    fix = Fix(
        "a dataset cannot be moved: make another one inside the residency, log there, and delete what is in this one"
    )
    return Judgement(Verdict.FAIL, message, evidence, fix)


RULES = (
    Rule(
        "VX703",
        "log-dataset-missing",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "The dataset of the logs exists in the project, in the declared location.",
            "The prompts and answers go there. Where a dataset lies is fixed when it is made.",
            "Fails when BigQuery answers that the dataset is not found, or with another location than the declared one. No "
            "document says which locations of datasets fit which locations of models; a model of one region that is logged "
            "to a multi-region dataset was seen to work.",
            "bigquery.datasets.get.",
            "Make the dataset in the right location; vxsetup can do it for you.",
            ("DISC", "FIELD"),
        ),
        _dataset_required,
        _judge_dataset,
    ),
    Rule(
        "VX705",
        "logs-not-writable",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "Vertex AI's service agent may write to the dataset of the logs.",
            "It writes the logs, not the caller. Where it may not, requests go on working and nothing is recorded.",
            "Looks for bigquery.tables.updateData, and for bigquery.tables.create where the table is not there, in the "
            "allow policies from the organization down to the project, in the dataset's own access entries and in the "
            "deny policies. Which permissions are checked is inferred from the agent's role, not documented.",
            "getIamPolicy on each ancestor, bigquery.datasets.get, iam.roles.get, the deny policies, the project's number.",
            "Give roles/bigquery.dataEditor on the dataset to the agent.",
            ("IAMDS", "FIELD"),
        ),
        _writer_required,
        _judge_writer,
    ),
    Rule(
        "VX708",
        "log-dataset-outside-residency",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "The dataset of the logs lies in the declared residency.",
            "It holds prompts and answers in full. An endpoint that keeps the residency is of no use when they are copied "
            "out of it.",
            "Judged here where the config names no location of the dataset; a location that it names is judged by VX701, "
            "and whether the dataset lies there by VX703.",
            "bigquery.datasets.get; the catalogue's geography of locations.",
            "Make another dataset inside the residency and log there.",
            ("SEED", PAGE),
        ),
        _residency_required,
        _judge_residency,
    ),
)
