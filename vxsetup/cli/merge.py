"""``vxsetup merge``: makes one report of several, such as the shards of a fleet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from vxsetup.cli.options import gate_options, option, report_options
from vxsetup.cli.output import EXIT_UNDECIDED, Refused, exit_code, prepare, write_report
from vxsetup.findings import Finding, ProjectResult, Report, validity

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from vxsetup.values import dataclass, replace

_MOST = 256 * 1024 * 1024
_ONLINE = ("not_ready", "undecided", "ready")


@dataclass(frozen=True, slots=True)
class Merged:
    """One report of several, and the shards that were missing."""

    report: Report
    missing: tuple[int, ...]


@click.command("merge")
@click.argument("files", nargs=-1, required=True, metavar="REPORT...")
@option(
    "--unknown",
    type=click.Choice(["fail", "warn", "ignore"]),
    default="fail",
    show_default=True,
    help="What an undecided verdict means for the exit code.",
)
@gate_options
@report_options
def command(
    files: tuple[str, ...],
    unknown: str,
    baseline: str | None,
    exit_zero: bool,
    format_: str,
    output: str | None,
    reports: tuple[str, ...],
    fail_on: str,
    color: str,
    verbose: bool,
    quiet: bool,
) -> int:
    """Merge JSON reports of validate or check into one, in any format (- is standard input).

    The verdict is the worst of them. Of shards every part must be there: a missing one makes the exit code 3.
    """
    from vxsetup.rules import registry

    prepare(output, reports, verbose, quiet)
    merged = together(read_reports(files))
    report = replace(merged.report, rules=tuple(registry()))
    if baseline is not None:
        from vxsetup.cli.baselines import read_baseline, with_baseline

        report = with_baseline(report, baseline, read_baseline(baseline), report.now.date())
    write_report(report, format_, output, reports, color, -1 if quiet else 1 if verbose else 0, fail_on)
    code = exit_code(report, fail_on, unknown, exit_zero)
    return EXIT_UNDECIDED if merged.missing and code == 0 and not exit_zero else code


def read_reports(paths: Sequence[str]) -> list[tuple[str, Report]]:
    """Every report with its name. Ends the command where a file is none."""
    from vxsetup.cli.reading import read_json
    from vxsetup.report.reading import report_of

    found = []
    for path in paths:
        data = read_json(path, "report", _MOST)
        try:
            found.append((path, report_of(data)))
        except (ValueError, OverflowError) as error:
            raise Refused(f"{path} is not a report: {error}") from error
    return found


def together(named: Sequence[tuple[str, Report]]) -> Merged:
    """One report of several. Ends the command where they do not belong together, or judge a project twice."""
    reports = [report for _, report in named]
    _same_kind(named)
    missing, notes = _shards(named)
    files = sorted(
        {project.file for report in reports for project in report.projects}, key=lambda file: file.split("/")
    )
    projects = _projects(named, files)
    findings = tuple(dict.fromkeys(finding for report in reports for finding in report.findings))
    remarks = dict.fromkeys(note for report in reports for note in report.notes if not _of_shard(report, note))
    merged = replace(
        reports[0],
        verdict=_verdict(reports, findings, bool(missing)),
        now=max(report.now for report in reports),
        catalog_date=min(report.catalog_date for report in reports),
        projects=tuple(project for project, _ in projects),
        plans=tuple(plan for _, plan in projects) if any(report.plans for report in reports) else (),
        findings=_in_order(findings, files),
        notes=(*remarks, *notes, *_mixed(reports)),
        next_command=next(
            (report.next_command for report in reports if report.verdict in ("not_ready", "invalid")), None
        ),
        shard=None,
    )
    return Merged(merged, missing)


def _of_shard(report: Report, note: str) -> bool:
    """Whether a remark only says which part its report is; of the whole it is not true."""
    return report.shard is not None and note.startswith("This is shard ")


def _in_order(findings: Sequence[Finding], files: Sequence[str]) -> tuple[Finding, ...]:
    from vxsetup.rules.engine import in_order

    return in_order(findings, files)


def _projects(
    named: Sequence[tuple[str, Report]], files: Sequence[str]
) -> list[tuple[ProjectResult, Mapping[str, Any] | None]]:
    """Every project in the order of the files, with what its plan would do where its report says."""
    rank = {file: number for number, file in enumerate(files)}
    seen: dict[tuple[str, str | None, str], str] = {}
    found = []
    for path, report in named:
        for project, plan in zip(report.projects, report.plans or (None,) * len(report.projects), strict=True):
            key = (project.id, project.environment, project.file)
            if key in seen and seen[key] != path:
                about = f"{project.id} ({project.environment})" if project.environment else project.id
                raise Refused(f"{seen[key]} and {path} both judge {about} in {project.file}; give each report once")
            seen[key] = path
            found.append((project, plan))
    return sorted(found, key=lambda one: rank[one[0].file])


def _same_kind(named: Sequence[tuple[str, Report]]) -> None:
    offline = [path for path, report in named if report.verdict in ("valid", "invalid")]
    if offline and len(offline) != len(named):
        online = next(path for path, report in named if path not in offline)
        raise Refused(f"{offline[0]} judged configs offline and {online} asked the cloud; merge each kind by itself")


def _shards(named: Sequence[tuple[str, Report]]) -> tuple[tuple[int, ...], list[str]]:
    """The shards that are missing, and a remark that says so. Ends the command where the parts are of different runs."""
    parts = [(path, report.shard) for path, report in named if report.shard is not None]
    if not parts:
        return (), []
    counts = {shard[1] for _, shard in parts}
    if len(counts) > 1:
        raise Refused(f"the reports are shards of {' and of '.join(str(one) for one in sorted(counts))}; merge one run")
    (count,) = counts
    there: dict[int, str] = {}
    for path, (index, _) in parts:
        if index in there:
            raise Refused(f"{there[index]} and {path} are both shard {index} of {count}; give each report once")
        there[index] = path
    missing = tuple(number for number in range(1, count + 1) if number not in there)
    if not missing:
        return (), []
    some = ", ".join(str(number) for number in missing[:10]) + (", …" if len(missing) > 10 else "")
    return missing, [f"{len(missing)} of {count} shards are missing ({some}): what they judge is not known."]


def _verdict(reports: Sequence[Report], findings: Sequence[Finding], incomplete: bool) -> str:
    if reports[0].verdict in ("valid", "invalid"):
        return validity(findings)
    verdicts = {report.verdict for report in reports} | ({"undecided"} if incomplete else set())
    return next(verdict for verdict in _ONLINE if verdict in verdicts)


def _mixed(reports: Sequence[Report]) -> list[str]:
    notes = []
    versions = sorted({report.version for report in reports})
    if len(versions) > 1:
        notes.append(f"The reports were made by different versions of vxsetup: {', '.join(versions)}.")
    dates = sorted({report.catalog_date.isoformat() for report in reports})
    if len(dates) > 1:
        notes.append(f"The reports were judged with catalogues of different days: {', '.join(dates)}.")
    return notes
