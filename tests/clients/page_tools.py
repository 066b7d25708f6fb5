"""Installs the JavaScript packages that judge the report page and the editor schema, in the versions of ``page/package.json``."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def npm_packages(folder: Path) -> Path:
    """A folder with ``node_modules``. Skips the test where npm is missing or cannot install."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not installed")
    shutil.copy(Path(__file__).parent / "page" / "package.json", folder)
    install = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    try:
        done = subprocess.run(install, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm could not install the packages within 3 minutes")
    if done.returncode != 0:
        pytest.skip(f"npm could not install: {(done.stderr.strip() or 'no reason given').splitlines()[-1]}")
    return folder
