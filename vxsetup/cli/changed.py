"""Finds the config files that changed since a revision, by asking git."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable

from vxsetup.cli.output import Refused


def changed_files(revision: str) -> frozenset[str]:
    """The absolute paths of files that differ from where this branch left ``revision``: committed, edited, and new ones.

    Ends the command where git cannot tell.
    """
    if not revision or revision.startswith("-") or not revision.isprintable():
        raise Refused("--since: give a revision of git, such as origin/main")
    top = _git("rev-parse", "--show-toplevel").rstrip("\n")
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", of=revision).strip()
    base = _git("merge-base", commit, "HEAD", of=revision).split("\n")[0]
    differing = _git("diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", base, "--", cwd=top)
    new = _git("ls-files", "--others", "--exclude-standard", "-z", "--full-name", "--", ".", cwd=top)
    return frozenset(os.path.realpath(os.path.join(top, name)) for name in (differing + new).split("\0") if name)  # noqa: PTH118


def touches(sources: Iterable[str], changed: frozenset[str]) -> bool:
    """Whether one of the files that a config was read from (itself, what it extends) changed."""
    return any(os.path.realpath(source) in changed for source in sources)


def _git(*words: str, of: str | None = None, cwd: str | None = None) -> str:
    """What git prints. Its hooks, pagers and helpers stay out of it; a failure ends the command with git's reason."""
    try:
        done = subprocess.run(
            ["git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", *words],
            cwd=cwd,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise Refused("--since asks git what changed, and there is no git here") from None
    except subprocess.TimeoutExpired:
        raise Refused("--since: git did not answer within 60 s") from None
    if done.returncode == 0:
        return done.stdout
    if of is not None:
        raise Refused(
            f"--since {of}: git knows no such revision, or no common history with it; a shallow clone needs it "
            "fetched (fetch-depth: 0 in GitHub Actions, GIT_DEPTH: 0 in GitLab)"
        )
    raise Refused(f"--since asks git what changed, and it answers: {(done.stderr.strip() or 'an error')[:300]}")
