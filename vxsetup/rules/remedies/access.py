"""Remedies of VX303 and VX305: give the role that does what is asked, make the service account that vxsetup may make."""

from __future__ import annotations

import re
import shlex
from collections.abc import Hashable
from typing import Any

from vxsetup.facts.access import AllowPolicies, HeldPermissions, RoleDefinitions
from vxsetup.facts.base import ABSENT, Facts, Known
from vxsetup.facts.changes import Granted, RoleInUse, is_later
from vxsetup.facts.federated import AccountThere
from vxsetup.facts.federation import AccountPolicy
from vxsetup.facts.models import Probe
from vxsetup.facts.project import ProjectRecord
from vxsetup.facts.provision import AccountRecord, AccountState, RolePermissions
from vxsetup.findings import Diff, Fix, Permit, Step, StepKind
from vxsetup.rules.members import own_accounts
from vxsetup.rules.path import Declaration, project_name
from vxsetup.rules.remedies.base import Wanted, by_hand

_ACCOUNT_ID = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
"""What IAM takes as an account id (DISC: iam v1, CreateServiceAccountRequest)."""

DESCRIPTION = "Made by vxsetup for requests to Claude."
PROJECT_IAM = "roles/resourcemanager.projectIamAdmin"


def reads(declaration: Declaration) -> tuple[Hashable, ...]:
    """The facts that a plan asks for beside those of the rules: the roles to be given."""
    project = declaration.project
    found: list[Hashable] = []
    for entry in project.access:
        found += [RolePermissions(role_of(declaration, entry.role, ability)) for ability in entry.can]
    return tuple(dict.fromkeys(found))


def role_of(declaration: Declaration, role: str | None, ability: str) -> str:
    """The role that an entry of the config gives for an ability: its own, or the least that does it."""
    known = declaration.catalogue.ability(ability)
    return role or (known.least_role if known is not None else "")


def grant(wanted: Wanted) -> tuple[Step, ...]:
    """VX303: the role that the config names, or the least one that does what is asked."""
    target = wanted.requirement.target
    project, principal, role = target.project, target.principal, target.role
    policies = AllowPolicies(project)
    fact = wanted.facts[policies]
    if not wanted.failed and not is_later(fact):
        return ()
    holds = wanted.facts[RolePermissions(role)]
    if isinstance(holds, Known) and (holds.value is ABSENT or not set(target.permissions) <= holds.value):
        return ()  # the role that the config names would not do it: the failure stays, and says so
    change = Granted(project_name(project), role, principal)
    if change.holds(fact):
        return ()
    email = principal.partition(":")[2]
    needs: tuple[Hashable, ...] = (ProjectRecord(project),)
    needs += (AccountRecord(project, email),) if email in own_accounts(wanted.declaration.project) else ()
    gives: dict[Hashable, Any] = {policies: change}
    gives |= {key: RoleInUse(role, holds) for key in wanted.reads(RoleDefinitions)}
    gives |= wanted.later(HeldPermissions, Probe) if _may_be_caller(wanted, principal) else {}
    return (
        Step(
            id=f"grant/{project}/{role}/{principal}",
            title=f"give {role} on {project} to {principal}",
            reason=wanted.reason,
            project=project,
            action={"do": "grant", "resource": project_name(project), "role": role, "member": principal},
            gives=gives,
            needs=needs,
            kind=StepKind.CREATE,
            diff=(Diff("member", None, principal), Diff("role", None, role)),
            permissions=(
                Permit(project_name(project), "resourcemanager.projects.getIamPolicy", PROJECT_IAM),
                Permit(project_name(project), "resourcemanager.projects.setIamPolicy", PROJECT_IAM),
            ),
            depends={
                "resource": project_name(project),
                "lacks": {"role": role, "member": principal},
                "conditions": _conditions(wanted.facts, project, role, principal),
            },
            asked_by=wanted.finding.fingerprint,
        ),
    )


def _conditions(facts: Facts, project: str, role: str, principal: str) -> list[str]:
    """The conditions under which the member has the role already, sorted."""
    fact = facts[AllowPolicies(project)]
    own = fact.value.policies.get(project_name(project)) if isinstance(fact, Known) else None
    bindings = own.value if isinstance(own, Known) else ()
    return sorted(
        str(binding.condition)
        for binding in bindings
        if binding.role == role and principal in binding.members and binding.condition is not None
    )


def _may_be_caller(wanted: Wanted, principal: str) -> bool:
    """Whether a grant may change what the caller itself may do."""
    caller = wanted.circumstances.caller.principal
    return caller is None or principal.casefold() == caller.casefold() or not principal.startswith(("user:", "service"))


def account(wanted: Wanted) -> tuple[Step, ...]:
    """VX305: make the service account where the config says that vxsetup may; else a person makes or enables it."""
    target = wanted.requirement.target
    project, email = target.project, target.email
    key = AccountRecord(project, email)
    fact = wanted.facts[key]
    if not wanted.failed and not is_later(fact):
        return ()
    name, title, needs = f"account/{email}", f"make the service account {email}", (ProjectRecord(project),)
    gives: dict[Hashable, Any] = {key: AccountState(False)}
    gives |= {policy: AccountThere() for policy in (AccountPolicy(project, email),) if policy in wanted.facts}
    there = isinstance(fact, Known) and fact.value is not ABSENT
    depends = {"service_account": email, "exists": there}
    admin = f"roles/iam.serviceAccountAdmin on {project}"
    if there:
        return (by_hand(wanted, name, f"enable the service account {email}", wanted.fix, admin, gives, needs, depends),)
    if not target.create:
        command = f"gcloud iam service-accounts create {shlex.quote(email.partition('@')[0])} --project={project}"
        fix = Fix("make it, or let vxsetup make it: create: true on this entry of access", command)
        return (by_hand(wanted, name, title, fix, admin, gives, needs, depends),)
    if not _ACCOUNT_ID.fullmatch(email.partition("@")[0]):
        fix = Fix("choose another name for it in the config: 6 to 30 small letters, digits and hyphens, a letter first")
        title = f"name the service account {email} otherwise"
        return (by_hand(wanted, name, title, fix, "whoever writes the config", gives, needs, depends),)
    return (
        Step(
            id=name,
            title=title,
            reason=wanted.reason,
            project=project,
            action={
                "do": "create_service_account",
                "project": project,
                "account_id": email.partition("@")[0],
                "email": email,
                "description": DESCRIPTION,
            },
            gives=gives,
            needs=needs,
            diff=(Diff("email", None, email), Diff("description", None, DESCRIPTION)),
            permissions=(
                Permit(project_name(project), "iam.serviceAccounts.create", "roles/iam.serviceAccountCreator"),
            ),
            depends=depends,
            asked_by=wanted.finding.fingerprint,
        ),
    )
