"""What ``--version`` says: the release, the Python it runs on, and the day of the shipped catalogue."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from vxsetup import __version__

# Read here and not through the catalogue, whose import alone would more than double the time of ``--version``.
SOURCES = Path(__file__).resolve().parents[1] / "catalog" / "data" / "sources.json"
HEAD = 1000
"""Characters that are read: the catalogue's own date stands before its sources and theirs."""


def catalogue_date(file: Path = SOURCES) -> str:
    """The ISO date of the shipped catalogue, or ``unknown`` where the file is missing or begins otherwise."""
    try:
        with file.open(encoding="utf-8") as text:
            head, _, _ = text.read(HEAD).partition('"sources"')
    except (OSError, UnicodeDecodeError):
        return "unknown"
    found = re.search(r'"date"\s*:\s*"(\d{4}-\d\d-\d\d)"', head)
    return found[1] if found else "unknown"


def version_line() -> str:
    """For example ``vxsetup 0.1.0 (Python 3.11.7, catalogue of 2026-11-22)``."""
    return f"vxsetup {__version__} (Python {sys.version.split()[0]}, catalogue of {catalogue_date()})"
