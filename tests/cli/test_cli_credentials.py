"""No credentials, stale ones, no network, a proxy in the way: the real google-auth finds out, and one line says which it is.

Every process runs with an empty home, and with proxy variables that lead nowhere but to this machine.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_runs import GOOD, ROOT, Ran, command, environment, harmless, process
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from loopback import hangs, says, server, tokens

from vxsetup.cloud import credentials

Check = Callable[..., Ran]
LOGIN = "Run: gcloud auth application-default login\n"
ANEW = "Run: unset GOOGLE_APPLICATION_CREDENTIALS && gcloud auth application-default login\n"
USER = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}


@pytest.fixture(scope="module")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kinds = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*kinds).decode()


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Runs ``vxsetup check`` with the given variables; checks what holds of all these runs."""
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "vxsetup.yaml").write_text(GOOD)

    def ran(*arguments: str, quick: float = 10, **variables: str) -> Ran:
        started = time.monotonic()
        found = process("check", *arguments, env=environment(home, **variables), cwd=tmp_path)
        took = time.monotonic() - started
        harmless(found)
        assert took < quick, f"{took:.1f} s are too long to hear that nothing can be asked"
        assert found.code == 3, found
        assert found.err.startswith("Nothing could be read. ")
        assert found.err.count("\n") == 1, found.err
        assert len(found.err) < 420, found.err
        assert found.out.startswith("? acme-ai-prod")
        assert " pass" not in found.out.splitlines()[2]
        remedy = found.err.rpartition("Run: ")[2].strip()
        assert found.out.rstrip().splitlines()[-1].strip() == remedy, "the last line of the report is what to run"
        return found

    return ran


def service_account(folder: Path, key: str, token_uri: str) -> str:
    """A service account's key file whose tokens come from ``token_uri``."""
    about = {
        "type": "service_account",
        "project_id": "acme-ai-prod",
        "private_key_id": "1",
        "private_key": key,
        "client_email": "app@acme-ai-prod.iam.gserviceaccount.com",
        "token_uri": token_uri,
    }
    return written(folder / "key.json", about)


def written(path: Path, data: Any) -> str:
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return str(path)


# Nobody to ask as ---------------------------------------------------------------------------------------------------


def test_no_credentials(check: Check) -> None:
    ran = check()
    assert ran.err == f"Nothing could be read. No Application Default Credentials were found on this machine. {LOGIN}"


def test_no_credentials_and_no_metadata_server_either(check: Check) -> None:
    nowhere = "127.0.0.1:9"
    ran = check(NO_GCE_CHECK="", GCE_METADATA_HOST=nowhere, GCE_METADATA_IP=nowhere, quick=15)
    assert "No Application Default Credentials were found" in ran.err


