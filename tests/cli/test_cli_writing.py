"""Files that vxsetup writes: whole or not at all, with one line where they cannot be; links and devices stay what they are."""

from __future__ import annotations

import json
import os
import resource
import stat
import threading
from pathlib import Path

import pytest
from cli_runs import EXAMPLES, GOOD, Cli, environment, example, harmless, one_line, process

READY = example("ready")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    "option", [("--output", "{}"), ("--report", "json={}"), ("--record", "{}"), ("--emulate-state", "{}")]
)
def test_a_folder_that_is_not_there_is_said_before_anything_is_asked(
    option: tuple[str, str], cli: Cli, folder: Path
) -> None:
    one_line(cli("check", *READY, option[0], option[1].format("gone/x")), "gone/x cannot be written", "no folder")
    (folder / "file").write_text("")
    one_line(cli("check", *READY, option[0], option[1].format("file/x")), "file/x cannot be written")
    assert names(folder) == ["file"]


def test_what_a_run_reads_is_not_written_over(cli: Cli, folder: Path) -> None:
    config, world = folder / "mine.yaml", folder / "world.yaml"
    config.write_text(Path(READY[0]).read_text())
    world.write_text(Path(READY[2]).read_text())
    before = config.read_bytes(), world.read_bytes()
    mine = ("mine.yaml", "--emulate", "world.yaml")
    for words in (
        ("check", *mine, "--report", "json=./mine.yaml"),
        ("check", *mine, "--record", "world.yaml"),
        ("validate", "mine.yaml", "--output", "mine.yaml"),
        ("plan", *mine, "--out", "mine.yaml"),
        ("drift", *mine, "--report", "json=world.yaml"),
    ):
        one_line(cli(*words), "is read by this command, and would be written over")
    one_line(cli("validate", "mine.yaml", "--report", "json=a.vxsetup.json"), "is a name of config files")
    one_line(cli("check", *mine, "--output", "vxsetup.yaml"), "is a name of config files")
    assert (config.read_bytes(), world.read_bytes()) == before
    assert names(folder) == ["mine.yaml", "world.yaml"]
    assert cli("check", *mine, "--emulate-state", "world.yaml").code == 0, "a world may be its own state"


def test_two_reports_in_one_file_would_lose_one(cli: Cli, folder: Path) -> None:
    one_line(cli("check", *READY, "--report", "json=r", "--report", "sarif=./r"), "r would be written twice")
    one_line(cli("check", *READY, "--output", "r", "--record", "r"), "r would be written twice")
    for option in (("--output", "-"), ("--report", "html=-")):
        one_line(cli("check", *READY, *option), "no file is named -", "--format")
    assert names(folder) == []
    assert (
        cli("check", *READY, "--report", "json=/dev/null", "--report", "sarif=/dev/null", "--output", "/dev/null").code
        == 0
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to(cli: Cli, folder: Path) -> None:
    (folder / "locked").mkdir()
    (folder / "locked").chmod(0o555)
    one_line(cli("check", *READY, "--output", "locked/x"), "locked/x cannot be written", "may not be written to")


def test_a_place_where_not_even_root_can_write(cli: Cli) -> None:
    one_line(cli("check", *READY, "--output", "/proc/vxsetup.json"), "/proc/vxsetup.json cannot be written")


def test_a_folder_in_place_of_a_file(cli: Cli, folder: Path) -> None:
    (folder / "d").mkdir()
    one_line(cli("check", *READY, "--output", "d"), "'d' is a directory")
    one_line(cli("check", *READY, "--report", "json=d"), "d cannot be written")
    assert names(folder) == ["d"]


def test_a_report_goes_to_its_file_and_further_ones_to_theirs(cli: Cli, folder: Path) -> None:
    ran = cli("check", *READY, "--output", "r.txt", "--report", "json=r.json", "--report", "text=again.txt")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    assert json.loads((folder / "r.json").read_text())["verdict"] == "ready"
    assert (folder / "r.txt").read_text() == (folder / "again.txt").read_text()
    assert "\x1b" not in (folder / "r.txt").read_text()
    assert names(folder) == ["again.txt", "r.json", "r.txt"]


def test_a_file_keeps_the_mode_that_the_user_asks_for_and_a_link_stays_a_link(cli: Cli, folder: Path) -> None:
    before = os.umask(0o027)
    try:
        cli("check", *READY, "--output", "r.txt")
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / "r.txt").stat().st_mode) == 0o640
    (folder / "link").symlink_to("r.txt")
    cli("check", *READY, "--output", "link", "--format", "json")
    assert (folder / "link").is_symlink()
    assert json.loads((folder / "r.txt").read_text())["verdict"] == "ready"


