"""Who may do what: inheritance, groups, deny, conditions, and reading and writing policies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from emulator_worlds import DEV, SERVICES, Cloud, cloud, covers, data, message, passed, reason

from vxsetup.emulator.conditions import holds
from vxsetup.emulator.iam import permission_matches
from vxsetup.emulator.tables import overridden, shipped

USER = [{"role": "roles/aiplatform.user", "members": [DEV]}]
ROOT = "/v3/projects/acme-ai-prod"


def nobody(**change: Any) -> dict[str, Any]:
    """A world whose caller holds nothing on the project itself."""
    return data({"iam": []}, **change)


@pytest.mark.parametrize("place", ["organization", "folder", "project"])
@covers("iam-inheritance")
def test_a_grant_holds_below_where_it_is_made(place: str) -> None:
    changes: dict[str, dict[str, Any]] = {
        "organization": {"organization": {"iam": USER}},
        "folder": {"folders": {"2222": {"iam": USER}}},
    }
    assert not passed(Cloud(nobody()).predict())
    world = nobody(**changes[place]) if place in changes else data({"iam": USER})
    assert passed(Cloud(world).predict())


@covers("iam-groups")
def test_groups_in_groups_hold_what_the_outer_group_holds() -> None:
    iam = [{"role": "roles/aiplatform.user", "members": ["group:outer@acme.example"]}]
    groups = {"outer@acme.example": ["group:inner@acme.example"], "inner@acme.example": [DEV]}
    assert passed(Cloud(data({"iam": iam}, groups=groups)).predict())
    circle = {"outer@acme.example": ["group:inner@acme.example"], "inner@acme.example": ["group:outer@acme.example"]}
    assert not passed(Cloud(data({"iam": iam}, groups=circle)).predict())


def denying(**rule: Any) -> Cloud:
    rules = [{"principals": ["principalSet://goog/public:all"], "permissions": [], **rule}]
    return cloud(organization={"deny": [{"id": "no-predict", "rules": rules}]})


@covers("iam-deny")
def test_deny_beats_owner_and_honours_exceptions() -> None:
    permission = ["aiplatform.googleapis.com/endpoints.predict"]
    assert reason(denying(permissions=permission).predict()) == "IAM_PERMISSION_DENIED"
    me = ["principal://goog/subject/dev@acme.example"]
    assert passed(denying(permissions=permission, except_principals=me).predict())
    assert not passed(denying(permissions=permission, principals=me).predict())
    group = ["principalSet://goog/group/all@acme.example"]
    assert not passed(denying(permissions=permission, principals=group).predict())
    other = ["principal://goog/subject/other@acme.example"]
    assert passed(denying(permissions=permission, principals=other).predict())
    before = {"title": "old", "expression": 'request.time < timestamp("2026-01-01T00:00:00Z")'}
    assert passed(denying(permissions=permission, condition=before).predict())


@covers("iam-deny-groups")
def test_permission_groups_of_deny_policies() -> None:
    assert not passed(denying(permissions=["aiplatform.googleapis.com/*.*"]).predict())
    assert not passed(denying(permissions=["aiplatform.googleapis.com/endpoints.*"]).predict())
    exception = ["aiplatform.googleapis.com/endpoints.predict"]
    assert passed(denying(permissions=["aiplatform.googleapis.com/*.*"], except_permissions=exception).predict())
    assert permission_matches("cloudresourcemanager.googleapis.com/projects.get", "resourcemanager.projects.get")
    assert not permission_matches("aiplatform.googleapis.com/endpoint.*", "aiplatform.endpoints.predict")


def conditional(expression: str) -> Cloud:
    condition = {"title": "sometimes", "expression": expression}
    return cloud({"iam": [{"role": "roles/aiplatform.user", "members": [DEV], "condition": condition}]})


@pytest.mark.parametrize(
    ("expression", "granted"),
    [
        ('request.time < timestamp("2027-01-01T00:00:00Z")', True),
        ('request.time < timestamp("2026-01-01T00:00:00Z")', False),
        ('resource.name.startsWith("projects/acme-ai-prod/locations/eu/")', True),
        ('resource.name.startsWith("projects/acme-ai-prod/locations/us/")', False),
        ('resource.service == "aiplatform.googleapis.com" && resource.name.endsWith("sonnet-5-5")', True),
        ('!(resource.service == "aiplatform.googleapis.com")', False),
        ('resource.matchTag("1111/env", "prod") || resource.service == "aiplatform.googleapis.com"', True),
        ('request.time.getHours("Europe/Berlin") == 13', True),
        ('resource.name.extract("/locations/{place}/") in ["eu", "us"]', True),
    ],
)
@covers("iam-conditions")
def test_a_condition_decides(expression: str, granted: bool) -> None:
    assert passed(conditional(expression).predict()) is granted


@pytest.mark.parametrize(
    "expression",
    ["", "true &&", "resource.tags.x", "1 + 1", '"text"', "(" * 500, "nonsense()", "1 < 'a'", "!!!", "a.b["],
)
@covers("iam-condition-unreadable")
def test_an_unreadable_condition_grants_nothing_and_denies(expression: str) -> None:
    assert holds(expression, {"request": {}, "resource": {"name": "x"}}) is None
    if expression:
        assert not passed(conditional(expression).predict())
        rule = {"title": "x", "expression": expression}
        assert not passed(denying(permissions=["aiplatform.googleapis.com/*.*"], condition=rule).predict())


@covers("iam-no-tags")
def test_no_resource_has_tags() -> None:
    assert not passed(conditional("resource.matchTag('1111/env', 'prod')").predict())
    assert passed(conditional("!resource.hasTagKey('1111/env')").predict())
    rule = {"title": "not in test", "expression": "!resource.matchTag('1111/env', 'test')"}
    assert not passed(denying(permissions=["aiplatform.googleapis.com/*.predict"], condition=rule).predict())
    rule = {"title": "in production", "expression": "resource.matchTag('1111/env', 'prod')"}
    assert passed(denying(permissions=["aiplatform.googleapis.com/*.predict"], condition=rule).predict())


JOB = "emu:principal://iam.googleapis.com/projects/333333333333/locations/global/workloadIdentityPools/ci/subject/job"
ACCOUNT = "emu:serviceAccount:app@acme-ai-prod.iam.gserviceaccount.com"


@pytest.mark.parametrize(
    ("member", "token", "granted"),
    [
        ("allUsers", JOB, True),
        ("allAuthenticatedUsers", JOB, False),
        ("allAuthenticatedUsers", ACCOUNT, True),
        ("allAuthenticatedUsers", "emu:user:eve@partner.example", True),
    ],
)
@covers("iam-everyone")
def test_who_everyone_is(member: str, token: str, granted: bool) -> None:
    iam = [{"role": "roles/aiplatform.user", "members": [member]}]
    assert passed(cloud({"iam": iam}, token=token).predict()) is granted


@pytest.mark.parametrize(
    ("place", "token", "granted"),
    [
        ("projects/333333333333", ACCOUNT, True),
        ("folders/2222", ACCOUNT, True),
        ("organizations/1111", ACCOUNT, True),
        ("folders/9999", ACCOUNT, False),
        ("projects/333333333333", "emu:user:eve@acme.example", False),
    ],
)
@covers("iam-account-sets")
def test_all_service_accounts_of_a_place(place: str, token: str, granted: bool) -> None:
    member = f"principalSet://cloudresourcemanager.googleapis.com/{place}/type/ServiceAccount"
    iam = [{"role": "roles/aiplatform.user", "members": [member]}]
    assert passed(cloud({"iam": iam}, token=token).predict()) is granted


@covers("iam-convenience")
def test_a_convenience_member_is_whoever_has_the_basic_role() -> None:
    eve = "user:eve@partner.example"
    iam = [
        {"role": "roles/browser", "members": [eve]},
        {"role": "roles/aiplatform.user", "members": ["projectOwner:acme-ai-prod"]},
    ]
    assert not passed(cloud({"iam": iam}, token=f"emu:{eve}").predict())
    owned = [*iam, {"role": "roles/owner", "members": [eve]}]
    denied = {"principals": [f"principal://goog/subject/{eve[5:]}"], "permissions": ["iam.googleapis.com/*.*"]}
    world = {"iam": owned, "deny": [{"id": "no-iam", "rules": [denied]}]}
    assert passed(cloud(world, token=f"emu:{eve}").predict())


@pytest.mark.parametrize(("stage", "granted"), [("GA", True), ("ALPHA", True), ("DISABLED", False)])
@covers("iam-role-disabled")
def test_a_disabled_role_gives_nothing(stage: str, granted: bool) -> None:
    roles = {"caller": {"permissions": ["aiplatform.endpoints.predict"], "stage": stage}}
    iam = [{"role": "projects/acme-ai-prod/roles/caller", "members": [DEV]}]
    assert passed(cloud({"iam": iam, "roles": roles}).predict()) is granted


TROUBLE = "/v3/iam:troubleshoot"
SEEING = [
    {"role": f"roles/{role}", "members": [DEV]}
    for role in ("iam.securityReviewer", "iam.denyReviewer", "aiplatform.user")
]
GROUP = {"role": "roles/aiplatform.user", "members": ["group:team@acme.example"]}
TIMED = GROUP | {"condition": {"title": "t", "expression": 'request.time < timestamp("2027-01-01T00:00:00Z")'}}
RULES = [
    {"principals": ["principalSet://goog/group/team@acme.example"], "permissions": ["aiplatform.googleapis.com/*.*"]}
]


def troubleshot(email: str, iam: list[dict[str, Any]], *, when: str = "", **world: Any) -> str:
    """Policy Troubleshooter's word on a user who is in the team."""
    organization = {"iam": SEEING if world.pop("seeing", True) else SEEING[2:], "deny": world.pop("deny", [])}
    groups = {"team@acme.example": ["user:ann@acme.example"]}
    asked: dict[str, Any] = {
        "principal": email,
        "fullResourceName": "//cloudresourcemanager.googleapis.com/projects/acme-ai-prod",
        "permission": "aiplatform.endpoints.predict",
    }
    if when:
        asked["conditionContext"] = {"request": {"receiveTime": when}}
    services = [*SERVICES, "policytroubleshooter.googleapis.com"]
    own = [{"role": "roles/serviceusage.serviceUsageConsumer", "members": [DEV]}, *iam]
    made = cloud({"iam": own, "services": services}, organization=organization, groups=groups)
    response = made.post(f"https://policytroubleshooter.googleapis.com{TROUBLE}", {"accessTuple": asked})
    answered = json.loads(response.body)
    return str(answered.get("overallAccessState") or answered["error"]["status"])


