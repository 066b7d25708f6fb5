"""What a world is made of: immutable values that together describe one small Google Cloud.

Members, roles and permissions are spelled as in Google's policies. Mappings are treated as immutable: a change makes
a new mapping and shares the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Kind = Literal["user", "service_account", "federated"]
CheckOrder = Literal["enablement-first", "zero-quota-first"]


@dataclass(frozen=True, slots=True)
class Condition:
    """An IAM condition: a CEL expression with its title."""

    title: str
    expression: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """A role for some members, perhaps under a condition."""

    role: str
    members: tuple[str, ...]
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class DenyRule:
    """One rule of a deny policy. Principals are IAM v2 principals (member spellings are taken too)."""

    principals: tuple[str, ...]
    permissions: tuple[str, ...]
    except_principals: tuple[str, ...] = ()
    except_permissions: tuple[str, ...] = ()
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class DenyPolicy:
    """A deny policy attached to an organization, folder or project."""

    id: str
    rules: tuple[DenyRule, ...]
    display_name: str = ""


@dataclass(frozen=True, slots=True)
class OrgPolicy:
    """An organization policy for one constraint, on one node, without conditions."""

    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    allow_all: bool = False
    deny_all: bool = False
    enforce: bool | None = None
    inherit: bool = False
    reset: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    """A custom role."""

    permissions: tuple[str, ...]
    title: str = ""
    stage: str = "GA"
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A place in the hierarchy that carries policies. ``name`` is ``organizations/1``, ``folders/2`` or ``projects/id``."""

    name: str
    parent: str | None = None
    display_name: str = ""
    iam: tuple[Binding, ...] = ()
    audit: tuple[Mapping[str, Any], ...] = ()
    deny: tuple[DenyPolicy, ...] = ()
    policies: Mapping[str, OrgPolicy] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BillingAccount:
    """A billing account; projects may also name one that the world does not list."""

    id: str
    open: bool = True
    display_name: str = ""
    iam: tuple[Binding, ...] = ()


@dataclass(frozen=True, slots=True)
class Billing:
    """The billing account that a project is linked to; ``open`` False is an account that was closed but is still linked."""

    account: str
    open: bool = True


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A service account of a project, by e-mail."""

    email: str
    display_name: str = ""
    description: str = ""
    disabled: bool = False
    iam: tuple[Binding, ...] = ()


@dataclass(frozen=True, slots=True)
class Provider:
    """An OIDC provider of a workload identity pool."""

    issuer: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    condition: str = ""
    audiences: tuple[str, ...] = ()
    display_name: str = ""
    disabled: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Pool:
    """A workload identity pool."""

    providers: Mapping[str, Provider] = field(default_factory=dict)
    display_name: str = ""
    disabled: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """What one project has of one model.

    ``locations`` None: wherever the emulator's table serves it; else exactly there, for this project. ``prerequisites``
    says that forms and terms are done, so that ``enableModel`` would succeed.
    """

    enabled: bool = False
    locations: tuple[str, ...] | None = None
    data_sharing: bool = False
    addendum: bool = False
    prerequisites: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """Quota a minute for one base model at one location; None leaves the default, −1 is unlimited.

    ``used_up`` names the kinds of which nothing is left at this moment.
    """

    requests: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    tokens: int | None = None
    used_up: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """A project. ``services`` maps each enabled API to when requests begin to succeed (None: since long ago).

    ``quotas`` is by location, then by base model; ``*`` is the row for every base model without a row of its own.
    ``quota_increase`` is ``eligible``, ``unsaid`` or a reason why not; None: as the billing account allows. ``created`` is
    when it was made (None: long ago).
    """

    id: str
    number: str
    node: Node
    state: str = "ACTIVE"
    created: datetime | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    billing: Billing | None = None
    services: Mapping[str, datetime | None] = field(default_factory=dict)
    service_accounts: Mapping[str, ServiceAccount] = field(default_factory=dict)
    pools: Mapping[str, Pool] = field(default_factory=dict)
    models: Mapping[str, Model] = field(default_factory=dict)
    addendum: bool = False
    quotas: Mapping[str, Mapping[str, Limits]] = field(default_factory=dict)
    quota_increase: str | None = None
    preferences: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    configs: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    datasets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who an opaque token is, and the project that this caller's client would name to be charged."""

    principal: str = "user:dev@acme.example"
    kind: Kind = "user"
    quota_project: str | None = None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How this world's cloud behaves where Google's is slow, or where observations of it differ."""

    latency_ms: int = 0
    enable_propagation_s: int = 0
    operation_s: int = 0
    check_order: CheckOrder = "enablement-first"
    default_quota: Literal["documented", "zero", "absent"] = "documented"
    quota_preferences: Literal["granted", "pending"] = "pending"
    unlisted_permissions: Literal["reject", "ignore"] = "reject"


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer that breaks. ``match`` is ``METHOD glob`` over the path, or over host and path; ``times`` None: always.

    ``query`` and ``sent``, where they are there, are the parameters and the body that the request must have.
    """

    match: str
    status: int | None = None
    times: int | None = None
    broken: str | None = None
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    latency_ms: int | None = None
    query: str | None = None
    sent: str | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """A long-running operation: ``body`` is its final JSON, shown once ``ready`` is past."""

    ready: datetime
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class World:
    """A small Google Cloud at one moment. ``tables`` overrides rows of the emulator's own tables."""

    now: datetime
    caller: Caller = Caller()
    organizations: Mapping[str, Node] = field(default_factory=dict)
    folders: Mapping[str, Node] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    billing_accounts: Mapping[str, BillingAccount] = field(default_factory=dict)
    projects: Mapping[str, Project] = field(default_factory=dict)
    behaviour: Behaviour = Behaviour()
    faults: tuple[Fault, ...] = ()
    tables: Mapping[str, Any] = field(default_factory=dict)
    operations: Mapping[str, Operation] = field(default_factory=dict)
