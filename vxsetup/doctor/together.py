"""Judges scopes together: which provider Claude Code would use, its hidden models, locations and names that are missing."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import TYPE_CHECKING

from vxsetup.doctor.model import Know, Noted, Scope, Setting, address, cited, note, shown
from vxsetup.doctor.regions import judge_regions
from vxsetup.findings import Severity
from vxsetup.rules import machine

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_SWITCH = "CLAUDE_CODE_USE_VERTEX"
_OF_VERTEX = ("ANTHROPIC_VERTEX_PROJECT_ID", "CLOUD_ML_REGION", "ANTHROPIC_VERTEX_BASE_URL")
_DEFAULTS = {
    "claude-code": "us-east5",
    "litellm": "us-central1, which serves no Claude",
    "vercel-ai": "the word `undefined` in the address",
    "goose": "us-central1, which serves no Claude",
    "librechat": "us-east5",
    "aider": "us-central1, which serves no Claude",
}
"""Client -> what it does without a location (EMIT)."""

_OWN = {
    "ANTHROPIC_VERTEX_PROJECT_ID": "claude-code",
    "VERTEXAI_PROJECT": "litellm",
    "GOOGLE_VERTEX_PROJECT": "vercel-ai",
    "GCP_PROJECT_ID": "goose",
    "VERTEX_PROJECT_ID": "librechat",
}
"""Project variable -> the client that alone reads it, or the first of those that do."""


_ALSO = {("opencode", "project"): {"GCP_PROJECT", "GCLOUD_PROJECT"}, ("opencode", "location"): {"VERTEX_LOCATION"}}
"""Further names that a client reads (EMIT)."""


@dataclass(frozen=True, slots=True)
class Effective:
    """What Claude Code reads of several scopes: of one name the last one counts, with the scope that gave it."""

    values: dict[str, tuple[Setting, Scope]]

    def on(self, name: str) -> bool:
        """Whether a switch is on."""
        found = self.values.get(name)
        return found is not None and found[0].on

    def value(self, name: str) -> str:
        """Its value, empty where it is not set."""
        found = self.values.get(name)
        return found[0].value.strip() if found else ""


def effective(scopes: Sequence[Scope]) -> Effective:
    """The shell with the settings files of Claude Code over it, in the order in which they are given."""
    values: dict[str, tuple[Setting, Scope]] = {}
    for scope in scopes:
        values |= {setting.name: (setting, scope) for setting in scope.settings}
    return Effective(values)


def judge_together(
    scopes: Sequence[Scope], clients: Sequence[str], given: Container[tuple[str, str]], know: Know
) -> Iterator[Noted]:
    """What shows only over several scopes. ``clients`` are those of the config and those whose files were found.

    ``given`` are the clients that are told their project or location in a file of their own: ``("litellm", "project")``.
    """
    own = [scope for scope in scopes if scope.kind in ("shell", "claude-code")]
    alone = [
        [scope]
        for scope in scopes
        if scope.kind in ("dotenv", "compose", "devcontainer", "vscode", "workflow", "kubernetes")
    ]
    for group in [own, *alone]:
        seen = effective(group)
        if any(scope.kind != "shell" for scope in group) or "claude-code" in clients or seen.on(_SWITCH):
            yield from _claude_code(seen, group, know)
    yield from _layers(scopes)
    yield from _editor(scopes)
    yield from _no_location(scopes)
    yield from _not_read(scopes, clients, given, know)


def _claude_code(seen: Effective, group: Sequence[Scope], know: Know) -> Iterator[Noted]:
    if seen.on(_SWITCH):
        switch = seen.values[_SWITCH][0]
        rivals = [v.name for t in know.targets.every if t.name == "claude-code" for v in t.variables_for("rival")]
        for name in dict.fromkeys(rivals):
            if seen.on(name):
                other, scope = seen.values[name]
                message = (
                    f"{name} is on in {scope.label} beside {_SWITCH}; it comes first, so nothing goes to Vertex AI"
                )
                fix = f'Unset {name}; in settings.json write "{name}": "".'
                yield note(machine.PROVIDERS, message, other.name_span or switch.name_span, fix, subject=name)
        base = seen.value("ANTHROPIC_BASE_URL")
        if base and "api.anthropic.com" not in base:
            other, scope = seen.values["ANTHROPIC_BASE_URL"]
            message = f"ANTHROPIC_BASE_URL ({address(base)}) is set in {scope.label}, and {_SWITCH} wins over it: requests go to Vertex AI"
            fix = f"Unset one of them: {_SWITCH} for the gateway, ANTHROPIC_BASE_URL for Vertex AI."
            yield note(
                machine.PROVIDERS, message, other.name_span or switch.name_span, fix, subject="ANTHROPIC_BASE_URL"
            )
        yield from judge_regions(seen.values, know)
        if not seen.value("ANTHROPIC_DEFAULT_HAIKU_MODEL") and not seen.value("ANTHROPIC_SMALL_FAST_MODEL"):
            yield _hidden(seen, know)
        return
    names = [name for name in _OF_VERTEX if name in seen.values]
    files = [scope for scope in group if scope.kind == "claude-code" and any(scope.get(name) for name in names)]
    off = seen.values.get(_SWITCH)
    if files or (off is not None and names):
        where = files[0] if files else off[1] if off else group[0]
        state = "is off" if off is not None else "is not set"
        setting = where.get(names[0]) if names else None
        message = (
            f"{where.label} sets Claude Code up for Vertex AI, and {_SWITCH} {state}: it asks for a login at Anthropic"
        )
        span = off[0].value_span if off and off[0].value_span else setting.name_span if setting else where.span
        yield note(machine.NOT_ACTIVE, message, span, f'Set {_SWITCH} to "1" there.', subject=where.label)


def _hidden(seen: Effective, know: Know) -> Noted:
    setting, scope = seen.values[_SWITCH]
    message = f"{scope.label} switches Claude Code to Vertex AI and does not pin its small model, which it asks in the background"
    small = next((model.id for p in know.projects for model in p.models if "haiku" in model.id), None)
    small = small or next((model.id for p in know.projects for model in p.models), None)
    fix = f"Set ANTHROPIC_DEFAULT_HAIKU_MODEL to {small or 'a model that the project has enabled'}."
    evidence = [cited(know, "CC", "without a pin the background model is the version's own default")]
    return note(machine.HIDDEN_MODEL, message, setting.name_span, fix, evidence, subject=scope.label)


def _layers(scopes: Sequence[Scope]) -> Iterator[Noted]:
    """A managed settings file whose variables hide those of the user."""
    managed = [
        s
        for s in scopes
        if s.kind == "claude-code" and s.file and s.file.endswith("managed-settings.json") and s.settings
    ]
    others = [s for s in scopes if s.kind == "claude-code" and s not in managed and s.settings]
    for scope in others if managed else ():
        message = f"{scope.label} has variables, and so has {managed[0].label}: in some versions of Claude Code the managed ones take their place"
        fix = "Put all variables into the managed file."
        yield note(machine.SHAPE, message, scope.span, fix, subject=scope.label, severity=Severity.WARNING)


def _editor(scopes: Sequence[Scope]) -> Iterator[Noted]:
    """An editor that is started without a shell does not see the shell's variables."""
    shell = next((scope for scope in scopes if scope.kind == "shell"), None)
    settled = any(scope.on(_SWITCH) for scope in scopes if scope.kind == "claude-code")
    for scope in scopes:
        if scope.kind == "vscode" and shell is not None and shell.on(_SWITCH) and not settled and not scope.on(_SWITCH):
            message = f"{_SWITCH} is set in the shell alone; an editor that is not started from it does not see it"
            fix = "Put the variables into ~/.claude/settings.json, or into claude-code.environmentVariables of the editor."
            yield note(machine.NOT_ACTIVE, message, scope.span, fix, subject=scope.label)


