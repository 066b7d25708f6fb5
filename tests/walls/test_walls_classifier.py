"""One reading of what the cloud answers: check, apply, smoke and explain take it from the same two functions."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "vxsetup"
READERS = ("facts/answers.py", "facts/refusal.py")
"""Where a body is parsed (parse_error) and where a refusal gets its cause (classify)."""

WHO_READS = {
    "check": (("cloud/provider.py",), {"parse_error", "classify"}),
    "apply": (("cloud/changes/*.py",), {"parse_error", "classify"}),
    "explain": (("explain/*.py",), {"parse_error", "classify"}),
    "smoke": (("cli/smoke*.py", "smoke/*.py"), {"parse_error"}),
}
"""Who reads answers -> the files in which he does, and the functions that they must take from there."""

KEYS = {
    "CREDENTIALS_MISSING",
    "SERVICE_DISABLED",
    "BILLING_DISABLED",
    "USER_PROJECT_DENIED",
    "SECURITY_POLICY_VIOLATED",
}
"""Reasons of google.rpc.ErrorInfo. Who compares with one of them in code reads refusals by himself."""

MAY_NAME = ("facts/", "explain/", "emulator/")
"""The readers; explain's list of names to look for in text; the emulator, which is a reading of its own on purpose."""


def imported(path: Path) -> set[str]:
    """The names that a file imports from the two readers, at any depth of a function."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in ("vxsetup.facts.answers", "vxsetup.facts.refusal")
        for name in node.names
    }


@pytest.mark.parametrize("who", WHO_READS)
def test_it_is_read_by_the_one_classifier(who: str) -> None:
    places, wanted = WHO_READS[who]
    files = [path for place in places for path in PACKAGE.glob(place)]
    assert wanted <= {name for path in files for name in imported(path)}


@pytest.mark.parametrize("name", ["parse_error", "classify"])
def test_the_classifier_is_defined_once(name: str) -> None:
    """A second function of the name would be a second reading."""
    found = []
    for path in PACKAGE.rglob("*.py"):
        inside = path.relative_to(PACKAGE).as_posix()
        if inside.startswith("emulator/"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += [inside for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name]
    assert len(found) == 1
    assert found[0] in READERS


def test_nobody_else_compares_reasons() -> None:
    breaches = []
    for path in PACKAGE.rglob("*.py"):
        inside = path.relative_to(PACKAGE).as_posix()
        if inside.startswith(MAY_NAME):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Compare):
                values = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)}
                breaches += [f"{inside}:{node.lineno}"] if values & KEYS else []
    assert not breaches, breaches
