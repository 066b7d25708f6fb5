"""VX504-VX507: what organization policies do to setting a project up: enabling models, granting roles, making a
dataset, making keys."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING

from vxsetup.catalog import Catalogue
from vxsetup.facts.access import AllowPolicies
from vxsetup.facts.base import ABSENT, Facts, Known
from vxsetup.facts.logging import Dataset
from vxsetup.facts.models import Probe
from vxsetup.facts.project import Ancestry, ProjectRecord
from vxsetup.findings import Evidence, Fix, Judgement, Requirement, Rule, RuleDocs, Rung, Severity, Verdict
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import Declaration, from_unknown, probe_outcome, project_name
from vxsetup.rules.policy import service_thing
from vxsetup.rules.standing import ASK, DOMAINS, KEYS, LOCATIONS, Stand, Thing, describe, enforced, left_open, standing
from vxsetup.rules.standing import policy_key as key_of

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from vxsetup.values import dataclass, replace

PROCUREMENT = "cloudcommerceconsumerprocurement.googleapis.com"
"""The API behind the enabling of partner models (GD:use-partner-models)."""

NOT_DOCUMENTED = Evidence(
    Rung.CATALOGUE,
    "vxsetup's sources",
    f"no source says whether {LOCATIONS} also acts on requests to models",
    "2026-11-22",
)


def _requirement(
    declaration: Declaration,
    rule: str,
    subject: str,
    sentence: str,
    path: tuple[str | int, ...],
    reads: tuple[Hashable, ...],
    target: object,
    principal: str | None = None,
) -> Requirement:
    project = declaration.project
    return Requirement(
        rule=rule,
        subject=subject,
        sentence=sentence,
        span=project.span(path),
        config_path=path,
        project=project.id,
        environment=project.environment,
        principal=principal,
        reads=reads,
        target=target,
    )


# VX504 ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProcurementTarget:
    """The API as policies list it, and the probes that would show that nothing is left to enable."""

    thing: Thing
    probes: tuple[Probe, ...]


def _procurement_required(declaration: Declaration) -> Iterator[Requirement]:
    if not declaration.probes:
        return
    project = declaration.project.id
    target = ProcurementTarget(service_thing(project, PROCUREMENT), declaration.probes)
    yield _requirement(
        declaration,
        "VX504",
        f"{project_name(project)}/services/{PROCUREMENT}",
        f"no organization policy keeps models from being enabled in {project}",
        ("project", "id"),
        (*target.thing.reads, *declaration.probes),
        target,
    )


def _judge_procurement(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: ProcurementTarget = requirement.target
    thing = target.thing
    seen = [probe_outcome(probe, facts) for probe in target.probes]
    if all(each.passed is not None for each in seen):
        return Judgement(Verdict.NOT_APPLICABLE, "every model answers, so nothing is left to enable", seen[0].evidence)
    stand = standing(thing, facts)
    if stand.allowed:
        return Judgement(Verdict.PASS, requirement.sentence, stand.evidence)
    if stand.allowed is None:
        question = f"whether organization policies let models be enabled in {requirement.project}"
        return left_open(requirement, stand, facts, question)
    message = (
        f"The organization policy {thing.constraint} does not allow {PROCUREMENT} in {requirement.project}: "
        "no further Claude model can be enabled there."
    )
    fix = Fix(f"{ASK} to allow {PROCUREMENT}", command=describe(requirement.project, thing.constraint))
    return Judgement(Verdict.FAIL, message, stand.evidence, fix)


# VX505 ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GrantTarget:
    """A member of the config's access, as IAM names it."""

    project: str
    principal: str


_ANYONE = ("allUsers", "allAuthenticatedUsers")


def _member_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    for entry in project.access:
        yield _requirement(
            declaration,
            "VX505",
            project_name(project.id),
            f"{DOMAINS} lets {entry.principal} be granted roles in {project.id}",
            (*entry.config_path, "member"),
            (key_of(project.id, DOMAINS), ProjectRecord(project.id), Ancestry(project.id), AllowPolicies(project.id)),
            GrantTarget(project.id, entry.principal),
            entry.principal,
        )


