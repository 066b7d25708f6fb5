"""Effective access: the examples that Google publishes, who a member covers, and the laws that hold for all policies."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxsetup.facts.access import Attached, Binding, DenyRule, Roles
from vxsetup.facts.base import Fact, Known, Unknown, UnknownCause
from vxsetup.facts.effective import Access, Holding, Question, bound_to, holding
from vxsetup.facts.members import Cover, Place, covers
from vxsetup.values import replace

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PROJECT, FOLDER, TOP = "projects/p", "folders/2", "organizations/1"
PLACE = Place("p", "333", (FOLDER, TOP), True)
POOL = "iam.googleapis.com/projects/333/locations/global/workloadIdentityPools/ci"
APP = "serviceAccount:app@p.iam.gserviceaccount.com"
REFUSED = Unknown(UnknownCause.PERMISSION_DENIED, "403", "resourcemanager.folders.getIamPolicy", "x")


def attached(policies: dict[str, Any], incomplete: Unknown | None = None) -> Attached:
    """Policies by place; what is missing is empty, and an ``Unknown`` was not read."""
    every = {name: policies.get(name, ()) for name in (PROJECT, FOLDER, TOP)}
    return Attached(
        {n: one if isinstance(one, Unknown) else Known(tuple(one), "test") for n, one in every.items()}, incomplete
    )


ROLES: dict[str, frozenset[str]] = {
    "roles/storage.objectViewer": frozenset({"storage.objects.get", "storage.objects.list"}),
    "roles/storage.objectCreator": frozenset({"storage.objects.create"}),
    "roles/iam.serviceAccountKeyAdmin": frozenset({"iam.serviceAccountKeys.create", "iam.serviceAccountKeys.delete"}),
    "roles/iam.organizationRoleAdmin": frozenset({"iam.roles.create", "iam.roles.delete", "iam.roles.update"}),
    "roles/resourcemanager.projectDeleter": frozenset({"resourcemanager.projects.delete"}),
    "roles/appengine.deployer": frozenset({"appengine.versions.create"}),
    "roles/aiplatform.user": frozenset({"aiplatform.endpoints.predict", "aiplatform.endpoints.get"}),
    "roles/owner": frozenset({"aiplatform.endpoints.predict", "iam.roles.create"}),
    "roles/browser": frozenset({"resourcemanager.projects.get"}),
}


def roles(of: dict[str, frozenset[str]] | None = None) -> Fact:
    return Known(Roles({name: Known(held, "test") for name, held in (of or ROLES).items()}), "test")


def ask(
    principal: str,
    permission: str,
    allow: dict[str, Any] | Attached,
    deny: dict[str, Any] | Fact | None = None,
    when: datetime = NOW,
    place: Place = PLACE,
) -> Holding:
    given_allow = allow if isinstance(allow, Attached) else attached(allow)
    given_deny = deny if isinstance(deny, (Known, Unknown)) else Known(attached(deny or {}), "test")
    return holding(Question(principal, permission, when, place), given_allow, given_deny, roles())


# What Google publishes --------------------------------------------------------------------------------------------

RAHA, JIE = "user:raha@example.com", "user:jie@example.com"
INHERITED = {
    TOP: [Binding("roles/storage.objectViewer", (RAHA,))],
    PROJECT: [Binding("roles/storage.objectCreator", (RAHA,))],
}


@pytest.mark.parametrize(
    ("permission", "at"),
    [("storage.objects.get", TOP), ("storage.objects.list", TOP), ("storage.objects.create", PROJECT)],
)
def test_inheritance_as_published(permission: str, at: str) -> None:
    """IAMD, "Understanding allow policies": two roles at two levels; on the project both are in force."""
    found = ask(RAHA, permission, INHERITED)
    assert (found.access, found.resource) == (Access.HELD, at)
    assert ask(JIE, permission, INHERITED).access is Access.LACKING


UNTIL = "request.time < timestamp('2022-07-01T00:00:00.000Z')"
DEPLOYER, GROUP = "serviceAccount:prod-dev-example@appspot.gserviceaccount.com", "group:prod-dev@example.com"


@pytest.mark.parametrize(
    ("principal", "bindings", "before", "after"),
    [
        (GROUP, [Binding("roles/appengine.deployer", (GROUP, DEPLOYER), UNTIL)], Access.HELD, Access.LACKING),
        (DEPLOYER, [Binding("roles/appengine.deployer", (GROUP, DEPLOYER), UNTIL)], Access.HELD, Access.LACKING),
        (
            DEPLOYER,
            [
                Binding("roles/appengine.deployer", (DEPLOYER,)),
                Binding("roles/appengine.deployer", (GROUP, DEPLOYER), UNTIL),
            ],
            Access.HELD,
            Access.HELD,
        ),
        (
            GROUP,
            [
                Binding("roles/appengine.deployer", (DEPLOYER,)),
                Binding("roles/appengine.deployer", (GROUP, DEPLOYER), UNTIL),
            ],
            Access.HELD,
            Access.LACKING,
        ),
    ],
)
def test_conditional_bindings_as_published(
    principal: str, bindings: list[Binding], before: Access, after: Access
) -> None:
    """IAMD, "Understanding allow policies": a conditional binding does not override one without a condition."""
    for when, expected in ((datetime(2022, 6, 1, tzinfo=UTC), before), (datetime(2022, 8, 1, tzinfo=UTC), after)):
        found = ask(principal, "appengine.versions.create", {PROJECT: bindings}, when=when)
        assert found.access is expected
    ends = ask(GROUP, "appengine.versions.create", {PROJECT: bindings}, when=datetime(2022, 6, 1, tzinfo=UTC))
    assert ends.until == datetime(2022, 7, 1, tzinfo=UTC)


def test_a_deleted_principal_is_not_the_new_one_of_its_name() -> None:
    """IAMD, "Understanding allow policies": bindings of a deleted principal do not apply to a new one."""
    account = "serviceAccount:my-service-account@my-project.iam.gserviceaccount.com"
    old = Binding("roles/owner", (f"deleted:{account}?uid=123456789012345678901",))
    assert ask(account, "iam.roles.create", {PROJECT: [old]}).access is Access.LACKING


def deny(denied: list[str], permissions: list[str], *excepted: str, **more: Any) -> DenyRule:
    return DenyRule("policy", tuple(permissions), tuple(denied), exception_principals=tuple(excepted), **more)


EVERYONE = "principalSet://goog/public:all"


@pytest.mark.parametrize(
    ("principal", "permission", "grants", "rule", "expected"),
    [
        # Centralizing administrative privileges: only the group of admins may manage roles.
        *(
            (
                principal,
                "iam.roles.create",
                {TOP: [Binding("roles/iam.organizationRoleAdmin", (principal,))]},
                deny(
                    [EVERYONE],
                    ["iam.googleapis.com/roles.create", "iam.googleapis.com/roles.delete"],
                    "principalSet://goog/group/custom-role-admins@example.com",
                ),
                expected,
            )
            # Whether a user is in a group cannot be read from policies; the group itself is told.
            for principal, expected in (
                ("group:custom-role-admins@example.com", Access.HELD),
                ("user:yuri@example.com", Access.UNKNOWN),
            )
        ),
        # Creating exceptions to access grants: the group has the role on the folder, and may not use it in one project.
        (
            "group:eng@example.com",
            "iam.serviceAccountKeys.create",
            {FOLDER: [Binding("roles/iam.serviceAccountKeyAdmin", ("group:eng@example.com",))]},
            deny(
                ["principalSet://goog/group/eng@example.com"],
                ["iam.googleapis.com/serviceAccountKeys.create", "iam.googleapis.com/serviceAccountKeys.delete"],
            ),
            Access.DENIED,
        ),
        (
            "group:eng-prod@example.com",
            "iam.serviceAccountKeys.create",
            {FOLDER: [Binding("roles/iam.serviceAccountKeyAdmin", ("group:eng-prod@example.com",))]},
            deny(
                ["principalSet://goog/group/eng@example.com"],
                ["iam.googleapis.com/serviceAccountKeys.create"],
                "principalSet://goog/group/eng-prod@example.com",
            ),
            Access.HELD,
        ),
        # Blocking access based on tags: what has which tag is not in the policies.
        (
            "user:bola@example.com",
            "resourcemanager.projects.delete",
            {PROJECT: [Binding("roles/resourcemanager.projectDeleter", ("user:bola@example.com",))]},
            deny(
                [EVERYONE],
                ["cloudresourcemanager.googleapis.com/projects.delete"],
                condition="resource.matchTag('12345678/env', 'prod')",
            ),
            Access.UNKNOWN,
        ),
        # The structure of a deny policy: a group of permissions with exceptions.
        (
            "user:bola@example.com",
            "resourcemanager.projects.get",
            {PROJECT: [Binding("roles/browser", ("user:bola@example.com",))]},
            deny(
                [EVERYONE],
                ["cloudresourcemanager.googleapis.com/projects.*"],
                exception_permissions=("cloudresourcemanager.googleapis.com/projects.get",),
            ),
            Access.HELD,
        ),
    ],
)
def test_deny_policies_as_published(
    principal: str, permission: str, grants: dict[str, Any], rule: DenyRule, expected: Access
) -> None:
    """IAMD, "Deny policies"."""
    for place in (PROJECT, FOLDER, TOP):
        assert ask(principal, permission, grants, {place: [rule]}).access is expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("aiplatform.googleapis.com/endpoints.predict", Access.DENIED),
        ("aiplatform.googleapis.com/endpoints.*", Access.DENIED),
        ("aiplatform.googleapis.com/*.*", Access.DENIED),
        ("aiplatform.googleapis.com/*.predict", Access.DENIED),
        ("aiplatform.googleapis.com/endpoint.*", Access.HELD),
        ("aiplatform.googleapis.com/*.get", Access.HELD),
        ("bigquery.googleapis.com/*.*", Access.HELD),
        ("aiplatform.endpoints.predict", Access.UNKNOWN),  # no name of a deny policy: what it does is not documented
    ],
)
def test_permission_groups(pattern: str, expected: Access) -> None:
    grants = {PROJECT: [Binding("roles/aiplatform.user", (APP,))]}
    assert ask(APP, "aiplatform.endpoints.predict", grants, {TOP: [deny([EVERYONE], [pattern])]}).access is expected


# Who a member covers ----------------------------------------------------------------------------------------------

ANN = "user:ann@acme.example"
JOB = f"principal://{POOL}/subject/job"
REPO = f"principalSet://{POOL}/attribute.repository/acme/app"
RM = "principalSet://cloudresourcemanager.googleapis.com"


@pytest.mark.parametrize(
    ("member", "principal", "expected"),
    [
        ("allUsers", ANN, "yes"),
        ("allUsers", JOB, "yes"),
        ("allAuthenticatedUsers", ANN, "yes"),
        ("allAuthenticatedUsers", APP, "yes"),
        ("allAuthenticatedUsers", "group:x@acme.example", "yes"),
        ("allAuthenticatedUsers", JOB, "no"),  # federated identities are left out
        ("user:Ann@Acme.example", ANN, "yes"),
        ("user:bob@acme.example", ANN, "no"),
        ("deleted:user:ann@acme.example?uid=1", ANN, "no"),
        ("group:x@acme.example", ANN, "maybe"),
        ("group:x@acme.example", "group:x@acme.example", "yes"),
        ("group:x@acme.example", "group:y@acme.example", "maybe"),
        ("user:ann@acme.example", "group:x@acme.example", "no"),
        ("domain:acme.example", ANN, "maybe"),  # IAM goes by the customer, not by the address
        ("domain:other.example", ANN, "maybe"),
        ("domain:acme.example", "domain:acme.example", "yes"),
        ("domain:acme.example", APP, "no"),
        ("domain:acme.example", JOB, "no"),
        (f"{RM}/projects/333/type/ServiceAccount", APP, "yes"),
        (f"{RM}/projects/444/type/ServiceAccount", APP, "no"),
        (f"{RM}/folders/2/type/ServiceAccount", APP, "yes"),
        (f"{RM}/folders/9/type/ServiceAccount", APP, "no"),
        (f"{RM}/organizations/1/type/ServiceAccount", APP, "yes"),
        (f"{RM}/organizations/1/type/ServiceAccount", "serviceAccount:x@q.iam.gserviceaccount.com", "maybe"),
        (f"{RM}/organizations/1/type/ServiceAccount", ANN, "no"),
        (f"{RM}/organizations/1/type/ServiceAccount", JOB, "no"),
        (f"{RM}/projects/333/type/ServiceAgent", APP, "no"),
        (
            f"{RM}/projects/333/type/ServiceAgent",
            "serviceAccount:service-333@gcp-sa-aiplatform.iam.gserviceaccount.com",
            "maybe",
        ),
        (f"principalSet://{POOL}/*", JOB, "yes"),
        (f"principalSet://{POOL}/*", REPO, "yes"),
        (REPO, REPO, "yes"),
        (REPO, JOB, "maybe"),
        (JOB, REPO, "no"),
        (JOB, JOB, "yes"),
        (JOB.replace("/job", "/JOB"), JOB, "maybe"),
        (f"principalSet://{POOL.replace('/ci', '/other')}/*", JOB, "no"),
        (f"principalSet://{POOL.replace('/333/', '/444/')}/*", JOB, "no"),
        (f"principalSet://{POOL.replace('/333/', '/p/')}/*", JOB, "maybe"),
        (f"principalSet://{POOL}/*", ANN, "no"),
        ("principalSet://iam.googleapis.com/locations/global/workforcePools/staff/*", JOB, "no"),
        ("principal://agents.global.org-1.system.id.goog/resources/x", JOB, "no"),
        ("principal://goog/subject/ann@acme.example", ANN, "yes"),
        ("principalSet://goog/group/x@acme.example", "group:x@acme.example", "yes"),
        ("principal://iam.googleapis.com/projects/-/serviceAccounts/app@p.iam.gserviceaccount.com", APP, "yes"),
        ("principalSet://goog/cloudIdentityCustomerId/C01Abc35", ANN, "maybe"),
        ("principalSet://goog/cloudIdentityCustomerId/C01Abc35", APP, "maybe"),
        ("somethingNew:x", ANN, "maybe"),
        (
            "serviceAccount:p.svc.id.goog[ns/ksa]",
            f"principal://{POOL.replace('/ci', '/p.svc.id.goog')}/subject/ns/ns/sa/ksa",
            "maybe",
        ),
    ],
)
def test_who_a_member_covers(member: str, principal: str, expected: str) -> None:
    assert covers(member, principal, PLACE) is Cover(expected)


def test_a_place_that_was_not_read_leaves_its_sets_open() -> None:
    bare = Place("p")
    for where in ("projects/333", "folders/2", "organizations/1"):
        assert covers(f"{RM}/{where}/type/ServiceAccount", APP, bare) is Cover.MAYBE


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        ({PROJECT: [Binding("roles/owner", (ANN,))]}, Access.HELD),
        ({PROJECT: [Binding("roles/owner", ("group:x@acme.example",))]}, Access.UNKNOWN),
        ({FOLDER: [Binding("roles/owner", (ANN,))]}, Access.HELD),  # by the owner's own role, whatever the set means
        ({PROJECT: [Binding("roles/owner", ("user:bob@acme.example",))]}, Access.LACKING),
    ],
)
def test_owners_of_the_project(owners: dict[str, list[Binding]], expected: Access) -> None:
    given_too = Binding("roles/aiplatform.user", ("projectOwner:p",))
    grants = {**owners, PROJECT: [*owners.get(PROJECT, ()), given_too]}
    assert ask(ANN, "aiplatform.endpoints.predict", grants).access is expected
    elsewhere = {PROJECT: [Binding("roles/aiplatform.user", ("projectOwner:q",))]}
    assert ask(ANN, "aiplatform.endpoints.predict", elsewhere).access is Access.UNKNOWN


def test_what_was_not_read_is_named() -> None:
    found = ask(ANN, "aiplatform.endpoints.predict", {FOLDER: REFUSED})
    assert found.access is Access.UNKNOWN
    assert found.unread is REFUSED
    assert found.would_need == "resourcemanager.folders.getIamPolicy"
    grants = {PROJECT: [Binding("roles/aiplatform.user", (ANN,))], FOLDER: REFUSED}
    assert ask(ANN, "aiplatform.endpoints.predict", grants).access is Access.HELD, "a child cannot take a grant away"
    assert ask(ANN, "aiplatform.endpoints.predict", grants, REFUSED).access is Access.UNKNOWN
    assert ask(ANN, "aiplatform.endpoints.predict", {}, REFUSED).access is Access.LACKING
    above = attached({}, REFUSED)
    assert ask(ANN, "aiplatform.endpoints.predict", above).access is Access.UNKNOWN
    unread_role = Attached({PROJECT: Known((Binding("roles/new", (ANN,)),), "test")})
    assert ask(ANN, "aiplatform.endpoints.predict", unread_role).would_need == "iam.roles.get"


def test_a_grant_that_ended_is_named() -> None:
    ended = Binding("roles/aiplatform.user", (ANN,), "request.time < timestamp('2026-01-01T00:00:00Z')")
    found = ask(ANN, "aiplatform.endpoints.predict", {FOLDER: [ended]})
    assert found.access is Access.LACKING
    assert found.lapsed is not None
    assert "roles/aiplatform.user on folders/2" in found.lapsed


def test_a_documented_role_counts_where_it_is_in_force() -> None:
    question = Question(ANN, "x.y.z", NOW, PLACE)
    ended = Binding("roles/owner", (ANN,), "request.time < timestamp('2026-01-01T00:00:00Z')")
    assert bound_to(question, "roles/owner", attached({PROJECT: [ended]})) is None
    assert (
        bound_to(question, "roles/owner", attached({PROJECT: [ended], TOP: [Binding("roles/owner", ("allUsers",))]}))
        == TOP
    )
    assert bound_to(question, "roles/owner", attached({FOLDER: REFUSED})) is None


# Laws -------------------------------------------------------------------------------------------------------------

PREDICT = "aiplatform.endpoints.predict"
MEMBERS = st.sampled_from(
    [
        ANN,
        APP,
        JOB,
        REPO,
        "group:x@acme.example",
        "domain:acme.example",
        "allUsers",
        "allAuthenticatedUsers",
        f"principalSet://{POOL}/*",
        f"{RM}/folders/2/type/ServiceAccount",
        "user:bob@acme.example",
        "projectOwner:p",
    ]
)
PRINCIPALS = st.sampled_from([ANN, APP, JOB, REPO, "group:x@acme.example"])
CONDITIONS = st.sampled_from(
    [
        None,
        None,
        "request.time < timestamp('2026-12-01T00:00:00Z')",
        "request.time < timestamp('2020-01-01T00:00:00Z')",
        "resource.matchTag('1/env', 'prod')",
        "resource.service == 'storage.googleapis.com'",
    ]
)
BINDINGS = st.builds(
    Binding,
    st.sampled_from(["roles/aiplatform.user", "roles/owner", "roles/browser", "roles/not-read"]),
    st.lists(MEMBERS, min_size=1, max_size=3).map(tuple),
    CONDITIONS,
)
V2 = st.sampled_from(
    [
        EVERYONE,
        "principal://goog/subject/ann@acme.example",
        "principalSet://goog/group/x@acme.example",
        JOB,
        REPO,
        "principal://iam.googleapis.com/projects/-/serviceAccounts/app@p.iam.gserviceaccount.com",
        f"principalSet://{POOL}/*",
    ]
)
PATTERNS = st.sampled_from(
    ["aiplatform.googleapis.com/endpoints.predict", "aiplatform.googleapis.com/*.*", "iam.googleapis.com/*.*"]
)
RULES = st.builds(
    DenyRule,
    st.just("policy"),
    st.lists(PATTERNS, min_size=1, max_size=2).map(tuple),
    st.lists(V2, min_size=1, max_size=2).map(tuple),
    st.lists(PATTERNS, max_size=1).map(tuple),
    st.lists(V2, max_size=1).map(tuple),
    st.sampled_from([None, None, None, "resource.matchTag('1/env', 'prod')", "false", "true"]),
)
POLICIES = st.fixed_dictionaries(
    {name: st.lists(BINDINGS, max_size=3) | st.just(REFUSED) for name in (PROJECT, FOLDER, TOP)}
)
DENIALS = st.fixed_dictionaries(
    {name: st.lists(RULES, max_size=2) | st.just(REFUSED) for name in (PROJECT, FOLDER, TOP)}
)
PLACES = st.sampled_from([PROJECT, FOLDER, TOP])

RANK = {Access.DENIED: 0, Access.LACKING: 0, Access.UNKNOWN: 1, Access.HELD: 2}


def with_one(policies: dict[str, Any], place: str, item: Any) -> dict[str, Any]:
    """The policies with one binding or rule more at a place; there, what was refused counts as empty."""
    own = policies[place]
    return {**policies, place: [*([] if isinstance(own, Unknown) else own), item]}


@given(PRINCIPALS, POLICIES, DENIALS, PLACES, BINDINGS)
def test_adding_a_grant_never_removes_access(
    principal: str, allow: dict[str, Any], denied: dict[str, Any], place: str, grant: Binding
) -> None:
    if isinstance(allow[place], Unknown):
        allow = {**allow, place: []}
    before, after = (
        ask(principal, PREDICT, allow, denied),
        ask(principal, PREDICT, with_one(allow, place, grant), denied),
    )
    assert RANK[after.access] >= RANK[before.access]


@given(PRINCIPALS, POLICIES, DENIALS, PLACES, RULES)
def test_adding_a_denial_never_gives_access(
    principal: str, allow: dict[str, Any], denied: dict[str, Any], place: str, rule: DenyRule
) -> None:
    if isinstance(denied[place], Unknown):
        denied = {**denied, place: []}
    before, after = (
        ask(principal, PREDICT, allow, denied),
        ask(principal, PREDICT, allow, with_one(denied, place, rule)),
    )
    assert RANK[after.access] <= RANK[before.access]


@given(PRINCIPALS, POLICIES, DENIALS, PLACES)
def test_a_denial_beats_every_grant_unless_it_excepts(
    principal: str, allow: dict[str, Any], denied: dict[str, Any], place: str
) -> None:
    rule = deny([EVERYONE], ["aiplatform.googleapis.com/*.*"])
    assert ask(principal, PREDICT, allow, with_one(denied, place, rule)).access is Access.DENIED
    excepting = replace(rule, exception_principals=(principal,))
    one = ask(principal, PREDICT, allow, with_one(denied, place, excepting)).access
    other = ask(principal, PREDICT, allow, with_one({**denied}, place, replace(rule, permissions=("x.y/z.a",)))).access
    assert one is other, "a rule that excepts the principal is as good as none"


@given(PRINCIPALS, POLICIES, st.sampled_from([PROJECT, FOLDER]))
def test_a_child_cannot_take_away_what_a_parent_gives(principal: str, allow: dict[str, Any], child: str) -> None:
    if ask(principal, PREDICT, {**allow, child: []}).access is Access.HELD:
        assert ask(principal, PREDICT, allow).access is Access.HELD


@given(PRINCIPALS, POLICIES, DENIALS, st.integers(0, 1000))
def test_order_does_not_matter(principal: str, allow: dict[str, Any], denied: dict[str, Any], seed: int) -> None:
    stream = random.Random(seed)

    def mixed(policies: dict[str, Any]) -> Attached:
        names = stream.sample(list(policies), len(policies))
        every = {
            n: policies[n] if isinstance(policies[n], Unknown) else stream.sample(policies[n], len(policies[n]))
            for n in names
        }
        return Attached({n: one if isinstance(one, Unknown) else Known(tuple(one), "test") for n, one in every.items()})

    before = ask(principal, PREDICT, allow, denied)
    after = ask(principal, PREDICT, mixed(allow), Known(mixed(denied), "test"))
    assert (before.access, before.until) == (after.access, after.until)


@given(PRINCIPALS, POLICIES, DENIALS)
def test_what_was_not_read_changes_no_certain_answer(
    principal: str, allow: dict[str, Any], denied: dict[str, Any]
) -> None:
    """Held, denied and lacking stay what they are, whatever the policies that were refused hold."""
    before = ask(principal, PREDICT, allow, denied)
    everything = Binding("roles/aiplatform.user", ("allUsers",))
    nothing = deny([EVERYONE], ["aiplatform.googleapis.com/*.*"])
    for grant in ([], [everything]):
        for rules in ([], [nothing]):
            full_allow = {n: grant if isinstance(one, Unknown) else one for n, one in allow.items()}
            full_deny = {n: rules if isinstance(one, Unknown) else one for n, one in denied.items()}
            after = ask(principal, PREDICT, full_allow, full_deny)
            if before.access is not Access.UNKNOWN:
                assert RANK[after.access] == RANK[before.access]


@given(PRINCIPALS, POLICIES, st.integers(1, 10_000))
def test_an_end_flips_the_answer(principal: str, allow: dict[str, Any], hours: int) -> None:
    end = NOW + timedelta(hours=hours)
    timed = Binding("roles/aiplatform.user", (principal,), f"request.time < timestamp('{end:%Y-%m-%dT%H:%M:%SZ}')")
    empty = {PROJECT: [timed], FOLDER: [], TOP: []}
    assert ask(principal, PREDICT, empty).until == end
    assert ask(principal, PREDICT, empty, when=end - timedelta(seconds=1)).access is Access.HELD
    assert ask(principal, PREDICT, empty, when=end).access is Access.LACKING
    held = ask(principal, PREDICT, with_one(allow, PROJECT, timed))
    assert held.access is Access.HELD
    if held.until is not None:
        later = ask(principal, PREDICT, with_one(allow, PROJECT, timed), when=held.until + timedelta(microseconds=1))
        assert later.access is not Access.HELD, "after the end of the last grant nothing surely gives it"
