"""Cloud Quotas v1: the limit in force for each base model of one quota, and the increases that were asked for.

Quotas are read one by one and by id, up to four for each kind of endpoint: the list of all quotas of Vertex AI comes
in many pages, and pages are round trips (google-cloud-quotas 0.6.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call
from vxsetup.cloud.provider import Inputs, Outcomes, Provider, malformed, unknown
from vxsetup.facts.base import Fact, Known
from vxsetup.facts.quotas import EffectiveQuota, Increase, Limits, Preference, Preferences, QuotaPreferences

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

SERVICE = "cloudquotas.googleapis.com"
PERMISSION = "cloudquotas.quotas.get"

_WITHOUT_REGION = ("global", "us", "eu")
_INT64 = re.compile(r"-?[0-9]{1,19}")
_WORDS = re.compile(r"[a-z0-9 ]{1,40}")
_REASON = re.compile(r"[A-Z_]{1,60}")
_ID = re.compile(r"[A-Za-z0-9._~-]{1,120}")
_PAGE = 500
"""Requests for quota in one page: what a project has for all services together, with room to spare."""


# Limits in force ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that counts at the location. ``keys`` are the dimensions that it names; ``others`` those that are neither
    base_model nor region, with their values."""

    base_model: str | None
    keys: frozenset[str]
    others: tuple[tuple[str, str], ...]
    value: int


def _calls(key: EffectiveQuota, inputs: Inputs) -> tuple[Call, ...]:
    parent = f"projects/{quote(key.project, safe=':')}/locations/global/services/aiplatform.googleapis.com"
    url = f"https://{SERVICE}/v1/{parent}/quotaInfos/{quote(key.quota_id, safe='')}"
    return (Call(SERVICE, "cloudquotas.quotaInfos.get", "GET", url, permission=PERMISSION),)


def _read(key: EffectiveQuota, inputs: Inputs, outcomes: Outcomes) -> Fact:
    call, outcome = next(iter(outcomes.items()))
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome)
    data = outcome.mapping() or {}
    infos = data.get("dimensionsInfos", [])
    if not isinstance(data.get("quotaId"), str) or not isinstance(infos, list):
        return malformed(call, outcome)
    rows: list[_Row] = []
    for info in infos:
        if _is_none(info):
            return malformed(call, outcome)
        row = _row(info, key.location)
        rows += [row] if row is not None else []
    if _contradict(rows):
        return malformed(call, outcome)
    named: dict[str, list[_Row]] = {}
    for row in rows:
        if row.base_model is not None:
            named.setdefault(row.base_model, []).append(row)
    unnamed = [row for row in rows if row.base_model is None]
    by_base_model = {name: _nearest([*own, *unnamed]) for name, own in sorted(named.items())}
    limits = Limits(by_base_model, _nearest(unnamed), _increase(data), _interval(data.get("refreshInterval")))
    return Known(limits, call.method, outcome.at)


def _interval(said: Any) -> str | None:
    """For how long a limit counts: ``minute``, ``day``, ``10 seconds``; None where the answer does not say."""
    if said is None or said == "":
        return None
    return said if isinstance(said, str) and _WORDS.fullmatch(said) else "unknown time"


def _is_none(info: Any) -> bool:
    """Whether a row is not one that Cloud Quotas documents."""
    dimensions = info.get("dimensions", {}) if isinstance(info, dict) else None
    if not isinstance(dimensions, dict) or _value(info.get("details")) is None:
        return True
    if not all(isinstance(value, str) or value is None for value in dimensions.values()):
        return True
    applies = info.get("applicableLocations")
    return applies is not None and not (isinstance(applies, list) and all(isinstance(item, str) for item in applies))


def _row(info: Mapping[str, Any], location: str) -> _Row | None:
    """A row where it counts at the location; None where it is of elsewhere.

    The quotas of global, us and eu have no region at all, so any row of theirs without one counts.
    """
    dimensions = {key: value for key, value in info.get("dimensions", {}).items() if value is not None}
    region, applies = dimensions.get("region"), info.get("applicableLocations")
    here = region == location if region is not None else applies is None or location in applies
    if not here and (region is not None or location not in _WITHOUT_REGION):
        return None
    value = _value(info.get("details"))
    assert value is not None  # seen before
    others = tuple(sorted((key, one) for key, one in dimensions.items() if key not in ("base_model", "region")))
    return _Row(dimensions.get("base_model"), frozenset(dimensions), others, value)


