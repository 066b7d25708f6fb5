"""Agent Platform (aiplatform): publisher models, predictions through every gate, and publisher model settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from . import caching, errors, messages
from .access import service_restricted, titled, usable, user_project_refusal
from .http import Response, answer
from .iam import allows, project_resource, within
from .model import Model, Project
from .operations import begun
from .policies import names_denied, permits
from .quotas import AIPLATFORM, exhausted, metric
from .routing import Answer, Call, Route
from .shapes import page, part, text
from .tables import GATED_FAMILIES, ModelRow, base_model, is_regional, location_host, split_model

PREDICT = "aiplatform.endpoints.predict"
SET_CONFIG = "aiplatform.endpoints.setPublisherModelConfig"
_COUNT = "count-tokens"
_NEWEST = "default"

Gate = Callable[[Call, Project, ModelRow, str, Model], Response | None]


def _model_name(call: Call) -> str:
    args = call.args
    return (
        f"projects/{args['project']}/locations/{args['location']}/publishers/{args['publisher']}/models/{args['model']}"
    )


def _host_refusal(call: Call) -> Response | None:
    """404 where a real host was addressed that does not serve the location. What Google answers was seen nowhere."""
    if call.target.host is None or call.target.host == location_host(call.args["location"]):
        return None
    return errors.not_found(f"The host {call.target.host} does not serve the location {call.args['location']}.")


def _project(call: Call, permission: str) -> Project | Response:
    """The project of the path, after API, billing and permission, in this order (the order is the design's)."""
    refusal = _host_refusal(call) if "location" in call.args else None
    refusal = refusal or user_project_refusal(call)
    if refusal is not None:
        return refusal
    named = call.args["project"]
    project = call.state.project(named)
    name = _model_name(call) if "location" in call.args else f"projects/{named}"
    if project is None or project.state != "ACTIVE":
        return errors.permission_denied(permission, AIPLATFORM, name)
    if not usable(project, AIPLATFORM, call.now):
        return errors.service_disabled(AIPLATFORM, titled(call.state, AIPLATFORM), named)
    if project.billing is None or not project.billing.open:
        return errors.billing_disabled(AIPLATFORM, project.number)
    resource = within(project_resource(call.state, project), name, f"{AIPLATFORM}/PublisherModel", AIPLATFORM)
    if not allows(call.state, call.principal, resource, permission, call.now):
        return errors.permission_denied(permission, AIPLATFORM, name)
    return project


def _violated(constraint: str, text_after: str) -> Response:
    return errors.precondition(f"Organization Policy constraint constraints/{constraint} violated for {text_after}")


def _policy_refusal(call: Call, project: Project, bare: str, location: str) -> Response | None:
    """Organization policies: the service, the host of the location, the model, and the features that the body uses."""
    state, node, publisher = call.state, project.node, call.args["publisher"]
    restricted = service_restricted(state, project, AIPLATFORM)
    if restricted is not None:
        return restricted
    host = location_host(location)
    if names_denied(state, node, "gcp.restrictEndpointUsage", host):
        # A 403 on every global call is reported (F#61424486628); the sentence was not seen.
        metadata = {"service": AIPLATFORM, "consumer": f"projects/{project.number}"}
        return errors.google(
            403,
            "Request is disallowed by organization's constraints/gcp.restrictEndpointUsage constraint for "
            f"'projects/{project.number}' attempting to use endpoint '{host}'.",
            details=[errors.info("ENDPOINT_USAGE_RESTRICTION_VIOLATED", "googleapis.com", metadata)],
        )
    value = f"publishers/{publisher}/models/{bare}:predict"
    if not permits(state, node, "vertexai.allowedModels", value):
        return _violated(
            "vertexai.allowedModels",
            f"`projects/{project.number}` attempting to use a disallowed Gen AI model {bare}. Please contact your "
            f"organization administrator to fix this violation by adding `{value}` to the allowed values. For more "
            "info, see https://cloud.google.com/vertex-ai/generative-ai/docs/control-model-access.",
        )
    for feature in messages.features_used(messages.parsed(call.request) or {}):
        whole = f"publishers/{publisher}"
        names = (f"{whole}/models/{bare}:{feature}", f"{whole}/models/{bare}", whole)
        if not permits(state, node, "vertexai.allowedPartnerModelFeatures", *names):
            return _violated(
                "vertexai.allowedPartnerModelFeatures",
                f"`projects/{project.number}` attempting to use a disallowed feature {feature} for Partner model "
                f"{bare}. Please contact your organization administrator to fix this violation by adding "
                f"`{names[0]}` to the allowed values.",
            )
    return None


def _row(call: Call, project: Project) -> ModelRow | None:
    """The published model that the path names, or one that the world gives to this project alone; None for neither."""
    bare, version = split_model(call.args["model"])
    if call.args["publisher"] != "anthropic":
        return None
    row = call.state.tables.models.get(bare)
    if row is None:
        own = bare in project.models and version in (None, _NEWEST)
        return ModelRow(bare, gated=bare.startswith(GATED_FAMILIES)) if own else None
    if row.shut_down is not None and row.shut_down <= call.now.date():
        return None
    return row if version in (None, _NEWEST, row.version) else None


def _enablement(call: Call, project: Project, row: ModelRow, location: str, model: Model) -> Response | None:
    return None if model.enabled else errors.model_not_found(_model_name(call))


def _served(call: Call, project: Project, row: ModelRow, location: str, model: Model) -> Response | None:
    """A single region refuses with 400 (F#58508477443); global and multi-regions with 404 (F#63086630148)."""
    places = row.locations if model.locations is None else model.locations
    if model.locations is None and row.id not in call.state.tables.models:
        places = ("global", "us", "eu")
    if location in places:
        return None
    if not is_regional(location):
        return errors.model_not_found(_model_name(call))
    return errors.precondition(f"Publisher Model `{_model_name(call)}` is not servable in region {location}.")


def config_of(project: Project, location: str, bare: str) -> dict[str, Any]:
    """A model's settings at a location, with the data sharing that the world sets for all locations."""
    found = dict(project.configs.get(location, {}).get(bare, {}))
    if project.models.get(bare, Model()).data_sharing:
        found.setdefault("dataSharingEnabledProvider", "ANTHROPIC")
    return found


def _consents(call: Call, project: Project, row: ModelRow, location: str, model: Model) -> Response | None:
    """The safety addendum, then data sharing (GD:abuse-monitoring; the text for the addendum was seen nowhere)."""
    if not row.gated:
        return None
    if not (project.addendum or model.addendum):
        return errors.google(
            403,
            "Access to this model requires consent to the Advanced AI Safety Addendum for this project. Please give "
            "consent on the model's page in Model Garden.",
        )
    if config_of(project, location, row.id).get("dataSharingEnabledProvider") != "ANTHROPIC":
        return errors.google(
            403,
            "Access to this model requires data sharing to be enabled for publisher 'anthropic'. Please set "
            "PublisherModelConfig.data_sharing_enabled_provider to 'anthropic' via the setPublisherModelConfig API "
            "to use this model.",
        )
    return None


def _quota(call: Call, project: Project, row: ModelRow, location: str, model: Model) -> Response | None:
    base = base_model(row, location)
    kind = exhausted(call.state, project, base, location)
    if kind is None:
        return None
    return errors.google(
        429,
        f"Quota exceeded for {AIPLATFORM}/{metric(location, kind)} with base model: {base}. Please submit a quota "
        "increase request. https://cloud.google.com/vertex-ai/docs/generative-ai/quotas-genai.",
    )


_ORDERS: dict[str, tuple[Gate, ...]] = {
    "enablement-first": (_enablement, _served, _consents, _quota),
    "zero-quota-first": (_quota, _enablement, _served, _consents),
}


def _predicted(call: Call) -> Answer:
    if len(call.request.body) > messages.MAX_PAYLOAD:
        return errors.invalid(f"Request payload size exceeds the limit: {messages.MAX_PAYLOAD} bytes.")
    project = _project(call, PREDICT)
    if isinstance(project, Response):
        return project
    location, bare = call.args["location"], split_model(call.args["model"])[0]
    refusal = _policy_refusal(call, project, bare, location)
    if refusal is not None:
        return refusal
    if bare == _COUNT and call.args["publisher"] == "anthropic":
        return _counted(call, location)
    row = _row(call, project)
    if row is None:
        return errors.model_not_found(_model_name(call))
    model = project.models.get(row.id, Model())
    for gate in _ORDERS[call.state.world.behaviour.check_order]:
        refusal = gate(call, project, row, location, model)
        if refusal is not None:
            return refusal
    prefix = caching.prefix(messages.parsed(call.request) or {}, f"{project.id} {location}", row.id)
    response = messages.answered(call.request, row, caching.usage(prefix, call.state, call.now))
    if prefix is None or response.status != 200:
        return response
    return caching.remembered(prefix, call.state, call.now), response


def _counted(call: Call, location: str) -> Response:
    """count-tokens: in its own few documented locations, and whether or not the model is enabled (inferred)."""
    if location not in call.state.tables.count_tokens_locations:
        return errors.precondition(f"Publisher Model `{_model_name(call)}` is not servable in region {location}.")
    return messages.token_count(call.request, call.state.tables.models)


def _raw_predict(call: Call) -> Answer:
    return _predicted(call)


def _stream_raw_predict(call: Call) -> Answer:
    """Errors of the platform come wrapped in an array on streaming calls (F#59293036565); the model's own do not."""
    response = _predicted(call)
    if isinstance(response, tuple) or response.status == 200 or response.body.startswith(b'{"type":"error"'):
        return response
    return Response(response.status, response.headers, b"[" + response.body + b"\n]")


def _published(row: ModelRow) -> dict[str, Any]:
    return {
        "name": f"publishers/anthropic/models/{row.id}",
        "versionId": row.version or _NEWEST,
        "openSourceCategory": "PROPRIETARY",
        "launchStage": row.stage,
        "publisherModelTemplate": f"projects/{{project}}/locations/{{location}}/publishers/anthropic/models/{row.id}",
    }


def _visible(call: Call, row: ModelRow) -> bool:
    return row.shut_down is None or row.shut_down > call.now.date()


def _get_model(call: Call) -> Answer:
    """The catalogue's word for a model: blind to project and region (F#71017537843)."""
    bare, version = split_model(call.args["model"])
    row = call.state.tables.models.get(bare) if call.args["publisher"] == "anthropic" else None
    if row is None or not _visible(call, row) or version not in (None, _NEWEST, row.version):
        return errors.not_found(f"Publisher Model `publishers/{call.args['publisher']}/models/{bare}` was not found.")
    return answer(_published(row))


def _list_models(call: Call) -> Answer:
    if call.args["publisher"] not in ("anthropic", "*", "-"):
        return answer({})
    rows = [_published(row) for row in call.state.tables.models.values() if _visible(call, row)]
    seen, following = page(rows, call.target.first("pageSize"), call.target.first("pageToken"), 100)
    return answer({"publisherModels": seen, **({"nextPageToken": following} if following else {})})


def _enable_model(call: Call) -> Answer:
    """Succeeds where forms and terms are done (GD:reference); which permission it checks is not documented."""
    project = _project(call, "consumerprocurement.entitlements.list")
    if isinstance(project, Response):
        return project
    row = _row(call, project)
    if row is None:
        return errors.not_found(f"Publisher Model `publishers/anthropic/models/{call.args['model']}` was not found.")
    old = project.models.get(row.id, Model())
    endpoint = f"projects/{project.number}/publishers/anthropic/models/{row.id}"
    if not (old.prerequisites or old.enabled):
        return answer({"enablementState": "ENABLEMENT_STATE_FAILED"})
    changed = replace(project, models={**project.models, row.id: replace(old, enabled=True)})
    body = {"publisherEndpoint": endpoint, "enablementState": "ENABLEMENT_STATE_SUCCEEDED"}
    return call.state.with_project(changed), answer(body)


def _fetch_config(call: Call) -> Answer:
    """Which permission this checks is not documented; here it is that of a prediction's reader."""
    project = _project(call, "aiplatform.endpoints.get")
    if isinstance(project, Response):
        return project
    row = _row(call, project)
    if row is None:
        return errors.model_not_found(_model_name(call))
    return answer(config_of(project, call.args["location"], row.id))


_CONFIG_FIELDS = (
    "loggingConfig",
    "inferenceEventLoggingConfig",
    "dataSharingEnabledProvider",
    "claudeFeatureConfig",
)


def _merged(old: dict[str, Any], new: dict[str, Any], mask: str) -> dict[str, Any]:
    """The config after an update. An empty mask replaces all of it, which is the trap (DISC)."""
    names = [name.strip() for name in mask.split(",") if name.strip()]
    if not names or names == ["*"]:
        return new
    found = dict(old)
    for name in names:
        top, _, below = _camel(name).partition(".")
        if not below:
            found.pop(top, None)
            if top in new:
                found[top] = new[top]
            continue
        fresh = new.get(top)
        inner = dict(found.get(top) or {})
        inner.pop(below, None)
        if isinstance(fresh, dict) and below in fresh:
            inner[below] = fresh[below]
        found[top] = inner
    return found


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def _set_config(call: Call) -> Answer:
    project = _project(call, SET_CONFIG)
    if isinstance(project, Response):
        return project
    row = _row(call, project)
    if row is None:
        return errors.model_not_found(_model_name(call))
    new = dict(part(call.data, "publisherModelConfig"))
    unknown = next((key for key in new if key not in _CONFIG_FIELDS), None)
    if unknown is not None:
        return errors.invalid(
            f"Invalid JSON payload received. Unknown name \"{unknown[:60]}\" at 'publisher_model_config': "
            "Cannot find field."
        )
    location = call.args["location"]
    config = _merged(config_of(project, location, row.id), new, text(call.data, "updateMask"))
    rows = {**project.configs.get(location, {}), row.id: config}
    rows = {name: one for name, one in rows.items() if one}  # a config without a setting is as good as none
    model = project.models.get(row.id, Model())
    if model.data_sharing and config.get("dataSharingEnabledProvider") != "ANTHROPIC":
        model = replace(model, data_sharing=False)
    configs = {place: each for place, each in {**project.configs, location: rows}.items() if each}
    changed = replace(project, configs=configs, models={**project.models, row.id: model})
    kind = "type.googleapis.com/google.cloud.aiplatform.v1beta1."
    prefix = f"projects/{project.number}/locations/{location}/operations/"
    metadata = {"@type": f"{kind}SetPublisherModelConfigOperationMetadata"}
    response = {"@type": f"{kind}PublisherModelConfig", **config}
    return begun(call, call.state.with_project(changed), prefix, response, metadata)


def routes() -> tuple[Route, ...]:
    """What this API serves. Predictions name their project in the path, so only a header charges another."""
    api = AIPLATFORM
    placed = "/projects/{project}/locations/{location}/publishers/{publisher}/models/{model}"
    found = [
        Route("POST", f"/{version}{placed}:{verb}", api, handler, charged=False, reads_json=False)
        for version in ("v1", "v1beta1")
        for verb, handler in (("rawPredict", _raw_predict), ("streamRawPredict", _stream_raw_predict))
    ]
    return (
        *found,
        Route("GET", "/v1/publishers/{publisher}/models/{model}", api, _get_model),
        Route("GET", "/v1beta1/publishers/{publisher}/models/{model}", api, _get_model),
        Route("GET", "/v1beta1/publishers/{publisher}/models", api, _list_models),
        Route("GET", "/v1beta1" + placed + ":fetchPublisherModelConfig", api, _fetch_config, charged=False),
        Route("POST", "/v1beta1" + placed + ":setPublisherModelConfig", api, _set_config, charged=False),
        Route(
            "POST",
            "/v1beta1/projects/{project}/publishers/{publisher}/models/{model}:enableModel",
            api,
            _enable_model,
            charged=False,
        ),
    )
