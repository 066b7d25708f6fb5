"""The plan file: a plan as JSON with digests, read back without trust, and compared with the plan of now. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

from vxsetup.config.project import Project
from vxsetup.facts.base import Unknown
from vxsetup.findings import Finding, Fix, Step, Verdict, readiness
from vxsetup.plan.made import Thing
from vxsetup.plan.order import waits_for
from vxsetup.plan.overlay import Planned
from vxsetup.plan.preflight import Lack
from vxsetup.values import names_of

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

FORMAT = "vxsetup.plan/1"


@dataclass(frozen=True, slots=True)
class Saved:
    """A plan file read back: which config it is for, and of each step its id, title and digest."""

    digest: str
    file: str
    environment: str | None
    project: str
    config: str
    steps: tuple[SavedStep, ...]


@dataclass(frozen=True, slots=True)
class SavedStep:
    """What a plan file says of a step, as far as applying needs it."""

    id: str
    title: str
    by_hand: bool
    needs: tuple[str, ...]
    action: str
    depends: str


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """Why a file is no plan that can be applied."""

    message: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A step whose ground has moved since the plan was made."""

    step: SavedStep
    says: str


def digest(value: Any) -> str:
    """``sha256:`` and the digest of a value as canonical JSON."""
    text = json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def config_digest(project: Project) -> str:
    """The digest of what a config asks for, merged and without its comments."""
    return digest({"environment": project.environment, "config": project.root.value})


def plain(value: Any) -> Any:
    """A value as JSON data: values of the package as objects, sets sorted."""
    if isinstance(value, Enum):
        return value.value
    names = names_of(value)
    if names is not None:
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (frozenset, set)):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def plan_data(
    planned: Planned, project: Project, lacks: Sequence[Lack], left_over: Sequence[Thing] = ()
) -> dict[str, Any]:
    """A plan of one project as JSON data, without its digest. ``left_over``: what an earlier plan made and the config no
    longer asks for."""
    before = waits_for(planned.steps)
    counted = tally(planned.steps)
    return {
        "project": project.id,
        "environment": project.environment,
        "config": {"file": project.file, "digest": config_digest(project)},
        "verdict_now": readiness(planned.before),
        "verdict": planned.verdict,
        "complete": planned.complete,
        "applyable": applyable(planned, lacks),
        "errored": bool(unread(planned)),
        "summary": {**counted, "unchanged": sum(one.verdict is Verdict.PASS for one in planned.before)},
        "steps": [_step(step, sorted(before[step.id])) for step in planned.steps],
        "missing_permissions": [_lack(lack) for lack in lacks],
        "left": [_finding(finding) for finding in planned.left],
        "shows_later": [_finding(finding) for finding in planned.shows_later],
        "left_over": [{"step": one.step, "what": one.name, "made_at": one.at} for one in left_over],
    }


def applyable(planned: Planned, lacks: Sequence[Lack]) -> bool:
    """Whether ``apply`` has something to do and is known to lack nothing for it."""
    return bool(planned.to_apply) and not any(lack.known for lack in lacks)


def unread(planned: Planned) -> tuple[Finding, ...]:
    """What could not be judged, so that the plan may miss steps for it."""
    return tuple(finding for finding in planned.left if finding.verdict is Verdict.UNKNOWN)


def tally(steps: Sequence[Step]) -> dict[str, int]:
    """How many steps of each kind."""
    return {
        "add": sum(step.kind.value == "create" for step in steps),
        "change": sum(step.kind.value == "change" for step in steps),
        "by_hand": sum(step.kind.value == "by_hand" for step in steps),
    }


def document(rows: Sequence[Mapping[str, Any]], about: Mapping[str, Any]) -> dict[str, Any]:
    """The plan of some projects as the whole of a file, with the digest of everything in it."""
    body = {"format": FORMAT, **about, "projects": list(rows)}
    return {**body, "digest": digest(body)}


