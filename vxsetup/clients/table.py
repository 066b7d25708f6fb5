"""The table of clients as values: variables, packages, versions by location, limits and traps of each, with sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vxsetup.catalog.claims import Claim, Source, read_claim
from vxsetup.clients.versions import ANY, newest

if TYPE_CHECKING:
    from dataclasses import dataclass, field
else:
    from vxsetup.values import dataclass, field

MULTI_REGIONS = ("us", "eu")


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable that a client reads.

    ``holds`` is ``project``, ``location``, ``base_url``, ``model`` or ``model_FAMILY``, ``switch`` (with its ``value``),
    ``rival`` (a switch of another provider, which wins), ``credentials_file``, ``secret`` or ``other``.
    """

    name: str
    holds: str
    required: bool
    value: str | None
    note: str | None
    source: str
    date: str


@dataclass(frozen=True, slots=True)
class Package:
    """A package to install: from which version on, and below which. ``why`` is the reason for ``below``.

    ``counts``: the versions in ``Target.locations`` are this package's.
    """

    name: str
    ecosystem: str
    since: str | None
    below: str | None
    counts: bool
    why: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One client, by the name that ``vxsetup emit`` and a config's ``clients`` use. Claims are read when asked for, each
    once: a thousand configs ask for the same few."""

    name: str
    row: Mapping[str, Any]
    sources: Mapping[str, Source]
    claims: dict[str, Claim[Any] | None] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        return f"Target({self.name!r})"

    def claim(self, name: str) -> Claim[Any] | None:
        """A claim of the row by its key, for example ``default_location``; None where there is none."""
        if name not in self.claims:
            rows = self.row.get(name)
            self.claims[name] = read_claim(rows, self.sources) if isinstance(rows, list) else None
        return self.claims[name]

    @property
    def title(self) -> str:
        """What people call it."""
        return str(self.row["title"])

    @property
    def kind(self) -> str:
        """``variables``, ``sdk``, ``framework``, ``agent``, ``gateway`` or ``deployment``."""
        return str(self.row["kind"])

    @property
    def files(self) -> tuple[str, ...]:
        """The paths that ``emit`` writes, from the folder of the program; empty for a client that is refused."""
        return tuple(self.row["files"])

    @property
    def run(self) -> bool:
        """Whether the emitted files are run by the real client in the tests."""
        return bool(self.row["run"])

    @property
    def not_run(self) -> str | None:
        """Why they are not, and what holds the files instead: a clause without a full stop."""
        found = self.row.get("not_run")
        return str(found) if found else None

    @property
    def refused(self) -> Claim[str] | None:
        """Why nothing can be emitted for it, or None."""
        return self.claim("refused")

    @property
    def instead(self) -> str | None:
        """What to do where it cannot do what is asked."""
        found = self.row.get("instead")
        return str(found) if found else None

    @property
    def needs(self) -> tuple[str, ...]:
        """Config keys without which nothing can be emitted: ``ci.github``, ``ci.gitlab``."""
        return tuple(self.row.get("needs", ()))

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables that it reads, in the order in which they are written."""
        return tuple(
            Variable(
                row["name"],
                row["holds"],
                row.get("required", False),
                row.get("value"),
                row.get("note"),
                row["source"],
                row.get("date") or self.sources[row["source"]].date,
            )
            for row in self.row.get("variables", ())
        )

    def variables_for(self, *holds: str) -> tuple[Variable, ...]:
        """Those variables that hold one of these."""
        return tuple(variable for variable in self.variables if variable.holds in holds)

    @property
    def packages(self) -> tuple[Package, ...]:
        """What is installed for it."""
        return tuple(
            Package(
                row["name"],
                row["ecosystem"],
                row.get("since"),
                row.get("below"),
                row.get("counts", False),
                row.get("why"),
            )
            for row in self.row.get("packages", ())
        )

    @property
    def base_url(self) -> str | None:
        """The form of an address that overrides the usual one: ``v1``, ``host``, ``models``, ``location``; None: no way.

        ``v1`` is ``https://HOST/v1``; ``host`` has no path; ``models`` goes on to ``…/publishers/anthropic/models``;
        ``location`` ends in ``…/locations/LOCATION/``.
        """
        found = self.claim("base_url")
        return str(found.value) if found else None

    @property
    def always_base_url(self) -> tuple[str, ...]:
        """The locations at which it needs the address to be told."""
        return tuple(self.row.get("always_base_url", ()))

    def since(self, location: str) -> Claim[Any] | None:
        """The first version that sends to the right host of a location: a version, or False for none at all.

        None where nothing is known. Every region counts as one kind, ``us`` and ``eu`` each for itself.
        """
        kind = location if location in ("global", *MULTI_REGIONS) else "region"
        rows = self.row.get("locations", {}).get(kind)
        return read_claim(rows, self.sources)

    def least_version(self, locations: tuple[str, ...]) -> str:
        """The first version that is right at all of these locations; ``0`` where each is."""
        claims = [self.since(location) for location in locations]
        return newest([str(claim.value) for claim in claims if claim is not None and claim.value is not False] or [ANY])

    def pinned(self, package: Package, locations: tuple[str, ...]) -> str:
        """The least version of one of its packages that serves these locations; ``0`` where any does."""
        wanted = [package.since or ANY]
        if package.counts:
            wanted.append(self.least_version(locations))
        return newest(wanted)

    @property
    def several_locations(self) -> bool:
        """Whether each model can have a location of its own."""
        found = self.claim("several_locations")
        return bool(found.value) if found else False

    @property
    def lacks(self) -> dict[str, Claim[Any]]:
        """The features of the API that it is known not to offer on Vertex AI."""
        found: dict[str, Claim[Any]] = {}
        for row in self.row.get("lacks", ()):
            claim: Claim[Any] | None = read_claim([row], self.sources)
            assert claim is not None
            found |= dict.fromkeys(claim.value, claim)
        return found

    @property
    def models(self) -> Claim[Any] | None:
        """The bare ids of its fixed list of models, or None where it takes any."""
        return self.claim("models")

    @property
    def model_locations(self) -> Mapping[str, str]:
        """Bare model id -> the variable that gives this model a location of its own."""
        found: Mapping[str, str] = self.row.get("model_locations", {})
        return found

    @property
    def model_locations_since(self) -> Mapping[str, str]:
        """Bare model id -> the earliest version in which its variable of ``model_locations`` was seen, for newer models."""
        found = self.claim("model_locations_since")
        value: Mapping[str, str] = found.value if found else {}
        return value

    @property
    def families(self) -> tuple[str, ...]:
        """The families of which it uses a default model unless each is pinned."""
        return tuple(self.row.get("families", ()))

    @property
    def traps(self) -> tuple[Claim[Any], ...]:
        """What goes wrong without a word, a sentence each."""
        found = self.claim("traps")
        return found.every if found else ()


