"""Says at the head of every run what it runs with, the seed of what is generated, and what it leaves out."""

from __future__ import annotations

import os
import platform
import random
import sys
from importlib import metadata

import pytest

SEED = "VXSETUP_TEST_SEED"
SHOWN = (
    "click",
    "jsonschema",
    "PyYAML",
    "google-auth",
    "requests",
    "google-cloud-resource-manager",
    "google-cloud-aiplatform",
    "google-api-python-client",
    "hypothesis",
)
TIERS = {
    "clients": "python -m pytest -m clients tests/clients",
    "exhaustive": "python -m pytest -m exhaustive",
}
"""Marker of a tier that the default run leaves out -> the command that runs it."""


def pytest_configure(config: pytest.Config) -> None:
    """Draw a seed where none is given, once for all workers: they inherit it."""
    os.environ.setdefault(SEED, str(random.SystemRandom().randrange(1, 10**9)))


def pytest_report_header(config: pytest.Config) -> list[str]:
    """The run's own description, above the first test."""
    markers: str = config.getoption("markexpr") or ""
    lines = [
        f"seed: {SEED}={os.environ[SEED]} draws the same generated cases again",
        f"with: {platform.python_implementation()} {sys.version.split()[0]} on {platform.system()}, {_versions()}",
    ]
    lines += [f"left out: {name} tests; {how} runs them" for name, how in TIERS.items() if f"not {name}" in markers]
    return lines


def _versions() -> str:
    found = []
    for name in SHOWN:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"{name} missing")
    return ", ".join(found)
