"""Plans and applies in this process against an emulated world, and does by hand what a plan leaves to people."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from vxsetup.catalog import Catalogue, CatalogueProblem, load_catalogue
from vxsetup.cli.asking import Asked
from vxsetup.cli.configs import Configs
from vxsetup.cli.emulation import Emulation
from vxsetup.cli.provisioning import Ground, judged_again, looker, plan_of
from vxsetup.cloud.call import Call, NoAnswer, Outcome
from vxsetup.cloud.session import FunctionSender, HttpRequest, HttpResponse, Session
from vxsetup.config.load import load
from vxsetup.emulator.model import Billing, Limits, Model, Project, ServiceAccount
from vxsetup.emulator.world import world_from
from vxsetup.findings import Report, Step
from vxsetup.plan.apply import Applied, Tools, apply

PROJECT, ACCOUNT = "acme-ai-new", "012345-6789AB-CDEF01"
DEV = "user:dev@acme.example"
APP = f"claude-app@{PROJECT}.iam.gserviceaccount.com"
READERS = (
    "cloudbilling.googleapis.com",
    "cloudquotas.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "orgpolicy.googleapis.com",
    "bigquery.googleapis.com",
    "serviceusage.googleapis.com",
    "aiplatform.googleapis.com",
)
ROLES = (
    "roles/owner",
    "roles/iam.securityReviewer",
    "roles/iam.denyReviewer",
    "roles/orgpolicy.policyViewer",
    "roles/billing.user",
    "roles/resourcemanager.projectCreator",
)

CONFIG = f"""\
version: 1
project:
  id: {PROJECT}
  create: {{parent: organizations/1111, billing_account: {ACCOUNT}}}
models:
  - id: claude-sonnet-5-5
  - id: claude-haiku-5-5
    locations: [eu]
access:
  - member: serviceAccount:claude-app
    create: true
    can: [invoke]
quota: {{contact: ops@acme.example}}
"""


def world(project: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An organization with a project for tools, and the project itself where it is given."""
    projects: dict[str, Any] = {
        "acme-tools": {
            "number": "444444444444",
            "parent": "organizations/1111",
            "billing": {"account": ACCOUNT, "open": True},
            "services": list(READERS),
        }
    }
    if project is not None:
        projects[PROJECT] = {"number": "555555555555", "parent": "organizations/1111", **project}
    return {
        "version": 1,
        "now": "2026-11-22T12:00:00Z",
        "caller": {"principal": DEV, "kind": "user", "quota_project": "acme-tools"},
        "organization": {"id": "1111", "iam": [{"role": role, "members": [DEV]} for role in ROLES]},
        "projects": projects,
        "behaviour": {"quota_preferences": "granted"},
        **more,
    }


