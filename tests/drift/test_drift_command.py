"""``vxsetup drift``: every difference once, each with what it was; exit 4, 3 or 0."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from plan_runs import APP, CONFIG, PROJECT, ZERO, world

Run = Callable[..., tuple[int, str, str]]
EMULATED = ("--emulate", "world.yaml", "--emulate-state", "state.yaml")
ROLE = "roles/aiplatform.user"


@pytest.fixture
def ready(cli: Run, tmp_path: Path) -> Run:
    """The command line in a folder with a project that is ready."""
    (tmp_path / "vxsetup.yaml").write_text(CONFIG)
    (tmp_path / "world.yaml").write_text(yaml.safe_dump(world(ZERO)))
    cli("apply", "--yes", *EMULATED)
    edit(models={name: {"enabled": True} for name in ("claude-sonnet-5-5", "claude-haiku-5-5")})
    return cli


def edit(**fields: Any) -> None:
    """Change the emulated project behind everybody's back."""
    state = yaml.safe_load(Path("state.yaml").read_text())
    state["projects"][PROJECT].update(fields)
    Path("state.yaml").write_text(yaml.safe_dump(state))


def rows(run: Run, *more: str) -> tuple[int, list[dict[str, Any]]]:
    code, out, _ = run("drift", "--format", "json", *EMULATED, *more)
    data = json.loads(out)
    assert data["format"] == "vxsetup.drift/1"
    return code, data["projects"][0]["drift"]


def test_in_step_is_zero(ready: Run) -> None:
    code, out, _ = ready("drift", *EMULATED)
    assert code == 0, out
    assert "Drift: none" in out
    assert rows(ready) == (0, [])


def test_what_was_taken_away_is_one_difference_with_what_it_breaks(ready: Run) -> None:
    edit(iam=[])
    code, found = rows(ready)
    assert code == 4
    (row,) = found
    assert row["kind"] == "gone"
    assert row["rule"] == "VX303"
    assert "does not hold aiplatform.endpoints.predict" in row["asked"]
    code, out, _ = ready("drift", *EMULATED)
    assert code == 4
    assert "Gone since vxsetup made it:" in out
    assert "vxsetup plan" in out


def test_what_was_changed_tells_before_and_after(ready: Run) -> None:
    state = yaml.safe_load(Path("state.yaml").read_text())
    accounts = state["projects"][PROJECT]["service_accounts"]
    ((name, account),) = accounts.items()
    edit(service_accounts={name: {**account, "description": "mine now"}})
    code, found = rows(ready)
    assert code == 4
    (row,) = found
    assert row["kind"] == "changed"
    assert row["changes"] == [
        {"attribute": "description", "before": "Made by vxsetup for requests to Claude.", "after": "mine now"}
    ]
    _, out, _ = ready("drift", *EMULATED)
    assert "description: Made by vxsetup for requests to Claude. → mine now" in " ".join(out.split())


def test_what_is_no_longer_asked_for_is_left_over(ready: Run) -> None:
    less = CONFIG.replace("access:\n  - member: serviceAccount:claude-app\n    create: true\n    can: [invoke]\n", "")
    Path("vxsetup.yaml").write_text(less)
    code, found = rows(ready)
    assert code == 4
    assert {(row["kind"], row["step"]) for row in found} == {
        ("left_over", f"account/{APP}"),
        ("left_over", f"grant/{PROJECT}/{ROLE}/serviceAccount:{APP}"),
    }
    _, out, _ = ready("drift", *EMULATED)
    assert "vxsetup destroy" in out
    assert "--left-over" in out
    assert ready("destroy", "--left-over", "--yes", *EMULATED)[0] == 0
    assert rows(ready) == (0, [])


def test_what_the_config_asks_and_nobody_made_differs(ready: Run) -> None:
    edit(models={"claude-sonnet-5-5": {"enabled": True}})
    code, found = rows(ready)
    assert code == 4
    assert [(row["kind"], row["rule"], row["step"]) for row in found] == [("differs", "VX406", None)]


def test_what_cannot_be_read_is_undecided_and_never_in_step(ready: Run) -> None:
    state = yaml.safe_load(Path("state.yaml").read_text())
    state["faults"] = [{"match": "GET */serviceAccounts/*", "status": 403, "times": 99}]
    Path("state.yaml").write_text(yaml.safe_dump(state))
    code, found = rows(ready)
    assert code == 3
    assert "unknown" in {row["kind"] for row in found}
    assert {row["kind"] for row in found} == {"unknown"}
    assert rows(ready, "--unknown", "warn")[0] == 0


def test_without_a_journal_it_is_the_config_alone(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "vxsetup.yaml").write_text(CONFIG)
    (tmp_path / "world.yaml").write_text(yaml.safe_dump(world(ZERO)))
    code, found = rows(cli)
    assert code == 4
    assert {row["kind"] for row in found} <= {"differs", "unknown"}


@pytest.mark.parametrize("format_", ["sarif", "junit", "github", "markdown", "html"])
def test_other_tools_read_it_too(ready: Run, format_: str) -> None:
    edit(iam=[])
    code, out, _ = ready("drift", "--format", format_, *EMULATED)
    assert code == 4
    assert "is gone; vxsetup made it on" in out
    assert "VX303" in out
    if format_ == "junit":
        assert 'failures="1"' in out
    if format_ == "sarif":
        assert len([one for one in json.loads(out)["runs"][0]["results"] if one["ruleId"] == "VX303"]) >= 1


def test_it_changes_nothing(ready: Run) -> None:
    edit(iam=[])
    before = yaml.safe_load(Path("state.yaml").read_text())["projects"]
    journal = (Path(".vxsetup") / f"{PROJECT}.journal.ndjson").read_text()
    ready("drift", *EMULATED)
    assert yaml.safe_load(Path("state.yaml").read_text())["projects"] == before
    assert (Path(".vxsetup") / f"{PROJECT}.journal.ndjson").read_text() == journal
