"""Quota tables of every kind: what is said of the needs and of zero agrees with the table and with the request path.

Worlds have a row of their own, the row for all base models, both or neither, with zero, too little, enough or no limit,
for lineage and per-model buckets at every kind of location; two models may share a bucket.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generated_runs import Turns, answers, catalogue, in_turns
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vxsetup.cli.emulation import Emulation
from vxsetup.cloud.call import Answer
from vxsetup.cloud.gather import Gatherer
from vxsetup.cloud.providers import providers
from vxsetup.cloud.session import FunctionSender, Session
from vxsetup.config.load import load
from vxsetup.emulator import quotas as table
from vxsetup.emulator.state import start
from vxsetup.emulator.tables import base_model, shipped
from vxsetup.emulator.world import world_from
from vxsetup.facts.base import Known
from vxsetup.facts.models import Probe
from vxsetup.facts.quotas import EffectiveQuota
from vxsetup.findings import Finding, Rung, Verdict
from vxsetup.rules import increases, quota, throughput
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.engine import compile_requirements, facts_asked, judge

RULES = (*quota.RULES, *throughput.RULES, *increases.RULES)
NOW = "2026-11-22T12:00:00Z"
PROJECT = "acme-ai-prod"
KINDS = ("requests", "input_tokens", "output_tokens")
PLACES = {
    "claude-sonnet-5-5": ("eu", "us", "global"),
    "claude-opus-5-5": ("eu", "global"),
    "claude-opus-4-8": ("eu", "global", "us-east5"),
    "claude-opus-4-7": ("eu", "global"),
    "claude-sonnet-4-6": ("us-east5", "europe-west1", "global"),
    "claude-haiku-4-5": ("europe-west1", "global"),
}
"""Lineage and per-model buckets; opus-4-8 in a single region, where its own name has been seen."""

LIMITS = st.sampled_from((None, 0, 1, 59, 60, 61, 500, -1))
ROWS = st.fixed_dictionaries({}, optional={kind: LIMITS.filter(lambda v: v is not None) for kind in KINDS})


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """A config with one or two models and their needs, and a project with a table of quotas."""
    some = st.lists(st.sampled_from(sorted(PLACES)), min_size=1, max_size=2, unique=True)
    names = draw(st.one_of(some, st.just(["claude-opus-4-8", "claude-opus-5-5"])))
    shared = draw(st.sampled_from(("eu", "global")))
    models: list[dict[str, Any]] = []
    rows: dict[str, Any] = {}
    for name in names:
        place = shared if len(names) == 2 and shared in PLACES[name] else draw(st.sampled_from(PLACES[name]))
        needs = draw(
            st.fixed_dictionaries({}, optional={f"{kind}_per_minute": st.sampled_from((1, 30, 60)) for kind in KINDS})
        )
        models.append({"id": name, "locations": [place], **({"needs": needs} if needs else {})})
        base = base_model(shipped().models[name], place)
        for row in (base, "*"):
            if draw(st.booleans()):
                found: dict[str, Any] = draw(ROWS)
                if found and draw(st.integers(0, 9)) == 0:
                    found = {**found, "used_up": [draw(st.sampled_from(sorted(found)))]}
                rows.setdefault(place, {})[row] = found
    project = {
        "number": "333333333333",
        "parent": "organizations/1111",
        "billing": {"account": "012345-6789AB-CDEF01", "open": True},
        "services": ["aiplatform.googleapis.com", "cloudquotas.googleapis.com"],
        "iam": [
            {"role": role, "members": ["user:dev@acme.example"]}
            for role in ("roles/aiplatform.user", "roles/serviceusage.serviceUsageConsumer", "roles/cloudquotas.viewer")
        ],
        "models": {name: {"enabled": draw(st.integers(0, 4)) > 0, "locations": list(PLACES[name])} for name in names},
        "quotas": rows,
    }
    world = {
        "version": 1,
        "now": NOW,
        "caller": {"principal": "user:dev@acme.example", "kind": "user", "quota_project": PROJECT},
        "organization": {"id": "1111"},
        "projects": {PROJECT: project},
        "behaviour": {
            "default_quota": draw(st.sampled_from(("documented", "zero", "absent"))),
            "check_order": draw(st.sampled_from(("enablement-first", "zero-quota-first"))),
        },
    }
    return {"version": 1, "project": {"id": PROJECT}, "models": models}, world


def judged(config: dict[str, Any], world: dict[str, Any], probe: bool) -> tuple[Emulation, list[Finding]]:
    """What the rules about quota say, with or without a request to the model."""
    emulation = Emulation(world_from(world))
    sender = FunctionSender(emulation.send, emulation.token)
    session = Session(sender, "vxsetup/test", emulation.caller.quota_project, emulation.clock)
    circumstances = Circumstances(emulation.now, catalogue(), emulation.caller)
    (project,) = load(Path("vxsetup.yaml"), lambda path: json.dumps(config).encode()).projects
    asked = compile_requirements(project, catalogue(), RULES, online=True)
    keys = [key for key in facts_asked(asked) if probe or not isinstance(key, Probe)]
    with in_turns(Turns()):
        facts = Gatherer(providers(), session.answer).gather(keys)
    return emulation, list(judge(asked, facts, circumstances, RULES))


def named(model: Mapping[str, Any]) -> str:
    return f"projects/{PROJECT}/locations/{model['locations'][0]}/publishers/anthropic/models/{model['id']}"


def in_force(world: dict[str, Any], model: Mapping[str, Any], kind: str) -> int | None:
    """The limit that the emulator holds requests of a model to; None where there is no row."""
    state = start(world_from(world))
    place = model["locations"][0]
    row = table.limits(state, state.world.projects[PROJECT], base_model(shipped().models[model["id"]], place), place)
    found: int | None = getattr(row, kind) if row is not None else None
    return found


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), st.booleans())
def test_the_needs_are_judged_as_the_table_stands(made: tuple[dict[str, Any], dict[str, Any]], probe: bool) -> None:
    config, world = made
    _, findings = judged(config, world, probe)
    by_subject = {(f.rule, f.subject): f for f in findings}
    for model in config["models"]:
        place = model["locations"][0]
        base = base_model(shipped().models[model["id"]], place)
        for name, need in model.get("needs", {}).items():
            kind = name.removesuffix("_per_minute")
            total = sum(
                other.get("needs", {}).get(name, 0)
                for other in config["models"]
                if other["locations"] == model["locations"] and base_model(shipped().models[other["id"]], place) == base
            )
            effective = in_force(world, model, kind)
            finding = by_subject["VX601", f"{named(model)}/quotas/{kind}"]
            enough = effective is not None and (effective < 0 or effective >= total)
            assert total >= need
            assert (finding.verdict is Verdict.PASS) == enough, (finding, effective, total)
            if effective is None:
                assert finding.verdict in (Verdict.UNKNOWN, Verdict.NOT_REACHED)
            elif not enough:
                assert finding.verdict in (Verdict.FAIL, Verdict.NOT_REACHED), finding
                told = {f.fingerprint: f for f in findings}
                cause = told[finding.caused_by] if finding.caused_by else finding
                assert cause.verdict is Verdict.FAIL
                assert cause.rule == ("VX602" if effective == 0 else "VX601")
                assert effective == 0 or f"allows {effective:,}." in cause.message
                assert cause.fix is not None


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), st.booleans())
def test_zero_is_told_from_absent_and_from_used_up(made: tuple[dict[str, Any], dict[str, Any]], probe: bool) -> None:
    config, world = made
    emulation, findings = judged(config, world, probe)
    by_subject = {(f.rule, f.subject): f for f in findings}
    sender = FunctionSender(emulation.send, emulation.token)
    for model in config["models"]:
        place = model["locations"][0]
        found = {kind: in_force(world, model, kind) for kind in KINDS}
        finding = by_subject["VX602", named(model)]
        works = answers(emulation, sender, model["id"], place)
        if probe and works:
            assert finding.verdict is Verdict.PASS
        if 0 in found.values():
            assert finding.verdict in (Verdict.FAIL, Verdict.NOT_REACHED), finding
            assert not works
        elif finding.verdict in (Verdict.FAIL, Verdict.NOT_REACHED):
            assert set(found.values()) == {None}, "only where there is no row at all does a 429 count as zero"
            assert probe
        elif finding.verdict is Verdict.PASS and not works:
            assert found["requests"], "passed by the limit alone"
            assert finding.evidence[0].rung is Rung.READ


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), st.sampled_from((None, "fixed", "unsaid", "NOT_SUPPORTED")))
def test_an_increase_is_spoken_of_only_where_one_is_needed(
    made: tuple[dict[str, Any], dict[str, Any]], increase: str | None
) -> None:
    config, world = made
    if increase is not None:
        world["projects"][PROJECT]["quota_increase"] = increase
    _, findings = judged(config, world, probe=False)
    for model in config["models"]:
        mine = [f for f in findings if f.subject.startswith(named(model))]
        low = any(f.rule in ("VX601", "VX602") and f.verdict in (Verdict.FAIL, Verdict.NOT_REACHED) for f in mine)
        (eligible,) = (f for f in mine if f.rule == "VX603")
        (asked,) = (f for f in mine if f.rule == "VX604")
        if not low:
            assert {eligible.verdict, asked.verdict} == {Verdict.NOT_APPLICABLE}
            continue
        wanted = {None: Verdict.PASS, "unsaid": Verdict.UNKNOWN}.get(increase, Verdict.FAIL)
        assert eligible.verdict in (wanted, Verdict.NOT_REACHED if wanted is Verdict.FAIL else wanted)
        assert asked.verdict is Verdict.PASS, "nobody asked for more in these worlds"


# Rows as Cloud Quotas answers them ---------------------------------------------------------------------------------

MINE, OTHER = "anthropic-claude-haiku-4-5", "anthropic-claude-opus-4-6"
HERE, ELSEWHERE = "europe-west1", "us-east5"


@st.composite
def answered_rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows with and without each dimension, one for each set of dimensions, for this place or another."""
    rows = {}
    for _ in range(draw(st.integers(0, 6))):
        dimensions = {}
        for key, values in (("base_model", (MINE, OTHER)), ("region", (HERE, ELSEWHERE)), ("tier", ("a", "b"))):
            value = draw(st.sampled_from((None, *values) if key != "tier" else (None, None, None, *values)))
            if value is not None:
                dimensions[key] = value
        limit = draw(st.sampled_from((0, 5, 60, 900)))
        rows[tuple(sorted(dimensions.items()))] = {"dimensions": dimensions, "details": {"value": str(limit)}}
    return list(rows.values())


