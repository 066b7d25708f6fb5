"""Writes the README's transcripts again: ``python tests/package/readme_transcript.py``. The tests compare with it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
CONSOLE = re.compile(r"(?<=```console\n)\$ (vxsetup [^\n]*)\n.*?(?=```)", re.DOTALL)
"""A block of the README that begins with a command; all below it is what the command prints."""


def printed(command: str) -> str:
    """What a command prints on standard output, as a pipe sees it: 100 columns, no colour."""
    arguments = shlex.split(command)[1:]
    environment = {"PATH": "", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-m", "vxsetup", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    if run.returncode not in (0, 1) or run.stderr:
        raise RuntimeError(f"{command} left {run.returncode}: {run.stderr}")
    return run.stdout


def rewritten(text: str) -> str:
    """The README's text with every transcript as it is printed now."""
    return CONSOLE.sub(lambda block: f"$ {block[1]}\n{printed(block[1])}", text)


if __name__ == "__main__":
    README.write_text(rewritten(README.read_text(encoding="utf-8")), encoding="utf-8")
