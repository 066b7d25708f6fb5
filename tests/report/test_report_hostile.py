"""Strings from files and from the cloud are hostile: none may reach a terminal alive, break a line, or spoil JSON."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from vxsetup import resources
from vxsetup.findings import (
    Baselined,
    Evidence,
    Finding,
    Fix,
    Gate,
    Measure,
    ProjectResult,
    Report,
    RequestPath,
    Rule,
    RuleDocs,
    Rung,
    Severity,
    Span,
    Suppressed,
    Verdict,
    counts,
)
from vxsetup.report.json import report_json
from vxsetup.report.rules import rule_json, rule_text, rules_json, rules_text
from vxsetup.report.text import Style, report_text
from vxsetup.values import replace

NASTY = [
    "\x1b[2J\x1b[31mowned",
    "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    "line\nready: 99 passed\r\x1b[A",
    "\u202egnp.exe\u2066",
    "x" * 10_000,
    "long words " * 1_000,
    "\ud800 lone",
    "\x9b2J\x7f\x00",
    "日本語" * 50,
    "e" + "\u0301" * 300,
    "",
    "   ",
    "a\tb",
    "\u2028\u2029\x85",
    "%s {0} ${HOME} `id`",
]
hostile = st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=()), max_size=40)
optional = st.none() | hostile
numbers = st.integers(1, 10**6)
spans = st.builds(Span, hostile, numbers, numbers, numbers, numbers)
evidence = st.builds(Evidence, st.sampled_from(Rung), hostile, hostile, optional)
fixes = st.builds(Fix, hostile, optional, optional)
suppressions = st.builds(Suppressed, hostile, st.none() | st.just(date(2027, 1, 31)), st.none() | spans)
findings = st.builds(
    Finding,
    rule=st.sampled_from(["VX101", "VX402", "VX603"]),
    name=hostile,
    verdict=st.sampled_from(Verdict),
    severity=st.sampled_from(Severity),
    message=hostile,
    subject=hostile,
    span=st.none() | spans,
    related=st.lists(spans, max_size=5).map(tuple),
    evidence=st.lists(evidence, max_size=3).map(tuple),
    fix=st.none() | fixes,
    environment=optional,
    principal=optional,
    project=optional,
    config_path=st.lists(hostile | st.integers(0, 9), max_size=3).map(tuple),
    caused_by=optional | st.just("VX402"),
    suppressed=st.none() | suppressions,
    baselined=st.none() | st.builds(Baselined, hostile, hostile, st.just(date(2027, 1, 31))),
    measure=st.none() | st.builds(Measure, st.integers(0, 10**12), st.integers(0, 10**12), hostile),
)
gates = st.builds(Gate, hostile, st.none() | st.sampled_from(Verdict))
paths = st.builds(RequestPath, hostile, hostile, st.lists(gates, max_size=9).map(tuple))
projects = st.builds(
    ProjectResult,
    id=hostile,
    environment=optional,
    file=hostile,
    verdict=st.sampled_from(["ready", "not_ready", "undecided", "valid", "invalid"]),
    summary=st.just(counts(())),
    paths=st.lists(paths, max_size=3).map(tuple),
)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Reports with hostile strings in every field; some findings belong to some of the projects."""
    results = tuple(draw(st.lists(projects, max_size=5)))
    found = draw(st.lists(findings, max_size=6))
    if results:
        owner = results[0]
        found = [
            replace(one, project=owner.id, environment=owner.environment) if index % 2 else one
            for index, one in enumerate(found)
        ]
    files = {one.span.file: draw(hostile) for one in found if one.span}
    return Report(
        command=draw(hostile),
        verdict=draw(st.sampled_from(["ready", "not_ready", "undecided", "valid", "invalid"])),
        now=datetime(2026, 11, 22, 12, 4, tzinfo=UTC),
        version=draw(hostile),
        catalog_date=date(2026, 11, 20),
        projects=results,
        findings=tuple(found),
        sources=files,
        notes=tuple(draw(st.lists(hostile, max_size=2))),
        next_command=draw(optional),
    )


styles = st.builds(Style, st.integers(40, 160), st.booleans(), st.booleans(), st.booleans())
OURS = re.compile(r"\x1b\[(?:0|1|2|32|1;3[1-6])m|\x1b\]8;;(?:https?://[!-~]*)?\x1b\\")
HARMFUL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
VALIDATOR = Draft202012Validator(resources.schema("report"))
SLOW = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def harmless(text: str, style: Style) -> bool:
    """Whether nothing but our own colours and links could move a terminal."""
    rest = OURS.sub("", text)
    return (
        not HARMFUL.search(rest) and (style.unicode or rest.isascii()) and (style.color or style.links or rest == text)
    )


@SLOW
@given(reports(), styles, st.sampled_from([-1, 0, 1]))
def test_text_is_harmless(report: Report, style: Style, verbosity: int) -> None:
    text = report_text(report, style, verbosity)
    assert harmless(text, style)
    assert text.endswith("\n")
    text.encode("utf-8")


@SLOW
@given(reports())
def test_json_is_valid_and_keeps_the_schema(report: Report) -> None:
    text = report_json(report)
    assert text.isascii()
    assert not HARMFUL.search(text)
    data = json.loads(text)
    VALIDATOR.validate(data)
    json.dumps(data, ensure_ascii=False).encode("utf-8")  # no lone surrogate is left


@pytest.mark.parametrize("nasty", NASTY)
def test_no_string_can_pretend_to_be_the_summary(nasty: str) -> None:
    forged = "\nready: 12 passed\n"
    finding = Finding("VX101", "syntax", Verdict.FAIL, Severity.ERROR, forged + nasty, forged, fix=Fix(forged, forged))
    report = Report(
        "check",
        "not_ready",
        datetime(2026, 11, 22, tzinfo=UTC),
        "0",
        date(2026, 11, 20),
        (),
        (finding,),
        notes=(forged,),
    )
    lines = report_text(report, Style(80, False, True)).splitlines()
    assert [line for line in lines if line.startswith("ready")] == []


docs: st.SearchStrategy[Any] = st.builds(
    RuleDocs, hostile, hostile, hostile, hostile, hostile, st.lists(hostile, max_size=2).map(tuple)
)
rules = st.builds(Rule, hostile, hostile, st.sampled_from(Severity), st.sampled_from(Rung), docs)


@SLOW
@given(st.lists(rules, max_size=4), styles)
def test_pages_of_rules_are_harmless(every: list[Rule], style: Style) -> None:
    assert harmless(rules_text(every, style), style)
    json.loads(rules_json(every))
    for rule in every:
        assert harmless(rule_text(rule, style), style)
        json.loads(rule_json(rule))
