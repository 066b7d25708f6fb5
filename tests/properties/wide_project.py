"""A ready project that asks for much: pipelines without a key, logs that are kept, throughput, features, members."""

from __future__ import annotations

import copy
import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from generated_worlds import Case

sys.path.append(str(Path(__file__).resolve().parents[1]))

import rule_cases


@cache
def wide_case() -> Case:
    """Pipelines and logs of one model, and one account that must be able to call it."""
    world, config = _pipelines_and_logs()
    return Case(json.dumps(config), world, ())


@cache
def wider_case() -> Case:
    """The same with throughput and a feature asked for, a role of one's own, a deny policy, and a pool elsewhere."""
    world, config = _pipelines_and_logs()
    model = config["models"][0]
    model.update(needs={"requests_per_minute": 60}, features=["web_search"])
    allowed = {"allowed": [f"publishers/anthropic/models/{model['id']}:web_search"]}
    world["organization"].setdefault("policies", {})["vertexai.allowedPartnerModelFeatures"] = allowed
    no_keys = {
        "principals": ["principalSet://goog/public:all"],
        "permissions": ["iam.googleapis.com/serviceAccountKeys.create"],
    }
    world["folders"]["2222"] = {**world["folders"]["2222"], "deny": [{"id": "no-keys", "rules": [no_keys]}]}
    project = world["projects"]["acme-ai-prod"]
    project["roles"] = {"claudeCaller": {"permissions": ["aiplatform.endpoints.predict"]}}
    users = next(one for one in project["iam"] if one["role"] == "roles/aiplatform.user")
    app = next(member for member in users["members"] if member.startswith("serviceAccount:app@"))
    users["members"].remove(app)
    project["iam"].append({"role": "projects/acme-ai-prod/roles/claudeCaller", "members": [app]})
    _with_a_pool_elsewhere(world)
    return Case(json.dumps(config), world, ())


def _with_a_pool_elsewhere(world: dict[str, Any]) -> None:
    """A second project's pool is bound to the account too."""
    own = world["projects"]["acme-ai-prod"]
    world["projects"]["acme-ci"] = {
        "number": "444444444444",
        "parent": "folders/2222",
        "iam": [],
        "pools": own["pools"],
    }
    binding = own["service_accounts"]["app"]["iam"][0]
    mine = next(iter(binding["members"]))
    binding["members"].append(mine.replace("projects/333333333333/", "projects/444444444444/"))


def _pipelines_and_logs() -> tuple[dict[str, Any], dict[str, Any]]:
    names = ("VX310-pipeline-not-admitted/by-number", "VX704-logs-kept-too-short/nothing-expires")
    world, config = copy.deepcopy(rule_cases.world(names[0])), yaml.safe_load(rule_cases.config(names[0]))
    for name in names[1:]:
        _joined(world, rule_cases.world(name))
        _joined(config, yaml.safe_load(rule_cases.config(name)))
    config["access"] = [{"member": "serviceAccount:app", "can": ["invoke"]}]
    config["models"] = config["models"][:1]
    return world, config


def _joined(into: dict[str, Any], other: dict[str, Any]) -> None:
    """Lay a mapping into another: mappings deeply, lists one after the other."""
    for key, value in other.items():
        known = into.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            _joined(known, value)
        elif isinstance(known, list) and isinstance(value, list):
            into[key] = [*known, *(item for item in value if item not in known)]
        else:
            into[key] = value
