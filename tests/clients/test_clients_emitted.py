"""What ``vxsetup emit`` writes for the ready example, run as it is by each real client: what arrives, and what comes back.

The clients live in environments of their own, made from the emitted requirements at the versions of ``emitted/``. What
cannot be installed fails; only a missing Node is a skip, and is named in the summary.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from emitted_runs import RUNS, Run
from emitted_tools import (
    APP,
    HERE,
    PLACES,
    Bench,
    Sent,
    check_sent,
    emit,
    first_cause,
    missing_grant,
    python_environment,
    ready_world,
    wrong_model,
    zero_quota,
)

pytestmark = pytest.mark.clients
HELLO = "Hello from the emulator."
AGENTS = {"CLAUDE_CODE_MAX_RETRIES": "0", "IS_SANDBOX": "1", "DISABLE_AUTOUPDATER": "1"}
REFUSALS: dict[str, tuple[Callable[[dict[str, Any]], None], int, str, str]] = {
    "wrong model": (wrong_model, 404, "model-not-enabled", "VX406"),
    "missing grant": (missing_grant, 403, "iam-missing-predict", "VX302"),
    "zero quota": (zero_quota, 429, "quota-zero", "VX602"),
}


class Homes:
    """The environments, each made when it is first asked for, by the first of the processes that share the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, run: Run) -> Path:
        """The interpreter, or the folder ``node_modules``."""
        with (self._folder / f"{run.home}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            note = self._folder / f"{run.home}.made"
            if not note.exists():
                made = self._npm(run.home) if run.home in ("node", "agents") else self._python(run.home)
                note.write_text(str(made))
            found = note.read_text()
            if found.startswith("failed: "):
                pytest.fail(found)
            return Path(found)

    def _failed(self, home: str, why: str) -> NoReturn:
        (self._folder / f"{home}.made").write_text(f"failed: {why}")
        pytest.fail(why)

    def _python(self, home: str) -> Path:
        folder = self._folder / f"{home}-files"
        folder.mkdir()
        mine = {name: run for name, run in RUNS.items() if run.home == home}
        emit(folder, *mine)
        files = [folder / run.requirements for run in mine.values() if run.requirements]
        made = python_environment(home, files, self._folder)
        return made if isinstance(made, Path) else self._failed(home, made)

    def _npm(self, home: str) -> Path:
        if shutil.which("node") is None or shutil.which("npm") is None:
            pytest.skip("node and npm are not installed: the emitted files of JavaScript clients are not run")
        folder = self._folder / home
        shutil.copytree(HERE / "emitted" / home, folder)
        install = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
        done = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=400, check=False)
        if done.returncode != 0:
            self._failed(home, f"npm could not install the clients: {done.stderr[-2000:]}")
        return folder / "node_modules"


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    """The clients' environments, for all tests."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "emitted-clients"
    folder.mkdir(exist_ok=True)
    return Homes(folder)


def bench(name: str, homes: Homes, folder: Path, world: dict[str, Any]) -> tuple[Bench, list[list[str]]]:
    """The emitted files of a target, ready to run, and the commands that run them."""
    run = RUNS[name]
    extra: dict[str, str] = {}
    words: dict[str, str] = {}
    if run.home == "sh":
        extra["ACCESS_TOKEN"] = f"emu:serviceAccount:{APP}"
    elif run.home in ("node", "agents"):
        modules = homes.of(run)
        words["BIN"] = str(modules / ".bin")
        if run.home == "node":
            extra |= {"NODE_OPTIONS": f"--require {modules.parent / 'proxy.cjs'}", "NODE_NO_WARNINGS": "1"}
        else:
            extra |= AGENTS
    else:
        words["PY"] = str(homes.of(run))
    emit(folder, name)
    if run.home in ("node", "agents") and run.cwd != ".":
        (folder / run.cwd / "node_modules").symlink_to(homes.of(run), target_is_directory=True)
    commands = [[_filled(part, words) for part in command] for command in run.commands]
    return Bench(folder, world, extra), commands


def _filled(part: str, words: dict[str, str]) -> str:
    head, slash, rest = part.partition("/")
    return words[head] + slash + rest if head in words else part


PLAIN = sorted(name for name, run in RUNS.items() if run.home != "agents")


@pytest.mark.parametrize("name", PLAIN)
def test_the_emitted_program_asks_each_model_where_the_config_says(name: str, homes: Homes, tmp_path: Path) -> None:
    ready, commands = bench(name, homes, tmp_path, ready_world())
    for command in commands:
        (done,), sent = ready.run([command], RUNS[name].cwd)
        assert done.code == 0, done.text[-3000:]
        assert len(sent) == len(PLACES)
        check_sent(sent, set(RUNS[name].fields))
        if RUNS[name].limit is not None:
            assert {one.body["max_tokens"] for one in sent} == {RUNS[name].limit}
        assert done.out.count(HELLO) == len(PLACES), "each model's answer reached the program"
        assert ready.front is not None
        assert ready.front.hosts <= {*PLACES.values(), "oauth2.googleapis.com"}, "and no other host was asked"


WITHOUT_REFUSALS = ("dspy", "instructor", "langchain", "llamaindex")
"""They show the exceptions of LiteLLM's or Anthropic's package, and are slow to start."""


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("name", [name for name in PLAIN if name not in WITHOUT_REFUSALS])
def test_a_refusal_reaches_the_user_and_explain_names_its_cause(
    name: str, refusal: str, homes: Homes, tmp_path: Path
) -> None:
    change, status, cause, rule = REFUSALS[refusal]
    world = ready_world()
    change(world)
    ready, commands = bench(name, homes, tmp_path, world)
    (done,), sent = ready.run([commands[0]], RUNS[name].cwd)
    assert done.code != 0, "a refused request is no success"
    assert sent
    assert str(status) in done.text
    found = first_cause(done.text, tmp_path, name)
    assert (found["cause"], found["rule"]) == (cause, rule), done.text[-2000:]


def asked_for(sent: list[Sent]) -> list[Sent]:
    """The requests that want an answer: before them Claude Code asks for one token of each model that it knows."""
    return [one for one in sent if one.body.get("max_tokens") != 1]


@pytest.mark.parametrize("name", ["claude-code", "agent-sdk"])
def test_claude_code_asks_the_models_of_the_config_alone(name: str, homes: Homes, tmp_path: Path) -> None:
    ready, commands = bench(name, homes, tmp_path, ready_world())
    (done,), sent = ready.run(commands, RUNS[name].cwd)
    assert done.code == 0, done.text[-3000:]
    assert HELLO in done.out
    work = asked_for(sent)
    assert ("claude-sonnet-5-5", "eu") in {(one.model, one.location) for one in work}
    for one in work:
        assert PLACES[one.model, one.location] == one.host
        assert one.verb == "streamRawPredict"
        assert one.body["anthropic_version"] == "vertex-2023-10-16"
        assert "model" not in one.body
    assert ready.front is not None
    assert {one.host for one in sent} <= set(PLACES.values()), "what it tries besides stays at the config's locations"


@pytest.mark.parametrize("refusal", REFUSALS)
def test_claude_code_shows_a_refusal_and_explain_names_its_cause(refusal: str, homes: Homes, tmp_path: Path) -> None:
    change, status, cause, rule = REFUSALS[refusal]
    world = ready_world()
    change(world)
    ready, commands = bench("claude-code", homes, tmp_path, world)
    (done,), _ = ready.run(commands)
    assert done.code != 0
    assert ("is not available on your vertex deployment" if status == 404 else str(status)) in done.text
    found = first_cause(done.text, tmp_path, "claude-code")
    assert (found["cause"], found["rule"]) == (cause, rule), done.text


@pytest.fixture
def port() -> int:
    """A port of loopback that was free a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    return number


