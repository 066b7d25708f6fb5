"""Quota buckets: which rows may bound a model at a location, what was read of them, and how more is asked for.

The rules about zero quota and about declared needs look at the same buckets; what is one bucket is said here alone.
"""

from __future__ import annotations

import shlex
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from vxsetup.catalog import Catalogue
from vxsetup.catalog.quotas import Limit, Quota
from vxsetup.facts.base import Fact, Facts, Known, Unknown
from vxsetup.facts.quotas import EffectiveQuota, Increase, Preference, QuotaPreferences
from vxsetup.findings import Evidence, Fix, Rung
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import Declaration, Outcome, Target, outcome

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

WORDS = {"requests": "requests", "input_tokens": "input tokens", "output_tokens": "output tokens", "tokens": "tokens"}
"""The kinds of limits as a sentence names them."""


@dataclass(frozen=True, slots=True)
class Asker:
    """What the config says to Google with a request for quota."""

    contact: str | None = None
    justification: str | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """One limit of a model at a location, and what was read of it.

    ``bases`` are the base models that may bound the model here, the likeliest first; ``rows`` maps those that have a
    row to the limits that may hold (two where neither row is the nearer one).
    """

    target: Target
    quota: Quota
    limit: Limit
    key: EffectiveQuota | None
    fact: Fact | None
    bases: tuple[str, ...]
    rows: Mapping[str, tuple[int, ...]]

    @property
    def words(self) -> str:
        """``requests``, ``input tokens`` …"""
        return WORDS[self.limit.kind]

    @property
    def values(self) -> frozenset[int]:
        """Every limit that may hold; empty where no row was read."""
        return frozenset(value for found in self.rows.values() for value in found)

    @property
    def zero(self) -> bool:
        """Whether the limit is 0, whichever row holds."""
        return self.values == {0}

    @property
    def unread(self) -> Unknown | None:
        """Why the limits were not read, where they were not."""
        return self.fact if isinstance(self.fact, Unknown) else None

    @property
    def per_minute(self) -> bool:
        """Whether the limit is one for each minute, as every source says that it is."""
        interval = self.fact.value.interval if isinstance(self.fact, Known) else None
        return interval in (None, "minute")

    @property
    def increase(self) -> Increase | None:
        """Whether the project may ask for more of it; None where the answer does not say."""
        found: Increase | None = self.fact.value.increase if isinstance(self.fact, Known) else None
        return found

    def below(self, need: int) -> bool:
        """Whether every limit that may hold is less than a need."""
        return bool(self.values) and all(0 <= value < need for value in self.values)

    def allows(self, need: int) -> bool:
        """Whether every limit that may hold is enough for a need."""
        return bool(self.values) and all(value < 0 or value >= need for value in self.values)

    def evidence(self) -> Iterator[Evidence]:
        """What was read: ``anthropic-claude-opus: 1,000 requests a minute in force``."""
        if not isinstance(self.fact, Known):
            return
        span = "a minute" if self.per_minute else f"each {self.fact.value.interval}"
        for name, found in self.rows.items():
            says = f"{name}: {' or '.join(map(number, found))} {self.words} {span} in force"
            if name not in self.fact.value.by_base_model:
                says += ", from the row for all base models that have none of their own"
            if len(found) > 1:
                says += "; rows differ, and which of them holds is not documented"
            yield self.fact.evidence(says)

    def named(self, catalogue: Catalogue) -> Iterator[Evidence]:
        """Where the quota id and the base model are from, and which tokens count: the doubts about the number."""
        if self.limit.quota_id is not None:
            base = next(iter((*self.rows, *self.bases)))
            says = f"quota id {self.limit.quota_id.value}, {dimensions_text(self.dimensions(base))}"
            yield catalogue.evidence(self.limit.quota_id, says)
        if self.limit.counts is not None:
            yield catalogue.evidence(self.limit.counts, f"{self.words} a minute count {self.limit.counts.value}")
        for each in self.quota.base_models:
            if each.name in self.rows and each.claim.doubtful:
                yield catalogue.evidence(each.claim, f"{each.name}: {each.claim.note or 'not documented by Google'}")

    def dimensions(self, base_model: str) -> dict[str, str]:
        """The dimensions that pick the row of a base model here."""
        return self.quota.dimension_values(base_model)


MISSING_ROW = Evidence(
    Rung.CATALOGUE,
    "field report F#58605806618 and others",
    "a missing row went with a limit of zero in one settled case; rows were also missing for models that work",
    "2026-08-20",
)
"""What a missing row is known to mean."""


def number(value: int) -> str:
    """``1,250``; ``unlimited`` for -1."""
    return "unlimited" if value < 0 else f"{value:,}"


def dimensions_text(dimensions: Mapping[str, str]) -> str:
    """``base_model=anthropic-claude-opus,region=us-east5``, as gcloud takes it."""
    return ",".join(f"{key}={value}" for key, value in dimensions.items())


def limits_of(target: Target, catalogue: Catalogue) -> tuple[Limit, ...]:
    """The limits that bound a model at a location."""
    return catalogue.quota(target.bare_id, target.location).limits


def key_of(target: Target, limit: Limit) -> EffectiveQuota | None:
    """The fact that tells a limit; None where no source gives its quota id."""
    if limit.quota_id is None:
        return None
    return EffectiveQuota(target.project, target.location, limit.quota_id.value)


def keys_of(target: Target, catalogue: Catalogue) -> tuple[EffectiveQuota, ...]:
    """The facts that tell all limits of a model at a location."""
    keys = (key_of(target, limit) for limit in limits_of(target, catalogue))
    return tuple(key for key in keys if key is not None)