ZERO = {
    "services": [],
    "quotas": {
        "global": {"anthropic-claude-sonnet": {"requests": 0}},
        "eu": {"anthropic-claude-haiku": {"requests": 0}},
    },
}
"""A project on its first day: nothing linked, nothing enabled, no quota."""


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue, read once."""
    found = load_catalogue()
    assert not isinstance(found, CatalogueProblem)
    return found


class Lines:
    """A journal in memory."""

    def __init__(self) -> None:
        self.written: list[tuple[str, str | None, dict[str, Any]]] = []

    def write(self, event: str, step: str | None = None, **data: Any) -> None:
        self.written.append((event, step, data))


@dataclass
class Story:
    """One world and one config, planned and applied as often as wanted; what happens to the world stays."""

    emulation: Emulation
    configs: Configs
    before: Callable[[HttpRequest], HttpResponse | NoAnswer | None] = lambda request: None
    after: Callable[[HttpRequest], None] = lambda request: None
    sent: list[HttpRequest] = field(default_factory=list)
    journal: Lines = field(default_factory=Lines)
    workers: int = 1

    @property
    def asked(self) -> Asked:
        """The emulated cloud; each request passes ``before`` and ``after``."""
        session = Session(
            FunctionSender(self._send, self.emulation.token),
            "vxsetup/test",
            self.emulation.caller.quota_project,
            self.emulation.clock,
        )
        return Asked(session.answer, self.emulation.caller, self.emulation.now, self.emulation.clock, self.emulation)

    def _send(self, request: HttpRequest) -> HttpResponse | NoAnswer:
        self.sent.append(request)
        instead = self.before(request)
        if instead is not None:
            return instead
        answered = self.emulation.send(request)
        self.after(request)
        return answered

    def turns(self) -> AbstractContextManager[object]:
        """Reads without threads, which are most of the time of a small world, where only one step is under way."""
        place = str(Path(__file__).resolve().parents[1] / "properties")
        if place not in sys.path:
            sys.path.append(place)
        from generated_runs import Turns, in_turns

        return in_turns(Turns()) if self.workers == 1 else nullcontext()

    def plan(self, *targets: str) -> Ground:
        """The plan of now."""
        with self.turns():
            return self._plan(*targets)

    def _plan(self, *targets: str) -> Ground:
        return plan_of(self.configs.projects[0], self.asked, catalogue(), None, targets)

    def tools(self, ground: Ground, **more: Any) -> Tools:
        """What apply acts with."""
        clock = self.emulation.clock
        given: dict[str, Any] = {
            "send": self.asked.send,
            "look": looker(ground),
            "sleep": clock.sleep,
            "seconds": lambda: clock.now().timestamp(),
            "journal": self.journal,
            "workers": self.workers,
        }
        return Tools(**given | more)

    def apply(self, ground: Ground | None = None, **more: Any) -> tuple[Applied, ...]:
        """Apply a plan, the one of now where none is given."""
        ground = ground or self.plan()
        with self.turns():
            return apply(ground.planned.steps, self.tools(ground, **more))

    def report(self) -> Report:
        """What the project is now."""
        ground = self.plan()
        with self.turns():
            return judged_again(ground, self.configs, "check")

    def project(self) -> Project:
        """The emulated project."""
        found = self.emulation._state.project(PROJECT)
        assert found is not None
        return found

    def change(self, **fields: Any) -> None:
        """Change the emulated project behind everybody's back."""
        state = self.emulation._state
        self.emulation._state = state.with_project(replace(self.project(), **fields))

    def text(self) -> str:
        """The world without its time and its finished operations."""
        lines = re.sub(r"(?ms)^operations:.*?(?=^\S|\Z)", "", self.emulation.text())
        return "\n".join(line for line in lines.splitlines() if not line.startswith("now:"))

    def writes(self) -> list[str]:
        """The changes that were sent, as method and path."""
        reads = ("getIamPolicy", "testIamPermissions", "getAncestry", "rawPredict", "search")
        return [
            f"{request.method} {request.url.partition('googleapis.com')[2]}"
            for request in self.sent
            if request.method != "GET" and not request.url.rpartition(":")[2].startswith(reads)
        ]


def story(world_: Mapping[str, Any], config: str = CONFIG, **more: Any) -> Story:
    """A fresh world and a config's text."""
    loaded = load(Path("vxsetup.yaml"), lambda path: config.encode())
    assert loaded.projects, [finding.message for finding in loaded.findings]
    configs = Configs((loaded.file,), loaded.findings, loaded.projects, dict(loaded.sources))
    return Story(Emulation(world_from(dict(world_))), configs, **more)


def by_hand(told: Story, step: Step) -> None:
    """Do in the world what a step leaves to a person."""
    kind, _, rest = step.id.partition("/")
    project = told.project()
    if kind == "model":
        name = rest.partition("/")[2].partition("@")[0]
        model = project.models.get(name, Model())
        told.change(models={**project.models, name: replace(model, enabled=True)})
    elif kind == "billing":
        told.change(billing=Billing(ACCOUNT, True))
    elif kind == "account":
        told.change(service_accounts={**project.service_accounts, rest: ServiceAccount(rest)})
    elif kind == "addendum":
        told.change(addendum=True)
    elif kind == "data-sharing":
        name = rest.rpartition("/")[2].partition("@")[0]
        told.change(models={**project.models, name: replace(project.models.get(name, Model()), data_sharing=True)})
    elif kind == "quota":
        _, location, base, kind_ = rest.split("/")
        rows = project.quotas.get(location, {})
        changed: Any = {kind_: 5000}
        row = replace(rows.get(base, Limits()), **changed)
        told.change(quotas={**project.quotas, location: {**rows, base: row}})
    else:
        raise AssertionError(f"nobody knows how to do {step.id} by hand")


def call_url(call: Call, outcome: Outcome) -> str:
    """A call and its answer in one line, for messages of failing tests."""
    return f"{call.verb} {call.url}: {outcome}"
