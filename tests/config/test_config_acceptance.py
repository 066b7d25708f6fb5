"""The fast way through a schema agrees with jsonschema, keyword by keyword and over generated schemas and values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from vxsetup.config.acceptance import accepting

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.0, 1.0, 1.5, "", "a", "ab", "2026-11-22", "2026-13-01"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=8,
)

LEAVES = st.one_of(
    st.sampled_from(
        [
            {"type": name}
            for name in ("object", "array", "string", "boolean", "null", "number", "integer", ["string", "null"])
        ]
    ),
    st.builds(lambda value: {"const": value}, VALUES),
    st.builds(lambda items: {"enum": items}, st.lists(VALUES, min_size=1, max_size=3)),
    st.sampled_from([{"pattern": "^a"}, {"pattern": "b\\Z"}, {"format": "date"}, {"uniqueItems": True}]),
    st.builds(
        lambda word, size: {word: size},
        st.sampled_from(["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"]),
        st.integers(0, 3),
    ),
    st.builds(
        lambda word, size: {word: size}, st.sampled_from(["minimum", "maximum", "exclusiveMinimum"]), st.integers(-2, 2)
    ),
    st.builds(lambda names: {"required": names}, st.lists(st.sampled_from("abc"), unique=True, max_size=2)),
)

SCHEMAS = st.recursive(
    LEAVES | st.booleans(),
    lambda inner: st.one_of(
        st.builds(lambda piece: {"items": piece}, inner),
        st.builds(lambda pieces: {"anyOf": pieces}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda one, two: {"properties": {"a": one, "b": two}}, inner, inner),
        st.builds(lambda one, rest: {"properties": {"a": one}, "additionalProperties": rest}, inner, inner),
        st.builds(lambda a, b, c: {"if": a, "then": b, "else": c}, inner, inner, inner),
        st.builds(lambda piece: {"propertyNames": piece}, inner),
    ),
    max_leaves=6,
)


@settings(max_examples=600, deadline=None)
@given(SCHEMAS, VALUES)
def test_agrees_with_the_engine(schema: Any, value: Any) -> None:
    engine = Draft202012Validator(schema, format_checker=FormatChecker(formats=("date",)))
    assert accepting(schema)(value) is engine.is_valid(value)


@pytest.mark.parametrize("schema", [{"multipleOf": 2}, {"patternProperties": {}}, {"items": {"not": {}}}])
def test_a_keyword_that_it_does_not_know_is_refused(schema: Any) -> None:
    with pytest.raises(ValueError, match="no test for"):
        accepting(schema)
