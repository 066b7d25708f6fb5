"""Words for messages: nothing passes that could harm a terminal, and near misses are found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxsetup.config.words import dotted, listed, nearest, quoted, said


@given(st.text())
def test_quoted_text_is_one_printable_line(text: str) -> None:
    assert quoted(text).isprintable()
    assert len(quoted(text)) <= 64 * 10
    assert said(text).isprintable()


@given(st.lists(st.text(max_size=8) | st.integers(0, 9), max_size=4))
def test_paths_are_printable(path: list[str | int]) -> None:
    assert dotted(tuple(path)).isprintable()


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("locaton", "location"), ("Location", "location"), ("lcoation", "location"), ("loc", None), ("xyzzy", None),
        ("billingAccount", "billing_account"), ("billing-account", "billing_account"), ("residancy", "residency"), ("", None),
        ("l" * 10_000, None),
    ],
)  # fmt: skip
def test_nearest(word: str, expected: str | None) -> None:
    assert nearest(word, ["location", "residency", "billing_account"]) == expected


@given(st.text(max_size=10), st.lists(st.text(max_size=10), max_size=5))
def test_nearest_is_one_of_the_known(word: str, known: list[str]) -> None:
    assert nearest(word, known) in (None, *known)
    if known:
        assert nearest(known[0], known) is not None


def test_listed() -> None:
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["", "a", "a or b", "a, b or c"]


def test_dotted() -> None:
    assert dotted(("models", 0, "locations", 1)) == "models[0].locations[1]"
    assert dotted(()) == "the file"
