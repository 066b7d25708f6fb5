"""VX7xx: whether every endpoint keeps the residency that the config declares."""

from __future__ import annotations

from collections.abc import Iterator

from vxsetup.facts.base import Facts
from vxsetup.findings import Evidence, Fix, Judgement, Requirement, Rule, RuleDocs, Rung, Severity, Verdict
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import Declaration, Target


def _required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    if project.residency == "any":
        return
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


def _judge(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
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
            "Every location that a model is asked for at lies in the declared residency.",
            "The global endpoint routes to whatever region has capacity; only multi-region and regional endpoints keep "
            "data in a geography, and the endpoint alone does not promise where processing happens.",
            "Compares the location's geography with residency. The global endpoint fails every residency but any.",
            "The config and the catalogue; nothing is asked of the cloud.",
            "Use us or eu, or a region in the geography.",
            ("SEED", "GD:locations"),
        ),
        _required,
        _judge,
        offline=True,
    ),
)
