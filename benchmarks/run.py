"""Measures vxsetup beside its rivals and prints ratios of one run: ``python benchmarks/run.py``.

Seconds drift with the machine and its load; ratios of commands that took turns do not. Nothing here is a test. The
rivals are a program that only imports click (written here), check-jsonschema (``pip install check-jsonschema``) and
ajv-cli (``--install-ajv`` fetches it with npm into a temporary folder). What is missing is skipped, and said.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import shutil
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
SLOW_S = 0.5
"""So slow that all requests of one round trip leave well before the first of its answers."""
MODELS = ("claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5")
PLACES = ("global", "us", "eu")
START = "import sys; sys.argv[0] = 'vxsetup'; from vxsetup.__main__ import main; main()"
"""What the installed command ``vxsetup`` does."""

CLICK_ONLY = """
import sys
import click

@click.group()
@click.version_option("1.0")
def root():
    "A program that does nothing."

for name in ("check", "completion", "demo", "emulator", "explain", "models", "rules", "schema", "validate"):
    @root.command(name)
    @click.argument("paths", nargs=-1)
    @click.option("--format", type=click.Choice(["text", "json"]), default="text")
    def command(paths, format):
        "Do nothing."

root(prog_name="rival")
"""

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


PARTS = ["start", "validate", "check", "fleet", "gcloud", "cfn-lint"]


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
        text = output.read().decode("utf-8", "replace")
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


def measure_start(table: Table, folder: Path, repeats: int) -> None:
    say("Start: beside a program that only imports click")
    (folder / "rival.py").write_text(CLICK_ONLY)
    click_only = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); import rival"]
    for name, arguments in {"--version": ["--version"], "--help": ["--help"]}.items():
        compare(table, f"vxsetup {name}", vxsetup(*arguments), [*click_only, name], repeats)
    words = {"COMP_WORDS": "vxsetup val", "COMP_CWORD": "1"}
    completing = {"_VXSETUP_COMPLETE": "bash_complete", "_RIVAL_COMPLETE": "bash_complete", **words}
    compare(table, "vxsetup, one TAB", vxsetup(), click_only, repeats, **completing)


def compare(
    table: Table, what: str, ours: Sequence[str], theirs: Sequence[str], repeats: int, **variables: str
) -> None:
    runs = turns({"ours": ours, "click": theirs}, repeats, **variables)
    beside = f"{median(runs['ours']) * 1000:.0f} ms, click only {median(runs['click']) * 1000:.0f} ms"
    times = ratio(runs, "ours", "click")
    table.add(what, f"{times:.2f} x", beside, "1.3 x", times <= 1.3)


def write_configs(folder: Path, count: int, full: bool = False) -> Path:
    """A folder of valid configs, each of another project: three models at one location, or the long form."""
    folder.mkdir()
    entries = "\n".join(f"  - id: {model}" for model in MODELS)
    for number in range(count):
        form = FULL_CONFIG if full else CONFIG
        text = form.format(project=f"acme-ai-{number:04d}", location=PLACES[number % 3], models=entries)
        (folder / f"p{number:04d}.vxsetup.yaml").write_text(text)
    return folder


def measure_validate(table: Table, folder: Path, repeats: int, files: int, ajv: str | None) -> None:
    lines = FULL_CONFIG.count("\n")
    say(f"Validate: beside check-jsonschema and ajv-cli, with the same schema and files of {lines} lines")
    one = write_configs(folder / "one", 1, full=True) / "p0000.vxsetup.yaml"
    many = write_configs(folder / "many", files, full=True)
    paths = sorted(str(path) for path in many.iterdir())
    rivals: dict[str, list[str]] = {}
    if module_exists("check_jsonschema"):
        rivals["check-jsonschema"] = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(SCHEMA)]
    else:
        table.skipped.append("check-jsonschema: not installed in this environment (pip install check-jsonschema)")
    if ajv:
        rivals["ajv-cli"] = [ajv, "validate", "--spec=draft2020", "--strict=false", "--validate-formats=false"]
        rivals["ajv-cli"] += ["-s", str(SCHEMA)]
    for what, ours, args, times, share in (
        ("validate, 1 file, cold", str(one), [str(one)], repeats, 0.5),
        (f"validate, {files} files", str(many), paths, max(1, repeats // 5), 0.2),
    ):
        commands: dict[str, Sequence[str]] = {"vxsetup": vxsetup("validate", ours, "--quiet")}
        for name, command in rivals.items():
            named = [part for path in args for part in ("-d", path)] if name == "ajv-cli" else args
            commands[name] = [*command, *named]
        runs = turns(commands, times)
        peak = max(one.peak for one in runs["vxsetup"])
        if not rivals:
            table.add(what, f"{median(runs['vxsetup']):.2f} s", f"{peak:.0f} MiB", f"{share} x", None)
        for name in rivals:
            times_ = ratio(runs, "vxsetup", name)
            beside = f"{median(runs['vxsetup']):.3f} s, {name} {median(runs[name]):.3f} s"
            aim = f"{share} x" if name == "check-jsonschema" else "1 x (aim)" if len(args) > 1 else "none"
            ok = times_ <= share if name == "check-jsonschema" else times_ <= 1 if len(args) > 1 else None
            table.add(f"{what} / {name}", f"{times_:.2f} x", beside, aim, ok)


def module_exists(name: str) -> bool:
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({name!r}) is None)"
    return run([sys.executable, "-c", code]).code == 0


def world(projects: int, latency_ms: int) -> str:
    """A world in which every project of the configs is set up; as JSON, which is YAML."""
    import json

    services = ("aiplatform", "cloudbilling", "cloudquotas", "cloudresourcemanager", "iam", "serviceusage")
    readers = ("roles/browser", "roles/iam.securityReviewer", "roles/iam.denyReviewer")
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


def measure_check(table: Table, folder: Path, repeats: int) -> None:
    say(f"Check: 1 project, 9 model-locations, against the emulator's server at {LATENCY_S * 1000:.0f} ms a call")
    config = folder / "nine.vxsetup.yaml"
    entries = "\n".join(f"  - {{id: {model}, locations: [{', '.join(PLACES)}]}}" for model in MODELS)
    config.write_text(CONFIG.format(project="acme-ai-0000", location="global", models=entries))
    with serving(folder, 1, SLOW_S) as server:
        _, log = check(server, config)
        # A request of the next round trip is sent when an answer of the last one has come, a latency later.
        trips = int((log[-1][0] - log[0][0]) / SLOW_S) + 1
    with serving(folder, 1, LATENCY_S) as server:
        check(server, config)
        total = statistics.median(check(server, config)[0].seconds for _ in range(max(3, repeats // 3)))
    limit = 3 * LATENCY_S + 1.2
    beside = f"{total - trips * LATENCY_S:.2f} s beside the round trips"
    table.add("check, 9 places: round trips", str(trips), f"{len(log)} requests", "3", trips <= 3)
    table.add("check, 9 places: seconds", f"{total:.2f} s", beside, f"{limit:.2f} s", total <= limit)


def measure_fleet(table: Table, folder: Path, count: int) -> None:
    say(f"Check: {count} projects, 3 models each, {LATENCY_S * 1000:.0f} ms a call, within the APIs' rates")
    small = write_configs(folder / "few", max(1, count // 4))
    large = write_configs(folder / "fleet", count)
    with serving(folder, count, LATENCY_S) as server:
        few, _ = check(server, small)
        ran, log = check(server, large)
    usage = [at for at, line in log if "/services:batch" in line]
    fastest = max((sum(1 for other in usage if at <= other < at + 60) for at in usage), default=0)
    distinct = len({line for _, line in log})
    table.add(f"check, {count} projects: seconds", f"{ran.seconds:.1f} s", f"{len(log)} requests", "none", None)
    repeated = f"{len(log) - distinct} sent twice"
    table.add(
        f"check, {count} projects: requests",
        f"{len(log) / count:.1f} a project",
        repeated,
        "once each",
        len(log) == distinct,
    )
    grown = ran.peak - few.peak
    beside = f"{few.peak:.0f} MiB at {max(1, count // 4)} projects"
    table.add(f"check, {count} projects: memory", f"{ran.peak:.0f} MiB", beside, "flat", grown < 0.5 * few.peak)
    table.add(
        f"check, {count} projects: Service Usage", f"{fastest} in a minute", "limit of the API", "240", fastest <= 240
    )


GCLOUD_SCRIPT = """\
set -e
g() { gcloud "$@" --format=json >/dev/null; }
g projects describe P & g projects get-ancestors P & g billing projects describe P & g services list --enabled --project=P &
g projects get-iam-policy P & g organizations get-iam-policy 1111 & g iam roles describe roles/aiplatform.user &
g iam service-accounts describe app@P.iam.gserviceaccount.com --project=P &
g beta quotas info list --service=aiplatform.googleapis.com --project=P &
for job in $(jobs -p); do wait "$job"; done
"""
"""What a script reads with gcloud to know what `check` knows of one project, all commands at once. It sends no probe and
judges nothing."""


def measure_gcloud(table: Table, folder: Path, repeats: int) -> None:
    if shutil.which("gcloud") is None:
        table.skipped.append("gcloud: not installed")
        return
    say(f"Check: beside a script of gcloud that reads the same of one project, at {LATENCY_S * 1000:.0f} ms a call")
    config = write_configs(folder / "beside", 1) / "p0000.vxsetup.yaml"
    token = folder / "token.txt"
    token.write_text("opaque")
    apis = ("CLOUDRESOURCEMANAGER", "SERVICEUSAGE", "CLOUDBILLING", "IAM", "CLOUDQUOTAS")
    with serving(folder, 1, LATENCY_S) as server:
        aimed = {f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api}": f"http://{server.address}/" for api in apis}
        aimed |= {
            "CLOUDSDK_CONFIG": str(folder / "gcloud"),
            "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
            "CLOUDSDK_CORE_CHECK_GCE_METADATA": "false",
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token),
            "VXSETUP_EMULATOR_HOST": server.address,
            "VXSETUP_QUOTA_PROJECT": "acme-ai-0000",
        }
        script = (
            GCLOUD_SCRIPT.replace("app@P", "app@acme-ai-0000")
            .replace("=P", "=acme-ai-0000")
            .replace(" P", " acme-ai-0000")
        )
        in_turn = script.replace(" &\n", "\n").replace(" & ", "\n")
        commands: dict[str, Sequence[str]] = {
            "vxsetup": vxsetup("check", str(config), "--quiet"),
            "gcloud": ["bash", "-c", script],
            "gcloud, in turn": ["bash", "-c", in_turn],
        }
        runs = turns(commands, max(3, repeats // 5), **aimed)
    for name in ("gcloud", "gcloud, in turn"):
        beside = f"{median(runs['vxsetup']):.2f} s, {name} {median(runs[name]):.2f} s for 9 commands"
        table.add(f"check, 1 project / {name}", f"{ratio(runs, 'vxsetup', name):.2f} x", beside, "none", None)


TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Description: Project {number}
Resources:
{resources}"""
RESOURCE = """\
  Queue{number}:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: acme-{number}
      VisibilityTimeout: 60
      Tags:
        - Key: team
          Value: acme
"""


