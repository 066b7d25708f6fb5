"""``check --cloud-asset``: what Cloud Asset Inventory tells of a whole folder, and what is read again because of it.

The index may be behind. What it says can let a requirement pass, on the rung ``listed``; wherever a judgement that
rests on it is not a pass, the project is read by itself, and that counts. So no failure comes from an old index, and
nothing that was read in the run is overruled by it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping
from typing import TYPE_CHECKING

import click

from vxsetup.findings import Verdict

if TYPE_CHECKING:
    from vxsetup.cli.configs import Configs
    from vxsetup.cloud.gather import Gatherer
    from vxsetup.cloud.inventory import Inventory
    from vxsetup.facts.base import Facts, Unknown
    from vxsetup.findings import Requirement
    from vxsetup.rules.circumstances import Circumstances

Requirements = Mapping[int, tuple["Requirement", ...]]

_SETTLED = (Verdict.PASS, Verdict.NOT_APPLICABLE)


class ScopeType(click.ParamType[str]):
    """``folders/123`` or ``organizations/123``."""

    name = "folders/N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from vxsetup.cloud.inventory import is_scope

        if is_scope(str(value)):
            return str(value)
        return self.fail(f"{str(value)[:80]!r} is neither folders/NUMBER nor organizations/NUMBER", param, ctx)


def gathered(
    scope: str,
    requirements: Requirements,
    configs: Configs,
    gatherer: Gatherer,
    circumstances: Circumstances,
    gather: Callable[[], Facts],
) -> tuple[Facts, str]:
    """The facts, those of the index among them, and what the report says about it. ``gather`` asks for what is not known."""
    inventory = take_inventory(scope, requirements, configs, gatherer)
    facts = gather()
    reread = forget_doubtful(requirements, inventory, gatherer, circumstances) if inventory.facts else 0
    if reread:
        facts = gather()
    return facts, remark(scope, inventory, len({project.id for project in configs.projects}), reread)


def take_inventory(scope: str, requirements: Requirements, configs: Configs, gatherer: Gatherer) -> Inventory:
    """Search the place for what the requirements read, and put what was found among the gatherer's facts."""
    from vxsetup.cloud.inventory import read_inventory
    from vxsetup.facts.project import Services
    from vxsetup.rules.engine import facts_asked

    reads = dict.fromkeys(key for each in requirements.values() for key in facts_asked(each))
    services = [key for key in reads if isinstance(key, Services)]
    projects = {project.id for project in configs.projects}
    found = read_inventory(scope, projects, services, gatherer.send, gatherer.outcomes.__setitem__)
    gatherer.facts.update(found.facts)
    return found


def forget_doubtful(
    requirements: Requirements, inventory: Inventory, gatherer: Gatherer, circumstances: Circumstances
) -> int:
    """How many projects have something that rests on the index and is not a pass. What the index said of them, and all
    that was made of it, is no longer among the gatherer's facts."""
    from vxsetup.facts.base import Facts
    from vxsetup.rules import registry
    from vxsetup.rules.engine import judge

    rules, facts = registry(), Facts(gatherer.facts)
    rests_on = _roots(gatherer, inventory.facts.keys())
    doubtful, gone = 0, set[Hashable]()
    for asked in requirements.values():
        own = {root for requirement in asked for key in requirement.reads for root in rests_on.get(key, ())}
        if not own:
            continue
        judged = zip(asked, judge(asked, facts, circumstances, rules), strict=True)
        if any(f.verdict not in _SETTLED and any(rests_on.get(key) for key in r.reads) for r, f in judged):
            doubtful += 1
            gone |= own
    for key, roots in rests_on.items():
        if not gone.isdisjoint(roots):
            gatherer.facts.pop(key, None)
    return doubtful


def _roots(gatherer: Gatherer, told: Collection[Hashable]) -> dict[Hashable, frozenset[Hashable]]:
    """For each fact that was made: what the index told, among all that it was made of."""
    known: dict[Hashable, frozenset[Hashable]] = {}

    def roots(key: Hashable) -> frozenset[Hashable]:
        if key not in known:
            needs = gatherer.providers[type(key)].needs(key)
            known[key] = frozenset({key}) if key in told else frozenset().union(*map(roots, needs))
        return known[key]

    for key in gatherer.facts:
        roots(key)
    return known


def remark(scope: str, inventory: Inventory, projects: int, reread: int) -> str:
    """What the report says about the inventory: what rests on it, or why nothing does."""
    from vxsetup.facts.access import AllowPolicy
    from vxsetup.facts.project import Services
    from vxsetup.rules.path import in_short

    why = "; ".join(f"{in_short(one.says)} {_needs(one, scope)}" for one in inventory.refused)
    policies = sum(1 for key in inventory.facts if isinstance(key, AllowPolicy))
    services = len({key.project for key in inventory.facts if isinstance(key, Services)})
    if not inventory.facts:
        reason = why or f"it has no row of these projects; are they in {scope}?"
        return f"Cloud Asset Inventory told nothing: {reason}. Each project was read by itself."
    told = (
        f"Cloud Asset Inventory told the allow policies of {policies:,} and the APIs of {services:,} of {projects:,} "
        f"projects (rung listed, read at {inventory.read_at}). It is an index that follows changes without a promised "
        f"time; leave --cloud-asset out to read each project itself."
    )
    if reread:
        told += f" {reread:,} of them, where something is wrong or not known, were read by themselves."
    return told + (f" Not all of it was told: {why}." if why else "")


def _needs(refused: Unknown, scope: str) -> str:
    """What would let the search through, in brackets."""
    from vxsetup.facts.base import UnknownCause

    if refused.cause is UnknownCause.API_DISABLED:
        charged = (refused.consumer or "projects/PROJECT").removeprefix("projects/")
        return f"(gcloud services enable {refused.service} --project {charged})"
    if refused.cause is UnknownCause.PERMISSION_DENIED:
        return f"(it needs {refused.would_need} on {scope}, as roles/cloudasset.viewer gives it)"
    return f"(it needs {refused.would_need})"