def _posted(url: str, model: str, patience_s: float = 90) -> dict[str, Any]:
    body = json.dumps({"model": model, "max_tokens": 64, "messages": [{"role": "user", "content": "Say hello."}]})
    until = time.monotonic() + patience_s
    while True:
        try:
            asking = Request(
                url,
                body.encode(),
                {"Content-Type": "application/json", "Authorization": f"Bearer {os.environ['LITELLM_MASTER_KEY']}"},
            )
            with urlopen(asking, timeout=30) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except (URLError, ConnectionError) as error:
            if time.monotonic() > until or not isinstance(getattr(error, "reason", error), ConnectionError):
                raise
            time.sleep(0.5)


SERVE = """
import json, os, subprocess, sys, time
port, python = sys.argv[1:3]
proxy = subprocess.Popen([os.path.join(os.path.dirname(python), "litellm"), "--config", "litellm/config.yaml",
                          "--host", "127.0.0.1", "--port", port], stdout=sys.stderr)
try:
    print(subprocess.run([sys.executable, "ask.py", port], capture_output=True, text=True, timeout=100).stdout)
finally:
    proxy.terminate()
    proxy.wait(20)
"""


def test_the_litellm_proxy_serves_each_model_by_its_name(homes: Homes, port: int, tmp_path: Path) -> None:
    ready, _ = bench("litellm", homes, tmp_path, ready_world())
    python = homes.of(RUNS["litellm"])
    (tmp_path / "ask.py").write_text(
        "import json, sys\n"
        f"sys.path.insert(0, {str(HERE)!r})\n"
        "from test_clients_emitted import _posted\n"
        f"for model in {[model for model, _ in PLACES]!r}:\n"
        "    answer = _posted(f'http://127.0.0.1:{sys.argv[1]}/v1/chat/completions', model)\n"
        "    print(answer['choices'][0]['message']['content'])\n"
    )
    ready.extra["LITELLM_MASTER_KEY"] = f"sk-{secrets.token_hex(16)}"  # without one the proxy does not start
    ready.extra["PYTHONPATH"] = os.pathsep.join([str(HERE), str(HERE.parents[1])])
    command = [sys.executable, "-c", SERVE, str(port), str(python)]
    (done,), sent = ready.run([command], timeout=150)
    assert done.code == 0, done.text[-3000:]
    assert done.out.count(HELLO) == len(PLACES), done.text[-3000:]
    check_sent(sent, set())


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


@pytest.mark.parametrize("name", [name for name, run in RUNS.items() if run.home in ("node", "agents")])
def test_the_npm_versions_that_run_are_in_the_emitted_ranges(name: str, tmp_path: Path) -> None:
    emit(tmp_path, name)
    pinned = json.loads((HERE / "emitted" / RUNS[name].home / "package.json").read_text())["dependencies"]
    manifest = tmp_path / name / "package.json"
    if not manifest.exists():
        assert name == "claude-code", "Claude Code is a program, not a package of the project"
        return
    emitted = json.loads(manifest.read_text())
    for package, wanted in {**emitted["dependencies"], **emitted["devDependencies"]}.items():
        for least, version in re.findall(r"(>=|<)([\d.]+)", wanted):
            have, bound = _numbers(pinned[package]), _numbers(version)
            assert have >= bound if least == ">=" else have < bound, (package, wanted)
