"""Arranges the findings of a report for a person: whose they are, what hangs on what, what one answer settles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from vxsetup.findings import Finding, ProjectResult, Severity, Verdict, is_counted

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from vxsetup.values import dataclass, replace


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure with what could not be judged because of it."""

    finding: Finding
    held_up: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Arranged:
    """The findings of one project or one file, in the order in which they are told."""

    errors: tuple[Failure, ...]
    unknowns: tuple[tuple[Finding, ...], ...]
    orphans: tuple[tuple[str, tuple[Finding, ...]], ...]
    warnings: tuple[Failure, ...]
    infos: tuple[Finding, ...]
    passes: tuple[Finding, ...]
    not_applicable: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    baselined: tuple[Finding, ...] = ()

    @property
    def silent(self) -> bool:
        """Whether nothing in it asks for attention."""
        return not (self.errors or self.unknowns or self.orphans or self.warnings or self.infos)


def arrange(findings: Sequence[Finding]) -> Arranged:
    """Sorts findings by how they are told; within each kind their order is kept.

    A ``not_reached`` finding stands under the failure that its ``caused_by`` names (a fingerprint, or the id of a
    rule); one whose cause is not among these failures stands with the others of the same cause, under that name.
    """
    counted = [finding for finding in findings if is_counted(finding)]
    failed = [finding for finding in counted if finding.verdict is Verdict.FAIL]
    root_of = _Roots(counted)
    held_up: dict[int, list[Finding]] = {}
    orphans: dict[str, list[Finding]] = {}
    for finding in counted:
        if finding.verdict is Verdict.NOT_REACHED:
            root = root_of(finding)
            if root is not None:
                held_up.setdefault(id(root), []).append(finding)
            else:
                orphans.setdefault(finding.caused_by or "", []).append(finding)
    told = [Failure(finding, tuple(held_up.get(id(finding), ()))) for finding in failed]
    return Arranged(
        errors=tuple(one for one in told if one.finding.severity is Severity.ERROR),
        unknowns=_grouped(finding for finding in counted if finding.verdict is Verdict.UNKNOWN),
        orphans=tuple((cause, tuple(group)) for cause, group in orphans.items()),
        # A note that holds something up is no longer a note.
        warnings=tuple(
            one
            for one in told
            if one.finding.severity is Severity.WARNING or (one.finding.severity is Severity.INFO and one.held_up)
        ),
        infos=tuple(one.finding for one in told if one.finding.severity is Severity.INFO and not one.held_up),
        passes=tuple(finding for finding in counted if finding.verdict is Verdict.PASS),
        not_applicable=tuple(finding for finding in counted if finding.verdict is Verdict.NOT_APPLICABLE),
        suppressed=tuple(finding for finding in findings if finding.suppressed is not None),
        baselined=tuple(f for f in findings if f.baselined is not None and f.verdict is Verdict.FAIL),
    )


class _Roots:
    """Finds the failure at the end of a chain of causes."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._by_fingerprint: dict[str, Finding] = {}
        self._failed_by_rule: dict[str, Finding] = {}
        if not any(finding.verdict is Verdict.NOT_REACHED for finding in findings):
            return  # nothing will ask, and fingerprints cost
        for finding in findings:
            self._by_fingerprint.setdefault(finding.fingerprint, finding)
            if finding.verdict is Verdict.FAIL:
                self._failed_by_rule.setdefault(finding.rule, finding)

    def __call__(self, finding: Finding) -> Finding | None:
        """The failure that a finding waits on, through others that wait too; None where it is not among these."""
        seen: set[str] = set()
        cause = finding.caused_by
        while cause is not None and cause not in seen:
            seen.add(cause)
            found = self._by_fingerprint.get(cause) or self._failed_by_rule.get(cause)
            if found is None or found.verdict is Verdict.FAIL:
                return found
            cause = found.caused_by
        return None


def _grouped(findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], ...]:
    """Unknowns that one answer would settle, together: of one cause, or one next step, or else one message.

    The unknown that others wait on comes first in its group.
    """
    every = tuple(findings)
    causes = {finding.caused_by for finding in every if finding.caused_by}
    roots = {finding.fingerprint: finding for finding in every if finding.fingerprint in causes} if causes else {}
    groups: dict[object, list[Finding]] = {}
    for finding in every:
        root = roots.get(finding.caused_by or "")
        if root is None and finding in roots.values():
            root = finding
        if root is not None:
            group = groups.setdefault(("root", root.fingerprint), [root])
            if finding is not root:
                group.append(finding)
        else:
            groups.setdefault(finding.caused_by or finding.fix or ("message", finding.message), []).append(finding)
    return tuple(tuple(group) for group in groups.values())


Home = Callable[[str | None, str | None, str], int | None]
"""From a finding's project, environment and config to the place of its project; None where it has none."""


