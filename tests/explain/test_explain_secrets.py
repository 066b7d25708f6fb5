"""What must not be shown again, in the forms in which people paste it."""

from __future__ import annotations

import pytest

from vxsetup.explain.mask import masked

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
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert masked(text) == text
