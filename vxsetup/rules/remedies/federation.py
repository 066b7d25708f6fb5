"""Remedies of VX310 to VX315: a pool and a provider for the pipelines of a forge, leave for one repository to act as its
account, the API that hands out the account's tokens.

A provider that is there already is somebody's: to narrow or to mend it may shut others out, so people decide.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from vxsetup.facts.base import ABSENT, Known
from vxsetup.facts.changes import LATER, PLAN, Enabled, is_later
from vxsetup.facts.claims import Sure
from vxsetup.facts.federated import ActsAs, PoolMade, ProviderMade
from vxsetup.facts.federation import IdentityPools, IdentityProvider, Pool
from vxsetup.facts.pipelines import Repository
from vxsetup.facts.project import ProjectRecord, Services
from vxsetup.facts.provision import AccountRecord
from vxsetup.findings import Diff, Fix, Permit, Step
from vxsetup.rules.federation import TOKENS
from vxsetup.rules.impersonation import ROLE
from vxsetup.rules.path import project_name
from vxsetup.rules.pipelines import PipelineTarget, candidates, condition_for, lets_in, usual_mapping
from vxsetup.rules.remedies.base import Wanted, by_hand
from vxsetup.rules.remedies.project import enabling

POOL_ADMIN = "roles/iam.workloadIdentityPoolAdmin"
ACCOUNT_ADMIN = "roles/iam.serviceAccountAdmin"


def admit(wanted: Wanted) -> tuple[Step, ...]:
    """VX310: make a pool and a provider of the forge's name, where no provider takes its tokens yet."""
    target: PipelineTarget = wanted.requirement.target
    repository = target.repository
    fact, pools = wanted.facts[target.providers], wanted.facts[IdentityPools(target.project)]
    if not wanted.failed and not (is_later(fact) and _new(wanted)):
        return ()
    forge = repository.forge.lower()
    home = next((one for one in pools.value.pools if one.id == forge), None) if isinstance(pools, Known) else None
    known = fact.value if isinstance(fact, Known) else None
    taken = known is not None and any(one.pool.id == forge for one in known.providers)
    candidate = bool(known is not None and candidates(target, known))
    unusable = home is not None and not home.usable
    if candidate or taken or unusable or repository.owner_id is None:
        return (_admit_by_hand(wanted, target, candidate or taken or unusable),)
    place = f"projects/{_place(wanted, target)}/locations/global/workloadIdentityPools/{forge}"
    steps = () if home is not None else (_pool(wanted, target, place),)
    return (*steps, _provider(wanted, target, home or Pool(place, True)))


def _admit_by_hand(wanted: Wanted, target: PipelineTarget, occupied: bool) -> Step:
    repository = target.repository
    key = "owner_id" if repository.is_github else "namespace_id"
    title = f"let pipelines of {repository.path} come in"
    fix = wanted.fix
    if not occupied:
        lines = f"ci.{repository.forge.lower()}.{key}"
        fix = Fix(f"{fix.summary}; or write {lines} into the config: then vxsetup makes them", fix.command, fix.url)
    gives: dict[Hashable, Any] = {target.providers: LATER}
    depends = {"project": target.project, "provider for": repository.path}
    who = f"{POOL_ADMIN} on {target.project}"
    return by_hand(wanted, f"federation/{target.project}/{_key(repository)}", title, fix, who, gives, (), depends)


def _new(wanted: Wanted) -> bool:
    """Whether the project is one that this plan makes: then nothing can be there that would only have to be found."""
    record = wanted.facts[ProjectRecord(wanted.requirement.project)]
    return isinstance(record, Known) and record.source == PLAN


def _place(wanted: Wanted, target: PipelineTarget) -> str:
    """The project's number, which names of pools have; its id where that is not known yet."""
    record = wanted.facts[ProjectRecord(target.project)]
    number = record.value.number if isinstance(record, Known) else ""
    return number if number.isdigit() else target.project


