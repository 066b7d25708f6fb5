"""``vxsetup rules``: the list of every rule."""

from __future__ import annotations

import click

from vxsetup.cli.options import listing_options
from vxsetup.cli.output import echo, style


@click.command("rules")
@listing_options
def command(format_: str, color: str) -> int:
    """List every rule, with its severity and the good state that it asks for."""
    from vxsetup.report.rules import rules_json, rules_text
    from vxsetup.rules import registry

    echo(rules_json(registry()) if format_ == "json" else rules_text(registry(), style(color)))
    return 0
