"""What plan, apply, drift and destroy say and ask, at a terminal and away from one: agreement, people's steps, ^C, slips."""

from __future__ import annotations

import json
import os
import shlex
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from plan_runs import ACCOUNT, CONFIG, PROJECT, ZERO, world

from vxsetup.cli import emulation
from vxsetup.cli.emulation import Emulation
from vxsetup.emulator.model import Billing

Run = Callable[..., tuple[int, str, str]]
EMULATED = ("--emulate", "world.yaml", "--emulate-state", "state.yaml")
JOURNAL = Path(".vxsetup") / f"{PROJECT}.journal.ndjson"
ENABLE = f"enable/{PROJECT}/aiplatform.googleapis.com"
BY_HAND = CONFIG.replace(f"  create: {{parent: organizations/1111, billing_account: {ACCOUNT}}}\n", "")
"""The billing account is not in the config, so that a person links it."""


@pytest.fixture
def run(cli: Run, tmp_path: Path) -> Run:
    """The command line beside a config whose billing account a person links, and a project on its first day."""
    (tmp_path / "vxsetup.yaml").write_text(BY_HAND)
    (tmp_path / "world.yaml").write_text(yaml.safe_dump(world(ZERO)))
    return cli


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sits at the terminal, and agrees to the plan."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr(click, "prompt", lambda *args, **kwargs: "yes")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Emulation]:
    """The emulations that are opened, the last one last."""
    found: list[Emulation] = []
    really = emulation.open_emulation

    def noted(path: str, state: str | None) -> Emulation:
        found.append(really(path, state))
        return found[-1]

    monkeypatch.setattr(emulation, "open_emulation", noted)
    return found


def begun() -> list[str]:
    rows = [json.loads(line) for line in JOURNAL.read_text().splitlines()]
    return [row["step"] for row in rows if row["event"] == "step_begun"]


def link(emulated: Emulation) -> None:
    """What the person does who has the billing account."""
    state = emulated._state
    project = state.project(PROJECT)
    assert project is not None
    emulated._state = state.with_project(replace(project, billing=Billing(ACCOUNT, True)))


