"""VX4xx: whether each feature that a model is to use is documented for it, on Vertex AI and at the location."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vxsetup.catalog import Catalogue
from vxsetup.facts.base import Facts
from vxsetup.findings import (
    Evidence,
    Fix,
    Judgement,
    Requirement,
    Rule,
    RuleDocs,
    Rung,
    Severity,
    Verdict,
)
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import Declaration, Target

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class FeatureTarget:
    """One feature of one model at one location."""

    target: Target
    feature: str


@dataclass(frozen=True, slots=True)
class Documented:
    """What the catalogue says of a feature of a model at a location: whether it is there, in words, and where instead."""

    there: bool
    says: str
    evidence: tuple[Evidence, ...]
    instead: str = ""


def documented(catalogue: Catalogue, model_id: str, location: str, name: str) -> Documented:
    """What is documented of a feature: first for Vertex AI at all, then for the model, then for the location."""
    feature = catalogue.feature(name)
    model = catalogue.model(model_id)
    as_of = catalogue.date.isoformat()
    if feature is None:
        silent = Evidence(Rung.CATALOGUE, "vxsetup catalogue", f"no feature {name}", as_of)
        return Documented(False, f"no source names a feature {name!r}", (silent,), "correct the feature's name")
    offered = catalogue.evidence(
        feature.offered, f"{feature.title}: {'offered' if feature.offered.value else 'not offered'} on Vertex AI"
    )
    if not feature.offered.value:
        return Documented(
            False, f"{feature.title} is not offered on Vertex AI", (offered,), f"leave {name} out of features"
        )
    own = model.feature(name) if model else None
    if model is not None and (own is None or not own.value):
        says = f"the pages of {model.versioned_id} do not list it" if own is None else f"{model.name} does not have it"
        seen = (
            catalogue.evidence(own, f"{feature.title}: not with {model.name}")
            if own
            else Evidence(Rung.CATALOGUE, "vxsetup catalogue", says, as_of)
        )
        return Documented(
            False, f"{feature.title}: {says}", (seen, offered), f"choose a model that has {name}; see vxsetup models"
        )
    kind = catalogue.location_kind(location)
    for claim, inside in ((feature.only_at, True), (feature.not_at, False)):
        if claim is None:
            continue
        named = location in claim.value or kind in claim.value
        if named is not inside:
            where = f"only at {', '.join(claim.value)}" if inside else f"not at {', '.join(claim.value)}"
            says = f"{feature.title}: {where}"
            return Documented(False, says, (catalogue.evidence(claim, says),), f"{name}: {where}")
    proof = (catalogue.evidence(own, f"{feature.title}: with {model.name}"),) if own and model else ()
    return Documented(True, f"{feature.title} is documented for {model_id} at {location}", (*proof, offered))


def _required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    features = {model.config_path: model.features for model in project.models}
    for target, span, related, path in declaration.places:
        model_path = path[:2]
        for number, name in enumerate(features.get(model_path, ())):
            own = (*model_path, "features", number)
            yield Requirement(
                rule="VX420",
                subject=f"{target.subject}/features/{name}",
                sentence=f"{name} is documented for {target.model} at {target.location}",
                span=project.span(own),
                related=(span, *related),
                config_path=(*own, *path[2:]),
                project=project.id,
                environment=project.environment,
                target=FeatureTarget(target, name),
            )


def _judge(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    asked: FeatureTarget = requirement.target
    target, catalogue = asked.target, circumstances.catalogue
    if catalogue.model(target.model) is None and catalogue.feature(asked.feature) is not None:
        return Judgement(Verdict.NOT_APPLICABLE, f"no source says what {target.model} has, see VX411")
    found = documented(catalogue, target.model, target.location, asked.feature)
    if found.there:
        return Judgement(Verdict.PASS, requirement.sentence, found.evidence)
    message = (
        f"The feature {asked.feature} is not documented for {target.model} at {target.location} as of {catalogue.date.isoformat()}: "
        f"{found.says}."
    )
    return Judgement(Verdict.FAIL, message, found.evidence, Fix(found.instead))


RULES = (
    Rule(
        "VX420",
        "feature-not-documented",
        Severity.WARNING,
        Rung.CATALOGUE,
        RuleDocs(
            "Every feature that a model is to use is documented for that model on Vertex AI and at its locations.",
            "Vertex AI offers fewer features than Anthropic's own API, and some of them not at every location. A request "
            "that uses another one is refused with a 400, or the feature is left out in silence.",
            "Compares features with the pages of Google and Anthropic. A table can be behind: this is a warning, and "
            "vxsetup smoke --send --feature shows what really works.",
            "The config and the catalogue; nothing is asked of the cloud.",
            "Leave the feature out, choose a model that has it, or place the model where it is documented.",
            ("AGC", "GD:claude"),
        ),
        _required,
        _judge,
        offline=True,
    ),
)
