"""The terminal: colour, width, encodings, progress, a reader that leaves, and ^C."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from cli_runs import EXAMPLES, GOOD, Cli, command, environment, example, harmless, process
from loopback import hangs, server

from vxsetup.cli import asking

SIX = example("six-faults")

# Colours, wiped lines, and the two ends of a link.
ESCAPES = re.compile(r"\x1b\[[0-9;]*[mK]|\x1b\]8;;[^\x1b\x07]*(\x1b\\|\x07)")


def in_terminal(
    arguments: list[str], env: Mapping[str, str], cwd: Path, columns: int = 100, timeout: float = 40
) -> tuple[int, str]:
    """Run a command in a terminal of its own, both streams in it; its exit code and all that the terminal got."""
    leader, follower = pty.openpty()
    os.set_blocking(leader, False)
    import fcntl
    import struct
    import termios

    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    child = subprocess.Popen(
        command(*arguments), env=dict(env), cwd=cwd, stdin=follower, stdout=follower, stderr=follower, close_fds=True
    )
    os.close(follower)
    got = b""
    ends = time.monotonic() + timeout
    try:
        while time.monotonic() < ends:
            ready, _, _ = select.select([leader], [], [], 0.1)
            if ready:
                try:
                    piece = os.read(leader, 65536)
                except OSError:  # the other end is closed: the process has gone
                    break
                if not piece:
                    break
                got += piece
            elif child.poll() is not None:
                break
        return child.wait(timeout=5), got.decode("utf-8", "replace").replace("\r\n", "\n")
    finally:
        child.kill()
        child.wait()
        os.close(leader)


# Colour, width, encoding ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "flags", "colored"),
    [
        ({}, (), False),
        ({}, ("--color", "always"), True),
        ({"FORCE_COLOR": "1"}, (), True),
        ({"FORCE_COLOR": "1"}, ("--color", "never"), False),
        ({"NO_COLOR": "1"}, ("--color", "always"), True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, (), False),
        ({"TERM": "dumb"}, (), False),
        ({"VXSETUP_COLOR": "always"}, (), True),
        ({"VXSETUP_COLOR": "always"}, ("--color", "never"), False),
    ],
)
def test_colour_in_a_pipe(
    variables: dict[str, str], flags: tuple[str, ...], colored: bool, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for arguments in (("check", *SIX), ("rules",), ("explain", "VX202"), ("models",)):
        ran = cli(*arguments, *flags)
        assert ("\x1b[" in ran.out) is colored, arguments


def test_json_has_no_colour_ever(cli: Cli) -> None:
    ran = cli("check", *SIX, "--format", "json", "--color", "always")
    harmless(ran)
    json.loads(ran.out)


@pytest.mark.parametrize(
    ("variables", "colored", "unicode"),
    [
        ({}, True, True),
        ({"NO_COLOR": "1"}, False, True),
        ({"TERM": "dumb"}, False, False),
        ({"LC_ALL": "C", "LANG": "C"}, True, False),
        ({"PYTHONIOENCODING": "ascii"}, True, False),
    ],
)
def test_a_terminal(variables: dict[str, str], colored: bool, unicode: bool, folder: Path, tmp_path: Path) -> None:
    shutil.copy(SIX[0], folder / "vxsetup.yaml")
    code, shown = in_terminal(["check", *SIX[1:]], environment(tmp_path, **variables), folder, columns=72)
    assert code == 1
    assert bool(re.search(r"\x1b\[[0-9;]*m", shown)) is colored
    shown = ESCAPES.sub("", shown.rpartition("\r")[2])
    assert "\x1b" not in shown
    assert shown.isascii() is not unicode
    assert ("✗" in shown) is unicode
    assert "Traceback" not in shown
    # What does not fit is one word longer than the line (a resource name, an address), or a command, which stays whole.
    long = [
        len(line.split()[-1])
        for line in shown.splitlines()
        if len(line) > 72 and not line.lstrip().startswith("gcloud ")
    ]
    assert all(length > 40 for length in long), long


def test_an_output_that_knows_no_unicode(folder: Path, tmp_path: Path) -> None:
    name = "größe.yaml"
    (folder / name).write_text(GOOD + "locaton: eu\n")
    ascii_only = environment(tmp_path, PYTHONIOENCODING="ascii")
    ran = process("validate", name, "--format", "json", env=ascii_only, cwd=folder)
    assert ran.said.isascii()
    assert json.loads(ran.out)["findings"][0]["location"]["file"] == name, "JSON loses nothing to an encoding"
    no_locale = environment(tmp_path, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    for env in (ascii_only, no_locale):
        ran = process("validate", name, env=env, cwd=folder)
        harmless(ran)
        assert ran.code == 1, ran
        assert ran.said.isascii()
        assert "VX110" in ran.out


# Progress ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def slow_world(folder: Path) -> Path:
    """A world in which each answer takes its time."""
    world = folder / "slow.yaml"
    world.write_text((EXAMPLES / "ready" / "world.yaml").read_text() + "behaviour: {latency_ms: 700}\n")
    return world


@pytest.fixture
def served(slow_world: Path) -> object:
    """The slow world, served over HTTP; its address as HOST:PORT."""
    from vxsetup.cli.emulation import read_state
    from vxsetup.emulator.server import EmulatorServer

    with EmulatorServer(read_state(str(slow_world), None)) as found:
        yield found.base_url.removeprefix("http://")


def test_progress_is_shown_on_a_terminal_after_a_second_and_nowhere_else(
    served: str, folder: Path, tmp_path: Path
) -> None:
    env = environment(tmp_path, VXSETUP_EMULATOR_HOST=served, VXSETUP_QUOTA_PROJECT="acme-ai-prod")
    config = str(EXAMPLES / "ready" / "vxsetup.yaml")
    code, shown = in_terminal(["check", config, "-q"], env, folder)
    assert code == 0, shown
    assert "Reading the cloud: " in shown
    assert shown.rindex("\r\x1b[K") < shown.rindex("ready"), "the line of progress is wiped before the report"
    ran = process("check", config, "-q", env=env, cwd=folder)
    assert ran.err == ""
    assert ran.code == 0


@pytest.mark.parametrize(
    ("terminal", "term", "after", "shown"),
    [
        (True, "xterm", 1.5, True),
        (True, "xterm", 0.9, False),
        (True, "dumb", 1.5, False),
        (False, "xterm", 1.5, False),
    ],
)
def test_progress_needs_a_terminal_and_a_second(
    terminal: bool,
    term: str,
    after: float,
    shown: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    monkeypatch.setenv("TERM", term)
    with asking.progress() as show:
        now[0] += after
        if show is not None:
            show(3, 7)
    err = capsys.readouterr().err
    assert err == ("\rReading the cloud: 3 of 7 answers\x1b[K\r\x1b[K" if shown else "")


# A reader that leaves ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["check", *SIX, "-v"], 1), (["check", *example("ready"), "-v"], 0), (["--help"], 0), (["rules"], 0)],
)
def test_a_reader_that_leaves_changes_neither_verdict_nor_exit_code(
    arguments: list[str], code: int, folder: Path, tmp_path: Path
) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        ran = process(*arguments, env=environment(tmp_path), cwd=folder, stdout=write)
    finally:
        os.close(write)
    assert ran.err == ""
    assert ran.code == code


# ^C ------------------------------------------------------------------------------------------------------------------


def heed_interruptions() -> None:
    """A job that a shell starts in the background ignores ^C, and so would its children: begin as a terminal's would."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(child: subprocess.Popen[bytes], when: Callable[[], bool]) -> tuple[float, int, str]:
    """Send ^C as soon as something has happened: the seconds until the end, the exit code, standard error."""
    try:
        for _ in range(600):
            if when():
                break
            time.sleep(0.05)
        time.sleep(0.1)
        child.send_signal(signal.SIGINT)
        started = time.monotonic()
        _, err = child.communicate(timeout=20)
        return time.monotonic() - started, child.returncode, err.decode()
    finally:
        child.kill()
        child.wait()