def _step(step: Step, before: Sequence[str]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": step.id,
        "kind": step.kind.value,
        "title": step.title,
        "reason": step.reason,
        "after": list(before),
        "action": plain(step.action),
        "diff": plain(step.diff),
        "gives": [_gives(key, value) for key, value in step.gives.items()],
        "permissions": plain(step.permissions),
        "depends": plain(step.depends),
        "digests": {"action": digest(step.action), "depends": digest(step.depends)},
        "by_hand": _fix(step.by_hand),
        "who": step.who,
        "expects": step.expects,
        "consent": step.consent,
    }
    return row


def _gives(key: Any, value: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"fact": type(key).__name__, "of": plain(key)}
    if isinstance(value, Unknown):
        return row | {"known_after_apply": True}
    return row | ({"change": plain(value)} if hasattr(value, "applied") else {"value": plain(value)})


def _fix(fix: Fix | None) -> dict[str, Any] | None:
    return {"summary": fix.summary, "command": fix.command, "url": fix.url} if fix is not None else None


def _lack(lack: Lack) -> dict[str, Any]:
    return {
        "resource": lack.permit.resource,
        "permission": lack.permit.permission,
        "role": lack.permit.role,
        "known": lack.known,
        "steps": [step.id for step in lack.steps],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "verdict": finding.verdict.value,
        "subject": finding.subject,
        "message": finding.message,
        "fix": _fix(finding.fix),
    }


def read_plan(text: str) -> Saved | PlanProblem:
    """Read a plan file. Never raises; a file that is none, or was changed by hand, is a problem in words."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        return PlanProblem(f"it is not JSON: {error}")
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, dict) else None
        return PlanProblem(f"its format is {found!r}, not {FORMAT!r}; make one with: vxsetup plan --out FILE")
    try:
        if digest({key: value for key, value in data.items() if key != "digest"}) != data.get("digest"):
            return PlanProblem("it was changed since it was made: its digest does not fit. Make it anew")
        rows = data["projects"]
        if len(rows) != 1:
            return PlanProblem(f"it holds the plans of {len(rows)} projects; plan --out takes one")
        row = rows[0]
        return Saved(
            digest=data["digest"],
            file=_text(row["config"]["file"]),
            environment=None if row["environment"] is None else _text(row["environment"]),
            project=_text(row["project"]),
            config=_text(row["config"]["digest"]),
            steps=tuple(_saved(step) for step in row["steps"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        return PlanProblem(f"it is not a whole plan: {type(error).__name__} at {error}")


def _saved(row: Mapping[str, Any]) -> SavedStep:
    return SavedStep(
        id=_text(row["id"]),
        title=_text(row["title"]),
        by_hand=row["kind"] == "by_hand",
        needs=tuple(_text(name) for name in row["after"]),
        action=_text(row["digests"]["action"]),
        depends=_text(row["digests"]["depends"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def needed_again(saved: Saved, planned: Planned, done: Collection[str]) -> tuple[Step, ...]:
    """The steps that this very plan has ``done``, and that stand in the plan of now as they stood in it: what they made is
    gone, and making it again is what was agreed to."""
    before = {old.id: (old.action, old.depends) for old in saved.steps if old.id in done}
    return tuple(step for step in planned.steps if before.get(step.id) == (digest(step.action), digest(step.depends)))


def moved(saved: Saved, planned: Planned, done: frozenset[str]) -> tuple[Moved, ...]:
    """The steps of a saved plan that no longer stand on the ground on which it was made.

    ``done`` are the steps that this very plan has done already, when it is resumed: they are no longer planned, and
    what waits for one of them may rest on something else now.
    """
    now = {step.id: step for step in planned.steps}
    found = []
    for old in saved.steps:
        step = now.get(old.id)
        if old.id in done:
            continue
        if step is None:
            # What waited for a done step may have turned out to be as wanted already, which nobody could read before.
            if not old.by_hand and not set(old.needs) & done:
                found.append(
                    Moved(old, "it is no longer needed: somebody else has done it, or what asked for it is gone")
                )
            continue
        if digest(step.action) != old.action or (step.by_hand is not None) != old.by_hand:
            found.append(Moved(old, "it would now do something else"))
        elif digest(step.depends) != old.depends and not set(old.needs) & done:
            found.append(Moved(old, f"what it rests on has changed; it is now {json.dumps(plain(step.depends))}"))
    return tuple(found)
