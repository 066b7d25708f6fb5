"""The README says what is: its commands, its transcript, its config, its links; and CI runs what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from readme_transcript import CONSOLE, README, ROOT, STORY, rewritten

TEXT = README.read_text(encoding="utf-8")


def block(marker: str) -> str:
    """The fenced block that follows a comment beginning so."""
    found = re.search(rf"<!-- {re.escape(marker)}[^\n]*-->\n```\w+\n(.*?)```", TEXT, re.DOTALL)
    assert found, f"no block {marker!r}"
    return found[1].strip()


def test_the_transcript_is_what_is_printed() -> None:
    assert CONSOLE.search(TEXT)
    assert rewritten(TEXT) == TEXT, "python tests/package/readme_transcript.py writes it again"


def test_the_story_of_a_new_project_ends_ready() -> None:
    (story,) = STORY.findall(TEXT)
    commands = re.findall(r"(?m)^\$ (\S+ \S+)", story)
    assert [command for command in commands if command.startswith("vxsetup")] == [
        "vxsetup init",
        "vxsetup plan",
        "vxsetup apply",
        "vxsetup check",
    ]
    last = story.rpartition("\n$ ")[2]
    assert "✓ acme-ai-new in vxsetup.yaml: ready" in last
    assert "✗" not in last


def test_two_commands_do_all_the_set_up() -> None:
    for name in ("check", "test"):
        command = block(f"command: {name}")
        assert "\n" not in command, "one command"
        assert command.startswith("python3 -m venv .venv && .venv/bin/python -m pip install "), "from a fresh clone"
    assert block("command: check").endswith(
        ".venv/bin/vxsetup check examples/ready/vxsetup.yaml --emulate examples/ready/world.yaml"
    )
    assert block("command: test").endswith(".venv/bin/python -m pytest"), "the default tier, as it stands"


def test_ci_runs_the_second_command() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    extract = re.search(r"tests=\$\((awk .*?README\.md)\)", ci, re.DOTALL)
    assert extract
    shown = subprocess.run(["bash", "-c", extract[1]], cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == block("command: test")
    assert 'step tests bash -euo pipefail -c "$tests"' in ci


def test_the_clients_tier_is_named_as_ci_runs_it() -> None:
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    install, _, test = block("command: clients").partition(" && ")
    assert install.removeprefix(".venv/bin/python -m pip ") in ci
    assert test == '.venv/bin/python -m pytest -m "clients and not exhaustive" tests/clients'
    assert test in ci


def test_the_config_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "vxsetup.yaml"
    file.write_text(block("config:"), encoding="utf-8")
    command = [sys.executable, "-m", "vxsetup", "validate", str(file), "--fail-on", "warning", "--now", "2026-11-22"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_command_is_listed_and_none_that_is_not_built() -> None:
    from vxsetup.cli.root import COMMANDS

    listed = re.findall(r"^\| `vxsetup (\S+)", TEXT, re.MULTILINE)
    assert sorted(name.strip("`") for name in listed) == sorted(COMMANDS)
    missing = re.search(r"## What it does not do yet\n(.*?)\n## ", TEXT, re.DOTALL)
    assert missing
    not_built = {"plan", "apply", "drift", "destroy", "init", "emit", "smoke", "request", "doctor", "baseline", "merge"}
    for name in not_built:
        assert (f"`{name}`" in missing[1]) == (name not in COMMANDS), name


WRITTEN_BY_THE_SITE = ("rules/", "causes/", "commands/", "schemas/", "known/", "exit-codes.md", "formats.md")
"""Pages that the docs site makes from the code's own tables; the site's build fails where a link to them is broken."""


def test_links_lead_somewhere() -> None:
    for document in (README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            made = document.parent == ROOT / "docs" and target.startswith(WRITTEN_BY_THE_SITE)
            assert made or (document.parent / target).exists(), f"{document.name}: {target}"
