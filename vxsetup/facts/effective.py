"""Effective access: who holds a permission on a project, through which binding and where, or which policy denies it. Pure.

An allow policy anywhere from the project up to the organization gives; a deny policy anywhere on that way takes away,
unless it excepts. What a group, a pool, a tag or an unread policy decides is not known, and says what would tell.
Source: IAMD (2026-05-30), the pages on allow policies, deny policies and conditions.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from vxsetup.facts.access import Attached, Binding, DenyRule
from vxsetup.facts.base import Fact, Known, Unknown
from vxsetup.facts.conditions import TAGS, Evaluation, Seen, evaluate, holds_until
from vxsetup.facts.members import Cover, Place, convenience, covers, same

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


class Access(StrEnum):
    """Whether a principal holds a permission."""

    HELD = "held"
    DENIED = "denied"
    LACKING = "lacking"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why an answer is not known: what was not read or cannot be told, and what would tell.

    ``unread`` is the fact that could not be read, where one is behind it. ``visible``: Policy Troubleshooter could see
    it, for it knows groups and tags. ``membership``: an allow policy gives it to others, in whom the principal may be.
    """

    says: str
    would_need: str
    unread: Unknown | None = None
    visible: bool = False
    membership: bool = False


@dataclass(frozen=True, slots=True)
class Holding:
    """The answer for one principal and one permission.

    ``role`` and ``resource`` are the binding that gives it, ``policy`` the deny policy that takes it away, with
    ``resource`` where that is attached. ``until`` is when the last binding that gives it runs out, None: no time is set.
    ``doubts`` stand behind an answer that is not known. ``lapsed`` is the grant whose condition does not hold, in words,
    where the permission is lacking.
    """

    access: Access
    says: str
    role: str | None = None
    resource: str | None = None
    policy: str | None = None
    until: datetime | None = None
    doubts: tuple[Doubt, ...] = ()
    lapsed: str | None = None

    @property
    def would_need(self) -> str | None:
        """What would settle the first doubt."""
        return self.doubts[0].would_need if self.doubts else None

    @property
    def unread(self) -> Unknown | None:
        """The fact behind the first doubt, where one could not be read."""
        return self.doubts[0].unread if self.doubts else None


@dataclass(frozen=True, slots=True)
class _Grant:
    """One binding that gives the permission now."""

    role: str
    resource: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Question:
    """Whether a principal holds a permission on a project at one moment."""

    principal: str
    permission: str
    when: datetime
    place: Place

    @property
    def seen(self) -> Seen:
        """What conditions see of the thing that the permission is about."""
        return Seen(f"{self.permission.partition('.')[0]}.googleapis.com")


def holding(question: Question, allow: Attached, deny: Fact, roles: Fact) -> Holding:
    """The answer from the policies that were read: held, denied or lacking only where nothing unread could change it."""
    denials, deny_doubts = _denials(question, deny)
    if denials:
        policy, resource = denials[0]
        says = f"denied by the deny policy {policy} on {resource}; a deny policy beats every grant"
        return Holding(Access.DENIED, says, resource=resource, policy=policy)
    grants, doubts, lapsed = _grants(question, allow, roles)
    if not grants:
        if doubts:
            return Holding(Access.UNKNOWN, doubts[0].says, doubts=doubts)
        who = f"gives {question.permission} to {question.principal}"
        says = f"no allow policy from the project up to the organization {who}"
        also = f"; {lapsed[0]}" if lapsed else ""
        return Holding(Access.LACKING, f"{says}{also}", lapsed=lapsed[0] if lapsed else None)
    last = max(grants, key=lambda grant: (grant.until is None, grant.until or question.when))
    if deny_doubts:
        return Holding(Access.UNKNOWN, deny_doubts[0].says, last.role, last.resource, doubts=deny_doubts)
    until = f" until {last.until:%Y-%m-%dT%H:%M:%SZ}" if last.until is not None else ""
    says = f"held through {last.role} on {last.resource}{until}; no deny policy takes it away"
    return Holding(Access.HELD, says, last.role, last.resource, until=last.until)


def bound_to(question: Question, role: str, allow: Attached) -> str | None:
    """The resource on which a binding that holds gives ``role`` to the principal or to a set that it is in, or None."""
    for resource, policy in allow.policies.items():
        for binding in policy.value if isinstance(policy, Known) else ():
            if binding.role == role and any(_covers(m, question, allow) is Cover.YES for m in binding.members):
                true = binding.condition is None or evaluate(binding.condition, question.when, question.seen).truth
                if true:
                    return resource
    return None


