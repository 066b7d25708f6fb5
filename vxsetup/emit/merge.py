"""Lays what a file must say over a file that is there, keeping the rest and its comments, and tells how the two differ.

Pure: texts in, texts out. ``ruamel.yaml`` is imported here alone: it reads YAML 1.2, tags of others and names that stand
twice, and so is the judge of the edits, which are made by the places that another reader gives.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from vxsetup.emit.dotenv import assignments
from vxsetup.emit.edits import Edits, survived
from vxsetup.emit.formats import dotenv_value, yaml_text
from vxsetup.emit.lists import assigned, entry_name, named
from vxsetup.emit.parts import File, Kind
from vxsetup.emit.pieces import NotMergeableError, Piece, json_pieces, place_of, yaml_pieces

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

__all__ = ["Difference", "NotMergeableError", "differences", "merged"]

_MISSING: Any = object()

_REMARKED = re.compile(r"(?:^|/)(?:devcontainer\.json|opencode\.jsonc?|\.vscode/[^/]+\.json)\Z")
"""Files of JSON whose readers take remarks and a comma behind the last value."""

_SECRET_NAME = re.compile(r"(?i)key\b|_key|token|secret|password|credential")
_SECRET = re.compile(r"ya29\.|AIza|\bsk-|-----BEGIN|eyJ[A-Za-z0-9_-]{10}|\bgh[pousr]_|private_key")


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs: where, what the file has (None: nothing), and what it should have (None: see ``says``)."""

    where: str
    has: str | None
    wants: str | None


def merged(existing: str, file: File) -> str:
    """The existing text with the file's values laid over it. Raises NotMergeableError."""
    if file.kind is Kind.JSON:
        return _merged_json(existing, file)
    if file.kind is Kind.DOTENV:
        return _merged_dotenv(existing, file.values)
    if file.kind is Kind.YAML:
        return _merged_yaml(existing, file)
    raise NotMergeableError("a program cannot be merged")


def differences(existing: str, file: File) -> tuple[Difference, ...]:
    """What the existing text says otherwise than the file; what it says beside it is no difference.

    A program differs as a whole. Raises NotMergeableError where the text cannot be read.
    """
    if file.kind is Kind.TEXT:
        return () if existing == file.text else (Difference("", "other text", None),)
    if file.kind is Kind.JSON:
        return tuple(_differing(json_pieces(existing, _remarks(file))[1], file.values, ""))
    if file.kind is Kind.DOTENV:
        return tuple(_differing(_read_dotenv(existing), file.values, ""))
    documents = [one for one in _read_yaml(existing) if one is not None]
    if len(file.values) == 1 and len(documents) == 1:
        return tuple(_differing(documents[0], file.values[0], ""))
    return tuple(_of_documents(documents, file.values))


def _of_documents(had: list[Any], wanted: list[Any]) -> Iterator[Difference]:
    """Documents are told apart by what each is of and its name, as Kubernetes has it; else there are too many."""
    names = [_object_name(one) for one in wanted]
    if None in names or not had:
        yield Difference("", f"{len(had)} documents", f"{len(wanted)} documents")
        return
    for name, value in zip(names, wanted, strict=True):
        own = next((one for one in had if _object_name(one) == name), None)
        if own is None:
            yield Difference(str(name), None, "it")
        else:
            yield from _differing(own, value, str(name))


def _object_name(document: Any) -> str | None:
    if not isinstance(document, Mapping) or not isinstance(document.get("metadata"), Mapping):
        return None
    kind, name = document.get("kind"), document["metadata"].get("name")
    return f"{kind} {name}" if isinstance(kind, str) and isinstance(name, str) else None


def _differing(had: Any, wanted: Any, where: str) -> Iterator[Difference]:
    names = named(wanted) if isinstance(wanted, list) else None
    pairs = assigned(had)
    asked = assigned(wanted) if isinstance(wanted, list) else wanted
    if pairs is not None and isinstance(asked, Mapping):
        for key, value in asked.items():
            yield from _differing(pairs.get(key, _MISSING), value, f"{where}.{key}")
    elif isinstance(wanted, Mapping) and isinstance(had, Mapping):
        for key, value in wanted.items():
            yield from _differing(had.get(key, _MISSING), value, f"{where}.{key}" if where else str(key))
    elif isinstance(wanted, list) and isinstance(had, list) and names is not None:
        for name, value in zip(names, wanted, strict=True):
            own = next((entry for entry in had if entry_name(entry) == name), _MISSING)
            yield from _differing(own, value, f"{where}[{name[1]}]")
    elif had is _MISSING or (had is None and wanted is not None):
        yield Difference(where, None, _shown(wanted))
    elif had != wanted or isinstance(had, bool) is not isinstance(wanted, bool):
        hidden = _SECRET_NAME.search(where.rpartition(".")[2]) or (isinstance(had, str) and _SECRET.search(had))
        yield Difference(where, "another value, which is not shown" if hidden else _shown(had), _shown(wanted))


