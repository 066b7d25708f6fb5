"""How often explain is right: over errors that people met, over further phrasings, and how well it knows how sure it is."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from explain_runs import (
    HERE,
    Example,
    blind,
    blind_again,
    blind_fifth,
    blind_fifth_none,
    blind_fourth,
    blind_seventh,
    blind_sixth,
    blind_third,
    clients,
    corpus,
    explained,
    named,
    plain_words,
    written,
    written_later,
)

from vxsetup.explain import causes
from vxsetup.explain.model import LAST

NO_CAUSE = (
    "Claude on Vertex answers slowly today",
    "Claude Opus on Vertex returned an empty message",
    "Vertex Claude output is not valid JSON",
    "Claude on Vertex refuses to answer my question about chemistry",
    "Claude Code on Vertex: edit tool could not find the string in file",
    "Vertex AI Claude: how much does Sonnet cost?",
    "claude on vertex: npm test failed with exit code 1",
    "Claude Code (Vertex) crashed my terminal colours",
    "Vertex Claude hallucinated a function name",
    "claude vertex: git push rejected, non-fast-forward",
)
"""About Claude on Vertex AI, and about none of the causes."""


def shares(examples: Iterable[Example], with_context: bool) -> tuple[float, float]:
    """How often the right cause is the first, and among the first three."""
    first = three = count = 0
    for each in examples:
        found = named(each.symptom, each.context if with_context else "")
        count += 1
        first += found[:1] == [each.cause]
        three += each.cause in found
    return first / count, three / count


def test_the_corpus_is_a_corpus() -> None:
    assert len(corpus()) >= 60
    assert len(written()) >= 150
    assert {each.cause for each in (*corpus(), *written())} <= set(causes())
    assert {each.cause for each in written()} == set(causes()), "every cause has an example"
    assert all(each.source and each.source != Example.source for each in corpus()), "a met error names where it was met"
    assert len({each.symptom for each in written()}) > 300


def test_met_errors_with_context() -> None:
    first, three = shares(corpus(), with_context=True)
    assert first >= 0.85, first
    assert three >= 0.95, three


def test_met_errors_alone() -> None:
    _, three = shares(corpus(), with_context=False)
    assert three >= 0.85, three


@pytest.mark.parametrize("examples", [blind(), blind_again(), blind_third()], ids=["first", "second", "third"])
def test_blind_collections_stay_understood(examples: tuple[Example, ...]) -> None:
    """They are blind no more: the rows have learned from them. docs/evidence/explain.md has what was measured before."""
    first, three = shares(examples, with_context=True)
    assert first >= 0.9, first
    assert three >= 0.95, three
    _, alone = shares(examples, with_context=False)
    assert alone >= 0.9, alone


def test_the_fourth_collection_stays_understood() -> None:
    """Half of it is descriptions and what only the context tells, so that it is asked for less without the context."""
    first, three = shares(blind_fourth(), with_context=True)
    assert first >= 0.9, first
    assert three >= 0.95, three
    first, three = shares(blind_fourth(), with_context=False)
    assert first >= 0.78, first
    assert three >= 0.88, three


def test_the_fourth_collection_names_every_cause_or_nearly() -> None:
    assert len(blind_fourth()) >= 150
    assert len({each.cause for each in blind_fourth()}) >= 50
    assert {cause for each in blind_fourth() for cause in (each.cause, *each.also)} <= set(causes())
    assert all(each.cause not in each.also for each in blind_fourth())
    texts = [" ".join(each.symptom.split()) + "|" + each.context for each in blind_fourth()]
    older = [
        " ".join(each.symptom.split()) + "|" + each.context
        for each in (*corpus(), *blind(), *blind_again(), *blind_third())
    ]
    assert len(set(texts)) == len(texts)
    assert not set(texts) & set(older)


def test_the_fifth_collection_stays_understood() -> None:
    """Printed errors alone: a third of their threads stand in older sets with another error, none in the same words."""
    first, three = shares(blind_fifth(), with_context=True)
    assert first >= 0.92, first
    assert three >= 0.95, three
    first, three = shares(blind_fifth(), with_context=False)
    assert first >= 0.81, first
    assert three >= 0.9, three


@pytest.mark.parametrize("with_context", [True, False], ids=["context", "alone"])
def test_the_fifth_collection_with_what_its_texts_leave_open(with_context: bool) -> None:
    """Taken with the causes that the text does not exclude, the first is nearly always one of them, and so where it is sure.

    How many are sure fell with the sixth set, on purpose: what fits two causes is no longer given at 0.9.
    """
    found = [
        (explained(each.symptom, each.context if with_context else "").causes, {each.cause, *each.also})
        for each in blind_fifth()
    ]
    right = sum(bool(causes) and causes[0].cause in open_ for causes, open_ in found)
    assert right / len(found) >= 0.92, right
    sure = [causes[0].cause in open_ for causes, open_ in found if causes and causes[0].confidence >= 0.9]
    assert len(sure) >= 45
    assert all(sure)


def test_the_fifth_collection_is_one_of_its_own() -> None:
    fifth = (*blind_fifth(), *blind_fifth_none())
    assert len(blind_fifth()) >= 100
    assert {cause for each in blind_fifth() for cause in (each.cause, *each.also)} <= set(causes())
    assert {cause for each in blind_fifth_none() for cause in each.also} <= set(causes())
    assert all(each.source != Example.source and len(each.symptom) <= 700 for each in fifth)
    older = (*corpus(), *blind(), *blind_again(), *blind_third(), *blind_fourth())
    texts = [" ".join(each.symptom.split()) for each in blind_fifth()]
    assert not set(texts) & {" ".join(each.symptom.split()) for each in older}


@pytest.mark.parametrize("each", blind_fifth_none(), ids=lambda each: each.source.rpartition("/")[2])
def test_no_sure_answer_where_the_thread_gives_no_cause(each: Example) -> None:
    """Nothing, or a cause that is not sure, or one that the text leaves open."""
    for context in (each.context, ""):
        found = explained(each.symptom, context).causes
        assert not found or found[0].confidence < 0.9 or found[0].cause in each.also


def test_the_sixth_collection_stays_understood() -> None:
    """Half of it are causes that had few texts before; a fifth of its labels are marked as not sure by who gave them."""
    first, three = shares(blind_sixth(), with_context=True)
    assert first >= 0.85, first
    assert three >= 0.97, three
    first, three = shares(blind_sixth(), with_context=False)
    assert first >= 0.75, first
    assert three >= 0.93, three


@pytest.mark.parametrize("with_context", [True, False], ids=["context", "alone"])
def test_the_sixth_collection_with_what_its_texts_leave_open(with_context: bool) -> None:
    found = [
        (explained(each.symptom, each.context if with_context else "").causes, {each.cause, *each.also})
        for each in blind_sixth()
    ]
    right = sum(bool(causes) and causes[0].cause in open_ for causes, open_ in found)
    assert right / len(found) >= 0.94, right
    sure = [causes[0].cause in open_ for causes, open_ in found if causes and causes[0].confidence >= 0.9]
    assert len(sure) >= 25
    assert all(sure)


def test_the_seventh_collection_meets_the_aims() -> None:
    """On all of it, since it was learned from; on the texts whose cause is settled it did so before that."""
    every = blind_seventh()
    for texts in (every, [each for each in every if each.sure]):
        first, three = shares(texts, with_context=True)
        assert (first >= 0.85, three >= 0.95) == (True, True), (first, three)
        first, three = shares(texts, with_context=False)
        assert three >= 0.93, three
    sure = [explained(each.symptom, each.context).causes for each in every]
    right = [
        causes[0].cause == each.cause
        for each, causes in zip(every, sure, strict=True)
        if causes and causes[0].confidence >= 0.9
    ]
    assert len(right) >= 40
    assert sum(right) / len(right) >= 0.9


def test_the_seventh_collection_is_one_of_its_own() -> None:
    assert len(blind_seventh()) >= 70
    assert {cause for each in blind_seventh() for cause in (each.cause, *each.also)} <= set(causes())
    older = (*corpus(), *blind(), *blind_again(), *blind_third(), *blind_fourth(), *blind_fifth(), *blind_sixth())
    texts = [" ".join(each.symptom.split()) for each in blind_seventh()]
    assert not set(texts) & {" ".join(each.symptom.split()) for each in older}


def test_the_sixth_collection_is_one_of_its_own() -> None:
    assert len(blind_sixth()) >= 60
    assert {cause for each in blind_sixth() for cause in (each.cause, *each.also)} <= set(causes())
    assert all(each.cause not in each.also for each in blind_sixth())
    assert all(each.source != Example.source and len(each.symptom) <= 820 for each in blind_sixth())
    older = (*corpus(), *blind(), *blind_again(), *blind_third(), *blind_fourth(), *blind_fifth())
    texts = [" ".join(each.symptom.split()) for each in blind_sixth()]
    assert not set(texts) & {" ".join(each.symptom.split()) for each in older}


def test_what_clients_print_themselves_stays_understood() -> None:
    assert len(clients()) >= 200
    first, three = shares(clients(), with_context=True)
    assert first >= 0.95, first
    assert three >= 0.98, three
    first, three = shares(clients(), with_context=False)
    assert first >= 0.88, first
    assert three >= 0.94, three


def test_plain_words_are_understood() -> None:
    first, three = shares(plain_words(), with_context=False)
    assert first >= 0.85, first
    assert three >= 0.85, three


def test_rows_of_last_resort_are_never_sure() -> None:
    for each in (*plain_words(), *clients(), *blind_sixth()):
        for cause in explained(each.symptom, each.context).causes:
            if cause.rows and all(name.startswith(LAST) for name in cause.rows):
                assert cause.confidence < 0.85, (each.symptom, cause.confidence)


@pytest.mark.parametrize("text", NO_CAUSE)
def test_nothing_is_guessed_where_no_cause_is_told(text: str) -> None:
    assert not explained(text).recognised


def test_blind_collections_are_new() -> None:
    """None holds a thread of the other sets but where it is another error of that thread, and no text twice."""
    sets = (corpus(), blind(), blind_again(), blind_third())
    texts = [" ".join(each.symptom.split()) + "|" + each.context for examples in sets for each in examples]
    assert len(texts) == len(set(texts))
    assert len(blind()) >= 70
    assert len(blind_again()) >= 40
    assert len(blind_third()) >= 50
    met = (*blind(), *blind_again(), *blind_third())
    assert {each.cause for each in met} <= set(causes())
    assert all(each.source.startswith("https://") for each in met)


@pytest.mark.parametrize("examples", [written(), written_later()], ids=["first", "later"])
def test_written_errors(examples: tuple[Example, ...]) -> None:
    first, three = shares(examples, with_context=True)
    assert first >= 0.95, first
    assert three >= 0.98, three
    _, alone = shares(examples, with_context=False)
    assert alone >= 0.9, alone


@pytest.mark.parametrize("with_context", [True, False], ids=["context", "alone"])
def test_nine_in_ten_are_right_where_it_says_so(with_context: bool) -> None:
    sure = right = 0
    examples = (*corpus(), *blind(), *blind_again(), *blind_third(), *blind_fourth(), *blind_fifth())
    for each in (*examples, *blind_sixth(), *clients(), *written(), *written_later()):
        found = explained(each.symptom, each.context if with_context else "").causes
        if found and found[0].confidence >= 0.9:
            sure += 1
            right += found[0].cause == each.cause
    assert sure > 100
    assert right / sure >= 0.9, (right, sure)


def test_confidence_falls_along_the_causes() -> None:
    for each in (*corpus(), *written()):
        found = [cause.confidence for cause in explained(each.symptom, each.context).causes]
        assert found == sorted(found, reverse=True)
        assert all(0.0 <= value <= 0.97 for value in found)
        assert len(found) <= 3


UNRELATED = [line for line in (HERE / "unrelated.txt").read_text(encoding="utf-8").splitlines() if line.strip()]


def test_there_are_enough_unrelated_errors() -> None:
    assert len(UNRELATED) >= 40


@pytest.mark.parametrize("text", UNRELATED)
def test_an_error_of_something_else_is_not_recognised(text: str) -> None:
    found = explained(text)
    assert not found.recognised, [(each.cause, each.confidence) for each in found.causes]
    assert found.causes == ()
    assert len(found.questions) == 3
