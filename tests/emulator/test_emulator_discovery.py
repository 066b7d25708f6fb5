"""Each answer is one that Google's discovery documents would allow: no unknown field, no wrong type."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import emulator_discovery as discovery
import pytest
from emulator_worlds import DEV, SERVICES, Cloud, cloud

from vxsetup.emulator.service import _api_of, _router

APP = "app@acme-ai-prod.iam.gserviceaccount.com"
CRM, USAGE, BILLING = "cloudresourcemanager", "serviceusage", "cloudbilling"
MODEL = "/v1beta1/projects/acme-ai-prod/locations/eu/publishers/anthropic/models/claude-sonnet-5-5"
POOLS = "/v1/projects/acme-ai-prod/locations/global/workloadIdentityPools"
POLICIES = "/v2/projects/acme-ai-prod/policies"
ATTACHED = "/v2/policies/cloudresourcemanager.googleapis.com%2Fprojects%2Facme-ai-prod/denypolicies"
CONDITION = {"title": "t", "expression": "true", "description": "d"}
SCOPE = ["https://www.googleapis.com/auth/cloud-platform"]
ASSETS = "cloudasset.googleapis.com"


def rich() -> Cloud:
    """A cloud that has one of everything."""
    roles = ["owner", "orgpolicy.policyAdmin", "iam.denyReviewer", "iam.roleAdmin", "iam.serviceAccountTokenCreator"]
    roles += ["iam.workloadIdentityPoolAdmin", "resourcemanager.folderAdmin", "resourcemanager.organizationAdmin"]
    roles += ["resourcemanager.projectCreator", "iam.organizationRoleViewer", "billing.user", "cloudasset.viewer"]
    iam = [{"role": f"roles/{role}", "members": [DEV]} for role in roles]
    rules = [
        {"principals": ["principal://goog/subject/eve@acme.example"], "permissions": ["a.b.c"], "condition": CONDITION}
    ]
    provider = {"issuer": "https://i.example", "mapping": {"google.subject": "assertion.sub"}, "condition": "true"}
    return cloud(
        {
            "labels": {"team": "ai"},
            "audit": [{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}],
            "iam": [*iam, {"role": "roles/viewer", "members": ["user:eve@acme.example"], "condition": CONDITION}],
            "services": [*SERVICES, "sts.googleapis.com", "policytroubleshooter.googleapis.com", ASSETS],
            "roles": {"claude": {"permissions": ["aiplatform.endpoints.predict"], "deleted": True}},
            "deny": [{"id": "none", "rules": rules}],
            "policies": {"vertexai.allowedModels": {"allow_all": True, "inherit": True}, "a.b": {"enforce": True}},
            "pools": {"github": {"providers": {"actions": provider}, "disabled": True, "display_name": "G"}},
            "models": {"claude-sonnet-5-5": {"prerequisites": True, "data_sharing": True}},
            "datasets": {"logs": {"location": "EU", "defaultTableExpirationMs": "3600000", "tables": {"rows": {}}}},
            "service_accounts": {APP: {"display_name": "App", "description": "x", "iam": iam}},
        },
        organization={"iam": iam, "roles": {"org_role": {"permissions": ["aiplatform.endpoints.predict"]}}},
    )


CALLS: list[tuple[str, str, str, Any]] = [
    (CRM, "GET", "/v3/projects/acme-ai-prod", None),
    (USAGE, "POST", "/v1beta1/projects/acme-ai-prod/services/aiplatform.googleapis.com:generateServiceIdentity", {}),
    (CRM, "GET", "/v3/projects:search?query=id:acme-ai-prod", None),
    (CRM, "GET", "/v3/projects?parent=folders/2222", None),
    (CRM, "POST", "/v3/projects", {"projectId": "acme-ai-new", "parent": "folders/2222", "labels": {"a": "b"}}),
    (CRM, "GET", "/v3/folders/2222", None),
    (CRM, "GET", "/v3/organizations/1111", None),
    *(
        (CRM, "POST", f"/v3/{node}:{verb}", body)
        for node in ("projects/acme-ai-prod", "folders/2222", "organizations/1111")
        for verb, body in (
            ("getIamPolicy", {"options": {"requestedPolicyVersion": 3}}),
            ("testIamPermissions", {"permissions": ["resourcemanager.projects.get"]}),
            ("setIamPolicy", {"policy": {"version": 3, "bindings": [{"role": "roles/owner", "members": [DEV]}]}}),
        )
    ),
    (CRM, "GET", "/v1/projects/acme-ai-prod", None),
    (CRM, "GET", "/v1/projects?filter=id:acme-ai-prod", None),
    (CRM, "POST", "/v1/projects", {"projectId": "acme-ai-new", "parent": {"type": "folder", "id": "2222"}}),
    (CRM, "POST", "/v1/projects/acme-ai-prod:getAncestry", {}),
    (CRM, "POST", "/v1/projects/acme-ai-prod:getIamPolicy", {}),
    (CRM, "POST", "/v1/projects/acme-ai-prod:testIamPermissions", {"permissions": ["resourcemanager.projects.get"]}),
    (
        CRM,
        "POST",
        "/v1/projects/acme-ai-prod:setIamPolicy",
        {"policy": {"bindings": [{"role": "roles/owner", "members": [DEV]}]}},
    ),
    (USAGE, "GET", "/v1/projects/acme-ai-prod/services/aiplatform.googleapis.com", None),
    (USAGE, "GET", "/v1/projects/acme-ai-prod/services?filter=state:ENABLED&pageSize=2", None),
    (
        USAGE,
        "GET",
        "/v1/projects/acme-ai-prod/services:batchGet?names=projects/acme-ai-prod/services/run.googleapis.com",
        None,
    ),
    (USAGE, "POST", "/v1/projects/acme-ai-prod/services/run.googleapis.com:enable", {}),
    (USAGE, "POST", "/v1/projects/acme-ai-prod/services/run.googleapis.com:disable", {}),
    (USAGE, "POST", "/v1/projects/acme-ai-prod/services:batchEnable", {"serviceIds": ["run.googleapis.com"]}),
    (BILLING, "GET", "/v1/projects/acme-ai-prod/billingInfo", None),
    (
        BILLING,
        "PUT",
        "/v1/projects/acme-ai-prod/billingInfo",
        {"billingAccountName": "billingAccounts/012345-6789AB-CDEF01"},
    ),
    (BILLING, "GET", "/v1/billingAccounts", None),
    (BILLING, "GET", "/v1/billingAccounts/012345-6789AB-CDEF01", None),
    (
        BILLING,
        "POST",
        "/v1/billingAccounts/012345-6789AB-CDEF01:testIamPermissions",
        {"permissions": ["billing.accounts.get"]},
    ),
    ("iam", "GET", "/v1/roles/aiplatform.user", None),
    ("iam", "GET", "/v1/projects/acme-ai-prod/roles/claude", None),
    ("iam", "PATCH", "/v1/projects/acme-ai-prod/roles/claude?updateMask=title", {"title": "Claude"}),
    ("iam", "DELETE", "/v1/projects/acme-ai-prod/roles/claude", None),
    ("iam", "POST", "/v1/projects/acme-ai-prod/roles/claude:undelete", {}),
    ("iam", "GET", "/v1/organizations/1111/roles/org_role", None),
    ("iam", "POST", "/v1/projects/acme-ai-prod/roles", {"roleId": "other", "role": {"title": "O"}}),
    (
        "iam",
        "POST",
        "/v1/permissions:queryTestablePermissions",
        {"fullResourceName": "//cloudresourcemanager.googleapis.com/projects/acme-ai-prod"},
    ),
    ("iam", "GET", "/v1/projects/acme-ai-prod/serviceAccounts", None),
    ("iam", "POST", "/v1/projects/acme-ai-prod/serviceAccounts", {"accountId": "second-app"}),
    ("iam", "GET", f"/v1/projects/acme-ai-prod/serviceAccounts/{APP}", None),
    ("iam", "DELETE", f"/v1/projects/acme-ai-prod/serviceAccounts/{APP}", None),
    ("iam", "GET", f"/v1/projects/acme-ai-prod/serviceAccounts/{APP}/keys", None),
    ("iam", "POST", f"/v1/projects/acme-ai-prod/serviceAccounts/{APP}:getIamPolicy", {}),
    (
        "iam",
        "POST",
        f"/v1/projects/acme-ai-prod/serviceAccounts/{APP}:setIamPolicy",
        {"policy": {"bindings": [{"role": "roles/iam.workloadIdentityUser", "members": [DEV]}]}},
    ),
    (
        "iam",
        "POST",
        f"/v1/projects/acme-ai-prod/serviceAccounts/{APP}:testIamPermissions",
        {"permissions": ["iam.serviceAccounts.getAccessToken"]},
    ),
    ("iamcredentials", "POST", f"/v1/projects/-/serviceAccounts/{APP}:generateAccessToken", {"scope": SCOPE}),
    ("iam", "GET", ATTACHED, None),
    ("iam", "GET", f"{ATTACHED}/none", None),
    ("iam", "GET", POOLS, None),
    ("iam", "POST", f"{POOLS}?workloadIdentityPoolId=gitlab", {"displayName": "GitLab"}),
    ("iam", "GET", f"{POOLS}/github", None),
    ("iam", "GET", f"{POOLS}/github/providers", None),
    ("iam", "GET", f"{POOLS}/github/providers/actions", None),
    ("iam", "DELETE", f"{POOLS}/github/providers/actions", None),
    ("iam", "DELETE", f"{POOLS}/github", None),
    (
        "iam",
        "POST",
        f"{POOLS}/github/providers?workloadIdentityPoolProviderId=more",
        {"oidc": {"issuerUri": "https://i.example"}, "attributeMapping": {"google.subject": "assertion.sub"}},
    ),
    ("orgpolicy", "GET", POLICIES, None),
    ("orgpolicy", "POST", POLICIES, {"name": f"{POLICIES[4:]}/c.d", "spec": {"rules": [{"denyAll": True}]}}),
    ("orgpolicy", "GET", f"{POLICIES}/vertexai.allowedModels", None),
    ("orgpolicy", "GET", f"{POLICIES}/vertexai.allowedModels:getEffectivePolicy", None),
    ("orgpolicy", "GET", "/v2/organizations/1111/policies/vertexai.allowedModels:getEffectivePolicy", None),
    ("orgpolicy", "GET", "/v2/folders/2222/policies", None),
    ("orgpolicy", "PATCH", f"{POLICIES}/a.b", {"spec": {"rules": [{"enforce": False}]}}),
    ("orgpolicy", "DELETE", f"{POLICIES}/a.b", None),
    ("aiplatform", "GET", "/v1/publishers/anthropic/models/claude-sonnet-5-5", None),
    ("aiplatform", "GET", "/v1beta1/publishers/anthropic/models/claude-haiku-4-5@20251001", None),
    ("aiplatform", "GET", "/v1beta1/publishers/anthropic/models?pageSize=3", None),
    ("aiplatform", "GET", MODEL + ":fetchPublisherModelConfig", None),
    (
        "aiplatform",
        "POST",
        MODEL + ":setPublisherModelConfig",
        {
            "publisherModelConfig": {
                "loggingConfig": {"enabled": True, "samplingRate": 0.5, "bigqueryDestination": {"outputUri": "bq://p"}},
                "claudeFeatureConfig": {"advancedAiEnabled": True},
            }
        },
    ),
    (
        "aiplatform",
        "POST",
        "/v1beta1/projects/acme-ai-prod/publishers/anthropic/models/claude-sonnet-5-5:enableModel",
        {},
    ),
    (
        "policytroubleshooter",
        "POST",
        "/v3/iam:troubleshoot",
        {
            "accessTuple": {
                "principal": "eve@acme.example",
                "fullResourceName": "//cloudresourcemanager.googleapis.com/projects/acme-ai-prod",
                "permission": "aiplatform.endpoints.predict",
                "conditionContext": {"request": {"receiveTime": "2026-11-22T12:00:00Z"}},
            }
        },
    ),
    ("cloudasset", "GET", "/v1/projects/acme-ai-prod:searchAllResources?query=state:ENABLED&pageSize=2", None),
    ("cloudasset", "GET", "/v1/projects/acme-ai-prod:searchAllIamPolicies?pageSize=2", None),
    ("cloudasset", "GET", "/v1/organizations/1111:searchAllIamPolicies", None),
    (
        "cloudasset",
        "GET",
        "/v1/projects/acme-ai-prod/effectiveIamPolicies:batchGet?names=//cloudresourcemanager.googleapis.com/projects/acme-ai-prod",
        None,
    ),
    ("bigquery", "GET", "/bigquery/v2/projects/acme-ai-prod/datasets", None),
    ("bigquery", "POST", "/bigquery/v2/projects/acme-ai-prod/datasets", {"datasetReference": {"datasetId": "more"}}),
    ("bigquery", "GET", "/bigquery/v2/projects/acme-ai-prod/datasets/logs", None),
    ("bigquery", "PATCH", "/bigquery/v2/projects/acme-ai-prod/datasets/logs", {"labels": {"a": "b"}}),
    (
        "bigquery",
        "POST",
        "/bigquery/v2/projects/acme-ai-prod/datasets/logs/tables",
        {"tableReference": {"tableId": "more"}, "timePartitioning": {"type": "DAY"}},
    ),
    ("bigquery", "GET", "/bigquery/v2/projects/acme-ai-prod/datasets/logs/tables/rows?view=BASIC", None),
    ("bigquery", "POST", "/bigquery/v2/projects/acme-ai-prod/datasets/logs/tables/rows/insertAll", {"rows": []}),
    ("bigquery", "DELETE", "/bigquery/v2/projects/acme-ai-prod/datasets/logs?deleteContents=true", None),
    ("bigquery", "GET", "/bigquery/v2/projects/acme-ai-prod/datasets/logs/tables?maxResults=1000", None),
]


@pytest.mark.parametrize(("api", "verb", "url", "body"), CALLS, ids=[f"{call[1]} {call[2]}" for call in CALLS])
def test_an_answer_fits_its_discovery_document(api: str, verb: str, url: str, body: Any) -> None:
    here = rich()
    host = f"{api}.googleapis.com"
    real = "aiplatform.eu.rep.googleapis.com" if "/locations/eu/" in url else host
    response = here.send(verb, f"https://{real}{url}", body)
    assert response.status == 200, response.body
    assert response.json() or url.endswith("/folders/2222/policies") or verb == "DELETE", (
        "an empty answer proves little"
    )
    assert discovery.check(host, verb, url, response.json()) == []
    operation = response.json().get("name", "")
    if "/operations/" in operation or operation.startswith("operations/"):
        version = url.split("/")[1]
        polled = here.get(f"https://{real}/{version}/{operation}")
        assert polled.json() == response.json()
        assert discovery.check(host, "GET", f"/{version}/{operation}", polled.json()) == []


# Predictions answer with what the model says; the token endpoint and Cloud Quotas are in no discovery document.
UNCHECKED = ("rawPredict", "streamRawPredict", "/token", "quotaInfos", "quotaPreferences", "operations", "/v1/token")


def test_every_route_is_checked() -> None:
    """So that an answer nobody compared with Google's documents cannot slip in."""
    exercised = set()
    for api, verb, url, _ in CALLS:
        found = _router().find(verb, urlsplit(url).path, _api_of(f"{api}.googleapis.com"))
        assert found is not None
        exercised.add((verb, found[0].template))
    served = {(route.method, route.template) for rows in _router().table.values() for _, route in rows}
    left = {one for one in served - exercised if not any(name in one[1] for name in UNCHECKED)}
    # Folders and organizations share their handlers with projects.
    left = {one for one in left if "{folder}" not in one[1] and "{organization}" not in one[1]}
    assert left == set()


def test_the_checker_finds_faults() -> None:
    name = "/v3/projects/acme-ai-prod"
    api = "cloudresourcemanager.googleapis.com"
    assert discovery.check(api, "GET", name, {"colour": 1}) == ["$.colour: unknown field"]
    assert discovery.check(api, "GET", name, {"state": "GONE"})[0].startswith("$.state: 'GONE' is none of")
    assert discovery.check(api, "GET", name, {"labels": {"a": 1}}) == ["$.labels.a: 1 is not of type string"]
    assert discovery.check(api, "GET", name, {"createTime": "now"}) == ["$.createTime: 'now' is not a time"]
    assert discovery.check(api, "GET", "/v9/x", {}) == ["no discovery method for GET /v9/x"]
