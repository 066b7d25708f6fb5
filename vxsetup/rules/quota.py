"""VX6xx: whether the quota for a model's base model at a location is above zero."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from vxsetup.catalog import Catalogue
from vxsetup.facts.base import Fact, Facts, Known, Unknown, UnknownCause
from vxsetup.facts.models import EffectiveQuota
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
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import Declaration, Outcome, Target, asking, from_unknown, not_judged, outcome

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class QuotaTarget:
    """A model at a location, and the models before it in the config that draw on the same bucket there."""

    target: Target
    earlier: tuple[Target, ...]


def _key(project: str, location: str, model: str, catalogue: Catalogue) -> EffectiveQuota | None:
    limit = catalogue.quota(model, location).limit("requests")
    if limit is None or limit.quota_id is None:
        return None
    return EffectiveQuota(project, location, limit.quota_id.value)


def quota_reads(declaration: Declaration) -> tuple[Hashable, ...]:
    """The quota facts that a config gives rise to: one for each quota id, not for each model."""
    keys = (
        _key(target.project, target.location, target.bare_id, declaration.catalogue)
        for target, *_ in declaration.places
    )
    return tuple(dict.fromkeys(key for key in keys if key is not None))


def _required(declaration: Declaration) -> Iterator[Requirement]:
    project, catalogue = declaration.project, declaration.catalogue
    sharing: dict[tuple[str, str], list[Target]] = {}
    for target, span, related, path in declaration.places:
        key = _key(target.project, target.location, target.bare_id, catalogue)
        bases = catalogue.quota(target.bare_id, target.location).base_models
        bucket = (target.location, bases[0].name if bases else target.bare_id)
        earlier = tuple(sharing.setdefault(bucket, []))
        sharing[bucket].append(target)
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
            reads=tuple(fact for fact in (*probes, key) if fact is not None),
            target=QuotaTarget(target, earlier),
        )


def _judge(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: Target = requirement.target.target
    seen = outcome(target, facts, circumstances)
    if seen.passed is not None:
        return Judgement(Verdict.PASS, requirement.sentence, seen.evidence)
    if target.probe is None:
        return not_judged(target, facts, seen)
    key = _key(target.project, target.location, target.bare_id, circumstances.catalogue)
    fact = facts[key] if key is not None else None
    bases = _bases(target, seen, circumstances)
    # A refusal that names a quota of tokens says nothing of the requests, and the limit of requests nothing of it.
    counted = seen.refusal is None or seen.refusal.metric is None or "requests" in seen.refusal.metric
    rows = _rows(fact, bases)
    read = tuple(_says(fact, rows)) if isinstance(fact, Known) else ()
    limits = set(rows.values())
    if limits == {0}:
        told = _told_by(requirement.target.earlier, rows, facts, circumstances)
        if told is not None:
            message = f"The quota for {target.model} at {target.location} is the one that it shares with {told.model}."
            waits = (RequirementId(requirement.rule, told.subject),)
            return Judgement(Verdict.UNKNOWN, message, read, blocked_by=waits)
        answered = seen.evidence if seen.stopped_at == "VX602" else ()
        return Judgement(Verdict.FAIL, _zero(target), (*answered, *read), _increase(target, tuple(rows)))
    if seen.stopped_at == "VX602" and not counted:
        return _refused_for_tokens(target, seen)
    if seen.stopped_at == "VX602":
        return _refused(target, seen, fact, read, bases)
    if limits and 0 not in limits:
        return Judgement(Verdict.PASS, requirement.sentence, read)
    if seen.unknown is not None and seen.unknown.cause is UnknownCause.NOT_ASKED and isinstance(fact, Unknown):
        return from_unknown(target.project, facts, fact, f"the quota for {target.model} at {target.location}")
    return not_judged(target, facts, seen)


def _told_by(
    earlier: tuple[Target, ...], rows: dict[str, int], facts: Facts, circumstances: Circumstances
) -> Target | None:
    """An earlier model whose requirement fails for these very rows: one bucket at zero is one failure."""
    for other in earlier:
        seen = outcome(other, facts, circumstances)
        key = _key(other.project, other.location, other.bare_id, circumstances.catalogue)
        fact = facts[key] if key is not None else None
        same = _rows(fact, _bases(other, seen, circumstances)) == rows
        if same and seen.passed is None and other.probe is not None:
            return other
    return None


def _bases(target: Target, seen: Outcome, circumstances: Circumstances) -> tuple[str, ...]:
    """The base models whose limits can bound this model here: the one that a refusal names, or all that may apply."""
    if seen.refusal is not None and seen.refusal.base_model:
        return (seen.refusal.base_model,)
    return tuple(base.name for base in circumstances.catalogue.quota(target.bare_id, target.location).base_models)


def _rows(fact: Fact | None, bases: tuple[str, ...]) -> dict[str, int]:
    found: dict[str, int] = fact.value.by_base_model if isinstance(fact, Known) else {}
    return {name: found[name] for name in bases if name in found}


def _says(fact: Known, rows: dict[str, int]) -> Iterator[Evidence]:
    for name, limit in rows.items():
        yield fact.evidence(f"{name}: {'unlimited' if limit < 0 else f'{limit:,}'} requests a minute in force")


def _refused_for_tokens(target: Target, seen: Outcome) -> Judgement:
    metric = seen.refusal.metric if seen.refusal is not None else None
    message = f"The request for {target.model} at {target.location} met 429 of {metric}: that quota is zero, or used up. It is not read yet."
    fix = Fix(
        "look at this quota in the console; a limit of zero is common in new projects", url=_console(target.project)
    )
    return Judgement(Verdict.UNKNOWN, message, seen.evidence, fix)


def _refused(
    target: Target,
    seen: Outcome,
    fact: Fact | None,
    read: tuple[Evidence, ...],
    bases: tuple[str, ...],
) -> Judgement:
    place, answered = f"{target.model} at {target.location}", seen.evidence
    if seen.refusal is not None and seen.refusal.cause is Cause.CAPACITY:
        message = f"Shared capacity for {place} is used up at this moment; that says nothing about the quota."
        return Judgement(Verdict.UNKNOWN, message, answered, Fix("check again in some minutes"))
    if read:
        message = f"The quota for {place} is above zero and used up at this moment."
        return Judgement(Verdict.UNKNOWN, message, (*answered, *read), Fix("check again in a minute"))
    if isinstance(fact, Known):
        message = f"The first request for {place} met 429, and the project has no quota row for its base model: the limit is zero."
        doubt = Evidence(
            Rung.CATALOGUE,
            "field report F#58605806618 and others",
            "a missing row went with a limit of zero in one settled case; rows were also missing for models that work",
            "2026-08-20",
        )
        return Judgement(Verdict.FAIL, message, (*answered, doubt), _increase(target, bases))
    need = fact.would_need if isinstance(fact, Unknown) else "cloudquotas.quotas.get"
    message = f"The first request for {place} met 429: the quota is zero, or used up. Its limit was not read."
    fix = Fix(f"{asking(need)}; a limit of zero is common in new projects", url=_console(target.project))
    unread = (fact.evidence(),) if isinstance(fact, Unknown) else ()
    # It waits on nothing, not even on the API that would have told: the 429 is what a person must see.
    return Judgement(Verdict.UNKNOWN, message, (*answered, *unread), fix)


def _zero(target: Target) -> str:
    return (
        f"The quota for {target.model} at {target.location} is 0 requests a minute: every request will be answered 429."
    )


def _console(project: str) -> str:
    return f"https://console.cloud.google.com/iam-admin/quotas?project={project}"


def _increase(target: Target, bases: tuple[str, ...]) -> Fix:
    return Fix(
        f"ask for an increase: in the list of quotas look for base_model {' or '.join(bases)} at {target.location}",
        url=_console(target.project),
    )


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
            "A probe that reached the model passes it. A limit of 0 fails it, whatever else stands in the way. A 429 with "
            "a limit above zero is unknown (used up), and so is a 429 whose limit could not be read, or that names a quota "
            "of tokens, which is not read yet. Models launched "
            "after 2026-05-26 share one bucket per lineage on global and multi-region endpoints; in single regions their "
            "own name has been seen, so both are looked at.",
            "cloudquotas.quotaInfos.get (cloudquotas.quotas.get); the free probes.",
            "Ask for an increase in the console or through the Cloud Quotas API.",
            ("GD:quotas", "F#70939799729", "F#58605806618", "F#70862306820"),
        ),
        _required,
        _judge,
    ),
)
