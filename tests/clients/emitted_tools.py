"""Emits a target's files for the ready example and runs them as they are, in the client's own environment, against the emulator.

The files hold no address: the real host names are reached through the TLS front, and what arrived is kept with its body.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Self

import yaml
from tls_front import Front

from vxsetup.catalog import Catalogue, CatalogueProblem, load_catalogue
from vxsetup.emulator.server import EmulatorServer
from vxsetup.emulator.world import start, world_from
from vxsetup.findings import Severity, Verdict
from vxsetup.resources import schema
from vxsetup.smoke.body import About, examine

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
READY = ROOT / "examples" / "ready"
APP = "app@acme-ai-prod.iam.gserviceaccount.com"
PROJECT = "acme-ai-prod"
VERSION = "vertex-2023-10-16"
PIPELINES = """
ci:
  github: {repository: acme/app, owner_id: "1342004", refs: [refs/heads/main], service_account: app}
  gitlab: {project: acme/app, service_account: app}
"""
PLACES = {
    ("claude-sonnet-5-5", "eu"): "aiplatform.eu.rep.googleapis.com",
    ("claude-haiku-4-5@20251001", "europe-west1"): "europe-west1-aiplatform.googleapis.com",
}
"""The ready example's models with their locations, and the host that each location is asked at."""


OLDER_TOKEN_SERVER = ("www.googleapis.com", "/oauth2/v4/token")
"""Where google-auth-library before 10 asks for tokens, whatever the key file says; the same server as the newer address."""


@dataclass(frozen=True)
class Sent:
    """One request for a model as it arrived."""

    host: str
    path: str
    body: dict[str, Any]

    @property
    def verb(self) -> str:
        """``rawPredict`` or ``streamRawPredict``."""
        return self.path.partition("?")[0].rpartition(":")[2]

    @property
    def model(self) -> str:
        """The model id of the path, not percent-encoded."""
        return self.path.partition("?")[0].rpartition("/")[2].rpartition(":")[0].replace("%40", "@")

    @property
    def location(self) -> str:
        """The location of the path."""
        return self.path.partition("/locations/")[2].partition("/")[0]


class Recorder(Front):
    """The front, which keeps the body of each request for a model."""

    def __init__(self, server: EmulatorServer, folder: Path) -> None:
        super().__init__(server, folder)
        self.sent: list[Sent] = []

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    def answer(self, host: str, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any, bytes]:
        """What the emulator answers; a request for a model is kept."""
        if "/publishers/anthropic/models/" in path and method == "POST":
            self.sent.append(Sent(host, path, json.loads(body)))
        if (host, path) == OLDER_TOKEN_SERVER:
            host, path = "oauth2.googleapis.com", "/token"
        return super().answer(host, method, path, headers, body)


@dataclass
class Bench:
    """A world, the front before it, and a folder for the emitted files."""

    folder: Path
    world: dict[str, Any]
    extra: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.front: Recorder | None = None

    def run(self, commands: list[list[str]], cwd: str = ".", timeout: float = 120) -> tuple[list[Done], list[Sent]]:
        """Run the commands against the world: how each ended, and the requests for models that arrived."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        certificates = self.folder / "tls"
        certificates.mkdir(exist_ok=True)
        with (
            EmulatorServer(start(world_from(copy.deepcopy(self.world)))) as server,
            Recorder(server, certificates) as front,
        ):
            self.front = front
            environment = {
                **front.environment(),
                "PATH": os.environ["PATH"],
                "HOME": str(home),
                "GOOGLE_APPLICATION_CREDENTIALS": str(front.service_account(APP)),
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",
                **self.extra,
            }
            done = []
            for command in commands:
                ended = subprocess.run(
                    command,
                    cwd=self.folder / cwd,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    timeout=timeout,
                    check=False,
                )
                done.append(Done(ended.returncode, ended.stdout, ended.stderr))
            return done, list(front.sent)


@dataclass(frozen=True)
class Done:
    """How a client's process ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """All that the client's user sees."""
        return self.out + self.err


def ready_world() -> dict[str, Any]:
    """A new copy of the ready example's world."""
    found: dict[str, Any] = yaml.safe_load((READY / "world.yaml").read_text(encoding="utf-8"))
    return found


