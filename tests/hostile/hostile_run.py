"""Runs hostile files through the command line: ``python tests/hostile/hostile_run.py --cases 100000``.

Each case is made from its number alone. Cases run in worker processes, so that the peak of memory is known and a hang
ends the worker and not the run; what was done stands in a state file, and a run that was stopped goes on from there.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from hostile_kinds import NOW, ROOT, Kind, kinds
from hostile_mutations import hostile

from vxsetup.cli.root import run

ALLOWED = frozenset({0, 1, 2, 3, 4, 5})
"""Exit codes that an input may lead to: 70 is a bug."""
HARMFUL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
TIMED = (
    "validate",
    "check",
    "plan",
    "apply",
    "request",
    "drift",
    "destroy",
    "models",
    "smoke",
    "doctor",
    "explain",
)
"""Commands with ``--now``."""
SLOW_S = 10.0
HANG_S = 60.0
MOST_MIB = 300
BATCH = 250
STATE = ROOT / ".pytest_cache" / "hostile.json"


@dataclass
class Told:
    """How cases ended: exit codes by kind, what went wrong (number and why), the slowest case, the peak of memory.

    ``mended``: what went wrong earlier in this run, and ended well when it was run again."""

    codes: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[int, str]] = field(default_factory=list)
    mended: list[tuple[int, str]] = field(default_factory=list)
    slowest: float = 0.0
    peak_mib: float = 0.0
    done: int = 0
    seconds: float = 0.0

    def add(self, other: Told) -> None:
        """Join the figures of a worker."""
        self.codes.update(other.codes)
        self.wrong += other.wrong
        self.slowest = max(self.slowest, other.slowest)
        self.peak_mib = max(self.peak_mib, other.peak_mib)
        self.done += other.done
        self.seconds += other.seconds

    def data(self) -> dict[str, Any]:
        """As JSON."""
        return vars(self) | {"codes": dict(self.codes)}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Told:
        """From JSON."""
        told = {name: [(int(number), str(why)) for number, why in data.get(name, ())] for name in ("wrong", "mended")}
        return cls(**{**data, "codes": Counter(data["codes"]), **told})


def case(number: int, seed: int, found: Mapping[str, Kind]) -> tuple[Kind, tuple[str, ...], bytes]:
    """The case of a number: its kind, the command, and the file."""
    random_ = random.Random(f"{seed}:{number}")
    kind = list(found.values())[number % len(found)]
    command = random_.choice(kind.commands)
    if command[0] in TIMED:
        command = (*command, f"--now={NOW}")
    return kind, command, hostile(random_, kind.seeds)


def said(command: Sequence[str]) -> tuple[int, str]:
    """The exit code of a command in this process, and all that it wrote to the terminal."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = run(list(command))
    return code, out.getvalue()


def fault(code: int, text: str, seconds: float) -> str | None:
    """What is wrong with how a case ended; None where nothing is."""
    if code not in ALLOWED:
        return f"exit code {code}: {text[-300:]}"
    if "Traceback" in text:
        return "a traceback was shown"
    harmful = HARMFUL.search(text)
    if harmful:
        return f"a terminal would obey {harmful[0]!r}: {text[max(harmful.start() - 60, 0) : harmful.end() + 20]!r}"
    return f"it took {seconds:.1f} s" if seconds > SLOW_S else None


def try_cases(numbers: Sequence[int], seed: int, began: Path | None = None) -> Told:
    """Run cases in this process, in a folder of their own. ``began`` is told the number of each before it starts."""
    told = Told()
    before, home = Path.cwd(), os.environ.get("HOME")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chdir(folder)
        os.environ["HOME"] = name
        try:
            found = kinds(folder, lambda command: said(command)[0])
            for number in numbers:
                if began:
                    began.write_text(str(number), "utf-8")
                _try(number, seed, found, folder, told)
        finally:
            os.chdir(before)
            os.environ["HOME"] = home or before.anchor
    told.peak_mib = _peak_mib()
    return told


