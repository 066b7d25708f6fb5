"""One refusal, three readers: check judges it, explain ranks its causes, smoke names the cause of its own request."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from vxsetup.cli.root import run
from vxsetup.resources import folder

MODEL = "projects/acme-ai-prod/locations/eu/publishers/anthropic/models/claude-sonnet-5-5"
EXAMPLE = Path(str(folder("examples"))) / "ready"
HOST = "aiplatform.googleapis.com"


def body(code: int, status: str, message: str, reason: str = "", **metadata: str) -> dict[str, Any]:
    """An error as Google's APIs answer it."""
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if reason:
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
        error["details"] = [info | {"metadata": metadata | {"service": HOST}}]
    return {"error": error}


DENIED, FAILED = "PERMISSION_DENIED", "FAILED_PRECONDITION"
OFF = "Agent Platform API has not been used in project acme-ai-prod before or it is disabled."
NO_QUOTA_PROJECT = f"The {HOST} API requires a quota project, which is not set by default."
NO_ROLE = f"Permission 'aiplatform.endpoints.predict' denied on resource '//{HOST}/{MODEL}' (or it may not exist)."
POLICY = (
    "Organization Policy constraint constraints/vertexai.allowedModels violated for `projects/333333333333` attempting "
    "to use a disallowed Gen AI model claude-sonnet-5-5."
)
PERIMETER = "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: q1w2e3"
SHARING = "Access to this model requires data sharing to be enabled for publisher 'anthropic'."
NOT_FOUND = f"Publisher Model `{MODEL}` was not found or your project does not have access to it."
NOT_HERE = "Publisher Model `publishers/anthropic/models/claude-sonnet-5-5` is not servable in region eu."
NOT_ALLOWED = f"Project `333333333333` is not allowed to use Publisher Model `{MODEL}`"

ANSWERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "api": (body(403, DENIED, OFF, "SERVICE_DISABLED", consumer="projects/acme-ai-prod"), "api-disabled", "VX203"),
    "billing": (body(403, DENIED, "Billing is off.", "BILLING_DISABLED"), "billing-disabled", "VX202"),
    "billing-in-words": (
        body(403, DENIED, "This API method requires billing to be enabled."),
        "billing-disabled",
        "VX202",
    ),
    "google-charged": (
        body(403, DENIED, NO_QUOTA_PROJECT, "SERVICE_DISABLED", consumer="projects/764086051850"),
        "quota-project",
        "VX205",
    ),
    "may-not-charge": (
        body(403, DENIED, "Not yours to charge.", "USER_PROJECT_DENIED", consumer="projects/acme-other"),
        "quota-project",
        "VX205",
    ),
    "permission": (
        body(403, DENIED, NO_ROLE, "IAM_PERMISSION_DENIED", permission="aiplatform.endpoints.predict"),
        "iam-missing-predict",
        "VX302",
    ),
    "permission-in-words": (body(403, DENIED, NO_ROLE), "iam-missing-predict", "VX302"),
    "policy": (body(400, FAILED, POLICY), "org-policy", "VX501"),
    "perimeter": (body(403, DENIED, PERIMETER, "SECURITY_POLICY_VIOLATED", uid="q1w2e3"), "vpc-sc", "VX502"),
    "data-sharing": (body(403, DENIED, SHARING), "data-sharing-required", "VX407"),
    "not-found": (body(404, "NOT_FOUND", NOT_FOUND), "model-not-enabled", "VX406"),
    "not-here": (body(400, FAILED, NOT_HERE), "model-not-in-region", "VX405"),
    "not-allowed": (body(400, FAILED, NOT_ALLOWED), "model-not-enabled", "VX406"),
    "token": (body(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."), "unclear-auth", "VX301"),
    "scopes": (
        body(403, DENIED, "Request had insufficient authentication scopes.", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
        "scopes",
        "VX301",
    ),
    "scopes-in-words": (body(403, DENIED, "Request had insufficient authentication scopes."), "scopes", "VX301"),
}
"""What the platform answers to the model's request -> the cause that is named, and the rule that judges it."""


def printed(args: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The JSON that a command prints, whatever it ends with."""
    run([*args, "--format", "json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("name", ANSWERS)
def test_check_smoke_and_explain_name_one_cause(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer, cause, rule = ANSWERS[name]
    code = answer["error"]["code"]
    world = copy.deepcopy(yaml.safe_load((EXAMPLE / "world.yaml").read_text("utf-8")))
    world["faults"] = [{"match": "POST */*:rawPredict", "status": code, "times": 99, "body": answer}]
    file = tmp_path / "world.yaml"
    file.write_text(yaml.safe_dump(world), encoding="utf-8")
    place = ["--model", "claude-sonnet-5-5", "--location", "eu", "--emulate", str(file)]

    explained = printed(["explain", f"HTTP {code}\n{json.dumps(answer, indent=1)} claude"], capsys)["causes"][0]
    assert (explained["cause"], explained["rule"]) == (cause, rule)

    checked = printed(["check", "--project", "acme-ai-prod", *place], capsys)["findings"]
    # What is refused before the token is known proves nothing of the credentials: no fault of theirs, and no pass.
    stopped = [each for each in checked if each["verdict"] in ("fail", "unknown") and each["severity"] != "info"]
    assert stopped[0]["rule"] == rule, [(each["rule"], each["verdict"]) for each in stopped]
    assert "does not recognise" not in json.dumps(checked)

    sent = printed(["smoke", str(EXAMPLE / "vxsetup.yaml"), "--send", *place], capsys)
    status = next(each for row in sent["requests"] for each in row["checks"] if each["name"] == "status")
    assert (status["rule"], status["causes"][0]["cause"]) == (rule, cause)