def bucket_name(target: Target, catalogue: Catalogue) -> tuple[str, str]:
    """What models that share a quota have in common: the location and the likeliest base model."""
    bases = catalogue.quota(target.bare_id, target.location).base_models
    return (target.location, bases[0].name if bases else target.bare_id)


def quota_reads(declaration: Declaration) -> tuple[Hashable, ...]:
    """The quota facts that a config gives rise to: one for each quota id and location, not for each model."""
    keys: list[Hashable] = []
    for target, *_ in declaration.places:
        keys += keys_of(target, declaration.catalogue)
    asked: tuple[Hashable, ...] = (QuotaPreferences(declaration.project.id),) if keys else ()
    return (*dict.fromkeys(keys), *asked)


def bucket(target: Target, limit: Limit, seen: Outcome, facts: Facts, circumstances: Circumstances) -> Bucket:
    """One limit with what was read of it.

    Where a refusal names a base model, that one is meant. Else the rows that name one of those that may be meant count,
    and only where there is none the row for all base models.
    """
    key = key_of(target, limit)
    fact = facts[key] if key is not None else None
    quota = circumstances.catalogue.quota(target.bare_id, target.location)
    if seen.refusal is not None and seen.refusal.base_model:
        bases: tuple[str, ...] = (seen.refusal.base_model,)
    else:
        bases = tuple(base.name for base in quota.base_models)
    rows: dict[str, tuple[int, ...]] = {}
    if isinstance(fact, Known):
        own = {name: fact.value.by_base_model[name] for name in bases if name in fact.value.by_base_model}
        rows = own or {name: fact.value.others for name in bases[:1] if fact.value.others}
    return Bucket(target, quota, limit, key, fact, bases, rows)


def buckets(target: Target, facts: Facts, circumstances: Circumstances) -> tuple[Bucket, ...]:
    """Every limit of a model at a location, with what was read of it."""
    seen = outcome(target, facts, circumstances)
    return tuple(
        bucket(target, limit, seen, facts, circumstances) for limit in limits_of(target, circumstances.catalogue)
    )


# Asking for more --------------------------------------------------------------------------------------------------


def console(project: str) -> str:
    """The page of a project's quotas."""
    return f"https://console.cloud.google.com/iam-admin/quotas?project={project}"


def requested(found: Bucket, facts: Facts) -> Preference | None:
    """The request for more of a bucket that Google has already, where the list of requests was read."""
    fact = facts[QuotaPreferences(found.target.project)]
    if not isinstance(fact, Known) or found.key is None:
        return None
    for base in (*found.rows, *(name for name in found.bases if name not in found.rows)):
        request: Preference | None = fact.value.of(found.key.quota_id, found.dimensions(base))
        if request is not None:
            return request
    return None


def ask_for_more(wanted: Iterable[tuple[Bucket, int | None]], asker: Asker, facts: Facts) -> Fix:
    """How an increase of some buckets of one model is asked for: the command, and the page where a person does it.

    ``wanted`` has each bucket with the limit to ask for, None where nobody says how much.
    """
    pairs = list(wanted)
    target = pairs[0][0].target
    bases = tuple(dict.fromkeys(base for found, _ in pairs for base in (tuple(found.rows) or found.bases)))
    where = f"base_model {' or '.join(bases)} at {target.location}"
    summary = f"ask for an increase: in the list of quotas look for {where}"
    open_ = [(found, request) for found, _ in pairs if (request := requested(found, facts)) is not None]
    if open_ and all(request.reconciling for _, request in open_) and len(open_) == len(pairs):
        asked = " and ".join(f"{number(request.preferred)} {found.words}" for found, request in open_)
        summary = f"wait for Google to decide: an increase to {asked} a minute is requested already"
        return Fix(summary, url=console(target.project))
    barred = {found.increase.reason for found, _ in pairs if found.increase is not None and not found.increase.eligible}
    if barred == {"NO_VALID_BILLING_ACCOUNT"}:
        summary = (
            f"link a valid billing account first: without one Google takes no request for an increase. Then {summary}"
        )
    elif barred:
        summary = (
            f"first see VX603: Google takes no request for an increase from this project now; then look for {where}"
        )
        return Fix(summary, url=console(target.project))
    commands = [_command(found, value, asker, facts) for found, value in pairs if value is not None]
    whole = " && ".join(commands) if len(commands) == len(pairs) else None
    return Fix(summary, command=whole, url=console(target.project))


def _command(found: Bucket, value: int, asker: Asker, facts: Facts) -> str:
    """The gcloud command for one bucket; Google asks for an e-mail address with every increase."""
    assert found.key is not None  # a bucket without an id is never asked for by command
    request = requested(found, facts)
    base = next(iter((*found.rows, *found.bases)))
    verb = f"update {shlex.quote(request.id)}" if request is not None else "create"
    email = shlex.quote(asker.contact) if asker.contact else '"$(gcloud config get account)"'
    parts = [
        f"gcloud beta quotas preferences {verb} --project={shlex.quote(found.target.project)} --service=aiplatform.googleapis.com",
        f"--quota-id={found.key.quota_id} --dimensions={shlex.quote(dimensions_text(found.dimensions(base)))}",
        f"--preferred-value={value} --email={email}",
    ]
    if asker.justification:
        parts.append(f"--justification={shlex.quote(' '.join(asker.justification.split()))}")
    return " ".join(parts)