@pytest.mark.parametrize(
    ("expected", "email", "iam", "world"),
    [
        ("CAN_ACCESS", "ann@acme.example", [GROUP], {}),
        ("CANNOT_ACCESS", "bob@acme.example", [GROUP], {}),
        ("CANNOT_ACCESS", "ann@acme.example", [GROUP], {"deny": [{"id": "d", "rules": RULES}]}),
        ("UNKNOWN_INFO", "bob@acme.example", [GROUP], {"seeing": False}),
        ("UNKNOWN_CONDITIONAL", "ann@acme.example", [TIMED], {}),
        ("CAN_ACCESS", "ann@acme.example", [TIMED], {"when": "2026-11-22T12:00:00Z"}),
        ("CANNOT_ACCESS", "ann@acme.example", [TIMED], {"when": "2027-11-22T12:00:00Z"}),
        ("INVALID_ARGUMENT", "group:team@acme.example", [GROUP], {}),
    ],
)
@covers("troubleshooter")
def test_policy_troubleshooter(expected: str, email: str, iam: list[dict[str, Any]], world: dict[str, Any]) -> None:
    assert troubleshot(email, iam, **world) == expected


@covers("iam-domain")
def test_a_domain_covers_its_users() -> None:
    iam = [{"role": "roles/aiplatform.user", "members": ["domain:acme.example"]}]
    assert passed(cloud({"iam": iam}).predict())
    assert not passed(cloud({"iam": iam}, token="emu:user:eve@notacme.example").predict())
    account = "emu:serviceAccount:app@acme-ai-prod.iam.gserviceaccount.com"
    assert not passed(cloud({"iam": iam}, token=account).predict())


