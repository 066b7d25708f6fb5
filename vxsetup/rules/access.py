"""VX301 and VX302: who asks, and whether the caller may call models."""

from __future__ import annotations

import shlex
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from vxsetup.config.project import Project
from vxsetup.facts.access import AllowPolicies, Attached, DenyPolicies, HeldPermissions
from vxsetup.facts.base import NOT_ASKED, Facts, Known, Unknown, UnknownCause
from vxsetup.facts.effective import Access, Holding, Question, holding
from vxsetup.facts.members import Place
from vxsetup.facts.models import Probe
from vxsetup.facts.project import Billing, ProjectRecord
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
    doubting,
    from_unknown,
    probe_outcome,
    project_name,
)

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from vxsetup.values import dataclass, replace

PREDICT = "aiplatform.endpoints.predict"


@dataclass(frozen=True, slots=True)
class CallerTarget:
    """The caller in one project, with the probes that it sends there."""

    project: str
    probes: tuple[Probe, ...]
    reads: tuple[Hashable, ...]


def asked_of_caller(project: Project) -> tuple[Hashable, ...]:
    """The facts that tell what the caller itself may do on a project."""
    return (HeldPermissions(project.id, (PREDICT,)),)


def _of_caller(
    declaration: Declaration, rule: str, sentence: str, severity: Severity, more: tuple[Hashable, ...] = ()
) -> Requirement:
    project = declaration.project
    path = ("project", "id")
    probes = declaration.probes
    reads = (*asked_of_caller(project), *more)
    return Requirement(
        rule=rule,
        subject=project_name(project.id),
        sentence=sentence,
        span=project.span(path),
        config_path=path,
        project=project.id,
        environment=project.environment,
        severity=severity,
        reads=(*reads, *probes),
        target=CallerTarget(project.id, probes, (*reads, *probes)),
    )


# VX301 ------------------------------------------------------------------------------------------------------------


def _token_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project.id
    more = (ProjectRecord(project), Billing(project))
    yield _of_caller(declaration, "VX301", "Google accepts the caller's credentials", Severity.ERROR, more)


_SILENT = (
    UnknownCause.NO_CREDENTIALS,
    UnknownCause.UNAUTHENTICATED,
    UnknownCause.NETWORK,
    UnknownCause.TIMEOUT,
    UnknownCause.NOT_ASKED,
    UnknownCause.NOT_RECORDED,
    UnknownCause.MALFORMED,
    UnknownCause.SERVER_ERROR,
    UnknownCause.KNOWN_AFTER_APPLY,
)


def _judge_token(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: CallerTarget = requirement.target
    outcomes = [probe_outcome(probe, facts) for probe in target.probes]
    passed = next((seen for seen in outcomes if seen.passed is not None), None)
    if passed is not None:
        return Judgement(Verdict.PASS, requirement.sentence, passed.evidence)
    first_silent: Unknown | None = None
    refused: tuple[Evidence, ...] = ()
    accepted: Evidence | None = None
    for key in target.reads:
        fact = facts[key]
        if isinstance(fact, Unknown) and fact.cause in _SILENT:
            if fact.cause in (UnknownCause.NO_CREDENTIALS, UnknownCause.UNAUTHENTICATED):
                refused = (fact.evidence(),)
                first_silent = fact
            first_silent = first_silent or fact
            continue
        if isinstance(key, Probe) and (seen := probe_outcome(key, facts)).stopped_at == "VX301":
            refused = seen.evidence
            continue
        accepted = accepted or (fact.evidence("answered") if isinstance(fact, Known) else fact.evidence())
    if refused:
        none = first_silent is not None and first_silent.cause is UnknownCause.NO_CREDENTIALS
        message = (
            _sentence(first_silent.says) if none and first_silent else "Google refused the token of the credentials."
        )
        return Judgement(Verdict.UNKNOWN, message, refused, _log_in(circumstances, first_silent))
    if accepted is not None:
        return Judgement(Verdict.PASS, requirement.sentence, (accepted,))
    if first_silent is None:
        return Judgement(Verdict.NOT_APPLICABLE, "nothing was asked of the cloud")
    return from_unknown(target.project, facts, first_silent, "whether Google accepts the credentials")


def _log_in(circumstances: Circumstances, silent: Unknown | None) -> Fix:
    kind, _, email = (circumstances.caller.principal or "").partition(":")
    if kind == "serviceAccount" and not (silent and silent.remedy):
        command = f"gcloud iam service-accounts describe {shlex.quote(email)}"
        return Fix(f"see whether {email} was disabled or deleted, or its key was withdrawn", command=command)
    remedy = (silent.remedy if silent else None) or "gcloud auth application-default login"
    return Fix("log in, then check again", command=remedy)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip(' .')}."


# VX302 ------------------------------------------------------------------------------------------------------------