def _peak_mib() -> float:
    """The most memory that this process held. Linux lets ``getrusage`` begin with what the parent held at the fork."""
    status = Path("/proc/self/status")
    if status.exists():
        (peak,) = re.findall(r"^VmHWM:\s+(\d+) kB$", status.read_text("ascii"), re.MULTILINE)
        return int(peak) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


def _try(number: int, seed: int, found: Mapping[str, Kind], folder: Path, told: Told) -> None:
    kind, command, data = case(number, seed, found)
    place(folder, kind, data)
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        code, text = said(command)
    seconds = time.perf_counter() - began
    why = fault(code, text, seconds)
    if why:
        told.wrong.append((number, f"{kind.name}, {' '.join(command)}: {why}"))
    told.codes[f"{kind.name} {code}"] += 1
    told.slowest = max(told.slowest, seconds)
    told.seconds += seconds
    told.done += 1


def place(folder: Path, kind: Kind, data: bytes) -> None:
    """Write the file, and remove what earlier cases wrote."""
    shutil.rmtree(folder / ".vxsetup", ignore_errors=True)
    (folder / "vxsetup-baseline.json").unlink(missing_ok=True)
    (folder / kind.file).parent.mkdir(exist_ok=True)
    (folder / kind.file).write_bytes(data)


def in_worker(first: int, last: int, seed: int) -> Told:
    """Run the cases from ``first`` up to ``last`` in a process of its own; one that hangs is told, and the rest goes on."""
    told = Told()
    with tempfile.TemporaryDirectory() as name:
        began, result = Path(name) / "began", Path(name) / "result"
        while first < last:
            words = ["--worker", str(first), str(last), str(began), str(result), "--seed", str(seed)]
            kept = {key: value for key, value in os.environ.items() if not key.startswith("VXSETUP_")}
            process = subprocess.Popen([sys.executable, __file__, *words], env=kept, stdin=subprocess.DEVNULL)
            stuck = wait(process, began)
            if result.exists():
                told.add(Told.of(json.loads(result.read_text("utf-8"))))
                return told
            number = int(began.read_text("utf-8")) if began.exists() else first
            why = f"it ran for {HANG_S:.0f} s" if stuck else f"the worker left {process.returncode}"
            told.add(Told(Counter({"worker lost": 1}), [(number, why)], done=number + 1 - first))
            first = number + 1
    return told


def again(told: Told, seed: int) -> None:
    """Run what went wrong once more: what ends well now is mended, its exit code in place of the first."""
    left = told.wrong
    told.wrong = []
    for number, why in left:
        result = in_worker(number, number + 1, seed)
        told.wrong += result.wrong
        if not result.wrong:
            told.mended.append((number, why))
            before = next((key for key in told.codes if key == f"{why.partition(',')[0]} 70"), None)
            if before:
                told.codes[before] -= 1
                told.codes = +told.codes + result.codes


def wait(process: subprocess.Popen[bytes], began: Path) -> bool:
    """Wait for a worker; end it where one case takes too long, and say so."""
    while process.poll() is None:
        time.sleep(0.2)
        if began.exists() and time.time() - began.stat().st_mtime > HANG_S:
            process.kill()
            process.wait()
            return True
    return False


def many(cases: int, seed: int, state: Path, until: float | None = None) -> Told:
    """Run the cases that ``state`` does not have yet, keeping what was done after each batch."""
    told = Told()
    if state.exists():
        kept = json.loads(state.read_text("utf-8"))
        if kept["seed"] == seed and kept["commit"] == commit():
            told = Told.of(kept["told"])
            again(told, seed)
    while told.done < cases and (until is None or time.monotonic() < until):
        told.add(in_worker(told.done, min(told.done + BATCH, cases), seed))
        state.parent.mkdir(parents=True, exist_ok=True)
        state.write_text(json.dumps({"seed": seed, "commit": commit(), "told": told.data()}), "utf-8")
        print(f"{told.done:,} of {cases:,}; {len(told.wrong)} wrong; {told.peak_mib:.0f} MiB; {told.slowest:.1f} s")
    return told


