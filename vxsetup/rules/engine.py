"""Compiles a config into requirements, judges them, and says which failure each unanswered one waits on. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING

from vxsetup.catalog import Catalogue
from vxsetup.config.project import Project
from vxsetup.facts.base import Facts
from vxsetup.findings import (
    Finding,
    Gate,
    Judgement,
    RequestPath,
    Requirement,
    RequirementId,
    Rule,
    Rung,
    Verdict,
)
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.path import GATES, Declaration

if TYPE_CHECKING:
    from dataclasses import replace
else:
    from vxsetup.values import replace


def compile_requirements(
    project: Project,
    catalogue: Catalogue,
    rules: Iterable[Rule],
    online: bool,
    paid: bool = False,
    troubleshoot: bool = False,
) -> tuple[Requirement, ...]:
    """Every requirement that a config makes, by rule and then by place; offline only those that need no cloud.

    ``paid``: the probes may be real requests, which cost a few tokens. ``troubleshoot``: Policy Troubleshooter may be asked.
    """
    found: list[Requirement] = []
    declaration = Declaration(project, catalogue, paid, troubleshoot)
    for rule in rules:
        if rule.requires is not None and (online or rule.offline):
            found.extend(rule.requires(declaration))
    return tuple(found)


def facts_asked(requirements: Iterable[Requirement]) -> tuple[Hashable, ...]:
    """Every fact key that requirements read, each once, in order."""
    return tuple(dict.fromkeys(key for requirement in requirements for key in requirement.reads))


def judge(
    requirements: Sequence[Requirement], facts: Facts, circumstances: Circumstances, rules: Iterable[Rule]
) -> tuple[Finding, ...]:
    """Judge every requirement.

    What waits on a failed requirement is ``not_reached`` and carries its fingerprint as ``caused_by``; what waits on one
    that is itself unknown stays unknown, with the fingerprint of that one.
    """
    by_id = {rule.id: rule for rule in rules}
    judged = []
    for requirement in requirements:
        rule = by_id[requirement.rule]
        assert rule.judge is not None  # a rule with requirements has a judge; a test holds it
        judgement = rule.judge(requirement, facts, circumstances)
        judged.append((requirement, judgement, _finding(requirement, judgement, rule)))
    failed = {r.id: f.fingerprint for r, j, f in judged if j.verdict is Verdict.FAIL}
    waits = {r.id: j.blocked_by for r, j, _ in judged if j.verdict is Verdict.UNKNOWN}
    open_ = {r.id: f.fingerprint for r, j, f in judged if j.verdict is Verdict.UNKNOWN and not j.blocked_by}
    return tuple(_settled(j, f, failed, open_, waits) for _, j, f in judged)


def of_config(findings: Iterable[Finding], file: str) -> list[Finding]:
    """The findings of one config; those that point into what it extends say whose they are."""
    return [
        replace(finding, config=file) if finding.span is not None and finding.span.file != file else finding
        for finding in findings
    ]


def _finding(requirement: Requirement, judgement: Judgement, rule: Rule) -> Finding:
    return Finding(
        rule=rule.id,
        name=rule.name,
        verdict=judgement.verdict,
        severity=requirement.severity or rule.severity,
        message=judgement.message,
        subject=requirement.subject,
        span=requirement.span,
        related=requirement.related,
        evidence=judgement.evidence,
        fix=judgement.fix,
        environment=requirement.environment,
        principal=requirement.principal,
        project=requirement.project,
        config_path=requirement.config_path,
        measure=judgement.measure,
    )


def _settled(
    judgement: Judgement,
    finding: Finding,
    failed: dict[RequirementId, str],
    open_: dict[RequirementId, str],
    waits: dict[RequirementId, tuple[RequirementId, ...]],
) -> Finding:
    if judgement.verdict is not Verdict.UNKNOWN:
        return finding
    cause = _root(judgement.blocked_by, failed, waits)
    if cause is not None:
        return replace(finding, verdict=Verdict.NOT_REACHED, caused_by=cause)
    return replace(finding, caused_by=_root(judgement.blocked_by, open_, waits))


def _root(
    blocked_by: tuple[RequirementId, ...],
    roots: dict[RequirementId, str],
    waits: dict[RequirementId, tuple[RequirementId, ...]],
) -> str | None:
    """The fingerprint of the root at the end of a chain of waiting, or None."""
    seen: set[RequirementId] = set()
    todo = list(blocked_by)
    while todo:
        name = todo.pop(0)
        if name in roots:
            return roots[name]
        if name not in seen:
            seen.add(name)
            todo.extend(waits.get(name, ()))
    return None


_WORST = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.NOT_REACHED, Verdict.PASS, Verdict.NOT_APPLICABLE)


def request_paths(project: Project, catalogue: Catalogue, findings: Iterable[Finding]) -> tuple[RequestPath, ...]:
    """The path of a request for each model at each location, with the worst verdict at each gate.

    ``request`` shows a failure or nothing: only a paid request would pass it.
    """
    mine = [f for f in findings if f.environment == project.environment and f.project == project.id]
    smoked = {f.subject for f in mine if f.rule == "VX410" and any(e.rung is Rung.SMOKED for e in f.evidence)}
    paths = []
    for target, *_ in Declaration(project, catalogue).places:
        subjects = (
            target.subject,
            f"projects/{target.project}",
            f"projects/{target.project}/billingInfo",
            f"projects/{target.project}/services/aiplatform.googleapis.com",
            f"projects/{target.project}/publishers/anthropic/models/{target.model}",
        )
        gates = []
        for name, rules in GATES:
            verdicts = {f.verdict for f in mine if f.rule in rules and f.subject in subjects}
            worst = next((verdict for verdict in _WORST if verdict in verdicts), None)
            if name == "request" and worst is not Verdict.FAIL:
                worst = Verdict.PASS if target.subject in smoked else None
            gates.append(Gate(name, worst))
        paths.append(RequestPath(target.model, target.location, tuple(gates)))
    return tuple(paths)


def in_order(findings: Iterable[Finding], files: Sequence[str]) -> tuple[Finding, ...]:
    """Findings in the order that every report shows: by config, what points into the config itself first, then what points
    into each file that it extends; in each the document's own first and by place, then by environment, rule and place."""
    rank = {file: number for number, file in enumerate(files)}
    by_file: dict[str, list[Finding]] = {}  # sorted file by file: the keys of a hundred thousand findings are not small
    for finding in findings:
        by_file.setdefault(finding.home, []).append(finding)

    def key(finding: Finding) -> tuple[object, ...]:
        line = (finding.span.line, finding.span.column) if finding.span else (0, 0)
        document = finding.rule.startswith("VX1")
        return (
            finding.span.file if finding.config is not None and finding.span is not None else "",
            not document,
            finding.environment or "",
            line if document else (0, 0),
            finding.rule,
            line,
            finding.subject,
            finding.principal or "",
        )

    def place(file: str) -> tuple[int, str]:
        return (rank.get(file, len(rank)), "" if file in rank else file)

    return tuple(finding for file in sorted(by_file, key=place) for finding in sorted(by_file[file], key=key))
