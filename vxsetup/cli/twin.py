"""Makes the twin of a recorded cloud: a world in which the same questions get the same answers.

The emulator rebuilds what it can from the answers. Then every fact of the recording is made again from the rebuilt
world; where one differs, the answers behind it are given again to the letter, and the twin says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vxsetup.cli.output import Refused

if TYPE_CHECKING:
    from vxsetup.cloud.call import Call, Outcome
    from vxsetup.cloud.recording import Recording
    from vxsetup.emulator.model import World
    from vxsetup.facts.base import Fact

ROUNDS = 4
"""How often the facts are made again after answers were frozen, since one answer can hide another."""


@dataclass(frozen=True)
class Twin:
    """A twin: the world, the requests whose answers are frozen, the facts that still differ, and what was assumed."""

    world: World
    frozen: tuple[str, ...]
    different: tuple[str, ...]
    assumed: tuple[str, ...]

    @property
    def text(self) -> str:
        """The world file, with what is not alive in it said at its head."""
        from vxsetup.emulator.state import start
        from vxsetup.emulator.world import write_world

        lines = ["# A twin, made from a recording. It answers as that cloud did; what is changed here takes effect."]
        lines += [f"# Assumed: {one}" for one in self.assumed]
        if self.frozen:
            lines.append("# Answered as recorded, whatever is changed above (see `faults`):")
            lines += [f"#   {one}" for one in self.frozen]
        lines += [f"# Not the same as recorded: {one}" for one in self.different]
        safe = [re.sub(r"[^\x20-\x7e]", "?", line) for line in lines]
        return "\n".join([*safe, write_world(start(self.world))])


def twin_of(recording: Recording, facts: Iterable[Mapping[str, Any]]) -> Twin:
    """The twin of a recording; ``facts`` are the recording's own rows, which name what was asked."""
    from vxsetup.cloud.inventory import recorded_scope

    asked = tuple(_keys(facts))
    if not asked:
        raise Refused("the recording holds no facts, so there is nothing to make a twin of")
    if recorded_scope(url for _, url, _ in recording.answers) is not None:
        raise Refused(
            "the recording was made with --cloud-asset, so it lacks answers of the projects themselves, which a twin is "
            "made of; record again without it"
        )
    wanted, calls = _gathered(asked, recording.send)
    alone = _settled(recording, asked, wanted, calls, in_groups=False)
    if not alone.frozen or not alone.world.groups:
        return alone
    within = _settled(recording, asked, wanted, calls, in_groups=True)
    return min(alone, within, key=lambda one: (len(one.different), len(one.frozen)))


def _keys(rows: Iterable[Mapping[str, Any]]) -> Iterable[Hashable]:
    """The fact keys of a recording's rows. A row that no provider knows is of another version, and is left out."""
    from vxsetup.cloud.providers import providers

    types: dict[str, Any] = {made.__name__: made for made in providers()}
    for row in rows:
        made = types.get(str(row.get("fact")))
        of = row.get("of")
        if made is None or not isinstance(of, Mapping):
            continue
        try:
            key = _value(made, of)
            hash(key)
        except (TypeError, KeyError, ValueError):
            continue
        yield key


def _value(wanted: Any, plain: Any) -> Any:
    """A value of a recording as the type that a key's annotation asks for: nested keys, and tuples of them.

    Raises TypeError where it is of another type, so that no provider meets a key that nobody could have asked for.
    """
    from types import UnionType
    from typing import Union, get_args, get_origin, get_type_hints

    if get_origin(wanted) in (Union, UnionType):
        if plain is None and type(None) in get_args(wanted):
            return None
        wanted = next((one for one in get_args(wanted) if one is not type(None)), None)
    if isinstance(plain, list) and get_origin(wanted) is tuple:
        return tuple(_value(get_args(wanted)[0], item) for item in plain)
    if isinstance(plain, Mapping) and isinstance(wanted, type):
        hints = get_type_hints(wanted)
        return wanted(**{name: _value(hints[name], value) for name, value in plain.items()})
    if get_origin(wanted) is tuple or (isinstance(wanted, type) and not isinstance(plain, wanted)):
        raise TypeError(f"{wanted} is not {type(plain).__name__}")
    return plain


Gathered = tuple[Mapping[Hashable, "Fact"], Mapping[Hashable, tuple["Call", ...]]]


