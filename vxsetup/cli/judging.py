"""What ``validate`` and ``check`` share: compile, gather, judge, suppress, put in order, and make the report."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from vxsetup import __version__
from vxsetup.cli.configs import Configs
from vxsetup.config.suppress import apply_suppressions
from vxsetup.facts.base import Facts
from vxsetup.findings import Finding, ProjectResult, Report, Requirement, Verdict, counts, readiness, validity
from vxsetup.rules import registry
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.engine import compile_requirements, facts_asked, in_order, judge, of_config, request_paths

if TYPE_CHECKING:
    from dataclasses import replace
else:
    from vxsetup.values import replace

if TYPE_CHECKING:
    from vxsetup.cli.baselines import Entry
    from vxsetup.cli.many import Unlisted
    from vxsetup.cloud.gather import Gatherer
    from vxsetup.config.project import Project

Known: TypeAlias = "tuple[str, tuple[Entry, ...]] | None"
"""The path and the entries of a baseline; None without one."""

OVERALL = ("not_ready", "undecided", "ready")


def requirements_of(projects: Sequence[Project], circumstances: Circumstances) -> dict[int, tuple[Requirement, ...]]:
    """The requirements of each project, by its place in the sequence."""
    return {number: _asked(project, circumstances) for number, project in enumerate(projects)}


def _asked(project: Project, circumstances: Circumstances) -> tuple[Requirement, ...]:
    paid = circumstances.probe == "paid"
    return compile_requirements(
        project, circumstances.catalogue, registry(), circumstances.online, paid, circumstances.troubleshoot
    )


def gather_for(
    requirements: dict[int, tuple[Requirement, ...]], gatherer: Gatherer, probe: str, more: Sequence[Hashable] = ()
) -> Facts:
    """The facts that all requirements read, and ``more``; probes only where they may be sent."""
    from vxsetup.facts.models import Probe

    keys = [*(key for each in requirements.values() for key in facts_asked(each)), *more]
    return gatherer.gather(key for key in dict.fromkeys(keys) if probe != "none" or not isinstance(key, Probe))


def make_report(
    command: str,
    configs: Configs,
    circumstances: Circumstances,
    facts: Facts,
    notes: tuple[str, ...] = (),
    requirements: dict[int, tuple[Requirement, ...]] | None = None,
) -> Report:
    """Judge every project against the facts and put the findings in order."""
    rules = registry()
    judged: list[Finding] = []
    for number, project in enumerate(configs.projects if configs.judged is None else ()):
        asked = requirements[number] if requirements is not None else _asked(project, circumstances)
        judged += of_config(judge(asked, facts, circumstances, rules), project.file)
    spoken = rules_of(judged) if configs.judged is None else configs.judged
    findings = suppressed((*configs.findings, *judged), configs.projects, circumstances, spoken)
    findings = in_order(findings, configs.files)
    outcomes = results(configs.projects, findings, circumstances, configs.unlisted)
    return Report(
        command=command,
        verdict=_overall(outcomes, findings, circumstances.online),
        now=circumstances.now,
        version=__version__,
        catalog_date=circumstances.catalogue.date,
        projects=outcomes,
        findings=findings,
        sources=configs.sources,
        notes=(*configs.notes, *notes, *_age(circumstances)),
        rules=tuple(rules),
        shard=configs.shard,
    )


def suppressed(
    findings: Sequence[Finding],
    projects: Sequence[Project],
    circumstances: Circumstances,
    spoken: Mapping[str, Collection[str]],
) -> tuple[Finding, ...]:
    """The findings, with what the configs accept marked. ``spoken`` are the rules that spoke about each config."""
    if not any(project.suppressions for project in projects):
        return tuple(findings)
    rules = registry()
    name_of = {rule.id: rule.name for rule in rules}
    judged = {file: {*ids, *(name_of[one] for one in ids)} for file, ids in spoken.items()}
    return apply_suppressions(findings, projects, circumstances.today, judged, {*name_of, *name_of.values()})


def rules_of(findings: Iterable[Finding]) -> dict[str, frozenset[str]]:
    """The rules that spoke about each config."""
    found: dict[str, set[str]] = {}
    for finding in findings:
        found.setdefault(finding.home, set()).add(finding.rule)
    return {file: frozenset(rules) for file, rules in found.items()}


def _age(circumstances: Circumstances) -> tuple[str, ...]:
    catalogue = circumstances.catalogue
    if not catalogue.is_stale(circumstances.today):
        return ()
    days = catalogue.age_days(circumstances.today)
    return (
        f"The catalogue is {days} days old ({catalogue.date}); newer models and dates are unknown to it. Update vxsetup.",
    )


def results(
    projects: Sequence[Project],
    findings: Sequence[Finding],
    circumstances: Circumstances,
    unlisted: Unlisted = MappingProxyType({}),
) -> tuple[ProjectResult, ...]:
    """The outcome of each project. Findings are looked up by what they are about, since a fleet has many of both;
    ``unlisted`` are those that are only counted."""
    about: dict[tuple[str | None, str | None, str], list[Finding]] = {}
    for finding in findings:
        about.setdefault((finding.project, finding.environment, finding.home), []).append(finding)
    return tuple(_result(project, about, circumstances, unlisted) for project in projects)


def _result(
    project: Project,
    about: dict[tuple[str | None, str | None, str], list[Finding]],
    circumstances: Circumstances,
    unlisted: Unlisted,
) -> ProjectResult:
    places = (None, project.environment) if project.environment else (None,)
    own = [f for name in (None, project.id) for place in places for f in about.get((name, place, project.file), ())]
    # What is wrong with a suppression of a file that several configs extend stands with that file, and counts for each.
    accepted = {suppression.span for suppression in project.suppressions}
    shared = [f for place in places for file in project.files[1:] for f in about.get((None, place, file), ())]
    own += [finding for finding in shared if finding.span in accepted]
    paths = request_paths(project, circumstances.catalogue, own) if circumstances.online else ()
    verdict = readiness(own) if circumstances.online else validity(own)
    summary = counts(own)
    passed, other = unlisted.get((project.id, project.environment, project.file), (0, 0))
    summary[Verdict.PASS.value] += passed
    summary[Verdict.NOT_APPLICABLE.value] += other
    return ProjectResult(project.id, project.environment, project.file, verdict, summary, paths)


def _overall(results: Sequence[ProjectResult], findings: Sequence[Finding], online: bool) -> str:
    if not online:
        return validity(findings)
    verdicts = {result.verdict for result in results} | {readiness(findings)}
    return next(verdict for verdict in OVERALL if verdict in verdicts)


def read_known(path: str | None) -> Known:
    """The baseline that ``--baseline`` names, or none. Ends the command where it is no good."""
    if path is None:
        return None
    from vxsetup.cli.baselines import read_baseline

    return path, read_baseline(path)


def known_failures(report: Report, known: Known, today: date) -> Report:
    """The report with the failures that the baseline knows marked."""
    if known is None:
        return report
    from vxsetup.cli.baselines import with_baseline

    return with_baseline(report, *known, today)


def with_next(report: Report, command: str | None) -> Report:
    """The report with the command that comes next."""
    return replace(report, next_command=command)
