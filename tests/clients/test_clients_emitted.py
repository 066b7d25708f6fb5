"""What ``vxsetup emit`` writes for the ready example, run as it is by each real client: what arrives, and what comes back.

The clients live in environments of their own, made from the emitted requirements at the versions of ``emitted/``. What
cannot be installed fails; only a missing toolchain (Node, Go, Java) is a skip, and is named in the summary.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from emitted_homes import NPM, Homes, go_variables
from emitted_runs import HAIKU, RUNS, Run
from emitted_tools import (
    APP,
    HERE,
    OLDER_TOKEN_SERVER,
    PLACES,
    Bench,
    Sent,
    check_sent,
    emit,
    first_cause,
    missing_grant,
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
    words: dict[str, str] = {"FILES": str(HERE / "emitted")}
    made = homes.of(run) if run.home != "sh" else Path()
    emit(folder, name, *run.arguments)
    if run.home == "sh":
        extra["ACCESS_TOKEN"] = f"emu:serviceAccount:{APP}"
    elif run.home == "go":
        extra |= go_variables()
        _same_module(folder / "go", made)
    elif run.home in NPM:
        words["BIN"] = str(made / ".bin")
        if run.home in ("node", "genkit"):
            extra |= {"NODE_OPTIONS": f"--require {made.parent / 'proxy.cjs'}", "NODE_NO_WARNINGS": "1"}
        elif run.home == "agents":
            extra |= AGENTS
        if run.cwd != ".":
            (folder / run.cwd / "node_modules").symlink_to(made, target_is_directory=True)
    elif run.home != "java":
        words |= {"PY": str(made), "BIN": str(made.parent)}
    commands = [[_filled(part, words) for part in command] for command in run.commands]
    return Bench(folder, world, extra), commands


def _same_module(folder: Path, tidied: Path) -> None:
    """Give an emitted Go program what ``go mod tidy`` found for the same requirements, as it would without a network."""
    wanted = (folder / "go.mod").read_text()
    assert (tidied / "go.mod").read_text().startswith(wanted.rstrip()), "tidying changed what the file itself requires"
    for file in ("go.mod", "go.sum"):
        shutil.copy(tidied / file, folder / file)


def _filled(part: str, words: dict[str, str]) -> str:
    head, slash, rest = part.partition("/")
    return words[head] + slash + rest if head in words else part


PLAIN = sorted(name for name, run in RUNS.items() if run.home != "agents")


def places_of(run: Run) -> dict[tuple[str, str], str]:
    """Which of the example's places are asked, with their hosts."""
    return {place: host for place, host in PLACES.items() if run.model in (None, place[0])}


@pytest.mark.parametrize("name", PLAIN)
def test_the_emitted_program_asks_each_model_where_the_config_says(name: str, homes: Homes, tmp_path: Path) -> None:
    ready, commands = bench(name, homes, tmp_path, ready_world())
    run = RUNS[name]
    places = places_of(run)
    for command in commands:
        (done,), sent = ready.run([command], run.cwd)
        assert done.code == 0, done.text[-3000:]
        assert len(sent) == len(places) or (run.often and sent)
        check_sent(sent, set(run.fields), places)
        if run.limit is not None:
            assert {one.body["max_tokens"] for one in sent} == {run.limit}
        assert done.out.count(HELLO) == len(places), "each model's answer reached the program"
        assert ready.front is not None
        hosts = {host for host in ready.front.hosts if name not in TALKATIVE or host.endswith("googleapis.com")}
        older = {OLDER_TOKEN_SERVER[0]} if name == "genkit" else set()
        assert hosts <= {*places.values(), "oauth2.googleapis.com", *older}, "and no other host was asked"


TALKATIVE = ("aider", "opencode")
"""They ask their maker's hosts for lists and plug-ins, or tell them of some of their users: what they ask of Google is held against the config."""

WITHOUT_REFUSALS = ("dspy", "env", "instructor", "langchain", "llamaindex", "shell")
"""They show the exceptions of LiteLLM's or Anthropic's package, and are slow to start."""


def _refused(name: str, refusal: str) -> object:
    slow = RUNS[name].patient and refusal == "zero quota"
    return pytest.param(name, refusal, marks=[pytest.mark.exhaustive] if slow else [])


@pytest.mark.parametrize(
    ("name", "refusal"),
    [_refused(name, refusal) for name in PLAIN if name not in WITHOUT_REFUSALS for refusal in REFUSALS],
)
def test_a_refusal_reaches_the_user_and_explain_names_its_cause(
    name: str, refusal: str, homes: Homes, tmp_path: Path
) -> None:
    change, status, cause, rule = REFUSALS[refusal]
    world = ready_world()
    change(world)
    ready, commands = bench(name, homes, tmp_path, world)
    (done,), sent = ready.run([commands[0]], RUNS[name].cwd, timeout=240 if RUNS[name].patient else 120)
    assert done.code != 0 or RUNS[name].silent, "a refused request is no success"
    assert sent
    assert HELLO not in done.out
    assert str(status) in done.text
    found = first_cause(done.text, tmp_path, name)
    # In a region the text for a quota of zero is the one for a quota that is used up, whose documented value is not zero.
    causes = {cause, "quota-exceeded"} if (refusal, RUNS[name].model) == ("zero quota", HAIKU[1]) else {cause}
    assert found["cause"] in causes, done.text[-2000:]
    assert found["rule"] == rule


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


@pytest.mark.parametrize("name", [name for name, run in RUNS.items() if run.home in NPM])
def test_the_npm_versions_that_run_are_in_the_emitted_ranges(name: str, tmp_path: Path) -> None:
    emit(tmp_path, name, *RUNS[name].arguments)
    pinned = json.loads((HERE / "emitted" / RUNS[name].home / "package.json").read_text())["dependencies"]
    manifest = tmp_path / name / "package.json"
    if not manifest.exists():
        assert name in ("claude-code", "continue", "opencode"), "programs, not packages of a project"
        return
    emitted = json.loads(manifest.read_text())
    for package, wanted in {**emitted["dependencies"], **emitted["devDependencies"]}.items():
        for least, version in re.findall(r"(>=|<)([\d.]+)", wanted):
            have, bound = _numbers(pinned[package]), _numbers(version)
            assert have >= bound if least == ">=" else have < bound, (package, wanted)
