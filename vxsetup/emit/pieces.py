"""Where each value of a YAML or JSON text stands, so that one of them can be changed and no other sign of the text moves."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_DEEPEST = 200
_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")
_REMARK = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_BEFORE_DASH = re.compile(r"(?:[&!]\S*|#[^\n]*|\s)*")


class NotMergeableError(ValueError):
    """A file that is there and cannot be merged into; the text says why, without a full stop.

    ``place`` is line and column, both from 1, or None where it is about all of the file.
    """

    def __init__(self, reason: str, place: tuple[int, int] | None = None) -> None:
        super().__init__(reason)
        self.place = place


@dataclass(frozen=True, slots=True)
class Piece:
    """One value: its offsets in the text (the end without remarks behind it) and what it is made of.

    ``kind``: ``map``, ``list``, ``scalar`` or ``alias``. ``flow``: in brackets. ``column`` of the keys or dashes of a block.
    ``shared``: an alias elsewhere means this value too. A piece of a map has its key, and where the key begins.
    """

    kind: str
    start: int
    end: int
    flow: bool = False
    column: int = 0
    shared: bool = False
    pieces: tuple[Piece, ...] = ()
    key: str | None = None
    key_start: int = 0

    def child(self, key: str) -> Piece | None:
        """The piece of a key; None where the map has none of its own."""
        return next((one for one in self.pieces if one.key == key), None)


def place_of(text: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def yaml_pieces(text: str) -> tuple[Piece, ...]:
    """The documents of a YAML text, empty ones too. Raises ``yaml.YAMLError`` and RecursionError."""
    import yaml

    class Composer(yaml.SafeLoader):
        """Leaves an alias where it stands, and remembers what has a name."""

        def __init__(self, stream: str) -> None:
            super().__init__(stream)
            self.aliased: set[str] = set()
            self.named: dict[int, str] = {}
            self.nodes: list[Any] = []

        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                event = self.get_event()  # type: ignore[no-untyped-call]
                self.aliased.add(event.anchor)
                return yaml.ScalarNode("alias", event.anchor, event.start_mark, event.end_mark)
            anchor = self.peek_event().anchor  # type: ignore[no-untyped-call]
            node = super().compose_node(parent, index)
            if anchor is not None and node is not None:
                self.named[id(node)] = anchor
                self.nodes.append(node)  # kept, so that no later node has its number
            return node

    composer = Composer(text)
    try:
        roots = []
        while composer.check_node():
            composer.aliased.clear()
            node = composer.get_node()
            shared = {node for node, name in composer.named.items() if name in composer.aliased}
            roots.append(_of_node(text, node, shared))
        return tuple(roots)
    finally:
        composer.dispose()


def _of_node(text: str, node: Any, shared: set[int], key: str | None = None, key_start: int = 0) -> Piece:
    start, end, common = node.start_mark.index, node.end_mark.index, id(node) in shared
    if isinstance(node.value, str):
        if node.style in ("|", ">") and "+" not in text[start:end].partition("\n")[0]:
            end = start + len(text[start:end].rstrip())
        kind = "alias" if node.tag == "alias" else "scalar"
        return Piece(kind, start, end, shared=common, key=key, key_start=key_start)
    pieces = tuple(
        _of_node(text, one[1], shared, one[0].value if isinstance(one[0].value, str) else None, one[0].start_mark.index)
        if isinstance(one, tuple)
        else _of_node(text, one, shared)
        for one in node.value
    )
    kind = "map" if type(node).__name__ == "MappingNode" else "list"
    if node.flow_style or not pieces:
        return Piece(kind, start, end, True, 0, common, pieces, key, key_start)
    found = _BEFORE_DASH.match(text, start)
    first = pieces[0].key_start if kind == "map" else found.end() if found else start
    return Piece(kind, start, pieces[-1].end, False, place_of(text, first)[1] - 1, common, pieces, key, key_start)


def json_pieces(text: str, remarks: bool = False) -> tuple[Piece, Any]:
    """The value of a JSON text, with its data. ``remarks``: remarks and commas before a bracket's end are lawful.

    Raises NotMergeableError, also for a name that stands twice: readers would pass over one of them.
    """
    plain = without_remarks(text) if remarks else text
    piece, data, at = _json_value(plain, _skip(plain, 0), 0, remarks)
    if _skip(plain, at) != len(plain):
        raise NotMergeableError("it is no JSON: more stands behind its end", place_of(text, _skip(plain, at)))
    return piece, data


def without_remarks(text: str) -> str:
    """The text with blanks in place of ``//`` and ``/* */``, so that every place stays where it was."""
    return _REMARK.sub(lambda f: f[0] if f[0][0] == '"' else re.sub(r"[^\n]", " ", f[0]), text)


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _wrong(text: str, at: int, what: str) -> NotMergeableError:
    if text[at : at + 2] in ("//", "/*"):
        what = "a remark stands here, and not every reader of this file takes one"
    return NotMergeableError(f"it is no JSON: {what}", place_of(text, at))


def _json_value(text: str, at: int, depth: int, remarks: bool) -> tuple[Piece, Any, int]:
    if depth > _DEEPEST:
        raise NotMergeableError("it nests too deeply")
    if text[at : at + 1] in ("{", "["):
        return _json_collection(text, at, depth, remarks)
    if text[at : at + 1] == '"':
        value, end = _json_string(text, at)
        return Piece("scalar", at, end, True), value, end
    found = _SCALAR.match(text, at)
    if found is None:
        raise _wrong(text, at, "a value is missing")
    word = found[0]
    if word in ("true", "false", "null"):
        return Piece("scalar", at, found.end(), True), {"true": True, "false": False, "null": None}[word], found.end()
    number = float(word) if len(word) > 300 or not word.lstrip("-").isdigit() else int(word)
    return Piece("scalar", at, found.end(), True), number, found.end()


def _json_string(text: str, at: int) -> tuple[str, int]:
    if text[at : at + 1] != '"':
        raise _wrong(text, at, "a name in double quotes is missing")
    try:
        value, end = _DECODER.raw_decode(text, at)
        return str(value), int(end)
    except ValueError:
        raise _wrong(text, at, "a text has no end, or holds what JSON does not allow") from None


def _json_collection(text: str, at: int, depth: int, remarks: bool) -> tuple[Piece, Any, int]:
    start, keyed = at, text[at] == "{"
    close = "}" if keyed else "]"
    pieces: list[Piece] = []
    values: list[Any] = []
    names: set[str | None] = set()
    at = _skip(text, at + 1)
    while text[at : at + 1] != close or (values and not remarks):
        name, name_at = None, at
        if keyed:
            name, at = _json_string(text, at)
            if name in names:
                raise NotMergeableError(
                    "a name stands twice, and readers pass over one of them", place_of(text, name_at)
                )
            names.add(name)
            at = _skip(text, at)
            if text[at : at + 1] != ":":
                raise _wrong(text, at, "a colon is missing")
            at = _skip(text, at + 1)
        piece, value, at = _json_value(text, at, depth + 1, remarks)
        pieces.append(
            Piece(piece.kind, piece.start, piece.end, True, 0, False, piece.pieces, name, name_at) if keyed else piece
        )
        values.append(value)
        at = _skip(text, at)
        if text[at : at + 1] == close:
            break
        if text[at : at + 1] != ",":
            raise _wrong(text, at, f"a comma or {close} is missing")
        at = _skip(text, at + 1)
    data = {piece.key: value for piece, value in zip(pieces, values, strict=True)} if keyed else values
    return Piece("map" if keyed else "list", start, at + 1, True, 0, False, tuple(pieces)), data, at + 1
