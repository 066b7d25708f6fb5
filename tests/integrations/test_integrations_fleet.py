"""The ready jobs for a fleet, GitHub's matrix and Cloud Run's job: their hosts' schemas, and what they run, run."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from integration_files import ROOT
from jsonschema import Draft7Validator

MATRIX = ROOT / "templates" / "github" / "vxsetup-fleet.yml"
JOB = ROOT / "templates" / "cloud-run" / "vxsetup-fleet.job.yaml"
EXAMPLES = ROOT / "vxsetup" / "examples" if (ROOT / "vxsetup" / "examples").is_dir() else ROOT / "examples"
PARTS = 5


def workflow() -> dict[str, Any]:
    """The matrix as GitHub reads it."""
    found: dict[Any, Any] = yaml.safe_load(MATRIX.read_text("utf-8"))
    found["on"] = found.pop(True)  # YAML 1.1 reads the key `on` as a boolean
    return found


def job() -> dict[str, Any]:
    """The Cloud Run job."""
    found: dict[str, Any] = yaml.safe_load(JOB.read_text("utf-8"))
    return found


def test_the_matrix_keeps_github_s_schema() -> None:
    package = pytest.importorskip("check_jsonschema", reason="check-jsonschema carries the hosts' schemas")
    vendored = Path(package.__file__).parent / "builtin_schemas" / "vendor" / "github-workflows.json"
    schema = json.loads(vendored.read_text("utf-8"))
    assert [error.message[:200] for error in Draft7Validator(schema).iter_errors(workflow())] == []


def test_the_matrix_is_pinned_and_has_no_more_rights_than_it_needs() -> None:
    text = MATRIX.read_text("utf-8")
    for used in re.findall(r"uses: (\S+)(.*)", text):
        assert used[0] == "OWNER/vxsetup@REVISION" or re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", used[0]), used
        assert used[0] == "OWNER/vxsetup@REVISION" or re.fullmatch(r"  # v\d+\.\d+\.\d+", used[1]), used
    jobs = workflow()["jobs"]
    assert workflow()["permissions"] == jobs["fleet"]["permissions"] == {}
    assert jobs["part"]["permissions"] == {"contents": "read", "id-token": "write"}
    scripts = [step["run"] for one in jobs.values() for step in one["steps"] if "run" in step]
    assert scripts
    assert not any("${{" in script for script in scripts)


def test_the_action_has_every_input_that_the_matrix_gives_it() -> None:
    (step,) = [step for step in workflow()["jobs"]["part"]["steps"] if step["uses"].startswith("OWNER/")]
    assert step["with"].keys() <= yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["inputs"].keys()


def _unknown(document: dict[str, Any], schema: dict[str, Any], value: Any, at: str) -> list[str]:
    """Where a value does not keep to a schema of a discovery document."""
    if "$ref" in schema:
        schema = document["schemas"][schema["$ref"]]
    if schema.get("type") == "object" and isinstance(value, dict):
        known, more = schema.get("properties", {}), schema.get("additionalProperties")
        found = [f"{at}.{key}: not known" for key in value if key not in known and more is None]
        parts = [(known.get(key, more), part, f"{at}.{key}") for key, part in value.items() if key in known or more]
        return found + [fault for each in parts for fault in _unknown(document, *each)]
    if schema.get("type") == "array" and isinstance(value, list):
        return [fault for part in value for fault in _unknown(document, schema["items"], part, f"{at}[]")]
    types = {"string": str, "integer": int, "boolean": bool}
    kind = types.get(str(schema.get("type")))
    return (
        [] if kind is not None and isinstance(value, kind) else [f"{at}: {value!r} is not of type {schema.get('type')}"]
    )


def test_the_job_keeps_cloud_run_s_schema() -> None:
    client = pytest.importorskip("googleapiclient", reason="the Google API client carries the discovery documents")
    file = Path(client.__file__).parent / "discovery_cache" / "documents" / "run.v1.json"
    document = json.loads(file.read_text("utf-8"))
    assert _unknown(document, {"$ref": "Job"}, job(), "$") == []
    assert _unknown(document, {"$ref": "Job"}, {"spec": {"tasks": 1}}, "$") == ["$.spec.tasks: not known"]


# What they run --------------------------------------------------------------------------------------------------------


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A folder of seven configs, one of them without its API, and the world that they are of."""
    world = yaml.safe_load((EXAMPLES / "ready" / "world.yaml").read_text("utf-8"))
    config = (EXAMPLES / "ready" / "vxsetup.yaml").read_text("utf-8")
    (name,) = world["projects"]
    template = json.dumps(world["projects"][name])
    for number in range(7):
        other = f"{name}-{number}"
        project = json.loads(template.replace(name, other))
        project["number"] = str(700000000000 + number)
        if number == 3:
            project["services"].remove("aiplatform.googleapis.com")
        world["projects"][other] = project
        folder = tmp_path / "teams" / f"team-{number}"
        folder.mkdir(parents=True)
        (folder / "vxsetup.yaml").write_text(config.replace(name, other))
    (tmp_path / "world.yaml").write_text(yaml.safe_dump(world))
    return tmp_path


