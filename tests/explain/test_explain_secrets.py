"""What must not be shown again, in the forms in which people paste it."""

from __future__ import annotations

import pytest
from explain_runs import explained
from hypothesis import given
from hypothesis import strategies as st

from vxsetup.explain.mask import masked, secrets_in, struck
from vxsetup.report.diagnosis import diagnosis_github, diagnosis_json, diagnosis_markdown, diagnosis_text
from vxsetup.report.terminal import Style

SECRETS = {
    "a cookie": ("Cookie: SID=g.a000abcDEF1234567890; HSID=AbCdEf123456", "abcDEF1234567890"),
    "a cookie that is set": ("Set-Cookie: session=9f8e7d6c5b4a39281706; Path=/", "9f8e7d6c5b4a39281706"),
    "an AWS key": ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYKEY", "K7MDENG"),
    "an AWS key id": ("id AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    "a private key": ('"private_key": "-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBg\\n-----END PRIVATE KEY-----\\n"', "MIIEvQ"),
    "half a private key": ("-----BEGIN RSA PRIVATE KEY-----\nMIIEabcdef", "MIIEabcdef"),
    "the inside of a key": ("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9", "hkiG9w0BAQEFAASCBKc"),
    "a key's id": ('"private_key_id": "0123456789abcdef0123456789abcdef01234567"', "0123456789abcdef0123"),
    "a refresh token": ('"refresh_token": "1//0gabcdefghijklmnop"', "gabcdefghijklmnop"),
    "a client's secret": ('"client_secret": "d-FL95Q19q7MQmFpd7hHD0Ty"', "FL95Q19q7MQmFpd7hHD0Ty"),
    "a subject token": ('{"subject_token":"abcdefghijkl123456"}', "abcdefghijkl123456"),
    "a runner's token": ("ACTIONS_ID_TOKEN_REQUEST_TOKEN=abcdefghijk12345", "abcdefghijk12345"),
    "a password in an address": ("http://user:hunter22@proxy.acme.example:3128", "hunter22"),
    "a proxy's password": ("Proxy-Authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA"),
    "a signed address": ("https://x.acme.example/a?sv=2022&sig=abcdefxyz1234567", "abcdefxyz1234567"),
    "an e-mail": ("jane.doe+test@acme.example", "jane.doe"),
    "a password in an address without a name": ("http://:hunter22@proxy:3128", "hunter22"),
    "a password that holds the sign": ("http://user:hun@ter22@proxy:3128", "ter22"),
    "a cookie in JSON": ('"cookie": "SID=abcdef; X=ghijkl"', "ghijkl"),
    "a cookie of curl": ("curl -b 'session=abcdef123456' https://x", "abcdef123456"),
    "a header with a token": ("Authorization: token abcdefghijklmnop123", "abcdefghijklmnop"),
    "a header that is a digest": ('Authorization: Digest username="u", response="6629fae49393a053"', "6629fae4"),
    "a password of curl": ("curl -u user:hunter22 https://x", "hunter22"),
    "a password of a proxy, of curl": ("curl --proxy-user admin:hunter22 https://x", "hunter22"),
    "an escaped refresh token": ('\\"refresh_token\\": \\"abcdefabcdef12345\\"', "abcdefabcdef12345"),
    "a key of the new kind": ("key=AQ.Ab8RN6abcdefgh1234567", "Ab8RN6abcdefgh"),
    "a code of a login": ("code is 4/0AX4XfWjabcdefghijklmnop", "AX4XfWjabcdef"),
    "a signature of Cloud Storage": ("?X-Goog-Signature=247a2aa45f169edf4d187d54", "247a2aa45f169edf"),
    "a key of a payment service": ("sk_live_abcdefghijklmnop1234", "abcdefghijklmnop"),
    "an option with a key": ("tool --api-key abcdef1234567890", "abcdef1234567890"),
    "a webhook": ("https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXX", "XXXXXXXXXXXX"),
    "an e-mail in an address": ("?user=jane.doe%40acme.example", "jane.doe"),
    "an AWS key id in small letters": ("claude-akiaiosfodnn7example", "akiaiosfodnn7example"),
    "a token inside a word": ("x_ghp_abcdefghijklmnop_per_base_model", "abcdefghijklmnop"),
    "the end of a private key": ("aFDrBz9vFqU4yK1xXx0QeV6Zx0\nZ3VS5JJcds3\n-----END PRIVATE KEY-----", "Z3VS5JJcds3"),
    "a password of two words": ('"password": "hunter twenty two"', "twenty"),
    "a password in a sentence": ("the password is hunter22, as before", "hunter22"),
    "a password in a file of logins": ("machine x login user password hunter22", "hunter22"),
    "a short token": ("token=abc12", "abc12"),
    "a key with a blank in its name": ("api key: abcdef1234567890", "abcdef1234567890"),
    "a key in a query": ("/v1/models?key=abcdef1234567890", "abcdef1234567890"),
    "a token in a query": ("?access_token=ya29.a0AfH6SMBxyz123456&x=1", "a0AfH6SMBxyz"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS.keys())
def test_it_is_masked(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in masked(text)


@pytest.mark.parametrize(
    "text",
    [
        "app@acme-ai.iam.gserviceaccount.com",
        "claude-opus-4-1@20250805",
        "projects/acme-ai-prod/locations/eu/publishers/anthropic/models/claude-sonnet-5",
        "prompt is too long: 412331 tokens > 200000 maximum",
        "online_prediction_input_tokens_per_minute_per_base_model",
        "the token was revoked; the password is wrong; secret: none; max_tokens=64000",
        "thinking.budget_tokens: 1024",
        "token: 12345 of 20000",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert masked(text) == text


STYLE = Style(100, False, True)

PLACES = (
    "403 denied on projects/{}/locations/eu/publishers/anthropic/models/claude-opus-4-8",
    "403 projects/acme/locations/{}/publishers/anthropic/models/claude-opus-4-8 denied",
    "404 Publisher Model `projects/a/locations/eu/publishers/anthropic/models/claude-{}` was not found",
    "400 claude on vertex: {}: Extra inputs are not permitted, req_vrtx_1",
    "403 SERVICE_DISABLED aiplatform.googleapis.com consumer: projects/{}",
    "404 https://{}-aiplatform.googleapis.com/v1/projects/acme",
    "429 Quota exceeded for aiplatform.googleapis.com/{} with base model: anthropic-{}",
    "403 for principal://iam.googleapis.com/{} on Vertex AI",
)
"""Where a name is read that is shown as evidence or becomes part of a command."""

NAMES = ("password", "client_secret", "refresh_token", "x-api-key", "token", "PGPASSWORD", "api key")


def _shown(text: str) -> str:
    found = explained(text)
    return "\n".join(
        (diagnosis_text(found, STYLE), diagnosis_json(found, {}), diagnosis_github(found), diagnosis_markdown(found))
    )


@given(
    st.sampled_from(NAMES),
    st.sampled_from(("=", ": ", '": "', "='", '\\": \\"')),
    st.from_regex(r"[a-z]{3,8}[0-9]{1,4}[A-Z][a-zA-Z0-9]{2,20}", fullmatch=True),
    st.sampled_from(PLACES),
)
def test_what_is_named_a_secret_once_is_shown_nowhere(name: str, sign: str, secret: str, place: str) -> None:
    """Evidence is cut out of the text, without the name beside it that told what it is."""
    text = f"{name}{sign}{secret}\n{place.format(secret, secret)}"
    assert secret.lower() in place.format(secret, secret).lower()
    assert secret.lower() not in _shown(text).lower()


def test_a_place_that_shares_a_line_with_a_secret_is_still_told() -> None:
    text = (
        "Authorization: Bearer ya29.a0AfH6SMBxyz123456 POST https://us-east5-aiplatform.googleapis.com/v1/projects/acme-ai"
        "/locations/us-east5/publishers/anthropic/models/claude-opus-4-8:rawPredict 403 PERMISSION_DENIED"
    )
    told = dict(explained(text).evidence)
    assert (told["project"], told["location"], told["model"]) == ("acme-ai", "us-east5", "claude-opus-4-8")
    assert "a0afh6smbxyz" not in _shown(text).lower()


def test_secrets_are_found_in_pieces_and_struck_whatever_their_case() -> None:
    secrets = secrets_in("password: hunter22XY and\ntoken=projects/acme-ai")
    assert secrets == ("hunter22xy",)
    assert struck("a-Hunter22xy-b", secrets) == "a-<secret>-b"
    assert struck("nothing", secrets) == "nothing"
