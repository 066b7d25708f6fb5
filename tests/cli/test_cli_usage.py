"""Calling vxsetup wrongly: one line that says what, and where to read on; and the variables, which what is typed outranks."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

import click
import pytest
from cli_runs import EXAMPLES, GOOD, Cli, example, harmless, one_line

from vxsetup.cli import habits
from vxsetup.cli.asking import EMULATOR_HOST, EMULATOR_TOKEN
from vxsetup.cli.root import COMMANDS, root
from vxsetup.cli.samples import SAMPLES

WRONG: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "command": (("chek",), ("There is no command chek", "Did you mean check?", "vxsetup --help")),
    "command with an escape": (("\x1b[31mx",), ("\\x1b[31mx", "Commands: ")),
    "command of other tools": (("lint",), ("There is no command lint. Here: vxsetup validate.",)),
    "command that nothing needs": (("import",), ("needs no import", "vxsetup plan")),
    "option of other tools": (("check", "--json"), ("'--json'", "Here: --format json.", "vxsetup check --help")),
    "agreement of other tools": (("apply", "--auto-approve"), ("Here: --yes.",)),
    "option with one hyphen": (("plan", "-out=plan.json"), ("Here: --out.",)),
    "word with one hyphen": (("apply", "-auto-approve"), ("Here: --yes.",)),
    "option that is not here": (("drift", "--detailed-exitcode"), ("No such option '--detailed-exitcode'. (vx",)),
    "folder for a first config": (("init", "."), (". is a folder", "vxsetup init vxsetup.yaml")),
    "target in the list": (("emit", "--list", "pythn"), ("'pythn'", "did you mean python?")),
    "subcommand": (("emulator", "behaviour"), ("behaviours", "vxsetup emulator --help")),
    "option": (("check", "--emulat", "x"), ("--emulat", "'--emulate'", "vxsetup check --help")),
    "option of the group": (("--nope",), ("--nope", "vxsetup --help")),
    "choice": (("check", "--fail-on", "err"), ("'err'", "'error', 'warning', 'info'")),
    "format": (("validate", "--format", "yml"), ("'yml'", "'text', 'json'")),
    "time": (("check", "--now", "yesterday"), ("'yesterday'", "2026-11-22T12:00:00Z")),
    "time with an escape": (("check", "--now", "\x1b[2J"), ("\\x1b[2J",)),
    "time without end": (("check", "--now", "9999-12-31"), ("9999-12-31",)),
    "time before time": (("check", "--now", "0001-01-01T00:00:00+23:59"), ("0001-01-01",)),
    "rule": (("explain", "VX40"), ("'VX40'", "did you mean VX4")),
    "rule name": (("explain", "model-shutdown"), ("did you mean model-shut-down?",)),
    "rule with an escape": (("explain", "\x1b[31m"), ("\\x1b[31m",)),
    "schema": (("schema", "prject"), ("'prject'", "project")),
    "example": (("demo", "redy"), ("'redy'", "ready")),
    "shell": (("completion", "csh"), ("'csh'", "'bash', 'zsh', 'fish'")),
    "no shell": (("completion",), ("bash", "zsh", "fish")),
    "port": (("emulator", "run", "WORLD", "--port", "99999"), ("99999", "65535")),
    "facts that are not there": (("check", "--facts", "nope"), ("'nope' does not exist",)),
    "catalogue that is not there": (("validate", "--catalog", "nope"), ("'nope' does not exist",)),
    "report without a file": (("validate", "--report", "json"), ("--report json", "FORMAT=FILE")),
    "report in no format": (("validate", "--report", "xml=a"), ("--report xml=a", "json", "text")),
    "two clouds": (("check", "--facts", "FACTS", "--emulate", "WORLD"), ("--facts and --emulate", "one of them")),
    "offline and emulate": (("check", "--offline", "--emulate", "WORLD"), ("--offline", "--emulate")),
    "offline and facts": (("check", "--offline", "--facts", "FACTS"), ("--offline", "--facts")),
    "offline and record": (("check", "--offline", "--record", "r.json"), ("--offline", "--record")),
    "facts and whom to ask as": (
        ("check", "--facts", "FACTS", "--impersonate-service-account", "app@acme-ai-prod.iam.gserviceaccount.com"),
        ("--facts", "--impersonate-service-account", "leave one of them out"),
    ),
    "state without world": (("check", "--emulate-state", "s.yaml"), ("--emulate-state", "--emulate WORLD")),
    "file and project": (("check", "vxsetup.yaml", "--project", "acme-ai-prod"), ("--project", "not both")),
    "model without project": (("check", "--model", "claude-sonnet-5-5"), ("--model", "--project")),
    "environment and project": (("check", "--project", "acme-ai-prod", "--env", "x"), ("--env", "--project")),
    "environment that is not there": (("validate", "--env", "prod"), ("--env prod", "no environments")),
    "quiet and verbose": (("validate", "-q", "-v"), ("--verbose and --quiet",)),
    "who to be": (("check", "--impersonate-service-account", "nobody"), ("'nobody'", "e-mail address")),
    "who to be, in two lines": (("check", "--impersonate-service-account", "a\nb@x.example"), ("a\\nb@x",)),
    "who pays": (("check", "--quota-project", "x\r\nHost: evil"), ("x\\r\\nHost", "project id")),
    "live without project": (("models", "--live"), ("--live needs --project",)),
    "model without live": (("models", "--model", "x"), ("go with --live",)),
    "live for no project": (("models", "--live", "--project", "a/b", "--emulate", "WORLD"), ("`a/b`",)),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_call_is_one_line_and_exit_2(name: str, cli: Cli, folder: Path) -> None:
    arguments, phrases = WRONG[name]
    (folder / "vxsetup.yaml").write_text(GOOD)
    (folder / "FACTS").write_text("{}")
    shutil.copy(EXAMPLES / "ready" / "world.yaml", folder / "WORLD")
    one_line(cli(*arguments), *phrases)
    assert sorted(path.name for path in folder.iterdir()) == ["FACTS", "WORLD", "vxsetup.yaml"], "nothing is written"


def test_no_command_at_all_shows_the_help(cli: Cli) -> None:
    ran = cli()
    harmless(ran)
    assert ran.code == 2
    assert all(name in ran.said for name in COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help(name: str, cli: Cli) -> None:
    for flag in ("--help", "-h"):
        ran = cli(name, flag)
        harmless(ran)
        assert ran.code == 0
        assert f"Usage: vxsetup {name}" in ran.out


CALLS = [(name, call) for name, calls in SAMPLES.items() for call in calls]


@pytest.mark.parametrize(("name", "call"), CALLS, ids=[call for _, call in CALLS])
def test_the_help_of_a_command_shows_calls_that_its_parser_takes(
    name: str, call: str, folder: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli
) -> None:
    monkeypatch.chdir(folder)
    program, first, *words = shlex.split(call)
    assert program == "vxsetup"
    for file in (word.rpartition("=")[2] for word in words if "." in word):
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).touch()
    top = click.Context(root, info_name="vxsetup", **root.context_settings)
    command = root.get_command(top, first)
    assert command is not None
    if isinstance(command, click.Group):
        command = command.commands[words.pop(0)]
    with command.make_context(first, words, parent=top):
        pass
    assert f"\n    {call}\n" in cli(*name.split(), "--help").out


def test_every_command_shows_calls_but_the_one_that_shells_read() -> None:
    top = click.Context(root, info_name="vxsetup")
    every = {name: root.get_command(top, name) for name in COMMANDS}
    alone = {name for name, one in every.items() if not isinstance(one, click.Group)}
    below = {f"{name} {inner}" for name, one in every.items() if isinstance(one, click.Group) for inner in one.commands}
    assert set(SAMPLES) == (alone | below) - {"completion"}


@pytest.mark.parametrize("name", ["baseline", "emulator"])
def test_the_lines_of_a_group_are_whole(name: str, cli: Cli) -> None:
    assert "..." not in cli(name, "--help").out.partition("Commands:")[2]


def test_what_other_tools_call_it_is_no_name_of_ours() -> None:
    assert not set(habits.COMMANDS) & set(COMMANDS)
    top = click.Context(root, info_name="vxsetup")
    commands = [root.get_command(top, name) for name in COMMANDS]
    ours = {opt for one in commands if one is not None for param in one.params for opt in param.opts}
    assert {needed for needed, _ in habits.OPTIONS.values()} <= ours


def test_a_refused_value_names_the_variable_that_holds_it(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VXSETUP_NOW", "tomorrow")
    one_line(cli("validate"), "'tomorrow'", "It is set by VXSETUP_NOW.")
    assert "It is set by" not in cli("validate", "--now", "yesterday").err


def test_the_variables_are_those_of_all_options() -> None:
    top = click.Context(root, info_name="vxsetup")
    commands = [root.get_command(top, name) for name in COMMANDS]
    every = [one for one in commands if one is not None]
    every += [inner for one in every if isinstance(one, click.Group) for inner in one.commands.values()]
    read = {param.envvar for one in every for param in one.params if isinstance(param.envvar, str)}
    assert {habits.PREFIX + name for name in habits.VARIABLES} == read | {EMULATOR_HOST, EMULATOR_TOKEN}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("VXSETUP_FAILON", "VXSETUP_FAIL_ON"),
        ("VXSETUP_FORMT", "VXSETUP_FORMAT"),
        ("VXSETUP_fail_on", "VXSETUP_FAIL_ON"),
        ("VXSETUP_FAIL_ON", None),
        ("VXSETUP_OF_ANOTHER_PROGRAM", None),
        ("VXSETUP_TEST_SEED", None),
        ("XSETUP_FORMT", None),
    ],
)
def test_a_slip_in_the_name_of_a_variable_is_said(
    name: str, meant: str | None, cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "vxsetup.yaml").write_text(GOOD)
    monkeypatch.setenv(name, "error")
    ran = cli("validate")
    harmless(ran)
    assert ran.code == 0
    assert ran.err == (f"{name} is no variable that vxsetup reads; did you mean {meant}?\n" if meant else "")


NO_RECORDING: dict[str, tuple[str | bytes, str]] = {
    "config": (GOOD, "is not a recording: it is not JSON"),
    "nothing": ("", "is not a recording: it is not JSON"),
    "list": ("[]", "its format is None"),
    "other format": ('{"format": "vxsetup.report/1"}', "its format is 'vxsetup.report/1'"),
    "format with an escape": ('{"format": "\\u001b[31m"}', "\\x1b[31m"),
    "half": ('{"format": "vxsetup.facts/1"}', "not a whole recording"),
    "no numbers": ('{"format": "vxsetup.facts/1", "now": 3, "caller": [], "answers": {}}', "not a whole recording"),
    "deep": ("[" * 200_000, "is not a recording"),
    "long number": ("9" * 100_000, "is not a recording"),
    "not text": (b"\xff\xfe\x00", "it is not UTF-8 text"),
}


@pytest.mark.parametrize("name", NO_RECORDING)
def test_facts_of_a_wrong_file(name: str, cli: Cli, folder: Path) -> None:
    text, phrase = NO_RECORDING[name]
    (folder / "vxsetup.yaml").write_text(GOOD)
    (folder / "facts.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    one_line(cli("check", "--facts", "facts.json"), "facts.json", phrase)


NO_WORLD: dict[str, tuple[str | bytes, str, str]] = {
    "nothing": ("", "1:1", "is empty"),
    "config": (GOOD, "2:1", "did you mean 'projects'?"),
    "list": ("- 1\n", "1:1", "type object"),
    "binary": (b"\xff\x00", "", "not UTF-8"),
    "tab": ("version: 1\n\tnow: x\n", "2:1", "not YAML"),
    "deep": ("version: " + "[" * 5000, "1:", "nested more than"),
    "bomb": (
        "a: &a [x,x]\n"
        + "".join(f"b{n}: &b{n} [*{p}, *{p}]\n" for n, p in enumerate(["a", *(f"b{i}" for i in range(40))])),
        ":",
        "anchors",
    ),
    "twice": ("version: 1\nversion: 1\n", "2:1", "second time"),
    "no time": ("version: 1\nnow: tomorrow\n", "2:", "tomorrow"),
    "escape": ('version: 1\nnow: "\\e[2J"\n', "2:", "\\x1b[2J"),
    "escape in a key": ('version: 1\nnow: 2026-11-22T12:00:00Z\n"\\e[2J": 1\n', "3:1", "x1b[2J"),
    "stray parent": (
        "version: 1\nnow: 2026-11-22T12:00:00Z\nprojects: {acme-ai-prod: {number: '1', parent: folders/9}}\n",
        "",
        "folders/9",
    ),
}


@pytest.mark.parametrize("name", NO_WORLD)
def test_a_broken_world_is_one_line_with_its_place(name: str, cli: Cli, folder: Path) -> None:
    text, place, phrase = NO_WORLD[name]
    (folder / "vxsetup.yaml").write_text(GOOD)
    (folder / "w.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    where = f"w.yaml:{place}" if place and not place.startswith(":") else "w.yaml"
    one_line(cli("check", "--emulate", "w.yaml"), where, phrase)
    one_line(cli("emulator", "run", "w.yaml"), where, phrase)


@pytest.mark.parametrize("option", ["--emulate", "--facts", "--catalog"])
def test_a_pipe_or_device_in_place_of_a_file_does_not_hang(option: str, cli: Cli, folder: Path) -> None:
    (folder / "vxsetup.yaml").write_text(GOOD)
    os.mkfifo(folder / "pipe")
    one_line(cli("check", option, "pipe"), "pipe", "not a regular file")
    one_line(cli("check", option, "/dev/zero"), "/dev/zero", "not a regular file")
    one_line(cli("check", option, "."), "directory")


def test_a_recording_that_never_ends_is_not_read(cli: Cli, folder: Path) -> None:
    (folder / "vxsetup.yaml").write_text(GOOD)
    with (folder / "facts.json").open("wb") as file:
        file.truncate(300 * 1024 * 1024)
    one_line(cli("check", "--facts", "facts.json"), "300 MiB")


def test_what_is_typed_on_the_command_line_is_judged_as_a_config_would_be(cli: Cli) -> None:
    ran = cli("check", "--project", "../\x1b[2J", "--model", "claude-sonnet-5-5", *example("ready")[1:])
    harmless(ran)
    assert ran.code == 1
    assert "VX113" in ran.out
    assert "<command line>:2:15" in ran.out


# Variables ----------------------------------------------------------------------------------------------------------


def test_a_variable_says_what_its_option_says_and_the_flag_beats_it(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    config, _, world = example("six-faults")
    assert cli("check", config, "--emulate", world, "-q").out.startswith("not ready")
    monkeypatch.setenv("VXSETUP_EMULATE", world)
    monkeypatch.setenv("VXSETUP_QUIET", "1")
    assert cli("check", config).out.startswith("not ready")
    monkeypatch.setenv("VXSETUP_FORMAT", "json")
    assert cli("check", config).out.startswith("{")
    assert cli("check", config, "--format", "text").out.startswith("not ready")
    monkeypatch.setenv("VXSETUP_NOW", "2027-03-01")
    assert '"now": "2027-03-01T00:00:00Z"' in cli("check", config).out
    assert '"now": "2027-04-01T00:00:00Z"' in cli("check", config, "--now", "2027-04-01").out


def test_one_name_serves_every_command(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "vxsetup.yaml").write_text(GOOD)
    monkeypatch.setenv("VXSETUP_FORMAT", "json")
    for arguments in (("validate",), ("models",), ("rules",), ("explain", "VX202"), ("emulator", "behaviours")):
        assert cli(*arguments).out.startswith("{"), arguments
    monkeypatch.setenv("VXSETUP_NOW", "never")
    for arguments in (("validate",), ("models",), ("check",)):
        one_line(cli(*arguments), "'never'")


def test_the_exit_code_can_be_set_by_variables(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "vxsetup.yaml").write_text(GOOD.replace("sonnet-5-5", "opus-4-8") + "location: mars\n")
    assert cli("validate").code == 0
    monkeypatch.setenv("VXSETUP_FAIL_ON", "warning")
    assert cli("validate").code == 1
    assert cli("validate", "--fail-on", "error").code == 0


def test_a_variable_never_contradicts_what_is_typed(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, _, world = example("ready")
    recorded = folder / "facts.json"
    assert cli("check", config, "--emulate", world, "--record", recorded).code == 0
    monkeypatch.setenv("VXSETUP_EMULATE", world)
    monkeypatch.setenv("VXSETUP_PROJECT", "acme-ai-new")
    monkeypatch.setenv("VXSETUP_MODEL", "claude-opus-5-5")
    assert cli("check", config, "--facts", recorded).code == 0, (
        "--facts outranks VXSETUP_EMULATE, a path VXSETUP_PROJECT"
    )
    assert cli("check", config, "--offline").code == 0
    assert cli("models").code == 0, "a variable that this call has no use for is none of its business"
    monkeypatch.setenv("VXSETUP_FACTS", str(recorded))
    monkeypatch.delenv("VXSETUP_EMULATE")
    assert "(1)" not in cli("demo", "ready").err
    assert cli("demo", "ready").code == 0


def test_a_state_file_of_a_variable_has_nothing_to_do_without_a_world(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, _, world = example("ready")
    assert cli("check", config, "--emulate", world, "--record", "facts.json").code == 0
    monkeypatch.setenv("VXSETUP_EMULATE_STATE", str(folder / "no-such-folder" / "state.yaml"))
    assert cli("check", config, "--facts", "facts.json").code == 0
    assert cli("models", "--live", "--project", "acme-ai-prod", "--facts", "facts.json").code in (0, 3)
    one_line(cli("check", config, "--emulate", world), "state.yaml")


def test_an_impersonation_of_a_variable_does_not_stop_a_recording(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    config, _, world = example("ready")
    assert cli("check", config, "--emulate", world, "--record", "facts.json").code == 0
    monkeypatch.setenv("VXSETUP_IMPERSONATE_SERVICE_ACCOUNT", "app@acme-ai-prod.iam.gserviceaccount.com")
    assert cli("check", config, "--facts", "facts.json").code == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENV", "prod"),
        ("PROJECT", "acme-ai-new"),
        ("MODEL", "claude-opus-5-5"),
        ("OFFLINE", "1"),
        ("PROBE", "paid"),
        ("EMULATE_STATE", "state.yaml"),
        ("RECORD", "record.json"),
        ("IMPERSONATE_SERVICE_ACCOUNT", "app@acme-ai-prod.iam.gserviceaccount.com"),
        ("QUOTA_PROJECT", "acme-ai-new"),
        ("NOW", "2031-01-01"),
        ("CATALOG", "no-such-file"),
    ],
)
def test_the_demo_is_the_same_whatever_is_set_for_ones_own_configs(
    name: str, value: str, cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = cli("demo", "ready")
    assert plain.code == 0
    monkeypatch.setenv(f"VXSETUP_{name}", value)
    assert cli("demo", "ready") == plain
    assert not list(folder.iterdir()), "the demo keeps nothing"


def test_how_the_demo_is_shown_can_be_set_by_a_variable(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VXSETUP_FORMAT", "json")
    assert cli("demo", "ready").out.startswith("{")


def test_what_comes_from_two_variables_is_refused_like_two_flags(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "vxsetup.yaml").write_text(GOOD)
    (folder / "facts.json").write_text("{}")
    monkeypatch.setenv("VXSETUP_EMULATE", example("ready")[2])
    monkeypatch.setenv("VXSETUP_FACTS", "facts.json")
    one_line(cli("check"), "--facts and --emulate")


def test_an_emulator_host_that_is_not_this_machine(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "vxsetup.yaml").write_text(GOOD)
    for host in (
        "example.com:80",
        "127.0.0.1",
        "127.0.0.1:x",
        "127.0.0.1:99999",
        "u:p@127.0.0.1:1",
        "\x1b[2J",
        "[::1",
        "127.0.0.1:80/x",
    ):
        monkeypatch.setenv("VXSETUP_EMULATOR_HOST", host)
        one_line(cli("check"), "VXSETUP_EMULATOR_HOST", "127.0.0.1:PORT")
    monkeypatch.setenv("VXSETUP_EMULATOR_HOST", "127.0.0.1:9")
    monkeypatch.setenv("VXSETUP_EMULATOR_TOKEN", "a\r\nHost: b")
    one_line(cli("check"), "VXSETUP_EMULATOR_TOKEN")


BROKEN_ELSEWHERE = f"{GOOD}environments:\n  dev: {{locaton: eu}}\n  prod: {{}}\n"


@pytest.mark.parametrize("environment", ["prod", "prd"])
@pytest.mark.parametrize("verb", ["validate", "check"])
def test_a_file_that_is_wrong_in_another_environment_is_never_ready(
    verb: str, environment: str, cli: Cli, folder: Path
) -> None:
    """Nothing of such a file is judged, so that without its errors nothing would be told of it."""
    (folder / "vxsetup.yaml").write_text(BROKEN_ELSEWHERE)
    cloud = ("--emulate", str(EXAMPLES / "ready" / "world.yaml")) if verb == "check" else ()
    ran = cli(verb, "--env", environment, *cloud)
    harmless(ran)
    assert ran.code == 1
    assert "`locaton` is not a key of `environments.dev`" in ran.out
    (folder / "other.vxsetup.yaml").write_text(f"{GOOD}environments: {{prod: {{}}}}\n")
    several = cli(verb, ".", "--env", "prod", *cloud)
    assert several.code == 1
    assert "`locaton` is not a key" in several.out


def test_plan_names_the_file_that_is_wrong(cli: Cli, folder: Path) -> None:
    (folder / "vxsetup.yaml").write_text(GOOD)
    (folder / "a b.vxsetup.yaml").write_text(BROKEN_ELSEWHERE)
    world = str(EXAMPLES / "ready" / "world.yaml")
    one_line(cli("plan", ".", "--emulate", world), "`environments.dev`. See: vxsetup validate 'a b.vxsetup.yaml'")


def test_the_command_after_validate_is_about_the_same_environment(cli: Cli, folder: Path) -> None:
    (folder / "vxsetup.yaml").write_text(f"{GOOD}environments: {{dev: {{}}, prod: {{}}}}\n")
    assert cli("validate", "--env", "prod").out.endswith("Next:\n  vxsetup check --env prod\n")
