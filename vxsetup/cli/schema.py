"""``vxsetup schema``: the JSON Schemas that vxsetup reads and writes by."""

from __future__ import annotations

import click

from vxsetup.cli.output import Refused, echo


@click.command("schema")
@click.argument("name", required=False, metavar="[NAME]")
def command(name: str | None) -> int:
    """Print the JSON Schema NAME, or the names of all schemas."""
    from vxsetup.resources import schema_names, schema_text

    if name is None:
        echo("\n".join(schema_names()))
        return 0
    try:
        echo(schema_text(name))
    except KeyError:
        raise Refused(f"there is no schema {name!r}; there are: {', '.join(schema_names())}") from None
    return 0
