"""Facts about what is recorded of requests: a model's logging settings, the dataset, the tables, and who may write there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vxsetup.facts.access import Binding
from vxsetup.facts.base import Fact, Unknown
from vxsetup.facts.models import ModelConfig, PublisherModelConfig

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

DEFAULT_TABLE = "request_response_logging"
"""The table that is made where the destination names none (DISC aiplatform v1beta1)."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Asks for a BigQuery dataset of a project. Value: ``DatasetState`` or Absent."""

    project: str
    dataset: str


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """One grant on a dataset: a role by its IAM name, one member as allow policies spell it, a CEL condition or None."""

    role: str
    member: str
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class DatasetState:
    """A dataset as BigQuery v2 answers. Lifetimes are in milliseconds, None where none is set.

    ``table_lifetime`` is given to tables that are made from now on, and deletes the whole table that long after it was
    made; ``partition_lifetime`` likewise for the partitions of new tables that are partitioned by time (DISC).
    ``access`` is None where the answer does not show it.
    """

    location: str
    table_lifetime: int | None = None
    partition_lifetime: int | None = None
    access: tuple[AccessEntry, ...] | None = None

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """The dataset's own grants as bindings of an allow policy."""
        return tuple(Binding(entry.role, (entry.member,), entry.condition) for entry in self.access or ())


@dataclass(frozen=True, slots=True)
class LogTables:
    """Asks for the tables of a dataset that some models' settings name as their log tables. Value: ``Tables``.

    Where a destination names no table, or cannot be read, it is the one that Google makes by default. ``places`` are the
    settings, each as ``HOST/LOCATION/MODEL``: a key holds plain texts alone, so that a recording can name it.
    """

    project: str
    dataset: str
    places: tuple[str, ...]

    @property
    def settings(self) -> tuple[PublisherModelConfig, ...]:
        """The settings of the models."""
        parts = [place.split("/", 2) for place in self.places]
        return tuple(PublisherModelConfig(self.project, location, model, host) for host, location, model in parts)


def log_tables(project: str, dataset: str, settings: tuple[PublisherModelConfig, ...]) -> LogTables:
    """The key for the log tables that some models' settings name."""
    return LogTables(project, dataset, tuple(f"{one.host}/{one.location}/{one.model}" for one in settings))


@dataclass(frozen=True, slots=True)
class TableState:
    """A table as BigQuery v2 answers: ``expires`` is when the whole of it is deleted, in milliseconds since 1970, None:
    never. ``by_time``: it is partitioned by time; ``partition_lifetime`` is then how long a partition is kept, in
    milliseconds, None: for ever."""

    expires: int | None = None
    by_time: bool = False
    partition_lifetime: int | None = None


@dataclass(frozen=True, slots=True)
class Tables:
    """Table names and the fact read of each: ``TableState`` or Absent."""

    tables: Mapping[str, Fact]

    @property
    def unread(self) -> tuple[Unknown, ...]:
        """The tables that could not be read."""
        return tuple(fact for fact in self.tables.values() if isinstance(fact, Unknown))


@dataclass(frozen=True, slots=True)
class WriterRoles:
    """Asks for the permissions of every role that Vertex AI's service agent has on a project or on a dataset of it.

    Value: ``Roles`` of ``facts.access``.
    """

    project: str
    dataset: str


def service_agent(number: str) -> str:
    """The identity that writes the logs, as IAM names it; ``number`` is the project's (IAMDS)."""
    return f"serviceAccount:service-{number}@gcp-sa-aiplatform.iam.gserviceaccount.com"


# A model's logging settings ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Destination:
    """Where logs go: ``bq://PROJECT.DATASET.TABLE``; the parts that are not named are None."""

    project: str
    dataset: str | None = None
    table: str | None = None


@dataclass(frozen=True, slots=True)
class LoggingState:
    """Request-response logging of one model at one location. ``rate`` is a share above 0 and at most 1; None: not said.
    ``uri`` is the destination as written, None where there is none."""

    enabled: bool
    rate: float | None = None
    uri: str | None = None

    @property
    def destination(self) -> Destination | None:
        """The destination taken apart; None where it is none that the documents know."""
        return destination_of(self.uri) if self.uri else None


