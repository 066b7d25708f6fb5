"""``vxsetup completion``: the script that makes a shell complete vxsetup's commands and options."""

from __future__ import annotations

import click


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print the completion script of a shell.

    bash: eval "$(vxsetup completion bash)". zsh: the same with zsh. fish: vxsetup completion fish | source.
    """
    from click.shell_completion import get_completion_class

    from vxsetup.cli.root import root

    found = get_completion_class(shell)
    assert found is not None  # click has all three
    click.echo(found(root, {}, "vxsetup", "_VXSETUP_COMPLETE").source())
    return 0
