"""Lays what a file must say over a file that is there, keeping the rest and its comments, and tells how the two differ.

Pure: texts in, texts out. ``ruamel.yaml`` is imported here alone; it keeps comments, order and quotes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from vxsetup.emit.formats import dotenv_value, yaml_text
from vxsetup.emit.parts import File, Kind

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_MISSING: Any = object()
_NAMES = ("model_name", "name")
"""The keys by which entries of a list are told apart."""

_ASSIGNMENT = re.compile(r"^(\s*(?:export\s+)?)([A-Za-z_][A-Za-z0-9_]*)(\s*=)(.*)$")


class NotMergeableError(ValueError):
    """A file that is there and cannot be merged into; the text says why, without a full stop."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs: where, what the file has (None: nothing), and what it should have (None: see ``says``)."""

    where: str
    has: str | None
    wants: str | None


def merged(existing: str, file: File) -> str:
    """The existing text with the file's values laid over it. Raises NotMergeableError."""
    if file.kind is Kind.JSON:
        return _merged_json(existing, file.values)
    if file.kind is Kind.DOTENV:
        return _merged_dotenv(existing, file.values)
    if file.kind is Kind.YAML:
        return _merged_yaml(existing, file.values)
    raise NotMergeableError("a program cannot be merged")


def differences(existing: str, file: File) -> tuple[Difference, ...]:
    """What the existing text says otherwise than the file; what it says beside it is no difference.

    A program differs as a whole. Raises NotMergeableError where the text cannot be read.
    """
    if file.kind is Kind.TEXT:
        return () if existing == file.text else (Difference("", "other text", None),)
    if file.kind is Kind.JSON:
        return tuple(_differing(_read_json(existing), file.values, ""))
    if file.kind is Kind.DOTENV:
        return tuple(_differing(_read_dotenv(existing), file.values, ""))
    documents = _read_yaml(existing, _reader("safe"))
    if len(documents) != len(file.values):
        return (Difference("", f"{len(documents)} documents", str(len(file.values))),)
    return tuple(
        found for had, wanted in zip(documents, file.values, strict=True) for found in _differing(had, wanted, "")
    )


def _differing(had: Any, wanted: Any, where: str) -> Iterator[Difference]:
    if isinstance(wanted, Mapping) and isinstance(had, Mapping):
        for key, value in wanted.items():
            yield from _differing(had.get(key, _MISSING), value, f"{where}.{key}" if where else str(key))
    elif isinstance(wanted, list) and isinstance(had, list) and _named(wanted):
        key = _named(wanted)
        for value in wanted:
            own = next(
                (entry for entry in had if isinstance(entry, Mapping) and entry.get(key) == value[key]), _MISSING
            )
            yield from _differing(own, value, f"{where}[{value[key]}]")
    elif had is _MISSING:
        yield Difference(where, None, _shown(wanted))
    elif had != wanted or isinstance(had, bool) is not isinstance(wanted, bool):
        yield Difference(where, _shown(had), _shown(wanted))


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 200 else text[:199] + "…"


def _named(entries: list[Any]) -> str | None:
    """The key that tells the entries of a list apart, or None where they are no mappings or have none."""
    for key in _NAMES:
        if entries and all(isinstance(entry, Mapping) and isinstance(entry.get(key), str) for entry in entries):
            return key
    return None


def _lay(had: Any, wanted: Any) -> Any:
    """The wanted values over those that are there, in place."""
    if isinstance(had, dict) and isinstance(wanted, Mapping):
        for key, value in wanted.items():
            had[key] = _lay(had[key], value) if key in had else value
        return had
    if isinstance(had, list) and isinstance(wanted, list):
        key = _named(wanted)
        if key is None:
            return had if list(had) == wanted else wanted
        for value in wanted:
            places = [i for i, entry in enumerate(had) if isinstance(entry, Mapping) and entry.get(key) == value[key]]
            if places:
                had[places[0]] = _lay(had[places[0]], value)
            else:
                had.append(value)
        return had
    return had if type(had) is type(wanted) and had == wanted else wanted


# JSON


def _read_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotMergeableError(f"it is no plain JSON: {error}") from None


