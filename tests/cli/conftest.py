"""The fixtures of the command line's tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cli_runs import Cli, Ran

from vxsetup.cli.root import run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    place = tmp_path / "work"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def cli(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs the command line in this process, in an empty folder, without any variable that it reads."""
    for name in [*os.environ]:
        if name.startswith(("VXSETUP_", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "COLUMNS", "LC_", "LANG")):
            monkeypatch.delenv(name)

    def ran(*arguments: str | Path) -> Ran:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return ran
