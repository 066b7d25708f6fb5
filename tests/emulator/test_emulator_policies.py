"""Organization policies in the emulator: Google's published examples of inheritance, and what values mean."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_worlds import DEV, Cloud, cloud, covers, message, passed

from vxsetup.emulator.policies import enforces, permits

MODELS = "vertexai.allowedModels"
LOCATIONS = "gcp.resourceLocations"
ENDPOINTS = "gcp.restrictEndpointUsage"
KEYS = "iam.disableServiceAccountKeyCreation"
ADMIN = [{"role": "roles/orgpolicy.policyAdmin", "members": [DEV]}]


def at(constraint: str, organization: Any = None, folder: Any = None, project: Any = None) -> Cloud:
    """A cloud with one constraint set on up to three levels."""

    def policies(policy: Any) -> dict[str, Any]:
        return {"policies": {constraint: policy}} if policy is not None else {}

    above: dict[str, Any] = {"iam": ADMIN, **policies(organization)}
    return cloud(policies(project), organization=above, folders={"2222": policies(folder)})


def permitted(here: Cloud, constraint: str, values: str) -> str:
    """Those of some one-letter values that the project is permitted."""
    project = here.state.project("acme-ai-prod")
    assert project is not None
    return "".join(value for value in values if permits(here.state, project.node, constraint, value))


def allows(here: Cloud, constraint: str, value: str) -> bool:
    project = here.state.project("acme-ai-prod")
    assert project is not None
    return permits(here.state, project.node, constraint, value)


RED_AND_GREEN = {"allowed": ["r", "g"]}


@covers("orgpolicy-merge")
@pytest.mark.parametrize(
    ("project", "expected"),
    [
        ({"inherit": True, "allowed": ["b"]}, "rgb"),
        ({"inherit": True, "denied": ["g"]}, "r"),
        ({"allowed": ["y"]}, "y"),
        ({"reset": True}, "rgby"),
        (None, "rg"),
        ({"allow_all": True}, "rgby"),
        ({"deny_all": True}, ""),
        ({"inherit": True, "deny_all": True}, ""),
        ({"inherit": True, "denied": ["r", "g"]}, ""),
    ],
)
def test_googles_examples_of_inheritance(project: Any, expected: str) -> None:
    """The organization allows red and green (GD:org-policy-hierarchy); the last rows are what follows from the rules."""
    assert permitted(at(MODELS, organization=RED_AND_GREEN, project=project), MODELS, "rgby") == expected


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (({"denied": ["r"]}, None, {"inherit": True, "denied": ["g"]}), "by"),
        (({"denied": ["r"]}, None, {"inherit": True, "allowed": ["r", "g"]}), "g"),
        (({"denied": ["r"]}, None, {"denied": ["g"]}), "rby"),
        ((RED_AND_GREEN, {"reset": True}, {"inherit": True, "denied": ["b"]}), "rgy"),
        ((RED_AND_GREEN, {"inherit": True, "allowed": ["b"]}, {"inherit": True, "denied": ["r"]}), "gb"),
        ((RED_AND_GREEN, {"denied": ["r"]}, {"inherit": True, "denied": ["g"]}), "by"),
        ((None, None, None), "rgby"),
    ],
)
def test_three_levels(levels: tuple[Any, Any, Any], expected: str) -> None:
    assert permitted(at(MODELS, *levels), MODELS, "rgby") == expected


def test_the_effective_policy_says_what_is_enforced() -> None:
    """A reader of the answer alone comes to the same end as the request: also where nothing is left of a list."""

    def shown(constraint: str, *levels: Any) -> Any:
        url = f"/v2/projects/acme-ai-prod/policies/{constraint}:getEffectivePolicy"
        return at(constraint, *levels).get(url).json()["spec"].get("rules")

    assert shown(MODELS, RED_AND_GREEN, None, {"inherit": True, "denied": ["r", "g"]}) == [
        {"values": {"allowedValues": ["r", "g"], "deniedValues": ["r", "g"]}}
    ]
    assert shown(MODELS, {"denied": ["r"]}, None, {"inherit": True, "allowed": ["r", "g"]}) == [
        {"values": {"allowedValues": ["g"], "deniedValues": ["r"]}}
    ]
    assert shown(MODELS, None, None, {"allowed": []}) == [{"denyAll": True}]
    assert shown(ENDPOINTS, None, None, {"denied": []}) is None
    assert shown(KEYS, {"enforce": True}, None, {"enforce": False}) == [{"enforce": False}]
    assert shown(KEYS, {"enforce": True}, {"reset": True}, None) is None


def test_boolean_policies_take_the_nearest() -> None:
    def on(*levels: Any) -> bool:
        here = at(KEYS, *levels)
        project = here.state.project("acme-ai-prod")
        assert project is not None
        return enforces(here.state, project.node, KEYS)

    assert on({"enforce": True})
    assert not on({"enforce": True}, None, {"enforce": False})
    assert on({"enforce": False}, {"enforce": True})
    assert not on({"enforce": True}, {"reset": True})
    assert not on()


@covers("orgpolicy-values")
@pytest.mark.parametrize(
    ("entry", "place", "covered"),
    [
        ("is:europe-west1", "europe-west1", True),
        ("in:europe-west1-locations", "europe-west1", True),
        ("in:europe-west1-locations", "europe-west12", False),
        ("in:eu-locations", "europe-west1", True),
        ("in:eu-locations", "EU", True),
        ("in:eu-locations", "europe-west2", False),
        ("in:europe-locations", "europe-west2", True),
        ("in:us-locations", "us-east5", True),
        ("in:us-locations", "europe-west1", False),
        ("under:organizations/1111", "projects/acme-ai-prod", True),
        ("under:folders/2222", "folders/2222", True),
        ("under:folders/9999", "projects/acme-ai-prod", False),
    ],
)
def test_entries_that_stand_for_others(entry: str, place: str, covered: bool) -> None:
    assert allows(at(LOCATIONS, {"allowed": [entry]}), LOCATIONS, place) is covered
    assert allows(at(LOCATIONS, {"denied": [entry]}), LOCATIONS, place) is not covered


def test_only_the_host_that_is_denied_is_closed() -> None:
    here = at(ENDPOINTS, {"denied": ["aiplatform.eu.rep.googleapis.com"]})
    assert "endpoint 'aiplatform.eu.rep.googleapis.com'" in message(here.predict(location="eu"))
    assert passed(here.predict(location="global"))
    assert passed(at(ENDPOINTS, {"allowed": ["bigquery.googleapis.com"]}).predict(location="global"))


@covers("orgpolicy-set")
def test_what_cannot_stand_together_is_refused() -> None:
    here = at(MODELS)
    url = "/v2/projects/acme-ai-prod/policies"

    def made(constraint: str, spec: Any) -> tuple[int, str]:
        response = here.post(url, {"name": f"projects/acme-ai-prod/policies/{constraint}", "spec": spec})
        return response.status, "" if response.status == 200 else message(response)

    assert made(MODELS, {"reset": True, "rules": [{"allowAll": True}]})[0] == 400
    assert made(MODELS, {"reset": True, "inheritFromParent": True})[0] == 400
    assert "list constraints" in made(KEYS, {"inheritFromParent": True, "rules": [{"enforce": True}]})[1]
    assert made(MODELS, {"reset": True}) == (200, "")
