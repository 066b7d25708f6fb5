"""The day of the shipped catalogue, without loading it all."""

from __future__ import annotations

import re
from pathlib import Path

HEAD = 4000
"""Characters of the file that are searched: the date stands at its beginning."""


def shipped_date() -> str:
    """The ISO date of the shipped catalogue, from the head of its file of sources, or ``unknown``."""
    try:
        with (Path(__file__).parent / "data" / "sources.json").open(encoding="utf-8") as file:
            # The first key of the document; a source's own date stands after "sources" and does not count.
            found = re.match(
                r'\s*\{\s*(?:"\$schema"[^,]*,\s*)?.*?"date"\s*:\s*"(\d{4}-\d\d-\d\d)"', file.read(HEAD), re.S
            )
    except (OSError, UnicodeDecodeError):
        return "unknown"
    return found[1] if found else "unknown"
