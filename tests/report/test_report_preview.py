"""The plan preview of the report page: what ``plan`` says, for each project, from the answers of the check itself."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from plan_samples import planned
from report_samples import blocked_report

from vxsetup import resources
from vxsetup.cli.root import run
from vxsetup.report.html import report_html
from vxsetup.report.preview import preview
from vxsetup.values import replace

Run = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).resolve().parents[2]
HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line in this process, in an empty folder, without any variable that it reads."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("VXSETUP_")]:
        monkeypatch.delenv(name)

    def ran(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([*arguments])
        captured = capsys.readouterr()
        assert "has a bug" not in captured.err
        return code, captured.out, captured.err

    return ran


def example(name: str) -> tuple[str, ...]:
    folder = ROOT / "examples" / name
    return f"{folder}/vxsetup.yaml", "--emulate", f"{folder}/world.yaml"


def plans(text: str) -> list[dict[str, Any] | None]:
    """The plan of each project on a page."""
    found = re.search(r'<script type="application/json" id="report">(.*?)</script>', text)
    assert found is not None
    return [project["plan"] for project in json.loads(found[1])["projects"]]


def words(plan: dict[str, Any] | None) -> list[tuple[str, str, int]]:
    """Each step's title, reason, and how many lines its diff has."""
    assert plan is not None
    return [(step["title"], step["reason"], len(step["diff"])) for step in plan["steps"]]


@pytest.mark.parametrize("name", ["ready", "new-project", "six-faults"])
def test_the_page_shows_the_plan_that_plan_makes(cli: Run, name: str) -> None:
    _, page, _ = cli("check", *example(name), "--format", "html")
    _, out, _ = cli("plan", *example(name), "--format", "json")
    (row,) = json.loads(out)["projects"]
    (shown,) = plans(page)
    assert shown is not None
    assert words(shown) == [(step["title"], step["reason"], len(step["diff"])) for step in row["steps"]]
    assert [one[0].split()[0] for one in shown["left"]] == [one["rule"] for one in row["left"]]
    assert [one[0].split()[0] for one in shown["later"]] == [one["rule"] for one in row["shows_later"]]
    _, text, _ = cli("plan", *example(name), "-q")
    assert shown["sum"] in " ".join(text.split()), "the line that sums it up is the plan's own"
    assert shown["tested"] is False
    _, again, _ = cli(*shown["command"].split()[1:], "--format", "json")
    assert json.loads(again)["projects"][0]["steps"] == row["steps"], "the command that it names makes this plan"


def test_no_request_is_made_for_it_but_for_the_roles_that_it_would_give(cli: Run, tmp_path: Path) -> None:
    cli("check", *example("new-project"), "--record", "facts.json")
    _, live, _ = cli("check", *example("new-project"), "--format", "html")
    _, later, _ = cli("check", example("new-project")[0], "--facts", "facts.json", "--format", "html")
    (first,), (second,) = plans(live), plans(later)
    assert first is not None
    assert second is not None
    assert {key: first[key] for key in first if key != "command"} == {k: second[k] for k in second if k != "command"}
    cli("check", *example("new-project"), "--record", "more.json", "--format", "html")
    assert (tmp_path / "more.json").read_text() == (tmp_path / "facts.json").read_text()


def test_each_project_has_its_own_and_a_config_at_fault_has_none(cli: Run, tmp_path: Path) -> None:
    config = (ROOT / "examples/new-project/vxsetup.yaml").read_text()
    (tmp_path / "a.vxsetup.yaml").write_text(f"{config}environments:\n  dev: {{}}\n  prod: {{location: eu}}\n")
    missing = "version: 1\nmodels: [{id: claude-sonnet-5-5}]\nenvironments:\n  dev: {project: {id: acme-ai-new}}\n  prod: {}\n"
    (tmp_path / "b.vxsetup.yaml").write_text(missing)
    world = ("--emulate", str(ROOT / "examples/new-project/world.yaml"))
    _, page, _ = cli("check", ".", *world, "--format", "html")
    data = json.loads(re.findall(r'id="report">(.*?)</script>', page)[0])
    found = {(one["name"], one["file"]): one["plan"] for one in data["projects"] if one["file"]}
    commands = sorted(plan["command"] for plan in found.values() if plan is not None)
    assert [re.findall(r"--env (\w+)", command) for command in commands] == [["dev"], ["prod"]]
    assert all(plan is None for (_, file), plan in found.items() if file.startswith("b."))
    assert plans(page).count(None) >= 1


