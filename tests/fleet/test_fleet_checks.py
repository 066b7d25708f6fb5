"""200 projects in 20 folders: what they share is read once, inside the APIs' rates, in flat memory, in a stable order."""

from __future__ import annotations

import json
import tracemalloc
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import fleet_worlds as fleet
import pytest
from fleet_worlds import Watched, name, said

from vxsetup.cli.configs import Configs
from vxsetup.cloud.limits import PACES, every_pace, pace_of

PROJECTS = 200
FOLDERS = 20
FEW = 40


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Configs:
    """The configs of the fleet."""
    return fleet.configs(fleet.write_configs(tmp_path_factory.mktemp("fleet"), PROJECTS))


@pytest.fixture(scope="module")
def calm(read: Configs) -> tuple[Watched, str]:
    """A run with one request at a time and nothing in its way, and its report."""
    watched = Watched(fleet.world(PROJECTS, FOLDERS))
    return watched, said(watched.run(read))


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> tuple[Configs, Watched, str]:
    """A smaller fleet over the same folders, and its run in peace."""
    configs = fleet.configs(fleet.write_configs(tmp_path_factory.mktemp("few"), FEW))
    watched = Watched(fleet.world(FEW, FOLDERS))
    return configs, watched, said(watched.run(configs))


def asked(watched: Watched) -> Counter[tuple[str, str, bytes]]:
    """How often each request was sent."""
    return Counter((request.method, request.url, request.body) for _, request in watched.sent)


def test_nothing_is_asked_twice(calm: tuple[Watched, str]) -> None:
    watched, _ = calm
    assert {request: times for request, times in asked(watched).items() if times > 1} == {}
    assert len(watched.sent) == watched.outcomes


def test_what_projects_share_is_read_once(calm: tuple[Watched, str]) -> None:
    paths = Counter(
        f"{method} {urlsplit(url).path}"
        for method, url, _ in asked(calm[0])
        if "/folders/" in url or "%2Ffolders%2F" in url
    )
    for folder in range(4000, 4000 + FOLDERS):
        own = [times for path, times in paths.items() if f"folders/{folder}:getIamPolicy" in path]
        assert own == [1], f"the policy of folders/{folder} is read once for its {PROJECTS // FOLDERS} projects"
    organization = [url for _, url, _ in asked(calm[0]) if "organizations/1111:getIamPolicy" in url]
    assert len(organization) == 1


def test_a_project_more_costs_only_its_own_requests(
    calm: tuple[Watched, str], few: tuple[Configs, Watched, str]
) -> None:
    sent = few[1].sent
    shared = {
        request for request in asked(few[1]) if "acme-fleet-" not in request[1] and b"acme-fleet-" not in request[2]
    }
    each = (len(calm[0].sent) - len(sent)) / (PROJECTS - FEW)
    assert len(sent) == pytest.approx(len(shared) + FEW * each, rel=0.1)


def in_the_fullest_minute(watched: Watched, pace: str) -> tuple[int, int]:
    """How many requests of a pace were sent, and the most of them within 60 seconds."""
    times = []
    for at, request in watched.sent:
        parts = urlsplit(request.url)
        service = "aiplatform.googleapis.com" if "aiplatform" in parts.netloc else parts.netloc
        probe = parts.path.endswith(("rawPredict", "predict"))
        if pace_of(service, request.url, probe).name == pace:
            times.append(at)
    return len(times), max((sum(1 for other in times if at <= other < at + 60) for at in times), default=0)


@pytest.mark.parametrize("pace", sorted(pace.name for pace in every_pace() if not pace.when_told))
def test_no_minute_holds_more_than_an_api_allows(calm: tuple[Watched, str], pace: str) -> None:
    """One request at a time, each answered at once: only the governor slows the run."""
    count, fullest = in_the_fullest_minute(calm[0], pace)
    allowed = next(one.per_minute for one in every_pace() if one.name == pace)
    assert fullest <= allowed
    if pace in {PACES[f"{name}.googleapis.com"].name for name in ("serviceusage", "cloudbilling", "cloudquotas")}:
        assert count >= PROJECTS, "each project asks this API"


def test_retries_count_in_the_minute_too(read: Configs) -> None:
    watched = Watched(fleet.world(PROJECTS, FOLDERS, [{"match": "* serviceusage.googleapis.com/*", "status": 503}]))
    watched.run(read)
    times = [at for at, request in watched.sent if urlsplit(request.url).hostname == "serviceusage.googleapis.com"]
    assert len(times) >= 3 * PROJECTS
    assert times[-1] - times[0] > 100, "600 requests cannot go out within a minute"
    assert max(sum(1 for other in times if at <= other < at + 60) for at in times) <= 240


def test_the_report_does_not_depend_on_who_answers_first(few: tuple[Configs, Watched, str]) -> None:
    for _ in range(3):
        busy = Watched(fleet.world(FEW, FOLDERS), workers=16, shuffled=True)
        assert said(busy.run(few[0])) == few[2]
        assert 1 < busy.most_in_flight <= 16


@cache
def broken(how: str) -> dict[str, object]:
    """A fault for everything that is asked about the eighth project."""
    return {"match": f"* *{name(8)}*"} | ({"status": int(how)} if how.isdigit() else {"broken": how})


@pytest.mark.parametrize("how", ["timeout", "reset", "503", "403", "not_json"])
def test_an_unreachable_project_does_not_disturb_the_others(how: str, few: tuple[Configs, Watched, str]) -> None:
    lost = json.loads(said(Watched(fleet.world(FEW, FOLDERS, [broken(how)]), workers=16).run(few[0])))
    undisturbed(lost, json.loads(few[2]))


def test_nor_does_it_in_the_whole_fleet(read: Configs, calm: tuple[Watched, str]) -> None:
    lost = json.loads(said(Watched(fleet.world(PROJECTS, FOLDERS, [broken("timeout")]), workers=16).run(read)))
    undisturbed(lost, json.loads(calm[1]))


def undisturbed(lost: Any, good: Any) -> None:
    """Holds where one project is lost and the rest of the report is as it was."""
    verdicts = {project["id"]: project["verdict"] for project in lost["projects"]}
    assert verdicts[name(8)] in ("undecided", "not_ready")
    assert {project["id"]: project["verdict"] for project in good["projects"]}[name(8)] == "ready"
    assert set(verdicts.values()) >= {"ready", "not_ready"}
    for part in ("projects", "findings"):
        rest = [row for row in lost[part] if name(8) not in json.dumps(row)]
        assert rest == [row for row in good[part] if name(8) not in json.dumps(row)]
        assert rest


def test_memory_grows_with_the_projects_and_no_faster(tmp_path: Path) -> None:
    peaks = {}
    for count in (20, 80):
        read = fleet.configs(fleet.write_configs(tmp_path / str(count), count))
        made = fleet.world(count, FOLDERS)
        tracemalloc.start()
        try:
            Watched(made, workers=16).run(read)
            peaks[count] = tracemalloc.get_traced_memory()[1] / 1024
        finally:
            tracemalloc.stop()
    print(peaks)
    assert peaks[80] / 80 < 1.1 * peaks[20] / 20, "as much for each project, however many there are"
    print(peaks)
    assert peaks[80] / 80 < 250, "KiB for one project with two models"
