"""Cloud Asset Inventory: the same verdicts from fewer requests, and an index that is behind makes no failure."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import fleet_worlds as fleet
import pytest
from fleet_worlds import CALLER, SERVICES, Watched, name

from vxsetup.cli.configs import Configs
from vxsetup.findings import Report, Rung, Verdict

FOLDERS = 20
FEW = 22
SCOPE = "organizations/1111"


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Configs:
    """The configs of a small fleet."""
    return fleet.configs(fleet.write_configs(tmp_path_factory.mktemp("fleet"), FEW))


@pytest.fixture(scope="module")
def plain(read: Configs) -> tuple[Watched, Report]:
    """The fleet read project by project."""
    watched = Watched(fleet.world(FEW, FOLDERS))
    return watched, watched.run(read)


def judged(report: Report) -> list[tuple[object, ...]]:
    """What a report says of each finding, without where it is known from."""
    return [(f.fingerprint, f.rule, f.verdict, f.subject, f.principal, f.message) for f in report.findings]


def hosts(watched: Watched) -> Counter[str]:
    """Requests by API."""
    return Counter(str(urlsplit(request.url).hostname).removesuffix(".googleapis.com") for _, request in watched.sent)


def compared(read: Configs, plain: tuple[Watched, Report], count: int) -> str:
    """Hold the same findings with and without the index; the requests of both, with their ratio."""
    watched = Watched(fleet.world(count, FOLDERS), scope=SCOPE)
    report = watched.run(read)
    assert judged(report) == judged(plain[1])
    assert [(p.id, p.verdict) for p in report.projects] == [(p.id, p.verdict) for p in plain[1].projects]
    ours, theirs = hosts(watched), hosts(plain[0])
    healthy = [p for p in report.projects if p.verdict == "ready"]
    assert theirs["serviceusage"] == count
    assert ours["serviceusage"] == count - len(healthy), "only what is wrong is read by itself"
    assert ours["cloudasset"] <= 3 + count // 100
    assert sum(ours.values()) < sum(theirs.values())
    saved = f"Service Usage {ours['serviceusage']} of {theirs['serviceusage']}"
    saved += f", Resource Manager {ours['cloudresourcemanager']} of {theirs['cloudresourcemanager']}"
    return f"{count} projects: {sum(ours.values())} of {sum(theirs.values())} requests ({saved}), ratio {sum(ours.values()) / sum(theirs.values()):.2f}"


def test_the_index_gives_the_same_verdicts_from_fewer_requests(read: Configs, plain: tuple[Watched, Report]) -> None:
    print(compared(read, plain, FEW))


@pytest.mark.exhaustive
def test_so_it_does_for_200_projects(tmp_path: Path) -> None:
    many = fleet.configs(fleet.write_configs(tmp_path, 200))
    watched = Watched(fleet.world(200, FOLDERS))
    print(compared(many, (watched, watched.run(many)), 200))


def test_what_rests_on_the_index_says_so(read: Configs) -> None:
    report = Watched(fleet.world(FEW, FOLDERS), scope=SCOPE).run(read)
    for finding in report.findings:
        if finding.rule == "VX303":
            assert {e.rung for e in finding.evidence} == {Rung.LISTED}
            assert "cloudasset.assets.searchAllIamPolicies" in finding.evidence[0].source
            assert finding.evidence[0].at
        index = [e for e in finding.evidence if "cloudasset" in e.source]
        assert {e.rung for e in index} <= {Rung.LISTED}
        assert not index or finding.verdict is Verdict.PASS, "what is wrong is never wrong by the index alone"
    (told,) = report.notes
    assert told.startswith(
        f"Cloud Asset Inventory told the allow policies of {FEW} and the APIs of {FEW - 3} of {FEW} projects"
    )
    assert "were read by themselves" not in told, "an API that is off has no row, and was asked for at once"


APP = f"serviceAccount:app@{name(1)}.iam.gserviceaccount.com"
OWN = [
    {"role": "roles/aiplatform.user", "members": [CALLER]},
    {"role": "roles/serviceusage.serviceUsageConsumer", "members": [CALLER]},
    {"role": "roles/cloudquotas.viewer", "members": [CALLER]},
]
OFF = [f"{service}.googleapis.com" for service in SERVICES if service != "aiplatform"]


def one(report: Report, rule: str, project: str) -> tuple[Verdict, set[Rung]]:
    """The verdict of a rule on a project, and the rungs of its evidence."""
    (found,) = [f for f in report.findings if f.rule == rule and f.project == project]
    return found.verdict, {evidence.rung for evidence in found.evidence}


@pytest.mark.parametrize(
    ("rule", "stale"),
    [("VX303", {"iam": OWN}), ("VX203", {"services": OFF})],
    ids=["a grant that it has not seen", "an API that it has not seen"],
)
def test_an_index_that_is_behind_makes_no_failure(rule: str, stale: dict[str, Any], read: Configs) -> None:
    behind = fleet.world(FEW, FOLDERS, changes={name(1): stale})
    report = Watched(fleet.world(FEW, FOLDERS), scope=SCOPE, behind=behind).run(read)
    verdict, rungs = one(report, rule, name(1))
    assert verdict is Verdict.PASS
    assert Rung.LISTED not in rungs
    assert {p.id: p.verdict for p in report.projects}[name(1)] == "ready"
    assert ("1 of them, where something is wrong or not known, were read" in report.notes[0]) == ("iam" in stale)


def test_what_the_run_itself_read_beats_the_index(read: Configs) -> None:
    """The index has the API on; the probe and the project itself say that it is off."""
    now = fleet.world(FEW, FOLDERS, changes={name(1): {"services": OFF}})
    report = Watched(now, scope=SCOPE, behind=fleet.world(FEW, FOLDERS)).run(read)
    assert judged(report) == judged(Watched(now).run(read))
    verdict, rungs = one(report, "VX203", name(1))
    assert verdict is Verdict.FAIL
    assert Rung.LISTED not in rungs


def test_a_grant_that_is_gone_passes_until_the_index_has_seen_it_and_the_evidence_says_so(read: Configs) -> None:
    """The price of the index, which the docs name: what nothing else in the run tells is as old as the index."""
    now = fleet.world(FEW, FOLDERS, changes={name(1): {"iam": OWN}})
    report = Watched(now, scope=SCOPE, behind=fleet.world(FEW, FOLDERS)).run(read)
    assert one(report, "VX303", name(1)) == (Verdict.PASS, {Rung.LISTED})
    assert one(Watched(now).run(read), "VX303", name(1))[0] is Verdict.FAIL


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"match": "* *:searchAll*", "status": 403}, "told nothing: the answer was 403"),
        ({"match": "* *:searchAllIamPolicies*", "status": 503}, "Not all of it was told: the answer was 503"),
        ({"match": "* *:searchAllResources*", "broken": "timeout"}, "told nothing: no answer within 15 s"),
        ({"match": "* *:searchAll*", "broken": "not_json"}, "told nothing: cloudasset.googleapis.com answered 200"),
    ],
    ids=["refused", "half", "silent", "nonsense"],
)
def test_without_the_index_each_project_is_read_by_itself(
    fault: dict[str, Any], says: str, read: Configs, plain: tuple[Watched, Report]
) -> None:
    report = Watched(fleet.world(FEW, FOLDERS, [fault]), scope=SCOPE).run(read)
    assert judged(report) == judged(plain[1])
    assert says in report.notes[0]


def test_of_a_folder_only_its_own_projects_are_told(read: Configs, plain: tuple[Watched, Report]) -> None:
    watched = Watched(fleet.world(FEW, FOLDERS), scope="folders/4001")
    report = watched.run(read)
    assert judged(report) == judged(plain[1])
    inside = [number for number in range(FEW) if number % FOLDERS == 1]
    assert report.notes[0].startswith(f"Cloud Asset Inventory told the allow policies of {len(inside)} and ")
    elsewhere = Watched(fleet.world(FEW, FOLDERS), scope="folders/9999").run(read)
    assert "told nothing: the answer was 403" in elsewhere.notes[0]
    assert "roles/cloudasset.viewer" in elsewhere.notes[0]


def test_the_pages_of_a_search_follow_one_another(monkeypatch: pytest.MonkeyPatch, read: Configs) -> None:
    from vxsetup.cloud import inventory

    monkeypatch.setattr(inventory, "PAGE", 10)
    watched = Watched(fleet.world(FEW, FOLDERS), scope=SCOPE)
    report = watched.run(read)
    assert report.notes[0].startswith(f"Cloud Asset Inventory told the allow policies of {FEW} and ")
    assert hosts(watched)["cloudasset"] >= 8
    assert json.dumps(list(report.notes)).count("Cloud Asset") == 1


# On the command line ---------------------------------------------------------------------------------------------------


def test_a_recording_made_with_the_index_is_judged_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from vxsetup.cli.root import run as command
    from vxsetup.emulator.state import start
    from vxsetup.emulator.world import write_world

    fleet.write_configs(tmp_path / "teams", 4)
    (tmp_path / "world.yaml").write_text(write_world(start(fleet.world(4, 2))))

    def run(*arguments: str) -> tuple[int, str]:
        code = command(["check", str(tmp_path / "teams"), "--format", "json", *arguments])
        return code, capsys.readouterr().out

    world, facts = str(tmp_path / "world.yaml"), str(tmp_path / "facts.json")
    live = run("--emulate", world, "--cloud-asset", SCOPE, "--record", facts)
    assert live[0] == 1, "the fourth project lacks the API"
    assert "Cloud Asset Inventory told the allow policies of 4 and the APIs of 3 of 4 projects" in live[1]
    assert run("--facts", facts) == live, "the recording knows how it was made"
    assert command(["emulator", "world", facts]) == 2
    assert "made with --cloud-asset" in capsys.readouterr().err
    for wrong in ("acme", "projects/1", "folders/acme", "organizations/"):
        assert run("--emulate", world, "--cloud-asset", wrong)[0] == 2
