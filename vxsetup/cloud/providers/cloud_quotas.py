"""Cloud Quotas v1: the limit in force for each base model of one quota (google-cloud-quotas 0.6.3)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call
from vxsetup.cloud.provider import Inputs, Outcomes, Provider, malformed, unknown
from vxsetup.facts.base import Fact, Known
from vxsetup.facts.models import EffectiveQuota, Limits

SERVICE = "cloudquotas.googleapis.com"

_WITHOUT_REGION = ("global", "us", "eu")
_INT64 = re.compile(r"-?[0-9]{1,19}")


def _calls(key: EffectiveQuota, inputs: Inputs) -> tuple[Call, ...]:
    parent = f"projects/{quote(key.project, safe=':')}/locations/global/services/aiplatform.googleapis.com"
    url = f"https://{SERVICE}/v1/{parent}/quotaInfos/{quote(key.quota_id, safe='')}"
    return (Call(SERVICE, "cloudquotas.quotaInfos.get", "GET", url, permission="cloudquotas.quotas.get"),)


def _read(key: EffectiveQuota, inputs: Inputs, outcomes: Outcomes) -> Fact:
    call, outcome = next(iter(outcomes.items()))
    if not isinstance(outcome, Answer) or not outcome.ok:
        return unknown(call, outcome)
    data = outcome.mapping() or {}
    rows = data.get("dimensionsInfos", [])
    if not isinstance(data.get("quotaId"), str) or not isinstance(rows, list):
        return malformed(call, outcome)
    found: dict[str, dict[int, int]] = {}
    for row in rows:
        read = _row(row, key.location)
        if read is None:
            return malformed(call, outcome)
        base_model, nearness, value = read
        if base_model is None or nearness is None:
            continue
        if found.setdefault(base_model, {}).setdefault(nearness, value) != value:
            return malformed(call, outcome)  # two rows that say the same place and another limit: neither is believed
    limits = {name: by_nearness[max(by_nearness)] for name, by_nearness in found.items()}
    return Known(Limits(limits), call.method, outcome.at)


def _row(row: Any, location: str) -> tuple[str | None, int | None, int] | None:
    """A row's base model, how nearly it speaks of the location, and its limit; None where it is not a row at all."""
    dimensions = row.get("dimensions", {}) if isinstance(row, dict) else None
    if not isinstance(dimensions, dict):
        return None
    base_model, region = dimensions.get("base_model"), dimensions.get("region")
    applies, value = row.get("applicableLocations"), _value(row.get("details"))
    if value is None or not all(item is None or isinstance(item, str) for item in (base_model, region)):
        return None
    if applies is not None and not (isinstance(applies, list) and all(isinstance(item, str) for item in applies)):
        return None
    return base_model, _nearness(region, applies, location), value


def _nearness(region: str | None, applies: list[str] | None, location: str) -> int | None:
    """2 for a row of this very region, 1 for one without a region that counts here, None for one of elsewhere.

    The quotas of global, us and eu have no region at all, so any row of theirs without one counts.
    """
    if region is not None:
        return 2 if region == location else None
    return 1 if location in _WITHOUT_REGION or applies is None or location in applies else None


def _value(details: Any) -> int | None:
    """An int64 is a JSON string; a zero may be left out (F#70862306820)."""
    if details is None:
        return 0
    value = details.get("value", "0") if isinstance(details, dict) else None
    if isinstance(value, (str, int)) and _INT64.fullmatch(str(value)):
        return int(value)
    return None


PROVIDERS = (Provider(EffectiveQuota, SERVICE, ("cloudquotas.quotas.get",), _calls, _read),)
