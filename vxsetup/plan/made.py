"""What vxsetup made, as its journal tells: things with how they were made, and whether the config still asks for them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vxsetup.config.project import Project
from vxsetup.plan.journal import Entry, History
from vxsetup.rules.members import own_accounts
from vxsetup.rules.path import Declaration, project_name
from vxsetup.rules.remedies.access import role_of

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

RULES = {
    "create_project": "VX201",
    "link_billing": "VX202",
    "enable_services": "VX203",
    "grant": "VX303",
    "create_service_account": "VX305",
    "create_role": "VX303",
    "create_pool": "VX310",
    "create_provider": "VX310",
    "let_act": "VX313",
    "enable_model": "VX406",
    "allow_value": "VX501",
    "prefer_quota": "VX602",
    "set_model_config": "VX702",
    "create_dataset": "VX703",
    "grant_dataset": "VX705",
}
"""Kind of change -> the rule whose requirement asks for it."""
_BY_FIELD = {"inferenceEventLoggingConfig": "VX707", "dataSharingEnabledProvider": "VX407"}


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that vxsetup made or changed, and that was not taken back.

    ``made`` and ``depends`` are what the journal keeps of it, JSON data; ``at`` when it was last written (RFC 3339).
    ``certain`` is False where the run was cut off, or an answer lost, before it could be said that vxsetup made it.
    """

    step: str
    title: str
    action: Mapping[str, Any]
    made: Mapping[str, Any]
    depends: Mapping[str, Any]
    at: str
    certain: bool = True

    @property
    def kind(self) -> str:
        """The name of the change: ``grant``, ``create_dataset`` …"""
        return str(self.action.get("do"))

    @property
    def name(self) -> str:
        """What it is, in words; the title of its step where the journal does not say enough."""
        make = _NAMES.get(self.kind)
        try:
            return make(self.action, self.made) if make is not None else self.title
        except (KeyError, TypeError):
            return self.title

    @property
    def rule(self) -> str:
        """The rule that asks for such a thing."""
        return _BY_FIELD.get(str(self.action.get("mask")), RULES.get(self.kind, "VX201"))


def _setting_name(action: Mapping[str, Any], made: Mapping[str, Any]) -> str:
    return f"{action['mask']} of {action['model']} at {action['location']}"


def _quota_name(action: Mapping[str, Any], made: Mapping[str, Any]) -> str:
    where = ", ".join(f"{key} {value}" for key, value in sorted(action["dimensions"].items()))
    return f"request for {action['value']} of {action['quota_id']}{f' ({where})' if where else ''}"


_NAMES: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], str]] = {
    "create_project": lambda action, made: f"project {action['project']}",
    "link_billing": lambda action, made: f"link of {action['project']} to {action['account']}",
    "enable_services": lambda action, made: f"API {', '.join(action['services'])} in {action['project']}",
    "create_service_account": lambda action, made: f"service account {action['email']}",
    "create_pool": lambda action, made: f"workload identity pool {action['pool']} of {action['project']}",
    "create_provider": lambda action, made: (
        f"identity provider {action['pool']}/{action['provider']} of {action['project']}"
    ),
    "let_act": lambda action, made: f"leave to act as {action['account']} for {action['select']} of {action['pool']}",
    "create_role": lambda action, made: f"role {action['role_id']} of {action['project']}",
    "grant": lambda action, made: f"{action['role']} on {action['resource']} for {action['member']}",
    "enable_model": lambda action, made: f"enablement of {action['model']} in {action['project']}",
    "set_model_config": _setting_name,
    "prefer_quota": _quota_name,
    "create_dataset": lambda action, made: f"dataset {action['project']}.{action['dataset']}",
    "grant_dataset": lambda action, made: f"{made['member']} as a writer of {action['dataset']}",
    "allow_value": lambda action, made: f"{action['value']} in {action['constraint']} of {action['project']}",
}
"""Kind of change -> what it made, in words."""


def things(history: History) -> tuple[Thing, ...]:
    """What a journal says that vxsetup made, in the order in which it was first made.

    A step that sent something and was never answered counts, marked as uncertain: it may have been done. What stood there
    before is taken from the first time, how it was made from the last.
    """
    begun: dict[str, Entry] = {}
    found: dict[str, Thing] = {}
    doubted: dict[str, str] = {}  # by step, the run that left it uncertain
    for entry in history.entries:
        name = entry.step
        if name is None:
            continue
        if entry.event == "step_begun":
            begun[name] = entry
        if _may_have_begun(entry) and name in begun and not (name in found and found[name].certain):
            if entry.event == "step_sent" or name not in found:
                found[name] = _thing(begun[name], _made(entry), certain=False)
                doubted[name] = entry.run
        elif entry.event in ("step_accepted", "step_ended", "step_settled") and name in begun:
            _ended(entry, begun[name], found, doubted.get(name) == entry.run or entry.event == "step_settled")
        elif entry.taken_back:
            found.pop(name, None)
    return tuple(found.values())


def _may_have_begun(entry: Entry) -> bool:
    """Whether a line says that something is about to be sent; before there were lines for that, each begin did."""
    if entry.event == "step_begun":
        return not entry.data.get("notes") and isinstance(entry.data.get("action"), dict)
    return entry.event == "step_sent"


def _made(entry: Entry) -> dict[str, Any]:
    """What a line says was made, or will have been, without the seal by which it is known again."""
    made = entry.data.get("made")
    return {key: value for key, value in made.items() if key != "sent"} if isinstance(made, dict) else {}