class Targets:
    """The whole table; ``data`` follows ``schemas/targets.schema.json``."""

    def __init__(self, data: Mapping[str, Any], sources: Mapping[str, Source]) -> None:
        self.data = data
        self.sources = sources

    @property
    def date(self) -> str:
        """The day of the table, ISO 8601."""
        return str(self.data["date"])

    @cached_property
    def every(self) -> tuple[Target, ...]:
        """Every client, in the table's order."""
        return tuple(Target(name, row, self.sources) for name, row in self.data["targets"].items())

    @cached_property
    def _by_name(self) -> dict[str, Target]:
        """Every client by each of its names; the first of the table where two have one."""
        pairs = [(name, one) for one in self.every for name in (one.name, *one.row.get("aliases", ()))]
        return dict(reversed(pairs))

    def target(self, name: str) -> Target | None:
        """A client by its name or another name of it, or None."""
        return self._by_name.get(name)

    def only(self, names: Iterable[str]) -> Targets:
        """The table with these clients alone, in its own order."""
        wanted = set(names)
        rows = {name: row for name, row in self.data["targets"].items() if name in wanted}
        return Targets({**self.data, "targets": rows}, self.sources)

    def nearest(self, name: str) -> str | None:
        """The client that a mistyped name was probably meant to be."""
        import difflib

        found = difflib.get_close_matches(name, [one.name for one in self.every], n=1)
        return found[0] if found else None

    @cached_property
    def shared_variables(self) -> tuple[Variable, ...]:
        """The variables for project and location that any client reads, each once: what one file for all holds."""
        every = {v.name: v for one in self.every for v in one.variables_for("project", "location")}
        return tuple(sorted(every.values(), key=lambda v: (v.holds != "project", v.name)))
