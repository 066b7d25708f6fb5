"""VX4xx, from the free probe: served here, enabled, and that the request gets through at all."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator

from vxsetup.facts.base import Facts
from vxsetup.facts.models import Probe
from vxsetup.facts.refusal import Cause
from vxsetup.findings import Evidence, Fix, Judgement, Requirement, Rule, RuleDocs, Rung, Severity, Verdict
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import (
    Declaration,
    ModelTarget,
    Outcome,
    Target,
    for_each_target,
    judge_gate,
    not_judged,
    outcome,
    probe_outcome,
    project_name,
)


def _other_probes(target: Target) -> tuple[Hashable, ...]:
    return (*(fact for fact in (target.probe, target.listed) if fact is not None), *target.others)


def model_card(project: str, bare_id: str) -> str:
    """The page in Model Garden where a person enables a model (GD:use-claude)."""
    return (
        f"https://console.cloud.google.com/agent-platform/publishers/anthropic/model-garden/{bare_id}?project={project}"
    )


# VX405 ------------------------------------------------------------------------------------------------------------


def _judge_served(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    def failed(target: Target, seen: Outcome) -> Judgement:
        model = circumstances.catalogue.model(target.model)
        message = f"{target.model} is not served at {target.location}."
        elsewhere = [probe.location for probe in target.others if _answers(probe, facts)]
        if elsewhere:
            message = (
                f"{target.model} is not served at {target.location}; the same project reaches it at {elsewhere[0]}."
            )
        if elsewhere:
            fix = Fix(f"use {elsewhere[0]}, where it answers", command="vxsetup models")
        else:
            places = f" that is documented for it: {', '.join(model.locations)}" if model and model.locations else ""
            fix = Fix(f"use {'a' if places else 'another'} location{places}", command="vxsetup models")
        return Judgement(Verdict.FAIL, message, seen.evidence, fix)

    return judge_gate(requirement, facts, circumstances, requirement.sentence, failed)


def _answers(probe: Probe, facts: Facts) -> bool:
    return probe_outcome(probe, facts).passed is not None


# VX406 ------------------------------------------------------------------------------------------------------------


def for_each_model(rule: str, sentence: str) -> Callable[[Declaration], Iterator[Requirement]]:
    """One requirement for each model of a config, wherever it is asked; the sentence may name {model} and {project}."""

    def required(declaration: Declaration) -> Iterator[Requirement]:
        project = declaration.project
        for model in declaration.models:
            yield Requirement(
                rule=rule,
                subject=f"projects/{project.id}/publishers/anthropic/models/{model.written}",
                sentence=sentence.format(model=model.written, project=project.id),
                span=model.span,
                config_path=model.config_path,
                project=project.id,
                environment=project.environment,
                reads=model.reads,
                target=model,
            )

    return required


_enabled_required = for_each_model("VX406", "{model} is enabled in {project}")
"""Enabling is for a project, not for a place (F#62839975995)."""


def _judge_enabled(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    model: ModelTarget = requirement.target
    seen = [(target, outcome(target, facts, circumstances)) for target in model.targets]
    passed = next((each for _, each in seen if each.passed is not None), None)
    if passed is not None:
        return Judgement(Verdict.PASS, requirement.sentence, passed.evidence)
    refused = [(target, each) for target, each in seen if each.stopped_at == requirement.rule]
    if refused:
        return _not_enabled(refused, circumstances)
    open_question = next((pair for pair in seen if pair[1].unknown is not None), seen[0])
    return not_judged(open_question[0], facts, open_question[1])


def _not_enabled(refused: list[tuple[Target, Outcome]], circumstances: Circumstances) -> Judgement:
    target = refused[0][0]
    catalogue = circumstances.catalogue
    model = catalogue.model(target.model)
    places = ", ".join(each.location for each, _ in refused)
    doubt = Evidence(
        Rung.CATALOGUE,
        "field reports F#62839975995 and F#70125912017",
        f"the same 404 is answered for a place that does not serve the model; {places} "
        f"{'is' if len(refused) == 1 else 'are'} documented for it",
        "2026",
    )
    doubtful = all(each.refusal is not None and each.refusal.cause is Cause.MODEL_NOT_FOUND for _, each in refused)
    closed = model.existing_customers_only if model else None
    newer = model.successor(circumstances.today) if model else None
    enable = "someone with roles/consumerprocurement.entitlementManager answers the form and accepts the terms"
    if closed is not None and closed.value:
        other = f"move to {newer.value}" if newer else "choose another model"
        summary = f"{other}: this one is closed to projects that never used it, see VX413"
    else:
        summary = f"enable it in Model Garden: {enable}"
    message = f"{target.model} is not enabled in {target.project}: Model Garden has not given this project access."
    evidence = tuple(piece for _, each in refused for piece in each.evidence)
    return Judgement(
        Verdict.FAIL,
        message,
        (*evidence, *((doubt,) if doubtful else ())),
        Fix(summary, url=model_card(target.project, target.bare_id)),
    )


# VX410 ------------------------------------------------------------------------------------------------------------


_at_each_place = for_each_target("VX410", "a request for {model} at {location} reaches the model", _other_probes)


def _requests_required(declaration: Declaration) -> Iterator[Requirement]:
    """One for each model at each location; where the config names no model, one that says so: ready rests on a request."""
    if declaration.project.models:
        yield from _at_each_place(declaration)
        return
    project = declaration.project
    yield Requirement(
        rule="VX410",
        subject=project_name(project.id),
        sentence="a request reaches a model",
        span=project.span(("project", "id")),
        config_path=("project", "id"),
        project=project.id,
        environment=project.environment,
    )


def _judge_request(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    if requirement.target is None:
        message = f"No model is named, so whether a request gets through in {requirement.project} was not asked."
        evidence = (Evidence(Rung.DECLARED, "the config", "models: none"),)
        return Judgement(Verdict.UNKNOWN, message, evidence, Fix("name one under models, or with --model"))
    target: Target = requirement.target
    seen = outcome(target, facts, circumstances)
    if seen.passed is not None:
        return Judgement(Verdict.PASS, requirement.sentence, seen.evidence)
    if seen.stopped_at != requirement.rule:
        return not_judged(target, facts, seen)
    place = f"{target.model} at {target.location}"
    if seen.refusal is not None and seen.refusal.error.http == 404:
        message = f"The request for {place} was answered 404: the model is not served there, or not enabled in {target.project}."
        model = circumstances.catalogue.model(target.model)
        places = f"a documented location first ({', '.join(model.locations)})" if model and model.locations else ""
        fix = Fix(
            f"try {places or 'another location first'}; if that answers 404 too, enable the model in Model Garden",
            url=model_card(target.project, target.bare_id),
        )
        return Judgement(Verdict.FAIL, message, seen.evidence, fix)
    message = f"The request for {place} was refused in a way that vxsetup does not recognise."
    fix = Fix("read the answer in the evidence: it may be new, or come from a proxy between you and Google")
    return Judgement(Verdict.FAIL, message, seen.evidence, fix)


RULES = (
    Rule(
        "VX405",
        "model-not-served-here",
        Severity.ERROR,
        Rung.PROBED,
        RuleDocs(
            "The location serves the model.",
            "Locations differ by model, and documents differ from what live projects see.",
            "Passed when the model's layer answered a probe there. Failed when the answer is 'not servable in region', or "
            "404 while another location of the same project answers. A catalogue entry alone passes nothing.",
            "The free probes.",
            "Use a location that serves it; vxsetup models shows what is documented.",
            ("F#58508477443", "F#60458413136", "F#63086630148"),
        ),
        for_each_target("VX405", "{location} serves {model}", _other_probes),
        _judge_served,
    ),
    Rule(
        "VX406",
        "model-not-enabled",
        Severity.ERROR,
        Rung.PROBED,
        RuleDocs(
            "The model is enabled in Model Garden for this project.",
            "Each model is enabled by a person, once, per project. The refusal is a 404 that reads like a wrong id. An "
            "enabled API is no sign of an enabled model, and quota rows exist for models that were never enabled.",
            "Passed when the model's layer answered a probe. Failed on a 404 where the id is published, the place is "
            "documented and no other place answers. Left open behind a 429: at zero quota the platform may not have "
            "looked.",
            "The free probes; aiplatform.publishers.models.get.",
            "Open the model's card in Model Garden and enable it.",
            ("GD:use-claude", "F#62839975995", "F#70125912017"),
        ),
        _enabled_required,
        _judge_enabled,
    ),
    Rule(
        "VX410",
        "request-refused",
        Severity.ERROR,
        Rung.PROBED,
        RuleDocs(
            "A request for the model at the location reaches the model's own layer.",
            "It is the one proof that everything before it is right. The body sent cannot be answered, so that it costs "
            "nothing.",
            "Passed when the answer has Anthropic's shape. Where the answer shows which gate refused, that gate's rule "
            "fails and this one waits on it; an answer that fits no single gate fails here.",
            "The free probes.",
            "See the evidence for the answer itself.",
            ("F#63086630148",),
        ),
        _requests_required,
        _judge_request,
    ),
)
