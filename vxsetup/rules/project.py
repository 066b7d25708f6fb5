"""VX2xx: the project, its billing, its APIs, and the project that is charged for reading them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from vxsetup.facts.access import AllowPolicies, DenyPolicies, RoleDefinitions
from vxsetup.facts.base import Facts, Known, Unknown, UnknownCause
from vxsetup.facts.logging import WriterRoles
from vxsetup.facts.models import Probe
from vxsetup.facts.project import Billing, ProjectRecord, Services
from vxsetup.facts.refusal import GOOGLE_CLIENT_PROJECTS
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
from vxsetup.rules.access import asked_of_caller
from vxsetup.rules.buckets import quota_reads
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.log_dataset import logging_reads
from vxsetup.rules.members import member_reads
from vxsetup.rules.path import Declaration, Outcome, charged_elsewhere, from_unknown, probe_outcome, project_name
from vxsetup.rules.pipelines import federation_reads
from vxsetup.rules.restrictions import policy_reads

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from vxsetup.values import dataclass, replace

AIPLATFORM = "aiplatform.googleapis.com"


@dataclass(frozen=True, slots=True)
class ProjectTarget:
    """A project and the probes whose answers also speak for it."""

    project: str
    probes: tuple[Probe, ...]
    reads: tuple[Hashable, ...] = ()


def services_key(project: str) -> Services:
    """The one request for API states that all rules share."""
    return Services(project, (AIPLATFORM,))


def _require(
    declaration: Declaration, rule: str, subject: str, sentence: str, reads: tuple[Hashable, ...]
) -> Requirement:
    project, probes = declaration.project, declaration.probes
    path = ("project", "id")
    return Requirement(
        rule=rule,
        subject=subject,
        sentence=sentence,
        span=project.span(path),
        config_path=path,
        project=project.id,
        environment=project.environment,
        reads=(*reads, *probes),
        target=ProjectTarget(project.id, probes, reads),
    )


def _outcomes(target: ProjectTarget, facts: Facts) -> tuple[Outcome, ...]:
    return tuple(probe_outcome(probe, facts) for probe in target.probes)


def _proved(target: ProjectTarget, facts: Facts) -> tuple[Evidence, ...]:
    """The evidence of one probe that passed; it speaks for the whole project, since project gates are no model's."""
    return next((seen.evidence for seen in _outcomes(target, facts) if seen.passed is not None), ())


def _stopped(target: ProjectTarget, facts: Facts, rule: str) -> Outcome | None:
    return next((seen for seen in _outcomes(target, facts) if seen.stopped_at == rule), None)


# VX201 ------------------------------------------------------------------------------------------------------------


def _project_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    sentence = f"the project {project.id} exists and is active"
    yield _require(declaration, "VX201", project_name(project.id), sentence, (ProjectRecord(project.id),))


