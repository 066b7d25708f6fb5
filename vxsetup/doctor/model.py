"""The values that doctor judges: settings with their places, the scopes they stand in, and what is found about them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vxsetup.catalog import Catalogue
from vxsetup.clients.table import Targets
from vxsetup.config.project import Project
from vxsetup.findings import Evidence, Finding, Fix, Rule, Rung, Severity, Span, Verdict

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

LOCATION = re.compile(r"[a-z]{2,}(?:-[a-z0-9]+){0,4}\Z")
PROJECT = re.compile(r"[a-z0-9][a-z0-9.:-]{2,60}[a-z0-9]\Z")
_MODEL = re.compile(r"(?=.*(?:claude|sonnet|opus|haiku|fable))[a-z0-9][a-z0-9._@/:\[\]-]{2,80}\Z")
_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z")
_SECRET = re.compile(
    r"ya29\.|AIza[0-9A-Za-z_-]{20}|sk-[A-Za-z0-9-]{8}|-----BEGIN|eyJ[A-Za-z0-9_-]{10}|gh[pousr]_|private_key"
)

_PIECE = re.compile(
    r"v1|v1beta1|projects|locations|publishers|google|anthropic|models|endpoints|openapi|vertex[_-]?ai|vertex|api"
)
"""Pieces of a path that are shown; a gateway's path can carry a key."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable or setting. ``text``: whether it was written as text; the spans are None for the shell's own."""

    name: str
    value: str
    name_span: Span | None = None
    value_span: Span | None = None
    text: bool = True

    @property
    def on(self) -> bool:
        """Whether a switch is on, as Claude Code reads it."""
        return self.value.strip().lower() in ("1", "true", "yes", "on")


@dataclass(frozen=True, slots=True)
class Scope:
    """A place that gives a client its variables: the shell, a .env file, one service of a compose file.

    ``kind`` is ``shell``, ``dotenv``, ``claude-code``, ``vscode``, ``compose``, ``kubernetes``, ``workflow``, ``devcontainer``,
    ``opencode`` or ``litellm``; ``label`` names it in a message.
    """

    kind: str
    label: str
    settings: tuple[Setting, ...]
    file: str | None = None
    span: Span | None = None

    def get(self, name: str) -> Setting | None:
        """The setting of this name; the last one, as shells and readers of .env have it."""
        return next((one for one in reversed(self.settings) if one.name == name), None)

    def value(self, name: str) -> str:
        """Its value, empty where it is not set."""
        found = self.get(name)
        return found.value if found else ""

    def on(self, name: str) -> bool:
        """Whether a switch is set and on."""
        found = self.get(name)
        return found is not None and found.on


@dataclass(frozen=True, slots=True)
class Edit:
    """A safe change of a file: the text at a span, replaced. ``line``: the whole line goes.

    ``hidden``: the text may be secret, and so is not shown.
    """

    span: Span
    new: str
    line: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Noted:
    """A finding, and the edit that mends it where that is safe."""

    finding: Finding
    edit: Edit | None = None


@dataclass(frozen=True, slots=True)
class Know:
    """What everything is judged by: the table of clients, the catalogue, and the projects of the config (maybe none)."""

    targets: Targets
    catalogue: Catalogue
    projects: tuple[Project, ...] = ()

    @property
    def locations(self) -> frozenset[str]:
        """The locations that the config asks for."""
        return frozenset(place.location for p in self.projects for model in p.models for place in model.locations)

    @property
    def models(self) -> frozenset[str]:
        """The models that the config asks for, by bare id."""
        return frozenset(model.id.partition("@")[0] for project in self.projects for model in project.models)


def shown(value: str, kind: str = "text") -> str:
    """A value as it may stand in a message: only what has the form that is expected, never what may be a secret."""
    form = {"location": LOCATION, "project": PROJECT, "model": _MODEL}.get(kind)
    if kind == "url":
        return address(value)
    if _SECRET.search(value) or len(value) > 120:
        return "(not shown)"
    if form is not None and form.match(value):
        return value
    return "(a value of another form)"


def public(text: str) -> str:
    """As much of a piece of a file as a report may show: a name, or a value of a form that no secret has."""
    plain = text.strip().strip("\"'")
    name = plain.partition("=")[0].strip()
    if _NAME.match(name) and name != plain:
        return text[: text.index(name) + len(name)]
    if secret(plain) or len(plain) > 120:
        return ""
    forms = (_NAME, LOCATION, PROJECT, _MODEL)
    return text if any(form.match(plain) for form in forms) or address(plain) == plain else ""


def address(value: str) -> str:
    """A web address without user, password, query, fragment, and without such pieces of a path as may be a secret."""
    try:
        parts = urlsplit(value.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "(no address)"
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[A-Za-z0-9.-]{1,200}", host):
        return "(no address)"
    pieces = ["" if not one else one if _PIECE.fullmatch(one) else "…" for one in parts.path.split("/")]
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{'/'.join(pieces)}"


def secret(value: str) -> bool:
    """Whether a value has the form of a token, a key or a password."""
    return _SECRET.search(value) is not None


def note(
    rule: Rule,
    message: str,
    span: Span | None,
    fix: Fix | str,
    evidence: Iterable[Evidence] = (),
    *,
    subject: str = "",
    severity: Severity | None = None,
    edit: Edit | None = None,
    related: tuple[Span, ...] = (),
) -> Noted:
    """What is wrong, as a finding."""
    seen = tuple(evidence) or (Evidence(Rung.DECLARED, span.file if span else "this machine", rule.docs.good),)
    finding = Finding(
        rule=rule.id,
        name=rule.name,
        verdict=Verdict.FAIL,
        severity=severity or rule.severity,
        message=message,
        subject=subject or (span.file if span else "this machine"),
        span=span,
        related=related,
        evidence=seen,
        fix=Fix(fix) if isinstance(fix, str) else fix,
    )
    return Noted(finding, edit)


def cited(know: Know, key: str, says: str) -> Evidence:
    """Evidence from a source of the catalogue."""
    source = know.catalogue.sources[key]
    return Evidence(Rung.CATALOGUE, source.what, says, source.date)