@pytest.mark.parametrize(
    ("member", "granted"),
    [
        ("principalSet://{pool}/*", True),
        ("principalSet://{pool}/attribute.repository/acme/app", True),
        ("principalSet://{pool}/attribute.repository/acme/other", False),
        ("principal://{pool}/subject/repo:acme/app", True),
        ("principal://{pool}/subject/repo:acme/other", False),
        ("principalSet://{other}/*", False),
    ],
)
@covers("iam-federated")
def test_federated_members(member: str, granted: bool) -> None:
    base = "iam.googleapis.com/projects/333333333333/locations/global/workloadIdentityPools"
    names = member.replace("{pool}", f"{base}/github").replace("{other}", f"{base}/github2")
    token = f"emu:principal://{base}/github/subject/repo:acme/app?attribute.repository=acme%2Fapp"
    here = cloud({"iam": [{"role": "roles/aiplatform.user", "members": [names]}]}, token=token)
    assert passed(here.predict()) is granted


@covers("iam-roles-table")
def test_the_roles_table_says_what_the_dump_says() -> None:
    roles = shipped().roles
    for name in ("aiplatform.user", "aiplatform.admin", "viewer", "editor", "owner", "aiplatform.expressUser"):
        assert "aiplatform.endpoints.predict" in roles[f"roles/{name}"].permissions, name
    for name in ("aiplatform.user", "viewer"):
        assert "serviceusage.services.use" not in roles[f"roles/{name}"].permissions, name
    entitled = roles["roles/consumerprocurement.entitlementManager"].permissions
    assert "consumerprocurement.consents.grant" in entitled
    assert "serviceusage.services.use" not in entitled
    changed = overridden({"roles": {"roles/viewer": ["resourcemanager.projects.get"], "roles/browser": None}})
    assert changed.roles["roles/viewer"].permissions == {"resourcemanager.projects.get"}
    assert "roles/browser" not in changed.roles


