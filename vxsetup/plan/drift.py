"""Drift: what is not as the config asks, what somebody changed since vxsetup made it, and what is left over. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from vxsetup.facts.made import Alteration, MadeState, Standing
from vxsetup.findings import Evidence, Finding, Fix, Rule, Rung, Severity, Span, Step, Verdict
from vxsetup.plan.made import Thing

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

JOURNAL = "the journal"
"""The source of what vxsetup made."""


class DriftKind(StrEnum):
    """``differs``: the config asks for something else. ``changed``, ``gone``: somebody touched what vxsetup made.
    ``left_over``: vxsetup made it, and the config no longer asks for it. ``unknown``: it could not be told."""

    DIFFERS = "differs"
    CHANGED = "changed"
    GONE = "gone"
    LEFT_OVER = "left_over"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference. ``thing`` is what vxsetup made, where it is about that; ``finding`` what the config asks for, where
    that does not hold. ``alterations`` are the attributes that somebody changed."""

    kind: DriftKind
    thing: Thing | None = None
    finding: Finding | None = None
    alterations: tuple[Alteration, ...] = ()
    says: str = ""

    @property
    def counts(self) -> bool:
        """Whether it is drift: what is not known is not."""
        return self.kind is not DriftKind.UNKNOWN


def drift(
    findings: Sequence[Finding],
    steps: Sequence[Step],
    things: Sequence[Thing],
    standings: Mapping[str, Standing],
    left: Sequence[Thing],
) -> tuple[Drift, ...]:
    """Every difference once: a failure that comes of a thing that somebody changed stands with that thing.

    ``findings`` are those of the config, judged; ``steps`` those of the plan of now: one with the id of a thing's step
    says that the config asks for the thing again.
    """
    failing = {one.fingerprint: one for one in findings if _fails(one)}
    asked_by = {step.id: step.asked_by for step in steps}
    gone_over = {thing.step for thing in left}
    rows: list[Drift] = []
    told: set[str] = set()
    for thing in things:
        standing = standings[thing.step]
        finding = failing.get(asked_by.get(thing.step) or "")
        row = _row(thing, standing, finding, thing.step in gone_over)
        if row is not None:
            rows.append(row)
            told |= {finding.fingerprint} if finding is not None and row.counts else set()
    rows += [Drift(DriftKind.DIFFERS, None, one) for name, one in failing.items() if name not in told]
    rows += [Drift(DriftKind.UNKNOWN, None, one, (), one.message) for one in findings if _open(one)]
    return tuple(rows)


def _fails(finding: Finding) -> bool:
    return finding.verdict is Verdict.FAIL and finding.severity is Severity.ERROR and finding.suppressed is None


def _open(finding: Finding) -> bool:
    return finding.verdict is Verdict.UNKNOWN and finding.severity is Severity.ERROR and finding.suppressed is None


def _row(thing: Thing, standing: Standing, finding: Finding | None, left: bool) -> Drift | None:
    """What a thing says of drift; None where it stands as it was made and is asked for."""
    if standing.state is MadeState.GONE:
        # Gone and not asked for any more: nobody misses it. And what a run that was cut off may not have made is not gone.
        return None if left or not thing.certain else Drift(DriftKind.GONE, thing, finding)
    if left:
        return Drift(DriftKind.LEFT_OVER, thing, None, standing.alterations)
    if standing.state is MadeState.CHANGED:
        return Drift(DriftKind.CHANGED, thing, finding, standing.alterations)
    if standing.state is MadeState.UNKNOWN and thing.kind != "enable_model":
        need = f"; it takes {standing.permission}" if standing.permission else ""
        return Drift(DriftKind.UNKNOWN, thing, None, (), standing.says + need)
    return None


def verdict_of(rows: Sequence[Drift]) -> str:
    """``drifted``, ``undecided`` where something could not be told, or ``in_step``."""
    if any(row.counts for row in rows):
        return "drifted"
    return "undecided" if rows else "in_step"


def as_finding(row: Drift, project: str, environment: str | None, file: str, rules: Mapping[str, Rule]) -> Finding:
    """A row as a finding of the rule that asks for the thing, for the formats of reports."""
    if row.thing is None and row.finding is not None:
        return row.finding
    assert row.thing is not None
    thing = row.thing
    rule = rules[thing.rule]
    span = row.finding.span if row.finding is not None else Span(file, 1, 1, 1, 1)
    return Finding(
        rule=rule.id,
        name=rule.name,
        verdict=Verdict.UNKNOWN if row.kind is DriftKind.UNKNOWN else Verdict.FAIL,
        severity=Severity.ERROR,
        message=sentence(row),
        subject=f"projects/{project}: {thing.name}",
        span=span,
        evidence=(Evidence(Rung.READ, JOURNAL, f"vxsetup made it: {thing.title}", thing.at),),
        fix=fix(row),
        environment=environment,
        project=project,
    )


def sentence(row: Drift) -> str:
    """A row about a thing as one sentence."""
    assert row.thing is not None
    name = row.thing.name
    if row.kind is DriftKind.GONE:
        return f"{name} is gone; vxsetup made it on {row.thing.at}."
    if row.kind is DriftKind.LEFT_OVER:
        return f"{name} is left over: vxsetup made it on {row.thing.at}, and the config no longer asks for it."
    if row.kind is DriftKind.CHANGED:
        what = "; ".join(f"{a.attribute}: {a.before or 'nothing'} -> {a.after or 'nothing'}" for a in row.alterations)
        return f"{name} was changed since vxsetup made it on {row.thing.at}: {what}."
    return f"Whether {name} is as vxsetup made it could not be read: {row.says}."


def fix(row: Drift) -> Fix | None:
    """What to do about a row about a thing."""
    if row.kind is DriftKind.GONE:
        return Fix("make it again, or take it out of the config", "vxsetup apply")
    if row.kind is DriftKind.LEFT_OVER:
        return Fix("remove it, or write it into the config again", "vxsetup destroy --left-over")
    if row.kind is DriftKind.CHANGED:
        return Fix("keep the change and write it into the config where it has a key for it, or change it back by hand")
    return None
