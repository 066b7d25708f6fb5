"""The VX1xx rules as documentation: numbered, named and explained."""

from __future__ import annotations

import re

from vxsetup.config.faults import RULES


def test_ids_and_names_are_unique_and_in_order() -> None:
    ids = [rule.id for rule in RULES]
    assert ids == sorted(set(ids))
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(re.fullmatch(r"VX1[0-9]{2}", rule.id) for rule in RULES)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)+", rule.name) for rule in RULES)


def test_docs_are_sentences_and_functions_are_none() -> None:
    for rule in RULES:
        docs = rule.docs
        for text in (docs.good, docs.why, docs.judged, docs.reads, docs.fix):
            assert len(text) > 15, rule.id
            assert text.endswith("."), rule.id
        assert rule.offline
        assert (rule.requires, rule.judge) == (None, None)
