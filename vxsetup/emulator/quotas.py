"""Quota: what a bucket holds, and the Cloud Quotas API over it.

Rows exist for models that a project never enabled, and a limit of 0 is shown as a missing value (F#70862306820).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from . import errors
from .access import project_for
from .http import Response, answer
from .model import Limits, Project
from .routing import Answer, Call, Route
from .shapes import etag_of, page, part, text
from .state import State
from .tables import Tables, base_model, is_regional

API = "cloudquotas.googleapis.com"
AIPLATFORM = "aiplatform.googleapis.com"

_KINDS = ("requests", "input_tokens", "output_tokens", "tokens")

ALL = "*"
"""In a world: the row for every base model that has no row of its own; the API shows it without ``base_model``."""

METRIC_TAILS: Mapping[str, str] = {
    "requests": "online_prediction_requests_per_base_model",
    "input_tokens": "online_prediction_input_tokens_per_minute_per_base_model",
    "output_tokens": "online_prediction_output_tokens_per_minute_per_base_model",
    "tokens": "online_prediction_tokens_per_minute_per_base_model",
}

# Quota ids by scope (GD:use-partner-models for us and eu; F#63086630148, F#60931243423 for the others). The regional
# id for combined tokens was seen nowhere: it follows the pattern of the others.
QUOTA_IDS: Mapping[tuple[str, str], str] = {
    ("global", "requests"): "GlobalOnlinePredictionRequestsPerMinutePerProjectPerBaseModel",
    ("global", "input_tokens"): "GlobalOnlinePredictionInputTokensPerMinutePerBaseModel",
    ("global", "output_tokens"): "GlobalOnlinePredictionOutputTokensPerMinutePerBaseModel",
    ("global", "tokens"): "GlobalOnlinePredictionTokensPerMinutePerBaseModel",
    ("us", "requests"): "UsOnlinePredictionRequestsPerMinPerProjectPerBaseModel",
    ("us", "input_tokens"): "UsOnlinePredictionInputTokensPerMinutePerBaseModel",
    ("us", "output_tokens"): "UsOnlinePredictionOutputTokensPerMinutePerBaseModel",
    ("eu", "requests"): "EuOnlinePredictionRequestsPerMinPerProjectPerBaseModel",
    ("eu", "input_tokens"): "EuOnlinePredictionInputTokensPerMinutePerBaseModel",
    ("eu", "output_tokens"): "EuOnlinePredictionOutputTokensPerMinutePerBaseModel",
    ("regional", "requests"): "OnlinePredictionRequestsPerMinutePerProjectPerRegionPerBaseModel",
    ("regional", "input_tokens"): "OnlinePredictionInputTokensPerMinutePerRegionPerBaseModel",
    ("regional", "output_tokens"): "OnlinePredictionOutputTokensPerMinutePerRegionPerBaseModel",
    ("regional", "tokens"): "OnlinePredictionTokensPerMinutePerRegionPerBaseModel",
}


def scope_of(location: str) -> str:
    """``global``, ``us``, ``eu`` or ``regional``."""
    return "regional" if is_regional(location) else location


def metric(location: str, kind: str) -> str:
    """The metric's name after ``aiplatform.googleapis.com/`` (GD:claude/quotas)."""
    prefix = {"global": "global_", "us": "us_multi_region_", "eu": "eu_multi_region_"}.get(location, "")
    return prefix + METRIC_TAILS[kind]


def _documented(tables: Tables, base: str, location: str) -> Limits | None:
    """Google's published default for a bucket at a location."""
    row = tables.lineage_quota.get(base, {}).get(location) if not is_regional(location) else None
    if row is None:
        model = tables.models.get(base.removeprefix("anthropic-"))
        if model is None or (model.lineage is not None and base != base_model(model, location)):
            return None
        row = model.quota.get(location)
    if row is None:
        return None
    if len(row) == 3:
        return Limits(row[0], row[1], row[2])
    return Limits(requests=row[0], tokens=row[1]) if len(row) == 2 else Limits(requests=row[0])


def limits(state: State, project: Project, base: str, location: str) -> Limits | None:
    """What the project's bucket holds, or None where it has no row at all.

    A row of its own comes before the row for all base models, and that before Google's published default.
    """
    usual = _documented(state.tables, base, location)
    setting = state.world.behaviour.default_quota
    if setting == "absent":
        usual = None
    elif setting == "zero" and usual is not None:
        none_at_all = {kind: 0 for kind in _KINDS if getattr(usual, kind) is not None}
        usual = replace(usual, used_up=None, **none_at_all)
    rows = project.quotas.get(location, {})
    found = usual
    for row in (rows.get(ALL), rows.get(base)):
        if row is not None:
            found = row if found is None else _laid_over(found, row)
    return found


