"""A repository made from the CI page alone: pre-commit blocks a bad change with a readable reason and passes a good one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest
from integration_files import ROOT, files

PATH = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
"""The programs of this environment first, whether or not it is activated."""

pytestmark = [
    pytest.mark.skipif(shutil.which("pre-commit", path=PATH) is None, reason="pre-commit is not installed"),
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed"),
]

SHIPPED = ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml", "vxsetup", "schemas", "examples")
GOOD = "version: 1\nproject: {id: acme-ai-prod}\nlocation: eu\nmodels:\n  - id: claude-sonnet-5-5\n"
BAD = GOOD + "  - id: claude-3-7-sonnet@20250219\n"


@dataclass(frozen=True)
class Repository:
    """A git repository and the environment that its commands run in."""

    folder: Path
    variables: dict[str, str]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=self.folder, env=self.variables, capture_output=True, text=True, timeout=240, check=False
        )

    def git(self, *words: str) -> str:
        done = self.run("git", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def write(self, **texts: str) -> None:
        for name, text in texts.items():
            (self.folder / name.replace("_", ".")).write_text(text)


def variables(folder: Path) -> dict[str, str]:
    """No network, and the libraries of this environment in place of an index."""
    return {
        "PATH": PATH,
        "HOME": str(folder),
        "PRE_COMMIT_HOME": str(folder / "cache"),
        "PRE_COMMIT_COLOR": "never",
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "false",  # pip reads the variable of a --no option the other way round
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "GIT_AUTHOR_NAME": "dev",
        "GIT_AUTHOR_EMAIL": "dev@acme.example",
        "GIT_COMMITTER_NAME": "dev",
        "GIT_COMMITTER_EMAIL": "dev@acme.example",
        "GIT_CONFIG_NOSYSTEM": "1",
    }


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """The project as a git repository, with what a checkout of it has."""
    folder = tmp_path_factory.mktemp("shipped")
    for name in SHIPPED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    made = Repository(folder, variables(tmp_path_factory.mktemp("home")))
    made.git("init", "-q", "-b", "main", ".")
    made.git("add", "--all", ".")
    made.git("commit", "-qm", "vxsetup")
    return made


@pytest.fixture
def team(shipped: Repository, tmp_path: Path) -> Repository:
    """A team's repository: the files that the page says to make, one good config, pre-commit installed."""
    made = Repository(tmp_path, shipped.variables)
    made.git("init", "-q", "-b", "main", ".")
    for name, text in files().items():
        text = text.replace("https://github.com/OWNER/vxsetup", str(shipped.folder))
        (tmp_path / name).write_text(text.replace("REVISION", shipped.git("rev-parse", "HEAD")))
    made.write(vxsetup_yaml=GOOD, base_yaml="version: 1\nlocation: eu\n")
    made.git("add", ".")
    made.git("commit", "-qm", "first")
    assert made.run("pre-commit", "install").returncode == 0
    return made


def test_a_bad_change_is_blocked_and_a_good_one_passes(team: Repository) -> None:
    team.git("checkout", "-qb", "topic")
    team.write(vxsetup_yaml=BAD)
    blocked = team.run("git", "commit", "-am", "bad")
    said = blocked.stdout + blocked.stderr
    assert blocked.returncode == 1, said
    assert "error[VX402 model-shut-down]: claude-3-7-sonnet@20250219 was shut down" in said
    assert " --> vxsetup.yaml:6:9" in said
    assert "= fix: move to" in said

    team.git("commit", "--no-verify", "-qam", "bad all the same")
    request = team.run("pre-commit", "run", "--from-ref", "main", "--to-ref", "HEAD")
    assert request.returncode == 1, "the pull request is blocked where the commit was not"
    assert "VX402" in request.stdout

    team.write(vxsetup_yaml=GOOD.replace("claude-sonnet-5-5", "claude-haiku-5-5"))
    good = team.run("git", "commit", "-am", "good")
    assert good.returncode == 0, good.stdout + good.stderr
    request = team.run("pre-commit", "run", "--from-ref", "main", "--to-ref", "HEAD")
    assert request.returncode == 0, request.stdout + request.stderr
    assert request.stdout.count("Passed") == 2


def test_a_base_that_breaks_a_config_is_blocked(team: Repository) -> None:
    team.write(vxsetup_yaml="extends: base.yaml\n" + GOOD)
    assert team.run("git", "commit", "-am", "extends").returncode == 0
    team.write(base_yaml="version: 1\nlocations: eu\n")
    done = team.run("git", "commit", "-am", "base")
    assert done.returncode == 1, "the config itself did not change"
    assert "base.yaml:2:1" in done.stdout + done.stderr


def test_the_manifest_is_one_that_pre_commit_takes(team: Repository) -> None:
    done = team.run("pre-commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml"))
    assert done.returncode == 0, done.stdout
