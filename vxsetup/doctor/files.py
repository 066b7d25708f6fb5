"""Reads client files: .env, settings of Claude Code, opencode and editors, LiteLLM, compose and workflow files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vxsetup.config.document import read_document
from vxsetup.config.source import Node, Source
from vxsetup.doctor.model import Noted, Scope, Setting, note
from vxsetup.emit.dotenv import assignments
from vxsetup.findings import Span
from vxsetup.rules.machine import SHAPE

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

PATTERNS = (
    ".env",
    ".env.*",
    ".claude/settings.json",
    ".claude/settings.local.json",
    ".vscode/settings.json",
    "opencode.json",
    "opencode.jsonc",
    "docker-compose*.yml",
    "docker-compose*.yaml",
    "compose*.yml",
    "compose*.yaml",
    ".devcontainer/devcontainer.json",
    ".github/workflows/*.yml",
    ".github/workflows/*.yaml",
    "litellm*.yaml",
    "litellm*.yml",
    "*litellm*/config.yaml",
    "k8s/*.yaml",
    "k8s/*.yml",
    "kubernetes/*.yaml",
    "kubernetes/*.yml",
    "deployment*.yaml",
    "deployment*.yml",
)
"""What is looked for in a folder, as glob patterns from it."""


@dataclass(frozen=True, slots=True)
class ClientFile:
    """A client file as read. ``root`` is None for .env files, and where nothing could be read.

    ``unread`` says in words why a file is not judged; ``faults`` are those of its form.
    """

    file: str
    kind: str
    scopes: tuple[Scope, ...]
    root: Node | None = None
    faults: tuple[Noted, ...] = ()
    unread: str | None = None


def kind_of(file: str, text: str) -> str | None:
    """The kind of a file by its name, or by what stands in it; None for one that doctor does not know."""
    above, _, name = file.replace("\\", "/").rpartition("/")
    parent = above.rpartition("/")[2]
    if name == ".env" or name.startswith(".env.") or name.endswith(".env"):
        return "dotenv"
    if name in ("managed-settings.json", "settings.local.json") or (name == "settings.json" and parent == ".claude"):
        return "claude-code"
    if name == "settings.json" and parent in (".vscode", "User"):
        return "vscode"
    if name in ("opencode.json", "opencode.jsonc"):
        return "opencode"
    if name == "devcontainer.json":
        return "devcontainer"
    if name.endswith((".yml", ".yaml")):
        for key, kind in (("model_list", "litellm"), ("services", "compose"), ("jobs", "workflow")):
            if re.search(rf"^{key}[ \t]*:", text, re.MULTILINE):
                return kind
        if re.search(r"^apiVersion[ \t]*:", text, re.MULTILINE) and re.search(r"^kind[ \t]*:", text, re.MULTILINE):
            return "kubernetes"
    if name.endswith(".json") and re.search(r'"env"\s*:\s*\{', text):
        return "claude-code"
    return None


def read_client_file(file: str, text: str) -> ClientFile | None:
    """A client file with its scopes; None for a file of no known kind. Never raises for what a file says."""
    kind = kind_of(file, text)
    if kind is None:
        return None
    if kind == "dotenv":
        return ClientFile(file, kind, (Scope(kind, file, tuple(_dotenv(file, text)), file),))
    if kind == "kubernetes":
        return _kubernetes(file, text)
    document = read_document((_plain_json(text) if file.endswith((".json", ".jsonc")) else text).encode(), file)
    if document.root is None or not isinstance(document.root.items, dict):
        return _unreadable(file, kind, document.findings)
    root = document.root
    scopes, faults = _scopes(file, kind, root)
    return ClientFile(file, kind, scopes, root, faults)


def _kubernetes(file: str, text: str) -> ClientFile:
    """The containers of every document of a manifest; each document is read alone, at its own lines."""
    scopes: list[Scope] = []
    start = 0
    for piece in re.split(r"(?m)^---[^\n]*$", text):
        root = read_document(("\n" * start + piece).encode(), file).root
        start += piece.count("\n")
        for node in root.walk() if root is not None else ():
            named = node.items.get("containers") if isinstance(node.items, dict) else None
            for container in named.items if named is not None and isinstance(named.items, list) else ():
                if isinstance(container.items, dict):
                    scopes.append(_container(file, container))
    return ClientFile(file, "kubernetes", tuple(scopes))


def _container(file: str, container: Node) -> Scope:
    """A container's variables, and as settings named ``mount`` the paths that something is mounted at."""
    name = container.value.get("name")
    mounts = container.child("volumeMounts")
    paths = [one.child("mountPath") for one in (mounts.items if mounts and isinstance(mounts.items, list) else ())]
    mounted = tuple(Setting("mount", _text(one), one.key_span, one.span) for one in paths if one is not None)
    outside = container.child("envFrom") is not None
    taken = (Setting("envFrom", "yes"),) if outside else ()
    label = f"container {name if isinstance(name, str) and name.isprintable() else ''} of {file}"
    return Scope("kubernetes", label, (*_settings(container.child("env")), *mounted, *taken), file, container.head_span)