def _pool(wanted: Wanted, target: PipelineTarget, place: str) -> Step:
    forge = target.repository.forge
    project, name = target.project, forge.lower()
    return Step(
        id=f"pool/{project}/{name}",
        title=f"make the workload identity pool {name} in {project}",
        reason=wanted.reason,
        project=project,
        action={"do": "create_pool", "project": project, "pool": name, "display_name": forge},
        gives={IdentityPools(project): PoolMade(place)},
        needs=(ProjectRecord(project), *_services(wanted)),
        diff=(Diff("pool", None, name),),
        permissions=(_permit(target, "workloadIdentityPools.create"),),
        depends={"project": project, "pool": name, "exists": False},
        asked_by=wanted.finding.fingerprint,
        settles=False,
    )


def _services(wanted: Wanted) -> tuple[Hashable, ...]:
    return tuple(wanted.later(Services))


def _permit(target: PipelineTarget, verb: str) -> Permit:
    # Google's pages spell these permissions with and without the host: a refusal of the test proves little.
    return Permit(project_name(target.project), f"iam.googleapis.com/{verb}", POOL_ADMIN, doubtful=True)


def _provider(wanted: Wanted, target: PipelineTarget, pool: Pool) -> Step:
    repository, project = target.repository, target.project
    name = repository.forge.lower()
    mapping = dict(pair.split("=", 1) for pair in usual_mapping(repository).split(","))
    condition = condition_for(repository)
    made = IdentityProvider(f"{pool.name}/providers/{name}", pool, True, repository.issuer, mapping, condition)
    return Step(
        id=f"provider/{project}/{pool.id}/{name}",
        title=f"make the identity provider {made.label} for {repository.forge}",
        reason=wanted.reason,
        project=project,
        action={
            "do": "create_provider",
            "project": project,
            "pool": pool.id,
            "provider": name,
            "display_name": repository.forge,
            "issuer": repository.issuer,
            "mapping": mapping,
            "condition": condition,
        },
        gives={target.providers: ProviderMade(made)},
        needs=(ProjectRecord(project), IdentityPools(project), *_services(wanted)),
        diff=(
            Diff("issuer", None, repository.issuer),
            Diff("condition", None, condition),
            Diff("mapping", None, ", ".join(f"{key}={value}" for key, value in mapping.items())),
        ),
        permissions=(_permit(target, "workloadIdentityPoolProviders.create"),),
        depends={"project": project, "provider": made.label, "exists": False},
        asked_by=wanted.finding.fingerprint,
    )


def close(wanted: Wanted) -> tuple[Step, ...]:
    """VX311: a provider that lets strangers in is narrowed by whoever answers for it."""
    if not wanted.failed:
        return ()
    target: PipelineTarget = wanted.requirement.target
    title = f"keep strangers out of the identity provider for {target.repository.forge}"
    gives: dict[Hashable, Any] = {target.providers: LATER}
    depends = {"project": target.project, "open provider for": target.repository.forge}
    name = f"close/{target.project}/{_key(target.repository)}"
    return (by_hand(wanted, name, title, wanted.fix, f"{POOL_ADMIN} on {target.project}", gives, (), depends),)


def let_act(wanted: Wanted) -> tuple[Step, ...]:
    """VX313: let the identities of one repository, and no others, act as the account."""
    target: PipelineTarget = wanted.requirement.target
    policy = wanted.facts[target.policy]
    later = is_later(policy) or is_later(wanted.facts[target.providers])
    if not wanted.failed and not (later and _new(wanted)):
        return ()
    repository = target.repository
    depends: dict[str, Any] = {"service_account": target.account, "lacks": {"role": ROLE, "of": repository.path}}
    gives: dict[Hashable, Any] = {target.policy: LATER}
    who = f"{ACCOUNT_ADMIN} on the project of the account"
    if isinstance(policy, Known) and policy.value is ABSENT:
        fix = wanted.fix
        if target.own:
            says = "name it under access with create: true, and vxsetup makes it; or make it now"
            fix = Fix(says, fix.command, fix.url)
        name, title = f"account/{target.account}", f"make the service account {target.account}"
        return (by_hand(wanted, name, title, fix, who, gives, (), depends),)
    found = _chosen(wanted, target)
    if found is None or not target.own:
        name = f"act/{target.account}/{_key(repository)}"
        title = f"let pipelines of {repository.path} on {repository.forge} act as {target.account}"
        return (by_hand(wanted, name, title, wanted.fix, who, gives, (target.providers,), depends),)
    pool, attribute = found
    return (_binding(wanted, target, pool, f"{attribute}/{repository.path}", depends),)


