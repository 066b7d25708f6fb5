"""Remedies of VX601 and VX602: ask for a larger limit by a quota preference, where the config names whom Google may
write to; else a person asks."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from vxsetup.facts.changes import LATER
from vxsetup.facts.models import Probe
from vxsetup.facts.project import Billing
from vxsetup.facts.quotas import QuotaPreferences
from vxsetup.findings import Diff, Fix, Permit, Step, StepKind
from vxsetup.rules.buckets import Bucket, bucket_name, buckets, number, requested
from vxsetup.rules.path import Target, project_name
from vxsetup.rules.remedies.base import Wanted, by_hand
from vxsetup.rules.throughput import one_bucket, shares_of

QUOTA_ADMIN = "roles/cloudquotas.admin"


def raise_zero(wanted: Wanted) -> tuple[Step, ...]:
    """VX602: ask for what the config needs, or for what Google documents as usual, in place of zero."""
    if not wanted.failed:
        return ()
    target: Target = wanted.requirement.target.target
    found = buckets(target, wanted.facts, wanted.circumstances)
    zero = [one for one in found if one.zero]
    if zero:
        return tuple(step for one in zero for step in _ask(wanted, one))
    # A request met the limit, and no row that was read says which: the bucket is not the documented one.
    gives: dict[Hashable, Any] = {
        **wanted.later(Probe, QuotaPreferences),
        **{one.key: LATER for one in found if one.key is not None},
    }
    name = f"quota/{target.project}/{target.location}/{target.model}/requests"
    title = f"ask for requests of {target.model} at {target.location}"
    who = f"{QUOTA_ADMIN} on {target.project}"
    depends = {"model": target.model, "location": target.location, "refused": "quota"}
    return (by_hand(wanted, name, title, wanted.fix, who, gives, (), depends),)


def raise_to_need(wanted: Wanted) -> tuple[Step, ...]:
    """VX601: ask for what the config needs of one limit."""
    if not wanted.failed:
        return ()
    need = wanted.requirement.target
    _, found = one_bucket(need.target, need.kind, wanted.facts, wanted.circumstances)
    return _ask(wanted, found)


def _ask(wanted: Wanted, found: Bucket) -> tuple[Step, ...]:
    target, kind = found.target, found.limit.kind
    where = f"{target.model} at {target.location}"
    value, contact = _value(wanted, found), wanted.declaration.project.quota.contact
    request = requested(found, wanted.facts)
    if request is not None and request.reconciling and value is not None and request.preferred >= value:
        return ()  # asked for already: Google decides
    name = f"quota/{target.project}/{target.location}/{found.bases[0]}/{kind}"
    depends = {"limits": {base: list(rows) for base, rows in found.rows.items()}, "bases": list(found.bases)}
    barred = found.increase is not None and not found.increase.eligible
    gives: dict[Hashable, Any] = {**wanted.later(Probe, QuotaPreferences)}
    if found.key is not None:
        gives[found.key] = LATER
    if found.key is None or contact is None or value is None or barred:
        fix = wanted.fix
        if contact is None or value is None:
            missing = "quota.contact" if contact is None else "needs on the model"
            fix = Fix(f"{fix.summary}; or write {missing} into the config: then vxsetup asks", fix.command, fix.url)
        who = f"{QUOTA_ADMIN} on {target.project}"
        return (by_hand(wanted, name, f"ask for {found.words} of {where}", fix, who, gives, (), depends),)
    base = next(iter((*found.rows, *found.bases)))
    before = " or ".join(number(one) for one in found.rows.get(base, ())) or None
    return (
        Step(
            id=name,
            title=f"ask for {number(value)} {found.words} a minute of {base} at {target.location}",
            reason=wanted.reason,
            project=target.project,
            action={
                "do": "prefer_quota",
                "project": target.project,
                "quota_id": found.key.quota_id,
                "dimensions": found.dimensions(base),
                "value": value,
                "contact": contact,
                "justification": wanted.declaration.project.quota.justification,
            },
            gives=gives,
            needs=(Billing(target.project),),
            kind=StepKind.CHANGE,
            diff=(Diff(f"{kind}_per_minute", before, number(value)), Diff("contact", None, contact)),
            permissions=(
                Permit(project_name(target.project), "cloudquotas.quotas.get", QUOTA_ADMIN),
                Permit(project_name(target.project), "cloudquotas.quotas.update", QUOTA_ADMIN),
            ),
            depends=depends,
            asked_by=wanted.finding.fingerprint,
            patience=20.0,
            expects="that Google grants it: minutes to days, and less may be granted",
        ),
    )


def _value(wanted: Wanted, found: Bucket) -> int | None:
    """What to ask for: what all models that share the bucket need, else the documented default."""
    kind = found.limit.kind
    sharers = shares_of(wanted.declaration).get(bucket_name(found.target, wanted.declaration.catalogue), ())
    total = sum(share.needs.get(kind, 0) for share in sharers)
    usual = found.quota.default.value.get(kind) if found.quota.default is not None else None
    return total or usual
