"""Ten thousand configs offline: read one after the other and in several processes, with the same findings, in little memory."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import fleet_worlds as fleet
import pytest

from vxsetup.cli import many
from vxsetup.cli.configs import Configs, Part, read_configs
from vxsetup.cli.judging import make_report
from vxsetup.cli.many import folds, read_and_judge
from vxsetup.facts.base import Facts
from vxsetup.findings import Report, Verdict
from vxsetup.report import RENDERERS
from vxsetup.report.terminal import Style
from vxsetup.rules.circumstances import Circumstances

ROOT = Path(__file__).resolve().parents[2]
STYLE = Style(width=100, color=False, unicode=True)
NOW = datetime.fromisoformat(fleet.NOW)

GOOD = "version: 1\nproject: {{id: acme-{n:05d}}}\nlocation: eu\nmodels:\n  - id: claude-sonnet-5-5\n    features: [batch]\n"
KINDS = (
    GOOD,
    GOOD + "  - {{id: claude-3-opus@20240229}}\n",  # shut down
    GOOD + "clients: [python, litellm, claude-code]\nresidency: us\n",
    GOOD
    + "suppress:\n  - {{rule: VX420, reason: known}}\n  - {{rule: VX409, reason: idle}}\n  - {{rule: VX999, reason: none}}\n",
    GOOD + "suppress: [{{rule: model-shut-down, reason: over, expires: 2026-01-01}}]\n",
    GOOD + "environments:\n  dev: {{location: us}}\n  prod: {{residency: eu, models: [{{id: claude-fable-5-2}}]}}\n",
    "extends: base.yaml\nproject: {{id: acme-{n:05d}}}\n",
    "version: 1\nproject: {{id: BAD_{n:05d}}}\nmodel: []\n",
    "version: 1\nproject: {{id: acme-{n:05d}, id: twice}}\n",
    "version: [\n",
    "version: 1\nproject: {{id: acme-{n:05d}}}\nlocation: no\nmodels: [{{id: gpt-4}}]\n",
)


def written(folder: Path, count: int, seed: int) -> Path:
    """A folder of configs of every kind, drawn at random."""
    drawn = random.Random(seed)
    (folder / "base.yaml").write_text(GOOD.format(n=0) + "residency: any\n")
    for number in range(count):
        kind = KINDS[number] if number < len(KINDS) else drawn.choice(KINDS)
        (folder / f"c{number:05d}.vxsetup.yaml").write_text(kind.format(n=number))
    return folder


def circumstances() -> Circumstances:
    """What a validation judges with."""
    return Circumstances(NOW, fleet.catalogue(), online=False, probe="none")


def read(folder: Path, processes: int | None, environment: str | None = None) -> Configs:
    """The configs of a folder; ``processes`` None reads them as every other command does."""
    judging = partial(read_and_judge, circumstances=circumstances(), environment=environment, processes=processes)
    return read_configs((str(folder),), environment, Part(), judging if processes else None)


def report(configs: Configs) -> Report:
    """The report of a validation."""
    return make_report("validate", configs, circumstances(), Facts())


def told(found: Report) -> list[object]:
    """Every finding that a report for people tells, to the last field, and how many it counts."""
    listed = [finding for finding in found.findings if finding.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)]
    return [found.verdict, found.projects, len(found.findings), *listed]


@pytest.mark.parametrize("processes", [1, 2, 5])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_is_told_whichever_way_the_files_are_read(tmp_path: Path, seed: int, processes: int) -> None:
    folder = written(tmp_path, 60, seed)
    plain, quick = report(read(folder, None)), report(read(folder, processes))
    assert told(quick) == told(plain)
    for verbosity in (0, -1):
        assert RENDERERS["text"](quick, STYLE, verbosity) == RENDERERS["text"](plain, STYLE, verbosity)
    rules = {finding.rule for finding in plain.findings if finding.verdict is Verdict.FAIL}
    assert len(rules) >= 10, "the corpus has faults of many kinds"


def test_so_it_is_for_one_environment(tmp_path: Path) -> None:
    folder = written(tmp_path, 40, 3)
    assert told(report(read(folder, 3, "dev"))) == told(report(read(folder, None, "dev")))


def test_what_is_told_is_not_folded_away(tmp_path: Path) -> None:
    quick = report(read(written(tmp_path, 30, 4), 1))
    for finding in quick.findings:
        if finding.verdict is Verdict.FAIL:
            assert finding.message
            assert finding.span is None or quick.sources[finding.span.file]


def test_a_process_that_dies_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = written(tmp_path, 40, 5)
    plain = told(report(read(folder, None)))
    parent, judged = os.getpid(), many._judged

    def mortal(files: list[Path], **given: Any) -> many.Part:
        if os.getpid() != parent:
            os._exit(9)
        return judged(files, **given)

    monkeypatch.setattr(many, "_judged", mortal)
    assert told(report(read(folder, 3))) == plain


def test_an_interruption_leaves_no_process_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = written(tmp_path, 20, 6)
    parent = os.getpid()

    def interrupted(files: list[Path], **given: Any) -> many.Part:
        if os.getpid() == parent:
            raise KeyboardInterrupt
        os.read(os.pipe()[0], 1)  # for ever
        raise AssertionError

    monkeypatch.setattr(many, "_judged", interrupted)
    with pytest.raises(KeyboardInterrupt):
        read(folder, 3)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_several_processes_are_started_only_where_they_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(4)), raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    assert [many._worth(count) for count in (1, 399, 400, 1000, 100_000)] == [1, 1, 2, 4, 4]
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    assert many._worth(10_000) == 1, "a copy of a process with threads may hang"
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert many._worth(10_000) == 1


@pytest.mark.parametrize(
    ("format_", "reports", "verbose", "folded"),
    [
        ("text", (), False, True),
        ("text", (), True, False),
        ("text", ("json=x.json",), False, False),
        ("json", (), False, False),
        ("junit", (), False, False),
        ("github", (), False, False),
    ],
)
def test_only_a_report_that_lists_no_passes_is_made_of_counts(
    format_: str, reports: tuple[str, ...], verbose: bool, folded: bool
) -> None:
    assert folds(format_, reports, verbose) is folded


# Memory --------------------------------------------------------------------------------------------------------------

_MEASURED = """
import sys
from vxsetup.cli.root import run
code = run(sys.argv[1:])
(line,) = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(line.split()[1], file=sys.stderr)
sys.exit(code)
"""


def peak(folder: Path, count: int) -> float:
    """The most memory that a validation of so many files held, in MiB."""
    folder.mkdir()
    for number in range(count):
        (folder / f"c{number:05d}.vxsetup.yaml").write_text(GOOD.format(n=number) + "clients: [python, claude-code]\n")
    command = [sys.executable, "-c", _MEASURED, "validate", str(folder), "-q"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 0, done.stderr
    assert re.search(rf"{count:,} projects", done.stdout)
    return int(done.stderr.split()[-1]) / 1024


@pytest.mark.skipif(sys.platform != "linux", reason="VmHWM is Linux's")
def test_memory_holds_what_is_told_and_not_the_files(tmp_path: Path) -> None:
    few, more = peak(tmp_path / "few", 100), peak(tmp_path / "more", 700)
    print(few, more)
    assert (more - few) * 1024 / 600 < 30, "KiB for one more file"


@pytest.mark.exhaustive
@pytest.mark.skipif(sys.platform != "linux", reason="VmHWM is Linux's")
def test_ten_thousand_files_fit_into_300_mib(tmp_path: Path) -> None:
    most = peak(tmp_path / "most", 10_000)
    print(most)
    assert most < 300