def test_nothing_that_a_cloud_would_have_to_say_passes(check: Check, tmp_path: Path) -> None:
    check("--report", "json=report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["verdict"] == "undecided"
    passed = [finding for finding in report["findings"] if finding["verdict"] == "pass"]
    rungs = {evidence["rung"] for finding in passed for evidence in finding["evidence"]}
    assert rungs <= {"declared", "catalogue"}


@pytest.mark.parametrize(
    ("data", "phrase"),
    [
        (None, "and there is no such file."),
        ("hello", "is not a valid json file"),
        ({"type": "strange \x1b[2J"}, "strange \\x1b[2J"),
        ({"type": "authorized_user"}, "Failed to load authorized user credentials"),
        ({"type": "service_account", "private_key": "x", "client_email": "a@b", "token_uri": "x"}, "Failed to load"),
        ({}, "which holds no usable credentials"),
        ("[]", "which holds no usable credentials"),
        ('"x"', "which holds no usable credentials"),
    ],
)
def test_a_credentials_file_that_is_none(data: Any, phrase: str, check: Check, tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    if data is not None:
        written(file, data)
    ran = check(GOOGLE_APPLICATION_CREDENTIALS=str(file))
    assert f"GOOGLE_APPLICATION_CREDENTIALS names {file}" in ran.err
    assert phrase in ran.err
    assert ran.err.endswith(ANEW)


def test_a_folder_in_place_of_a_credentials_file(check: Check, tmp_path: Path) -> None:
    assert "Is a directory" in check(GOOGLE_APPLICATION_CREDENTIALS=str(tmp_path)).err


def test_a_quota_project_that_is_none(check: Check, tmp_path: Path) -> None:
    file = written(tmp_path / "c.json", USER)
    ran = check(GOOGLE_APPLICATION_CREDENTIALS=file, GOOGLE_CLOUD_QUOTA_PROJECT="a\r\nHost: b")
    assert "'a\\r\\nHost: b', which is not a project id" in ran.err


# Stale, or a token server that does not work -------------------------------------------------------------------------


def test_expired_credentials(check: Check, tmp_path: Path, private_key: str) -> None:
    with server(tokens("invalid_grant", "Token has been expired or revoked.")) as found:
        file = service_account(tmp_path, private_key, f"{found.url}/token")
        ran = check(GOOGLE_APPLICATION_CREDENTIALS=file)
        assert found.asked == ["POST /token"], "a refusal is final: it is not asked for again"
    assert f"The credentials in {file} have expired or were revoked: invalid_grant" in ran.err
    assert "Token has been expired or revoked." in ran.err
    assert ran.err.endswith(ANEW)
    assert "VX301" in ran.out


def test_a_token_server_with_escapes(check: Check, tmp_path: Path, private_key: str) -> None:
    with server(tokens("invalid_grant", "\x1b]0;x\x07\r\n\u202e")) as found:
        ran = check(GOOGLE_APPLICATION_CREDENTIALS=service_account(tmp_path, private_key, f"{found.url}/token"))
    assert "\\x1b]0;x\\x07" in ran.err


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b"", b'{"access_token": 3}', b"\xff"])
def test_something_else_answers_in_place_of_the_token_server(
    body: bytes, check: Check, tmp_path: Path, private_key: str
) -> None:
    with server(says(200, body)) as found:
        ran = check(GOOGLE_APPLICATION_CREDENTIALS=service_account(tmp_path, private_key, f"{found.url}/token"))
    assert "oken" in ran.err


def test_a_token_server_that_is_down(check: Check, tmp_path: Path, private_key: str) -> None:
    with server(tokens("internal_failure", "", 500)) as found:
        ran = check(
            GOOGLE_APPLICATION_CREDENTIALS=service_account(tmp_path, private_key, f"{found.url}/token"), quick=15
        )
        assert 1 <= len(found.asked) <= 4
    assert "The token server could not answer" in ran.err
    assert "expired" not in ran.err


def test_a_token_server_that_hangs(tmp_path: Path, private_key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert credentials.TOKEN_TIMEOUT <= 10
    monkeypatch.setattr(credentials, "TOKEN_TIMEOUT", 0.3)
    with server(hangs()) as found:
        monkeypatch.setenv(
            "GOOGLE_APPLICATION_CREDENTIALS", service_account(tmp_path, private_key, f"{found.url}/token")
        )
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        started = time.monotonic()
        none = credentials.find(None, None)
        assert time.monotonic() - started < 5
    assert isinstance(none, credentials.NoCredentials)
    assert "did not answer in time" in none.says
    assert not none.expired


def test_a_token_server_that_is_not_there(check: Check, tmp_path: Path, private_key: str) -> None:
    ran = check(GOOGLE_APPLICATION_CREDENTIALS=service_account(tmp_path, private_key, "http://127.0.0.1:9/token"))
    assert "No token could be fetched: 127.0.0.1:9 could not be reached: the connection was refused." in ran.err


# The way to Google ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "phrase"),
    [
        (407, "the proxy refused the connection to oauth2.googleapis.com: 407, it wants a user name and password."),
        (403, "the proxy refused the connection to oauth2.googleapis.com: it answered 403."),
        (502, "it answered 502."),
    ],
)
def test_a_proxy_that_refuses(status: int, phrase: str, check: Check, tmp_path: Path) -> None:
    with server(says(status)) as proxy:
        ran = check(GOOGLE_APPLICATION_CREDENTIALS=written(tmp_path / "c.json", USER), HTTPS_PROXY=proxy.url)
        assert proxy.asked == ["CONNECT oauth2.googleapis.com:443"]
    assert phrase in ran.err
    assert ran.err.endswith("Run: env | grep -i _proxy\n")


