"""What the tests of ``emit`` share: the tables, the settings of a config, and the readers of each language and format."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import yaml
from ruamel.yaml import YAML

from vxsetup.catalog import Catalogue, CatalogueProblem, load_catalogue
from vxsetup.clients import Target, Targets, shipped_targets
from vxsetup.config.load import load
from vxsetup.emit import Emitted, File, Place, Settings, emit, settings_of

ROOT = Path(__file__).resolve().parents[2]
CI = """
ci:
  github: {repository: acme/app, owner_id: "1342004", refs: [refs/heads/main], service_account: app}
  gitlab: {project: acme/app, service_account: app}
"""
READY = (ROOT / "examples" / "ready" / "vxsetup.yaml").read_text(encoding="utf-8") + CI
"""The ready example, with pipelines: without them some targets have nothing to write."""


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue."""
    found = load_catalogue()
    assert not isinstance(found, CatalogueProblem)
    return found


@cache
def table() -> Targets:
    """The shipped table of clients."""
    return shipped_targets(catalogue().sources)


def target(name: str) -> Target:
    """A client of the table."""
    found = table().target(name)
    assert found is not None
    return found


def settings(text: str = READY, **more: Any) -> Settings:
    """The settings of a config's only project."""
    (project,) = load(Path("vxsetup.yaml"), lambda _: text.encode()).projects
    found = settings_of(project, catalogue(), **more)
    assert isinstance(found, Settings), found
    return found


def emitted(name: str, chosen: Settings | None = None) -> Emitted:
    """What there is for a client."""
    return emit(chosen or settings(), target(name), table())


def emittable() -> list[str]:
    """The targets that are not refused whatever is asked."""
    return [one.name for one in table().every if one.refused is None]


def writable(name: str, chosen: Settings) -> Emitted:
    """What there is for a client, at the one location of the settings that it can do."""
    found = emitted(name, chosen)
    if found.refusal is None:
        return found
    return emitted(name, narrowed(chosen, "us-east5", "claude-opus-4-8"))


def narrowed(chosen: Settings, location: str, model: str) -> Settings:
    """The same project with one model at one location, under no residency."""
    host = catalogue().host(location)
    known = catalogue().model(model)
    limits = (known.context_window, known.max_output_tokens) if known else (None, None)
    window, most = (limit.value if limit else None for limit in limits)
    refuses = known is not None and known.refuses("sampling") is not None
    place = Place(model, model.partition("@")[0], "opus", location, host, window, most, refuses)
    return Settings(chosen.project, (place,), chosen.ci, "any", chosen.endpoint, chosen.project_number)


# Readers: every string that a file says, by the format's own rules ---------------------------------------------------


def strings(value: Any) -> list[str]:
    """Every text in data, keys too."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for pair in value.items() for item in pair for text in strings(item)]
    return [text for item in value for text in strings(item)] if isinstance(value, list | tuple) else []


def in_python(text: str) -> list[str]:
    """The string literals of a Python source."""
    return [
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def in_shell(text: str) -> list[str]:
    """The words of a POSIX shell script, and what stands behind the = of each."""
    words = [word for line in _logical(text) for word in shlex.split(line, comments=True)]
    return words + [word.partition("=")[2] for word in words if "=" in word]


def _logical(text: str) -> list[str]:
    """The script as commands: one piece, since a quoted value may hold line ends."""
    return [text.replace("\\\n", " ")]


_C_LIKE = re.compile(r'//[^\n]*|/\*.*?\*/|"((?:[^"\\\n]|\\.)*)"|\'((?:[^\'\\\n]|\\.)*)\'|`[^`]*`', re.DOTALL)


def in_c_like(unescape: Callable[[str], str]) -> Callable[[str], list[str]]:
    """A reader of the string literals of Go, Java, C# or JavaScript; comments are left out."""

    def read(text: str) -> list[str]:
        return [unescape(m.group(1)) for m in _C_LIKE.finditer(text) if m.group(1) is not None]

    return read


