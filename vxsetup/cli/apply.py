"""``vxsetup apply``: does the steps of a plan, one journal line before and after each, and waits until they can be used."""

from __future__ import annotations

from datetime import datetime

import click

from vxsetup.cli.options import (
    cloud_options,
    deadline_option,
    listing_options,
    one_config_options,
    option,
    state_option,
)
from vxsetup.cli.output import writable


@click.command("apply")
@click.argument("paths", nargs=-1, metavar="[PLAN|PATH]")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@option("--wait", "wait", is_flag=True, help="Wait for the steps that people do, up to an hour.")
@state_option
@option("--events", type=click.Path(dir_okay=False), metavar="FILE", help="Write what happens as lines of JSON.")
@deadline_option("How long one step may take until it can be used.")
@one_config_options
@cloud_options
@listing_options
def command(
    paths: tuple[str, ...],
    yes: bool,
    wait: bool,
    state: str,
    events: str | None,
    deadline: float,
    environment: str | None,
    catalog: str | None,
    now: datetime | None,
    impersonate: str | None,
    quota_project: str | None,
    emulate: str | None,
    emulate_state: str | None,
    format_: str,
    color: str,
) -> int:
    """Do the steps of a plan: of a saved one, or of a config as it stands, after showing them and asking.

    Steps only add or change what the config asks for; nothing is removed. Each ends when what it gives can be used, or
    says that it could not be confirmed. Run again, it goes on where it stopped. Exits with 0 where everything is done,
    with 5 where something is left, with 130 after an interruption.
    """
    from vxsetup.cli.applying import Run, Settings
    from vxsetup.cli.running import kept_cloud

    writable(events)
    settings = Settings(paths, yes, wait, state, events, deadline, environment, catalog, now, format_, color)
    with kept_cloud(emulate, emulate_state, impersonate, quota_project) as asked:
        return Run(settings, asked).go()
