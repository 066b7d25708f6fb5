"""The pipelines that a config names, and what all rules about them share: their facts, their providers, the steps."""

from __future__ import annotations

import shlex
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from vxsetup.config.project import Project
from vxsetup.facts.access import AllowPolicies, DenyPolicies
from vxsetup.facts.assertions import admits
from vxsetup.facts.base import Facts, Known, Unknown
from vxsetup.facts.claims import Truth
from vxsetup.facts.federation import (
    AccountPolicy,
    IdentityPools,
    IdentityProvider,
    IdentityProviders,
    Providers,
    policy_of,
)
from vxsetup.facts.pipelines import Repository, comes_from, own
from vxsetup.findings import ConfigPath, Evidence, Fix, Judgement, Requirement, RequirementId, Verdict
from vxsetup.rules.path import Declaration, from_unknown, project_name

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class PipelineTarget:
    """A repository whose pipelines are to act as a service account, and the facts that tell whether they can.

    ``account`` is the account's e-mail; ``own`` whether it is one of this project; ``listed`` whether the config names
    it under access, too.
    """

    project: str
    repository: Repository
    account: str
    own: bool
    listed: bool
    policy: AccountPolicy
    providers: IdentityProviders
    config_path: ConfigPath

    def waits_on(self, rule: str) -> RequirementId:
        """The requirement of another rule about the same pipelines."""
        return RequirementId(rule, subject_of(self.project, self.repository))

    @property
    def refs(self) -> tuple[str | None, ...]:
        """The refs that must come in; None stands for any."""
        return self.repository.refs or (None,)


def subject_of(project: str, repository: Repository) -> str:
    """How findings name the federation of a repository: no resource of Google's stands for it as a whole."""
    return f"{project_name(project)}/workloadIdentityPools/-/{repository.forge.lower()}/{repository.path}"


def pipelines(project: Project) -> tuple[PipelineTarget, ...]:
    """The pipelines that a config names."""
    found = []
    github, gitlab = project.ci.github, project.ci.gitlab
    if github is not None:
        repository = Repository("GitHub", github.repository, github.owner_id, github.refs)
        found.append((repository, github.principal, github.config_path))
    if gitlab is not None:
        found.append((Repository("GitLab", gitlab.project, gitlab.namespace_id), gitlab.principal, gitlab.config_path))
    accounts = tuple(policy_of(project.id, principal.removeprefix("serviceAccount:")) for _, principal, _ in found)
    providers = IdentityProviders(project.id, tuple(dict.fromkeys(key.email for key in accounts)))
    listed = {entry.principal for entry in project.access}
    return tuple(
        PipelineTarget(
            project.id,
            repository,
            key.email,
            key.project == project.id,
            principal in listed,
            key,
            providers,
            path,
        )
        for (repository, principal, path), key in zip(found, accounts, strict=True)
    )


def federation_reads(declaration: Declaration) -> tuple[Hashable, ...]:
    """Every fact about the pipelines of a config that a management API answers."""
    targets = pipelines(declaration.project)
    if not targets:
        return ()
    project = declaration.project.id
    policies = (AllowPolicies(project), DenyPolicies(project))
    return (IdentityPools(project), targets[0].providers, *(target.policy for target in targets), *policies)


def each_pipeline(
    declaration: Declaration, rule: str, sentence: str, key: str, more: tuple[Hashable, ...] = ()
) -> Iterator[Requirement]:
    """One requirement for each of the pipelines; ``sentence`` has {path}, {account} and {forge}, ``key`` is the line of
    the config that is at stake."""
    project = declaration.project
    for target in pipelines(project):
        named = "project" if key == "repository" and not target.repository.is_github else key
        path = (*target.config_path, named)
        yield Requirement(
            rule=rule,
            subject=subject_of(project.id, target.repository),
            sentence=sentence.format(
                path=target.repository.path, account=target.account, forge=target.repository.forge
            ),
            span=project.span(path),
            config_path=path,
            project=project.id,
            environment=project.environment,
            reads=(target.providers, target.policy, *more),
            target=target,
        )


def read_providers(target: PipelineTarget, facts: Facts, what: str) -> Known | Judgement:
    """The identity providers that were read, or what is to be said where none could be."""
    fact = facts[target.providers]
    return from_unknown(target.project, facts, fact, what) if isinstance(fact, Unknown) else fact


