"""From the text of an error to its likely causes: clean, extract, weigh, rank. Pure: no network, no clock, no files."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from vxsetup.explain.clean import cut
from vxsetup.explain.clues import extract
from vxsetup.explain.mask import masked, secrets_in, struck
from vxsetup.explain.match import Clues
from vxsetup.explain.model import Diagnosis, Own, Page, Ranked, Shown
from vxsetup.explain.pages import causes, page_of
from vxsetup.explain.rank import LISTED, Judged, Weighed, weigh

if TYPE_CHECKING:
    from vxsetup.catalog import Catalogue

__all__ = ["Diagnosis", "Own", "Page", "Ranked", "Shown", "causes", "diagnose", "page_of"]

MOST = 3
"""How many causes are shown."""

MOST_PARTS = 4
"""How many different errors of one text are judged by themselves."""

UNLIKELY = 0.01
"""How sure a cause is that only looks like the first: nothing in the text speaks for it."""

_NO_REASON = "It looks much the same, and nothing in the text speaks for it."

_SHOWN = (
    ("http", "HTTP status"),
    ("status", "status"),
    ("kind", "error type"),
    ("reason", "reason"),
    ("service", "API"),
    ("consumer", "charged to"),
    ("permission", "permission"),
    ("constraint", "constraint"),
    ("metric", "quota metric"),
    ("limit", "limit"),
    ("base", "base model"),
    ("project", "project"),
    ("location", "location"),
    ("publisher", "publisher"),
    ("model", "model"),
    ("host", "host"),
    ("verb", "method"),
    ("extra", "refused field"),
    ("beta", "beta"),
    ("principal", "caller"),
    ("variable", "variable"),
    ("client", "client"),
    ("live", "live check"),
)
"""Fields of the clues that are shown as evidence, and their names in words."""

_OF_THE_CATALOGUE = ("model", "base", "location")
"""Fields of which the catalogue knows more than the text."""

_INTERNAL = ("google-client", "not-own", "not-in-path")

_QUESTIONS = (
    (("http", "status", "kind"), "Which HTTP status and which body did the server answer? Paste the whole answer, the innermost body too."),
    (("host", "project"), "Which address was asked: the host, and the path with projects/, locations/ and publishers/?"),
    (("client", "variable"), "Which client and version is it, and through which gateway or proxy, if any?"),
    (("location",), "Which location and model are set, and where: variable, settings file or code?"),
    (("principal",), "Which credentials does it run with: your login, a service account, federation, an API key?"),
    ((), "Did it work before, and what changed since: version, project, location, login?"),
)  # fmt: skip
"""The fields that would answer it, and a question that narrows down what is not recognised."""


def diagnose(
    text: str,
    context: str = "",
    *,
    catalogue: Catalogue | Callable[[], Catalogue] | None = None,
    today: datetime.date | None = None,
    own: Own | None = None,
    live: Iterable[str] = (),
) -> Diagnosis:
    """The likely causes of an error, at most three, best first.

    ``text`` is whatever a client printed; ``context`` what the asker adds; ``own`` the asker's project, location and
    models from a config; ``live`` what a check found, as ``fail VX602`` or ``pass VX203``. With ``catalogue`` and
    ``today`` ids, dates and places of models are evidence too; it may be a function that loads one, called only where
    the text names a model or a place. Never raises; takes time in proportion to the first
    48,000 characters that matter.
    """
    found = extract(text, context)
    asked = any(found.clues.get(name) for name in _OF_THE_CATALOGUE) or (own is not None and own.location is not None)
    loaded = catalogue() if callable(catalogue) and asked else None if callable(catalogue) else catalogue
    seen = tuple(dict.fromkeys(word.lower() for word in live))

    secrets = (*secrets_in(cut(text)), *secrets_in(cut(context)))

    def judged(clues: Clues) -> Judged:
        return _judged(clues, loaded, today, own, seen, secrets)

    whole = judged(found.clues)
    evidence = _evidence(whole.clues)
    notes = _apart(whole.clues, own)
    if len(found.parts) > 1:
        from vxsetup.explain.parts import together  # here, since few texts hold several errors

        shown = together(whole, [judged(extract(part, context).clues) for part in found.parts[:MOST_PARTS]])
        if shown is not None:
            causes_, note = shown
            ranked = tuple(_ranked(each, part.values) for each, part in causes_)
            return Diagnosis(True, ranked, evidence, (), (note, *notes))
    if not whole.recognised:
        return Diagnosis(False, (), evidence, _questions(whole.clues), notes)
    every = [*whole.weighed, *_alike(whole.weighed)]
    return Diagnosis(True, tuple(_ranked(each, whole.values) for each in every), evidence, (), notes)


def _apart(clues: Clues, own: Own | None) -> tuple[str, ...]:
    """A sentence where the error is about another place than the config, for which the fixes are written."""
    if own is None:
        return ()
    from vxsetup.explain.derive import others_than

    others = others_than(own, clues)
    if not others:
        return ()
    named = " and ".join(masked(each) for each in others[:3])
    return (
        f"The error is about project {named}, the config about {own.project}: the fixes are written for the config.",
    )


def _judged(
    clues: Clues,
    catalogue: Catalogue | None,
    today: datetime.date | None,
    own: Own | None,
    live: tuple[str, ...],
    secrets: tuple[str, ...],
) -> Judged:
    """What speaks in a text or a part of one, with what the catalogue, a config and a check add."""
    from vxsetup.explain.rows import every_row

    if catalogue is not None and today is not None and (clues.get("model") or clues.get("base")):
        from vxsetup.explain.derive import with_catalogue

        clues = with_catalogue(clues, catalogue, today)
    if "consumer" in clues or own is not None:
        from vxsetup.explain.derive import with_own

        clues = with_own(clues, own)
    if live:
        clues = {**clues, "live": live}
    weighed = tuple([each for each in weigh(every_row(), clues) if each.score >= LISTED][:MOST])
    if secrets:
        clues = {**clues, **{name: tuple(struck(each, secrets) for each in clues.get(name, ())) for name, _ in _SHOWN}}
    values: dict[str, str] = {}
    if weighed:
        from vxsetup.explain.fill import known

        values = known(clues, own, catalogue)
    return Judged(clues, weighed, values)


def _alike(weighed: Sequence[Weighed]) -> list[Weighed]:
    """What fills the places that no row speaks for: the causes that those that are shown are most taken for."""
    shown = [each.cause for each in weighed]
    near = [cause for each in shown if (page := page_of(each)) for cause in page.alike]
    rest = [cause for cause in dict.fromkeys(near) if cause not in shown]
    sure = min(UNLIKELY, weighed[-1].confidence)
    return [Weighed(cause, 0.0, sure, (), ()) for cause in rest[: MOST - len(shown)]]


def _ranked(each: Weighed, values: Mapping[str, str]) -> Ranked:
    from vxsetup.explain.fill import filled

    page = page_of(each.cause)
    assert page is not None, each.cause
    reasons = tuple(dict.fromkeys(row.says for row in each.rows_for))
    sources = tuple(dict.fromkeys(source for row in each.rows_for for source in row.sources))
    return Ranked(
        cause=each.cause,
        title=page.title,
        confidence=round(each.confidence, 2),
        rule=page.rule,
        why=" ".join(reasons[:3]) or _NO_REASON,
        tell_apart=page.tell_apart,
        fix=filled(page.fix, values),
        means=page.means,
        evidence_for=reasons,
        evidence_against=tuple(dict.fromkeys(row.says for row in each.rows_against)),
        sources=sources,
        rows=tuple(row.id for row in each.rows_for),
        links=page.links,
    )


def _evidence(clues: Clues) -> tuple[tuple[str, str], ...]:
    """What the text shows, in words, masked, each value at most 160 characters."""
    shown = []
    for name, words in _SHOWN:
        values = [masked(value)[:160] for value in clues.get(name, ()) if value not in _INTERNAL]
        if values:
            shown.append((words, ", ".join(values[:4])))
    return tuple(shown)


def _questions(clues: Clues) -> tuple[str, ...]:
    """Three questions: those first whose answers are not in the text."""
    open_ = [question for fields, question in _QUESTIONS if not any(clues.get(name) for name in fields)]
    rest = [question for _, question in _QUESTIONS if question not in open_]
    return tuple([*open_, *rest][:3])
