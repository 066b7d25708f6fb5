"""``vxsetup rules``: the list of every rule."""

from __future__ import annotations

import click

from vxsetup.cli.options import option
from vxsetup.cli.output import echo, style


@click.command("rules")
@option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to write the list.",
)
@option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colour the text.",
)
def command(format_: str, color: str) -> int:
    """List every rule, with its severity and the good state that it asks for."""
    from vxsetup.report.rules import rules_json, rules_text
    from vxsetup.rules import registry

    echo(rules_json(registry()) if format_ == "json" else rules_text(registry(), style(color)))
    return 0