def may_hold(rows: list[dict[str, Any]], base: str) -> set[int]:
    """The limits that may hold for a base model here, straight from the words of ``DimensionsInfo``: a row is for all
    values of a dimension that it does not name, except those that another row is for."""
    wanted = {"base_model": base, "region": HERE}
    fits = [row for row in rows if all(row["dimensions"][k] == wanted[k] for k in wanted if k in row["dimensions"])]
    found = set()
    for row in fits:
        sure = "tier" not in row["dimensions"]
        nearer = [
            other
            for other in fits
            if "tier" not in other["dimensions"] and row["dimensions"].items() < other["dimensions"].items()
        ]
        if not (sure and nearer):
            found.add(int(row["details"]["value"]))
    return found


@settings(max_examples=400, deadline=None)
@given(answered_rows(), st.randoms())
def test_rows_of_any_dimensions_are_read_as_documented(rows: list[dict[str, Any]], random: Any) -> None:
    key = EffectiveQuota(PROJECT, HERE, "OnlineRequests")
    provider = providers()[EffectiveQuota]
    (call,) = provider.calls(key, {})
    facts = []
    for _ in range(2):
        random.shuffle(rows)
        body = json.dumps({"quotaId": "OnlineRequests", "dimensionsInfos": rows})
        facts.append(provider.read(key, {}, {call: Answer(200, body, NOW)}))
    assert facts[0] == facts[1], "the order of rows says nothing"
    assert isinstance(facts[0], Known)
    for base in (MINE, OTHER, "anthropic-never-seen"):
        assert set(facts[0].value.of(base)) == may_hold(rows, base)
