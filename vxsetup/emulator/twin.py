"""Builds a world from a recording's answers: what each answer says of the cloud is put where the world format keeps it.

It reads the recording as a public file format (schemas/facts.schema.json) and by the documents of the APIs, as the rest
of the emulator does. What an answer does not tell is left as a world has it by default; what cannot be rebuilt is laid
over the world as answers that are given again to the letter (``frozen``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from .tables import shipped
from .twin_reading import PREDICTION, Answered, Data, Rebuilding, asked, read_answer

__all__ = ["Answered", "frozen", "rebuilt"]

CALLER_ROLE = "vxsetupTwinCaller"
"""The custom role that holds what the caller was seen to hold where the policies that give it could not be read."""


MADE_UP_ORGANIZATION = "1"
"""The organization above a folder whose own parent nobody read."""


def rebuilt(
    answers: Iterable[Answered], now: str, caller: Mapping[str, Any], in_groups: bool = False
) -> dict[str, Any]:
    """The world that the answers tell of, as data of the world format.

    ``in_groups``: the caller is taken to be in every group that a policy names, because who is in a group is not read.
    """
    to = Rebuilding({"version": 1, "now": now, "caller": {k: v for k, v in caller.items() if v is not None}})
    known = list(answers)
    for one in known:
        found = re.match(r"GET https://cloudresourcemanager\.googleapis\.com/v3/projects/([^/:]+)$", asked(one))
        if found and one.status == 200 and isinstance(one.data, dict):
            to.numbers[str(one.data.get("name", "")).removeprefix("projects/")] = found[1]
    for one in known:
        read_answer(to, one)
    _models(to)
    _callers_own(to, known, str(caller.get("principal") or ""))
    return _whole(to, str(caller.get("principal") or ""), in_groups)


def _models(to: Rebuilding) -> None:
    for (project, model), seen in to.requests.items():
        found: Data = {"enabled": True, "data_sharing": True, "addendum": True, "prerequisites": True}
        row = shipped().models.get(model)
        served = row.locations if row else ()
        missing = [place for place in (*seen.passed, *seen.short) if place not in served]
        if missing:
            table = to.world.setdefault("tables", {}).setdefault("models", {}).setdefault(model, {})
            table["locations"] = [*served, *missing]
        if seen.elsewhere:
            found["locations"] = [place for place in (*served, *missing) if place not in seen.elsewhere]
        to.project(project).setdefault("models", {})[model] = found


def _callers_own(to: Rebuilding, answers: list[Answered], principal: str) -> None:
    """What the caller was seen to hold, as a custom role of its own where the policies that give it were not read."""
    charged = to.world["caller"].get("quota_project")
    for one in answers:
        if one.status != 200 or PREDICTION.match(asked(one)):
            continue
        match = re.search(r"/((?:projects|folders|organizations)/[^/:?]+)", unquote(one.url))
        own = match[1].removeprefix("projects/") if match and match[1].startswith("projects/") else None
        if match and one.permission:
            to.held.setdefault(match[1], set()).add(one.permission)
        project = charged or own
        if project:
            service = (urlsplit(one.url).hostname or "").rpartition("-aiplatform")
            to.enabled(project, "aiplatform.googleapis.com" if service[1] else service[2])
    if charged:
        to.held.setdefault(f"projects/{charged}", set()).add("serviceusage.services.use")
    for name, permissions in to.held.items():
        if name in to.policies_read or not permissions or not principal or name.startswith("folders/"):
            continue
        node = to.node(name)
        node.setdefault("roles", {})[CALLER_ROLE] = {"permissions": sorted(permissions)}
        node.setdefault("iam", []).append({"role": f"{name}/roles/{CALLER_ROLE}", "members": [principal]})


def _whole(to: Rebuilding, principal: str, in_groups: bool) -> Data:
    """The parts as one world; what nobody told is made up where the format needs it."""
    world = dict(to.world)
    for name, node in to.nodes.items():
        kind, _, key = name.partition("/")
        if kind == "organizations":
            world["organization"] = {"id": key} | node
        else:
            world.setdefault("folders", {})[key] = node
    taken = {one.get("number") for one in to.projects.values()}
    made_up = (str(number) for number in range(900000000001, 900000001000) if str(number) not in taken)
    for name, project in to.projects.items():
        project.setdefault("number", next(made_up))
        _make_parent(world, project.get("parent"))
        world.setdefault("projects", {})[name] = project
    loose = [folder for folder in world.get("folders", {}).values() if "parent" not in folder]
    if loose:
        world.setdefault("organization", {"id": MADE_UP_ORGANIZATION})
    for folder in loose:
        folder["parent"] = f"organizations/{world['organization']['id']}"
    if to.groups:
        world["groups"] = {name: [principal] if in_groups and principal else [] for name in sorted(to.groups)}
    return world


def _make_parent(world: Data, parent: str | None) -> None:
    """A project's parent, where its own record alone names it."""
    if parent is None:
        return
    kind, _, key = parent.partition("/")
    if kind == "folders":
        world.setdefault("folders", {}).setdefault(key, {})
    elif kind == "organizations" and "organization" not in world:
        world["organization"] = {"id": key}


def frozen(one: Answered | None, verb: str, url: str, sent: str | None, broken: str | None = None) -> Data:
    """A fault row that gives a recorded answer again, to the letter; ``broken`` where no answer had come."""
    parts = urlsplit(url)
    pattern = re.sub(r"([*?[])", r"[\1]", f"{parts.hostname}{parts.path}")
    row: Data = {"match": f"{verb} {pattern}"} | ({"query": parts.query} if parts.query else {})
    if sent is not None:
        row["sent"] = sent
    if one is None:
        return row | {"broken": broken or "reset"}
    return row | {"status": one.status, "body": one.text}
