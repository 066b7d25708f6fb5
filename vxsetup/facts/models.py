"""Facts about models: what the publisher lists, what a free probe was answered, how a project has set them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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
class PublisherModelConfig:
    """Asks for the settings of a model in a project at a location: data sharing, request-response logging, features.

    Value: ``ModelConfig``. ``model`` is the bare id; ``host`` is the API host that serves the location. There is one
    resource for each project, location and model (GD:request-response-logging).
    """

    project: str
    location: str
    model: str
    host: str


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """A PublisherModelConfig as it was answered (DISC aiplatform v1beta1), with the fields that nobody here knows.

    ``raw`` is the JSON object; what was never set is left out of it. Read it field by field: the shape that is written
    differs from the one that is read.
    """

    raw: Mapping[str, Any]

    @property
    def shares_data_with(self) -> str | None:
        """``dataSharingEnabledProvider``, ``ANTHROPIC`` where sharing is on; None where it is off."""
        found = self.raw.get("dataSharingEnabledProvider")
        return found if isinstance(found, str) and found not in ("", "MODEL_PROVIDER_UNSPECIFIED") else None
