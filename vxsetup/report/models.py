"""The catalogue for people and for programs: models by locations, with their dates; and the same matrix as probed.

A matrix where it fits the width, a list where it does not. What the sources disagree about stands below it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from vxsetup.catalog import Catalogue, Claim, Model, ModelState
from vxsetup.report.layout import Pen, columns, pad, plural
from vxsetup.report.terminal import Style

Mark = Literal["pass", "fail", "unknown", "skipped"]

_WORDS = {
    ModelState.ACTIVE: "active",
    ModelState.NEAR_RETIREMENT: "near retirement",
    ModelState.DEPRECATED: "deprecated",
    ModelState.SHUT_DOWN: "shut down",
    ModelState.UNCONFIRMED: "unconfirmed",
    ModelState.BY_INVITATION: "by invitation",
    ModelState.UNKNOWN: "undocumented",
}
_ROLES = {
    ModelState.ACTIVE: "pass",
    ModelState.NEAR_RETIREMENT: "warning",
    ModelState.DEPRECATED: "warning",
    ModelState.SHUT_DOWN: "fail",
    ModelState.UNCONFIRMED: "unknown",
    ModelState.BY_INVITATION: "info",
    ModelState.UNKNOWN: "unknown",
}
_FOLDED = (ModelState.SHUT_DOWN, ModelState.BY_INVITATION, ModelState.UNKNOWN)
_DISPUTED = (
    "context_window",
    "max_output_tokens",
    "released",
    "not_sooner_than",
    "deprecated_on",
    "shut_down_on",
    "stage",
    "provisioned",
    "prices",
)


def models_text(
    catalogue: Catalogue,
    today: date,
    width: int,
    unicode: bool,
    color: bool,
    all: bool = False,  # noqa: A002 (the name of the flag)
) -> str:
    """The catalogue as text for ``width`` columns, ending in a newline.

    Models that are shut down, by invitation or undocumented are folded to a line each group; ``all`` unfolds them and
    shows every fact that sources disagree about, not only those about locations.
    """
    pen = Pen(Style(width, color, unicode))
    states = {model.id: model.state(today) for model in catalogue.models}
    shown = [model for model in catalogue.models if all or states[model.id].name not in _FOLDED]
    lines = _heading(catalogue, today, pen)
    lines += ["", *_table(catalogue, shown, today, pen), "", *_legend(shown, today, pen)]
    if not all:
        lines += _folded(catalogue, today, pen)
    lines += _disagreements(catalogue, shown, pen, all)
    lines += ["", "To ask your own project:", "  vxsetup models --project PROJECT --live"]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _heading(catalogue: Catalogue, today: date, pen: Pen) -> list[str]:
    age = catalogue.age_days(today)
    when = "today" if age == 0 else f"{plural(age, 'day', 'days')} ago"
    title = pen.wrap(f"Claude on Vertex AI, as documented up to {catalogue.date} ({when})")
    lines = [pen.paint("title", line) for line in title]
    if catalogue.patch_file:
        lines += pen.paragraph(f"with the changes of {pen.clean(catalogue.patch_file, 200)}", 0)
    if catalogue.is_stale(today):
        text = (
            "The catalogue is old: newer models, places and dates may be missing. Update vxsetup, or lay a dated file"
        )
        lines += pen.paragraph(f"{text} over it with --catalog FILE.", 0, "warning: ", "warning")
    return lines


def _dates(model: Model, today: date, pen: Pen) -> str:
    if model.shut_down_on:
        return f"{pen.sign('→')} {model.shut_down_on.value}"
    if model.not_sooner_than:
        return f"{pen.sign('≥')} {model.not_sooner_than.value}"
    return ""


def _cell(model: Model, location: str, pen: Pen) -> tuple[str, str]:
    """The mark of a cell and the colour's role: documented or not, with a star where somebody says otherwise."""
    claims = model.claims_at(location)
    listed = model.documented_at(location) is not None
    star = "*" if len({claim.value for claim in claims}) > 1 else ""
    if listed:
        return pen.sign("✓") + star, "pass"
    return (pen.sign("·") if pen.style.unicode else "-") + star, "skipped"


