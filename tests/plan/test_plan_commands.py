"""``plan``, ``apply`` and ``check`` as a person types them: the story of the example, refusals, files, interruptions."""

from __future__ import annotations

import json
import os
import shlex
import signal
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import vxsetup.cloud.changes.service_usage as service_usage
from vxsetup.resources import schema

Cli = Callable[..., tuple[int, str, str]]

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "new-project"
CONFIG, WORLD = EXAMPLE / "vxsetup.yaml", EXAMPLE / "world.yaml"
CLOUD = ("--emulate", str(WORLD), "--emulate-state", "state.yaml")
MODELS = "    models: {claude-sonnet-5-5: {enabled: true}, claude-haiku-5-5: {enabled: true}}\n"
LAST = "Plan: 4 to add, 2 to change, 2 by hand. After it: ready, if what shows only then shows nothing new.\n"


def enabled_by_hand() -> None:
    """Mark in the emulator's state that somebody pressed Enable on both cards."""
    file = Path("state.yaml")
    text = file.read_text()
    head = "  acme-ai-new:\n"
    assert text.count(head) == 1
    file.write_text(text.replace(head, head + MODELS))


def test_the_story_of_a_new_project(cli: Cli) -> None:
    code, out, err = cli("plan", CONFIG, *CLOUD)
    assert (code, err) == (0, "")
    assert LAST in out
    assert out.endswith(f"Next:\n  vxsetup apply {CONFIG} --emulate {WORLD} --emulate-state state.yaml\n")
    assert cli("plan", CONFIG, *CLOUD, "--exit-code", "-q")[0] == 4
    code, out, err = cli("apply", CONFIG, *CLOUD, "--yes", "--events", "events.ndjson")
    assert (code, err) == (5, "")
    assert "Applied: 6 done, 2 by hand. The project is: not ready." in out
    enabled_by_hand()
    code, out, err = cli("check", CONFIG, *CLOUD, "-q")
    assert (code, err) == (0, ""), out
    code, out, _ = cli("plan", CONFIG, *CLOUD, "--exit-code")
    assert code == 0
    assert "No changes: the project is as the config asks." in out
    code, out, _ = cli("apply", CONFIG, *CLOUD, "--yes")
    assert code == 0
    assert "The project is: ready." in out
    validator = jsonschema.Draft202012Validator(schema("events"))
    events = [json.loads(line) for line in Path("events.ndjson").read_text().splitlines()]
    for event in events:
        validator.validate(event)
    assert {event["event"] for event in events} == {"step_begun", "step_waits", "step_ended"}
    journal = Path(".vxsetup/acme-ai-new.journal.ndjson").read_text()
    assert [json.loads(line)["event"] for line in journal.splitlines()].count("step_ended") == 6


def test_waiting_for_people_ends_with_the_hour(cli: Cli) -> None:
    code, out, _ = cli("apply", CONFIG, *CLOUD, "--yes", "--wait", "--format", "json")
    data = json.loads(out)
    jsonschema.Draft202012Validator(schema("events")).validate(data)
    assert code == 5
    assert data["summary"] == {"done": 6, "failed": 0, "not_confirmed": 0, "by_hand": 2, "skipped": 0}
    assert "now: '2026-11-22T13:0" in Path("state.yaml").read_text() or "T13:" in Path("state.yaml").read_text()


def test_a_saved_plan_is_applied_once_and_refused_when_stale(cli: Cli) -> None:
    code, out, _ = cli("plan", CONFIG, *CLOUD, "--out", "plan.json")
    assert code == 0
    assert out.endswith(f"Next:\n  vxsetup apply plan.json --emulate {WORLD} --emulate-state state.yaml\n")
    jsonschema.Draft202012Validator(schema("plan")).validate(json.loads(Path("plan.json").read_text()))
    assert stat.S_ISREG(Path("plan.json").stat().st_mode)
    code, out, _ = cli("apply", "plan.json", *CLOUD, "--yes")
    assert code == 5
    assert "6 done, 2 by hand" in out
    code, out, err = cli("apply", "plan.json", *CLOUD, "--yes")
    assert (code, err) == (5, ""), "its own steps are no reason to refuse it"
    assert "Applied: 2 by hand" in out
    code, out, err = cli("apply", "plan.json", *CLOUD, "--yes", "--state", "elsewhere")
    assert code == 5
    assert out == ""
    assert err.startswith("The plan is stale, and nothing was changed. Since it was made:\n  link billingAccounts/")
    assert "  give roles/aiplatform.user on acme-ai-new to serviceAccount:claude-app@" in err


