"""VX602: whether the quota for a model's base model at a location is above zero."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from vxsetup.facts.base import Facts, Known, UnknownCause
from vxsetup.facts.quotas import QuotaPreferences
from vxsetup.facts.refusal import Cause
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
from vxsetup.rules.buckets import (
    MISSING_ROW,
    Asker,
    Bucket,
    ask_for_more,
    bucket_name,
    buckets,
    console,
    keys_of,
)
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import Declaration, Outcome, Target, asking, from_unknown, not_judged, outcome

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class QuotaTarget:
    """A model at a location, and the models before it in the config that draw on the same bucket there.

    ``needs`` is the throughput that the config asks of the bucket, for all models that share it, by kind of limit.
    """

    target: Target
    earlier: tuple[Target, ...]
    needs: Mapping[str, int]
    asker: Asker


def _required(declaration: Declaration) -> Iterator[Requirement]:
    project, catalogue = declaration.project, declaration.catalogue
    asker = Asker(project.quota.contact, project.quota.justification)
    sharing: dict[tuple[str, str], list[Target]] = {}
    for target, *_ in declaration.places:
        sharing.setdefault(bucket_name(target, catalogue), []).append(target)
    for target, span, related, path in declaration.places:
        shared = sharing[bucket_name(target, catalogue)]
        earlier = tuple(shared[: shared.index(target)])
        probes = (each.probe for each in (target, *earlier))
        yield Requirement(
            rule="VX602",
            subject=target.subject,
            sentence=f"the quota for {target.model} at {target.location} is above zero",
            span=span,
            related=related,
            config_path=path,
            project=project.id,
            environment=project.environment,
            reads=(
                *(probe for probe in probes if probe is not None),
                *dict.fromkeys(key for each in (target, *earlier) for key in keys_of(each, catalogue)),
                QuotaPreferences(project.id),
            ),
            target=QuotaTarget(target, earlier, _together(declaration, shared), asker),
        )


def _together(declaration: Declaration, shared: list[Target]) -> dict[str, int]:
    found: dict[str, int] = {}
    for target in dict.fromkeys(shared):
        for kind, need in declared_needs(declaration, target).items():
            found[kind] = found.get(kind, 0) + need
    return found


def declared_needs(declaration: Declaration, target: Target) -> dict[str, int]:
    """What the config needs of a model at a location, by the kinds of limits that the model has there.

    The oldest models have one limit for input and output together.
    """
    found: dict[str, int] = {}
    for model in declaration.project.models:
        if model.id != target.model or all(place.location != target.location for place in model.locations):
            continue
        kinds = {limit.kind for limit in declaration.catalogue.quota(target.bare_id, target.location).limits}
        needs = {
            "requests": model.needs.requests_per_minute,
            "input_tokens": model.needs.input_tokens_per_minute,
            "output_tokens": model.needs.output_tokens_per_minute,
        }
        for kind, need in needs.items():
            if need is not None:
                name = kind if kind in kinds else "tokens"
                found[name] = found.get(name, 0) + need
    return found


def _judge(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: Target = requirement.target.target
    seen = outcome(target, facts, circumstances)
    if seen.passed is not None:
        return Judgement(Verdict.PASS, requirement.sentence, seen.evidence)
    if target.probe is None:
        return not_judged(target, facts, seen)
    found = buckets(target, facts, circumstances)
    zero = tuple(one for one in found if one.zero)
    if zero:
        return _zero(requirement, zero, seen, facts, circumstances)
    if seen.stopped_at == "VX602":
        return _refused(requirement, seen, found, facts)
    unread = next((one.unread for one in found if one.unread is not None), None)
    every = frozenset(value for one in found for value in one.values)
    # A limit without a row may be zero (MISSING_ROW): only rows of all kinds show that there is room.
    if unread is None and all(one.rows and one.key is not None for one in found) and 0 not in every:
        return Judgement(Verdict.PASS, requirement.sentence, _evidence(found))
    if seen.unknown is not None and seen.unknown.cause is UnknownCause.NOT_ASKED and unread is not None:
        return from_unknown(target.project, facts, unread, f"the quota for {target.model} at {target.location}")
    return not_judged(target, facts, seen)


def _evidence(found: tuple[Bucket, ...]) -> tuple[Evidence, ...]:
    return tuple(piece for one in found for piece in one.evidence())


# A limit of zero --------------------------------------------------------------------------------------------------


def _zero(
    requirement: Requirement, zero: tuple[Bucket, ...], seen: Outcome, facts: Facts, circumstances: Circumstances
) -> Judgement:
    target: Target = requirement.target.target
    place, read = f"{target.model} at {target.location}", _evidence(zero)
    told = _told_by(requirement.target.earlier, zero, facts, circumstances)
    if told is not None:
        message = f"The quota for {place} is the one that it shares with {told.model}."
        waits = (RequirementId(requirement.rule, told.subject),)
        return Judgement(Verdict.UNKNOWN, message, read, blocked_by=waits)
    counted = " and ".join(f"0 {one.words}" for one in zero)
    message = f"The quota for {place} is {counted} a minute: every request will be answered 429."
    answered = seen.evidence if seen.stopped_at == requirement.rule else ()
    return Judgement(Verdict.FAIL, message, (*answered, *read), _increase(requirement, zero, facts))


def _told_by(
    earlier: tuple[Target, ...], zero: tuple[Bucket, ...], facts: Facts, circumstances: Circumstances
) -> Target | None:
    """An earlier model whose requirement fails for these very rows: one bucket at zero is one failure."""
    rows = {(one.key, *one.rows) for one in zero}
    for other in earlier:
        if other.probe is None or outcome(other, facts, circumstances).passed is not None:
            continue
        if rows <= {(one.key, *one.rows) for one in buckets(other, facts, circumstances) if one.zero}:
            return other
    return None


def _increase(requirement: Requirement, found: tuple[Bucket, ...], facts: Facts) -> Fix:
    """How to ask for what the config needs, or else for what Google documents as usual."""
    needs: Mapping[str, int] = requirement.target.needs
    default = found[0].quota.default
    usual: Mapping[str, int] = default.value if default is not None else {}
    wanted = [(one, needs.get(one.limit.kind, usual.get(one.limit.kind))) for one in found]
    return ask_for_more(wanted, requirement.target.asker, facts)


# A 429 ------------------------------------------------------------------------------------------------------------


def _refused(requirement: Requirement, seen: Outcome, found: tuple[Bucket, ...], facts: Facts) -> Judgement:
    target: Target = requirement.target.target
    place, answered = f"{target.model} at {target.location}", seen.evidence
    if seen.refusal is not None and seen.refusal.cause is Cause.CAPACITY:
        message = f"Shared capacity for {place} is used up at this moment; that says nothing about the quota."
        return Judgement(Verdict.UNKNOWN, message, answered, Fix("check again in some minutes"))
    one = _named(seen, found)
    if one is None:
        metric = seen.refusal.metric if seen.refusal is not None else None
        message = f"The request for {place} met 429 of {metric}: that quota is zero, or used up. It is none that vxsetup reads."
        hint = "look at this quota in the console; a limit of zero is common in new projects"
        return Judgement(Verdict.UNKNOWN, message, answered, Fix(hint, url=console(target.project)))
    if one.rows:
        least = "zero or used up" if 0 in one.values else "above zero and used up"
        message = f"The quota of {one.words} for {place} is {least} at this moment."
        return Judgement(Verdict.UNKNOWN, message, (*answered, *one.evidence()), Fix("check again in a minute"))
    if isinstance(one.fact, Known):
        message = f"The first request for {place} met 429, and the project has no quota row of {one.words} for its base model: the limit is zero."
        return Judgement(Verdict.FAIL, message, (*answered, MISSING_ROW), _increase(requirement, (one,), facts))
    need = one.unread.would_need if one.unread is not None else "cloudquotas.quotas.get"
    message = f"The first request for {place} met 429: the quota is zero, or used up. Its limit was not read."
    fix = Fix(f"{asking(need)}; a limit of zero is common in new projects", url=console(target.project))
    unread = (one.unread.evidence(),) if one.unread is not None else ()
    # It waits on nothing, not even on the API that would have told: the 429 is what a person must see.
    return Judgement(Verdict.UNKNOWN, message, (*answered, *unread), fix)


def _named(seen: Outcome, found: tuple[Bucket, ...]) -> Bucket | None:
    """The bucket that a 429 names; None where it names one that is not read."""
    return next((one for one in found if names(seen, one)), None)


def names(seen: Outcome, found: Bucket) -> bool:
    """Whether a 429 names this bucket by its metric."""
    metric = seen.refusal.metric if seen.refusal is not None else None
    if metric is None:
        return False
    exact = found.limit.metric.value.rpartition("/")[2] == metric
    return exact or (found.limit.kind == "requests" and "requests" in metric)


RULES = (
    Rule(
        "VX602",
        "quota-zero",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "The quota in force for the model's base model at the location is above zero.",
            "Enabling a model grants no quota. New projects are often at zero, and the only sign is a 429 on the very "
            "first call, which looks like load.",
            "A probe that reached the model passes it. A limit of 0 requests, input tokens or output tokens fails it, "
            "whatever else stands in the way, and so does a 429 where the project has no row at all. A 429 with a limit "
            "above zero is unknown (used up), and so is one whose limit could not be read. Without a probe that reached the "
            "model, rows above zero of every kind pass it; where one is missing it stays open. A row without base_model holds "
            "for every base model that has no row of its own. Models launched after 2026-05-26 share one bucket per "
            "lineage on global and multi-region endpoints; in single regions their own name has been seen, so both are "
            "looked at.",
            "cloudquotas.quotaInfos.get and quotaPreferences.list (cloudquotas.quotas.get); the free probes.",
            "Ask for an increase in the console or through the Cloud Quotas API.",
            ("GD:quotas", "F#70939799729", "F#58605806618", "F#70862306820"),
        ),
        _required,
        _judge,
    ),
)
