"""What an organization policy says of one thing that a config needs: the reading that the rules VX5xx share.

The effective policy decides where it is clear. What it leaves open stays open: value groups that nobody here can take
apart, rules with parameters, and a policy that was not read.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from vxsetup.facts.base import Facts, Known, Unknown
from vxsetup.facts.policies import EffectivePolicy, Ruling, Standing, enforcement, is_group, ruling
from vxsetup.facts.project import ProjectRecord
from vxsetup.findings import Evidence, Fix, Judgement, Requirement, Verdict
from vxsetup.rules.path import from_unknown, project_name

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

MODELS = "vertexai.allowedModels"
FEATURES = "vertexai.allowedPartnerModelFeatures"
SERVICES = "gcp.restrictServiceUsage"
ENDPOINTS = "gcp.restrictEndpointUsage"
LOCATIONS = "gcp.resourceLocations"
DOMAINS = "iam.allowedPolicyMemberDomains"
KEYS = ("iam.disableServiceAccountKeyCreation", "iam.managed.disableServiceAccountKeyCreation")
"""The old constraint, and the managed one that does the same (IAMD)."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that a list constraint may forbid, by the ``names`` under which a policy can list it.

    ``denied_by_default``: what holds inside an organization where no rule is in force. ``deny_list``: only denied
    values are documented for the constraint, so that what a list of allowed values does is not known. ``doubtful``
    tells the values that may or may not mean the thing.
    """

    project: str
    constraint: str
    names: tuple[str, ...]
    denied_by_default: bool = False
    deny_list: bool = False
    doubtful: Callable[[str], bool] = is_group

    @property
    def key(self) -> EffectivePolicy:
        """The policy that decides."""
        return policy_key(self.project, self.constraint)

    @property
    def reads(self) -> tuple[Hashable, ...]:
        """The facts that decide: the policy, and whether the project is in an organization."""
        return (self.key, ProjectRecord(self.project))


@dataclass(frozen=True, slots=True)
class Stand:
    """What is known of a thing. ``allowed`` is None where it is open; ``unknown`` is set where a fact was not read;
    ``entry`` is the denied value that forbids it, where one does."""

    constraint: str
    allowed: bool | None
    evidence: tuple[Evidence, ...] = ()
    why: str = ""
    unknown: Unknown | None = None
    entry: str | None = None


def policy_key(project: str, constraint: str) -> EffectivePolicy:
    """The fact of a project's effective policy for a constraint."""
    return EffectivePolicy(project_name(project), constraint)


def standing(thing: Thing, facts: Facts) -> Stand:
    """What the effective policy says of a thing."""
    fact = facts[thing.key]
    if isinstance(fact, Unknown):
        return _unread(thing.project, thing.constraint, fact, facts)
    ruled: Ruling = ruling(fact.value, thing.names, thing.doubtful)
    only_allowed = thing.deny_list and fact.value.allowed and not fact.value.deny_all
    if ruled.standing is Standing.DENIED and only_allowed and not set(thing.names) & set(fact.value.denied):
        why = "it lists allowed values, and only denied ones are documented for it"
        ruled = Ruling(Standing.UNCLEAR, why)
    if ruled.standing is Standing.DEFAULT and thing.denied_by_default:
        return _default(thing, fact, facts)
    return _stand(thing.constraint, fact, ruled)


def enforced(project: str, constraint: str, facts: Facts) -> Stand:
    """What the effective policy of a boolean constraint says: ``allowed`` False where it is enforced."""
    fact = facts[policy_key(project, constraint)]
    if isinstance(fact, Unknown):
        return _unread(project, constraint, fact, facts)
    return _stand(constraint, fact, enforcement(fact.value))


def _stand(constraint: str, fact: Known, ruled: Ruling) -> Stand:
    allowed = {Standing.ALLOWED: True, Standing.DEFAULT: True, Standing.DENIED: False}.get(ruled.standing)
    says = "no policy is in force, and the default allows it" if ruled.standing is Standing.DEFAULT else ruled.why
    return Stand(constraint, allowed, (fact.evidence(f"{constraint}: {says}"),), ruled.why, entry=ruled.entry)


def _default(thing: Thing, fact: Known, facts: Facts) -> Stand:
    """Nothing is in force, and the constraint denies by default inside an organization alone (GD:control-model-access)."""
    record = facts[ProjectRecord(thing.project)]
    nothing = fact.evidence(f"{thing.constraint}: no policy is in force")
    if isinstance(record, Unknown):
        return Stand(thing.constraint, None, (nothing,), unknown=record)
    if record.value.parent is None:
        outside = record.evidence("the project has no parent, so it is in no organization")
        return Stand(thing.constraint, True, (nothing, outside))
    inside = record.evidence(f"in an organization (parent {record.value.parent}), where the default is to deny")
    return Stand(thing.constraint, False, (nothing, inside), "it is denied by default inside an organization")


def _unread(project: str, constraint: str, unread: Unknown, facts: Facts) -> Stand:
    """Without an organization nobody can set a policy: the role for it is given on organizations alone (IAMD)."""
    record = facts[ProjectRecord(project)]
    if isinstance(record, Known) and record.value.parent is None:
        says = f"{constraint}: the project has no parent, and policies are set inside an organization alone"
        return Stand(constraint, True, (record.evidence(says),))
    return Stand(constraint, None, (unread.evidence(),), unknown=unread)


def left_open(requirement: Requirement, stand: Stand, facts: Facts, what: str) -> Judgement:
    """The judgement where a policy was not read, or cannot be taken apart. ``what`` is the open question as a clause."""
    if stand.unknown is not None:
        return from_unknown(requirement.project, facts, stand.unknown, what)
    message = f"{what[:1].upper()}{what[1:]} is not known: in the policy {stand.constraint}, {stand.why}."
    fix = Fix(
        "look at the policy, and ask an organization policy administrator what it means here",
        command=describe(requirement.project, stand.constraint),
    )
    return Judgement(Verdict.UNKNOWN, message, stand.evidence, fix)


def describe(project: str, constraint: str) -> str:
    """The command that shows the policy in force."""
    return f"gcloud org-policies describe {constraint} --project={project} --effective"


def allow(value: str, stand: Stand | None) -> str:
    """What an administrator has to do so that a value is allowed. A denied entry has to go; else a value is added."""
    if stand is not None and stand.entry is not None:
        return f"{ASK} to take {stand.entry} off the denied values of {stand.constraint}"
    return f"{ASK} to add {value} to the allowed values"


ASK = "ask an organization policy administrator (roles/orgpolicy.policyAdmin)"
"""Who can change a policy; the role can be had on the organization alone (IAMD)."""
