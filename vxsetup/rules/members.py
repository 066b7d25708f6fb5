"""VX303: whether each member of the config holds what it must be able to do."""

from __future__ import annotations

import shlex
from collections.abc import Hashable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from vxsetup.config.project import Access as AccessEntry
from vxsetup.config.project import Project
from vxsetup.facts.access import (
    AllowPolicies,
    Attached,
    DenyPolicies,
    HeldPermissions,
    RoleDefinitions,
    SecondOpinion,
)
from vxsetup.facts.base import Facts, Known, Unknown
from vxsetup.facts.effective import Access, Holding, Question, bound_to, holding
from vxsetup.facts.members import project_host
from vxsetup.facts.models import Probe
from vxsetup.facts.project import ProjectRecord
from vxsetup.facts.provision import AccountRecord
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
from vxsetup.rules.access import PREDICT, exception_from, place_of
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import Declaration, asking, from_unknown, in_short, probe_outcome, project_name, waiting_on

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class MemberTarget:
    """One member and the permissions that one of its abilities needs; ``doubtful`` are names no role dump holds.

    ``opinions`` are what Policy Troubleshooter is asked, nothing unless the run may ask it.
    """

    project: str
    principal: str
    ability: str
    permissions: tuple[str, ...]
    doubtful: tuple[str, ...]
    role: str
    principals: tuple[str, ...]
    held: HeldPermissions
    probes: tuple[Probe, ...] = ()
    opinions: tuple[SecondOpinion, ...] = ()


def principals_of(project: Project) -> tuple[str, ...]:
    """The principals that a config names, in its order."""
    return tuple(dict.fromkeys(entry.principal for entry in project.access))


def own_accounts(project: Project) -> tuple[str, ...]:
    """The e-mail addresses of the service accounts of this very project that a config names under access."""
    host = f"@{project_host(project.id)}.iam.gserviceaccount.com"
    emails = (
        one.removeprefix("serviceAccount:") for one in principals_of(project) if one.startswith("serviceAccount:")
    )
    return tuple(email for email in emails if email.endswith(host))


def policy_reads(project: Project) -> tuple[Hashable, ...]:
    """The policies and roles that tell what the members of a config may do."""
    if not project.access:
        return ()
    principals = principals_of(project)
    return (AllowPolicies(project.id), RoleDefinitions(project.id, principals), DenyPolicies(project.id))


def member_reads(declaration: Declaration) -> tuple[Hashable, ...]:
    """Every fact about the members of a config that a management API answers."""
    project = declaration.project
    opinions = (key for entry in project.access for name in entry.can for key in _opinions(declaration, entry, name))
    accounts = (AccountRecord(project.id, email) for email in own_accounts(project))
    return (*policy_reads(project), *accounts, *dict.fromkeys(opinions))


def _opinions(declaration: Declaration, entry: AccessEntry, ability: str) -> tuple[SecondOpinion, ...]:
    """What Policy Troubleshooter can be asked of an entry: users and service accounts alone (IAMD)."""
    if not declaration.troubleshoot or not entry.principal.startswith(("user:", "serviceAccount:")):
        return ()
    certain, _ = needed_for(declaration, ability)
    return tuple(SecondOpinion(declaration.project.id, entry.principal, name) for name in certain)


