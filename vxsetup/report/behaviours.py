"""The emulator's behaviours as text: what it does, how it is known, and how surely."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from vxsetup.report.terminal import Style, safe


def behaviours_text(rows: Iterable[tuple[str, str, str, str]], style: Style) -> str:
    """Rows of (id, what it does, source, confidence), a paragraph each, and a count of what is invented."""
    lines = []
    listed = list(rows)
    for name, says, source, confidence in listed:
        known = "invented: no source was found" if source == "invented" else f"{source}, {confidence}"
        lines.append(safe(name))
        lines += textwrap.wrap(safe(says), max(style.width - 4, 20), initial_indent="    ", subsequent_indent="    ")
        lines.append(f"    ({safe(known)})")
    invented = sum(1 for row in listed if row[2] == "invented")
    lines += ["", f"{len(listed)} behaviours, {invented} of them invented"]
    return "\n".join(lines) + "\n"