def test_who_says_done_too_early_sends_nothing(run: Run, terminal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([True, False])
    monkeypatch.setattr(click, "confirm", lambda *args, **kwargs: next(answers))
    code, out, err = run("apply", *EMULATED)
    assert code == 5
    assert err.count("By hand: link an open billing account") == 2, "it looked, and asks again"
    assert ENABLE not in begun(), "what waits for the person was not tried"
    assert "skipped: it waits for: link an open billing account" in " ".join(out.split())
    assert "failed" not in out


def test_what_a_person_does_meanwhile_lets_the_rest_go_on(
    run: Run, terminal: None, opened: list[Emulation], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def confirm(question: str, **kwargs: Any) -> bool:
        asked.append(question)
        link(opened[-1])
        return len(asked) == 1

    monkeypatch.setattr(click, "confirm", confirm)
    code, out, _ = run("apply", *EMULATED)
    assert code == 5, "the models are left"
    assert ENABLE in begun()
    assert "✓ link an open billing account" in out


def test_an_interrupted_question_ends_the_run_at_once(
    run: Run, terminal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def typed(prompt: str = "") -> Iterator[str]:
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("the first ^C was not heard")

    monkeypatch.setattr("click.termui.visible_prompt_func", typed)
    code, out, _ = run("apply", *EMULATED)
    assert code == 130
    assert "by hand" in out, "what came of it is told"
    assert json.loads(JOURNAL.read_text().splitlines()[-1])["event"] == "run_ended"


def test_the_end_of_input_is_no_yes(run: Run, terminal: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(prompt: str = "") -> str:
        raise EOFError

    monkeypatch.setattr("click.termui.visible_prompt_func", ended)
    code, _, err = run("apply", *EMULATED)
    assert code == 5
    assert err.count("By hand:") == 1


def test_a_saved_plan_is_told_in_short_before_it_is_agreed_to(
    run: Run, terminal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("plan", "--out", "plan.json", *EMULATED)
    monkeypatch.setattr(click, "prompt", lambda *args, **kwargs: "no")
    code, out, err = run("apply", "plan.json", *EMULATED)
    assert (code, out) == (5, "")
    assert f"plan.json, for {PROJECT}:" in err
    assert "  + enable aiplatform.googleapis.com" in err
    assert "  by hand: link an open billing account" in err
    assert err.endswith("Nothing was changed.\n")


def test_what_a_saved_plan_did_and_somebody_took_away_is_done_anew(run: Run) -> None:
    run("plan", "--out", "plan.json", *EMULATED)
    run("apply", "plan.json", "--yes", *EMULATED)
    first = begun()
    state = yaml.safe_load(Path("state.yaml").read_text())
    state["projects"][PROJECT]["iam"] = []
    Path("state.yaml").write_text(yaml.safe_dump(state))
    _, _, err = run("apply", "plan.json", "--yes", *EMULATED)
    again = begun()[len(first) :]
    assert len(again) == 1
    assert again[0].startswith("grant/")
    assert "This plan has done it before, and it is needed again: give roles/aiplatform.user" in err
    assert begun() == first + again
    run("apply", "plan.json", "--yes", *EMULATED)
    assert begun() == first + again, "and not a third time"


def test_a_word_that_chooses_no_step_is_said(run: Run) -> None:
    code, out, err = run("plan", "--target", "nothing like it", *EMULATED)
    assert code == 0
    assert err == "--target 'nothing like it': no step that is needed has that in its id or title.\n"
    _, out, err = run("plan", "--target", "claude-app", *EMULATED)
    assert err == ""
    assert shlex.split(out.splitlines()[-1])[-4:] == ["--target", "claude-app", "--out", "plan.json"], (
        "apply alone would do more than was shown"
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("apply", "plan.json", "vxsetup.yaml", "--yes"), "plan.json is a saved plan, which goes alone"),
        (("apply", "plan.json", "--env", "prod", "--yes"), "--env prod does not go with it"),
        (("apply", "cut.json", "--yes"), "cut.json cannot be applied: it is not JSON"),
        (("apply", "later.json", "--yes"), "its format is 'vxsetup.plan/2', not 'vxsetup.plan/1'"),
        (("apply", "--yes", "--state", "vxsetup.yaml"), "--state vxsetup.yaml: that is no folder"),
        (("drift", "--state", "vxsetup.yaml"), "--state vxsetup.yaml: that is no folder"),
        (("destroy", "--yes", "--state", "vxsetup.yaml"), "--state vxsetup.yaml: that is no folder"),
        (("apply",), "say --yes where nobody can be asked"),
        (("apply", "nothing.json", "--yes"), "nothing.json cannot be read"),
        (("apply", "--yess"), "No such option '--yess'. Did you mean '--yes'?"),
    ],
)
def test_slips_end_in_one_line(run: Run, arguments: tuple[str, ...], says: str) -> None:
    run("plan", "--out", "plan.json", *EMULATED)
    text = Path("plan.json").read_text()
    Path("cut.json").write_text(text[: len(text) // 2])
    Path("later.json").write_text(text.replace("vxsetup.plan/1", "vxsetup.plan/2"))
    code, _, err = run(*arguments, *EMULATED)
    assert code == 2
    assert says in err
    assert len(err.splitlines()) == 1
    assert not JOURNAL.exists() or JOURNAL.read_text() == "", "nothing was begun"


def test_the_next_command_is_about_the_same_project_in_the_same_cloud(run: Run, tmp_path: Path) -> None:
    prod = BY_HAND + "environments: {dev: {project: {id: acme-ai-dev}}, prod: {}}\n"
    (tmp_path / "c.yaml").write_text(prod)
    more = ("--state", "journals", "--quota-project", "acme-tools", *EMULATED)
    _, out, _ = run("plan", "c.yaml", "--env", "prod", "--out", "p.json", *more)
    assert shlex.split(out.splitlines()[-1]) == ["vxsetup", "apply", "p.json", *more]
    _, out, _ = run("apply", "p.json", "--yes", *more)
    assert shlex.split(out.splitlines()[-1])[:3] == ["vxsetup", "apply", "p.json"]
    state = yaml.safe_load(Path("state.yaml").read_text())
    state["projects"][PROJECT]["billing"] = {"account": ACCOUNT, "open": True}
    Path("state.yaml").write_text(yaml.safe_dump(state))
    _, out, _ = run("apply", "p.json", "--yes", *more)
    words = shlex.split(out.splitlines()[-1])
    assert words == ["vxsetup", "check", "c.yaml", *more[2:], "--env", "prod"], "a plan names its config"
    code, out, _ = run("drift", "c.yaml", "--env", "prod", *more)
    assert code == 4
    assert shlex.split(out.splitlines()[-1]) == ["vxsetup", "plan", "c.yaml", "--env", "prod", *more]
    code, out, _ = run("destroy", "c.yaml", "--env", "prod", "--dry-run", *more)
    assert shlex.split(out.splitlines()[-1]) == ["vxsetup", "destroy", "c.yaml", "--env", "prod", *more]


def test_a_variable_holds_for_the_next_command_by_itself(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VXSETUP_EMULATE", "world.yaml")
    _, out, _ = run("plan")
    assert out.endswith("\n  vxsetup apply\n")


def test_that_there_is_no_journal_is_said(run: Run) -> None:
    for command in ("drift", "destroy"):
        _, _, err = run(command, "--state", "elsewhere", *EMULATED)
        assert f"There is no journal elsewhere/{PROJECT}.journal.ndjson" in err
