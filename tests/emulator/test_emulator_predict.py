"""A prediction through every gate, in both orders."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_worlds import BASE, GOOD_BODY, Cloud, cloud, covers, data, message, passed, reason

ORDERS = ["enablement-first", "zero-quota-first"]
NAME = "projects/acme-ai-prod/locations/eu/publishers/anthropic/models/claude-sonnet-5-5"


@pytest.mark.parametrize("order", ORDERS)
@covers("predict-model-layer")
def test_an_empty_body_passes_every_gate_and_is_refused_by_the_model(order: str) -> None:
    response = cloud(behaviour={"check_order": order}).predict()
    assert response.status == 400
    assert response.json() == {
        "type": "error",
        "error": {"type": "invalid_request_error", "message": "anthropic_version: Field required"},
        "request_id": response.json()["request_id"],
    }
    assert response.json()["request_id"].startswith("req_vrtx_")


@pytest.mark.parametrize("version", ["vertex-2023-10-16", "2026-10-21"])
@covers("predict-versions")
def test_both_versions_get_an_answer_and_others_a_404(version: str) -> None:
    response = cloud().predict(body={**GOOD_BODY, "anthropic_version": version})
    assert response.status == 200
    assert response.json()["id"].startswith("msg_vrtx_")
    assert response.json()["model"] == "claude-sonnet-5-5"
    assert response.json()["content"] == [{"type": "text", "text": "Hello from the emulator."}]
    assert cloud().predict(body={**GOOD_BODY, "anthropic_version": "2023-06-01"}).status == 404


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"model": "claude-sonnet-5-5"}, "model: Extra inputs are not permitted"),
        ({"max_tokens": None}, "max_tokens: Field required"),
        ({"max_tokens": "9"}, "max_tokens: Input should be a valid integer"),
        ({"max_tokens": 0}, "max_tokens: Input should be greater than or equal to 1"),
        ({"max_tokens": 200_000}, "max_tokens: 200000 > 128000, which is the maximum allowed number of output tokens"),
        ({"messages": []}, "messages: at least one message is required"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages.0.role: Input should be"),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
    ],
)
def test_the_model_refuses_a_wrong_body_in_its_own_words(change: dict[str, Any], says: str) -> None:
    body = {key: value for key, value in {**GOOD_BODY, **change}.items() if value is not None}
    response = cloud().predict(body=body)
    assert response.status == 400
    assert message(response).startswith(says)
    assert response.json()["error"]["type"] == "invalid_request_error"


def test_a_short_limit_cuts_the_answer() -> None:
    response = cloud().predict(body={**GOOD_BODY, "max_tokens": 1}).json()
    assert (response["stop_reason"], response["usage"]["output_tokens"]) == ("max_tokens", 1)


@covers("predict-too-large")
def test_size_limits() -> None:
    long = {**GOOD_BODY, "messages": [{"role": "user", "content": "x" * 4_100_000}]}
    assert cloud().predict(body=long).status == 413
    assert message(cloud().predict(body=long)) == "Prompt is too long"
    path = f"/v1/{NAME}:rawPredict"
    response = cloud().send("POST", path, raw=b" " * 31_457_281)
    assert message(response) == "Request payload size exceeds the limit: 31457280 bytes."


def test_a_stream_has_the_events_of_the_messages_api() -> None:
    response = cloud().predict(body={**GOOD_BODY, "stream": True}, verb="streamRawPredict")
    assert response.headers["content-type"].startswith("text/event-stream")
    kinds = [line.removeprefix("event: ") for line in response.body.decode().splitlines() if line.startswith("event")]
    assert kinds[0] == "message_start"
    assert kinds[-2:] == ["message_delta", "message_stop"]


@covers("predict-stream-array")
def test_platform_errors_of_a_stream_are_wrapped_and_model_errors_are_not() -> None:
    refused = cloud().predict("claude-opus-5", verb="streamRawPredict")
    assert refused.status == 404
    assert isinstance(refused.json(), list)
    assert refused.json()[0]["error"]["status"] == "NOT_FOUND"
    assert cloud().predict(verb="streamRawPredict").json()["type"] == "error"


@covers("token-missing", "token-expired")
def test_no_token_and_a_bad_token_are_401() -> None:
    assert reason(cloud(token="").predict()) == "CREDENTIALS_MISSING"
    assert reason(cloud(token="emu:expired").predict()) == "ACCESS_TOKEN_EXPIRED"
    assert cloud(token="emu:nobody").predict().status == 401
    basic = cloud()
    basic.headers["Authorization"] = "Basic Zm9vOmJhcg=="
    assert basic.predict().status == 401


@covers("service-disabled")
def test_a_disabled_api_names_service_and_consumer() -> None:
    response = cloud({"services": []}).predict()
    assert (response.status, reason(response)) == (403, "SERVICE_DISABLED")
    assert message(response).startswith(
        "Agent Platform API has not been used in project acme-ai-prod before or it is disabled."
    )
    metadata = response.json()["error"]["details"][0]["metadata"]
    assert metadata["service"] == "aiplatform.googleapis.com"
    assert metadata["consumer"] == "projects/acme-ai-prod"


@covers("enable-propagation")
def test_an_api_is_on_before_it_is_usable() -> None:
    services = [name for name in BASE["projects"]["acme-ai-prod"]["services"] if not name.startswith("aiplatform")]
    here = cloud({"services": services}, behaviour={"enable_propagation_s": 60})
    url = "/v1/projects/acme-ai-prod/services/aiplatform.googleapis.com"
    assert here.post(url + ":enable").status == 200
    assert here.get(url).json()["state"] == "ENABLED"
    assert reason(here.predict()) == "SERVICE_DISABLED"
    here.now = here.now.replace(minute=1)
    assert passed(here.predict())


@pytest.mark.parametrize("billing", [None, {"account": "012345-6789AB-CDEF01", "open": False}])
@covers("predict-billing")
def test_without_open_billing_nothing_works(billing: Any) -> None:
    world = data()
    world["projects"]["acme-ai-prod"]["billing"] = billing
    response = Cloud(world).predict()
    assert (response.status, reason(response)) == (403, "BILLING_DISABLED")
    assert "project #333333333333" in message(response)


@covers("predict-permission", "hidden-is-absent")
def test_a_missing_permission_and_a_missing_project_look_the_same() -> None:
    response = cloud({"iam": []}).predict()
    assert (response.status, reason(response)) == (403, "IAM_PERMISSION_DENIED")
    assert message(response) == (
        f"Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/{NAME}' "
        "(or it may not exist)."
    )
    assert response.json()["error"]["details"][0]["metadata"] == {
        "resource": NAME,
        "permission": "aiplatform.endpoints.predict",
    }
    absent = cloud().predict(project="acme-nowhere")
    assert message(absent) == message(response).replace("acme-ai-prod", "acme-nowhere")


@covers("predict-early-gates")
def test_the_early_gates_come_in_their_order() -> None:
    world = data({"services": [], "iam": [], "policies": {"vertexai.allowedModels": {"deny_all": True}}})
    project = world["projects"]["acme-ai-prod"]
    project |= {"billing": None, "models": {}}
    assert Cloud(world, token="").predict().status == 401
    assert reason(Cloud(world).predict()) == "SERVICE_DISABLED"
    project["services"] = ["aiplatform.googleapis.com"]
    assert reason(Cloud(world).predict()) == "BILLING_DISABLED"
    project["billing"] = BASE["projects"]["acme-ai-prod"]["billing"]
    assert reason(Cloud(world).predict()) == "IAM_PERMISSION_DENIED"
    project["iam"] = BASE["projects"]["acme-ai-prod"]["iam"]
    assert "vertexai.allowedModels" in message(Cloud(world).predict())
    project["policies"] = {}
    assert Cloud(world).predict().status == 404


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("model", "publisher"),
    [
        ("claude-opus-5", "anthropic"),
        ("claude-nonsense-9", "anthropic"),
        ("claude-3-haiku", "anthropic"),
        ("claude-sonnet-5-5", "google"),
    ],
)
@covers("predict-not-enabled", "predict-shut-down")
def test_unknown_shut_down_and_not_enabled_share_one_404(order: str, model: str, publisher: str) -> None:
    here = cloud({"models": {"claude-3-haiku": {"enabled": True}}}, behaviour={"check_order": order})
    response = here.predict(model, publisher=publisher)
    assert response.status == 404
    name = f"projects/acme-ai-prod/locations/eu/publishers/{publisher}/models/{model}"
    assert message(response).startswith(
        f"Publisher Model `{name}` was not found or your project does not have access to it."
    )


def test_a_model_is_there_until_its_last_day() -> None:
    here = cloud({"models": {"claude-3-haiku": {"enabled": True}}}, now="2026-08-22T00:00:00Z")
    assert passed(here.predict("claude-3-haiku@20240307", "us-east5"))
    assert message(here.predict("claude-3-haiku@20240307", "us-central1")).endswith(
        "is not servable in region us-central1."
    )


@covers("predict-bare-id")
def test_versions_of_an_id() -> None:
    here = cloud()
    for good in ("claude-haiku-4-5", "claude-haiku-4-5@20251001", "claude-haiku-4-5@default"):
        assert passed(here.predict(good, "europe-west1")), good
    assert here.predict("claude-haiku-4-5@20250101", "europe-west1").status == 404
    assert here.predict("claude-haiku-4-5@latest", "europe-west1").status == 404
    assert here.predict("claude-haiku-4-5-20251001", "europe-west1").status == 404
    answer = here.predict("claude-haiku-4-5@20251001", "europe-west1", GOOD_BODY).json()
    assert answer["model"] == "claude-haiku-4-5-20251001"


@covers("predict-not-servable", "predict-global-404")
def test_a_place_that_does_not_serve_the_model() -> None:
    response = cloud().predict(location="us-east5")
    assert (response.status, response.json()["error"]["status"]) == (400, "FAILED_PRECONDITION")
    assert message(response) == (
        f"Publisher Model `{NAME.replace('/eu/', '/us-east5/')}` is not servable in region us-east5."
    )
    assert cloud().predict("claude-haiku-4-5", "us").status == 404


def test_the_world_may_turn_the_table_round_for_one_project() -> None:
    here = cloud({"models": {"claude-sonnet-5-5": {"enabled": True, "locations": ["us-central1"]}}})
    assert here.predict(location="global").status == 404
    assert here.predict(location="us-central1").status == 429, "no quota row is documented there"
    rows = {"us-central1": {"anthropic-claude-sonnet-5-5": {"requests": 5}}}
    project = {"models": {"claude-sonnet-5-5": {"enabled": True, "locations": ["us-central1"]}}, "quotas": rows}
    assert passed(cloud(project).predict(location="us-central1"))


@covers("predict-order", "quota-zero")
def test_an_empty_bucket_hides_enablement_only_in_one_order() -> None:
    project = {"models": {}, "quotas": {"eu": {"anthropic-claude-sonnet": {"requests": 0}}}}
    world = data(project)
    world["projects"]["acme-ai-prod"]["models"] = {}
    assert Cloud(world).predict().status == 404
    world["behaviour"] = {"check_order": "zero-quota-first"}
    response = Cloud(world).predict()
    assert response.status == 429
    assert message(response).startswith(
        "Quota exceeded for aiplatform.googleapis.com/eu_multi_region_online_prediction_requests_per_base_model "
        "with base model: anthropic-claude-sonnet. Please submit a quota increase request."
    )
    # With enablement the empty bucket shows in both orders; with quota, the missing enablement does.
    world["projects"]["acme-ai-prod"]["models"] = {"claude-sonnet-5-5": {"enabled": True}}
    assert Cloud(world).predict().status == 429
    world["behaviour"] = {}
    assert Cloud(world).predict().status == 429
    assert Cloud(merge_quota(world, 7)).predict().json()["type"] == "error"


def merge_quota(world: dict[str, Any], requests: int) -> dict[str, Any]:
    world["projects"]["acme-ai-prod"]["quotas"] = {"eu": {"anthropic-claude-sonnet": {"requests": requests}}}
    return world


def test_an_empty_token_bucket_names_its_own_metric() -> None:
    response = cloud({"quotas": {"eu": {"anthropic-claude-sonnet": {"input_tokens": 0}}}}).predict()
    assert "eu_multi_region_online_prediction_input_tokens_per_minute_per_base_model" in message(response)


@pytest.mark.parametrize(("setting", "status"), [("documented", 400), ("zero", 429), ("absent", 429)])
@covers("quota-default")
def test_what_unnamed_buckets_hold_is_the_worlds_choice(setting: str, status: int) -> None:
    assert cloud(behaviour={"default_quota": setting}).predict().status == status


@covers("quota-lineage")
def test_lineages_share_a_bucket_but_single_regions_do_not() -> None:
    models = {"claude-opus-5": {"enabled": True}, "claude-opus-4-8": {"enabled": True}}
    rows = {"us": {"anthropic-claude-opus": {"requests": 0}}}
    here = cloud({"models": models, "quotas": rows})
    assert here.predict("claude-opus-5", "us").status == here.predict("claude-opus-4-8", "us").status == 429
    first = cloud({"models": models}, behaviour={"check_order": "zero-quota-first"})
    assert "base model: anthropic-claude-opus-5." in message(first.predict("claude-opus-5", "us-central1"))


@covers("quota-not-used-up")
def test_a_small_limit_is_never_used_up() -> None:
    here = cloud({"quotas": {"eu": {"anthropic-claude-sonnet": {"requests": 1}}}})
    assert [passed(here.predict()) for _ in range(3)] == [True, True, True]


@pytest.mark.parametrize("order", ORDERS)
@covers("predict-data-sharing", "predict-addendum")
def test_fable_needs_the_addendum_and_data_sharing(order: str) -> None:
    def fable(project: dict[str, Any], **model: bool) -> Cloud:
        models = {"claude-fable-5-1": {"enabled": True, **model}}
        return cloud({**project, "models": models}, behaviour={"check_order": order})

    assert "Advanced AI Safety Addendum" in message(fable({}).predict("claude-fable-5-1"))
    response = fable({"addendum": True}).predict("claude-fable-5-1")
    assert response.status == 403
    assert message(response).startswith("Access to this model requires data sharing to be enabled for publisher")
    assert passed(fable({"addendum": True}, data_sharing=True).predict("claude-fable-5-1"))
    assert passed(fable({}, addendum=True, data_sharing=True).predict("claude-fable-5-1"))
    here = {"eu": {"claude-fable-5-1": {"dataSharingEnabledProvider": "ANTHROPIC"}}}
    placed = fable({"addendum": True, "model_configs": here})
    assert passed(placed.predict("claude-fable-5-1"))
    assert placed.predict("claude-fable-5-1", "us").status == 403, "the setting is one location's"


@covers("predict-host")
def test_a_real_host_must_serve_the_location() -> None:
    here = cloud()
    path = f"/v1/{NAME}:rawPredict"
    assert passed(here.send("POST", f"https://aiplatform.eu.rep.googleapis.com{path}", {}))
    for host in ("eu-aiplatform.googleapis.com", "aiplatform.googleapis.com", "us-east5-aiplatform.googleapis.com"):
        assert here.send("POST", f"https://{host}{path}", {}).status == 404, host
    assert here.send("POST", f"https://cloudbilling.googleapis.com{path}", {}).status == 404
    regional = path.replace("/eu/", "/europe-west1/").replace("claude-sonnet-5-5", "claude-haiku-4-5@20251001")
    assert passed(here.send("POST", f"https://europe-west1-aiplatform.googleapis.com{regional}", {}))
    encoded = regional.replace("@", "%40")
    assert passed(here.send("POST", f"https://europe-west1-aiplatform.googleapis.com{encoded}", {}))


@covers("charge-header-on-predict")
def test_a_header_that_may_not_be_charged_breaks_a_prediction() -> None:
    iam = [{"role": "roles/aiplatform.user", "members": ["user:dev@acme.example"]}]
    here = cloud({"iam": iam})
    assert passed(here.predict())
    response = here.send("POST", f"/v1/{NAME}:rawPredict", {})
    assert reason(response) == "USER_PROJECT_DENIED"


@covers("count-tokens")
def test_count_tokens_is_its_own_little_service() -> None:
    body = {"model": "claude-opus-5", "messages": GOOD_BODY["messages"]}
    assert cloud().predict("count-tokens", "eu", body).json()["input_tokens"] > 0, "not enabled, and yet counted"
    assert "not servable" in message(cloud().predict("count-tokens", "us-east5", body))
    assert message(cloud().predict("count-tokens", "eu", {})) == "model: Field required"
    assert cloud().predict("count-tokens", "eu", {**body, "model": "gpt"}).status == 404


@covers("orgpolicy-allowed-models", "orgpolicy-count-tokens")
def test_allowed_models() -> None:
    allowed = ["publishers/anthropic/models/claude-sonnet-5-5:predict"]
    here = cloud(organization={"policies": {"vertexai.allowedModels": {"allowed": allowed}}})
    assert passed(here.predict())
    response = here.predict("claude-haiku-4-5@20251001", "europe-west1")
    assert (response.status, response.json()["error"]["status"]) == (400, "FAILED_PRECONDITION")
    assert message(response).startswith(
        "Organization Policy constraint constraints/vertexai.allowedModels violated for `projects/333333333333` "
        "attempting to use a disallowed Gen AI model claude-haiku-4-5. Please contact your organization administrator "
        "to fix this violation by adding `publishers/anthropic/models/claude-haiku-4-5:predict` to the allowed values."
    )
    assert "model count-tokens." in message(here.predict("count-tokens", "eu", {"model": "claude-sonnet-5-5"}))


@covers("orgpolicy-features")
def test_features_are_denied_by_default_inside_an_organization() -> None:
    web = {**GOOD_BODY, "tools": [{"type": "web_search_20250305", "name": "web_search"}]}
    structured = {**GOOD_BODY, "output_config": {"format": {"type": "json_schema"}}}
    assert "disallowed feature web_search for Partner model claude-sonnet-5-5" in message(cloud().predict(body=web))
    assert "disallowed feature structured_outputs" in message(cloud().predict(body=structured))
    world = data(organization=None, folders=None)
    del world["projects"]["acme-ai-prod"]["parent"]
    assert Cloud(world).predict(body=web).status == 200
    for allowed in (
        "publishers/anthropic",
        "publishers/anthropic/models/claude-sonnet-5-5",
        "publishers/anthropic/models/claude-sonnet-5-5:web_search",
    ):
        policy = {"vertexai.allowedPartnerModelFeatures": {"allowed": [allowed]}}
        assert cloud(organization={"policies": policy}).predict(body=web).status == 200, allowed


@covers("orgpolicy-endpoint", "orgpolicy-service")
def test_endpoint_and_service_restrictions() -> None:
    denied = {"gcp.restrictEndpointUsage": {"denied": ["aiplatform.googleapis.com"]}}
    here = cloud(folders={"2222": {"policies": denied}})
    assert reason(here.predict(location="global")) == "ENDPOINT_USAGE_RESTRICTION_VIOLATED"
    assert passed(here.predict())
    policy = {"gcp.restrictServiceUsage": {"allowed": ["storage.googleapis.com"]}}
    response = cloud(organization={"policies": policy}).predict()
    assert (response.status, reason(response)) == (403, "RESOURCE_USAGE_RESTRICTION_VIOLATED")
