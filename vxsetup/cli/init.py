"""``vxsetup init``: writes a first config. On a terminal it asks for what is not given; elsewhere flags say everything."""

from __future__ import annotations

import shlex
from datetime import datetime
from pathlib import Path

import click

from vxsetup.cli.options import Time, option


@click.command("init")
@click.argument("path", default="vxsetup.yaml", type=click.Path())
@click.option("--project", metavar="ID", help="The project id (default: that of the environment or of gcloud).")
@click.option("--model", "models", multiple=True, metavar="ID", help="A model that it must reach; may be repeated.")
@click.option("--location", metavar="NAME", help="Where models are asked: global, us, eu or a region.")
@click.option("--residency", type=click.Choice(["any", "us", "eu", "asia"]), help="Where data may be handled.")
@click.option(
    "--member",
    "members",
    multiple=True,
    metavar="MEMBER",
    help="Who must be able to send requests: user:…, group:…, serviceAccount:…; may be repeated. A service account "
    "without a domain is this project's, and vxsetup may make it.",
)
@click.option("--client", "clients", multiple=True, metavar="NAME", help="A client that is used; may be repeated.")
@click.option("--parent", metavar="NAME", help="With --billing-account: vxsetup may make the project in this folder.")
@click.option("--billing-account", "billing_account", metavar="ID", help="With --parent: the account that pays for it.")
@click.option("--contact", metavar="EMAIL", help="Whom Google may write to about requests for quota.")
@click.option("--no-schema", "no_schema", is_flag=True, help="Write no schema for editors beside it.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@option(
    "--catalog", type=click.Path(exists=True, dir_okay=False), metavar="FILE", help="A dated patch over the catalogue."
)
@option("--now", type=Time(), metavar="TIME", help="Judge as of this time.")
def command(
    path: str,
    project: str | None,
    models: tuple[str, ...],
    location: str | None,
    residency: str | None,
    members: tuple[str, ...],
    clients: tuple[str, ...],
    parent: str | None,
    billing_account: str | None,
    contact: str | None,
    no_schema: bool,
    force: bool,
    catalog: str | None,
    now: datetime | None,
) -> int:
    """Write a first config to PATH, with comments that say what more can be asked.

    On a terminal it asks for the project and the models where they are not given, and for the location only where
    several fit. It never writes over a file without --force, and writes nothing that does not validate.
    """
    from vxsetup.cli.output import Refused
    from vxsetup.cli.starting import Given, Start

    if (parent is None) != (billing_account is None):
        raise Refused("--parent and --billing-account go together: both are needed to make a project")
    if Path(path).is_dir():
        inside = shlex.join(["vxsetup", "init", str(Path(path) / "vxsetup.yaml")])
        raise Refused(f"{path or '.'} is a folder; name the file in it: {inside}")
    given = Given(project, models, location, residency, members, clients, parent, billing_account, contact)
    return Start(given, path, force, not no_schema, catalog, now).go()
