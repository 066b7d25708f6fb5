"""The three examples print what is kept in ``golden/``: the text that people read and the report for programs.

``python tests/test_golden.py`` writes the goldens anew; read the difference before keeping it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from vxsetup import __version__
from vxsetup.cli.root import run
from vxsetup.resources import example_names

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = Path(__file__).resolve().parent / "golden"
EXITS = {"ready": 0, "new-project": 1, "six-faults": 1}


@contextmanager
def at_the_top() -> Iterator[None]:
    """The project's own folder as the working one, with none of the caller's variables: paths are part of a report."""
    before, kept = Path.cwd(), {name: value for name, value in os.environ.items() if name.startswith("VXSETUP_")}
    os.chdir(ROOT)
    for name in kept:
        del os.environ[name]
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.update(kept)


def checked(example: str, folder: Path) -> tuple[int, str, str]:
    """The exit code of a check of an example in the emulator, its text (100 columns, no colour) and its JSON."""
    text, data = folder / f"{example}.txt", folder / f"{example}.json"
    files = [f"examples/{example}/vxsetup.yaml", "--emulate", f"examples/{example}/world.yaml"]
    with at_the_top():
        code = run(["check", *files, "--output", str(text), "--report", f"json={data}"])
    version = f'"version": "{__version__}"'
    return code, text.read_text("utf-8"), data.read_text("utf-8").replace(version, '"version": "VERSION"', 1)


@pytest.mark.parametrize("example", EXITS)
def test_an_example_reads_as_its_golden(example: str, tmp_path: Path) -> None:
    code, text, data = checked(example, tmp_path)
    assert code == EXITS[example]
    assert text == (GOLDEN / f"{example}.txt").read_text("utf-8")
    assert data == (GOLDEN / f"{example}.json").read_text("utf-8")


def test_every_example_has_its_goldens() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}.{end}" for name in EXITS for end in ("txt", "json")}
    assert set(EXITS) <= set(example_names())


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        for name in EXITS:
            _, written, report = checked(name, Path(made))
            (GOLDEN / f"{name}.txt").write_text(written, "utf-8")
            (GOLDEN / f"{name}.json").write_text(report, "utf-8")
