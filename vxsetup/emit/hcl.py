"""A writer of HCL as ``terraform fmt`` would lay it out: blocks of attributes, every value through one literal function."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from vxsetup.emit.formats import checked, comment

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

Value: TypeAlias = "str | bool | int | Sequence[str | Expression] | Mapping[str, str | Expression]"

"""What an attribute may be: a text, a number, an expression, a list of them on one line, or a mapping."""


class Expression(str):
    """HCL that stands as it is: a reference to another block. Never made from a value of a config."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A block: its type, its labels, its attributes in groups, blocks in it, and the remarks above it.

    A blank line stands between groups; ``=`` are aligned within one.
    """

    type: str
    labels: tuple[str, ...] = ()
    groups: tuple[Mapping[str, Value], ...] = ()
    blocks: tuple[Block, ...] = ()
    remarks: tuple[str, ...] = ()


def literal(text: str) -> str:
    """A text as a quoted string, in ASCII, in which nothing is a template. NotWritableError where no file can hold it."""
    found = "".join(_char(char) for char in checked(text))
    return '"' + re.sub(r"([$%])(?=\{)", r"\1\1", found) + '"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _char(char: str) -> str:
    code = ord(char)
    if char in _ESCAPES:
        return _ESCAPES[char]
    if 0x20 <= code < 0x7F:
        return char
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def value(item: Value) -> str:
    """Any value as HCL on one line; a mapping takes a line for each of its keys."""
    if isinstance(item, Expression):
        return item
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, int):
        return str(item)
    if isinstance(item, str):
        return literal(item)
    assert not isinstance(item, Mapping)
    return "[" + ", ".join(value(one) for one in item) + "]"


def name_of(text: str, taken: set[str]) -> str:
    """A name for a block, from a text that has other characters too; another one where it is taken, which it then is."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "it"
    plain = plain if plain[0].isalpha() else f"_{plain}"
    found, number = plain, 2
    while found in taken:
        found, number = f"{plain}_{number}", number + 1
    taken.add(found)
    return found


def remark(text: str, indent: str = "") -> list[str]:
    """A text as lines of a comment."""
    words, lines = comment(text).split(" "), [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word) + 3 > 100:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return [f"{indent}# {line}" for line in lines]


def document(blocks: Iterable[Block | str]) -> str:
    """Blocks, and texts that become comments, as a file: a blank line between each two."""
    parts = ["\n".join(remark(one) if isinstance(one, str) else lines_of(one)) for one in blocks]
    return "\n\n".join(parts) + "\n"


def lines_of(block: Block, indent: str = "") -> list[str]:
    """A block as lines."""
    head = " ".join([block.type, *(literal(label) for label in block.labels)])
    lines = [line for text in block.remarks for line in remark(text, indent)]
    inside = indent + "  "
    body: list[str] = []
    for group in block.groups:
        body += ([""] if body and group else []) + _group(group, inside)
    for one in block.blocks:
        body += ([""] if body else []) + lines_of(one, inside)
    return [*lines, f"{indent}{head} {{", *body, f"{indent}}}"] if body else [*lines, f"{indent}{head} {{}}"]


def _group(group: Mapping[str, Value], indent: str) -> list[str]:
    single = {key: item for key, item in group.items() if not isinstance(item, Mapping)}
    width = max((len(key) for key in single), default=0)
    lines = [f"{indent}{key.ljust(width)} = {value(item)}" for key, item in single.items()]
    for key, item in group.items():
        if isinstance(item, Mapping):
            lines += [""] if lines else []
            lines += [f"{indent}{key} = {{", *_mapping(item, indent + "  "), f"{indent}}}"]
    return lines


def _mapping(items: Mapping[str, str | Expression], indent: str) -> list[str]:
    keys = {key: key if re.fullmatch(r"[a-z_][a-z0-9_]*", key) else literal(key) for key in items}
    width = max((len(shown) for shown in keys.values()), default=0)
    return [f"{indent}{keys[key].ljust(width)} = {value(item)}" for key, item in items.items()]
