"""Turns a World back into data of the world format, leaving out what is as it would be by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from .model import Behaviour, Binding, Condition, DenyPolicy, Fault, Node, OrgPolicy, Pool, Project, World


def _kept(**pairs: Any) -> dict[str, Any]:
    """The pairs that say something: no None, no empty collection, no empty text, no False."""
    return {key: value for key, value in pairs.items() if value not in (None, "", False, [], {}, ())}


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _condition(condition: Condition | None) -> dict[str, Any] | None:
    if condition is None:
        return None
    return {"title": condition.title, "expression": condition.expression} | _kept(description=condition.description)


def dump_bindings(bindings: tuple[Binding, ...]) -> list[dict[str, Any]]:
    """An ``iam`` list."""
    return [
        {"role": one.role, "members": list(one.members)} | _kept(condition=_condition(one.condition))
        for one in bindings
    ]


def _deny(policy: DenyPolicy) -> dict[str, Any]:
    rules = [
        {"principals": list(rule.principals), "permissions": list(rule.permissions)}
        | _kept(
            except_principals=list(rule.except_principals),
            except_permissions=list(rule.except_permissions),
            condition=_condition(rule.condition),
        )
        for rule in policy.rules
    ]
    return {"id": policy.id, "rules": rules} | _kept(display_name=policy.display_name)


def _org_policy(policy: OrgPolicy) -> dict[str, Any]:
    found = _kept(
        allowed=list(policy.allowed),
        denied=list(policy.denied),
        allow_all=policy.allow_all,
        deny_all=policy.deny_all,
        inherit=policy.inherit,
        reset=policy.reset,
    )
    return found if policy.enforce is None else found | {"enforce": policy.enforce}


def _node(node: Node) -> dict[str, Any]:
    roles = {
        name: {"permissions": list(role.permissions)}
        | _kept(title=role.title, deleted=role.deleted, stage=None if role.stage == "GA" else role.stage)
        for name, role in node.roles.items()
    }
    return _kept(
        parent=node.parent,
        display_name=node.display_name,
        iam=dump_bindings(node.iam),
        audit=[dict(one) for one in node.audit],
        deny=[_deny(policy) for policy in node.deny],
        policies={key: _org_policy(policy) for key, policy in node.policies.items()},
        roles=roles,
    )


def _pool(pool: Pool) -> dict[str, Any]:
    providers = {
        key: _kept(
            issuer=one.issuer,
            mapping=dict(one.mapping),
            condition=one.condition,
            audiences=list(one.audiences),
            display_name=one.display_name,
            description=one.description,
            disabled=one.disabled,
        )
        for key, one in pool.providers.items()
    }
    return _kept(
        providers=providers, display_name=pool.display_name, description=pool.description, disabled=pool.disabled
    )


def _limits(rows: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {
            spec.name: list(value) if isinstance(value, tuple) else value
            for spec in fields(row)
            if (value := getattr(row, spec.name)) is not None
        }
        for name, row in rows.items()
    }


def _models(project: Project) -> dict[str, Any]:
    return {
        name: {"enabled": one.enabled}
        | ({} if one.locations is None else {"locations": list(one.locations)})
        | _kept(data_sharing=one.data_sharing, addendum=one.addendum, prerequisites=one.prerequisites)
        for name, one in project.models.items()
    }


def _project(project: Project) -> dict[str, Any]:
    services = [
        name if usable is None else {"name": name, "usable_at": _time(usable)}
        for name, usable in project.services.items()
    ]
    accounts = {
        email: _kept(
            display_name=one.display_name,
            description=one.description,
            disabled=one.disabled,
            iam=dump_bindings(one.iam),
        )
        for email, one in project.service_accounts.items()
    }
    billing = project.billing
    return {"number": project.number} | _kept(
        **_node(project.node),
        state=None if project.state == "ACTIVE" else project.state,
        created=_time(project.created) if project.created else None,
        labels=dict(project.labels),
        billing={"account": billing.account, "open": billing.open} if billing else None,
        services=services,
        service_accounts=accounts,
        pools={key: _pool(pool) for key, pool in project.pools.items()},
        models=_models(project),
        addendum=project.addendum,
        quotas={place: _limits(rows) for place, rows in project.quotas.items()},
        quota_increase=project.quota_increase,
        quota_preferences={key: dict(one) for key, one in project.preferences.items()},
        model_configs={place: {m: dict(c) for m, c in rows.items()} for place, rows in project.configs.items()},
        datasets={key: dict(one) for key, one in project.datasets.items()},
    )


def _fault(fault: Fault) -> dict[str, Any]:
    found = {spec.name: getattr(fault, spec.name) for spec in fields(fault)}
    return {key: value for key, value in found.items() if value is not None and value != {}}


def _behaviour(behaviour: Behaviour) -> dict[str, Any]:
    usual = Behaviour()
    return {
        spec.name: value
        for spec in fields(behaviour)
        if (value := getattr(behaviour, spec.name)) != getattr(usual, spec.name)
    }


def dump_world(world: World) -> dict[str, Any]:
    """The world as plain data of the world format."""
    organization: dict[str, Any] | None = None
    for key, node in world.organizations.items():
        organization = {"id": key} | _node(node)
    accounts = {
        key: {"open": one.open} | _kept(display_name=one.display_name, iam=dump_bindings(one.iam))
        for key, one in world.billing_accounts.items()
    }
    caller = world.caller
    return {
        "version": 1,
        "now": _time(world.now),
        "caller": {"principal": caller.principal, "kind": caller.kind} | _kept(quota_project=caller.quota_project),
    } | _kept(
        organization=organization,
        folders={key: _node(node) for key, node in world.folders.items()},
        groups={key: list(members) for key, members in world.groups.items()},
        billing_accounts=accounts,
        projects={key: _project(project) for key, project in world.projects.items()},
        behaviour=_behaviour(world.behaviour),
        faults=[_fault(fault) for fault in world.faults],
        tables=dict(world.tables),
        operations={k: {"ready": _time(op.ready), "body": dict(op.body)} for k, op in world.operations.items()},
    )