def _table(catalogue: Catalogue, models: Sequence[Model], today: date, pen: Pen) -> list[str]:
    places = catalogue.locations
    heads = [_split(place) for place in places]
    cells = {model.id: [_cell(model, place, pen) for place in places] for model in models}
    widths = [
        max([columns(part) for part in head] + [columns(cells[model.id][i][0]) for model in models])
        for i, head in enumerate(heads)
    ]
    names = max((columns(model.versioned_id) for model in models), default=5)
    state = max((len(_WORDS[model.state(today).name]) for model in models), default=5)
    dates = max((columns(_dates(model, today, pen)) for model in models), default=5)
    matrix = 2 + names + 2 + sum(widths) + len(widths) - 1 + 2 + state + 2 + dates
    extra = 2 + 7 + 2 + 6
    if matrix > pen.style.width:
        return _list(models, today, pen, names, state)
    sizes = matrix + extra <= pen.style.width
    lines = []
    for row in range(max(len(head) for head in heads)):
        last = row == max(len(head) for head in heads) - 1
        parts = [_bottom(head, row, max(len(h) for h in heads)) for head in heads]
        line = "  " + pad("model" if last else "", names) + "  " + _joined(parts, widths)
        line += "  " + pad("state" if last else "", state) + "  " + pad("date" if last else "", dates)
        lines.append(pen.paint("faint", (line + ("  context  output" if sizes and last else "")).rstrip()))
    for model in models:
        lines.append(_row(model, cells[model.id], widths, (names, state, dates), today, pen, sizes))
    return lines


def _row(
    model: Model,
    cells: Sequence[tuple[str, str]],
    widths: Sequence[int],
    sides: tuple[int, int, int],
    today: date,
    pen: Pen,
    sizes: bool,
) -> str:
    names, state_width, dates = sides
    state = model.state(today).name
    marks = [
        pen.paint(role, mark) + " " * (size - columns(mark)) for (mark, role), size in zip(cells, widths, strict=True)
    ]
    line = "  " + pad(model.versioned_id, names) + "  " + " ".join(marks)
    line += "  " + pen.paint(_ROLES[state], _WORDS[state]) + " " * (state_width - len(_WORDS[state]))
    line += "  " + pad(_dates(model, today, pen), dates)
    if sizes:
        line += "  " + _tokens(model.context_window).rjust(7) + "  " + _tokens(model.max_output_tokens).rjust(6)
    return line


def _list(models: Sequence[Model], today: date, pen: Pen, names: int, state_width: int) -> list[str]:
    """One model after the other, its locations below it: for terminals that the matrix does not fit."""
    lines: list[str] = []
    for model in models:
        state = model.state(today).name
        dates = _dates(model, today, pen)
        word = pen.paint(_ROLES[state], _WORDS[state])
        if 2 + names + 2 + state_width + 2 + columns(dates) <= pen.style.width:
            gap = " " * (state_width - len(_WORDS[state]))
            lines.append("  " + pad(model.versioned_id, names) + "  " + word + gap + "  " + dates)
        else:
            lines += ["  " + model.versioned_id, "    " + word + ("  " + dates if dates else "")]
        disputed = {place for place in model.locations if _cell(model, place, pen)[0].endswith("*")}
        places = ", ".join(place + ("*" if place in disputed else "") for place in model.locations)
        lines += pen.paragraph(places or "no location documented", 4)
    return lines


def _split(place: str) -> list[str]:
    """A location's name over two lines of a heading: ``us-`` above ``east5``."""
    head, dash, rest = place.partition("-")
    return [head + dash, rest] if dash else [place]


def _bottom(head: Sequence[str], row: int, rows: int) -> str:
    """The part of a heading that stands in a row, headings being aligned at their last line."""
    index = row - (rows - len(head))
    return head[index] if index >= 0 else ""


def _joined(parts: Sequence[str], widths: Sequence[int]) -> str:
    return " ".join(pad(part, size) for part, size in zip(parts, widths, strict=True))


def _tokens(claim: Claim[int] | None) -> str:
    if claim is None:
        return "?"
    if claim.value >= 1_000_000 and claim.value % 100_000 == 0:
        return f"{claim.value / 1_000_000:g}M"
    return f"{claim.value / 1000:g}k"


