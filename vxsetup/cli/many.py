"""Reads and judges many config files offline, one after the other and in several processes, so that memory holds what
the report will say and not the files.

What passes is counted; what does not, and what passes where a format lists it, is packed. A file is done with when it is
judged; only one whose base accepts findings for all that extend it is kept until these are read. Every report is the same as
without.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import groupby, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from vxsetup.findings import Finding, ProjectResult, Severity, Verdict

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from vxsetup.values import dataclass, replace

if TYPE_CHECKING:
    from vxsetup.config.load import Loaded
    from vxsetup.config.project import Project
    from vxsetup.config.source import Node
    from vxsetup.findings import Rule
    from vxsetup.report.listed import Piece
    from vxsetup.rules.circumstances import Circumstances

PAYS_FROM = 400
"""With fewer files than this, another process costs more than it saves."""
_MOST_PROCESSES = 8
_TOGETHER = 32
"""Files whose findings are one piece: they are alike, so that packed more files in a piece make it no larger."""
_FEW = 20
"""So many files are not packed: it would cost more than it saves."""
_LISTING = frozenset({"json", "junit", "html"})
_PICTURING = frozenset({"text", "html"})

COUNTED = (Verdict.PASS, Verdict.NOT_APPLICABLE)
"""What a report for people counts and, unless it is asked for more, does not list."""

Owner = tuple[str | None, str | None, str]
"""Whose a finding is: project, environment, and the config that it is about."""
Unlisted = Mapping[Owner, tuple[int, int]]
"""How many findings that pass, and that do not apply, are counted and not held."""


@dataclass(frozen=True, slots=True)
class Way:
    """How to judge: in which circumstances, which environment (None for all), and what is kept.

    ``lists``: a format lists what passes. ``shows``: one shows lines of the files. ``kept`` are rules whose findings are held
    even where they pass. ``wanted`` says by the files that a config was read from whether it is meant.
    """

    circumstances: Circumstances
    environment: str | None = None
    lists: bool = False
    shows: bool = True
    kept: frozenset[str] = frozenset()
    wanted: Callable[[Iterable[str]], bool] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Some files, judged.

    ``done`` are the results of files that are done with, ``pieces`` what was found in them. ``held`` are the other files with
    all that was found in them but what ``unlisted`` counts, and ``spoken`` the rules that spoke about each of them.
    ``environments`` are those of all projects, also of such as are not meant. ``bases`` has the text of files that others
    extend, with the lines that findings show.
    """

    files: tuple[str, ...]
    done: tuple[ProjectResult, ...]
    pieces: tuple[Piece, ...]
    held: tuple[Loaded, ...]
    unlisted: Unlisted
    environments: frozenset[str | None]
    spoken: Mapping[str, frozenset[str]]
    bases: Mapping[str, str]


def what_is_shown(formats: Iterable[str], verbose: bool) -> tuple[bool, bool]:
    """Whether the reports list what passes, and whether they show lines of files."""
    wanted = set(formats)
    return not wanted.isdisjoint(_LISTING) or (verbose and "text" in wanted), not wanted.isdisjoint(_PICTURING)


