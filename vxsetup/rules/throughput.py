"""VX601 and VX605: whether the quota allows the throughput that the config needs, and what is to be bought instead."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from vxsetup.facts.base import Facts, Known
from vxsetup.facts.quotas import QuotaPreferences
from vxsetup.findings import (
    Evidence,
    Fix,
    Judgement,
    Measure,
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
    WORDS,
    Asker,
    Bucket,
    ask_for_more,
    bucket,
    bucket_name,
    console,
    key_of,
    number,
)
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import Declaration, Outcome, Place, Target, blocking, from_unknown, outcome
from vxsetup.rules.quota import declared_needs

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """A model at a location, and what the config needs of it there, by kind of limit."""

    target: Target
    needs: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class NeedTarget:
    """One kind of limit of a model at a location; ``sharers`` are the models of the config that draw on the same
    bucket there, itself among them, in the config's order."""

    target: Target
    kind: str
    sharers: tuple[Share, ...]
    asker: Asker

    @property
    def total(self) -> int:
        """What all of them need together, a minute."""
        return sum(share.needs.get(self.kind, 0) for share in self.sharers)


def shares_of(declaration: Declaration) -> dict[tuple[str, str], list[Share]]:
    """The models of a config by the bucket that they share. Provisioned throughput is bought, and draws on no quota."""
    found: dict[tuple[str, str], list[Share]] = {}
    bought = {model.config_path for model in declaration.project.models if model.traffic == "provisioned"}
    for target, _, _, path in declaration.places:
        shared = found.setdefault(bucket_name(target, declaration.catalogue), [])
        if target.probe is not None and path[:2] not in bought and all(s.target != target for s in shared):
            shared.append(Share(target, declared_needs(declaration, target)))
    return found


def each_place(declaration: Declaration) -> Iterator[tuple[Place, tuple[Share, ...]]]:
    """Every place of a model whose id can stand in a request, with the models that share its bucket."""
    shares = shares_of(declaration)
    for place in declaration.places:
        yield place, tuple(shares[bucket_name(place[0], declaration.catalogue)])


def share_reads(sharers: tuple[Share, ...], kinds: tuple[str, ...], declaration: Declaration) -> tuple[object, ...]:
    """The probes of all that share, the limits of some kinds, and what was asked for already."""
    keys: list[object] = []
    for share in sharers:
        limits = declaration.catalogue.quota(share.target.bare_id, share.target.location).limits
        keys += [share.target.probe, *(key_of(share.target, limit) for limit in limits if limit.kind in kinds)]
    return (*dict.fromkeys(key for key in keys if key is not None), QuotaPreferences(declaration.project.id))


# VX601 ------------------------------------------------------------------------------------------------------------


def _needs_required(declaration: Declaration) -> Iterator[Requirement]:
    """One for each declared need of a model at a location: each is a limit, and an increase, of its own."""
    project = declaration.project
    asker = Asker(project.quota.contact, project.quota.justification)
    for (target, span, related, path), sharers in each_place(declaration):
        own = next((share for share in sharers if share.target == target), None)
        for kind, need in own.needs.items() if own is not None else ():
            where = (*path[:2], "needs", f"{kind}_per_minute")
            place = project.span(where if kind != "tokens" else where[:3])
            yield Requirement(
                rule="VX601",
                subject=f"{target.subject}/quotas/{kind}",
                sentence=f"the quota of {target.model} at {target.location} allows {need:,} {WORDS[kind]} a minute",
                span=place,
                related=(span, *related),
                config_path=where,
                project=project.id,
                environment=project.environment,
                reads=share_reads(sharers, (kind,), declaration),
                target=NeedTarget(target, kind, sharers, asker),
            )


def one_bucket(target: Target, kind: str, facts: Facts, circumstances: Circumstances) -> tuple[Outcome, Bucket]:
    """What the probe of a model shows, and its bucket of one kind of limit."""
    seen = outcome(target, facts, circumstances)
    limit = circumstances.catalogue.quota(target.bare_id, target.location).limit(kind)
    assert limit is not None  # needs are declared by the kinds of limits that there are
    return seen, bucket(target, limit, seen, facts, circumstances)


