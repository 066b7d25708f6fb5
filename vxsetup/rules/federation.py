"""VX310, VX311, VX312 and VX315: how the pipelines of the config come in without a key, and who else could."""

from __future__ import annotations

from collections.abc import Iterator

from vxsetup.facts.assertions import admits
from vxsetup.facts.base import Facts, Known, Unknown
from vxsetup.facts.claims import Sure, Truth
from vxsetup.facts.federation import IdentityProvider
from vxsetup.facts.pipelines import is_shared, own, squatters, strangers
from vxsetup.facts.project import Services
from vxsetup.findings import Fix, Judgement, Requirement, Rule, RuleDocs, Rung, Severity, Verdict
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import Declaration, from_unknown, project_name
from vxsetup.rules.pipelines import (
    PipelineTarget,
    candidates,
    closing,
    condition_for,
    describing,
    each_pipeline,
    find_number,
    lets_in,
    pipelines,
    read_providers,
    reasons,
    told,
    usual_mapping,
    waits_for_provider,
)

TOKENS = "iamcredentials.googleapis.com"


# VX310 ------------------------------------------------------------------------------------------------------------


def _provider_required(declaration: Declaration) -> Iterator[Requirement]:
    sentence = "a workload identity pool admits tokens of {path}"
    yield from each_pipeline(declaration, "VX310", sentence, "repository")


