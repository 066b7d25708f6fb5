"""Runs a check of a generated world in this process, and asks the same world what is true.

Requests are sent one after another from a virtual pool, so that a run is the same each time that it is made, whatever
the machine does; the order of the answers is a choice of the test.
"""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from generated_worlds import APP, IN_TEAM, PROJECT, TEAM, Case

from vxsetup.catalog import Catalogue, CatalogueProblem, load_catalogue
from vxsetup.cli.configs import Configs
from vxsetup.cli.emulation import Emulation
from vxsetup.cli.judging import gather_for, make_report, requirements_of
from vxsetup.cloud import gather
from vxsetup.cloud.call import Call, NoAnswer, Outcome, json_body
from vxsetup.cloud.gather import Gatherer
from vxsetup.cloud.providers import providers
from vxsetup.cloud.session import FunctionSender, HttpRequest, HttpResponse, Sender, Session
from vxsetup.config.load import load
from vxsetup.emulator.iam import allows, principal_of, project_resource
from vxsetup.emulator.model import Project
from vxsetup.emulator.state import start
from vxsetup.emulator.tables import location_host
from vxsetup.emulator.world import world_from
from vxsetup.facts.base import Facts
from vxsetup.findings import Report
from vxsetup.rules.circumstances import Circumstances, ProbeMode

GOOD_BODY = json_body(
    {
        "anthropic_version": "vertex-2023-10-16",
        "max_tokens": 16,
        "messages": [{"role": "user", "content": "Say hello."}],
    }
).encode()

_BATCH = ("aiplatform.batchPredictionJobs.create",)
_ABILITIES = {"batch": _BATCH, "administer": ("aiplatform.consents.update",)}
"""The permissions that an ability is sure to need, read from IAMDS (2026-08-22), not from the catalogue."""


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue, read once."""
    found = load_catalogue()
    assert not isinstance(found, CatalogueProblem)
    return found


class Turns:
    """A pool and its queue without threads. Calls wait until the gatherer has nothing left to do; then one of them is
    sent, or all of them where ``waves`` is set. ``pick(n)`` says which of ``n`` waiting calls goes first."""

    def __init__(self, pick: Callable[[int], int] = lambda count: 0, waves: bool = False) -> None:
        self.pick, self.waves = pick, waves
        self.rounds = 0
        self.width = 0
        self._waiting: list[tuple[Future[Any], Callable[[], Any]]] = []
        self._arrived: deque[Any] = deque()

    def __enter__(self) -> Turns:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._waiting.append((future, lambda: function(*arguments)))
        return future

    def shutdown(self, **options: Any) -> None:
        self._waiting.clear()

    def put(self, item: Any) -> None:
        self._arrived.append(item)

    def get(self) -> Any:
        if not self._arrived:
            self.rounds += 1
            self.width = max(self.width, len(self._waiting))
            due = len(self._waiting) if self.waves else 1
            if not self._waiting:
                raise queue.Empty  # the gatherer waits for something that nobody was asked for: a deadlock
            for future, job in [self._waiting.pop(self.pick(len(self._waiting))) for _ in range(due)]:
                try:
                    result = job()
                except BaseException as error:
                    future.set_exception(error)
                else:
                    future.set_result(result)
        return self._arrived.popleft()


@contextmanager
def in_turns(turns: Turns) -> Iterator[Turns]:
    """Let every gatherer send through ``turns`` instead of threads."""
    with (
        mock.patch.object(gather, "ThreadPoolExecutor", return_value=turns),
        mock.patch.object(gather, "queue", SimpleNamespace(SimpleQueue=mock.Mock(return_value=turns))),
    ):
        yield turns


@dataclass
class Run:
    """One world with one config, judged as often as wanted; what happens to the world stays."""

    emulation: Emulation
    session: Session
    configs: Configs
    circumstances: Circumstances
    sender: Sender
    gatherer: Gatherer | None = field(default=None)

    def judge(
        self, answer: Callable[[Call], Outcome] | None = None, probe: ProbeMode = "free", turns: Turns | None = None
    ) -> tuple[Report, Facts]:
        """The report, and the facts behind it; ``answer`` in place of the session's."""
        seen = self.circumstances
        circumstances = Circumstances(seen.now, seen.catalogue, seen.caller, seen.online, probe)
        requirements = requirements_of(self.configs.projects, circumstances)
        self.gatherer = Gatherer(providers(), answer or self.session.answer)
        with in_turns(turns or Turns()):
            facts = gather_for(requirements, self.gatherer, probe)
        return make_report("check", self.configs, circumstances, facts, requirements=requirements), facts


