"""What a tool must see where vxsetup read something: each recorded fact, told again from the answers of Google's own tools.

The tools' answers are read here anew, from the documents of the APIs; nothing of vxsetup's own reading is used.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

ABSENT = "absent"
Json = Mapping[str, Any]


class RefusedError(Exception):
    """A tool was refused: the HTTP status and Google's reason, as far as the tool tells them."""

    def __init__(self, status: int, reason: str, says: str) -> None:
        super().__init__(f"{status} {reason}: {says}")
        self.status = status
        self.reason = reason
        self.says = says


class NotThereError(Exception):
    """A tool was told that there is no such thing."""


class Tool(Protocol):
    """What a tool can be asked. Each answer is the API's JSON; it raises RefusedError or NotThereError.

    ``cannot`` are the facts that it has no command for.
    """

    cannot: frozenset[str]

    def project(self, project: str) -> Json: ...
    def ancestry(self, project: str) -> list[str]: ...
    def billing(self, project: str) -> Json: ...
    def enabled(self, project: str) -> set[str]: ...
    def policy(self, resource: str) -> Json: ...
    def deny_names(self, resource: str) -> list[str]: ...
    def deny_policy(self, resource: str, name: str) -> Json: ...
    def role(self, name: str) -> Json: ...
    def effective(self, project: str, constraint: str) -> Json: ...
    def quota(self, project: str, quota_id: str) -> Json: ...
    def preferences(self, project: str) -> list[Json]: ...
    def account(self, project: str, email: str) -> Json: ...
    def account_policy(self, project: str, email: str) -> Json: ...
    def pools(self, project: str) -> list[Json]: ...
    def providers(self, pool: str) -> list[Json]: ...
    def troubleshoot(self, project: str, principal: str, permission: str) -> Json: ...
    def held(self, project: str, permissions: list[str]) -> set[str]: ...
    def publisher_model(self, model: str) -> Json: ...
    def model_config(self, project: str, location: str, model: str) -> Json: ...
    def dataset(self, project: str, dataset: str) -> Json: ...
    def table(self, project: str, dataset: str, table: str) -> Json: ...
    def message(self, project: str, location: str, model: str) -> Json: ...


@dataclass(frozen=True)
class Claim:
    """One thing that vxsetup says it read, or could not read, and how a tool is asked for the same."""

    about: str
    read: bool
    value: Any
    ask: Callable[[], Any]


PLATFORM = {"permission_denied", "api_disabled", "quota_project", "absent_or_hidden", "unauthenticated", "perimeter"}
"""Causes of an unknown that the platform gave; the others are the network's."""


def claims(row: Json, tool: Tool) -> list[Claim]:
    """The claims of one recorded fact; none where the tool has no command for it."""
    maker = MAKERS.get(row["fact"])
    if maker is None or row["fact"] in tool.cannot:
        return []
    return [one for one in maker(row, tool) if one.read or one.value["cause"] in PLATFORM]


def difference(claim: Claim) -> str | None:
    """What the tool sees otherwise, in words; None where it sees the same."""
    try:
        seen = claim.ask()
    except NotThereError:
        seen = ABSENT
    except RefusedError as refused:
        if claim.read:
            return f"{claim.about}: vxsetup read {claim.value!r}, and the tool was refused: {refused}"
        wanted = {"api_disabled": "SERVICE_DISABLED", "perimeter": "SECURITY_POLICY_VIOLATED"}.get(claim.value["cause"])
        if refused.status not in (401, 403) or (wanted and refused.reason != wanted):
            return f"{claim.about}: vxsetup was refused by {claim.value['says']!r}, and the tool by {refused}"
        return None
    if not claim.read:
        return f"{claim.about}: vxsetup could not read it ({claim.value['says']}), and the tool sees {seen!r}"
    wanted_value = plain(claim.value)
    found = plain(masked(seen, claim.value))
    return (
        None if found == wanted_value else f"{claim.about}: vxsetup read {wanted_value!r}, and the tool sees {found!r}"
    )


