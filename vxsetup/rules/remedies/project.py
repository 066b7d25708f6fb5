"""Remedies of VX2xx: make the project, link its billing account, enable its APIs."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from vxsetup.facts.base import Hole, Known, Unknown, UnknownCause
from vxsetup.facts.changes import LATER, BillingLinked, Enabled, is_later
from vxsetup.facts.logging import LogTables
from vxsetup.facts.models import Probe, PublisherModelConfig
from vxsetup.facts.project import Billing, BillingState, ProjectRecord, ProjectState, Services, ServiceStates
from vxsetup.facts.quotas import EffectiveQuota
from vxsetup.findings import Diff, Fix, Permit, Step, StepKind
from vxsetup.rules.path import project_name
from vxsetup.rules.project import AIPLATFORM, is_reader, unknowns_in
from vxsetup.rules.remedies.base import Wanted, by_hand

USAGE_ADMIN = "roles/serviceusage.serviceUsageAdmin"
LABEL = {"managed-by": "vxsetup"}
"""Ownership, written where a resource has room for it."""


def create(wanted: Wanted) -> tuple[Step, ...]:
    """VX201: make the project where the config says that vxsetup may, and it is absent or hidden."""
    declared = wanted.declaration.project
    record = wanted.facts[ProjectRecord(declared.id)]
    hidden = isinstance(record, Unknown) and record.cause is UnknownCause.ABSENT_OR_HIDDEN
    if not hidden or declared.create is None:
        return ()
    parent = declared.create.parent
    name = project_name(declared.id)
    about = (
        key
        for key in wanted.facts
        if getattr(key, "project", None) == declared.id or getattr(key, "resource", None) == name
    )
    gives: dict[Hashable, Any] = dict.fromkeys(about, LATER)
    number = Hole("project number")
    gives[ProjectRecord(declared.id)] = ProjectState(declared.id, number, "ACTIVE", parent)
    gives[Billing(declared.id)] = BillingState(False, None)
    for key in wanted.facts:
        if isinstance(key, Services) and key.project == declared.id and key.names == (AIPLATFORM,):
            gives[key] = ServiceStates({AIPLATFORM: False})
    return (
        Step(
            id=f"project/{declared.id}",
            title=f"make the project {declared.id}",
            reason=wanted.reason,
            project=declared.id,
            action={"do": "create_project", "project": declared.id, "parent": parent, "labels": LABEL},
            gives=gives,
            diff=(
                Diff("project_id", None, declared.id),
                Diff("parent", None, parent),
                Diff("number", None, str(number)),
                Diff("labels", None, ", ".join(f"{key}={value}" for key, value in LABEL.items())),
            ),
            permissions=(Permit(parent, "resourcemanager.projects.create", "roles/resourcemanager.projectCreator"),),
            depends={"project": declared.id, "seen": False, "parent": parent},
            asked_by=wanted.finding.fingerprint,
            expects="that the id is free: one that is taken by others looks like one that does not exist",
        ),
    )


def billing(wanted: Wanted) -> tuple[Step, ...]:
    """VX202: link the billing account that the config names under ``project.create``, or leave it to a person."""
    project = wanted.requirement.project
    key = Billing(project)
    fact = wanted.facts[key]
    if not wanted.failed or (isinstance(fact, Known) and fact.value.enabled):
        return ()  # linked and not yet in force: waiting is no change
    before = fact.value.account if isinstance(fact, Known) else None
    declared = wanted.declaration.project.create
    account = f"billingAccounts/{declared.billing_account}" if declared is not None else None
    gives: dict[Hashable, Any] = {
        **wanted.later(Probe),
        **_behind(wanted, UnknownCause.BILLING_DISABLED),
        **dict.fromkeys(wanted.later(EffectiveQuota), BillingLinked(project)),
    }
    gives[key] = BillingState(True, account or Hole("billing account"))
    depends = {"project": project, "billing_account": before, "open": False}
    if account is None or account == before:
        who = "someone with roles/billing.user on an open billing account"
        fix = wanted.fix
        if account is None:
            fix = Fix(
                f"{fix.summary}; or name the account in the config, project.create.billing_account",
                fix.command,
                fix.url,
            )
        title = (
            f"link an open billing account to {project}" if account is None else f"open the billing account {account}"
        )
        return (by_hand(wanted, f"billing/{project}", title, fix, who, gives, (ProjectRecord(project),), depends),)
    return (
        Step(
            id=f"billing/{project}",
            title=f"link {account} to {project}",
            reason=wanted.reason,
            project=project,
            action={"do": "link_billing", "project": project, "account": account},
            gives=gives,
            needs=(ProjectRecord(project),),
            kind=StepKind.CHANGE if before else StepKind.CREATE,
            diff=(Diff("billing_account", before, account),),
            permissions=(
                Permit(
                    project_name(project),
                    "resourcemanager.projects.createBillingAssignment",
                    "roles/billing.projectManager",
                ),
                Permit(account, "billing.resourceAssociations.create", "roles/billing.user"),
            ),
            depends=depends,
            asked_by=wanted.finding.fingerprint,
        ),
    )


def enable(wanted: Wanted) -> tuple[Step, ...]:
    """VX203: enable the Vertex AI API of the project."""
    project = wanted.requirement.project
    key = next(wanted.reads(Services), None)
    fact = wanted.facts[key] if key is not None else None
    if key is None or fact is None or (isinstance(fact, Known) and fact.value.enabled.get(AIPLATFORM)):
        return ()  # enabled and not yet usable: waiting is no change
    if not wanted.failed and not is_later(fact):
        return ()
    gives = {**wanted.later(Probe), **_behind(wanted, UnknownCause.API_DISABLED), key: Enabled((AIPLATFORM,))}
    return (enabling(wanted, project, (AIPLATFORM,), gives, (ProjectRecord(project), Billing(project))),)


def _behind(wanted: Wanted, cause: UnknownCause) -> dict[Hashable, Any]:
    """Settings of the project's models, and what is named in them, that were refused for this cause alone: they show when
    it is gone. A switch of the project's own API says nothing of one that another project is charged with."""
    found: dict[Hashable, Any] = {}
    for key in wanted.later(PublisherModelConfig):
        fact = wanted.facts[key]
        own = is_later(fact) or (
            isinstance(fact, Unknown)
            and fact.cause is cause
            and fact.service in (AIPLATFORM, None)
            and not is_reader(wanted.requirement.project, fact, wanted.facts)
        )
        if own:
            found[key] = LATER
    return found | wanted.later(LogTables) if found else {}