def destination_of(uri: str) -> Destination | None:
    """``bq://PROJECT[.DATASET[.TABLE]]`` taken apart; an old project's domain may stand before its id with a colon."""
    if not uri.startswith("bq://"):
        return None
    domain, colon, rest = uri.removeprefix("bq://").rpartition(":")
    parts = rest.split(".")
    if not 1 <= len(parts) <= 3 or not all(parts):
        return None
    project = f"{domain}{colon}{parts[0]}"
    return Destination(project, *parts[1:])


def logging_state(config: ModelConfig) -> LoggingState | None:
    """What the settings say of request-response logging; None where they are not as the documents have them.

    What was never set is off.
    """
    found = config.raw.get("loggingConfig", {})
    if not isinstance(found, Mapping):
        return None
    enabled, rate, target = found.get("enabled", False), found.get("samplingRate"), found.get("bigqueryDestination", {})
    if not isinstance(enabled, bool) or not isinstance(target, Mapping):
        return None
    uri = target.get("outputUri")
    if uri is not None and not isinstance(uri, str):
        return None
    if rate is not None and (isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1):
        return None
    return LoggingState(enabled, float(rate) if rate is not None else None, uri or None)


READ_ONLY = ("requestResponseLoggingSchemaVersion",)
"""Fields of a ``loggingConfig`` that Google alone sets (DISC)."""


def without_read_only(value: Any) -> Any:
    """A setting as it can be written: an object without what Google alone sets; all else as it is."""
    return {key: item for key, item in value.items() if key not in READ_ONLY} if isinstance(value, Mapping) else value


def with_logging(old: ModelConfig, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The ``loggingConfig`` in which what is asked holds, and of the old one everything else: nothing is logged less.

    ``asked`` has ``enabled``, ``samplingRate`` and ``bigqueryDestination``. A higher rate that is in force stays, and so
    does a table that the settings name in the dataset that is asked for.
    """
    state = logging_state(old)
    uri = asked["bigqueryDestination"]["outputUri"]
    rate = asked["samplingRate"]
    kept: Mapping[str, Any] = {}
    if state is not None:
        kept = without_read_only(old.raw.get("loggingConfig", {}))
        if state.enabled and state.rate is not None:
            rate = max(rate, state.rate)
        uri = state.uri if state.uri and _same_dataset(state.uri, uri) else uri
    destination = {**kept.get("bigqueryDestination", {}), "outputUri": uri}
    return {**kept, **asked, "samplingRate": rate, "bigqueryDestination": destination}


def _same_dataset(uri: str, asked: str) -> bool:
    """Whether a destination is the one that is asked for, whatever table it names."""
    found, wanted = destination_of(uri), destination_of(asked)
    return (
        found is not None and wanted is not None and (found.project, found.dataset) == (wanted.project, wanted.dataset)
    )


def logs_there(config: ModelConfig, asked: Mapping[str, Any]) -> bool:
    """Whether a model's settings log at least what is asked, to the dataset that is asked for; a project that is named by
    its number counts, as only the project's own record tells whose it is."""
    state = logging_state(config)
    wanted = destination_of(asked["bigqueryDestination"]["outputUri"])
    if state is None or not state.enabled or state.rate is None or wanted is None:
        return False
    found = state.destination
    if found is None or found.dataset != wanted.dataset or state.rate < asked["samplingRate"]:
        return False
    return found.project == wanted.project or found.project.isdigit()


def events_state(config: ModelConfig) -> bool | None:
    """Whether inference events are logged; what is not specified counts as off (DISC). None: no documented answer."""
    found: Any = config.raw.get("inferenceEventLoggingConfig", {})
    state = found.get("state", "STATE_UNSPECIFIED") if isinstance(found, Mapping) else None
    if not isinstance(state, str):
        return None
    return {"ENABLED": True, "DISABLED": False, "STATE_UNSPECIFIED": False}.get(state)


def table_of(config: ModelConfig, dataset: str) -> str:
    """The log table in a dataset that a model's settings name, or the one that is made by default."""
    state = logging_state(config)
    target = state.destination if state is not None else None
    if target is None or target.dataset != dataset:
        return DEFAULT_TABLE
    return target.table or DEFAULT_TABLE