def _laid_over(under: Limits, over: Limits) -> Limits:
    """One row over another: what the upper one leaves out stays."""
    given = {kind: getattr(over, kind) for kind in _KINDS if getattr(over, kind) is not None}
    return replace(under, used_up=over.used_up, **given)


def exhausted(state: State, project: Project, base: str, location: str) -> str | None:
    """The kind of limit that lets no request through, or None: it is 0, or the world says that it is used up.

    What requests use is not counted here.
    """
    row = limits(state, project, base, location)
    if row is None:
        return "requests"
    used_up = row.used_up or ()
    return next((kind for kind in _KINDS if getattr(row, kind) == 0 or kind in used_up), None)


def _buckets(state: State, project: Project) -> Iterator[tuple[str, str]]:
    """Every (location, base model) that could have a row."""
    seen: set[tuple[str, str]] = set()
    for model in state.tables.models.values():
        for location in model.quota:
            seen.add((location, base_model(model, location)))
    for location, rows in project.quotas.items():
        seen |= {(location, base) for base in rows}
    yield from sorted(seen)


def _row(state: State, project: Project, base: str, location: str, kind: str) -> int | None:
    """The value of a bucket's own row; None where only the row for all base models holds for it."""
    rows = project.quotas.get(location, {})
    for_all = rows.get(ALL)
    if base == ALL:
        return getattr(for_all, kind) if for_all is not None else None
    own = rows.get(base)
    if for_all is not None and getattr(for_all, kind) is not None and (own is None or getattr(own, kind) is None):
        return None
    found = limits(state, project, base, location)
    return getattr(found, kind) if found is not None else None


def _rows(state: State, project: Project, scope: str, kind: str) -> list[dict[str, Any]]:
    found = []
    for location, base in _buckets(state, project):
        if scope_of(location) != scope:
            continue
        value = _row(state, project, base, location, kind)
        if value is None:
            continue
        dimensions = {} if base == ALL else {"base_model": base}
        dimensions |= {"region": location} if scope == "regional" else {}
        details = {"value": str(value)} if value else {}
        found.append({"dimensions": dimensions, "details": details, "applicableLocations": [location]})
    return found


def _info(state: State, project: Project, scope: str, kind: str) -> dict[str, Any]:
    quota_id = QUOTA_IDS[scope, kind]
    location = "us-east5" if scope == "regional" else scope
    return {
        "name": f"projects/{project.number}/locations/global/services/{AIPLATFORM}/quotaInfos/{quota_id}",
        "quotaId": quota_id,
        "metric": f"{AIPLATFORM}/{metric(location, kind)}",
        "service": AIPLATFORM,
        "refreshInterval": "minute",
        "containerType": "PROJECT",
        "dimensions": ["base_model", "region"] if scope == "regional" else ["base_model"],
        "metricDisplayName": METRIC_TAILS[kind].replace("_", " "),
        "quotaDisplayName": METRIC_TAILS[kind].replace("_", " "),
        "metricUnit": "1",
        **_increase(project),
        "dimensionsInfos": _rows(state, project, scope, kind),
    }


def _increase(project: Project) -> dict[str, Any]:
    """Whether more may be asked for. A false ``isEligible`` is left out, as proto3 JSON does."""
    said = project.quota_increase
    if said is None:
        said = "eligible" if project.billing is not None and project.billing.open else "NO_VALID_BILLING_ACCOUNT"
    if said == "unsaid":
        return {}
    if said in ("eligible", "fixed"):
        return {"quotaIncreaseEligibility": {"isEligible": True}, **({"isFixed": True} if said == "fixed" else {})}
    return {"quotaIncreaseEligibility": {"ineligibilityReason": said}}


def _allowed(call: Call, permission: str) -> Project | Response:
    return project_for(call, call.args["project"], permission)


def _get_info(call: Call) -> Answer:
    project = _allowed(call, "cloudquotas.quotas.get")
    if isinstance(project, Response):
        return project
    for (scope, kind), quota_id in QUOTA_IDS.items():
        if quota_id == call.args["quota"] and call.args["service"] == AIPLATFORM:
            return answer(_info(call.state, project, scope, kind))
    return errors.not_found(f"Quota {call.args['quota']} was not found.")


def _list_infos(call: Call) -> Answer:
    project = _allowed(call, "cloudquotas.quotas.get")
    if isinstance(project, Response):
        return project
    if call.args["service"] != AIPLATFORM:
        return answer({})
    rows = [_info(call.state, project, scope, kind) for scope, kind in QUOTA_IDS]
    seen, following = page(rows, call.target.first("pageSize"), call.target.first("pageToken"), 50)
    return answer({"quotaInfos": seen, **({"nextPageToken": following} if following else {})})


def _preference_body(project: Project, key: str, preference: Mapping[str, Any]) -> dict[str, Any]:
    body = {"name": f"projects/{project.number}/locations/global/quotaPreferences/{key}", **preference}
    return body | {"etag": etag_of(dict(preference))}


