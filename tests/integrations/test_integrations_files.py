"""The manifest, the action, the GitLab template, the Dockerfile and the CI page agree with the command line."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from integration_files import PAGE, ROOT, blocks
from jsonschema import Draft7Validator

from vxsetup.cli.root import root
from vxsetup.config.files import discover


def loaded(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


# --- pre-commit ------------------------------------------------------------------------------------------------------


def test_the_hook_takes_the_files_that_a_folder_search_finds(tmp_path: Path) -> None:
    names = ["vxsetup.yaml", "a/vxsetup.yaml", "a/x.vxsetup.yaml", "b/x.vxsetup.yml", "b/x.vxsetup.json"]
    others = ["vxsetup.yml", "a/my-vxsetup.yaml", "x.vxsetup.toml", "vxsetup.yaml.bak"]
    for name in (*names, *others):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("version: 1\n")
    changed, every = loaded(".pre-commit-hooks.yaml")
    found = {path.relative_to(tmp_path).as_posix() for path in discover([str(tmp_path)]).files}
    assert {name for name in (*names, *others) if re.search(changed["files"], name)} == found == set(names)
    assert every["pass_filenames"] is False
    for hook in (changed, every):
        words = shlex.split(hook["entry"])
        assert words[:2] == ["vxsetup", "validate"], "offline"
        assert hook["language"] == "python"


# --- the action ------------------------------------------------------------------------------------------------------


def uses(data: Any) -> list[str]:
    """Every action that a workflow or an action uses."""
    if isinstance(data, dict):
        own = [data["uses"]] if isinstance(data.get("uses"), str) else []
        return own + [name for value in data.values() for name in uses(value)]
    return [name for value in data for name in uses(value)] if isinstance(data, list) else []


def test_everything_that_runs_in_a_pipeline_is_pinned_by_its_hash() -> None:
    found = uses(loaded("action.yml")) + [name for block in blocks("yaml") for name in uses(yaml.safe_load(block))]
    assert len(found) >= 5
    for name in found:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name) or name == "OWNER/vxsetup@REVISION", name
    pinned = re.findall(r"uses: \S+@[0-9a-f]{40}(.*)", (ROOT / "action.yml").read_text() + PAGE)
    assert all(re.match(r"  # v\d+\.\d+\.\d+$", after) for after in pinned), "each hash says which release it is"


def test_no_input_is_part_of_a_script() -> None:
    for step in loaded("action.yml")["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


def action_script() -> str:
    (step,) = [s for s in loaded("action.yml")["runs"]["steps"] if s.get("id") == "run"]
    return str(step["run"])


BASH = pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("git")), reason="the action's steps need bash and git"
)


@pytest.fixture
def runner(tmp_path: Path) -> Path:
    """A runner's temporary folder whose vxsetup is this one, with the examples in a repository as a checkout makes it."""
    shutil.copytree(ROOT / "examples", tmp_path / "repository" / "examples")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path / "repository", check=True, timeout=60)
    program = tmp_path / "vxsetup" / "bin" / "vxsetup"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {shlex.quote(sys.executable)} -m vxsetup "$@"\n')
    program.chmod(0o755)
    return tmp_path


