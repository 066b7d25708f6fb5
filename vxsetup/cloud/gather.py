"""Gathers facts: walks what each fact needs, sends every call as soon as its inputs are known, each call once.

The walk itself is single-threaded; only the sending of calls runs on the bounded pool, so order of arrival never
changes what is known.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from vxsetup.cloud.call import Call, Outcome
from vxsetup.cloud.limits import pace_of_call
from vxsetup.cloud.provider import Provider, unknown_input
from vxsetup.facts.base import Fact, Facts, Unknown, UnknownCause

WORKERS = 48
"""Requests in flight at once. All first requests of a project with nine placements go out together, so that three round
trips do; the APIs' limits hold anyway."""


@dataclass
class _Pending:
    """A fact being made: how many facts and then answers it still waits for."""

    provider: Provider
    needs: tuple[Hashable, ...]
    missing: int
    calls: tuple[Call, ...] | None = None


@dataclass
class Gatherer:
    """Gathers facts with a set of providers. ``send`` answers one call and may be used from several threads.

    One gatherer serves a whole run: facts and calls are kept, so that a later ``gather`` asks only for what is new.
    ``progress(done, total)`` is called on the gathering thread as answers come in; ``flying`` are the calls that are
    not answered yet.
    """

    providers: Mapping[type[Hashable], Provider]
    send: Callable[[Call], Outcome]
    workers: int = WORKERS
    progress: Callable[[int, int], None] | None = None
    facts: dict[Hashable, Fact] = field(default_factory=dict)
    outcomes: dict[Call, Outcome] = field(default_factory=dict)
    flying: set[Call] = field(default_factory=set)

    def gather(self, keys: Iterable[Hashable]) -> Facts:
        """Every fact asked for, and those that they needed. Never raises for what the cloud answers."""
        run = _Run(self)
        ready = [key for key in keys if run.want(key)]
        if run.pending:
            pool = _Pool(self.workers)
            try:
                self._walk(run, ready, pool)
            except BaseException:
                # An interruption does not wait for answers that are still in the air (a `with` block would).
                pool.shutdown(wait=False)
                self.flying = set()
                raise
            pool.shutdown(wait=True)
        return Facts(self.facts)

    def _walk(self, run: _Run, ready: list[Hashable], pool: _Pool) -> None:
        arrived: queue.SimpleQueue[tuple[Call, Future[Outcome]]] = queue.SimpleQueue()
        run.start(ready, pool, arrived)
        while self.flying:
            call, future = arrived.get()
            self.outcomes[call] = future.result()
            self.flying.discard(call)
            if self.progress:
                self.progress(len(self.outcomes), len(self.outcomes) + len(self.flying))
            run.told(run.waiting.pop(call, []), pool, arrived)


class _Pool:
    """The threads that send. What an API answers a few times a minute has threads of its own: it would keep all others."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._lanes: dict[str, ThreadPoolExecutor] = {}

    def submit(self, send: Callable[[Call], Outcome], call: Call) -> Future[Outcome]:
        pace = pace_of_call(call)
        name = "" if pace.at_once is None else pace.name
        if name not in self._lanes:
            workers = min(self._workers, pace.at_once or self._workers)
            self._lanes[name] = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="vxsetup")
        return self._lanes[name].submit(send, call)

    def shutdown(self, *, wait: bool) -> None:
        for lane in self._lanes.values():
            lane.shutdown(wait=wait, cancel_futures=not wait)


class _Run:
    """One walk over what is asked for. A fact is visited when it is wanted, and each time something that it waits for comes."""

    def __init__(self, gatherer: Gatherer) -> None:
        self._of = gatherer
        self.pending: dict[Hashable, _Pending] = {}
        self.waiting: dict[Hashable, list[Hashable]] = {}

    def want(self, key: Hashable) -> bool:
        """Take a fact on with all that it needs; whether it was new."""
        if key in self._of.facts or key in self.pending:
            return False
        provider = self._of.providers[type(key)]
        needs = provider.needs(key)
        self.pending[key] = _Pending(provider, needs, 0)
        for need in needs:
            self.want(need)
        return True

    def start(self, keys: Iterable[Hashable], pool: _Pool, arrived: Any) -> None:
        """Begin facts that nothing has begun yet."""
        self._work([(key, False) for key in keys], pool, arrived)

    def told(self, keys: Iterable[Hashable], pool: _Pool, arrived: Any) -> None:
        """Tell facts that one of the things that they wait for has come."""
        self._work([(key, True) for key in keys], pool, arrived)

    def _work(self, todo: list[tuple[Hashable, bool]], pool: _Pool, arrived: Any) -> None:
        """Take facts a step further: wait for what they need, send their calls, or make them."""
        while todo:
            key, told = todo.pop()
            waiting = self.pending.get(key)
            if waiting is None or (not told and self._started(key)):
                continue
            waiting.missing = max(waiting.missing - 1, 0)
            if waiting.missing:
                continue
            if waiting.calls is None:
                open_needs = [need for need in waiting.needs if need not in self._of.facts]
                if open_needs:
                    self._wait(key, waiting, open_needs)
                    todo.extend((need, False) for need in open_needs)
                    continue
                waiting.calls = self._calls(key, waiting)
                open_calls = [call for call in dict.fromkeys(waiting.calls) if call not in self._of.outcomes]
                if open_calls:
                    self._wait(key, waiting, open_calls)
                    self._send([call for call in open_calls if call not in self._of.flying], pool, arrived)
                    continue
            self._of.facts[key] = self._read(key, waiting)
            del self.pending[key]
            todo.extend((other, True) for other in self.waiting.pop(key, []))

    def _started(self, key: Hashable) -> bool:
        waiting = self.pending[key]
        return waiting.calls is not None or waiting.missing > 0

    def _wait(self, key: Hashable, waiting: _Pending, things: Sequence[Hashable]) -> None:
        waiting.missing = len(things)
        for thing in things:
            self.waiting.setdefault(thing, []).append(key)

    def _send(self, calls: Iterable[Call], pool: _Pool, arrived: Any) -> None:
        for call in calls:
            self._of.flying.add(call)
            future = pool.submit(self._of.send, call)
            future.add_done_callback(partial(_arrive, arrived, call))

    def _calls(self, key: Hashable, waiting: _Pending) -> tuple[Call, ...]:
        inputs = {need: self._of.facts[need] for need in waiting.needs}
        if not waiting.provider.partial and unknown_input(inputs) is not None:
            return ()
        return waiting.provider.calls(key, inputs)

    def _read(self, key: Hashable, waiting: _Pending) -> Fact:
        inputs = {need: self._of.facts[need] for need in waiting.needs}
        missing = unknown_input(inputs)
        if missing is not None and not waiting.provider.partial:
            return missing
        outcomes = {call: self._of.outcomes[call] for call in waiting.calls or ()}
        try:
            return waiting.provider.read(key, inputs, outcomes)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError) as error:
            # A provider never raises to a rule: what it did not foresee is an answer that it could not read.
            service = waiting.provider.service
            says = f"an answer of {service} could not be read ({type(error).__name__})"
            return Unknown(UnknownCause.MALFORMED, says, f"a well-formed answer of {service}", service)


def _arrive(arrived: Any, call: Call, done: Future[Outcome]) -> None:
    arrived.put((call, done))
