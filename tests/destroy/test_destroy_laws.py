"""The law of destroy: an applied world becomes the world before it, but for what cannot be undone, which is named."""

from __future__ import annotations

from typing import Any

import pytest
from made_runs import ALL, LOGGING, by_fate, destroy, fates, made_in, undoable, wide
from plan_runs import ACCOUNT, CONFIG, PROJECT, Story, by_hand, story, world
from test_plan_laws import COUNT, drawn

from vxsetup.emulator.model import Project
from vxsetup.plan.apply import StepState
from vxsetup.plan.destroy import NEVER

ON: dict[str, Any] = {
    "billing": {"account": ACCOUNT, "open": True},
    "services": ["aiplatform.googleapis.com"],
    "models": {name: {"enabled": True} for name in ("claude-sonnet-5-5", "claude-haiku-5-5")},
}
CLOSED = {"allowed": ["publishers/google/models/gemini:predict"]}
PIPELINES = (
    "ci:\n  github: {repository: acme/app, owner_id: '1342004', refs: [refs/heads/main], service_account: claude-app}\n"
)
WORLDS: dict[str, tuple[dict[str, Any], str]] = {
    "logging": (wide(world(ON)), LOGGING),
    "a new project with logging": (wide(world(None)), LOGGING),
    "pipelines": (wide(world(ON)), CONFIG + PIPELINES),
    "a new project with pipelines": (wide(world(None)), CONFIG + PIPELINES),
    "policies": (
        wide({**world(ON), "organization": {"id": "1111", "policies": {"vertexai.allowedModels": CLOSED}}}),
        CONFIG + "org_policy: {manage: true}\n",
    ),
    "policies of its own": (
        wide(
            {
                **world({**ON, "policies": {"vertexai.allowedModels": {**CLOSED, "inherit": True}}}),
                "organization": {"id": "1111", "policies": {"vertexai.allowedModels": CLOSED}},
            }
        ),
        CONFIG + "org_policy: {manage: true}\n",
    ),
    "settings that were there": (
        wide(
            world(
                {
                    **ON,
                    "configs": {
                        "eu": {
                            "claude-haiku-5-5": {
                                "loggingConfig": {
                                    "enabled": True,
                                    "samplingRate": 0.1,
                                    "bigqueryDestination": {"outputUri": "bq://acme-tools.logs"},
                                }
                            }
                        }
                    },
                }
            )
        ),
        LOGGING,
    ),
}


def bare(told: Story, made: dict[str, Any], config: str) -> Project | None:
    """The project before apply; where it is not there, as Google makes it, with nothing else done."""
    found = before_of(told)
    if found is not None:
        return found
    other = story(made, config)
    other.apply(other.plan(f"project/{PROJECT}"))
    return before_of(other)


def before_of(told: Story) -> Project | None:
    return told.emulation._state.project(PROJECT)


def check(made_world: dict[str, Any], config: str) -> None:
    """Apply, with people doing their part; destroy; compare."""
    told = story(made_world, config)
    expected = undoable(bare(told, made_world, config))
    for result in told.apply():
        if result.state is StepState.BY_HAND and not result.step.id.startswith(("readers/", "renew/")):
            by_hand(told, result.step)
    told.apply()
    told.emulation.clock.sleep(60.0)
    made = {thing.step for thing in made_in(told)}
    found = undoable(before_of(told))
    rows = destroy(told)
    after = undoable(before_of(told))
    people = {"billing": found["billing"], "accounts": found["accounts"]}
    for name in expected:
        if name in people and expected[name] != after[name]:
            # What a person made by hand stays: it is in no journal.
            ours = {step for step in made if step.startswith(f"{name.rstrip('s')}/")}
            assert ours <= by_fate(rows).get("stays", set()), name
            continue
        assert after[name] == expected[name], (name, by_fate(rows))
    fate = by_fate(rows)
    assert fate.get("keep", set()) == set()
    stays = [row for row in rows if row.fate.value == "stays"]
    assert all(row.why and (row.thing.kind in NEVER or "was not open" in row.why) for row in stays)
    assert {row.thing.kind for row in rows if row.fate.value == "remove"}.isdisjoint(NEVER)
    left = {thing.step for thing in made_in(told)}
    assert left == fate.get("stays", set()), "the journal holds what cannot be undone, and nothing else"
    assert by_fate(fates(told)) == ({"stays": left} if left else {}), "a second destroy has nothing to do"


@pytest.mark.parametrize("seed", range(COUNT))
def test_destroy_gives_back_the_world_before(seed: int) -> None:
    check(*drawn(seed))


@pytest.mark.parametrize("name", WORLDS)
def test_destroy_gives_back_worlds_with_everything(name: str) -> None:
    check(*WORLDS[name])


@pytest.mark.parametrize("name", WORLDS)
def test_apply_after_destroy_makes_it_again(name: str) -> None:
    told = story(*WORLDS[name])
    told.apply()
    first = {thing.step for thing in made_in(told)}
    destroy(told, ALL)
    told.emulation.clock.sleep(60.0)
    told.apply()
    told.apply()  # settings of models are read only when the API is on again
    assert {thing.step for thing in made_in(told)} == first
