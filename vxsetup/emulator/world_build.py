"""Builds a World from data of the world format, and refuses what contradicts itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from .model import (
    Behaviour,
    Billing,
    BillingAccount,
    Binding,
    Caller,
    Condition,
    DenyPolicy,
    DenyRule,
    Fault,
    Limits,
    Model,
    Node,
    Operation,
    OrgPolicy,
    Pool,
    Project,
    Provider,
    Role,
    ServiceAccount,
    World,
)
from .yaml_text import Path

Data = Mapping[str, Any]


class BadWorldError(ValueError):
    """A world that contradicts itself: ``path`` names the place, ``message`` the contradiction."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(f"{'.'.join(map(str, path))}: {message}")
        self.path = path
        self.message = message


def moment(text: Any, path: Path) -> datetime:
    """A time with its zone. Raises BadWorldError for anything else."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise BadWorldError(path, f"{str(text)[:40]!r} is not a time such as 2026-11-22T12:00:00Z") from None
    if found.tzinfo is None:
        raise BadWorldError(path, "the time needs a zone, for example a Z at its end")
    return found.astimezone(UTC)


def _each(holder: Data, key: str) -> Iterator[tuple[str, Data]]:
    for name, raw in (holder.get(key) or {}).items():
        yield str(name), raw or {}


def _condition(raw: Data | None) -> Condition | None:
    if not raw:
        return None
    return Condition(raw.get("title", ""), raw["expression"], raw.get("description", ""))


def bindings_of(raw: Any) -> tuple[Binding, ...]:
    """The bindings of an ``iam`` list."""
    return tuple(
        Binding(one["role"], tuple(one.get("members") or ()), _condition(one.get("condition"))) for one in raw or ()
    )


def _deny(raw: Any) -> tuple[DenyPolicy, ...]:
    policies = []
    for number, one in enumerate(raw or ()):
        rules = tuple(
            DenyRule(
                tuple(rule["principals"]),
                tuple(rule["permissions"]),
                tuple(rule.get("except_principals") or ()),
                tuple(rule.get("except_permissions") or ()),
                _condition(rule.get("condition")),
            )
            for rule in one["rules"]
        )
        policies.append(DenyPolicy(one.get("id") or f"deny-{number + 1}", rules, one.get("display_name", "")))
    return tuple(policies)


def org_policy_of(raw: Data) -> OrgPolicy:
    """One organization policy of the world format."""
    return OrgPolicy(
        tuple(raw.get("allowed") or ()),
        tuple(raw.get("denied") or ()),
        bool(raw.get("allow_all", False)),
        bool(raw.get("deny_all", False)),
        raw.get("enforce"),
        bool(raw.get("inherit", False)),
        bool(raw.get("reset", False)),
    )


def _roles(raw: Data) -> dict[str, Role]:
    return {
        name: Role(
            tuple(one.get("permissions") or ()), one.get("title", ""), one.get("stage", "GA"), one.get("deleted", False)
        )
        for name, one in _each(raw, "roles")
    }


def _node(name: str, raw: Data) -> Node:
    return Node(
        name,
        raw.get("parent"),
        raw.get("display_name", ""),
        bindings_of(raw.get("iam")),
        tuple(raw.get("audit") or ()),
        _deny(raw.get("deny")),
        {str(key).removeprefix("constraints/"): org_policy_of(one) for key, one in _each(raw, "policies")},
        _roles(raw),
    )


def _services(raw: Any, path: Path) -> dict[str, datetime | None]:
    found: dict[str, datetime | None] = {}
    for number, one in enumerate(raw or ()):
        if isinstance(one, str):
            found[one] = None
        else:
            found[one["name"]] = moment(one["usable_at"], (*path, "services", number, "usable_at"))
    return found


def _accounts(project: str, raw: Data) -> dict[str, ServiceAccount]:
    found = {}
    for name, one in _each(raw, "service_accounts"):
        email = name if "@" in name else f"{name}@{project}.iam.gserviceaccount.com"
        found[email] = ServiceAccount(
            email,
            one.get("display_name", ""),
            one.get("description", ""),
            one.get("disabled", False),
            bindings_of(one.get("iam")),
        )
    return found


def _provider(one: Data) -> Provider:
    return Provider(
        one.get("issuer", ""),
        dict(one.get("mapping") or {}),
        one.get("condition", ""),
        tuple(one.get("audiences") or ()),
        one.get("display_name", ""),
        one.get("disabled", False),
        one.get("description", ""),
    )


def _pools(raw: Data) -> dict[str, Pool]:
    return {
        name: Pool(
            {key: _provider(provider) for key, provider in _each(one, "providers")},
            one.get("display_name", ""),
            one.get("disabled", False),
            one.get("description", ""),
        )
        for name, one in _each(raw, "pools")
    }


def _model(one: Data) -> Model:
    places = one.get("locations")
    return Model(
        one.get("enabled", False),
        None if places is None else tuple(places),
        one.get("data_sharing", False),
        one.get("addendum", False),
        one.get("prerequisites", False),
    )


def _quotas(raw: Data) -> dict[str, dict[str, Limits]]:
    return {
        place: {name: _limits(one or {}) for name, one in (rows or {}).items()} for place, rows in _each(raw, "quotas")
    }


def _limits(one: Data) -> Limits:
    used_up = one.get("used_up")
    return Limits(**{**one, "used_up": None if used_up is None else tuple(used_up)})


def _project(name: str, raw: Data, path: Path) -> Project:
    billing = raw.get("billing")
    configs = {place: {model: dict(one) for model, one in rows.items()} for place, rows in _each(raw, "model_configs")}
    return Project(
        id=name,
        number=str(raw["number"]),
        node=_node(f"projects/{name}", raw),
        state=raw.get("state", "ACTIVE"),
        created=moment(raw["created"], path) if raw.get("created") else None,
        labels=dict(raw.get("labels") or {}),
        billing=Billing(str(billing["account"]), billing.get("open", True)) if billing else None,
        services=_services(raw.get("services"), path),
        service_accounts=_accounts(name, raw),
        pools=_pools(raw),
        models={key.partition("@")[0]: _model(one) for key, one in _each(raw, "models")},
        addendum=raw.get("addendum", False),
        quotas=_quotas(raw),
        quota_increase=raw.get("quota_increase"),
        preferences=dict(_each(raw, "quota_preferences")),
        configs=configs,
        datasets=dict(_each(raw, "datasets")),
    )


def _caller(raw: Data) -> Caller:
    principal = raw.get("principal", "user:dev@acme.example")
    natural = "federated" if principal.startswith("principal://") else "user"
    natural = "service_account" if principal.startswith("serviceAccount:") else natural
    return Caller(principal, raw.get("kind", natural), raw.get("quota_project"))


def _fault(one: Data) -> Fault:
    return Fault(
        one["match"],
        one.get("status"),
        one.get("times"),
        one.get("broken"),
        one.get("body"),
        dict(one.get("headers") or {}),
        one.get("latency_ms"),
        one.get("query"),
        one.get("sent"),
    )


def build_world(data: Data) -> World:
    """The world that the data describes. Raises BadWorldError where its parts contradict each other."""
    organization = data.get("organization")
    organizations = {}
    if organization:
        key = str(organization["id"])
        organizations[key] = _node(f"organizations/{key}", organization)
    accounts = {
        name: BillingAccount(name, one.get("open", True), one.get("display_name", ""), bindings_of(one.get("iam")))
        for name, one in _each(data, "billing_accounts")
    }
    operations = {
        name: Operation(moment(one["ready"], ("operations", name, "ready")), dict(one["body"]))
        for name, one in _each(data, "operations")
    }
    world = World(
        now=moment(data["now"], ("now",)),
        caller=_caller(data.get("caller") or {}),
        organizations=organizations,
        folders={name: _node(f"folders/{name}", one) for name, one in _each(data, "folders")},
        groups={str(name): tuple(members or ()) for name, members in (data.get("groups") or {}).items()},
        billing_accounts=accounts,
        projects={name: _project(name, one, ("projects", name)) for name, one in _each(data, "projects")},
        behaviour=Behaviour(**(data.get("behaviour") or {})),
        faults=tuple(_fault(one) for one in data.get("faults") or ()),
        tables=dict(data.get("tables") or {}),
        operations=operations,
    )
    _consistent(world)
    return world


def _consistent(world: World) -> None:
    """Parents exist and make no circle; project numbers are each one project's. Raises BadWorldError."""
    nodes: dict[str, tuple[Node, Path]] = {}
    for key, node in world.folders.items():
        nodes[node.name] = (node, ("folders", key, "parent"))
    for key, project in world.projects.items():
        nodes[project.node.name] = (project.node, ("projects", key, "parent"))
    known = {*nodes, *(node.name for node in world.organizations.values())}
    for node, path in nodes.values():
        if node.parent is not None and (node.parent not in known or node.parent.startswith("projects/")):
            raise BadWorldError(path, f"the parent {node.parent!r} is no folder or organization of this world")
        seen = {node.name}
        above = node.parent
        while above in nodes:
            if above in seen:
                raise BadWorldError(path, f"{above} is its own ancestor")
            seen.add(above)
            above = nodes[above][0].parent
    owners: dict[str, str] = {}
    for key, project in world.projects.items():
        taken = owners.setdefault(project.number, key)
        if taken != key or project.number in world.projects:
            raise BadWorldError(("projects", key, "number"), f"the number {project.number} is already that of {taken}")
