"""The pages of the commands, the exit codes and the report formats, from the command line itself."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click
from pages_text import code, fenced, page, prose, table

from vxsetup.cli.root import COMMANDS, root
from vxsetup.cli.samples import SAMPLES

EXIT_CODES: dict[int, str] = {
    0: "ready, valid, done; or nothing at or above `--fail-on`",
    1: "failures at or above `--fail-on`, syntax and schema errors among them; `emit` refused a client; a request that `smoke --send` sent failed",
    2: "usage: a wrong option; a path that is missing, unreadable, not text or too large; a folder without configs",
    3: "undecided: nothing failed, but something could not be read; `--unknown warn` or `ignore` gives 0",
    4: "the plan has changes (`plan --exit-code`), or there is drift (`drift`)",
    5: "`apply` or `destroy` left something undone; run again, it goes on from there",
    70: "a bug in vxsetup; the details are in a file that it names",
    130: "interrupted; what was known by then is reported",
}
"""What each exit code means, in every format and for every command."""

FORMATS: dict[str, str] = {
    "text": "for people: the path of each request, failures with their lines, evidence and the next step",
    "json": "for programs: every finding, those that pass too; see [report](schemas/report.md)",
    "sarif": "SARIF 2.1.0, for code scanning: failures as results with fingerprints that outlive moved lines, unknowns as notifications",
    "junit": "JUnit XML: a case for each rule and subject; what could not be read is an error",
    "github": "annotations of GitHub Actions, worst first, ten at most, and a job summary",
    "markdown": "a summary for a pull request or a wiki",
    "html": "one page that needs no network: the matrix of models and locations, quota, findings, and of a check or drift "
    "what a plan would do; dark and light, for print",
}
"""What each report format is for."""


def command_pages() -> dict[str, str]:
    """A page for each command, their list, the exit codes and the formats."""
    every = dict(commands())
    rows = [
        (f"[vxsetup {name}]({name.replace(' ', '-')}.md)", prose(_first_line(command)))
        for name, command in every.items()
    ]
    options = "Each option is also a variable: `--fail-on` is `VXSETUP_FAIL_ON`. A flag beats a variable, which beats the config."
    index = page("# Commands", options, table(("command", "does"), rows))
    found = {"commands/index.md": index}
    for name, command in every.items():
        found[f"commands/{name.replace(' ', '-')}.md"] = _command(name, command)
    return found | {"exit-codes.md": _exit_codes(), "formats.md": _formats(every)}


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command with its words, those of groups too, in the order of the help."""
    context = click.Context(root, info_name="vxsetup", **root.context_settings)
    for name in sorted(COMMANDS):
        command = root.get_command(context, name)
        assert command is not None
        yield name, command
        if isinstance(command, click.Group):
            for inner in command.list_commands(context):
                below = command.get_command(context, inner)
                assert below is not None
                yield f"{name} {inner}", below


def _first_line(command: click.Command) -> str:
    return inspect.cleandoc(command.help or "").split("\n\n")[0].replace("\n", " ")


def _command(name: str, command: click.Command) -> str:
    # Below the root's context: a command keeps the help option that its first context asks for, and -h is the root's word.
    context = click.Context(
        command, parent=click.Context(root, info_name="vxsetup", **root.context_settings), info_name=name
    )
    help_ = [prose(" ".join(part.split())) for part in inspect.cleandoc(command.help or "").split("\n\n")]
    usage = " ".join([f"vxsetup {name}", *command.collect_usage_pieces(context)])
    options = [param for param in command.params if isinstance(param, click.Option) and not param.hidden]
    rows = [(_names(param, context), _variable(param), prose(_about(param, context))) for param in options]
    return page(
        f"# vxsetup {name}",
        fenced(usage, "text"),
        *help_,
        "## Examples" if name in SAMPLES else None,
        fenced("\n".join(SAMPLES[name]), "text") if name in SAMPLES else None,
        "## Options" if rows else None,
        table(("option", "variable", "meaning"), rows) if rows else None,
        "The [exit codes](../exit-codes.md) are the same for every command.",
    )


def _names(param: click.Option, context: click.Context) -> str:
    record = param.get_help_record(context)
    return code(record[0] if record else ", ".join(param.opts))


def _about(param: click.Option, context: click.Context) -> str:
    record = param.get_help_record(context)
    return re.sub(r"\s+", " ", record[1]) if record else ""


def _variable(param: click.Option) -> str:
    names = [param.envvar] if isinstance(param.envvar, str) else list(param.envvar or ())
    return ", ".join(code(name) for name in names)


def _exit_codes() -> str:
    rows = [(code(str(number)), prose(says)) for number, says in EXIT_CODES.items()]
    says = (
        "They are the same in every format; the first that applies holds, in the order 130, 70, 2, 5, 1, 3, 4, 0. "
        "Flags change the exit code, never the verdict. `--exit-zero` is for a step that only makes a report to upload."
    )
    return page("# Exit codes", says, table(("code", "means"), rows))


def formats_of(command: click.Command) -> tuple[str, ...]:
    """The formats that a command writes."""
    for param in command.params:
        if param.name == "format_" and isinstance(param.type, click.Choice):
            return tuple(str(choice) for choice in param.type.choices)
    return ()


def _formats(every: dict[str, click.Command]) -> str:
    rows = [(code(name), says) for name, says in FORMATS.items()]
    by_command = [
        (f"[{name}](commands/{name.replace(' ', '-')}.md)", ", ".join(code(one) for one in formats_of(command)))
        for name, command in every.items()
        if formats_of(command)
    ]
    says = prose(
        "`--format` says how a command writes to standard output, `--output FILE` sends that to a file, and "
        "`--report FORMAT=FILE` writes another beside it, as often as you like. The verdict, the findings and the exit "
        "code are the same in each."
    )
    example = fenced("vxsetup check --format text --report sarif=out.sarif --report html=report.html", "sh")
    return page(
        "# Report formats",
        says,
        f"<!-- run: world=examples/ready -->\n{example}",
        table(("format", "is for"), rows),
        "## Which command writes which",
        table(("command", "formats"), by_command),
        "Files that vxsetup reads and writes have [schemas](schemas/index.md).",
    )