def test_devices_are_written_to_and_never_replaced(cli: Cli, folder: Path) -> None:
    before = Path("/dev/null").stat()
    assert cli("check", *READY, "--output", "/dev/null").code == 0
    one_line(cli("check", *READY, "--output", "/dev/full"), "/dev/full cannot be written", "No space left")
    one_line(cli("check", *READY, "--record", "/dev/full"), "/dev/full cannot be written")
    for device in ("/dev/null", "/dev/full"):
        assert stat.S_ISCHR(Path(device).stat().st_mode)
    assert Path("/dev/null").stat().st_rdev == before.st_rdev


def test_standard_output_by_its_name(folder: Path, tmp_path: Path) -> None:
    ran = process("check", *READY, "--output", "/dev/stdout", "--format", "json", env=environment(tmp_path), cwd=folder)
    assert ran.code == 0
    assert json.loads(ran.out)["verdict"] == "ready"
    assert Path("/dev/stdout").is_symlink()


def test_a_named_pipe_is_written_to_where_somebody_reads_and_does_not_hang_where_nobody_does(
    cli: Cli, folder: Path
) -> None:
    os.mkfifo(folder / "pipe")
    one_line(cli("check", *READY, "--output", "pipe"), "nothing reads from this pipe")
    got: list[str] = []
    ready = threading.Event()

    def read() -> None:
        descriptor = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
        os.set_blocking(descriptor, True)
        ready.set()
        with os.fdopen(descriptor, encoding="utf-8") as file:
            while not (text := file.read()):
                pass
            got.append(text)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    ready.wait(5)
    assert cli("check", *READY, "--output", "pipe").code == 0
    reader.join(5)
    assert got
    assert "ready" in got[0]
    assert stat.S_ISFIFO((folder / "pipe").stat().st_mode)


def full_disk() -> None:
    """From now on this process can write no file of more than 200 bytes, as on a disk that runs full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))


@pytest.mark.parametrize("option", [("--report", "json=f"), ("--record", "f"), ("--emulate-state", "f")])
def test_a_full_disk_leaves_the_old_file_and_no_part_of_a_new_one(
    option: tuple[str, str], folder: Path, tmp_path: Path
) -> None:
    world = (EXAMPLES / "ready" / "world.yaml").read_text()
    (folder / "f").write_text(world)
    ran = process("check", *READY, *option, env=environment(tmp_path), cwd=folder, preexec_fn=full_disk)
    harmless(ran)
    assert ran.code == 2, ran
    assert ran.err == "Error: f cannot be written: File too large\n"
    assert (folder / "f").read_text() == world
    assert names(folder) == ["f"]


@pytest.mark.parametrize(
    "arguments", [("validate", "c.yaml"), ("rules",), ("--help",), ("schema", "project"), ("--version",)]
)
def test_standard_output_on_a_full_disk(arguments: tuple[str, ...], folder: Path, tmp_path: Path) -> None:
    (folder / "c.yaml").write_text(GOOD)
    with Path("/dev/full").open("w") as full:
        ran = process(*arguments, env=environment(tmp_path), cwd=folder, stdout=full)
    harmless(ran)
    assert ran.code == 2
    assert ran.err == "Error: standard output cannot be written: No space left on device\n"


def test_standard_error_that_cannot_be_written_changes_no_exit_code(folder: Path, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        assert process("validate", "gone.yaml", env=environment(tmp_path), cwd=folder, stderr=full).code == 2
        assert process("check", *READY, env=environment(tmp_path), cwd=folder, stderr=full).code == 0
        assert process("check", READY[0], env=environment(tmp_path), cwd=folder, stderr=full).code == 3


def test_closed_streams(folder: Path, tmp_path: Path) -> None:
    def close_output() -> None:
        os.close(1)

    def close_all() -> None:
        for descriptor in (0, 1, 2):
            os.close(descriptor)

    env = environment(tmp_path)
    for close, arguments, code in (
        (close_output, ["check", *READY], 0),
        (close_all, ["check", *example("new-project")], 1),
        (close_all, ["check", "gone"], 2),
    ):
        ran = process(*arguments, env=env, cwd=folder, preexec_fn=close)
        harmless(ran)
        assert ran.code == code


def test_a_state_file_carries_the_emulated_cloud_and_is_valid_at_once(cli: Cli, folder: Path) -> None:
    first = cli("check", *READY, "--emulate-state", "state.yaml")
    assert first.code == 0
    again = cli("check", *READY, "--emulate-state", "state.yaml")
    assert again.out == first.out
    (folder / "state.yaml").write_text("version: 1\n")
    one_line(cli("check", *READY, "--emulate-state", "state.yaml"), "state.yaml:1:1", "'now'")
    assert (folder / "state.yaml").read_text() == "version: 1\n"


def test_a_failed_check_still_writes_its_recording(cli: Cli, folder: Path) -> None:
    assert cli("check", *example("six-faults"), "--record", "facts.json").code == 1
    again = cli("check", example("six-faults")[0], "--facts", "facts.json")
    assert again.code == 1
    assert again.out == cli("check", *example("six-faults")).out
