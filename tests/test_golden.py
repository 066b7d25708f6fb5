"""The three examples print what is kept in ``golden/``: the text that people read, and the report in every format.

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


def checked(example: str, folder: Path) -> tuple[int, dict[str, str]]:
    """The exit code of a check of an example in the emulator, and by file name its text (100 columns, no colour) and its
    report in every other format. The page's own script and style are not kept."""
    text = folder / f"{example}.txt"
    files = [f"examples/{example}/vxsetup.yaml", "--emulate", f"examples/{example}/world.yaml"]
    others = {name: folder / f"{example}.{end}" for name, end in ENDS.items()}
    with at_the_top():
        code = run(
            ["check", *files, "--output", str(text), *(f"--report={name}={path}" for name, path in others.items())]
        )
    return code, {path.name: _steady(path.read_text("utf-8")) for path in (text, *others.values())}


def _steady(text: str) -> str:
    """A report without what moves with every release or edit of the page."""
    text = re.sub(r"(<style>|<script>).*?(</style>|</script>)", r"\1…\2", text, flags=re.DOTALL)
    text = re.sub(r"'sha256-[^']+'", "'sha256-…'", text)
    for before, after in (('"version": "', '"'), ("vxsetup ", ",")):
        text = text.replace(f"{before}{__version__}{after}", f"{before}VERSION{after}", 1)
    return text


@pytest.mark.parametrize("example", EXITS)
def test_an_example_reads_as_its_golden(example: str, tmp_path: Path) -> None:
    code, written = checked(example, tmp_path)
    assert code == EXITS[example]
    for name, text in written.items():
        assert text == (GOLDEN / name).read_text("utf-8"), name


def test_every_example_has_its_goldens() -> None:
    ends = ("txt", *ENDS.values())
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}.{end}" for name in EXITS for end in ends}
    assert set(EXITS) <= set(example_names())


if __name__ == "__main__":
    with TemporaryDirectory() as made:
        for name in EXITS:
            for file, written in checked(name, Path(made))[1].items():
                (GOLDEN / file).write_text(written, "utf-8")