def plain(value: Any) -> Any:
    """A value in which the order of lists does not count."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return sorted((plain(item) for item in value), key=repr)
    return value


_STRANGER = re.compile(r"\buser:~[0-9a-f]{4}")


def masked(seen: Any, recorded: Any) -> Any:
    """The tool's answer with the marks for strangers that stand in the recording, so that both can be compared."""
    marks = set(_STRANGER.findall(repr(recorded)))

    def walk(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: walk(item) for key, item in value.items()}
        if isinstance(value, (list, tuple, set)):
            return [walk(item) for item in value]
        if isinstance(value, str) and value.startswith("user:"):
            mark = "user:~" + hashlib.sha256(value[5:].casefold().encode()).hexdigest()[:4]
            return mark if mark in marks else value
        return value

    return walk(seen) if marks else seen


# One maker for each kind of fact --------------------------------------------------------------------------------------

Maker = Callable[[Json, Tool], Iterator[Claim]]


def _one(row: Json, ask: Callable[[], Any], about: str = "") -> Claim:
    named = about or f"{row['fact']} {row.get('of', '')}"
    return Claim(named, "known" in row, row["known"] if "known" in row else row["unknown"], ask)


def _each(row: Json, key: str, ask: Callable[[str], Any]) -> Iterator[Claim]:
    """The facts inside a fact, by name: known where they have a value, unknown where they have a cause."""
    if "known" not in row:
        return
    for name, inner in row["known"][key].items():
        about = f"{row['fact']} of {name}"
        if "cause" in inner:
            yield Claim(about, False, inner, partial(ask, name))
        else:
            yield Claim(about, True, inner["value"], partial(ask, name))


def _bindings(policy: Json) -> list[Json]:
    return [
        {
            "role": one["role"],
            "members": one.get("members", []),
            "condition": one.get("condition", {}).get("expression"),
        }
        for one in policy.get("bindings", [])
    ]


def _project(row: Json, tool: Tool) -> Iterator[Claim]:
    def ask() -> Json:
        said = tool.project(row["of"]["project"])
        return {"id": said["id"], "number": said["number"], "state": said["state"], "parent": said["parent"]}

    yield _one(row, ask)


def _billing(row: Json, tool: Tool) -> Iterator[Claim]:
    def ask() -> Json:
        said = tool.billing(row["of"]["project"])
        return {"enabled": said.get("billingEnabled", False), "account": said.get("billingAccountName") or None}

    yield _one(row, ask)


def _services(row: Json, tool: Tool) -> Iterator[Claim]:
    def ask() -> Json:
        on = tool.enabled(row["of"]["project"])
        return {"enabled": {name: name in on for name in row["of"]["names"]}}

    # One may read one API's state and not list them all: the tool is asked only where vxsetup was answered.
    if "known" in row:
        yield _one(row, ask)


def _deny_policies(row: Json, tool: Tool) -> Iterator[Claim]:
    def rules(resource: str) -> list[Json]:
        found: list[Json] = []
        for name in tool.deny_names(resource):
            policy = tool.deny_policy(resource, name)
            for rule in policy.get("rules", []):
                denial = rule["denyRule"]
                found.append(
                    {
                        "policy": policy["name"].rpartition("/")[2],
                        "permissions": denial.get("deniedPermissions", []),
                        "principals": denial.get("deniedPrincipals", []),
                        "exception_permissions": denial.get("exceptionPermissions", []),
                        "exception_principals": denial.get("exceptionPrincipals", []),
                        "condition": denial.get("denialCondition", {}).get("expression"),
                    }
                )
        return found

    return _each(row, "policies", rules)


def _roles(row: Json, tool: Tool) -> Iterator[Claim]:
    def permissions(name: str) -> list[str]:
        role = tool.role(name)
        off = role.get("deleted", False) or role.get("stage") == "DISABLED"
        return [] if off else role.get("includedPermissions", [])  # IAM grants nothing by such a role

    return _each(row, "permissions", permissions)


def _effective(row: Json, tool: Tool) -> Iterator[Claim]:
    def ask() -> Json:
        project = row["of"]["resource"].removeprefix("projects/")
        rules = tool.effective(project, row["of"]["constraint"]).get("spec", {}).get("rules", [])

        def values(key: str) -> set[str]:
            return {v.removeprefix("is:") for rule in rules for v in rule.get("values", {}).get(key, [])}

        enforced = {rule["enforce"] for rule in rules if "enforce" in rule}
        return {
            "allowed": values("allowedValues"),
            "denied": values("deniedValues"),
            "allow_all": any(rule.get("allowAll") for rule in rules),
            "deny_all": any(rule.get("denyAll") for rule in rules),
            "enforced": enforced.pop() if enforced else None,
        }

    for one in [_one(row, ask)]:
        if not one.read:
            yield one
        elif one.value["unclear"] is None:  # what vxsetup does not claim to understand is not compared
            yield Claim(one.about, True, {k: v for k, v in one.value.items() if k != "unclear"}, ask)