def _get_preference(call: Call) -> Answer:
    project = _allowed(call, "cloudquotas.quotas.get")
    if isinstance(project, Response):
        return project
    found = project.preferences.get(call.args["preference"])
    return answer(_preference_body(project, call.args["preference"], found)) if found else errors.not_found()


def _list_preferences(call: Call) -> Answer:
    project = _allowed(call, "cloudquotas.quotas.get")
    if isinstance(project, Response):
        return project
    rows = [_preference_body(project, key, one) for key, one in project.preferences.items()]
    seen, following = page(rows, call.target.first("pageSize"), call.target.first("pageToken"), 50)
    return answer(
        ({"quotaPreferences": seen} if seen else {}) | ({"nextPageToken": following} if following else {}),
    )


def _preferred(data: Mapping[str, Any]) -> int | None:
    raw = part(data, "quotaConfig").get("preferredValue")
    try:
        value = int(raw) if isinstance(raw, str | int) else None
    except ValueError:
        return None
    return value if value is not None and -1 <= value < 2**63 else None


def _granted(project: Project, data: Mapping[str, Any], value: int) -> Project:
    """The project after its increase was granted."""
    found = next((key for key, quota_id in QUOTA_IDS.items() if quota_id == text(data, "quotaId")), None)
    dimensions = part(data, "dimensions")
    base = text(dimensions, "base_model")
    if found is None or not base:
        return project
    scope, kind = found
    location = text(dimensions, "region") if scope == "regional" else scope
    rows = project.quotas.get(location, {})
    given: dict[str, Any] = {kind: value}
    row = replace(rows.get(base, Limits()), **given)
    return replace(project, quotas={**project.quotas, location: {**rows, base: row}})


def _store_preference(call: Call, project: Project, key: str, data: Mapping[str, Any]) -> Answer:
    value = _preferred(data)
    if value is None:
        return errors.invalid("quota_config.preferred_value must be -1 or more.")
    if text(data, "service") != AIPLATFORM or text(data, "quotaId") not in QUOTA_IDS.values():
        return errors.not_found(f"Quota {text(data, 'quotaId')} was not found.")
    granted = call.state.world.behaviour.quota_preferences == "granted"
    preference: dict[str, Any] = {
        "service": AIPLATFORM,
        "quotaId": text(data, "quotaId"),
        "dimensions": {name: one for name, one in part(data, "dimensions").items() if isinstance(one, str)},
        "quotaConfig": {"preferredValue": str(value)} | ({"grantedValue": str(value)} if granted else {}),
    }
    optional = {"justification": text(data, "justification"), "contactEmail": text(data, "contactEmail")}
    preference |= {name: one for name, one in optional.items() if one}
    preference |= {} if granted else {"reconciling": True}
    changed = replace(project, preferences={**project.preferences, key: preference})
    changed = _granted(changed, data, value) if granted else changed
    return call.state.with_project(changed), answer(_preference_body(changed, key, preference))


def _create_preference(call: Call) -> Answer:
    project = _allowed(call, "cloudquotas.quotas.update")
    if isinstance(project, Response):
        return project
    wanted = (text(call.data, "service"), text(call.data, "quotaId"), dict(part(call.data, "dimensions")))
    for one in project.preferences.values():
        if (one.get("service"), one.get("quotaId"), one.get("dimensions")) == wanted:
            return errors.google(409, "A preference for this quota and these dimensions exists.", "ALREADY_EXISTS")
    key = call.target.first("quotaPreferenceId") or f"preference-{len(project.preferences) + 1}"
    return _store_preference(call, project, key, call.data)


def _patch_preference(call: Call) -> Answer:
    project = _allowed(call, "cloudquotas.quotas.update")
    if isinstance(project, Response):
        return project
    key = call.args["preference"]
    old = project.preferences.get(key)
    if old is None and call.target.first("allowMissing") != "true":
        return errors.not_found()
    return _store_preference(call, project, key, {**(old or {}), **call.data})


def routes() -> tuple[Route, ...]:
    """What this API serves; gcloud asks for v1beta."""
    found: list[Route] = []
    for version in ("v1", "v1beta"):
        infos = f"/{version}/projects/{{project}}/locations/global/services/{{service}}/quotaInfos"
        preferences = f"/{version}/projects/{{project}}/locations/global/quotaPreferences"
        found += [
            Route("GET", infos, API, _list_infos),
            Route("GET", infos + "/{quota}", API, _get_info),
            Route("GET", preferences, API, _list_preferences),
            Route("POST", preferences, API, _create_preference),
            Route("GET", preferences + "/{preference}", API, _get_preference),
            Route("PATCH", preferences + "/{preference}", API, _patch_preference),
        ]
    return tuple(found)
