"""Makes the report of many files that were judged as they were read: of those that are done with, and those that were held."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from vxsetup.cli.changed import changed_files, touches
from vxsetup.cli.configs import (
    Configs,
    changed_note,
    find_configs,
    refuse_environment,
    refuse_unreadable,
)
from vxsetup.cli.configs import Part as ConfigPart
from vxsetup.cli.judging import Known, make_report
from vxsetup.cli.many import Part, Unlisted, Way, read_and_judge, told, what_is_shown
from vxsetup.facts.base import Facts
from vxsetup.findings import Finding, ProjectResult, Report
from vxsetup.report.grouping import homes
from vxsetup.report.listed import Kept, Lines, Piece

if TYPE_CHECKING:
    from dataclasses import replace
else:
    from vxsetup.values import replace

if TYPE_CHECKING:
    from vxsetup.rules.circumstances import Circumstances


def judged_report(
    command: str,
    paths: Sequence[str],
    chosen: ConfigPart,
    circumstances: Circumstances,
    environment: str | None,
    formats: Sequence[str],
    verbose: bool,
    known: Known,
) -> Report:
    """The report of a validation, with what its formats and its baseline need to know of what passes."""
    kept = frozenset(entry.rule for entry in known[1]) if known is not None else frozenset()
    way = Way(circumstances, environment, *what_is_shown(formats, verbose), kept)
    return report_on_files(command, paths, chosen, way)


def report_on_files(
    command: str, paths: Sequence[str], chosen: ConfigPart, way: Way, processes: int | None = None
) -> Report:
    """The report on all config files behind the paths, or a part of them; the same as when all are held at once.

    Ends the command where ``read_configs`` does. ``processes`` is for tests.
    """
    found = find_configs(paths, chosen)
    notes = found.notes
    if chosen.since is not None:
        changed = changed_files(chosen.since)
        if not touches(chosen.always, changed):
            way = replace(way, wanted=lambda names: touches(names, changed))
    part = read_and_judge(found.files, way, processes)
    refuse_unreadable(part.held)
    if chosen.since is not None:
        notes = (*notes, changed_note(chosen.since, len(part.files), len(found.files)))
    if way.environment is not None and len(part.files) == found.total:
        refuse_environment(way.environment, part.environments)
    held = Configs(
        files=part.files,
        findings=tuple(finding for one in part.held for finding in one.findings),
        projects=tuple(project for one in part.held for project in one.projects),
        sources={file: text for one in part.held for file, text in one.sources.items()},
        notes=notes,
        shard=found.shard,
        judged=part.spoken,
        unlisted=part.unlisted,
    )
    return whole(make_report(command, held, way.circumstances, Facts()), part, way)


def whole(held: Report, part: Part, way: Way) -> Report:
    """The report on all files, from that on the files that were held.

    Its findings are those that are no passes; the passes are counted at their projects, and where a format lists them,
    ``listed`` has all findings.
    """
    rank = {file: number for number, file in enumerate(part.files)}

    def place(file: str) -> tuple[int, str]:
        return (rank.get(file, len(rank)), "" if file in rank else file)

    counted = dict(part.unlisted)
    open_ = told(held.findings, counted, way.kept) if way.lists else held.findings
    projects = sorted((*part.done, *held.projects), key=lambda project: rank[project.file])
    findings = _in_order(open_, part.pieces, place)
    return replace(
        held,
        verdict=held.verdict if all(one.valid for one in part.pieces) else "invalid",
        projects=tuple(_with_unlisted(projects, counted)),
        findings=findings if any(one.packed for one in part.pieces) else tuple(findings),
        sources=Lines(part.pieces, {**part.bases, **{file: text for file, text in held.sources.items() if text}}),
        listed=_in_order(held.findings, part.pieces, place, every=True) if way.lists else None,
    )


def _file(finding: Finding) -> str:
    return finding.home


def _with_unlisted(projects: Sequence[ProjectResult], counted: Unlisted) -> list[ProjectResult]:
    """Each project with how many findings are counted at it: those that would be shown as its own."""
    home = homes(projects)
    found = list(projects)
    for owner, (passed, other) in counted.items():
        index = home(*owner)
        if index is not None:
            before = found[index].unlisted
            found[index] = replace(found[index], unlisted=(before[0] + passed, before[1] + other))
    return found


def _in_order(
    held: Sequence[Finding], pieces: Sequence[Piece], place: Callable[[str], tuple[int, str]], every: bool = False
) -> Kept:
    """Findings file by file. A piece has files that follow one another, so that none of the held is among them."""
    placed: list[tuple[tuple[int, str], Piece | tuple[Finding, ...]]] = [(place(one.files[0]), one) for one in pieces]
    placed += [(place(file), tuple(group)) for file, group in groupby(held, _file)]
    return Kept((one for _, one in sorted(placed, key=lambda pair: pair[0])), every)