def commit() -> str:
    """The revision of the tree, with a + where it has changes; "unknown" outside a repository."""
    try:
        words = ["git", "describe", "--always", "--dirty=+"]
        return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _line(number: int, why: str) -> str:
    """One case for the page, without the name of the log on the machine where it went wrong."""
    return f"- case {number}: `{json.dumps(why.partition(chr(10) + 'Details are in ')[0])[:300]}`"


def evidence(told: Told, seed: int, today: str) -> str:
    """The page of figures."""
    names = sorted({key.rsplit(" ", 1)[0] for key in told.codes})
    codes = sorted({key.rsplit(" ", 1)[1] for key in told.codes})
    rows = [
        f"| {name} | " + " | ".join(f"{told.codes.get(f'{name} {code}', 0):,}" for code in codes) + " |"
        for name in names
    ]
    wrong = [_line(number, why) for number, why in told.wrong[:50]]
    mended = [_line(number, why) for number, why in told.mended[:50]]
    return "\n".join(
        [
            "# Hostile files",
            "",
            "Good files of every kind that vxsetup reads are broken in their bytes, their text and their structure, and given",
            "to the commands that read them. No case may end with exit code 70, show a traceback or a character that a terminal",
            f"obeys, or take more than {SLOW_S:.0f} s; no process may need {MOST_MIB} MiB.",
            "`python tests/hostile/hostile_run.py --cases 100000 --write` runs them again and writes this page; a slice runs with",
            "the tests.",
            "",
            f"{today}, commit `{commit()}`, Python {sys.version.split()[0]}, seed {seed}:",
            f"**{told.done:,} cases, {len(told.wrong)} wrong**; slowest case {told.slowest:.1f} s,",
            f"{told.seconds / max(told.done, 1) * 1000:.0f} ms on average; peak memory {told.peak_mib:.0f} MiB.",
            "A + behind the commit: with changes that were not committed yet. Seconds are by the clock on the wall, on a",
            "machine that may have had other work.",
            "",
            "Cases by the kind of file and the exit code:",
            "",
            f"| kind | {' | '.join(codes)} |",
            f"|---|{'---:|' * len(codes)}",
            *rows,
            *(["", "What went wrong:", "", *wrong] if wrong else []),
            *(
                ["", "What went wrong first, was mended, and ended well when it was run again:", "", *mended]
                if mended
                else []
            ),
            "",
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--state", type=Path, default=STATE, help="what was done; removed to begin anew")
    parser.add_argument("--minutes", type=float, help="stop after this long; the next run goes on")
    parser.add_argument("--write", action="store_true", help="write docs/evidence/hostile.md")
    parser.add_argument("--show", type=int, metavar="NUMBER", help="run this case alone, and print what it says")
    parser.add_argument("--worker", nargs=4, metavar=("FIRST", "LAST", "BEGAN", "RESULT"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.worker:
        first, last, began, result = chosen.worker
        told = try_cases(range(int(first), int(last)), chosen.seed, Path(began))
        Path(result).write_text(json.dumps(told.data()), "utf-8")
        return 0
    if chosen.show is not None:
        return show(chosen.show, chosen.seed)
    until = time.monotonic() + chosen.minutes * 60 if chosen.minutes else None
    told = many(chosen.cases, chosen.seed, chosen.state, until)
    for number, why in told.wrong[:20]:
        print(f"case {number}: {why}")
    if chosen.write:
        page = ROOT / "docs" / "evidence" / "hostile.md"
        page.parent.mkdir(exist_ok=True)
        page.write_text(evidence(told, chosen.seed, time.strftime("%Y-%m-%d", time.gmtime())), "utf-8")
    return 1 if told.wrong or told.peak_mib > MOST_MIB else 0


def show(number: int, seed: int) -> int:
    """Run one case and print its file and what vxsetup says."""
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        kind, command, data = case(number, seed, kinds(Path(name), lambda words: said(words)[0]))
        place(Path(name), kind, data)
        print(kind.file, len(data), "bytes:", ascii(data[:3000].decode("utf-8", "backslashreplace")))
        print("vxsetup", *command)
        code, text = said(command)
        print(code, ascii(text[-6000:]).replace("\\n", "\n"))
        for log in re.findall(r"Details are in (\S+);", text):
            print(Path(log).read_text("utf-8")[-4000:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
