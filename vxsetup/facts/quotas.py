"""Facts about quotas: the limits in force, whether more may be asked for, and what has been asked for already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass, field
else:
    from vxsetup.values import dataclass, field


@dataclass(frozen=True, slots=True)
class EffectiveQuota:
    """Asks for the limits in force of one quota of aiplatform.googleapis.com at a location. Value: ``Limits``."""

    project: str
    location: str
    quota_id: str


@dataclass(frozen=True, slots=True)
class Increase:
    """Whether a project may ask for more of a quota; ``reason`` is ``ineligibilityReason`` of Cloud Quotas where not."""

    eligible: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one quota that hold at a location; -1 is unlimited.

    ``by_base_model`` maps each base model that has a row to its limit. More than one number: rows of which neither is
    the nearer one, so that either may hold. ``others`` is what holds for a base model without a row of its own, from
    rows that name none; empty where there is no such row. ``interval`` is Cloud Quotas' ``refreshInterval``.
    """

    by_base_model: Mapping[str, tuple[int, ...]]
    others: tuple[int, ...] = ()
    increase: Increase | None = None
    interval: str | None = None

    def of(self, base_model: str) -> tuple[int, ...]:
        """The limits that may hold for a base model; empty where the project has no row for it."""
        return self.by_base_model.get(base_model, self.others)


@dataclass(frozen=True, slots=True)
class QuotaPreferences:
    """Asks for the quota changes that were requested in a project. Value: ``Preferences``."""

    project: str


@dataclass(frozen=True, slots=True)
class Preference:
    """One requested quota value: ``id`` is the last part of its name, ``granted`` None where nothing is said of it.

    ``reconciling`` means that Google has not decided, or is still rolling it out; ``says`` is Google's ``stateDetail``.
    """

    id: str
    service: str
    quota_id: str
    preferred: int
    granted: int | None
    reconciling: bool
    says: str = ""
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preferences:
    """The requests of a project; ``complete`` is False where the list had more pages than were read."""

    requested: tuple[Preference, ...]
    complete: bool = True

    def of(self, quota_id: str, dimensions: Mapping[str, str]) -> Preference | None:
        """The request for this quota and exactly these dimensions; there is one at most."""
        wanted = dict(dimensions)
        mine = (p for p in self.requested if p.service == "aiplatform.googleapis.com" and p.quota_id == quota_id)
        return next((p for p in mine if dict(p.dimensions) == wanted), None)
