"""The options that several commands share. Each can also be set by a variable VXSETUP_<OPTION>."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def option(name: str, *more: str, **settings: Any) -> Callable[[F], F]:
    """A click option with its variable: ``--fail-on`` is also ``VXSETUP_FAIL_ON``, in whichever command."""
    settings.setdefault("envvar", "VXSETUP_" + name.removeprefix("--").split("/")[0].replace("-", "_").upper())
    return click.option(name, *more, **settings)


class Time(click.ParamType[datetime]):
    """A date or an RFC 3339 time; UTC where no zone is given."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(value)
            found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is not a time such as 2026-11-22 or 2026-11-22T12:00:00Z", param, ctx)
        if not 2000 <= found.year < 2200:
            self.fail(f"{value!r} is not a time of this or the next century", param, ctx)
        return found


class Shaped(click.ParamType[str]):
    """A word of one shape: it goes into addresses and headers, so nothing else may."""

    def __init__(self, name: str, pattern: str, says: str) -> None:
        self.name = name
        self._pattern = pattern
        self._says = says

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        import re

        if not isinstance(value, str) or not re.fullmatch(self._pattern, value, re.ASCII):
            shown = repr(value)
            self.fail(f"{shown if len(shown) <= 80 else shown[:79] + '…'} is not {self._says}", param, ctx)
        return value


SERVICE_ACCOUNT = Shaped(
    "email",
    r"[a-z0-9][a-z0-9.-]{0,99}@[a-z0-9][a-z0-9.-]{0,199}",
    "the e-mail address of a service account, such as app@acme-ai-prod.iam.gserviceaccount.com",
)
CHARGED_PROJECT = Shaped(
    "project",
    r"[a-z0-9][a-z0-9.:-]{0,98}[a-z0-9]",
    "a project id, such as acme-ai-prod, or a project number",
)


def _format(says: str) -> Callable[[F], F]:
    kinds = click.Choice(["text", "json"])
    return option("--format", "format_", type=kinds, default="text", show_default=True, help=says)


def _color(function: F) -> F:
    kinds = click.Choice(["auto", "always", "never"])
    decorate: Callable[[F], F] = option(
        "--color", type=kinds, default="auto", show_default=True, help="Colour the text."
    )
    return decorate(function)


def report_options(function: F) -> F:
    """How the result is shown and what it exits with."""
    for decorate in reversed(
        (
            _format("How to write the report."),
            option(
                "--output",
                type=click.Path(dir_okay=False),
                help="Write the report to this file instead of standard output.",
            ),
            option(
                "--report",
                "reports",
                multiple=True,
                metavar="FORMAT=FILE",
                help="Write a report in another format beside it; may be repeated.",
            ),
            option(
                "--fail-on",
                type=click.Choice(["error", "warning", "info"]),
                default="error",
                show_default=True,
                help="The least severity of a failure that makes the exit code 1.",
            ),
            _color,
            option("--verbose", "-v", is_flag=True, help="Show the requirements that pass, too."),
            option("--quiet", "-q", is_flag=True, help="Show only the summary."),
        )
    ):
        function = decorate(function)
    return function


def config_options(function: F) -> F:
    """Which configs are meant, and against which catalogue and time they are judged."""
    for decorate in reversed(
        (
            option("--env", "environment", metavar="NAME", help="Only this environment of the config (default: all)."),
            option(
                "--catalog",
                type=click.Path(exists=True, dir_okay=False),
                metavar="FILE",
                help="A dated patch over the shipped catalogue.",
            ),
            option("--now", type=Time(), metavar="TIME", help="Judge as of this time."),
        )
    ):
        function = decorate(function)
    return function


def emulate_options(function: F) -> F:
    """Where the cloud is when it is not Google's."""
    for decorate in reversed(
        (
            option(
                "--emulate",
                type=click.Path(exists=True, dir_okay=False),
                metavar="WORLD",
                help="Ask the built-in emulator with this world instead of Google Cloud.",
            ),
            option(
                "--emulate-state",
                type=click.Path(dir_okay=False),
                metavar="FILE",
                help="Keep the emulator's state in this file from one command to the next.",
            ),
        )
    ):
        function = decorate(function)
    return function


def cloud_options(function: F) -> F:
    """Who asks the cloud, and who pays for the asking."""
    for decorate in reversed(
        (
            option(
                "--impersonate-service-account",
                "impersonate",
                type=SERVICE_ACCOUNT,
                metavar="EMAIL",
                help="Ask as this service account.",
            ),
            option(
                "--quota-project",
                type=CHARGED_PROJECT,
                metavar="PROJECT",
                help="Charge management reads to this project.",
            ),
        )
    ):
        function = decorate(function)
    return emulate_options(function)


def listing_options(function: F) -> F:
    """How a list or a page is shown."""
    return _format("How to write the result.")(_color(function))
