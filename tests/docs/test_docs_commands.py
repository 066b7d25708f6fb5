"""Every ``vxsetup`` command that the documentation shows is run, in the emulator or offline, and leaves as it says.

A comment above a block says how: ``run: config=ready world=ready state exit=1`` copies that example's config, asks its
world (kept from block to block with ``state``) and expects that exit code; ``not run: REASON`` says why it is not run.
``file: NAME`` writes a block to a file. The blocks of a page run in turn, in one folder.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from docs_pages import ROOT, Block, blocks, made, written

from vxsetup.cli.root import run

EXPECTED: Mapping[tuple[str, str], str] = {
    ("ci.md", "vxsetup check . --report"): "run: config=six-faults world=six-faults exit=1",
    ("ci.md", "vxsetup check . --cloud-asset"): "run: config=ready world=ready exit=0",
    ("ci.md", "vxsetup check teams/ "): "run: team=ready world=ready shard exit=0",
    ("ci.md", "docker build "): "not run: Docker; the files in it are tested with the integrations",
}
"""Blocks of pages whose text is kept free of comments: (page, how it begins) -> what a comment would say."""

EXAMPLES = ROOT / "examples"
HAND = {page: found for page, text in written().items() if (found := blocks(page, text))}
NAMES = {"FILE": "vxsetup.yaml", "PROJECT": "acme-ai-prod", "MODEL": "claude-sonnet-5-5", "LOCATION": "eu"}


def mark(block: Block) -> str:
    """What is said of a block, by a comment or here."""
    known = (text for (page, start), text in EXPECTED.items() if page == block.page and block.text.startswith(start))
    return block.mark or next(known, "")


def shows_vxsetup(block: Block) -> bool:
    return any(re.search(r"(^|[|&;] *|\$\()vxsetup ", line) for line in block.commands)


@pytest.mark.parametrize("page", sorted(page for page, found in HAND.items() if any(map(shows_vxsetup, found))))
def test_the_commands_of_a_page_leave_as_it_says(page: str, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    for block in HAND[page]:
        said = mark(block)
        if said.startswith("file: "):
            (here / said.removeprefix("file: ")).write_text(block.text, "utf-8")
        elif shows_vxsetup(block) and not said.startswith("not run: "):
            assert said.startswith("run:"), f"{page}:{block.line}: a comment has to say how it is run, or why not"
            one_block(Block(page, block.line, block.language, block.text, said), here)


def one_block(block: Block, folder: Path) -> None:
    """Run a block, and compare its exit code; of a console block what it prints, too, up to a line of …"""
    options = block.options
    if "config" in options:
        shutil.copy(EXAMPLES / options["config"] / "vxsetup.yaml", folder)
    if "team" in options:
        for number in range(1, 6):
            shutil.copytree(EXAMPLES / options["team"], folder / "teams" / str(number))
        block = Block(block.page, block.line, block.language, every_shard(block.text), block.mark)
    script = "set -eo pipefail\n" + "\n".join(block.commands)
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env=environment(folder, options),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    where = f"{block.page}:{block.line}"
    assert ran.returncode == int(options.get("exit", "0")), f"{where}\n{ran.stdout[-3000:]}{ran.stderr[-2000:]}"
    assert "Traceback" not in ran.stderr, where
    if block.language == "console":
        shown = [line for line in block.text.splitlines() if not line.startswith("$ ")]
        whole = shown[-1:] != ["…"]
        wanted = shown if whole else shown[:-1]
        printed = ran.stdout.rstrip().splitlines()
        assert (printed if whole else printed[: len(wanted)]) == wanted, f"{where}\n{ran.stdout}"


def every_shard(text: str) -> str:
    """A pipeline runs the command of one shard in each of its jobs; here all of them run in turn."""
    first, *rest = text.splitlines()
    return "\n".join([first.replace("2/5", f"{n}/5").replace("part-2", f"part-{n}") for n in range(1, 6)] + rest)


def environment(folder: Path, options: Mapping[str, str]) -> dict[str, str]:
    """Variables with vxsetup on the path, no credentials, and the world that a block asks."""
    tools = folder / ".tools"
    tools.mkdir(exist_ok=True)
    program = tools / "vxsetup"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m vxsetup "$@"\n')
    program.chmod(0o755)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("VXSETUP_", "GOOGLE_", "CLOUDSDK_", "CI_"))
    }
    found = kept | {
        "PATH": f"{tools}:{kept['PATH']}",
        "HOME": str(tools),
        "PYTHONPATH": str(ROOT),
        "NO_GCE_CHECK": "true",
    }
    if "world" in options:
        found["VXSETUP_EMULATE"] = str(EXAMPLES / options["world"] / "world.yaml")
    if "state" in options:
        found["VXSETUP_EMULATE_STATE"] = str(folder / "state.yaml")
    return found


def test_most_blocks_are_run() -> None:
    found = [block for each in HAND.values() for block in each if shows_vxsetup(block)]
    run_ = [block for block in found if mark(block).startswith("run:")]
    assert len(run_) > 20
    assert len(run_) > 0.9 * len(found)


@pytest.mark.parametrize(
    "page", sorted(page for page, text in made().items() if any(map(shows_vxsetup, blocks(page, text))))
)
def test_the_commands_of_a_made_page_work(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command of a template is tried with names filled in, in the world that is ready: it is no wrong usage, and no bug."""
    shutil.copytree(EXAMPLES / "ready", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    for block in filter(shows_vxsetup, blocks(page, made()[page])):
        for line in block.commands:
            words = [NAMES.get(word, word) for word in shlex.split(line)]
            if words[:1] == ["vxsetup"]:
                asks = words[1] in ("check", "plan") or "--live" in words
                code = run([*words[1:], *(["--emulate", "world.yaml"] if asks and "--emulate" not in words else [])])
                shown = capsys.readouterr()
                assert code in (0, 1, 3), f"{line}\n{shown.err}"
