"""VX701: whether every endpoint, and the dataset of the logs, is placed inside the residency that the config declares."""

from __future__ import annotations

from collections.abc import Iterator

from vxsetup.catalog import Catalogue
from vxsetup.config.project import RequestResponse
from vxsetup.facts.base import Facts
from vxsetup.findings import Evidence, Fix, Judgement, Requirement, Rule, RuleDocs, Rung, Severity, Verdict
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import Declaration, Target


def dataset_geography(location: str, catalogue: Catalogue) -> str | None:
    """Where a location of BigQuery lies, in the catalogue's words; its ``US`` and ``EU`` are named as multi-regions are."""
    return catalogue.geography(location.lower())


def keeps(geography: str | None, residency: str) -> bool | None:
    """Whether a geography keeps a residency; None where it is not known, or Europe and perhaps not the Union."""
    if geography is None or (geography == "europe" and residency == "eu"):
        return None
    return geography == residency


def _required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    if project.residency == "any":
        return
    yield from _dataset_required(declaration)
    for target, span, _, path in declaration.places:
        yield Requirement(
            rule="VX701",
            subject=target.subject,
            sentence=f"{target.location} keeps the residency {project.residency}",
            span=span,
            related=(project.span(("residency",)),),
            config_path=path,
            project=project.id,
            environment=project.environment,
            target=(target, project.residency),
        )


def _dataset_required(declaration: Declaration) -> Iterator[Requirement]:
    """Where the config names the dataset's location; else VX708 looks where it lies."""
    project = declaration.project
    asked = project.logging.request_response
    if asked is None or asked.location is None:
        return
    path = (*asked.config_path, "location")
    yield Requirement(
        rule="VX701",
        subject=f"projects/{project.id}/datasets/{asked.dataset}",
        sentence=f"a dataset in {asked.location} keeps the residency {project.residency}",
        span=project.span(path),
        related=(project.span(("residency",)),),
        config_path=path,
        project=project.id,
        environment=project.environment,
        target=(asked, project.residency),
    )


def _judge_dataset(requirement: Requirement, catalogue: Catalogue) -> Judgement:
    asked, residency = requirement.target
    geography = dataset_geography(asked.location, catalogue)
    kept = keeps(geography, residency)
    says = f"{asked.location} is in {geography}" if geography else f"no source names the location {asked.location}"
    evidence = (Evidence(Rung.CATALOGUE, "vxsetup catalogue", says, catalogue.date.isoformat()),)
    if kept:
        return Judgement(Verdict.PASS, requirement.sentence, evidence)
    place = {"eu": "EU", "us": "US", "asia": "asia-southeast1"}.get(residency, residency)
    if kept is None:
        message = f"Whether a dataset in {asked.location} keeps the residency {residency!r} is not documented."
        return Judgement(Verdict.UNKNOWN, message, evidence, Fix(f"use {place}"))
    message = (
        f"The dataset {asked.dataset} is to lie in {asked.location}, which does not keep the residency {residency!r}: "
        "it holds the prompts and answers."
    )
    return Judgement(Verdict.FAIL, message, evidence, Fix(f"log to a dataset in {place}, or change residency"))


def _judge(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    if isinstance(requirement.target[0], RequestResponse):
        return _judge_dataset(requirement, circumstances.catalogue)
    target: Target
    target, residency = requirement.target
    catalogue = circumstances.catalogue
    location = catalogue.location(target.location)
    if location is None:
        as_of = catalogue.date.isoformat()
        evidence = (Evidence(Rung.CATALOGUE, "vxsetup catalogue", f"no location {target.location}", as_of),)
        message = (
            f"Whether {target.location} keeps the residency {residency!r} is not known: no source names this location."
        )
        near = catalogue.nearest_location(target.location)
        return Judgement(
            Verdict.UNKNOWN, message, evidence, Fix(f"did you mean {near}?" if near else "correct the location")
        )
    geography = location.geography.value if location.geography else None
    says = f"{target.location} is in {geography}" if geography else f"{target.location} routes to any region"
    evidence = (catalogue.evidence(location.geography or location.host, says),)
    if geography == residency:
        return Judgement(Verdict.PASS, requirement.sentence, evidence)
    if geography == "europe" and residency == "eu":
        message = f"Whether {target.location} keeps requests in the European Union is not documented."
        return Judgement(Verdict.UNKNOWN, message, evidence, Fix("use eu or europe-west1"))
    message = f"{target.model} is asked for at {target.location}, which does not keep the residency {residency!r}."
    place = {"eu": "eu or europe-west1", "us": "us or us-east5", "asia": "asia-southeast1"}.get(residency, residency)
    fix = Fix(f"place the model at {place} where it is served, or change residency")
    return Judgement(Verdict.FAIL, message, evidence, fix)


RULES = (
    Rule(
        "VX701",
        "outside-residency",
        Severity.ERROR,
        Rung.CATALOGUE,
        RuleDocs(
            "Every location that a model is asked for at, and the declared location of the dataset of the logs, lies in the "
            "declared residency.",
            "The global endpoint routes to whatever region has capacity; only multi-region and regional endpoints keep "
            "data in a geography, and the endpoint alone does not promise where processing happens.",
            "Compares the location's geography with residency. The global endpoint fails every residency but any. The "
            "dataset's declared location is compared in the same way; that it truly lies there is told by VX703.",
            "The config and the catalogue; nothing is asked of the cloud.",
            "Use us or eu, or a region in the geography; for the dataset US, EU or a region.",
            ("SEED", "GD:locations"),
        ),
        _required,
        _judge,
        offline=True,
    ),
)
