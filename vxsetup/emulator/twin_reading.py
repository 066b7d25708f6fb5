"""Reads the answers of a recording into the parts of a world: one function for each kind of answer.

It reads by the documents of the APIs, as the rest of the emulator does. What an answer does not tell stays untold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from .quotas import QUOTA_IDS
from .tables import shipped, split_model

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """One recorded answer: what was asked, by which permission, the HTTP status, the body as text."""

    verb: str
    url: str
    sent: str | None
    status: int
    text: str
    permission: str = ""

    @property
    def data(self) -> Any:
        """The body as JSON, or None."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None


@dataclass
class Requests:
    """Where requests for one model got through, where they stopped for want of quota, and where for the place alone."""

    passed: list[str] = field(default_factory=list)
    short: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)


@dataclass
class Rebuilding:
    """The world that is being put together, as data of the world format."""

    world: Data
    projects: dict[str, Data] = field(default_factory=dict)
    nodes: dict[str, Data] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    policies_read: set[str] = field(default_factory=set)
    held: dict[str, set[str]] = field(default_factory=dict)
    requests: dict[tuple[str, str], Requests] = field(default_factory=dict)

    def project(self, name: str) -> Data:
        """A project's data by id or number, made when it is first named."""
        name = self.numbers.get(name, name)
        if name.isdigit():  # a project of which only the number is known gets an id
            number, name = name, f"number-{name}"
            self.numbers[number] = name
            self.projects[name] = {"number": number, "services": []}
        return self.projects.setdefault(name, {"services": []})

    def node(self, name: str) -> Data:
        """The data of ``projects/ID``, ``folders/N`` or ``organizations/N``."""
        if name.startswith("projects/"):
            return self.project(name.removeprefix("projects/"))
        return self.nodes.setdefault(name, {})

    def enabled(self, project: str, service: str) -> None:
        """Note that an API is enabled in a project."""
        services = self.project(project)["services"]
        if service not in services:
            services.append(service)


Builder = Callable[[Rebuilding, re.Match[str], Any, Answered], None]


