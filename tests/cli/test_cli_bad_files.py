"""Config files that are none, or broken in every way that people and machines break them: a finding or one line, never a trace."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest
from cli_runs import GOOD, Cli, harmless, one_line

BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(9)
)

# Name -> the file, the rule that speaks, where it points (a pattern), and what the message must hold.
FINDINGS: dict[str, tuple[bytes | str, str, str, str]] = {
    "empty": ("", "VX103", "1:1", "empty"),
    "only-comments": ("\n# nothing\n", "VX103", "1:1", "only comments"),
    "not-utf8": (GOOD.encode() + b"# caf\xe9\n", "VX102", "5:6", "0xE9"),
    "utf16": (GOOD.encode("utf-16"), "VX102", "1:1", "UTF-16"),
    "duplicate-key": (GOOD + "version: 1\n", "VX105", "5:1", "stands twice"),
    "tab": ("version: 1\nproject:\n\tid: acme-ai-prod\n", "VX101", "3:1", "tab"),
    "alias-bomb": (BOMB, "VX106", "2:8", "alias"),
    "deep-lists": ("version: 1\nproject: " + "[" * 20000 + "]" * 20000, "VX108", "2:41", "nested"),
    "deep-maps": ("version: 1\nproject: " + "{a: " * 5000 + "1" + "}" * 5000, "VX108", r"2:\d+$", "nested"),
    "many-values": (GOOD + "".join(f"  - id: m{n}\n" for n in range(20000)), "VX108", r"\d+:5$", "20,000"),
    "a-list": ("- 1\n", "VX111", "1:1", "mapping"),
    "a-word": ("hello\n", "VX111", "1:1", "`hello`"),
    "a-long-number": ("9" * 100_000, "VX111", "1:1", "mapping"),
    "unclosed": ("version: 1\nproject: {id: \n", "VX101", r"2:\d+$", "expected"),
    "two-documents": (GOOD + "---\n" + GOOD, "VX104", "5:1", "second document"),
    "key-no-text": (GOOD + "1: 2\n", "VX115", "5:1", "`1`"),
    "unknown-key": (GOOD + "locaton: eu\n", "VX110", "5:1", "Did you mean `location`?"),
    "version-text": ('version: "1"\n' + GOOD[11:], "VX114", "1:10", "number 1"),
    "project-text": ("version: 1\nproject: acme\n", "VX111", "2:10", "must be a mapping"),
    "huge-number": (
        GOOD.replace("5-5\n", "5-5\n    needs: {requests_per_minute: " + "9" * 5000 + "}\n"),
        "VX111",
        r"5:\d+$",
        "whole number",
    ),
    "control-in-id": (GOOD.replace("acme-ai-prod", '"acme\\e[31m\\a"'), "VX113", "2:15", "\\x1b[31m\\x07"),
    "path-in-id": (GOOD.replace("acme-ai-prod", '"../../etc/passwd"'), "VX113", "2:15", "lower-case letters"),
    "newline-in-id": (GOOD.replace("acme-ai-prod", '"acme-ai\\nprod"'), "VX113", "2:15", "lower-case letters"),
    "long-id": (GOOD.replace("acme-ai-prod", "a" * 100_000), "VX113", "2:15", "at most"),
    "escape-in-model": (GOOD.replace("claude-sonnet-5-5", '"claude-\\e]0;x\\a"'), "VX113", "4:9", "\\x1b]0;x\\x07"),
    "raw-escape": (GOOD.encode() + b"location: \x1b[2J\n", "VX102", "5:11", "U+001B"),
    "escape-in-key": (GOOD + '"\\e[2J": 1\n', "VX110", "5:1", "\\x1b[2J"),
    "escape-in-environment": (GOOD + 'environments: {"\\e[2J": {}}\n', "VX113", "5:16", "\\x1b[2J"),
    "bidi-in-model": (GOOD.replace("claude-sonnet-5-5", '"claude\u202eteno"'), "VX", r"4:\d+$", "\\u202e"),
    "half-a-character": ('{"version": 1, "project": {"id": "a\\ud800b"}}', "VX101", "1:38", "half"),
    "extends-itself": ("extends: config.yaml\n" + GOOD, "VX121", "1:10", "circle"),
    "extends-nothing": ("extends: gone.yaml\n" + GOOD, "VX120", "1:10", "gone.yaml"),
    "extends-a-folder": ("extends: .\n" + GOOD, "VX113", "1:10", "relative path"),
    "merge-key": ("x: &a {id: a}\n" + GOOD + "<<: *a\n", "VX", r"6:\d+$", "alias"),
}


@pytest.mark.parametrize("name", FINDINGS)
def test_a_broken_config_is_a_finding_with_its_place(name: str, cli: Cli, folder: Path) -> None:
    text, rule, place, words = FINDINGS[name]
    (folder / "config.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    for arguments in (("validate",), ("check", "--offline"), ("validate", "--format", "json")):
        started = time.monotonic()
        ran = cli(*arguments, "config.yaml")
        assert time.monotonic() - started < 5
        harmless(ran)
        assert ran.code == 1, ran
        assert ran.err == ""
        if "json" not in arguments:
            assert f"error[{rule}" in ran.out
            assert words in " ".join(ran.out.split()), ran.out
            assert re.search(rf"--> config\.yaml:{place}", ran.out, re.MULTILINE), ran.out


@pytest.mark.parametrize("name", ["bom", "crlf", "cr-only-comment"])
def test_what_editors_of_other_systems_write_is_read(name: str, cli: Cli, folder: Path) -> None:
    raw = {
        "bom": b"\xef\xbb\xbf" + GOOD.encode(),
        "crlf": GOOD.replace("\n", "\r\n").encode(),
        "cr-only-comment": GOOD.encode() + b"# end\r",
    }[name]
    (folder / "config.yaml").write_bytes(raw)
    ran = cli("validate", "config.yaml")
    harmless(ran)
    assert ran.code == 0, ran


def test_every_error_of_a_file_is_told_in_one_run_in_the_order_of_the_file(cli: Cli, folder: Path) -> None:
    (folder / "vxsetup.yaml").write_text(
        "version: 2\nproject: {id: A}\nlocaton: eu\nmodels:\n  - id: 3\n  - {id: claude-sonnet-5-5, needs: 4}\n"
    )
    ran = cli("validate")
    assert ran.code == 1
    lines = [int(line.split(":")[1]) for line in ran.out.splitlines() if line.lstrip().startswith("--> vxsetup.yaml")]
    assert lines == sorted(lines)
    assert set(lines) >= {1, 2, 3, 5, 6}


def test_a_missing_file_and_a_missing_default(cli: Cli) -> None:
    one_line(cli("validate", "nope.yaml"), "`nope.yaml` does not exist")
    one_line(cli("check"), "There is no `vxsetup.yaml` here")


def test_a_folder_without_configs(cli: Cli, folder: Path) -> None:
    (folder / "empty").mkdir()
    (folder / "empty" / "notes.yaml").write_text("a: 1\n")
    one_line(cli("validate", "empty"), "`empty` has no config")
    one_line(cli("check", "empty"), "`empty` has no config")


def test_a_binary_file(cli: Cli, folder: Path) -> None:
    (folder / "vxsetup.yaml").write_bytes(bytes(range(256)) * 4)
    one_line(cli("check"), "not a text file")
    (folder / "nul.yaml").write_text(GOOD + "# \0\n")
    one_line(cli("validate", "nul.yaml"), "not a text file")


def test_a_file_of_fifty_megabytes_is_not_read(cli: Cli, folder: Path) -> None:
    with (folder / "big.yaml").open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    started = time.monotonic()
    one_line(cli("check", "big.yaml"), "50 MiB", "at most 8 MiB")
    assert time.monotonic() - started < 2


def test_pipes_sockets_and_devices_are_refused_and_do_not_hang(cli: Cli, folder: Path) -> None:
    os.mkfifo(folder / "pipe.yaml")
    one_line(cli("validate", "pipe.yaml"), "neither a file nor a folder")
    one_line(cli("validate", "/dev/zero"), "neither a file nor a folder")


def test_a_link_in_a_circle(cli: Cli, folder: Path) -> None:
    (folder / "vxsetup.yaml").symlink_to("vxsetup.yaml")
    ran = cli("validate")
    harmless(ran)
    assert ran.code == 2


def test_a_name_with_escapes_in_it(cli: Cli, folder: Path) -> None:
    one_line(cli("validate", "a\x1b[31m\nb.yaml"), "\\x1b[31m")
    name = "e\x1b]0;x\x07.vxsetup.yaml"
    (folder / name).write_text(GOOD + "locaton: eu\n")
    ran = cli("validate", ".")
    harmless(ran)
    assert ran.code == 1
    assert "e\\x1b]0;x\\x07.vxsetup.yaml" in ran.out


def test_one_unusable_path_among_good_ones_ends_the_command(cli: Cli, folder: Path) -> None:
    (folder / "good.yaml").write_text(GOOD)
    one_line(cli("validate", "good.yaml", "nope.yaml", "gone.yaml"), "nope.yaml", "gone.yaml")


def test_the_next_command_can_be_pasted(cli: Cli, folder: Path) -> None:
    (folder / "my config.yaml").write_text(GOOD)
    ran = cli("validate", "my config.yaml")
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "  vxsetup check 'my config.yaml'"
