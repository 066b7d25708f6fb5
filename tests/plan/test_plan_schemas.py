"""What ``drift``, ``destroy`` and ``apply --events`` print keeps to its schema, in every state that there is, and has no
key that the schema does not describe."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from plan_runs import APP, CONFIG, PROJECT, ZERO, world

from vxsetup.resources import schema

Cli = Callable[..., tuple[int, str, str]]
EMULATED = ("--emulate", "world.yaml", "--emulate-state", "state.yaml")
NOBODY = "access:\n  - member: serviceAccount:claude-app\n    create: true\n    can: [invoke]\n"


@pytest.fixture
def applied(cli: Cli) -> Cli:
    """The command line in a folder with an applied project."""
    Path("vxsetup.yaml").write_text(CONFIG)
    Path("world.yaml").write_text(yaml.safe_dump(world(ZERO)))
    assert cli("apply", "--yes", *EMULATED)[0] == 5, "the models are left to people"
    return cli


def edit(**fields: Any) -> None:
    """Change the emulated world behind everybody's back; ``faults`` is the world's, the rest the project's."""
    state = yaml.safe_load(Path("state.yaml").read_text())
    state["faults"] = fields.pop("faults", [])
    state["projects"][PROJECT].update(fields)
    Path("state.yaml").write_text(yaml.safe_dump(state))


def kept(name: str, data: Any) -> Any:
    """The data, which keeps to the schema and has no key that the schema does not describe."""
    jsonschema.Draft202012Validator(schema(name)).validate(data)
    assert list(undescribed(data, schema(name), schema(name))) == []
    return data


def undescribed(data: Any, described: Mapping[str, Any], root: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """The places of keys that a schema has no word for."""
    if "$ref" in described:
        described = root["$defs"][described["$ref"].rpartition("/")[2]]
    described = next((one for one in described.get("anyOf", ()) if "$ref" in one and data is not None), described)
    if "$ref" in described:
        described = root["$defs"][described["$ref"].rpartition("/")[2]]
    if isinstance(data, list):
        for each in data:
            yield from undescribed(each, described.get("items", {}), root, place)
    if isinstance(data, dict) and "properties" in described:
        for key, value in data.items():
            if key not in described["properties"]:
                yield f"{place}/{key}"
            yield from undescribed(value, described["properties"].get(key, {}), root, f"{place}/{key}")


def drifted(run: Cli) -> tuple[Any, set[str]]:
    data = kept("drift", json.loads(run("drift", "--format", "json", *EMULATED)[1]))
    return data, {row["kind"] for row in data["projects"][0]["drift"]}


def test_drift_keeps_to_its_schema(applied: Cli) -> None:
    _, kinds = drifted(applied)
    assert "differs" in kinds, "the models are not enabled"
    edit(models={name: {"enabled": True} for name in ("claude-sonnet-5-5", "claude-haiku-5-5")})
    data, kinds = drifted(applied)
    assert (data["verdict"], kinds) == ("in_step", set())
    account = yaml.safe_load(Path("state.yaml").read_text())["projects"][PROJECT]["service_accounts"][APP]
    edit(iam=[], service_accounts={APP: {**account, "description": "mine now"}})
    data, kinds = drifted(applied)
    assert (data["verdict"], kinds) == ("drifted", {"gone", "changed"})
    edit(faults=[{"match": "GET */serviceAccounts/*", "status": 403, "times": 99}])
    assert "unknown" in drifted(applied)[1]
    edit()
    Path("vxsetup.yaml").write_text(CONFIG.replace(NOBODY, ""))
    data, kinds = drifted(applied)
    assert "left_over" in kinds
    wrong = copy.deepcopy(data)
    wrong["projects"][0]["drift"][0]["kind"] = "odd"
    with pytest.raises(jsonschema.ValidationError):
        kept("drift", wrong)


def destroyed(run: Cli, *more: str) -> set[str]:
    data = kept("destroy", json.loads(run("destroy", *more, "--format", "json", *EMULATED)[1]))
    assert {state for state, count in data["summary"].items() if count} == {one["state"] for one in data["things"]}
    return {one["state"] for one in data["things"]}


def test_destroy_keeps_to_its_schema(applied: Cli) -> None:
    assert destroyed(applied, "--dry-run") == {"remove", "keep", "stays"}
    edit(faults=[{"match": "DELETE */serviceAccounts/*", "status": 403, "times": 9}])
    assert destroyed(applied, "--yes") == {"removed", "failed", "keep", "stays"}
    account = yaml.safe_load(Path("state.yaml").read_text())["projects"][PROJECT]["service_accounts"][APP]
    edit(service_accounts={APP: {**account, "description": "mine now"}})
    assert destroyed(applied, "--dry-run") == {"keep", "stays"}
    edit(service_accounts={})
    assert destroyed(applied, "--yes", "--apis") == {"removed", "gone", "keep", "stays"}
    data = json.loads(applied("destroy", "--dry-run", "--format", "json", *EMULATED)[1])
    data["things"][0]["option"] = "--everything"
    with pytest.raises(jsonschema.ValidationError):
        kept("destroy", data)


def test_what_nothing_proves_keeps_to_its_schemas(applied: Cli) -> None:
    """The billing link of a run that was cut off: a link says nothing of who made it."""
    edit(billing=None)
    fault = {"match": "PUT */billingInfo", "broken": "truncated", "times": 9}
    edit(faults=[fault], iam=[], service_accounts={}, services=[])
    applied("apply", "--yes", "--events", "events.ndjson", *EMULATED)
    events = [kept("events", json.loads(line)) for line in Path("events.ndjson").read_text().splitlines()]
    (lost,) = [event for event in events if event["event"] == "step_ended" and event.get("unsure")]
    assert lost["step"] == f"billing/{PROJECT}"
    assert "nothing in the cloud tells who did it" in lost["proof"]
    journal = Path(".vxsetup") / f"{PROJECT}.journal.ndjson"
    first = next(line for line in journal.read_text().splitlines() if '"run_ended"' in line)
    journal.write_text(journal.read_text().partition(first)[2].lstrip())
    out = applied("destroy", "--dry-run", "--billing", "--format", "json", *EMULATED)[1]
    things = {one["step"]: one for one in kept("destroy", json.loads(out))["things"]}
    assert things[f"billing/{PROJECT}"]["option"] == "--unproven"
    assert things[f"billing/{PROJECT}"]["certain"] is False
    _, text, _ = applied("destroy", "--dry-run", "--billing", *EMULATED)
    assert "It goes with --unproven" in " ".join(text.split())


def test_their_schemas_are_listed_and_their_examples_hold(cli: Cli) -> None:
    _, out, _ = cli("schema")
    assert {"drift", "destroy", "events"} <= set(out.split())
    for name in ("drift", "destroy", "events"):
        for example in schema(name)["examples"]:
            kept(name, example)
