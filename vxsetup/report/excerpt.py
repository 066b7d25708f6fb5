"""The picture of a place in a file: the source line in a gutter, with carets under the text that is meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from vxsetup.findings import Span
from vxsetup.report.layout import Pen, columns
from vxsetup.report.terminal import ascii_twin, safe

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

TAB = "    "
# The ends of lines as a YAML parser counts them, so that its marks and our lines agree.
_LINE_ENDS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_RELATED_LIMIT = 3
_CUT_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Sources:
    """The texts that spans point into, cut into lines when they are asked for; the last few stay cut."""

    texts: Mapping[str, str]
    cut: dict[str, list[str]]

    def line(self, file: str, number: int) -> str | None:
        """A line of a file, counted from 1, without its end; None where the file or the line is not at hand."""
        lines = self.cut.get(file)
        if lines is None:
            text = self.texts.get(file)
            if text is None:
                return None
            if len(self.cut) >= _CUT_AT_ONCE:
                self.cut.clear()  # a report goes file by file, and a fleet has many
            lines = self.cut[file] = _lines(text)
        return lines[number - 1] if 1 <= number <= len(lines) else None


def _lines(text: str) -> list[str]:
    return _LINE_ENDS.split(text.removeprefix("\ufeff"))


def only_lines(text: str, numbers: Collection[int]) -> str:
    """A text of which no more is left than some lines, each in its place: what pictures of these lines need."""
    lines = _lines(text)[: max(numbers, default=0)]
    return "\n".join(line if number in numbers else "" for number, line in enumerate(lines, 1))


def sources_of(texts: Mapping[str, str]) -> Sources:
    """Sources over the texts of a report."""
    return Sources(texts, {})


def place(span: Span, pen: Pen) -> str:
    """``file:line:column``, as editors and terminals make it clickable."""
    return f"{pen.clean(span.file)}:{span.line}:{span.column}"


def gutter_width(span: Span, related: Iterable[Span]) -> int:
    """The columns that the line numbers of a picture take."""
    return max(len(str(one.line)) for one in (span, *_related(span, related)[0]))


def _related(span: Span, related: Iterable[Span]) -> tuple[list[Span], list[Span]]:
    """The related places that are shown, and those that are counted."""
    others = [other for other in dict.fromkeys(related) if other != span]
    return others[:_RELATED_LIMIT], others[_RELATED_LIMIT:]


def excerpt(span: Span, related: Iterable[Span], sources: Sources, pen: Pen, role: str) -> list[str]:
    """The arrow to the place and, where the source is at hand, its picture.

    Related places in the same file share the picture (``---`` where the primary has ``^^^``); those in other files
    get an arrow (``:::``) and a picture of their own.
    """
    shown, hidden = _related(span, related)
    here = [span, *(other for other in shown if other.file == span.file)]
    elsewhere = [other for other in shown if other.file != span.file]
    gutter = gutter_width(span, shown)
    lines = [f"{' ' * gutter}{pen.paint('gutter', '-->')} {place(span, pen)}"]
    lines += _picture(here, span, sources, pen, role, gutter)
    for other in elsewhere:
        lines.append(f"{' ' * gutter}{pen.paint('gutter', ':::')} {place(other, pen)}")
        lines += _picture([other], None, sources, pen, role, gutter)
    if hidden:
        lines.append(
            f"{' ' * gutter}{pen.paint('gutter', ':::')} and {len(hidden)} more, the first at {place(hidden[0], pen)}"
        )
    return lines


def _picture(spans: list[Span], primary: Span | None, sources: Sources, pen: Pen, role: str, gutter: int) -> list[str]:
    """The source lines of spans in one file, in order of the file, each with its underlines; empty without source."""
    by_line: dict[int, list[Span]] = {}
    for span in spans:
        by_line.setdefault(span.line, []).append(span)
    bar = pen.paint("gutter", "|")
    lines: list[str] = []
    previous = 0
    for number in sorted(by_line):
        source = sources.line(spans[0].file, number)
        if source is None:
            continue
        if lines and number > previous + 1:
            lines.append(pen.paint("gutter", "..."))
        room = max(20, pen.style.width - gutter - 3)
        text, underline = _underlined(source, by_line[number], primary, pen, role, room)
        lines.append(f"{pen.paint('gutter', str(number).rjust(gutter))} {bar} {text}".rstrip())
        lines.append(f"{' ' * gutter} {bar} {underline}")
        previous = number
    blank = f"{' ' * gutter} {bar}"
    return [blank, *lines] if lines else []


def _underlined(
    source: str, spans: list[Span], primary: Span | None, pen: Pen, role: str, room: int
) -> tuple[str, str]:
    """One source line cut to the window around what is meant, and the line of carets below it."""
    lead = next((span for span in spans if span == primary), spans[0])
    start, text = _window(source, _extent(lead, source), pen, room)
    shown_from, shown_to = start, start + len(text)
    cells = [_cell(char, pen) for char in text]
    ellipsis = pen.sign("…")
    before = ellipsis if start > 0 else ""
    after = ellipsis if shown_to < len(source) else ""
    underline: dict[int, str] = {}
    for span in sorted(spans, key=lambda one: one == primary):  # the primary last: it wins where two meet
        begin, end = _extent(span, source)
        begin, end = max(begin, shown_from), min(max(end, begin + 1), max(shown_to, begin + 1))
        left = columns(before) + sum(columns(cell) for cell in cells[: begin - start])
        width = max(1, sum(columns(cell) for cell in cells[begin - start : end - start]))
        for column in range(left, left + width):
            underline[column] = "^" if span == primary else "-"
    drawn = _drawn(underline, pen, role)
    note = f" (to line {lead.end_line})" if lead.end_line > lead.line else ""
    return before + "".join(cells) + after, drawn + note


def _extent(span: Span, source: str) -> tuple[int, int]:
    """The characters of the line that a span means, from 0, end exclusive; at least one wide, tolerant of nonsense."""
    begin = max(0, min(span.column - 1, len(source)))
    end = len(source.rstrip()) if span.end_line > span.line else min(span.end_column - 1, len(source))
    return begin, max(end, begin + 1)


def _window(source: str, extent: tuple[int, int], pen: Pen, room: int) -> tuple[int, str]:
    """Where to begin and what to show of a line, so that it fits the room and the place meant is in it."""
    begin, end = extent
    # Only this much can matter, however long the line is.
    low, high = max(0, begin - room), min(len(source), max(begin, min(end, begin + room)) + room)
    near = source[low:high]
    widths = [columns(_cell(char, pen)) for char in near]
    if low == 0 and high == len(source) and sum(widths) <= room:
        return 0, source
    space = room - 2 * columns(pen.sign("…"))
    first = last = min(begin - low, len(near))
    used = 0
    while last < len(near) and last < end - low and used + widths[last] <= space:
        used += widths[last]
        last += 1
    # What is left goes to both sides by turns: the place meant stands in its surroundings.
    grew = True
    while grew:
        grew = False
        if first > 0 and used + widths[first - 1] <= space:
            first, used, grew = first - 1, used + widths[first - 1], True
        if last < len(near) and used + widths[last] <= space:
            used, last, grew = used + widths[last], last + 1, True
    return low + first, near[first:last]


def _cell(char: str, pen: Pen) -> str:
    """A character of the source as the picture shows it."""
    if char == "\t":
        return TAB
    shown = safe(char)
    return shown if pen.style.unicode else ascii_twin(shown)


def _drawn(underline: Mapping[int, str], pen: Pen, role: str) -> str:
    """The line of carets, each run in its colour."""
    if not underline:
        return ""
    row = "".join(underline.get(column, " ") for column in range(max(underline) + 1))
    runs = re.findall(r"\^+|-+| +", row)
    roles = {"^": role, "-": "gutter"}
    return "".join(pen.paint(roles[run[0]], run) if run[0] in roles else run for run in runs)
