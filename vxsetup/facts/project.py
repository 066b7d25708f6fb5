"""Facts about a project: its record, its ancestry, its billing, the state of its APIs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """Asks for a project's record. Value: ``ProjectState``."""

    project: str


@dataclass(frozen=True, slots=True)
class ProjectState:
    """A project as Resource Manager v3 answers: ``number`` is digits, ``parent`` is ``folders/…`` or ``organizations/…``."""

    id: str
    number: str
    state: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class Ancestry:
    """Asks for a project's ancestors. Value: a tuple of resource names, the project first, the organization last."""

    project: str


@dataclass(frozen=True, slots=True)
class Billing:
    """Asks for a project's billing link. Value: ``BillingState``."""

    project: str


@dataclass(frozen=True, slots=True)
class BillingState:
    """``enabled`` is false also for a linked account that is closed (DISC cloudbilling v1); ``account`` is None when unlinked."""

    enabled: bool
    account: str | None


@dataclass(frozen=True, slots=True)
class Services:
    """Asks for the state of some APIs of a project, in one request (30 names at most, DISC serviceusage v1). Value: ``ServiceStates``."""

    project: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceStates:
    """API names and whether each is enabled, as Service Usage says. Enabled is not yet usable: it takes minutes to act."""

    enabled: Mapping[str, bool]