def test_a_proxy_that_is_not_there(check: Check, tmp_path: Path) -> None:
    ran = check(GOOGLE_APPLICATION_CREDENTIALS=written(tmp_path / "c.json", USER))
    assert "the proxy on the way to oauth2.googleapis.com could not be reached: the connection was refused." in ran.err


def test_the_login_of_gcloud_is_found_and_gcloud_is_not_run_for_it(check: Check, tmp_path: Path) -> None:
    config = tmp_path / "home" / "gcloud"
    config.mkdir()
    written(config / "application_default_credentials.json", USER)
    tools = tmp_path / "tools"
    tools.mkdir()
    trap = tools / "gcloud"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/gcloud-ran\n")
    trap.chmod(0o755)
    ran = check(PATH=f"{tools}:/usr/bin:/bin")
    assert "No token could be fetched: the proxy" in ran.err
    assert not (tmp_path / "gcloud-ran").exists()


@pytest.mark.parametrize(("status", "phrase"), [(407, "407, it wants"), (403, "it answered 403")])
def test_a_proxy_that_lets_only_the_token_through(
    status: int, phrase: str, check: Check, tmp_path: Path, private_key: str
) -> None:
    with server(tokens()) as granting, server(says(status)) as proxy:
        file = service_account(tmp_path, private_key, f"{granting.url}/token")
        ran = check(GOOGLE_APPLICATION_CREDENTIALS=file, HTTPS_PROXY=proxy.url)
        assert len(granting.asked) == 1
    assert f"googleapis.com: {phrase}" in ran.err
    assert ran.err.endswith("Run: env | grep -i _proxy\n")


@pytest.mark.skipif(
    shutil.which("unshare") is None or subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode != 0,
    reason="this machine cannot make a network namespace, in which there is no network",
)
def test_no_network(tmp_path: Path) -> None:
    (tmp_path / "vxsetup.yaml").write_text(GOOD)
    file = written(tmp_path / "c.json", USER)
    env = environment(tmp_path, GOOGLE_APPLICATION_CREDENTIALS=file, HTTPS_PROXY="", HTTP_PROXY="")
    started = time.monotonic()
    done = subprocess.run(
        ["unshare", "-rn", *command("check")], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert time.monotonic() - started < 15
    assert done.returncode == 3
    assert (
        "Nothing could be read. No token could be fetched: oauth2.googleapis.com could not be reached: " in done.stderr
    )
    assert done.stderr.endswith("Run: curl -sSI https://oauth2.googleapis.com\n")


# Impersonation, as the emulator grants it -----------------------------------------------------------------------------


def test_a_service_account_that_may_not_be_impersonated(tmp_path: Path) -> None:
    example = ROOT / "examples" / "ready"
    email = "app@acme-ai-prod.iam.gserviceaccount.com"
    cloud = ["--emulate", str(example / "world.yaml"), "--impersonate-service-account", email]
    ran = process("check", example / "vxsetup.yaml", *cloud, env=environment(tmp_path), cwd=tmp_path)
    harmless(ran)
    assert ran.code == 3
    assert ran.err.startswith(f"Nothing could be read. {email} cannot be impersonated: 403 PERMISSION_DENIED")
    assert ran.err.count("\n") == 1
