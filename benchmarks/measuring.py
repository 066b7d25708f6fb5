"""What every measurement needs: configs and worlds of a size, commands that take turns, a server, and a table."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "schemas" / "project.schema.json"
LATENCY_S = 0.05
MODELS = ("claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5")
PLACES = ("global", "us", "eu")
START = "import sys; sys.argv[0] = 'vxsetup'; from vxsetup.__main__ import main; main()"
"""What the installed command ``vxsetup`` does."""

CONFIG = """\
version: 1
project:
  id: {project}
location: {location}
models:
{models}
access:
  - member: serviceAccount:app
    can: [invoke]
"""

FULL_CONFIG = """\
version: 1
project:
  id: {project}
  create:
    parent: folders/123456789012
    billing_account: 012345-6789AB-CDEF01
location: {location}
residency: any
models:
  - id: claude-sonnet-5-5
    needs:
      requests_per_minute: 60
      input_tokens_per_minute: 500000
      output_tokens_per_minute: 50000
    features:
      - prompt_caching
      - structured_outputs
      - web_search
      - batch
  - id: claude-haiku-5-5
    locations: [global]
    traffic: pay_as_you_go
access:
  - member: serviceAccount:app
    create: true
    can: [invoke]
  - member: "group:ai-developers@acme.example"
    can: [invoke]
    role: roles/aiplatform.user
ci:
  github:
    repository: acme/app
    owner_id: "1342004"
    refs: [refs/heads/main]
    service_account: app
  gitlab:
    project: acme/app
    service_account: app
logging:
  request_response:
    sampling_rate: 1.0
    dataset: claude_logs
    location: EU
    retention_days: 30
  inference_events: true
network:
  private: false
consents:
  data_sharing:
    publisher: anthropic
    models: [claude-fable-5-1]
    accept: prompts and responses may be kept by the publisher for up to 30 days
    by: legal@acme.example
  enable_models: by_hand
org_policy:
  manage: false
quota:
  contact: ops@acme.example
  justification: "support assistant, 60 requests a minute"
clients: [python, claude-code, litellm]
"""
"""A config that uses most of what the format has: what a validator is to be measured with."""


@dataclass
class Ran:
    """One finished process: seconds from start to exit, its peak memory in MiB, its exit code and output."""

    seconds: float
    peak: float
    code: int
    output: str


@dataclass
class Table:
    """The rows that the end of the run prints."""

    rows: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def add(self, what: str, measured: str, beside: str, budget: str, ok: bool | None) -> None:
        verdict = "-" if ok is None else "ok" if ok else "OVER"
        self.rows.append((what, measured, beside, budget, verdict))
        say(f"  {what}: {measured} ({beside}) budget {budget}: {verdict}")

    def text(self) -> str:
        head = ("what", "measured", "beside", "budget", "verdict")
        widths = [max(len(row[n]) for row in [head, *self.rows]) for n in range(5)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [head, *self.rows]
        ]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join(line.rstrip() for line in lines)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def environment(**variables: str) -> dict[str, str]:
    """This process's variables, but bytecode is kept, as it is where vxsetup is installed."""
    dropped = ("PYTHONDONTWRITEBYTECODE", "VXSETUP_", "_VXSETUP")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return kept | {"PYTHONPATH": str(ROOT)} | variables


_SHOWN = 4 * 1024 * 1024
"""Bytes of a command's output that are kept."""


def run(command: Sequence[str], **variables: str) -> Ran:
    """Run a command to its end, in the repository's folder."""
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(**variables), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        # A child's peak begins with its parent's size: a report of a gigabyte is not read in whole.
        text = output.read(_SHOWN).decode("utf-8", "replace")
    scale = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Ran(seconds, usage.ru_maxrss / scale, process.returncode, text)


def turns(commands: dict[str, Sequence[str]], times: int, **variables: str) -> dict[str, list[Ran]]:
    """Run commands in turn, so that a machine that slows down slows all of them; one warm-up round is not counted."""
    runs: dict[str, list[Ran]] = {name: [] for name in commands}
    for count in range(times + 1):
        for name, command in commands.items():
            ran = run(command, **variables)
            if ran.code:
                raise SystemExit(f"{name} left {ran.code}: {ran.output[-500:]}")
            if count:
                runs[name].append(ran)
    return runs


def median(runs: list[Ran]) -> float:
    return statistics.median(one.seconds for one in runs)


def ratio(runs: dict[str, list[Ran]], ours: str, theirs: str) -> float:
    """The median of the ratios of neighbouring turns: what drifts between turns falls out of it."""
    return statistics.median(a.seconds / b.seconds for a, b in zip(runs[ours], runs[theirs], strict=True))


def vxsetup(*arguments: str) -> list[str]:
    return [sys.executable, "-c", START, *arguments]


