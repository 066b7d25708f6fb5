"""Where a config could run, as text and as data: the locations of each model, or the lines that contradict each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from vxsetup.report.layout import Pen
from vxsetup.report.terminal import Style

if TYPE_CHECKING:
    from vxsetup.findings import Span
    from vxsetup.rules.fits import Conflict, Fits, ModelFit


def fits_json(found: Iterable[Fits]) -> dict[str, Any]:
    """The fits as data: ``vxsetup.fits/1``."""
    return {"format": "vxsetup.fits/1", "projects": [_project(one) for one in found]}


def _project(fits: Fits) -> dict[str, Any]:
    return {
        "id": fits.project,
        "environment": fits.environment,
        "file": fits.file,
        "locations": list(fits.common),
        "models": [
            {
                "model": one.model,
                "asked": list(one.asked),
                "locations": list(one.locations),
                "misplaced": list(one.misplaced),
                "conflicts": [_conflict(conflict) for conflict in one.conflicts],
            }
            for one in fits.models
        ],
    }


def _conflict(conflict: Conflict) -> list[dict[str, Any]]:
    return [
        {
            "says": line.says,
            "location": {"file": line.span.file, "line": line.span.line, "column": line.span.column},
            "change": line.change,
            "then": list(then),
        }
        for line, then in zip(conflict.constraints, conflict.without, strict=True)
    ]


def fits_text(found: Sequence[Fits], style: Style) -> str:
    """The fits as text for people."""
    pen = Pen(style)
    lines: list[str] = []
    for fits in found:
        name = fits.project + (f" ({fits.environment})" if fits.environment else "")
        lines += [pen.paint("title", f"{pen.clean(name, 120)}: {pen.clean(fits.file, 200)}"), ""]
        for model in fits.models:
            lines += _model(model, pen)
        if len(fits.models) > 1 and all(model.locations for model in fits.models):
            together = ", ".join(fits.common) or "no single location; each model has its own"
            lines += pen.paragraph(f"All models together: {together}.", 2)
            lines.append("")
    return "\n".join(lines).rstrip("\n")


def _model(fit: ModelFit, pen: Pen) -> list[str]:
    name = pen.clean(fit.model, 120)
    if fit.locations:
        lines = _marked("pass", f"{name} fits at {', '.join(fit.locations)}.", pen)
        if fit.misplaced:
            asked = f"{_at(fit.span, pen)}: it is asked for at {pen.clean(', '.join(fit.misplaced), 300)}, which does not fit:"
            lines += pen.paragraph(asked, 4)
            for line in fit.constraints:
                refused = [place for place in fit.misplaced if place not in line.allowed]
                if refused:
                    says = f"{pen.clean(', '.join(refused), 300)}: {pen.clean(line.says, 300)} ({_at(line.span, pen)})"
                    lines += pen.paragraph(says, 4, "- ")
        return [*lines, ""]
    lines = _marked("fail", f"{name} fits nowhere. No location satisfies all of these lines:", pen)
    for number, conflict in enumerate(fit.conflicts):
        if number:
            lines += pen.paragraph("Nor all of these:", 4)
        for line, then in zip(conflict.constraints, conflict.without, strict=True):
            lines += pen.paragraph(f"{_at(line.span, pen)}: {pen.clean(line.says, 300)}", 4, "- ")
            result = f"it then fits at {', '.join(then)}" if then else "other lines would still be in the way"
            lines += pen.paragraph(f"{pen.clean(line.change, 200)}: {result}", 6, pen.sign("→ "), "fix")
    return [*lines, ""]


def _marked(state: str, text: str, pen: Pen) -> list[str]:
    """A paragraph after a mark."""
    lead = 2 + pen.mark_width(state) + 1
    first, *others = pen.wrap(text, lead, lead)
    return [f"  {pen.mark(state)} {first}", *others]


def _at(span: Span, pen: Pen) -> str:
    return f"{pen.clean(span.file, 200)}:{span.line}:{span.column}"
