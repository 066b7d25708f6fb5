"""VX304 and VX305: grants that are wider than their need, and service accounts that are named and not there."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vxsetup.facts.access import BASIC_ROLES, AllowPolicies, Attached, Binding, RoleDefinitions
from vxsetup.facts.base import ABSENT, Facts, Known, Unknown
from vxsetup.facts.conditions import Seen, evaluate
from vxsetup.facts.members import EVERY_ACCOUNT, EVERYONE
from vxsetup.facts.models import Probe
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
from vxsetup.rules.access import PREDICT
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.members import own_accounts, principals_of
from vxsetup.rules.path import Declaration, from_unknown, probe_outcome, project_name

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_ANYONE = (EVERYONE, EVERY_ACCOUNT)
_GOOGLES_OWN = ("@cloudservices.gserviceaccount.com", "@system.gserviceaccount.com")
"""Google's own agents, which Google gives basic roles to."""


# VX304 ------------------------------------------------------------------------------------------------------------


def _broad_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    if not project.access:
        return
    path = ("access",)
    yield Requirement(
        rule="VX304",
        subject=project_name(project.id),
        sentence=f"nobody can call models in {project.id} through a role that is far wider than that",
        span=project.key_span(path),
        config_path=path,
        project=project.id,
        environment=project.environment,
        reads=(AllowPolicies(project.id), RoleDefinitions(project.id, principals_of(project))),
        target=principals_of(project),
    )


