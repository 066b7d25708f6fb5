"""libyaml's events to nodes: one loop without recursion, that notes aliases, tags, repeated keys and second documents.

Depth is a number here and not a crash: PyYAML's composer recurses, and ends the process on deeply nested brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from vxsetup.config import faults
from vxsetup.config.scalars import Surprise, resolve
from vxsetup.config.source import Node, Source
from vxsetup.config.words import dotted, quoted
from vxsetup.findings import ConfigPath, Finding, Rule

MAX_DEPTH = 32
MAX_NODES = 20_000
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z")
_TAG = re.compile(r"(?:&\S+\s+)?![^\s,\[\]{}]*")
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*[ \t\r\n]*)+")


def events(text: str) -> Callable[[], Any]:
    """The next-event function of libyaml's parser, or of PyYAML's own where it was built without libyaml."""
    import yaml

    if yaml.__with_libyaml__:
        from yaml._yaml import CParser

        next_event: Callable[[], Any] = CParser(text).get_event
        return next_event
    return yaml.SafeLoader(text).get_event


class _Frame:
    """An open mapping or list. ``key`` is the one that waits for its value; ``dropped`` says that it counts for nothing."""

    __slots__ = ("dropped", "end", "flow", "items", "key", "key_end", "key_start", "keys", "node_key", "start", "value")

    def __init__(self, mapping: bool, flow: bool, start: int, node_key: tuple[int, int]) -> None:
        self.items: Any = {} if mapping else []
        self.value: Any = {} if mapping else []
        self.flow = flow
        self.start = start
        self.end = start
        self.node_key = node_key
        self.key: str | None = None
        self.key_start = self.key_end = -1
        self.dropped = False
        self.keys: dict[str, tuple[int, int]] = {}


class _StopError(Exception):
    """Ends the reading where going on would cost too much or mean nothing; its finding has been noted."""


class Reader:
    """Builds nodes from events, and notes what is wrong on the way.

    ``broken`` is set where the nodes do not say what the file says, so that judging them would mislead.
    """

    def __init__(self, source: Source, findings: list[Finding]) -> None:
        self.source = source
        self.findings = findings
        self.stack: list[_Frame] = []
        self.broken = False
        self.json = source.file.endswith(".json")
        self.root: Node | None = None
        self.count = 0
        self.documents = 0
        self.aliases: set[str] = set()

    def read(self, next_event: Callable[[], Any]) -> Node | None:
        """The root node; None where the file holds nothing. Raises yaml.YAMLError as the parser does."""
        handlers = {
            "ScalarEvent": self.scalar,
            "MappingStartEvent": self.open,
            "SequenceStartEvent": self.open,
            "MappingEndEvent": self.close,
            "SequenceEndEvent": self.close,
            "AliasEvent": self.alias,
            "DocumentStartEvent": self.document,
        }
        try:
            while True:
                event = next_event()
                name = type(event).__name__
                handle = handlers.get(name)
                if handle is not None:
                    handle(event)
                elif name == "StreamEndEvent":
                    break
        except _StopError:
            self.broken = True
        return self.root

    def scalar(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        if event.tag is not None or event.anchor is not None:
            start = self.behind_properties(event, start, end)
        text = event.value
        frame = self.stack[-1] if self.stack else None
        if frame is not None and frame.key is None and type(frame.items) is dict:
            self.key(frame, text, event.implicit[0], start, end)
            return
        value = text
        if event.implicit[0]:
            value, surprise = resolve(text)
            if surprise is not None and not (self.json and _JSON_NUMBER.match(text)):
                self.surprise(text, surprise, start, end)
        if frame is None and value is None and text == "":
            return
        self.attach(value, None, start, end)

    def key(self, frame: _Frame, text: str, plain: bool, start: int, end: int) -> None:
        frame.key, frame.key_start, frame.key_end = text, start, end
        frame.dropped = False
        if plain:
            self.plain_key(text, start, end)
        if text in frame.keys:
            first = self.source.span(*frame.keys[text])
            message = (
                f"The key {quoted(text)} stands twice {self.place(self.path()[:-1])}; line {first.line} has it too"
            )
            fix = "Delete one of the two, or merge what stands below them."
            self.note(faults.DUPLICATE, message, start, end, fix, related=(first,))
            frame.dropped = True
        else:
            frame.keys[text] = (start, end)

    def plain_key(self, text: str, start: int, end: int) -> None:
        if text == "<<":
            message = "Merge keys (`<<`) are not part of YAML 1.2 and are not followed here"
            fix = (
                "Write the keys out, or share them between files with `extends`, between variants with `environments`."
            )
            self.note(faults.ALIAS, message, start, end, fix)
            self.broken = True
            return
        value, surprise = resolve(text)
        if not isinstance(value, str):
            kind = "nothing" if value is None else "a truth value" if isinstance(value, bool) else "a number"
            shown = quoted(text) if text else "An empty key"
            message = f"The key {shown} is read as {kind}, and keys must be text" if text else f"{shown} is not text"
            self.note(
                faults.KEY_NOT_TEXT, message, start, end, f'Write "{text}" in quotes.' if text else "Write the key."
            )
        elif surprise is not None:
            self.surprise(text, surprise._replace(write=f'"{text}" in quotes'), start, end)

    def open(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        frame = self.stack[-1] if self.stack else None
        mapping = type(event).__name__ == "MappingStartEvent"
        if event.tag is not None or event.anchor is not None:
            start = self.behind_properties(event, start, end)
        node_key = (-1, -1)
        if frame is not None and type(frame.items) is dict:
            if frame.key is None:
                self.complex_key(mapping and frame.flow, start, end)
            node_key = (frame.key_start, frame.key_end)
        if len(self.stack) >= MAX_DEPTH:
            message = f"More than {MAX_DEPTH} levels are nested here; a config has at most 7"
            self.stop(faults.TOO_LARGE, message, start, start + 1, "Remove the superfluous brackets or indentation.")
        self.stack.append(_Frame(mapping, bool(event.flow_style), start, node_key))

    def complex_key(self, template: bool, start: int, end: int) -> None:
        if template:
            message = "A template placeholder `{{ … }}` was not replaced, or a mapping stands where a key was expected"
            fix = "Write the value itself; for variants of one project use `environments`."
        else:
            message, fix = "A list or mapping stands where a key was expected", "Write a plain key followed by `: `."
        self.stop(faults.KEY_NOT_TEXT, message, start, max(end, start + 1), fix)

    def close(self, event: Any) -> None:
        frame = self.stack.pop()
        end = event.end_mark.index if frame.flow else frame.end
        self.attach(frame.value, frame.items, frame.start, end)

    def attach(self, value: Any, items: Any, start: int, end: int) -> None:
        self.count += 1
        if self.count > MAX_NODES:
            message = f"The file has more than {MAX_NODES:,} values"
            self.stop(faults.TOO_LARGE, message, start, end, "Split it: one file for each project.")
        if not self.stack:
            self.root = Node(value, items, self.source, start, end)
            return
        frame = self.stack[-1]
        frame.end = end if end > frame.end else frame.end
        if type(frame.items) is list:
            frame.items.append(Node(value, items, self.source, start, end))
            frame.value.append(value)
            return
        if not frame.dropped:
            frame.items[frame.key] = Node(value, items, self.source, start, end, frame.key_start, frame.key_end)
            frame.value[frame.key] = value
        frame.end = frame.key_end if frame.key_end > frame.end else frame.end
        frame.key = None

    def alias(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        message = f"The alias {quoted('*' + event.anchor)} is not followed: every value stands where it is used"
        fix = "Write the value out. A text that begins with `*` needs quotes."
        frame = self.stack[-1] if self.stack else None
        self.broken = True
        if event.anchor not in self.aliases:  # a name that is used a thousand times is one fault
            self.aliases.add(event.anchor)
            self.note(faults.ALIAS, message, start, end, fix)
        if frame is not None and frame.key is None and type(frame.items) is dict:
            frame.key, frame.key_start, frame.key_end, frame.dropped = event.anchor, start, end, True
            return
        self.attach(None, None, start, end)

    def document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            start, end = event.start_mark.index, event.end_mark.index
            message = "A second document begins here; a config file holds one"
            fix = "Put it into a file of its own, or use `environments` for variants of one project."
            self.stop(faults.MANY, message, start, max(end, start + 1), fix)

    def behind_properties(self, event: Any, start: int, end: int) -> int:
        """Where the value begins, behind an anchor or tag; a tag is noted."""
        if event.tag is not None:
            shown = quoted(event.tag)
            tag = _TAG.match(self.source.text, start)
            fix = "Delete the tag; quote the value if it is text."
            self.note(faults.TAG, f"The tag {shown} is not read here", start, tag.end() if tag else end, fix)
            self.broken = True
        found = _PROPERTIES.match(self.source.text, start)
        return min(found.end(), max(end, start)) if found else start

    def surprise(self, text: str, surprise: Surprise, start: int, end: int) -> None:
        message = f"{quoted(text)} is read as {surprise.here}, but as {surprise.elsewhere}"
        self.note(faults.SURPRISE, message, start, end, f"Write {surprise.write}.", source="YAML 1.2 core schema")

    def path(self) -> ConfigPath:
        """The path of the value (or key) that is being read."""
        return tuple(frame.key or "" if type(frame.items) is dict else len(frame.items) for frame in self.stack)

    def place(self, path: ConfigPath) -> str:
        return f"in `{dotted(path)}`" if path else "at the top level"

    def note(self, rule: Rule, message: str, start: int, end: int, fix: str, **more: Any) -> None:
        span = self.source.span(start, end)
        self.findings.append(faults.fault(rule, message, span, fix, path=self.path()[:8], **more))

    def stop(self, rule: Rule, message: str, start: int, end: int, fix: str) -> None:
        self.note(rule, message, start, end, fix)
        raise _StopError
