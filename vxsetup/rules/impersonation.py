"""VX313 and VX314: whether the pipelines of the config may act as their service account, and which others may too."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from vxsetup.facts.access import AllowPolicies, Attached, Binding, DenyPolicies
from vxsetup.facts.assertions import admits, literals, mapped
from vxsetup.facts.base import ABSENT, Facts, Known, Unknown
from vxsetup.facts.claims import ALWAYS, NEVER, Claims, Sure, Truth, all_of, any_of, doubt, tested
from vxsetup.facts.conditions import Seen, evaluate
from vxsetup.facts.federation import IdentityProvider, Providers, pool_of
from vxsetup.facts.pipelines import (
    Group,
    Repository,
    comes_from,
    named,
    named_refs,
    other_refs,
    own,
    siblings,
    strangers,
)
from vxsetup.findings import (
    Evidence,
    Fix,
    Judgement,
    Requirement,
    RequirementId,
    Rule,
    RuleDocs,
    Rung,
    Severity,
    Verdict,
)
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import Declaration, from_unknown, project_name
from vxsetup.rules.pipelines import (
    PipelineTarget,
    candidates,
    each_pipeline,
    lets_in,
    read_providers,
    reasons,
    waits_for_provider,
)

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

ROLE = "roles/iam.workloadIdentityUser"
_WITH_TOKENS = (ROLE, "roles/iam.serviceAccountTokenCreator")
"""Roles with iam.serviceAccounts.getAccessToken (IAMDS)."""

_PERMISSION = "iam.serviceAccounts.getAccessToken"


@dataclass(frozen=True, slots=True)
class Grants:
    """Who may act as an account: the bindings that give it, each with where it stands; ``unread`` are policies that
    could give more."""

    bindings: tuple[tuple[Binding, str], ...]
    unread: tuple[Unknown, ...]
    source: Known


# What is read ------------------------------------------------------------------------------------------------------


def _grants(target: PipelineTarget, facts: Facts, what: str) -> Grants | Judgement:
    """The bindings on the account and, for an account of this project, on the project and above."""
    own_policy = facts[target.policy]
    if isinstance(own_policy, Unknown):
        return from_unknown(target.project, facts, own_policy, what)
    if own_policy.value is ABSENT:
        return _no_account(target, own_policy)
    found = [(binding, target.account) for binding in own_policy.value]
    unread: list[Unknown] = []
    above = facts[AllowPolicies(target.project)] if target.own else None
    if isinstance(above, Unknown):
        unread.append(above)
    elif above is not None:
        attached: Attached = above.value
        for resource, policy in attached.policies.items():
            if isinstance(policy, Unknown):
                unread.append(policy)
            else:
                found += [(binding, resource) for binding in policy.value]
        unread += [attached.incomplete] if attached.incomplete is not None else []
    kept = [(binding, where) for binding, where in found if binding.role in _WITH_TOKENS or not _predefined(binding)]
    return Grants(tuple(kept), tuple(unread), own_policy)


def _predefined(binding: Binding) -> bool:
    return binding.role.startswith("roles/")


def _no_account(target: PipelineTarget, fact: Known) -> Judgement:
    message = f"The service account {target.account}, which the pipelines are to act as, does not exist."
    evidence = (fact.evidence("404: not found"),)
    if target.listed and target.own:
        cause = RequirementId("VX305", f"{project_name(target.project)}/serviceAccounts/{target.account}")
        fix = Fix("settle VX305 first", command="vxsetup explain VX305")
        return Judgement(Verdict.UNKNOWN, message, evidence, fix, (cause,))
    name = target.account.partition("@")[0]
    command = (
        f"gcloud iam service-accounts create {shlex.quote(name)} --project={target.project}" if target.own else None
    )
    return Judgement(Verdict.FAIL, message, evidence, Fix("make it, or correct its name", command))


# Who is covered ----------------------------------------------------------------------------------------------------


def _covers(member: str, provider: IdentityProvider, claims: Claims) -> Truth:
    """Whether a member of a binding is an identity that a provider makes of a token with these claims."""
    if member == "allUsers":
        return ALWAYS
    selected = pool_of(member)
    if selected is None or selected[0] != provider.pool.name:
        return NEVER
    choice = selected[1]
    if choice == "*":
        return ALWAYS
    kind, _, value = choice.partition("/")
    attribute = {"subject": "google.subject"}.get(kind, kind)
    if kind == "group":
        return doubt("google.groups") if "google.groups" in provider.mapping else NEVER
    found = mapped(attribute, provider.mapping, claims)
    return tested(found, "equals", value) if found is not None else NEVER


def _bound(grants: Grants, provider: IdentityProvider, claims: Claims, now: datetime) -> Truth:
    """Whether a token with these claims, once admitted, may act as the account."""
    found = [NEVER]
    for binding, _ in grants.bindings:
        covered = any_of([NEVER, *(_covers(member, provider, claims) for member in binding.members)])
        if binding.role not in _WITH_TOKENS:
            covered = all_of([covered, doubt(f"the permissions of {binding.role}")])
        if binding.condition is not None:
            seen = evaluate(binding.condition, now, Seen("iam.googleapis.com"))
            held = {True: ALWAYS, False: NEVER}.get(seen.truth) if seen.truth is not None else None
            covered = all_of([covered, held or doubt(f"the condition {binding.condition}")])
        found.append(covered)
    return any_of(found)


def _reach(provider: IdentityProvider, group: Group, grants: Grants, now: datetime) -> Truth:
    """Whether a group of tokens comes in by a provider and may then act as the account."""
    if not provider.usable:
        return NEVER
    return all_of(
        [admits(provider.condition, provider.mapping, group.claims), _bound(grants, provider, group.claims, now)]
    )


def _told(grants: Grants) -> tuple[Evidence, ...]:
    """The bindings for identities of pools, as they are."""
    rows = [
        f"{binding.role} on {where}: {member}"
        for binding, where in grants.bindings
        for member in binding.members
        if pool_of(member) is not None or member == "allUsers"
    ]
    return tuple(grants.source.evidence(row) for row in rows[:5]) or (
        grants.source.evidence(f"no identity of a pool has {ROLE}"),
    )


# VX313 -------------------------------------------------------------------------------------------------------------


def _acting_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project.id
    sentence = "pipelines of {path} may act as {account}"
    reads = (AllowPolicies(project), DenyPolicies(project))
    yield from each_pipeline(declaration, "VX313", sentence, "service_account", reads)


def _judge_acting(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: PipelineTarget = requirement.target
    what = f"whether pipelines of {target.repository.path} may act as {target.account}"
    grants = _grants(target, facts, what)
    if isinstance(grants, Judgement):
        return grants
    fact = read_providers(target, facts, what)
    if isinstance(fact, Judgement):
        return fact
    providers = candidates(target, fact.value)
    fitting = [
        p for p in providers if p.usable and all(lets_in(target, p, ref).true is Sure.YES for ref in target.refs)
    ]
    if not fitting:
        if fact.value.unread and not providers:
            return from_unknown(target.project, facts, fact.value.unread[0], what)
        return waits_for_provider(target, fact, what)
    seen = {
        ref: any_of([_reach(p, own(target.repository, ref), grants, circumstances.now) for p in fitting])
        for ref in target.refs
    }
    refused = [ref for ref, truth in seen.items() if truth.true is Sure.NO]
    doubtful = [truth for truth in seen.values() if truth.true is Sure.MAYBE]
    if refused and not grants.unread:
        return _not_bound(target, fitting, refused[0], grants)
    if refused or doubtful:
        if grants.unread:
            return from_unknown(target.project, facts, grants.unread[0], what)
        message = f"{what[:1].upper()}{what[1:]} is not known: it rests on {reasons(doubtful[0].because)}."
        return Judgement(Verdict.UNKNOWN, message, _told(grants), _bind(target, fitting[0]))
    return _unless_denied(requirement, target, facts, fitting, grants)


def _not_bound(target: PipelineTarget, fitting: list[IdentityProvider], ref: str | None, grants: Grants) -> Judgement:
    who = own(target.repository, ref).who
    message = (
        f"Pipelines of {who} come in by {fitting[0].label} and may not act as {target.account}: no binding covers them."
    )
    for binding, _ in grants.bindings:
        for member in binding.members:
            selected = pool_of(member)
            attribute = selected[1].partition("/")[0] if selected else ""
            provider = next((p for p in fitting if selected and p.pool.name == selected[0]), None)
            if provider is not None and attribute.startswith("attribute.") and attribute not in provider.mapping:
                message = (
                    f"Pipelines of {who} may not act as {target.account}: the binding goes by {attribute}, which the "
                    f"provider {provider.label} does not map."
                )
    return Judgement(Verdict.FAIL, message, _told(grants), _bind(target, fitting[0]))


def _bind(target: PipelineTarget, provider: IdentityProvider) -> Fix:
    repository = target.repository
    claim = "repository" if repository.is_github else "project_path"
    mapping = {value.strip(): key for key, value in provider.mapping.items() if key.startswith("attribute.")}
    attribute = mapping.get(f"assertion.{claim}")
    first = "" if attribute else f"map attribute.{claim}=assertion.{claim} in the provider {provider.label}, then "
    member = (
        f"principalSet://iam.googleapis.com/{provider.pool.name}/{attribute or f'attribute.{claim}'}/{repository.path}"
    )
    project = f" --project={target.project}" if target.own else ""
    command = (
        f"gcloud iam service-accounts add-iam-policy-binding {shlex.quote(target.account)} --role={ROLE} "
        f"--member={shlex.quote(member)}{project}"
    )
    return Fix(f"{first}let this repository alone act as the account; it takes some minutes to act", command)


def _unless_denied(
    requirement: Requirement, target: PipelineTarget, facts: Facts, fitting: list[IdentityProvider], grants: Grants
) -> Judgement:
    """A pass, unless a deny policy may take the token away; whether it covers these identities is not made out."""
    deny = facts[DenyPolicies(target.project)] if target.own else None
    if isinstance(deny, Unknown):
        what = f"whether a deny policy keeps pipelines of {target.repository.path} from acting as {target.account}"
        return from_unknown(target.project, facts, deny, what)
    pools = {provider.pool.name for provider in fitting}
    for resource, policy in deny.value.policies.items() if deny is not None else ():
        if isinstance(policy, Unknown):
            what = f"whether a deny policy of {resource} keeps pipelines from acting as {target.account}"
            return from_unknown(target.project, facts, policy, what)
        for rule in policy.value:
            touched = any(_names_tokens(pattern) for pattern in rule.permissions)
            whom = next((p for p in rule.principals if "public:all" in p or any(pool in p for pool in pools)), None)
            if touched and whom is not None:
                message = f"Whether pipelines may act as {target.account} is not known: the deny policy {rule.policy} on {resource} denies {_PERMISSION} to {whom}."
                fix = Fix("ask the owner of the deny policy whether these identities are excepted")
                return Judgement(Verdict.UNKNOWN, message, (policy.evidence(rule.policy), *_told(grants)), fix)
    return Judgement(Verdict.PASS, requirement.sentence, _told(grants))


def _names_tokens(pattern: str) -> bool:
    service, _, rest = pattern.partition("/")
    wanted = ("*.*", "*", "serviceAccounts.*", "serviceAccounts.getAccessToken", "*.getAccessToken")
    return service == "iam.googleapis.com" and rest in wanted


# VX314 -------------------------------------------------------------------------------------------------------------


def _narrow_required(declaration: Declaration) -> Iterator[Requirement]:
    sentence = "nobody may act as {account} along with pipelines of {path}"
    reads = (AllowPolicies(declaration.project.id),)
    yield from each_pipeline(declaration, "VX314", sentence, "service_account", reads)


def _judge_narrow(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: PipelineTarget = requirement.target
    what = f"whether others than {target.repository.path} may act as {target.account}"
    grants = _grants(target, facts, what)
    if isinstance(grants, Judgement):
        fix = Fix("settle VX313 first", command="vxsetup explain VX313")
        waits = (target.waits_on("VX313"),)
        missing = grants.verdict is Verdict.FAIL
        return Judgement(Verdict.UNKNOWN, grants.message, grants.evidence, fix, waits) if missing else grants
    fact = read_providers(target, facts, what)
    if isinstance(fact, Judgement):
        return fact
    providers = candidates(target, fact.value)
    seen = [pair for provider in providers for pair in _others(target, provider, grants, circumstances.now)]
    seen += _beside(target, fact.value, grants, circumstances.now)
    reached = next((who for who, truth in seen if truth.true is Sure.YES), None)
    if reached is not None:
        message = f"Not only {_wanted(target)} may act as {target.account}: {reached} may, too."
        return Judgement(Verdict.FAIL, message, _told(grants), _narrow(target, reached))
    unread = (*fact.value.unread, *grants.unread)
    if unread:
        return from_unknown(target.project, facts, unread[0], what)
    doubtful = next((pair for pair in seen if pair[1].true is Sure.MAYBE), None)
    if doubtful is not None:
        who, truth = doubtful
        message = f"Whether {who} may act as {target.account} is not known: it rests on {reasons(truth.because)}."
        return Judgement(Verdict.UNKNOWN, message, _told(grants), _narrow(target, who))
    if not providers:
        return waits_for_provider(target, fact, what)
    return Judgement(Verdict.PASS, requirement.sentence, _told(grants))


def _wanted(target: PipelineTarget) -> str:
    refs = target.repository.refs
    where = "" if not refs else f" on {refs[0]}" if len(refs) == 1 else f" on its {len(refs)} refs"
    return f"pipelines of {target.repository.path}{where}"


def _others(
    target: PipelineTarget, provider: IdentityProvider, grants: Grants, now: datetime
) -> Iterator[tuple[str, Truth]]:
    """Every group of the forge's tokens that is to stay outside, and whether it gets through."""
    repository = target.repository
    groups = [strangers(repository), *named(repository, provider), siblings(repository)]
    if repository.refs:
        members = [member for binding, _ in grants.bindings for member in binding.members]
        groups += [*named_refs(repository, (*literals(provider.condition), *members)), other_refs(repository)]
    for group in groups:
        yield group.who, _reach(provider, group, grants, now)


