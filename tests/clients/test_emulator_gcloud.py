"""The gcloud command line and Google's client library against the emulator: our answers are ones that they accept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "emulator"))

from emulator_worlds import BASE, DEV, data

from vxsetup.emulator.server import EmulatorServer
from vxsetup.emulator.world import start, world_from

pytestmark = pytest.mark.clients
GCLOUD = shutil.which("gcloud")
needs_gcloud = pytest.mark.skipif(GCLOUD is None, reason="gcloud is not installed")
APIS = [
    "CLOUDRESOURCEMANAGER",
    "SERVICEUSAGE",
    "CLOUDBILLING",
    "IAM",
    "ORGPOLICY",
    "CLOUDQUOTAS",
    "AIPLATFORM",
    "IAMCREDENTIALS",
]


@pytest.fixture
def server() -> Iterator[EmulatorServer]:
    iam = [
        *BASE["projects"]["acme-ai-prod"]["iam"],
        {"role": "roles/orgpolicy.policyAdmin", "members": [DEV]},
        {"role": "roles/iam.denyReviewer", "members": [DEV]},
    ]
    world = data({"iam": iam}, organization={"iam": [{"role": "roles/orgpolicy.policyAdmin", "members": [DEV]}]})
    with EmulatorServer(start(world_from(world))) as running:
        yield running


class Gcloud:
    """gcloud with its own folder, aimed at one emulator."""

    def __init__(self, server: EmulatorServer, folder: Path) -> None:
        token = folder / "token.txt"
        token.write_text("opaque")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("CLOUDSDK_", "GOOGLE_"))}
        self.environment = {
            **kept,
            "CLOUDSDK_CONFIG": str(folder / "config"),
            "CLOUDSDK_CORE_PROJECT": "acme-ai-prod",
            "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
            "CLOUDSDK_CORE_CHECK_GCE_METADATA": "false",
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token),
            **{f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api}": server.base_url + "/" for api in APIS},
        }

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [GCLOUD or "gcloud", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=False)

    def json(self, *arguments: str) -> Any:
        done = self.run(*arguments, "--format=json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout or "null")


@pytest.fixture
def gcloud(server: EmulatorServer, tmp_path: Path) -> Gcloud:
    return Gcloud(server, tmp_path)


@needs_gcloud
def test_gcloud_reads_the_project(gcloud: Gcloud) -> None:
    assert gcloud.json("projects", "describe", "acme-ai-prod")["projectNumber"] == "333333333333"
    ancestors = gcloud.json("projects", "get-ancestors", "acme-ai-prod")
    assert [one["type"] for one in ancestors] == ["project", "folder", "organization"]
    assert gcloud.json("billing", "projects", "describe", "acme-ai-prod")["billingEnabled"] is True
    role = gcloud.json("iam", "roles", "describe", "roles/aiplatform.user")
    assert "aiplatform.endpoints.predict" in role["includedPermissions"]


@needs_gcloud
def test_gcloud_enables_services(gcloud: Gcloud) -> None:
    enabled = gcloud.json("services", "list", "--enabled")
    assert "aiplatform.googleapis.com" in {one["config"]["name"] for one in enabled}
    assert gcloud.run("services", "enable", "sts.googleapis.com").returncode == 0
    assert gcloud.run("services", "enable", "run.googleapis.com", "compute.googleapis.com").returncode == 0
    names = {one["config"]["name"] for one in gcloud.json("services", "list", "--enabled")}
    assert {"sts.googleapis.com", "run.googleapis.com", "compute.googleapis.com"} <= names
    refused = gcloud.run("services", "enable", "aiplatfrom.googleapis.com")
    assert refused.returncode != 0
    assert "Not found or permission denied for service(s): aiplatfrom.googleapis.com" in refused.stderr


@needs_gcloud
def test_gcloud_edits_policies(gcloud: Gcloud) -> None:
    member = ("--member=user:eve@acme.example", "--role=roles/aiplatform.user", "--condition=None")
    after = gcloud.json("projects", "add-iam-policy-binding", "acme-ai-prod", *member)
    assert {"role": "roles/aiplatform.user", "members": ["user:eve@acme.example"]} in after["bindings"]
    made = gcloud.run("iam", "service-accounts", "create", "claude-app", "--display-name=Claude")
    assert made.returncode == 0, made.stderr
    emails = [one["email"] for one in gcloud.json("iam", "service-accounts", "list")]
    assert "claude-app@acme-ai-prod.iam.gserviceaccount.com" in emails
    effective = gcloud.json(
        "org-policies", "describe", "vertexai.allowedModels", "--project=acme-ai-prod", "--effective"
    )
    assert effective["name"].endswith("/policies/vertexai.allowedModels")


@needs_gcloud
def test_gcloud_is_refused_as_by_google(gcloud: Gcloud) -> None:
    refused = gcloud.run("projects", "describe", "acme-nowhere")
    assert refused.returncode != 0
    assert "denied on resource" in refused.stderr
    charged = gcloud.run("projects", "describe", "acme-ai-prod", "--billing-project=acme-nowhere")
    assert "Caller does not have required permission to use project acme-nowhere" in charged.stderr


def test_the_resource_manager_library(server: EmulatorServer) -> None:
    resource_manager = pytest.importorskip("google.cloud.resourcemanager_v3")
    from google.api_core.exceptions import Conflict, Forbidden
    from google.iam.v1 import iam_policy_pb2, options_pb2
    from google.oauth2.credentials import Credentials

    credentials = Credentials("opaque")  # type: ignore[no-untyped-call]
    credentials = credentials.with_quota_project("acme-ai-prod")
    client = resource_manager.ProjectsClient(
        credentials=credentials, transport="rest", client_options={"api_endpoint": server.base_url}
    )
    project = client.get_project(name="projects/acme-ai-prod")
    assert (project.name, project.project_id) == ("projects/333333333333", "acme-ai-prod")
    assert [one.project_id for one in client.search_projects(query="id:acme-ai-prod")] == ["acme-ai-prod"]
    with pytest.raises(Forbidden) as refused:
        client.get_project(name="projects/acme-nowhere")
    assert refused.value.reason == "IAM_PERMISSION_DENIED"
    held = client.test_iam_permissions(
        resource="projects/acme-ai-prod", permissions=["resourcemanager.projects.get", "iam.roles.get"]
    )
    assert "resourcemanager.projects.get" in held.permissions
    options = options_pb2.GetPolicyOptions(requested_policy_version=3)
    request = iam_policy_pb2.GetIamPolicyRequest(resource="projects/acme-ai-prod", options=options)
    policy = client.get_iam_policy(request=request)
    policy.bindings.add(role="roles/viewer", members=["user:eve@acme.example"])
    change = iam_policy_pb2.SetIamPolicyRequest(resource="projects/acme-ai-prod", policy=policy)
    client.set_iam_policy(request=change)
    with pytest.raises(Conflict):
        client.set_iam_policy(request=change)