def _legend(models: Sequence[Model], today: date, pen: Pen) -> list[str]:
    yes, no = pen.sign("✓"), pen.sign("·") if pen.style.unicode else "-"
    rows = [f"{yes} listed on Google's page of the model", f"{no} not listed there, which proves nothing"]
    if any(model.not_sooner_than and not model.shut_down_on for model in models):
        rows.append(f"{pen.sign('≥')} the earliest day of a retirement: a floor, not a shut-down date")
    if any(model.shut_down_on for model in models):
        rows.append(f"{pen.sign('→')} the day on which Google shut the model down, or will")
    present = {model.state(today).name for model in models}
    if ModelState.UNCONFIRMED in present:
        rows.append("unconfirmed: that day has passed, and no source says what became of the model")
    if any(_cell(model, place, pen)[0].endswith("*") for model in models for place in model.locations):
        rows.append("* sources differ, see below")
    return [line for row in rows for line in pen.paragraph(row, 2)]


def _folded(catalogue: Catalogue, today: date, pen: Pen) -> list[str]:
    groups: dict[ModelState, list[str]] = {}
    # The latest farewell first: it is the one that a reader is likeliest to look for.
    gone = sorted(
        catalogue.models, key=lambda model: -(model.shut_down_on.value.toordinal() if model.shut_down_on else 0)
    )
    for model in gone:
        state = model.state(today).name
        if state in _FOLDED:
            day = f" ({model.shut_down_on.value})" if state is ModelState.SHUT_DOWN and model.shut_down_on else ""
            groups.setdefault(state, []).append(model.versioned_id + day)
    labels = {
        ModelState.SHUT_DOWN: "shut down: ",
        ModelState.BY_INVITATION: "by invitation: ",
        ModelState.UNKNOWN: "no page found: ",
    }
    lines = [""] if groups else []
    for state, label in labels.items():
        if state in groups:
            lines += pen.paragraph(", ".join(groups[state]), 2, label, _ROLES[state])
    return lines


def _disagreements(catalogue: Catalogue, models: Sequence[Model], pen: Pen, everything: bool) -> list[str]:
    """What sources say differently, each text once with all that it is about, and the sources by key below."""
    texts: dict[str, list[str]] = {}
    keys: dict[str, None] = {}
    for subject, claims, words in _differing(models, everything):
        said = [f"{word}{_mark_of(claim)}" for claim, word in zip(claims, words, strict=True)]
        texts.setdefault("; ".join(said), []).append(subject)
        keys |= dict.fromkeys(key for claim in claims for key in claim.sources)
    if not texts:
        return []
    lines = ["", pen.paint("title", "Where sources differ")]
    for text, subjects in texts.items():
        first, *more = pen.wrap(pen.clean(f"{', '.join(subjects)}: {text}", 4000), 2, 4)
        lines += [f"  {first}", *more]
    lines.append("")
    for key in keys:
        source = catalogue.sources[key]
        lines += pen.paragraph(f"{source.what} ({source.date})", 2, f"[{pen.clean(key)}] ", "faint")
    return lines


def _differing(models: Sequence[Model], everything: bool) -> Iterator[tuple[str, Sequence[Claim[Any]], list[str]]]:
    """Subject, claims, and each claim's value in words, for every fact about which sources differ."""
    for model in models:
        for place in dict.fromkeys((*model.locations, *model.row.get("at", ()))):
            claims = model.claims_at(place)
            if len({claim.value for claim in claims}) > 1:
                yield f"{model.versioned_id} @ {place}", claims, [_shown(claim.value) for claim in claims]
        for name in _DISPUTED if everything else ():
            fact = model.fact(name)
            if fact and fact.conflicts:
                title = f"{model.versioned_id} {name.replace('_', ' ')}"
                yield title, fact.every, _contrast([claim.value for claim in fact.every])


def _contrast(values: Sequence[Any]) -> list[str]:
    """The values in words; of tables, only the cells that differ."""
    if not all(isinstance(value, Mapping) for value in values):
        return [_shown(value) for value in values]
    shared = [key for key in values[0] if all(key in value for value in values)]
    differ = [key for key in shared if len({_shown(value[key]) for value in values}) > 1]
    return [", ".join(f"{key} {_shown(value[key])}" for key in differ) for value in values]


def _mark_of(claim: Claim[Any]) -> str:
    note = f" ({claim.note.rstrip('.')})" if claim.note else ""
    return f" [{', '.join(claim.sources)}]{note}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)


