"""One renderer for each output format, found by name and imported only when it is asked for.

A renderer is a pure function of a report: no clock, no environment, no stream.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vxsetup.findings import Report
    from vxsetup.report.terminal import Style

Renderer = Callable[["Report", "Style", int], str]
"""``renderer(report, style, verbosity)``: formats for machines ignore the style and the verbosity."""


def _text(report: Report, style: Style, verbosity: int) -> str:
    from vxsetup.report.text import report_text

    return report_text(report, style, verbosity)


def _json(report: Report, style: Style, verbosity: int) -> str:
    from vxsetup.report.json import report_json

    return report_json(report)


RENDERERS: Mapping[str, Renderer] = MappingProxyType({"text": _text, "json": _json})
"""The formats that ``--format`` and ``--report`` take."""
