"""Google's client libraries for Python: generated ones over REST, and google-api-python-client with the definitions it ships."""

from __future__ import annotations

import contextlib
import importlib
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from client_worlds import DEV, PROJECT

from vxsetup.emulator.server import EmulatorServer

pytestmark = pytest.mark.clients


def credentials(charged: str | None = PROJECT) -> Any:
    found = importlib.import_module("google.oauth2.credentials").Credentials("opaque")
    return found.with_quota_project(charged) if charged else found


class Clients:
    """Google's clients for one emulator; ``stack`` closes them, for each leaves a connection open."""

    def __init__(self, server: EmulatorServer, stack: contextlib.ExitStack) -> None:
        self._options = {"api_endpoint": server.base_url}
        self._stack = stack

    def generated(self, package: str, name: str, charged: str | None = PROJECT) -> Any:
        pytest.importorskip(package)
        kind = getattr(importlib.import_module(package), name)
        made = kind(credentials=credentials(charged), transport="rest", client_options=self._options)
        self._stack.callback(made.transport.close)
        return made

    def discovered(self, api: str, version: str, charged: str | None = PROJECT) -> Any:
        pytest.importorskip("googleapiclient")
        build = importlib.import_module("googleapiclient.discovery").build
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = build(
                api,
                version,
                credentials=credentials(charged),
                client_options=self._options,
                static_discovery=True,
                cache_discovery=False,
            )
        self._stack.callback(made.close)
        return made


@pytest.fixture
def clients(server: EmulatorServer) -> Iterator[Clients]:
    with contextlib.ExitStack() as stack:
        yield Clients(server, stack)


def refused(call: Any) -> Any:
    """The error of a call by google-api-python-client."""
    errors = importlib.import_module("googleapiclient.errors")
    with pytest.raises(errors.HttpError) as caught:
        call.execute()
    return caught.value


# Generated clients ---------------------------------------------------------------------------------------------------

MANAGER = "google.cloud.resourcemanager_v3"


def test_projects_folders_and_organizations(clients: Clients) -> None:
    projects = clients.generated(MANAGER, "ProjectsClient")
    found = projects.get_project(name=f"projects/{PROJECT}")
    assert (found.project_id, found.parent, found.display_name) == (PROJECT, "folders/2222", "Acme AI")
    assert found.state.name == "ACTIVE"
    assert {one.project_id for one in projects.list_projects(parent="folders/2222")} == {PROJECT, "acme-ai-new"}
    folder = clients.generated(MANAGER, "FoldersClient").get_folder(name="folders/2222")
    assert (folder.parent, folder.display_name) == ("organizations/1111", "Engineering")
    assert clients.generated(MANAGER, "OrganizationsClient").get_organization(name="organizations/1111").name


def test_policies_and_permissions(clients: Clients) -> None:
    projects = clients.generated(MANAGER, "ProjectsClient")
    policy = projects.get_iam_policy(resource=f"projects/{PROJECT}")
    assert any(binding.role == "roles/owner" and DEV in binding.members for binding in policy.bindings)
    wanted = ["aiplatform.endpoints.predict", "resourcemanager.projects.get"]
    held = projects.test_iam_permissions(resource=f"projects/{PROJECT}", permissions=wanted)
    assert sorted(held.permissions) == wanted


def test_a_refusal_carries_google_s_reason(clients: Clients) -> None:
    exceptions = importlib.import_module("google.api_core.exceptions")
    projects = clients.generated(MANAGER, "ProjectsClient")
    with pytest.raises(exceptions.Forbidden) as hidden:
        projects.get_project(name="projects/acme-nowhere")
    assert hidden.value.reason == "IAM_PERMISSION_DENIED"
    with pytest.raises(exceptions.Forbidden) as charged:
        clients.generated(MANAGER, "ProjectsClient", "acme-nowhere").get_project(name=f"projects/{PROJECT}")
    assert charged.value.reason == "USER_PROJECT_DENIED"
    with pytest.raises(exceptions.BadRequest):
        projects.test_iam_permissions(resource=f"projects/{PROJECT}", permissions=["aiplatform.*"])


