"""Policies whose body is not what the documents say: never read as nothing, never as held."""

from __future__ import annotations

import json
from collections.abc import Hashable
from datetime import datetime
from typing import Any

import pytest

from vxsetup.cloud.call import Answer
from vxsetup.cloud.providers import providers
from vxsetup.facts.access import (
    AllowPolicy,
    Attached,
    DenyPolicies,
    DenyPolicyNames,
    HeldPermissions,
    Roles,
)
from vxsetup.facts.base import Fact, Known, Unknown, UnknownCause
from vxsetup.facts.effective import Access, Question, holding
from vxsetup.facts.members import Place
from vxsetup.facts.project import Ancestry

AT = "2026-11-22T12:00:00Z"
NOW = datetime.fromisoformat(AT)
PROJECT = "projects/acme-ai-dev"
APP = "serviceAccount:app@acme-ai-dev.iam.gserviceaccount.com"
PREDICT = "aiplatform.endpoints.predict"
USER = "roles/aiplatform.user"
ROLES = Known(Roles({USER: Known(frozenset({PREDICT}), "test")}), "test")
GRANT = {"role": USER, "members": [APP]}
DENY = {
    "deniedPermissions": ["aiplatform.googleapis.com/endpoints.predict"],
    "deniedPrincipals": ["principalSet://all"],
}
MISSING = object()


def read(key: Hashable, inputs: dict[Hashable, Fact], body: Any) -> Fact:
    provider = providers()[type(key)]
    (call,) = provider.calls(key, inputs)
    return provider.read(key, inputs, {call: Answer(200, body if isinstance(body, str) else json.dumps(body), AT)})


def without(item: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**item, **changes}.items() if value is not MISSING}


def policy(bindings: Any) -> Fact:
    return read(AllowPolicy(PROJECT), {}, without({"etag": "BwX", "version": 3}, bindings=bindings))


def is_malformed(fact: Fact) -> bool:
    return isinstance(fact, Unknown) and fact.cause is UnknownCause.MALFORMED


def access(allow: Fact, deny: Fact) -> Access:
    question = Question(APP, PREDICT, NOW, Place("acme-ai-dev"))
    return holding(question, Attached({PROJECT: allow}), deny, ROLES).access


NO_DENY = Known(Attached({PROJECT: Known((), "test")}), "test")

BAD_BINDINGS = {
    "role missing": [without(GRANT, role=MISSING)],
    "role empty": [without(GRANT, role="")],
    "role not a string": [without(GRANT, role=["roles/owner"])],
    "members missing": [without(GRANT, members=MISSING)],
    "members null": [without(GRANT, members=None)],
    "members a string": [without(GRANT, members=APP)],
    "members an object": [without(GRANT, members={APP: True})],
    "a member not a string": [without(GRANT, members=[APP, 5])],
    "a member null": [without(GRANT, members=[None])],
    "condition without expression": [without(GRANT, condition={"title": "office hours"})],
    "condition empty": [without(GRANT, condition={})],
    "condition a list": [without(GRANT, condition=[])],
    "condition a string": [without(GRANT, condition="true")],
    "condition false": [without(GRANT, condition=False)],
    "expression not a string": [without(GRANT, condition={"expression": True})],
    "a binding null": [GRANT, None],
    "a binding a string": ["roles/owner"],
    "bindings null": None,
    "bindings an object": {},
    "bindings a string": "",
    "a bad one after a good one": [GRANT, without(GRANT, role=MISSING)],
}


@pytest.mark.parametrize("bindings", BAD_BINDINGS.values(), ids=list(BAD_BINDINGS))
def test_a_malformed_binding_makes_the_policy_unknown(bindings: Any) -> None:
    fact = policy(bindings)
    assert is_malformed(fact), fact
    assert access(fact, NO_DENY) is Access.UNKNOWN


@pytest.mark.parametrize("body", [{}, {"bindings": [GRANT]}, [GRANT], None, "not json", "", {"etag": 5}])
def test_what_is_no_policy_is_unknown(body: Any) -> None:
    assert is_malformed(read(AllowPolicy(PROJECT), {}, body))


@pytest.mark.parametrize(
    "binding",
    [
        without(GRANT, role=f"{USER}_withcond_2b17cc25d2cd9e2c54d8"),
        without(GRANT, role=f"{USER}_withcond_2b17", condition=None),
        without(GRANT, condition={"expression": ""}),
        without(GRANT, condition={"expression": "resource.matchTag('acme-ai-dev/env', 'prod')"}),
    ],
)
def test_a_condition_that_is_not_understood_is_never_held(binding: dict[str, Any]) -> None:
    """Also one that the policy's version hides in the name of the role."""
    fact = policy([binding])
    assert isinstance(fact, Known)
    assert fact.value[0].role == USER
    assert fact.value[0].condition is not None
    assert access(fact, NO_DENY) is Access.UNKNOWN


