"""The clients tier: says which clients it ran with and which it left out, and fails where a required one is missing."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Generator, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from client_worlds import world
from tls_front import Front

from vxsetup.emulator.server import EmulatorServer
from vxsetup.emulator.world import start, world_from

_HERE = Path(__file__).parent


def required() -> dict[str, str]:
    """The clients that must not be skipped: name on the package index -> module."""
    lines = (line.split("#")[0].split() for line in (_HERE / "required.txt").read_text().splitlines())
    return {line[0]: line[1] for line in lines if line}


def missing() -> list[str]:
    """The required clients that are not installed."""
    found = []
    for name in required():
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            found.append(name)
    return found


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Which clients the run has, with versions, and which it lacks."""
    if "not clients" in str(config.getoption("markexpr")):
        return []
    lacking = missing()
    have = [f"{name} {metadata.version(name)}" for name in required() if name not in lacking]
    for name, flag in (("node", "--version"), ("npm", "--version"), ("gcloud", "--version")):
        path = shutil.which(name)
        if path is None:
            lacking.append(name)
            continue
        done = subprocess.run([path, flag], capture_output=True, text=True, timeout=60, check=False)
        have.append(f"{name} {(done.stdout.strip() or 'unknown').splitlines()[0].removeprefix('Google Cloud SDK ')}")
    return [f"clients: {', '.join(have)}", f"clients not here: {', '.join(lacking) or 'none'}"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A socket that a client leaves open is the client's affair; who is running when it is collected is chance."""
    for item in items:
        if item.path.parent == _HERE:
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that was skipped for want of a required client has failed."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = str(report.longrepr[2])
        for name, module in required().items():
            if repr(module) in reason or repr(name) in reason:
                report.outcome = "failed"
                report.longrepr = f"{name} is required (tests/clients/required.txt) and is not installed: {reason}"
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What was left out, in one line each."""
    skipped = [one for one in terminalreporter.stats.get("skipped", []) if "clients/" in one.nodeid]
    left_out = {str(one.longrepr[2]).removeprefix("Skipped: ") for one in skipped if isinstance(one.longrepr, tuple)}
    for reason in sorted(left_out):
        terminalreporter.write_line(f"clients: left out: {reason}")


@pytest.fixture
def server() -> Iterator[EmulatorServer]:
    """The world of ``client_worlds`` on loopback."""
    with EmulatorServer(start(world_from(world()))) as running:
        yield running


@pytest.fixture
def front(server: EmulatorServer, tmp_path: Path) -> Iterator[Front]:
    """The same world behind a proxy that ends TLS for every Google host: clients need no endpoint setting at all."""
    with Front(server, tmp_path) as running:
        yield running
