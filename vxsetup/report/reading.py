"""Reads a JSON report back into values, so that reports can be merged and a baseline made from one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

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
    Rung,
    Severity,
    Span,
    Suppressed,
    Verdict,
)

Json = Mapping[str, Any]


def report_of(data: Json) -> Report:
    """The report that ``report_json`` wrote, without the texts of its files.

    ``data`` keeps ``schemas/report.schema.json``. Raises ValueError where a date or a time in it is none.
    """
    shard = data.get("shard")
    with_plans = any("plan" in one for one in data["projects"])
    return Report(
        command=data["tool"]["command"],
        verdict=data["verdict"],
        now=datetime.fromisoformat(data["now"]),
        version=data["tool"]["version"],
        catalog_date=date.fromisoformat(data["catalog"]["date"]),
        projects=tuple(_project(one) for one in data["projects"]),
        findings=tuple(_finding(one) for one in data["findings"]),
        notes=tuple(data["notes"]),
        next_command=data["next_command"],
        shard=(shard["index"], shard["count"]) if shard else None,
        plans=tuple(one.get("plan") for one in data["projects"]) if with_plans else (),
    )


def _project(data: Json) -> ProjectResult:
    paths = tuple(
        RequestPath(
            path["model"],
            path["location"],
            tuple(Gate(g["name"], None if g["verdict"] is None else Verdict(g["verdict"])) for g in path["gates"]),
        )
        for path in data["paths"]
    )
    return ProjectResult(data["id"], data["environment"], data["file"], data["verdict"], dict(data["summary"]), paths)


def _finding(data: Json) -> Finding:
    fix, suppressed, baselined = data["fix"], data["suppressed"], data.get("baselined")
    measure = data.get("measure")
    return Finding(
        rule=data["rule"],
        name=data["name"],
        verdict=Verdict(data["verdict"]),
        severity=Severity(data["severity"]),
        message=data["message"],
        subject=data["subject"],
        span=_span(data["location"]),
        related=tuple(span for span in map(_span, data["related"]) if span is not None),
        evidence=tuple(Evidence(Rung(e["rung"]), e["source"], e["says"], e["at"]) for e in data["evidence"]),
        fix=Fix(fix["summary"], fix["command"], fix["url"]) if fix else None,
        environment=data["environment"],
        principal=data["principal"],
        project=data["project"],
        config_path=tuple(data["config_path"]),
        caused_by=data["caused_by"],
        suppressed=_suppressed(suppressed) if suppressed else None,
        baselined=(
            Baselined(baselined["reason"], baselined["owner"], date.fromisoformat(baselined["expires"]))
            if baselined
            else None
        ),
        measure=Measure(measure["have"], measure["need"], measure["unit"]) if measure else None,
        config=data.get("config"),
    )


def _suppressed(data: Json) -> Suppressed:
    expires = data["expires"]
    return Suppressed(data["reason"], date.fromisoformat(expires) if expires else None, _span(data["location"]))


def _span(data: Json | None) -> Span | None:
    if data is None:
        return None
    return Span(data["file"], data["line"], data["column"], data["end_line"], data["end_column"])
