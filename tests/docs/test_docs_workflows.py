"""The workflows are well-formed, run what the README says, and hold no more rights or trust than they need."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from typing import Any

import pytest
import yaml
from docs_pages import ROOT

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WORKFLOWS: dict[str, Any] = {file.name: yaml.safe_load(file.read_text("utf-8")) for file in FILES}
STEPS = [
    (name, job, step)
    for name, flow in WORKFLOWS.items()
    for job, spec in flow["jobs"].items()
    for step in spec["steps"]
]


def test_the_workflows_are_there() -> None:
    assert sorted(WORKFLOWS) == ["ci.yml", "release.yml"]


@pytest.mark.skipif(
    importlib.util.find_spec("check_jsonschema") is None, reason="python -m pip install check-jsonschema"
)
def test_they_are_what_the_host_takes() -> None:
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.github-workflows",
        *map(str, FILES),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_every_action_is_pinned_by_its_full_hash_with_its_version() -> None:
    lines = [line for file in FILES for line in file.read_text("utf-8").splitlines() if "uses:" in line]
    assert len(lines) > 5
    for line in lines:
        assert re.search(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40}  # v\d+(\.\d+)*$", line), line


def test_one_action_has_one_hash_everywhere() -> None:
    texts = [path.read_text("utf-8") for path in (*FILES, ROOT / "action.yml", ROOT / "docs" / "ci.md")]
    pairs = {pair for text in texts for pair in re.findall(r"uses: ([\w./-]+)@([0-9a-f]{40})", text)}
    assert len(pairs) == len({name for name, _ in pairs})


def test_nothing_has_rights_that_it_does_not_name() -> None:
    for name, flow in WORKFLOWS.items():
        assert flow["permissions"] == {}, name
        for job, spec in flow["jobs"].items():
            assert "permissions" in spec, f"{name} {job}"
            assert spec["timeout-minutes"] <= 60
            if spec["permissions"].get("id-token") == "write":
                assert all("run" not in step for step in spec["steps"]), (
                    f"{job}: no code of this repository meets the token"
                )
                assert all("checkout" not in step["uses"] for step in spec["steps"]), job


def test_no_secret_and_no_word_of_an_event_is_part_of_a_script() -> None:
    for file in FILES:
        assert "secrets." not in file.read_text("utf-8")
    for name, _, step in STEPS:
        assert "${{" not in step.get("run", ""), f"{name}: {step}"
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_ci_runs_what_must_hold_on_each_python_that_is_promised() -> None:
    tests = WORKFLOWS["ci.yml"]["jobs"]["tests"]
    promised = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert tests["strategy"]["matrix"]["python"] == promised
    assert {"run": ".ci/run"} in tests["steps"]
    assert {"run": "mkdocs build --strict"} in WORKFLOWS["ci.yml"]["jobs"]["docs"]["steps"]


def test_every_lock_is_audited() -> None:
    script = next(
        step["run"]
        for step in WORKFLOWS["ci.yml"]["jobs"]["vulnerabilities"]["steps"]
        if "pip-audit" in step.get("run", "")
    )
    assert {path.name for path in ROOT.glob("*.lock")} == set(re.findall(r"[\w-]+\.lock", script))
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    for text in (script, page):
        (command,) = re.findall(r"^ *pip-audit .*", text, re.M)
        assert "--strict" in command, "what could not be looked up is no pass"


@pytest.mark.skipif(
    shutil.which("zizmor") is None, reason="CI's job does: python -m pip install -r requirements-release.lock"
)
def test_the_workflows_and_the_action_do_nothing_that_zizmor_knows_to_be_dangerous() -> None:
    (command,) = [step["run"] for _, _, step in STEPS if step.get("run", "").startswith("zizmor")]
    ran = subprocess.run(shlex.split(command), cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_what_is_published_was_tested_and_attested() -> None:
    jobs = WORKFLOWS["release.yml"]["jobs"]
    scripts = [step.get("run", "") for step in jobs["build"]["steps"]]
    assert scripts.index(".ci/run") < next(n for n, text in enumerate(scripts) if "python -m build" in text)
    assert any("cyclonedx-py" in text for text in scripts)
    assert set(jobs["publish"]["needs"]) == {"build", "attest"}
    assert jobs["publish"]["environment"] == {"name": "pypi"}
    assert "password" not in str(jobs["publish"])