def _judge_needs(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    need: NeedTarget = requirement.target
    target = need.target
    seen, found = one_bucket(target, need.kind, facts, circumstances)
    what = f"{found.words} a minute for {target.model} at {target.location}"
    if found.unread is not None:
        open_question = f"whether the quota allows {need.total:,} {what}"
        return from_unknown(target.project, facts, found.unread, open_question)
    evidence = (*found.evidence(), *found.named(circumstances.catalogue))
    page = Fix("look at the limit in the console", url=console(target.project))
    if found.key is None:
        message = f"No source gives the id of the quota of {what}, so it was not read."
        return Judgement(Verdict.UNKNOWN, message, (_no_id(found, circumstances),), page)
    if not found.rows:
        bases = " or ".join(found.bases)
        message = f"Cloud Quotas has no row for {bases} at {target.location}, so whether {need.total:,} {what} are allowed is not known."
        assert isinstance(found.fact, Known)
        none = found.fact.evidence(f"no row for {bases}, and none for all base models")
        doubts = (none, MISSING_ROW, *evidence)
        return Judgement(Verdict.UNKNOWN, message, doubts, page, (blocking("VX602", target),))
    if not found.per_minute:
        message = f"Cloud Quotas shows the limit of {found.words} for {target.model} at {target.location} for another time than a minute."
        return Judgement(Verdict.UNKNOWN, message, evidence, page)
    measure = _measure(found, need.total)
    if found.allows(need.total):
        return Judgement(Verdict.PASS, requirement.sentence, evidence, measure=measure)
    if found.zero and seen.passed is None:
        message = f"The quota of {what} is 0."
        return Judgement(Verdict.UNKNOWN, message, evidence, blocked_by=(blocking("VX602", target),))
    if not found.below(need.total):
        limits = " or ".join(number(value) for value in sorted(found.values))
        message = f"The quota allows {limits} {what}, and which of the rows holds is not documented; {need.total:,} are needed."
        return Judgement(Verdict.UNKNOWN, message, evidence, page)
    return _too_small(requirement, found, facts, circumstances, evidence)


def _no_id(found: Bucket, circumstances: Circumstances) -> Evidence:
    return circumstances.catalogue.evidence(found.limit.metric, f"the metric is {found.limit.metric.value}")


def _too_small(
    requirement: Requirement,
    found: Bucket,
    facts: Facts,
    circumstances: Circumstances,
    evidence: tuple[Evidence, ...],
) -> Judgement:
    need: NeedTarget = requirement.target
    kind, rows = need.kind, (found.key, *found.rows)
    for share in need.sharers[: [share.target for share in need.sharers].index(need.target)]:
        if kind not in share.needs:
            continue
        other_seen, other = one_bucket(share.target, kind, facts, circumstances)
        if (other.key, *other.rows) == rows and (not other.zero or other_seen.passed is not None):
            message = f"The quota for {need.target.model} at {need.target.location} is the one that it shares with {share.target.model}."
            waits = (RequirementId(requirement.rule, f"{share.target.subject}/quotas/{kind}"),)
            return Judgement(Verdict.UNKNOWN, message, evidence, blocked_by=waits)
    asking = [share for share in need.sharers if kind in share.needs]
    limit = " or ".join(number(value) for value in sorted(found.values))
    if len(asking) > 1:
        names = " and ".join(share.target.model for share in asking)
        each = " and ".join(f"{share.needs[kind]:,}" for share in asking)
        message = (
            f"{names} at {need.target.location} need {need.total:,} {found.words} a minute together ({each}), "
            f"and the quota that they share allows {limit}."
        )
    else:
        message = (
            f"{need.target.model} at {need.target.location} needs {need.total:,} {found.words} a minute, "
            f"and the quota allows {limit}."
        )
    fix = ask_for_more([(found, need.total)], need.asker, facts)
    return Judgement(Verdict.FAIL, message, evidence, fix, measure=_measure(found, need.total))


def _measure(found: Bucket, need: int) -> Measure | None:
    """The numbers for a bar; none where there is no limit."""
    least = min(found.values, default=-1)
    return Measure(least, need, f"{found.words} a minute") if least >= 0 else None


# VX605 ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OrderTarget:
    """A model on provisioned throughput at a location, and the tokens a minute that it is to take in and give out."""

    target: Target
    input_tokens: int
    output_tokens: int


def _order_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    bought = {model.config_path: model for model in project.models if model.traffic == "provisioned"}
    for target, span, related, path in declaration.places:
        model = bought.get(path[:2])
        if model is None:
            continue
        needs = model.needs
        yield Requirement(
            rule="VX605",
            subject=target.subject,
            sentence=f"what provisioned throughput {target.model} at {target.location} takes is told",
            span=span,
            related=related,
            config_path=path,
            project=project.id,
            environment=project.environment,
            target=OrderTarget(target, needs.input_tokens_per_minute or 0, needs.output_tokens_per_minute or 0),
        )


def _judge_order(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    from vxsetup.catalog.quotas import burndown_of

    order: OrderTarget = requirement.target
    target, catalogue = order.target, circumstances.catalogue
    if catalogue.location_kind(target.location) != "region":
        return Judgement(Verdict.NOT_APPLICABLE, "the endpoint takes no provisioned throughput, see VX408")
    model = catalogue.model(target.model)
    size = model.provisioned if model is not None else None
    unit = size.value.get("tokens_per_second_per_gsu") if size is not None else None
    burndown = burndown_of(catalogue.data["quotas"], catalogue.sources)
    if size is None or not unit or burndown is None or not (order.input_tokens or order.output_tokens):
        return Judgement(Verdict.NOT_APPLICABLE, "no throughput is declared, or the size of a unit is not documented")
    units = order.input_tokens * burndown.value["input"] + order.output_tokens * burndown.value["output"]
    least = int(size.value.get("min_gsu") or 1)
    count = max(least, math.ceil(units / 60 / unit))
    message = (
        f"{target.model} at {target.location} takes about {count:,} GSU of provisioned throughput for "
        f"{order.input_tokens:,} input and {order.output_tokens:,} output tokens a minute. "
        "Whether it is ordered is not known: no API that reads orders was found."
    )
    evidence = (
        catalogue.evidence(size, f"{unit:,} tokens a second in one GSU, {least} GSU at least"),
        catalogue.evidence(burndown, ", ".join(f"{kind} counts {weight:g}" for kind, weight in burndown.value.items())),
    )
    return Judgement(Verdict.FAIL, message, evidence, Fix("order it through your account team at Google"))


RULES = (
    Rule(
        "VX601",
        "quota-below-needs",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "The quota in force allows the throughput that the config declares under needs.",
            "A quota above zero lets one request through, not the load of a day. Models of one lineage share one bucket on "
            "global and multi-region endpoints, so each may have enough and all together not.",
            "The needs of all models of the config that draw on a bucket are added and compared with the limit in force. "
            "Less fails; a limit of 0 is left to VX602. A missing row is unknown, since rows were missing for models that "
            "work; so are rows that differ where none is the nearer one. The limit of input tokens counts uncached input "
            "and cache writes, as Google's model pages say; declare needs without what is read from a cache.",
            "cloudquotas.quotaInfos.get, one for each kind of endpoint and limit, and quotaPreferences.list "
            "(cloudquotas.quotas.get).",
            "Run the command in the finding: it asks Google for the limit that is needed. Or ask for less, or spread the "
            "load over locations, whose buckets are apart.",
            ("GD:quotas", "GD:claude", "F#63086630148", "F#70862306820"),
        ),
        _needs_required,
        _judge_needs,
    ),
    Rule(
        "VX605",
        "provisioned-throughput-to-order",
        Severity.INFO,
        Rung.CATALOGUE,
        RuleDocs(
            "The provisioned throughput that the declared needs take is known before it is ordered.",
            "It is ordered through an account team, in units (GSU), and no API was found that shows an order. Needs of a "
            "model on provisioned throughput are not compared with a quota.",
            "The tokens a minute of needs, weighed by the documented burndown, over the tokens a second of one unit; the "
            "smallest order at least. It is told as information, and never passes.",
            "Nothing of the cloud.",
            "Order it through your account team at Google.",
            ("GD:provisioned-throughput",),
        ),
        _order_required,
        _judge_order,
        offline=True,
    ),
)
