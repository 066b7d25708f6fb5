"""VX306: whether what a member may do runs out soon."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import datetime, timedelta

from vxsetup.facts.access import AllowPolicies
from vxsetup.facts.base import Facts, Unknown
from vxsetup.facts.effective import Access, Holding
from vxsetup.findings import Fix, Judgement, Requirement, Rule, RuleDocs, Rung, Severity, Verdict
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.members import MemberTarget, doing, evidence_of, found_of, of_member
from vxsetup.rules.path import Declaration, from_unknown

SOON = timedelta(days=14)
"""A grant that runs out within this time is told of."""


def _lasting_required(declaration: Declaration) -> Iterator[Requirement]:
    for entry in declaration.project.access:
        for number, name in enumerate(entry.can):
            sentence = f"the right of {entry.principal} to {doing(name)} does not run out within {SOON.days} days"
            yield of_member(declaration, entry, number, "VX306", sentence)


def _judge_lasting(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: MemberTarget = requirement.target
    what = f"how long {target.principal} can {doing(target.ability)}"
    allow = facts[AllowPolicies(target.project)]
    if isinstance(allow, Unknown):
        return from_unknown(target.project, facts, allow, what)
    own = next((policy for policy in allow.value.policies.values() if isinstance(policy, Unknown)), None)
    if own is not None and all(isinstance(policy, Unknown) for policy in allow.value.policies.values()):
        return from_unknown(target.project, facts, own, what)
    found = found_of(target, facts, allow, circumstances.now)
    evidence = evidence_of(found, allow)
    if not found or any(held.access is not Access.HELD for held in found.values()):
        return Judgement(
            Verdict.NOT_APPLICABLE, f"whether {target.principal} holds it at all is VX303's to say", evidence
        )
    ends = min((held for held in found.values() if held.until is not None), key=_end, default=None)
    if ends is None or ends.until is None or ends.until - circumstances.now > SOON:
        return Judgement(Verdict.PASS, requirement.sentence, evidence)
    days = (ends.until - circumstances.now).days
    left = "in less than a day" if days < 1 else "in 1 day" if days == 1 else f"in {days} days"
    message = (
        f"The right of {target.principal} to {doing(target.ability)} runs out {left}, at {ends.until:%Y-%m-%d %H:%M} UTC: "
        f"{ends.role} on {ends.resource} is given until then, and nothing else gives it."
    )
    fix = Fix(
        f"renew the grant, or give {target.role} without a time",
        command=(
            f"gcloud projects add-iam-policy-binding {target.project} --member={shlex.quote(target.principal)} "
            f"--role={shlex.quote(target.role)} --condition=None"
        ),
    )
    return Judgement(Verdict.FAIL, message, evidence, fix)


def _end(held: Holding) -> datetime:
    assert held.until is not None  # only grants with an end are compared
    return held.until


RULES = (
    Rule(
        "VX306",
        "access-runs-out",
        Severity.WARNING,
        Rung.READ,
        RuleDocs(
            "No member's access runs out within 14 days.",
            "A grant with a time limit ends without a word, and the application is refused from one minute to the next.",
            "Of the bindings that give a member what it needs, the one that lasts longest is looked at. Fails when its "
            "condition on request.time stops to hold within 14 days. Says nothing of a member that does not hold the "
            "permission, or of which VX303 cannot tell.",
            "getIamPolicy on each ancestor, iam.roles.get, iam.denypolicies.list and .get.",
            "Renew the grant, or give it without a time.",
            ("IAMD",),
        ),
        _lasting_required,
        _judge_lasting,
    ),
)