def test_a_config_that_changed_makes_a_plan_stale(cli: Cli) -> None:
    Path("c.yaml").write_text(CONFIG.read_text())
    cli("plan", "c.yaml", *CLOUD, "--out", "plan.json")
    Path("c.yaml").write_text(CONFIG.read_text() + "# a comment\n")
    assert cli("apply", "plan.json", *CLOUD)[0] == 2, "a comment is nothing: it would ask for --yes"
    Path("c.yaml").write_text(CONFIG.read_text().replace("claude-haiku-5-5", "claude-opus-5-5"))
    code, out, err = cli("apply", "plan.json", *CLOUD, "--yes")
    assert (code, out) == (5, "")
    assert err.startswith("The plan is stale: c.yaml asks for something else now. Plan again: vxsetup plan c.yaml --")
    again = shlex.split(err.partition("Plan again: vxsetup ")[2])
    assert again[-2:] == ["--out", "plan.json"]
    cli(*again)
    assert cli("apply", "plan.json", *CLOUD, "--yes")[0] == 5, "what it says to run makes a plan that stands"


def test_nobody_is_asked_without_a_terminal(cli: Cli) -> None:
    code, _, err = cli("apply", CONFIG, *CLOUD)
    assert code == 2
    assert err == "Error: apply changes the cloud; say --yes where nobody can be asked\n"
    assert (
        "services: []" in Path("state.yaml").read_text()
        or "aiplatform" not in Path("state.yaml").read_text().split("acme-ai-new:")[1]
    )


