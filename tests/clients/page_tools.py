"""Installs the JavaScript packages that judge the report page and the editor schema, in the versions of ``page/package.json``."""

from __future__ import annotations

import os
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


def chromium(folder: Path) -> str:
    """A Chromium's program: the one that VXSETUP_TEST_CHROMIUM names, the one on the path, or the one that npm carries.

    Skips the test where there is none, or where the machine lacks the libraries that it needs.
    """
    found = os.environ.get("VXSETUP_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found:
        return found
    unpack = (
        "const { default: chromium } = await import('@sparticuz/chromium');"
        "console.log(await chromium.executablePath());"
    )
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", unpack],
        cwd=npm_packages(folder),
        env={**os.environ, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    program = done.stdout.strip()
    if done.returncode != 0 or not Path(program).is_file():
        pytest.skip(
            f"npm's chromium could not be unpacked: {(done.stderr.strip() or 'no reason given').splitlines()[-1]}"
        )
    started = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=False)
    if started.returncode != 0:
        pytest.skip(
            f"npm's chromium does not start here: {(started.stderr.strip() or 'no reason given').splitlines()[-1]}"
        )
    return program
