"""What a client prints around an error is no word of the error: the frames of a traceback, and an echo of the request."""

from __future__ import annotations

import pytest
from explain_runs import explained, named

from vxsetup.explain.clean import without_frames

FRAMES = """Traceback (most recent call last):
  File "/srv/app/agent.py", line 404, in <module>
    asyncio.run(main())
  + Exception Group Traceback (most recent call last):
  |   File "/srv/env/google/adk/models/anthropic_llm.py", line 527, in generate_content_async
  |     async for event in self.generate_content_async(request):
  File "/srv/env/google/adk/models/anthropic_llm.py", line 482, in generate_content_async
    message = await self._client.messages.create(
              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
        model=model,
    )
"""
NOT_FOUND = (
    "Publisher Model `projects/acme-ai-prod/locations/eu/publishers/anthropic/models/claude-sonnet-5-5` was not found "
    "or your project does not have access to it. Please ensure you are using a valid model version."
)
QUOTA = (
    "Quota exceeded for aiplatform.googleapis.com/eu_multi_region_online_prediction_requests_per_base_model with base "
    "model: anthropic-claude-sonnet. Please submit a quota increase request."
)


@pytest.mark.parametrize(
    ("last", "cause"),
    [
        (f"anthropic.NotFoundError: Error code: 404 - {{'error': {{'code': 404, 'message': '{NOT_FOUND}', 'status': 'NOT_FOUND'}}}}", "model-not-enabled"),
        (f"Error code: 429 - {{'error': {{'code': 429, 'message': '{QUOTA}', 'status': 'RESOURCE_EXHAUSTED'}}}}", "quota-zero"),
    ],
)  # fmt: skip
def test_a_function_named_like_gemini_s_method_is_no_clue(last: str, cause: str) -> None:
    assert named(FRAMES + last)[0] == cause


def test_frames_go_and_paths_and_words_stay() -> None:
    shown = without_frames(FRAMES + "ValueError: broken\n    with a second line\n")
    assert "messages.create" not in shown
    assert "line 482" not in shown
    assert '/srv/env/google/adk/models/anthropic_llm.py"' in shown
    assert shown.endswith("ValueError: broken\n    with a second line\n")
    assert without_frames('{"a": ", line "}') == '{"a": ", line "}'


@pytest.mark.parametrize(
    ("said", "status", "cause"), [(NOT_FOUND, 404, "model-not-enabled"), (QUOTA, 429, "quota-zero")]
)
def test_an_echoed_request_is_not_what_was_refused(said: str, status: int, cause: str) -> None:
    text = (
        f"AI_APICallError: {said}\n  requestBodyValues: {{ max_tokens: 64, anthropic_version: 'vertex-2023-10-16' }},\n"
        f'  statusCode: {status},\n  responseBody: \'{{"error":{{"code":{status},"message":"{said}"}}}}\''
    )
    assert named(text)[0] == cause


def test_a_refused_version_is_still_the_version() -> None:
    text = '{"type":"error","error":{"type":"invalid_request_error","message":"anthropic_version: 2023-06-01 is not valid"}}'
    assert named(text)[0] == "anthropic-version"


def test_the_number_of_a_line_is_no_status() -> None:
    found = explained(
        "at Acme.Ask() in /src/Client.cs:line 429\nGoogle.GoogleApiException: 403 PERMISSION_DENIED aiplatform"
    )
    assert ("HTTP status", "403") in found.evidence


def test_a_type_of_google_is_no_api() -> None:
    said = '{"error":{"code":403,"status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo",'
    found = explained(f"{said} Vertex AI API has not been used in project acme-ai-prod before or it is disabled.")
    assert all("type.googleapis" not in value for _, value in found.evidence)
    assert all("type.googleapis" not in (each.fix.command or "") for each in found.causes)