def test_a_check_of_flags_alone_has_nothing_to_plan(cli: Run) -> None:
    _, page, _ = cli(
        "check",
        "--project",
        "acme-ai-new",
        "--model",
        "claude-sonnet-5-5",
        *example("new-project")[1:],
        "--format",
        "html",
    )
    assert plans(page) == [None]


def test_the_page_of_a_drift_tells_which_permissions_are_missing(cli: Run) -> None:
    _, page, _ = cli("drift", *example("six-faults"), "--format", "html")
    (shown,) = plans(page)
    assert shown is not None
    assert shown["tested"] is True
    _, out, _ = cli("plan", *example("six-faults"), "--format", "json")
    (row,) = json.loads(out)["projects"]
    assert len(shown["missing"]) == len(row["missing_permissions"])
    assert words(shown) == [(step["title"], step["reason"], len(step["diff"])) for step in row["steps"]]


def test_other_formats_do_not_plan(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a plan was made")

    monkeypatch.setattr("vxsetup.cli.preview.previews", refuse)
    code, _, _ = cli("check", *example("six-faults"), "--report", "sarif=out.sarif", "--format", "markdown")
    assert code == 1


def test_a_merged_page_shows_the_plans_of_its_reports(cli: Run, tmp_path: Path) -> None:
    for name in ("new-project", "six-faults"):
        _, _, _ = cli("check", *example(name), "--report", f"json={name}.json", "--report", f"html={name}.html")
    code, page, err = cli("merge", "six-faults.json", "new-project.json", "--format", "html")
    assert (code, err) == (1, "")
    shown = plans(page)
    assert shown == [plans((tmp_path / f"{name}.html").read_text())[0] for name in ("new-project", "six-faults")]
    assert all(plan is not None and plan["steps"] for plan in shown)
    cli("check", *example("ready"), "--report", "json=ready.json")
    _, page, _ = cli("merge", "ready.json", "six-faults.json", "--format", "html")
    assert [plan is None for plan in plans(page)] == [True, False]


def test_a_json_report_carries_a_plan_only_beside_a_page_and_only_what_a_page_shows(cli: Run, tmp_path: Path) -> None:
    _, alone, _ = cli("check", *example("new-project"), "--format", "json")
    assert "plan" not in json.loads(alone)["projects"][0]
    _, beside, _ = cli("check", *example("new-project"), "--format", "json", "--report", "html=page.html")
    data = json.loads(beside)
    Draft202012Validator(resources.schema("report")).validate(data)
    plan = data["projects"][0].pop("plan")
    assert data == json.loads(alone), "nothing else differs"
    assert plan["steps"]
    assert all({"action", "depends", "gives", "digests"}.isdisjoint(step) for step in plan["steps"])
    assert preview(plan) == plans((tmp_path / "page.html").read_text())[0]


@pytest.mark.parametrize("nasty", ["</script><b>x", "\x1b[31mred\x07", "\u202eevil", "\ud800", "a\nb\r\x00"])
def test_a_plan_with_hostile_words_is_text(nasty: str) -> None:
    row = planned(nasty)
    texts = json.dumps(preview(row), ensure_ascii=False)
    assert not HARMFUL.search(texts.replace("\\n", ""))
    page = report_html(replace(blocked_report(), plans=(row,)))
    assert page.count("<script") == 2
    assert not HARMFUL.search(page.replace("\n", ""))
    (shown,) = plans(page)
    assert shown is not None
    assert len(shown["steps"]) == 3
