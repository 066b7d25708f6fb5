"""The options that several commands share. Each can also be set by a variable VXSETUP_<OPTION>."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
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


class Age(click.ParamType[timedelta]):
    """A length of time: ``90s``, ``30m``, ``12h``, ``7d``."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        number, unit = str(value)[:-1], str(value)[-1:]
        seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400}.get(unit)
        if seconds is None or not (number.isascii() and number.isdigit() and 0 < len(number) < 7):
            self.fail(f"{str(value)[:80]!r} is not a length of time such as 30m, 12h or 7d", param, ctx)
        return timedelta(seconds=int(number) * seconds)


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


REPORT_FORMATS = ("text", "json", "sarif", "junit", "github", "markdown", "html")
"""The formats of a report; lists and pages have the first two. ``report.RENDERERS`` has the same names."""


class Format(click.Choice[str]):
    """One of a command's formats.

    ``VXSETUP_FORMAT`` is one variable for commands whose formats differ: a format that only other commands have gives
    text here, and a line on standard error says so. On the command line it is an error.
    """

    def __init__(self, formats: Sequence[str]) -> None:
        super().__init__(formats)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value in REPORT_FORMATS and value not in self.choices and _by_variable(param, ctx):
            name = ctx.command_path if ctx is not None else "this command"
            click.echo(f"VXSETUP_FORMAT={value}: {name} has {' and '.join(self.choices)} only; this is text.", err=True)
            return "text"
        return super().convert(value, param, ctx)


def _by_variable(param: click.Parameter | None, ctx: click.Context | None) -> bool:
    from click.core import ParameterSource

    if ctx is None or param is None or param.name is None:
        return False
    return ctx.get_parameter_source(param.name) is ParameterSource.ENVIRONMENT


def _format(says: str, formats: Sequence[str] = ("text", "json")) -> Callable[[F], F]:
    return option("--format", "format_", type=Format(formats), default="text", show_default=True, help=says)


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
            _format("How to write the report.", REPORT_FORMATS),
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


def gate_options(function: F) -> F:
    """What a failure means for the exit code, beside ``--fail-on`` and ``--unknown``."""
    for decorate in reversed(
        (
            option(
                "--baseline",
                type=click.Path(exists=True, dir_okay=False),
                metavar="FILE",
                help="Fail on new findings only: those in this file are known (vxsetup baseline create makes it).",
            ),
            option(
                "--exit-zero",
                is_flag=True,
                help="Exit with 0 whatever is found, for a step that only uploads; the report stays the same.",
            ),
        )
    ):
        function = decorate(function)
    return function


def selection_options(function: F) -> F:
    """Which of the config files are meant, of many."""
    from vxsetup.cli.shard import ShardType

    for decorate in reversed(
        (
            option(
                "--since",
                metavar="REV",
                help="Only configs that changed since this git revision, or that extend a file that did.",
            ),
            option(
                "--shard",
                type=ShardType(),
                metavar="I/N",
                help="Only part I of N of the configs; vxsetup merge joins the reports. In GitLab's parallel jobs and "
                "in Cloud Run jobs the part is taken from their variables.",
            ),
        )
    ):
        function = decorate(function)
    return function


def config_options(function: F) -> F:
    """Which configs are meant, and against which catalogue and time they are judged."""
    return _config_options(function, "Only this environment of the config (default: all).")


def one_config_options(function: F) -> F:
    """The same for commands that are about one project."""
    return _config_options(function, "The environment of the config; needed where it has several.")


def _config_options(function: F, says: str) -> F:
    for decorate in reversed(
        (
            option("--env", "environment", metavar="NAME", help=says),
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


DEFAULT_STATE = ".vxsetup"


def state_option(function: F) -> F:
    """Where the journal is kept."""
    decorate: Callable[[F], F] = option(
        "--state",
        default=DEFAULT_STATE,
        show_default=True,
        metavar="DIR|gs://BUCKET/PREFIX",
        help="Where the journal is kept: a folder, or a bucket (that needs vxsetup[gcs]).",
    )
    return decorate(function)


def deadline_option(says: str) -> Callable[[F], F]:
    """How long one change of the cloud may take, in seconds."""
    return option(
        "--deadline", type=click.FloatRange(1, 7200), default=300.0, show_default=True, metavar="SECONDS", help=says
    )


def listing_options(function: F) -> F:
    """How a list or a page is shown."""
    return _format("How to write the result.")(_color(function))