def test_a_custom_role_holds_what_it_says() -> None:
    iam = [{"role": "projects/acme-ai-prod/roles/claude", "members": [DEV]}]
    roles: dict[str, Any] = {"claude": {"permissions": ["aiplatform.endpoints.predict"]}}
    assert passed(cloud({"iam": iam, "roles": roles}).predict())
    roles = {"claude": {"permissions": ["aiplatform.endpoints.predict"], "deleted": True}}
    assert not passed(cloud({"iam": iam, "roles": roles}).predict())


CONDITION = {"title": "until", "expression": 'request.time < timestamp("2027-01-01T00:00:00Z")'}


@covers("iam-policy-version")
def test_a_reader_below_version_3_sees_mangled_roles() -> None:
    iam = [{"role": "roles/owner", "members": [DEV]}, {**USER[0], "condition": CONDITION}]
    here = cloud({"iam": iam})
    old = here.post(f"{ROOT}:getIamPolicy").json()
    assert old["version"] == 1
    assert old["bindings"][1]["role"].startswith("roles/aiplatform.user_withcond_")
    assert "condition" not in old["bindings"][1]
    new = here.post(f"{ROOT}:getIamPolicy", {"options": {"requestedPolicyVersion": 3}}).json()
    assert new["version"] == 3
    assert new["bindings"][1]["condition"] == CONDITION
    assert "_withcond_" in message(here.post(f"{ROOT}:setIamPolicy", {"policy": old}))


@covers("iam-etag", "iam-set-replaces")
def test_read_modify_write() -> None:
    audit = [{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}]
    here = cloud({"audit": audit})
    policy = here.post(f"{ROOT}:getIamPolicy", {"options": {"requestedPolicyVersion": 3}}).json()
    assert policy["auditConfigs"] == audit
    policy["bindings"].append({"role": "roles/viewer", "members": ["user:eve@acme.example"]})
    policy["version"] = 3
    url_safe = {**policy, "etag": policy["etag"].replace("+", "-").replace("/", "_")}
    assert here.post(f"{ROOT}:setIamPolicy", {"policy": url_safe}).status == 200
    stale = here.post(f"{ROOT}:setIamPolicy", {"policy": policy})
    assert (stale.status, stale.json()["error"]["status"]) == (409, "ABORTED")
    owner = {"bindings": [{"role": "roles/owner", "members": [DEV]}]}
    assert "bindings" in here.post(f"{ROOT}:setIamPolicy", {"policy": owner}).json()
    after = here.post(f"{ROOT}:getIamPolicy").json()
    assert [one["role"] for one in after["bindings"]] == ["roles/owner"]
    assert after["auditConfigs"] == audit
    here.post(f"{ROOT}:setIamPolicy", {"policy": owner, "updateMask": "bindings,etag,auditConfigs"})
    assert "auditConfigs" not in here.post(f"{ROOT}:getIamPolicy").json()