def test_an_interruption_during_a_hanging_request_ends_at_once(folder: Path, tmp_path: Path) -> None:
    with server(hangs()) as cloud:
        env = environment(tmp_path, VXSETUP_EMULATOR_HOST=f"127.0.0.1:{cloud.port}")
        arguments = command("check", example("ready")[0], "--output", "r.json", "--record", "f.json")
        child = subprocess.Popen(
            arguments,
            env=env,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=heed_interruptions,
        )
        took, code, err = interrupted(child, lambda: bool(cloud.asked))
    assert code == 130
    assert took < 3, f"{took:.1f} s after ^C"
    assert err.strip() == "Interrupted."
    assert list(folder.iterdir()) == [], "nothing is left half written"


def test_an_interruption_of_the_emulator_is_its_normal_end(folder: Path, tmp_path: Path) -> None:
    child = subprocess.Popen(
        command("emulator", "run", EXAMPLES / "ready" / "world.yaml", "--port", "0"),
        env=environment(tmp_path),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heed_interruptions,
    )
    assert child.stderr is not None
    assert b"http://127.0.0.1:" in child.stderr.readline()
    took, code, err = interrupted(child, lambda: True)
    assert code == 0
    assert took < 3
    assert "Traceback" not in err


def test_a_port_that_is_taken(cli: Cli, folder: Path) -> None:
    with server(hangs()) as taken:
        ran = cli("emulator", "run", EXAMPLES / "ready" / "world.yaml", "--port", str(taken.port))
    harmless(ran)
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert f"port {taken.port} cannot be used" in ran.err
