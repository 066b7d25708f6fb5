"""What each offline command costs in imports: module counts do not drift as clocks do."""

from __future__ import annotations

import subprocess
import sys

import pytest
from modules import loaded_after, within

NEVER = ("google", "grpc", "requests", "urllib3", "rich", "asyncio", "vxsetup.cloud", "vxsetup.emulator")
"""What no offline command may import."""

COSTLY = ("yaml", "jsonschema", "attrs", "referencing", "rpds", "json", "importlib.metadata", "vxsetup.config")
"""What help, version and completion have no use for."""

LIGHT = [
    ("--version",),
    ("--help",),
    (),
    ("completion", "bash"),
    ("check", "--help"),
    ("validate", "--help"),
    ("no-such-command",),
]
OFFLINE = [
    ("validate", "examples/ready/vxsetup.yaml"),
    ("validate", "examples"),
    ("validate", "examples/ready/vxsetup.yaml", "--format", "json"),
    ("check", "--offline", "examples/ready/vxsetup.yaml"),
    ("explain", "VX402"),
    ("rules",),
    ("schema", "project"),
    ("models",),
    ("demo", "--list"),
    ("emit", "--list"),
    ("emit", "claude-code", "--config", "examples/ready/vxsetup.yaml"),
    ("emit", "python", "--config", "examples/ready/vxsetup.yaml"),
]


def loaded(*command: str) -> set[str]:
    modules, run = loaded_after(*command)
    assert "vxsetup.cli.root" in modules, run.stderr
    assert "has a bug" not in run.stderr, run.stderr
    return modules


def found(modules: set[str], unwanted: tuple[str, ...]) -> list[str]:
    return sorted(name for name in modules if within(name, *unwanted))


@pytest.mark.parametrize("command", LIGHT, ids=" ".join)
def test_help_and_version_import_next_to_nothing(command: tuple[str, ...]) -> None:
    assert found(loaded(*command), NEVER + COSTLY) == []


@pytest.mark.parametrize("command", OFFLINE, ids=" ".join)
def test_offline_commands_import_no_cloud(command: tuple[str, ...]) -> None:
    assert found(loaded(*command), NEVER) == []


def test_completing_a_command_imports_next_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_VXSETUP_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "vxsetup val")
    monkeypatch.setenv("COMP_CWORD", "1")
    modules, run = loaded_after()
    assert "validate" in run.stdout, "this is a real completion"
    assert found(modules, NEVER + COSTLY) == []


def test_an_emulated_check_imports_only_the_low_level_clients() -> None:
    arguments = ("check", "examples/ready/vxsetup.yaml", "--emulate", "examples/ready/world.yaml")
    modules, run = loaded_after(*arguments)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "vxsetup.emulator.service" in modules
    assert "google.cloud.resourcemanager_v3.services.projects.client" in modules, "it speaks through Google's client"
    heavy = ("google.cloud.aiplatform", "vertexai", "google.genai", "google.cloud.bigquery", "google.cloud.storage")
    assert found(modules, (*heavy, "rich", "http.server")) == []


def test_google_s_packages_are_whole_for_whoever_imports_them_after_vxsetup() -> None:
    code = (
        "from vxsetup.cloud.generated import CLIENTS, load\n"
        "mine = {name: load(name)[0] for name in CLIENTS}\n"
        "from google.cloud import aiplatform_v1, resourcemanager_v3\n"
        "assert aiplatform_v1.ModelGardenServiceClient is mine['model_garden']\n"
        "assert resourcemanager_v3.ProjectsClient is mine['projects']\n"
        "assert aiplatform_v1.types.PublisherModel and aiplatform_v1.PredictionServiceClient\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
