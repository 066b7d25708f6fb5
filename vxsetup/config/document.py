"""Text to nodes: one file's bytes, decoded and parsed into values that know their place. Pure, and it never raises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from vxsetup.config import faults
from vxsetup.config.reader import Reader, events
from vxsetup.config.source import Node, Source
from vxsetup.config.syntax import syntax_fault
from vxsetup.findings import Finding, Severity

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_MAX_DIRECTIVES = 8
_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff]")
_ESCAPED_PAIR = re.compile(r"(?<!\\)(?:\\\\)*(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})")
_INDENT = re.compile(r"^[ \t]*\t[ \t]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """One file as read: its text, its nodes, and what is wrong with it.

    ``root`` is None where the text could not be read to its end or holds nothing. ``findings`` are in file order; a
    document may have both a root and findings. ``sources`` maps each file that was read to its text.
    """

    file: str
    text: str
    root: Node | None
    findings: tuple[Finding, ...]
    sources: Mapping[str, str]

    @property
    def sound(self) -> bool:
        """Whether no finding of it is an error."""
        return all(finding.severity is not Severity.ERROR for finding in self.findings)


def read_document(text: bytes, file: str) -> Document:
    """Decode and parse one file.

    UTF-8 with or without a byte-order mark, any line ends, YAML 1.2 or JSON. Whatever is wrong becomes a finding.
    """
    decoded, problem = _decode(text, file)
    findings: list[Finding] = [problem] if problem else _refused_characters(decoded, file)
    root = None if findings else _parse(decoded, file, findings)
    findings.sort(key=lambda finding: (finding.span.line, finding.span.column) if finding.span else (0, 0))
    return Document(file, decoded, root, tuple(findings), {file: decoded})


def _decode(text: bytes, file: str) -> tuple[str, Finding | None]:
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        span = Source(file, "").span(0, 0)
        message = "The file is UTF-16; vxsetup reads UTF-8"
        fix = "Save the file as UTF-8: in most editors under `Save with encoding`."
        return "", faults.fault(faults.ENCODING, message, span, fix, says="it begins with a UTF-16 byte-order mark")
    try:
        return text.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        # utf-8-sig counts from behind the byte-order mark, so decode the rest the same way.
        body = text.removeprefix(b"\xef\xbb\xbf")
        shown = body.decode("utf-8", "replace")
        at = len(body[: error.start].decode("utf-8", "replace"))
        byte = body[error.start]
        message = f"The file is not UTF-8: the byte 0x{byte:02X} here does not belong to any character"
        fix = "Save the file as UTF-8: in most editors under `Save with encoding`."
        return shown, faults.fault(faults.ENCODING, message, Source(file, shown).span(at, at + 1), fix)


def _refused_characters(text: str, file: str) -> list[Finding]:
    if _REFUSED.search(text) is None:
        return []
    source = Source(file, text)
    places: dict[str, list[int]] = {}
    for found in _REFUSED.finditer(text):
        places.setdefault(found[0], []).append(found.start())
    return [_refused(character, at, source) for character, at in list(places.items())[:20]]


def _refused(character: str, places: list[int], source: Source) -> Finding:
    import unicodedata

    name = unicodedata.name(character, "control character").lower()
    times = f", {len(places)} times" if len(places) > 1 else ""
    message = f"An invisible character stands here: U+{ord(character):04X} ({name}){times}"
    fix = f'Delete it. Where a text needs it, write it as "\\u{ord(character):04X}" in double quotes.'
    spans = tuple(source.span(at, at + 1) for at in places[:6])
    return faults.fault(faults.ENCODING, message, spans[0], fix, related=spans[1:])


def _parse(text: str, file: str, findings: list[Finding]) -> Node | None:
    import yaml

    parsed, shrunk = text, tuple[int, ...]()
    if file.endswith(".json") or text.lstrip()[:1] in ("{", "["):
        parsed, shrunk = _as_yaml(text)
    source = Source(file, text, shrunk)
    if text.count("\n%") > _MAX_DIRECTIVES:
        at = text.index("\n%") + 1
        message = "Many lines begin with `%`; a config needs no directives"
        findings.append(faults.fault(faults.SYNTAX, message, source.span(at, at + 1), "Delete these lines."))
        return None
    reader = Reader(source, findings)
    try:
        root = reader.read(events(parsed))
    except yaml.YAMLError as error:
        findings.append(syntax_fault(error, source))
        return None
    if root is None and not findings:
        message = "The file is empty" if not text.strip() else "The file holds no configuration, only comments"
        fix = "Write a first config with `vxsetup init --force`, or delete the file."
        findings.append(faults.fault(faults.EMPTY, message, source.span(0, 0), fix))
    return None if reader.broken else root


def _as_yaml(text: str) -> tuple[str, tuple[int, ...]]:
    """JSON's liberties as YAML has them: tabs that indent become spaces, escaped surrogate pairs one escape.

    Also the offsets behind which the result lacks two characters each.
    """
    if "\t" in text:
        text = _INDENT.sub(lambda found: " " * len(found[0]), text)
    shrunk: list[int] = []

    def joined(found: re.Match[str]) -> str:
        high, low = int(found[1][2:6], 16), int(found[1][8:12], 16)
        point = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
        shrunk.append(found.start(1) - 2 * len(shrunk))
        return found[0][: -len(found[1])] + f"\\U{point:08X}"

    if "\\u" in text:
        text = _ESCAPED_PAIR.sub(joined, text)
    return text, tuple(shrunk)
