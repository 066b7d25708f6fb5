"""The one request that doctor sends: without a token, through the proxy that clients use, and never followed elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from vxsetup.cloud.reach import reach

HOST = "aiplatform.eu.rep.googleapis.com"


def answer(status: int, body: bytes, **headers: str) -> requests.Response:
    """An answer as requests gives it."""
    import io

    made = requests.Response()
    made.status_code = status
    made.raw = io.BytesIO(body)
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return made


@pytest.mark.parametrize(
    ("status", "body", "kind", "is_json"),
    [
        (401, b'{"error": {"code": 401}}', "application/json; charset=UTF-8", True),
        (401, b'[{"error": {"code": 401}}]', "text/plain", True),
        (404, b"<!DOCTYPE html><title>Error 404</title>", "text/html; charset=UTF-8", False),
        (302, b"", "text/html", False),
    ],
)
def test_an_answer_is_told_by_status_and_shape(
    monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, kind: str, is_json: bool
) -> None:
    sent: list[tuple[str, dict[str, Any], Any]] = []

    def post(self: requests.Session, url: str, **more: Any) -> requests.Response:
        sent.append((url, more, self.auth))
        return answer(status, body, Content_Type=kind, Date="Sun, 22 Nov 2026 12:00:00 GMT")

    monkeypatch.setattr(requests.Session, "post", post)
    found = reach(HOST, "eu")
    assert (found.status, found.json, found.date) == (status, is_json, "Sun, 22 Nov 2026 12:00:00 GMT")
    url, more, auth = sent[0]
    assert url.startswith(f"https://{HOST}/v1/projects/-/locations/eu/publishers/anthropic/models/")
    assert "headers" not in more, "no token"
    assert not more["allow_redirects"]
    assert auth is not None, "or requests would look for a password in .netrc"


def test_a_closed_proxy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    found = reach(HOST, "eu")
    assert found.status is None
    assert found.says is not None
    assert "proxy" in found.says


@pytest.mark.parametrize("error", [requests.exceptions.ReadTimeout("slow"), requests.exceptions.InvalidProxyURL("bad")])
def test_every_failure_is_a_value(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def post(self: requests.Session, url: str, **more: Any) -> requests.Response:
        raise error

    monkeypatch.setattr(requests.Session, "post", post)
    found = reach(HOST, "eu")
    assert found.status is None
    assert found.says