def configs_of(text: str) -> Configs:
    """A config's text as the command line would read it. Fails where the config itself has an error."""
    loaded = load(Path("vxsetup.yaml"), lambda path: text.encode())
    assert loaded.projects, [finding.message for finding in loaded.findings]
    return Configs((loaded.file,), loaded.findings, loaded.projects, dict(loaded.sources))


def new_run(case: Case, frozen: bool = False) -> Run:
    """A fresh copy of the case's world. ``frozen``: its clock stands still, so that times tell nothing of the order."""
    emulation = Emulation(world_from(case.world))
    if frozen:
        emulation.clock.sleep = lambda seconds: None
    sender = FunctionSender(emulation.send, emulation.token)
    session = Session(sender, "vxsetup/test", emulation.caller.quota_project, emulation.clock)
    circumstances = Circumstances(emulation.now, catalogue(), emulation.caller)
    return Run(emulation, session, configs_of(case.config), circumstances, sender)


def answered(sender: Sender, model: str, location: str) -> HttpResponse | NoAnswer:
    """The answer to a small valid request for a model at a location."""
    path = f"v1/projects/{PROJECT}/locations/{location}/publishers/anthropic/models/{model}:rawPredict"
    url = f"https://{location_host(location)}/{path}"
    return sender.send(HttpRequest("POST", url, {"User-Agent": "anthropic"}, GOOD_BODY, 15.0))


def answers(emulation: Emulation, sender: Sender, model: str, location: str) -> bool:
    """Whether a small valid request for a model at a location is answered with 200."""
    response = answered(sender, model, location)
    return not isinstance(response, NoAnswer) and response.status == 200 and b'"msg_vrtx_' in response.body


def refused_places(run: Run, token: str | None = None) -> list[str]:
    """Every model at every location of the config that the caller (or a token's bearer) is not answered at."""
    sender = FunctionSender(run.emulation.send, token) if token else run.sender
    return [
        f"{model.id} @ {placement.location}"
        for model in run.configs.projects[0].models
        for placement in model.locations
        if not answers(run.emulation, sender, model.id, placement.location)
    ]


def statuses(run: Run) -> set[int]:
    """The HTTP statuses that small valid requests meet at all places of the config."""
    found = [
        answered(run.sender, model.id, placement.location)
        for model in run.configs.projects[0].models
        for placement in model.locations
    ]
    return {one.status for one in found if not isinstance(one, NoAnswer)}


def _lives(project: Project) -> bool:
    """Whether the project's own account exists and is enabled."""
    account = project.service_accounts.get(APP.removeprefix("serviceAccount:"))
    return account is not None and not account.disabled


def lacking_members(run: Run, case: Case) -> list[str]:
    """Every member of the config that cannot do what it must be able to do, asked of the world itself.

    Invoking is tried with the member's own token; of other abilities the emulator's IAM is asked. A group is asked
    through a user who is in no other group.
    """
    state = start(world_from(case.world))
    project = state.project(PROJECT)
    found = []
    for entry in run.configs.projects[0].access:
        if project is not None and entry.principal == APP and not _lives(project):
            found += [f"{entry.principal} {ability}" for ability in entry.can]  # nobody gets a token of it
            continue
        asked = IN_TEAM if entry.principal == TEAM else entry.principal
        for ability in entry.can:
            if ability == "invoke":
                held = not refused_places(run, f"emu:{asked}")
            else:
                resource = project_resource(state, project) if project else None
                held = resource is not None and all(
                    allows(state, principal_of(asked), resource, name, run.emulation.now)
                    for name in _ABILITIES.get(ability, ())
                )
            if not held:
                found.append(f"{entry.principal} {ability}")
    return found
