"""What an error says is seen through whatever is wrapped around it; several errors in one log are told apart."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from explain_runs import explained
from hypothesis import given
from hypothesis import strategies as st
from wrappings import BODIES, WRAPPINGS, one_line

from vxsetup.explain.notations import read
from vxsetup.explain.unfold import unfolded

TOLD = (
    "project",
    "location",
    "model",
    "permission",
    "charged to",
    "reason",
    "constraint",
    "base model",
    "refused field",
)
"""Fields that fill the fix or decide the cause."""


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_wrapped_error_is_read_as_the_bare_one(wrapping: str) -> None:
    wrong = []
    for cause, (code, body) in BODIES.items():
        bare, wrapped = explained(one_line(code, body)), explained(WRAPPINGS[wrapping](code, body))
        if not wrapped.causes or wrapped.causes[0].cause != cause:
            wrong.append(f"{cause}: {[each.cause for each in wrapped.causes]}")
            continue
        if wrapped.causes[0].fix != bare.causes[0].fix:
            wrong.append(f"{cause}: {wrapped.causes[0].fix} for {bare.causes[0].fix}")
        before, after = dict(bare.evidence), dict(wrapped.evidence)
        wrong += [f"{cause}: {name} {after.get(name)}" for name in TOLD if after.get(name) != before.get(name)]
    assert wrong == []


def _log(causes: Sequence[str]) -> str:
    lines = [
        f"2026-11-23T04:2{at}:11Z ERROR try {at}: {one_line(*BODIES[cause])}\nINFO waiting"
        for at, cause in enumerate(causes)
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("first", BODIES)
def test_of_two_errors_in_one_log_both_are_named(first: str) -> None:
    for second in BODIES:
        found = explained(_log([first, second, first]))
        if first == second:
            assert found == explained(_log([first])), "one error, however often it comes, is one error"
            continue
        assert {each.cause for each in found.causes[:2]} == {first, second}
        assert min(each.confidence for each in found.causes[:2]) > 0.2
        assert sum(each.confidence for each in found.causes) <= 1.0
        assert len(found.notes) == 1
        assert found.notes[0].startswith("2 different errors are in this text")
        assert f"{first}; " in found.notes[0]


def test_lines_of_errors_without_bodies_are_told_apart_too() -> None:
    text = "\n".join(
        f"google.api_core.exceptions.{name}: {BODIES[cause][0]} {BODIES[cause][1]['error']['message']}"
        for name, cause in (("ResourceExhausted", "quota-zero"), ("NotFound", "model-not-enabled"))
    )
    found = explained(text)
    assert [each.cause for each in found.causes[:2]] == ["quota-zero", "model-not-enabled"]
    (note,) = found.notes
    assert note.startswith("2 different errors are in this text, and each was judged by itself.")
    assert note.endswith("In their order: 429: quota-zero; 404: model-not-enabled.")
    fixes = {each.cause: str(each.fix) for each in found.causes}
    assert "acme-ai-prod" in fixes["quota-zero"], "the project is the log's, though only the other error names it"


def test_what_a_gateway_wraps_into_its_own_body_is_one_error() -> None:
    inner = json.dumps(BODIES["quota-zero"][1])
    outer = json.dumps({"error": {"message": f"litellm.RateLimitError: Vertex_aiException - {inner}", "code": "429"}})
    assert not explained(outer).notes
    assert explained(outer).causes[0].cause == "quota-zero"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(0, 10**9)
    | st.text(st.characters(codec="ascii", exclude_categories=["Cc"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcdef_", min_size=1), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), VALUES, min_size=1, max_size=5), st.data())
def test_an_object_is_read_as_far_as_it_goes(value: dict[str, object], data: st.DataObject) -> None:
    printed = json.dumps(value) + " and more"
    cut = data.draw(st.integers(0, len(printed)))
    part, length = read(printed[:cut])
    assert 0 <= length <= cut
    assert part is None or list(part) == list(value)[: len(part)] or list(part)[:-1] == list(value)[: len(part) - 1]


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("{'a': None, 'b': [True, 'it\\'s'], \"c\": \"it's\"}", {"a": None, "b": [True, "it's"], "c": "it's"}),
        (
            "{ a: 'x', b: undefined, c: [ 1, 'y' ], d: Headers { e: 2 } }",
            {"a": "x", "b": None, "c": [1, "y"], "d": {"e": 2}},
        ),
        ('{:a=>"x", "b" => nil, c: 3}', {"a": "x", "b": None, "c": 3}),
        ("{\n  a: 'one ' +\n    'two',\n  b: `three`\n}", {"a": "one two", "b": "three"}),
        ('{"a": "say "no" twice", "b": 1}', {"a": 'say "no" twice', "b": 1}),
        ('{"a": {"b": "cut he', {"a": {"b": "cut he"}}),
        ("{ a: b'x\\u0041\\x42', b: <Response [404]>", {"a": "xAB", "b": "<Response"}),
        ("{ no object }", None),
        ("{}", None),
    ],
)
def test_notations(printed: str, value: object) -> None:
    assert read(printed)[0] == value


@pytest.mark.parametrize(
    "text",
    [
        "one line",
        "- a point -\n- another\n\n    indented",
        '{\n  "a": "b",\n  "c": {\n    "d": 1\n  }\n}',
        "it's {not} an 'object\nat all'",
        "POST https://aiplatform.googleapis.com/v1\nHost: a\n\n{}",
        "> one quoted line\nand an answer",
    ],
)
def test_what_is_not_wrapped_stays_as_it_is(text: str) -> None:
    assert unfolded(text) == text
