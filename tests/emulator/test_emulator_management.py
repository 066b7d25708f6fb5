"""Projects, services, billing, roles, service accounts, organization policies, quotas and publisher models."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from emulator_worlds import BASE, DEV, SERVICES, Cloud, cloud, covers, data, message, passed, reason

PROJECT = "/v3/projects/acme-ai-prod"
APP = "app@acme-ai-prod.iam.gserviceaccount.com"
USAGE = "/v1/projects/acme-ai-prod/services"


def jwt(**claims: Any) -> str:
    """An unsigned token with these claims."""
    parts = [json.dumps(one).encode() for one in ({"alg": "RS256"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), "c2ln"])


# Who asks, and who pays.


@covers("token-opaque-is-caller", "token-self-signed", "token-disabled-account")
def test_whom_a_token_stands_for() -> None:
    member = f"serviceAccount:{APP}"
    iam = [{"role": "roles/viewer", "members": [member]}]
    for token in (f"emu:{member}", jwt(iss=APP, sub=APP)):
        assert Cloud(data({"iam": iam}), token, charge=None).get(PROJECT).status == 200
    assert Cloud(data({"iam": iam}), "opaque").get(PROJECT).status == 403
    world = data({"iam": iam, "service_accounts": {APP: {"disabled": True}}})
    assert Cloud(world, f"emu:{member}").get(PROJECT).status == 401


@covers("charge-needs-use")
def test_the_header_needs_services_use() -> None:
    here = cloud({"iam": [{"role": "roles/viewer", "members": [DEV]}]})
    response = here.get(PROJECT)
    assert (response.status, reason(response)) == (403, "USER_PROJECT_DENIED")
    assert message(response).startswith("Caller does not have required permission to use project acme-ai-prod.")
    assert reason(Cloud(data(), charge="acme-nowhere").get(PROJECT)) == "USER_PROJECT_DENIED"


@covers("charge-client-project")
def test_user_credentials_without_a_quota_project() -> None:
    response = Cloud(data(), charge=None).get(PROJECT)
    assert (response.status, reason(response)) == (403, "SERVICE_DISABLED")
    assert "requires a quota project, which is not set by default." in message(response)
    assert response.json()["error"]["details"][0]["metadata"]["consumer"] == "projects/764086051850"


@covers("charge-gcloud")
def test_gcloud_is_charged_to_its_own_project() -> None:
    here = Cloud(data({"services": []}), charge=None)
    headers = {**here.headers, "user-agent": "google-cloud-sdk gcloud/528.0.0 command/gcloud.projects.describe"}
    assert here.send("GET", PROJECT, headers=headers).status == 200


@covers("charge-own-project")
def test_a_service_account_pays_with_its_own_project() -> None:
    token = f"emu:serviceAccount:{APP}"
    iam = [{"role": "roles/browser", "members": [f"serviceAccount:{APP}"]}]
    assert Cloud(data({"iam": iam}), token, charge=None).get(PROJECT).status == 200
    assert Cloud(data({"iam": iam}), token).get(PROJECT).status == 200, "named by the header, too"
    off = Cloud(data({"iam": iam, "services": ["aiplatform.googleapis.com"]}), token, charge=None).get(PROJECT)
    assert reason(off) == "SERVICE_DISABLED"
    assert off.json()["error"]["details"][0]["metadata"]["consumer"] == "projects/333333333333"


# Projects.


@covers("ancestry")
def test_ancestry_and_search() -> None:
    here = cloud()
    chain = here.post("/v1/projects/acme-ai-prod:getAncestry").json()["ancestor"]
    assert [one["resourceId"]["type"] for one in chain] == ["project", "folder", "organization"]
    found = here.get("/v3/projects:search?query=id:acme-ai-prod").json()
    assert [one["projectId"] for one in found["projects"]] == ["acme-ai-prod"]
    assert here.get("/v3/projects:search?query=id%3Aother").json() == {}
    by_number = here.get("/v3/projects/333333333333").json()
    assert by_number["projectId"] == "acme-ai-prod"
    assert here.get("/v1/projects/acme-ai-prod").json()["lifecycleState"] == "ACTIVE"


@covers("project-create")
def test_a_created_project_is_its_makers() -> None:
    maker = [{"role": "roles/resourcemanager.projectCreator", "members": [DEV]}]
    here = cloud(folders={"2222": {"iam": maker}})
    operation = here.post("/v3/projects", {"projectId": "acme-ai-dev", "parent": "folders/2222"}).json()
    assert operation["done"] is True
    assert operation["response"]["projectId"] == "acme-ai-dev"
    assert here.get(f"/v3/{operation['name']}").json() == operation
    assert here.get("/v3/projects/acme-ai-dev").json()["parent"] == "folders/2222"
    assert here.get(USAGE.replace("prod", "dev") + "/serviceusage.googleapis.com").json()["state"] == "ENABLED"
    again = here.post("/v3/projects", {"projectId": "acme-ai-dev", "parent": "folders/2222"})
    assert (again.status, again.json()["error"]["status"]) == (409, "ALREADY_EXISTS")
    assert cloud().post("/v3/projects", {"projectId": "acme-ai-dev", "parent": "folders/2222"}).status == 403
    assert cloud().post("/v3/projects", {"projectId": "Bad Id"}).status == 400


# Services.


@covers("services-batch")
def test_batches_have_limits_and_are_atomic() -> None:
    here = cloud()
    assert here.post(f"{USAGE}:batchEnable", {"serviceIds": [f"s{n}.googleapis.com" for n in range(21)]}).status == 400
    ids = ["run.googleapis.com", "nonsense.googleapis.com"]
    assert here.post(f"{USAGE}:batchEnable", {"serviceIds": ids}).status == 403
    assert here.get(f"{USAGE}/run.googleapis.com").json()["state"] == "DISABLED"
    done = here.post(f"{USAGE}:batchEnable", {"serviceIds": ["run.googleapis.com", "sts.googleapis.com"]}).json()
    assert [one["state"] for one in done["response"]["services"]] == ["ENABLED", "ENABLED"]
    name = "projects/acme-ai-prod/services/"
    got = here.get(f"{USAGE}:batchGet?names={name}run.googleapis.com&names={name}sts.googleapis.com").json()
    assert [one["state"] for one in got["services"]] == ["ENABLED", "ENABLED"]
    many = "&".join(f"names={name}s{n}.googleapis.com" for n in range(31))
    assert here.get(f"{USAGE}:batchGet?{many}").status == 400
    listed = here.get(f"{USAGE}?filter=state:ENABLED&pageSize=200").json()["services"]
    assert len(listed) == len(SERVICES) + 2
    first = here.get(f"{USAGE}?filter=state:ENABLED&pageSize=3").json()
    assert len(first["services"]) == 3
    second = here.get(f"{USAGE}?filter=state:ENABLED&pageSize=3&pageToken={first['nextPageToken']}").json()
    assert first["services"][0] not in second["services"]
    here.post(f"{USAGE}/run.googleapis.com:disable")
    assert here.get(f"{USAGE}/run.googleapis.com").json()["state"] == "DISABLED"


@covers("services-unknown")
def test_an_api_that_does_not_exist() -> None:
    response = cloud().get(f"{USAGE}/aiplatfrom.googleapis.com")
    assert (response.status, reason(response)) == (403, "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED")


@covers("services-billing")
def test_enabling_what_costs_needs_billing() -> None:
    world = data({"services": [name for name in SERVICES if not name.startswith("aiplatform")]})
    world["projects"]["acme-ai-prod"]["billing"] = None
    here = Cloud(world)
    response = here.post(f"{USAGE}/aiplatform.googleapis.com:enable")
    assert (response.status, reason(response)) == (400, "UREQ_PROJECT_BILLING_NOT_FOUND")
    assert here.post(f"{USAGE}/sts.googleapis.com:enable").status == 200


@covers("operations")
def test_an_operation_takes_the_worlds_time() -> None:
    here = cloud(behaviour={"operation_s": 30})
    begun = here.post(f"{USAGE}/sts.googleapis.com:enable").json()
    assert "done" not in begun
    assert begun["name"].startswith("operations/acat.")
    assert "done" not in here.get(f"/v1/{begun['name']}").json()
    here.now = here.now.replace(second=30)
    finished = here.get(f"/v1/{begun['name']}").json()
    assert finished["response"]["service"]["state"] == "ENABLED"
    assert here.get("/v1/operations/acat.none").status == 404


# Billing.


@covers("billing-closed")
def test_a_closed_account_is_linked_and_not_enabled() -> None:
    here = cloud({"billing": {"open": False}})
    assert here.get("/v1/projects/acme-ai-prod/billingInfo").json() == {
        "name": "projects/acme-ai-prod/billingInfo",
        "projectId": "acme-ai-prod",
        "billingAccountName": "billingAccounts/012345-6789AB-CDEF01",
        "billingEnabled": False,
    }


@covers("billing-link")
def test_linking_needs_both_sides() -> None:
    url = "/v1/projects/acme-ai-prod/billingInfo"
    name = {"billingAccountName": "billingAccounts/012345-6789AB-CDEF01"}
    world = data()
    world["projects"]["acme-ai-prod"]["billing"] = None
    here = Cloud(world)
    assert here.get(url).json()["billingEnabled"] is False
    assert here.send("PUT", url, name).json()["billingEnabled"] is True
    assert passed(here.predict())
    assert here.send("PUT", url, {"billingAccountName": ""}).json()["billingAccountName"] == ""
    world["billing_accounts"] = {"012345-6789AB-CDEF01": {}}
    assert Cloud(world).send("PUT", url, name).status == 403
    world["billing_accounts"] = {
        "012345-6789AB-CDEF01": {"open": False, "iam": [{"role": "roles/billing.user", "members": [DEV]}]}
    }
    assert Cloud(world).send("PUT", url, name).status == 400
    assert cloud().send("PUT", url, {"billingAccountName": "x"}).status == 400
    assert cloud().get("/v1/billingAccounts").json()["billingAccounts"][0]["open"] is True


# Identities.


@covers("sa-create")
def test_a_service_account_is_made_once() -> None:
    here = cloud()
    url = "/v1/projects/acme-ai-prod/serviceAccounts"
    body = {"accountId": "claude-app", "serviceAccount": {"displayName": "Claude"}}
    made = here.post(url, body).json()
    assert made["email"] == "claude-app@acme-ai-prod.iam.gserviceaccount.com"
    assert here.post(url, body).status == 409
    assert here.get(f"{url}/{made['email']}").json() == made
    assert len(here.get(url).json()["accounts"]) == 2
    assert here.get(f"{url}/none@acme-ai-prod.iam.gserviceaccount.com").status == 404
    member = {"role": "roles/iam.serviceAccountTokenCreator", "members": [DEV]}
    set_to = here.post(f"{url}/{made['email']}:setIamPolicy", {"policy": {"bindings": [member]}}).json()
    assert here.post(f"{url}/{made['email']}:getIamPolicy").json()["bindings"] == set_to["bindings"]
    assert here.send("DELETE", f"{url}/{made['email']}").json() == {}
    assert here.get(f"{url}/{made['email']}").status == 404


@covers("sa-impersonation")
def test_impersonation_is_enforced() -> None:
    url = f"/v1/projects/-/serviceAccounts/{APP}:generateAccessToken"
    body = {"scope": ["https://www.googleapis.com/auth/cloud-platform"], "lifetime": "600s"}
    grant = [{"role": "roles/iam.serviceAccountTokenCreator", "members": [DEV]}]
    here = cloud({"service_accounts": {APP: {"iam": grant}}})
    answer = here.post(url, body).json()
    assert answer == {"accessToken": f"emu:serviceAccount:{APP}", "expireTime": "2026-11-22T12:10:00Z"}
    assert cloud().post(url, body).status == 403, "an owner does not hold getAccessToken"
    assert here.post(url, {**body, "lifetime": "7200s"}).status == 400
    assert here.post(url, {"lifetime": "600s"}).status == 400
    off = [name for name in SERVICES if not name.startswith("iamcredentials")]
    assert reason(cloud({"service_accounts": {APP: {"iam": grant}}, "services": off}).post(url, body)) == (
        "SERVICE_DISABLED"
    )


def test_the_token_endpoint_knows_accounts() -> None:
    def ask(**form: str) -> Any:
        body = "&".join(f"{key}={value}" for key, value in form.items()).encode()
        return Cloud(data(), token="", charge=None).send("POST", "https://oauth2.googleapis.com/token", raw=body)

    grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
    assert ask(grant_type=grant, assertion=jwt(iss=APP)).json()["access_token"] == f"emu:serviceAccount:{APP}"
    identity = ask(grant_type=grant, assertion=jwt(iss=APP, target_audience="x")).json()["id_token"]
    assert len(identity.split(".")) == 3
    assert ask(grant_type=grant, assertion=jwt(iss="no@acme-ai-prod.iam.gserviceaccount.com")).status == 400
    assert ask(grant_type="refresh_token").json()["access_token"] == f"emu:{DEV}"
    assert ask(grant_type="password").json()["error"] == "unsupported_grant_type"


@covers("federation-exchange")
def test_a_pipeline_gets_a_federated_token() -> None:
    here = cloud({"services": [*SERVICES, "sts.googleapis.com"]})
    pools = "/v1/projects/acme-ai-prod/locations/global/workloadIdentityPools"
    made = here.post(f"{pools}?workloadIdentityPoolId=github", {"displayName": "GitHub"}).json()
    assert made["response"]["state"] == "ACTIVE"
    assert here.get(f"/v1/{made['name']}").json()["done"] is True
    provider = {
        "oidc": {"issuerUri": "https://token.actions.githubusercontent.com"},
        "attributeMapping": {"google.subject": "assertion.sub", "attribute.repository": "assertion.repository"},
        "attributeCondition": "assertion.repository_owner_id == '1342004'",
    }
    path = f"{pools}/github/providers"
    assert here.post(f"{path}?workloadIdentityPoolProviderId=actions", provider).status == 200
    assert here.get(f"{path}/actions").json()["attributeCondition"] == provider["attributeCondition"]
    assert here.post(f"{path}?workloadIdentityPoolProviderId=other", {"oidc": provider["oidc"]}).status == 400
    base = "iam.googleapis.com/projects/333333333333/locations/global/workloadIdentityPools/github"
    claims = {
        "iss": "https://token.actions.githubusercontent.com",
        "sub": "repo:acme/app",
        "repository": "acme/app",
        "repository_owner_id": "1342004",
    }
    form = {"audience": f"//{base}/providers/actions", "subjectToken": jwt(**claims)}
    token = here.send("POST", "https://sts.googleapis.com/v1/token", form, {}).json()["access_token"]
    stranger = {**form, "subjectToken": jwt(**{**claims, "repository_owner_id": "666"})}
    assert here.send("POST", "https://sts.googleapis.com/v1/token", stranger, {}).json()["error"] == (
        "unauthorized_client"
    )
    elsewhere = {**form, "subjectToken": jwt(**{**claims, "iss": "https://evil.example"})}
    assert here.send("POST", "https://sts.googleapis.com/v1/token", elsewhere, {}).status == 400
    member = f"principalSet://{base}/attribute.repository/acme/app"
    policy = here.post(f"{PROJECT}:getIamPolicy").json()
    policy["bindings"].append({"role": "roles/aiplatform.user", "members": [member]})
    assert here.post(f"{PROJECT}:setIamPolicy", {"policy": policy}).status == 200
    here.headers = {"Authorization": f"Bearer {token}"}
    assert passed(here.predict())


def test_roles() -> None:
    here = cloud()
    role = here.get("/v1/roles/aiplatform.user").json()
    assert role["title"] == "Agent Platform User"
    assert "aiplatform.endpoints.predict" in role["includedPermissions"]
    assert here.get("/v1/roles/nonsense").status == 404
    url = "/v1/projects/acme-ai-prod/roles"
    iam = [*BASE["projects"]["acme-ai-prod"]["iam"], {"role": "roles/iam.roleAdmin", "members": [DEV]}]
    here = cloud({"iam": iam})
    body = {"roleId": "claude", "role": {"title": "Claude", "includedPermissions": ["aiplatform.endpoints.predict"]}}
    assert here.post(url, body).json()["name"] == "projects/acme-ai-prod/roles/claude"
    assert here.get(f"{url}/claude").json()["includedPermissions"] == ["aiplatform.endpoints.predict"]
    bad = {"roleId": "other", "role": {"includedPermissions": ["aiplatform.endpoints.predikt"]}}
    assert here.post(url, bad).status == 400
    name = {"fullResourceName": "//cloudresourcemanager.googleapis.com/projects/acme-ai-prod", "pageSize": 1000}
    names = {one["name"] for one in here.post("/v1/permissions:queryTestablePermissions", name).json()["permissions"]}
    assert "aiplatform.endpoints.predict" in names
    assert "aiplatform.endpoints.setPublisherModelConfig" not in names


# Organization policies.

ADMIN = [{"role": "roles/orgpolicy.policyAdmin", "members": [DEV]}]
MODELS = "vertexai.allowedModels"


def effective(here: Cloud, constraint: str = MODELS) -> Any:
    return here.get(f"/v2/projects/acme-ai-prod/policies/{constraint}:getEffectivePolicy").json()


@covers("orgpolicy-merge", "orgpolicy-effective")
def test_policies_replace_or_merge() -> None:
    above = {"policies": {MODELS: {"allowed": ["a", "b"]}}, "iam": ADMIN}
    inheriting = cloud({"policies": {MODELS: {"inherit": True, "allowed": ["c"], "denied": ["a"]}}}, organization=above)
    assert effective(inheriting) == {
        "name": f"projects/333333333333/policies/{MODELS}",
        "spec": {"rules": [{"values": {"allowedValues": ["b", "c"], "deniedValues": ["a"]}}]},
    }
    replacing = cloud({"policies": {MODELS: {"allowed": ["c"]}}}, organization=above)
    assert effective(replacing)["spec"]["rules"] == [{"values": {"allowedValues": ["c"]}}]
    reset = cloud({"policies": {MODELS: {"reset": True}}}, organization=above)
    assert effective(reset)["spec"] == {}
    plain = cloud(organization=above)
    assert effective(plain)["spec"]["rules"] == [{"values": {"allowedValues": ["a", "b"]}}]
    assert plain.get(f"/v2/projects/acme-ai-prod/policies/{MODELS}").status == 404
    assert plain.get(f"/v2/organizations/1111/policies/{MODELS}").json()["etag"]
    assert effective(plain, "iam.disableServiceAccountKeyCreation")["spec"] == {}
    assert cloud({"iam": []}).get(f"/v2/folders/2222/policies/{MODELS}").status == 403


def test_a_policy_is_made_changed_and_removed() -> None:
    here = cloud(organization={"iam": ADMIN})
    url = "/v2/projects/acme-ai-prod/policies"
    name = f"projects/acme-ai-prod/policies/{MODELS}"
    spec = {"rules": [{"denyAll": True}]}
    assert here.send("PATCH", f"{url}/{MODELS}", {"name": name, "spec": spec}).status == 404
    made = here.post(url, {"name": name, "spec": spec}).json()
    assert "vertexai.allowedModels" in message(here.predict())
    assert here.post(url, {"name": name, "spec": spec}).status == 409
    changed = {**made, "spec": {"rules": [{"allowAll": True}]}}
    assert here.send("PATCH", f"{url}/{MODELS}", changed).status == 200
    assert passed(here.predict())
    assert here.send("PATCH", f"{url}/{MODELS}", changed).status == 409, "the etag is stale now"
    assert len(here.get(url).json()["policies"]) == 1
    assert here.send("DELETE", f"{url}/{MODELS}").json() == {}
    assert here.get(url).json() == {}


# Quotas.

INFOS = "/v1/projects/acme-ai-prod/locations/global/services/aiplatform.googleapis.com/quotaInfos"
EU = "EuOnlinePredictionRequestsPerMinPerProjectPerBaseModel"


def buckets(info: Any) -> dict[str, Any]:
    return {one["dimensions"]["base_model"]: one["details"] for one in info["dimensionsInfos"]}


@covers("quota-infos")
def test_quota_infos() -> None:
    zero = {"eu": {"anthropic-claude-opus": {"requests": 0}, "anthropic-claude-sonnet": {"requests": 77}}}
    here = cloud({"quotas": zero})
    info = here.get(f"{INFOS}/{EU}").json()
    assert info["metric"] == "aiplatform.googleapis.com/eu_multi_region_online_prediction_requests_per_base_model"
    rows = buckets(info)
    assert rows["anthropic-claude-sonnet"] == {"value": "77"}
    assert rows["anthropic-claude-opus"] == {}, "a limit of 0 has no value"
    assert rows["anthropic-claude-haiku"] == {"value": "1500"}, "never enabled, and yet a row"
    regional = here.get(f"{INFOS}/OnlinePredictionRequestsPerMinutePerProjectPerRegionPerBaseModel").json()
    assert {one["dimensions"]["region"] for one in regional["dimensionsInfos"]} >= {"us-east5", "europe-west1"}
    assert len(here.get(INFOS).json()["quotaInfos"]) == 14
    assert here.get(f"{INFOS}/Nonsense").status == 404
    absent = cloud(behaviour={"default_quota": "absent"})
    assert absent.get(f"{INFOS}/{EU}").json()["dimensionsInfos"] == []


@pytest.mark.parametrize("setting", ["granted", "pending"])
@covers("quota-preference")
def test_a_preference_is_granted_or_waits(setting: str) -> None:
    here = cloud(
        {"quotas": {"eu": {"anthropic-claude-sonnet": {"requests": 0}}}}, behaviour={"quota_preferences": setting}
    )
    assert here.predict().status == 429
    url = "/v1/projects/acme-ai-prod/locations/global/quotaPreferences"
    body = {
        "service": "aiplatform.googleapis.com",
        "quotaId": EU,
        "dimensions": {"base_model": "anthropic-claude-sonnet"},
        "quotaConfig": {"preferredValue": "60"},
        "contactEmail": "ops@acme.example",
    }
    made = here.post(f"{url}?quotaPreferenceId=sonnet", body).json()
    assert made["name"] == "projects/333333333333/locations/global/quotaPreferences/sonnet"
    assert here.post(url, body).status == 409, "one preference for a quota and its dimensions"
    assert here.get(f"{url}/sonnet").json() == made
    if setting == "granted":
        assert made["quotaConfig"]["grantedValue"] == "60"
        assert passed(here.predict())
    else:
        assert made["reconciling"] is True
        assert here.predict().status == 429
    assert here.send("PATCH", f"{url}/sonnet", {"quotaConfig": {"preferredValue": "-2"}}).status == 400
    changed = here.send("PATCH", f"{url}/sonnet", {"quotaConfig": {"preferredValue": "90"}}).json()
    assert changed["quotaConfig"]["preferredValue"] == "90"


# Publisher models.


@covers("publisher-get-blind", "publisher-list")
def test_the_listing_is_blind_to_the_project() -> None:
    here = cloud({"models": {}})
    model = here.get("https://us-east5-aiplatform.googleapis.com/v1/publishers/anthropic/models/claude-opus-5").json()
    assert (model["versionId"], model["launchStage"]) == ("default", "GA")
    dated = here.get("/v1/publishers/anthropic/models/claude-haiku-4-5@20251001").json()
    assert dated["versionId"] == "20251001"
    assert here.get("/v1/publishers/anthropic/models/claude-3-haiku").status == 404
    assert here.get("/v1/publishers/google/models/claude-opus-5").status == 404
    listed = here.get("/v1beta1/publishers/anthropic/models?listAllVersions=true&pageSize=200").json()
    names = {one["name"].rpartition("/")[2] for one in listed["publisherModels"]}
    assert {"claude-opus-5", "claude-sonnet-5-5"} <= names
    assert "claude-3-haiku" not in names
    assert here.get("/v1/publishers/anthropic/models").status == 404


@covers("enable-model")
def test_enable_model_needs_its_prerequisites() -> None:
    url = "/v1beta1/projects/acme-ai-prod/publishers/anthropic/models/claude-opus-5:enableModel"
    here = cloud()
    assert here.post(url).json() == {"enablementState": "ENABLEMENT_STATE_FAILED"}
    assert here.predict("claude-opus-5").status == 404
    here = cloud({"models": {"claude-opus-5": {"prerequisites": True}}})
    assert here.post(url).json()["enablementState"] == "ENABLEMENT_STATE_SUCCEEDED"
    assert passed(here.predict("claude-opus-5"))


@covers("config-mask", "config-permission")
def test_an_empty_mask_replaces_the_whole_config() -> None:
    url = "/v1beta1/projects/acme-ai-prod/locations/eu/publishers/anthropic/models/claude-fable-5-1:"
    here = cloud({"addendum": True, "models": {"claude-fable-5-1": {"enabled": True, "data_sharing": True}}})
    assert passed(here.predict("claude-fable-5-1"))
    logging = {"enabled": True, "samplingRate": 1.0, "bigqueryDestination": {"outputUri": "bq://acme-ai-prod"}}
    body: dict[str, Any] = {"publisherModelConfig": {"loggingConfig": logging}, "updateMask": "loggingConfig"}
    operation = here.post(url + "setPublisherModelConfig", body).json()
    assert operation["name"].startswith("projects/333333333333/locations/eu/operations/")
    for prefix in ("/v1beta1/", "/ui/"):
        assert here.get(prefix + operation["name"]).json()["done"] is True
    config = here.get(url + "fetchPublisherModelConfig").json()
    assert config == {"dataSharingEnabledProvider": "ANTHROPIC", "loggingConfig": logging}
    assert passed(here.predict("claude-fable-5-1"))
    part = {"publisherModelConfig": {"loggingConfig": {"enabled": False}}, "updateMask": "logging_config.enabled"}
    here.post(url + "setPublisherModelConfig", part)
    assert here.get(url + "fetchPublisherModelConfig").json()["loggingConfig"] == {**logging, "enabled": False}
    del body["updateMask"]
    here.post(url + "setPublisherModelConfig", body)
    assert here.get(url + "fetchPublisherModelConfig").json() == {"loggingConfig": logging}
    assert here.predict("claude-fable-5-1").status == 403, "data sharing is gone with the old config"
    assert here.post(url + "setPublisherModelConfig", {"publisherModelConfig": {"colour": 1}}).status == 400
    viewer = cloud({"iam": [{"role": "roles/aiplatform.viewer", "members": [DEV]}]})
    viewer.headers.pop("X-Goog-User-Project")
    assert viewer.post(url + "setPublisherModelConfig", body).status == 403
    assert viewer.get(url + "fetchPublisherModelConfig").status == 200


@covers("bigquery-datasets")
def test_datasets() -> None:
    here = cloud()
    url = "/bigquery/v2/projects/acme-ai-prod/datasets"
    missing = here.get(f"{url}/claude_logs")
    assert missing.status == 404
    assert missing.json()["error"]["errors"][0]["reason"] == "notFound"
    body = {"datasetReference": {"datasetId": "claude_logs"}, "location": "EU"}
    made = here.post(url, body).json()
    assert (made["id"], made["location"]) == ("acme-ai-prod:claude_logs", "EU")
    assert here.post(url, body).status == 409
    assert here.send("PATCH", f"{url}/claude_logs", {"labels": {"a": "b"}}).json()["labels"] == {"a": "b"}
    assert len(here.get(url).json()["datasets"]) == 1


@covers("bigquery-tables")
def test_a_table_inherits_and_expires() -> None:
    here = cloud(
        {"datasets": {"logs": {"defaultTableExpirationMs": "3600000", "defaultPartitionExpirationMs": "7200000"}}}
    )
    url = "/bigquery/v2/projects/acme-ai-prod/datasets/logs/tables"
    plain = here.post(url, {"tableReference": {"tableId": "plain"}}).json()
    assert int(plain["expirationTime"]) == int(here.now.timestamp() * 1000) + 3600000
    body = {"tableReference": {"tableId": "parts"}, "timePartitioning": {"type": "DAY"}}
    parts = here.post(url, body).json()
    assert "expirationTime" not in parts
    assert parts["timePartitioning"]["expirationMs"] == "7200000"
    assert here.post(url, body).status == 409
    assert here.post(url, {"tableReference": {"tableId": "a-b"}}).status == 400
    here.now += timedelta(hours=1)
    assert (here.get(f"{url}/plain").status, here.get(f"{url}/parts").status) == (404, 200)


@covers("bigquery-access")
def test_a_dataset_has_its_own_access() -> None:
    agent = "serviceAccount:service-333333333333@gcp-sa-aiplatform.iam.gserviceaccount.com"
    url = "/bigquery/v2/projects/acme-ai-prod/datasets/logs/tables/rows/insertAll"
    for role, email, status in (("WRITER", agent, 200), ("READER", agent, 403), ("WRITER", "x:ann@acme.example", 403)):
        entry = {"role": role, "userByEmail": email.partition(":")[2]}
        logs = {"access": [entry], "tables": {"rows": {}}}
        here = cloud({"datasets": {"logs": logs}}, token=f"emu:{agent}")
        here.headers.pop("X-Goog-User-Project")
        assert here.post(url, {"rows": []}).status == status


@covers("not-served")
def test_what_is_not_served_says_so_and_is_never_a_5xx() -> None:
    for method, url in (("GET", "/"), ("GET", "/v1/nonsense"), ("TRACE", "/v3/projects/x"), ("GET", "http://[::1")):
        response = cloud().send(method, url)
        assert response.status in (400, 404)
        assert response.json()["error"]["message"]
    assert "does not serve GET /v1/nonsense" in message(cloud().get("/v1/nonsense"))
    assert cloud().get("https://storage.googleapis.com/v3/projects/acme-ai-prod").status == 404