def _judge_provider(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: PipelineTarget = requirement.target
    what = f"whether a workload identity pool admits tokens of {target.repository.path}"
    fact = read_providers(target, facts, what)
    if isinstance(fact, Judgement):
        return fact
    open_: list[tuple[IdentityProvider, Truth]] = []
    for provider in candidates(target, fact.value):
        seen = [lets_in(target, provider, ref) for ref in target.refs]
        worst = min(seen, key=lambda truth: truth.true)
        if provider.usable and worst.true is Sure.YES:
            depends = any(truth.false is not Sure.NO for truth in seen)
            more = (
                (fact.evidence("further tests of its condition hold for some of these tokens only"),) if depends else ()
            )
            return Judgement(Verdict.PASS, requirement.sentence, (told(fact, provider), *more))
        if provider.usable and worst.true is Sure.MAYBE:
            open_.append((provider, worst))
    if open_:
        provider, truth = open_[0]
        message = f"Whether the provider {provider.label} admits tokens of {target.repository.path} is not known: it rests on {reasons(truth.because)}."
        fix = Fix("compare its condition with the claims of a token of the repository", command=describing(provider))
        return Judgement(Verdict.UNKNOWN, message, (told(fact, provider),), fix)
    if fact.value.unread:
        return from_unknown(target.project, facts, fact.value.unread[0], what)
    return _no_provider(target, fact)


def _no_provider(target: PipelineTarget, fact: Known) -> Judgement:
    repository, project = target.repository, target.project
    found = candidates(target, fact.value)
    evidence = tuple(told(fact, one) for one in (found or fact.value.providers)[:5])
    evidence = evidence or (fact.evidence(f"no identity provider in the pools of {project}"),)
    if not found:
        message = f"No identity provider in {project} takes tokens of {repository.forge}, so no pipeline of {repository.path} comes in."
        pool = repository.forge.lower()
        place = f"--location=global --project={project}"
        command = (
            f"gcloud iam workload-identity-pools create {pool} {place} && gcloud iam workload-identity-pools providers "
            f"create-oidc {pool} --workload-identity-pool={pool} {place} --issuer-uri={repository.issuer} "
            f'--attribute-mapping={usual_mapping(repository)} --attribute-condition="{condition_for(repository)}"'
        )
        fix = Fix(f"make a pool and a provider (roles/iam.workloadIdentityPoolAdmin){find_number(repository)}", command)
        return Judgement(Verdict.FAIL, message, evidence, fix)
    usable = [provider for provider in found if provider.usable]
    if not usable:
        message = f"The identity provider {found[0].label} is disabled, or its pool is, so no pipeline of {repository.path} comes in."
        fix = Fix("enable the provider and its pool", command=describing(found[0]))
        return Judgement(Verdict.FAIL, message, evidence, fix)
    provider = usable[0]
    ref = next((ref for ref in target.refs if lets_in(target, provider, ref).true is Sure.NO), None)
    who = own(repository, ref).who
    message = f"The identity provider {provider.label} refuses tokens of {who}: its condition is not true of them."
    return Judgement(Verdict.FAIL, message, evidence, closing(target, provider, keep=False))


# VX311 ------------------------------------------------------------------------------------------------------------


def _closed_required(declaration: Declaration) -> Iterator[Requirement]:
    sentence = "the identity providers for {forge} admit nobody but chosen owners"
    yield from each_pipeline(declaration, "VX311", sentence, "repository")


def _judge_closed(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: PipelineTarget = requirement.target
    what = f"whether strangers on {target.repository.forge} can come in"
    fact = read_providers(target, facts, what)
    if isinstance(fact, Judgement):
        return fact
    found = [provider for provider in candidates(target, fact.value) if provider.usable]
    seen = [(provider, _strangers(target, provider)) for provider in found]
    opened = next((provider for provider, truth in seen if truth.true is Sure.YES), None)
    evidence = tuple(told(fact, provider) for provider in found[:5])
    if opened is not None:
        who = f"anyone on {target.repository.forge if is_shared(opened.issuer) else opened.issuer}"
        why = "does not tell them apart from you" if opened.condition.strip() else "is missing"
        message = (
            f"{who[:1].upper()}{who[1:]} can come in through the identity provider {opened.label}: the condition on the "
            f"owner or the repository {why}."
        )
        return Judgement(Verdict.FAIL, message, (told(fact, opened),), closing(target, opened))
    if fact.value.unread:
        return from_unknown(target.project, facts, fact.value.unread[0], what)
    doubtful = next((pair for pair in seen if pair[1].true is Sure.MAYBE), None)
    if doubtful is not None:
        provider, truth = doubtful
        message = f"Whether strangers can come in through {provider.label} is not known: it rests on {reasons(truth.because)}."
        fix = Fix("look at its condition; a plain comparison of the owner's number can be judged", describing(provider))
        return Judgement(Verdict.UNKNOWN, message, (told(fact, provider),), fix)
    if not found:
        return waits_for_provider(target, fact, what)
    return Judgement(Verdict.PASS, requirement.sentence, evidence)


def _strangers(target: PipelineTarget, provider: IdentityProvider) -> Truth:
    return admits(provider.condition, provider.mapping, strangers(target.repository).claims)


# VX312 ------------------------------------------------------------------------------------------------------------


def _numbers_required(declaration: Declaration) -> Iterator[Requirement]:
    sentence = "the identity providers for {forge} know owners by number, not by name"
    yield from each_pipeline(declaration, "VX312", sentence, "repository")


def _judge_numbers(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: PipelineTarget = requirement.target
    repository = target.repository
    what = f"whether the owner on {repository.forge} is known by number"
    fact = read_providers(target, facts, what)
    if isinstance(fact, Judgement):
        return fact
    usable = [provider for provider in candidates(target, fact.value) if provider.usable]
    closed = [provider for provider in usable if _strangers(target, provider).true is not Sure.YES]
    claims = squatters(repository).claims
    seen = [(provider, admits(provider.condition, provider.mapping, claims)) for provider in closed]
    by_name = next((provider for provider, truth in seen if truth.true is Sure.YES), None)
    if by_name is not None:
        message = (
            f"The identity provider {by_name.label} knows {repository.owner} by name: whoever takes over the name when it is "
            "given up or changed comes in."
        )
        return Judgement(Verdict.FAIL, message, (told(fact, by_name),), closing(target, by_name))
    if fact.value.unread:
        return from_unknown(target.project, facts, fact.value.unread[0], what)
    doubtful = next((pair for pair in seen if pair[1].true is Sure.MAYBE), None)
    if doubtful is not None:
        provider, truth = doubtful
        message = (
            f"Whether {provider.label} knows the owner by number is not known: it rests on {reasons(truth.because)}."
        )
        return Judgement(
            Verdict.UNKNOWN, message, (told(fact, provider),), Fix("look at its condition", describing(provider))
        )
    if not closed:
        return waits_for_provider(target, fact, what, "VX311" if usable else "VX310")
    return Judgement(Verdict.PASS, requirement.sentence, tuple(told(fact, provider) for provider in closed[:5]))


# VX315 ------------------------------------------------------------------------------------------------------------


def _tokens_required(declaration: Declaration) -> Iterator[Requirement]:
    targets = [target for target in pipelines(declaration.project) if target.own]
    if targets:
        project = declaration.project
        path = (*targets[0].config_path, "service_account")
        yield Requirement(
            rule="VX315",
            subject=f"{project_name(project.id)}/services/{TOKENS}",
            sentence=f"{TOKENS} is enabled in {project.id}",
            span=project.span(path),
            config_path=path,
            project=project.id,
            environment=project.environment,
            reads=(Services(project.id, (TOKENS,)),),
            target=targets[0],
        )


def _judge_tokens(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: PipelineTarget = requirement.target
    fact = facts[Services(target.project, (TOKENS,))]
    if isinstance(fact, Unknown):
        return from_unknown(target.project, facts, fact, f"whether {TOKENS} is enabled in {target.project}")
    if fact.value.enabled[TOKENS]:
        return Judgement(Verdict.PASS, requirement.sentence, (fact.evidence(f"{TOKENS} is ENABLED"),))
    message = f"{TOKENS} is not enabled in {target.project}, so no pipeline gets a token of {target.account}."
    fix = Fix(
        "enable the API (needs roles/serviceusage.serviceUsageAdmin)",
        command=f"gcloud services enable {TOKENS} --project={target.project}",
    )
    return Judgement(Verdict.FAIL, message, (fact.evidence(f"{TOKENS} is DISABLED"),), fix)


_READS = (
    "workloadIdentityPools.list of the project, the providers of up to 20 of its pools and of pools that the account's "
    "policy names, and getIamPolicy of the account."
)

RULES = (
    Rule(
        "VX310",
        "pipeline-not-admitted",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "A provider of a workload identity pool admits the tokens of the declared repository, on each of its refs.",
            "Pipelines that act without a key trade the token of their forge for one of Google. A pool or provider that is "
            "missing, disabled, of another issuer or with a condition that is not true refuses the trade, in words that "
            "name none of these.",
            "Looks for an enabled provider with the forge's issuer in an enabled pool, and evaluates its condition for tokens "
            "of the repository: comparisons, in, startsWith, endsWith, contains, has, &&, || and ! over claims and mapped "
            "attributes. A number that the config does not give, such as the repository's, leaves it unknown. Tests of "
            "what a run chooses, such as its environment, pass, and are told. For GitLab a provider of any issuer counts "
            "that looks at GitLab's claims. Audiences are not judged: the pipeline sets them.",
            _READS,
            "Make a pool and a provider, or mend the condition.",
            ("DISC", "GHA-AUTH", "GITHUB-OIDC", "GITLAB-OIDC"),
        ),
        _provider_required,
        _judge_provider,
    ),
    Rule(
        "VX311",
        "provider-open-to-strangers",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "Every identity provider for a public forge has a condition on the owner or on the repository.",
            "All of GitHub shares one issuer, and so does all of gitlab.com. Without a condition every repository in the "
            "world gets an identity of the pool; then only the bindings stand between strangers and the project.",
            "Evaluates the condition of each enabled provider of the forge for tokens of somebody who has opened an account "
            "there and chooses names, branches and workflows as he likes. A test of the beginning of a name that leaves "
            "its end open fails too: acme-evil begins with acme. So does a test of job_workflow_ref alone: anybody may "
            "call a public workflow.",
            _READS,
            "Compare the owner's number: assertion.repository_owner_id on GitHub, assertion.namespace_id on GitLab.",
            ("DISC", "GHA-AUTH", "GITHUB-OIDC", "GITLAB-OIDC"),
        ),
        _closed_required,
        _judge_closed,
    ),
    Rule(
        "VX312",
        "provider-trusts-names",
        Severity.WARNING,
        Rung.READ,
        RuleDocs(
            "Identity providers know the owner of a repository by number.",
            "A name on a forge can be given up, changed and taken by somebody else. A number is given once.",
            "Evaluates the conditions for tokens with the same names and other numbers. Providers that are open to "
            "strangers anyway wait for VX311.",
            _READS,
            "Compare the owner's number instead of, or beside, the name.",
            ("GHA-AUTH", "GITHUB-OIDC", "GITLAB-OIDC"),
        ),
        _numbers_required,
        _judge_numbers,
    ),
    Rule(
        "VX315",
        "token-api-disabled",
        Severity.ERROR,
        Rung.READ,
        RuleDocs(
            "The IAM Service Account Credentials API is enabled in the project of the account that pipelines act as.",
            "A pipeline comes in as itself and then asks this API for a token of the account. Without it the first step "
            "succeeds and the second is refused.",
            "Passes when Service Usage says ENABLED. Asked for accounts of this project.",
            "serviceusage.services.batchGet (serviceusage.services.get).",
            "Enable the API.",
            ("DISC", "GHA-AUTH"),
        ),
        _tokens_required,
        _judge_tokens,
    ),
)
