"""Cloud Asset Inventory: what its searches find, below which place, and in how many pages."""

from __future__ import annotations

from typing import Any

from emulator_worlds import DEV, SERVICES, Cloud, cloud, covers, message, passed

ASSETS = "https://cloudasset.googleapis.com/v1"
VIEWER = [{"role": "roles/cloudasset.viewer", "members": [DEV]}]
ON = {"services": [*SERVICES, "cloudasset.googleapis.com"]}
PROJECT = "//cloudresourcemanager.googleapis.com/projects/acme-ai-prod"


def searched(**more: Any) -> Cloud:
    """A cloud whose organization may be searched by the caller."""
    return cloud(ON | more, organization={"iam": VIEWER})


def rows(here: Cloud, path: str) -> list[dict[str, Any]]:
    response = here.get(f"{ASSETS}/{path}")
    assert response.status == 200, response.body
    found: list[dict[str, Any]] = response.json().get("results", [])
    return found


@covers("asset-search", "asset-services", "asset-fresh")
def test_a_search_finds_what_is_below_a_place() -> None:
    here = searched()
    services = "searchAllResources?assetTypes=serviceusage.googleapis.com/Service&pageSize=500"
    for place in ("organizations/1111", "folders/2222", "projects/acme-ai-prod", "projects/333333333333"):
        found = rows(here, f"{place}:{services}")
        assert [row["name"].rpartition("/")[2] for row in found] == sorted(ON["services"])
        assert {(row["state"], row["project"]) for row in found} == {("ENABLED", "projects/333333333333")}
        assert found[0]["folders"] == ["folders/2222"]
        assert found[0]["organization"] == "organizations/1111"
    here.post("https://serviceusage.googleapis.com/v1/projects/acme-ai-prod/services/iam.googleapis.com:disable")
    left = rows(here, f"folders/2222:{services}")
    assert "iam.googleapis.com" not in {row["displayName"] for row in left}, "what is off has no row, at once"
    projects = "searchAllResources?assetTypes=cloudresourcemanager.googleapis.com/Project"
    assert [row["name"] for row in rows(here, f"organizations/1111:{projects}")] == [PROJECT]


@covers("asset-search")
def test_a_search_needs_its_permission_and_the_api() -> None:
    path = f"{ASSETS}/organizations/1111:searchAllResources"
    assert cloud(ON).get(path).status == 403
    assert "cloudasset.assets.searchAllResources" in message(cloud(ON).get(path))
    assert "Cloud Asset API" in message(cloud(organization={"iam": VIEWER}).get(path))
    assert searched().get(f"{ASSETS}/folders/404:searchAllResources").status == 403
    on_project = cloud(ON | {"iam": [*VIEWER, {"role": "roles/serviceusage.serviceUsageConsumer", "members": [DEV]}]})
    assert on_project.get(f"{ASSETS}/projects/acme-ai-prod:searchAllResources").status == 200
    assert on_project.get(f"{ASSETS}/folders/2222:searchAllResources").status == 403


def test_a_query_is_of_words_that_follow_one_another() -> None:
    here = searched()
    path = "organizations/1111:searchAllResources?assetTypes=serviceusage.googleapis.com/Service&query="
    asked = (
        "state:ENABLED AND name:(iam.googleapis.com OR bigquery.googleapis.com)",
        "name:aiplatform",
        "state:DISABLED",
    )
    found = [[row["displayName"] for row in rows(here, path + query.replace(" ", "%20"))] for query in asked]
    both = ["bigquery.googleapis.com", "iam.googleapis.com"]
    assert found == [both, ["aiplatform.googleapis.com"], []]
    assert rows(here, path + "name:platform") == [], "a part of a word is no word"
    for beyond in ("NOT%20state:ENABLED", "labels.env:prod", "name:(", "createTime%3E1"):
        assert here.get(f"{ASSETS}/{path}{beyond}").status == 400, beyond
    assert here.get(f"{ASSETS}/organizations/1111:searchAllResources?assetTypes=x.googleapis.com/Y").status == 400


@covers("asset-policies")
def test_a_search_of_policies_finds_each_place_that_has_one() -> None:
    condition = {"title": "t", "expression": "request.time < timestamp('2027-01-01T00:00:00Z')"}
    iam = [{"role": "roles/viewer", "members": ["user:eve@acme.example"], "condition": condition}]
    iam += [{"role": "roles/serviceusage.serviceUsageConsumer", "members": [DEV]}]
    here = searched(iam=iam)
    found = rows(here, "organizations/1111:searchAllIamPolicies")
    assert [row["resource"].partition(".com/")[2] for row in found] == ["organizations/1111", "projects/acme-ai-prod"]
    assert found[1]["policy"]["bindings"][0]["condition"]["expression"] == condition["expression"]
    assert found[1]["project"] == "projects/333333333333"
    assert "project" not in found[0]
    assert here.get(f"{ASSETS}/organizations/1111:searchAllIamPolicies?query=policy:eve").status == 400


@covers("asset-search")
def test_pages_follow_one_another() -> None:
    here = searched()
    path = "organizations/1111:searchAllResources?assetTypes=serviceusage.googleapis.com/Service&pageSize=3"
    found, token = [], ""
    for _ in range(10):
        page = here.get(f"{ASSETS}/{path}&pageToken={token}").json()
        assert len(page["results"]) <= 3
        found += [row["displayName"] for row in page["results"]]
        token = page.get("nextPageToken", "")
        if not token:
            break
    assert found == sorted(ON["services"])


@covers("asset-effective")
def test_effective_policies_end_at_the_place_that_is_searched() -> None:
    here = searched()
    path = f"effectiveIamPolicies:batchGet?names={PROJECT}"
    (one,) = here.get(f"{ASSETS}/organizations/1111/{path}").json()["policyResults"]
    assert one["fullResourceName"] == PROJECT
    ends = [policy["attachedResource"].partition(".com/")[2] for policy in one["policies"]]
    assert (ends[0], ends[-1]) == ("projects/acme-ai-prod", "organizations/1111")
    (own,) = here.get(f"{ASSETS}/projects/acme-ai-prod/{path}").json()["policyResults"]
    assert [policy["attachedResource"] for policy in own["policies"]] == [PROJECT]
    many = "&".join(f"names={PROJECT}" for _ in range(21))
    assert here.get(f"{ASSETS}/organizations/1111/effectiveIamPolicies:batchGet?{many}").status == 400
    assert here.get(f"{ASSETS}/organizations/1111/effectiveIamPolicies:batchGet?names={PROJECT}x").status == 400
    assert passed(here.predict())
