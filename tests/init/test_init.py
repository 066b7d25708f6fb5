"""``vxsetup init``: what is written says what was answered and validates, or nothing is written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vxsetup.cli import starting
from vxsetup.cli.output import Refused
from vxsetup.cli.root import run
from vxsetup.cli.starting import known_project, sound
from vxsetup.config.load import load
from vxsetup.config.starter import Answers, starter

Run = Callable[..., tuple[int, str, str]]
NOW = ("--now", "2026-11-22T12:00:00Z")


@pytest.fixture
def init(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs ``vxsetup init`` in an empty folder, with nothing in the environment that names a project."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in [*os.environ]:
        if name.startswith(("VXSETUP_", "CLOUDSDK_", "GOOGLE_CLOUD_", "ANTHROPIC_")):
            monkeypatch.delenv(name)

    def ran(*arguments: str) -> tuple[int, str, str]:
        code = run(["init", *NOW, *arguments])
        out, err = capsys.readouterr()
        assert "has a bug" not in err
        return code, out, err

    return ran


def test_flags_say_everything(init: Run, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = init(
        *("--project", "acme-ai-prod", "--model", "claude-sonnet-5-5", "--location", "eu", "--residency", "eu"),
        *("--member", "serviceAccount:app", "--member", "group:ai@acme.example", "--client", "python"),
        *("--parent", "folders/123", "--billing-account", "012345-6789AB-CDEF01", "--contact", "ops@acme.example"),
    )
    assert code == 0
    assert out.endswith("Next:\n  vxsetup check\n")
    text = Path("vxsetup.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=./vxsetup.schema.json\n")
    assert Path("vxsetup.schema.json").exists()
    (project,) = load(Path("vxsetup.yaml")).projects
    assert project.id == "acme-ai-prod"
    assert project.create is not None
    assert [(entry.member, entry.create) for entry in project.access] == [
        ("serviceAccount:app", True),
        ("group:ai@acme.example", False),
    ]
    assert run(["validate"]) == 0
    capsys.readouterr()


def test_the_location_is_settled_where_it_can_be(init: Run) -> None:
    code, _, err = init("--project", "acme-ai-prod", "--model", "claude-sonnet-5-5", "--residency", "eu")
    assert code == 0
    assert load(Path("vxsetup.yaml")).projects[0].location == "eu"
    assert err.count("would fit as well") <= 1
    code, _, _ = init(
        *("apart.yaml", "--project", "acme-ai-prod", "--residency", "eu"),
        *("--model", "claude-sonnet-5-5", "--model", "claude-haiku-4-5"),
    )
    assert code == 0
    models = load(Path("apart.yaml")).projects[0].models
    assert [model.locations[0].location for model in models] == ["eu", "europe-west1"], "no one location is for both"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--project", "acme-ai-prod", "--model", "claude-3-opus"], "VX402"),
        (
            ["--project", "acme-ai-prod", "--model", "claude-sonnet-5-5", "--location", "us", "--residency", "eu"],
            "VX701",
        ),
        (["--project", "Acme", "--model", "claude-sonnet-5-5"], "project.id"),
        (["--project", 'a"\nevil: 1', "--model", "claude-sonnet-5-5"], "project.id"),
        (["--project", "acme-ai-prod", "--model", "claude-sonnet-5-5", "--member", "nobody"], "access"),
        (["--project", "acme-ai-prod", "--model", "claude-sonnet-5-5", "--client", "none\nx: 1"], "clients"),
        (["--project", "acme-ai-prod", "--model", "claude-sonnet-5-5", "--parent", "folders/1"], "go together"),
        (["--project", "acme-ai-prod"], "--model"),
        (["--model", "claude-sonnet-5-5"], "GOOGLE_CLOUD_PROJECT"),
    ],
)
def test_what_does_not_validate_is_not_written(init: Run, arguments: list[str], says: str) -> None:
    code, _, err = init(*arguments)
    assert code == 2
    assert says in err
    assert "Traceback" not in err
    assert list(Path().glob("vxsetup*")) == []


def test_a_file_that_is_there_stays(init: Run) -> None:
    Path("vxsetup.yaml").write_text("mine\n")
    arguments = ("--project", "acme-ai-prod", "--model", "claude-sonnet-5-5")
    code, _, err = init(*arguments)
    assert code == 2
    assert "only with --force" in err
    assert Path("vxsetup.yaml").read_text() == "mine\n"
    assert init(*arguments, "--force")[0] == 0
    assert "claude-sonnet-5-5" in Path("vxsetup.yaml").read_text()
    Path("link.yaml").symlink_to("nowhere.yaml")
    assert init("link.yaml", *arguments)[0] == 2
    assert not Path("nowhere.yaml").exists()
    assert init("no/such/folder.yaml", *arguments)[0] == 2


def test_a_file_that_comes_between_is_not_lost(tmp_path: Path) -> None:
    target = tmp_path / "vxsetup.yaml"
    target.write_text("theirs\n")
    with pytest.raises(Refused, match="is there already"):
        starting.new_file(str(target), "ours\n")
    assert target.read_text() == "theirs\n"
    assert list(tmp_path.iterdir()) == [target]


def test_on_a_terminal_it_asks_only_what_nothing_else_tells(
    init: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    asked: list[tuple[str, object]] = []
    answers = {"Project id": "acme-ai-prod", "Which": "claude-sonnet-5-5, claude-haiku-5-5", "Location": "us"}

    def prompt(question: str, default: object = None, **kwargs: object) -> str:
        asked.append((question, default))
        return next(answer for start, answer in answers.items() if question.startswith(start))

    monkeypatch.setattr(click, "prompt", prompt)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "acme-ai-dev")
    assert init()[0] == 0
    assert [question.partition(" ")[0] for question, _ in asked] == ["Project", "Which", "Location"]
    assert asked[0][1] == "acme-ai-dev"
    assert asked[2][1] == "global"
    (project,) = load(Path("vxsetup.yaml")).projects
    assert (project.id, project.location) == ("acme-ai-prod", "us")
    asked.clear()
    assert init("two.yaml", "--project", "acme-ai-prod", "--model", "claude-haiku-4-5", "--residency", "eu")[0] == 0
    assert asked == [], "one location fits, so nobody is asked"


def test_a_slip_on_a_terminal_is_asked_again_and_not_written(
    init: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    typed = iter(["Acme Prod", "acme-ai-prod", "claude-sonet-5", "claude-sonnet-5", "global"])
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda prompt: next(typed))
    code, _, err = init()
    assert code == 0, err
    assert "Error: `project.id` is the text `Acme Prod`, but must be 6 to 30 lower-case letters" in err
    assert "claude-sonet-5 is not in the catalogue. Did you mean claude-sonnet-5?" in err
    (project,) = load(Path("vxsetup.yaml")).projects
    assert (project.id, [model.id for model in project.models]) == ("acme-ai-prod", ["claude-sonnet-5"])


def test_a_model_newer_than_the_catalogue_can_be_insisted_on_and_is_warned_of(
    init: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    typed = iter(["claude-sonnet-9", "claude-sonnet-9"])
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda prompt: next(typed))
    code, _, err = init("--project", "acme-ai-prod", "--location", "eu")
    assert code == 0, err
    assert "If it is newer, type it once more" in err
    assert "VX411: claude-sonnet-9 is not in the catalogue of" in err
    assert load(Path("vxsetup.yaml")).projects[0].models[0].id == "claude-sonnet-9"


def test_the_project_of_this_machine(tmp_path: Path) -> None:
    gcloud = tmp_path / ".config" / "gcloud"
    (gcloud / "configurations").mkdir(parents=True)
    assert known_project({}, tmp_path) is None
    (gcloud / "active_config").write_text("work\n")
    config = "[auth]\nproject = wrong\n[core]\naccount = x\nproject = acme-ai-prod\n\n[compute]\nproject = other\n"
    (gcloud / "configurations" / "config_work").write_text(config)
    assert known_project({}, tmp_path) == ("acme-ai-prod", "gcloud's configuration work")
    assert known_project({"GOOGLE_CLOUD_PROJECT": "a-b-c-d"}, tmp_path) == ("a-b-c-d", "GOOGLE_CLOUD_PROJECT")
    assert known_project({"CLOUDSDK_ACTIVE_CONFIG_NAME": "../../etc"}, tmp_path) is None
    (gcloud / "configurations" / "config_work").write_bytes(b"\xff\xfe[core\nproject")
    assert known_project({}, tmp_path) is None


TEXTS = st.text(max_size=30) | st.sampled_from(
    [
        "acme-ai-prod",
        "no",
        "true",
        "0777",
        "12:30",
        "~",
        "a: b",
        "- x",
        "#c",
        "'",
        '"',
        "\n",
        "\u2028x",
        "&a",
        "*a",
        "!t",
        "{",
        "|",
    ]
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.builds(
        Answers,
        project=st.just("acme-ai-prod") | TEXTS,
        models=st.lists(st.just("claude-sonnet-5-5") | TEXTS, min_size=1, max_size=3, unique=True).map(tuple),
        location=st.none() | st.sampled_from(["eu", "global"]) | TEXTS,
        residency=st.none() | st.sampled_from(["eu", "any"]) | TEXTS,
        members=st.lists(
            st.sampled_from(["serviceAccount:app", "user:a@acme.example"]) | TEXTS, max_size=2, unique=True
        ).map(tuple),
        clients=st.lists(st.sampled_from(["python"]) | TEXTS, max_size=2, unique=True).map(tuple),
        contact=st.none() | st.just("ops@acme.example") | TEXTS,
    )
)
def test_whatever_is_answered_comes_back_or_is_refused(answers: Answers) -> None:
    text = starter(answers)
    try:
        sound(text, "vxsetup.yaml", answers)
    except Refused:
        return
    found = load(Path("vxsetup.yaml"), lambda path: text.encode())
    (project,) = found.projects
    assert project.id == answers.project
    assert tuple(model.id for model in project.models) == answers.models
    assert tuple(entry.member for entry in project.access) == answers.members
    assert set(project.root.value) <= {
        "version",
        "project",
        "location",
        "residency",
        "models",
        "access",
        "clients",
        "quota",
    }


def test_usual_answers_are_never_refused() -> None:
    for member in ("serviceAccount:app", "user:no@acme.example", "domain:acme.example", "group:on@acme.example"):
        answers = Answers("nobody-on-off", ("claude-sonnet-5-5", "claude-haiku-4-5@20251001"), "eu", "eu", (member,))
        sound(starter(answers), "vxsetup.yaml", answers)
