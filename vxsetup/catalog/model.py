"""One model of the catalogue: its ids, dates, places, limits, features, gates and quotas, each as a dated claim."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from vxsetup.catalog.claims import Claim, Source, join_claims, read_claim

if TYPE_CHECKING:
    from dataclasses import dataclass, field
else:
    from vxsetup.values import dataclass, field

NEAR_DAYS = 30
"""How many days before its earliest retirement a model counts as near it."""


class ModelState(StrEnum):
    """What the dates and marks of a model come to on one day.

    ``unconfirmed``: its earliest retirement has passed and no source says what happened then. ``unknown``: no page of
    Google's or Anthropic's was found that documents it on Vertex AI.
    """

    ACTIVE = "active"
    NEAR_RETIREMENT = "near_retirement"
    DEPRECATED = "deprecated"
    SHUT_DOWN = "shut_down"
    UNCONFIRMED = "unconfirmed"
    BY_INVITATION = "by_invitation"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class State:
    """A model's state on a day, a sentence that says why, and the claims behind it."""

    name: ModelState
    says: str
    claims: tuple[Claim[Any], ...] = ()


@dataclass(frozen=True, slots=True)
class ModelGate:
    """A condition of the publisher's on a model. ``gate`` is a key of the catalogue's gates.

    ``required`` is False where ordinary requests pass without it.
    """

    gate: str
    required: bool
    claim: Claim[Any]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What all models share: the rows of every model by bare id, and the sources."""

    models: Mapping[str, Mapping[str, Any]]
    sources: Mapping[str, Source]
    read: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False, compare=False)
    """Claims that were read before, by model and fact: a fleet asks for the same few again and again."""


def _day(value: Any) -> date:
    return date.fromisoformat(value)


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A model, by its bare id (``claude-haiku-4-5``). Claims are read from the row when they are asked for."""

    id: str
    shelf: Shelf

    def __repr__(self) -> str:
        return f"Model({self.versioned_id!r})"

    @property
    def row(self) -> Mapping[str, Any]:
        """The model's data as the schema ``catalog`` describes it."""
        return self.shelf.models[self.id]

    def fact(self, name: str) -> Claim[Any] | None:
        """Any fact of the model's row by its key, for example ``claude_api`` or ``processed_in``."""
        rows = self.row.get(name)
        return read_claim(rows, self.shelf.sources) if isinstance(rows, list) else None

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        key = (self.id, name)
        if key not in self.shelf.read:
            self.shelf.read[key] = make()
        return self.shelf.read[key]

    def _date(self, name: str) -> Claim[date] | None:
        found: Claim[date] | None = self._once(name, lambda: read_claim(self.row.get(name), self.shelf.sources, _day))
        return found

    def _int(self, name: str) -> Claim[int] | None:
        return read_claim(self.row.get(name), self.shelf.sources, int)

    # Names

    @property
    def name(self) -> str:
        """What people call it: ``Claude Haiku 4.5``."""
        return str(self.row["name"])

    @property
    def family(self) -> str:
        """``opus``, ``sonnet``, ``haiku``, ``fable`` or ``mythos``."""
        return str(self.row["family"])

    @property
    def versioned_id(self) -> str:
        """The id to write in a request: with ``@date`` for models up to 4.5, without for later ones (SEED)."""
        return str(self.row["id_forms"][0]["value"])

    @property
    def version(self) -> str | None:
        """The eight digits after the ``@``, or None for a model whose id has none."""
        return self.versioned_id.partition("@")[2] or None

    @property
    def response_name(self) -> str:
        """How a response body names the model: ``claude-haiku-4-5-20251001``."""
        return self.versioned_id.replace("@", "-")

    @property
    def known_ids(self) -> tuple[str, ...]:
        """The ways to write the id that reach this model; the one to prefer first.

        ``ID@default`` is last: clients use it and live projects accepted it, but no document names it.
        """
        return tuple(dict.fromkeys((self.versioned_id, self.id, f"{self.id}@default")))

    # Dates: three different things

    @property
    def released(self) -> Claim[date] | None:
        """The day of general availability on Vertex AI."""
        return self._date("released")

    @property
    def not_sooner_than(self) -> Claim[date] | None:
        """The earliest day on which Google may retire the model: a floor, never a shut-down date."""
        return self._date("not_sooner_than")

    @property
    def deprecated_on(self) -> Claim[date] | None:
        """The day on which Google closed the model to new customers."""
        return self._date("deprecated_on")

    @property
    def shut_down_on(self) -> Claim[date] | None:
        """The day from which Google answers no request for the model."""
        return self._date("shut_down_on")

    @property
    def stage(self) -> Claim[str] | None:
        """What pages call it: ``ga``, ``deprecated``, ``retired``, ``research_preview``; marks of the seed page too."""
        found: Claim[str] | None = self._once(
            "stage", lambda: read_claim(self.row.get("stage"), self.shelf.sources, str)
        )
        return found

    @property
    def existing_customers_only(self) -> Claim[bool] | None:
        """True where a project that never used the model can no longer enable it."""
        return read_claim(self.row.get("existing_customers_only"), self.shelf.sources, bool)

    def state(self, today: date, near_days: int = NEAR_DAYS) -> State:
        """What is known of the model's life on ``today``, in words and with the claims behind it."""
        return _state(self, today, near_days)

    def successor(self, today: date) -> Claim[str] | None:
        """The id of the newest active model of the same family: a suggestion that vxsetup derives, no document's.

        None where the model itself is the newest or the family has no active one.
        """
        own = self.released
        kin = [Model(name, self.shelf) for name, row in self.shelf.models.items() if row["family"] == self.family]
        dated = [(other.released.value, other) for other in kin if other.released is not None]
        newer = [pair for pair in dated if pair[0] <= today and (own is None or pair[0] > own.value)]
        for _, other in sorted(newer, key=lambda pair: pair[0], reverse=True):
            if other.state(today).name is ModelState.ACTIVE:
                return self._suggested(other, today)
        return None

    def _suggested(self, other: Model, today: date) -> Claim[str]:
        note = f"The newest active model of the family {self.family}; a suggestion, not a statement of Anthropic's."
        return Claim(other.versioned_id, ("VXSETUP",), today.isoformat(), "inferred", note)

    # Places

    @property
    def locations(self) -> tuple[str, ...]:
        """Where Google's page of the model says that it is served; empty where no page was found."""
        rows = self.row.get("endpoints")
        return tuple(rows[0]["value"]) if rows else ()

    def documented_at(self, location: str) -> Claim[bool] | None:
        """The claim of the model's own page that it is served at a location, or None where the page does not list it.

        None is no proof that it is not served there: ``claims_at`` has what examples and field reports say.
        """
        if location not in self.locations:
            return None
        agreeing = [claim for claim in self.claims_at(location) if claim.value]
        dissenting = [claim for claim in self.claims_at(location) if not claim.value]
        return join_claims([*agreeing, *dissenting])

    def claims_at(self, location: str) -> tuple[Claim[bool], ...]:
        """Everything that any source says of the model at this location: pages, examples, reports of projects.

        The page's list comes first; it counts as saying no for a location that it leaves out.
        """
        found: tuple[Claim[bool], ...] = self._once(f"at {location}", lambda: self._claims_at(location))
        return found

    def _claims_at(self, location: str) -> tuple[Claim[bool], ...]:
        page = read_claim(self.row.get("endpoints"), self.shelf.sources, lambda value: location in value)
        said = read_claim(self.row.get("at", {}).get(location), self.shelf.sources, bool)
        return (*(page.every if page else ()), *(said.every if said else ()))

    @property
    def processed_in(self) -> Claim[tuple[str, ...]] | None:
        """Where Google says that requests are processed; an endpoint alone does not promise it."""
        return read_claim(self.row.get("processed_in"), self.shelf.sources, tuple)

    # Limits, price, features

    @property
    def context_window(self) -> Claim[int] | None:
        """Input tokens that fit in one request."""
        return self._int("context_window")

    @property
    def max_output_tokens(self) -> Claim[int] | None:
        """Output tokens that one response can have."""
        return self._int("max_output_tokens")

    @property
    def premium(self) -> Claim[float] | None:
        """The factor on the global price at regional and multi-region endpoints: 1.1 from Sonnet 4.5 on, else 1.0."""
        found: Claim[float] | None = self._once(
            "premium", lambda: read_claim(self.row.get("premium"), self.shelf.sources, float)
        )
        return found

    @property
    def prices(self) -> Claim[Mapping[str, Any]] | None:
        """US dollars per million tokens on the global endpoint: ``input``, ``output``, cache and batch prices."""
        return read_claim(self.row.get("prices"), self.shelf.sources)

    @property
    def features(self) -> dict[str, Claim[bool]]:
        """The features that some page says the model has (True) or lacks (False); silence is not listed."""
        names = dict.fromkeys(name for row in self.row.get("features", ()) for name in row["value"])
        found = ((name, self.feature(name)) for name in names)
        return {name: claim for name, claim in found if claim}

    def feature(self, name: str) -> Claim[bool] | None:
        """What is said of one feature, or None where nobody says anything."""
        rows = [{**row, "value": row["value"][name]} for row in self.row.get("features", ()) if name in row["value"]]
        return read_claim(rows, self.shelf.sources, bool)

    def refuses(self, what: str) -> Claim[bool] | None:
        """The claim that a body with this is refused, or None where no source says so.

        ``what``: ``sampling``, ``prefill``, ``thinking_budget``, ``thinking_disabled`` or ``forced_tool_choice``.
        """
        rows = [{**row, "value": True} for row in self.row.get("refuses", ()) if what in row["value"]]
        return read_claim(rows, self.shelf.sources, bool)

    @property
    def count_tokens(self) -> Claim[bool] | None:
        """Whether tokens can be counted for the model; where, is the feature's ``only_at``."""
        return self.feature("count_tokens")

    @property
    def provisioned(self) -> Claim[Mapping[str, Any]] | None:
        """Provisioned throughput: ``supported``, tokens per second and unit, least number of units.

        Models without a single region are listed as supported though no documented endpoint takes it: a conflict.
        """
        return read_claim(self.row.get("provisioned"), self.shelf.sources)

    @property
    def gates(self) -> tuple[ModelGate, ...]:
        """Conditions of the publisher's: addendum, data sharing, invitation, verification program."""
        gates = []
        for row in self.row.get("gates", ()):
            claim: Claim[Any] | None = read_claim([row], self.shelf.sources)
            assert claim is not None
            gates.append(ModelGate(claim.value["gate"], claim.value["required"], claim))
        return tuple(gates)

    def needs_gate(self, gate: str) -> Claim[Any] | None:
        """The claim that ordinary requests need this gate, or None."""
        return next((item.claim for item in self.gates if item.gate == gate and item.required), None)

    @property
    def notes(self) -> tuple[Claim[str], ...]:
        """Remarks with their sources."""
        remarks = read_claim(self.row.get("notes"), self.shelf.sources, str)
        return remarks.every if remarks else ()


