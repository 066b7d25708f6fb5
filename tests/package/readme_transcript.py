"""Writes the README's transcripts again: ``python tests/package/readme_transcript.py``. The tests compare with it.

A block of ``console`` is one command and what it prints. A block of ``shellsession`` is a story: its commands run one after
the other in one empty folder, which sees the examples.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
CONSOLE = re.compile(r"(?<=```console\n)\$ (vxsetup [^\n]*)\n.*?(?=```)", re.DOTALL)
"""A block of the README that begins with a command; all below it is what the command prints."""

STORY = re.compile(r"(?<=```shellsession\n)\$ .*?(?=```)", re.DOTALL)
"""A block of several commands, each at the beginning of a line after ``$``."""


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


def told(block: str) -> str:
    """A story as its commands tell it now, each with what it prints on standard output.

    Raises RuntimeError where one ends as no command of a story does: 5 is a run that leaves something to people.
    """
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "examples").symlink_to(ROOT / "examples")
        for command in re.findall(r"(?m)^\$ ([^\n]*)$", block):
            words = shlex.split(command)
            ours = words[0] == "vxsetup"
            run = subprocess.run(
                [sys.executable, "-m", *words] if ours else words,
                cwd=folder,
                env={"PATH": "/usr/bin:/bin", "HOME": folder, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)},
                capture_output=True,
                encoding="utf-8",
                timeout=60,
                check=False,
            )
            if run.returncode not in (0, 5) or run.stderr:
                raise RuntimeError(f"{command} left {run.returncode}: {run.stderr}{run.stdout}")
            lines += [f"$ {command}", *([run.stdout.rstrip("\n")] if run.stdout else []), ""]
    return "\n".join(lines[:-1]) + "\n"


def rewritten(text: str) -> str:
    """The README's text with every transcript as it is printed now."""
    text = STORY.sub(lambda block: told(block[0]), text)
    return CONSOLE.sub(lambda block: f"$ {block[1]}\n{printed(block[1])}", text)


if __name__ == "__main__":
    README.write_text(rewritten(README.read_text(encoding="utf-8")), encoding="utf-8")
