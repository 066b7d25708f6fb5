"""What was made in a story, how it stands, and taking it back: the way that ``destroy`` goes, without its files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from plan_runs import CONFIG, DEV, PROJECT, ROLES, Story

from vxsetup.cli.made import stand
from vxsetup.cloud.changes.base import Hands, NotChanged
from vxsetup.cloud.undo import Made, remove, undoings
from vxsetup.emulator.model import Project
from vxsetup.facts.made import Standing
from vxsetup.plan.destroy import Fate, Removal, Wish, dependent, removals
from vxsetup.plan.journal import Entry, History
from vxsetup.plan.made import Thing, things

ALL = Wish(apis=True, billing=True, contents=True)
LOGGING = CONFIG + (
    "residency: eu\nlocation: eu\nlogging:\n"
    "  request_response: {sampling_rate: 0.5, dataset: claude_logs, location: EU, retention_days: 30}\n"
    "  inference_events: true\n"
)
AGENT = "service-555555555555@gcp-sa-aiplatform.iam.gserviceaccount.com"


def wide(made: dict[str, Any]) -> dict[str, Any]:
    """A world whose caller may do everything that a config can ask for."""
    more = ("roles/aiplatform.admin", "roles/bigquery.admin", "roles/orgpolicy.policyAdmin")
    made["organization"]["iam"] = [{"role": role, "members": [DEV]} for role in (*ROLES, *more)]
    return made


def history(told: Story) -> History:
    """The story's journal, as it would be read from a file."""
    rows = [json.loads(json.dumps(row)) for row in told.journal.written]
    return History(tuple(Entry("2026-11-22T12:00:00Z", "run", event, step, data) for event, step, data in rows))


def made_in(told: Story) -> tuple[Thing, ...]:
    """What vxsetup made there."""
    return things(history(told))


def standings(told: Story) -> dict[str, Standing]:
    """How each thing stands, by its step."""
    return dict(stand(made_in(told), told.asked, told.configs.projects[0]))


def fates(told: Story, wish: Wish = ALL) -> tuple[Removal, ...]:
    """What would become of each thing."""
    stays = {kind: undoing.stays for kind, undoing in undoings().items()}
    return dependent(removals(made_in(told), standings(told), stays, wish))


def destroy(told: Story, wish: Wish = ALL) -> tuple[Removal, ...]:
    """Take everything back that can be; the fates of before."""
    found = fates(told, wish)
    clock = told.emulation.clock

    def wait(seconds: float) -> bool:
        clock.sleep(seconds)
        return True

    for row in found:
        if row.fate is not Fate.REMOVE:
            continue
        thing = row.thing
        hands = Hands(told.asked.send, wait, lambda: clock.now().timestamp())
        ended = remove(Made(thing.action, thing.made, thing.depends, wish.contents), hands)
        state = "failed" if isinstance(ended, NotChanged) else "done"
        told.journal.write("removal_ended", thing.step, state=state)
        assert not isinstance(ended, NotChanged), f"{thing.step}: {ended}"
    return found


def by_fate(rows: Iterable[Removal]) -> dict[str, set[str]]:
    """Fate -> the steps of the things that have it."""
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row.fate.value, set()).add(row.thing.step)
    return found


def undoable(project: Project | None) -> dict[str, Any]:
    """Everything of a project that can be undone, without the order of lists; nothing for a project that is not there."""
    if project is None:
        empty: dict[str, Any] = {name: {} for name in ("accounts", "datasets", "configs", "policies", "pools", "roles")}
        return {"services": set(), "billing": None, "bindings": set(), **empty}
    bindings = {(b.role, member, str(b.condition)) for b in project.node.iam for member in b.members}
    return {
        "services": set(project.services),
        "billing": project.billing,
        "bindings": bindings,
        "accounts": dict(project.service_accounts),
        "datasets": {name: _dataset(one) for name, one in project.datasets.items()},
        "configs": {place: one for place, one in project.configs.items() if one},
        "policies": dict(project.node.policies),
        "pools": dict(project.pools),
        "roles": {name for name, role in project.node.roles.items() if not role.deleted},
    }


def _dataset(dataset: Any) -> dict[str, Any]:
    """A dataset whose access list says in full what its absence says as well."""
    usual = [("READER", "projectReaders"), ("WRITER", "projectWriters"), ("OWNER", "projectOwners")]
    plain = [{"role": role, "specialGroup": group} for role, group in usual]
    found = {key: value for key, value in dataset.items() if key != "access"}
    return found | {"access": dataset.get("access", plain)}


__all__ = ["PROJECT"]
