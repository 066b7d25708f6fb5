"""The three examples print what is kept in ``golden/``: the text that people read, and the report in every format, of
``check`` (``ready.json``), ``validate`` (``ready.validate.json``) and ``drift`` (``ready.drift.json``).

``python tests/test_golden.py`` writes the goldens anew; read the difference before keeping it.
"""

from __future__ import annotations

import os
import re
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
ENDS = {"json": "json", "sarif": "sarif", "junit": "xml", "github": "github.txt", "markdown": "md", "html": "html"}
"""Format -> how its goldens' names end."""

EXITS = {"ready": 0, "new-project": 1, "six-faults": 1}
COMMANDS = {
    "check": EXITS,
    "validate": {"ready": 0, "new-project": 0, "six-faults": 1},
    "drift": {"ready": 0, "new-project": 4, "six-faults": 4},
}
"""Command -> example -> its exit code."""
CASES = [(command, example) for command, exits in COMMANDS.items() for example in exits]


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


def checked(command: str, example: str, folder: Path) -> tuple[int, dict[str, str]]:
    """The exit code of a command over an example in the emulator, and by file name its text (100 columns, no colour) and
    its report in every other format. The page's own script and style are not kept."""
    stem = example if command == "check" else f"{example}.{command}"
    text = folder / f"{stem}.txt"
    files = [f"examples/{example}/vxsetup.yaml"]
    files += ["--now=2026-11-22"] if command == "validate" else ["--emulate", f"examples/{example}/world.yaml"]
    others = {name: folder / f"{stem}.{end}" for name, end in ENDS.items()}
    with at_the_top():
        code = run(
            [command, *files, "--output", str(text), *(f"--report={name}={path}" for name, path in others.items())]
        )
    return code, {path.name: _steady(path.read_text("utf-8")) for path in (text, *others.values())}


def _steady(text: str) -> str:
    """A report without what moves with every release or edit of the page."""
    text = re.sub(r"(<style>|<script>).*?(</style>|</script>)", r"\1…\2", text, flags=re.DOTALL)
    text = re.sub(r"'sha256-[^']+'", "'sha256-…'", text)
    for before, after in (('"version": "', '"'), ("vxsetup ", ",")):
        text = text.replace(f"{before}{__version__}{after}", f"{before}VERSION{after}", 1)
    return text


@pytest.mark.parametrize(("command", "example"), CASES)
def test_an_example_reads_as_its_golden(command: str, example: str, tmp_path: Path) -> None:
    code, written = checked(command, example, tmp_path)
    assert code == COMMANDS[command][example]
    for name, text in written.items():
        assert text == (GOLDEN / name).read_text("utf-8"), name


def test_every_example_has_its_goldens() -> None:
    ends = ("txt", *ENDS.values())
    stems = {name if command == "check" else f"{name}.{command}" for command, name in CASES}
    assert {path.name for path in GOLDEN.iterdir()} == {f"{stem}.{end}" for stem in stems for end in ends}
    assert set(EXITS) <= set(example_names())


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        for each, name in CASES:
            for file, written in checked(each, name, Path(made))[1].items():
                (GOLDEN / file).write_text(written, "utf-8")
