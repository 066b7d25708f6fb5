"""The environments of the emitted files' clients, each made once for all tests: Python, npm, Go and Maven.

What a package index gives must be had: a failure to install fails. A toolchain that the machine lacks (Node, Go, Java)
is a skip that says so, unless ``CLIENTS_REQUIRE_TOOLCHAINS`` is set.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest
from emitted_runs import RUNS, Run
from emitted_tools import HERE, emit, python_environment

from vxsetup.catalog import CatalogueProblem, load_catalogue
from vxsetup.clients import shipped_targets

NPM = ("node", "agents", "genkit", "editors")
TOOLS = {**dict.fromkeys(NPM, ("node", "npm")), "go": ("go",), "readers": ("go",), "java": ("java", "keytool", "mvn")}


class Homes:
    """The environments, each made when it is first asked for, by the first of the processes that share the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, run: Run) -> Path:
        """The interpreter, the folder ``node_modules``, or the folder of a compiled program."""
        return self.named(run.home)

    def named(self, home: str) -> Path:
        """The same by the environment's name; ``readers`` is the program of ``emitted/readers``."""
        missing = [tool for tool in TOOLS.get(home, ()) if shutil.which(tool) is None]
        if missing:
            says = f"not installed: {', '.join(missing)}; the emitted files that need them are not run"
            pytest.fail(says) if os.environ.get("CLIENTS_REQUIRE_TOOLCHAINS") else pytest.skip(says)
        with (self._folder / f"{home}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            note = self._folder / f"{home}.made"
            if not note.exists():
                note.write_text(str(self._make(home)))
            found = note.read_text()
            if found.startswith("failed: "):
                pytest.fail(found)
            return Path(found)

    def _make(self, home: str) -> Path:
        if home in NPM:
            return self._npm(home)
        if home == "java":
            return self._java()
        if home == "readers":
            return self._readers()
        return self._go() if home == "go" else self._python(home)

    def _failed(self, home: str, why: str) -> NoReturn:
        (self._folder / f"{home}.made").write_text(f"failed: {why}")
        pytest.fail(why)

    def _done(self, home: str, command: list[str], folder: Path) -> None:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=500, check=False)
        if done.returncode != 0:
            self._failed(home, f"{' '.join(command)}: {(done.stdout + done.stderr)[-2000:]}")

    def _python(self, home: str) -> Path:
        folder = self._folder / f"{home}-files"
        folder.mkdir()
        mine = {name: run for name, run in RUNS.items() if run.home == home and run.requirements}
        if mine:
            emit(folder, *mine)
        files = [folder / run.requirements for run in mine.values() if run.requirements]
        if home == "aider":
            files = [folder / "requirements.txt"]
            files[0].write_text("\n".join(_of_the_table("aider")) + "\n")
        made = python_environment(home, files, self._folder)
        return made if isinstance(made, Path) else self._failed(home, made)

    def _npm(self, home: str) -> Path:
        folder = self._folder / home
        shutil.copytree(HERE / "emitted" / home, folder)
        install = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
        self._done(home, install, folder)
        return folder / "node_modules"

    def _go(self) -> Path:
        """The emitted program, its modules found and compiled; what ``go mod tidy`` wrote is used by each test."""
        emit(self._folder / "go-files", "go")
        folder = self._folder / "go-files" / "go"
        for command in (["go", "mod", "tidy"], ["go", "build", "-o", os.devnull, "."]):
            self._done("go", command, folder)
        return folder

    def _java(self) -> Path:
        """The emitted project, so that Maven holds its packages and plugins."""
        emit(self._folder / "java-files", "java")
        folder = self._folder / "java-files" / "java"
        self._done("java", ["mvn", "-q", "-B", "test-compile", "exec:help"], folder)
        return folder

    def _readers(self) -> Path:
        program = self._folder / "readers"
        self._done("readers", ["go", "build", "-o", str(program), "."], HERE / "emitted" / "readers")
        return program


def _of_the_table(name: str) -> list[str]:
    """The packages that the table of clients names, as requirements."""
    catalogue = load_catalogue()
    assert not isinstance(catalogue, CatalogueProblem)
    found = shipped_targets(catalogue.sources).target(name)
    assert found is not None
    return [f"{one.name}>={one.since}" for one in found.packages if one.ecosystem == "pypi"]


def go_variables() -> dict[str, str]:
    """Where Go keeps its modules and what it compiled, for a process with another home folder; no network."""
    asked = ["go", "env", "-json", "GOPATH", "GOCACHE", "GOMODCACHE"]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found | {"GOPROXY": "off", "GOTOOLCHAIN": "local"}