# Allow policies ---------------------------------------------------------------------------------------------------


def _grants(question: Question, allow: Attached, roles: Fact) -> tuple[list[_Grant], tuple[Doubt, ...], list[str]]:
    """The bindings that give the permission, those that may, and in words those whose condition does not hold."""
    grants: list[_Grant] = []
    doubts: list[Doubt] = []
    lapsed: list[str] = []
    for resource, policy in allow.policies.items():
        if isinstance(policy, Unknown):
            doubts.append(Doubt(f"the allow policy of {resource} was not read", policy.would_need, policy))
            continue
        for binding in policy.value:
            found = _binding(question, binding, resource, allow, roles)
            if isinstance(found, _Grant):
                grants.append(found)
            elif isinstance(found, Doubt):
                doubts.append(found)
            elif found is not None:
                lapsed.append(found)
    if allow.incomplete is not None:
        says = "the folders and the organization above the project were not read"
        doubts.append(Doubt(says, allow.incomplete.would_need, allow.incomplete))
    return grants, tuple(doubts), lapsed


def _binding(
    question: Question, binding: Binding, resource: str, allow: Attached, roles: Fact
) -> _Grant | Doubt | str | None:
    """What one binding does: gives, may give, would give if its condition held (in words), or gives nothing."""
    found = {member: _covers(member, question, allow) for member in binding.members}
    best = next((member for member, cover in found.items() if cover is Cover.YES), None)
    maybe = next((member for member, cover in found.items() if cover is Cover.MAYBE), None)
    member = best or maybe
    if member is None:
        return None
    condition = binding.condition
    seen = evaluate(condition, question.when, question.seen) if condition is not None else _TRUE
    role = roles if isinstance(roles, Unknown) else roles.value.permissions.get(binding.role)
    if role is None or isinstance(role, Unknown):
        says = f"the permissions of {binding.role} (given on {resource}) were not read"
        return Doubt(says, "iam.roles.get", role) if seen.truth is not False else None
    if question.permission not in role.value:
        return None
    if seen.truth is False:
        return f"{binding.role} on {resource} is given under a condition that does not hold now: {condition}"
    if seen.truth is None:
        says = (
            f"{binding.role} is given to {member} on {resource} under a condition that rests on {_listed(seen.because)}: "
            f"{condition}"
        )
        return Doubt(says, f"a check as {question.principal}", visible=seen.because == (TAGS,))
    if best is None:
        return _may_be_in(member, binding.role, resource, question)
    until = holds_until(condition, question.when, question.seen) if condition is not None else None
    return _Grant(binding.role, resource, until)


_TRUE = Evaluation(True)


def _may_be_in(member: str, role: str, resource: str, question: Question) -> Doubt:
    says = f"{role} is given to {member} on {resource}, and policies do not show whether {question.principal} is in it"
    if member.startswith("domain:"):
        says += " (a domain holds the accounts of one customer, whatever their addresses)"
    visible = member.startswith(("group:", "domain:", "principalSet://cloudresourcemanager"))
    return Doubt(says, f"a check as {question.principal}", visible=visible, membership=True)


def _covers(member: str, question: Question, allow: Attached) -> Cover:
    """As ``covers``, with ``projectOwner:P`` and its like read from the project's own policy."""
    meant = convenience(member)
    if meant is None:
        return covers(member, question.principal, question.place)
    role, project = meant
    if project not in (question.place.project, question.place.number):
        return Cover.MAYBE
    found: set[Cover] = set()
    for resource, policy in allow.policies.items():
        own = resource == f"projects/{question.place.project}"
        if isinstance(policy, Unknown):
            found.add(Cover.MAYBE)
            continue
        for binding in policy.value:
            if binding.role != role:
                continue
            for one in binding.members:
                # Whether a role from above, or one that is given to a set, counts here is not documented.
                sure = own and binding.condition is None and same(one, question.principal)
                cover = covers(one, question.principal, question.place)
                found.add(Cover.YES if sure else Cover.NO if cover is Cover.NO else Cover.MAYBE)
    if Cover.YES in found:
        return Cover.YES
    return Cover.MAYBE if Cover.MAYBE in found or allow.incomplete is not None else Cover.NO


# Deny policies ----------------------------------------------------------------------------------------------------


