"""Suppressions: what they cover, when they end, and what is said of the idle ones."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from vxsetup.config.load import load
from vxsetup.config.project import Project
from vxsetup.config.suppress import apply_suppressions
from vxsetup.findings import Finding, Severity, Verdict
from vxsetup.values import replace

TODAY = date(2026, 11, 22)
MODEL = "projects/acme-ai-prod/locations/eu/publishers/anthropic/models/claude-haiku-4-5"
FAILED = Finding(
    "VX603",
    "quota-too-small",
    Verdict.FAIL,
    Severity.ERROR,
    "too small",
    MODEL,
    environment=None,
    project="acme-ai-prod",
)


def projects(suppress: str, environments: str = "") -> tuple[Project, ...]:
    text = f"version: 1\nproject: {{id: acme-ai-prod}}\nsuppress:\n{suppress}\n{environments}"
    result = load(Path("vxsetup.yaml"), lambda path: text.encode())
    assert result.findings == ()
    return result.projects


def test_what_matches_is_marked_with_its_reason() -> None:
    configs = projects('  - {rule: VX603, subject: "*/claude-haiku-4-5*", reason: "ticket 4711", expires: 2027-01-31}')
    (marked,) = apply_suppressions([FAILED], configs, TODAY, {"vxsetup.yaml": {"VX603"}})
    assert marked.suppressed is not None
    assert (marked.suppressed.reason, marked.suppressed.expires) == ("ticket 4711", date(2027, 1, 31))
    assert marked.suppressed.span == configs[0].span(("suppress", 0, "rule"))
    assert replace(marked, suppressed=None) == FAILED


@pytest.mark.parametrize(
    "entry",
    [
        "{rule: VX602, reason: r}",
        '{rule: VX603, subject: "*/claude-opus*", reason: r}',
        "{rule: quota-too-large, reason: r}",
    ],
)
def test_what_does_not_match_is_left(entry: str) -> None:
    assert apply_suppressions([FAILED], projects(f"  - {entry}"), TODAY) == (FAILED,)


def test_a_name_serves_as_well_as_an_id_and_no_subject_means_all() -> None:
    (marked,) = apply_suppressions([FAILED], projects("  - {rule: quota-too-small, reason: r}"), TODAY)
    assert marked.suppressed is not None


@pytest.mark.parametrize("verdict", list(Verdict))
def test_only_a_failure_is_suppressed(verdict: Verdict) -> None:
    """What is unknown stays unknown, whatever reason is given: otherwise a config could make ready out of nothing."""
    finding = replace(FAILED, verdict=verdict)
    (marked,) = apply_suppressions([finding], projects("  - {rule: VX603, reason: r}"), TODAY)
    assert (marked.suppressed is not None) is (verdict is Verdict.FAIL)


def test_it_holds_on_its_last_day_and_not_after() -> None:
    configs = projects("  - {rule: VX603, reason: r, expires: 2026-11-22}")
    (marked,) = apply_suppressions([FAILED], configs, TODAY)
    assert marked.suppressed is not None
    again, expired = apply_suppressions([FAILED], configs, date(2026, 11, 23), {"vxsetup.yaml": {"VX603"}})
    assert again == FAILED
    assert (expired.rule, expired.severity, expired.verdict) == ("VX130", Severity.WARNING, Verdict.FAIL)
    assert "2026-11-22" in expired.message
    assert expired.span is not None
    assert (expired.span.line, expired.config_path, expired.project) == (4, ("suppress", 0), "acme-ai-prod")


def test_unused_is_said_only_of_rules_that_were_judged() -> None:
    configs = projects("  - {rule: VX603, reason: r}")
    assert apply_suppressions([], configs, TODAY) == ()
    assert apply_suppressions([], configs, TODAY, {"vxsetup.yaml": {"VX602"}}) == ()
    (unused,) = apply_suppressions([], configs, TODAY, {"vxsetup.yaml": {"VX603"}})
    assert (unused.rule, unused.severity) == ("VX131", Severity.WARNING)


def test_a_line_for_several_environments_is_unused_only_if_none_needs_it() -> None:
    configs = projects("  - {rule: VX603, reason: r}", "environments: {dev: {project: {id: acme-ai-dev}}, prod: {}}\n")
    assert [project.environment for project in configs] == ["dev", "prod"]
    prod = replace(FAILED, environment="prod")
    (marked,) = apply_suppressions([prod], configs, TODAY, {"vxsetup.yaml": {"VX603"}})
    assert marked.suppressed is not None
    (unused,) = apply_suppressions([], configs, TODAY, {"vxsetup.yaml": {"VX603"}})
    assert (unused.environment, unused.project) == (None, None)


def test_another_project_or_environment_is_not_covered() -> None:
    configs = projects("  - {rule: VX603, reason: r}")
    for other in (replace(FAILED, project="acme-ai-dev"), replace(FAILED, environment="dev")):
        assert apply_suppressions([other], configs, TODAY) == (other,)


def test_a_rule_that_does_not_exist_is_named_with_its_neighbour() -> None:
    configs = projects("  - {rule: quota-too-smal, reason: r}")
    (finding,) = apply_suppressions([], configs, TODAY, {"vxsetup.yaml": {"VX603"}}, known={"VX603", "quota-too-small"})
    assert finding.rule == "VX132"
    assert finding.fix is not None
    assert "`quota-too-small`" in finding.fix.summary
    (by_id,) = apply_suppressions([], projects("  - {rule: VX604, reason: r}"), TODAY, known={"VX603"})
    assert by_id.fix is not None
    assert "VX603" not in by_id.fix.summary  # every id is near every other


def test_warnings_about_the_document_can_be_suppressed() -> None:
    text = (
        b"version: 1\nproject: {id: acme-ai-prod}\nquota: {justification: off}\nsuppress: [{rule: VX109, reason: r}]\n"
    )
    result = load(Path("vxsetup.yaml"), lambda path: text)
    (marked,) = apply_suppressions(result.findings, result.projects, TODAY, {"vxsetup.yaml": {"VX109"}})
    assert marked.rule == "VX109"
    assert marked.suppressed is not None
