"""The order of steps: a step comes after those that give what it needs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

from vxsetup.findings import Step


def waits_for(steps: Sequence[Step]) -> Mapping[str, frozenset[str]]:
    """For each step's id the ids of the steps that must be done before it, by what they give and it needs.

    Only what stands before it in ``steps`` counts, so that there is never a circle.
    """
    return _givers(steps, lambda step: step.needs)


def comes_after(steps: Sequence[Step]) -> Mapping[str, frozenset[str]]:
    """As ``waits_for``, for the steps that only have to have ended, however they did."""
    return _givers(steps, lambda step: step.after)


def _givers(steps: Sequence[Step], wanted: Callable[[Step], tuple[Hashable, ...]]) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    given: dict[Hashable, set[str]] = {}
    for step in steps:
        found[step.id] = frozenset(name for key in wanted(step) for name in given.get(key, ()))
        for key in step.gives:
            given.setdefault(key, set()).add(step.id)
    return found


def without_people(steps: Sequence[Step]) -> frozenset[str]:
    """The ids of the steps that ``apply`` does and that wait for no step of a person's, however far before them."""
    before, after = waits_for(steps), comes_after(steps)
    waiting: set[str] = set()
    for step in steps:
        if step.by_hand is not None or (before[step.id] | after[step.id]) & waiting:
            waiting.add(step.id)
    return frozenset(step.id for step in steps) - waiting


def freed(steps: Sequence[Step], done: frozenset[str], skipped: frozenset[str]) -> frozenset[str]:
    """The ids of the skipped steps that nothing keeps any more: all that each waits for is done, or is free itself."""
    free: set[str] = set()
    for name, before in waits_for(steps).items():
        if name in skipped and before <= done | free:
            free.add(name)
    return frozenset(free)


def in_order(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Steps so that each comes after those that give what it needs; else in the order in which they were found.

    A circle, which no set of remedies should make, is cut at its first step.
    """
    giving: dict[Hashable, list[str]] = {}
    for step in steps:
        for key in step.gives:
            giving.setdefault(key, []).append(step.id)
    by_id = {step.id: step for step in steps}
    position = {step.id: number for number, step in enumerate(steps)}
    done: dict[str, Step] = {}
    under_way: set[str] = set()

    def take(step: Step) -> None:
        if step.id in done or step.id in under_way:
            return
        under_way.add(step.id)
        # By where they stand and not by key: facts come as they are answered, and the same plan is the same file.
        # Of a fact that a step itself changes it needs what was done to it before, not what comes after.
        givers = {
            name
            for key in (*step.needs, *step.after)
            for name in giving.get(key, ())
            if key not in step.gives or position[name] < position[step.id]
        }
        for name in sorted(givers, key=position.__getitem__):
            take(by_id[name])
        done[step.id] = step

    for step in steps:
        take(step)
    return tuple(done.values())