def _judge_broad(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    project = requirement.project
    what = f"whether wide roles let anybody call models in {project}"
    allow = facts[AllowPolicies(project)]
    if isinstance(allow, Unknown):
        return from_unknown(project, facts, allow, what)
    roles = facts[RoleDefinitions(project, requirement.target)]
    attached: Attached = allow.value
    found: list[str] = []
    open_: Unknown | None = attached.incomplete
    for resource, policy in attached.policies.items():
        if isinstance(policy, Unknown):
            open_ = open_ or policy
            continue
        for binding in policy.value:
            wide = _wide(binding, circumstances)
            if not wide:
                continue
            role = roles if isinstance(roles, Unknown) else roles.value.permissions.get(binding.role)
            if isinstance(role, Unknown):
                open_ = open_ or role
            elif role is not None and PREDICT in role.value:
                found.append(f"{binding.role} on {resource} ({wide})")
    if found:
        return _broad(project, tuple(dict.fromkeys(found)), allow)
    if open_ is not None:
        return from_unknown(project, facts, open_, what)
    return Judgement(Verdict.PASS, requirement.sentence, (allow.evidence("no basic role, and nothing for everyone"),))


def _wide(binding: Binding, circumstances: Circumstances) -> str:
    """Who gets the role of a binding, in words, where that is wide: everyone, or people with a basic role. Else empty."""
    service = PREDICT.partition(".")[0]
    if binding.condition is not None:
        seen = Seen(f"{service}.googleapis.com")
        if evaluate(binding.condition, circumstances.now, seen).truth is False:
            return ""
    anyone = next((member for member in binding.members if member in _ANYONE), None)
    if anyone is not None:
        return "anyone on the internet" if anyone == EVERYONE else "anyone with a Google account"
    members = [member for member in binding.members if not member.endswith(_GOOGLES_OWN)]
    if binding.role not in BASIC_ROLES or not members:
        return ""
    return members[0] if len(members) == 1 else f"{len(members)} members"


def _broad(project: str, found: tuple[str, ...], allow: Known) -> Judgement:
    evidence = tuple(allow.evidence(says) for says in found)
    named = " and ".join(found) if len(found) < 3 else f"{found[0]}, {found[1]} and {len(found) - 2} more grants"
    internet = any("anyone " in one for one in found)
    cost = " Whoever calls a model does so at this project's cost." if internet else ""
    message = f"Models in {project} can also be called through grants that are far wider than that: {named}.{cost}"
    command = f"gcloud projects get-iam-policy {project}"
    fix = Fix("give roles/aiplatform.user to those who call models, and take the wide grant away", command=command)
    return Judgement(Verdict.FAIL, message, evidence, fix)


# VX305 ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AccountTarget:
    """A service account of the project; ``create``: the config lets vxsetup make it. ``probes`` are the caller's."""

    project: str
    email: str
    create: bool
    probes: tuple[Probe, ...]


def _accounts_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    for email in own_accounts(project):
        entries = [entry for entry in project.access if entry.principal == f"serviceAccount:{email}"]
        path = (*entries[0].config_path, "member")
        yield Requirement(
            rule="VX305",
            subject=f"{project_name(project.id)}/serviceAccounts/{email}",
            sentence=f"the service account {email} exists and is enabled",
            span=project.span(path),
            config_path=path,
            project=project.id,
            environment=project.environment,
            principal=f"serviceAccount:{email}",
            reads=(AccountRecord(project.id, email), *declaration.probes),
            target=AccountTarget(project.id, email, any(entry.create for entry in entries), declaration.probes),
        )


def _judge_account(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: AccountTarget = requirement.target
    proof = _as_account(target, facts, circumstances)
    if proof:
        return Judgement(Verdict.PASS, requirement.sentence, proof)
    fact = facts[AccountRecord(target.project, target.email)]
    if isinstance(fact, Unknown):
        return from_unknown(target.project, facts, fact, f"whether the service account {target.email} exists")
    name, in_project = shlex.quote(target.email), f"--project={target.project}"
    if fact.value is ABSENT:
        message = f"The service account {target.email} does not exist."
        how = (
            "vxsetup plan makes it (create: true); or make it now" if target.create else "make it, or correct its name"
        )
        command = f"gcloud iam service-accounts create {shlex.quote(target.email.partition('@')[0])} {in_project}"
        return Judgement(Verdict.FAIL, message, (fact.evidence("not found"),), Fix(how, command=command))
    if fact.value.disabled:
        message = f"The service account {target.email} is disabled: no token of it is accepted."
        fix = Fix("enable it", command=f"gcloud iam service-accounts enable {name} {in_project}")
        return Judgement(Verdict.FAIL, message, (fact.evidence("disabled"),), fix)
    return Judgement(Verdict.PASS, requirement.sentence, (fact.evidence("exists and is enabled"),))


def _as_account(target: AccountTarget, facts: Facts, circumstances: Circumstances) -> tuple[Evidence, ...]:
    """What the caller's own request proves where the caller is this account: it exists, for its token was taken."""
    caller = circumstances.caller.principal
    if caller is None or caller.casefold() != f"serviceaccount:{target.email}".casefold():
        return ()
    seen = (probe_outcome(probe, facts) for probe in target.probes)
    return next((one.evidence for one in seen if one.passed is not None), ())


RULES = (
    Rule(
        "VX304",
        "broad-grant",
        Severity.INFO,
        Rung.READ,
        RuleDocs(
            "Nobody can call models through a role that is far wider than that.",
            "Owner, editor and viewer hold the permission to call models beside thousands of others, and a grant to "
            "everyone lets strangers call models at the project's cost.",
            "Looks at the bindings on the project, its folders and its organization: basic roles whose definition holds "
            "aiplatform.endpoints.predict, and roles with it that are given to allUsers or allAuthenticatedUsers. Google's "
            "own agents are left out, and so are conditions that do not hold. That roles/viewer holds the permission is "
            "from one dump of roles; the role itself is read. Information: it changes no verdict.",
            "getIamPolicy on each ancestor, iam.roles.get.",
            "Give roles/aiplatform.user, or a custom role, to those who call models, and take the wide grant away.",
            ("IAMD", "IAMDS"),
        ),
        _broad_required,
        _judge_broad,
    ),
    Rule(
        "VX305",
        "service-account-missing",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "Each service account of this project that is named under access exists and is enabled.",
            "A role can be bound to an account that was deleted or disabled since; the policy looks right, and nothing "
            "can be called with it. A missing account cannot be given a role at all.",
            "Fails when IAM answers that the account is not found, also where create: true lets vxsetup make it, for it is "
            "not there yet; and when the account is disabled. Passes when IAM answers with an enabled account, or when "
            "the caller is this account and a model answered it.",
            "iam.serviceAccounts.get; the free probes.",
            "Make the account, let vxsetup make it, correct its name, or enable it.",
            ("DISC",),
        ),
        _accounts_required,
        _judge_account,
    ),
)