def test_publisher_models(clients: Clients) -> None:
    exceptions = importlib.import_module("google.api_core.exceptions")
    garden = clients.generated("google.cloud.aiplatform_v1", "ModelGardenServiceClient")
    model = garden.get_publisher_model(name="publishers/anthropic/models/claude-sonnet-5-5")
    assert model.name.startswith("publishers/anthropic/models/claude-sonnet-5-5")
    assert model.version_id
    with pytest.raises(exceptions.NotFound):
        garden.get_publisher_model(name="publishers/anthropic/models/claude-nothing-9")
    listing = clients.generated("google.cloud.aiplatform_v1beta1", "ModelGardenServiceClient")
    names = [one.name for one in listing.list_publisher_models(parent="publishers/anthropic")]
    assert any("claude-sonnet-5-5" in name for name in names)


# google-api-python-client ---------------------------------------------------------------------------------------------


def test_service_usage(clients: Clients) -> None:
    services = clients.discovered("serviceusage", "v1").services()
    listed = services.list(parent=f"projects/{PROJECT}", filter="state:ENABLED", pageSize=3)
    names = set()
    while listed is not None:
        page = listed.execute()
        assert len(page["services"]) <= 3
        names |= {one["config"]["name"] for one in page["services"]}
        listed = services.list_next(listed, page)
    assert "aiplatform.googleapis.com" in names
    name = "projects/acme-ai-new/services/aiplatform.googleapis.com"
    assert services.get(name=name).execute()["state"] == "DISABLED"
    operation = services.enable(name=name, body={}).execute()
    operations = clients.discovered("serviceusage", "v1").operations()
    for _ in range(20):
        if operation.get("done"):
            break
        operation = operations.get(name=operation["name"]).execute()
    assert operation["done"] is True
    assert services.get(name=name).execute()["state"] == "ENABLED"


def test_billing(clients: Clients) -> None:
    projects = clients.discovered("cloudbilling", "v1").projects()
    about = projects.getBillingInfo(name=f"projects/{PROJECT}").execute()
    assert about["billingEnabled"] is True
    assert about["billingAccountName"] == "billingAccounts/012345-6789AB-CDEF01"
    # The account may be used, and the project has the API through the project that is charged.
    changed = projects.updateBillingInfo(
        name="projects/acme-ai-new", body={"billingAccountName": "billingAccounts/012345-6789AB-CDEF01"}
    ).execute()
    assert changed["billingEnabled"] is True


def test_service_accounts_and_roles(clients: Clients) -> None:
    iam = clients.discovered("iam", "v1")
    accounts = iam.projects().serviceAccounts()
    made = accounts.create(name=f"projects/{PROJECT}", body={"accountId": "claude-app"}).execute()
    assert made["email"] == f"claude-app@{PROJECT}.iam.gserviceaccount.com"
    listed = accounts.list(name=f"projects/{PROJECT}").execute()["accounts"]
    assert made["email"] in {one["email"] for one in listed}
    again = refused(accounts.create(name=f"projects/{PROJECT}", body={"accountId": "claude-app"}))
    assert again.status_code == 409
    role = iam.roles().get(name="roles/aiplatform.user").execute()
    assert "aiplatform.endpoints.predict" in role["includedPermissions"]


def test_both_versions_of_the_resource_manager(clients: Clients) -> None:
    first = clients.discovered("cloudresourcemanager", "v1").projects()
    chain = first.getAncestry(projectId=PROJECT, body={}).execute()["ancestor"]
    assert [one["resourceId"]["type"] for one in chain] == ["project", "folder", "organization"]
    third = clients.discovered("cloudresourcemanager", "v3").projects()
    assert third.get(name=f"projects/{PROJECT}").execute()["projectId"] == PROJECT
    policy = third.getIamPolicy(
        resource=f"projects/{PROJECT}", body={"options": {"requestedPolicyVersion": 3}}
    ).execute()
    policy["bindings"].append({"role": "roles/viewer", "members": ["user:eve@acme.example"]})
    done = third.setIamPolicy(resource=f"projects/{PROJECT}", body={"policy": policy}).execute()
    assert done["etag"] != policy["etag"]
    stale = refused(third.setIamPolicy(resource=f"projects/{PROJECT}", body={"policy": policy}))
    assert stale.status_code == 409, "somebody else's change is not overwritten"


def test_refusals_by_a_user_project(clients: Clients) -> None:
    error = refused(
        clients.discovered("cloudbilling", "v1", "acme-ai-new").projects().getBillingInfo(name=f"projects/{PROJECT}")
    )
    assert error.status_code == 403
    reasons = {one.get("reason") for one in error.error_details if isinstance(one, dict)}
    assert "SERVICE_DISABLED" in reasons
