"""The path of each request drawn as a line of gates, so that a reader sees where it stops."""

from __future__ import annotations

from collections.abc import Sequence

from vxsetup.findings import RequestPath
from vxsetup.report.layout import Pen, columns, pad, state_of

_LABEL_LIMIT = 100


def gate_lines(paths: Sequence[RequestPath], pen: Pen, indent: int = 2) -> list[str]:
    """One line for each path, its gates in columns:

    ``claude-opus-4-7 @ eu   token ✓  api ✓  billing ✓  enabled ✗  quota ?  request –``

    Marks: ``✓`` passed, ``✗`` failed, ``?`` unknown, ``–`` not reached or not tried; in ASCII ``ok``, ``FAIL``, ``?``,
    ``-``. Where one of the lines is wider than the style, the gates of all of them stand below their labels.
    """
    if not paths:
        return []
    labels = [f"{pen.clean(path.model, _LABEL_LIMIT)} @ {pen.clean(path.location, _LABEL_LIMIT)}" for path in paths]
    rows = [[(pen.clean(gate.name, _LABEL_LIMIT), state_of(gate.verdict)) for gate in path.gates] for path in paths]
    widths = _column_widths(rows, pen)
    label_width = max(columns(label) for label in labels)
    room = pen.style.width - indent
    full = label_width + 3 + sum(widths) + 2 * max(0, len(widths) - 1)
    lines: list[str] = []
    for label, row in zip(labels, rows, strict=True):
        if full <= room:
            cells = _cells(row, widths, pen)
            lines.append((" " * indent + pad(label, label_width) + "   " + "  ".join(cells)).rstrip())
        else:
            lines.append(" " * indent + label)
            lines += _broken(_cells(row, widths, pen), widths, indent + 2, pen.style.width)
    return lines


def _column_widths(rows: Sequence[Sequence[tuple[str, str]]], pen: Pen) -> list[int]:
    widths: list[int] = []
    for row in rows:
        for index, (name, state) in enumerate(row):
            width = columns(name) + 1 + pen.mark_width(state)
            if index == len(widths):
                widths.append(width)
            else:
                widths[index] = max(widths[index], width)
    return widths


def _cells(row: Sequence[tuple[str, str]], widths: Sequence[int], pen: Pen) -> list[str]:
    """Each gate with its mark, filled to its column; the last stays as short as it is."""
    cells = []
    for index, (name, state) in enumerate(row):
        blank = widths[index] - columns(name) - 1 - pen.mark_width(state)
        cells.append(f"{name} {pen.mark(state)}" + (" " * blank if index < len(row) - 1 else ""))
    return cells


def _broken(cells: Sequence[str], widths: Sequence[int], indent: int, width: int) -> list[str]:
    """Cells on as many indented lines as they need."""
    lines: list[str] = []
    current, used = "", indent
    for cell, size in zip(cells, widths, strict=False):
        if current and used + 2 + size > width:
            lines.append(current.rstrip())
            current, used = "", indent
        current = f"{current}  {cell}" if current else " " * indent + cell
        used += size + (2 if used > indent else 0)
    return [*lines, current.rstrip()] if current else lines