def candidates(target: PipelineTarget, found: Providers) -> tuple[IdentityProvider, ...]:
    """The providers that take tokens of the repository's forge."""
    return tuple(provider for provider in found.providers if comes_from(provider, target.repository))


def lets_in(target: PipelineTarget, provider: IdentityProvider, ref: str | None) -> Truth:
    """Whether a provider admits the repository's own tokens on a ref."""
    return admits(provider.condition, provider.mapping, own(target.repository, ref).claims)


def told(fact: Known, provider: IdentityProvider) -> Evidence:
    """A provider as evidence."""
    condition = provider.condition.strip()
    states = [] if provider.usable else ["disabled" if provider.pool.usable else "in a pool that is not usable"]
    parts = [f"issuer {provider.issuer}", *states, f"condition {condition}" if condition else "no condition"]
    return fact.evidence(f"{provider.label}: {', '.join(parts)}")


def waits_for_provider(target: PipelineTarget, fact: Known, what: str, rule: str = "VX310") -> Judgement:
    """The judgement of what shows only when a provider is there that is as it should be."""
    message = f"{what[:1].upper()}{what[1:]} shows when {rule} is settled."
    evidence = tuple(told(fact, one) for one in fact.value.providers[:3]) or (fact.evidence("no identity provider"),)
    fix = Fix(f"settle {rule} first", command=f"vxsetup explain {rule}")
    return Judgement(Verdict.UNKNOWN, message, evidence, fix, (target.waits_on(rule),))


def numbered(repository: Repository) -> str:
    """The condition to set: by the owner's number, which nobody else can get."""
    if repository.is_github:
        return f"assertion.repository_owner_id == '{repository.owner_id or 'OWNER_ID'}'"
    return f"assertion.namespace_id == '{repository.owner_id or 'NAMESPACE_ID'}'"


def condition_for(repository: Repository) -> str:
    """The condition of a new provider: the owner by number, and the refs where the config names some."""
    refs = ", ".join(f"'{ref}'" for ref in repository.refs)
    return numbered(repository) + (f" && assertion.ref in [{refs}]" if refs else "")


def find_number(repository: Repository) -> str:
    """How the number that a command leaves open is found; nothing where the config has it."""
    if repository.owner_id is not None:
        return ""
    if repository.is_github:
        return f"; gh api users/{repository.owner} --jq .id tells OWNER_ID, which then also belongs into the config as owner_id"
    return (
        "; the page of the group on GitLab tells NAMESPACE_ID, which then also belongs into the config as namespace_id"
    )


def usual_mapping(repository: Repository) -> str:
    """The mapping of a new provider: what conditions and bindings use."""
    if repository.is_github:
        names = ("repository", "repository_owner_id", "ref")
    else:
        names = ("project_path", "namespace_id", "ref")
    return ",".join(("google.subject=assertion.sub", *(f"attribute.{name}=assertion.{name}" for name in names)))


def _quoted(text: str) -> str:
    """A text as one word of a shell: in double quotes where that is enough, since conditions are full of single ones."""
    return shlex.quote(text) if set(text) & set('"$`\\!\n') else f'"{text}"'


def closing(target: PipelineTarget, provider: IdentityProvider, keep: bool = True) -> Fix:
    """The step that narrows a provider to the owner of the repository; ``keep``: and leaves what it tests already."""
    repository, old = target.repository, provider.condition.strip()
    condition = f"{numbered(repository)} && ({old})" if old and keep else numbered(repository)
    number, pool = provider.pool.name.split("/")[1], provider.pool.id
    command = (
        f"gcloud iam workload-identity-pools providers update-oidc {shlex.quote(provider.name.rpartition('/')[2])} "
        f"--workload-identity-pool={shlex.quote(pool)} --location=global --project={number} --attribute-condition={_quoted(condition)}"
    )
    return Fix(f"let in the owner's own tokens alone, by number{find_number(repository)}", command=command)


def reasons(because: tuple[str, ...]) -> str:
    """What an open question rests on, as a list in words."""
    return " and ".join(because) if because else "something that vxsetup does not evaluate"


def describing(provider: IdentityProvider) -> str:
    """The command that shows a provider."""
    number = provider.pool.name.split("/")[1]
    return (
        f"gcloud iam workload-identity-pools providers describe {shlex.quote(provider.name.rpartition('/')[2])} "
        f"--workload-identity-pool={shlex.quote(provider.pool.id)} --location=global --project={number}"
    )
