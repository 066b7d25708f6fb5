"""The Project: what a merged and valid config asks for, as plain immutable values with every default applied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from vxsetup.config.source import Node
from vxsetup.findings import ConfigPath, Span

if TYPE_CHECKING:
    from dataclasses import dataclass, field
else:
    from vxsetup.values import dataclass, field

_MODEL_NEEDS = ("requests_per_minute", "input_tokens_per_minute", "output_tokens_per_minute")


@dataclass(frozen=True, slots=True)
class Create:
    """Where vxsetup may make the project: ``folders/N`` or ``organizations/N``, and the billing account's id."""

    parent: str
    billing_account: str


@dataclass(frozen=True, slots=True)
class Placement:
    """One location of a model. ``config_path`` points at what asked for it: the model's own list, the file's
    ``location``, or the model itself where the default location holds."""

    location: str
    config_path: ConfigPath


@dataclass(frozen=True, slots=True)
class Needs:
    """Throughput that a model's quota must allow at each location, per minute; None: nothing is asked."""

    requests_per_minute: int | None = None
    input_tokens_per_minute: int | None = None
    output_tokens_per_minute: int | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A model as the config asks for it. ``id`` is as written; ``traffic`` is ``pay_as_you_go`` or ``provisioned``."""

    id: str
    locations: tuple[Placement, ...]
    needs: Needs
    features: tuple[str, ...]
    traffic: str
    config_path: ConfigPath


@dataclass(frozen=True, slots=True)
class Access:
    """A member and what it must be able to do.

    ``member`` is as written; ``principal`` is as IAM names it, with the project's domain where the member had none.
    """

    member: str
    principal: str
    create: bool
    can: tuple[str, ...]
    role: str | None
    config_path: ConfigPath


@dataclass(frozen=True, slots=True)
class GithubCi:
    """A repository whose workflows act as a service account. ``principal`` is that account; no refs: all of them."""

    repository: str
    owner_id: str | None
    refs: tuple[str, ...]
    service_account: str
    principal: str
    config_path: ConfigPath = ("ci", "github")


@dataclass(frozen=True, slots=True)
class GitlabCi:
    """A GitLab project whose pipelines act as a service account. ``namespace_id`` is the number of its group."""

    project: str
    service_account: str
    principal: str
    config_path: ConfigPath = ("ci", "gitlab")
    namespace_id: str | None = None


@dataclass(frozen=True, slots=True)
class Ci:
    """The pipelines that may act in the project without a key."""

    github: GithubCi | None = None
    gitlab: GitlabCi | None = None


@dataclass(frozen=True, slots=True)
class RequestResponse:
    """Request-response logging: the share that is logged, where to, and for how many days at least it is kept."""

    dataset: str
    sampling_rate: float = 1.0
    location: str | None = None
    retention_days: int | None = None
    config_path: ConfigPath = ("logging", "request_response")


@dataclass(frozen=True, slots=True)
class Logging:
    """What is recorded. ``request_response`` is None where it is not asked for."""

    request_response: RequestResponse | None = None
    inference_events: bool = False


@dataclass(frozen=True, slots=True)
class DataSharing:
    """Consent, in somebody's name, that a publisher keeps prompts and answers of these models."""

    models: tuple[str, ...]
    accept: str
    by: str
    publisher: str = "anthropic"
    config_path: ConfigPath = ("consents", "data_sharing")


@dataclass(frozen=True, slots=True)
class Consents:
    """Legal acts that are allowed. ``enable_models`` is ``by_hand`` or ``api``."""

    data_sharing: DataSharing | None = None
    enable_models: str = "by_hand"


@dataclass(frozen=True, slots=True)
class Quota:
    """What is said to Google with a quota request."""

    contact: str | None = None
    justification: str | None = None


@dataclass(frozen=True, slots=True)
class Suppression:
    """A finding that is accepted: a rule's id or name, a glob over subjects (None: all), why, and the last day."""

    rule: str
    subject: str | None
    reason: str
    expires: date | None
    span: Span
    config_path: ConfigPath


@dataclass(frozen=True, slots=True)
class Project:
    """Everything that one file asks for in one environment (None where the file has no environments).

    ``files`` are the file and what it extends, nearest first. ``location`` is a location, ``residency`` one of ``any``,
    ``us``, ``eu``, ``asia``.
    """

    file: str
    environment: str | None
    id: str
    create: Create | None
    location: str
    residency: str
    models: tuple[Model, ...]
    access: tuple[Access, ...]
    ci: Ci
    logging: Logging
    network_private: bool
    consents: Consents
    org_policy_manage: bool
    quota: Quota
    clients: tuple[str, ...]
    suppressions: tuple[Suppression, ...]
    files: tuple[str, ...]
    root: Node = field(repr=False, compare=False)

    def span(self, config_path: ConfigPath) -> Span:
        """Where the value at a path stands, in the file that said it; its nearest ancestor where it is not there.

        A mapping or list of several lines is shown by its key, or by its first line where it has none.
        """
        node = self.root.nearest(config_path)
        if node.items is None:
            return node.span
        if node is self.root:
            return node.head_span  # the environment's name, or the first line of the file
        whole = node.span
        return whole if whole.line == whole.end_line else node.head_span

    def key_span(self, config_path: ConfigPath) -> Span:
        """Where the key at a path stands; the span of its value where it has no key (a list item, the root)."""
        node = self.root.nearest(config_path)
        return node.key_span or self.span(config_path)