def _quota(row: Json, tool: Tool) -> Iterator[Claim]:
    def ask() -> Json:
        info = tool.quota(row["of"]["project"], row["of"]["quota_id"])
        rows: dict[str, list[int]] = {}
        for one in info.get("dimensionsInfos", []):
            base = one.get("dimensions", {}).get("base_model")
            if base and row["of"]["location"] in one.get("applicableLocations", []):
                rows.setdefault(base, []).append(int(one.get("details", {}).get("value", 0)))
        return rows

    if "known" in row:
        yield Claim(f"{row['fact']} {row['of']}", True, row["known"]["by_base_model"], ask)
    else:
        yield _one(row, ask)


def _preferences(row: Json, tool: Tool) -> Iterator[Claim]:
    def ask() -> list[Json]:
        return [
            {
                "id": one["name"].rpartition("/")[2],
                "quota_id": one["quotaId"],
                "preferred": int(one["quotaConfig"]["preferredValue"]),
                "dimensions": dict(one.get("dimensions", {})),
                "reconciling": one.get("reconciling", False),
            }
            for one in tool.preferences(row["of"]["project"])
        ]

    if "known" in row:
        kept = ("id", "quota_id", "preferred", "dimensions", "reconciling")
        mine = [{key: one[key] for key in kept} for one in row["known"]["requested"]]
        yield Claim(f"{row['fact']} {row['of']}", True, mine, ask)
    else:
        yield _one(row, ask)


def _pools(row: Json, tool: Tool) -> Iterator[Claim]:
    def ask() -> Json:
        found = tool.pools(row["of"]["project"])
        pools = [{"name": one["name"], "usable": _usable(one)} for one in found]
        return {"pools": pools, "complete": True}

    yield _one(row, ask)


def _usable(pool: Json) -> bool:
    return pool.get("state", "ACTIVE") == "ACTIVE" and not pool.get("disabled", False)


def _providers(row: Json, tool: Tool) -> Iterator[Claim]:
    if "known" not in row:
        return
    by_pool: dict[str, list[Json]] = {}
    for one in row["known"]["providers"]:
        by_pool.setdefault(one["pool"]["name"], []).append(one)
    for pool, mine in by_pool.items():
        value = [{key: one[key] for key in ("name", "enabled", "issuer", "mapping", "condition")} for one in mine]

        def ask(pool: str = pool) -> list[Json]:
            return [
                {
                    "name": one["name"],
                    "enabled": _usable(one),
                    "issuer": one.get("oidc", {}).get("issuerUri"),
                    "mapping": dict(one.get("attributeMapping", {})),
                    "condition": one.get("attributeCondition", ""),
                }
                for one in tool.providers(pool)
            ]

        yield Claim(f"the providers of {pool}", True, value, ask)


def _opinion(row: Json, tool: Tool) -> Iterator[Claim]:
    def ask() -> Json:
        of = row["of"]
        said = tool.troubleshoot(of["project"], of["principal"].partition(":")[2], of["permission"])
        return {
            "overall": said["overallAccessState"],
            "allow": said.get("allowPolicyExplanation", {}).get("allowAccessState", ""),
            "deny": said.get("denyPolicyExplanation", {}).get("denyAccessState", ""),
        }

    yield _one(row, ask)


def _held(row: Json, tool: Tool) -> Iterator[Claim]:
    if "known" in row:
        asked = [*row["of"]["permissions"], *row["of"]["doubtful"]]
        asked = [one for one in asked if one not in row["known"]["untestable"]]
        about = f"{row['fact']} {row['of']['project']}"
        if asked:
            yield Claim(about, True, row["known"]["held"], lambda: tool.held(row["of"]["project"], asked))