def write_configs(folder: Path, count: int, full: bool = False) -> Path:
    """A folder of valid configs, each of another project: three models at one location, or the long form."""
    folder.mkdir()
    entries = "\n".join(f"  - id: {model}" for model in MODELS)
    for number in range(count):
        form = FULL_CONFIG if full else CONFIG
        text = form.format(project=f"acme-ai-{number:04d}", location=PLACES[number % 3], models=entries)
        (folder / f"p{number:04d}.vxsetup.yaml").write_text(text)
    return folder


def write_extending(folder: Path, count: int) -> Path:
    """A folder of valid configs that say no more than their project and the file that they extend."""
    folder.mkdir()
    rest = FULL_CONFIG.format(project="acme-ai-base", location=PLACES[0], models="")
    (folder / "base.yaml").write_text(rest)
    for number in range(count):
        text = f"version: 1\nextends: base.yaml\nproject: {{id: acme-ai-{number:04d}}}\n"
        (folder / f"p{number:04d}.vxsetup.yaml").write_text(text)
    return folder


def module_exists(name: str) -> bool:
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({name!r}) is None)"
    return run([sys.executable, "-c", code]).code == 0


def world(projects: int, latency_ms: int) -> str:
    """A world in which every project of the configs is set up; as JSON, which is YAML."""
    import json

    services = ("aiplatform", "cloudbilling", "cloudquotas", "cloudresourcemanager", "iam", "orgpolicy", "serviceusage")
    readers = ("roles/browser", "roles/iam.securityReviewer", "roles/iam.denyReviewer", "roles/orgpolicy.policyViewer")
    caller = "user:dev@acme.example"
    quotas = {
        place: {f"anthropic-{model.rsplit('-', 2)[0]}": {"requests": 1000} for model in MODELS} for place in PLACES
    }

    def project(number: int) -> dict[str, object]:
        name = f"acme-ai-{number:04d}"
        app = f"serviceAccount:app@{name}.iam.gserviceaccount.com"
        roles = {"roles/aiplatform.user": [caller, app], "roles/serviceusage.serviceUsageConsumer": [caller]}
        roles["roles/cloudquotas.viewer"] = [caller]
        return {
            "number": str(300000000000 + number),
            "parent": "organizations/1111",
            "billing": {"account": "012345-6789AB-CDEF01", "open": True},
            "services": [f"{service}.googleapis.com" for service in services],
            "service_accounts": {"app": {}},
            "iam": [{"role": role, "members": members} for role, members in roles.items()],
            "models": {model: {"enabled": True} for model in MODELS},
            "quotas": quotas,
        }

    made = {
        "version": 1,
        "now": "2026-11-22T12:00:00Z",
        "caller": {"principal": caller, "kind": "user", "quota_project": "acme-ai-0000"},
        "organization": {"id": "1111", "iam": [{"role": role, "members": [caller]} for role in readers]},
        "projects": {f"acme-ai-{number:04d}": project(number) for number in range(projects)},
        "behaviour": {"latency_ms": latency_ms},
    }
    return json.dumps(made)


class Server:
    """An emulator in a process of its own, and the requests that it has logged, each with its time."""

    def __init__(self, file: Path) -> None:
        command = vxsetup("emulator", "run", str(file), "--port", "0")
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert self._process.stderr is not None
        first = self._process.stderr.readline()
        self.address = first.partition("http://")[2].partition(";")[0].strip()
        if not self.address:
            raise SystemExit(f"the emulator did not start: {first}")
        self.log: list[tuple[float, str]] = []
        self._reader = threading.Thread(target=self._read, args=(self._process.stderr,), daemon=True)
        self._reader.start()

    def _read(self, lines: Iterator[str]) -> None:
        for line in lines:
            if line.startswith(("GET ", "POST ")):
                self.log.append((time.perf_counter(), line.strip()))

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


@contextlib.contextmanager
def serving(folder: Path, projects: int, latency_s: float) -> Iterator[Server]:
    file = folder / f"world-{projects}-{latency_s}.yaml"
    file.write_text(world(projects, round(latency_s * 1000)))
    server = Server(file)
    try:
        yield server
    finally:
        server.stop()


def check(server: Server, path: Path) -> tuple[Ran, list[tuple[float, str]]]:
    """One `check` against a server; the run and the requests that it sent."""
    server.log.clear()
    ran = run(
        vxsetup("check", str(path), "--quiet"),
        VXSETUP_EMULATOR_HOST=server.address,
        VXSETUP_QUOTA_PROJECT="acme-ai-0000",
    )
    time.sleep(0.2)  # the last lines of the log are on their way
    if ran.code or "ready" not in ran.output:
        raise SystemExit(f"check left {ran.code}: {ran.output[-800:]}")
    return ran, list(server.log)
