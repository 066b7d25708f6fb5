"""Finding and reading files: the PATH rule, .gitignore, and every problem in words."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from vxsetup.config.files import MAX_BYTES, FileProblem, discover, read_file


def write(folder: Path, *names: str, text: str = "version: 1\n") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def found(folder: Path, *paths: str) -> list[str]:
    discovery = discover(paths or (str(folder),))
    assert discovery.problems == ()
    return [path.relative_to(folder).as_posix() for path in discovery.files]


def test_a_folder_is_searched_sorted_and_without_hidden_or_ignored(tmp_path: Path) -> None:
    write(
        tmp_path, "b/vxsetup.yaml", "a.vxsetup.yaml", "a.vxsetup.yml", "c.vxsetup.json", "vxsetup.yaml", "vxsetup.yml",
        "other.yaml", ".hidden/vxsetup.yaml", ".x.vxsetup.yaml", "skip/vxsetup.yaml", "b/deep/er/vxsetup.yaml",
    )  # fmt: skip
    write(tmp_path, ".gitignore", text="skip/\n")
    assert found(tmp_path) == [
        "a.vxsetup.yaml", "a.vxsetup.yml", "b/deep/er/vxsetup.yaml", "b/vxsetup.yaml", "c.vxsetup.json", "vxsetup.yaml",
    ]  # fmt: skip


def test_default_is_the_file_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (problem,) = discover().problems
    assert "vxsetup check --project" in problem.message
    write(tmp_path, "vxsetup.yaml")
    assert discover().files == (Path("vxsetup.yaml"),)


def test_a_file_is_taken_whatever_its_name_and_only_once(tmp_path: Path) -> None:
    write(tmp_path, "any.txt", "vxsetup.yaml")
    paths = (str(tmp_path / "any.txt"), str(tmp_path), str(tmp_path / "any.txt"))
    assert found(tmp_path, *paths) == ["any.txt", "vxsetup.yaml"]


def test_problems_are_told_together(tmp_path: Path) -> None:
    write(tmp_path, "empty/readme.md", "near/vxsetup.yml")
    (tmp_path / "large.yaml").write_bytes(b"")
    os.truncate(tmp_path / "large.yaml", 50 * 1024 * 1024)
    os.mkfifo(tmp_path / "pipe")
    names = ["nowhere.yaml", "empty", "near", "large.yaml", "pipe", "empty/readme.md/x"]
    discovery = discover([str(tmp_path / name) for name in names])
    assert discovery.files == ()
    messages = [problem.message for problem in discovery.problems]
    assert len(messages) == len(names)
    for message, words in zip(
        messages,
        ["does not exist", "has no config", "rename it", "50 MiB", "neither a file nor a folder", "does not exist"],
        strict=True,
    ):
        assert words in message


def test_odd_names_are_problems(tmp_path: Path) -> None:
    for name in ("a\0b", "x" * 5000, str(tmp_path / "a\x1b[31m")):
        (problem,) = discover([name]).problems
        assert problem.message.isprintable()


def test_reading_refuses_large_binary_and_irregular_files(tmp_path: Path) -> None:
    large = tmp_path / "large.yaml"
    large.touch()
    os.truncate(large, MAX_BYTES + 1)
    binary = tmp_path / "image.yaml"
    binary.write_bytes(b"\x89PNG\0\0")
    os.mkfifo(tmp_path / "pipe")
    for path, words in [
        (large, "at most 8 MiB"), (binary, "not a text file"), (tmp_path / "pipe", "not a regular file"),
        (tmp_path, "is a folder"), (tmp_path / "none", "does not exist"),
    ]:  # fmt: skip
        problem = read_file(path)
        assert isinstance(problem, FileProblem)
        assert words in problem.message


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_unreadable_files_are_problems(tmp_path: Path) -> None:
    write(tmp_path, "vxsetup.yaml")
    (tmp_path / "vxsetup.yaml").chmod(0)
    (problem,) = discover([str(tmp_path / "vxsetup.yaml")]).problems
    assert "permission denied" in problem.message


def test_reading_gives_the_bytes(tmp_path: Path) -> None:
    write(tmp_path, "vxsetup.yaml")
    assert read_file(tmp_path / "vxsetup.yaml") == b"version: 1\n"
    utf16 = tmp_path / "wide.yaml"
    utf16.write_bytes("version: 1\n".encode("utf-16"))
    assert isinstance(read_file(utf16), bytes)  # it gets a finding that says what it is


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "a/vxsetup.yaml")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    assert found(tmp_path) == ["a/vxsetup.yaml"]


IGNORES = [
    "skip\n", "skip/\n", "/skip\n", "a/*\n", "a/**\n!a/b/\n", "**/skip\n", "a/**/skip\n", "*.vxsetup.yaml\n!keep.vxsetup.yaml\n",
    "ski?\n", "[st]kip\n", "[^s]kip\n", "#skip\n\\#x\n", "skip  \n", "!skip\nskip\n", "a/b\n", "/a\n!/a/b\n", "\\!x\n", "vxsetup.yaml\n",
    "a/b/vxsetup.yaml\n", "*/vxsetup.yaml\n", "**\n", "skip/**/vxsetup.yaml\n", "/\n", "*\n!*/\n!vxsetup.yaml\n",
]  # fmt: skip


@pytest.mark.skipif(shutil.which("git") is None, reason="git tells what git ignores")
def test_gitignore_is_read_as_git_reads_it(tmp_path: Path) -> None:
    names = [
        "vxsetup.yaml", "skip/vxsetup.yaml", "a/vxsetup.yaml", "a/b/vxsetup.yaml", "a/skip/vxsetup.yaml",
        "a/b/skip/vxsetup.yaml", "keep.vxsetup.yaml", "drop.vxsetup.yaml", "tkip/vxsetup.yaml", "skip/c/vxsetup.yaml",
    ]  # fmt: skip
    write(tmp_path, *names)
    git = ["git", "-c", "core.excludesFile=/dev/null", "-C", str(tmp_path)]
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    write(tmp_path, "a/.gitignore", text="")
    for rules in IGNORES:
        write(tmp_path, ".gitignore", text=rules)
        listed = subprocess.run(
            [*git, "ls-files", "--others", "--exclude-standard", "*vxsetup.yaml"],
            check=True,
            capture_output=True,
            text=True,
        )
        kept = sorted(listed.stdout.split(), key=lambda name: Path(name).parts)
        assert [path.relative_to(tmp_path).as_posix() for path in discover([str(tmp_path)]).files] == kept, rules


def test_gitignore_above_the_folder_counts_within_a_repository(tmp_path: Path) -> None:
    write(tmp_path, "repo/team/skip/vxsetup.yaml", "repo/team/keep/vxsetup.yaml")
    write(tmp_path, "repo/.gitignore", text="skip\n")
    assert len(found(tmp_path / "repo" / "team")) == 2
    (tmp_path / "repo" / ".git").mkdir()
    assert found(tmp_path / "repo" / "team") == ["keep/vxsetup.yaml"]


def test_a_pattern_that_would_take_long_does_not(tmp_path: Path) -> None:
    write(tmp_path, f"{'a' * 200}/vxsetup.yaml")
    write(tmp_path, ".gitignore", text="*a" * 100 + "b\n" + "**/" * 200 + "x\n")
    assert len(found(tmp_path)) == 1
