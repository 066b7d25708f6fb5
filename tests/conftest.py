"""Says at the head of every run what it runs with, the seed of what is generated, and what it leaves out; and what tests of
several rooms share: the stories of plans, the generated worlds, the command line in this process."""

from __future__ import annotations

import os
import platform
import random
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

_HERE = Path(__file__).resolve().parent
sys.path.extend(str(_HERE / room) for room in ("plan", "properties"))
pytest.register_assert_rewrite("plan_runs", "made_runs")

SEED = "VXSETUP_TEST_SEED"
SHOWN = (
    "click",
    "jsonschema",
    "PyYAML",
    "google-auth",
    "requests",
    "google-cloud-resource-manager",
    "google-cloud-aiplatform",
    "google-api-python-client",
    "hypothesis",
)
TIERS = {
    "clients": "python -m pytest -m clients tests/clients",
    "exhaustive": "python -m pytest -m exhaustive",
}
"""Marker of a tier that the default run leaves out -> the command that runs it."""


def pytest_configure(config: pytest.Config) -> None:
    """Draw a seed where none is given, once for all workers: they inherit it."""
    os.environ.setdefault(SEED, str(random.SystemRandom().randrange(1, 10**9)))
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Tells(config), "tells")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What runs for long by hand has no time limit."""
    for item in items:
        if item.get_closest_marker("exhaustive") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(0))


class _Tells:
    """Names a failed test at once: a run that is cut off has told what it had found."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal is not None:
            terminal.ensure_newline()
            terminal.write_line(f"failed in its {report.when}: {report.nodeid}")


def pytest_report_header(config: pytest.Config) -> list[str]:
    """The run's own description, above the first test."""
    markers: str = config.getoption("markexpr") or ""
    lines = [
        f"seed: {SEED}={os.environ[SEED]} draws the same generated cases again",
        f"with: {platform.python_implementation()} {sys.version.split()[0]} on {platform.system()}, {_versions()}",
    ]
    lines += [f"left out: {name} tests; {how} runs them" for name, how in TIERS.items() if f"not {name}" in markers]
    return lines


@pytest.fixture
def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs the command line in this process, in an empty folder, without any variable that it reads: code, out, err."""
    from vxsetup.cli.root import run

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


def _versions() -> str:
    found = []
    for name in SHOWN:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"{name} missing")
    return ", ".join(found)
