"""The command group. Commands are imported when they are called, so that help and completion stay fast."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from vxsetup import __version__

COMMANDS = {
    "baseline": ("vxsetup.cli.baseline", "Write down the failures that are known, so that a gate fails on new ones."),
    "apply": ("vxsetup.cli.apply", "Do the steps of a plan, and wait until they can be used."),
    "check": ("vxsetup.cli.check", "Read the cloud and judge it against a config: ready, not ready, or undecided."),
    "completion": ("vxsetup.cli.completion", "Print the script that completes vxsetup in your shell."),
    "demo": ("vxsetup.cli.demo", "Run an example in the built-in emulator."),
    "destroy": ("vxsetup.cli.destroy", "Take back what vxsetup made, where it is still as it was made."),
    "drift": ("vxsetup.cli.drift", "Show what is not as the config asks, and what was changed since vxsetup made it."),
    "emit": ("vxsetup.cli.emit", "Print the settings that clients need for the models of a config."),
    "doctor": ("vxsetup.cli.doctor", "Look for what is wrong on this machine and in client files."),
    "emulator": ("vxsetup.cli.emulator", "Run a small Google Cloud on this machine."),
    "explain": (
        "vxsetup.cli.explain",
        "Explain a rule, a cause, or the text of an error: why it is, and how to fix it.",
    ),
    "init": ("vxsetup.cli.init", "Write a first config: asks on a terminal, takes flags elsewhere."),
    "merge": ("vxsetup.cli.merge", "Make one report of several, such as the shards of a fleet."),
    "models": ("vxsetup.cli.models", "Show which Claude models are documented where, until when."),
    "plan": ("vxsetup.cli.plan", "Show what has to change, and who has to do it, without doing it."),
    "request": ("vxsetup.cli.request", "Check a request body offline, before it is sent."),
    "rules": ("vxsetup.cli.rules", "List every rule."),
    "schema": ("vxsetup.cli.schema", "Print a JSON Schema that vxsetup works with."),
    "smoke": ("vxsetup.cli.smoke", "Show the request for each model and location, or send it and judge the answer."),
    "validate": ("vxsetup.cli.validate", "Check config files offline."),
}
"""Command -> the module that has it as ``command``, and its line in the help."""

EXIT_USAGE = 2
EXIT_BUG = 70
EXIT_INTERRUPTED = 130


class LazyGroup(click.Group):
    """A group that knows its commands' names and lines, and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        from vxsetup.cli.samples import epilog

        for name, one in _with_those_below(cmd_name, command):
            one.epilog = epilog(name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            import difflib

            from vxsetup.cli.habits import command_for

            known, near = command_for(name), difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else f" Commands: {', '.join(sorted(COMMANDS))}."
            hint = f" Here: {known}." if known else hint
            ctx.fail(f"There is no command {printable(name)}.{hint}")
        return super().resolve_command(ctx, args)


def _with_those_below(name: str, command: click.Command) -> list[tuple[str, click.Command]]:
    """A command with its words, and those of a group that it is."""
    below = command.commands.items() if isinstance(command, click.Group) else ()
    return [(name, command), *((f"{name} {inner}", one) for inner, one in below)]


def printable(text: str) -> str:
    """A user's word as it may be shown in a message."""
    return repr(text) if not text.isprintable() or len(text) > 80 else text


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from vxsetup.cli.version import version_line

    click.echo(version_line())
    ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with: vxsetup demo",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def root() -> None:
    """Gets a Google Cloud project ready for Claude on Vertex AI, and proves it.

    It says why a request to a model would fail, what to do next, and never says ready when it could not look.
    """
    if any(name.startswith("VXSETUP_") for name in os.environ):
        from vxsetup.cli.habits import misspelt

        for name, meant in misspelt(os.environ).items():
            click.echo(f"{name} is no variable that vxsetup reads; did you mean {meant}?", err=True)


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and give its exit code. Never lets a traceback reach the terminal."""
    _open_closed_streams()
    try:
        return _run(arguments)
    except OSError:
        # Not even standard error can be written. What was to be said there was an error in the way vxsetup was called.
        from vxsetup.cli.output import silence

        silence(sys.stderr)
        return EXIT_USAGE


def _run(arguments: list[str] | None) -> int:
    try:
        result: Any = root.main(arguments, prog_name="vxsetup", standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return EXIT_INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.UsageError as error:
        click.echo(f"Error: {_usage_error(error, sys.argv[1:] if arguments is None else arguments)}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except (BrokenPipeError, SystemExit):
        # The reader of our output went away, as `head` does (click then leaves): nothing is wrong, nothing can be said.
        from vxsetup.cli.output import silence

        silence()
        return 0
    except Exception as error:
        return _out_of_room(error) or _bug(error)
    return result if isinstance(result, int) else 0


def _open_closed_streams() -> None:
    """Give standard output and standard error somewhere to go where the caller closed them."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123


def _usage_error(error: click.UsageError, typed: Sequence[str]) -> str:
    """One line: what is wrong, and where to read on. ``typed`` are the words of the command line."""
    from vxsetup.report.terminal import safe

    message = error.format_message()
    if isinstance(error, click.NoSuchOption) and error.ctx is not None:
        from vxsetup.cli.habits import option_for

        options = {name for param in error.ctx.command.params for name in param.opts}
        instead = option_for(error.option_name, options, typed)
        message = f"No such option '{error.option_name}'. Here: {instead}." if instead else message
    variable = _variable(error)
    message = f"{message.rstrip('.')}. It is set by {variable}." if variable else message
    words = " ".join(safe(message).split())
    command = error.ctx.command_path if error.ctx is not None else "vxsetup"
    return f"{words} ({safe(command)} --help tells more)"


def _variable(error: click.UsageError) -> str | None:
    """The variable that a refused value stands in, where nobody typed it."""
    from click.core import ParameterSource

    param = error.param if isinstance(error, click.BadParameter) else None
    if param is None or param.name is None or error.ctx is None or not isinstance(param.envvar, str):
        return None
    typed = error.ctx.get_parameter_source(param.name) is not ParameterSource.ENVIRONMENT
    return None if typed else param.envvar


def _out_of_room(error: Exception) -> int | None:
    """The exit code where standard output could not be written, as on a full disk; None for any other error."""
    import errno

    if not isinstance(error, OSError) or error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
        return None
    from vxsetup.cli.output import silence

    silence()
    click.echo(f"Error: standard output cannot be written: {error.strerror}", err=True)
    return EXIT_USAGE


def _bug(error: Exception) -> int:
    """Say that vxsetup itself failed, in two lines; the traceback goes to a file that the user may send."""
    import tempfile
    import traceback

    words = f"{type(error).__name__}: {error}".encode("ascii", "replace").decode()
    words = " ".join("".join(c if c.isprintable() else " " for c in words).split())[:200]
    click.echo(f"vxsetup has a bug: {words}", err=True)
    try:
        with tempfile.NamedTemporaryFile("w", prefix="vxsetup-", suffix=".log", delete=False, encoding="utf-8") as log:
            log.write(f"vxsetup {__version__}, Python {sys.version}, {sys.platform}\n")
            log.write("".join(traceback.format_exception(error)))
    except OSError:
        return EXIT_BUG  # no room for the details either
    click.echo(f"Details are in {log.name}; please report it with that file.", err=True)
    return EXIT_BUG
