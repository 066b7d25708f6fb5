"""A fleet: projects spread over folders of one organization, a config for each, and a run that is watched."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from vxsetup.catalog import Catalogue, CatalogueProblem, load_catalogue
from vxsetup.cli.configs import Configs, Part, read_configs
from vxsetup.cli.emulation import Emulation
from vxsetup.cli.inventory import gathered
from vxsetup.cli.judging import gather_for, make_report, requirements_of
from vxsetup.cloud.call import NoAnswer
from vxsetup.cloud.gather import Gatherer
from vxsetup.cloud.providers import providers
from vxsetup.cloud.session import FunctionSender, HttpRequest, HttpResponse, Session
from vxsetup.emulator.model import World
from vxsetup.emulator.world import read_world
from vxsetup.facts.caller import Caller
from vxsetup.findings import Report
from vxsetup.report.json import report_json
from vxsetup.rules.circumstances import Circumstances

NOW = "2026-11-22T12:00:00Z"
CALLER = "user:dev@acme.example"
MODELS = ("claude-sonnet-5-5", "claude-haiku-5-5")
SERVICES = (
    "aiplatform",
    "bigquery",
    "cloudasset",
    "cloudbilling",
    "cloudquotas",
    "cloudresourcemanager",
    "iam",
    "orgpolicy",
    "serviceusage",
)
READERS = (
    "roles/cloudasset.viewer",
    "roles/browser",
    "roles/iam.securityReviewer",
    "roles/iam.denyReviewer",
    "roles/orgpolicy.policyViewer",
)


def name(number: int) -> str:
    """The id of a project of the fleet."""
    return f"acme-fleet-{number:03d}"


def world(
    projects: int,
    folders: int,
    faults: Sequence[Mapping[str, Any]] = (),
    changes: Mapping[str, Mapping[str, Any]] | None = None,
) -> World:
    """A world with that many projects, in turn in each of the folders; every seventh lacks the Vertex AI API.

    ``changes`` are laid over single projects.
    """
    quotas = {"global": {f"anthropic-{model.rsplit('-', 2)[0]}": {"requests": 1000} for model in MODELS}}

    def project(number: int) -> dict[str, Any]:
        app = f"serviceAccount:app@{name(number)}.iam.gserviceaccount.com"
        on = [f"{service}.googleapis.com" for service in SERVICES if number % 7 != 3 or service != "aiplatform"]
        return {
            "number": str(300000000000 + number),
            "parent": f"folders/{4000 + number % folders}",
            "billing": {"account": "012345-6789AB-CDEF01", "open": True},
            "services": on,
            "service_accounts": {"app": {}},
            "iam": [
                {"role": "roles/aiplatform.user", "members": [CALLER, app]},
                {"role": "roles/serviceusage.serviceUsageConsumer", "members": [CALLER]},
                {"role": "roles/cloudquotas.viewer", "members": [CALLER]},
            ],
            "models": {model: {"enabled": True} for model in MODELS},
            "quotas": quotas,
        }

    made = {
        "version": 1,
        "now": NOW,
        "caller": {"principal": CALLER, "kind": "user", "quota_project": name(0)},
        "organization": {"id": "1111", "iam": [{"role": role, "members": [CALLER]} for role in READERS]},
        "folders": {str(4000 + number): {"parent": "organizations/1111"} for number in range(folders)},
        "projects": {name(n): project(n) | dict((changes or {}).get(name(n), {})) for n in range(projects)},
        "faults": list(faults),
    }
    found = read_world(json.dumps(made), "world.json")
    assert isinstance(found, World), found
    return found


def write_configs(folder: Path, projects: int) -> Path:
    """A folder with a config for each project."""
    for number in range(projects):
        place = folder / f"team-{number % 20:02d}" / name(number)
        place.mkdir(parents=True)
        entries = "".join(f"  - id: {model}\n" for model in MODELS)
        text = f"version: 1\nproject: {{id: {name(number)}}}\nmodels:\n{entries}access:\n  - {{member: 'serviceAccount:app', can: [invoke]}}\n"
        (place / "vxsetup.yaml").write_text(text)
    return folder


def configs(folder: Path) -> Configs:
    """The configs of a folder, as `check` reads them."""
    return read_configs((str(folder),), None, Part())


def catalogue() -> Catalogue:
    """The shipped catalogue."""
    found = load_catalogue()
    assert not isinstance(found, CatalogueProblem)
    return found


@dataclass
class Watched:
    """A run over a world, and what it sent: (seconds of the run's clock, request). ``shuffled`` delays answers at random.

    ``scope`` is searched in Cloud Asset Inventory, which knows the world ``behind`` where that is given.
    """

    world: World
    workers: int = 1
    shuffled: bool = False
    scope: str | None = None
    behind: World | None = None
    sent: list[tuple[float, HttpRequest]] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    outcomes: int = 0

    def run(self, read: Configs) -> Report:
        """Gather and judge, as `check` does."""
        emulation = Emulation(self.world)
        index = Emulation(self.behind) if self.behind is not None else emulation
        lock = threading.Lock()

        def send(request: HttpRequest) -> HttpResponse | NoAnswer:
            with lock:
                self.sent.append((emulation.now.timestamp(), request))
                self.in_flight += 1
                self.most_in_flight = max(self.most_in_flight, self.in_flight)
            if self.shuffled:
                time.sleep(random.random() / 1000)  # real: the order of arrival differs in each run
            asked = index if "//cloudasset.googleapis.com/" in request.url else emulation
            answer = asked.send(request)
            with lock:
                self.in_flight -= 1
            return answer

        clock = emulation.clock
        session = Session(FunctionSender(send, emulation.token), "vxsetup/test", emulation.caller.quota_project, clock)
        session.at_once = threading.Semaphore(self.workers)
        now = datetime.fromisoformat(NOW).astimezone(UTC)
        caller = Caller(CALLER, "user", emulation.caller.quota_project)
        circumstances = Circumstances(now, catalogue(), caller, online=True)
        requirements = requirements_of(read.projects, circumstances)
        gatherer = Gatherer(providers(), session.answer, workers=self.workers)
        gather = partial(gather_for, requirements, gatherer, "free")
        told: tuple[str, ...] = ()
        if self.scope is None:
            facts = gather()
        else:
            facts, remark = gathered(self.scope, requirements, read, gatherer, circumstances, gather)
            told = (remark,)
        self.outcomes = len(gatherer.outcomes)
        return make_report("check", read, circumstances, facts, told, requirements=requirements)


def said(report: Report) -> str:
    """The report as its readers get it, without the times at which answers came: those follow the pace of the run."""
    data = json.loads(report_json(report))
    for finding in data["findings"]:
        for evidence in finding["evidence"]:
            evidence.pop("at", None)
    return json.dumps(data)