def _gathered(keys: tuple[Hashable, ...], send: Callable[[Call], Outcome]) -> Gathered:
    """Facts made with a sender, and the calls that each of them came from."""
    from vxsetup.cloud.gather import Gatherer
    from vxsetup.cloud.providers import providers

    known = providers()
    gatherer = Gatherer(known, send)
    facts = dict(gatherer.gather(keys))
    calls: dict[Hashable, tuple[Call, ...]] = {}
    for key in facts:
        provider = known[type(key)]
        inputs = {need: facts[need] for need in provider.needs(key)}
        try:
            calls[key] = provider.calls(key, inputs)
        except (KeyError, TypeError, ValueError, AttributeError):
            calls[key] = ()  # an input is unknown, so nothing was sent
    return facts, calls


_PASSING = frozenset({"at", "request_id"})
"""What two answers to the same question may differ in."""


def _same(left: Fact | None, right: Fact | None) -> bool:
    return bool(_comparable(left) == _comparable(right))


def _comparable(value: Any) -> Any:
    from vxsetup.facts.base import Unknown
    from vxsetup.values import names_of

    if isinstance(value, Unknown):  # the words for an answer that never came are a network's, not a cloud's
        return (value.cause, value.would_need, value.service, value.consumer)
    names = names_of(value)
    if names is not None:
        return {name: _comparable(getattr(value, name)) for name in names if name not in _PASSING}
    if isinstance(value, Mapping):
        return {key: _comparable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_comparable(item) for item in value]
    return value


def _settled(
    recording: Recording,
    asked: tuple[Hashable, ...],
    wanted: Mapping[Hashable, Fact],
    calls: Mapping[Hashable, tuple[Call, ...]],
    in_groups: bool,
) -> Twin:
    """The rebuilt world with frozen answers laid over it until every fact is the same, or no answer is left to freeze."""
    from vxsetup.emulator import twin
    from vxsetup.emulator.world import world_from

    data = twin.rebuilt(_answers(recording, calls), _stamp(recording), _caller(recording), in_groups)
    rows: dict[tuple[str, str, str | None], dict[str, Any]] = {}
    different: list[Hashable] = []
    for _ in range(ROUNDS):
        try:
            world = world_from({**data, "faults": list(rows.values())})
        except ValueError as error:
            raise Refused(f"the recording's answers make no world: {error}") from error
        again, _others = _gathered(asked, _sender(world))
        different = [key for key, fact in wanted.items() if not _same(fact, again.get(key))]
        fresh = [call for key in different for call in calls.get(key, ()) if call.identity not in rows]
        if not fresh:
            break
        for call in fresh:
            rows[call.identity] = _frozen(recording, call)
    names = tuple(f"{verb} {url}" for verb, url, _ in rows)
    assumed = (f"{world.caller.principal} is in each group below",) if in_groups and data.get("groups") else ()
    return Twin(world, tuple(sorted(set(names))), tuple(sorted(map(str, different))), assumed)


def _answers(recording: Recording, calls: Mapping[Hashable, tuple[Call, ...]]) -> list[Any]:
    from vxsetup.cloud.call import Answer
    from vxsetup.emulator.twin import Answered

    permissions = {call.identity: call.permission for each in calls.values() for call in each}
    return [
        Answered(*identity, outcome.status, outcome.text, permissions.get(identity, ""))
        for identity, outcome in recording.answers.items()
        if isinstance(outcome, Answer)
    ]


def _stamp(recording: Recording) -> str:
    return recording.now.isoformat().replace("+00:00", "Z")


def _caller(recording: Recording) -> dict[str, Any]:
    caller = recording.caller
    kinds = {"user": "user", "service_account": "service_account", "impersonated": "service_account"}
    named = caller.principal or ""
    found = {"quota_project": caller.quota_project}
    if re.match(r"(user:|serviceAccount:|principal://).", named):
        found |= {"principal": named, "kind": kinds.get(caller.kind)}
    return found


def _frozen(recording: Recording, call: Call) -> dict[str, Any]:
    from vxsetup.cloud.call import Answer, Failure
    from vxsetup.emulator.twin import Answered, frozen

    outcome = recording.send(call)
    if isinstance(outcome, Answer):
        one = Answered(*call.identity, outcome.status, outcome.text)
        return frozen(one, *call.identity)
    broken = {Failure.TIMEOUT: "timeout", Failure.MALFORMED: "truncated"}.get(outcome.failure, "reset")
    return frozen(None, *call.identity, broken)


def _sender(world: World) -> Callable[[Call], Outcome]:
    from vxsetup.cli.emulation import Emulation
    from vxsetup.cloud.session import FunctionSender, Session

    # The world's own slowness has no place in a comparison.
    emulation = Emulation(replace(world, behaviour=replace(world.behaviour, latency_ms=0)))
    sender = FunctionSender(emulation.send, emulation.token)
    return Session(sender, "vxsetup/twin", emulation.caller.quota_project, emulation.clock).answer