def _denials(question: Question, deny: Fact) -> tuple[list[tuple[str, str]], tuple[Doubt, ...]]:
    """The deny policies that surely take the permission away, with where each is attached; and what may do so."""
    if isinstance(deny, Unknown):
        return [], (Doubt("deny policies were not read", deny.would_need, deny),)
    attached: Attached = deny.value
    denials: list[tuple[str, str]] = []
    doubts: list[Doubt] = []
    for resource, policy in attached.policies.items():
        if isinstance(policy, Unknown):
            doubts.append(Doubt(f"the deny policies of {resource} were not read", policy.would_need, policy))
            continue
        for rule in policy.value:
            for doubt in _denied(question, rule, resource):
                if doubt is None:
                    denials.append((rule.policy, resource))
                else:
                    doubts.append(doubt)
    if attached.incomplete is not None:
        says = "the deny policies above the project were not read"
        doubts.append(Doubt(says, attached.incomplete.would_need, attached.incomplete))
    return denials, tuple(doubts)


def _denied(question: Question, rule: DenyRule, resource: str) -> Iterator[Doubt | None]:
    """Nothing where a rule does not touch the permission, None where it surely takes it away, else the doubt."""
    touched = _matches(rule.permissions, question.permission)
    if touched is Cover.NO or _matches(rule.exception_permissions, question.permission) is Cover.YES:
        return
    whom, denied = _best(rule.principals, question)
    excepted_by, excepted = _best(rule.exception_principals, question)
    if denied is Cover.NO or excepted is Cover.YES:
        return
    truth: bool | None = True
    because: tuple[str, ...] = ()
    if rule.condition is not None:
        # Denial conditions know the tags of resources alone (IAMD), so neither time nor resource is given to them.
        seen = evaluate(rule.condition, None, question.seen)
        truth, because = seen.truth, seen.because
    if truth is False:
        return
    says = f"the deny policy {rule.policy} on {resource} denies {question.permission} to {whom}"
    need = f"a check as {question.principal}"
    if truth is None:
        yield Doubt(
            f"{says} under a condition that rests on {_listed(because)}: {rule.condition}",
            need,
            visible=because == (TAGS,),
        )
    elif denied is Cover.MAYBE:
        yield Doubt(f"{says}, and policies do not show whether {question.principal} is in it", need, visible=True)
    elif excepted is Cover.MAYBE:
        why = f"{says} but not to {excepted_by}, and policies do not show whether {question.principal} is in it"
        yield Doubt(why, need, visible=True)
    elif touched is Cover.MAYBE or _matches(rule.exception_permissions, question.permission) is Cover.MAYBE:
        yield Doubt(f"{says}, or permissions of a like name", need, visible=True)
    else:
        yield None


def _best(members: tuple[str, ...], question: Question) -> tuple[str, Cover]:
    """The member that covers the principal best, and how well."""
    rank = (Cover.YES, Cover.MAYBE, Cover.NO)
    found = [(member, covers(member, question.principal, question.place)) for member in members]
    return min(found, key=lambda one: rank.index(one[1]), default=("nobody", Cover.NO))


_V2_SERVICES = {"resourcemanager": "cloudresourcemanager", "billing": "cloudbilling"}
_SAME_NAME = ("aiplatform", "serviceusage", "iam", "cloudquotas", "bigquery", "orgpolicy", "logging")


def _matches(patterns: tuple[str, ...], permission: str) -> Cover:
    """Whether one of some v2 names (``aiplatform.googleapis.com/endpoints.predict``, ``…/endpoints.*``, ``…/*.*``,
    ``…/*.predict``) is, or contains, a v1 permission. Of services that are named otherwise in v2 it is not known."""
    service, _, own = permission.partition(".")
    host = f"{_V2_SERVICES.get(service, service)}.googleapis.com"
    sure = service in _V2_SERVICES or service in _SAME_NAME
    found = Cover.NO
    for pattern in patterns:
        if pattern == permission:
            found = Cover.MAYBE  # a v1 name: the documents let none stand in a deny policy, nor say what it would do
            continue
        at, _, rest = pattern.partition("/")
        if not _name_matches(rest, own):
            continue
        if at == host and sure:
            return Cover.YES
        if not sure:
            found = Cover.MAYBE
    return found


def _name_matches(pattern: str, name: str) -> bool:
    if pattern in (name, "*.*", "*"):
        return True
    resource, _, verb = pattern.rpartition(".")
    own_resource, _, own_verb = name.rpartition(".")
    return resource in ("*", own_resource) and verb in ("*", own_verb)


def _listed(words: tuple[str, ...]) -> str:
    return " and ".join(words) if words else "something that vxsetup does not evaluate"
