"""The look-alikes: texts that blame one thing and mean another."""

from __future__ import annotations

import json

import pytest
from explain_runs import explained, named

from vxsetup.explain import Own


def google(code: int, status: str, message: str, reason: str = "", **metadata: str) -> str:
    error: dict[str, object] = {"code": code, "message": message, "status": status}
    if reason:
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
        error["details"] = [{**info, "metadata": metadata}]
    return json.dumps([{"error": error}])


def anthropic(message: str, kind: str = "invalid_request_error") -> str:
    return json.dumps({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_vrtx_011C"})


@pytest.mark.parametrize("base", ["anthropic-claude-3-5-sonnet", "anthropic-claude-opus", "anthropic-claude-haiku-4-5"])
def test_a_quota_of_generate_content_is_the_wrong_method(base: str) -> None:
    metric = "aiplatform.googleapis.com/generate_content_requests_per_minute_per_project_per_base_model"
    text = google(429, "RESOURCE_EXHAUSTED", f"Quota exceeded for {metric} with base model: {base}.")
    assert named(text)[0] == "wrong-publisher"


def test_not_servable_on_the_openai_path_is_the_transport() -> None:
    url = "https://aiplatform.googleapis.com/v1/projects/acme/locations/global/endpoints/openapi/chat/completions"
    said = "Publisher Model `publishers/anthropic/models/claude-sonnet-4-5` is not servable in region global."
    assert named(f"POST {url}: {google(400, 'FAILED_PRECONDITION', said)}")[0] == "wrong-publisher"
    assert named(google(400, "FAILED_PRECONDITION", said.replace("global", "us-central1")))[0] == "model-not-in-region"


@pytest.mark.parametrize(
    ("field", "context", "cause"),
    [
        ("output_config.format", "", "unsupported-feature"),
        ("mcp_servers", "messages.create without betas", "missing-beta"),
        ("stream_options", "", "gateway-translation"),
        ("model", "", "gateway-translation"),
        ("context_management", "the gateway strips the header and passes unknown fields on", "gateway-translation"),
        ("tools.0.custom.input_examples", "", "unsupported-beta"),
    ],
)
def test_extra_inputs_have_four_causes(field: str, context: str, cause: str) -> None:
    found = named(anthropic(f"{field}: Extra inputs are not permitted"), context)
    assert found[0] == cause, found


def test_a_disabled_api_of_another_consumer_is_the_quota_project() -> None:
    said = "Vertex AI API has not been used in project {} before or it is disabled."

    def disabled(consumer: str) -> str:
        return google(
            403,
            "PERMISSION_DENIED",
            said.format(consumer),
            "SERVICE_DISABLED",
            consumer=f"projects/{consumer}",
            service="aiplatform.googleapis.com",
        )

    assert named(disabled("acme-ai-prod"))[0] == "api-disabled"
    assert named(disabled("764086051850"))[0] == "quota-project"
    own = Own("acme-ai-prod", "eu", ("claude-sonnet-5",))
    assert explained(disabled("acme-ai-prod"), own=own).causes[0].cause == "api-disabled"
    assert explained(disabled("acme-sandbox"), own=own).causes[0].cause == "quota-project"
    assert explained(disabled("333333333333"), own=own).causes[0].cause == "api-disabled", "a number may be our own"


def test_413_is_tokens() -> None:
    found = explained(f"Error code: 413 - {anthropic('Prompt is too long')}", "documents of 0.8 to 2 MB")
    assert found.causes[0].cause == "context-too-long"
    assert "tokens" in found.causes[0].means


@pytest.mark.parametrize("model", ["count-tokens", "claude-opus-4-8"])
def test_a_policy_that_names_count_tokens_does_not_refuse_claude(model: str) -> None:
    said = (
        "Organization Policy constraint constraints/vertexai.allowedModels violated for `projects/123` attempting to "
        f"use a disallowed Gen AI model {model}."
    )
    found = explained(google(400, "FAILED_PRECONDITION", said))
    assert found.causes[0].cause == "org-policy"
    assert "Claude may be allowed" in found.causes[0].tell_apart
    assert ("count-tokens" in [each.cause for each in found.causes]) == (model == "count-tokens")


def test_a_login_hint_before_a_403_is_not_believed() -> None:
    said = "Access to this model requires data sharing to be enabled for publisher 'anthropic'."
    assert (
        named(f"Please run /login · API Error: 403 {google(403, 'PERMISSION_DENIED', said)}")[0]
        == "data-sharing-required"
    )


def test_the_products_two_names_are_one() -> None:
    for name in ("Vertex AI", "Agent Platform"):
        said = f"{name} API has not been used in project acme-ai-prod before or it is disabled."
        assert named(google(403, "PERMISSION_DENIED", said, "SERVICE_DISABLED"))[0] == "api-disabled"


def test_a_live_check_settles_what_the_text_leaves_open() -> None:
    said = (
        "Publisher Model `projects/acme/locations/us-east5/publishers/anthropic/models/claude-opus-4-6` was not found "
        "or your project does not have access to it."
    )
    text = google(404, "NOT_FOUND", said)
    assert explained(text).causes[0].confidence < 0.9, "a 404 alone proves nothing"
    for rule, cause in (("VX405", "model-not-in-region"), ("VX406", "model-not-enabled"), ("VX402", "retired-model")):
        first = explained(text, live=(f"fail {rule}",)).causes[0]
        assert first.cause == cause
        assert first.confidence > 0.7
