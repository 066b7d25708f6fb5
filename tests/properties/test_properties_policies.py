"""Organization policies on three levels: what the rules read from the effective policies, while no probe is sent,
against what the emulator does to the request.

Never a pass where the emulator refuses, never a failure where it answers, and unknown only where a policy has an entry
that the documents leave open.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from generated_runs import catalogue
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vxsetup.cli.emulation import Emulation
from vxsetup.cloud.call import Answer, Call
from vxsetup.cloud.gather import Gatherer
from vxsetup.cloud.providers import providers
from vxsetup.cloud.session import FunctionSender, Session
from vxsetup.config.load import load
from vxsetup.config.project import Project
from vxsetup.emulator.model import World
from vxsetup.emulator.world import read_world
from vxsetup.facts.policies import EffectivePolicy
from vxsetup.facts.project import ProjectRecord
from vxsetup.findings import Finding, Verdict
from vxsetup.rules import registry
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.engine import compile_requirements, facts_asked, judge

DEV = "user:dev@acme.example"
RULES = tuple(rule for rule in registry() if rule.id in ("VX501", "VX503"))
MODELS = ("claude-sonnet-5-5", "claude-haiku-4-5")
PLACES = {"claude-sonnet-5-5": ("eu", "global"), "claude-haiku-4-5": ("europe-west1",)}
HOSTS = {
    "eu": "aiplatform.eu.rep.googleapis.com",
    "global": "aiplatform.googleapis.com",
    "europe-west1": "europe-west1-aiplatform.googleapis.com",
}
FEATURES: dict[str, dict[str, Any]] = {
    "web_search": {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
    "structured_outputs": {"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}},
}
BODY = {
    "anthropic_version": "vertex-2023-10-16",
    "max_tokens": 16,
    "messages": [{"role": "user", "content": "Say hello."}],
}

_OPEN = ("in:every-one-of-them", "under:folders/2222")
VALUES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "vertexai.allowedModels": (
        (
            *(f"publishers/anthropic/models/{name}:predict" for name in (*MODELS, "count-tokens")),
            "is:publishers/anthropic/models/claude-sonnet-5-5:predict",
            "publishers/anthropic/models/claude-sonnet-5-5:tune",
            "publishers/google/models/gemini-3-pro:predict",
        ),
        ("publishers/anthropic/models/claude-haiku-4-5@20251001:predict", *_OPEN),
    ),
    "vertexai.allowedPartnerModelFeatures": (
        (
            "publishers/anthropic",
            "is:publishers/anthropic",
            "publishers/anthropic/models/claude-sonnet-5-5",
            "publishers/anthropic/models/claude-sonnet-5-5:web_search",
            "publishers/anthropic/models/claude-haiku-4-5:structured_outputs",
            "publishers/mistralai",
        ),
        ("publishers/anthropic/models/claude-haiku-4-5@20251001:web_search", *_OPEN),
    ),
    "gcp.restrictServiceUsage": (
        ("aiplatform.googleapis.com", "storage.googleapis.com", "is:aiplatform.googleapis.com"),
        _OPEN,
    ),
    "gcp.restrictEndpointUsage": ((*HOSTS.values(), "bigquery.googleapis.com"), _OPEN),
}
"""For each constraint the values whose meaning is documented, and those whose meaning is open."""

LEVELS = ("organization", "folder", "project")
Tree = dict[str, dict[str, dict[str, Any]]]


def policies(constraint: str) -> st.SearchStrategy[dict[str, Any]]:
    """One policy: values, all or nothing, the default again; inheriting or not."""
    clear, open_ = VALUES[constraint]
    some = st.lists(st.sampled_from(clear), max_size=3, unique=True)
    odd = st.one_of(*([st.just([])] * 5), st.lists(st.sampled_from(open_), max_size=1))
    listed = st.builds(
        lambda allowed, denied, more, inherit: {"allowed": allowed + more, "denied": denied, "inherit": inherit},
        st.one_of(some, st.just([])),
        st.one_of(some, st.just([])),
        odd,
        st.booleans(),
    )
    whole = st.sampled_from(
        ({"allow_all": True}, {"deny_all": True}, {"allow_all": True, "inherit": True}, {"reset": True})
    )
    denied_group = st.builds(lambda more: {"denied": list(more)}, odd)
    return st.one_of(listed, listed, listed, whole, denied_group)


def trees() -> st.SearchStrategy[Tree]:
    """Policies on organization, folder and project, each for some of the constraints."""
    level = st.fixed_dictionaries({}, optional={name: policies(name) for name in VALUES})
    return st.fixed_dictionaries(dict.fromkeys(LEVELS, level))


def world(tree: Tree, in_organization: bool) -> World:
    """A project in which nothing but a policy can refuse a request. Outside an organization nobody can set one."""
    readers = [{"role": role, "members": [DEV]} for role in ("roles/orgpolicy.policyViewer", "roles/browser")]
    project = {
        "number": "333333333333",
        "billing": {"account": "012345-6789AB-CDEF01", "open": True},
        "services": [
            "aiplatform.googleapis.com",
            "cloudresourcemanager.googleapis.com",
            "orgpolicy.googleapis.com",
        ],
        "iam": [
            *readers,
            {"role": "roles/aiplatform.user", "members": [DEV]},
            {"role": "roles/serviceusage.serviceUsageConsumer", "members": [DEV]},
        ],
        "models": {name: {"enabled": True} for name in MODELS},
    }
    data: dict[str, Any] = {
        "version": 1,
        "now": "2026-11-22T12:00:00Z",
        "caller": {"principal": DEV, "kind": "user", "quota_project": "acme-ai-prod"},
        "projects": {"acme-ai-prod": project},
    }
    if in_organization:
        data["organization"] = {"id": "1111", "policies": tree["organization"]}
        data["folders"] = {"2222": {"parent": "organizations/1111", "policies": tree["folder"]}}
        project |= {"parent": "folders/2222", "policies": tree["project"]}
    found = read_world(yaml.dump(data, Dumper=yaml.CSafeDumper), "world.yaml")
    assert isinstance(found, World), found
    return found


def declared() -> Project:
    """Two models, one of them at two places, with both features that policies govern and with counted tokens."""
    models = [{"id": name, "locations": list(PLACES[name]), "features": [*FEATURES, "count_tokens"]} for name in MODELS]
    text = json.dumps({"version": 1, "project": {"id": "acme-ai-prod"}, "models": models})
    return load(Path("vxsetup.yaml"), lambda path: text.encode()).projects[0]


PROJECT = declared()


def judged(session: Session, emulation: Emulation, unread: bool = False) -> tuple[Finding, ...]:
    """VX501 and VX503 without any probe; ``unread`` leaves the policies out too."""
    asked = compile_requirements(PROJECT, catalogue(), RULES, online=True)
    keys = [key for key in facts_asked(asked) if isinstance(key, (EffectivePolicy, ProjectRecord))]
    if unread:
        keys = [key for key in keys if not isinstance(key, EffectivePolicy)]
    facts = Gatherer(providers(), session.answer).gather(tuple(keys))
    return judge(asked, facts, Circumstances(emulation.now, catalogue(), emulation.caller), RULES)


def refused(session: Session, model: str, place: str, more: dict[str, Any] | None = None) -> bool:
    """Whether the emulator refuses a real request for reasons of policy; anything else refused is a fault of the test."""
    name = f"projects/acme-ai-prod/locations/{place}/publishers/anthropic/models/{model}"
    url = f"https://{HOSTS.get(place, HOSTS['global'])}/v1/{name}:rawPredict"
    body = {"model": MODELS[0], "messages": BODY["messages"]} if model == "count-tokens" else BODY
    call = Call("aiplatform.googleapis.com", "rawPredict", "POST", url, json.dumps(body | (more or {})), probe=True)
    answer = session.answer(call)
    assert isinstance(answer, Answer)
    assert answer.ok or "onstraint" in answer.text, answer.text
    return not answer.ok


def open_entries(tree: Tree) -> bool:
    """Whether some policy has an entry that the documents leave open, or an endpoint policy that lists allowed values."""
    for level in tree.values():
        for name, policy in level.items():
            listed = [*policy.get("allowed", ()), *policy.get("denied", ())]
            if set(listed) & set(VALUES[name][1]) or (name == "gcp.restrictEndpointUsage" and policy.get("allowed")):
                return True
    return False


NAMES = [f"publishers/anthropic/models/{name}:predict" for name in MODELS]


def above(constraint: str, **policy: Any) -> Tree:
    """A tree with one policy, on the organization."""
    return {"organization": {constraint: policy}, "folder": {}, "project": {}}


@given(trees(), st.booleans())
@example(above("vertexai.allowedModels", allowed=NAMES[:1]), True)
@example(above("vertexai.allowedModels", allowed=NAMES), True)
@example(above("vertexai.allowedModels", denied=[f"is:{NAMES[0]}"]), True)
@example(above("vertexai.allowedModels", allowed=[f"is:{NAMES[0]}", NAMES[1]], denied=[NAMES[0]]), True)
@example(above("gcp.restrictEndpointUsage", denied=[HOSTS["eu"]]), True)
@example(above("gcp.restrictEndpointUsage", denied=[HOSTS["global"]]), True)
@example(above("vertexai.allowedPartnerModelFeatures", allowed=["publishers/anthropic"]), True)
@example({"organization": {}, "folder": {}, "project": {}}, True)
@example({"organization": {}, "folder": {}, "project": {}}, False)
@settings(max_examples=150, deadline=None)
def test_a_policy_is_read_as_it_is_enforced(tree: Tree, in_organization: bool) -> None:
    emulation = Emulation(world(tree, in_organization))
    sender = FunctionSender(emulation.send, emulation.token)
    session = Session(sender, "vxsetup/test", emulation.caller.quota_project, emulation.clock)
    findings = judged(session, emulation)
    by_print = {finding.fingerprint: finding for finding in findings}
    for finding in findings:
        parts = finding.subject.split("/")
        if finding.rule == "VX501":
            truth = refused(session, parts[7], parts[3])
        elif parts[-1] == "count_tokens":
            if any(refused(session, name, place) for name in MODELS for place in PLACES[name]):
                continue  # the endpoint or the service is closed as a whole
            truth = refused(session, "count-tokens", "global")
        else:
            model, feature = parts[5], parts[7]
            if any(refused(session, model, place) for place in PLACES[model]):
                continue  # the plain request is refused already, so that the feature's own fate does not show
            truth = any(refused(session, model, place, FEATURES[feature]) for place in PLACES[model])
        match finding.verdict:
            case Verdict.PASS:
                assert not truth, finding
            case Verdict.FAIL:
                assert truth, finding
            case Verdict.NOT_REACHED:
                assert truth, finding
                assert finding.caused_by is not None
                assert by_print[finding.caused_by].verdict is Verdict.FAIL
            case _:
                assert finding.verdict is Verdict.UNKNOWN
                assert open_entries(tree), finding


@given(trees(), st.booleans())
@settings(max_examples=25, deadline=None)
def test_what_was_not_read_is_never_a_pass_inside_an_organization(tree: Tree, in_organization: bool) -> None:
    emulation = Emulation(world(tree, in_organization))
    sender = FunctionSender(emulation.send, emulation.token)
    session = Session(sender, "vxsetup/test", emulation.caller.quota_project, emulation.clock)
    for finding in judged(session, emulation, unread=True):
        expected = Verdict.UNKNOWN if in_organization else Verdict.PASS
        assert finding.verdict is expected, finding
