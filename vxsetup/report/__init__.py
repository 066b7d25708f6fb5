"""One renderer for each output format, found by name and imported only when it is asked for.

A renderer is a pure function of a report: no clock, no environment, no stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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


def _sarif(report: Report, style: Style, verbosity: int) -> str:
    from vxsetup.report.sarif import report_sarif

    return report_sarif(report)


def _junit(report: Report, style: Style, verbosity: int) -> str:
    from vxsetup.report.junit import report_junit

    return report_junit(report)


def _github(report: Report, style: Style, verbosity: int) -> str:
    from vxsetup.report.github import report_github

    return report_github(report)


def _markdown(report: Report, style: Style, verbosity: int) -> str:
    from vxsetup.report.markdown import report_markdown

    return report_markdown(report)


def _html(report: Report, style: Style, verbosity: int) -> str:
    from vxsetup.report.html import report_html

    return report_html(report)


RENDERERS: Mapping[str, Renderer] = MappingProxyType(
    {
        "text": _text,
        "json": _json,
        "sarif": _sarif,
        "junit": _junit,
        "github": _github,
        "markdown": _markdown,
        "html": _html,
    }
)
"""The formats that ``--format`` and ``--report`` take."""


def _text_parts(report: Report, style: Style, verbosity: int) -> Iterator[str]:
    from vxsetup.report.text import report_text_parts

    yield from report_text_parts(report, style, verbosity)


def _json_parts(report: Report, style: Style, verbosity: int) -> Iterator[str]:
    from vxsetup.report.json import report_json_parts

    yield from report_json_parts(report)


def _junit_parts(report: Report, style: Style, verbosity: int) -> Iterator[str]:
    from vxsetup.report.junit import report_junit_parts

    yield from report_junit_parts(report)


def _sarif_parts(report: Report, style: Style, verbosity: int) -> Iterator[str]:
    from vxsetup.report.sarif import report_sarif_parts

    yield from report_sarif_parts(report)


def _markdown_parts(report: Report, style: Style, verbosity: int) -> Iterator[str]:
    from vxsetup.report.markdown import report_markdown_parts

    yield from report_markdown_parts(report)


def _html_parts(report: Report, style: Style, verbosity: int) -> Iterator[str]:
    from vxsetup.report.html import report_html_parts

    yield from report_html_parts(report)


IN_PIECES: Mapping[str, Callable[[Report, Style, int], Iterator[str]]] = MappingProxyType(
    {
        "text": _text_parts,
        "json": _json_parts,
        "junit": _junit_parts,
        "sarif": _sarif_parts,
        "markdown": _markdown_parts,
        "html": _html_parts,
    }
)
"""The formats that can be written as they are made, as the same text in pieces: a fleet's report is larger than its
memory should be."""