def _no_location(scopes: Sequence[Scope]) -> Iterator[Noted]:
    names = {
        "claude-code": ("CLOUD_ML_REGION",),
        "litellm": ("VERTEXAI_LOCATION",),
        "vercel-ai": ("GOOGLE_VERTEX_LOCATION",),
        "goose": ("GCP_LOCATION",),
        "librechat": ("ANTHROPIC_VERTEX_REGION",),
    }
    for scope in scopes:
        for variable, client in _OWN.items():
            setting = scope.get(variable)
            if setting is None or not setting.value.strip():
                continue
            wanted = names[client]
            inherits = scope.kind in ("shell", "claude-code", "dotenv")
            there = [s for s in scopes if s is scope or (inherits and s.kind in ("shell", "claude-code", "dotenv"))]
            if any(one.value(name).strip() for one in there for name in wanted):
                continue
            message = f"{scope.label} sets {variable} and no {wanted[0]}; {client} then takes {_DEFAULTS[client]}"
            fix = f"Set {wanted[0]} beside it."
            yield note(machine.NO_LOCATION, message, setting.name_span, fix, subject=f"{scope.label} {variable}")


def _not_read(
    scopes: Sequence[Scope], clients: Sequence[str], given: Container[tuple[str, str]], know: Know
) -> Iterator[Noted]:
    """A client whose own project variable is nowhere, while those of others are there."""
    table = {v.name: v for t in know.targets.every for v in t.variables_for("project", "location")}
    readable = [s for s in scopes if s.kind in ("shell", "dotenv", "compose", "workflow", "devcontainer", "kubernetes")]
    for client in clients:
        target = know.targets.target(client)
        if target is None or client == "claude-code":
            continue
        for kind in ("project", "location"):
            own = {variable.name for variable in target.variables_for(kind)}
            own |= _ALSO.get((client, kind), set())
            if not own or (client, kind) in given or any(s.value(name).strip() for s in readable for name in own):
                continue
            others = [
                (s, one)
                for s in readable
                for one in s.settings
                if (one.name in table and table[one.name].holds == kind)
                or one.name in ("GOOGLE_VERTEX_REGION", "VERTEX_LOCATION")
            ]
            others = [(s, one) for s, one in others if one.value.strip() and one.name not in own]
            if not others or (kind == "location" and client == "opencode"):
                continue  # opencode's own default, global, is a place that serves
            scope, setting = others[0]
            name = next(variable.name for variable in target.variables_for(kind))
            message = (
                f"{client} does not read {setting.name}, which {scope.label} sets; it reads {', '.join(sorted(own))}"
            )
            value = shown(setting.value.strip(), kind)
            yield note(
                machine.NOT_READ, message, setting.name_span, f"Set {name}={value}.", subject=f"{client} {setting.name}"
            )
