"""Runs the command line for the tests of this folder: in this process where that is enough, as a real process where not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"

GOOD = "version: 1\nproject: {id: acme-ai-prod}\nmodels:\n  - id: claude-sonnet-5-5\n"

# Every control character but the line end, the C1 range, and what turns the direction of text around.
HARMFUL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """All that reached the terminal."""
        return self.out + self.err


Cli = Callable[..., Ran]


def harmless(ran: Ran) -> None:
    """Holds for every run: no traceback, no bug, and nothing that a terminal would obey."""
    assert "Traceback" not in ran.said
    assert "has a bug" not in ran.said, ran.err
    assert ran.code != 70
    found = HARMFUL.search(ran.said)
    assert found is None, repr(ran.said[max(found.start() - 60, 0) : found.end() + 20])


def one_line(ran: Ran, *phrases: str) -> None:
    """Exit code 2, nothing on standard output, and one line on standard error that holds the phrases."""
    harmless(ran)
    assert ran.code == 2, ran
    assert ran.out == ""
    assert ran.err.startswith("Error: ")
    assert ran.err.count("\n") == 1, ran.err
    assert ran.err.endswith("\n")
    for phrase in phrases:
        assert phrase in ran.err, f"{phrase!r} is not in {ran.err!r}"


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a process that finds no credentials and can leave this machine by no way.

    ``home`` is empty. Every proxy variable leads to a closed port of this machine, so that a request that a library
    sends on its own dies here.
    """
    base = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(home),
        "CLOUDSDK_CONFIG": str(home / "gcloud"),
        "NO_GCE_CHECK": "true",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error::ResourceWarning",
        "TERM": "xterm-256color",
    }
    return {name: value for name, value in (base | more).items() if value}


def command(*arguments: str | Path) -> list[str]:
    """The command line as a list, run by this very Python."""
    return [sys.executable, "-m", "vxsetup", *map(str, arguments)]


def process(
    *arguments: str | Path,
    env: Mapping[str, str],
    cwd: Path,
    timeout: float = 30,
    **settings: Any,
) -> Ran:
    """Run the command line as a process, without standard input."""
    settings.setdefault("stdout", subprocess.PIPE)
    settings.setdefault("stderr", subprocess.PIPE)
    done = subprocess.run(
        command(*arguments), env=dict(env), cwd=cwd, timeout=timeout, stdin=subprocess.DEVNULL, **settings
    )
    out, err = done.stdout or b"", done.stderr or b""
    return Ran(done.returncode, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))


def example(name: str) -> list[str]:
    """A shipped example as the arguments of ``check``."""
    return [str(EXAMPLES / name / "vxsetup.yaml"), "--emulate", str(EXAMPLES / name / "world.yaml")]
