"""What a check reads with: every permission that the providers declare, which facts and rules need it, and on what."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path

from vxsetup.report.permissions import Bought, Level, Undocumented

_PROJECT = "acme-ai-prod"
_EVERYTHING = f"""
version: 1
project: {{id: {_PROJECT}, create: {{parent: folders/2222, billing_account: 012345-6789AB-CDEF01}}}}
location: eu
residency: eu
models:
  - id: claude-sonnet-5-5
    needs: {{requests_per_minute: 1, input_tokens_per_minute: 1, output_tokens_per_minute: 1}}
    features: [prompt_caching, structured_outputs, web_search, batch]
  - {{id: claude-haiku-4-5@20251001, locations: [europe-west1], traffic: provisioned}}
  - {{id: claude-fable-5-1, locations: [global]}}
access:
  - {{member: "serviceAccount:app", can: [invoke, batch, enable_models, administer]}}
ci:
  github: {{repository: acme/app, owner_id: "1", service_account: app}}
logging:
  request_response: {{dataset: claude_logs, location: EU, retention_days: 30}}
  inference_events: true
network: {{private: true}}
"""
"""A config that asks for everything that a rule can ask about."""

_ORGANIZATION = ("resourcemanager.folders.", "resourcemanager.organizations.", "iam.denypolicies.")
_BOTH = ("iam.roles.get",)
_OF_READING = ("VX204", "VX205", "VX301")
"""Rules about reading itself: they look at every answer, and so would stand beside every permission."""
_CHARGED = "serviceusage.services.use"
_CHARGED_FOR = Bought(
    _CHARGED,
    (Level.PROJECT,),
    ("the right to charge reads to the project",),
    ("VX205",),
    ("every management API",),
)
"""No provider's own: it is what lets a caller name a project that its reads are charged to."""


def bought() -> tuple[Bought, ...]:
    """Every permission that a check or a plan reads with, sorted by name."""
    from vxsetup.cloud.providers import providers

    made = providers()
    needed_by = _rules_by_fact()
    found: dict[str, tuple[set[str], set[str], set[str]]] = {}
    for kind, provider in made.items():
        for permission in provider.permissions:
            facts, rules, services = found.setdefault(permission, (set(), set(), set()))
            facts.add(_words(kind.__name__))
            rules |= needed_by.get(kind, set())
            services.add(provider.service)
    every = [Bought(name, _levels(name), *(tuple(sorted(part)) for part in parts)) for name, parts in found.items()]
    return tuple(sorted((*every, _CHARGED_FOR), key=lambda one: one.permission))


def unnamed() -> tuple[Undocumented, ...]:
    """What a check reads by a permission that no document names (DISC 2026-11-06 has the method without one)."""
    from vxsetup.facts.models import PublisherModelConfig

    rules = tuple(sorted(_rules_by_fact()[PublisherModelConfig]))
    return (Undocumented("fetchPublisherModelConfig", _words(PublisherModelConfig.__name__), rules),)


def _levels(permission: str) -> tuple[Level, ...]:
    """Where a permission is held: on the project, on the organization, or on both."""
    if permission in _BOTH:
        return (Level.PROJECT, Level.ORGANIZATION)
    return (Level.ORGANIZATION,) if permission.startswith(_ORGANIZATION) else (Level.PROJECT,)


def _words(name: str) -> str:
    """``AllowPolicies`` as words: allow policies."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def _rules_by_fact() -> Mapping[type[Hashable], set[str]]:
    """The rules that need each type of fact, themselves or through other facts, in a config that asks for everything."""
    from vxsetup.catalog import CatalogueProblem, load_catalogue
    from vxsetup.cloud.providers import providers
    from vxsetup.config.load import load
    from vxsetup.rules import registry
    from vxsetup.rules.engine import compile_requirements

    catalogue = load_catalogue()
    assert not isinstance(catalogue, CatalogueProblem)  # the shipped one; a test reads it
    made = providers()
    found: dict[type[Hashable], set[str]] = {}
    for project in load(Path("vxsetup.yaml"), lambda path: _EVERYTHING.encode()).projects:
        for requirement in compile_requirements(project, catalogue, registry(), True, troubleshoot=True):
            for kind in _kinds(requirement.reads, made) if requirement.rule not in _OF_READING else ():
                found.setdefault(kind, set()).add(requirement.rule)
    return found


def _kinds(reads: Iterable[Hashable], made: Mapping[type[Hashable], object]) -> set[type[Hashable]]:
    """The types of some facts and of all that they need first."""
    from vxsetup.cloud.provider import Provider

    todo, seen = list(reads), set()
    while todo:
        key = todo.pop()
        provider = made[type(key)]
        if key not in seen and isinstance(provider, Provider):
            seen.add(key)
            todo.extend(provider.needs(key))
    return {type(key) for key in seen}
