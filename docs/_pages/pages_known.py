"""The pages of what is known and what was measured: every source of the catalogue, and every behaviour of the emulator with where it is from."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from pages_text import anchor, code, page, prose, table

from vxsetup.catalog import Catalogue, CatalogueProblem, load_catalogue

KINDS = {
    "primary": "the owner's own text or program, read in full",
    "mirrored": "the owner's page, read through a dated copy",
    "secondary": "somebody else's tables or programs that follow the owner's",
    "field": "a report of one person's or one project's experience",
    "inferred": "follows from something else that is documented",
    "conflicting": "sources differ, and all of them are kept",
    "invented": "no source was found; chosen so that the emulator has an answer",
}
"""How far each kind of source is to be trusted, from most to least."""


def catalogue() -> Catalogue:
    """The shipped catalogue. Raises ValueError where the tree holds a broken one."""
    found = load_catalogue()
    if isinstance(found, CatalogueProblem):
        raise ValueError(str(found))
    return found


def source_words() -> dict[str, str]:
    """Source key -> what it is and of when."""
    return {key: f"{source.what} ({source.date})" for key, source in catalogue().sources.items()}


def known_pages() -> dict[str, str]:
    """The sources, and the behaviours of the emulator."""
    return {"known/sources.md": _sources(), "known/emulator.md": _emulator(), "evidence/index.md": _evidence()}


def _evidence() -> str:
    """The list of what was measured: each page in the folder with its title."""
    folder = Path(__file__).resolve().parents[1] / "evidence"
    rows = []
    for file in sorted(folder.glob("*.md")):
        title = next((line[2:] for line in file.read_text("utf-8").splitlines() if line.startswith("# ")), file.stem)
        rows.append(f"- [{prose(title)}]({file.name})")
    says = "Each page says what was measured, on which day, with which commit, and the command that measures it again."
    return page("# What was measured", says, "\n".join(rows))


def _kinds(names: list[str]) -> str:
    counted = Counter(names)
    rows = [(code(kind), KINDS[kind], str(counted[kind])) for kind in KINDS if counted[kind]]
    return table(("kind", "what it is", "how many"), rows)


def _sources() -> str:
    found = catalogue()
    every = found.sources.values()
    rows = [
        (
            f'<a id="source-{anchor(source.key)}"></a>{code(source.key)}',
            (f"[{prose(source.what)}]({source.url})" if source.url else prose(source.what))
            + (f" {prose(source.note)}" if source.note else ""),
            str(source.date),
            source.kind,
        )
        for source in every
    ]
    return page(
        "# Sources",
        f"The catalogue is of {found.date}. Everything that it says of models, locations, features and quotas names one "
        "or more of these sources with its date; where sources differ, both are kept and shown.",
        _kinds([source.kind for source in every]),
        table(("key", "source", "as of", "kind"), rows),
    )


def _emulator() -> str:
    from vxsetup.emulator.behaviours import BEHAVIOURS

    every = list(BEHAVIOURS.values()) if isinstance(BEHAVIOURS, dict) else list(BEHAVIOURS)
    known = catalogue().sources

    def source(key: str) -> str:
        return f"[{prose(key)}](sources.md#source-{anchor(key)})" if key in known else prose(key)

    rows = [(code(each.id), prose(each.says), source(each.source), each.confidence) for each in every]
    return page(
        "# What the emulator does, and how we know",
        "The emulator is a second reading of the documents, made apart from the rules. `vxsetup emulator behaviours` "
        "prints this list. What is marked `invented` proves nothing about Google Cloud.",
        _kinds([each.confidence for each in every]),
        table(("behaviour", "what it does", "source", "confidence"), rows),
    )