def _judge_project(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: ProjectTarget = requirement.target
    fact = facts[ProjectRecord(target.project)]
    if isinstance(fact, Known) and fact.value.state != "ACTIVE":
        evidence = (fact.evidence(f"state {fact.value.state}"),)
        fix = Fix(
            "restore the project while it can be restored, or name another one",
            command=f"gcloud projects undelete {target.project}",
        )
        return Judgement(Verdict.FAIL, f"The project {target.project} is being deleted.", evidence, fix)
    if isinstance(fact, Known):
        return Judgement(Verdict.PASS, requirement.sentence, (fact.evidence(f"active, number {fact.value.number}"),))
    proved = _proved(target, facts)
    if proved:
        return Judgement(Verdict.PASS, requirement.sentence, proved)
    if fact.cause is UnknownCause.ABSENT_OR_HIDDEN:
        message = f"The project {target.project} does not exist, or {circumstances.caller.name} may not see it: Google answers both alike."
        fix = Fix(
            "look at the spelling; if it is right, ask for roles/browser on the project",
            command=f"gcloud projects describe {target.project}",
        )
        return Judgement(Verdict.UNKNOWN, message, (fact.evidence(),), fix)
    return from_unknown(target.project, facts, fact, f"whether the project {target.project} exists")


# VX202 ------------------------------------------------------------------------------------------------------------


def _billing_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    subject = f"projects/{project.id}/billingInfo"
    sentence = f"{project.id} has an open billing account"
    yield _require(declaration, "VX202", subject, sentence, (Billing(project.id),))


def _judge_billing(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: ProjectTarget = requirement.target
    fact = facts[Billing(target.project)]
    stopped = _stopped(target, facts, "VX202")
    fix = Fix(
        "link an open billing account (needs roles/billing.user on the account and roles/billing.projectManager on the project)",
        command=f"gcloud billing projects link {target.project} --billing-account=BILLING_ACCOUNT_ID",
        url=f"https://console.cloud.google.com/billing/linkedaccount?project={target.project}",
    )
    proved = _proved(target, facts)
    if proved:
        return Judgement(Verdict.PASS, requirement.sentence, proved)
    if isinstance(fact, Known) and not fact.value.enabled:
        account = fact.value.account
        fix = replace(fix, summary=f"reopen the account, or {fix.summary}") if account else fix
        says = f"linked to {account}, which is closed" if account else "no billing account is linked"
        evidence = (fact.evidence(says), *(stopped.evidence if stopped else ()))
        message = (
            f"The billing account of {target.project} is closed."
            if account
            else f"{target.project} has no billing account."
        )
        return Judgement(Verdict.FAIL, message, evidence, fix)
    if stopped is not None:
        if isinstance(fact, Known):
            message = f"An open billing account is linked to {target.project}, but requests are still refused as if there were none."
            also = fact.evidence(f"linked to {fact.value.account}, open")
            wait = Fix("linking takes some minutes to act: wait, then check again")
            return Judgement(Verdict.FAIL, message, (*stopped.evidence, also), wait)
        message = f"Requests to models are refused because billing is off for {target.project}."
        return Judgement(Verdict.FAIL, message, stopped.evidence, fix)
    if isinstance(fact, Known):
        return Judgement(Verdict.PASS, requirement.sentence, (fact.evidence(f"linked to {fact.value.account}, open"),))
    return from_unknown(target.project, facts, fact, f"whether {target.project} has an open billing account")


# VX203 ------------------------------------------------------------------------------------------------------------


def _api_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    subject = f"projects/{project.id}/services/{AIPLATFORM}"
    sentence = f"{AIPLATFORM} is enabled in {project.id}"
    yield _require(declaration, "VX203", subject, sentence, (services_key(project.id),))


def _judge_api(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: ProjectTarget = requirement.target
    fact = facts[services_key(target.project)]
    stopped = _stopped(target, facts, "VX203")
    proved = _proved(target, facts)
    enable = Fix(
        "enable the API (needs roles/serviceusage.serviceUsageAdmin)",
        command=f"gcloud services enable {AIPLATFORM} --project={target.project}",
    )
    if proved:
        return Judgement(Verdict.PASS, requirement.sentence, proved)
    says_enabled = isinstance(fact, Known) and fact.value.enabled[AIPLATFORM]
    if isinstance(fact, Known) and not says_enabled:
        evidence = (fact.evidence(f"{AIPLATFORM} is DISABLED"), *(stopped.evidence if stopped else ()))
        return Judgement(Verdict.FAIL, f"The Vertex AI API is not enabled in {target.project}.", evidence, enable)
    if stopped is not None and isinstance(fact, Known):
        message = f"The Vertex AI API is enabled in {target.project}, but requests are still refused as if it were not."
        wait = Fix("enabling takes some minutes to act: wait, then check again")
        return Judgement(Verdict.FAIL, message, (*stopped.evidence, fact.evidence("ENABLED")), wait)
    if stopped is not None:
        message = f"The Vertex AI API is not enabled in {target.project}."
        return Judgement(Verdict.FAIL, message, stopped.evidence, enable)
    if isinstance(fact, Known):
        return Judgement(Verdict.PASS, requirement.sentence, (fact.evidence("ENABLED"),))
    return from_unknown(target.project, facts, fact, f"whether {AIPLATFORM} is enabled in {target.project}")


# VX204 ------------------------------------------------------------------------------------------------------------


def management_reads(declaration: Declaration) -> tuple[Hashable, ...]:
    """Every fact about a project that a management API answers."""
    project = declaration.project
    return (
        ProjectRecord(project.id),
        Billing(project.id),
        services_key(project.id),
        *asked_of_caller(project),
        *member_reads(declaration),
        *quota_reads(declaration),
        *logging_reads(declaration),
        *federation_reads(declaration),
        *policy_reads(declaration),
        *(model.listed for model in declaration.models if model.listed is not None),
    )


def _readers_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    sentence = "the APIs that vxsetup reads with are enabled in the project that is charged for reading"
    reads = management_reads(declaration)
    yield _require(declaration, "VX204", project_name(project.id), sentence, reads)


def unknowns_in(facts: Facts, keys: tuple[Hashable, ...]) -> Iterator[Unknown]:
    """Every refusal among some facts, also those kept inside collected policies and roles."""
    for key in keys:
        fact = facts[key]
        if isinstance(fact, Unknown):
            yield fact
            continue
        if isinstance(key, (AllowPolicies, DenyPolicies)):
            yield from (inner for inner in fact.value.policies.values() if isinstance(inner, Unknown))
            if fact.value.incomplete is not None:
                yield fact.value.incomplete
        if isinstance(key, (RoleDefinitions, WriterRoles)):
            yield from (inner for inner in fact.value.permissions.values() if isinstance(inner, Unknown))
        yield from getattr(fact.value, "unread", ())


def _judge_readers(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: ProjectTarget = requirement.target
    found = tuple(unknowns_in(facts, target.reads))
    disabled = [u for u in found if is_reader(target.project, u, facts)]
    if disabled:
        services = sorted({str(u.service) for u in disabled})
        consumers = sorted({u.consumer.removeprefix("projects/") for u in disabled if u.consumer})
        charged = circumstances.caller.quota_project or (consumers[0] if consumers else target.project)
        names = services[0] if len(services) == 1 else f"{len(services)} APIs that vxsetup reads with"
        verb, they = ("is", "it") if len(services) == 1 else ("are", "they")
        message = f"{names} {verb} not enabled in {charged}, the project charged for reading; what {they} would tell of {target.project} is unknown."
        unique = {u.service: u for u in disabled}
        fix = Fix(
            f"enable {'it' if len(services) == 1 else 'them'} with one command (needs roles/serviceusage.serviceUsageAdmin there), wait a few minutes, check again",
            command=f"gcloud services enable {' '.join(services)} --project={charged}",
        )
        return Judgement(Verdict.FAIL, message, tuple(unique[s].evidence() for s in services), fix)
    silent = next((u for u in found if u.cause not in _PAST_THE_API), None)
    if silent is not None:
        return from_unknown(target.project, facts, silent, "whether every API that vxsetup reads with is enabled")
    answered = [fact for key in target.reads if isinstance(fact := facts[key], Known)]
    evidence = tuple(fact.evidence("answered") for fact in answered[:1])
    return Judgement(Verdict.PASS, requirement.sentence, evidence)


def is_reader(project: str, unknown: Unknown, facts: Facts) -> bool:
    """Whether a refusal is about an API that is read with; the project's own Vertex AI API is VX203's."""
    if unknown.cause is not UnknownCause.API_DISABLED or not unknown.service:
        return False
    return unknown.service != AIPLATFORM or charged_elsewhere(project, unknown.consumer, facts)


_PAST_THE_API = (UnknownCause.PERMISSION_DENIED, UnknownCause.ABSENT_OR_HIDDEN, UnknownCause.REFUSED)
"""Refusals that come from behind the API gate, so that they prove the API enabled."""


# VX205 ------------------------------------------------------------------------------------------------------------


def _quota_project_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    sentence = "the caller may charge its reads to a quota project"
    reads = management_reads(declaration)
    yield _require(declaration, "VX205", project_name(project.id), sentence, reads)


def _judge_quota_project(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: ProjectTarget = requirement.target
    found = tuple(unknowns_in(facts, target.reads))
    refused = next((u for u in found if u.cause is UnknownCause.QUOTA_PROJECT), None)
    stopped = _stopped(target, facts, "VX205")
    if refused is not None or stopped is not None:
        evidence = (*((refused.evidence(),) if refused else ()), *(stopped.evidence if stopped else ()))
        charged = stopped.refusal.consumer if stopped is not None and stopped.refusal is not None else None
        if refused is None and charged is not None:
            return _charged_elsewhere(target, charged.removeprefix("projects/"), evidence)
        return Judgement(Verdict.FAIL, *_quota_project_words(target, circumstances, evidence))
    answered = next((fact for key in target.reads if isinstance(fact := facts[key], Known)), None)
    behind = next((u for u in found if u.cause in (*_PAST_THE_API, UnknownCause.API_DISABLED)), None)
    if answered is not None or behind is not None:
        evidence = (answered.evidence("answered"),) if answered else (behind.evidence(),) if behind else ()
        return Judgement(Verdict.PASS, requirement.sentence, evidence)
    if found:
        return from_unknown(target.project, facts, found[0], "whether the quota project may be used")
    return Judgement(Verdict.NOT_APPLICABLE, "nothing was read that charges a quota project")


def _charged_elsewhere(target: ProjectTarget, charged: str, evidence: tuple[Evidence, ...]) -> Judgement:
    """A probe carries no quota project of vxsetup's, so the credentials or something on the way named the one charged."""
    whose = "a project of Google's" if charged in GOOGLE_CLIENT_PROJECTS else "another project"
    message = f"Requests to models in {target.project} are charged to {charged}, {whose}, and refused there."
    fix = Fix(
        f"charge {target.project} itself: name it as the quota project, and see whether a gateway on the way adds x-goog-user-project",
        command=f"gcloud auth application-default set-quota-project {target.project}",
    )
    return Judgement(Verdict.FAIL, message, evidence, fix)


def _quota_project_words(
    target: ProjectTarget, circumstances: Circumstances, evidence: tuple[Evidence, ...]
) -> tuple[str, tuple[Evidence, ...], Fix]:
    charged = circumstances.caller.quota_project
    if charged:
        message = f"{circumstances.caller.name} may not charge requests to the quota project {charged}."
        fix = Fix(
            f"grant roles/serviceusage.serviceUsageConsumer on {charged}, or choose a quota project that you may use",
            command=f"gcloud auth application-default set-quota-project {target.project}",
        )
        return message, evidence, fix
    message = (
        "The credentials are a person's and name no quota project, so management reads are charged to a project of "
        "Google's and refused."
    )
    fix = Fix(
        "name a quota project for Application Default Credentials, or pass --quota-project",
        command=f"gcloud auth application-default set-quota-project {target.project}",
    )
    return message, evidence, fix


RULES = (
    Rule(
        "VX201",
        "project-not-active",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "The project exists, is active, and the caller may see it.",
            "Every other question is about this project. Google answers 403 both for a project that does not exist "
            "and for one that the caller may not see, so a wrong spelling looks like a missing permission.",
            "Passes when Resource Manager answers ACTIVE, or when a model's own layer answered a probe in this "
            "project. Fails when the project is marked for deletion. Unknown when Google answers 403 or nothing.",
            "cloudresourcemanager.projects.get (resourcemanager.projects.get); the free probes.",
            "Correct the id, or ask for roles/browser on the project.",
            (
                "DISC",
                "F#21109077879",
            ),
        ),
        _project_required,
        _judge_project,
    ),
    Rule(
        "VX202",
        "billing-disabled",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "An open billing account is linked to the project.",
            "Without open billing every request to a Claude model is refused with 403 BILLING_DISABLED, and models "
            "cannot be enabled in Model Garden.",
            "Passes when Cloud Billing says billingEnabled, or when a probe reached the model. Fails when billing is "
            "off; a closed account that is still linked is also off.",
            "cloudbilling.projects.getBillingInfo (resourcemanager.projects.get); the free probes.",
            "Link an open billing account to the project.",
            (
                "DISC",
                "F#71340865432",
            ),
        ),
        _billing_required,
        _judge_billing,
    ),
    Rule(
        "VX203",
        "api-disabled",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "The Vertex AI API, aiplatform.googleapis.com, is enabled in the project.",
            "It is the only API that a Claude request itself needs. Enabling it takes minutes to act, so a read may "
            "say ENABLED while requests are still refused.",
            "Passes when Service Usage says ENABLED and no probe was refused for it, or when a probe reached the "
            "model. A refusal of a probe weighs more than the read.",
            "serviceusage.services.batchGet (serviceusage.services.get); the free probes.",
            "Enable the API; vxsetup can do it for you.",
            (
                "DISC",
                "F#61350709063",
                "F#49460210042",
            ),
        ),
        _api_required,
        _judge_api,
    ),
    Rule(
        "VX204",
        "reader-api-disabled",
        Severity.WARNING,
        Rung.READ,
        RuleDocs(
            "The APIs that vxsetup reads with are enabled in the project that is charged for reading.",
            "Management APIs are charged to the quota project of the credentials, which may be another project than "
            "the one checked. A disabled API leaves facts unknown; it does not stop a Claude request.",
            "Fails when an API answered SERVICE_DISABLED; the answer's consumer names the project charged. All of them "
            "are named at once.",
            "The answers of cloudresourcemanager, serviceusage, cloudbilling, iam, cloudquotas, orgpolicy and, where logs are asked for, bigquery.",
            "Enable them in the charged project, with one command.",
            (
                "F#68855632559",
                "F#59571042208",
            ),
        ),
        _readers_required,
        _judge_readers,
    ),
    Rule(
        "VX205",
        "quota-project-refused",
        Severity.WARNING,
        Rung.READ,
        RuleDocs(
            "The caller's reads are charged to a quota project that the caller may use.",
            "A person's credentials without a quota project are charged to a project of Google's, and the refusal "
            "carries the same reason as a disabled API. Charging a project needs serviceusage.services.use on it, which "
            "roles/aiplatform.user and roles/viewer lack.",
            "Fails when an answer says that the quota project is missing or may not be used; told apart from a "
            "disabled API by the answer's consumer.",
            "The answers of every management API; the free probes.",
            "Set a quota project for Application Default Credentials, or grant roles/serviceusage.serviceUsageConsumer.",
            (
                "IAMDS",
                "F#7882611719",
                "F#58660789019",
            ),
        ),
        _quota_project_required,
        _judge_quota_project,
    ),
)