@pytest.mark.parametrize(
    ("binding", "says"),
    [
        ({"role": "roles/viewer", "members": ["dev@acme.example"]}, "unknown type"),
        ({"role": "roles/viewer", "members": ["serviceAccount:no@acme-ai-prod.iam.gserviceaccount.com"]}, "not exist"),
        ({"role": "projects/acme-ai-prod/roles/none", "members": [DEV]}, "not supported"),
        ({"role": "roles/viewer", "members": [DEV], "condition": {"title": "x", "expression": "("}}, "Invalid expr"),
    ],
)
@covers("iam-set-checks")
def test_a_policy_that_cannot_be_written(binding: dict[str, Any], says: str) -> None:
    response = cloud().post(f"{ROOT}:setIamPolicy", {"policy": {"version": 3, "bindings": [binding]}})
    assert response.status == 400
    assert says in message(response)
    app = {"role": "roles/viewer", "members": ["serviceAccount:app@acme-ai-prod.iam.gserviceaccount.com"]}
    assert cloud().post(f"{ROOT}:setIamPolicy", {"policy": {"bindings": [app]}}).status == 200


def holding(here: Cloud, *permissions: str) -> Any:
    return here.post(f"{ROOT}:testIamPermissions", {"permissions": list(permissions)})


@covers("iam-test-subset")
def test_test_iam_permissions_gives_the_subset_held() -> None:
    iam = [*USER, {"role": "roles/serviceusage.serviceUsageConsumer", "members": [DEV]}]
    here = cloud({"iam": iam})
    asked = ("aiplatform.endpoints.predict", "resourcemanager.projects.setIamPolicy")
    assert holding(here, *asked).json() == {"permissions": ["aiplatform.endpoints.predict"]}
    assert holding(here, asked[1]).json() == {}
    assert here.post("/v3/projects/acme-nowhere:testIamPermissions", {"permissions": list(asked)}).status == 403


@covers("iam-test-bad-name")
def test_one_bad_name_refuses_all() -> None:
    for bad in ("aiplatform.endpoints.predikt", "aiplatform.*", "nonsense", ""):
        assert holding(cloud(), "aiplatform.endpoints.predict", bad).status == 400, bad
    assert cloud().post(f"{ROOT}:testIamPermissions", {}).status == 400


@covers("iam-test-unlisted")
def test_the_permission_that_no_role_dump_lists() -> None:
    name = "aiplatform.endpoints.setPublisherModelConfig"
    assert holding(cloud(), name).status == 400
    ignoring = cloud(behaviour={"unlisted_permissions": "ignore"})
    assert holding(ignoring, name).json() == {}


@covers("iam-deny-list")
def test_deny_policies_are_listed_without_their_rules() -> None:
    deny = [{"id": "none", "rules": [{"principals": ["principalSet://goog/public:all"], "permissions": ["a.b.c"]}]}]
    iam = [{"role": "roles/owner", "members": [DEV]}, {"role": "roles/iam.denyReviewer", "members": [DEV]}]
    here = cloud({"deny": deny, "iam": iam})
    url = "/v2/policies/cloudresourcemanager.googleapis.com%2Fprojects%2Facme-ai-prod/denypolicies"
    listed = here.get(url).json()["policies"]
    assert [one["name"].rpartition("/")[2] for one in listed] == ["none"]
    assert "rules" not in listed[0]
    rules = here.get(f"{url}/none").json()["rules"]
    assert rules[0]["denyRule"]["deniedPermissions"] == ["a.b.c"]
    assert here.get("/v2/policies/nonsense/denypolicies").status == 400
    assert here.get(url.replace("projects%2Facme-ai-prod", "folders%2F9")).status == 403