def _caller_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    # Where the config names who must be able to invoke, a caller who may not is no fault of the set-up; it only means
    # that this caller's probes prove nothing.
    severity = Severity.WARNING if project.access else Severity.ERROR
    # The policies are read for the members in any case; for the caller alone its own permissions are enough.
    policies = (AllowPolicies(project.id), DenyPolicies(project.id)) if project.access else ()
    if project.models:
        yield _of_caller(declaration, "VX302", f"the caller holds {PREDICT} on {project.id}", severity, policies)


def _judge_caller(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: CallerTarget = requirement.target
    caller = circumstances.caller
    member = caller.principal or "MEMBER"
    fix = Fix(
        "grant the least predefined role that holds it (a deny policy or a condition may still take it away), or run the "
        "check as an identity that has it",
        command=f"gcloud projects add-iam-policy-binding {target.project} --member={shlex.quote(member)} --role=roles/aiplatform.user",
    )
    seen = [probe_outcome(probe, facts) for probe in target.probes]
    passed = next((one for one in seen if one.passed is not None), None)
    stopped = next((one for one in seen if one.stopped_at == "VX302"), None)
    gone = next((one for one in seen if one.stopped_at == "VX201"), None)
    denied = _denied(target, facts, circumstances) if passed is None else None
    if stopped is not None:
        if denied is not None:
            return _taken_away(target, caller.name, member, denied, facts, stopped.evidence)
        permission = (stopped.refusal.permission if stopped.refusal else None) or PREDICT
        record = facts[ProjectRecord(target.project)]
        # The platform refuses a project that is mistyped, hidden or being deleted in the words of a missing permission.
        unseen = isinstance(record, Unknown) and record.cause is not UnknownCause.NOT_ASKED
        or_absent = ", or the project does not exist" if unseen and passed is None else ""
        fix = (
            replace(fix, summary=f"look at the spelling of the project; if it is right, {fix.summary}")
            if or_absent
            else fix
        )
        message = f"{_subject(caller.name)} may not call models in {target.project}: {permission} is missing or denied{or_absent}."
        return Judgement(Verdict.FAIL, message, stopped.evidence, fix)
    if passed is not None:
        return Judgement(Verdict.PASS, requirement.sentence, passed.evidence)
    if gone is not None:
        message = f"Whether {caller.name} may call models in {target.project} does not show while the project is being deleted."
        return Judgement(
            Verdict.UNKNOWN,
            message,
            gone.evidence,
            blocked_by=(RequirementId("VX201", project_name(target.project)),),
        )
    fact = facts[HeldPermissions(target.project, (PREDICT,))]
    if isinstance(fact, Unknown):
        return from_unknown(target.project, facts, fact, f"whether {caller.name} holds {PREDICT}")
    if PREDICT in fact.value.held:
        return Judgement(Verdict.PASS, requirement.sentence, (fact.evidence(f"{PREDICT} is held"),))
    if denied is not None:
        return _taken_away(target, caller.name, member, denied, facts, (fact.evidence(f"{PREDICT} is not held"),))
    doubt = next((one for probe in target.probes if (one := doubting(probe, facts)) is not None), None)
    if doubt is not None:
        return _held_elsewhere(target, caller.name, fact, doubt)
    if _unasked(target, facts) and not _surely_lacking(target, facts, circumstances):
        message = (
            f"{_subject(caller.name)} does not hold {PREDICT} on {target.project} as a whole; whether a grant under a "
            "condition gives it on the models alone shows only in a request."
        )
        fix = replace(
            fix, summary=f"run vxsetup check with --probe free, which settles it; if it is refused, {fix.summary}"
        )
        return Judgement(Verdict.UNKNOWN, message, (fact.evidence(f"{PREDICT} is not held on the project"),), fix)
    message = f"{_subject(caller.name)} does not hold {PREDICT} on {target.project}."
    return Judgement(Verdict.FAIL, message, (fact.evidence(f"{PREDICT} is not held"),), fix)


def place_of(project: str, facts: Facts, attached: Attached) -> Place:
    """A project as its policies see it: its number and what was read above it."""
    record = facts[ProjectRecord(project)]
    number = record.value.number if isinstance(record, Known) else None
    above = tuple(name for name in attached.policies if not name.startswith("projects/"))
    return Place(project, number, above, attached.incomplete is None)


def exception_from(held: Holding, principal: str) -> Fix:
    """What helps against a deny policy: its owner excepts the principal."""
    place = f"cloudresourcemanager.googleapis.com/{held.resource}"
    return Fix(
        f"ask the owner of the deny policy for an exception for {principal} (roles/iam.denyAdmin changes it)",
        command=(
            f"gcloud iam policies get {shlex.quote(held.policy or '')} --kind=denypolicies "
            f"--attachment-point={shlex.quote(place)}"
        ),
    )


def _denied(target: CallerTarget, facts: Facts, circumstances: Circumstances) -> Holding | None:
    """The deny policy that surely takes the permission from the caller, where the policies were read and one does."""
    project, principal = target.project, circumstances.caller.principal
    if principal is None or DenyPolicies(project) not in target.reads:
        return None
    deny, allow = facts[DenyPolicies(project)], facts[AllowPolicies(project)]
    if isinstance(deny, Unknown):
        return None
    # Either tells what stands above the project; what grants say has no part in a denial.
    attached: Attached = allow.value if isinstance(allow, Known) else deny.value
    question = Question(principal, PREDICT, circumstances.now, place_of(project, facts, attached))
    held = holding(question, Attached({}), deny, NOT_ASKED)
    return held if held.access is Access.DENIED else None


def _unasked(target: CallerTarget, facts: Facts) -> bool:
    """Whether no probe was to be sent, so that nothing but the project's own permissions was asked of Google."""
    seen = [facts[probe] for probe in target.probes]
    return bool(seen) and all(isinstance(one, Unknown) and one.cause is UnknownCause.NOT_ASKED for one in seen)


def _surely_lacking(target: CallerTarget, facts: Facts, circumstances: Circumstances) -> bool:
    """Whether the policies were read, and none of them has a grant whose condition looks at the thing that is asked for."""
    fact = facts[AllowPolicies(target.project)] if AllowPolicies(target.project) in target.reads else NOT_ASKED
    if isinstance(fact, Unknown) or fact.value.incomplete is not None:
        return False
    return all(
        isinstance(policy, Known)
        and not any(one.condition is not None and "resource." in one.condition for one in policy.value)
        for policy in fact.value.policies.values()
    )


def _taken_away(
    target: CallerTarget, caller: str, member: str, held: Holding, facts: Facts, evidence: tuple[Evidence, ...]
) -> Judgement:
    deny = facts[DenyPolicies(target.project)]
    read = Evidence(Rung.READ, "iam.policies.get", held.says, deny.at)
    message = (
        f"{_subject(caller)} may not call models in {target.project}: the deny policy {held.policy} on {held.resource} "
        f"takes {PREDICT} away, whatever roles are given."
    )
    return Judgement(Verdict.FAIL, message, (*evidence, read), exception_from(held, member))


def _held_elsewhere(target: CallerTarget, caller: str, fact: Known, doubt: Outcome) -> Judgement:
    """Not held on the project, and yet no request was refused for it: a condition may give it on the models alone."""
    why = "the request that would settle it got no answer" if doubt.unknown else "no request was refused for it"
    message = (
        f"{_subject(caller)} does not hold {PREDICT} on {target.project} as a whole, but {why}: "
        "a grant under a condition may give it on the models alone."
    )
    evidence = (fact.evidence(f"{PREDICT} is not held on the project"), *doubt.evidence)
    return Judgement(Verdict.UNKNOWN, message, evidence, Fix("check again: an answered request decides"))


def _subject(name: str) -> str:
    return name[0].upper() + name[1:] if name.startswith("the ") else name


RULES = (
    Rule(
        "VX301",
        "credentials-refused",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "Google accepts the credentials that the check runs with.",
            "A token that is missing, expired or refused says nothing about the project, so nothing else can be judged.",
            "Passes when any API answered something other than 401. Unknown, never failed, when no credentials were "
            "found or the token was refused: the fault is on this machine, not in the project.",
            "Every answer.",
            "Log in with gcloud auth application-default login, or set up the service account that the check runs as.",
            ("GOOGLE-AUTH",),
        ),
        _token_required,
        _judge_token,
    ),
    Rule(
        "VX302",
        "caller-may-not-invoke",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "The caller holds aiplatform.endpoints.predict on the project.",
            "It is the one permission that a request to a Claude model needs, streaming and token counting included.",
            "A refused probe that names the permission fails it; a probe that reached the model passes it; otherwise "
            "testIamPermissions decides, which accounts for inheritance and groups; a condition that holds for the project "
            "and not for its models, or the other way round, shows only in a request: with --probe none a permission that "
            "is not held is open, unless the policies were read and no grant has such a condition. A warning where the config lists "
            "members of its own, because then the caller need not be one of them; the policies are then read for the "
            "members, and a deny policy that takes the permission from the caller is named.",
            "cloudresourcemanager.projects.testIamPermissions; the free probes; where members are listed, the allow and "
            "deny policies that VX303 reads.",
            "Grant roles/aiplatform.user, or a custom role with that one permission; against a deny policy only an "
            "exception in that policy helps.",
            ("GD:access-control", "IAMDS", "CCD"),
        ),
        _caller_required,
        _judge_caller,
    ),
)
