"""The corpus of ``cases/``: how a case is found, made into files, and run through the command line with the emulator.

``cases/VXnnn-name/CASE/`` holds ``expected.yaml`` and what differs from the ready project: ``world.yaml`` is a patch
over ``base-world.yaml`` (mappings merge, lists are replaced, null removes; ``whole: true`` at its head means that it
stands alone), ``vxsetup.yaml`` stands in place of ``base.yaml``. Adding a folder adds a test.

``expected.yaml``: ``about`` (what happened to whom), ``command`` (``check`` or ``validate``), ``args`` (what follows it),
``verdict``, ``exit``, ``stderr`` (all that is said beside the report), ``findings`` (what must be among them), ``absent``
(rules that have nothing to say), and three complete lists of rule ids in the order of the report: ``only_failures``
(failed, of severity error), ``only_warnings`` (failed, of severity warning) and ``only_unknown``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from vxsetup.cli.root import run

CASES = Path(__file__).resolve().parent / "cases"
KEYS = {
    "about",
    "verdict",
    "exit",
    "args",
    "command",
    "stderr",
    "findings",
    "absent",
    "only_failures",
    "only_warnings",
    "only_unknown",
}
FINDING_KEYS = {
    "rule",
    "verdict",
    "subject",
    "severity",
    "principal",
    "caused_by",
    "says",
    "location",
    "evidence",
    "rung",
    "fix",
    "times",
}


@dataclass(frozen=True)
class Outcome:
    """What the command gave: its exit code, the report as data, the same as text for people, and the JSON text itself."""

    exit: int
    report: dict[str, Any]
    text: str
    raw: str

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The report's findings, in its order."""
        found: list[dict[str, Any]] = self.report["findings"]
        return found

    def failed(self, severity: str) -> list[str]:
        """The rules that failed with a severity, in the order of the report; what is suppressed does not count."""
        return [
            f["rule"]
            for f in self.findings
            if f["verdict"] == "fail" and f["severity"] == severity and not f.get("suppressed")
        ]

    def unknown(self) -> list[str]:
        """The rules that are unknown somewhere, each once, in the order of the report."""
        return list(dict.fromkeys(f["rule"] for f in self.findings if f["verdict"] == "unknown"))


def names() -> list[str]:
    """Every case as ``VXnnn-name/CASE``, sorted."""
    return sorted(
        f"{case.parent.name}/{case.name}" for case in CASES.glob("VX*/*") if (case / "expected.yaml").is_file()
    )


def loaded(path: Path) -> Any:
    """A YAML file as data."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


@cache
def expected(name: str) -> dict[str, Any]:
    """What a case expects."""
    found: dict[str, Any] = loaded(CASES / name / "expected.yaml")
    return found


def merged(base: Any, patch: Any) -> Any:
    """The patch laid over the base: mappings deeply, anything else replaced; null removes a key."""
    if not isinstance(base, dict) or not isinstance(patch, dict):
        return patch
    laid = {key: merged(base.get(key), value) for key, value in patch.items() if value is not None}
    return {key: value for key, value in base.items() if key not in patch} | laid


def world(name: str) -> dict[str, Any]:
    """The world of a case, as data."""
    base: dict[str, Any] = loaded(CASES / "base-world.yaml")
    file = CASES / name / "world.yaml"
    patch = loaded(file) if file.is_file() else {}
    if patch.pop("whole", False):
        return dict(patch)
    laid: dict[str, Any] = merged(base, patch)
    return laid


def config(name: str) -> str:
    """The text of the case's config."""
    own = CASES / name / "vxsetup.yaml"
    return (own if own.is_file() else CASES / "base.yaml").read_text(encoding="utf-8")


def write(name: str, folder: Path) -> None:
    """Write the case's config and world where a command can read them."""
    (folder / "vxsetup.yaml").write_text(config(name), encoding="utf-8")
    text = yaml.dump(world(name), Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True)
    (folder / "world.yaml").write_text(text, encoding="utf-8")


def outcome(arguments: list[str]) -> Outcome:
    """Run a command in this folder; it leaves ``report.json`` and ``report.txt``. A command without a report fails."""
    for file in ("report.json", "report.txt"):
        Path(file).unlink(missing_ok=True)
    code = run([*arguments, "--format", "json", "--output", "report.json", "--report", "text=report.txt"])
    raw = Path("report.json").read_text(encoding="utf-8")
    return Outcome(code, json.loads(raw), Path("report.txt").read_text(encoding="utf-8"), raw)


def arguments(name: str) -> list[str]:
    """The command of a case, as it is typed in the folder that ``write`` filled."""
    wanted = expected(name)
    command = wanted.get("command", "check")
    emulated = ["--emulate", "world.yaml"] if command == "check" else []
    return [command, "vxsetup.yaml", *emulated, *wanted.get("args", [])]
