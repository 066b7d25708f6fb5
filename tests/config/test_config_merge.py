"""The merge rule as laws: null removes, lists are replaced, twice is once, nothing laid on something is that thing."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from vxsetup.config.document import read_document
from vxsetup.config.merge import Trace, extend, merge
from vxsetup.config.source import Node
from vxsetup.findings import ConfigPath

KEYS = st.sampled_from("abc")
LEAVES = st.integers(0, 3) | st.lists(st.integers(0, 2), max_size=2)
CONFIGS = st.dictionaries(
    KEYS, st.recursive(LEAVES, lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=6), max_size=3
)
OVERLAYS = st.dictionaries(
    KEYS,
    st.recursive(LEAVES | st.none(), lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=6),
    max_size=3,
)


def node(value: Any) -> Node:
    root = read_document(json.dumps(value).encode(), "vxsetup.json").root
    assert root is not None
    return root


def merged(below: Any, over: Any) -> Any:
    return merge(node(below), node(over), Trace()).value


def expected(below: Any, over: Any) -> Any:
    """The rule said once more, in four lines."""
    if not isinstance(over, dict):
        return over
    base = below if isinstance(below, dict) else {}
    rest = {key: value for key, value in base.items() if key not in over}
    return {**rest, **{key: expected(base.get(key), value) for key, value in over.items() if value is not None}}


@settings(max_examples=150, deadline=None)
@given(CONFIGS, OVERLAYS)
def test_merging_is_what_the_rule_says(below: Any, over: Any) -> None:
    assert merged(below, over) == expected(below, over)


@settings(max_examples=100, deadline=None)
@given(CONFIGS, OVERLAYS)
def test_merging_twice_is_merging_once(below: Any, over: Any) -> None:
    once = merged(below, over)
    assert merged(once, over) == once


@settings(max_examples=50, deadline=None)
@given(CONFIGS)
def test_an_empty_environment_is_the_base(below: Any) -> None:
    assert merged(below, {}) == below


@settings(max_examples=100, deadline=None)
@given(CONFIGS, OVERLAYS)
def test_every_null_removes_or_is_named_idle(below: Any, over: Any) -> None:
    trace = Trace()
    result = merge(node(below), node(over), trace)
    nulls: list[tuple[str, ...]] = [path for path in paths(over) if at(over, path) is None]
    assert {*trace.removed, *(path for path, _ in trace.idle)} == set(nulls)
    assert all(at(below, path) is not None for path in map(keys, trace.removed))
    assert all(result.at(path) is None for path in nulls)


def keys(path: ConfigPath) -> tuple[str, ...]:
    return tuple(str(step) for step in path)


def paths(value: Any, here: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    inner = (
        [path for key, item in value.items() for path in paths(item, (*here, key))] if isinstance(value, dict) else []
    )
    return [here, *inner] if here else inner


def at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


@settings(max_examples=50, deadline=None)
@given(CONFIGS, OVERLAYS)
def test_merged_nodes_keep_the_place_that_said_them(below: Any, over: Any) -> None:
    base, overlay = node(below), node(over)
    result = merge(base, overlay, Trace())
    assert isinstance(result.items, dict)
    for leaf in result.walk():
        if leaf.items is None:
            assert json.loads(leaf.text) == leaf.value
            assert leaf.source in (base.source, overlay.source)


def test_environments_of_two_files_merge_by_name_and_keep_their_nulls() -> None:
    below = node({"location": "eu", "environments": {"dev": {"location": "us"}, "qa": {}}})
    over = node({"environments": {"dev": {"location": None}, "qa": None, "prod": {}}})
    both = extend(below, over, Trace())
    assert both.value == {"location": "eu", "environments": {"dev": {"location": None}, "prod": {}}}
