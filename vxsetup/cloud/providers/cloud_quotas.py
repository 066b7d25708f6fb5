"""Cloud Quotas v1: the limit in force for each base model of one quota (google-cloud-quotas 0.6.3)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call
from vxsetup.cloud.provider import Inputs, Outcomes, Provider, malformed, unknown
from vxsetup.facts.base import Fact, Known
from vxsetup.facts.models import EffectiveQuota, Limits

SERVICE = "cloudquotas.googleapis.com"


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
    limits: dict[str, int] = {}
    for row in rows:
        dimensions = row.get("dimensions", {}) if isinstance(row, dict) else None
        if not isinstance(dimensions, dict):
            return malformed(call, outcome)
        base_model, region = dimensions.get("base_model"), dimensions.get("region")
        value = _value(row.get("details"))
        if value is None:
            return malformed(call, outcome)
        if isinstance(base_model, str) and region in (None, key.location):
            limits[base_model] = value
    return Known(Limits(limits), call.method, outcome.at)


def _value(details: Any) -> int | None:
    """An int64 is a JSON string; a zero may be left out (F#70862306820)."""
    if details is None:
        return 0
    value = details.get("value", "0") if isinstance(details, dict) else None
    if isinstance(value, (str, int)) and str(value).lstrip("-").isdigit():
        return int(value)
    return None


PROVIDERS = (Provider(EffectiveQuota, SERVICE, ("cloudquotas.quotas.get",), _calls, _read),)