def _merged_json(existing: str, values: Any) -> str:
    had = _read_json(existing) if existing.strip() else {}
    if not isinstance(had, dict):
        raise NotMergeableError("it holds no JSON object")
    indent = re.search(r"\n([ \t]+)\S", existing)
    step: Any = indent.group(1) if indent and "\t" in indent.group(1) else len(indent.group(1)) if indent else 2
    end = "\n" if existing.endswith("\n") or not existing else ""
    return json.dumps(_lay(had, values), indent=step, ensure_ascii=existing.isascii()) + end


# Variables


def _assignments(text: str) -> Iterator[tuple[int, re.Match[str]]]:
    for number, line in enumerate(text.split("\n")):
        found = _ASSIGNMENT.match(line.rstrip("\r"))
        if found:
            yield number, found


def _read_dotenv(text: str) -> dict[str, str]:
    """The values as readers of .env files take them; the last one of a name counts."""
    return {found.group(2): _dotenv_read(found.group(4)) for _, found in _assignments(text)}


def _dotenv_read(written: str) -> str:
    value = written.strip()
    for quote in "'\"":
        if value.startswith(quote):
            end = value.find(quote, 1)
            return value[1:end] if end > 0 else value
    return re.split(r"\s#", value, maxsplit=1)[0].strip()


def _merged_dotenv(existing: str, values: Mapping[str, str]) -> str:
    lines = existing.split("\n")
    for number, found in _assignments(existing):
        if _dotenv_read(found.group(4))[:1] in "'\"" and _dotenv_read(found.group(4)):
            raise NotMergeableError(f"line {number + 1} begins a value of several lines")
    left = dict(values)
    for number, found in _assignments(existing):
        name = found.group(2)
        if name in values:
            left.pop(name, None)
            if _dotenv_read(found.group(4)) != values[name]:
                end = "\r" if lines[number].endswith("\r") else ""
                lines[number] = f"{found.group(1)}{name}={dotenv_value(values[name])}{end}"
    text = "\n".join(lines)
    if left:
        text += "" if not text or text.endswith("\n") else "\n"
        text += "".join(f"{name}={dotenv_value(value)}\n" for name, value in left.items())
    return text


# YAML


_INDENTED_LIST = re.compile(r"^( *)[^\s#-][^\n]*:[ ]*(?:#[^\n]*)?\n(?:[ ]*(?:#[^\n]*)?\n)*\1  +- ", re.MULTILINE)
_LIST = re.compile(r"^ *- ", re.MULTILINE)


def _reader(kind: str) -> Any:
    from ruamel.yaml import YAML

    reader = YAML(typ=kind, pure=True)
    reader.preserve_quotes = True
    reader.width = 10_000
    return reader


def _read_yaml(text: str, reader: Any) -> list[Any]:
    from ruamel.yaml.error import YAMLError

    try:
        return list(reader.load_all(text))
    except (YAMLError, ValueError, RecursionError) as error:
        first = str(error).strip().split("\n", maxsplit=1)[0]
        raise NotMergeableError(f"it is no YAML: {first}") from None


def _merged_yaml(existing: str, values: list[Any]) -> str:
    keeper = _reader("rt")
    documents = [document for document in _read_yaml(existing, keeper) if document is not None]
    if not documents:
        return existing + ("" if not existing or existing.endswith("\n") else "\n") + yaml_text(*values)
    if len(documents) != 1 or len(values) != 1:
        raise NotMergeableError("it holds several documents")
    if not isinstance(documents[0], dict):
        raise NotMergeableError("it holds no mapping")
    if _INDENTED_LIST.search(existing) or not _LIST.search(existing):
        keeper.indent(mapping=2, sequence=4, offset=2)
    # What is laid over is read from text of our own first, so that it keeps its quotes.
    (ours,) = _read_yaml(yaml_text(*values), _reader("rt"))
    out = _Pieces()
    keeper.dump(_lay(documents[0], ours), out)
    return "".join(out.pieces)


class _Pieces:
    """A stream in memory."""

    encoding = None

    def __init__(self) -> None:
        self.pieces: list[str] = []

    def write(self, text: str) -> None:
        """Take a piece of text."""
        self.pieces.append(text)
