"""Measures vxsetup beside its rivals and prints ratios of one run: ``python benchmarks/run.py``.

Seconds drift with the machine and its load; ratios of commands that took turns do not. Nothing here is a test. The
rivals are a program that only imports click (written here), check-jsonschema (``pip install check-jsonschema``) and
ajv-cli (``--install-ajv`` fetches it with npm into a temporary folder); and, as tools of another kind, a script of
gcloud and cfn-lint. What is missing is skipped, and said.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from measuring import (
    CONFIG,
    FULL_CONFIG,
    LATENCY_S,
    MODELS,
    PLACES,
    ROOT,
    SCHEMA,
    Table,
    check,
    median,
    module_exists,
    ratio,
    run,
    say,
    serving,
    turns,
    vxsetup,
    write_configs,
    write_extending,
)
from rivals import measure_cfn_lint, measure_gcloud

SLOW_S = 2.0
"""So slow that all requests of one round trip leave well before the first of its answers, on a busy machine, too."""
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

PARTS = ["start", "validate", "memory", "check", "fleet", "gcloud", "cfn-lint"]


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


def measure_memory(table: Table, folder: Path, files: int) -> None:
    say(
        f"Validate: the memory of {files * 10:,} files beside that of {files:,}, each of {FULL_CONFIG.count(chr(10))} lines"
    )
    few = write_configs(folder / "memory-few", files, full=True)
    many = write_configs(folder / "memory-many", files * 10, full=True)
    of_base = [write_extending(folder / f"extend-{count}", count) for count in (files, files * 10)]
    formats = ("text", "json", "junit", "sarif", "github", "markdown", "html")
    for name, kind, paths in [
        *((name, "", (few, many)) for name in formats),
        *((name, " of one base", of_base) for name in ("text", "json", "html")),
    ]:
        small, large = (run(vxsetup("validate", str(path), "--format", name)) for path in paths)
        what = f"validate, {files * 10:,} files{kind}, {name}: memory"
        if small.code or large.code:
            raise SystemExit(f"{what}: left {small.code or large.code}")
        beside = f"{small.peak:.0f} MiB at {files:,} files"
        table.add(what, f"{large.peak:.0f} MiB", beside, "1.5 x", large.peak <= 1.5 * small.peak)


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
reads, but for the probes, and judges nothing. The budget for many files is meant for 1,000, the default.

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
        if "memory" in wanted:
            measure_memory(table, folder, chosen.files)
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