def matrix_text(rows: Mapping[tuple[str, str], tuple[Mark, str]], width: int, unicode: bool, color: bool) -> str:
    """What probes found, as a matrix of models by locations, ending in a newline.

    ``rows`` maps (model id, location) to a mark and a note; an empty note says nothing. Notes stand below, each once,
    with the places that it is about. Models and locations keep the order in which they first appear.
    """
    pen = Pen(Style(width, color, unicode))
    models = list(dict.fromkeys(model for model, _ in rows))
    places = list(dict.fromkeys(place for _, place in rows))
    if not rows:
        return "nothing was probed\n"
    titles = {name: pen.clean(name, 100) for name in (*models, *places)}
    names = max(columns(titles[model]) for model in models)
    marks = max(pen.mark_width(mark) for mark, _ in rows.values())
    widths = [max(columns(titles[place]), marks) for place in places]
    lines = []
    if 2 + names + sum(widths) + 2 * len(widths) <= width:
        heads = "  ".join(pad(titles[place], size) for place, size in zip(places, widths, strict=True))
        lines.append(pen.paint("faint", ("  " + pad("model", names) + "  " + heads).rstrip()))
        for model in models:
            cells = [_probed(rows.get((model, place)), size, pen) for place, size in zip(places, widths, strict=True)]
            lines.append(("  " + pad(titles[model], names) + "  " + "  ".join(cells)).rstrip())
    else:
        for model in models:
            lines.append("  " + titles[model])
            for place in (place for place in places if (model, place) in rows):
                lines.append(f"    {_probed(rows[model, place], marks, pen)}  {titles[place]}")
    notes: dict[tuple[Mark, str], list[str]] = {}
    for (model, place), (mark, note) in rows.items():
        if note:
            notes.setdefault((mark, note), []).append(f"{titles[model]} @ {titles[place]}")
    lines += [""] if notes else []
    for (mark, note), where in notes.items():
        text = pen.paragraph(f"{', '.join(where)}: {pen.clean(note)}", 4)
        lines += [f"  {pen.mark(mark)} {text[0].strip()}", *text[1:]]
    return "\n".join(lines) + "\n"


def _probed(cell: tuple[Mark, str] | None, size: int, pen: Pen) -> str:
    if cell is None:
        return " " * size
    return pen.mark(cell[0]) + " " * (size - pen.mark_width(cell[0]))


def models_json(catalogue: Catalogue, today: date) -> dict[str, Any]:
    """The catalogue as JSON values: ``format``, its date and age, locations, models with all claims, sources."""
    return {
        "format": "vxsetup.models/1",
        "catalog": {
            "date": catalogue.date.isoformat(),
            "age_days": catalogue.age_days(today),
            "stale": catalogue.is_stale(today),
            "patch": catalogue.patch_file,
        },
        "today": today.isoformat(),
        "locations": [_location_json(catalogue, name) for name in catalogue.locations],
        "models": [_model_json(model, today) for model in catalogue.models],
        "sources": {
            key: {"what": source.what, "date": source.date, "kind": source.kind, "note": source.note, "url": source.url}
            for key, source in catalogue.sources.items()
        },
    }


def _location_json(catalogue: Catalogue, name: str) -> dict[str, Any]:
    return {
        "location": name,
        "kind": catalogue.location_kind(name),
        "host": catalogue.host(name),
        "geography": catalogue.geography(name),
    }


def _model_json(model: Model, today: date) -> dict[str, Any]:
    state, successor = model.state(today), model.successor(today)
    facts: dict[str, Claim[Any] | None] = {
        "stage": model.stage,
        "released": model.released,
        "not_sooner_than": model.not_sooner_than,
        "deprecated_on": model.deprecated_on,
        "shut_down_on": model.shut_down_on,
        "context_window": model.context_window,
        "max_output_tokens": model.max_output_tokens,
        "premium": model.premium,
        "prices": model.prices,
        "provisioned": model.provisioned,
    }
    places = dict.fromkeys((*model.locations, *model.row.get("at", ())))
    return {
        "id": model.versioned_id,
        "bare_id": model.id,
        "name": model.name,
        "family": model.family,
        "response_name": model.response_name,
        "state": state.name.value,
        "says": state.says,
        "locations": list(model.locations),
        "at": {place: [claim.as_dict() for claim in model.claims_at(place)] for place in places},
        "facts": {name: claim.as_dict() if claim else None for name, claim in facts.items()},
        "features": {name: claim.as_dict() for name, claim in model.features.items()},
        "gates": [
            {"gate": gate.gate, "required": gate.required, "sources": list(gate.claim.sources)} for gate in model.gates
        ],
        "notes": [claim.as_dict() for claim in model.notes],
        "successor": successor.as_dict() if successor else None,
    }
