"""Files for platforms that cannot run here: held against the platform's own schema, as check-jsonschema ships it.

They are not called run by their client: a schema knows the form of a file and not what it does.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from emitted_tools import emit

HAIKU = ("--model", "claude-haiku-4-5@20251001")
FILES = {
    "docker-compose": ("vendor.compose-spec", "compose*.yaml", HAIKU),
    "github-actions": ("vendor.github-workflows", ".github/workflows/*.yml", ("--project-number", "333333333333")),
    "claude-code-action": ("vendor.github-workflows", ".github/workflows/*.yml", ("--project-number", "333333333333")),
    "gitlab-ci": ("vendor.gitlab-ci", "*gitlab*.yml", ("--project-number", "333333333333")),
}


@pytest.mark.parametrize("name", FILES)
def test_the_platform_s_schema_takes_the_emitted_file(name: str, tmp_path: Path) -> None:
    pytest.importorskip("check_jsonschema")
    schema, pattern, arguments = FILES[name]
    emit(tmp_path, name, *arguments, pipelines=True)
    files = [str(file) for file in sorted(tmp_path.rglob(pattern)) if file.name != "vxsetup.yaml"]
    assert files
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
