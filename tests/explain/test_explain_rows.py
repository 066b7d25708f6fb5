"""The rows and the pages as data: sourced, dated, tied to rules that exist, and nothing in them of anybody's thread."""

from __future__ import annotations

import re

import pytest
from explain_runs import catalogue, corpus

from vxsetup.explain import causes, page_of
from vxsetup.explain.clues import FIELDS
from vxsetup.explain.model import UNRECOGNISED
from vxsetup.explain.rows import every_row
from vxsetup.rules import registry

ROWS = every_row()
CASES = re.compile(r"^(CASES?\b|F#|FIELD$)")
"""Sources that are reports about single projects. FIELD, several that agree, stands for facts of the platform."""


def test_rows_are_sourced_and_dated() -> None:
    """All in one test: a test of its own for each of the hundreds would cost more than what it looks at."""
    known = set(catalogue().sources)
    for row in ROWS:
        assert row.sources, row.id
        assert set(row.sources) <= known, row
        assert any(not CASES.match(source) for source in row.sources), f"every source of {row.id} is a case"
        assert re.fullmatch(r"20\d\d(/20\d\d)?", row.seen), row
        assert row.says.endswith("."), row
        assert row.says[0].isupper() or row.says[0].isdigit(), row


def test_rows_look_at_fields_that_exist() -> None:
    for row in ROWS:
        assert isinstance(row.when, tuple), row.id
        assert row.when, row.id
        assert row.weighs, row.id
        assert set(row.weighs) <= {*causes(), UNRECOGNISED}, row
        for condition in row.when:
            name, separator, pattern = condition.removeprefix("!").partition(":")
            assert separator, row
            assert name in {*FIELDS, "live"}, (row.id, condition)
            assert pattern == pattern.lower(), f"{row.id}: clues are in lower case"
            assert all(part for part in pattern.split("|")), f"{row.id}: an empty alternative holds always"


def test_names_of_rows_are_their_own() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("cause", causes())
def test_a_cause_has_a_page_and_rows(cause: str) -> None:
    page = page_of(cause)
    assert page is not None
    assert page.cause == cause
    assert any(row.weighs.get(cause, 0) >= 2 for row in ROWS), "nothing points to it"
    for words in (page.title, page.means, page.tell_apart, page.fix.summary):
        assert len(words) >= 10
    assert page.shows
    assert all(re.search(r"20\d\d", shown.seen) for shown in page.shows)
    assert page.sources
    assert set(page.sources) <= set(catalogue().sources)
    assert any(not CASES.match(source) for source in page.sources)
    assert len(page.alike) >= 2, "where rows name one cause alone, two that look like it stand beside it"
    assert set(page.alike) <= {*causes()} - {cause}
    if page.rule is not None:
        assert page.rule in {rule.id for rule in registry()}, "the rule does not exist"


def test_every_cause_stands_once() -> None:
    assert len(set(causes())) == len(causes()) == 59


def test_no_thread_is_copied() -> None:
    """Beyond the identifying templates no run of eight words of a case stands in the rows or pages."""
    own = " ".join(" ".join((row.says, *row.when)) for row in ROWS)
    for cause in causes():
        page = page_of(cause)
        assert page is not None
        own += " " + " ".join((page.title, page.means, page.tell_apart, page.fix.summary))
    own = " ".join(re.findall(r"[a-z]+", own.lower()))
    for example in corpus():
        words = re.findall(r"[a-z]+", example.context.lower())
        runs = (" ".join(words[at : at + 8]) for at in range(len(words) - 7))
        assert not [run for run in runs if run in own]