def go_text(body: str) -> str:
    """A Go literal's text: \\u and \\U escapes, and the two signs that are escaped."""

    def one(match: re.Match[str]) -> str:
        code = match.group(1) or match.group(2)
        return chr(int(code, 16)) if code else match.group(3)

    return re.sub(r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})|\\(.)", one, body)


def java_text(body: str) -> str:
    """A Java literal's text: octal and \\u escapes (UTF-16)."""

    def one(match: re.Match[str]) -> str:
        if match.group(1):
            return chr(int(match.group(1), 16))
        return chr(int(match.group(2), 8)) if match.group(2) else match.group(3)

    units = re.sub(r"\\u([0-9a-f]{4})|\\([0-3][0-7]{2})|\\(.)", one, body)
    return units.encode("utf-16-be", "surrogatepass").decode("utf-16-be")


_SINGLE = re.compile(r"#(?!\{)[^\n]*|//[^\n]*|'((?:[^'\\]|\\.)*)'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)


def in_ruby(text: str) -> list[str]:
    """The strings of Ruby: in single quotes, where a carriage return before a line end is lost, or with \\u{…} escapes."""
    escaped = [
        re.sub(r"\\u\{([0-9a-f]+)\}|\\(.)", lambda f: chr(int(f[1], 16)) if f[1] else f[2], m.group()[1:-1])
        for m in _SINGLE.finditer(text)
        if m.group().startswith('"')
    ]
    return [one.replace("\r\n", "\n") for one in in_single_quotes(text)] + escaped


def in_single_quotes(text: str) -> list[str]:
    """The single-quoted strings of Ruby or PHP, where only \\\\ and \\' are escapes."""
    return [re.sub(r"\\([\\'])", r"\1", m.group(1)) for m in _SINGLE.finditer(text) if m.group(1) is not None]


def in_json(text: str) -> list[str]:
    """Every text of a JSON document."""
    return strings(json.loads(text))


def in_yaml(text: str) -> list[str]:
    """Every text of YAML documents, which YAML 1.1 and 1.2 must read alike."""
    old = list(yaml.safe_load_all(text))
    new = list(YAML(typ="safe", pure=True).load_all(text))
    assert old == new, "YAML 1.1 and 1.2 differ"
    found = strings(new)
    for inner in list(found):  # JSON inside a variable of a pipeline
        if inner.startswith(("{", "[")):
            try:
                found += strings(json.loads(inner))
            except ValueError:
                continue
    return found


def in_xml(text: str) -> list[str]:
    """Every text of an XML document."""
    return [element.text or "" for element in ElementTree.fromstring(text).iter()]


def in_lines(text: str) -> list[str]:
    """The values behind the = of a file for docker --env-file, as they stand."""
    return [line.partition("=")[2] for line in text.splitlines() if not line.startswith("#")]


READERS: Mapping[str, Callable[[str], list[str]]] = {
    ".py": in_python,
    ".ts": in_c_like(lambda body: json.loads(f'"{body}"')),
    ".go": in_c_like(go_text),
    ".java": in_c_like(java_text),
    ".cs": in_c_like(java_text),
    ".rb": in_ruby,
    "Gemfile": in_single_quotes,
    ".php": in_single_quotes,
    ".sh": in_shell,
    ".json": in_json,
    ".yaml": in_yaml,
    ".yml": in_yaml,
    "/.env": in_shell,
    "openhands.env": in_lines,
    ".xml": in_xml,
    ".csproj": in_xml,
    "requirements.txt": lambda text: text.splitlines(),
    "go.mod": lambda text: text.splitlines(),
}
"""How a path ends -> the reader of the strings in it."""


def read(file: File) -> list[str]:
    """The strings that a file says, by the rules of its format."""
    for end, reader in READERS.items():
        if f"/{file.path}".endswith(end):
            return reader(file.text)
    raise AssertionError(f"no reader for {file.path}")
