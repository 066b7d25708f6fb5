"""The part of ``check`` that asks a cloud, or a recording of one: gather, keep what was asked for, judge."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from vxsetup.cli.output import EXIT_UNDECIDED, write_text

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:
    from vxsetup.values import dataclass, replace

if TYPE_CHECKING:
    from vxsetup.cli.asking import Asked
    from vxsetup.cli.configs import Configs
    from vxsetup.cloud.gather import Gatherer
    from vxsetup.facts.base import Facts
    from vxsetup.findings import Report, Requirement
    from vxsetup.rules.circumstances import Circumstances, ProbeMode

EXIT_INTERRUPTED = 130
_AHEAD = timedelta(minutes=5)
"""How far in the future a recording's time may lie: clocks differ."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How to ask: ``troubleshoot`` may ask Policy Troubleshooter; ``cloud`` is the world, its state, the recording, the
    service account and the charged project; ``plan_with`` are the options of the plan that a page shows a preview of,
    None where none does; ``cloud_asset`` is the folder or organization to search in Cloud Asset Inventory."""

    probe: ProbeMode
    record: str | None
    jobs: int
    quiet: bool
    max_age: timedelta | None
    troubleshoot: bool
    cloud: tuple[str | None, str | None, str | None, str | None, str | None]
    plan_with: Mapping[str, str | None] | None = None
    cloud_asset: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """The report; where nothing at all could be read, the command that would mend it; and an exit code that the report
    does not show: 130 where the run was interrupted, 3 where the recording is too old to decide anything."""

    report: Report
    remedy: str | None
    ended: int = 0


def online(configs: Configs, catalog: str | None, now: datetime | None, asking: Asking) -> Done:
    """Ask, and judge what was answered. An interruption ends the asking, and what is known by then is judged."""
    from vxsetup import __version__
    from vxsetup.cli.asking import open_cloud, tell_silence
    from vxsetup.cli.configs import read_catalogue
    from vxsetup.cli.judging import make_report, requirements_of
    from vxsetup.cloud.recording import recorded
    from vxsetup.rules.circumstances import Circumstances

    catalogue = read_catalogue(catalog)
    asked = open_cloud(*asking.cloud)
    circumstances = Circumstances(now or asked.now, catalogue, asked.caller, True, asking.probe, asking.troubleshoot)
    requirements = requirements_of(configs.projects, circumstances)
    gatherer, facts, interrupted, told = _gathered(configs, requirements, asked, asking, circumstances)
    if asking.record:
        write_text(asking.record, recorded(gatherer.outcomes, gatherer.facts, asked.caller, asked.now, __version__))
    if asked.emulation is not None:
        from vxsetup.cli.emulation import keep

        keep(asked.emulation, asking.cloud[1])
    remedy = None if interrupted else tell_silence(gatherer.outcomes.values())
    report = make_report("check", configs, circumstances, facts, told, requirements=requirements)
    if interrupted:
        answers = f"{len(gatherer.outcomes):,} answers had come"
        note = f"The run was interrupted when {answers}; what had not been read by then is unknown."
        return Done(replace(report, notes=(*report.notes, note)), remedy, EXIT_INTERRUPTED)
    if asking.plan_with is not None:
        from vxsetup.cli.preview import previews

        plans = previews(configs, requirements, facts, circumstances, asking.plan_with)
        report = replace(report, plans=plans)
    old = _too_old(asked.now, now or datetime.now(UTC), asking.max_age) if asking.cloud[2] else None
    if old is not None:
        return Done(replace(report, notes=(*report.notes, old)), remedy, EXIT_UNDECIDED)
    return Done(report, remedy)


def _gathered(
    configs: Configs,
    requirements: dict[int, tuple[Requirement, ...]],
    asked: Asked,
    asking: Asking,
    circumstances: Circumstances,
) -> tuple[Gatherer, Facts, bool, tuple[str, ...]]:
    """The facts, whether ^C ended the gathering, and what is to be said of it. With nothing known an interruption is
    passed on: nothing to keep."""
    from vxsetup.cli.judging import gather_for
    from vxsetup.cli.output import complain
    from vxsetup.cli.progress import progress
    from vxsetup.facts.base import Facts, Unknown, UnknownCause
    from vxsetup.rules.engine import facts_asked

    more: Sequence[Hashable] = ()
    if asking.plan_with is not None or asking.record:  # a recording answers for the page that is made of it later, too
        from vxsetup.cli.preview import reads_of

        more = reads_of(configs.projects, circumstances.catalogue)
    principals = [entry.principal for each in configs.projects for entry in each.access]
    gatherer = asked.gatherer(principals)
    gatherer.workers = asking.jobs
    asked.bounded(asking.jobs, configs.shard[1] if configs.shard else 1)
    try:
        with progress(asking.quiet, lambda: asked.slowest(gatherer)) as show:
            gatherer.progress = show
            scope = asking.cloud_asset or asked.cloud_asset
            if scope is None:
                return gatherer, gather_for(requirements, gatherer, asking.probe, more), False, ()
            from vxsetup.cli.inventory import gathered

            gather = partial(gather_for, requirements, gatherer, asking.probe, more)
            facts, told = gathered(scope, requirements, configs, gatherer, circumstances, gather)
            return gatherer, facts, False, (told,)
    except KeyboardInterrupt:
        if not gatherer.outcomes:
            raise
    complain("Interrupted. What is known so far:")
    says = "the run was interrupted before this was read"
    unread = Unknown(UnknownCause.NOT_ASKED, says, "a run that is not interrupted", "vxsetup")
    keys = (key for each in requirements.values() for key in facts_asked(each))
    return gatherer, Facts(dict.fromkeys(keys, unread) | gatherer.facts), True, ()


def _too_old(recorded_at: datetime, now: datetime, max_age: timedelta | None) -> str | None:
    """Why a recording decides nothing; None where it is fresh enough, or any age will do."""
    if max_age is None:
        return None
    if recorded_at - now > _AHEAD:
        return f"The recording is of {recorded_at.isoformat()}, which is still to come: its age is not known, so it decides nothing."
    age = now - recorded_at
    if age <= max_age:
        return None
    return (
        f"The recording is {_words(age)} old and --max-age allows {_words(max_age)}: it decides nothing. "
        "Record again with vxsetup check --record FILE."
    )


def _words(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    if hours >= 48:
        return f"{hours / 24:.0f} days"
    return f"{hours:.0f} hours" if hours >= 2 else f"{hours * 60:.0f} minutes"
