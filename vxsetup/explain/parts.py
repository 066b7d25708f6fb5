"""Puts together what is said of several errors in one text, each judged by itself: a log tells of more than one cause."""

from __future__ import annotations

from collections.abc import Sequence

from vxsetup.explain.rank import CEILING, Judged, Weighed
from vxsetup.values import replace

SURE = 0.5
"""From this on the first cause of a part counts as another error's, and not as a guess about the same."""

MOST = 3


def together(whole: Judged, parts: Sequence[Judged]) -> tuple[tuple[tuple[Weighed, Judged], ...], str] | None:
    """At most three causes with the part that each comes from, and a sentence; None where all parts have one cause.

    First come the first causes of the parts, of two that are as likely that of the later: it is what was seen last. How
    likely they are adds up to ``CEILING`` at most, as for one error.
    """
    heads = [(part.weighed[0], part) for part in parts if part.weighed and part.weighed[0].confidence >= SURE]
    if len({head.cause for head, _ in heads}) < 2:
        return None
    best: dict[str, tuple[Weighed, Judged]] = {}
    for head, part in reversed(heads):
        if head.cause not in best or head.confidence > best[head.cause][0].confidence:
            best[head.cause] = (head, part)
    first = sorted(best.values(), key=lambda pair: -pair[0].confidence)
    others = [(each, part) for part in parts for each in part.weighed[1:] if each.cause not in best]
    others.sort(key=lambda pair: -pair[0].confidence)
    chosen: dict[str, tuple[Weighed, Judged]] = {}
    for pair in (*first, *others):
        chosen.setdefault(pair[0].cause, pair)
    shown = sorted(chosen.values(), key=lambda pair: (pair[0].cause not in best, -pair[0].confidence))[:MOST]
    share = min(1.0, CEILING / sum(each.confidence for each, _ in shown))
    told = "; ".join(
        f"{_name(part)}: {head.cause}" for head, part in sorted(heads, key=lambda pair: parts.index(pair[1]))
    )
    note = f"{len(heads)} different errors are in this text, and each was judged by itself. In their order: {told}."
    return tuple(
        (replace(each, confidence=each.confidence * share), _filled(part, whole)) for each, part in shown
    ), note


def _filled(part: Judged, whole: Judged) -> Judged:
    """The part with the project that the whole text names, where the part names none: one log is of one project."""
    if part.values.get("project") != "PROJECT_ID":
        return part
    return replace(part, values={**part.values, "project": whole.values["project"]})


def _name(part: Judged) -> str:
    """What an error is called by: its HTTP status and its code, as far as they are known."""
    words = [next(iter(part.clues.get(name, ())), "") for name in ("http", "status", "kind")]
    return " ".join(dict.fromkeys(word.upper() if at == 1 else word for at, word in enumerate(words) if word)) or "one"
