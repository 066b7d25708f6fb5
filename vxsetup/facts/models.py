"""Facts about models: what the publisher lists, what a free probe was answered, what the quota is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxsetup.facts.refusal import Refusal

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


@dataclass(frozen=True, slots=True)
class PublisherModel:
    """Asks whether Anthropic's catalogue on Vertex AI lists a model, by bare id. Value: ``Listed`` or Absent.

    Blind to region and project: a listed model may be served nowhere near you (F#71017537843).
    """

    model: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A publisher model's ``launchStage`` and ``versionId``, as far as they were answered."""

    launch_stage: str | None
    version: str | None


@dataclass(frozen=True, slots=True)
class Probe:
    """Asks what the caller's request for a model at a location would meet, with a body that must fail and costs nothing.

    Value: ``Passed`` or ``Stopped``. ``model`` is the id as it stands in the request path; ``host`` is the API host
    that serves the location. With ``paid`` the body is a real request for one output token instead.
    """

    project: str
    location: str
    model: str
    host: str
    paid: bool = False


@dataclass(frozen=True, slots=True)
class Passed:
    """The model's own layer answered: every gate before it is open, for this caller, model and location."""

    says: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The platform refused before the model: the cause, as far as the answer shows it."""

    refusal: Refusal


@dataclass(frozen=True, slots=True)
class EffectiveQuota:
    """Asks for the limits in force of one quota id for some base models at a location. Value: ``Limits``."""

    project: str
    location: str
    quota_id: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Base models and their requests per minute in force here; -1 is unlimited. A base model without a row is missing."""

    by_base_model: dict[str, int]
