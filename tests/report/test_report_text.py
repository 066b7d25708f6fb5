"""What a person reads: goldens to look at, and the promises that hold for every report.

``python tests/report/test_report_text.py`` writes the goldens anew; read the difference before keeping it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import report_samples as samples

from vxsetup.findings import Finding, Report, Severity, Verdict
from vxsetup.report import RENDERERS
from vxsetup.report.layout import Pen, columns
from vxsetup.report.text import Style, report_text
from vxsetup.values import replace

GOLDEN = Path(__file__).parent / "golden"
SGR = re.compile(r"\x1b\[[0-9;]*m")

GOLDENS: dict[str, tuple[Callable[[], Report], Style, int]] = {
    "blocked-140": (samples.blocked_report, Style(140, False, True), 0),
    "blocked-80": (samples.blocked_report, Style(80, False, True), 0),
    "blocked-60-ascii": (samples.blocked_report, Style(60, False, False), 0),
    "blocked-80-color": (samples.blocked_report, Style(80, True, True), 0),
    "blocked-80-color-links": (samples.blocked_report, Style(80, True, True, links=True), 0),
    "blocked-100-verbose": (samples.blocked_report, Style(100, False, True), 1),
    "blocked-quiet": (samples.blocked_report, Style(100, False, True), -1),
    "ready-120": (samples.ready_report, Style(120, False, True), 0),
    "invalid-80": (samples.invalid_report, Style(80, False, True), 0),
    "invalid-60-ascii": (samples.invalid_report, Style(60, False, False), 0),
    "undecided-100": (samples.undecided_report, Style(100, False, True), 0),
    "fleet-100": (samples.fleet_report, Style(100, False, True), 0),
    "fleet-60-ascii": (samples.fleet_report, Style(60, False, False), 0),
    "awkward-100": (samples.awkward_report, Style(100, False, True), 0),
}
PLAIN = Style(100, False, True)


def rendered(name: str) -> str:
    """The report of a golden, as it is written now."""
    report, style, verbosity = GOLDENS[name]
    return report_text(report(), style, verbosity)


@pytest.mark.parametrize("name", GOLDENS)
def test_a_report_reads_as_its_golden(name: str) -> None:
    assert rendered(name) == (GOLDEN / f"{name}.txt").read_bytes().decode("utf-8")


def test_every_golden_file_is_tried() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(GOLDENS)


@pytest.mark.parametrize("name", GOLDENS)
def test_color_changes_nothing_but_color(name: str) -> None:
    report, style, verbosity = GOLDENS[name]
    plain = report_text(report(), replace(style, color=False, links=False), verbosity)
    assert SGR.sub("", report_text(report(), replace(style, color=True, links=False), verbosity)) == plain


@pytest.mark.parametrize("name", GOLDENS)
def test_without_unicode_a_report_is_ascii(name: str) -> None:
    report, style, verbosity = GOLDENS[name]
    assert report_text(report(), replace(style, unicode=False), verbosity).isascii()


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_lines_fit_but_for_what_is_copied_whole(width: int) -> None:
    text = report_text(samples.blocked_report(), Style(width, False, True))
    whole = ("projects/", "https://", "vxsetup check", "--member", "gcloud", "not ready", "roles/", "member")
    for line in text.splitlines():
        assert columns(line) <= width or any(part in line for part in whole), line


def test_the_last_line_is_the_next_command() -> None:
    assert report_text(samples.blocked_report(), PLAIN).splitlines()[-1] == "  vxsetup plan"
    without = replace(samples.blocked_report(), next_command=None)
    assert report_text(without, PLAIN).splitlines()[-1].startswith("not ready: 2 failed, 1 warning")


def test_quiet_is_one_line() -> None:
    assert report_text(samples.ready_report(), PLAIN, -1) == "ready: 4 passed\n"


def test_a_command_stands_alone_whole_and_without_color() -> None:
    command = "gcloud " + " ".join(f"--flag-{number}=value" for number in range(40))
    finding = replace(samples.SHUT_DOWN, fix=replace(samples.SHUT_DOWN.fix, command=command))
    report = replace(samples.blocked_report(), findings=(finding,))
    assert command in [line.strip() for line in report_text(report, Style(60, True, True)).splitlines()]


def test_an_unknown_is_never_shown_as_passed() -> None:
    text = report_text(samples.undecided_report(), PLAIN, 1)
    assert "✓ VX602" not in text
    assert "quota ?" in text
    assert "grant roles/cloudquotas.viewer" in text


def test_what_waits_is_told_under_its_cause_through_a_chain() -> None:
    first = samples.waits("VX405", "model-not-served-here", "a", samples.SHUT_DOWN)
    second = samples.waits("VX603", "quota-below-need", "b", first)
    by_rule = replace(samples.waits("VX604", "quota-open", "c", first), caused_by="VX402")
    text = told(samples.SHUT_DOWN, first, second, by_rule)
    assert "3 more could not be judged because of this: VX405 model-not-served-here, VX603" in text
    assert "not reached:" not in text


def test_causes_that_run_in_a_circle_are_told_apart() -> None:
    one = samples.waits("VX405", "model-not-served-here", "a", samples.SHUT_DOWN)
    other = samples.waits("VX603", "quota-below-need", "b", one)
    assert "not reached: 1 requirement could not be judged" in told(replace(one, caused_by=other.fingerprint), other)


def test_unknowns_that_one_answer_settles_are_one_entry() -> None:
    one = samples.quota_unknown("VX602", "quota-zero", "requests quota")
    text = told(one, *(replace(one, rule=f"VX{number}", subject=str(number)) for number in range(610, 640)))
    assert text.count("unknown[") == 1
    assert "the same leaves 30 more unknown: VX610 quota-zero" in text


def test_a_suppressed_failure_is_counted_and_not_told() -> None:
    text = told(samples.SUPPRESSED)
    assert "error[" not in text
    assert "1 suppressed" in text
    assert 'suppressed until 2027-01-31: "increase requested, ticket 4711"' in told(samples.SUPPRESSED, verbosity=1)


def test_findings_go_to_the_file_that_declares_the_project() -> None:
    findings = tuple(
        replace(samples.SHUT_DOWN, message=f"told of {file}", span=samples.span(1, 1, 1, file)) for file in ("b", "a")
    )
    projects = tuple(samples.project("acme-ai-prod", findings, file=file) for file in ("a", "b"))
    report = replace(samples.blocked_report(), projects=projects, findings=findings)
    heads = [line for line in report_text(report, PLAIN).splitlines() if " in " in line or "told of" in line]
    order = [line.rsplit(" ", 1)[-1] if "told" in line else line.split(" in ")[1][0] for line in heads]
    assert order == ["a", "a", "b", "b"]


def test_a_fault_of_many_projects_is_told_once_in_full() -> None:
    text = report_text(samples.fleet_report(40), PLAIN)
    assert text.count("= fix: ask the organization policy administrator") == 1
    assert text.count("the same as for acme-ai-004, above") == 4 - 1 + (40 % 9 == 4)
    assert "most often: VX501 policy-forbids-model in" in text


def test_a_fleet_lists_its_ready_projects_when_asked() -> None:
    assert "acme-ai-001" not in report_text(samples.fleet_report(), PLAIN)
    assert "acme-ai-001" in report_text(samples.fleet_report(), PLAIN, 1)
    assert report_text(samples.fleet_report(4), PLAIN).count("acme-ai-001") == 1  # its row in the table


def test_a_warning_in_a_ready_project_of_a_fleet_is_told() -> None:
    report = samples.fleet_report(5)
    warning = replace(samples.NEAR_END, project="acme-ai-001")
    text = report_text(replace(report, findings=(*report.findings, warning)), PLAIN)
    assert "warning[VX403 model-near-its-end]" in text


def test_no_projects_and_no_findings_is_a_verdict_still() -> None:
    empty = replace(samples.ready_report(), verdict="valid", projects=(), findings=(), next_command=None)
    assert report_text(empty, PLAIN) == "valid\n"


def test_long_fields_are_cut_and_say_so() -> None:
    text = told(replace(samples.SHUT_DOWN, message="m" * 10_000))
    assert "(8,800 more characters; JSON has them)" in text
    assert len(text) < 4_000


def test_every_format_is_found_by_name() -> None:
    report = samples.ready_report()
    assert RENDERERS["text"](report, PLAIN, 0) == report_text(report, PLAIN)
    assert RENDERERS["json"](report, PLAIN, 0).startswith('{\n  "format": "vxsetup.report/1"')


@pytest.mark.parametrize("text", ["", "one", "one two three four five six seven eight", "日本語 " * 40, "x" * 200])
def test_wrapping_loses_nothing(text: str) -> None:
    pen = Pen(Style(40, False, True))
    clean = pen.clean(text)
    lines = pen.wrap(clean, 10, 4)
    assert " ".join(line.strip() for line in lines) == clean
    assert all(columns(line) <= 40 or " " not in line.strip() for line in lines[1:])


def told(*findings: Finding, verbosity: int = 0) -> str:
    """The text of a report on one project with these findings alone."""
    severe = any(one.verdict is Verdict.FAIL and one.severity is Severity.ERROR for one in findings)
    report = replace(
        samples.blocked_report(),
        verdict="not_ready" if severe else "undecided",
        projects=(samples.project("acme-ai-prod", findings),),
        findings=findings,
        notes=(),
        next_command=None,
    )
    return report_text(report, PLAIN, verbosity)


if __name__ == "__main__":
    for golden in GOLDENS:
        (GOLDEN / f"{golden}.txt").write_bytes(rendered(golden).encode("utf-8"))
