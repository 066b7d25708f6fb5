"""Where the tests of the documentation find it: pages written by hand, pages made from the code, and the blocks in them."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS / "_pages"))

_BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*?) -->\n+)?^(?P<fence>```+)(?P<language>\w*)\n(?P<text>.*?)^(?P=fence)$", re.M | re.S
)


@dataclass(frozen=True)
class Block:
    """One fenced block: its language, its text, and what the comment above it says to the tests (``run: …``, ``file: …``)."""

    page: str
    line: int
    language: str
    text: str
    mark: str

    @property
    def options(self) -> Mapping[str, str]:
        """The words of ``run: world=ready exit=1``, by name."""
        words = self.mark.removeprefix("run:").split() if self.mark.startswith("run:") else []
        return dict(word.partition("=")[::2] for word in words)

    @property
    def commands(self) -> tuple[str, ...]:
        """The command lines in it: all lines of sh, those after a $ of console. A line that ends with \\ goes on."""
        lines = self.text.replace("\\\n", " ").splitlines()
        if self.language == "console":
            lines = [line[2:] for line in lines if line.startswith("$ ")]
        elif self.language not in ("sh", "bash"):
            return ()
        return tuple(line for line in lines if line.strip() and not line.startswith("#"))


def written() -> dict[str, str]:
    """The pages that people wrote, by their path below ``docs/``."""
    return {path.relative_to(DOCS).as_posix(): path.read_text("utf-8") for path in sorted(DOCS.rglob("*.md"))}


@cache
def made() -> dict[str, str]:
    """The pages that are made from the code."""
    from pages import pages

    return pages()


def blocks(page: str, text: str) -> list[Block]:
    """The fenced blocks of a page."""
    return [
        Block(page, text[: found.start()].count("\n") + 1, found["language"], found["text"], found["mark"] or "")
        for found in _BLOCK.finditer(text)
    ]
