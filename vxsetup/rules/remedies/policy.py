"""Remedies of VX501 and VX503: allow a value in the project's own policy where the config lets vxsetup manage policies;
else an administrator of organization policies decides."""

from __future__ import annotations

import shlex
from collections.abc import Hashable, Sequence
from typing import Any

from vxsetup.facts.base import Facts, Known
from vxsetup.facts.changes import ValueAllowed
from vxsetup.facts.models import Probe
from vxsetup.facts.project import ProjectRecord
from vxsetup.findings import Diff, Fix, Permit, Step, StepKind
from vxsetup.rules.path import Target, project_name
from vxsetup.rules.policy import things
from vxsetup.rules.remedies.base import Wanted, by_hand
from vxsetup.rules.standing import FEATURES, MODELS, Thing, standing

POLICY_ADMIN = "roles/orgpolicy.policyAdmin"
BY_CONFIG = "the config asks for it: org_policy.manage: true"


def allow_model(wanted: Wanted) -> tuple[Step, ...]:
    """VX501: whatever forbids a request for a model at a location."""
    if not wanted.failed:
        return ()
    target: Target = wanted.requirement.target.target
    forbidding = [thing for thing in things(target) if standing(thing, wanted.facts).allowed is False]
    return _allow(wanted, forbidding, f"{target.model} at {target.location}")


def allow_feature(wanted: Wanted) -> tuple[Step, ...]:
    """VX503: a feature of a model."""
    if not wanted.failed:
        return ()
    asked = wanted.requirement.target
    return _allow(wanted, [asked.thing], f"{asked.feature} with {asked.model}")


def _allow(wanted: Wanted, forbidding: Sequence[Thing], what: str) -> tuple[Step, ...]:
    manage = wanted.declaration.project.org_policy_manage
    if forbidding and manage and all(_may_add(thing, wanted.facts) for thing in forbidding):
        return tuple(_adding(wanted, thing) for thing in forbidding)
    constraints = sorted({thing.constraint for thing in forbidding}) or ["organization policies"]
    gives: dict[Hashable, Any] = {**wanted.later(Probe)}
    gives |= {thing.key: ValueAllowed(thing.names[0]) for thing in forbidding if thing.constraint in (MODELS, FEATURES)}
    project = wanted.requirement.project
    name = f"policy/{project}/{'+'.join(constraints)}/{what.replace(' ', '-')}"
    depends = {"constraints": constraints, "refuses": what, "policy": f"{', '.join(constraints)} for {project}"}
    who = f"an organization policy administrator ({POLICY_ADMIN}, which is had on an organization alone)"
    title = f"decide whether {', '.join(constraints)} may allow {what}"
    return (by_hand(wanted, name, title, _exactly(wanted, forbidding, project), who, gives, (), depends),)


def _exactly(wanted: Wanted, forbidding: Sequence[Thing], project: str) -> Fix:
    """What an administrator has to do, to the letter: the commands that add the values for this project alone, where
    adding helps; else the advice of the rule, whose command shows the policy."""
    fix = wanted.fix
    if not forbidding or not all(_may_add(thing, wanted.facts) for thing in forbidding):
        return fix
    commands = [
        f"gcloud resource-manager org-policies allow {thing.constraint} {shlex.quote(thing.names[0])} --project={project}"
        for thing in forbidding
    ]
    values = " and ".join(f"{thing.names[0]} to the allowed values of {thing.constraint}" for thing in forbidding)
    says = (
        f"add {values}, for this project alone: the command leaves the policies above it as they are. Where the answer is "
        "no, take it out of the config; with org_policy.manage: true in the config vxsetup does it, run by such an "
        "administrator"
    )
    return Fix(says, "\n".join((*commands, *([fix.command] if fix.command else []))), fix.url)


def _may_add(thing: Thing, facts: Facts) -> bool:
    """Whether one more allowed value helps: it does not where the value is denied, for a denial beats it."""
    fact = facts[thing.key]
    denied = isinstance(fact, Known) and (fact.value.deny_all or set(thing.names) & set(fact.value.denied))
    return thing.constraint in (MODELS, FEATURES) and not denied


def _adding(wanted: Wanted, thing: Thing) -> Step:
    project, value = wanted.requirement.project, thing.names[0]
    return Step(
        id=f"policy/{project}/{thing.constraint}/{value}",
        title=f"allow {value} in {thing.constraint} for {project}",
        reason=wanted.reason,
        project=project,
        action={"do": "allow_value", "project": project, "constraint": thing.constraint, "value": value},
        gives={thing.key: ValueAllowed(value), **wanted.later(Probe)},
        needs=(ProjectRecord(project),),
        kind=StepKind.CHANGE,
        diff=(Diff("allowed value", None, value),),
        permissions=tuple(
            Permit(project_name(project), f"orgpolicy.policies.{verb}", POLICY_ADMIN, doubtful=True)
            for verb in ("create", "update")
        ),
        depends={"constraint": thing.constraint, "lacks": value},
        asked_by=wanted.finding.fingerprint,
        consent=BY_CONFIG,
    )
