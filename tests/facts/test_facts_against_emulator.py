"""The evaluator against the emulator's: over generated policies at three levels, what one knows the other says too.

Held: the emulator grants. Denied or lacking: it refuses. How much stays unknown is bounded, so that it cannot grow
unseen.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from vxsetup.emulator.iam import allows, principal_of, project_resource, within
from vxsetup.emulator.state import State, start
from vxsetup.emulator.world import world_from
from vxsetup.facts.access import Attached, Binding, DenyRule, Roles
from vxsetup.facts.base import Known
from vxsetup.facts.effective import Access, Question, holding
from vxsetup.facts.members import Place

PROJECT, FOLDER, TOP = "projects/acme-ai-prod", "folders/2222", "organizations/1111"
NUMBER = "333333333333"
POOL = f"iam.googleapis.com/projects/{NUMBER}/locations/global/workloadIdentityPools/ci"
ANN, BOB = "user:ann@acme.example", "user:bob@partner.example"
APP, CI = (
    "serviceAccount:app@acme-ai-prod.iam.gserviceaccount.com",
    "serviceAccount:ci@acme-tools.iam.gserviceaccount.com",
)
JOB = f"principal://{POOL}/subject/repo:acme/app"
ATTRIBUTES = "?attribute.repository=acme/app"
ASKED = (ANN, BOB, APP, CI, JOB)
PERMISSIONS = ("aiplatform.endpoints.predict", "aiplatform.batchPredictionJobs.create", "aiplatform.consents.update")
RM = "principalSet://cloudresourcemanager.googleapis.com"

MEMBERS = (
    *ASKED,
    "group:team@acme.example",
    "group:all@acme.example",
    "domain:acme.example",
    "allUsers",
    "allAuthenticatedUsers",
    f"principalSet://{POOL}/*",
    f"principalSet://{POOL}/attribute.repository/acme/app",
    f"principalSet://{POOL.replace('/ci', '/other')}/*",
    f"{RM}/projects/{NUMBER}/type/ServiceAccount",
    f"{RM}/{FOLDER}/type/ServiceAccount",
    f"{RM}/folders/9/type/ServiceAccount",
    f"{RM}/{TOP}/type/ServiceAccount",
    "projectOwner:acme-ai-prod",
    f"projectViewer:{NUMBER}",
    "deleted:user:ann@acme.example?uid=1",
    "user:ANN@acme.example",
)
V2 = (
    "principalSet://goog/public:all",
    "principal://goog/subject/ann@acme.example",
    "principal://goog/subject/BOB@partner.example",
    "principalSet://goog/group/team@acme.example",
    "principal://iam.googleapis.com/projects/-/serviceAccounts/app@acme-ai-prod.iam.gserviceaccount.com",
    f"{RM}/{FOLDER}/type/ServiceAccount",
    JOB,
    f"principalSet://{POOL}/*",
    f"principalSet://{POOL}/attribute.repository/acme/app",
)
PATTERNS = (
    "aiplatform.googleapis.com/endpoints.predict",
    "aiplatform.googleapis.com/endpoints.*",
    "aiplatform.googleapis.com/*.*",
    "aiplatform.googleapis.com/*.create",
    "aiplatform.googleapis.com/consents.update",
    "bigquery.googleapis.com/*.*",
)
ROLES = (
    "roles/aiplatform.user",
    "roles/aiplatform.admin",
    "roles/owner",
    "roles/viewer",
    "roles/browser",
    f"{PROJECT}/roles/caller",
    f"{PROJECT}/roles/gone",
    f"{PROJECT}/roles/off",
    f"{TOP}/roles/caller",
)
CONDITIONS = (
    'request.time < timestamp("2031-01-01T00:00:00Z")',
    'request.time < timestamp("2026-11-22T12:00:00Z")',
    'request.time > timestamp("2026-01-01T00:00:00Z") && request.time < timestamp("2026-02-01T00:00:00Z")',
    'request.time < timestamp("2026-01-01T00:00:00Z") || request.time < timestamp("2027-01-01T00:00:00Z")',
    'request.time >= timestamp("2026-11-22T12:00:00Z") && request.time < timestamp("2026-12-01T00:00:00Z")',
    'request.time < timestamp("2021-01-01T00:00:00Z") || request.time > timestamp("2030-01-01T00:00:00Z")',
    '!(request.time > timestamp("2020-01-01T00:00:00Z"))',
    'resource.type == "aiplatform.googleapis.com/PublisherModel"',
    'resource.type != "compute.googleapis.com/Disk" || resource.name.endsWith("x")',
    'resource.service == "storage.googleapis.com"',
    'resource.name.startsWith("projects/acme-ai-prod")',
    'resource.matchTag("1111/env", "prod")',
    '!resource.matchTag("1111/env", "prod") && request.time < timestamp("2021-01-01T00:00:00Z")',
    'request.time.getHours("Europe/Berlin") == 13',
    "this is not an expression",
)


def made(seed: str) -> dict[str, Any]:
    """One world: an organization, a folder, a project, each with a few bindings and denials."""
    stream = random.Random(seed)
    density, groups, timed = stream.choice((0.3, 1.0, 2.0)), stream.random() < 0.5, stream.random()
    plain = [one for one in MEMBERS if groups or not one.startswith(("group:", "domain:"))]

    def condition() -> dict[str, Any]:
        chosen = {"title": "when", "expression": stream.choice(CONDITIONS)}
        return {"condition": chosen} if stream.random() < 0.4 * timed else {}

    def node(more: dict[str, Any]) -> dict[str, Any]:
        iam = [
            {"role": stream.choice(ROLES), "members": stream.sample(plain, stream.choice((1, 1, 2)))} | condition()
            for _ in range(int(stream.random() * 3 * density))
        ]
        rules = [
            {
                "principals": stream.sample(V2, stream.choice((1, 1, 2))),
                "permissions": stream.sample(PATTERNS, stream.choice((1, 2))),
                "except_principals": stream.sample(V2, stream.choice((0, 0, 1))),
                "except_permissions": stream.sample(PATTERNS, stream.choice((0, 0, 0, 1))),
            }
            | (condition() if stream.random() < 0.5 else {})
            for _ in range(stream.choice((0, 0, 0, 1, 2)))
        ]
        return {"iam": iam, "deny": [{"id": "no", "rules": rules}] if rules else [], **more}

    return {
        "version": 1,
        "now": "2026-11-22T12:00:00Z",
        "groups": {
            "team@acme.example": stream.sample((ANN, BOB, APP, CI), stream.choice((0, 1, 2))),
            "all@acme.example": ["group:team@acme.example", *stream.sample((ANN, BOB), stream.choice((0, 1)))],
        },
        "organization": node({"id": "1111", "roles": {"caller": {"permissions": [PERMISSIONS[0]]}}}),
        "folders": {"2222": node({"parent": TOP})},
        "projects": {
            "acme-ai-prod": node(
                {
                    "number": NUMBER,
                    "parent": FOLDER,
                    "roles": {
                        "caller": {"permissions": [PERMISSIONS[0], PERMISSIONS[2]]},
                        "gone": {"permissions": [PERMISSIONS[0]], "deleted": True},
                        "off": {"permissions": [PERMISSIONS[0]], "stage": "DISABLED"},
                    },
                    "service_accounts": {"app": {}},
                }
            ),
            "acme-tools": {"number": "444444444444", "parent": TOP, "service_accounts": {"ci": {}}},
        },
    }


def read(world: dict[str, Any], state: State) -> tuple[Attached, Known, Known]:
    """The world's policies as vxsetup reads them."""
    nodes = {PROJECT: world["projects"]["acme-ai-prod"], FOLDER: world["folders"]["2222"], TOP: world["organization"]}
    allow, deny = {}, {}
    for name, node in nodes.items():
        bindings = (
            Binding(one["role"], tuple(one["members"]), one.get("condition", {}).get("expression"))
            for one in node["iam"]
        )
        rules = (
            DenyRule(
                policy["id"],
                tuple(rule["permissions"]),
                tuple(rule["principals"]),
                tuple(rule["except_permissions"]),
                tuple(rule["except_principals"]),
                rule.get("condition", {}).get("expression"),
            )
            for policy in node["deny"]
            for rule in policy["rules"]
        )
        allow[name], deny[name] = Known(tuple(bindings), "test"), Known(tuple(rules), "test")
    held = {role: Known(_held(role, state), "test") for role in ROLES}
    return Attached(allow), Known(Attached(deny), "test"), Known(Roles(held), "test")