def vxsetup(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run vxsetup in a folder, on its world."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder), **variables}
    if arguments[0] == "check":
        env["VXSETUP_EMULATE"] = str(folder / "world.yaml")
    command = [sys.executable, "-m", "vxsetup", *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120)


def decided(folder: Path, parts: list[Path]) -> dict[str, Any]:
    """The merge of the parts, which fails because of one project of seven."""
    merged = vxsetup(folder, "merge", *map(str, parts), "--format", "json", "--report", "html=fleet.html")
    assert merged.returncode == 1, merged.stderr
    found: dict[str, Any] = json.loads(merged.stdout)
    assert len(found["projects"]) == 7
    assert [p["verdict"] for p in found["projects"]].count("not_ready") == 1
    assert (folder / "fleet.html").stat().st_size > 10_000
    return found


def test_the_matrix_decides_as_one_run_does(fleet: Path) -> None:
    jobs = workflow()["jobs"]
    assert jobs["part"]["strategy"]["matrix"]["part"] == list(range(1, PARTS + 1))
    (step,) = [step for step in jobs["part"]["steps"] if step["uses"].startswith("OWNER/")]
    for part in range(1, PARTS + 1):
        arguments = step["with"]["arguments"].replace("${{ matrix.part }}", str(part)).split()
        done = vxsetup(fleet, "check", *arguments, "--", step["with"]["paths"])
        assert done.returncode == 0, done.stderr
    merged = decided(fleet, sorted(fleet.glob("part-*.json")))
    whole = json.loads(vxsetup(fleet, "check", "teams", "--format", "json").stdout)
    assert merged["projects"] == whole["projects"]
    assert merged["findings"] == whole["findings"]
    lost = vxsetup(fleet, "merge", *map(str, sorted(fleet.glob("part-*.json"))[:1]), "--exit-zero", "--format", "json")
    assert "4 of 5 shards are missing" in json.loads(lost.stdout)["notes"][0]


def test_a_task_of_the_job_takes_its_part(fleet: Path) -> None:
    spec = job()["spec"]["template"]["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    assert container["command"] == ["/bin/sh", "-c"]
    line = container["args"][0].replace("/bucket/reports", str(fleet / "reports")).replace("/bucket", str(fleet))
    (fleet / "reports").mkdir()
    for task in range(3):
        env = {"CLOUD_RUN_TASK_INDEX": str(task), "CLOUD_RUN_TASK_COUNT": "3"}
        words = shlex.split(line.replace("$CLOUD_RUN_TASK_INDEX", str(task)))
        assert words[0] == "vxsetup"
        done = vxsetup(fleet, *words[1:], **env)
        assert done.returncode == 0, done.stderr
        assert f"Shard {task + 1} of 3, by CLOUD_RUN_TASK_INDEX and CLOUD_RUN_TASK_COUNT" in done.stderr
    decided(fleet, sorted((fleet / "reports").glob("*.json")))
