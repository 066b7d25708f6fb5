"""The report for programs keeps its contract, whatever is in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import report_samples as samples
from jsonschema import Draft202012Validator, FormatChecker

from vxsetup import resources
from vxsetup.findings import Report
from vxsetup.report.json import dumps, report_data, report_json, report_json_parts
from vxsetup.values import replace

REPORTS = [
    samples.blocked_report,
    samples.ready_report,
    samples.invalid_report,
    samples.undecided_report,
    samples.fleet_report,
    samples.awkward_report,
]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    """Of the published schema."""
    schema = resources.schema("report")
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker())


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_keeps_the_schema(report: Callable[[], Report], validator: Draft202012Validator) -> None:
    validator.validate(json.loads(report_json(report())))


def test_the_examples_keep_the_schema(validator: Draft202012Validator) -> None:
    assert resources.schema("report")["examples"]
    for example in resources.schema("report")["examples"]:
        validator.validate(example)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.pop("verdict"),
        lambda data: data.update(verdict="fine"),
        lambda data: data.update(format="vxsetup.report/2"),
        lambda data: data["findings"][0].update(verdict="ok"),
        lambda data: data["findings"][0].update(rule="E1"),
        lambda data: data["findings"][0]["evidence"][0].update(rung="guessed"),
        lambda data: data["findings"][0]["location"].update(line=0),
        lambda data: data["projects"][0]["summary"].pop("unknown"),
    ],
)
def test_the_schema_refuses_what_is_no_report(spoil: Callable[[Any], Any], validator: Draft202012Validator) -> None:
    data = json.loads(report_json(samples.blocked_report()))
    spoil(data)
    assert not validator.is_valid(data)


def test_fields_to_come_do_not_break_the_schema(validator: Draft202012Validator) -> None:
    data = json.loads(report_json(samples.blocked_report()))
    data["later"] = data["projects"][0]["later"] = data["findings"][0]["later"] = 1
    validator.validate(data)


def test_every_field_of_a_finding_is_there() -> None:
    data = json.loads(report_json(samples.blocked_report()))
    finding = data["findings"][0]
    assert finding == {
        "rule": "VX404",
        "name": "model-not-enabled",
        "verdict": "fail",
        "severity": "error",
        "project": "acme-ai-prod",
        "environment": None,
        "principal": "user:dev@acme.example",
        "subject": "projects/acme-ai-prod/locations/eu/publishers/anthropic/models/claude-opus-4-7",
        "message": samples.NOT_ENABLED.message,
        "location": {"file": "vxsetup.yaml", "line": 7, "column": 9, "end_line": 7, "end_column": 24},
        "related": [],
        "config_path": ["models", 0, "id"],
        "evidence": [
            {"rung": "probed", "source": "rawPredict at eu", "at": "2026-11-22T12:04:00Z", "says": "404 NOT_FOUND"}
        ],
        "fix": {
            "summary": samples.NOT_ENABLED.fix.summary if samples.NOT_ENABLED.fix else None,
            "command": "vxsetup check --project acme-ai-prod --model claude-opus-4-7 --location eu",
            "url": samples.NOT_ENABLED.fix.url if samples.NOT_ENABLED.fix else None,
        },
        "caused_by": None,
        "suppressed": None,
        "fingerprint": samples.NOT_ENABLED.fingerprint,
    }
    assert data["projects"][0]["summary"] == {
        "pass": 4,
        "fail": 4,
        "unknown": 2,
        "not_applicable": 0,
        "not_reached": 3,
    }
    assert data["projects"][0]["paths"][0]["gates"][6:] == [
        {"name": "enabled", "verdict": "fail"},
        {"name": "quota", "verdict": "unknown"},
        {"name": "request", "verdict": None},
    ]
    waiting = [one for one in data["findings"] if one["verdict"] == "not_reached"]
    assert {one["caused_by"] for one in waiting} == {samples.SHUT_DOWN.fingerprint}


def test_the_same_report_gives_the_same_bytes() -> None:
    assert report_json(samples.blocked_report()) == report_json(samples.blocked_report())


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        (samples.NOW, "2026-11-22T12:04:00Z"),
        (datetime(2026, 11, 22, 13, 4, tzinfo=timezone(timedelta(hours=1))), "2026-11-22T12:04:00Z"),
        (samples.NOW.replace(tzinfo=None), "2026-11-22T12:04:00Z"),
    ],
)
def test_times_are_in_utc(now: datetime, shown: str) -> None:
    assert json.loads(report_json(replace(samples.ready_report(), now=now)))["now"] == shown


@pytest.mark.parametrize("make", REPORTS)
def test_the_text_in_pieces_is_that_of_the_data(make: Callable[[], Report]) -> None:
    for found in (make(), replace(make(), projects=(), findings=(), notes=())):
        assert "".join(report_json_parts(found)) == dumps(report_data(found))
