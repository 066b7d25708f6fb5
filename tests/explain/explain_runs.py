"""What the tests of explain share: the corpus, the written examples, and how one text is diagnosed."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vxsetup.catalog import Catalogue, load_catalogue
from vxsetup.explain import Diagnosis, Own, diagnose

HERE = Path(__file__).resolve().parent
TODAY = datetime.date(2026, 11, 22)


@dataclass(frozen=True)
class Example:
    """An error with what its asker adds, and the cause that is behind it. ``source`` is where it was met."""

    cause: str
    symptom: str
    context: str
    source: str = "written for this test"
    also: tuple[str, ...] = ()
    """Causes that nobody could tell apart from it by the text and its context."""
    sure: bool = True
    """Whether its labeller calls the cause settled."""


@cache
def corpus() -> tuple[Example, ...]:
    """Errors that people met, each with the public source that it was taken from."""
    return _read("corpus.jsonl")


@cache
def blind() -> tuple[Example, ...]:
    """Errors that people met, collected and labelled by another pair of eyes and measured before any row was changed."""
    return _read("blind.jsonl")


@cache
def blind_again() -> tuple[Example, ...]:
    """A second such collection, measured after the rows had learned from the first and before they learned from it."""
    return _read("blind_again.jsonl")


@cache
def blind_third() -> tuple[Example, ...]:
    """A third one, gathered for the causes that had few texts, measured before the rows learned from it."""
    return _read("blind_third.jsonl")


@cache
def blind_fourth() -> tuple[Example, ...]:
    """A fourth one, by another person who had not seen the rows, and over nearly all causes, many of them looked for."""
    return _read("blind_fourth.jsonl")


@cache
def blind_fifth() -> tuple[Example, ...]:
    """A fifth one: what clients printed, from threads that two further labellers read, who had not seen the rows."""
    return _read("blind_fifth.jsonl")


@cache
def blind_fifth_none() -> tuple[Example, ...]:
    """Those of the fifth whose thread gives no cause that explain has: ``also`` are the ones that they do not exclude."""
    return _read("blind_fifth_none.jsonl")


@cache
def blind_sixth() -> tuple[Example, ...]:
    """A sixth one: printed errors of public threads, for the causes that had few, labelled by others who had not seen the rows."""
    return _read("blind_sixth.jsonl")


@cache
def blind_seventh() -> tuple[Example, ...]:
    """A seventh one: from public files, pages and documents, labelled by another who had not seen the rows."""
    return _read("blind_seventh.jsonl")


@cache
def clients() -> tuple[Example, ...]:
    """What clients print themselves, written after their sources; each was labelled before it was run."""
    return _read("clients.jsonl")


@cache
def plain_words() -> tuple[Example, ...]:
    """Errors told in a line of plain words that no client prints: what only the rows of last resort know."""
    return _read("plain_words.jsonl")


@cache
def written_later() -> tuple[Example, ...]:
    """Phrasings for the causes that are told in plain words more than by an error, each labelled before it was run."""
    return _read("written_later.jsonl")


@cache
def written() -> tuple[Example, ...]:
    """Further phrasings, written for these tests: other clients, languages, wrappings, and plain descriptions."""
    return _read("written.jsonl")


def _read(name: str) -> tuple[Example, ...]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return tuple(
        Example(
            row["cause"],
            row["symptom"],
            row["context"],
            row.get("source", Example.source),
            tuple(row.get("also", ())),
            row.get("sure", True),
        )
        for row in rows
    )


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue."""
    found = load_catalogue()
    assert isinstance(found, Catalogue)
    return found


@cache
def explained(text: str, context: str = "", own: Own | None = None, live: tuple[str, ...] = ()) -> Diagnosis:
    """A text diagnosed as the command does it."""
    return diagnose(text, context, catalogue=catalogue(), today=TODAY, own=own, live=live)


def named(text: str, context: str = "") -> list[str]:
    """The causes of a text, best first."""
    return [each.cause for each in explained(text, context).causes]
