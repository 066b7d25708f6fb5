"""``vxsetup demo``: runs a shipped example in the built-in emulator, and says which command it stands for."""

from __future__ import annotations

import copy

import click

from vxsetup.cli.options import option
from vxsetup.cli.output import Refused


@click.command("demo")
@click.argument("name", required=False, default="new-project", metavar="[NAME]")
@option("--list", "list_", is_flag=True, help="List the examples.")
@click.pass_context
def command(ctx: click.Context, name: str, list_: bool) -> int:
    """Run the example NAME (default: new-project) in the built-in emulator. It needs no account and no network.

    Exits as the check itself does: 1 where the example has faults.
    """
    from vxsetup.resources import example_names, folder

    if list_:
        click.echo("\n".join(example_names()))
        return 0
    if name not in example_names():
        raise Refused(f"there is no example {name!r}; there are: {', '.join(example_names())}")
    from vxsetup.cli.check import command as check

    place = folder("examples") / name
    config, world = place / "vxsetup.yaml", place / "world.yaml"
    arguments = [str(config), "--emulate", str(world)]
    click.echo(f"$ vxsetup check {config} --emulate {world}\n", err=True)
    shipped = _deaf(check)
    with shipped.make_context("check", arguments, parent=ctx) as inner:
        code = shipped.invoke(inner)
    click.echo("\nThis was the example " + name + " on an emulated Google Cloud; nothing of yours was read.", err=True)
    click.echo(
        "Your own project: vxsetup check --project PROJECT_ID --model claude-sonnet-5-5 --location global", err=True
    )
    return int(code)


_SHOWN = ("format_", "output", "reports", "fail_on", "unknown", "color", "verbose", "quiet")


def _deaf(check: click.Command) -> click.Command:
    """``check`` without the variables of options that choose what is checked, and how it is asked.

    They are set for the user's own configs; the example brings all of that with it.
    """
    found = copy.copy(check)
    found.params = [copy.copy(param) for param in check.params]
    for param in found.params:
        if param.name not in _SHOWN:
            param.envvar = None
    return found