def _judge_member(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: GrantTarget = requirement.target
    stand = standing(_grant_thing(target, facts), facts)
    if stand.allowed:
        return Judgement(Verdict.PASS, requirement.sentence, stand.evidence)
    named = _named_already(target, facts)
    if stand.allowed is None and named is not None:
        return Judgement(Verdict.NOT_APPLICABLE, f"{target.principal} is granted roles already", (named,))
    if stand.allowed is None:
        question = f"whether {DOMAINS} lets {target.principal} be granted roles in {target.project}"
        return left_open(requirement, _in_words(stand, target, facts), facts, question)
    message = (
        f"The organization policy {DOMAINS} does not let {target.principal} be granted a role in {target.project}."
    )
    kept = f"; what {target.principal} holds already stays" if named is not None else ""
    fix = Fix(
        f"{ASK} to allow the member's organization or customer id, or name a member of this organization{kept}",
        command=describe(target.project, DOMAINS),
    )
    return Judgement(Verdict.FAIL, message, (*stand.evidence, *((named,) if named is not None else ())), fix)


def _in_words(stand: Stand, target: GrantTarget, facts: Facts) -> Stand:
    """The stand with the reason that is true of every customer id: none is compared with the member's."""
    fact = facts[key_of(target.project, DOMAINS)]
    if stand.unknown is not None or not isinstance(fact, Known) or fact.value.unclear is not None:
        return stand
    listed = fact.value.denied or fact.value.allowed
    some = ", ".join(listed[:3]) + (" and others" if len(listed) > 3 else "")
    verb = "is" if len(listed) == 1 else "are"
    told = "which organization a member belongs to is told by no API that vxsetup reads"
    why = f"{some} {verb} {'denied' if fact.value.denied else 'allowed'}, and {told}"
    says = f"{DOMAINS}: {some} {verb} {'denied' if fact.value.denied else 'allowed'}"
    return replace(stand, why=why, evidence=(fact.evidence(says),))


def _grant_thing(target: GrantTarget, facts: Facts) -> Thing:
    """A member as the constraint lists it: by customer id or by the principal set of an organization.

    Only the accounts and pools of the project itself are known to be of its organization (F#69696195623). Anyone at
    all belongs to none.
    """
    names: tuple[str, ...] = (target.principal,)
    chain = facts[Ancestry(target.project)]
    organization = chain.value[-1] if isinstance(chain, Known) else ""
    if organization.startswith("organizations/") and _of_project(target, facts):
        names = (f"principalSet://iam.googleapis.com/{organization}", target.principal)
    doubtful = _never if target.principal in _ANYONE else _always
    return Thing(target.project, DOMAINS, names, doubtful=doubtful)


def _never(value: str) -> bool:
    return False


def _always(value: str) -> bool:
    return True


def _of_project(target: GrantTarget, facts: Facts) -> bool:
    """Whether a member is an account or a pool of the project, so that it is of the project's organization."""
    kind, _, name = target.principal.partition(":")
    domain, _, short = target.project.rpartition(":")
    host = f"{short}.{domain}" if domain else short
    if kind == "serviceAccount":
        return name.endswith(f"@{host}.iam.gserviceaccount.com")
    record = facts[ProjectRecord(target.project)]
    number = record.value.number if isinstance(record, Known) else None
    pools = f"//iam.googleapis.com/projects/{number}/locations/global/workloadIdentityPools/"
    return kind in ("principal", "principalSet") and number is not None and name.startswith(pools)


def _named_already(target: GrantTarget, facts: Facts) -> Evidence | None:
    """The policy that grants the member something today, if one was read."""
    fact = facts[AllowPolicies(target.project)]
    if not isinstance(fact, Known):
        return None
    for resource, policy in fact.value.policies.items():
        if not isinstance(policy, Known):
            continue
        for binding in policy.value:
            if target.principal in binding.members:
                return policy.evidence(f"{binding.role} for {target.principal} on {resource}")
    return None


# VX506 ------------------------------------------------------------------------------------------------------------


def dataset_thing(project: str, location: str, catalogue: Catalogue) -> Thing:
    """A place as gcp.resourceLocations lists it. A region is in the group of its own name and in that of its geography;
    which multi-regions a group holds is not documented in vxsetup's sources."""
    name = location.lower()
    names = [name]
    if "-" in name:
        names.append(f"in:{name}-locations")
        geography = catalogue.geography(name)
        names += [f"in:{geography}-locations"] if geography in ("us", "eu", "asia") else []
    return Thing(project, LOCATIONS, tuple(dict.fromkeys((*names, location))))


@dataclass(frozen=True, slots=True)
class DatasetTarget:
    """The dataset for logs, the place that the config gives it, and that place as policies list it."""

    thing: Thing
    dataset: Dataset
    place: str


def _dataset_required(declaration: Declaration) -> Iterator[Requirement]:
    project = declaration.project
    asked = project.logging.request_response
    if asked is None or asked.location is None:
        return
    thing = dataset_thing(project.id, asked.location, declaration.catalogue)
    dataset = Dataset(project.id, asked.dataset)
    yield _requirement(
        declaration,
        "VX506",
        f"{project_name(project.id)}/datasets/{asked.dataset}",
        f"{LOCATIONS} lets the dataset {asked.dataset} be made at {asked.location}",
        (*asked.config_path, "location"),
        (*thing.reads, dataset),
        DatasetTarget(thing, dataset, asked.location),
    )


def _judge_dataset(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    target: DatasetTarget = requirement.target
    thing, name, place = target.thing, target.dataset.dataset, target.place
    there = facts[target.dataset]
    if isinstance(there, Known) and there.value is not ABSENT:
        evidence = (there.evidence(f"the dataset is there, at {there.value.location}"),)
        return Judgement(Verdict.NOT_APPLICABLE, f"the dataset {name} is there already", evidence)
    stand = standing(thing, facts)
    if stand.allowed:
        return Judgement(Verdict.PASS, requirement.sentence, stand.evidence)
    if stand.allowed is None:
        question = f"whether {LOCATIONS} lets the dataset {name} be made at {place}"
        open_ = left_open(requirement, stand, facts, question)
        return replace(open_, evidence=(*open_.evidence, NOT_DOCUMENTED))
    message = f"The organization policy {LOCATIONS} does not let the dataset {name} be made at {place}."
    fix = Fix(
        f"choose a location for logs that the policy allows, or {ASK} to allow {thing.names[0]}",
        command=describe(thing.project, LOCATIONS),
    )
    return Judgement(Verdict.FAIL, message, (*stand.evidence, NOT_DOCUMENTED), fix)


# VX507 ------------------------------------------------------------------------------------------------------------


def _keys_required(declaration: Declaration) -> Iterator[Requirement]:
    """Asked where service accounts of the project are to call models: only there is a key a thought at all."""
    project = declaration.project
    own = [e for e in project.access if e.principal.startswith("serviceAccount:")]
    if not own:
        return
    yield _requirement(
        declaration,
        "VX507",
        f"{project_name(project.id)}/serviceAccounts",
        f"no organization policy keeps keys of service accounts from being made in {project.id}",
        (*own[0].config_path, "member"),
        (*(key_of(project.id, constraint) for constraint in KEYS), ProjectRecord(project.id)),
        project.id,
    )


def _judge_keys(requirement: Requirement, facts: Facts, circumstances: Circumstances) -> Judgement:
    stands = [enforced(requirement.project, constraint, facts) for constraint in KEYS]
    on = next((stand for stand in stands if stand.allowed is False), None)
    if on is not None:
        message = (
            f"Keys of service accounts cannot be made in {requirement.project}: {on.constraint} is enforced. "
            "Programs need another way to act as an account."
        )
        fix = Fix(
            "attach the service account where the program runs, impersonate it, or use workload identity federation; "
            "a key file is the last resort anyhow",
            command=describe(requirement.project, on.constraint),
        )
        return Judgement(Verdict.FAIL, message, on.evidence, fix)
    open_ = next((stand for stand in stands if stand.allowed is None), None)
    if open_ is None:
        return Judgement(Verdict.PASS, requirement.sentence, tuple(e for stand in stands for e in stand.evidence))
    question = f"whether keys of service accounts can be made in {requirement.project}"
    if open_.unknown is not None:
        return from_unknown(requirement.project, facts, open_.unknown, question)
    return left_open(requirement, open_, facts, question)


_READS = "orgpolicy.projects.policies.getEffectivePolicy (orgpolicy.policy.get); cloudresourcemanager.projects.get"

RULES = (
    Rule(
        "VX504",
        "policy-refuses-procurement",
        Severity.WARNING,
        Rung.READ,
        RuleDocs(
            "No organization policy keeps models from being enabled in Model Garden.",
            "Enabling a partner model buys something: it goes through cloudcommerceconsumerprocurement.googleapis.com. "
            "Where gcp.restrictServiceUsage leaves that API out, the terms cannot be accepted, and the page gives no "
            "reason. Assured Workloads leaves it out as a rule.",
            "From the policy in force for gcp.restrictServiceUsage. Where every model answers its probe there is nothing "
            "left to enable, and the rule has nothing to say.",
            f"{_READS}; the free probes.",
            "Ask an organization policy administrator to allow the API.",
            ("GD:use-partner-models", "GD:use-claude"),
        ),
        _procurement_required,
        _judge_procurement,
    ),
    Rule(
        "VX505",
        "policy-refuses-member",
        Severity.WARNING,
        Rung.READ,
        RuleDocs(
            "Every member of the config may be granted roles in the project, as far as iam.allowedPolicyMemberDomains decides.",
            "Organizations made since May 2024 allow only their own people and accounts by default. A grant to anybody "
            "else is refused with 400, in the middle of setting up.",
            "From the policy in force. Service accounts and workload identity pools of the project belong to its "
            "organization, so they pass where the principal set of the organization is allowed. Of other members no API "
            "that is read tells the organization: with a list of customer ids that is unknown, unless a policy grants "
            "them something already. The managed constraint iam.managed.allowedPolicyMembers is not looked at.",
            f"{_READS} and getAncestry; the allow policies.",
            "Ask an organization policy administrator, or name a member of this organization.",
            ("IAMD", "F#69696195623"),
        ),
        _member_required,
        _judge_member,
    ),
    Rule(
        "VX506",
        "policy-refuses-dataset-location",
        Severity.WARNING,
        Rung.READ,
        RuleDocs(
            "The dataset for logs may be made where the config wants it, as far as gcp.resourceLocations decides.",
            "Many organizations allow only some locations for new resources. A dataset elsewhere is refused when it is "
            "made, and one that is there stays. Whether the constraint also acts on requests to models is documented nowhere.",
            "From the policy in force: the location itself, the group of its name, and for a region the group of its "
            "geography. Which multi-regions a group holds is not known here, so a policy that names only groups leaves "
            "those unknown. in:eu-locations leaves London out.",
            f"{_READS}; bigquery.datasets.get.",
            "Choose a location that the policy allows, or have it allowed.",
            ("F#65778915855",),
        ),
        _dataset_required,
        _judge_dataset,
    ),
    Rule(
        "VX507",
        "policy-refuses-keys",
        Severity.INFO,
        Rung.READ,
        RuleDocs(
            "It is known whether keys of service accounts can be made in the project.",
            "Organizations made since May 2024 forbid keys by default. That is good practice, and it means that programs "
            "act as a service account by attachment, impersonation or federation.",
            "From the policies in force for iam.disableServiceAccountKeyCreation and its managed twin. Told as "
            "information where one is enforced; asked only where the config names a service account.",
            f"{_READS}.",
            "Nothing has to be mended; use another way than a key file.",
            ("IAMD",),
        ),
        _keys_required,
        _judge_keys,
    ),
)


def policy_reads(declaration: Declaration) -> tuple[Hashable, ...]:
    """Every effective policy that a config makes relevant, each once."""
    from vxsetup.facts.policies import EffectivePolicy
    from vxsetup.rules import policy

    families = (*policy.RULES, *RULES)
    found = (r.reads for rule in families if rule.requires is not None for r in rule.requires(declaration))
    return tuple(dict.fromkeys(key for reads in found for key in reads if isinstance(key, EffectivePolicy)))
