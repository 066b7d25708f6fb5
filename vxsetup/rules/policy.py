"""VX501-VX503: what organization policies and perimeters do to a request, by the free probe and by the policies."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from vxsetup.catalog import Catalogue
from vxsetup.facts.base import Facts, UnknownCause
from vxsetup.facts.policies import is_group
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
from vxsetup.rules.path import (
    Declaration,
    Outcome,
    Target,
    for_each_target,
    judge_gate,
    not_judged,
    outcome,
    project_name,
)
from vxsetup.rules.standing import (
    ASK,
    ENDPOINTS,
    FEATURES,
    MODELS,
    SERVICES,
    Stand,
    Thing,
    allow,
    describe,
    left_open,
    standing,
)

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from vxsetup.values import dataclass, replace

AIPLATFORM = "aiplatform.googleapis.com"
COUNT_TOKENS = "count-tokens"
"""To vertexai.allowedModels the counting of tokens is a model of its own (F#63139573924)."""


def _publisher_model(bare_id: str) -> str:
    return f"publishers/anthropic/models/{bare_id}"


def model_thing(project: str, bare_id: str) -> Thing:
    """A model as vertexai.allowedModels lists it. Whether a value may carry the model's date is not documented, so
    that one with a date is in doubt."""
    dated = re.compile(rf"{re.escape(_publisher_model(bare_id))}@[^:]+:predict")
    return Thing(
        project,
        MODELS,
        (f"{_publisher_model(bare_id)}:predict",),
        doubtful=lambda value: is_group(value) or dated.fullmatch(value) is not None,
    )


def service_thing(project: str, service: str) -> Thing:
    """An API as gcp.restrictServiceUsage lists it."""
    return Thing(project, SERVICES, (service,))


# VX501 ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PolicyTarget:
    """A model at a location, and the ones before it in the config, for which the same policy may be at fault."""

    target: Target
    earlier: tuple[Target, ...]


def things(target: Target) -> tuple[Thing, ...]:
    """What policies can forbid of a request: the model, the API, and the host that serves the location."""
    host = target.probe.host if target.probe is not None else None
    endpoint = (Thing(target.project, ENDPOINTS, (host,), deny_list=True),) if host is not None else ()
    return (model_thing(target.project, target.bare_id), service_thing(target.project, AIPLATFORM), *endpoint)


def _target_reads(target: Target) -> tuple[Hashable, ...]:
    probe = (target.probe,) if target.probe is not None else ()
    return (*probe, *(key for thing in things(target) for key in thing.reads))


_for_each = for_each_target("VX501", "no organization policy refuses {model} at {location}", _target_reads)


def _policy_required(declaration: Declaration) -> Iterator[Requirement]:
    earlier: list[Target] = []
    for requirement in _for_each(declaration):
        target = requirement.target
        probes = (before.probe for before in earlier if before.probe is not None)
        reads = tuple(dict.fromkeys((*requirement.reads, *probes)))
        yield replace(requirement, target=PolicyTarget(target, tuple(earlier)), reads=reads)
        earlier.append(target)


def _judge_policy(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: Target = requirement.target.target
    seen = outcome(target, facts, circumstances)
    if seen.passed is not None:
        return Judgement(Verdict.PASS, requirement.sentence, seen.evidence)
    if target.probe is None:
        return not_judged(target, facts, seen)
    stands = tuple(standing(thing, facts) for thing in things(target))
    forbidding = _forbidding(target, seen, stands)
    if forbidding:
        return _forbidden(requirement, seen, stands, forbidding, facts, circumstances)
    open_ = next((stand for stand in stands if stand.allowed is None), None)
    if open_ is None:
        return Judgement(Verdict.PASS, requirement.sentence, tuple(e for stand in stands for e in stand.evidence))
    planned = seen.unknown is not None and seen.unknown.cause is UnknownCause.KNOWN_AFTER_APPLY
    if (seen.unknown is not None and not planned) or open_.unknown is None:
        # The policy is the nearer question; --probe none is told as well, since a probe would have settled it.
        question = f"whether organization policies let requests for {target.model} at {target.location} through"
        return _or_probe(left_open(requirement, open_, facts, question), seen)
    waiting = not_judged(target, facts, seen)
    return replace(waiting, evidence=(*waiting.evidence, *open_.evidence))


def _or_probe(judgement: Judgement, seen: Outcome) -> Judgement:
    if seen.unknown is None or seen.unknown.cause is not UnknownCause.NOT_ASKED or judgement.fix is None:
        return judgement
    if "--probe" in judgement.fix.summary:
        return judgement
    summary = f"{judgement.fix.summary}; or run vxsetup check with --probe free, which shows it"
    return replace(judgement, fix=replace(judgement.fix, summary=summary))


def _forbidding(target: Target, seen: Outcome, stands: tuple[Stand, ...]) -> tuple[str, ...]:
    """The constraints that forbid a request, by the policies and by the refusal of the probe."""
    found = [stand.constraint for stand in stands if stand.allowed is False]
    if seen.stopped_at == "VX501":
        named = (seen.refusal.constraint if seen.refusal is not None else None) or MODELS
        found = [named, *found]
    return tuple(dict.fromkeys(found))


def _forbidden(
    requirement: Requirement,
    seen: Outcome,
    stands: tuple[Stand, ...],
    forbidding: tuple[str, ...],
    facts: Facts,
    circumstances: Circumstances,
) -> Judgement:
    target: Target = requirement.target.target
    own = seen.evidence if seen.stopped_at == "VX501" else ()
    read = tuple(e for stand in stands if stand.constraint in forbidding for e in stand.evidence)
    fix = Fix(_way_out(target, forbidding, stands), command=describe(target.project, forbidding[0]))
    for before in requirement.target.earlier:
        if _same_fault(target, before, forbidding, facts, circumstances):
            message = f"The policy that refuses {target.model} at {target.location} also refuses {before.model} at {before.location}."
            waits = (RequirementId(requirement.rule, before.subject),)
            return Judgement(Verdict.UNKNOWN, message, (*own, *read), fix, waits)
    message = _message(target, forbidding)
    if seen.stopped_at == "VX501" and any(stand.constraint == forbidding[0] and stand.allowed for stand in stands):
        message = f"{message} By now the policy in force allows it, which takes some minutes to act."
        fix = replace(fix, summary=f"check again in some minutes; if it stays, {fix.summary}")
    return Judgement(Verdict.FAIL, message, (*own, *read), fix)


def _same_fault(
    target: Target, before: Target, forbidding: tuple[str, ...], facts: Facts, circumstances: Circumstances
) -> bool:
    """Whether another target fails for exactly the same entries of exactly the same policies."""
    seen = outcome(before, facts, circumstances)
    if seen.passed is not None or before.probe is None:
        return False
    stands = tuple(standing(thing, facts) for thing in things(before))
    if _forbidding(before, seen, stands) != forbidding:
        return False
    names = {thing.constraint: thing.names for thing in things(target)}
    theirs = {thing.constraint: thing.names for thing in things(before)}
    return all(names.get(constraint) == theirs.get(constraint) for constraint in forbidding)


def _message(target: Target, forbidding: tuple[str, ...]) -> str:
    if forbidding == (SERVICES,):
        return f"The organization policy {SERVICES} does not allow the Vertex AI API in {target.project}."
    if forbidding == (ENDPOINTS,):
        host = target.probe.host if target.probe is not None else "its host"
        return f"The organization policy {ENDPOINTS} does not allow {host}, which is the endpoint of {target.location}."
    if len(forbidding) == 1:
        return f"The organization policy {forbidding[0]} does not allow {target.model} at {target.location}."
    names = f"{', '.join(forbidding[:-1])} and {forbidding[-1]}"
    return f"The organization policies {names} do not allow {target.model} at {target.location}."


def _way_out(target: Target, forbidding: tuple[str, ...], stands: tuple[Stand, ...]) -> str:
    """What somebody can do about it. Where allowed values are listed, one is added; a denied one has to go."""
    value = f"{_publisher_model(target.bare_id)}:predict"
    elsewhere = "use a location that has another host"
    if target.location == "global":
        elsewhere = "use a multi-region or regional location"
    ways = {
        MODELS: allow(value, next((stand for stand in stands if stand.constraint == MODELS), None)),
        SERVICES: f"{ASK} to allow {AIPLATFORM}",
        ENDPOINTS: f"{elsewhere}, or {ASK} to allow the endpoint",
    }
    return "; ".join(ways.get(constraint, f"{ASK} to allow it under {constraint}") for constraint in forbidding)


# VX502 ------------------------------------------------------------------------------------------------------------


def _judge_perimeter(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    def failed(target: Target, seen: Outcome) -> Judgement:
        message = f"A service perimeter refuses requests of this caller to {target.model} at {target.location}."
        fix = Fix(
            "give the identifier in the evidence to a VPC Service Controls administrator, or run inside the perimeter"
        )
        return Judgement(Verdict.FAIL, message, seen.evidence, fix)

    return judge_gate(requirement, facts, circumstances, requirement.sentence, failed)


# VX503 ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FeatureTarget:
    """A feature that a model is to use, and what a policy could list it as."""

    model: str
    feature: str
    thing: Thing
    from_doc: tuple[Evidence, ...]


def feature_thing(project: str, bare_id: str, feature: str, catalogue: Catalogue) -> tuple[Thing, tuple[Evidence, ...]]:
    """A feature as a policy can forbid it, with what is documented of its default. Raises ValueError for a feature that
    no policy governs."""
    if feature == "count_tokens":
        return model_thing(project, COUNT_TOKENS), ()
    row = catalogue.feature(feature)
    if row is None or row.policy is None:
        raise ValueError(f"no policy governs {feature!r}")
    whole = _publisher_model(bare_id)
    names = (f"{whole}:{row.policy}", whole, "publishers/anthropic")
    default = row.denied_by_default
    dated = re.compile(rf"{re.escape(whole)}@[^:]+(:{row.policy})?")
    thing = Thing(
        project,
        FEATURES,
        names,
        denied_by_default=default is not None and default.value,
        doubtful=lambda value: is_group(value) or dated.fullmatch(value) is not None,
    )
    says = f"{row.title} is denied by default in a project inside an organization"
    return thing, (catalogue.evidence(default, says),) if default is not None and default.value else ()


def _governed(feature: str, catalogue: Catalogue) -> bool:
    row = catalogue.feature(feature)
    return feature == "count_tokens" or (row is not None and row.policy is not None)


def _feature_required(declaration: Declaration) -> Iterator[Requirement]:
    """One requirement for each model and feature: a policy knows no locations."""
    project, catalogue = declaration.project, declaration.catalogue
    sendable = {model.config_path[:2]: model.listed for model in declaration.models}
    for model in project.models:
        listed = sendable.get(model.config_path)
        for number, feature in enumerate(model.features):
            if listed is None or not _governed(feature, catalogue):
                continue
            thing, doc = feature_thing(project.id, listed.model, feature, catalogue)
            path = (*model.config_path, "features", number)
            yield Requirement(
                rule="VX503",
                subject=f"{project_name(project.id)}/{_publisher_model(model.id)}/features/{feature}",
                sentence=f"no organization policy refuses {feature} with {model.id}",
                span=project.span(path),
                related=(project.span((*model.config_path, "id")),),
                config_path=path,
                project=project.id,
                environment=project.environment,
                reads=thing.reads,
                target=FeatureTarget(model.id, feature, thing, doc),
            )


def _judge_feature(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    asked: FeatureTarget = requirement.target
    thing = asked.thing
    stand = standing(thing, facts)
    if stand.allowed:
        return Judgement(Verdict.PASS, requirement.sentence, stand.evidence)
    if stand.allowed is None:
        open_ = left_open(
            requirement, stand, facts, f"whether organization policies let {asked.model} use {asked.feature}"
        )
        return replace(open_, evidence=(*open_.evidence, *asked.from_doc))
    message = f"The organization policy {thing.constraint} does not let {asked.model} use {asked.feature}: {stand.why}."
    fix = Fix(
        f"{allow(thing.names[0], stand)}; until then leave {asked.feature} out",
        command=describe(thing.project, thing.constraint),
    )
    return Judgement(Verdict.FAIL, message, (*stand.evidence, *asked.from_doc), fix)


RULES = (
    Rule(
        "VX501",
        "policy-refuses-model",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "No organization policy stands between the project and the model at this location.",
            "vertexai.allowedModels, gcp.restrictServiceUsage and gcp.restrictEndpointUsage refuse a request with 400 or "
            "403. The refusal names the constraint; the person who can change it is rarely the one who sees it.",
            "A probe that the model's layer answered passes it. Else the policies in force decide, merged by Google over "
            "project, folders and organization: a value that they deny fails, whatever else stands in the way, and a "
            "refusal that names a constraint fails too. Where all three allow it, it passes. Value groups, rules with "
            "parameters and values with a model's date are not taken apart: they leave it unknown. Only denied values are "
            "documented for gcp.restrictEndpointUsage; denying aiplatform.googleapis.com closes the global endpoint. "
            "Outside an organization there are no policies. What gcp.resourceLocations does to requests is documented "
            "nowhere, so it is not looked at here.",
            "orgpolicy.projects.policies.getEffectivePolicy (orgpolicy.policy.get), one request for each constraint; the "
            "free probes; cloudresourcemanager.projects.get.",
            "Ask an organization policy administrator to allow the value that the finding names.",
            (
                "GD:control-model-access",
                "GD:org-policy-hierarchy",
                "GD:restrict-endpoint-usage",
                "F#12923988830",
                "F#61424486628",
            ),
        ),
        _policy_required,
        _judge_policy,
    ),
    Rule(
        "VX502",
        "perimeter-refuses",
        Severity.ERROR,
        Rung.PROBED,
        RuleDocs(
            "No service perimeter refuses the request.",
            "VPC Service Controls refuses calls that cross a perimeter, whatever the permissions.",
            "From the free probe alone: passed when the model's layer answered, failed when the answer says "
            "SECURITY_POLICY_VIOLATED. Seen on other Google APIs; its wording on Vertex AI is not documented.",
            "The free probes.",
            "Take the identifier in the answer to an administrator of the perimeter.",
            ("F#57418643417", "F#54841302395"),
        ),
        for_each_target("VX502", "no service perimeter refuses {model} at {location}"),
        _judge_perimeter,
    ),
    Rule(
        "VX503",
        "policy-refuses-feature",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "No organization policy refuses a feature that a model is to use.",
            "Web search and structured outputs of partner models are denied by default inside an organization, and a "
            "request that uses one is refused with 400 while plain requests work. Counting tokens is a model of its own "
            "to vertexai.allowedModels, and is easily left off the list.",
            "Judged for the features that the config asks for, from vertexai.allowedPartnerModelFeatures (for a model's "
            "feature, all features of a model, or the publisher) and for count_tokens from vertexai.allowedModels. The "
            "free probe uses no feature, so it proves nothing here. Where no policy is in force, the project's parent "
            "tells whether the default of an organization holds.",
            "orgpolicy.projects.policies.getEffectivePolicy (orgpolicy.policy.get); cloudresourcemanager.projects.get.",
            "Ask an organization policy administrator to allow the feature, or leave it out of the config.",
            ("GD:control-model-access", "GD:structured-outputs", "GD:web-search", "F#63139573924"),
        ),
        _feature_required,
        _judge_feature,
    ),
)