def test_a_whole_policy_is_read() -> None:
    """The other tests break this one."""
    assert access(policy([GRANT]), NO_DENY) is Access.HELD
    assert access(policy([without(GRANT, members=[])]), NO_DENY) is Access.LACKING
    assert access(policy(MISSING), NO_DENY) is Access.LACKING


@pytest.mark.parametrize(
    "body", [{"permission": [PREDICT]}, {"permissions": None}, {"permissions": PREDICT}, {"permissions": [5]}, [], "x"]
)
def test_a_test_of_permissions_that_answers_otherwise_is_unknown(body: Any) -> None:
    assert is_malformed(read(HeldPermissions("acme-ai-dev", (PREDICT,)), {}, body))


def test_an_empty_object_says_that_none_is_held() -> None:
    fact = read(HeldPermissions("acme-ai-dev", (PREDICT,)), {}, {})
    assert isinstance(fact, Known)
    assert fact.value.held == frozenset()


NAMES = Known(Attached({PROJECT: Known(("policies/attached/denypolicies/no-models",), "test")}), "test")


def deny(body: Any) -> Fact:
    return read(DenyPolicies("acme-ai-dev"), {DenyPolicyNames("acme-ai-dev"): NAMES}, body)


BAD_RULES = {
    "rules missing": {"name": "policies/attached/denypolicies/no-models"},
    "rules null": {"rules": None},
    "rules empty": {"rules": []},
    "rules an object": {"rules": {}},
    "rules a string": {"rules": ""},
    "a rule null": {"rules": [None]},
    "a rule empty": {"rules": [{}]},
    "denyRule null": {"rules": [{"denyRule": None}]},
    "denyRule empty": {"rules": [{"denyRule": {}}]},
    "permissions missing": {"rules": [{"denyRule": without(DENY, deniedPermissions=MISSING)}]},
    "permissions empty": {"rules": [{"denyRule": without(DENY, deniedPermissions=[])}]},
    "permissions null": {"rules": [{"denyRule": without(DENY, deniedPermissions=None)}]},
    "permissions a string": {"rules": [{"denyRule": without(DENY, deniedPermissions="x")}]},
    "a permission not a string": {"rules": [{"denyRule": without(DENY, deniedPermissions=[5])}]},
    "principals a string": {"rules": [{"denyRule": without(DENY, deniedPrincipals="x")}]},
    "exceptions an object": {"rules": [{"denyRule": without(DENY, exceptionPrincipals={})}]},
    "condition a string": {"rules": [{"denyRule": without(DENY, denialCondition="false")}]},
    "condition empty": {"rules": [{"denyRule": without(DENY, denialCondition={})}]},
    "expression not a string": {"rules": [{"denyRule": without(DENY, denialCondition={"expression": 5})}]},
    "a bad rule after a good one": {"rules": [{"denyRule": DENY}, {}]},
    "no object": [],
    "not json": "{",
}


@pytest.mark.parametrize("body", BAD_RULES.values(), ids=list(BAD_RULES))
def test_a_malformed_deny_rule_is_never_nothing(body: Any) -> None:
    fact = deny(body)
    assert isinstance(fact, Known)
    assert is_malformed(fact.value.policies[PROJECT]), fact
    assert access(policy([GRANT]), fact) is Access.UNKNOWN


def test_a_whole_deny_policy_is_read() -> None:
    fact = deny({"rules": [{"denyRule": without(DENY, denialCondition={"expression": "false"})}]})
    assert isinstance(fact, Known)
    (rule,) = fact.value.policies[PROJECT].value
    assert rule.condition == "false"
    assert access(policy([GRANT]), fact) is Access.HELD  # a denial whose condition is false denies nothing


@pytest.mark.parametrize(
    "body", [{"policy": []}, {"policies": None}, {"policies": [{}]}, {"policies": [], "nextPageToken": "x"}, [], "x"]
)
def test_a_malformed_list_of_deny_policies_is_never_empty(body: Any) -> None:
    inputs: dict[Hashable, Fact] = {Ancestry("acme-ai-dev"): Known((PROJECT,), "test")}
    fact = read(DenyPolicyNames("acme-ai-dev"), inputs, body)
    assert isinstance(fact, Known)
    assert is_malformed(fact.value.policies[PROJECT])
