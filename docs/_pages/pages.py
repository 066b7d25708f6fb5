"""Every page of the documentation that is made from the code: path below ``docs/`` -> Markdown."""

from __future__ import annotations

from pages_commands import command_pages
from pages_known import known_pages, source_words
from pages_rules import cause_pages, rule_pages
from pages_schemas import schema_pages


def pages() -> dict[str, str]:
    """The generated pages. Nothing is written: the site's build adds them to those in ``docs/``."""
    sources = source_words()
    return rule_pages(sources) | cause_pages(sources) | schema_pages() | command_pages() | known_pages()