def _beside(target: PipelineTarget, found: Providers, grants: Grants, now: datetime) -> Iterator[tuple[str, Truth]]:
    """Identities of other issuers in the same pools: a binding looks at the pool and the attribute, not at the issuer."""
    pools = {provider.pool.name for provider in candidates(target, found)}
    for provider in found.providers:
        if provider.pool.name not in pools or comes_from(provider, target.repository) or not provider.usable:
            continue
        forge = next((forge for forge in _FORGES if comes_from(provider, forge)), None)
        claims = strangers(forge).claims if forge is not None else {}
        bound = _bound(grants, provider, claims, now)
        admitted = admits(provider.condition, provider.mapping, claims) if forge is not None else ALWAYS
        yield f"identities of the provider {provider.label}", all_of([admitted, bound])


_FORGES = (Repository("GitHub", "-/-"), Repository("GitLab", "-/-"))


def _narrow(target: PipelineTarget, who: str) -> Fix:
    if who.startswith("other refs") or (target.repository.refs and who.startswith(f"{target.repository.path} on ")):
        refs = ", ".join(f"'{ref}'" for ref in target.repository.refs)
        return Fix(
            f"add to the provider's condition: assertion.ref in [{refs}]; or map and bind an attribute that holds the ref, too"
        )
    return Fix(
        f"bind {ROLE} to the repository's own principalSet (…/attribute.repository/{target.repository.path}) and take the "
        "wider binding away"
    )