def _shown(value: Any) -> str:
    """A value as a message may show it; what stands in a collection may be secret."""
    if isinstance(value, Mapping | list):
        return f"{'a mapping' if isinstance(value, Mapping) else 'a list'} of {len(value)}"
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 200 else text[:199] + "…"


def _agrees(had: Any, wanted: Any) -> bool:
    return next(_differing(had, wanted, ""), None) is None


def _laid(
    existing: str, roots: Sequence[Piece], asked: Iterable[tuple[int, Any, Any]], file: File, more: str = ""
) -> str:
    """The text with the edits made: of the roots by number, each with its data and what is wanted; then ``more``.

    Refused where the result, read anew, says less or other than it should.
    """
    import yaml

    edits = Edits(existing, roots, _agrees, file.kind is Kind.YAML)
    for number, data, wanted in asked:
        edits.lay(roots[number], data, wanted)
    text = edits.applied() + more
    try:
        after = yaml_pieces(text) if file.kind is Kind.YAML else (json_pieces(text, _remarks(file))[0],)
        kept = len(after) >= len(roots) and all(map(partial(survived, edits=edits, text=text), roots, after))
        sound = kept and not differences(text, file)
    except (ValueError, RecursionError, yaml.YAMLError):
        sound = False
    if not sound:
        raise NotMergeableError("its form is one that cannot be changed without a loss; change it by hand")
    return text


# JSON


def _remarks(file: File) -> bool:
    return _REMARKED.search(file.path) is not None


def _merged_json(existing: str, file: File) -> str:
    if not existing.strip():
        return json.dumps(file.values, indent=2) + "\n"
    piece, data = json_pieces(existing, _remarks(file))
    if not isinstance(data, dict):
        raise NotMergeableError("it holds no JSON object", place_of(existing, piece.start))
    return _laid(existing, (piece,), ((0, data, file.values),), file)


# Variables


def _read_dotenv(text: str) -> dict[str, str]:
    """The values as readers of .env files take them; the last one of a name counts."""
    return {found[2]: value for found, value, _ in assignments(text)}


def _merged_dotenv(existing: str, values: Mapping[str, str]) -> str:
    out, at = [], 0
    left = dict(values)
    for found, value, end in assignments(existing):
        name = found[2]
        if name not in values:
            continue
        left.pop(name, None)
        if value != values[name]:
            out += [existing[at : found.start()], f"{found[1]}{name}={dotenv_value(values[name])}"]
            at = end
    text = "".join([*out, existing[at:]])
    if left:
        line = "\r\n" if existing.count("\r\n") * 2 > existing.count("\n") else "\n"
        text += "" if not text or text.endswith("\n") else line
        text += "".join(f"{name}={dotenv_value(value)}{line}" for name, value in left.items())
    return text


# YAML


def _read_yaml(text: str) -> list[Any]:
    """The documents; tags of others stay, and a name that stands twice is refused."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    reader = YAML(typ="rt", pure=True)
    try:
        return list(reader.load_all(text))
    except (YAMLError, ValueError, RecursionError) as error:
        raise _no_yaml(error) from None


def _no_yaml(error: Exception) -> NotMergeableError:
    if isinstance(error, RecursionError):
        return NotMergeableError("it nests too deeply")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "context", None) or "it cannot be read"
    # The values of a name that stands twice are other people's, and may be secret.
    what = str(problem).partition(" with value")[0].split("\n", maxsplit=1)[0]
    return NotMergeableError(f"it is no YAML: {what}", None if mark is None else (mark.line + 1, mark.column + 1))


def _merged_yaml(existing: str, file: File) -> str:
    import yaml

    documents = _read_yaml(existing)
    filled = [number for number, document in enumerate(documents) if document is not None]
    if not filled:
        return existing + ("" if not existing or existing.endswith("\n") else "\n") + yaml_text(*file.values)
    try:
        roots = yaml_pieces(existing)
    except (yaml.YAMLError, RecursionError) as error:
        raise _no_yaml(error) from None
    if len(roots) != len(documents):
        raise NotMergeableError("its documents cannot be told apart")
    if len(filled) == len(file.values) == 1:
        kind = "list" if isinstance(file.values[0], list) else "map"
        if roots[filled[0]].kind != kind:
            raise NotMergeableError(f"it holds no {'list' if kind == 'list' else 'mapping'}")
        return _laid(existing, roots, ((filled[0], documents[filled[0]], file.values[0]),), file)
    names = [_object_name(one) for one in documents]
    wanted = {_object_name(one): one for one in file.values}
    if None in wanted or len(wanted) != len(file.values) or any(names.count(name) > 1 for name in wanted):
        raise NotMergeableError("it holds several documents, and no kind and name tell them apart")
    new = [one for name, one in wanted.items() if name not in names]
    line = "\r\n" if existing.count("\r\n") * 2 > existing.count("\n") else "\n"
    more = "" if existing.endswith("\n") or not new else line
    more += "".join(f"---\n{yaml_text(one)}".replace("\n", line) for one in new)
    pairs = [(number, one, wanted[name]) for number, (name, one) in enumerate(zip(names, documents, strict=True))
             if name in wanted]  # fmt: skip
    return _laid(existing, roots, pairs, file, more)
