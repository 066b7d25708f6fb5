"""Baselines: the failures that a team knows and has dated. A run with one fails on what is new, and the verdict stays.

An entry names a failure by the fingerprint that it has when files are named relative to the baseline's own folder, so that
it holds in every checkout and from every working folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vxsetup.cli.output import Refused
from vxsetup.findings import Baselined, Finding, Report, Severity, Verdict, is_counted
from vxsetup.report.listed import changed

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from vxsetup.values import dataclass, replace

FORMAT = "vxsetup.baseline/1"
_MOST = 16 * 1024 * 1024
_LISTED = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A known failure: its fingerprint, what it was when the entry was made, who answers for it, and until when."""

    fingerprint: str
    rule: str
    file: str
    environment: str | None
    subject: str
    message: str
    reason: str
    owner: str
    expires: date

    @property
    def short(self) -> str:
        """How a remark names it."""
        return f"{self.rule} of {self.subject}"


def read_baseline(path: str) -> tuple[Entry, ...]:
    """The entries of a baseline. Ends the command where the file is none."""
    from vxsetup.cli.reading import read_json

    data = read_json(path, "baseline", _MOST)
    try:
        return tuple(
            Entry(
                **{name: one[name] for name in Entry.__match_args__} | {"expires": date.fromisoformat(one["expires"])}
            )
            for one in data["entries"]
        )
    except ValueError as error:
        raise Refused(f"{path} is not a baseline: {error}") from error


def baseline_text(entries: Iterable[Entry]) -> str:
    """A baseline as it is written, sorted by what it is about."""
    ordered = sorted(entries, key=lambda one: (one.file, one.environment or "", one.rule, one.subject, one.fingerprint))
    rows: list[dict[str, Any]] = [
        {str(name): getattr(one, name) for name in Entry.__match_args__} | {"expires": one.expires.isoformat()}
        for one in ordered
    ]
    return json.dumps({"format": FORMAT, "entries": rows}, indent=2) + "\n"


def named_from(report: Report, path: str) -> Report:
    """The report with files named relative to the folder of a baseline."""
    import os

    from vxsetup.cli.repository import relative_to
    from vxsetup.report.places import renamed

    return renamed(report, relative_to(Path(os.path.realpath(path)).parent))


def with_baseline(report: Report, path: str, entries: Sequence[Entry], today: date) -> Report:
    """The report with its known failures marked, and with remarks on entries that ended or are of no use any more.

    What waits on a known failure is known with it. An entry ends with its day: the failure counts again.
    """
    moved = named_from(report, path)
    known = {entry.fingerprint: entry for entry in entries}
    roots: dict[str, Baselined] = {}
    ended: list[Entry] = []
    for finding, named in zip(report.findings, moved.findings, strict=True):
        entry = known.get(named.fingerprint) if _may_be_known(finding) else None
        if entry is None:
            continue
        if entry.expires < today:
            ended.append(entry)
        else:
            roots[finding.fingerprint] = Baselined(entry.reason, entry.owner, entry.expires)

    def marked(finding: Finding) -> Finding:
        root = finding.fingerprint if _may_be_known(finding) else None
        why = roots.get((finding.caused_by if finding.verdict is Verdict.NOT_REACHED else root) or "")
        return finding if why is None else replace(finding, baselined=why)

    found = changed(report.findings, marked) if roots else report.findings
    listed = changed(report.listed, marked) if roots and report.listed is not None else report.listed
    remarks = [*_ended(path, ended), *_dead(path, entries, moved), *_astray(path, entries, moved)]
    if roots and not any(_counts(one) for one in found):
        until = min(why.expires for why in roots.values()).isoformat()
        remarks.append(f"Every error is in {path}; nothing is new. The first of its entries ends on {until}.")
    return replace(report, findings=found, listed=listed, notes=(*report.notes, *remarks))


def _may_be_known(finding: Finding) -> bool:
    """Whether a finding is of those that a baseline names."""
    return finding.verdict is Verdict.FAIL and finding.suppressed is None


def _counts(finding: Finding) -> bool:
    """Whether a finding is an error that nothing takes out."""
    failed = finding.verdict is Verdict.FAIL and finding.severity is Severity.ERROR
    return failed and is_counted(finding)


def _ended(path: str, ended: Sequence[Entry]) -> list[str]:
    return [
        f"{path}: the entry for {entry.short} ended on {entry.expires.isoformat()}, so the failure counts again; "
        f"it is {entry.owner}'s."
        for entry in ended
    ]


def _dead(path: str, entries: Sequence[Entry], moved: Report) -> list[str]:
    """A remark on the entries that this run judged and found to be no failure any more."""
    named = {entry.fingerprint for entry in entries}
    states = {print_: one.verdict for one in moved.findings if (print_ := one.fingerprint) in named}
    judged = {(project.file, project.environment) for project in moved.projects}
    online = moved.verdict not in ("valid", "invalid")
    rules = {finding.rule for finding in moved.findings}
    dead = []
    for entry in entries:
        state = states.get(entry.fingerprint)
        gone = state is None and (entry.file, entry.environment) in judged and (online or entry.rule in rules)
        if gone or state in (Verdict.PASS, Verdict.NOT_APPLICABLE):
            dead.append(entry)
    if not dead:
        return []
    some = "; ".join(entry.short for entry in dead[:_LISTED]) + ("; …" if len(dead) > _LISTED else "")
    many = "1 entry is" if len(dead) == 1 else f"{len(dead):,} entries are"
    return [f"{path}: {many} no failure any more ({some}): remove what is mended, or make the baseline again."]


def _astray(path: str, entries: Sequence[Entry], moved: Report) -> list[str]:
    """A remark on the entries for files that are gone: a failure in a renamed file is a new one, and theirs is never judged.

    Where none of the judged files is there either, as after a merge elsewhere, nothing can be said.
    """
    import os

    def there(file: str) -> bool:
        return os.path.exists(folder / file)  # noqa: PTH110 (a name that no file system takes is False here, no error)

    folder = Path(os.path.realpath(path)).parent
    judged = {project.file for project in moved.projects}
    if not any(map(there, judged)):
        return []
    files = {one.file for one in entries if one.file and not one.file.startswith("<")} - judged
    gone = sorted(file for file in files if not there(file))
    if not gone:
        return []
    number = sum(one.file in gone for one in entries)
    some = ", ".join(gone[:_LISTED]) + (", …" if len(gone) > _LISTED else "")
    many = "1 entry is about a file that is" if number == 1 else f"{number:,} entries are about files that are"
    return [
        f"{path}: {many} not there ({some}). Where one was renamed, its failures count as new: make the baseline again."
    ]


def made(
    report: Report, path: str, old: Sequence[Entry], fail_on: int, reason: str, owner: str, expires: date
) -> tuple[Entry, ...]:
    """The entries for every failure of a report of at least a weight; one that was there keeps what was said of it."""
    kept = {entry.fingerprint: entry for entry in old}
    entries: dict[str, Entry] = {}
    for finding in named_from(report, path).findings:
        if finding.verdict is not Verdict.FAIL or finding.suppressed is not None or finding.severity.weight < fail_on:
            continue
        fresh = Entry(
            fingerprint=finding.fingerprint,
            rule=finding.rule,
            file=finding.span.file if finding.span else "",
            environment=finding.environment,
            subject=finding.subject,
            message=finding.message,
            reason=reason,
            owner=owner,
            expires=expires,
        )
        before = kept.get(fresh.fingerprint)
        entries[fresh.fingerprint] = (
            replace(fresh, reason=before.reason, owner=before.owner, expires=before.expires) if before else fresh
        )
    return tuple(entries.values())