_READS = (
    "getIamPolicy of the account, of the project and of what is above it; the pools and providers, as VX310 reads them."
)

RULES = (
    Rule(
        "VX313",
        "pipeline-may-not-act",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "The declared repository, on each of its refs, may act as the service account.",
            "An identity of the pool is nobody until a binding gives it the account. Bindings name attributes, and an "
            "attribute that the provider does not map never matches.",
            "Evaluates the mapping of the provider that admits the repository, and looks for a binding of "
            f"{ROLE} (or serviceAccountTokenCreator) that covers its identities: on the account, the project or "
            "above. Custom roles, and conditions that cannot be evaluated, leave it unknown; so does a deny policy on "
            f"{_PERMISSION} that could concern the pool.",
            f"{_READS} The deny policies.",
            "Bind the role on the account to the repository's principalSet.",
            ("GHA-AUTH", "IAMD", "IAMDS"),
        ),
        _acting_required,
        _judge_acting,
    ),
    Rule(
        "VX314",
        "others-may-act",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "What lets the declared repository on its declared refs act as the service account lets nobody else.",
            "A binding to a whole pool, or to an owner, gives the account to every repository that comes in, those to come "
            "as well. Where refs are declared, anybody who can push a branch is kept out only by a test of the ref.",
            "Evaluates conditions, mappings and bindings together for strangers, for the other owners and repositories that "
            "a condition names, for other repositories of the same owner, for other refs where refs are declared, and for "
            "other providers of the same pool. A binding that names another repository by itself is somebody's decision: it "
            "is shown and does not fail. What a forge itself protects, such as its environments, is not seen and leaves it "
            "unknown.",
            _READS,
            "Bind to the repository instead of the pool; put the refs into the provider's condition.",
            ("GHA-AUTH", "GITHUB-OIDC", "IAMD"),
        ),
        _narrow_required,
        _judge_narrow,
    ),
)