def test_yes_is_no_variable(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VXSETUP_YES", "1")
    assert cli("apply", CONFIG, *CLOUD)[0] == 2


def test_files_that_are_no_plans_are_refused_in_one_line(cli: Cli) -> None:
    cli("plan", CONFIG, *CLOUD, "--out", "plan.json")
    text = Path("plan.json").read_text()
    for content, says in (
        (text.replace("aiplatform.user", "owner"), "it was changed since it was made"),
        (text.replace("vxsetup.plan/1", "vxsetup.plan/7"), "its format is 'vxsetup.plan/7'"),
        ('{"format": "vxsetup.facts/1"}', "its format is 'vxsetup.facts/1'"),
    ):
        Path("bad.json").write_text(content)
        code, out, err = cli("apply", "bad.json", *CLOUD, "--yes")
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert err.startswith(f"Error: bad.json cannot be applied: {says}"), err
    for content in (text[:100], "{}", ""):
        Path("bad.json").write_text(content)
        code, out, err = cli("apply", "bad.json", *CLOUD, "--yes")
        assert (code, out, err.count("\n")) == (2, "", 1), err


def test_a_config_with_errors_is_not_planned(cli: Cli) -> None:
    Path("c.yaml").write_text("version: 1\nproject: {}\n")
    for command in ("plan", "apply"):
        code, out, err = cli(command, "c.yaml", *CLOUD)
        assert (code, out) == (2, "")
        assert err.startswith("Error: c.yaml:2:")
        assert err.endswith("See: vxsetup validate c.yaml\n")


def test_nobody_is_sent_to_the_card_of_a_model_that_is_not_published(cli: Cli) -> None:
    Path("vxsetup.yaml").write_text(CONFIG.read_text().replace("id: claude-sonnet-5-5", "id: claude-sonet-5-5"))
    out = cli("plan", *CLOUD)[1]
    assert "Anthropic publishes no model claude-sonet-5-5" in out
    assert "did you mean claude-sonnet-5-5?" in out
    assert "enable claude-haiku-5-5 in Model Garden" in out
    assert "enable claude-sonet-5-5" not in out


def test_environments_are_planned_together_and_applied_one_by_one(cli: Cli) -> None:
    text = CONFIG.read_text().replace("quota:", "environments: {dev: {project: {id: acme-ai-dev}}, prod: {}}\nquota:")
    Path("c.yaml").write_text(text)
    code, out, _ = cli("plan", "c.yaml", *CLOUD, "-q")
    assert code == 0
    assert "acme-ai-dev (dev) in c.yaml" in out
    assert "acme-ai-new (prod) in c.yaml" in out
    for arguments in (("apply", "c.yaml", "--yes"), ("plan", "c.yaml", "--out", "plan.json")):
        code, _, err = cli(*arguments, *CLOUD)
        assert code == 2
        assert "choose one of dev, prod with --env" in err
    assert cli("apply", "c.yaml", *CLOUD, "--yes", "--env", "prod")[0] == 5
    assert Path(".vxsetup/acme-ai-new.prod.journal.ndjson").is_file()


def test_the_pages_for_other_people(cli: Cli) -> None:
    poor = WORLD.read_text().replace("    - {role: roles/billing.user, members", "    - {role: roles/browser, members")
    Path("poor.yaml").write_text(poor)
    cloud = ("--emulate", "poor.yaml")
    code, out, _ = cli("plan", CONFIG, *cloud, "--hand-over", "pages")
    assert code == 0
    assert "billing.resourceAssociations.create on billingAccounts/012345-6789AB-CDEF01" in out
    assert out.endswith("--hand-over hand-over\n")
    pages = {page.name: page.read_text() for page in Path("pages").iterdir()}
    assert set(pages) == {"entitlement-manager.md", "project-administrator.md"}
    assert "model-garden/claude-haiku-5-5?project=acme-ai-new>" in pages["entitlement-manager.md"]
    assert "roles/billing.user" in pages["project-administrator.md"]
    code, _, err = cli("apply", CONFIG, *cloud, "--yes")
    assert code == 5
    assert err.startswith("Nothing was changed: the caller is without permissions that the steps need")


def test_an_interruption_ends_after_the_steps_under_way(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    really = service_usage.enable

    def interrupted(*arguments: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return really(*arguments)

    monkeypatch.setattr(service_usage, "enable", interrupted)
    code, out, err = cli("apply", CONFIG, *CLOUD, "--yes")
    assert code == 130
    assert "Stopping after the steps under way" in err
    assert "the run was stopped" in out
    rows = [json.loads(line) for line in Path(".vxsetup/acme-ai-new.journal.ndjson").read_text().splitlines()]
    begun = [row["step"] for row in rows if row["event"] == "step_begun"]
    ended = [row["step"] for row in rows if row["event"] == "step_ended"]
    assert sorted(begun) == sorted(ended), "what was begun was ended, and written down"


def test_a_journal_cut_in_the_middle_is_said_and_loses_nothing(cli: Cli) -> None:
    cli("apply", CONFIG, *CLOUD, "--yes")
    file = Path(".vxsetup/acme-ai-new.journal.ndjson")
    file.write_bytes(file.read_bytes()[:-200])
    code, _, err = cli("apply", CONFIG, *CLOUD, "--yes")
    assert code == 5
    assert "cannot be read, as after a crash; the cloud itself was read anew" in err


def test_hostile_words_of_the_cloud_reach_no_terminal(cli: Cli) -> None:
    hostile = WORLD.read_text() + (
        'faults: [{match: "POST */services:batchEnable", status: 403, body: '
        '{error: {code: 403, status: PERMISSION_DENIED, message: "\\u001b[31mred\\u0007\\u202e"}}}]\n'
    )
    Path("hostile.yaml").write_text(hostile)
    code, out, err = cli("apply", CONFIG, "--emulate", "hostile.yaml", "--yes", "--color", "never")
    assert code == 5
    assert "\x1b" not in out + err
    assert "\\x1b[31mred\\x07\\u202e" in out


def test_what_the_config_no_longer_asks_for_is_listed_and_left(cli: Cli) -> None:
    cli("apply", CONFIG, *CLOUD, "--yes")
    gone = CONFIG.read_text().partition("access:")[0] + "quota: {contact: ops@acme.example}\n"
    Path("c.yaml").write_text(gone)
    code, out, _ = cli("plan", "c.yaml", *CLOUD, "--out", "plan.json")
    assert code == 0
    assert "Left over, made by vxsetup and no longer asked for (vxsetup destroy --left-over takes it back):" in out
    data = json.loads(Path("plan.json").read_text())
    jsonschema.Draft202012Validator(schema("plan")).validate(data)
    app = "claude-app@acme-ai-new.iam.gserviceaccount.com"
    assert {one["what"] for one in data["projects"][0]["left_over"]} == {
        f"service account {app}",
        f"roles/aiplatform.user on projects/acme-ai-new for serviceAccount:{app}",
    }
    assert "- " not in {line.lstrip()[:2] for line in out.splitlines()}, "a plan takes nothing away"
    other = cli("plan", "c.yaml", *CLOUD, "--state", "elsewhere")[1]
    assert "Left over" not in other
    assert "--state elsewhere" in other or "vxsetup check" in other
    cli("apply", "c.yaml", *CLOUD, "--yes")
    assert app in Path("state.yaml").read_text()
