"""What each target gets for the ready example, kept in ``golden/``. ``python tests/emit/test_emit_golden.py`` writes it anew.

``golden/TARGET/`` holds the files under their paths. Where the example is refused, ``refused.txt`` says why, and the
files are those of its first model at the nearest location that the client reaches.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from emit_runs import ROOT, emittable, emitted, narrowed, settings, table, target

from vxsetup.emit import Emitted
from vxsetup.report.targets import targets_markdown

GOLDEN = Path(__file__).resolve().parent / "golden"


def golden(name: str) -> dict[str, str]:
    """Path below the target's folder -> text."""
    found: dict[str, str] = {}
    made = emitted(name)
    if made.refusal is not None:
        found["refused.txt"] = f"{made.refusal.reason}\n{made.refusal.instead}\n"
        made = _possible(name)
    return found | {file.path: file.text for file in made.files}


def _possible(name: str) -> Emitted:
    for chosen in (settings(locations=["eu"]), narrowed(settings(), "global", "claude-opus-4-8")):
        made = emitted(name, chosen)
        if made.refusal is None:
            return made
    return made


@pytest.mark.parametrize("name", [*emittable(), "spring-ai", "zed", "n8n", "llm"])
def test_golden(name: str) -> None:
    folder = GOLDEN / name
    kept = {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
        for file in folder.rglob("*")
        if file.is_file()
    }
    assert golden(name) == kept, "run: python tests/emit/test_emit_golden.py, and read the difference"
    assert set(kept) - {"refused.txt"} == set(target(name).files)


def test_no_golden_is_left_over() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {one.name for one in table().every}


def write() -> None:
    """Write the goldens and the table of the README anew."""
    shutil.rmtree(GOLDEN, ignore_errors=True)
    for one in table().every:
        for path, text in golden(one.name).items():
            file = GOLDEN / one.name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split("<!-- targets: generated from the table of clients -->\n")
    after = rest.split("<!-- /targets -->")[1]
    shown = f"<!-- targets: generated from the table of clients -->\n{targets_markdown(table())}<!-- /targets -->"
    readme.write_text(before + shown + after, encoding="utf-8")


if __name__ == "__main__":
    write()
