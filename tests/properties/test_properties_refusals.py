"""Error bodies taken apart and named: every template that is known, in each of its shapes, and anything at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vxsetup.facts.answers import Shape, parse_error
from vxsetup.facts.refusal import Cause, classify

MODEL = "projects/p/locations/us-east5/publishers/anthropic/models/claude-opus-4-1"


def google(code: int, status: str, message: str, reason: str = "", **metadata: str) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if reason:
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.Help"}, info | {"metadata": metadata}]
    return {"error": error}


DENIED, FAILED, EXHAUSTED = "PERMISSION_DENIED", "FAILED_PRECONDITION", "RESOURCE_EXHAUSTED"
DISABLED = (
    "{api} has not been used in project p before or it is disabled. Enable it by visiting "
    "https://console.developers.google.com/apis/api/aiplatform.googleapis.com/overview?project=p then retry."
)
NO_QUOTA_PROJECT = (
    "Your application is authenticating by using local Application Default Credentials. "
    "The aiplatform.googleapis.com API requires a quota project, which is not set by default."
)
BILLING = (
    "This API method requires billing to be enabled. Please enable billing on project #1 by visiting "
    "https://console.developers.google.com/billing/enable?project=1 then retry."
)
NOT_FOUND = (
    f"Publisher Model `{MODEL}` was not found or your project does not have access to it. Please ensure you are using a "
    "valid model version. For more information, see: https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions"
)
POLICY = (
    "Organization Policy constraint constraints/vertexai.{name} violated for `projects/1` attempting to use a disallowed "
    "{what}. Please contact your organization administrator to fix this violation by adding "
    "`publishers/anthropic/models/m:{value}` to the allowed values."
)
USE_PROJECT = (
    "Caller does not have required permission to use project p. Grant the caller the "
    "roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use permission, by "
    "visiting https://console.developers.google.com/iam-admin/iam?project=p and then retry."
)
SHARING = (
    "Access to this model requires data sharing to be enabled for publisher 'anthropic'. Please set "
    "PublisherModelConfig.data_sharing_enabled_provider to 'anthropic' via the setPublisherModelConfig API to use this model."
)
NO_PERMISSION = f"Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/{MODEL}' (or it may not exist)."
QUOTA = (
    "Quota exceeded for aiplatform.googleapis.com/{metric} with base model: {base}. Please submit a quota increase "
    "request. https://cloud.google.com/vertex-ai/docs/generative-ai/quotas-genai."
)
METRICS = (
    "online_prediction_input_tokens_per_minute_per_base_model",
    "online_prediction_requests_per_base_model",
    "global_online_prediction_requests_per_base_model",
    "us_multi_region_online_prediction_requests_per_base_model",
    "generate_content_requests_per_minute_per_project_per_base_model",
)

TEMPLATES: list[tuple[Cause, int, dict[str, Any]]] = [
    (
        Cause.API_DISABLED,
        403,
        google(
            403,
            DENIED,
            DISABLED.format(api="Agent Platform API"),
            "SERVICE_DISABLED",
            service="aiplatform.googleapis.com",
            consumer="projects/p",
        ),
    ),
    (Cause.API_DISABLED, 403, google(403, DENIED, DISABLED.format(api="Vertex AI API"))),
    (
        Cause.QUOTA_PROJECT,
        403,
        google(403, DENIED, NO_QUOTA_PROJECT, "SERVICE_DISABLED", consumer="projects/764086051850"),
    ),
    (Cause.QUOTA_PROJECT, 403, google(403, DENIED, NO_QUOTA_PROJECT, "SERVICE_DISABLED")),
    (Cause.QUOTA_PROJECT, 403, google(403, DENIED, NO_QUOTA_PROJECT)),
    (Cause.QUOTA_PROJECT, 403, google(403, DENIED, USE_PROJECT, "USER_PROJECT_DENIED", consumer="projects/p")),
    (Cause.QUOTA_PROJECT, 403, google(403, DENIED, USE_PROJECT)),
    (
        Cause.IAM_MISSING,
        403,
        google(403, DENIED, NO_PERMISSION, "IAM_PERMISSION_DENIED", permission="aiplatform.endpoints.predict"),
    ),
    (Cause.IAM_MISSING, 403, google(403, DENIED, NO_PERMISSION)),
    (Cause.DATA_SHARING, 403, google(403, DENIED, SHARING)),
    (Cause.MODEL_NOT_FOUND, 404, google(404, "NOT_FOUND", NOT_FOUND)),
    (
        Cause.MODEL_NOT_IN_REGION,
        400,
        google(400, FAILED, f"Publisher Model `{MODEL}` is not servable in region us-east5."),
    ),
    (Cause.MODEL_NOT_ALLOWED, 400, google(400, FAILED, f"Project `1` is not allowed to use Publisher Model `{MODEL}`")),
    *(
        (Cause.QUOTA, 429, google(429, EXHAUSTED, QUOTA.format(metric=metric, base="anthropic-claude-opus-4-1")))
        for metric in METRICS
    ),
    (Cause.CAPACITY, 429, google(429, EXHAUSTED, "Resource exhausted, please try again later.")),
    (Cause.CAPACITY, 429, google(429, EXHAUSTED, "Too many requests. Exceeded the Provisioned Throughput.")),
    (
        Cause.ORG_POLICY,
        400,
        google(400, FAILED, POLICY.format(name="allowedModels", what="Gen AI model m", value="predict")),
    ),
    (
        Cause.ORG_POLICY_FEATURE,
        400,
        google(
            400,
            FAILED,
            POLICY.format(
                name="allowedPartnerModelFeatures", what="feature web_search for Partner model m", value="web_search"
            ),
        ),
    ),
    (Cause.BILLING_DISABLED, 403, google(403, DENIED, BILLING, "BILLING_DISABLED", consumer="projects/1")),
    (Cause.BILLING_DISABLED, 403, google(403, DENIED, BILLING)),
    (
        Cause.PERIMETER,
        403,
        google(
            403,
            DENIED,
            "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: x",
            "SECURITY_POLICY_VIOLATED",
        ),
    ),
    (
        Cause.PERIMETER,
        403,
        google(403, DENIED, "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: x"),
    ),
    (
        Cause.UNAUTHENTICATED,
        401,
        google(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", "ACCESS_TOKEN_EXPIRED"),
    ),
    (
        Cause.UNAUTHENTICATED,
        401,
        google(401, "UNAUTHENTICATED", "Request is missing required authentication credential."),
    ),
    *(
        (Cause.SERVER, code, google(code, status, "Internal error."))
        for code, status in ((500, "INTERNAL"), (503, "UNAVAILABLE"), (504, "DEADLINE_EXCEEDED"))
    ),
]


@pytest.mark.parametrize("wrapped", [False, True], ids=["plain", "array"])
@pytest.mark.parametrize(
    ("cause", "code", "body"), TEMPLATES, ids=[f"{row[0]}-{number}" for number, row in enumerate(TEMPLATES)]
)
def test_every_known_refusal_has_its_cause(cause: Cause, code: int, body: dict[str, Any], wrapped: bool) -> None:
    for text in (json.dumps(body), json.dumps(body, indent=2) + "\n"):
        error = parse_error(code, f"[{text}\n]" if wrapped else text)
        refusal = classify(error)
        assert (refusal.cause, error.shape, error.http) == (cause, Shape.GOOGLE, code)
        assert str(code) in error.says


def test_what_a_refusal_names_is_kept() -> None:
    refusal = classify(parse_error(403, json.dumps(TEMPLATES[0][2])))
    assert (refusal.service, refusal.consumer) == ("aiplatform.googleapis.com", "projects/p")
    for _, code, body in TEMPLATES:
        refusal = classify(parse_error(code, json.dumps(body)))
        if refusal.cause is Cause.IAM_MISSING:
            assert refusal.permission == "aiplatform.endpoints.predict"
        if refusal.cause is Cause.QUOTA:
            assert refusal.base_model == "anthropic-claude-opus-4-1"
            assert refusal.metric in METRICS
        if refusal.cause in (Cause.ORG_POLICY, Cause.ORG_POLICY_FEATURE):
            assert refusal.constraint in ("vertexai.allowedModels", "vertexai.allowedPartnerModelFeatures")


@pytest.mark.parametrize(
    "message", ["model: Extra inputs are not permitted", "anthropic_version: Field required", "Prompt is too long"]
)
@pytest.mark.parametrize("code", [400, 413])
def test_the_models_own_layer_is_known_by_its_shape(message: str, code: int) -> None:
    body = {"type": "error", "error": {"type": "invalid_request_error", "message": message}, "request_id": "req_vrtx_1"}
    error = parse_error(code, json.dumps(body))
    assert (error.shape, error.message, error.status) == (Shape.ANTHROPIC, message, "invalid_request_error")


def test_the_models_own_overload_says_nothing_about_the_project() -> None:
    def of(code: int, kind: str) -> Cause:
        return classify(
            parse_error(code, json.dumps({"type": "error", "error": {"type": kind, "message": "busy"}}))
        ).cause

    assert of(529, "overloaded_error") is Cause.SERVER
    assert of(500, "api_error") is Cause.SERVER
    assert of(429, "rate_limit_error") is Cause.CAPACITY


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("error", "code", "status", "message", "details", "type", "@type", "reason", "metadata")),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, derandomize=True, database=None, max_examples=300)
@given(
    st.integers(100, 599), st.text() | ANYTHING.map(json.dumps) | ANYTHING.map(lambda body: json.dumps({"error": body}))
)
def test_any_body_is_taken_apart_and_never_guessed_at(code: int, text: str) -> None:
    error = parse_error(code, text)
    refusal = classify(error)
    assert error.http == code
    assert len(error.says) < 600
    assert "\n" not in error.says
    assert isinstance(refusal.cause, Cause)
    if not text.strip():
        assert error.shape is Shape.EMPTY


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"error":' * 50_000,
        "\x1b[31mred",
        "\udcff".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
        "<html>" * 1000,
    ],
)
def test_hostile_bodies_do_no_harm(text: str) -> None:
    error = parse_error(502, text)
    assert error.shape is Shape.OTHER
    assert classify(error).cause is Cause.SERVER
