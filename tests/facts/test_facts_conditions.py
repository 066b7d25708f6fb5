"""Conditions of IAM: Google's own examples as a table, three truth values, the end of a grant, and hostile text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vxsetup.emulator.conditions import holds
from vxsetup.facts.conditions import TAGS, Seen, evaluate, holds_until

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
VERTEX = Seen("aiplatform.googleapis.com")
INSTANCE = Seen("compute.googleapis.com", "compute.googleapis.com/Instance", "projects/p/zones/z/instances/devResource")
OBJECT = Seen(
    "storage.googleapis.com", "storage.googleapis.com/Object", "projects/_/buckets/exampleco-site-assets/a.png"
)
OTHER_OBJECT = Seen("storage.googleapis.com", "storage.googleapis.com/Object", "projects/_/buckets/other/a.png")

# The pages "Overview of IAM Conditions" and "Attribute reference for IAM Conditions" of IAMD, 2026-05-30.
EXAMPLES: list[tuple[str, Seen, str, bool | None]] = [
    ("resource.type == 'compute.googleapis.com/Instance'", INSTANCE, "2026-11-22T12:00:00Z", True),
    ("resource.type == 'compute.googleapis.com/Instance'", OBJECT, "2026-11-22T12:00:00Z", False),
    ("resource.service == 'storage.googleapis.com'", OBJECT, "2026-11-22T12:00:00Z", True),
    ("resource.service == 'storage.googleapis.com'", INSTANCE, "2026-11-22T12:00:00Z", False),
    (
        (
            "resource.type == 'storage.googleapis.com/Object' &&\n"
            "resource.name.startsWith('projects/_/buckets/exampleco-site-assets/')"
        ),
        OBJECT,
        "2026-11-22T12:00:00Z",
        True,
    ),
    (
        (
            "resource.type == 'storage.googleapis.com/Object' &&\n"
            "resource.name.startsWith('projects/_/buckets/exampleco-site-assets/')"
        ),
        OTHER_OBJECT,
        "2026-11-22T12:00:00Z",
        False,
    ),
    # "evaluates to true for all resource types other than" the one that it names, whose name it then looks at.
    (
        "resource.type != 'compute.googleapis.com/Disk' || resource.name.endsWith('devResource')",
        INSTANCE,
        "2026-11-22T12:00:00Z",
        True,
    ),
    (
        "resource.type != 'compute.googleapis.com/Instance' || resource.name.endsWith('devResource')",
        INSTANCE,
        "2026-11-22T12:00:00Z",
        True,
    ),
    ("request.time < timestamp('2021-01-01T00:00:00Z')", INSTANCE, "2020-12-31T23:59:59Z", True),
    ("request.time < timestamp('2021-01-01T00:00:00Z')", INSTANCE, "2021-01-01T00:00:00Z", False),
    ("request.time < timestamp('2022-07-01T00:00:00.000Z')", VERTEX, "2022-06-30T23:59:59Z", True),
    ("request.time < timestamp('2022-07-01T00:00:00.000Z')", VERTEX, "2022-07-02T00:00:00Z", False),
    (
        (
            "request.time > timestamp('2018-08-03T16:00:00-07:00') &&\nrequest.time < timestamp('2018-08-03T16:05:00-07:00') &&\n"
            "(resource.name.startsWith('projects/project-123/zones/us-east1-b/instances/dev') ||\n"
            " resource.type != 'compute.googleapis.com/Instance')"
        ),
        OBJECT,
        "2018-08-03T23:02:00Z",
        True,
    ),
    # Of tags, access levels, time zones and addresses policies tell nothing.
    ("resource.matchTag('123456789012/env', 'prod')", INSTANCE, "2026-11-22T12:00:00Z", None),
    ("'accessPolicies/1/accessLevels/CorpNet' in request.auth.access_levels", VERTEX, "2026-11-22T12:00:00Z", None),
    ("request.time.getHours('Europe/Berlin') >= 9", VERTEX, "2026-11-22T12:00:00Z", None),
    (
        "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', [])\n    .hasOnly(['roles/billing.admin'])",
        VERTEX,
        "2026-11-22T12:00:00Z",
        None,
    ),
    ("destination.port > 21 && destination.port <= 23", VERTEX, "2026-11-22T12:00:00Z", None),
    ("request.path.startsWith('/admin')", VERTEX, "2026-11-22T12:00:00Z", None),
]


@pytest.mark.parametrize(("expression", "resource", "when", "expected"), EXAMPLES)
def test_the_examples_that_google_publishes(expression: str, resource: Seen, when: str, expected: bool | None) -> None:
    seen = evaluate(expression, datetime.fromisoformat(when), resource)
    assert seen.truth is expected
    assert bool(seen.because) is (expected is None), "what is open says why"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # What Vertex AI shows of its resources is not documented; that they are none of another service is certain.
        ("resource.service == 'aiplatform.googleapis.com'", None),
        ("resource.service != 'aiplatform.googleapis.com'", None),
        ("resource.type == 'cloudresourcemanager.googleapis.com/Project'", None),
        ("resource.type.startsWith('aiplatform.googleapis.com/')", None),
        ("resource.type.startsWith('storage.googleapis.com/')", False),
        ("resource.service == 'storage.googleapis.com'", False),
        ("!(resource.service == 'storage.googleapis.com')", True),
        ("resource.service != 'storage.googleapis.com'", True),
        ("resource.service in ['storage.googleapis.com', 'bigquery.googleapis.com']", False),
        ("resource.service in ['storage.googleapis.com', 'aiplatform.googleapis.com']", None),
        ("resource.service in []", False),
        ("resource.name.startsWith('projects/p')", None),
        ("resource.name == ''", None),
        ("resource.type == ''", None),
        # Three truth values: what decides, decides.
        ("false && resource.name == 'x'", False),
        ("resource.name == 'x' && false", False),
        ("true && resource.name == 'x'", None),
        ("true || resource.name == 'x'", True),
        ("resource.name == 'x' || true", True),
        ("false || resource.name == 'x'", None),
        ("!(resource.name == 'x')", None),
        ("!!true", True),
        ("!!!true", False),
        ("(resource.name == 'x' || true) && !false", True),
        ("true == false", False),
        ("'a' == 'a'", True),
        ("true ? true : false", None),
        ("size('abc') == 3 || true", True),
        ("exists([1, 2], x, x > 1) && false", False),
        ("1 + 1 == 2 && false", False),
        ("resource.name[0] == 'a' && false", False),
        ("-1 < 0 && false", False),
        ("true // as long as there is nothing better\n && true", True),
        # What cannot be read, or is no condition, is not known; a part of it does not decide.
        ("", None),
        ("   ", None),
        ("true &&", None),
        ("true && )", None),
        ("'text'", None),
        ("request.time", None),
        ("false && {'a': 1}", None),
        ("request.time < '2027-01-01T00:00:00Z'", None),
        ("request.time < timestamp('2027-01-01')", None),
        ("request.time < timestamp('2027-13-01T00:00:00Z')", None),
        ("request.time < timestamp('2027-01-01T00:00:00')", None),
        ("request.time < timestamp(resource.name)", None),
        ("timestamp('2027-01-01T00:00:00Z') > request.time", True),
        ("request.time < date('2027-01-01T00:00:00Z')", None),
        ("'a\\x41' == 'aA'", None),
        ("'a' < 'b'", None),
        ("!'a'", None),
        ("true && 'a'", None),
        ("true < false", None),
        ("'a'.startsWith(1)", None),
        ("resource", None),
        ("(" * 60 + "true" + ")" * 60, None),
        ("true" + " && true" * 2000, None),
    ],
)
def test_three_truth_values(expression: str, expected: bool | None) -> None:
    assert evaluate(expression, NOW, VERTEX).truth is expected


def test_a_denial_may_not_look_at_the_time() -> None:
    seen = evaluate("request.time < timestamp('2030-01-01T00:00:00Z')", None, VERTEX)
    assert (seen.truth, seen.because) == (None, ("request.time",))
    assert evaluate("!resource.matchTag('12345678/env', 'test')", None, VERTEX).because == (TAGS,)


@pytest.mark.parametrize(
    ("expression", "until"),
    [
        ("request.time < timestamp('2026-12-01T00:00:00Z')", "2026-12-01T00:00:00+00:00"),
        ("request.time <= timestamp('2026-12-01T00:00:00+01:00')", "2026-11-30T23:00:00+00:00"),
        ("timestamp('2026-12-01T00:00:00Z') > request.time", "2026-12-01T00:00:00+00:00"),
        (
            "request.time < timestamp('2026-12-01T00:00:00Z') || request.time < timestamp('2027-12-01T00:00:00Z')",
            "2027-12-01T00:00:00+00:00",
        ),
        (
            "request.time < timestamp('2026-12-01T00:00:00Z') || request.time > timestamp('2027-12-01T00:00:00Z')",
            "2026-12-01T00:00:00+00:00",
        ),
        ("request.time > timestamp('2020-12-01T00:00:00Z')", None),
        ("request.time < timestamp('2020-12-01T00:00:00Z')", None),
        ("true", None),
        ("resource.name == 'x'", None),
        ("request.time < timestamp('2026-12-01T00:00:00Z') || true", None),
        ("!(request.time >= timestamp('2026-12-01T00:00:00Z'))", "2026-12-01T00:00:00+00:00"),
    ],
)
def test_when_a_condition_stops_to_hold(expression: str, until: str | None) -> None:
    found = holds_until(expression, NOW, VERTEX)
    assert (found.isoformat() if found else None) == until


times = st.integers(-400, 400).map(lambda days: NOW + timedelta(days=days))
atoms = st.one_of(
    st.sampled_from(["true", "false", "resource.matchTag('1/env', 'prod')", "resource.name == 'x'"]),
    st.builds(
        lambda mark, time: f"request.time {mark} timestamp('{time:%Y-%m-%dT%H:%M:%SZ}')",
        st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
        times,
    ),
)
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds(lambda one, other, op: f"({one}) {op} ({other})", inner, inner, st.sampled_from(["&&", "||"])),
        inner.map(lambda one: f"!({one})"),
    ),
    max_leaves=8,
)


@given(expression=expressions, at=times)
def test_the_two_readers_agree(expression: str, at: datetime) -> None:
    """What vxsetup knows of a condition, the emulator's own reader says too, whatever tags and names there are."""
    seen = evaluate(expression, at, VERTEX)
    for name in ("x", "y"):
        truth = holds(expression, {"request": {"time": at}, "resource": {"name": name, "type": "t", "service": "s"}})
        assert seen.truth is None or seen.truth is truth


@given(expression=expressions, at=times)
def test_the_end_is_the_first_moment_at_which_it_no_longer_surely_holds(expression: str, at: datetime) -> None:
    until = holds_until(expression, at, VERTEX)
    if until is None:
        return
    assert evaluate(expression, at, VERTEX).truth is True
    assert until >= at
    step = (until - at) / 7
    assert all(evaluate(expression, at + step * part, VERTEX).truth is True for part in range(7) if step)
    after = [evaluate(expression, until + timedelta(microseconds=more), VERTEX).truth for more in (0, 1)]
    assert after != [True, True]


@settings(max_examples=300)
@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from([*list("()[]!&|=<>.,?:'\"+-*/% \n"), "in", "request", "time"])).map("".join)
)
def test_any_text_is_answered(expression: str) -> None:
    assert evaluate(expression, NOW, VERTEX).truth in (True, False, None)
    holds_until(expression, NOW, VERTEX)
