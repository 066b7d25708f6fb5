"""``vxsetup destroy``: takes back what the journal says that vxsetup made, where it is still as it was made."""

from __future__ import annotations

from datetime import datetime

import click

from vxsetup.cli.options import cloud_options, deadline_option, listing_options, one_config_options, state_option


@click.command("destroy")
@click.argument("paths", nargs=-1, metavar="[PATH]")
@click.option("--yes", is_flag=True, help="Do it without asking for the project id.")
@click.option("--apis", is_flag=True, help="Also disable the APIs that vxsetup enabled.")
@click.option("--billing", is_flag=True, help="Also unlink the billing account that vxsetup linked.")
@click.option("--delete-contents", "contents", is_flag=True, help="Also delete a dataset that holds tables, with them.")
@click.option(
    "--unproven",
    is_flag=True,
    help="Also remove what is there after a lost answer, though nothing proves that vxsetup made it.",
)
@click.option("--left-over", "left_over", is_flag=True, help="Only what the config no longer asks for.")
@click.option("--dry-run", "dry_run", is_flag=True, help="Only show what would be removed.")
@state_option
@deadline_option("How long one removal may take.")
@one_config_options
@cloud_options
@listing_options
def command(
    paths: tuple[str, ...],
    yes: bool,
    apis: bool,
    billing: bool,
    contents: bool,
    unproven: bool,
    left_over: bool,
    dry_run: bool,
    state: str,
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
    """Take back what vxsetup made, by its journal, where it still is as it was made.

    What somebody changed since is kept, and so is what others made. The project is never removed; APIs, the billing
    link, a dataset that holds tables, and what nothing proves to be vxsetup's own only with their options. At the end it
    names what cannot be undone. Exits with 0 where nothing is left to remove, with 5 where a removal failed, with 130
    after an interruption.
    """
    from vxsetup.cli.destroying import Run, Settings
    from vxsetup.cli.running import kept_cloud
    from vxsetup.plan.destroy import Wish

    wish = Wish(apis, billing, contents, unproven)
    settings = Settings(paths, yes, wish, left_over, dry_run, state, deadline, environment, catalog, format_, color)
    with kept_cloud(emulate, emulate_state, impersonate, quota_project) as asked:
        return Run(settings, asked).go()
