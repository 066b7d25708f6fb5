"""Ten thousand configs offline: read one after the other and in several processes, with the same findings, in little memory."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import fleet_worlds as fleet
import pytest

from vxsetup.cli import many
from vxsetup.cli.baselines import made, with_baseline
from vxsetup.cli.configs import Part, read_configs
from vxsetup.cli.judging import make_report
from vxsetup.cli.output import Refused, exit_code
from vxsetup.cli.whole import report_on_files
from vxsetup.facts.base import Facts
from vxsetup.findings import Report, Severity, Verdict
from vxsetup.report import IN_PIECES, RENDERERS
from vxsetup.report.places import renamed
from vxsetup.report.terminal import Style
from vxsetup.rules.circumstances import Circumstances
from vxsetup.values import replace

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
    "version: 1\nextends: base.yaml\nproject: {{id: acme-{n:05d}}}\n",
    "version: 1\nextends: base.yaml\nproject: {{id: acme-{n:05d}}}\nmodels: [{{id: claude-3-opus@20240229}}]\nsuppress: [{{rule: VX402, reason: r}}]\n",
    "version: 1\nextends: old.yaml\nproject: {{id: acme-{n:05d}}}\n",
    "version: 1\nextends: old.yaml\nproject: {{id: acme-{n:05d}}}\nenvironments: {{dev: {{location: us}}, prod: {{}}}}\nnothing: null\n",
    "version: 1\nextends: accepts.yaml\nproject: {{id: acme-{n:05d}}}\nlocation: us\n",
    "version: 1\nextends: broken.yaml\nproject: {{id: acme-{n:05d}}}\n",
    "version: 1\nextends: c00000.vxsetup.yaml\nproject: {{id: acme-{n:05d}}}\nmodel: []\n",
    "version: 1\nproject: {{id: BAD_{n:05d}}}\nmodel: []\n",
    "version: 1\nproject: {{id: acme-{n:05d}, id: twice}}\n",
    "version: [\n",
    "version: 1\nproject: {{id: acme-{n:05d}}}\nlocation: no\nmodels: [{{id: gpt-4}}]\n",
)


def written(folder: Path, count: int, seed: int) -> Path:
    """A folder of configs of every kind, drawn at random."""
    drawn = random.Random(seed)
    base = GOOD.format(n=0)
    old = "  - {id: claude-3-opus@20240229}\n"
    (folder / "base.yaml").write_text(base + "residency: any\n")
    (folder / "old.yaml").write_text(base + old + "quota: {justification: off}\n")
    accepted = "suppress: [{rule: VX402, reason: known}, {rule: VX409, reason: idle}, {rule: VX999, reason: none}]\n"
    (folder / "accepts.yaml").write_text(base + old + accepted)
    (folder / "broken.yaml").write_text(base + "quotaa: 3\n")
    for number in range(count):
        kind = KINDS[number] if number < len(KINDS) else drawn.choice(KINDS)
        (folder / f"c{number:05d}.vxsetup.yaml").write_text(kind.format(n=number))
    return folder


def circumstances() -> Circumstances:
    """What a validation judges with."""
    return Circumstances(NOW, fleet.catalogue(), online=False, probe="none")


def report(folder: Path, environment: str | None = None) -> Report:
    """The report of a validation that holds everything, as every other command does."""
    return make_report("validate", read_configs((str(folder),), environment, Part()), circumstances(), Facts())


def quick(folder: Path, processes: int, lists: bool = False, environment: str | None = None) -> Report:
    """The report of files that are judged as they are read."""
    way = many.Way(circumstances(), environment, lists)
    return report_on_files("validate", (str(folder),), Part(), way, processes)


def told(found: Report) -> list[object]:
    """Every finding that a report for people tells, to the last field, and how many it counts."""
    listed = [finding for finding in found.findings if finding.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)]
    projects = [replace(project, unlisted=(0, 0)) for project in found.projects]
    counted = sum(sum(project.unlisted) for project in found.projects) + len(found.findings)
    return [found.verdict, projects, counted, *listed]


@pytest.fixture(params=[0, 1000], ids=["packed", "as it is"])
def few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """So many files are not packed: with none all are, and with many none."""
    monkeypatch.setattr(many, "_FEW", request.param)
    return int(request.param)


COUNTING = ("text", "sarif", "github", "markdown")
LISTING = ("json", "junit", "html")


@pytest.mark.parametrize("processes", [1, 2, 5])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_same_bytes_are_written_whichever_way_the_files_are_read(
    tmp_path: Path, seed: int, processes: int, few: int
) -> None:
    folder = written(tmp_path, 60, seed)
    plain, counted, listed = report(folder), quick(folder, processes), quick(folder, processes, lists=True)
    assert isinstance(counted.findings, tuple) == (few > 0)
    assert told(counted) == told(listed) == told(plain)
    for name in (*COUNTING, *LISTING):
        for verbosity in (0, -1, 1):
            expected = RENDERERS[name](plain, STYLE, verbosity)
            assert RENDERERS[name](listed, STYLE, verbosity) == expected, name
            lists = name in LISTING or (name == "text" and verbosity > 0)
            assert lists or RENDERERS[name](counted, STYLE, verbosity) == expected, name
            assert name not in IN_PIECES or "".join(IN_PIECES[name](listed, STYLE, verbosity)) == expected
    rules = {finding.rule for finding in plain.findings if finding.verdict is Verdict.FAIL}
    assert len(rules) >= 10, "the corpus has faults of many kinds"


def test_so_it_is_for_one_environment(tmp_path: Path, few: int) -> None:
    folder = written(tmp_path, 40, 3)
    plain, counted = report(folder, "dev"), quick(folder, 3, environment="dev")
    assert told(counted) == told(plain)
    listed = quick(folder, 3, True, "dev")
    for name in LISTING:
        assert RENDERERS[name](listed, STYLE, 0) == RENDERERS[name](plain, STYLE, 0)
    with pytest.raises(Refused, match="there are: dev, prod"):
        quick(folder, 2, environment="none")


@pytest.mark.parametrize("lists", [False, True])
def test_files_that_others_extend_and_names_that_two_share_change_nothing(
    tmp_path: Path, lists: bool, few: int
) -> None:
    (tmp_path / "a.vxsetup.yaml").write_text(GOOD.format(n=1))
    for number in range(40):
        (tmp_path / f"b{number:02d}.vxsetup.yaml").write_text(GOOD.format(n=number + 5))
    shared = "version: 1\nextends: {}\nproject: {{id: acme-00001}}\n"
    (tmp_path / "c.vxsetup.yaml").write_text(shared.format("b20.vxsetup.yaml"))
    (tmp_path / "d.vxsetup.yaml").write_text(
        shared.format("a.vxsetup.yaml") + "suppress: [{rule: VX420, reason: known}]\n"
    )
    (tmp_path / "base.yaml").write_text(GOOD.format(n=2))
    (tmp_path / "e.vxsetup.yaml").write_text(shared.format("base.yaml"))
    (tmp_path / "f.vxsetup.yaml").write_text(shared.format("base.yaml") + "residency: us\n")
    plain, found = report(tmp_path), quick(tmp_path, 3, lists)
    assert told(found) == told(plain)
    for name in LISTING if lists else COUNTING:
        assert RENDERERS[name](found, STYLE, 0) == RENDERERS[name](plain, STYLE, 0), name
    moved, expected = (renamed(one, lambda file: file.replace("vxsetup", "other")) for one in (found, plain))
    for name in LISTING if lists else COUNTING[1:]:
        assert RENDERERS[name](moved, STYLE, 0) == RENDERERS[name](expected, STYLE, 0), name


def extending(folder: Path, base: str, count: int = 3) -> Path:
    """A folder of configs that extend the same file."""
    (folder / "base.yaml").write_text(base)
    for number in range(count):
        (folder / f"c{number:05d}.vxsetup.yaml").write_text(
            f"version: 1\nextends: base.yaml\nproject: {{id: acme-{number:05d}}}\n"
        )
    return folder


def test_what_a_base_brings_stands_with_each_config_that_extends_it(tmp_path: Path, few: int) -> None:
    folder = extending(tmp_path, GOOD.format(n=9) + "  - {id: claude-3-opus@20240229}\n")
    found = quick(folder, 1, lists=True)
    assert found.listed is not None
    files = [file.name for file in sorted(folder.glob("c*"))]
    assert [Path(file).name for file in dict.fromkeys(one.home for one in found.listed)] == files
    assert [Path(one.span.file).name for one in found.findings if one.rule == "VX402" and one.span] == ["base.yaml"] * 3
    assert [Path(one.config or "").name for one in found.findings if one.rule == "VX402"] == files
    # The picture of the line is there for all of them, though no config holds it.
    text = RENDERERS["text"](found, STYLE, 0)
    assert text.count("base.yaml:7:10") == 6, "an error and a warning for each"
    assert "7 |   - {id: claude-3-opus@20240229}" in text


def test_a_fault_of_a_base_is_told_once(tmp_path: Path, few: int) -> None:
    found = quick(extending(tmp_path, GOOD.format(n=9) + "quotaa: 3\n", 12), 2)
    assert len(found.findings) == 12, "none of the configs is valid"
    for name, shown in (("text", 1), ("markdown", 1), ("github", 1), ("html", 1), ("json", 12), ("sarif", 12)):
        written_ = RENDERERS[name](found, STYLE, 0)
        said = re.findall(r"quotaa\\?` is not a key at the top level", written_)
        assert len(said) >= shown, name
        if shown == 1:
            assert len(said) == 1, name
            assert "(and in 11 more that extend this file)" in " ".join(written_.split()), name


def test_an_accepted_finding_of_a_config_does_not_depend_on_what_else_is_read(tmp_path: Path, few: int) -> None:
    one = "suppress: [{rule: VX402, reason: known}, {rule: VX401, reason: idle}]\n"
    (tmp_path / "a.vxsetup.yaml").write_text(GOOD.format(n=1) + one)
    alone = [finding for finding in quick(tmp_path, 1).findings if finding.rule.startswith("VX13")]
    (tmp_path / "b.vxsetup.yaml").write_text(GOOD.format(n=2) + "  - {id: claude-3-opus@20240229}\n")
    both = [finding for finding in quick(tmp_path, 1).findings if finding.rule.startswith("VX13")]
    assert both == alone


def test_what_is_told_is_not_folded_away(tmp_path: Path, few: int) -> None:
    found = quick(written(tmp_path, 36, 4), 1)
    for finding in found.findings:
        if finding.verdict is Verdict.FAIL:
            assert finding.message
            if finding.span is not None and finding.severity is not Severity.INFO:
                assert found.sources[finding.span.file].split("\n")[finding.span.line - 1]


def test_rules_that_a_baseline_asks_for_are_held(tmp_path: Path, few: int) -> None:
    folder = written(tmp_path, 36, 4)
    rule = next(one.rule for one in report(folder).findings if one.verdict is Verdict.PASS)
    way = many.Way(circumstances(), kept=frozenset({rule}))
    found = report_on_files("validate", (str(folder),), Part(), way, 1)
    passes = [one for one in report(folder).findings if one.verdict is Verdict.PASS and one.rule == rule]
    assert [one for one in found.findings if one.verdict is Verdict.PASS] == passes


def test_a_process_that_dies_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = written(tmp_path, 40, 5)
    plain = told(report(folder))
    parent, judged = os.getpid(), many._judged

    def mortal(files: list[Path], **given: Any) -> many.Part:
        if os.getpid() != parent:
            os._exit(9)
        return judged(files, **given)

    monkeypatch.setattr(many, "_judged", mortal)
    assert told(quick(folder, 3)) == plain


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
        quick(folder, 3)
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
    ("formats", "verbose", "shown"),
    [
        (("text",), False, (False, True)),
        (("text",), True, (True, True)),
        (("text", "json"), False, (True, True)),
        (("json",), True, (True, False)),
        (("github", "markdown"), True, (False, False)),
        (("sarif", "html"), False, (True, True)),
    ],
)
def test_what_passes_is_kept_only_where_a_format_lists_it(
    formats: tuple[str, ...], verbose: bool, shown: tuple[bool, bool]
) -> None:
    assert many.what_is_shown(formats, verbose) == shown


def test_findings_that_are_packed_are_a_sequence_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(tmp_path, 40, 8)
    plain = quick(folder, 1, lists=True).listed
    monkeypatch.setattr(many, "_FEW", 0)
    packed = quick(folder, 1, lists=True).listed
    assert plain is not None
    assert packed is not None
    every = list(plain)
    assert (list(packed), len(packed)) == (every, len(every))
    assert [packed[0], packed[7], packed[-1], packed[2:5]] == [every[0], every[7], every[-1], tuple(every[2:5])]
    for place in (len(every), -len(every) - 1):
        with pytest.raises(IndexError):
            packed[place]


def test_a_baseline_marks_the_same_findings_whether_they_are_packed_or_not(tmp_path: Path, few: int) -> None:
    folder = written(tmp_path, 40, 9)
    plain = report(folder)
    later = NOW.date().replace(year=2027)
    entries = made(plain, str(folder / "b.json"), (), Severity.WARNING.weight, "known", "ops@acme.example", later)
    assert len(entries) > 20
    known = frozenset(entry.rule for entry in entries)
    way = many.Way(circumstances(), None, True, kept=known)
    found = report_on_files("validate", (str(folder),), Part(), way, 2)
    # The last entry stands for something that was mended.
    entries = (*entries[1:], replace(entries[1], fingerprint="0" * 64))
    expected, marked = (with_baseline(one, str(folder / "b.json"), entries, NOW.date()) for one in (plain, found))
    assert marked.notes == expected.notes
    assert any("no failure any more" in note for note in marked.notes)
    for name in (*COUNTING, *LISTING):
        assert RENDERERS[name](marked, STYLE, 0) == RENDERERS[name](expected, STYLE, 0), name
    assert exit_code(marked, "error", "fail") == exit_code(expected, "error", "fail") == 1


# Memory --------------------------------------------------------------------------------------------------------------

_MEASURED = """
import sys
from vxsetup.cli.root import run
code = run(sys.argv[1:])
(line,) = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(line.split()[1], file=sys.stderr)
sys.exit(code)
"""


def peak(folder: Path, count: int, *options: str) -> float:
    """The most memory that a validation of so many files held, in MiB."""
    folder.mkdir(exist_ok=True)
    for number in range(count):
        (folder / f"c{number:05d}.vxsetup.yaml").write_text(GOOD.format(n=number) + "clients: [python, claude-code]\n")
    command = [sys.executable, "-c", _MEASURED, "validate", str(folder), *options, "--output", str(folder / "out")]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 0, done.stderr
    assert f"c{count - 1:05d}" in (folder / "out").read_text() or "-q" in options
    return int(done.stderr.split()[-1]) / 1024


@pytest.mark.skipif(sys.platform != "linux", reason="VmHWM is Linux's")
@pytest.mark.parametrize("options", [("-q",), ("--format", "json"), ("--format", "html")])
def test_memory_holds_neither_the_files_nor_what_is_told_of_them(tmp_path: Path, options: tuple[str, ...]) -> None:
    few, more = peak(tmp_path / "few", 100, *options), peak(tmp_path / "more", 390, *options)
    assert (more - few) * 1024 / 290 < 6, "KiB for one more file"