def action(runner: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the action's own step as GitHub does."""
    given = {"COMMAND": "validate", "PATHS": ".", "ARGUMENTS": "", "HTML": "", "SARIF": str(runner / "vxsetup.sarif")}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VXSETUP_")}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", action_script()],
        cwd=runner / "repository" / "examples",
        env=kept | given | inputs | {"RUNNER_TEMP": str(runner), "GITHUB_STEP_SUMMARY": str(runner / "summary.md")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@BASH
def test_the_action_s_step_reports_and_fails(runner: Path) -> None:
    world = "--emulate=six-faults/world.yaml"
    done = action(
        runner, COMMAND="check", PATHS="six-faults/vxsetup.yaml", ARGUMENTS=f"{world}\n", HTML=str(runner / "r.html")
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error file=examples/six-faults/vxsetup.yaml,")
    assert json.loads((runner / "vxsetup.sarif").read_text())["version"] == "2.1.0"
    assert "not ready" in (runner / "summary.md").read_text()
    assert (runner / "r.html").is_file()
    assert action(runner, PATHS="ready").returncode == 0
    two = action(runner, PATHS="ready/vxsetup.yaml\nsix-faults/vxsetup.yaml\n", ARGUMENTS="--fail-on=error\n")
    assert two.returncode == 1


@BASH
@pytest.mark.parametrize("hostile", ["$(touch owned)", "`touch owned`", "; touch owned", "a b\" 'c", "--help"])
def test_an_input_cannot_run_anything(runner: Path, hostile: str) -> None:
    done = action(runner, PATHS=hostile)
    assert done.returncode == 2, done.stdout + done.stderr
    assert not list(runner.rglob("owned"))
    assert action(runner, COMMAND=hostile).returncode == 2


# --- GitLab ----------------------------------------------------------------------------------------------------------


def test_the_gitlab_job_writes_credentials_that_google_auth_takes(tmp_path: Path) -> None:
    job = loaded("templates/gitlab/vxsetup.gitlab-ci.yml")["vxsetup-check"]
    provider = "projects/333333333333/locations/global/workloadIdentityPools/gitlab/providers/acme"
    account = "vxsetup@acme-ai-prod.iam.gserviceaccount.com"
    (tmp_path / "bin").mkdir()
    for name, body in (("vxsetup", 'printf "%s\\n" "$@"'), ("python", f'exec {shlex.quote(sys.executable)} "$@"')):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    done = subprocess.run(
        ["sh", "-ec", "\n".join(job["script"])],
        cwd=tmp_path,
        env={
            "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
            "CI_BUILDS_DIR": str(tmp_path),
            "VXSETUP_ID_TOKEN": "not.a.token",
            "VXSETUP_PROVIDER": provider,
            "VXSETUP_SERVICE_ACCOUNT": account,
            "VXSETUP_PATHS": "teams",
        },
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "check"
    assert done.stdout.splitlines()[-2:] == ["--", "teams"]
    from google.auth import identity_pool

    written = tmp_path / "vxsetup-credentials.json"
    assert written.stat().st_mode & 0o077 == 0
    credentials: Any = identity_pool.Credentials.from_file(str(written))  # type: ignore[no-untyped-call]
    assert credentials.service_account_email == account
    assert provider in credentials.info["audience"]
    assert job["id_tokens"]["VXSETUP_ID_TOKEN"]["aud"] == "https://iam.googleapis.com/$VXSETUP_PROVIDER"


def test_the_gitlab_jobs_can_install_what_the_page_tells(tmp_path: Path) -> None:
    """Slim images of Python have no git, and nothing is installed under a name that anybody could register."""
    template = loaded("templates/gitlab/vxsetup.gitlab-ci.yml")
    assert template[".vxsetup"]["image"] == "$VXSETUP_IMAGE"
    assert "slim" not in template["variables"]["VXSETUP_IMAGE"]
    assert "git+https" in (ROOT / "docs" / "ci.md").read_text("utf-8")
    (tmp_path / "python").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (tmp_path / "python").chmod(0o755)
    for source, code in ((template["variables"]["VXSETUP_SOURCE"], 2), ("git+https://gitlab.com/acme/vxsetup@main", 0)):
        done = subprocess.run(
            ["sh", "-ec", "\n".join(template[".vxsetup"]["before_script"])],
            env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "VXSETUP_SOURCE": source},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == code, done
        assert done.stdout.splitlines()[-1].startswith("Set VXSETUP_SOURCE" if code else source)


# --- schemas of the hosts --------------------------------------------------------------------------------------------

HOSTS = [("action.yml", "github-actions"), ("templates/gitlab/vxsetup.gitlab-ci.yml", "gitlab-ci")]


@pytest.mark.parametrize(("name", "schema"), HOSTS)
def test_a_file_keeps_its_host_s_schema(name: str, schema: str) -> None:
    vendor = _vendored(schema)
    errors = [
        f"{error.json_path}: {error.message[:200]}" for error in Draft7Validator(vendor).iter_errors(loaded(name))
    ]
    assert errors == []


def test_the_page_s_workflow_keeps_github_s_schema() -> None:
    (workflow,) = [
        block for block in map(yaml.safe_load, blocks("yaml")) if isinstance(block, dict) and "jobs" in block
    ]
    workflow["on"] = workflow.pop(True, workflow.get("on"))  # YAML 1.1 reads the key `on` as a boolean
    assert [e.message[:200] for e in Draft7Validator(_vendored("github-workflows")).iter_errors(workflow)] == []
    assert workflow["permissions"] == {}


def _vendored(name: str) -> dict[str, Any]:
    """A schema that check-jsonschema carries with it."""
    package = pytest.importorskip("check_jsonschema", reason="check-jsonschema carries the hosts' schemas")
    file = Path(package.__file__).parent / "builtin_schemas" / "vendor" / f"{name}.json"
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


# --- the page and the image ------------------------------------------------------------------------------------------


def commands(text: str) -> list[list[str]]:
    """Every call of vxsetup in the page, as words: in blocks, in lines of YAML and in sentences."""
    found = []
    for line in re.findall(r"`((?:vxsetup|VXSETUP)[^`]*)`", text) + [
        line.split("run: ", 1)[-1].strip() for block in BLOCKS for line in block.splitlines()
    ]:
        for part in line.split("|"):
            words = shlex.split(re.sub(r"\$\{\{.*?\}\}", "1", part.split(">")[0]), comments=True)
            if words[:1] == ["vxsetup"] and len(words) > 1:
                found.append(words[1:])
    return found


BLOCKS = [*blocks("sh"), *blocks("yaml")]


def test_every_command_of_the_page_exists_with_its_options() -> None:
    every = commands(PAGE)
    assert len(every) >= 8
    for words in every:
        command: click.Command = root
        context = click.Context(root, **root.context_settings)
        rest = list(words)
        while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
            name = rest.pop(0)
            found = command.get_command(context, name)
            assert found is not None, words
            command = found
        known = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)}
        for word in rest:
            if word.startswith("--") and word != "--":
                assert word.split("=")[0] in known, (words, word)


def test_the_editor_entry_names_the_files_that_are_found() -> None:
    (entry,) = [json.loads(block) for block in blocks("json")]
    assert set(entry["fileMatch"]) == {"vxsetup.yaml", "*.vxsetup.yaml", "*.vxsetup.yml", "*.vxsetup.json"}
    assert entry["url"].endswith("/schemas/project.schema.json")


def test_the_image_runs_without_rights_and_holds_what_the_build_needs() -> None:
    text = (ROOT / "Dockerfile").read_text()
    stages = re.split(r"^FROM ", text, flags=re.MULTILINE)
    assert re.search(r"^USER 65532", stages[-1], re.MULTILINE)
    copied = {word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE) for word in line.split()}
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied == allowed
    assert all((ROOT / name).exists() for name in copied)
