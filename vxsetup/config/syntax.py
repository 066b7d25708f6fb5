"""Parser errors in plain words: what libyaml says, where, what a person most likely did, and what to write instead."""

from __future__ import annotations

import re
from typing import Any

from vxsetup.config import faults
from vxsetup.config.source import Source
from vxsetup.findings import Finding, Span

_QUOTE = "If a value contains `: `, `#`, `@` or a bracket, put it in quotes."
_AT_OPENING = "opening"
"""Marks the errors that are best shown where the construct was opened, not where the file ended."""

_TOML = re.compile(r"^\[{1,2}\w[\w.-]{0,60}\]{1,2}[ \t]{0,9}\r?\n\w{1,60}[ \t]{0,9}=", re.MULTILINE)
"""What YAML never has at the left margin: a ``[table]`` on a line of its own, and below it a key with ``=``."""
_TOML_WITHIN = 4_000
_AS_YAML = "Write it with colons and indentation: `project: {id: …}`. `vxsetup init` writes a first one."

# What libyaml says (a part of its text): (what it means, what to do, where to point).
_MEANINGS: tuple[tuple[str, str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "a second `key:` stands where a value was expected",
        f"Check the indentation of this line against its neighbours. {_QUOTE}",
        "",
    ),
    (
        "block sequence entries are not allowed",
        "a list item `- ` stands where no list can begin",
        "Put the first `- ` on a line of its own below its key, and give every item the same indentation.",
        "",
    ),
    (
        "did not find expected '-' indicator",
        "this line stands inside a list but is not one of its items",
        "Indent the line below the item it belongs to, or begin it with `- `.",
        "",
    ),
    (
        "could not find expected ':'",
        "this line is neither `key: value` nor a list item",
        "Add `: ` and a value, or quote the text above if it runs over several lines.",
        "",
    ),
    (
        "did not find expected ',' or ']'",
        "the list that begins with `[` here is not closed properly",
        "Separate its items with commas and close it with `]`.",
        _AT_OPENING,
    ),
    (
        "did not find expected ',' or '}'",
        "the mapping that begins with `{` here is not closed properly",
        "Separate its entries with commas and close it with `}`.",
        _AT_OPENING,
    ),
    (
        "found unexpected end of stream",
        "the quoted text that begins here is never closed",
        "Add the closing quote.",
        _AT_OPENING,
    ),
    (
        "found unexpected document indicator",
        "the quoted text that begins here is not closed before the document ends",
        "Add the closing quote.",
        _AT_OPENING,
    ),
    (
        "found unknown escape character",
        "a backslash in double quotes begins an escape that does not exist",
        "Write `\\\\` for a backslash, or use single quotes.",
        "",
    ),
    (
        "invalid Unicode character escape",
        "this escape is half of a character pair, or no character at all",
        "Write the character itself.",
        "",
    ),
    (
        "hexdecimal",
        "an escape such as `\\x41` or `\\u0041` lacks hexadecimal digits",
        "Complete the escape, or use single quotes.",
        "",
    ),
    (
        "did not find expected <document start>",
        "text follows where the document has already ended",
        "Check the indentation of this line; in JSON, remove what follows the last bracket.",
        "",
    ),
    (
        "found a tab character",
        "a tab stands where YAML allows only spaces",
        "Replace tabs by spaces; most editors can do this for the whole file.",
        "",
    ),
    ("undefined tag handle", "a tag `!` uses a prefix that is not declared", "Delete the tag.", ""),
    ("directive", "a line that begins with `%` is not a directive that YAML knows", "Delete the line.", ""),
    ("incompatible YAML document", "the `%YAML` line names a version other than 1.1 or 1.2", "Delete the line.", ""),
    ("block scalar", "the header of a block text (`|` or `>`) is malformed", "Write `|` or `>` alone on the line.", ""),
    ("leading space", "a line of this block text is indented less than a blank line before it", "Even it out.", ""),
    (
        "did not find expected key",
        "a key was expected here",
        "Check the indentation of this line and the closing quote of the line above.",
        "",
    ),
    (
        "did not find expected node content",
        "a value was expected here",
        "Write the value, or remove the comma or bracket before this place.",
        "",
    ),
    ("anchor", "an anchor `&` or alias `*` has no proper name", f"Write the value out. {_QUOTE}", ""),
)
_CANNOT_START = {
    "\t": ("a tab indents this line, and YAML allows only spaces there", "Replace tabs by spaces."),
    "@": ("`@` cannot begin a plain value", "Put the value in quotes."),
    "`": ("a backquote cannot begin a plain value", "Put the value in quotes."),
    "%": ("`%` cannot begin a plain value", "Put the value in quotes."),
}


def syntax_fault(error: Any, source: Source) -> Finding:
    """The finding for a ``yaml.YAMLError``, whatever is in it."""
    problem = str(getattr(error, "problem", None) or "")
    mark = getattr(error, "problem_mark", None)
    opening = getattr(error, "context_mark", None)
    at = source.offset(mark.index) if mark is not None else 0
    begun = source.offset(opening.index) if opening is not None else at
    source = Source(source.file, source.text)  # from here on, offsets are those of the file
    meaning, fix = f"the text is not valid YAML: {problem or 'it cannot be parsed'}", _QUOTE
    related: tuple[Span, ...] = ()
    if "cannot start any token" in problem:
        meaning, fix = _CANNOT_START.get(source.text[at : at + 1], ("this character cannot begin a value", _QUOTE))
    else:
        for part, words, remedy, where in _MEANINGS:
            if part in problem:
                meaning, fix = words, remedy
                if where == _AT_OPENING and opening is not None:
                    related = (_place(source, at),) if begun != at else ()
                    at = begun
                break
    table = _TOML.search(source.text[:_TOML_WITHIN])
    if table is not None:
        meaning, fix, at, related = "this is TOML, and a config is YAML or JSON", _AS_YAML, table.start(), ()
    if not related and source.text[at:].strip() == "" and begun < at:
        at = begun  # the very end of the file shows nothing
    says = f"libyaml: {problem}" if problem else ""
    return faults.fault(
        faults.SYNTAX, _sentence(meaning), _place(source, at), fix, related=related, says=says, source="YAML 1.2"
    )


def _place(source: Source, at: int) -> Span:
    """The token at a place: to the next blank, so that the carets show more than one column."""
    if at >= len(source.text.rstrip()):
        at = max(len(source.text.rstrip()) - 1, 0)
    token = re.compile(r"\t+|[\[\]{},\"']|[^\s,\[\]{}]+").match(source.text, at)
    return source.span(at, token.end() if token else at + 1)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
