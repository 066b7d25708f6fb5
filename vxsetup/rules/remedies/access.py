"""Remedies of VX303 and VX305: give the role that does what is asked, make the service account that vxsetup may make."""

from __future__ import annotations

import re
import shlex
from collections.abc import Hashable
from typing import Any

from vxsetup.facts.access import AllowPolicies, DenyPolicies, HeldPermissions, RoleDefinitions
from vxsetup.facts.base import ABSENT, Facts, Known
from vxsetup.facts.changes import LATER, PLAN, Granted, RoleInUse, RoleWidened, is_later
from vxsetup.facts.effective import Access
from vxsetup.facts.federated import AccountThere
from vxsetup.facts.federation import AccountPolicy
from vxsetup.facts.models import Probe
from vxsetup.facts.project import ProjectRecord
from vxsetup.facts.provision import ROLE_TITLE, AccountRecord, AccountState, OwnPermissions, RolePermissions
from vxsetup.findings import Diff, Fix, Permit, Step, StepKind
from vxsetup.rules.members import MemberTarget, found_of, needed_for, own_accounts
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
    if not wanted.failed and not is_later(fact) and not _hangs_on_others(wanted):
        return ()
    hand = _barred(wanted) if wanted.failed and isinstance(fact, Known) else None
    if hand is not None:
        return (hand,)
    made = _custom_role(wanted)
    holds = Known(made.gives[RolePermissions(role)], PLAN) if made else wanted.facts[RolePermissions(role)]
    if isinstance(holds, Known) and (holds.value is ABSENT or not set(target.permissions) <= holds.value):
        return ()  # the role that the config names would not do it: the failure stays, and says so
    change = Granted(project_name(project), role, principal)
    if change.holds(fact):
        return (made,) if made else ()
    email = principal.partition(":")[2]
    needs: tuple[Hashable, ...] = (ProjectRecord(project),)
    needs += (AccountRecord(project, email),) if email in own_accounts(wanted.declaration.project) else ()
    needs += (RolePermissions(role),)
    gives: dict[Hashable, Any] = {policies: change}
    gives |= {key: RoleInUse(role, holds) for key in wanted.reads(RoleDefinitions)}
    gives |= wanted.later(HeldPermissions, Probe) if _may_be_caller(wanted, principal) else {}
    return (
        *((made,) if made else ()),
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


def _hangs_on_others(wanted: Wanted) -> bool:
    """Whether a group holds what is asked only if it is in another group or domain. Nobody can send a request as a group,
    so that nothing would ever tell; it is given what the config asks for in its own name."""
    target: MemberTarget = wanted.requirement.target
    allow = wanted.facts[AllowPolicies(target.project)]
    if not target.principal.startswith("group:") or not isinstance(allow, Known):
        return False
    found = found_of(target, wanted.facts, allow, wanted.circumstances.now).values()
    open_ = [held for held in found if held.access is not Access.HELD]
    return bool(open_) and all(
        held.access is Access.UNKNOWN and all(doubt.membership for doubt in held.doubts) for held in open_
    )


def _barred(wanted: Wanted) -> Step | None:
    """The step of people's where a grant would not help, or would go round what somebody decided: a deny policy takes the
    permission away, or it was given under a condition that no longer holds."""
    target: MemberTarget = wanted.requirement.target
    project, principal = target.project, target.principal
    allow = wanted.facts[AllowPolicies(project)]
    assert isinstance(allow, Known)
    found = found_of(target, wanted.facts, allow, wanted.circumstances.now)
    denied = next((held for held in found.values() if held.access is Access.DENIED), None)
    ability = f"{project}/{target.ability}/{principal}"
    if denied is not None:
        depends: dict[str, Any] = {"deny_policy": denied.policy, "resource": denied.resource, "member": principal}
        gives: dict[Hashable, Any] = {DenyPolicies(project): LATER}
        title = f"except {principal} from the deny policy {denied.policy}"
        who = f"the owner of the deny policy (roles/iam.denyAdmin on {denied.resource})"
        return by_hand(wanted, f"deny/{ability}", title, wanted.fix, who, gives, (), depends)
    lapsed = next((held.lapsed for held in found.values() if held.access is Access.LACKING and held.lapsed), None)
    if lapsed is None:
        return None
    change = Granted(project_name(project), target.role, principal)
    command = wanted.fix.command
    fix = Fix(f"{lapsed}: somebody set that limit, so renew the grant, or give {target.role} without it", command)
    title = f"renew the grant of {principal}, which has run out"
    depends = {"resource": project_name(project), "member": principal, "lapsed": lapsed}
    who = f"{PROJECT_IAM} on the resource of the grant"
    gives = {AllowPolicies(project): change}
    holds = wanted.facts[RolePermissions(target.role)]
    gives |= {key: RoleInUse(target.role, holds) for key in wanted.reads(RoleDefinitions)}
    gives |= wanted.later(HeldPermissions, Probe) if _may_be_caller(wanted, principal) else {}
    return by_hand(wanted, f"renew/{ability}", title, fix, who, gives, (), depends)


def _custom_role(wanted: Wanted) -> Step | None:
    """The step that makes the custom role of this project that the config names and that is not there, with exactly the
    permissions that the config asks of it, or gives the one that vxsetup made what it lacks; None where it lacks nothing,
    is somebody else's or none of this project's, or where Google names a role and not the permissions for what is asked."""
    target: MemberTarget = wanted.requirement.target
    project, role = target.project, target.role
    place, _, name = role.rpartition("/roles/")
    record = wanted.facts[ProjectRecord(project)]
    new = isinstance(record, Known) and record.source == PLAN
    there = wanted.facts[RolePermissions(role)]
    absent = isinstance(there, Known) and there.value is ABSENT
    held = there.value if isinstance(there, Known) and isinstance(there.value, OwnPermissions) else None
    if place != project_name(project) or not (held is not None or absent or (new and not isinstance(there, Known))):
        return None
    entries = [entry for entry in wanted.declaration.project.access if entry.role == role]
    needed = [needed_for(wanted.declaration, ability) for entry in entries for ability in entry.can]
    if any(doubtful for _, doubtful in needed):
        return None
    permissions = sorted({permission for certain, _ in needed for permission in certain})
    action = {
        "do": "create_role",
        "project": project,
        "role_id": name,
        "title": ROLE_TITLE,
        "permissions": permissions,
    }
    if held is not None:
        return _wider(wanted, action, held)
    return Step(
        id=f"role/{role}",
        title=f"make the custom role {name} in {project}",
        reason=wanted.reason,
        project=project,
        action=action,
        gives={RolePermissions(role): frozenset(permissions)},
        needs=(ProjectRecord(project),),
        diff=(Diff("role", None, role), Diff("permissions", None, ", ".join(permissions))),
        permissions=(Permit(project_name(project), "iam.roles.create", "roles/iam.roleAdmin"),),
        depends={"role": role, "exists": False},
        asked_by=wanted.finding.fingerprint,
        settles=False,
    )


def _wider(wanted: Wanted, action: dict[str, Any], held: frozenset[str]) -> Step | None:
    """The step that gives vxsetup's own custom role what it lacks; it keeps what it has. Without it a role that was
    brought back, by a run that was cut off before it could give it more, would stay as it was when it was deleted."""
    target: MemberTarget = wanted.requirement.target
    project, role = target.project, target.role
    lacks = sorted(set(action["permissions"]) - held)
    if not lacks:
        return None
    gives: dict[Hashable, Any] = {RolePermissions(role): held | set(lacks)}
    gives |= {key: RoleWidened(role, frozenset(lacks)) for key in wanted.facts if isinstance(key, RoleDefinitions)}
    return Step(
        id=f"role/{role}",
        title=f"give the custom role {action['role_id']} what it lacks, for everybody who has it",
        reason=wanted.reason,
        project=project,
        action=action,
        gives=gives | wanted.later(HeldPermissions, Probe),
        needs=(ProjectRecord(project),),
        kind=StepKind.CHANGE,
        diff=(Diff("permissions", ", ".join(sorted(held)) or "none", ", ".join(sorted({*held, *lacks}))),),
        permissions=(Permit(project_name(project), "iam.roles.update", "roles/iam.roleAdmin"),),
        depends={"role": role, "exists": True, "lacks": lacks},
        asked_by=wanted.finding.fingerprint,
        settles=False,
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
