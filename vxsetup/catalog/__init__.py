"""What is known of Claude on Vertex AI: models, locations, features, quotas, abilities, as dated claims with sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxsetup.catalog.catalogue import STALE_DAYS, Catalogue
from vxsetup.catalog.claims import Claim, Source
from vxsetup.catalog.load import load_catalogue
from vxsetup.catalog.locations import Location
from vxsetup.catalog.model import NEAR_DAYS, Model, ModelGate, ModelState, State
from vxsetup.catalog.problem import CatalogueProblem

if TYPE_CHECKING:
    from vxsetup.catalog.abilities import Ability, Permission
    from vxsetup.catalog.features import Feature, Gate
    from vxsetup.catalog.quotas import BaseModel, Limit, Quota
    from vxsetup.catalog.recognise import Recognition

__all__ = [
    "NEAR_DAYS",
    "STALE_DAYS",
    "Ability",
    "BaseModel",
    "Catalogue",
    "CatalogueProblem",
    "Claim",
    "Feature",
    "Gate",
    "Limit",
    "Location",
    "Model",
    "ModelGate",
    "ModelState",
    "Permission",
    "Quota",
    "Recognition",
    "Source",
    "State",
    "load_catalogue",
]

# Types that few callers name: a dataclass costs about a millisecond to build, and `validate` pays for each.
_LATER = {
    "Ability": "abilities",
    "Permission": "abilities",
    "Feature": "features",
    "Gate": "features",
    "BaseModel": "quotas",
    "Limit": "quotas",
    "Quota": "quotas",
    "Recognition": "recognise",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