def measure_cfn_lint(table: Table, folder: Path, repeats: int, files: int, cfn: str | None) -> None:
    """Another validator with rules of its own kind, over as many files of about as many lines."""
    command = cfn or shutil.which("cfn-lint")
    if command is None:
        table.skipped.append("cfn-lint: not installed (--cfn-lint names its command)")
        return
    count = min(files, 200)
    say(f"Validate: beside cfn-lint, {count} files of about as many lines each, of its own kind")
    ours = write_configs(folder / "ours", count, full=True)
    theirs = folder / "templates"
    theirs.mkdir()
    each = max(1, (FULL_CONFIG.count("\n") - 3) // RESOURCE.count("\n"))
    for number in range(count):
        resources = "".join(RESOURCE.format(number=n) for n in range(each))
        (theirs / f"t{number:04d}.yaml").write_text(TEMPLATE.format(number=number, resources=resources))
    one = {"vxsetup": vxsetup("validate", str(ours / "p0000.vxsetup.yaml"), "--quiet")}
    many = {"vxsetup": vxsetup("validate", str(ours), "--quiet")}
    for commands, paths, what, times in (
        (one, [str(theirs / "t0000.yaml")], "validate, 1 file", max(3, repeats // 3)),
        (many, sorted(map(str, theirs.iterdir())), f"validate, {count} files", max(1, repeats // 8)),
    ):
        both: dict[str, Sequence[str]] = {**commands, "cfn-lint": [command, *paths]}
        runs = turns(both, times)
        beside = f"{median(runs['vxsetup']):.2f} s, cfn-lint {median(runs['cfn-lint']):.2f} s"
        table.add(f"{what} / cfn-lint", f"{ratio(runs, 'vxsetup', 'cfn-lint'):.2f} x", beside, "none", None)


def write_page(table: Table, machine: str) -> None:
    """The figures of this run as a page of the documentation."""
    words = ["git", "describe", "--always", "--dirty=+"]
    commit = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
    head = "| what | measured | beside | budget | verdict |\n|---|---|---|---|---|\n"
    rows = "".join("| " + " | ".join(row) + " |\n" for row in table.rows)
    skipped = "".join(f"- skipped: {line}\n" for line in table.skipped)
    page = f"""# Benchmarks

`python benchmarks/run.py --write` measures again and writes this page. Ratios are of neighbouring turns of one run, so that
a machine that slows down slows both sides; seconds are of this machine and its load and say little elsewhere.
A check runs against the emulator's server on this machine, at {LATENCY_S * 1000:.0f} ms a call. cfn-lint reads files of its own kind, of about
as many lines: that compares what a person waits for, not what is checked. The gcloud script reads what the check
reads, but for the probes, and judges nothing.

{time.strftime("%Y-%m-%d", time.gmtime())}, commit `{commit}`, {machine}:

{head}{rows}{chr(10) + skipped if skipped else ""}"""
    (ROOT / "docs" / "evidence" / "benchmarks.md").write_text(page, "utf-8")


def find_ajv(table: Table, folder: Path, install: bool) -> str | None:
    """The command of ajv-cli, if it is here or may be fetched."""
    found = shutil.which("ajv")
    if found or not install:
        if not found:
            table.skipped.append("ajv-cli: not installed (--install-ajv fetches it into a temporary folder)")
        return found
    npm = shutil.which("npm")
    if npm is None:
        table.skipped.append("ajv-cli: there is no npm to install it with")
        return None
    done = run([npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder / "ajv"), "ajv-cli@5"])
    command = folder / "ajv" / "node_modules" / ".bin" / "ajv"
    if done.code or not command.exists():
        table.skipped.append(f"ajv-cli: npm left {done.code}")
        return None
    return str(command)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15, help="how often each short command runs (default: 15)")
    parser.add_argument("--files", type=int, default=1000, help="files for `validate` (default: 1000)")
    parser.add_argument(
        "--projects", type=int, default=200, help="projects for `check` (default: 200; 0 leaves it out)"
    )
    parser.add_argument("--install-ajv", action="store_true", help="fetch ajv-cli with npm")
    parser.add_argument("--only", choices=PARTS, help="measure this alone")
    parser.add_argument("--cfn-lint", metavar="COMMAND", help="the command of cfn-lint, where it is not on the path")
    parser.add_argument("--write", action="store_true", help="write docs/evidence/benchmarks.md")
    chosen = parser.parse_args()
    wanted = [chosen.only] if chosen.only else PARTS
    table = Table()
    machine = (
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    )
    say(f"{machine}\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "start" in wanted:
            measure_start(table, folder, chosen.repeats)
        if "validate" in wanted:
            ajv = find_ajv(table, folder, chosen.install_ajv)
            measure_validate(table, folder, chosen.repeats, chosen.files, ajv)
        if "check" in wanted:
            measure_check(table, folder, chosen.repeats)
        if "fleet" in wanted and chosen.projects:
            measure_fleet(table, folder, chosen.projects)
        if "gcloud" in wanted:
            measure_gcloud(table, folder, chosen.repeats)
        if "cfn-lint" in wanted:
            measure_cfn_lint(table, folder, chosen.repeats, chosen.files, chosen.cfn_lint)
    say("\n" + table.text())
    for line in table.skipped:
        say(f"skipped: {line}")
    if chosen.write:
        write_page(table, machine)


if __name__ == "__main__":
    main()
