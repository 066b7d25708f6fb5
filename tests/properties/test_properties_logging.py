"""How long logs are kept and who may write them: vxsetup's reading against what the emulator's BigQuery does in time.

A dataset and its table are made in the emulator by requests, so that the table inherits what BigQuery lets it inherit;
the rules judge what is read, and then the clock is turned on.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import rule_cases
from generated_runs import catalogue

from vxsetup.cli.emulation import Emulation
from vxsetup.cloud.gather import Gatherer
from vxsetup.cloud.providers import providers
from vxsetup.cloud.session import FunctionSender, Session
from vxsetup.config.load import load
from vxsetup.emulator.http import Request, Response
from vxsetup.emulator.model import World
from vxsetup.emulator.service import handle
from vxsetup.emulator.state import start
from vxsetup.emulator.world import world_from
from vxsetup.findings import Verdict
from vxsetup.rules import log_dataset, log_retention
from vxsetup.rules.circumstances import Circumstances
from vxsetup.rules.engine import compile_requirements, facts_asked, judge

RULES = (*log_dataset.RULES, *log_retention.RULES)
DAY = 86_400_000
DEV = "user:dev@acme.example"
AGENT = "serviceAccount:service-333333333333@gcp-sa-aiplatform.iam.gserviceaccount.com"
CONFIG = (
    "version: 1\nproject: {id: acme-ai-prod}\nlocation: eu\nmodels: [{id: claude-sonnet-5-5}]\n"
    "logging: {request_response: {dataset: claude_logs, retention_days: 30}}\n"
)
TABLE = "/bigquery/v2/projects/acme-ai-prod/datasets/claude_logs/tables/request_response_logging"


def world(dataset: Mapping[str, Any] | None, **project: Any) -> World:
    """The usual project, its dataset, and a reader who may make tables."""
    base = rule_cases.loaded(rule_cases.CASES / "base-world.yaml")
    own = base["projects"]["acme-ai-prod"]
    own["services"] = [*own["services"], "bigquery.googleapis.com"]
    own["iam"] = [*own["iam"], {"role": "roles/bigquery.admin", "members": [DEV]}]
    own |= {"datasets": {"claude_logs": {"location": "EU", **dataset}}} if dataset is not None else {}
    own["iam"] += project.pop("more_iam", [])
    return world_from(rule_cases.merged(base, {"projects": {"acme-ai-prod": project}}))


def asked(here: World, method: str, path: str, body: Any = None, bearer: str = "opaque") -> tuple[World, Response]:
    """One request to the emulator."""
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    headers |= {"X-Goog-User-Project": "acme-ai-prod"} if bearer == "opaque" else {}
    url = f"https://bigquery.googleapis.com{path}"
    state, response = handle(start(here), Request(method, url, headers, json.dumps(body or {}).encode()), here.now)
    return state.world, response


def judged(here: World) -> dict[str, Verdict]:
    """What the rules say of a world."""
    project = load(Path("vxsetup.yaml"), lambda path: CONFIG.encode()).projects[0]
    emulation = Emulation(here)
    sender = FunctionSender(emulation.send, emulation.token)
    session = Session(sender, "vxsetup/test", emulation.caller.quota_project, emulation.clock)
    wanted = compile_requirements(project, catalogue(), RULES, online=True)
    facts = Gatherer(providers(), session.answer).gather(facts_asked(wanted))
    found = judge(wanted, facts, Circumstances(emulation.now, catalogue(), emulation.caller), RULES)
    return {finding.rule: finding.verdict for finding in found}


WHOLE = (None, 1 * DAY, 29 * DAY, 30 * DAY, 400 * DAY)
PARTS = (None, 29 * DAY, 30 * DAY, 90 * DAY)


@pytest.mark.parametrize(("whole", "parts"), list(itertools.product(WHOLE, PARTS)))
@pytest.mark.parametrize("partitioned", [False, True])
@pytest.mark.parametrize("when", ["before", "after", "never"])
def test_the_table_lives_as_the_rule_says(whole: int | None, parts: int | None, partitioned: bool, when: str) -> None:
    """``when``: the dataset got its defaults before the table was made, after it, or the table is still to be made."""
    limits = {"defaultTableExpirationMs": whole, "defaultPartitionExpirationMs": parts}
    defaults = {name: str(value) for name, value in limits.items() if value is not None}
    here = world({} if when == "after" else defaults)
    body = {"tableReference": {"tableId": "request_response_logging"}}
    body |= {"timePartitioning": {"type": "DAY"}} if partitioned else {}
    if when != "never":
        here, made = asked(here, "POST", TABLE.rpartition("/")[0], body)
        assert made.status == 200
    if when == "after":
        here, changed = asked(here, "PATCH", TABLE.rpartition("/tables/")[0], defaults)
        assert changed.status == 200
    said = judged(here)["VX704"]
    if when == "never":  # it is made now, with partitions or without, as Google likes
        _, made = asked(here, "POST", TABLE.rpartition("/")[0], body)
    else:
        _, made = asked(here, "GET", TABLE)
    table = made.json()
    kept_apart = table.get("timePartitioning", {}).get("expirationMs")
    lost = "expirationTime" in table or (kept_apart is not None and int(kept_apart) < 30 * DAY)
    if said is Verdict.PASS:
        assert not lost
        _, later = asked(replace(here, now=here.now + timedelta(days=5000)), "GET", TABLE)
        assert later.status == (404 if when == "never" else 200)
    elif said is Verdict.FAIL and when != "never":
        assert lost
    elif said is Verdict.FAIL:
        assert whole is not None
    else:
        assert (when, whole, parts is not None) == ("never", None, True), "unknown only while nobody can know"
    if when != "never" and "expirationTime" in table:
        assert said is Verdict.FAIL
        _, later = asked(replace(here, now=here.now + timedelta(days=401)), "GET", TABLE)
        assert later.status == 404, "BigQuery deletes the whole table"


ROLES = (
    None,
    "roles/aiplatform.serviceAgent",
    "roles/bigquery.dataViewer",
    "roles/editor",
    "roles/bigquery.dataEditor",
)
ENTRIES: tuple[list[dict[str, Any]] | None, ...] = (
    None,
    [],
    [{"role": "WRITER", "userByEmail": AGENT.partition(":")[2]}],
    [{"role": "roles/bigquery.dataOwner", "iamMember": AGENT}],
    [{"role": "READER", "userByEmail": AGENT.partition(":")[2]}],
    [{"role": "WRITER", "specialGroup": "projectWriters"}],
    [
        {
            "role": "WRITER",
            "userByEmail": AGENT.partition(":")[2],
            "condition": {"title": "never", "expression": "false"},
        }
    ],
)
DENIED = [
    {
        "id": "no",
        "rules": [
            {"principals": ["principalSet://goog/public:all"], "permissions": ["bigquery.googleapis.com/tables.*"]}
        ],
    }
]


@pytest.mark.parametrize(("role", "entries"), list(itertools.product(ROLES, ENTRIES)))
@pytest.mark.parametrize("denied", [False, True])
def test_the_agent_writes_where_the_rule_says_so(
    role: str | None, entries: list[dict[str, Any]] | None, denied: bool
) -> None:
    more = [{"role": role, "members": [AGENT]}] if role else []
    dataset: dict[str, Any] = {"tables": {"request_response_logging": {}}}
    dataset |= {"access": entries} if entries is not None else {}
    here = world(dataset, more_iam=more, **({"deny": DENIED} if denied else {}))
    said = judged(here)["VX705"] if not denied else judged_by_an_exception(here)
    _, written = asked(here, "POST", f"{TABLE}/insertAll", {"rows": []}, f"emu:{AGENT}")
    assert said is (Verdict.PASS if written.status == 200 else Verdict.FAIL)


def judged_by_an_exception(here: World) -> Verdict:
    """As ``judged``, where a deny policy would also keep the reader from looking at the table."""
    project = here.projects["acme-ai-prod"]
    rules = tuple(replace(rule, except_principals=(DEV,)) for policy in project.node.deny for rule in policy.rules)
    deny = (replace(project.node.deny[0], rules=rules),)
    changed = replace(project, node=replace(project.node, deny=deny))
    return judged(replace(here, projects={**here.projects, "acme-ai-prod": changed}))["VX705"]
