"""The corpus: each config in ``cases/`` has exactly the outcome that is written beside it."""

from __future__ import annotations

import config_cases
import pytest

from vxsetup.config.faults import RULES
from vxsetup.findings import Rung, Severity, Verdict


@pytest.mark.parametrize("name", config_cases.names())
def test_case_has_the_outcome_that_is_written_beside_it(name: str) -> None:
    expected = (config_cases.CASES / name / "expected.txt").read_text(encoding="utf-8")
    assert config_cases.told(config_cases.loaded(name)) == expected


@pytest.mark.parametrize("name", config_cases.names())
def test_every_finding_of_a_case_can_be_shown(name: str) -> None:
    result = config_cases.loaded(name)
    weights = {rule.id: rule.severity for rule in RULES}
    for finding in result.findings:
        assert finding.verdict is Verdict.FAIL
        assert finding.severity is weights[finding.rule]
        assert finding.span is not None
        assert finding.subject == finding.span.file
        assert finding.span.file in result.sources
        assert finding.evidence[0].rung is Rung.DECLARED
        assert finding.fix is not None
        assert finding.message.isprintable()
        assert finding.fix.summary.isprintable()
    failed = any(finding.severity is Severity.ERROR for finding in result.findings)
    assert bool(result.projects) is not failed


@pytest.mark.parametrize("name", [name for name in config_cases.names() if name.startswith("good-")])
def test_good_case_has_nothing_to_say(name: str) -> None:
    assert config_cases.loaded(name).findings == ()


@pytest.mark.parametrize("name", ["extends-no-config", "extends-no-config-unparsable"])
def test_text_of_a_file_that_is_no_config_is_not_kept(name: str) -> None:
    result = config_cases.loaded(name)
    assert list(result.sources) == ["vxsetup.yaml"]
    assert "not to be shown" not in repr(result)


def test_every_rule_about_documents_has_a_case() -> None:
    shown = {finding.rule for name in config_cases.names() for finding in config_cases.loaded(name).findings}
    limits_and_suppressions = {"VX108", "VX130", "VX131", "VX132"}  # test_config_limits.py, test_config_suppress.py
    assert shown | limits_and_suppressions == {rule.id for rule in RULES}
