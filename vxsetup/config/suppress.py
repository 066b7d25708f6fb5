"""Applying suppressions to findings: marks what is accepted, and says which suppressions are past their day or idle."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from vxsetup.config import faults
from vxsetup.config.project import Project, Suppression
from vxsetup.config.words import nearest, quoted
from vxsetup.findings import Finding, Span, Suppressed, Verdict

if TYPE_CHECKING:
    from dataclasses import replace
else:
    from vxsetup.values import replace

_OPEN = frozenset({Verdict.FAIL, Verdict.UNKNOWN, Verdict.NOT_REACHED})


def apply_suppressions(
    findings: Iterable[Finding],
    projects: Sequence[Project],
    today: date,
    judged: Mapping[str, Collection[str]] | None = None,
    known: Collection[str] | None = None,
) -> tuple[Finding, ...]:
    """The findings with ``suppressed`` set on what the configs accept, followed by findings about the suppressions.

    ``judged`` are, by config, the ids and names of the rules that spoke about it: only they can have an unused suppression.
    ``known`` are those of all rules; None leaves unknown names alone. A suppression holds on its last day. It covers what
    failed, in its own project and environment. What is unknown cannot be suppressed: a reason does not make it known.
    """
    used: set[Span] = set()
    with_any = [project for project in projects if project.suppressions]
    of_file: dict[str, list[Project]] = {}
    for project in with_any:
        for file in project.files:
            of_file.setdefault(file, []).append(project)

    def near(finding: Finding) -> Sequence[Project]:
        return with_any if finding.span is None else of_file.get(finding.span.file, ())

    marked = tuple(_marked(finding, near(finding), today, used) if with_any else finding for finding in findings)
    about: dict[tuple[str, Span], Finding] = {}
    for project in with_any:
        for suppression in project.suppressions:
            spoken = judged.get(project.file, ()) if judged else ()
            finding = _about(suppression, project, today, used, spoken, known)
            if finding is None:
                continue
            key = (finding.rule, suppression.span)
            before = about.get(key)
            about[key] = finding if before is None else _of_both(before, finding)
    return (*marked, *about.values())


def _of_both(one: Finding, other: Finding) -> Finding:
    """One line may hold in several environments, and for all configs that extend its file: say it once."""
    same = (one.project, one.config) == (other.project, other.config)
    return replace(
        one,
        environment=one.environment if one.environment == other.environment else None,
        project=one.project if same else None,
        config=one.config if same else None,
    )


def _marked(finding: Finding, projects: Sequence[Project], today: date, used: set[Span]) -> Finding:
    if finding.verdict not in _OPEN or finding.suppressed is not None:
        return finding
    for project in projects:
        if not _belongs(finding, project):
            continue
        for suppression in project.suppressions:
            expired = suppression.expires is not None and suppression.expires < today
            if not expired and _covers(suppression, finding):
                used.add(suppression.span)  # also by an open question: whether it is idle cannot be told
                if finding.verdict is not Verdict.FAIL:
                    return finding
                return replace(
                    finding, suppressed=Suppressed(suppression.reason, suppression.expires, suppression.span)
                )
    return finding


def _belongs(finding: Finding, project: Project) -> bool:
    if finding.project is not None and finding.project != project.id:
        return False
    if finding.environment is not None and finding.environment != project.environment:
        return False
    return finding.span is None or finding.span.file in project.files


def _covers(suppression: Suppression, finding: Finding) -> bool:
    if suppression.rule not in (finding.rule, finding.name):
        return False
    return suppression.subject is None or fnmatchcase(finding.subject, suppression.subject)


def _about(
    suppression: Suppression,
    project: Project,
    today: date,
    used: Collection[Span],
    judged: Collection[str],
    known: Collection[str] | None,
) -> Finding | None:
    """What is wrong with a suppression itself; None where it is in order, or nothing can be said."""
    rule = quoted(suppression.rule)
    span = suppression.span
    if known is not None and suppression.rule not in known:
        # All ids are a slip away from one another: only names are worth a guess.
        names = sorted(name for name in known if not name.startswith("VX"))
        near = None if suppression.rule.startswith("VX") else nearest(suppression.rule, names)
        fix = f"Did you mean {quoted(near)}?" if near else "Delete it, or name a rule that `vxsetup rules` lists."
        made = faults.fault(faults.NO_SUCH_RULE, f"There is no rule {rule} to suppress", span, fix)
    elif suppression.expires is not None and suppression.expires < today:
        day = suppression.expires.isoformat()
        message = f"The suppression of {rule} ended on {day}: its findings count again"
        fix = f"Repair what {rule} reports and delete the suppression, or decide anew with a new reason and date."
        made = faults.fault(faults.EXPIRED, message, span, fix, says=f"expires: {day}, and the run is of {today}")
    elif suppression.rule in judged and span not in used:
        only = f" for {quoted(suppression.subject)}" if suppression.subject else ""
        message = f"The suppression of {rule}{only} hides nothing: no such finding failed in this run"
        made = faults.fault(faults.UNUSED, message, span, "Delete the suppression.")
    else:
        return None
    path = suppression.config_path
    config = project.file if span.file != project.file else None
    return replace(made, project=project.id, environment=project.environment, config_path=path, config=config)
