"""The pen that text for people is written with: marks, colours, columns and line breaks of one style."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from vxsetup.findings import Severity, Verdict
from vxsetup.report.terminal import Style, ascii_twin, safe

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

MEASURE = 100
"""Prose is broken at this column on wider terminals: a longer line is hard to read."""

FIELD_LIMIT = 1200
"""Characters of one message, subject or piece of evidence that a text report shows. JSON has them all."""

# The closed set of marks. Words in ASCII where one character would be a riddle; the sense never lies in colour alone.
_MARKS = {"pass": "✓", "fail": "✗", "warning": "!", "unknown": "?", "skipped": "–"}
_ASCII_MARKS = {"pass": "ok", "fail": "FAIL", "warning": "!", "unknown": "?", "skipped": "-"}

_SGR = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "unknown": "1;35",
    "pass": "32",
    "fail": "1;31",
    "skipped": "2",
    "title": "1",
    "gutter": "1;34",
    "faint": "2",
    "fix": "1;32",
}


def columns(text: str) -> int:
    """How many columns a terminal gives to the text: 2 for wide characters, 0 for combining marks."""
    if text.isascii():
        return len(text)
    return sum(columns_of(char) for char in text)


def columns_of(char: str) -> int:
    """As ``columns``, of one character."""
    if char < "\u0300":
        return 1
    import unicodedata  # here, since most text is ASCII and a command should start without the tables

    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def pad(text: str, width: int) -> str:
    """The text, filled with spaces to a width in columns."""
    return text + " " * (width - columns(text))


def state_of(verdict: Verdict | None, severity: Severity = Severity.ERROR) -> str:
    """The mark's name for a verdict: ``pass``, ``fail``, ``warning``, ``unknown`` or ``skipped``."""
    if verdict is Verdict.FAIL:
        return "fail" if severity is Severity.ERROR else "warning"
    if verdict is Verdict.PASS or verdict is Verdict.UNKNOWN:
        return verdict.value
    return "skipped"


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes in one style. Whatever it is given to write from outside goes through ``clean`` first."""

    style: Style

    @property
    def measure(self) -> int:
        """The column at which prose is broken."""
        return max(30, min(self.style.width, MEASURE))

    def clean(self, text: str, limit: int = FIELD_LIMIT) -> str:
        """One harmless line: no control characters, no runs of blanks, ASCII where the style wants it, cut at
        ``limit`` characters with the number of those left out."""
        cut = text[: limit + 1]
        line = " ".join(word for word in safe(cut).split(" ") if word)
        if len(text) > limit:
            line = f"{line[:limit]} … ({len(text) - limit:,} more characters; JSON has them)"
        return line if self.style.unicode else ascii_twin(line)

    def lines(self, text: str) -> list[str]:
        """Harmless lines of a text whose line ends and blanks matter (a command), never cut."""
        kept = safe(text, newlines=True)
        return (kept if self.style.unicode else ascii_twin(kept)).strip("\n").split("\n")

    def sign(self, text: str) -> str:
        """A sign of our own (``…``, ``→``), as this style can show it."""
        return text if self.style.unicode else ascii_twin(text)

    def mark(self, state: str) -> str:
        """The mark for a state, coloured: see ``state_of``."""
        return self.paint(state, (_MARKS if self.style.unicode else _ASCII_MARKS)[state])

    def mark_width(self, state: str) -> int:
        """The columns of a mark."""
        return len((_MARKS if self.style.unicode else _ASCII_MARKS)[state])

    def paint(self, role: str, text: str) -> str:
        """The text in the colour of a role; unchanged in a style without colour."""
        return f"\x1b[{_SGR[role]}m{text}\x1b[0m" if self.style.color and text else text

    def address(self, url: str) -> str:
        """A web address in full, clickable where the style has links. It is never broken."""
        shown = self.clean(url)
        if self.style.links and shown.isascii() and shown.startswith(("https://", "http://")) and " " not in shown:
            return f"\x1b]8;;{shown}\x1b\\{shown}\x1b]8;;\x1b\\"
        return shown

    def wrap(self, text: str, first: int = 0, rest: int = 0) -> list[str]:
        """Clean text as lines of at most ``measure`` columns, to stand at column ``first``, the further ones
        indented by ``rest``. Words longer than a line (resource names, addresses) stay whole, to be copied; what a
        no-break space joins stays together, and shows as a space."""
        lines: list[str] = []
        current, used = "", first
        for word in text.split(" "):
            width = columns(word)
            if current and used + 1 + width > self.measure:
                lines.append(current)
                current, used = " " * rest + word, rest + width
            elif current or lines:
                current, used = f"{current} {word}", used + 1 + width
            else:
                current, used = word, first + width
        lines.append(current)
        return [line.replace("\xa0", " ") for line in lines]

    def paragraph(self, text: str, indent: int, label: str = "", role: str = "title") -> list[str]:
        """Clean prose, indented, after a label in the colour of a role; further lines stand two columns deeper."""
        lead = " " * indent + label
        wrapped = self.wrap(text, columns(lead), indent + (2 if label else 0))
        return [" " * indent + self.paint(role, label) + wrapped[0], *wrapped[1:]]


def plural(count: int, one: str, many: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{count:,} {one if count == 1 else many}"


def tally(names: Iterable[str]) -> str:
    """Names in order of first appearance, with how often where more than once: ``VX405 (3), VX603``."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
    return ", ".join(name if count == 1 else f"{name} ({count})" for name, count in seen.items())