def enable_readers(wanted: Wanted) -> tuple[Step, ...]:
    """VX204: enable the APIs that vxsetup reads with, where they are charged to this very project; else a person does."""
    if not wanted.failed:
        return ()
    project = wanted.requirement.project
    target = wanted.requirement.target
    disabled = {
        str(unknown.service): unknown.consumer
        for unknown in unknowns_in(wanted.facts, target.reads)
        if is_reader(project, unknown, wanted.facts)
    }
    services = tuple(sorted(disabled))
    record = wanted.facts[ProjectRecord(project)]
    own = {project, record.value.number} if isinstance(record, Known) else {project}
    charged = {consumer.removeprefix("projects/") for consumer in disabled.values() if consumer}
    gives = {
        key: LATER
        for key in target.reads
        if any(unknown.service in disabled for unknown in unknowns_in(wanted.facts, (key,)))
    }
    if not services:
        return ()
    if not charged <= own or "serviceusage.googleapis.com" in disabled:
        where = ", ".join(sorted(charged)) or project
        title = f"enable {len(services)} API{'s' if len(services) > 1 else ''} that vxsetup reads with in {where}"
        who = f"{USAGE_ADMIN} on {where}"
        depends = {"project": where, "disabled": list(services)}
        return (by_hand(wanted, f"readers/{project}", title, wanted.fix, who, gives, (), depends),)
    return (enabling(wanted, project, services, gives, (ProjectRecord(project),)),)


def enabling(
    wanted: Wanted, project: str, services: tuple[str, ...], gives: dict[Hashable, Any], needs: tuple[Hashable, ...]
) -> Step:
    """The step that enables some APIs of a project."""
    names = services[0] if len(services) == 1 else f"{len(services)} APIs"
    return Step(
        id=f"enable/{project}/{'+'.join(services)}",
        title=f"enable {names} in {project}",
        reason=wanted.reason,
        project=project,
        action={"do": "enable_services", "project": project, "services": list(services)},
        gives=gives,
        needs=needs,
        diff=tuple(Diff(name, "DISABLED", "ENABLED") for name in services),
        permissions=(Permit(project_name(project), "serviceusage.services.enable", USAGE_ADMIN),),
        depends={"project": project, "disabled": list(services)},
        asked_by=wanted.finding.fingerprint,
    )
