"""``vxsetup baseline``: writes down the failures that are there, so that a gate fails on new ones alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from vxsetup.cli.options import Time, option
from vxsetup.cli.output import Refused, echo, writable, write_text

DEFAULT = "vxsetup-baseline.json"
_DAYS = 90


@click.group("baseline")
def command() -> None:
    """Known failures, dated and owned: see --baseline of validate and check."""


@command.command("create", short_help="Write a baseline of the failures in reports.")
@click.argument("reports", nargs=-1, required=True, metavar="REPORT...")
@click.option(
    "--output", type=click.Path(dir_okay=False), default=DEFAULT, show_default=True, help="The file to write."
)
@click.option("--reason", required=True, help="Why these failures may stay for now.")
@click.option("--owner", required=True, help="Who answers for them: a team, a person, a ticket.")
@click.option("--expires", type=Time(), metavar="DATE", help=f"The last day of the entries (default: in {_DAYS} days).")
@option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info"]),
    default="error",
    show_default=True,
    help="The least severity of a failure that is written down.",
)
@option("--now", type=Time(), metavar="TIME", help="Count the days from this time.")
def create(
    reports: tuple[str, ...],
    output: str,
    reason: str,
    owner: str,
    expires: datetime | None,
    fail_on: str,
    now: datetime | None,
) -> int:
    """Write a baseline of the failures in JSON reports (- is standard input).

    Entries of an existing file keep their reason, owner and day; those of failures that are gone are dropped. Make the
    reports in the same folder: vxsetup check --format json --exit-zero | vxsetup baseline create - --reason … --owner …
    """
    from vxsetup.cli.baselines import baseline_text, made, read_baseline
    from vxsetup.cli.merge import read_reports, together
    from vxsetup.findings import Severity

    writable(output)
    for name, value in (("--reason", reason), ("--owner", owner)):
        if not value.strip():
            raise Refused(f"{name} is empty; an entry says why it is there and who answers for it")
    today = (now or datetime.now(UTC)).date()
    until = expires.date() if expires is not None else _in_days(today)
    if until < today:
        raise Refused(f"--expires {until.isoformat()} is over; the entries would not hold for a day")
    report = together(read_reports(reports)).report
    old = read_baseline(output) if Path(output).is_file() else ()
    entries = made(report, output, old, Severity(fail_on).weight, reason.strip(), owner.strip(), until)
    write_text(output, baseline_text(entries))
    before = {entry.fingerprint for entry in old}
    new = sum(entry.fingerprint not in before for entry in entries)
    gone = len(before - {entry.fingerprint for entry in entries})
    echo(
        f"{output}: {len(entries):,} known failures ({new:,} new, {gone:,} gone)\n\nNext:\n  vxsetup check --baseline {output}"
    )
    return 0


def _in_days(today: date) -> date:
    return today + timedelta(days=_DAYS)
