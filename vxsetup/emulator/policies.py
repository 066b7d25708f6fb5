"""Organization policies: what holds for a node after inheritance, and whether a value is permitted (GD:control-model-access)."""

from __future__ import annotations

from .iam import chain_of
from .model import Node, OrgPolicy
from .state import State

DENIED_BY_DEFAULT = frozenset({"vertexai.allowedPartnerModelFeatures"})
"""Constraints whose default inside an organization is to deny; a project without one is not covered."""

LIST_CONSTRAINTS = frozenset(
    {
        "vertexai.allowedModels",
        "vertexai.allowedPartnerModelFeatures",
        "gcp.restrictServiceUsage",
        "gcp.restrictEndpointUsage",
        "gcp.resourceLocations",
        "iam.allowedPolicyMemberDomains",
    }
)


def effective(state: State, node: Node, constraint: str) -> OrgPolicy | None:
    """The policy that holds at the node, from the root down; None where the constraint's default does."""
    found: OrgPolicy | None = None
    for one in reversed(chain_of(state, node)):
        policy = one.policies.get(constraint)
        if policy is None:
            continue
        if policy.reset:
            found = None
        elif policy.inherit and found is not None:
            found = merged(found, policy)
        else:
            found = policy
    return found


def merged(above: OrgPolicy, below: OrgPolicy) -> OrgPolicy:
    """A child's policy laid over what it inherits: values add up, and deny beats allow."""
    denied = (*above.denied, *(value for value in below.denied if value not in above.denied))
    allowed = (*above.allowed, *(value for value in below.allowed if value not in above.allowed))
    return OrgPolicy(
        allowed=tuple(value for value in allowed if value not in denied),
        denied=denied,
        allow_all=above.allow_all or below.allow_all,
        deny_all=above.deny_all or below.deny_all,
        enforce=below.enforce if below.enforce is not None else above.enforce,
    )


def in_organization(state: State, node: Node) -> bool:
    """Whether the node lies in an organization."""
    return any(one.name.startswith("organizations/") for one in chain_of(state, node))


def permits(state: State, node: Node, constraint: str, *values: str) -> bool:
    """Whether the effective policy permits the thing that ``values`` all name, from the exact name to wider ones.

    One of them denied is a denial; one of them allowed is enough.
    """
    policy = effective(state, node, constraint)
    if policy is None:
        return not (constraint in DENIED_BY_DEFAULT and in_organization(state, node))
    plain = {value.removeprefix("is:") for value in policy.denied}
    if policy.deny_all or any(value in plain for value in values):
        return False
    if policy.allow_all:
        return True
    if not policy.allowed:
        # A list with only denied values permits the rest; one with no values at all leaves nothing.
        return bool(policy.denied)
    listed = {value.removeprefix("is:") for value in policy.allowed}
    return any(value in listed for value in values)
