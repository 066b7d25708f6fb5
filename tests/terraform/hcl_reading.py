"""Reads the HCL that vxsetup writes, line by line, far enough to say which blocks and attributes it has."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

_HEAD = re.compile(r'(\w+)((?: "(?:[^"\\]|\\.)*")*) \{(\})?')
_ATTRIBUTE = re.compile(r'("?[\w.-]+"?) *= (.*)')


@dataclass
class Read:
    """A block as it was read; a mapping is an attribute whose value is a dict."""

    type: str
    labels: list[str]
    attributes: dict[str, Any] = field(default_factory=dict)
    blocks: list[Read] = field(default_factory=list)


def read(text: str) -> list[Read]:
    """The blocks of a file. Raises AssertionError where a line is none that HCL has."""
    root = Read("", [])
    stack: list[Any] = [root]
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        if stripped == "}":
            stack.pop()
            continue
        attribute = _ATTRIBUTE.fullmatch(stripped)
        head = _HEAD.fullmatch(stripped)
        here = stack[-1]
        if head is not None:
            labels = [json.loads(label) for label in re.findall(r'"(?:[^"\\]|\\.)*"', head[2])]
            block = Read(head[1], labels)
            here.blocks.append(block)
            stack += [block] if not head[3] else []
            continue
        assert attribute is not None, f"no line of HCL: {line!r}"
        into = here if isinstance(here, dict) else here.attributes
        assert attribute[1] not in into, f"{attribute[1]} stands there twice"
        if attribute[2] == "{":
            into[attribute[1]] = {}
            stack.append(into[attribute[1]])
        else:
            into[attribute[1]] = attribute[2]
    assert len(stack) == 1, "a block is not closed"
    return root.blocks


def text_of(literal: str) -> str:
    """What a quoted string of HCL says, where nothing in it is a template."""
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', literal), literal
    body = literal[1:-1]
    assert not re.search(r"(?<![$])(?:[$][$])*[$]\{|(?<!%)(?:%%)*%\{", body), f"a template: {literal}"
    body = body.replace("$${", "${").replace("%%{", "%{")
    body = re.sub(r"\\U([0-9a-f]{8})", lambda found: chr(int(found[1], 16)), body)
    return str(json.loads(f'"{body}"', strict=False))
