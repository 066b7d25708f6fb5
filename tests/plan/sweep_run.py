"""Kills ``apply`` at every request, and breaks every request of it: ``python tests/plan/sweep_run.py --write``.

What was done stands in a state file, and a sweep that was stopped goes on from there. The program is forked from this
process rather than started anew, which spares its start; it is killed with SIGKILL all the same.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import sweep_faults
from sweeps import DEV, ROOT, Case, Deadly, Whole, cases, killed_at, undisturbed

from vxsetup.cli.root import run

STATE = ROOT / ".pytest_cache" / "sweeps.json"
PAGE = ROOT / "docs" / "evidence" / "crashes.md"


def forked(server: Deadly, folder: Path, *words: str, at: int = -1, after: bool = False) -> tuple[int, str]:
    """``sweeps.program`` in a fork of this process where it is to be killed, and in this process elsewhere."""
    command = [*words, "vxsetup.yaml", "--quota-project", "acme-tools"]
    if at < 0:
        with _placed(server, folder), contextlib.redirect_stdout(io.StringIO()) as out:
            return run(command), out.getvalue()
    gate, opened = os.pipe()
    child = os.fork()
    if child == 0:
        code = 70
        try:
            os.close(opened)
            os.read(gate, 1)
            with _placed(server, folder), contextlib.redirect_stdout(io.StringIO()):
                code = run(command)
        finally:
            os._exit(code)
    server.at, server.after = len(server.asked) + at, after
    server.kill = lambda: os.kill(child, 9)
    os.close(gate)
    os.close(opened)
    _, status = os.waitpid(child, 0)
    server.at = -1
    code = os.waitstatus_to_exitcode(status)
    assert code in (-9, 0, 5), code
    return code, ""


@contextlib.contextmanager
def _placed(server: Deadly, folder: Path) -> Iterator[None]:
    """This process in a folder, asking an emulator."""
    os.environ["VXSETUP_EMULATOR_HOST"] = server.base_url.removeprefix("http://")
    os.environ["VXSETUP_EMULATOR_TOKEN"] = f"emu:{DEV}"
    before = Path.cwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        os.chdir(before)


def commit() -> str:
    """The commit of this tree, with a plus where it was changed since."""
    ran = [
        subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
        for words in (("rev-parse", "--short", "HEAD"), ("status", "--porcelain", "vxsetup"))
    ]
    return ran[0] + ("+" if ran[1] else "")


class Sweep:
    """What was swept so far, kept in a file. Points of another commit are swept anew, unless ``keep`` says otherwise."""

    def __init__(self, path: Path, keep: bool = False) -> None:
        self.path, self.commit = path, commit()
        rows: dict[str, dict[str, Any]] = json.loads(path.read_text()) if path.exists() else {}
        self.rows = {key: row for key, row in rows.items() if keep or row.get("at") == self.commit}

    def note(self, key: str, row: dict[str, Any]) -> None:
        """Keep what came of one point."""
        self.rows[key] = {**row, "at": self.commit}
        part = self.path.with_suffix(".part")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(self.rows))
        part.replace(self.path)

    def todo(self, key: str, again: bool) -> bool:
        """Whether a point is still to be swept: not yet done, or gone wrong and to be tried again."""
        return key not in self.rows or (again and self.rows[key].get("wrong") is not None)


def kills(case: Case, sweep: Sweep, again: bool) -> None:
    """Kill before and after every request of every run."""
    with tempfile.TemporaryDirectory() as folder:
        whole = undisturbed(case, Path(folder), forked)
    for number, count in enumerate(whole.requests):
        for point in range(count):
            for after in (False, True):
                key = f"kill/{case.name}/{number}/{point}/{'after' if after else 'before'}"
                if sweep.todo(key, again):
                    sweep.note(key, _killed(case, number, point, after, whole))


def _killed(case: Case, number: int, point: int, after: bool, whole: Whole) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        try:
            shot = killed_at(case, number, point, after, Path(folder), whole, forked)
        except (AssertionError, OSError) as error:
            return {"wrong": str(error)[:4000]}
    return {
        "cut": shot.cut,
        "reached": shot.reached,
        "early": shot.early,
        "halves": shot.halves,
        "unproven": shot.unproven,
    }


def breaks(case: Case, sweep: Sweep, again: bool) -> None:
    """Break every request in turn, in every way; reads that are the same in ``everything`` are broken there."""
    with tempfile.TemporaryDirectory() as folder:
        whole = sweep_faults.undisturbed(case, Path(folder))
    known: tuple[str, ...] = ()
    if case.name == "from-nothing":
        with tempfile.TemporaryDirectory() as folder:
            known = sweep_faults.undisturbed(cases()["everything"], Path(folder)).requests
    for request in whole.requests:
        if request in known and not sweep_faults.changing(request):
            continue
        for fault in sweep_faults.FAULTS:
            key = f"fault/{case.name}/{fault}/{request}"
            if sweep.todo(key, again):
                with tempfile.TemporaryDirectory() as folder:
                    sweep.note(key, sweep_faults.broken(case, request, fault, Path(folder), whole))


def page(rows: dict[str, dict[str, Any]]) -> str:
    """The figures as a page."""
    made_with = ", ".join(f"`{one}`" for one in sorted({str(row.get("at")) for row in rows.values()}))
    wrong = {key: row["wrong"] for key, row in rows.items() if row.get("wrong") is not None}
    result = f"**{len(rows):,} points, {len(wrong)} wrong**"
    lines = [
        "# Crashes and faults of apply",
        "",
        "Four stories: the example `new-project`, and the same with logs that are asked for before the API is on (`first-day`);",
        "`everything` that a config can ask for, and the same where the project has yet to be made (`from-nothing`).",
        "",
        "*Killed*: `apply` asks the emulator over HTTP on loopback, and is killed with SIGKILL before and after every request of",
        "every run that its story takes (it is forked from the sweep, which spares its start). Then it is run until nothing is",
        "left to do. The world at the end must be that of a story that was let be, nothing may be done more often, the journal",
        "must be readable, and `destroy` must name all that was made.",
        "",
        "*Broken*: each request of the first run is broken for good, in each of these ways, for as long as that run lasts, in one",
        "process with a virtual clock; reads of `from-nothing` that are the same in `everything` are broken there alone. The",
        "run must end by itself, say which step failed and why, and leave with 5 unless it reached the end all the same; the",
        "runs after it must come to the same end, as above.",
        "",
        "`python tests/plan/sweep_run.py --write` runs them again and writes this page.",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, commit {made_with}, Python {sys.version.split()[0]}: {result}.",
        "",
        "| case | what | points | wrong | too early | not reached | unproven |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for key, row in rows.items():
        kind, case, which, rest = key.split("/", 3)
        what = (
            f"killed {rest.rpartition('/')[2]} a request, run {int(which) + 1}"
            if kind == "kill"
            else f"broken: {which}"
        )
        groups.setdefault((case, what), []).append(row)
    for (case, what), found in sorted(groups.items()):
        bad = sum(row.get("wrong") is not None for row in found)
        missed = sum(row.get("reached") is False for row in found)
        early = sum(row.get("early") is True for row in found)
        unproven = sum(bool(row.get("unproven")) for row in found)
        lines.append(f"| {case} | {what} | {len(found)} | {bad} | {early} | {missed} | {unproven} |")
    lines += [
        "",
        "*Too early*: the run had changed nothing and written nothing into the journal, so that the next one is as if it had",
        "not been. *Not reached*: requests go side by side, and the run was done before it came to that many. *Unproven*: points after",
        "which something is there of which nothing in the cloud tells who did it (an API that is on, a billing link, an entry",
        "of a policy that others have changed since); `destroy` names it and removes it only with `--unproven`.",
        "",
    ]
    halves = sum(bool(row.get("halves")) for row in rows.values())
    lines += [f"Points at which the program was killed in the middle of sending another request: {halves}.", ""]
    steps = Counter(step.partition("/")[0] for row in rows.values() for step in row.get("unproven", ()))
    if steps:
        lines += [
            "Unproven, by kind of step: " + ", ".join(f"{kind} {count}" for kind, count in steps.most_common()) + ".",
            "",
        ]
    if wrong:
        lines += ["Wrong:", "", *(f"- `{key}`: {why.splitlines()[0][:200]}" for key, why in sorted(wrong.items())), ""]
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Sweep, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", action="append", choices=list(cases()), help="only this case")
    parser.add_argument("--what", action="append", choices=["kill", "fault"], help="only this kind of harm")
    parser.add_argument("--again", action="store_true", help="sweep anew what went wrong")
    parser.add_argument("--keep", action="store_true", help="also keep points that were swept at another commit")
    parser.add_argument("--state", type=Path, default=STATE)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    chosen = parser.parse_args(arguments)
    sweep = Sweep(chosen.state, chosen.keep)
    for name, case in cases().items():
        if chosen.case and name not in chosen.case:
            continue
        if "kill" in (chosen.what or ["kill"]):
            kills(case, sweep, chosen.again)
        if "fault" in (chosen.what or ["fault"]):
            breaks(case, sweep, chosen.again)
    text = page(sweep.rows)
    print(text)
    if chosen.write:
        PAGE.write_text(text)
    return 1 if any(row.get("wrong") is not None for row in sweep.rows.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