def _record(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    project = to.project(match["project"])
    project["number"] = str(data.get("name", "")).removeprefix("projects/")
    if data.get("state", "ACTIVE") != "ACTIVE":
        project["state"] = data["state"]
    if data.get("labels"):
        project["labels"] = dict(data["labels"])
    if data.get("parent"):
        project["parent"] = data["parent"]


def _ancestry(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    chain = [one["resourceId"] for one in data.get("ancestor") or ()]
    names = [f"{one['type']}s/{one['id']}" for one in chain]
    for name, above in zip(names, [*names[1:], None], strict=True):
        node = to.node(name)
        if above is not None:
            node["parent"] = above


def _billing(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    account = str(data.get("billingAccountName") or "").removeprefix("billingAccounts/")
    if account:
        to.project(match["project"])["billing"] = {"account": account, "open": bool(data.get("billingEnabled"))}


def _services(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    for one in data.get("services") or ():
        if one.get("state") == "ENABLED":
            to.enabled(match["project"], str(one["name"]).rpartition("/")[2])


def _condition(raw: Mapping[str, Any]) -> Data:
    return {"title": str(raw.get("title", "")), "expression": str(raw["expression"])} | (
        {"description": str(raw["description"])} if raw.get("description") else {}
    )


def _words(value: Any) -> list[str]:
    """A list of words. Raises TypeError for anything else, so that nothing of a malformed answer enters the world."""
    if value is not None and not (isinstance(value, list) and all(isinstance(word, str) for word in value)):
        raise TypeError(f"not a list of words: {type(value).__name__}")
    return list(value or ())


def _allow(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    bindings = [
        {"role": str(one["role"]), "members": _words(one.get("members"))}
        | ({"condition": _condition(one["condition"])} if one.get("condition") else {})
        for one in data.get("bindings") or ()
    ]
    node = to.node(match["node"])
    to.policies_read.add(match["node"])
    node["iam"] = bindings
    for one in bindings:
        to.groups |= {member.removeprefix("group:") for member in one["members"] if member.startswith("group:")}
    if data.get("auditConfigs"):
        node["audit"] = list(data["auditConfigs"])


def _deny(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    attachment = unquote(match["attachment"]).removeprefix("cloudresourcemanager.googleapis.com/")
    rules = []
    for rule in data.get("rules") or ():
        raw = rule.get("denyRule") or {}
        one: Data = {
            "principals": _words(raw.get("deniedPrincipals")),
            "permissions": _words(raw.get("deniedPermissions")),
            "except_principals": _words(raw.get("exceptionPrincipals")),
            "except_permissions": _words(raw.get("exceptionPermissions")),
        }
        if raw.get("denialCondition"):
            one["condition"] = _condition(raw["denialCondition"])
        rules.append({key: value for key, value in one.items() if value})
    policy: Data = {"id": unquote(match["policy"]), "rules": rules}
    if data.get("displayName"):
        policy["display_name"] = data["displayName"]
    to.node(attachment).setdefault("deny", []).append(policy)


def _predefined(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    name, held = f"roles/{match['role']}", sorted(data.get("includedPermissions") or ())
    known = shipped().roles.get(name)
    if known is None or sorted(known.permissions) != held:
        to.world.setdefault("tables", {}).setdefault("roles", {})[name] = held


def _custom(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    role: Data = {"permissions": list(data.get("includedPermissions") or ())}
    role |= {key: data[key] for key in ("title", "stage", "deleted") if data.get(key)}
    to.node(match["node"]).setdefault("roles", {})[match["role"]] = role


def _tested(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    to.held.setdefault(match["node"], set()).update(data.get("permissions") or ())


def _effective_policy(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    rules = (data.get("spec") or {}).get("rules") or ()
    policy: Data = {}
    for rule in rules:
        if rule.get("condition"):
            return  # a rule by tags is none that a world can hold
        values = rule.get("values") or {}
        policy.setdefault("allowed", []).extend(values.get("allowedValues") or ())
        policy.setdefault("denied", []).extend(values.get("deniedValues") or ())
        policy |= {"allow_all": True} if rule.get("allowAll") else {}
        policy |= {"deny_all": True} if rule.get("denyAll") else {}
        policy |= {"enforce": bool(rule["enforce"])} if "enforce" in rule else {}
    policy = {key: value for key, value in policy.items() if value != []}
    if policy:
        to.node(match["node"]).setdefault("policies", {})[match["constraint"]] = policy


_KIND_OF = {quota_id: (scope, kind) for (scope, kind), quota_id in QUOTA_IDS.items()}


def _quota_info(to: Rebuilding, project: str, info: Any) -> None:
    scope, kind = _KIND_OF.get(str(info.get("quotaId")), ("", ""))
    increase = info.get("quotaIncreaseEligibility") or {}
    reason = str(increase.get("ineligibilityReason") or "")
    if re.fullmatch(r"[A-Z_]{1,60}", reason):
        to.project(project)["quota_increase"] = reason
    for row in info.get("dimensionsInfos") or () if kind else ():
        base = (row.get("dimensions") or {}).get("base_model", "*")
        value = (row.get("details") or {}).get("value", "0")
        for place in row.get("applicableLocations") or ():
            if base and (place == scope or scope == "regional"):
                rows = to.project(project).setdefault("quotas", {}).setdefault(place, {})
                rows.setdefault(base, {})[kind] = int(value)


def _quota(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    for info in data.get("quotaInfos") or [data]:
        _quota_info(to, match["project"], info)


def _preferences(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    for one in data.get("quotaPreferences") or ():
        key = str(one["name"]).rpartition("/")[2]
        to.project(match["project"]).setdefault("quota_preferences", {})[key] = dict(one)


def _publisher_model(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    name, row = unquote(match["model"]), shipped().models.get(unquote(match["model"]))
    if row is None:
        version = data.get("versionId")
        stage = data.get("launchStage")
        found = {key: value for key, value in (("version", version), ("stage", stage)) if value}
        to.world.setdefault("tables", {}).setdefault("models", {})[name] = found


def _model_config(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    places = to.project(match["project"]).setdefault("model_configs", {})
    places.setdefault(match["location"], {})[split_model(unquote(match["model"]))[0]] = dict(data)


def _dataset(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    datasets = to.project(match["project"]).setdefault("datasets", {})
    kept = datasets.get(match["dataset"], {})
    body = {key: value for key, value in data.items() if key not in ("kind", "etag", "id", "selfLink")}
    datasets[match["dataset"]] = kept | body


def _table(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    dataset = to.project(match["project"]).setdefault("datasets", {}).setdefault(match["dataset"], {})
    body = {key: value for key, value in data.items() if key in ("expirationTime", "timePartitioning", "labels")}
    dataset.setdefault("tables", {})[match["table"]] = body


def _account(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    accounts = to.project(match["project"]).setdefault("service_accounts", {})
    account = accounts.setdefault(str(data["email"]), {})
    account |= {"disabled": True} if data.get("disabled") else {}
    account |= {"display_name": data["displayName"]} if data.get("displayName") else {}


def _account_policy(to: Rebuilding, match: re.Match[str], data: Any, answered: Answered) -> None:
    if match["project"] == "-":
        return  # an account of which nobody said where it lives
    holder = Rebuilding({})
    fake = re.match(r"(?P<node>.*)", "folders/0")
    assert fake is not None
    _allow(holder, fake, data, answered)
    accounts = to.project(match["project"]).setdefault("service_accounts", {})
    accounts.setdefault(unquote(match["account"]), {})["iam"] = holder.nodes["folders/0"]["iam"]


def _pools(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    pools = to.project(match["project"]).setdefault("pools", {})
    for one in data.get("workloadIdentityPools") or ():
        if one.get("state", "ACTIVE") == "ACTIVE":
            pool = pools.setdefault(str(one["name"]).rpartition("/")[2], {})
            pool |= {"disabled": True} if one.get("disabled") else {}


def _pool(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    pool = to.project(match["project"]).setdefault("pools", {}).setdefault(match["pool"], {})
    pool |= {"disabled": True} if data.get("disabled") else {}


def _pool_providers(to: Rebuilding, match: re.Match[str], data: Any, _: Answered) -> None:
    pool = to.project(match["project"]).setdefault("pools", {}).setdefault(match["pool"], {})
    providers = pool.setdefault("providers", {})
    for one in data.get("workloadIdentityPoolProviders") or ():
        if one.get("state", "ACTIVE") != "ACTIVE":
            continue
        oidc = one.get("oidc") or {}
        row = {
            "issuer": oidc.get("issuerUri", ""),
            "mapping": dict(one.get("attributeMapping") or {}),
            "condition": one.get("attributeCondition", ""),
            "audiences": list(oidc.get("allowedAudiences") or ()),
            "disabled": bool(one.get("disabled")),
        }
        providers[str(one["name"]).rpartition("/")[2]] = {key: value for key, value in row.items() if value}


_PROJECT = r"projects/(?P<project>[^/:]+)"
_NODE = r"(?P<node>(?:projects|folders|organizations)/[^/:]+)"
_PLACED_MODEL = r"locations/(?P<location>[^/]+)/publishers/anthropic/models/(?P<model>[^/:]+)"
PREDICTION = re.compile(rf"POST https://[^/]+/v1/{_PROJECT}/{_PLACED_MODEL}:(?:rawPredict|streamRawPredict)$")

_BUILDERS: tuple[tuple[str, Builder], ...] = (
    (rf"GET cloudresourcemanager/v3/{_PROJECT}$", _record),
    (rf"POST cloudresourcemanager/v1/{_PROJECT}:getAncestry$", _ancestry),
    (rf"GET cloudbilling/v1/{_PROJECT}/billingInfo$", _billing),
    (rf"GET serviceusage/v1/{_PROJECT}/services(?::batchGet)?$", _services),
    (rf"POST cloudresourcemanager/v3/{_NODE}:getIamPolicy$", _allow),
    (rf"POST cloudresourcemanager/v3/{_NODE}:testIamPermissions$", _tested),
    (r"GET iam/v2/policies/(?P<attachment>[^/]+)/denypolicies/(?P<policy>[^/]+)$", _deny),
    (r"GET iam/v1/roles/(?P<role>[^/]+)$", _predefined),
    (rf"GET iam/v1/{_NODE}/roles/(?P<role>[^/]+)$", _custom),
    (rf"GET orgpolicy/v2/{_NODE}/policies/(?P<constraint>[^/:]+):getEffectivePolicy$", _effective_policy),
    (rf"GET cloudquotas/v1/{_PROJECT}/locations/global/services/[^/]+/quotaInfos(?:/[^/]+)?$", _quota),
    (rf"GET cloudquotas/v1/{_PROJECT}/locations/global/quotaPreferences$", _preferences),
    (r"GET aiplatform/v1(?:beta1)?/publishers/anthropic/models/(?P<model>[^/:]+)$", _publisher_model),
    (rf"GET aiplatform/v1(?:beta1)?/{_PROJECT}/{_PLACED_MODEL}:fetchPublisherModelConfig$", _model_config),
    (rf"GET bigquery/bigquery/v2/{_PROJECT}/datasets/(?P<dataset>[^/]+)$", _dataset),
    (rf"GET bigquery/bigquery/v2/{_PROJECT}/datasets/(?P<dataset>[^/]+)/tables/(?P<table>[^/]+)$", _table),
    (rf"GET iam/v1/{_PROJECT}/serviceAccounts/[^/:]+$", _account),
    (rf"POST iam/v1/{_PROJECT}/serviceAccounts/(?P<account>[^/:]+):getIamPolicy$", _account_policy),
    (rf"GET iam/v1/{_PROJECT}/locations/global/workloadIdentityPools$", _pools),
    (rf"GET iam/v1/{_PROJECT}/locations/global/workloadIdentityPools/(?P<pool>[^/]+)$", _pool),
    (rf"GET iam/v1/{_PROJECT}/locations/global/workloadIdentityPools/(?P<pool>[^/]+)/providers$", _pool_providers),
)


def asked(one: Answered) -> str:
    """The request as verb, scheme, host and path, without its query."""
    parts = urlsplit(one.url)
    return f"{one.verb} https://{parts.hostname}{parts.path}"


def read_answer(to: Rebuilding, one: Answered) -> None:
    """Put what one answer says where it belongs."""
    request = asked(one)
    prediction = PREDICTION.match(request)
    if prediction:
        _predicted(to, prediction, one)
        return
    data = one.data
    if one.status != 200 or not isinstance(data, dict):
        return
    short = re.sub(r" https://(?:[a-z0-9-]+-)?([a-z]+)(?:\.[a-z]+\.rep)?\.googleapis\.com/", r" \1/", request)
    for pattern, build in _BUILDERS:
        match = re.match(pattern, short)
        if match:
            with suppress(KeyError, TypeError, ValueError, AttributeError):  # an answer of another shape tells nothing
                build(to, match, data, one)
            return


def _predicted(to: Rebuilding, match: re.Match[str], one: Answered) -> None:
    """What a request to a model tells. An answer in Anthropic's shape comes from behind every gate; a refusal for want
    of quota, or for the place alone, comes (as far as was observed, FIELD) from behind enablement."""
    data = one.data
    error = data.get("error") if isinstance(data, dict) else None
    through = isinstance(data, dict) and data.get("type") in ("error", "message")
    elsewhere = one.status == 400 and isinstance(error, dict) and "not servable" in str(error.get("message"))
    if not through and not elsewhere and one.status != 429:
        return
    project = to.numbers.get(match["project"], match["project"])
    seen = to.requests.setdefault((project, split_model(unquote(match["model"]))[0]), Requests())
    (seen.passed if through else seen.elsewhere if elsewhere else seen.short).append(match["location"])
    to.enabled(project, "aiplatform.googleapis.com")
