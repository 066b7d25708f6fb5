"""Generated clouds and the configs that ask something of them: any mixture of healthy parts and faults.

What a config alone decides (residency, provisioned throughput, ids of a wrong form) is left out, so that a verdict of
``not_ready`` always claims something about the cloud.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from generated_choices import Choices
from generated_wider import wider

PROJECT, NUMBER, TOOLS = "acme-ai-prod", "333333333333", "acme-tools"
DEV = "user:dev@acme.example"
APP = f"serviceAccount:app@{PROJECT}.iam.gserviceaccount.com"
CI = f"serviceAccount:ci@{TOOLS}.iam.gserviceaccount.com"
ANN, GHOST = "user:ann@acme.example", "user:ghost@acme.example"
POOL = f"iam.googleapis.com/projects/{NUMBER}/locations/global/workloadIdentityPools/ci"
JOB = f"principal://{POOL}/subject/job"
TEAM, EVERYONE = "group:ai@acme.example", "group:all@acme.example"
IN_TEAM = "user:only-in-the-team@partner.example"
"""A member of the group ``TEAM`` and of nothing else: what this user may do is what the group may do."""

READ_APIS = (
    "cloudresourcemanager.googleapis.com",
    "serviceusage.googleapis.com",
    "cloudbilling.googleapis.com",
    "iam.googleapis.com",
    "cloudquotas.googleapis.com",
    "orgpolicy.googleapis.com",
)
AIPLATFORM = "aiplatform.googleapis.com"

MODELS = (
    "claude-sonnet-5-5",
    "claude-haiku-4-5@20251001",
    "claude-haiku-4-5",
    "claude-opus-4-7",
    "claude-fable-5-1",
    "claude-sonnet-4-6",
    "claude-opus-4-1",
)
ODD_MODELS = (
    "claude-3-7-sonnet@20250219",
    "claude-sonnet-5-5@20250101",
    "claude-nova-9",
    "claude-mythos-preview",
)
"""One that is shut down, one with a version that never was, one that no catalogue knows, one by invitation."""
PLACES = {
    "claude-haiku-4-5@20251001": ("global", "europe-west1", "us-east5"),
    "claude-haiku-4-5": ("global", "europe-west1", "us-east5"),
    "claude-sonnet-4-6": ("us-east5", "global", "europe-west1"),
    "claude-opus-4-1": ("us-east5", "global"),
    "claude-3-7-sonnet@20250219": ("us-east5", "global"),
}
USUAL_PLACES = ("eu", "us", "global")
ODD_PLACES = ("us-central1", "europe-west4", "asia-southeast1", "us-east5", "eu")

PREDICT = "aiplatform.endpoints.predict"
V2_PREDICT = "aiplatform.googleapis.com/endpoints.predict"
CUSTOM = f"projects/{PROJECT}/roles/invoker"
ORG_CUSTOM = "organizations/1111/roles/invoker"

CONDITIONS = (
    'request.time < timestamp("2031-01-01T00:00:00Z")',
    'request.time < timestamp("2021-01-01T00:00:00Z")',
    'resource.type == "aiplatform.googleapis.com/PublisherModel"',
    'resource.type == "cloudresourcemanager.googleapis.com/Project"',
    f'resource.name.startsWith("projects/{PROJECT}")',
    'resource.matchTag("1111/env", "prod")',
    "this is not an expression",
)


@dataclass(frozen=True)
class Case:
    """A config (JSON text, which is YAML) and the world that it is checked against, with the choices that made them."""

    config: str
    world: dict[str, Any]
    made: tuple[int, ...]


def generated(choices: Choices) -> Case:
    """One config and one world."""
    config = _config(choices)
    world = _world(choices, config)
    wider(choices, config, world)
    return Case(json.dumps(config, indent=1), world, tuple(choices.made))


def _config(choices: Choices) -> dict[str, Any]:
    models: list[dict[str, Any]] = []
    for _ in range(choices.even((1, 2, 3))):
        name = choices.even(ODD_MODELS) if choices.flag(0.08) else choices.one(MODELS, 0.6)
        usual = PLACES.get(name, USUAL_PLACES)
        places = [choices.one(usual, 0.5)]
        places += [place for place in (*usual, *choices.some(ODD_PLACES)) if choices.flag(0.3)]
        if not any(model["id"] == name for model in models):
            models.append({"id": name, "locations": list(dict.fromkeys(places))})
    access = []
    for member in (APP, TEAM, ANN, CI, DEV, GHOST, JOB):
        if choices.flag({APP: 0.6, GHOST: 0.06}.get(member, 0.2)):
            can = ["invoke", *choices.some(("batch", "administer", "enable_models"), 0.06)]
            access.append({"member": member, "can": can})
    config: dict[str, Any] = {"version": 1, "project": {"id": PROJECT}, "models": models}
    return config | ({"access": access} if access else {})


def _world(choices: Choices, config: dict[str, Any]) -> dict[str, Any]:
    choices.about("caller")
    caller = _caller(choices)
    nodes: dict[str, dict[str, Any]] = {
        name: {"iam": [], "deny": [], "policies": {}} for name in ("organization", "folder", "project", "tools")
    }
    _readers(choices, nodes, caller["principal"])
    asking = [caller["principal"], *(entry["member"] for entry in config.get("access", ()))]
    for member in dict.fromkeys(asking):
        _grant(choices, nodes, member)
    for entry in config.get("access", ()):
        _other_abilities(choices, nodes, entry)
    _deny(choices, nodes, asking)
    _policies(choices, nodes, config)
    world: dict[str, Any] = {
        "version": 1,
        "now": "2026-11-22T12:00:00Z",
        "caller": caller,
        "groups": {
            "ai@acme.example": [IN_TEAM, *choices.some((ANN, APP), 0.3)],
            "all@acme.example": [TEAM, *choices.some((DEV, CI, JOB), 0.3)],
        },
        "projects": {PROJECT: _project(choices, nodes["project"], config)},
        "behaviour": _behaviour(choices),
        "faults": [],
    }
    if choices.flag(0.02):
        del world["projects"][PROJECT]
    world["projects"][TOOLS] = _tools(choices, nodes["tools"])
    _place(choices, world, nodes)
    world["tables"] = _tables(choices, config)
    world["faults"] = _faults(choices)
    return world


def _caller(choices: Choices) -> dict[str, Any]:
    kind, principal = choices.one((("user", DEV), ("service_account", APP), ("service_account", CI)), 0.35)
    charged = choices.one((PROJECT, TOOLS, None), 0.5)
    found: dict[str, Any] = {"principal": principal, "kind": kind}
    return found | ({"quota_project": charged} if charged else {})


def _place(choices: Choices, world: dict[str, Any], nodes: dict[str, dict[str, Any]]) -> None:
    """Put the projects under an organization and a folder, under the organization alone, or under nothing."""
    shape = choices.one(("folder", "organization", "alone"), 0.3)
    projects = world["projects"]
    if shape == "alone":
        if PROJECT in projects:
            projects[PROJECT].pop("policies", None)  # nobody can set a policy outside an organization
        return
    roles = {"invoker": {"permissions": [PREDICT]}} if not choices.flag() else {}
    world["organization"] = {"id": "1111", **nodes["organization"], "roles": roles}
    projects[TOOLS]["parent"] = "organizations/1111"
    if shape == "folder":
        world["folders"] = {"2222": {"parent": "organizations/1111", **nodes["folder"]}}
    if PROJECT in projects:
        projects[PROJECT]["parent"] = "folders/2222" if shape == "folder" else "organizations/1111"


READERS = (
    "roles/browser",
    "roles/iam.securityReviewer",
    "roles/iam.denyReviewer",
    "roles/cloudquotas.viewer",
    "roles/orgpolicy.policyViewer",
)


def _readers(choices: Choices, nodes: dict[str, dict[str, Any]], caller: str) -> None:
    """What the caller reads with; any part of it may be missing."""
    choices.about("readers")
    place = choices.one(("organization", "project"), 0.3)
    for role in READERS:
        if not choices.flag():
            nodes[place]["iam"].append({"role": role, "members": [caller]})
    for node in ("project", "tools"):
        if not choices.flag():
            role = choices.one(("roles/serviceusage.serviceUsageConsumer", "roles/editor"))
            nodes[node]["iam"].append({"role": role, "members": [caller]})


_THROUGH = {DEV: EVERYONE, ANN: TEAM, APP: TEAM, CI: EVERYONE, JOB: f"principalSet://{POOL}/*"}


def _grant(choices: Choices, nodes: dict[str, dict[str, Any]], member: str) -> None:
    """The right to invoke: by this role or that, here or above, by name or through something; or not at all."""
    choices.about("grants")
    if choices.flag(0.5 if member == GHOST else None):
        return
    roles = ("roles/aiplatform.user", "roles/viewer", "roles/owner", CUSTOM, ORG_CUSTOM, "roles/iam.dataScientist")
    lacking = (
        "roles/browser",
        "roles/serviceusage.serviceUsageViewer",
        f"projects/{PROJECT}/roles/other",
        "roles/none",
    )
    role = choices.one(roles, 0.4) if not choices.flag() else choices.even(lacking)
    place = choices.one(("project", "folder", "organization", "tools"), 0.4)
    named = member
    if choices.flag():
        named = choices.even(
            (_THROUGH.get(member, EVERYONE), "domain:acme.example", "allAuthenticatedUsers", member.upper())
        )
    binding: dict[str, Any] = {"role": role, "members": [GHOST, named] if choices.flag() else [named]}
    if choices.flag():
        binding["condition"] = {"title": "when", "expression": choices.even(CONDITIONS)}
    nodes[place]["iam"].append(binding)


def _other_abilities(choices: Choices, nodes: dict[str, dict[str, Any]], entry: dict[str, Any]) -> None:
    choices.about("grants")
    if len(entry["can"]) > 1 and not choices.flag():
        for role in ("roles/aiplatform.admin", "roles/consumerprocurement.entitlementManager"):
            nodes["project"]["iam"].append({"role": role, "members": [entry["member"]]})


def v2_principal(member: str) -> str:
    """A member as deny policies name it."""
    kind, _, name = member.partition(":")
    return {
        "user": f"principal://goog/subject/{name}",
        "serviceAccount": f"principal://iam.googleapis.com/projects/-/serviceAccounts/{name}",
        "group": f"principalSet://goog/group/{name}",
    }.get(kind, member)


def _deny(choices: Choices, nodes: dict[str, dict[str, Any]], asking: list[str]) -> None:
    choices.about("deny")
    patterns = (
        "bigquery.googleapis.com/*.*",
        V2_PREDICT,
        "aiplatform.googleapis.com/endpoints.*",
        "aiplatform.googleapis.com/*.*",
        "aiplatform.googleapis.com/*",
        "aiplatform.googleapis.com/batchPredictionJobs.create",
        "cloudresourcemanager.googleapis.com/projects.getIamPolicy",
    )
    whom = ("principalSet://goog/public:all", *map(v2_principal, dict.fromkeys((*asking, TEAM, EVERYONE, GHOST))))
    for place in ("organization", "folder", "project"):
        if not choices.flag():
            continue
        rule: dict[str, Any] = {"principals": [choices.even(whom)], "permissions": [choices.even(patterns)]}
        if choices.flag(0.3):
            rule["except_principals"] = [choices.even(whom[1:])]
        if choices.flag(0.2):
            rule["except_permissions"] = [choices.even(patterns)]
        if choices.flag(0.2):
            rule["condition"] = {"title": "when", "expression": choices.even(CONDITIONS)}
        nodes[place]["deny"].append({"id": "no-calls", "rules": [rule]})


def _policies(choices: Choices, nodes: dict[str, dict[str, Any]], config: dict[str, Any]) -> None:
    choices.about("policies")
    values = [f"publishers/anthropic/models/{model['id'].partition('@')[0]}:predict" for model in config["models"]]
    for place in ("organization", "folder", "project"):
        if choices.flag():
            value = choices.even(values)
            nodes[place]["policies"]["vertexai.allowedModels"] = choices.even(
                (
                    {"allowed": values},
                    {"allowed": [value]},
                    {"denied": [value]},
                    {"allowed": [value], "inherit": True},
                    {"denied": [value], "inherit": True},
                    {"allow_all": True},
                    {"deny_all": True},
                    {"reset": True},
                    {"allowed": ["publishers/google/models/gemini-3-pro:predict"]},
                )
            )
        if choices.flag(0.02):
            name = choices.even(("gcp.restrictServiceUsage", "gcp.restrictEndpointUsage"))
            nodes[place]["policies"][name] = choices.even(({"allowed": [AIPLATFORM]}, {"denied": [AIPLATFORM]}))


def _services(choices: Choices, names: tuple[str, ...]) -> list[Any]:
    choices.about("services")
    found: list[Any] = []
    for name in names:
        if choices.flag():
            if choices.flag(0.4):
                found.append(
                    {"name": name, "usable_at": choices.even(("2026-11-22T12:00:04Z", "2026-11-22T13:00:00Z"))}
                )
            continue
        found.append(name)
    return found


def _billing(choices: Choices) -> dict[str, Any] | None:
    choices.about("billing")
    account = "012345-6789AB-CDEF01"
    return choices.one(({"account": account, "open": True}, {"account": account, "open": False}, None))


def _tools(choices: Choices, node: dict[str, Any]) -> dict[str, Any]:
    services = _services(choices, (*READ_APIS, AIPLATFORM))
    return {"number": "444444444444", "billing": _billing(choices), "services": services, "iam": node["iam"]}


def _project(choices: Choices, node: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    project: dict[str, Any] = {
        "number": NUMBER,
        **node,
        "billing": _billing(choices),
        "services": _services(choices, (AIPLATFORM, *READ_APIS)),
        "service_accounts": {"app": {}},
        "roles": {
            "invoker": {"permissions": [PREDICT], "deleted": choices.flag(0.1)},
            "other": {"permissions": ["aiplatform.endpoints.get"]},
        },
        "models": {},
        "quotas": {},
    }
    if choices.flag(0.02):
        project["state"] = "DELETE_REQUESTED"
    for model in config["models"]:
        _model(choices, project, model)
    return project


def _model(choices: Choices, project: dict[str, Any], model: dict[str, Any]) -> None:
    choices.about("models")
    bare = model["id"].partition("@")[0]
    row: dict[str, Any] = {
        "enabled": not choices.flag(),
        "data_sharing": not choices.flag(0.2),
        "addendum": not choices.flag(0.1),
    }
    if choices.flag():
        row["locations"] = [place for place in (*model["locations"], "us-central1") if choices.flag(0.5)]
    if not choices.flag():
        project["models"][bare] = row
    choices.about("quota")
    for place in model["locations"]:
        if choices.flag(0.15 if place in USUAL_PLACES else 0.5):
            limits = choices.one(
                (
                    {"requests": 60, "input_tokens": 100000, "output_tokens": 10000},
                    {"requests": 0},
                    {"requests": -1},
                    {"requests": 60, "input_tokens": 0},
                    {"input_tokens": 1000},
                    {},
                ),
            )
            family = next((name for name in ("fable", "opus", "sonnet", "haiku") if name in bare), "nova")
            base = choices.one((f"anthropic-claude-{family}", f"anthropic-{bare}"), 0.5)
            project["quotas"].setdefault(place, {})[base] = limits


def _behaviour(choices: Choices) -> dict[str, Any]:
    choices.about("quota")
    return {
        "check_order": choices.even(("enablement-first", "zero-quota-first")),
        "default_quota": choices.one(("documented", "zero", "absent")),
        "enable_propagation_s": choices.one((0, 60)),
        "latency_ms": choices.one((0, 120, 14_000)),
        "unlisted_permissions": choices.one(("reject", "ignore"), 0.3),
    }


def _tables(choices: Choices, config: dict[str, Any]) -> dict[str, Any]:
    """Where this cloud is unlike the documents: served elsewhere, not published, still served, shut down early."""
    choices.about("tables")
    rows: dict[str, Any] = {}
    for model in config["models"]:
        if choices.flag():
            bare = model["id"].partition("@")[0]
            rows[bare] = choices.even(
                (
                    {"locations": ["us-central1", "global"]},
                    None,
                    {"shut_down": None},
                    {"shut_down": "2026-11-01"},
                    {"locations": list(model["locations"]), "lineage": None},
                    {"gated": True},
                )
            )
    return {"models": rows} if rows else {}


_BREAKS: tuple[dict[str, Any], ...] = (
    {"status": 503},
    {"status": 500},
    {"status": 429},
    {"status": 403},
    {"status": 404},
    {"status": 400},
    {"status": 401},
    {"status": 403, "body": ""},
    {"broken": "timeout"},
    {"broken": "reset"},
    {"broken": "truncated"},
    {"broken": "not_json"},
    {"broken": "wrong_shape"},
    {"broken": "empty"},
    {"body": {"unexpected": 1}},
    {"body": "[]"},
    {"body": "null"},
    {"latency_ms": 20_000},
)
_READS = (
    "GET */v3/projects/*",
    "POST *:getAncestry",
    "POST *:getIamPolicy",
    "POST */folders/*:getIamPolicy",
    "POST */organizations/*:getIamPolicy",
    "POST *:testIamPermissions",
    "GET *services:batchGet*",
    "GET */billingInfo",
    "GET */roles/*",
    "GET */denypolicies",
    "GET */denypolicies/*",
    "GET */publishers/anthropic/models/*",
    "GET */quotaInfos/*",
    "* *cloudresourcemanager.googleapis.com*",
    "GET *",
)
# What breaks a prediction for a moment must not be an answer that a closed gate would give: a refusal of the platform
# is believed when it comes, and a later request may well be answered.
_MOMENTARY = tuple(one for one in _BREAKS if one.get("status") not in (400, 401, 403, 404))


def _faults(choices: Choices) -> list[dict[str, Any]]:
    choices.about("reads")
    faults: list[dict[str, Any]] = []
    for match in _READS:
        if choices.flag():
            times = choices.one((None, 1, 2, 5), 0.4)
            faults.append({"match": match, **choices.even(_BREAKS)} | ({"times": times} if times else {}))
    choices.about("probes")
    if choices.flag():
        place = choices.one(("", "locations/eu/", "locations/global/"), 0.4)
        match = f"POST *{place}*:rawPredict"
        if choices.flag(0.6):
            faults.append({"match": match, "times": choices.even((1, 2, 6)), **choices.even(_MOMENTARY)})
        else:
            faults.append({"match": match, **choices.even(_BREAKS)})
    return faults
