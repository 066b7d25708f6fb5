"""Every dependency is locked to one version, and says why it is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS: dict[str, list[Any]] = PYPROJECT["dependency-groups"]
LOCKS = {"requirements-dev.lock": "dev", "requirements-clients.lock": "clients"}
TOOLS = {"requirements-docs.lock": "docs", "requirements-release.lock": "release"}
DIRECT: list[str] = PYPROJECT["project"]["dependencies"]


def group(name: str) -> list[str]:
    """The requirements of a dependency group and of those that it includes."""
    found: list[str] = []
    for entry in GROUPS.get(name, []):
        found += group(entry["include-group"]) if isinstance(entry, dict) else [entry]
    return found


def locked(name: str) -> dict[str, Requirement]:
    """The pins of a lock by package."""
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    pins = [Requirement(line) for line in lines if line]
    return {canonicalize_name(pin.name): pin for pin in pins}


@pytest.mark.parametrize(("lock", "declared"), LOCKS.items())
def test_a_lock_pins_what_is_declared(lock: str, declared: str) -> None:
    pins = locked(lock)
    for pin in pins.values():
        assert [one.operator for one in pin.specifier] == ["=="], f"{pin} is not one version"
    for text in (*DIRECT, *group(declared)):
        wanted = Requirement(text)
        name = canonicalize_name(wanted.name)
        assert name in pins, f"{lock} lacks {wanted.name}: renew it, its head says how"
        version = next(iter(pins[name].specifier)).version
        assert wanted.specifier.contains(version), f"{lock} has {pins[name]}, and {text} is declared"


def test_the_locks_agree() -> None:
    one, other = (locked(lock) for lock in LOCKS)
    assert {n: (str(one[n]), str(other[n])) for n in one.keys() & other if one[n] != other[n]} == {}


@pytest.mark.parametrize(("lock", "declared"), TOOLS.items())
def test_a_lock_of_tools_pins_what_is_declared(lock: str, declared: str) -> None:
    pins = locked(lock)
    assert all([one.operator for one in pin.specifier] == ["=="] for pin in pins.values())
    for wanted in map(Requirement, group(declared)):
        version = next(iter(pins[canonicalize_name(wanted.name)].specifier)).version
        assert wanted.specifier.contains(version)


@pytest.mark.parametrize("lock", [*LOCKS, *TOOLS])
def test_a_lock_is_good_anywhere(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links|@ ", text)
    assert "uv pip compile" in text.splitlines()[1], "it says how to renew it"


def test_every_dependency_has_its_reason() -> None:
    reasons = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    rows = [line for line in reasons.splitlines() if line.startswith("|")]
    explained = {name.strip() for row in rows for name in row.split("|")[1].split(",")}
    declared = {Requirement(t).name.lower() for n in GROUPS for t in (*DIRECT, *group(n))}
    assert declared - explained == set()
    assert explained - declared - {"package", "---"} == set(), "what is explained is declared"
