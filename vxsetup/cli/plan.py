"""``vxsetup plan``: what it takes to make a project as its config asks, as steps, without doing any of them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vxsetup.cli.options import cloud_options, config_options, listing_options, option, state_option
from vxsetup.cli.output import Refused, complain, echo, spared, style, writable, write_text
from vxsetup.cli.running import command_line, kept_cloud

if TYPE_CHECKING:
    from vxsetup.cli.provisioning import Ground
    from vxsetup.findings import Step
    from vxsetup.plan.made import Thing

EXIT_CHANGES = 4
EXIT_UNREAD = 3


@click.command("plan")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@option("--out", type=click.Path(dir_okay=False), metavar="FILE", help="Save the plan, to be applied as it is.")
@option(
    "--target",
    "targets",
    multiple=True,
    metavar="WORD",
    help="Only steps with this word in their id or title, and what they need; may be repeated.",
)
@option("--exit-code", "exit_code", is_flag=True, help="Exit with 4 where the plan has changes.")
@option(
    "--hand-over",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Write a page for each office that has to act.",
)
@state_option
@config_options
@cloud_options
@listing_options
@option("--verbose", "-v", is_flag=True, help="Show the permissions of each step, and what shows only later.")
@option("--quiet", "-q", is_flag=True, help="Show only the summary.")
def command(
    paths: tuple[str, ...],
    out: str | None,
    targets: tuple[str, ...],
    exit_code: bool,
    hand_over: str | None,
    state: str,
    environment: str | None,
    catalog: str | None,
    now: datetime | None,
    impersonate: str | None,
    quota_project: str | None,
    emulate: str | None,
    emulate_state: str | None,
    format_: str,
    color: str,
    verbose: bool,
    quiet: bool,
) -> int:
    """Show what has to change so that a project can do what its config asks, and who has to do it.

    Nothing is changed. Exits with 0; with --exit-code with 4 where there are changes, and with 3 where what could not be
    read may hide some.
    """
    from vxsetup.cli.asking import progress
    from vxsetup.cli.configs import one_project, read_catalogue
    from vxsetup.cli.provisioning import plan_of, sound_configs
    from vxsetup.plan.file import unread

    writable(out)
    spared(out)
    configs = sound_configs(paths, environment)
    if out:
        one_project(configs, "--out saves the plan of")
    catalogue = read_catalogue(catalog)
    with kept_cloud(emulate, emulate_state, impersonate, quota_project) as asked, progress() as show:
        grounds = [plan_of(project, asked, catalogue, now, targets, show) for project in configs.projects]
    document = _document(grounds, state)
    _write(document, grounds, out, hand_over)
    tell_no_step(targets, [step for ground in grounds for step in ground.planned.steps])
    _show(document, _next(grounds, paths, out, targets), format_, color, -1 if quiet else 1 if verbose else 0)
    changes = any(ground.planned.steps for ground in grounds)
    if exit_code and changes:
        return EXIT_CHANGES
    return EXIT_UNREAD if exit_code and any(unread(ground.planned) for ground in grounds) else 0


def _document(grounds: list[Ground], state: str) -> dict[str, Any]:
    from vxsetup import __version__
    from vxsetup.plan.file import document, plan_data

    first = grounds[0].circumstances
    about = {
        "tool": {"name": "vxsetup", "version": __version__},
        "catalog": {"date": first.catalogue.date.isoformat()},
        "now": first.now.isoformat().replace("+00:00", "Z"),
    }
    rows = [plan_data(one.planned, one.project, one.lacks, _left_over(one, state)) for one in grounds]
    return document(rows, about)


def _left_over(ground: Ground, state: str) -> tuple[Thing, ...]:
    """What the journal says that vxsetup made and the config no longer asks for."""
    from vxsetup.cli.state import read_only
    from vxsetup.plan.made import left_over, things
    from vxsetup.rules.path import Declaration

    history, _ = read_only(state, ground.project, ground.asked)
    return left_over(things(history), Declaration(ground.project, ground.circumstances.catalogue))


def _write(document: dict[str, Any], grounds: list[Ground], out: str | None, folder: str | None) -> None:
    from vxsetup.report.plan import hand_over, plan_json

    if out:
        write_text(out, plan_json(document))
    if folder:
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Refused(f"{folder} cannot be made: {error.strerror}") from error
        for name, page in hand_over(document["projects"]).items():
            write_text(str(Path(folder) / name), page)


def tell_no_step(targets: Sequence[str], steps: Sequence[Step]) -> None:
    """Say which targets chose nothing: a word with a slip in it, or a step that is no longer needed."""
    for word in targets:
        if not any(word in step.id or word in step.title for step in steps):
            complain(f"--target {shlex.quote(word)}: no step that is needed has that in its id or title.")


def _next(grounds: list[Ground], paths: tuple[str, ...], out: str | None, targets: tuple[str, ...]) -> str:
    """The command that comes next."""
    if any(lack.known for ground in grounds for lack in ground.lacks):
        return command_line("plan", paths, "--hand-over", "hand-over")
    if any(ground.planned.to_apply for ground in grounds):
        if targets and not out:  # apply alone would do every step, not only those that were shown
            chosen = [word for target in targets for word in ("--target", target)]
            return command_line("plan", paths, *chosen, "--out", "plan.json")
        # A saved plan names its config and environment.
        return command_line("apply", [out], without=("environment",)) if out else command_line("apply", paths)
    return command_line("check", paths)


def _show(document: dict[str, Any], following: str | None, format_: str, color: str, verbosity: int) -> None:
    from vxsetup.report.plan import plan_json, plan_text

    if format_ == "json":
        echo(plan_json(document))
    else:
        echo(plan_text(document, style(color), verbosity, following))
