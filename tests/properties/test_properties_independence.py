"""Two readings of the documents pay only if either's mistake shows: break one gate at a time, in the emulator and in the
judge, and the laws over directed worlds must notice each break.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import generated_laws as laws
import pytest
from generated_gates import GATES, ORDERS, closed

from vxsetup.emulator import errors, messages, policies, vertex
from vxsetup.findings import Judgement, Verdict
from vxsetup.rules import path as rules_path

Break = Callable[[pytest.MonkeyPatch], None]
WATCHING = ("verdict", "decided", "necessary", "sufficient")


def _gate_order_without(name: str) -> Break:
    """The emulator no longer has one of the model's gates."""

    def broken(patch: pytest.MonkeyPatch) -> None:
        orders = {order: tuple(gate for gate in row if gate.__name__ != name) for order, row in vertex._ORDERS.items()}
        assert orders != vertex._ORDERS
        patch.setattr(vertex, "_ORDERS", orders)

    return broken


def _returning(module: Any, name: str, value: Any) -> Break:
    """A function that no longer looks, but always gives the same."""

    def broken(patch: pytest.MonkeyPatch) -> None:
        assert hasattr(module, name), f"{module.__name__} has no {name} any more"
        patch.setattr(module, name, lambda *_args, **_kwargs: value)

    return broken


def _without_billing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(errors, "billing_disabled", lambda *_: None)


def _count_tokens_permitted(patch: pytest.MonkeyPatch) -> None:
    """The emulator no longer looks whether policies let tokens be counted."""
    true = policies.permits

    def permitted(state: Any, node: Any, constraint: str, *values: str) -> bool:
        return any("/count-tokens:" in value for value in values) or true(state, node, constraint, *values)

    patch.setattr(vertex, "permits", permitted)


EMULATOR: dict[str, tuple[Break, tuple[str, ...]]] = {
    "a disabled API is answered": (_returning(vertex, "usable", True), ("api",)),
    "a project without billing is answered": (_without_billing, ("billing",)),
    "everybody is allowed": (_returning(vertex, "allows", True), ("grant", "grant-lapsed", "deny@organization")),
    "policies are not looked at": (
        _returning(vertex, "_policy_refusal", None),
        ("models-policy@folder", "endpoint-policy@folder", "feature-policy@folder"),
    ),
    "features are not asked about": (
        _returning(messages, "features_used", ()),
        ("feature-policy@project", "feature-denied", "feature-default", "feature-reset"),
    ),
    "counted tokens are always answered": (_count_tokens_permitted, ("counting",)),
    "a model that is not enabled answers": (_gate_order_without("_enablement"), ("enabled",)),
    "a place that is not served answers": (_gate_order_without("_served"), ("served",)),
    "consents are not asked for": (_gate_order_without("_consents"), ("data-sharing", "addendum")),
    "a quota of zero answers": (_gate_order_without("_quota"), ("quota",)),
}
"""What breaks in the emulator -> how, and the gates whose closed worlds must notice: there a gate no longer closes."""


def _passing(requirement: Any, facts: Any, circumstances: Any) -> Judgement:
    from vxsetup.findings import Evidence, Rung

    return Judgement(
        Verdict.PASS, requirement.sentence, (Evidence(Rung.READ, "broken on purpose", "nothing was read"),)
    )


def _blind(*ids: str) -> Break:
    """The judge passes these rules whatever was read."""

    def broken(patch: pytest.MonkeyPatch) -> None:
        from vxsetup import rules as room
        from vxsetup.cli import judging
        from vxsetup.findings import Rule

        def blinded(rule: Rule) -> Rule:
            parts = {spec: getattr(rule, spec) for spec in Rule.__slots__}
            return Rule(**{**parts, "judge": _passing})

        true = room.registry
        changed = tuple(blinded(rule) if rule.id in ids else rule for rule in true())
        assert {rule.id for rule in changed} >= set(ids)
        patch.setattr(judging, "registry", lambda: changed)

    return broken


JUDGE: dict[str, tuple[Break, tuple[str, ...]]] = {
    "a disabled API passes": (_blind("VX203"), ("api",)),
    "missing billing passes": (_blind("VX202"), ("billing",)),
    "the caller's right passes": (_blind("VX302"), ("grant", "deny@folder")),
    "policies pass": (
        _blind("VX501"),
        ("models-policy@organization", "service-policy@folder", "endpoint-policy@project"),
    ),
    "features pass": (
        _blind("VX503"),
        ("feature-policy@organization", "feature-denied", "feature-default", "feature-reset", "counting"),
    ),
    "served passes": (_blind("VX405"), ("served-in-region",)),
    "enabled passes": (_blind("VX406"), ("enabled", "served")),
    "consents pass": (_blind("VX407"), ("data-sharing", "addendum")),
    "zero quota passes": (_blind("VX602"), ("quota",)),
    "every refusal is one of quota": (_returning(rules_path, "_gate", "VX602"), ("enabled", "grant")),
    "every refusal is one of enablement": (_returning(rules_path, "_gate", "VX406"), ("grant", "quota")),
}
"""What breaks in the judge -> how, and the gates whose closed worlds must notice."""


def noticed(names: tuple[str, ...]) -> list[str]:
    """The laws that break over worlds in which these gates are closed, alone and beside another."""
    found = []
    for name in names:
        for order in ORDERS:
            for other in (None, "billing", "quota"):
                case = closed((name,) if other in (None, name) else (name, str(other)), order)
                for law in WATCHING:
                    try:
                        found += laws.LAWS[law](case)
                    except (AssertionError, StopIteration, KeyError, AttributeError, TypeError) as error:
                        found.append(f"{law} could not be tried: {error!r}")
                if not found:
                    found += _open_though_closed(case, name)
                if found:
                    return found
    return found


def _open_though_closed(case: laws.Case, gate: str) -> list[str]:
    """A closed gate that neither the emulator nor the judge sees would satisfy every law: so it is asked for by itself."""
    from generated_features import refused_features
    from generated_runs import new_run, refused_places

    run = new_run(case)
    return [] if refused_places(run) or refused_features(run) else [f"{gate} is closed, and the request gets through"]


@pytest.mark.parametrize("what", EMULATOR)
def test_a_break_in_the_emulator_is_noticed(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, watched = EMULATOR[what]
    assert noticed(watched) == [], "nothing is wrong before anything is broken"
    broken(monkeypatch)
    assert noticed(watched), f"nothing noticed that {what}"


@pytest.mark.parametrize("what", JUDGE)
def test_a_break_in_the_judge_is_noticed(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, watched = JUDGE[what]
    broken(monkeypatch)
    assert noticed(watched), f"nothing noticed that {what}"


def test_every_gate_is_broken_somewhere() -> None:
    """Each gate stands in at least one break of the emulator and one of the judge."""
    kinds = {name.partition("@")[0] for name in GATES}
    families = {"grant-lapsed": "grant", "service-policy": "models-policy", "served-in-region": "served"}
    for rows in (EMULATOR, JUDGE):
        watched = {gate.partition("@")[0] for _, gates_ in rows.values() for gate in gates_}
        assert {families.get(kind, kind) for kind in kinds} <= {families.get(kind, kind) for kind in watched}
