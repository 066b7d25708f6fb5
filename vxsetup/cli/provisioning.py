"""What ``plan`` and ``apply`` share: read a config, read the cloud, plan, and see what the caller may not do."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from vxsetup.cli.output import Refused

if TYPE_CHECKING:
    from vxsetup.catalog import Catalogue
    from vxsetup.cli.asking import Asked
    from vxsetup.cli.configs import Configs
    from vxsetup.config.project import Project
    from vxsetup.facts.base import Facts
    from vxsetup.findings import Report, Requirement, Step
    from vxsetup.plan.look import Look
    from vxsetup.plan.overlay import Planned
    from vxsetup.plan.preflight import Lack
    from vxsetup.rules.circumstances import Circumstances

Progress = Callable[[int, int], None] | None


@dataclass
class Ground:
    """One project, the cloud that it is asked of, and its plan; ``facts`` are those that were read."""

    project: Project
    circumstances: Circumstances
    asked: Asked
    requirements: tuple[Requirement, ...]
    facts: Facts
    planned: Planned
    lacks: tuple[Lack, ...]


def sound_configs(paths: tuple[str, ...], environment: str | None) -> Configs:
    """The configs, none of which has an error of its own; the command ends with the first of them otherwise."""
    from vxsetup.cli.configs import read_configs
    from vxsetup.findings import Severity, Verdict

    configs = read_configs(paths, environment)
    faults = [f for f in configs.findings if f.verdict is Verdict.FAIL and f.severity is Severity.ERROR]
    if faults:
        first = faults[0]
        place = f"{first.span.file}:{first.span.line}:{first.span.column}: " if first.span else ""
        more = f" ({len(faults) - 1} more)" if len(faults) > 1 else ""
        file = first.config or (first.span.file if first.span else configs.files[0])
        raise Refused(f"{place}{first.message.rstrip('.')}{more}. See: vxsetup validate {shlex.quote(file)}")
    if not configs.projects:
        raise Refused("no project is declared there")
    return configs


def plan_of(
    project: Project,
    asked: Asked,
    catalogue: Catalogue,
    now: datetime | None,
    targets: tuple[str, ...] = (),
    progress: Progress = None,
) -> Ground:
    """Read the cloud, plan, and test the permissions that the plan's steps need."""
    from vxsetup.cli.judging import requirements_of
    from vxsetup.plan.overlay import plan
    from vxsetup.plan.preflight import asked as tested
    from vxsetup.plan.preflight import lacking
    from vxsetup.rules import registry
    from vxsetup.rules.circumstances import Circumstances
    from vxsetup.rules.engine import facts_asked
    from vxsetup.rules.path import Declaration
    from vxsetup.rules.remedies import reads

    circumstances = Circumstances(now or asked.clock.now(), catalogue, asked.caller, True, "free")
    requirements = requirements_of([project], circumstances)[0]
    declaration = Declaration(project, catalogue)
    gatherer = asked.gatherer([entry.principal for entry in project.access], progress)
    facts = gatherer.gather([*facts_asked(requirements), *reads(declaration)])
    planned = plan(requirements, facts, circumstances, registry(), declaration, targets)
    facts = gatherer.gather(tested(planned.steps))
    return Ground(project, circumstances, asked, requirements, facts, planned, lacking(planned.steps, facts))


def looker(ground: Ground) -> Callable[[Step], Look]:
    """Reads anew what one step gives, and judges the requirement that asked for it."""
    from vxsetup.plan.look import look, to_read

    def looked(step: Step) -> Look:
        requirement = ground.planned.asking(step)
        gatherer = ground.asked.gatherer([entry.principal for entry in ground.project.access])
        facts = gatherer.gather(to_read(step, requirement))
        return look(step, requirement, facts, ground.circumstances)

    return looked


def judged_again(ground: Ground, configs: Configs, command: str) -> Report:
    """The report of the project as it is now."""
    from vxsetup.cli.judging import gather_for, make_report

    gatherer = ground.asked.gatherer([entry.principal for entry in ground.project.access])
    requirements = {configs.projects.index(ground.project): ground.requirements}
    facts = gather_for(requirements, gatherer, "free")
    return make_report(command, configs, ground.circumstances, facts, requirements=requirements)
