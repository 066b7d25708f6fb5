"""Everything about a machine at once: from what was read of it to findings, remarks, and the edits that are safe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from vxsetup.catalog import Catalogue
from vxsetup.clients.table import Targets
from vxsetup.config.project import Project
from vxsetup.doctor.clients import judge_clients, judge_file
from vxsetup.doctor.credentials import Sources, Token, judge_credentials, words_of
from vxsetup.doctor.files import ClientFile
from vxsetup.doctor.model import Edit, Know, Noted, Scope, Setting, public
from vxsetup.doctor.reach import Reply, judge_proxies, judge_replies
from vxsetup.doctor.together import effective, judge_together
from vxsetup.doctor.variables import judge_scope
from vxsetup.doctor.versions import Installed, judge_versions
from vxsetup.findings import Finding, Span

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_CLIENT_OF = {"claude-code": "claude-code", "vscode": "claude-code", "opencode": "opencode", "litellm": "litellm"}


@dataclass(frozen=True, slots=True)
class Machine:
    """What was read of a machine. ``exists`` says of each file that a certificate variable names whether it is there."""

    environ: Mapping[str, str]
    exists: Mapping[str, bool]
    files: tuple[ClientFile, ...]
    credentials: Sources
    token: Token
    replies: tuple[Reply, ...]
    installed: tuple[Installed, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """What is wrong, what may be mended safely, and what else there is to say."""

    findings: tuple[Finding, ...]
    edits: tuple[Edit, ...]
    notes: tuple[str, ...]


def diagnose(machine: Machine, targets: Targets, catalogue: Catalogue, projects: Sequence[Project] = ()) -> Diagnosed:
    """Judge a machine and its client files against the projects of a config, which may be none. Never raises for input."""
    know = Know(targets, catalogue, tuple(projects))
    scopes = scopes_of(machine)
    found_clients = [_CLIENT_OF[file.kind] for file in machine.files if file.kind in _CLIENT_OF]
    clients = tuple(dict.fromkeys([*(name for p in projects for name in p.clients), *found_clients]))
    noted: list[Noted] = [*judge_credentials(machine.credentials, machine.token, know)]
    noted += judge_proxies(machine.environ, machine.exists, know)
    noted += judge_replies(machine.replies, know)
    noted += judge_versions(machine.installed, know)
    for scope in scopes:
        noted += judge_scope(scope, know)
    noted += judge_together(scopes, clients, given(machine.files), know)
    for file in machine.files:
        noted += judge_file(file, know)
    noted += judge_clients(scopes, know)
    once = _once(noted)
    notes = [words_of(machine.credentials, machine.token), *_active(scopes, know)]
    notes += [f"{file.file} was not judged: {file.unread}." for file in machine.files if file.unread]
    edits = tuple(one.edit for one in once if one.edit is not None)
    return Diagnosed(tuple(one.finding for one in once), edits, tuple(notes))


def given(files: Iterable[ClientFile]) -> frozenset[tuple[str, str]]:
    """The clients that are told their project or location in their own file, in each entry that asks for Claude."""
    found: set[tuple[str, str]] = set()
    for file in files:
        models = file.root.child("model_list") if file.kind == "litellm" and file.root is not None else None
        entries = models.items if models is not None and isinstance(models.items, list) else []
        params = [one for one in (entry.child("litellm_params") for entry in entries) if one is not None]
        claude = [one.value for one in params if "claude" in str(one.value).lower()]
        for kind in ("project", "location"):
            if file.kind == "litellm" and all(f"vertex_{kind}" in one for one in claude):
                found.add(("litellm", kind))
    return frozenset(found)


def scopes_of(machine: Machine) -> tuple[Scope, ...]:
    """The shell first, then the files."""
    variables = tuple(Setting(name, value) for name, value in sorted(machine.environ.items()))
    shell = Scope("shell", "this shell", variables)
    return (shell, *(scope for file in machine.files for scope in file.scopes))


def _active(scopes: Sequence[Scope], know: Know) -> list[str]:
    """Which provider Claude Code uses here, which variable of which place says so, and what it asks besides."""
    own = [scope for scope in scopes if scope.kind in ("shell", "claude-code")]
    seen = effective(own)
    if not seen.on("CLAUDE_CODE_USE_VERTEX"):
        return []
    _, scope = seen.values["CLAUDE_CODE_USE_VERTEX"]
    says = f"Claude Code uses Vertex AI, because CLAUDE_CODE_USE_VERTEX is on in {scope.label}"
    target = know.targets.target("claude-code")
    besides = target.claim("asks_besides") if target else None
    hidden = "/login and /logout are then hidden, and what /status shows of another login does not count"
    return [f"{says}; {hidden}.", *([f"Claude Code: {besides.value}"] if besides else [])]


def _once(noted: Iterable[Noted]) -> list[Noted]:
    """Each finding once: one fault may be seen from two sides."""
    kept: dict[tuple[object, ...], Noted] = {}
    for one in noted:
        kept.setdefault((one.finding.rule, one.finding.message, one.finding.span), one)
    return sorted(kept.values(), key=lambda one: _order(one.finding))


def _order(finding: Finding) -> tuple[object, ...]:
    span = finding.span
    where = (span.file, span.line, span.column) if span else ("", 0, 0)
    return (-finding.severity.weight, span is not None, where, finding.rule, finding.subject)


def excerpts(findings: Iterable[Finding], texts: Mapping[str, str]) -> dict[str, str]:
    """Each file with everything blank but what findings underline, so that no report can show a neighbour's secret."""
    kept: dict[str, list[str]] = {}
    for finding in findings:
        for span in (finding.span, *finding.related):
            if span is None or span.file not in texts or span.line != span.end_line:
                continue
            source = texts[span.file].splitlines()
            lines = kept.setdefault(span.file, [""] * len(source))
            if span.line > len(source):
                continue
            under = source[span.line - 1][span.column - 1 : span.end_column - 1]
            under = "" if finding.rule == "VX830" else public(under)
            before = lines[span.line - 1].ljust(span.end_column - 1)
            lines[span.line - 1] = before[: span.column - 1] + under + before[span.column - 1 + len(under) :]
    return {file: "\n".join(line.rstrip() for line in lines) + "\n" for file, lines in kept.items()}


def mended(text: str, edits: Iterable[Edit]) -> tuple[str, list[tuple[Edit, str]]]:
    """A file's text with edits made, and of each that was made the text that stood there. Overlapping ones are left out."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    placed: list[tuple[int, int, Edit]] = []
    for edit in edits:
        start, end = _offset(starts, edit.span, first=True), _offset(starts, edit.span, first=False)
        if edit.line and edit.span.line < len(starts):
            start, end = starts[edit.span.line - 1], starts[edit.span.line]
        if 0 <= start <= end <= len(text):
            placed.append((start, end, edit))
    done: list[tuple[Edit, str]] = []
    free = len(text) + 1
    for start, end, edit in sorted(placed, key=lambda one: (one[0], one[1]), reverse=True):
        if end > free or (end == free and start == end):
            continue
        done.insert(0, (edit, text[start:end].rstrip("\r\n")))
        text = text[:start] + edit.new + text[end:]
        free = start
    return text, done


def _offset(starts: Sequence[int], span: Span, *, first: bool) -> int:
    line, column = (span.line, span.column) if first else (span.end_line, span.end_column)
    return starts[line - 1] + column - 1 if line <= len(starts) else -1
