"""What ``destroy`` would take back, in which order, and what it keeps and why. Pure, over the journal and a look at the cloud."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from vxsetup.facts.made import Alteration, MadeState, Standing
from vxsetup.plan.made import Thing

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


class Fate(StrEnum):
    """What becomes of a thing: it is removed; it is gone already; it is kept, until an option is given or for good
    reason; or it cannot be undone at all."""

    REMOVE = "remove"
    GONE = "gone"
    KEEP = "keep"
    STAYS = "stays"


@dataclass(frozen=True, slots=True)
class Wish:
    """The options of the command: what may be removed that is kept without them."""

    apis: bool = False
    billing: bool = False
    contents: bool = False
    unproven: bool = False


@dataclass(frozen=True, slots=True)
class Removal:
    """A thing and its fate, with the reason, and the option that would remove it where there is one.

    ``after`` is what remains even when it is removed: words to read before agreeing.
    """

    thing: Thing
    fate: Fate
    why: str = ""
    option: str | None = None
    after: str = ""
    alterations: tuple[Alteration, ...] = ()


_ORDER = (
    "set_model_config",
    "prefer_quota",
    "enable_model",
    "allow_value",
    "grant_dataset",
    "create_dataset",
    "let_act",
    "create_provider",
    "create_pool",
    "grant",
    "create_role",
    "create_service_account",
    "link_billing",
    "enable_services",
    "create_project",
)
"""Kinds in the order of removal: what uses a thing goes before it, and what destroy itself works with goes last."""

NEVER = ("create_project", "enable_model", "prefer_quota")
"""Kinds that stay whatever is asked."""


def removals(
    found: Sequence[Thing],
    standings: Mapping[str, Standing],
    stays: Mapping[str, str],
    wish: Wish,
) -> tuple[Removal, ...]:
    """The fate of each thing, in the order of removal; of equal kinds what was made last goes first.

    ``standings`` are by step; ``stays`` is by kind: why it cannot be undone, or what remains of it.
    """
    rank = {kind: place for place, kind in enumerate(_ORDER)}
    numbered = list(enumerate(found))
    numbered.sort(key=lambda one: (rank.get(one[1].kind, -1), -one[0]))
    return tuple(_fate(thing, standings[thing.step], stays, wish) for _, thing in numbered)


def _fate(thing: Thing, standing: Standing, stays: Mapping[str, str], wish: Wish) -> Removal:
    remains = stays.get(thing.kind, "")
    if standing.state is MadeState.GONE:
        return Removal(thing, Fate.GONE, "it is not there any more")
    if thing.kind in NEVER or thing.kind not in _ORDER:
        return Removal(thing, Fate.STAYS, remains or "this vxsetup knows no way to take it back")
    if standing.state is MadeState.UNKNOWN:
        need = f" (ask for {standing.permission})" if standing.permission else ""
        return Removal(thing, Fate.KEEP, f"whether it is as it was made cannot be read: {standing.says}{need}")
    if standing.state is MadeState.CHANGED:
        why = "somebody changed it since vxsetup made it"
        return Removal(thing, Fate.KEEP, why, alterations=standing.alterations)
    closed = thing.depends.get("billing_account")
    if thing.kind == "link_billing" and closed:
        return Removal(
            thing, Fate.STAYS, f"{closed}, which was linked before, was not open, and cannot be linked again"
        )
    if thing.kind == "enable_services" and not wish.apis:
        return Removal(thing, Fate.KEEP, "others may use the API by now", "--apis")
    if thing.kind == "link_billing" and not wish.billing:
        return Removal(thing, Fate.KEEP, "without it everything in the project that costs stops", "--billing")
    if standing.holds and not wish.contents:
        return Removal(thing, Fate.KEEP, f"it holds {standing.holds}", "--delete-contents")
    if standing.holds:
        remains = f"{standing.holds} with all rows are gone for good once BigQuery's time travel (7 days at most) ends"
    if thing.kind == "set_model_config" and not isinstance(thing.made.get("before"), dict):
        return Removal(thing, Fate.STAYS, "what stood there before could not be read when it was changed")
    if not thing.certain and not wish.unproven:
        why = "the answer to vxsetup's request was lost, and nothing in the cloud tells whether vxsetup or somebody else did it"
        return Removal(thing, Fate.KEEP, why, "--unproven")
    if thing.action.get("mask") == "dataSharingEnabledProvider":
        remains = "what was shared until now stays with the publisher for as long as its terms say"
    return Removal(thing, Fate.REMOVE, after=remains)


def dependent(rows: Sequence[Removal]) -> tuple[Removal, ...]:
    """The fates, with those kept that something else still needs: an account whose grants stay, stays with them."""
    kept = {str(row.thing.action.get("member")) for row in rows if row.thing.kind == "grant" and row.fate is Fate.KEEP}
    return tuple(
        Removal(row.thing, Fate.KEEP, "a role that it was given is kept")
        if row.fate is Fate.REMOVE
        and row.thing.kind == "create_service_account"
        and f"serviceAccount:{row.thing.action.get('email')}" in kept
        else row
        for row in rows
    )