def homes(projects: Sequence[ProjectResult]) -> Home:
    """Finds the project that a finding is told with."""
    places: dict[tuple[str | None, str | None], int | list[int]] = {}  # mostly one for each name
    for index, project in enumerate(projects):
        name = (project.id, project.environment)
        before = places.get(name)
        places[name] = index if before is None else [*([before] if isinstance(before, int) else before), index]

    def home(project: str | None, environment: str | None, file: str) -> int | None:
        candidates = places.get((project, environment))
        if candidates is None or isinstance(candidates, int):
            return candidates
        return next((index for index in candidates if projects[index].file == file), candidates[0])

    return home


def home_of(finding: Finding, home: Home) -> int | None:
    """The place of the project that a finding is told with: its own, and where several files declare that, its file's.

    One that names no such project, for example a syntax error, is its file's: None.
    """
    return home(finding.project, finding.environment, finding.home)


def in_turn(
    findings: Iterable[Finding], home: Home, numbers: Sequence[int]
) -> Iterator[tuple[int, tuple[Finding, ...]]]:
    """Each project's place and findings, in the order of the projects, each as soon as it has as many as ``numbers`` says:
    findings that come file by file are not all held."""
    waiting: dict[int, list[Finding]] = {}
    due = 0
    for finding in findings:
        index = home_of(finding, home)
        if index is None:
            continue
        waiting.setdefault(index, []).append(finding)
        while due < len(numbers) and len(waiting.get(due, ())) == numbers[due]:
            yield due, tuple(waiting.pop(due, ()))
            due += 1
    for index in range(due, len(numbers)):
        yield index, tuple(waiting.pop(index, ()))


class Once:
    """Tells a fault of a base once, with how many configs extend it, and not once for each of them."""

    def __init__(self) -> None:
        self._first: dict[tuple[object, ...], Finding] = {}
        self._again: dict[int, int] = {}

    def __call__(self, finding: Finding) -> bool:
        """Whether it is new."""
        if finding.config is None or finding.verdict is not Verdict.FAIL:
            return True
        key = (finding.rule, finding.span, finding.message, finding.suppressed is None, finding.baselined is None)
        first = self._first.setdefault(key, finding)
        if first is finding:
            return True
        self._again[id(first)] = self._again.get(id(first), 0) + 1
        return False

    def counted(self, finding: Finding) -> Finding:
        """A finding that was new, with how many others say the same."""
        more = self._again.get(id(finding), 0)
        if not more:
            return finding
        return replace(
            finding, message=f"{finding.message.removesuffix('.')} (and in {more:,} more that extend this file)"
        )


class Shares:
    """The findings of each project, in the order of the projects, and those of files that belong to none."""

    def __init__(self, projects: Sequence[ProjectResult], findings: Iterable[Finding]) -> None:
        """``findings`` are walked once here and once for each walk over those of the projects."""
        self._findings = findings
        self._home = homes(projects)
        self._numbers = [0] * len(projects)
        files: dict[str, list[Finding]] = {}
        once = Once()
        for finding in findings:
            index = home_of(finding, self._home)
            if index is not None:
                self._numbers[index] += 1
            elif once(finding):
                files.setdefault(finding.span.file if finding.span else "", []).append(finding)
        self.by_file = tuple((file, tuple(once.counted(one) for one in group)) for file, group in files.items())

    def by_project(self) -> Iterator[tuple[Finding, ...]]:
        """The findings of each project, read as they are asked for."""
        for _, findings in in_turn(self._findings, self._home, self._numbers):
            yield findings
