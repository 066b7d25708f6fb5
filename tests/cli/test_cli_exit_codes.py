"""The exit code: the same for every format, the first of the contract's list that applies."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from cli_runs import EXAMPLES, GOOD, Cli, example

from vxsetup.cli.output import exit_code
from vxsetup.findings import Finding, Report, Severity, Suppressed, Verdict, readiness

WEIGHT = {"info": 1, "warning": 2, "error": 3}
SEVERITIES = tuple(Severity)
SILENT = (Verdict.PASS, Verdict.NOT_APPLICABLE)


def report(*findings: tuple[Verdict, Severity, bool]) -> Report:
    made = tuple(
        Finding(
            "VX000",
            "a-rule",
            verdict,
            severity,
            "a message",
            f"subject {number}",
            suppressed=Suppressed("a reason", None) if suppressed else None,
        )
        for number, (verdict, severity, suppressed) in enumerate(findings)
    )
    now = datetime(2026, 11, 22, tzinfo=UTC)
    return Report("check", readiness(made), now, "0", date(2026, 11, 22), (), made)


def expected(findings: tuple[tuple[Verdict, Severity, bool], ...], fail_on: str, unknown: str) -> int:
    """The contract, written out a second time: 1 before 3 before 0, and only what is not suppressed counts."""
    counted = [(verdict, severity) for verdict, severity, suppressed in findings if not suppressed]
    if any(verdict is Verdict.FAIL and WEIGHT[severity.value] >= WEIGHT[fail_on] for verdict, severity in counted):
        return 1
    failed = (Verdict.FAIL, Severity.ERROR) in counted
    open_ = any(v in (Verdict.UNKNOWN, Verdict.NOT_REACHED) and s is Severity.ERROR for v, s in counted)
    return 3 if open_ and not failed and unknown == "fail" else 0


@pytest.mark.parametrize("unknown", ["fail", "warn", "ignore"])
@pytest.mark.parametrize("fail_on", ["error", "warning", "info"])
def test_every_pair_of_findings_under_every_flag(fail_on: str, unknown: str) -> None:
    kinds = list(itertools.product(Verdict, Severity, (False, True)))
    for findings in itertools.chain(
        itertools.combinations_with_replacement(kinds, 2), [(kind,) for kind in kinds], [()]
    ):
        assert exit_code(report(*findings), fail_on, unknown) == expected(findings, fail_on, unknown), findings


def world(name: str, folder: Path, **changes: object) -> list[str]:
    data = yaml.safe_load((EXAMPLES / name / "world.yaml").read_text())
    data["now"] = "2026-11-22T12:00:00Z"
    (folder / "world.json").write_text(json.dumps(data | changes))
    return [example(name)[0], "--emulate", "world.json"]


# The example, what is wrong with its cloud, the flags, the verdict, the exit code.
BLIND: dict[str, object] = {"faults": [{"match": "* *", "status": 503}]}
ROWS: list[tuple[str, dict[str, object], tuple[str, ...], str, int]] = [
    ("ready", {}, (), "ready", 0),
    ("ready", {}, ("--unknown", "ignore"), "ready", 0),
    ("ready", {}, ("--fail-on", "warning"), "ready", 1),  # haiku 4.5 is near its dates
    ("ready", {}, ("--fail-on", "info"), "ready", 1),
    ("ready", BLIND, (), "undecided", 3),
    ("ready", BLIND, ("--unknown", "warn"), "undecided", 0),
    ("ready", BLIND, ("--unknown", "ignore"), "undecided", 0),
    ("ready", BLIND, ("--unknown", "ignore", "--fail-on", "warning"), "undecided", 1),
    ("ready", BLIND, ("--probe", "none"), "undecided", 3),
    ("new-project", {}, (), "not_ready", 1),
    ("new-project", {}, ("--unknown", "ignore"), "not_ready", 1),
    ("new-project", {}, ("--fail-on", "info", "--unknown", "warn"), "not_ready", 1),
    ("six-faults", {}, (), "not_ready", 1),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {'blind ' if row[1] else ''}{' '.join(row[2])}")
def test_the_exit_code_is_the_same_for_every_format(
    row: tuple[str, dict[str, object], tuple[str, ...], str, int], cli: Cli, folder: Path
) -> None:
    name, changes, flags, verdict, code = row
    arguments = ["check", *world(name, folder, **changes), *flags]
    as_json = cli(*arguments, "--format", "json")
    assert json.loads(as_json.out)["verdict"] == verdict, "flags change the exit code, never the verdict"
    assert as_json.code == code
    for more in ((), ("-q",), ("-v",), ("--output", "r.txt"), ("--report", "json=r.json")):
        assert cli(*arguments, *more).code == code


@pytest.mark.parametrize(
    ("text", "flags", "code"),
    [
        (GOOD, (), 0),
        (GOOD + "location: mars\n", (), 0),
        (GOOD + "location: mars\n", ("--fail-on", "warning"), 1),
        (GOOD + "locaton: eu\n", (), 1),
        ("version: 1\n  x", (), 1),
        ("", (), 1),
    ],
)
def test_validate(text: str, flags: tuple[str, ...], code: int, cli: Cli, folder: Path) -> None:
    (folder / "vxsetup.yaml").write_text(text)
    for format_ in ("text", "json"):
        assert cli("validate", *flags, "--format", format_).code == code
        assert cli("check", "--offline", *flags, "--format", format_).code == code


def test_what_could_not_be_called_is_2_and_never_another_code(cli: Cli, folder: Path) -> None:
    (folder / "bad.yaml").write_text("locaton: eu\n")
    assert cli("validate", "bad.yaml", "gone.yaml").code == 2, "an unusable path outranks findings"
    assert cli("check", *example("six-faults"), "--output", "gone/x").code == 2


def test_a_bug_is_70_in_two_lines(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vxsetup.config import files

    def broken(paths: object) -> None:
        raise ZeroDivisionError("boom \x1b[2J \u202e")

    monkeypatch.setattr(files, "discover", broken)
    monkeypatch.setenv("TMPDIR", str(folder))
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", None)
    ran = cli("validate")
    assert ran.code == 70
    assert ran.out == ""
    assert "Traceback" not in ran.err
    assert "\x1b" not in ran.err
    first, second = ran.err.splitlines()
    assert first.startswith("vxsetup has a bug: ZeroDivisionError: boom")
    (log,) = folder.glob("vxsetup-*.log")
    assert str(log) in second
    assert "Traceback" in log.read_text()
