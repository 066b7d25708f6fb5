"""VX4xx, from the catalogue: the model's id, its dates, where it is documented, its endpoint type and its price."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from vxsetup.catalog import Claim, ModelState
from vxsetup.config.project import Project
from vxsetup.facts.base import ABSENT, Facts, Known, Unknown
from vxsetup.facts.models import Passed
from vxsetup.facts.refusal import Cause
from vxsetup.findings import (
    ConfigPath,
    Evidence,
    Fix,
    Judgement,
    Requirement,
    Rule,
    RuleDocs,
    Rung,
    Severity,
    Span,
    Verdict,
)
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import (
    SENDABLE,
    Declaration,
    ModelTarget,
    Target,
    blocking_at,
    declared,
    doubting,
    from_unknown,
    outcome,
)

NEAR = timedelta(days=90)
"""How long before a documented date a model is said to be near it: time to test a successor and to move."""


def _of_model(declaration: Declaration, target: ModelTarget, rule: str, sentence: str) -> Requirement:
    project = declaration.project
    return Requirement(
        rule=rule,
        subject=f"projects/{project.id}/publishers/anthropic/models/{target.written}",
        sentence=sentence.format(model=target.written),
        span=target.span,
        config_path=target.config_path,
        project=project.id,
        environment=project.environment,
        reads=target.reads,
        target=target,
    )


def _for_each_model(rule: str, sentence: str) -> Callable[[Declaration], Iterator[Requirement]]:
    def required(declaration: Declaration) -> Iterator[Requirement]:
        for target in declaration.models:
            yield _of_model(declaration, target, rule, sentence)

    return required


def _passed(target: ModelTarget, facts: Facts) -> tuple[Evidence, ...]:
    for probe in target.probes:
        fact = facts[probe]
        if isinstance(fact, Known) and isinstance(fact.value, Passed):
            return (fact.evidence(f"{fact.value.says}: the model's own layer answered at {probe.location}"),)
    return ()


# VX401 ------------------------------------------------------------------------------------------------------------


def _judge_form(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: ModelTarget = requirement.target
    found = target.recognition
    evidence = declared("the config", f"id: {target.written}")
    if found.kind in SENDABLE:
        return Judgement(Verdict.PASS, requirement.sentence, evidence)
    message = f"{target.written!r} is no id of a Claude model on Vertex AI: {found.says}."
    right = found.suggestion or (found.nearest[0] if found.nearest else None)
    fix = Fix(
        f"write {right}" if right else "see vxsetup models for the ids", command=None if right else "vxsetup models"
    )
    return Judgement(Verdict.FAIL, message, evidence, fix)


# VX411 ------------------------------------------------------------------------------------------------------------


def _judge_known(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: ModelTarget = requirement.target
    catalogue = circumstances.catalogue
    as_of = f"the catalogue of {catalogue.date.isoformat()}"
    evidence = (
        Evidence(Rung.CATALOGUE, "vxsetup catalogue", f"no model {target.written}", catalogue.date.isoformat()),
    )
    if target.recognition.kind not in SENDABLE:
        return Judgement(Verdict.NOT_APPLICABLE, "the id's form is wrong, see VX401")
    if target.model is not None:
        says = f"{target.model.versioned_id} is in {as_of}"
        known = Evidence(Rung.CATALOGUE, "vxsetup catalogue", says, catalogue.date.isoformat())
        return Judgement(Verdict.PASS, requirement.sentence, (known,))
    passed = _passed(target, facts)
    if passed:
        return Judgement(Verdict.PASS, requirement.sentence, passed)
    listed = facts[target.listed]
    if isinstance(listed, Known) and listed.value is ABSENT:
        return Judgement(Verdict.NOT_APPLICABLE, "the publisher's list has settled it, see VX404")
    near = target.recognition.nearest
    hint = f"did you mean {' or '.join(near)}?" if near else "see vxsetup models for the ids"
    message = f"{target.written} is not in {as_of}: it may be newer than the catalogue, or misspelt."
    return Judgement(Verdict.FAIL, message, evidence, Fix(hint, command="vxsetup models"))


# VX402 ------------------------------------------------------------------------------------------------------------


def _judge_shut_down(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: ModelTarget = requirement.target
    if target.model is None:
        return Judgement(Verdict.NOT_APPLICABLE, "the catalogue does not know the model")
    claim = target.model.shut_down_on
    if claim is None:
        says = "no source gives a shut-down date on Vertex AI"
        evidence = (Evidence(Rung.CATALOGUE, "vxsetup catalogue", says, circumstances.catalogue.date.isoformat()),)
        return Judgement(Verdict.PASS, requirement.sentence, evidence)
    evidence = (circumstances.catalogue.evidence(claim, f"shut-down date {claim.value.isoformat()}"),)
    if circumstances.today < claim.value:
        return Judgement(Verdict.PASS, requirement.sentence, evidence)
    passed = _passed(target, facts)
    if passed:
        return Judgement(
            Verdict.PASS, f"{target.written} still answers, though its shut-down date has passed", (*passed, *evidence)
        )
    message = f"{target.written} was shut down on Vertex AI on {claim.value.isoformat()}."
    return Judgement(Verdict.FAIL, message, evidence, _successor(target, circumstances))


def _successor(target: ModelTarget, circumstances: Circumstances) -> Fix:
    newer = target.model.successor(circumstances.today) if target.model else None
    if newer is None:
        return Fix("choose a model that is served", command="vxsetup models")
    return Fix(
        f"move to {newer.value}, the newest active model of its family (vxsetup's suggestion)", command="vxsetup models"
    )


# VX403 ------------------------------------------------------------------------------------------------------------


def _judge_dates(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: ModelTarget = requirement.target
    model, today, catalogue = target.model, circumstances.today, circumstances.catalogue
    if model is None:
        return Judgement(Verdict.NOT_APPLICABLE, "the catalogue does not know the model")
    shut, closed, floor = model.shut_down_on, model.deprecated_on, model.not_sooner_than
    if shut is not None and shut.value <= today:
        return Judgement(Verdict.NOT_APPLICABLE, "the model is past its shut-down date, see VX402")
    evidence = tuple(
        catalogue.evidence(claim, f"{says} {claim.value.isoformat()}")
        for claim, says in ((closed, "deprecated on"), (shut, "shut down on"), (floor, "retired not sooner than"))
        if claim is not None
    )
    deprecated = model.stage is not None and model.stage.value == "deprecated"
    if deprecated and model.stage is not None:
        evidence = (*evidence, catalogue.evidence(model.stage, "marked as deprecated"))
    message = _date_words(target.written, shut, closed, floor, deprecated, circumstances)
    if message is None:
        return Judgement(Verdict.PASS, requirement.sentence, evidence)
    return Judgement(Verdict.FAIL, message, evidence, _successor(target, circumstances))


def _date_words(
    written: str,
    shut: Claim[date] | None,
    closed: Claim[date] | None,
    floor: Claim[date] | None,
    deprecated: bool,
    circumstances: Circumstances,
) -> str | None:
    today = circumstances.today
    if shut is not None:
        if shut.value - today <= NEAR:
            return f"{written} will be shut down on Vertex AI on {shut.value}, in {(shut.value - today).days} days."
        return f"{written} is deprecated and will be shut down on Vertex AI on {shut.value}."
    if closed is not None and closed.value <= today:
        return f"{written} is deprecated since {closed.value}: projects that never used it cannot enable it."
    if floor is None or floor.value - today > NEAR:
        until = f"Google promises it until {floor.value}" if floor else "no date of its shut-down was found"
        return f"{written} is marked as deprecated: {until}." if deprecated else None
    if floor.value <= today:
        marked = "is marked as deprecated and " if deprecated else ""
        return (
            f"{written} {marked}may be retired at any time: Google promised it until {floor.value}, and no shut-down date was found "
            f"(catalogue of {circumstances.catalogue.date})."
        )
    return f"{written} is promised only until {floor.value}; that is the earliest date of a retirement, not a shut-down date."


# VX412 ------------------------------------------------------------------------------------------------------------


def _locations_required(declaration: Declaration) -> Iterator[Requirement]:
    project, catalogue = declaration.project, declaration.catalogue
    for target, span, related, path in declaration.places:
        if catalogue.model(target.model) is None:
            continue
        yield _placed(
            project, target, span, related, path, "VX412", f"{target.location} is documented for {target.model}"
        )


def _placed(
    project: Project,
    target: Target,
    span: Span,
    related: tuple[Span, ...],
    path: ConfigPath,
    rule: str,
    sentence: str,
) -> Requirement:
    return Requirement(
        rule=rule,
        subject=target.subject,
        sentence=sentence,
        span=span,
        related=related,
        config_path=path,
        project=project.id,
        environment=project.environment,
        reads=(target.probe,) if target.probe else (),
        target=target,
    )


def _judge_documented(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: Target = requirement.target
    catalogue = circumstances.catalogue
    model = catalogue.model(target.model)
    assert model is not None  # required only for models of the catalogue
    claims = model.claims_at(target.location)
    evidence = tuple(
        catalogue.evidence(claim, f"{'served' if claim.value else 'not listed'} at {target.location}")
        for claim in claims[:3]
    )
    if target.documented:
        return Judgement(Verdict.PASS, requirement.sentence, evidence)
    seen = outcome(target, facts, circumstances)
    if seen.passed is not None:
        return Judgement(
            Verdict.PASS,
            f"{target.location} serves {target.model}, though no page lists it",
            (*seen.evidence, *evidence),
        )
    if seen.stopped_at in ("VX405", "VX410"):
        return Judgement(Verdict.NOT_APPLICABLE, f"a probe has settled it, see {seen.stopped_at}", seen.evidence)
    if not model.locations:
        message = f"No page documents where {target.model} is served (catalogue of {catalogue.date.isoformat()})."
        if not evidence:
            says = f"no page lists a location of {model.versioned_id}"
            evidence = (Evidence(Rung.CATALOGUE, "vxsetup catalogue", says, catalogue.date.isoformat()),)
        return Judgement(
            Verdict.FAIL, message, evidence, Fix("a check against the cloud will tell", command="vxsetup check")
        )
    differ = " Sources differ, see the evidence." if any(claim.value for claim in claims) else ""
    message = f"{target.model} is not documented at {target.location} as of {catalogue.date.isoformat()}.{differ}"
    nearest = catalogue.nearest_location(target.location)
    hint = ""
    if nearest and not catalogue.known_location(target.location):
        served = nearest in model.locations
        hint = (
            f"; did you mean {nearest}?"
            if served
            else f"; {nearest}, if that was meant, is not documented for it either"
        )
    fix = Fix(f"use a location that is documented for it: {', '.join(model.locations)}{hint}", command="vxsetup check")
    return Judgement(Verdict.FAIL, message, evidence, fix)


# VX408 ------------------------------------------------------------------------------------------------------------


def _traffic_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    provisioned = {model.config_path for model in project.models if model.traffic == "provisioned"}
    for target, span, related, path in declaration.places:
        if path[:2] in provisioned:
            sentence = f"{target.location} can take provisioned throughput for {target.model}"
            yield _placed(project, target, span, related, path, "VX408", sentence)


def _judge_traffic(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: Target = requirement.target
    catalogue = circumstances.catalogue
    claim = catalogue.endpoint_fact("provisioned_at")
    evidence = (catalogue.evidence(claim, "provisioned throughput needs a regional endpoint"),) if claim else ()
    if catalogue.location_kind(target.location) == "region":
        return Judgement(Verdict.PASS, requirement.sentence, evidence)
    model = catalogue.model(target.model)
    regions = [name for name in model.locations if catalogue.location_kind(name) == "region"] if model else []
    message = (
        f"{target.model} is to use provisioned throughput at {target.location}, which takes pay-as-you-go traffic only."
    )
    if model is not None and not regions:
        fix = Fix(
            "set traffic: pay_as_you_go, or ask your account team at Google: no regional endpoint is documented for this "
            "model, though its page lists provisioned throughput"
        )
    else:
        place = f"in one of {', '.join(regions)}" if regions else "in a region"
        fix = Fix(f"place the model {place}; or set traffic: pay_as_you_go")
    return Judgement(Verdict.FAIL, message, evidence, fix)


# VX409 ------------------------------------------------------------------------------------------------------------


def _premium_required(declaration: Declaration) -> Iterator[Requirement]:
    project, catalogue = declaration.project, declaration.catalogue
    for target, span, related, path in declaration.places:
        model = catalogue.model(target.model)
        premium = model.premium if model else None
        elsewhere = catalogue.known_location(target.location) and catalogue.location_kind(target.location) != "global"
        if premium is not None and premium.value > 1 and elsewhere:
            sentence = f"{target.model} at {target.location} costs what the global endpoint costs"
            yield _placed(project, target, span, related, path, "VX409", sentence)


def _judge_premium(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: Target = requirement.target
    model = circumstances.catalogue.model(target.model)
    premium = model.premium if model else None
    assert premium is not None  # required only where there is one
    percent = round((premium.value - 1) * 100)
    message = f"{target.model} costs {percent} % more at {target.location} than at the global endpoint."
    evidence = (circumstances.catalogue.evidence(premium, f"factor {premium.value:g} on the global price"),)
    return Judgement(Verdict.FAIL, message, evidence, Fix("use global where residency allows it, or accept the price"))


# VX404 ------------------------------------------------------------------------------------------------------------


def _judge_listed(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: ModelTarget = requirement.target
    if target.listed is None:
        return Judgement(Verdict.NOT_APPLICABLE, "the id's form is wrong, see VX401")
    passed = _passed(target, facts)
    if passed:
        return Judgement(Verdict.PASS, requirement.sentence, passed)
    if target.model is not None and target.model.state(circumstances.today).name is ModelState.SHUT_DOWN:
        return Judgement(Verdict.NOT_APPLICABLE, "the model is past its shut-down date, see VX402")
    fact = facts[target.listed]
    name = target.listed.model
    if isinstance(fact, Unknown):
        return from_unknown(requirement.project, facts, fact, f"whether {name} is published")
    if fact.value is ABSENT:
        doubt = _beside_the_list(requirement, target, facts, fact)
        if doubt is not None:
            return doubt
        near = target.recognition.nearest
        fix = Fix(f"did you mean {near[0]}?" if near else "choose a published model", command="vxsetup models")
        message = f"Anthropic publishes no model {name} on Vertex AI."
        return Judgement(Verdict.FAIL, message, (fact.evidence("404: not listed"),), fix)
    stage = f", stage {fact.value.launch_stage}" if fact.value.launch_stage else ""
    return Judgement(Verdict.PASS, requirement.sentence, (fact.evidence(f"listed{stage}"),))


def _beside_the_list(requirement: Requirement, target: ModelTarget, facts: Facts, listed: Known) -> Judgement | None:
    """Why a list without the model does not settle it: a request got no answer, or met a gate that knows the model.

    Whether the list names models that are by invitation is documented nowhere.
    """
    seen = [(probe, one) for probe in target.probes if (one := doubting(probe, facts)) is not None]
    if any(one.refusal is not None and one.refusal.cause is Cause.MODEL_NOT_FOUND for _, one in seen):
        return None
    for probe, one in seen:
        evidence = (listed.evidence("404: not listed"), *one.evidence)
        if one.unknown is not None:
            message = (
                f"Anthropic's list of models does not name {probe.model}; whether it is served to this project all the "
                f"same is not known: the request at {probe.location} got no answer."
            )
            return Judgement(Verdict.UNKNOWN, message, evidence, Fix("check again: an answered request decides"))
        message = (
            f"Anthropic's list of models does not name {probe.model}, but the request at {probe.location} was refused "
            "for another reason; when that is gone, it will show."
        )
        waits = blocking_at(one.stopped_at or "VX410", probe)
        return Judgement(Verdict.UNKNOWN, message, evidence, Fix("see to that first"), (waits,))
    return None


RULES = (
    Rule(
        "VX401",
        "model-id-malformed",
        Severity.ERROR,
        Rung.DECLARED,
        RuleDocs(
            "The model is named by its id on Vertex AI.",
            "Ids of the Claude API, of Amazon Bedrock, of clients and of other publishers look alike and answer 404, which "
            "reads like a missing permission.",
            "By the id's form alone: an @date or none, no client's suffix, no path, no -latest.",
            "The config; nothing is asked of the cloud.",
            "Write the id that the message names.",
            (
                "SEED",
                "FIELD",
            ),
        ),
        _for_each_model("VX401", "{model} has the form of a model id on Vertex AI"),
        _judge_form,
        offline=True,
    ),
    Rule(
        "VX402",
        "model-shut-down",
        Severity.ERROR,
        Rung.CATALOGUE,
        RuleDocs(
            "The model is not past its documented shut-down date on Vertex AI.",
            "A model that was shut down answers 404 like one that was never enabled.",
            "Google's page of deprecations is the only place with shut-down dates for Vertex AI. The dates of the Claude "
            "API differ and are not used. A probe that reached the model overrules the page.",
            "The catalogue; the free probes.",
            "Move to a newer model.",
            ("GD:deprecations",),
        ),
        _for_each_model("VX402", "{model} is not past its shut-down date"),
        _judge_shut_down,
        offline=True,
    ),
    Rule(
        "VX403",
        "model-near-its-dates",
        Severity.WARNING,
        Rung.CATALOGUE,
        RuleDocs(
            "No date in the life of the model is near.",
            "Google gives three dates: a floor before which a model is not retired, the day it is closed to projects that "
            "never used it, and the day it is shut down. They are three different things; a floor is no shut-down.",
            "Warns when a date has passed or is within 90 days, and says which of the three it is; also when a source marks "
            "the model as deprecated without a date.",
            "The catalogue; nothing is asked of the cloud.",
            "Plan the move to a newer model.",
            ("GD:claude",),
        ),
        _for_each_model("VX403", "no date of {model} is near"),
        _judge_dates,
        offline=True,
    ),
    Rule(
        "VX404",
        "model-not-listed",
        Severity.ERROR,
        Rung.LISTED,
        RuleDocs(
            "Anthropic publishes the model on Vertex AI.",
            "An id that was never published answers 404 everywhere.",
            "The publisher's list knows nothing of your project or location: listed proves only that the id exists. A "
            "probe that reached the model passes it.",
            "aiplatform.publishers.models.get; the free probes.",
            "Correct the id.",
            ("F#71017537843",),
        ),
        _for_each_model("VX404", "{model} is published by Anthropic on Vertex AI"),
        _judge_listed,
    ),
    Rule(
        "VX408",
        "endpoint-takes-no-provisioned-throughput",
        Severity.ERROR,
        Rung.CATALOGUE,
        RuleDocs(
            "A model with traffic: provisioned is placed at a regional endpoint.",
            "The global and multi-region endpoints take pay-as-you-go traffic only.",
            "Compares traffic with the kind of each location.",
            "The config and the catalogue; nothing is asked of the cloud.",
            "Use a region where the model is served, or traffic: pay_as_you_go.",
            (
                "SEED",
                "GD:use-partner-models",
                "GD:provisioned-throughput",
            ),
        ),
        _traffic_required,
        _judge_traffic,
        offline=True,
    ),
    Rule(
        "VX409",
        "location-costs-more",
        Severity.INFO,
        Rung.CATALOGUE,
        RuleDocs(
            "You know what the location costs.",
            "Regional and multi-region endpoints cost 10 % more than global for Claude Sonnet 4.5 and later models.",
            "Shown for each such model and location. Information only.",
            "The catalogue; nothing is asked of the cloud.",
            "Use global where residency and provisioned throughput allow it.",
            (
                "SEED",
                "LITELLM",
            ),
        ),
        _premium_required,
        _judge_premium,
        offline=True,
    ),
    Rule(
        "VX411",
        "model-not-in-catalogue",
        Severity.WARNING,
        Rung.CATALOGUE,
        RuleDocs(
            "The catalogue that ships with vxsetup knows the model.",
            "A model that it does not know may be new, or misspelt; dates, places and features cannot be told.",
            "Compares the id, with or without its date. Never an error: online, a probe settles it.",
            "The catalogue; the free probes.",
            "Correct the id, update vxsetup, or lay a patch over the catalogue with --catalog.",
            ("GD:claude",),
        ),
        _for_each_model("VX411", "{model} is in the catalogue"),
        _judge_known,
        offline=True,
    ),
    Rule(
        "VX412",
        "location-not-documented",
        Severity.WARNING,
        Rung.CATALOGUE,
        RuleDocs(
            "A page of Google's documents the model at this location.",
            "Models up to 4.6 are documented at global and single regions, later ones at global, us and eu only. Reports "
            "from live projects differ.",
            "Offline a warning with the date and the sources; online a probe that reached the model passes it.",
            "The catalogue; the free probes.",
            "Use a documented location, or let a check against the cloud tell.",
            (
                "GD:claude",
                "F#71017537843",
                "F#63086630148",
            ),
        ),
        _locations_required,
        _judge_documented,
        offline=True,
    ),
)