def _unreadable(file: str, kind: str, findings: tuple[object, ...]) -> ClientFile:
    from vxsetup.findings import Finding

    first = next((one for one in findings if isinstance(one, Finding)), None)
    if first is None or first.rule in ("VX103",):
        return ClientFile(file, kind, (), unread="it holds nothing")
    if first.rule in ("VX106", "VX107", "VX108"):  # lawful in these files; doctor does not follow them
        return ClientFile(
            file, kind, (), unread=f"it uses aliases, tags or a size that doctor does not read ({first.rule})"
        )
    message = f"{file} cannot be read, so its client passes over it: {first.message}"
    return ClientFile(file, kind, (), faults=(note(SHAPE, message, first.span, first.fix or "Correct it."),))


def _dotenv(file: str, text: str) -> Iterator[Setting]:
    source = Source(file, text)
    for found, value, end in assignments(text, strict=False):
        value_span = source.span(found.end(), max(end, found.end() + 1))
        yield Setting(found[2], value, source.span(found.start(2), found.end(2)), value_span)


def _plain_json(text: str) -> str:
    """JSON with comments and trailing commas as JSON of the same length, so that every place stays where it was."""
    if "//" not in text and "/*" not in text and not re.search(r",\s*[\]}]", text):
        return text
    pattern = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/|,(?=\s*[\]}])', re.DOTALL)
    return pattern.sub(lambda f: f[0] if f[0][0] == '"' else re.sub(r"[^\n]", " ", f[0]), text)


def _scopes(file: str, kind: str, root: Node) -> tuple[tuple[Scope, ...], tuple[Noted, ...]]:
    faults: list[Noted] = []
    if kind == "claude-code":
        env = root.child("env")
        if env is not None:
            faults += _wrong_types(env, file)
        return (Scope(kind, file, _settings(env), file, root.head_span),), tuple(faults)
    if kind == "vscode":
        listed = _first(root, "claude-code.environmentVariables", "claudeCode.environmentVariables")
        return (Scope(kind, file, _settings(listed), file, listed.span if listed else root.head_span),), ()
    if kind == "devcontainer":
        found = [one for one in (root.child("containerEnv"), root.child("remoteEnv")) if one is not None]
        return tuple(Scope(kind, file, _settings(one), file, one.head_span) for one in found), ()
    if kind == "compose":
        services = root.child("services")
        made = []
        for name, service in (services.items or {}).items() if services and isinstance(services.items, dict) else ():
            made.append(
                Scope(
                    kind, f"service {name} of {file}", _settings(service.child("environment")), file, service.head_span
                )
            )
        return tuple(made), ()
    if kind == "workflow":
        return tuple(_workflow(file, root)), ()
    return (Scope(kind, file, (), file, root.head_span),), ()


def _first(root: Node, *names: str) -> Node | None:
    return next((found for found in (root.child(name) for name in names) if found is not None), None)


def _workflow(file: str, root: Node) -> Iterator[Scope]:
    top = _settings(root.child("env"))
    jobs = root.child("jobs")
    for name, job in jobs.items.items() if jobs is not None and isinstance(jobs.items, dict) else ():
        own = (*top, *_settings(job.child("env")))
        steps = job.child("steps")
        inner = [
            s
            for step in (steps.items if steps and isinstance(steps.items, list) else ())
            for s in _settings(step.child("env"))
        ]
        yield Scope("workflow", f"job {name} of {file}", (*own, *inner), file, job.head_span)


def _settings(node: Node | None) -> tuple[Setting, ...]:
    """Variables from a mapping, from a list of NAME=VALUE, or from a list of {name, value}."""
    if node is None or node.items is None:
        return ()
    if isinstance(node.items, dict):
        return tuple(
            Setting(name, _text(child), child.key_span, child.span, isinstance(child.value, str))
            for name, child in node.items.items()
            if child.items is None
        )
    found = []
    for item in node.items:
        if isinstance(item.value, str):
            name, equals, value = item.value.partition("=")
            if equals:
                found.append(Setting(name.strip(), value, item.span, item.span))
        elif isinstance(item.items, dict):
            key, value_node = item.child("name"), item.child("value")
            if key is not None and isinstance(key.value, str):
                value = _text(value_node) if value_node else ""
                found.append(Setting(key.value, value, key.span, value_node.span if value_node else None))
    return tuple(found)


def _text(node: Node) -> str:
    value = node.value
    if value is None:
        return ""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _wrong_types(env: Node, file: str) -> Iterator[Noted]:
    """In settings of Claude Code every variable is text; anything else makes the block, or the file, of no effect."""
    from vxsetup.doctor.model import Edit

    if not isinstance(env.items, dict):
        yield note(SHAPE, f"`env` in {file} is no mapping of variables", env.span, 'Write "env": {"NAME": "value"}.')
        return
    for name, child in env.items.items():
        if isinstance(child.value, str):
            continue
        plain = child.items is None and child.value is not None
        fix = "Put it into quotes." if plain else "Write a text."
        edit = Edit(child.span, f'"{_text(child)}"', hidden=True) if plain else None
        shown = name if re.fullmatch(r"[A-Z0-9_]{1,80}", name) else "A variable"
        yield note(SHAPE, f"{shown} is not text, and variables in settings must be", child.span, fix, edit=edit)


def place(file: str) -> Span:
    """The beginning of a file, for what is about all of it."""
    return Span(file, 1, 1, 1, 2)
