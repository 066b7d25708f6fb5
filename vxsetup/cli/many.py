"""Reads and judges many config files offline, one after the other and in several processes, so that memory holds what
the report will say and not the files.

It serves reports that count what passes and do not list it. Every finding that such a report tells is the same as without.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from vxsetup.findings import Finding, Verdict

if TYPE_CHECKING:
    from dataclasses import replace
else:
    from vxsetup.values import replace

if TYPE_CHECKING:
    from vxsetup.config.load import Loaded
    from vxsetup.config.project import Project
    from vxsetup.config.source import Node
    from vxsetup.rules.circumstances import Circumstances

PAYS_FROM = 400
"""With fewer files than this, another process costs more than it saves."""
_MOST_PROCESSES = 8

_COUNTED = (Verdict.PASS, Verdict.NOT_APPLICABLE)
"""What a report for people counts and, unless it is asked for more, does not list."""


def folds(format_: str, reports: Sequence[str], verbose: bool) -> bool:
    """Whether the reports that are asked for only count what passes."""
    return format_ == "text" and not reports and not verbose


def read_and_judge(
    files: Sequence[Path], circumstances: Circumstances, environment: str | None = None, processes: int | None = None
) -> tuple[list[Loaded], frozenset[str]]:
    """Each file as it is loaded, with the findings of its projects among its own, and the rules that were judged.

    Of what passes only the number stays, of projects only what suppressions and results need, of texts only those that a
    finding points into. ``environment`` is the only one to judge, None for all. ``processes`` is for tests; by default as
    many as pay.
    """
    count = processes if processes is not None else _worth(len(files))
    parts = [files[len(files) * n // count : len(files) * (n + 1) // count] for n in range(count)]
    judged = partial(_judged, circumstances=circumstances, environment=environment)
    children = [_begun(part, judged) for part in parts[1:]]
    try:
        done = [judged(parts[0])]
        for part, child in zip(parts[1:], children, strict=True):
            told = child()
            done.append(told if told is not None else judged(part))
    finally:
        for child in children:
            child.close()
    return [one for loaded, _ in done for one in loaded], frozenset().union(*(spoken for _, spoken in done))


def _worth(files: int) -> int:
    if files < PAYS_FROM or sys.platform != "linux":
        return 1
    import threading

    if threading.active_count() > 1:  # a copy of this process would hold what its threads hold, and not the threads
        return 1
    return max(1, min(len(os.sched_getaffinity(0)), files // (PAYS_FROM // 2), _MOST_PROCESSES))


Part = tuple[list["Loaded"], frozenset[str]]


class _Child:
    """A copy of this process that judges a part of the files and writes what it found into a pipe."""

    def __init__(self, pid: int, reads: int) -> None:
        self._pid = pid
        self._reads = reads
        self._open = True

    def __call__(self) -> Part | None:
        """What it found; None where it came to an end without."""
        import pickle

        with os.fdopen(os.dup(self._reads), "rb") as pipe:
            raw = pipe.read()
        try:
            found: Part = pickle.loads(raw)  # of our own child, over a pipe that nobody else has
        except (EOFError, pickle.UnpicklingError):
            return None
        return found

    def close(self) -> None:
        """Let it go; one that still runs is ended."""
        if not self._open:
            return
        self._open = False
        os.close(self._reads)
        import contextlib
        import signal

        with contextlib.suppress(OSError):
            if os.waitpid(self._pid, os.WNOHANG)[0] == 0:
                os.kill(self._pid, signal.SIGTERM)
                os.waitpid(self._pid, 0)


def _begun(part: Sequence[Path], judged: Callable[[Sequence[Path]], Part]) -> _Child:
    import pickle

    reads, writes = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writes)
        return _Child(pid, reads)
    try:
        os.close(reads)
        told = pickle.dumps(judged(part), pickle.HIGHEST_PROTOCOL)
        with os.fdopen(writes, "wb") as pipe:
            pipe.write(told)
    finally:
        os._exit(0)  # whatever happened: the parent judges what it is not told


def _judged(files: Sequence[Path], circumstances: Circumstances, environment: str | None) -> Part:
    from vxsetup.config.files import read_file
    from vxsetup.config.judge import project_judge
    from vxsetup.config.load import load
    from vxsetup.facts.base import Facts
    from vxsetup.rules import registry
    from vxsetup.rules.engine import compile_requirements, judge

    rules, schema, facts = registry(), project_judge(), Facts()
    loaded, spoken = [], set[str]()
    for path in files:
        one = load(path, read_file, schema)
        findings = list(one.findings)
        for project in one.projects:
            if environment not in (None, project.environment):
                continue
            asked = compile_requirements(project, circumstances.catalogue, rules, circumstances.online)
            found = judge(asked, facts, circumstances, rules)
            spoken.update(finding.rule for finding in found)
            findings += _folded(found)
        projects = tuple(_bare(project) for project in one.projects)
        loaded.append(replace(one, findings=tuple(findings), projects=projects, sources=_pointed_into(one, findings)))
    return loaded, frozenset(spoken)


def _folded(findings: Iterable[Finding]) -> list[Finding]:
    """The findings of a project, where all that pass are the same one, and all that do not apply."""
    alike: dict[Verdict, Finding] = {}
    folded = []
    for finding in findings:
        if finding.verdict not in _COUNTED:
            folded.append(finding)
            continue
        if finding.verdict not in alike:
            alike[finding.verdict] = _without_words(finding)
        folded.append(alike[finding.verdict])
    return folded


def _without_words(finding: Finding) -> Finding:
    return replace(finding, message="", evidence=(), related=(), config_path=(), fix=None, measure=None)


def _bare(project: Project) -> Project:
    return replace(project, models=(), access=(), clients=(), root=_no_root())


@cache
def _no_root() -> Node:
    from vxsetup.config.source import Node, Source

    return Node({}, {}, Source("", ""), 0, 0)


def _pointed_into(one: Loaded, findings: Iterable[Finding]) -> dict[str, str]:
    """The texts that findings show lines of; of the others the names alone, by which changes are told."""
    shown: set[str] = set()
    for finding in findings:
        if finding.verdict not in _COUNTED:
            shown.update(span.file for span in (finding.span, *finding.related) if span is not None)
    return {file: text if file in shown else "" for file, text in one.sources.items()}