def _held(role: str, state: State) -> frozenset[str]:
    known = state.tables.roles.get(role)
    if known is not None:
        return known.permissions
    custom = state.custom_role(role)
    assert custom is not None
    return frozenset() if custom.deleted or custom.stage == "DISABLED" else frozenset(custom.permissions)


def compared(seed: str, seen: Counter[Access], why: Counter[str]) -> list[str]:
    """Where the two readings of one world contradict each other."""
    data = made(seed)
    state = start(world_from(data))
    project = state.project("acme-ai-prod")
    assert project is not None
    name = f"{PROJECT}/locations/eu/publishers/anthropic/models/claude-sonnet-5-5"
    api = "aiplatform.googleapis.com"
    model = within(project_resource(state, project), name, f"{api}/PublisherModel", api)
    allow, deny, roles = read(data, state)
    place = Place("acme-ai-prod", NUMBER, (FOLDER, TOP), True)
    wrong = []
    for principal in ASKED:
        asked = principal_of(principal + (ATTRIBUTES if principal == JOB else ""))
        for permission in PERMISSIONS:
            now = state.world.now
            found = holding(Question(principal, permission, now, place), allow, deny, roles)
            truth = allows(state, asked, model, permission, now)
            seen[found.access] += 1
            why.update(_kind(doubt.says) for doubt in found.doubts[:1])
            if found.access in ((Access.LACKING, Access.DENIED) if truth else (Access.HELD,)):
                wrong.append(f"{principal} {permission}: {found.access} but {truth}: {found.says}")
    return wrong


def _kind(says: str) -> str:
    if "condition" in says:
        return "condition"
    return "member" if "is in it" in says else "other"


def test_what_one_knows_the_other_says_too() -> None:
    seen: Counter[Access] = Counter()
    why: Counter[str] = Counter()
    for number in range(1200):
        wrong = compared(f"effective:{number}", seen, why)
        assert not wrong, (number, wrong, made(f"effective:{number}"))
    total = sum(seen.values())
    assert min(seen.values()) > total * 0.02, seen
    assert seen[Access.UNKNOWN] < total * 0.15, (seen, why)
    assert why["other"] == 0, "everything was read, so every doubt is of a member or a condition"


@pytest.mark.exhaustive
def test_what_one_knows_the_other_says_too_in_many_worlds() -> None:
    seen: Counter[Access] = Counter()
    why: Counter[str] = Counter()
    for number in range(60_000):
        wrong = compared(f"more effective:{number}", seen, why)
        assert not wrong, (number, wrong)
    print(seen, why)
