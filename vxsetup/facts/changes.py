"""What steps change in facts that several steps, or strangers, change too: each says what an old value becomes. Pure.

``applied(old, source)`` gives the fact that holds when the step is done; ``holds(fact)`` whether it already does.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from vxsetup.facts.access import Attached, Binding, Roles
from vxsetup.facts.base import Fact, Hole, HoleItems, Known, Unknown, UnknownCause
from vxsetup.facts.logging import AccessEntry, DatasetState, logs_there, with_logging
from vxsetup.facts.models import ModelConfig
from vxsetup.facts.project import ServiceStates
from vxsetup.facts.quotas import Increase
from vxsetup.values import names_of

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from vxsetup.values import dataclass, replace

PLAN = "the plan"
"""The source of facts that a plan lays over those that were read."""

LATER = Unknown(UnknownCause.KNOWN_AFTER_APPLY, "known after apply", "the applied plan", PLAN)
"""What shows only when a plan is applied."""


def is_later(fact: Fact) -> bool:
    """Whether a fact is one that shows only when the plan is applied."""
    return isinstance(fact, Unknown) and fact.cause is UnknownCause.KNOWN_AFTER_APPLY


@dataclass(frozen=True, slots=True)
class Granted:
    """A role for a member in the allow policy of one resource, without a condition. Changes ``AllowPolicies``."""

    resource: str
    role: str
    member: str

    def applied(self, old: Fact, source: str) -> Fact:
        """The policies with the binding among them; a policy that was not read stays so."""
        if isinstance(old, Unknown):
            return old
        attached: Attached = old.value
        own = attached.policies.get(self.resource)
        if not isinstance(own, Known) or self.holds(old):
            return old
        bindings = Known((*own.value, Binding(self.role, (self.member,))), source)
        policies = {**attached.policies, self.resource: bindings}
        return Known(replace(attached, policies=policies), source)

    def holds(self, fact: Fact) -> bool:
        """Whether the binding is there, unconditional."""
        own = fact.value.policies.get(self.resource) if isinstance(fact, Known) else None
        return isinstance(own, Known) and any(
            binding.role == self.role and binding.condition is None and self._named(binding) for binding in own.value
        )

    def _named(self, binding: Binding) -> bool:
        return any(member.casefold() == self.member.casefold() for member in binding.members)


@dataclass(frozen=True, slots=True)
class RoleInUse:
    """A role that comes into use, with the permissions that it holds. Changes ``RoleDefinitions``."""

    role: str
    permissions: Fact

    def applied(self, old: Fact, source: str) -> Fact:
        """The definitions with this role among them."""
        if isinstance(old, Unknown):
            return old
        return old if self.holds(old) else Known(Roles({**old.value.permissions, self.role: self.permissions}), source)

    def holds(self, fact: Fact) -> bool:
        """Whether the role was read."""
        return isinstance(fact, Known) and self.role in fact.value.permissions


@dataclass(frozen=True, slots=True)
class RoleWidened:
    """A role that holds more permissions than before, for everybody who has it. Changes ``RoleDefinitions``."""

    role: str
    permissions: frozenset[str]

    def applied(self, old: Fact, source: str) -> Fact:
        """The definitions with these permissions in this role; a role that nobody concerned has is not among them."""
        if isinstance(old, Unknown):
            return old
        held = old.value.permissions.get(self.role)
        if not isinstance(held, Known):
            return old
        wider = Known(held.value | self.permissions, source)
        return Known(Roles({**old.value.permissions, self.role: wider}), source)

    def holds(self, fact: Fact) -> bool:
        """Whether the role, where it is in use, has them."""
        held = fact.value.permissions.get(self.role) if isinstance(fact, Known) else None
        return isinstance(fact, Known) and (
            held is None or (isinstance(held, Known) and self.permissions <= held.value)
        )


@dataclass(frozen=True, slots=True)
class Enabled:
    """APIs that are on. Changes ``Services``."""

    names: tuple[str, ...]

    def applied(self, old: Fact, source: str) -> Fact:
        """The states with these names enabled; where nothing was read, nothing becomes known of the others."""
        if isinstance(old, Unknown):
            return old
        return Known(ServiceStates({**old.value.enabled, **dict.fromkeys(self.names, True)}), source)

    def holds(self, fact: Fact) -> bool:
        """Whether each of the names is enabled."""
        return isinstance(fact, Known) and all(fact.value.enabled.get(name, False) for name in self.names)


@dataclass(frozen=True, slots=True)
class ConfigSet:
    """Fields of a publisher model's config that are set to values; the others stay. Changes ``PublisherModelConfig``."""

    fields: Mapping[str, Any]

    def applied(self, old: Fact, source: str) -> Fact:
        """The config with these fields; one that was not read stays so."""
        return old if isinstance(old, Unknown) else Known(ModelConfig({**old.value.raw, **self.fields}), source)

    def holds(self, fact: Fact) -> bool:
        """Whether each field has its value."""
        return isinstance(fact, Known) and all(fact.value.raw.get(key) == value for key, value in self.fields.items())


