"""Whether a client can do what a config asks for: each location, model and feature. What it cannot is said with a way out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vxsetup.catalog.claims import Claim
from vxsetup.clients.table import Target
from vxsetup.clients.versions import newest

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

GATEWAY = "point it at a gateway such as a LiteLLM proxy (vxsetup emit litellm)"


class FaultKind:
    """What a client cannot do: words, and no enumeration, whose making would cost every run a millisecond."""

    REFUSED = "refused"
    LOCATION = "location"
    SEVERAL = "several"
    LEAVES = "leaves"
    MODEL = "model"
    OWN_LOCATION = "own_location"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One model at one location that a client is to use. ``bare`` is the id without its date."""

    model: str
    bare: str
    location: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a client cannot do: a clause without a full stop, the way round it, and the claim behind it.

    ``wanted`` are the places that it concerns.
    """

    kind: str
    says: str
    instead: str
    claim: Claim[Any] | None
    wanted: tuple[Wanted, ...] = ()


def faults(target: Target, wanted: Sequence[Wanted], residency: str = "any") -> tuple[Fault, ...]:
    """Everything that keeps a client from using these models where they are placed; empty where nothing does."""
    refused = target.refused
    if refused is not None:
        return (Fault(FaultKind.REFUSED, refused.value.rstrip("."), target.instead or GATEWAY, refused, tuple(wanted)),)
    found = [*_unreachable(target, wanted)]
    several = _several(target, wanted)
    if several is not None:
        found.append(several)
    leaves = target.claim("leaves_location")
    if leaves is not None and residency != "any" and wanted:
        says = f"{target.title} can leave the residency {residency}: {_clause(leaves.value)}"
        found.append(Fault(FaultKind.LEAVES, says, GATEWAY, leaves, tuple(wanted)))
    return (*found, *_models(target, wanted))


def _unreachable(target: Target, wanted: Sequence[Wanted]) -> list[Fault]:
    found = []
    for location in dict.fromkeys(one.location for one in wanted):
        claim = target.since(location)
        if claim is not None and claim.value is False:
            own = tuple(one for one in wanted if one.location == location)
            says = f"{target.title} cannot send to {location} in any version that is known"
            found.append(Fault(FaultKind.LOCATION, says, target.instead or GATEWAY, claim, own))
    return found


def common_location(wanted: Sequence[Wanted]) -> str | None:
    """The first location at which every model is asked for, or None where there is no such location."""
    models = dict.fromkeys(one.model for one in wanted)
    for location in dict.fromkeys(one.location for one in wanted):
        if all(any(one.model == model and one.location == location for one in wanted) for model in models):
            return location
    return None


def _several(target: Target, wanted: Sequence[Wanted]) -> Fault | None:
    claim = target.claim("several_locations")
    if not wanted or target.several_locations or common_location(wanted) is not None:
        return None
    listed = ", ".join(f"{one.model} at {one.location}" for one in _firsts(wanted))
    says = f"{target.title} has room for one location, and no location is asked for by every model: {listed}"
    first = wanted[0].location
    instead = f"write one file for each location, beginning with: vxsetup emit {target.name} --location {first}"
    if target.kind not in ("variables", "deployment"):
        instead += f"; or {GATEWAY}"
    return Fault(FaultKind.SEVERAL, says, instead, claim, tuple(wanted))


def _firsts(wanted: Sequence[Wanted]) -> list[Wanted]:
    """The first place of each model."""
    return list({one.model: one for one in reversed(wanted)}.values())[::-1]


def own_locations_since(target: Target, wanted: Sequence[Wanted]) -> str:
    """The version from which on each model keeps to its own location by variables of the client; ``0`` where any does.

    Before it, a newer model goes to the main location, or to that of an older model whose id its own begins with.
    """
    main = common_location(wanted) or (wanted[0].location if wanted else "")
    at = {one.bare: one.location for one in _firsts(wanted)}
    needed = [
        version
        for bare, version in target.model_locations_since.items()
        if bare in at
        and (at[bare] != main or any(at[other] != at[bare] for other in at if bare.startswith(f"{other}-")))
    ]
    return newest(needed)


def _models(target: Target, wanted: Sequence[Wanted]) -> list[Fault]:
    """Models that its fixed list lacks, and those that its table of locations lacks where they differ from the main one."""
    found = []
    claim = target.models
    firsts = _firsts(wanted)
    if claim is not None:
        for one in firsts:
            if one.bare not in claim.value:
                says = f"the list of models in {target.title} does not have {one.model}"
                instead = f"choose a model of its list, or {GATEWAY}"
                found.append(Fault(FaultKind.MODEL, says, instead, claim, (one,)))
    if target.model_locations and firsts:
        main = common_location(wanted) or firsts[0].location
        for one in firsts:
            own = any(other.model == one.model and other.location == main for other in wanted)
            if not own and one.bare not in target.model_locations:
                says = f"{target.title} has no variable that gives {one.model} a location of its own, and its main one is {main}"
                instead = f"ask for {one.model} at {main}, or write a second file (--location {one.location})"
                found.append(Fault(FaultKind.OWN_LOCATION, says, instead, target.claim("second_models"), (one,)))
    return found


def _clause(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")
