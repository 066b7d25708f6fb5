"""The fixture of the commands' tests; and the generators of tests/properties, which tests here use, too."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from vxsetup.cli.root import run

sys.path.append(str(Path(__file__).resolve().parents[1] / "properties"))


@pytest.fixture
def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs the command line in this process, in an empty folder, without any variable that it reads."""
    monkeypatch.chdir(tmp_path)
    for name in [*os.environ]:
        if name.startswith(("VXSETUP_", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "COLUMNS", "LC_", "LANG")):
            monkeypatch.delenv(name)

    def ran(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        assert "has a bug" not in captured.err
        return code, captured.out, captured.err

    return ran