@dataclass(frozen=True, slots=True)
class LoggingOn:
    """Request-response logging of a publisher model that holds at least what is asked; every other setting stays.
    ``asked`` as ``with_logging`` takes it. Changes ``PublisherModelConfig``."""

    asked: Mapping[str, Any]

    def applied(self, old: Fact, source: str) -> Fact:
        """The config with what is asked; one that was not read stays so: what it will hold shows only then."""
        if isinstance(old, Unknown):
            return old
        logging = with_logging(old.value, self.asked)
        return Known(ModelConfig({**old.value.raw, "loggingConfig": logging}), source)

    def holds(self, fact: Fact) -> bool:
        """Whether at least that is logged."""
        return isinstance(fact, Known) and logs_there(fact.value, self.asked)


@dataclass(frozen=True, slots=True)
class BillingLinked:
    """A billing account is there, so that its absence is no reason any more to take no request for quota. Changes
    ``EffectiveQuota``; ``project`` is the one that it is linked to."""

    project: str

    def applied(self, old: Fact, source: str) -> Fact:
        """The limits, open to a request where billing alone kept one away."""
        if isinstance(old, Unknown) or self.holds(old):
            return old
        return Known(replace(old.value, increase=Increase(True)), source)

    def holds(self, fact: Fact) -> bool:
        """Whether billing is not what keeps a request away."""
        increase = fact.value.increase if isinstance(fact, Known) else None
        return increase is None or increase.reason != "NO_VALID_BILLING_ACCOUNT"


@dataclass(frozen=True, slots=True)
class DatasetMade:
    """A dataset that is there, at a location, without any expiration. Changes ``Dataset``."""

    location: str

    def applied(self, old: Fact, source: str) -> Fact:
        """The dataset as it will be read; Google gives it an access list of its own."""
        return Known(DatasetState(self.location, access=HoleItems()), source)

    def holds(self, fact: Fact) -> bool:
        """Whether it is there, where it should be."""
        found = isinstance(fact, Known) and isinstance(fact.value, DatasetState)
        return found and fact.value.location.casefold() == self.location.casefold()  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True)
class DatasetWriter:
    """Vertex AI's service agent in the access list of a dataset; ``member`` as allow policies spell it, None where the
    project's number, of which its name is made, is not known before. Changes ``Dataset``."""

    role: str
    member: str | None = None

    def applied(self, old: Fact, source: str) -> Fact:
        """The dataset with an access list of which nobody knows the rest before."""
        if isinstance(old, Unknown) or not isinstance(old.value, DatasetState):
            return old
        own = [AccessEntry(self.role, self.member)] if self.member is not None else []
        return Known(replace(old.value, access=HoleItems([*(old.value.access or ()), *own])), source)

    def holds(self, fact: Fact) -> bool:
        """Whether the agent is in the list with this role."""
        access = fact.value.access if isinstance(fact, Known) and isinstance(fact.value, DatasetState) else None
        return any(
            entry.role == self.role and entry.member.endswith("@gcp-sa-aiplatform.iam.gserviceaccount.com")
            for entry in access or ()
        )


@dataclass(frozen=True, slots=True)
class ValueAllowed:
    """A value that a policy in force allows. Changes ``EffectivePolicy``."""

    value: str

    def applied(self, old: Fact, source: str) -> Fact:
        """The policy with this value among the allowed ones; what it denies stays denied."""
        if isinstance(old, Unknown) or self.holds(old):
            return old
        return Known(replace(old.value, allowed=(*old.value.allowed, self.value)), source)

    def holds(self, fact: Fact) -> bool:
        """Whether the policy allows it, and denies it nowhere."""
        if not isinstance(fact, Known):
            return False
        return (self.value in fact.value.allowed or fact.value.allow_all) and self.value not in fact.value.denied


def agree(predicted: Fact, read: Fact) -> bool:
    """Whether a fact that was read is the one that a plan predicted. What shows only after apply agrees with anything."""
    if is_later(predicted):
        return True
    if isinstance(predicted, Unknown) or isinstance(read, Unknown):
        return type(predicted) is type(read) and getattr(predicted, "cause", None) == getattr(read, "cause", None)
    return _same(predicted.value, read.value)


def _same(predicted: Any, read: Any) -> bool:
    if isinstance(predicted, Hole):
        return isinstance(read, str) and bool(read)
    if isinstance(predicted, HoleItems):
        return isinstance(read, tuple) and all(any(_same(item, one) for one in read) for item in predicted)
    if isinstance(predicted, (Known, Unknown)):
        return isinstance(read, (Known, Unknown)) and agree(predicted, read)
    if _are_bindings(predicted) and _are_bindings(read):
        return _triples(predicted) == _triples(read)
    names = names_of(predicted)
    if names is not None:
        return type(predicted) is type(read) and all(_same(getattr(predicted, n), getattr(read, n)) for n in names)
    if isinstance(predicted, Mapping) and isinstance(read, Mapping):
        return predicted.keys() == read.keys() and all(_same(predicted[key], read[key]) for key in predicted)
    return bool(predicted == read)


def _are_bindings(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(item, Binding) for item in value)


def _triples(bindings: tuple[Binding, ...]) -> set[tuple[Hashable, ...]]:
    """A policy without its order, and without how it groups members under a role."""
    return {(one.role, member, one.condition) for one in bindings for member in one.members}