def _chosen(wanted: Wanted, target: PipelineTarget) -> tuple[str, str] | None:
    """The pool to bind, and the attribute that holds the repository; None where the provider that admits it maps none."""
    repository = target.repository
    claim = "repository" if repository.is_github else "project_path"
    fact = wanted.facts[target.providers]
    if not isinstance(fact, Known):
        place = f"projects/{_place(wanted, target)}/locations/global/workloadIdentityPools"
        return f"{place}/{repository.forge.lower()}", f"attribute.{claim}"
    for provider in candidates(target, fact.value):
        fits = provider.usable and all(lets_in(target, provider, ref).true is Sure.YES for ref in target.refs)
        named = (key for key, value in provider.mapping.items() if value.strip() == f"assertion.{claim}")
        attribute = next((key for key in named if key.startswith("attribute.")), None)
        if fits and attribute is not None:
            return provider.pool.name, attribute
    return None


def _binding(wanted: Wanted, target: PipelineTarget, pool: str, select: str, depends: dict[str, Any]) -> Step:
    project, name = target.project, project_name(target.project)
    needs: tuple[Hashable, ...] = (ProjectRecord(project), AccountRecord(project, target.account), target.providers)
    verbs = ("getIamPolicy", "setIamPolicy")
    return Step(
        id=f"act/{target.account}/{_key(target.repository)}",
        title=f"let pipelines of {target.repository.path} on {target.repository.forge} act as {target.account}",
        reason=wanted.reason,
        project=project,
        action={
            "do": "let_act",
            "project": project,
            "account": target.account,
            "role": ROLE,
            "pool": pool,
            "select": select,
        },
        gives={target.policy: ActsAs(ROLE, pool, select)},
        needs=needs,
        diff=(Diff("member", None, f"principalSet: …/{pool.rpartition('/')[2]}/{select}"), Diff("role", None, ROLE)),
        # The permission may also be had on the account alone, which a test on the project does not show.
        permissions=tuple(Permit(name, f"iam.serviceAccounts.{verb}", ACCOUNT_ADMIN, doubtful=True) for verb in verbs),
        depends={**depends, "pool": pool.rpartition("/")[2]},
        asked_by=wanted.finding.fingerprint,
        expects="that the new pool and binding are known everywhere, which takes up to five minutes",
    )


def _key(repository: Repository) -> str:
    """A repository in the id of a step: two forges may have one of the same path."""
    return f"{repository.forge.lower()}/{repository.path}"


def narrow(wanted: Wanted) -> tuple[Step, ...]:
    """VX314: who else may act as the account is taken out by people: vxsetup removes nothing that it did not make."""
    if not wanted.failed:
        return ()
    target: PipelineTarget = wanted.requirement.target
    title = f"let nobody but pipelines of {target.repository.path} act as {target.account}"
    gives: dict[Hashable, Any] = {target.policy: LATER}
    depends = {"service_account": target.account, "alone": target.repository.path}
    name = f"narrow/{target.account}/{_key(target.repository)}"
    who = f"{ACCOUNT_ADMIN} or {POOL_ADMIN} on {target.project}"
    return (by_hand(wanted, name, title, wanted.fix, who, gives, (), depends),)


def enable_tokens(wanted: Wanted) -> tuple[Step, ...]:
    """VX315: enable the API from which a pipeline gets the account's token."""
    project = wanted.requirement.project
    key = Services(project, (TOKENS,))
    fact = wanted.facts[key]
    if not wanted.failed and not is_later(fact):
        return ()
    return (enabling(wanted, project, (TOKENS,), {key: Enabled((TOKENS,))}, (ProjectRecord(project),)),)