def bare(text: str) -> str:
    """The part of an id before its ``@``."""
    return text.partition("@")[0]


def find(text: str, models: Mapping[str, Model]) -> Model | None:
    """The model with this id, with or without its own ``@date``, or with ``@default``; case as it is."""
    name, at, version = text.partition("@")
    model = models.get(name)
    if model is None or not at or version == "default":
        return model
    return model if version == model.version else None


_MARKS = ("deprecated", "retired")


def _state(model: Model, today: date, near_days: int) -> State:
    gone, closed, floor = model.shut_down_on, model.deprecated_on, model.not_sooner_than
    if gone and gone.value <= today:
        return State(ModelState.SHUT_DOWN, f"shut down on {gone.value}", (gone,))
    invitation = model.needs_gate("invitation")
    if invitation:
        return State(ModelState.BY_INVITATION, "for invited customers only", (invitation,))
    marks = tuple(claim for claim in (model.stage.every if model.stage else ()) if claim.value in _MARKS)
    if (closed and closed.value <= today) or marks:
        return _deprecated(closed, gone, floor, marks, today)
    if not model.locations:
        return State(ModelState.UNKNOWN, "no page documents it on Vertex AI", model.notes)
    if gone and gone.value <= today + timedelta(days=near_days):
        return State(ModelState.NEAR_RETIREMENT, f"will be shut down on {gone.value}", (gone,))
    if floor is None:
        return State(ModelState.ACTIVE, "served; no page gives an earliest retirement", ())
    if floor.value <= today:
        says = f"its earliest retirement, {floor.value}, has passed, and no source says more"
        return State(ModelState.UNCONFIRMED, says, (floor,))
    if floor.value <= today + timedelta(days=near_days):
        return State(ModelState.NEAR_RETIREMENT, f"may be retired from {floor.value} on, not before", (floor,))
    return State(ModelState.ACTIVE, f"will not be retired before {floor.value}", (floor,))


def _deprecated(
    closed: Claim[date] | None,
    gone: Claim[date] | None,
    floor: Claim[date] | None,
    marks: tuple[Claim[str], ...],
    today: date,
) -> State:
    """Closed to new customers by a date of Google's, or marked so by a page that gives no date."""
    claims = tuple(claim for claim in (closed, gone) if claim)
    if closed and closed.value <= today:
        says = f"deprecated on {closed.value}" + (f", to be shut down on {gone.value}" if gone else "")
        return State(ModelState.DEPRECATED, says, (*claims, *marks))
    says = "marked as deprecated; no shut-down date was found"
    if floor:
        passed = "has passed" if floor.value <= today else "is still ahead"
        says += f"; its earliest retirement, {floor.value}, {passed}"
    return State(ModelState.DEPRECATED, says, (*marks, *((floor,) if floor else ())))