def _contradict(rows: list[_Row]) -> bool:
    """Whether two rows say the same place and another limit: then neither is believed."""
    seen: dict[tuple[object, ...], int] = {}
    return any(seen.setdefault((row.base_model, row.keys, row.others), row.value) != row.value for row in rows)


def _nearest(rows: list[_Row]) -> tuple[int, ...]:
    """The limits of the rows that no other row overrides.

    A row holds for all values of a dimension that it does not name, but for those that have a row of their own
    (google-cloud-quotas 0.6.3, ``DimensionsInfo``). A row with a dimension that nobody here knows may or may not be
    meant, so it stands beside the others and overrides none.
    """
    sure = [row for row in rows if not row.others]
    kept = [row for row in sure if not any(row.keys < other.keys for other in sure)]
    return tuple(sorted({row.value for row in (*kept, *(row for row in rows if row.others))}))


def _value(details: Any) -> int | None:
    """An int64 is a JSON string; a zero may be left out (F#70862306820)."""
    if details is None:
        return 0
    value = details.get("value", "0") if isinstance(details, dict) else None
    return _int64(value)


def _int64(value: Any) -> int | None:
    if isinstance(value, (str, int)) and _INT64.fullmatch(str(value)):
        return int(value)
    return None


def _increase(data: Mapping[str, Any]) -> Increase | None:
    """``isEligible`` is left out where it is false, as proto3 JSON does; a fixed quota takes no increase at all."""
    if data.get("isFixed") is True:
        return Increase(False, "FIXED")
    found = data.get("quotaIncreaseEligibility")
    if not isinstance(found, dict):
        return None
    if found.get("isEligible") is True:
        return Increase(True)
    reason = found.get("ineligibilityReason")
    return Increase(False, reason if isinstance(reason, str) and _REASON.fullmatch(reason) else "OTHER")


# Increases that were asked for -------------------------------------------------------------------------------------


def _preferences_calls(key: QuotaPreferences, inputs: Inputs) -> tuple[Call, ...]:
    parent = f"projects/{quote(key.project, safe=':')}/locations/global"
    url = f"https://{SERVICE}/v1/{parent}/quotaPreferences?pageSize={_PAGE}"
    return (Call(SERVICE, "cloudquotas.quotaPreferences.list", "GET", url, permission=PERMISSION),)


def _preferences_read(key: QuotaPreferences, inputs: Inputs, outcomes: Outcomes) -> Fact:
    call, outcome = next(iter(outcomes.items()))
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome)
    data = outcome.mapping()
    rows = data.get("quotaPreferences", []) if data is not None else None
    if data is None or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return malformed(call, outcome)
    requested = tuple(_preferences(rows))
    return Known(Preferences(requested, not data.get("nextPageToken")), call.method, outcome.at)


def _preferences(rows: list[Mapping[str, Any]]) -> Iterator[Preference]:
    """The requests that can be understood; one that cannot be is as good as none, since none decides a verdict."""
    for row in rows:
        config, dimensions = row.get("quotaConfig"), row.get("dimensions", {})
        preferred = _int64(config.get("preferredValue", "0")) if isinstance(config, dict) else None
        names = (row.get("name"), row.get("service"), row.get("quotaId"))
        name = str(names[0]).rpartition("/")[2]
        if preferred is None or not isinstance(dimensions, dict) or not all(isinstance(one, str) for one in names):
            continue
        if not _ID.fullmatch(name):
            continue
        assert isinstance(config, dict)  # preferred says so
        said = config.get("stateDetail")
        yield Preference(
            id=name,
            service=str(names[1]),
            quota_id=str(names[2]),
            preferred=preferred,
            granted=_int64(config.get("grantedValue")),
            reconciling=row.get("reconciling") is True,
            says=said if isinstance(said, str) else "",
            dimensions={str(key): str(value) for key, value in dimensions.items()},
        )


PROVIDERS = (
    Provider(EffectiveQuota, SERVICE, (PERMISSION,), _calls, _read),
    Provider(QuotaPreferences, SERVICE, (PERMISSION,), _preferences_calls, _preferences_read),
)
