"""Organization policies: what holds for a node after inheritance, and whether a value is permitted.

The emulator's own evaluation, written from GD:control-model-access and GD:org-policy-hierarchy.
"""

from __future__ import annotations

from collections.abc import Iterable

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

DENY_LISTS = frozenset({"gcp.restrictEndpointUsage"})
"""List constraints of which only denied values count (GD:restrict-endpoint-usage)."""

_OUTSIDE_THE_UNION = ("europe-west2", "europe-west6")
"""London and Zurich: in:eu-locations leaves London out (F#65778915855), and Zurich is no part of the Union either."""


def effective(state: State, node: Node, constraint: str) -> OrgPolicy | None:
    """The policy that holds at the node, from the root down; None where the constraint's default does.

    A policy replaces what is above it, unless it inherits; one that resets gives the default back. Where nothing is set
    on a node, it has what its parent has.
    """
    found: OrgPolicy | None = None
    for one in reversed(chain_of(state, node)):
        policy = one.policies.get(constraint)
        if policy is None:
            continue
        if policy.reset:
            found = None
        elif policy.inherit and found is not None and constraint in LIST_CONSTRAINTS:
            found = merged(found, policy)
        else:
            found = policy
    return found


def merged(above: OrgPolicy, below: OrgPolicy) -> OrgPolicy:
    """A child's policy laid over what it inherits: values add up. Which of two entries wins is decided when a value is
    looked up, so that a list whose every value is denied still denies the rest."""
    return OrgPolicy(
        allowed=tuple(dict.fromkeys((*above.allowed, *below.allowed))),
        denied=tuple(dict.fromkeys((*above.denied, *below.denied))),
        allow_all=above.allow_all or below.allow_all,
        deny_all=above.deny_all or below.deny_all,
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
    if policy.deny_all or _among(state, policy.denied, values):
        return False
    if policy.allow_all:
        return True
    if not policy.allowed:
        # A list with only denied values permits the rest; one with no values at all leaves nothing.
        return bool(policy.denied)
    return _among(state, policy.allowed, values)


def names_denied(state: State, node: Node, constraint: str, value: str) -> bool:
    """Whether a constraint that is a list of denied values alone denies this one (GD:restrict-endpoint-usage)."""
    policy = effective(state, node, constraint)
    return policy is not None and (policy.deny_all or _among(state, policy.denied, (value,)))


def enforces(state: State, node: Node, constraint: str) -> bool:
    """Whether a boolean constraint is enforced at the node."""
    policy = effective(state, node, constraint)
    return policy is not None and policy.enforce is True


def _among(state: State, listed: Iterable[str], values: Iterable[str]) -> bool:
    return any(_covers(state, entry, value) for entry in listed for value in values)


def _covers(state: State, entry: str, value: str) -> bool:
    """Whether an entry of a list is the value: exactly, as a part of the hierarchy above it, or as a group of places."""
    if entry.startswith("under:"):
        node = state.node(value)
        return node is not None and entry.removeprefix("under:") in {one.name for one in chain_of(state, node)}
    if entry.startswith("in:"):
        return _in_group(entry.removeprefix("in:").removesuffix("-locations"), value)
    return entry.removeprefix("is:") == value


def _in_group(group: str, place: str) -> bool:
    place = place.lower()
    if group == "eu":
        return place == "eu" or (place.startswith("europe-") and place not in _OUTSIDE_THE_UNION)
    return place == group or place.startswith(f"{group}-")
