"""From a path to Projects: follows ``extends``, judges every file and every merged environment, and builds what is valid.

The only input is a function that reads a path, so a test or a run without a disk can give its own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vxsetup.config import faults
from vxsetup.config.document import Document, read_document
from vxsetup.config.files import FileProblem, read_file
from vxsetup.config.judge import Judge, project_judge
from vxsetup.config.merge import ENVIRONMENTS, Trace, extend, merge, without
from vxsetup.config.project import Project, build
from vxsetup.config.reader import MAX_NODES
from vxsetup.config.source import Node
from vxsetup.config.words import dotted, quoted
from vxsetup.findings import ConfigPath, Finding, Severity, Span

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from vxsetup.values import dataclass, replace

Read = Callable[[Path], bytes | FileProblem]

MAX_CHAIN = 16
MAX_MERGED_NODES = 200_000
MAX_FINDINGS = 200
_LOOKS_LIKE_CONFIG = re.compile(r"""^\s*\{?\s*["']?version["']?\s*:""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Loaded:
    """One config file with what it extends.

    ``projects`` has one entry per environment in file order (one without environment where the file has none), and is
    empty where anything is wrong with severity error. ``sources`` maps every file that was read to its text. ``problem``
    is set, and everything else empty, where the file itself could not be read. ``without`` names the file that is meant to
    be extended and could not be: one that is gone, or no config.
    """

    file: str
    findings: tuple[Finding, ...]
    projects: tuple[Project, ...]
    sources: Mapping[str, str]
    problem: FileProblem | None = None
    without: tuple[str, ...] = ()


def load(path: Path, read: Read = read_file, judge: Judge | None = None) -> Loaded:
    """Read one config file. Never raises for what a file says; FileNotFoundError where the shipped schema is missing."""
    file = path.as_posix()
    text = read(path)
    if isinstance(text, FileProblem):
        return Loaded(file, (), (), {}, text)
    document = read_document(text, file)
    judge = judge or project_judge()
    if document.root is None:
        return _finished(_Run([document], []), [])
    plain = isinstance(document.root.value, dict) and not {"extends", ENVIRONMENTS} & document.root.value.keys()
    if plain and document.sound and judge.is_complete(document.root.value):
        return _finished(_Run([document], []), [_built(document.root, [document], None)])
    run = _follow(document, read, judge)
    if plain:
        run.findings.extend(_faults(judge, "complete", document.root, None, Trace()))
        return _finished(run, [])
    for each in run.documents:
        run.findings.extend(_own_faults(each, judge))
    if run.broken:
        return _finished(run, [])
    return _finished(run, _merged(run, judge))


def findings_for(loaded: Loaded, environment: str | None) -> tuple[Finding, ...]:
    """What is to be told of a file where only one environment is meant (None: all of them).

    A file with an error declares no project, in no environment. So its errors are everybody's: were those of another
    environment left out, a file of which nothing was judged would look like one in which nothing is wrong.
    """
    if environment is None or not loaded.projects:
        return loaded.findings
    return tuple(finding for finding in loaded.findings if finding.environment in (None, environment))


class _Run:
    """What has been read and found on the way: the file first, then its bases. ``broken``: nothing can be merged."""

    __slots__ = ("broken", "documents", "findings", "trace", "without")

    def __init__(self, documents: list[Document], findings: list[Finding], broken: bool = False) -> None:
        self.documents = documents
        self.findings = findings
        self.broken = broken
        self.trace = Trace()
        self.without: tuple[str, ...] = ()


def _follow(document: Document, read: Read, judge: Judge) -> _Run:
    """The chain of files from one that says ``extends`` to one that does not, or to what is wrong on the way."""
    run = _Run([document], [])
    links: list[Span] = []
    while True:
        root = run.documents[-1].root
        if root is None or not isinstance(root.items, dict):
            run.broken = True
            return run
        link = root.items.get("extends")
        if link is None:
            return run
        if judge.errors("part", {"version": 1, "extends": link.value}):
            run.broken = True  # the schema's own finding says what is wrong with it
            return run
        links.append(link.span)
        base = _base(run, link, links, read)
        if isinstance(base, Finding):
            run.findings.append(base)
            run.without = (_named(run, link),)
            run.broken = True
            return run
        run.documents.append(base)


def _base(run: _Run, link: Node, links: list[Span], read: Read) -> Document | Finding:
    """The file that a link names, or what is wrong with it. The text of a file that is no config is never kept."""
    here, file = run.documents[-1].file, _named(run, link)
    chain = [document.file for document in run.documents]
    shown = quoted(file)
    path: tuple[str, ...] = ("extends",)
    if _same(file) in [_same(known) for known in chain]:
        message = f"The files extend one another in a circle: {' → '.join(quoted(f) for f in [*chain, file])}"
        fix = "Remove one of these links; what both files need belongs into a third one."
        return faults.fault(faults.EXTENDS_CYCLE, message, links[-1], fix, related=tuple(links[:-1]), path=path)
    if len(chain) >= MAX_CHAIN:
        message = f"More than {MAX_CHAIN} files extend one another"
        return faults.fault(faults.TOO_LARGE, message, link.span, "Merge some of them into one.", path=path)
    text = read(Path(file))
    if isinstance(text, FileProblem):
        fix = f"Correct the path: it starts at the folder of {quoted(here)}."
        return faults.fault(faults.EXTENDS, text.message.partition(". ")[0].rstrip("."), link.span, fix, path=path)
    document = read_document(text, file)
    root = document.root
    if root is None:
        known = _LOOKS_LIKE_CONFIG.search(document.text) is not None
    else:
        known = isinstance(root.value, dict) and "version" in root.value
    if not known:
        message = f"{shown} is not a vxsetup config: it has no `version`"
        fix = "Name a config, or add `version: 1` to that file."
        return faults.fault(faults.EXTENDS, message, link.span, fix, path=path)
    return document


def _named(run: _Run, link: Node) -> str:
    """The path of the file that a link of the last document names."""
    here = run.documents[-1].file
    return os.path.normpath(os.path.join(os.path.dirname(here), link.value)).replace(os.sep, "/")  # noqa: PTH118, PTH120


def _same(file: str) -> str:
    return os.path.normcase(os.path.abspath(file))  # noqa: PTH100 (no link is followed: the reader decides what a path is)


def _own_faults(document: Document, judge: Judge) -> list[Finding]:
    """What is wrong within one file that is part of something. Paths inside an environment start at the top level."""
    if document.root is None:
        return []
    value = document.root.value
    view = "part" if isinstance(value, dict) and "extends" in value else "base"
    findings = _faults(judge, view, document.root, None, Trace())
    return [_in_environment(finding, document.root) for finding in findings]


def _in_environment(finding: Finding, root: Node | None) -> Finding:
    path = finding.config_path
    if root is not None and len(path) > 2 and path[0] == ENVIRONMENTS and root.at(path[:2]) is not None:
        return replace(finding, environment=str(path[1]), config_path=path[2:])
    return finding


def _faults(judge: Judge, view: str, root: Node, environment: str | None, trace: Trace) -> list[Finding]:
    errors = judge.errors(view, root.value)
    if not errors:
        return []
    from vxsetup.config.schema_faults import schema_faults

    return schema_faults(errors, root, judge, environment, trace.removed)


def _merged(run: _Run, judge: Judge) -> list[Project]:
    """Merges files, then environments; judges each result, and builds the ones that are complete."""
    documents = run.documents
    whole = documents[-1].root
    assert whole is not None  # _follow ends only at roots
    for document in reversed(documents[:-1]):
        assert document.root is not None
        whole = extend(whole, document.root, run.trace)
    top = without(whole, ENVIRONMENTS, "extends")
    environments = whole.child(ENVIRONMENTS)
    if environments is None:
        run.findings.extend(_idle(run.trace, None))
        return _judged(run, judge, {None: (top, run.trace)})
    if not isinstance(environments.items, dict):
        return []
    size = sum(1 for _ in whole.walk()) if len(environments.items) > MAX_MERGED_NODES // MAX_NODES else 0
    if size * len(environments.items) > MAX_MERGED_NODES:
        message = f"Merged, these {len(environments.items)} environments have more than {MAX_MERGED_NODES:,} values"
        fix = "Put large environments into files of their own."
        span = environments.key_span or environments.span
        run.findings.append(faults.fault(faults.TOO_LARGE, message, span, fix, path=(ENVIRONMENTS,)))
        return []
    run.findings.extend(_idle(run.trace, None))
    results: dict[str | None, tuple[Node, Trace]] = {}
    for name, overlay in environments.items.items():
        if isinstance(overlay.items, dict):
            trace = Trace()
            results[name] = (merge(top, overlay, trace), trace)
            trace.removed = {**run.trace.removed, **trace.removed}
            run.findings.extend(_idle(trace, name))
    return _judged(run, judge, results)


def _judged(run: _Run, judge: Judge, results: Mapping[str | None, tuple[Node, Trace]]) -> list[Project]:
    projects: list[Project] = []
    said = {(finding.rule, finding.span, finding.config_path) for finding in run.findings}
    only: dict[tuple[Any, ...], list[Finding]] = {}
    for name, (root, trace) in results.items():
        if judge.is_complete(root.value):
            projects.append(_built(root, run.documents, name))
            continue
        for finding in _faults(judge, "complete", root, name, trace):
            if (finding.rule, finding.span, finding.config_path) not in said:
                only.setdefault((finding.rule, finding.config_path), []).append(finding)
    for findings in only.values():
        run.findings.extend(_once(findings, len(results)))
    return projects


def _once(findings: list[Finding], environments: int) -> list[Finding]:
    """A fault that every environment has is said once, for the file."""
    if len(findings) < max(environments, 2) or len({finding.message.partition(": ")[2] for finding in findings}) > 1:
        return findings
    first = findings[0]
    message = f"In every environment: {first.message.partition(': ')[2]}"
    return [replace(first, message=message, environment=None)]


def _idle(trace: Trace, environment: str | None) -> list[Finding]:
    found = []
    for path, node in trace.idle:
        message = f"This null removes nothing: `{dotted(path)}` was not set before"
        fix = "Correct the key, or delete the line."
        span = node.key_span or node.span
        found.append(faults.fault(faults.REMOVES_NOTHING, message, span, fix, path=path, environment=environment))
    return found


def _built(root: Node, documents: list[Document], environment: str | None) -> Project:
    files = tuple(document.file for document in documents)
    return build(root, files[0], files, environment)


def _finished(run: _Run, projects: list[Project]) -> Loaded:
    """Puts the findings in order, drops what another one already says, and keeps projects only of a valid file."""
    documents = run.documents
    found = [_in_environment(finding, document.root) for document in documents for finding in document.findings]
    found += run.findings
    # A doubt about a spelling, or about a null, is not worth a second line where that place is plainly wrong.
    wrong = {f.span for f in run.findings if f.rule in (faults.WRONG_TYPE.id, faults.UNKNOWN_KEY.id)}
    doubts = (faults.SURPRISE.id, faults.REMOVES_NOTHING.id)
    found = [f for f in found if f.rule not in doubts or f.span not in wrong]
    if not any(finding.severity is Severity.ERROR for finding in found):
        found += _repeated(projects)
    rank = {document.file: index for index, document in enumerate(documents)}
    found = list(dict.fromkeys(found))
    found.sort(key=lambda f: (rank.get(f.subject, 99), f.span.line if f.span else 0, f.span.column if f.span else 0))
    valid = not any(finding.severity is Severity.ERROR for finding in found)
    ids = {str(project.environment): project.id for project in projects}
    declared = _declared_id(documents[0].root)
    if found:
        found = [
            replace(
                f,
                project=ids.get(str(f.environment), declared),
                config=documents[0].file if f.span is not None and f.span.file != documents[0].file else None,
            )
            for f in found
        ]
    sources = {file: text for document in documents for file, text in document.sources.items()}
    return Loaded(documents[0].file, _capped(found), tuple(projects) if valid else (), sources, without=run.without)


def _declared_id(root: Node | None) -> str | None:
    node = root.at(("project", "id")) if root is not None else None
    return node.value if node is not None and isinstance(node.value, str) and node.value.isprintable() else None


def _capped(findings: list[Finding]) -> tuple[Finding, ...]:
    if len(findings) <= MAX_FINDINGS:
        return tuple(findings)
    last = findings[MAX_FINDINGS - 1]
    span = last.span or Span(last.subject, 1, 1, 1, 2)
    message = f"{len(findings) - MAX_FINDINGS + 1} more faults follow in this file and are not shown"
    more = faults.fault(faults.TOO_LARGE, message, span, "Repair the first ones and run again.")
    return (*findings[: MAX_FINDINGS - 1], more)


def _repeated(projects: list[Project]) -> list[Finding]:
    """Entries that ask for the same twice. The same place in several environments is said once."""
    found: dict[Span, Finding] = {}
    for project in projects:
        if len(found) > MAX_FINDINGS:
            break
        if len(project.models) > 1 or len(project.access) > 1:
            for finding in _repeated_in(project):
                if finding.span is not None:
                    again = finding.span in found
                    found[finding.span] = replace(finding, environment=None) if again else finding
    return list(found.values())


def _repeated_in(project: Project) -> list[Finding]:
    found: list[Finding] = []
    first: dict[tuple[str, ...], ConfigPath] = {}
    entries = [
        ((model.id, place.location), (*model.config_path, "id"))
        for model in project.models
        for place in model.locations
    ] + [(("member", entry.principal, entry.role or ""), (*entry.config_path, "member")) for entry in project.access]
    for key, path in entries:
        earlier = first.setdefault(key, path)
        if earlier is not path:
            span, before = project.span(path), project.span(earlier)
            shown = quoted(key[1]) if key[0] == "member" else f"{quoted(key[0])} at {quoted(key[1])}"
            message = f"{shown} is asked for twice; line {before.line} has it too"
            made = faults.fault(
                faults.REPEATED, message, span, "Merge the two entries into one.", path=path, related=(before,)
            )
            found.append(replace(made, environment=project.environment))
    return found