def needed_for(declaration: Declaration, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The permissions of an ability: those that it surely needs, and those of doubtful name."""
    ability = declaration.catalogue.ability(name)
    assert ability is not None  # the config's schema names the abilities
    needed = [permission for permission in ability.permissions if permission.when is None]
    return tuple(p.name for p in needed if not p.doubtful), tuple(p.name for p in needed if p.doubtful)


def _members_required(declaration: Declaration) -> Iterator[Requirement]:
    for entry in declaration.project.access:
        for number, name in enumerate(entry.can):
            sentence = f"{entry.principal} can {doing(name)} in {declaration.project.id}"
            yield of_member(declaration, entry, number, "VX303", sentence)


def of_member(declaration: Declaration, entry: AccessEntry, number: int, rule: str, sentence: str) -> Requirement:
    """The requirement of a rule about one ability of one entry of the config."""
    project, name = declaration.project, entry.can[number]
    ability = declaration.catalogue.ability(name)
    assert ability is not None  # the config's schema names the abilities
    path = (*entry.config_path, "can", number)
    certain, doubtful = needed_for(declaration, name)
    probes = declaration.probes if PREDICT in certain else ()
    held = HeldPermissions(project.id, certain, doubtful)
    opinions = _opinions(declaration, entry, name)
    asked = (ProjectRecord(project.id), held, *probes, *opinions) if rule == "VX303" else (ProjectRecord(project.id),)
    return Requirement(
        rule=rule,
        subject=project_name(project.id),
        sentence=sentence,
        span=project.span((*entry.config_path, "member")),
        config_path=path,
        project=project.id,
        environment=project.environment,
        principal=entry.principal,
        reads=(*policy_reads(project), *asked),
        target=MemberTarget(
            project.id,
            entry.principal,
            name,
            certain,
            doubtful,
            entry.role or ability.least_role,
            principals_of(project),
            held,
            probes,
            opinions,
        ),
        related=(project.span(path),),
    )


def found_of(target: MemberTarget, facts: Facts, allow: Known, now: datetime) -> dict[str, Holding]:
    """What the policies say of each permission that the member needs."""
    attached: Attached = allow.value
    deny = facts[DenyPolicies(target.project)]
    roles = facts[RoleDefinitions(target.project, target.principals)]
    place = place_of(target.project, facts, attached)
    return {
        name: holding(Question(target.principal, name, now, place), attached, deny, roles)
        for name in target.permissions
    }


# VX303 ------------------------------------------------------------------------------------------------------------


def _judge_member(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: MemberTarget = requirement.target
    proof = _as_caller(target, facts, circumstances)
    if proof is not None:
        return Judgement(Verdict.PASS, requirement.sentence, (proof,))
    allow = facts[AllowPolicies(target.project)]
    if isinstance(allow, Unknown):
        return from_unknown(target.project, facts, allow, f"what {target.principal} may do")
    attached: Attached = allow.value
    found = found_of(target, facts, allow, circumstances.now)
    denied = {name: held for name, held in found.items() if held.access is Access.DENIED}
    if denied:
        return _denied(target, denied, evidence_of(found, allow))
    own = next((policy for policy in attached.policies.values() if isinstance(policy, Unknown)), None)
    if own is not None and all(isinstance(policy, Unknown) for policy in attached.policies.values()):
        opinion = _opinion(target, facts, found, (own.evidence(),))
        return opinion or from_unknown(target.project, facts, own, f"what {target.principal} may do")
    evidence = evidence_of(found, allow)
    lacking = [name for name, held in found.items() if held.access is Access.LACKING]
    if lacking:
        return Judgement(Verdict.FAIL, _lacks(target, lacking, found[lacking[0]].lapsed), evidence, _grant(target))
    unknown = next((held for held in found.values() if held.access is Access.UNKNOWN), None)
    if unknown is not None:
        return _opinion(target, facts, found, evidence) or _open(target, facts, unknown, evidence)
    return _documented(requirement, target, facts, circumstances.now, allow, evidence)


def evidence_of(found: Mapping[str, Holding], allow: Known) -> tuple[Evidence, ...]:
    """What the policies say, and where they leave it open up to three reasons, each with the answer behind it."""
    told: dict[Evidence, None] = {}
    for name, held in found.items():
        source, rung = ("iam.policies.get", Rung.READ) if held.policy is not None else (allow.source, allow.rung)
        for doubt in held.doubts[:3]:
            unread = doubt.unread
            if unread is not None:
                told[
                    Evidence(Rung.READ, unread.source, f"{name}: {doubt.says}: {in_short(unread.says)}", unread.at)
                ] = None
            else:
                told[Evidence(rung, source, f"{name}: {doubt.says}", allow.at)] = None
        if not held.doubts:
            told[Evidence(rung, source, f"{name}: {held.says}", allow.at)] = None
    return tuple(told)


def _denied(target: MemberTarget, denied: Mapping[str, Holding], evidence: tuple[Evidence, ...]) -> Judgement:
    name, held = next(iter(denied.items()))
    message = (
        f"{target.principal} cannot {doing(target.ability)} in {target.project}: "
        f"the deny policy {held.policy} on {held.resource} takes {name} away, whatever roles are given."
    )
    return Judgement(Verdict.FAIL, message, evidence, exception_from(held, target.principal))


def _open(target: MemberTarget, facts: Facts, unknown: Holding, evidence: tuple[Evidence, ...]) -> Judgement:
    more = len(unknown.doubts) - 1
    also = f" (and {more} more reason{'s' if more > 1 else ''})" if more else ""
    message = f"Whether {target.principal} can {doing(target.ability)} is not known: {unknown.says}{also}."
    unasked = next((f for f in (facts[key] for key in target.opinions) if isinstance(f, Unknown)), None)
    unread = unknown.unread or unasked
    told = (unasked.evidence(),) if unasked is not None else ()
    waits = waiting_on(target.project, facts, unread) if unread else ()
    visible = any(doubt.visible for doubt in unknown.doubts) and not target.opinions
    fix = Fix(asking(unread.would_need)) if unread else _as_member(target.principal, visible)
    return Judgement(Verdict.UNKNOWN, message, (*evidence, *told), fix, waits)


def _opinion(
    target: MemberTarget, facts: Facts, found: Mapping[str, Holding], evidence: tuple[Evidence, ...]
) -> Judgement | None:
    """What Policy Troubleshooter makes of the permissions that the policies leave open; None where it settles nothing.

    It is asked about the project, so it is not believed where a condition looks at the resource: that is a model.
    """
    told: list[Evidence] = []
    for key in target.opinions:
        held = found[key.permission]
        if held.access is not Access.UNKNOWN:
            continue
        fact = facts[key]
        if isinstance(fact, Unknown) or not all(doubt.visible or doubt.unread for doubt in held.doubts):
            return None
        told.append(fact.evidence(f"{key.permission}: Policy Troubleshooter says {fact.value.overall}"))
        if fact.value.overall == "CANNOT_ACCESS":
            denied = fact.value.deny == "DENY_ACCESS_STATE_DENIED"
            why = "a deny policy takes away" if denied else "no allow policy gives"
            message = (
                f"{target.principal} cannot {doing(target.ability)} in {target.project}: by Policy Troubleshooter, "
                f"{why} {key.permission}."
            )
            fix = Fix(f"ask the owner of the deny policy for an exception for {target.principal}")
            return Judgement(Verdict.FAIL, message, (*told, *evidence), fix if denied else _grant(target))
        if fact.value.overall != "CAN_ACCESS":
            return None
    if not told or target.doubtful:
        return None
    sentence = f"{target.principal} can {doing(target.ability)} in {target.project}, by Policy Troubleshooter"
    return Judgement(Verdict.PASS, sentence, (*told, *evidence))


def _documented(
    requirement: Requirement,
    target: MemberTarget,
    facts: Facts,
    now: datetime,
    allow: Known,
    evidence: tuple[Evidence, ...],
) -> Judgement:
    """A pass, where nothing is left but the permissions of doubtful name: for those the documented role stands."""
    if not target.doubtful:
        return Judgement(Verdict.PASS, requirement.sentence, evidence)
    question = Question(target.principal, target.doubtful[0], now, place_of(target.project, facts, allow.value))
    resource = bound_to(question, target.role, allow.value)
    if resource is not None:
        says = f"{target.role}, the role that Google documents for this, is given on {resource}"
        evidence = (*evidence, Evidence(allow.rung, allow.source, says, allow.at))
        return Judgement(Verdict.PASS, requirement.sentence, evidence)
    names = ", ".join(target.doubtful)
    message = (
        f"Whether {target.principal} can {doing(target.ability)} is not known: Google documents the role "
        f"{target.role} for it, which {target.principal} does not have by name, and not which permission is checked ({names})."
    )
    return Judgement(Verdict.UNKNOWN, message, evidence, _grant(target))


def _as_caller(target: MemberTarget, facts: Facts, circumstances: Circumstances) -> Evidence | None:
    """What the caller's own requests show where the member is the caller: better than any reading of policies."""
    caller = circumstances.caller.principal
    if caller is None or caller.casefold() != target.principal.casefold():
        return None
    seen = [probe_outcome(probe, facts) for probe in target.probes]
    passed = next((one for one in seen if one.passed is not None), None)
    if passed is not None:
        return passed.evidence[0]
    held = facts[target.held]
    refused = any(one.stopped_at == "VX302" for one in seen)
    needed = {*target.permissions, *target.doubtful}
    if refused or isinstance(held, Unknown) or not needed <= held.value.held:
        return None
    names = " and ".join((*target.permissions, *target.doubtful))
    return held.evidence(f"held by the caller, who is this member: {names}")


def doing(ability: str) -> str:
    """An ability as the verb of a sentence."""
    verbs = {"invoke": "call models", "batch": "start batch jobs", "administer": "administer models"}
    return verbs.get(ability, ability.replace("_", " "))


def _as_member(principal: str, visible: bool) -> Fix:
    """How to let the member's own request decide what its policies leave open, or Policy Troubleshooter where it can."""
    kind, _, email = principal.partition(":")
    other = ", or let Policy Troubleshooter look: vxsetup check --troubleshoot"
    other = other if visible and kind in ("user", "serviceAccount") else ""
    if kind == "serviceAccount":
        command = f"vxsetup check --impersonate-service-account {shlex.quote(email)}"
        return Fix(f"run the check as {principal}{other}", command=command)
    return Fix(f"run the check as {principal}{other}" if kind == "user" else f"run the check as one of {principal}")


def _lacks(target: MemberTarget, lacking: list[str], lapsed: str | None) -> str:
    names = lacking[0] if len(lacking) == 1 else f"{lacking[0]} and {len(lacking) - 1} more"
    also = f"; {lapsed}" if lapsed else ""
    return f"{target.principal} cannot {doing(target.ability)} in {target.project}: it does not hold {names}{also}."


def _grant(target: MemberTarget) -> Fix:
    return Fix(
        f"grant {target.role}, the least predefined role that holds it",
        command=(
            f"gcloud projects add-iam-policy-binding {target.project} "
            f"--member={shlex.quote(target.principal)} --role={shlex.quote(target.role)}"
        ),
    )


RULES = (
    Rule(
        "VX303",
        "member-lacks-access",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "Each member under access holds the permissions of what it must be able to do.",
            "A deploy fails at its first request when its service account lacks the permission, and the refusal reads "
            "like a missing model.",
            "The allow and deny policies of the project, its folders and its organization are read with their roles. A "
            "grant at any level counts below it, and a deny policy beats every grant but for its exceptions. Conditions "
            "are evaluated for the time of the check; what rests on tags is unknown, and so is what rests on resource "
            "attributes, which Google documents for other services and not for Vertex AI. Groups, domains and attributes "
            "of pools cannot be read from policies: unknown, never a guess, unless vxsetup check --troubleshoot may ask "
            "Policy Troubleshooter. Principal access boundaries are not read.",
            "getIamPolicy on each ancestor, iam.roles.get, iam.denypolicies.list and .get; with --troubleshoot "
            "policytroubleshooter.iam.troubleshoot.",
            "Grant the least role that holds the permission; vxsetup prints the command. Where a deny policy takes it away, "
            "ask its owner for an exception.",
            ("IAMD", "IAMDS"),
        ),
        _members_required,
        _judge_member,
    ),
)