def _ended(entry: Entry, begun: Entry, found: dict[str, Thing], own: bool) -> None:
    """Note an end, of a write of its ``own`` run or of an earlier one's. A step that sent nothing made nothing: somebody
    else did, or an earlier run of vxsetup's that was cut off, which then stays uncertain."""
    assert entry.step is not None
    before = found.get(entry.step)
    if entry.data.get("changed"):
        made = _made(entry)
        if before is not None and before.certain:
            made = {key: value for key, value in made.items() if key != "before"}
            made |= {"before": before.made["before"]} if "before" in before.made else {}
            made |= {"created": before.made["created"]} if "created" in before.made else {}
        fresh = _thing(begun, made, certain=True)
        found[entry.step] = fresh if before is None else _first(fresh, before)
    elif before is not None and not before.certain and own and not entry.data.get("unsure"):
        found.pop(entry.step)  # nothing was sent, or it was refused, or it is somebody else's


def _first(fresh: Thing, before: Thing) -> Thing:
    """The thing as it was made last, with what the first time found there."""
    depends = before.depends if before.certain else fresh.depends
    return Thing(fresh.step, fresh.title, fresh.action, fresh.made, depends, fresh.at)


def _thing(begun: Entry, made: Mapping[str, Any], certain: bool) -> Thing:
    action, depends = begun.data.get("action"), begun.data.get("depends")
    return Thing(
        step=str(begun.step),
        title=str(begun.data.get("title", begun.step)),
        action=action if isinstance(action, dict) else {},
        made=made,
        depends=depends if isinstance(depends, dict) else {},
        at=begun.at,
        certain=certain,
    )


def asked_for(thing: Thing, declaration: Declaration) -> bool:
    """Whether the config still asks for a thing; where that cannot be told, it does."""
    wanted, project, action = _ASKS.get(thing.kind), declaration.project, thing.action
    if action.get("project", project.id) != project.id:
        return False
    return wanted is None or wanted(action, declaration, project)


def _grant(action: Mapping[str, Any], declaration: Declaration, project: Project) -> bool:
    if action.get("resource") != project_name(project.id):
        return True
    member = str(action.get("member")).casefold()
    return any(
        entry.principal.casefold() == member and role_of(declaration, entry.role, ability) == action.get("role")
        for entry in project.access
        for ability in entry.can
    )


def _account(action: Mapping[str, Any], declaration: Declaration, project: Project) -> bool:
    return str(action.get("email")) in own_accounts(project)


def _dataset(action: Mapping[str, Any], declaration: Declaration, project: Project) -> bool:
    asked = project.logging.request_response
    return asked is not None and asked.dataset == action.get("dataset")


def _models(project: Project) -> set[str]:
    return {model.id.partition("@")[0] for model in project.models}


def _model(action: Mapping[str, Any], declaration: Declaration, project: Project) -> bool:
    return str(action.get("model")).partition("@")[0] in _models(project)


def _settings(action: Mapping[str, Any], declaration: Declaration, project: Project) -> bool:
    model, location = str(action.get("model")).partition("@")[0], str(action.get("location"))
    placed = any(
        one.id.partition("@")[0] == model and location in (place.location for place in one.locations)
        for one in project.models
    )
    mask = action.get("mask")
    if mask == "loggingConfig":
        return placed and project.logging.request_response is not None
    if mask == "inferenceEventLoggingConfig":
        return placed and project.logging.inference_events
    sharing = project.consents.data_sharing
    covered = sharing is not None and model in {name.partition("@")[0] for name in sharing.models}
    return placed and (covered or mask != "dataSharingEnabledProvider")


def _value(action: Mapping[str, Any], declaration: Declaration, project: Project) -> bool:
    """A value of a policy names a model; one that names none of the config's is left over."""
    value = str(action.get("value"))
    return not value.startswith("publishers/") or any(f"/{name}" in value for name in _models(project))


def _pipeline(action: Mapping[str, Any], declaration: Declaration, project: Project) -> bool:
    """Whether the config still names the forge of a pool, or the repository that may act as the account."""
    forge = action.get("pool")
    named = {"github": project.ci.github, "gitlab": project.ci.gitlab}
    if action.get("do") != "let_act":
        return forge not in named or named[str(forge)] is not None
    github, gitlab = project.ci.github, project.ci.gitlab
    paths = {
        *([(github.principal, github.repository)] if github is not None else []),
        *([(gitlab.principal, gitlab.project)] if gitlab is not None else []),
    }
    path = str(action.get("select")).partition("/")[2]
    return (f"serviceAccount:{action.get('account')}", path) in paths


def _role(action: Mapping[str, Any], declaration: Declaration, project: Project) -> bool:
    name = f"{project_name(project.id)}/roles/{action.get('role_id')}"
    return any(entry.role == name for entry in project.access)


_ASKS = {
    "create_role": _role,
    "create_pool": _pipeline,
    "create_provider": _pipeline,
    "let_act": _pipeline,
    "grant": _grant,
    "create_service_account": _account,
    "create_dataset": _dataset,
    "grant_dataset": _dataset,
    "enable_model": _model,
    "set_model_config": _settings,
    "allow_value": _value,
}


def left_over(found: Sequence[Thing], declaration: Declaration) -> tuple[Thing, ...]:
    """The things for which the config no longer asks."""
    return tuple(thing for thing in found if not asked_for(thing, declaration))
