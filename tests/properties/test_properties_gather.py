"""The gatherer over made-up graphs of facts: each call once, inputs first, as few rounds as the graph allows."""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import pytest
from generated_runs import Turns, in_turns
from hypothesis import given, settings
from hypothesis import strategies as st

from vxsetup.cloud.call import Answer, Call, Outcome
from vxsetup.cloud.gather import Gatherer
from vxsetup.cloud.provider import Inputs, Outcomes, Provider
from vxsetup.facts.base import Fact, Known, Unknown, UnknownCause

AT = "2026-11-22T12:00:00Z"


@dataclass(frozen=True)
class Made:
    """A made-up fact: what it needs, which calls it makes, and whether its reading goes wrong."""

    name: int
    needs: tuple[Made, ...]
    calls: tuple[int, ...]
    fault: type[Exception] | None = None


def call(number: int) -> Call:
    return Call("made.example", f"method {number}", "GET", f"https://made.example/{number}")


def read(key: Made, inputs: Inputs, outcomes: Outcomes) -> Fact:
    if key.fault is not None:
        raise key.fault("not foreseen")
    assert tuple(outcomes) == tuple(dict.fromkeys(call(number) for number in key.calls))
    told = [outcome.text for outcome in outcomes.values() if isinstance(outcome, Answer)]
    return Known(
        (key.name, tuple(told), tuple(fact.value for fact in inputs.values() if isinstance(fact, Known))), "made"
    )


def provider(partial: bool) -> Provider:
    return Provider(
        Made,
        "made.example",
        (),
        lambda key, inputs: tuple(call(number) for number in key.calls),
        read,
        needs=lambda key: key.needs,
        partial=partial,
    )


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Made, ...]:
    made: list[Made] = []
    for name in range(draw(st.integers(1, 9))):
        needs = draw(st.lists(st.sampled_from(made), max_size=3, unique=True)) if made else []
        calls = draw(st.lists(st.integers(0, 6), max_size=3))
        fault = draw(st.sampled_from((None, None, None, None, KeyError, RecursionError, AttributeError)))
        made.append(Made(name, tuple(needs), tuple(calls), fault))
    return tuple(made)


def depth(key: Made, partial: bool) -> int:
    """The rounds after which a fact can be known at best; a call that an earlier fact made takes no round of its own."""
    before = max((depth(need, partial) for need in key.needs), default=0)
    return before + bool(key.calls)


def gatherer(partial: bool, sent: list[Call], workers: int = 16) -> Gatherer:
    def send(one: Call) -> Outcome:
        sent.append(one)
        return Answer(200, one.url, AT)

    return Gatherer({Made: provider(partial)}, send, workers)


@settings(max_examples=120, deadline=None, derandomize=True, database=None)
@given(graphs(), st.booleans(), st.randoms(use_true_random=False))
def test_each_call_once_inputs_first_and_no_order_changes_a_fact(
    graph: tuple[Made, ...], partial: bool, random: Any
) -> None:
    results = []
    for turns in (Turns(waves=True), Turns(), Turns(random.randrange), Turns(lambda count: count - 1)):
        sent: list[Call] = []
        with in_turns(turns):
            facts = gatherer(partial, sent).gather(graph)
        assert len(sent) == len(set(sent)), "a call is sent once"
        assert set(graph) <= set(facts)
        results.append(dict(facts))
        if turns.waves:
            assert turns.rounds <= max(depth(key, partial) for key in graph)
    assert all(result == results[0] for result in results)
    for key, fact in results[0].items():
        _is_as_it_must_be(key, fact, results[0], partial)


def _is_as_it_must_be(key: Hashable, fact: Fact, facts: dict[Hashable, Fact], partial: bool) -> None:
    assert isinstance(key, Made)
    unknown = next((facts[need] for need in key.needs if isinstance(facts[need], Unknown)), None)
    if unknown is not None and not partial:
        assert fact is unknown, "an unknown input is the cause of what is made of it"
    elif key.fault is not None:
        assert isinstance(fact, Unknown)
        assert fact.cause is UnknownCause.MALFORMED
    else:
        assert isinstance(fact, Known)


def test_a_second_gathering_asks_only_for_what_is_new() -> None:
    first, sent = Made(0, (), (1, 2)), list[Call]()
    second = Made(1, (first,), (2, 3))
    one = gatherer(False, sent)
    one.gather([first])
    one.gather([first, second])
    assert sorted(each.method for each in sent) == ["method 1", "method 2", "method 3"]
    assert isinstance(one.facts[second], Known)


@pytest.mark.parametrize("workers", [1, 2, 16])
def test_no_number_of_workers_blocks(workers: int) -> None:
    chain: tuple[Made, ...] = ()
    for name in range(12):
        chain = (*chain, Made(name, chain[-2:], (name, name + 1, 99)))
    sent: list[Call] = []
    one = gatherer(False, sent, workers)
    done = threading.Thread(target=one.gather, args=(chain,), daemon=True)
    done.start()
    done.join(20)
    assert not done.is_alive(), "the gatherer waits for what nobody will bring"
    assert len(sent) == len(set(sent)) == 14
    assert all(isinstance(one.facts[key], Known) for key in chain)


def test_what_no_provider_foresees_in_sending_is_not_swallowed() -> None:
    def send(one: Call) -> Outcome:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Gatherer({Made: provider(False)}, send).gather([Made(0, (), (1,))])


def test_an_interruption_does_not_wait_for_answers_in_the_air() -> None:
    hold = threading.Event()
    here = threading.get_ident()

    def send(one: Call) -> Outcome:
        if one == call(0):
            return Answer(200, "", AT)
        assert threading.get_ident() != here
        hold.wait(30)
        return Answer(200, "", AT)

    def progress(done: int, total: int) -> None:
        raise KeyboardInterrupt

    one = Gatherer({Made: provider(False)}, send, workers=8, progress=progress)
    started = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            one.gather([Made(number, (), (number,)) for number in range(6)])
        assert time.monotonic() - started < 10
    finally:
        hold.set()