def principal(member: str, project: str) -> str:
    """The member as IAM names it: ``serviceAccount:app`` becomes this project's account of that name.

    The domain of an old project goes behind its name: ``example.com:app`` has accounts at ``app.example.com``.
    """
    kind, _, name = member.partition(":")
    if kind != "serviceAccount" or "@" in name:
        return member
    domain, _, short = project.rpartition(":")
    host = f"{short}.{domain}" if domain else short
    return f"serviceAccount:{name}@{host}.iam.gserviceaccount.com"


def build(root: Node, file: str, files: tuple[str, ...], environment: str | None) -> Project:
    """The Project of a merged config that the schema has found complete."""
    value: Mapping[str, Any] = root.value
    project = value["project"]
    create = project.get("create")
    location = value.get("location", "global")
    return Project(
        file=file,
        environment=environment,
        id=project["id"],
        create=Create(create["parent"], create["billing_account"]) if create is not None else None,
        location=location,
        residency=value.get("residency", "any"),
        models=tuple(
            _model(model, ("models", index), value.get("location"))
            for index, model in enumerate(value.get("models", ()))
        ),
        access=tuple(
            _access(entry, ("access", index), project["id"]) for index, entry in enumerate(value.get("access", ()))
        ),
        ci=_ci(value.get("ci", {}), project["id"]),
        logging=_logging(value.get("logging", {})),
        network_private=value.get("network", {}).get("private", False),
        consents=_consents(value.get("consents", {})),
        org_policy_manage=value.get("org_policy", {}).get("manage", False),
        quota=Quota(**value.get("quota", {})),
        clients=tuple(value.get("clients", ())),
        suppressions=_suppressions(root, value.get("suppress", ())),
        files=files,
        root=root,
    )


def _model(value: Mapping[str, Any], path: ConfigPath, default: str | None) -> Model:
    if "locations" in value:
        places = tuple(
            Placement(location, (*path, "locations", index)) for index, location in enumerate(value["locations"])
        )
    elif default is not None:
        places = (Placement(default, ("location",)),)
    else:
        places = (Placement("global", path),)
    needs = value.get("needs", {})
    return Model(
        id=value["id"],
        locations=places,
        # The schema also takes 60.0 for a whole number.
        needs=Needs(*(int(needs[name]) if name in needs else None for name in _MODEL_NEEDS)),
        features=tuple(value.get("features", ())),
        traffic=value.get("traffic", "pay_as_you_go"),
        config_path=path,
    )


def _access(value: Mapping[str, Any], path: ConfigPath, project: str) -> Access:
    member = value["member"]
    return Access(
        member, principal(member, project), value.get("create", False), tuple(value["can"]), value.get("role"), path
    )


def _ci(value: Mapping[str, Any], project: str) -> Ci:
    github, gitlab = value.get("github"), value.get("gitlab")
    return Ci(
        GithubCi(
            github["repository"],
            github.get("owner_id"),
            tuple(github.get("refs", ())),
            github["service_account"],
            principal(f"serviceAccount:{github['service_account']}", project),
        )
        if github is not None
        else None,
        GitlabCi(
            gitlab["project"],
            gitlab["service_account"],
            principal(f"serviceAccount:{gitlab['service_account']}", project),
            namespace_id=gitlab.get("namespace_id"),
        )
        if gitlab is not None
        else None,
    )


def _logging(value: Mapping[str, Any]) -> Logging:
    asked = value.get("request_response")
    if asked is None:
        return Logging(None, value.get("inference_events", False))
    days = asked.get("retention_days")
    return Logging(
        RequestResponse(
            asked["dataset"],
            float(asked.get("sampling_rate", 1.0)),
            asked.get("location"),
            int(days) if days is not None else None,
        ),
        value.get("inference_events", False),
    )


def _consents(value: Mapping[str, Any]) -> Consents:
    asked = value.get("data_sharing")
    sharing = None
    if asked is not None:
        sharing = DataSharing(tuple(asked["models"]), asked["accept"], asked["by"], asked.get("publisher", "anthropic"))
    return Consents(sharing, value.get("enable_models", "by_hand"))


def _suppressions(root: Node, entries: Any) -> tuple[Suppression, ...]:
    return tuple(
        Suppression(
            entry["rule"],
            entry.get("subject"),
            entry["reason"],
            date.fromisoformat(entry["expires"]) if "expires" in entry else None,
            root.nearest(("suppress", index, "rule")).span,
            ("suppress", index),
        )
        for index, entry in enumerate(entries)
    )
