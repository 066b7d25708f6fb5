"""vxsetup itself as a client, unmodified: real credentials, real host names, its own session and Google's generated clients."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from client_worlds import APP, ROBOT
from tls_front import Front

pytestmark = pytest.mark.clients

CONFIG = """\
version: 1
project: {id: acme-ai-prod}
models:
  - {id: claude-sonnet-5-5, locations: [eu, us, global]}
  - {id: claude-haiku-4-5@20251001, locations: [us-east5]}
access:
  - {member: "serviceAccount:app", can: [invoke]}
"""
OWN = {
    "aiplatform.eu.rep.googleapis.com",
    "aiplatform.us.rep.googleapis.com",
    "aiplatform.googleapis.com",
    "us-east5-aiplatform.googleapis.com",
    "cloudbilling.googleapis.com",
    "cloudquotas.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "oauth2.googleapis.com",
    "orgpolicy.googleapis.com",
    "serviceusage.googleapis.com",
}
UNASKED = {"iamcredentials.googleapis.com"}
"""google-auth asks here for a service account's allowed locations, from a thread of its own, and has no switch for it."""


def check(front: Front, folder: Path, *arguments: str) -> tuple[int, dict[str, object], str]:
    (folder / "vxsetup.yaml").write_text(CONFIG)
    environment = {
        **front.environment(),
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "GOOGLE_APPLICATION_CREDENTIALS": str(front.service_account(APP)),
    }
    done = subprocess.run(
        [sys.executable, "-m", "vxsetup", "check", "--format", "json", "--now", "2026-11-22", *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, json.loads(done.stdout), done.stderr


def test_check_reads_google_cloud_with_nothing_but_a_key_file(front: Front, tmp_path: Path) -> None:
    code, report, said = check(front, tmp_path)
    assert (code, report["verdict"], said) == (0, "ready", ""), report
    assert front.hosts - UNASKED <= OWN
    assert front.hosts >= OWN - {"iam.googleapis.com"}
    tokens = [row for row in front.asked if row[0] == "oauth2.googleapis.com"]
    assert tokens == [("oauth2.googleapis.com", "POST", "/token")], "one token serves the whole run"


def test_check_asks_as_another_service_account(front: Front, tmp_path: Path) -> None:
    code, report, said = check(front, tmp_path, "--impersonate-service-account", ROBOT)
    assert (code, report["verdict"], said) == (0, "ready", ""), report
    asked = [path for host, _, path in front.asked if host == "iamcredentials.googleapis.com"]
    assert f"/v1/projects/-/serviceAccounts/{ROBOT}:generateAccessToken" in asked


def test_check_may_not_ask_as_another_service_account(front: Front, tmp_path: Path) -> None:
    code, report, said = check(front, tmp_path, "--impersonate-service-account", f"other-{ROBOT}")
    assert (code, report["verdict"]) == (3, "undecided")
    assert said.startswith(f"Nothing could be read. other-{ROBOT} may not be impersonated with these credentials: ")
    assert "iam.serviceAccounts.getAccessToken" in said
    assert f"--member=serviceAccount:{APP} --role=roles/iam.serviceAccountTokenCreator" in said
    assert said.count("\n") == 1