def wrong_model(world: dict[str, Any]) -> None:
    """The models are not enabled in the project."""
    world["projects"][PROJECT]["models"] = {}


def missing_grant(world: dict[str, Any]) -> None:
    """The account that asks may not."""
    bindings = world["projects"][PROJECT]["iam"]
    bindings[0]["members"] = [one for one in bindings[0]["members"] if not one.startswith("serviceAccount:")]


def zero_quota(world: dict[str, Any]) -> None:
    """No request a minute is granted anywhere."""
    for rows in world["projects"][PROJECT]["quotas"].values():
        for row in rows.values():
            row["requests"] = 0


def emit(folder: Path, *arguments: str, pipelines: bool = False) -> None:
    """Write a target's files with the command line, as a user does."""
    folder.mkdir(exist_ok=True)
    config = folder / "vxsetup.yaml"
    config.write_text((READY / "vxsetup.yaml").read_text(encoding="utf-8") + (PIPELINES if pipelines else ""))
    command = [sys.executable, "-m", "vxsetup", "emit", *arguments, "--config", str(config), "--output", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def first_cause(text: str, folder: Path, context: str) -> dict[str, Any]:
    """The likeliest cause that ``vxsetup explain`` names for what a client printed."""
    command = [sys.executable, "-m", "vxsetup", "explain", "--error", "-", "--context", context, "--format", "json"]
    command += ["--config", str(folder / "vxsetup.yaml")]
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["recognised"], text[-3000:]
    found: dict[str, Any] = answer["causes"][0]
    return found


def python_environment(name: str, emitted: list[Path], folder: Path) -> Path | str:
    """The interpreter of a new environment with the emitted requirements, at the versions of ``emitted/NAME.lock``.

    Where they cannot be had, why.
    """
    where = folder / name
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    python = where / "bin" / "python"
    wanted = [part for file in emitted for part in ("-r", str(file))]
    wanted += ["-c", str(HERE / "emitted" / f"{name}.lock")]
    if uv:
        make = [uv, "venv", "-q", "--python", sys.executable, str(where)]
        install = [uv, "pip", "install", "-q", "--python", str(python), *wanted]
    else:
        make = [sys.executable, "-m", "venv", str(where)]
        install = [str(python), "-m", "pip", "install", "-q", *wanted]
    for command in (make, install):
        done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
        if done.returncode != 0:
            return f"the emitted requirements cannot be installed together: {done.stderr[-2000:]}"
    return python


def check_sent(sent: list[Sent], fields: set[str], places: dict[tuple[str, str], str] | None = None) -> None:
    """Each model was asked once at its location's own host, and the body holds what it must and no field besides ``fields``."""
    expected = PLACES if places is None else places
    assert {(one.model, one.location): one.host for one in sent} == expected
    for one in sent:
        assert one.path.startswith(f"/v1/projects/{PROJECT}/locations/"), one.path
        assert one.verb in ("rawPredict", "streamRawPredict")
        assert one.body["anthropic_version"] == VERSION
        assert one.body["max_tokens"] > 0
        assert one.body["messages"]
        assert "model" not in one.body
        assert set(one.body) <= {"anthropic_version", "max_tokens", "messages"} | fields, sorted(one.body)
        assert (one.verb == "streamRawPredict") == bool(one.body.get("stream"))
        assert not refused_by_request(one), "``vxsetup request`` says that the platform refuses this body"


def refused_by_request(sent: Sent) -> list[str]:
    """The errors that ``vxsetup request`` finds in a body that arrived, for the model and location of its address."""
    about = About(sent.model, sent.location)
    found = examine(json.dumps(sent.body).encode(), "sent.json", about, _catalogue(), schema("request"))
    return [one.message for one in found if one.verdict is Verdict.FAIL and one.severity is Severity.ERROR]


@cache
def _catalogue() -> Catalogue:
    found = load_catalogue()
    assert not isinstance(found, CatalogueProblem)
    return found
