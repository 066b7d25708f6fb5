"""The laws over worlds that each have one class of what real organizations have, in an otherwise healthy project."""

from __future__ import annotations

import copy
import json
import os
from random import Random

import generated_laws as laws
import pytest
from generated_choices import Choices, seeded
from generated_runs import new_run
from generated_wider import CHANGES, wider
from generated_worlds import APP, Case, generated

EACH_TIME, EXHAUSTIVE = 1, 120
GATED = "claude-fable-5-1"
"""A model behind the publisher's gates, so that consents decide something."""
LAWS = ("verdict", "decided", "unknown", "necessary", "sufficient")


def drawn_from(seed: str) -> Choices:
    """Choices from a seed, with nothing made wilder than each choice says."""
    stream = Random(seed)
    return Choices(lambda count, wild: stream.randrange(1, count) if stream.random() < wild else 0)


def one_of(name: str, seed: str) -> Case:
    """A healthy world, and a member beside the caller, with one change of this class."""
    base = generated(Choices(lambda count, wild: 0))
    choices = drawn_from(seed)
    config, world = json.loads(base.config), copy.deepcopy(base.world)
    config["models"] = [{"id": "claude-sonnet-5-5", "locations": ["eu"]}, {"id": GATED, "locations": ["eu"]}]
    consented = {"enabled": True, "data_sharing": True, "addendum": True}
    world["projects"]["acme-ai-prod"]["models"] = {"claude-sonnet-5-5": {"enabled": True}, GATED: consented}
    config["access"] = [{"member": APP, "can": ["invoke"]}]
    world["projects"]["acme-ai-prod"]["iam"].append({"role": "roles/aiplatform.user", "members": [APP]})
    CHANGES[name](choices, config, world)
    return Case(json.dumps(config), world, ())


def hold(name: str, seed: str, count: int) -> None:
    """Assert the laws over some worlds of a class; they are tried by the caller, and by what the member can do."""
    for number in range(count):
        case = one_of(name, f"{seed}/{name}:{number}")
        for law in LAWS:
            assert laws.LAWS[law](case) == [], f"law {law!r}, seed {seed}/{name}:{number}\n{case.config}\n{case.world}"


@pytest.mark.parametrize("name", CHANGES)
def test_the_laws_hold_for_each_class_alone(name: str) -> None:
    hold(name, os.environ["VXSETUP_TEST_SEED"], EACH_TIME)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", CHANGES)
def test_the_laws_hold_for_many_worlds_of_each_class(name: str) -> None:
    hold(name, os.environ["VXSETUP_TEST_SEED"], EXHAUSTIVE)


def test_every_class_is_drawn_alone_and_beside_others() -> None:
    """Of the generator itself: its own draw, over the choices of the fixed batch, meets every class and pairs of them."""
    alone: set[str] = set()
    together: set[frozenset[str]] = set()
    for number in range(400):
        case = generated(seeded(f"2026-11-22/wider:{number}"))
        draw = drawn_from(f"{number}")
        drawn = wider(draw, {"models": [{"id": "claude-sonnet-5-5", "locations": ["eu"]}]}, copy.deepcopy(case.world))
        alone |= set(drawn) if len(drawn) == 1 else set()
        together |= {frozenset(drawn)} if len(drawn) > 1 else set()
    assert alone == set(CHANGES)
    assert {name for names in together for name in names} == set(CHANGES)


@pytest.mark.parametrize("name", CHANGES)
def test_every_class_can_close_a_healthy_project(name: str) -> None:
    """A class that leaves every world ready would test nothing; a folder more takes at most the reader's right away."""
    verdicts = {new_run(one_of(name, f"kept/{number}")).judge()[0].verdict for number in range(8)}
    closing = "not_ready" not in verdicts if name == "nested" else verdicts != {"ready"}
    assert closing, verdicts