def _held_on(row: Json, tool: Tool) -> Iterator[Claim]:
    kind, _, name = row["of"]["resource"].partition("/")
    if kind == "projects":
        return _held({**row, "of": {**row["of"], "project": name}}, tool)
    return iter(())


def _publisher_model(row: Json, tool: Tool) -> Iterator[Claim]:
    def ask() -> Json:
        said = tool.publisher_model(row["of"]["model"])
        return {"launch_stage": said.get("launchStage"), "version": said.get("versionId")}

    yield _one(row, ask)


def _dataset(row: Json, tool: Tool) -> Iterator[Claim]:
    def ask() -> Json:
        said = tool.dataset(row["of"]["project"], row["of"]["dataset"])
        return {
            "location": said["location"],
            "table_lifetime": _milliseconds(said.get("defaultTableExpirationMs")),
            "partition_lifetime": _milliseconds(said.get("defaultPartitionExpirationMs")),
            "grants": len(said.get("access", [])),
        }

    if "known" in row and row["known"] != ABSENT:
        value = {key: row["known"][key] for key in ("location", "table_lifetime", "partition_lifetime")}
        grants = list(row["known"]["access"] or [])
        yield Claim(f"{row['fact']} {row['of']}", True, {**value, "grants": len(grants)}, ask)
    else:
        yield _one(row, ask)


def _milliseconds(value: Any) -> int | None:
    return int(value) if value is not None and int(value) else None


def _tables(row: Json, tool: Tool) -> Iterator[Claim]:
    def ask(name: str) -> Json:
        said = tool.table(row["of"]["project"], row["of"]["dataset"], name)
        parts = said.get("timePartitioning")
        return {
            "expires": _milliseconds(said.get("expirationTime")),
            "by_time": parts is not None,
            "partition_lifetime": _milliseconds((parts or {}).get("expirationMs")),
        }

    return _each(row, "tables", ask)


def _probe(row: Json, tool: Tool) -> Iterator[Claim]:
    """A free probe and a real request of the SDK pass alike, or stop at the same answer."""
    if "known" not in row:
        return
    of = row["of"]
    refusal = row["known"].get("refusal")
    value = "answered" if refusal is None else {key: refusal["error"][key] for key in ("http", "message")}

    def ask() -> Any:
        said = tool.message(of["project"], of["location"], of["model"])
        return "answered" if said["status"] == 200 else {"http": said["status"], "message": said["message"]}

    yield Claim(f"a request for {of['model']} at {of['location']} in {of['project']}", True, value, ask)


def _simple(ask: Callable[[Tool, Json], Any]) -> Maker:
    def make(row: Json, tool: Tool) -> Iterator[Claim]:
        yield _one(row, lambda: ask(tool, row["of"]))

    return make


MAKERS: dict[str, Maker] = {
    "AccountPolicy": _simple(lambda tool, of: _bindings(tool.account_policy(of["project"], of["email"]))),
    "AccountRecord": _simple(
        lambda tool, of: {"disabled": tool.account(of["project"], of["email"]).get("disabled", False)}
    ),
    "AllowPolicies": lambda row, tool: _each(row, "policies", lambda name: _bindings(tool.policy(name))),
    "AllowPolicy": _simple(lambda tool, of: _bindings(tool.policy(of["resource"]))),
    "Ancestry": _simple(lambda tool, of: tool.ancestry(of["project"])),
    "Billing": _billing,
    "Dataset": _dataset,
    "DenyPolicies": _deny_policies,
    "DenyPolicyNames": lambda row, tool: _each(row, "policies", tool.deny_names),
    "EffectivePolicy": _effective,
    "EffectiveQuota": _quota,
    "HeldOn": _held_on,
    "HeldPermissions": _held,
    "IdentityPools": _pools,
    "IdentityProviders": _providers,
    "LogTables": _tables,
    "Probe": _probe,
    "ProjectRecord": _project,
    "PublisherModel": _publisher_model,
    "PublisherModelConfig": _simple(
        lambda tool, of: {"raw": tool.model_config(of["project"], of["location"], of["model"])}
    ),
    "QuotaPreferences": _preferences,
    "RoleDefinitions": _roles,
    "RolePermissions": _simple(lambda tool, of: tool.role(of["role"]).get("includedPermissions", [])),
    "SecondOpinion": _opinion,
    "Services": _services,
    "WriterRoles": _roles,
}
