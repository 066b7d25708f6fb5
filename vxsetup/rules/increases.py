"""VX603 and VX604: where a quota is too low, whether Google takes a request for more, and whether it has one already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from vxsetup.facts.base import Facts, Known, Unknown
from vxsetup.facts.project import Billing
from vxsetup.facts.quotas import Preference, QuotaPreferences
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
from vxsetup.rules.buckets import Bucket, console, dimensions_text, limits_of, number, requested
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import Declaration, Target, blocking, from_unknown
from vxsetup.rules.quota import names
from vxsetup.rules.throughput import Share, each_place, one_bucket, share_reads

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class IncreaseTarget:
    """A model at a location, and the models that share its bucket."""

    target: Target
    sharers: tuple[Share, ...]

    def need(self, target: Target, kind: str) -> int | None:
        """What all sharers need together of a kind of limit; None where this model itself asks for none of it."""
        own = next((share.needs for share in self.sharers if share.target == target), {})
        return sum(share.needs.get(kind, 0) for share in self.sharers) if kind in own else None


def _for_increases(rule: str, sentence: str) -> Callable[[Declaration], Iterator[Requirement]]:
    def required(declaration: Declaration) -> Iterator[Requirement]:
        project = declaration.project
        for (target, span, related, path), sharers in each_place(declaration):
            if all(share.target != target for share in sharers):
                continue
            kinds = tuple(limit.kind for limit in declaration.catalogue.quota(target.bare_id, target.location).limits)
            yield Requirement(
                rule=rule,
                subject=target.subject,
                sentence=sentence.format(model=target.model, location=target.location),
                span=span,
                related=related,
                config_path=path,
                project=project.id,
                environment=project.environment,
                reads=(*share_reads(sharers, kinds, declaration), Billing(project.id)),
                target=IncreaseTarget(target, sharers),
            )

    return required


def _too_low(wanted: IncreaseTarget, target: Target, facts: Facts, circumstances: Circumstances) -> tuple[Bucket, ...]:
    """The buckets of a model that are read to be zero or below the needs, or that a 429 says are without a row."""
    low = []
    for limit in limits_of(target, circumstances.catalogue):
        seen, found = one_bucket(target, limit.kind, facts, circumstances)
        need = wanted.need(target, limit.kind)
        zero = found.zero and seen.passed is None
        refused = seen.stopped_at == "VX602" and names(seen, found)
        no_row = refused and isinstance(found.fact, Known) and not found.rows
        if zero or no_row or (need is not None and found.per_minute and found.below(need)):
            low.append(found)
    return tuple(low)


def _sharing_before(
    requirement: Requirement, low: tuple[Bucket, ...], facts: Facts, circumstances: Circumstances
) -> RequirementId | None:
    """The requirement of an earlier model for these very rows, which says it already."""
    wanted: IncreaseTarget = requirement.target
    rows = {(found.key, *(found.rows or found.bases)) for found in low}
    for share in wanted.sharers[: [share.target for share in wanted.sharers].index(wanted.target)]:
        others = _too_low(wanted, share.target, facts, circumstances)
        if rows <= {(found.key, *(found.rows or found.bases)) for found in others}:
            return RequirementId(requirement.rule, share.target.subject)
    return None


def _told_there(low: tuple[Bucket, ...], before: RequirementId, evidence: tuple[Evidence, ...]) -> Judgement:
    target = low[0].target
    other = before.subject.rpartition("/")[2]
    message = f"The quota for {target.model} at {target.location} is the one that it shares with {other}."
    return Judgement(Verdict.UNKNOWN, message, evidence, blocked_by=(before,))


_NOT_NEEDED = "no quota here is known to be too low"

_REASONS: Mapping[str, tuple[str, str]] = {
    "NO_VALID_BILLING_ACCOUNT": (
        "the project has no valid billing account",
        "link an open billing account that is no free trial",
    ),
    "NOT_ENOUGH_USAGE_HISTORY": (
        "the project has not been used enough yet",
        "use for some days what is granted, where that is above zero; or ask your account team at Google",
    ),
    "NOT_SUPPORTED": (
        "this quota takes no requests",
        "ask your account team at Google, or use a location or model with more quota",
    ),
    "FIXED": ("this quota is fixed", "use a location or model with more quota"),
    "OTHER": ("it gives no reason", "ask your account team at Google"),
}
"""``ineligibilityReason`` of Cloud Quotas -> why, and what a person can do (google-cloud-quotas 0.6.3)."""


def _judge_eligible(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    wanted: IncreaseTarget = requirement.target
    low = _too_low(wanted, wanted.target, facts, circumstances)
    if not low:
        return Judgement(Verdict.NOT_APPLICABLE, _NOT_NEEDED)
    place = f"{wanted.target.model} at {wanted.target.location}"
    evidence = tuple(piece for found in low for piece in _says_eligible(found))
    closed = [found for found in low if found.increase is not None and not found.increase.eligible]
    if closed:
        before = _sharing_before(requirement, low, facts, circumstances)
        if before is not None:
            return _told_there(low, before, evidence)
        reason = closed[0].increase.reason if closed[0].increase is not None else None
        billing = facts[Billing(wanted.target.project)]
        if reason == "NO_VALID_BILLING_ACCOUNT" and isinstance(billing, Known) and not billing.value.enabled:
            message = (
                f"Google takes no request for more quota of {place} while the project has no open billing account."
            )
            return Judgement(Verdict.UNKNOWN, message, evidence, blocked_by=(blocking("VX202", wanted.target),))
        why, step = _REASONS.get(reason or "OTHER", (f"its reason is {reason}", "ask your account team at Google"))
        kinds = " and ".join(found.words for found in closed)
        message = f"The quota of {kinds} for {place} is too low, and Google takes no request for more: {why}."
        return Judgement(Verdict.FAIL, message, evidence, Fix(step, url=console(wanted.target.project)))
    if any(found.increase is None for found in low):
        message = f"Whether Google takes a request for more quota for {place} is not known: the answer does not say."
        says = "the answer has no quotaIncreaseEligibility"
        unsaid = tuple(found.fact.evidence(says) for found in low if isinstance(found.fact, Known))
        return Judgement(
            Verdict.UNKNOWN,
            message,
            (*evidence, *unsaid),
            Fix("try it in the console", url=console(wanted.target.project)),
        )
    return Judgement(Verdict.PASS, requirement.sentence, evidence)


def _says_eligible(found: Bucket) -> Iterator[Evidence]:
    if found.increase is None or not isinstance(found.fact, Known) or found.key is None:
        return
    says = (
        "an increase may be requested"
        if found.increase.eligible
        else f"not eligible for an increase, {found.increase.reason}"
    )
    yield found.fact.evidence(f"{found.key.quota_id}: {says}")


def _judge_requested(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    wanted: IncreaseTarget = requirement.target
    low = _too_low(wanted, wanted.target, facts, circumstances)
    if not low:
        return Judgement(Verdict.NOT_APPLICABLE, _NOT_NEEDED)
    fact = facts[QuotaPreferences(wanted.target.project)]
    if isinstance(fact, Unknown):
        what = f"whether more quota for {wanted.target.model} at {wanted.target.location} is requested already"
        return from_unknown(wanted.target.project, facts, fact, what)
    open_ = [(found, request) for found in low if (request := requested(found, facts)) is not None]
    evidence = tuple(fact.evidence(_says_requested(request)) for _, request in open_)
    if open_:
        before = _sharing_before(requirement, low, facts, circumstances)
        if before is not None:
            return _told_there(low, before, evidence)
        message = " ".join(_request_words(found, request) for found, request in open_)
        wait = Fix("wait for Google's decision, or change the request", url=console(wanted.target.project))
        return Judgement(Verdict.FAIL, message, evidence, wait)
    if not fact.value.complete:
        message = f"Whether more quota for {wanted.target.model} at {wanted.target.location} is requested already is not known: the list of requests has more pages than were read."
        none = fact.evidence(f"{len(fact.value.requested):,} requests read, and there are more")
        return Judgement(
            Verdict.UNKNOWN, message, (none,), Fix("look in the console", url=console(wanted.target.project))
        )
    none = fact.evidence(f"{len(fact.value.requested):,} requests for quota in the project, none for this one")
    return Judgement(Verdict.PASS, requirement.sentence, (none,))


def _says_requested(request: Preference) -> str:
    granted = "nothing granted yet" if request.granted is None else f"{number(request.granted)} granted"
    state = "reconciling" if request.reconciling else "decided"
    detail = f": {' '.join(request.says.split())[:200]}" if request.says else ""
    return (
        f"{request.id}: {request.quota_id} ({dimensions_text(request.dimensions)}), "
        f"{number(request.preferred)} preferred, {granted}, {state}{detail}"
    )


def _request_words(found: Bucket, request: Preference) -> str:
    asked = f"an increase of {found.words} for {found.target.model} at {found.target.location} to {number(request.preferred)} a minute"
    if request.reconciling:
        return f"{asked[0].upper()}{asked[1:]} was requested, and Google has not decided or is still carrying it out."
    granted = 0 if request.granted is None else request.granted
    if granted < 0 or (0 <= request.preferred <= granted):
        return f"{asked[0].upper()}{asked[1:]} was granted, and the limit in force does not show it yet."
    return f"{asked[0].upper()}{asked[1:]} was requested, and Google granted {number(granted)}."


_REFERENCES = ("CLOUDQUOTAS", "GD:quotas", "F#63086630148")

RULES = (
    Rule(
        "VX603",
        "quota-increase-refused",
        Severity.WARNING,
        Rung.READ,
        RuleDocs(
            "Where a quota is too low, Google takes a request for more of it.",
            "Cloud Quotas says beforehand that some projects may not ask: without a valid billing account, or without "
            "enough use. A request that cannot be granted costs days of waiting.",
            "Judged only where a limit is read to be zero or below the needs. Failed where quotaIncreaseEligibility says "
            "no or the quota is fixed, with its reason; unknown where the answer has no such field.",
            "cloudquotas.quotaInfos.get (cloudquotas.quotas.get).",
            "Mend the reason that is given first, then ask.",
            _REFERENCES,
        ),
        _for_increases("VX603", "Google takes a request for more quota of {model} at {location}"),
        _judge_eligible,
    ),
    Rule(
        "VX604",
        "quota-increase-requested",
        Severity.INFO,
        Rung.READ,
        RuleDocs(
            "No request for more of a quota that is too low is still open, or was granted in part.",
            "Whether someone has asked already is the first question of the next person who looks.",
            "Judged only where a limit is read to be zero or below the needs. A quota preference for this quota and these "
            "dimensions is told as information, with what was asked, what was granted and whether Google still works on it.",
            "cloudquotas.quotaPreferences.list (cloudquotas.quotas.get).",
            "Wait for the decision, or change the request: there is one for each quota and set of dimensions.",
            _REFERENCES,
        ),
        _for_increases("VX604", "no request for more quota of {model} at {location} is open"),
        _judge_requested,
    ),
)
