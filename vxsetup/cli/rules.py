"""``vxsetup rules``: the list of every rule, or the roles that a check reads with."""

from __future__ import annotations

import click

from vxsetup.cli.options import listing_options, option
from vxsetup.cli.output import echo, style


@click.command("rules")
@option(
    "--permissions",
    type=click.Choice(["project", "organization", "both"]),
    is_flag=False,
    flag_value="both",
    default=None,
    envvar=None,
    help="Instead of the rules: the custom roles that a check reads with, as gcloud takes them, and what each "
    "permission buys.",
)
@listing_options
def command(permissions: str | None, format_: str, color: str) -> int:
    """List every rule, with its severity and the good state that it asks for."""
    from vxsetup.report.rules import rules_json, rules_text
    from vxsetup.rules import registry

    if permissions is not None:
        echo(_permissions(permissions, format_))
        return 0
    echo(rules_json(registry()) if format_ == "json" else rules_text(registry(), style(color)))
    return 0


def _permissions(levels: str, format_: str) -> str:
    from vxsetup.cli.permissions import bought, unnamed
    from vxsetup.report.permissions import Level, permissions_json, permissions_yaml

    wanted = tuple(level for level in Level if levels in (level.value, "both"))
    written = permissions_json if format_ == "json" else permissions_yaml
    return written(bought(), unnamed(), wanted)