def read_and_judge(files: Sequence[Path], way: Way, processes: int | None = None) -> Part:
    """All files, judged. ``processes`` is for tests; by default as many as pay."""
    count = processes if processes is not None else _worth(len(files))
    parts = [files[len(files) * n // count : len(files) * (n + 1) // count] for n in range(count)]
    judged = partial(_judged, way=way)
    children = [_begun(part, judged) for part in parts[1:]]
    try:
        done = [judged(parts[0])]
        for part, child in zip(parts[1:], children, strict=True):
            told = child()
            done.append(told if told is not None else judged(part))
    finally:
        for child in children:
            child.close()
    return _settled(done[0] if len(done) == 1 else _joined(done), files, way)


def _worth(files: int) -> int:
    if files < PAYS_FROM or sys.platform != "linux":
        return 1
    import threading

    if threading.active_count() > 1:  # a copy of this process would hold what its threads hold, and not the threads
        return 1
    return max(1, min(len(os.sched_getaffinity(0)), files // (PAYS_FROM // 2), _MOST_PROCESSES))


def _joined(parts: Sequence[Part]) -> Part:
    unlisted: dict[Owner, tuple[int, int]] = {}
    for part in parts:
        for owner, counts in part.unlisted.items():
            _add(unlisted, owner, counts)
    return Part(
        files=tuple(file for part in parts for file in part.files),
        done=tuple(result for part in parts for result in part.done),
        pieces=tuple(one for part in parts for one in part.pieces),
        held=tuple(one for part in parts for one in part.held),
        unlisted=unlisted,
        environments=frozenset().union(*(part.environments for part in parts)),
        spoken={file: rules for part in parts for file, rules in part.spoken.items()},
        bases=_lines_of_all(part.bases for part in parts),
    )


def _lines_of_all(parts: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The lines of each file, where each of several mappings has some of them and blank lines for the others."""
    found: dict[str, str] = {}
    for part in parts:
        for file, text in part.items():
            before = found.get(file)
            if before is None or before == text:
                found[file] = text
                continue
            pairs = zip_longest(before.split("\n"), text.split("\n"), fillvalue="")
            found[file] = "\n".join(old or new for old, new in pairs)
    return found


def _settled(part: Part, files: Sequence[Path], way: Way) -> Part:
    """The part where no file is done with that another one extends after all: such are judged again, and held."""
    extended = {file for one in part.held for file in one.sources if file != one.file}
    extended -= {one.file for one in part.held}
    again = [path for path in files if path.as_posix() in extended]
    if not again:
        return part
    names = {path.as_posix() for path in again}
    rest = replace(
        part,
        done=tuple(result for result in part.done if result.file not in names),
        pieces=tuple(
            left for one in part.pieces for left in ((one,) if names.isdisjoint(one.files) else _without(one, names))
        ),
    )
    both = _joined([rest, _judged(again, way=way, hold=True)])
    rank = {file: number for number, file in enumerate(part.files)}
    held = sorted(both.held, key=lambda one: rank[one.file])
    return replace(both, files=part.files, held=tuple(held))


def _without(whole: Piece, names: Collection[str]) -> Iterator[Piece]:
    """A piece without some of its files, parted where these stood, as what was found in them will stand there again."""
    from vxsetup.report.listed import piece

    told, every, shown = whole.findings(), None if whole.every is None else whole.findings(every=True), whole.lines()
    for gone, files in groupby(whole.files, lambda file: file in names):
        if not gone:
            run = tuple(files)
            yield piece(
                run,
                (one for one in told if one.home in run),
                None if every is None else (one for one in every if one.home in run),
                {file: lines for file, lines in shown.items() if file in run},
                whole.packed,
            )


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
            try:
                found: Part = pickle.load(pipe)  # of our own child, over a pipe that nobody else has
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
        found = judged(part)
        with os.fdopen(writes, "wb") as pipe:
            pickle.dump(found, pipe, pickle.HIGHEST_PROTOCOL)
    finally:
        os._exit(0)  # whatever happened: the parent judges what it is not told


def _judged(files: Sequence[Path], way: Way, hold: bool = False) -> Part:
    """``hold``: no file is done with, as others extend them."""
    from vxsetup.config.files import read_file
    from vxsetup.config.judge import project_judge
    from vxsetup.config.load import findings_for, load
    from vxsetup.rules import registry

    rules, schema = registry(), project_judge()
    books = _Books(way, packs=len(files) > _FEW)
    for path in files:
        one = load(path, read_file, schema)
        if way.wanted is not None and one.problem is None and not way.wanted((one.file, *one.sources, *one.without)):
            continue
        books.environments.update(project.environment for project in one.projects)
        chosen = tuple(p for p in one.projects if way.environment in (None, p.environment))
        findings = findings_for(one, way.environment)
        judged = books.judged(chosen, rules)
        one = replace(one, findings=(*findings, *judged), projects=chosen)
        books.take(one, frozenset(finding.rule for finding in judged), hold)
    return books.part()


class _Books:
    """What a part comes to, file by file."""

    def __init__(self, way: Way, packs: bool) -> None:
        self.environments: set[str | None] = set()
        self._way = way
        self._packs = packs
        self._files: list[str] = []
        self._done: list[ProjectResult] = []
        self._pieces: list[Piece] = []
        self._waiting: list[tuple[str, Sequence[Finding], Sequence[Finding], str | None]] = []
        self._held: list[Loaded] = []
        self._unlisted: dict[Owner, tuple[int, int]] = {}
        self._spoken: dict[str, frozenset[str]] = {}
        self._bases: dict[str, tuple[str, set[int]]] = {}
        self._summaries: dict[tuple[int, ...], Mapping[str, int]] = {}

    def judged(self, projects: Iterable[Project], rules: Sequence[Rule]) -> list[Finding]:
        """What the rules say of the projects of one file."""
        from vxsetup.facts.base import Facts
        from vxsetup.rules.engine import compile_requirements, judge, of_config

        facts, circumstances = Facts(), self._way.circumstances
        found: list[Finding] = []
        for project in projects:
            asked = compile_requirements(project, circumstances.catalogue, rules, circumstances.online)
            found += of_config(judge(asked, facts, circumstances, rules), project.file)
        return found

    def take(self, one: Loaded, spoken: frozenset[str], hold: bool) -> None:
        """Keep of a file what the report will need. ``spoken`` are the rules that judged it."""
        self._files.append(one.file)
        if hold or not _stands_alone(one):
            self._end_piece()
            way = self._way
            self._spoken[one.file] = spoken
            findings = one.findings if way.lists else tuple(told(one.findings, self._unlisted, way.kept))
            projects = tuple(_bare(project) for project in one.projects)
            self._held.append(replace(one, findings=findings, projects=projects, sources=self._shown(one, findings)))
            return
        from vxsetup.cli.judging import results, suppressed
        from vxsetup.rules.engine import in_order

        accepted = suppressed(one.findings, one.projects, self._way.circumstances, {one.file: spoken})
        findings = in_order(accepted, (one.file,))
        counted: dict[Owner, tuple[int, int]] = {}
        open_ = told(findings, counted, self._way.kept)
        for result in results(one.projects, findings, self._way.circumstances):
            summary = self._summaries.setdefault(tuple(result.summary.values()), result.summary)
            unlisted = counted.get((result.id, result.environment, one.file), (0, 0))
            self._done.append(replace(result, file=one.file, summary=summary, unlisted=unlisted))
        lines = self._pictured(one, open_) if self._way.shows else None
        self._waiting.append((one.file, open_, findings if self._way.lists else (), lines))
        if len(self._waiting) == _TOGETHER:
            self._end_piece()

    def part(self) -> Part:
        """All of it."""
        from vxsetup.report.excerpt import only_lines

        self._end_piece()
        return Part(
            files=tuple(self._files),
            done=tuple(self._done),
            pieces=tuple(self._pieces),
            held=tuple(self._held),
            unlisted=self._unlisted,
            environments=frozenset(self.environments),
            spoken=self._spoken,
            bases={file: only_lines(text, lines) for file, (text, lines) in self._bases.items()},
        )

    def _pictured(self, one: Loaded, findings: Iterable[Finding]) -> str | None:
        """The lines of a config that findings show; those of the files that it extends are noted for all that extend them."""
        from vxsetup.report.excerpt import only_lines

        shown: dict[str, set[int]] = {}
        for finding in findings:
            # A note is a line of its own only where all is listed; only failures and unknowns have a picture.
            for span in (finding.span, *finding.related) if finding.severity is not Severity.INFO else ():
                if span is not None:
                    shown.setdefault(span.file, set()).add(span.line)
        own = shown.pop(one.file, None)
        for file, lines in shown.items():
            self._bases.setdefault(file, (one.sources[file], set()))[1].update(lines)
        return only_lines(one.sources[one.file], own) if own else None

    def _end_piece(self) -> None:
        if not self._waiting:
            return
        from vxsetup.report.listed import piece

        waiting = self._waiting
        self._pieces.append(
            piece(
                (file for file, *_ in waiting),
                (finding for _, told_, _, _ in waiting for finding in told_),
                (finding for _, _, every, _ in waiting for finding in every) if self._way.lists else None,
                {file: lines for file, _, _, lines in waiting if lines is not None},
                self._packs,
            )
        )
        waiting.clear()

    def _shown(self, one: Loaded, findings: Iterable[Finding]) -> Mapping[str, str]:
        """The texts that findings show lines of; of the others the names alone, by which it shows what extends what."""
        shown: set[str] = set()
        for finding in findings if self._way.shows else ():
            if finding.verdict not in COUNTED:
                shown.update(span.file for span in (finding.span, *finding.related) if span is not None)
        return {file: text if file in shown else "" for file, text in one.sources.items()}


def _stands_alone(one: Loaded) -> bool:
    """Whether nothing that other files say can change what is found in this one, nor the other way round: a base that accepts
    findings does so for all that extend it, and whether it needs to is known when all are read."""
    return (
        one.problem is None
        and all(accepted.span.file == one.file for project in one.projects for accepted in project.suppressions)
        and all(f.span is not None and f.caused_by is None for f in one.findings)
    )


def told(findings: Iterable[Finding], unlisted: dict[Owner, tuple[int, int]], kept: frozenset[str]) -> list[Finding]:
    """The findings that are no passes; the others are added to what is counted. Of the rules ``kept`` all are held."""
    open_ = []
    for finding in findings:
        if finding.verdict not in COUNTED or finding.rule in kept:
            open_.append(finding)
            continue
        file = finding.home
        passes = finding.verdict is Verdict.PASS
        _add(unlisted, (finding.project, finding.environment, file), (int(passes), int(not passes)))
    return open_


def _add(unlisted: dict[Owner, tuple[int, int]], owner: Owner, counts: tuple[int, int]) -> None:
    before = unlisted.get(owner, (0, 0))
    unlisted[owner] = (before[0] + counts[0], before[1] + counts[1])


def _bare(project: Project) -> Project:
    return replace(project, models=(), access=(), clients=(), root=_no_root())


@cache
def _no_root() -> Node:
    from vxsetup.config.source import Node, Source

    return Node({}, {}, Source("", ""), 0, 0)
