"""Where the tests of this folder find what they try: the files at the top of the project, and the blocks of the CI page."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "ci.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    """The code blocks of the CI page in a language."""
    return [text for name, text in BLOCK.findall(PAGE) if name == language]


def files() -> dict[str, str]:
    """The files that the CI page says to make."""
    return dict(NAMED.findall(PAGE))
