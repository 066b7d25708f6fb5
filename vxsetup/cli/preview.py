"""The plan preview of a report page: the plan loop over the facts that a check has read, without another request."""

from __future__ import annotations

import shlex
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vxsetup.findings import Severity, Verdict

if TYPE_CHECKING:
    from vxsetup.catalog import Catalogue
    from vxsetup.cli.configs import Configs
    from vxsetup.config.project import Project
    from vxsetup.facts.base import Facts
    from vxsetup.findings import Finding, Requirement
    from vxsetup.rules.circumstances import Circumstances

Plan = Mapping[str, Any]


def shows_plans(format_: str, reports: Sequence[str]) -> bool:
    """Whether one of the reports that are asked for shows what a plan would do."""
    return any(name.partition("=")[0] == "html" for name in (format_, *reports))


def reads_of(projects: Sequence[Project], catalogue: Catalogue) -> tuple[Hashable, ...]:
    """The facts that plans ask for beside those of the rules: read in the same wave as these."""
    from vxsetup.rules.path import Declaration
    from vxsetup.rules.remedies import reads

    keys = (key for project in projects for key in reads(Declaration(project, catalogue)))
    return tuple(dict.fromkeys(keys))


def previews(
    configs: Configs,
    requirements: Mapping[int, tuple[Requirement, ...]],
    facts: Facts,
    circumstances: Circumstances,
    again: Mapping[str, str | None],
) -> tuple[Plan | None, ...]:
    """What ``plan`` would do for each project, as the data of its document; None where ``plan`` would refuse to: the
    config has a fault of its own, or there is no file. ``again`` are the options with which to plan in earnest."""
    from vxsetup.cli.configs import COMMAND_LINE
    from vxsetup.plan.file import plan_data
    from vxsetup.plan.overlay import plan
    from vxsetup.rules import registry
    from vxsetup.rules.path import Declaration

    rules = registry()
    faulty = {finding.home for finding in configs.findings if _stops(finding)}
    found: list[Plan | None] = []
    for number, project in enumerate(configs.projects):
        if project.file == COMMAND_LINE or project.file in faulty:
            found.append(None)
            continue
        declaration = Declaration(project, circumstances.catalogue)
        planned = plan(requirements[number], facts, circumstances, rules, declaration)
        found.append(with_command(plan_data(planned, project, ()), project, again, tested=False))
    return tuple(found)


def with_command(row: Plan, project: Project, again: Mapping[str, str | None], *, tested: bool) -> Plan:
    """A plan's data with the command that makes this plan, and whether its steps' permissions were asked for."""
    options = {"env": project.environment, **again}
    words = [word for name, value in options.items() if value for word in (f"--{name}", value)]
    return {**row, "command": shlex.join(["vxsetup", "plan", project.file, *words]), "tested": tested}


def _stops(finding: Finding) -> bool:
    return finding.verdict is Verdict.FAIL and finding.severity is Severity.ERROR
