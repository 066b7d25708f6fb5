"""``vxsetup emulator``: a small Google Cloud on this machine's loopback, and the list of how it behaves."""

from __future__ import annotations

import json
from pathlib import Path

import click

from vxsetup.cli.options import listing_options, option
from vxsetup.cli.output import Refused, complain, echo, style


@click.group("emulator")
def command() -> None:
    """A small Google Cloud on this machine, for trying and testing without an account."""


@command.command("run", short_help="Serve a world to any client.")
@click.argument("world", type=click.Path(exists=True, dir_okay=False))
@option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8085,
    show_default=True,
    help="The port on 127.0.0.1; 0 takes a free one.",
)
@option(
    "--state",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Start from FILE where it exists, and keep the state there.",
)
@option("--quiet", "-q", is_flag=True, help="Do not log the requests.")
def run(world: str, port: int, state: str | None, quiet: bool) -> int:
    """Serve the world file WORLD to any client, until Ctrl-C. Loopback only; its tokens protect nothing."""
    from vxsetup.cli.emulation import read_state
    from vxsetup.emulator.server import EmulatorServer, serve_until_interrupted

    log = None if quiet else lambda line: complain(line)
    started = read_state(world, state)
    try:
        server = EmulatorServer(started, port, state_file=Path(state) if state else None, log=log)
    except OSError as error:
        raise Refused(f"port {port} cannot be used: {error.strerror}; choose another with --port") from error
    address = server.base_url.removeprefix("http://")
    complain(f"An emulated Google Cloud answers at {server.base_url}; stop it with Ctrl-C.")
    charged = started.world.caller.quota_project
    quota = f" VXSETUP_QUOTA_PROJECT={charged}" if charged else ""
    first = next(iter(started.world.projects), None)
    asked = f" --project {first} --model claude-sonnet-5-5" if first else ""
    complain(f"In another terminal: VXSETUP_EMULATOR_HOST={address}{quota} vxsetup check{asked}")
    serve_until_interrupted(server)
    return 0


@command.command("world", short_help="Turn a recording of check into a world.")
@click.argument("facts", type=click.Path(exists=True, dir_okay=False))
@option("--output", type=click.Path(dir_okay=False), metavar="FILE", help="Write the world to this file.")
def world(facts: str, output: str | None) -> int:
    """Turn the recording FACTS (from vxsetup check --record) into a world: a twin of that cloud to try changes on."""
    import shlex

    from vxsetup.cli.output import write_text
    from vxsetup.cli.reading import read_text
    from vxsetup.cli.twin import twin_of
    from vxsetup.cloud.recording import RecordingProblem, read_recording

    text = read_text(facts)
    recording = read_recording(text)
    if isinstance(recording, RecordingProblem):
        raise Refused(f"{facts} is not a recording: {recording.message}")
    rows = json.loads(text).get("facts")
    made = twin_of(recording, [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else [])
    try:
        world_text = made.text
    except UnicodeEncodeError:
        raise Refused(f"{facts} holds half of a character in an answer; no world can be written of that") from None
    if output is None:
        click.echo(world_text, nl=False)
    else:
        write_text(output, world_text)
    living = len(recording.answers) - len(made.frozen)
    complain(
        f"{max(living, 0)} of {len(recording.answers)} answers come from the rebuilt cloud; the others are kept as recorded."
    )
    for one in made.different:
        complain(f"This could not be made the same: {one}")
    if output is not None:
        complain(f"Try it: vxsetup check --emulate {shlex.quote(output)}")
    return 0


@command.command("behaviours", short_help="List what the emulator does, with sources.")
@listing_options
def behaviours(format_: str, color: str) -> int:
    """List what the emulator does, and from which source each behaviour is known; some are invented, and say so."""
    from vxsetup.emulator.behaviours import BEHAVIOURS

    if format_ == "json":
        rows = [{"id": b.id, "says": b.says, "source": b.source, "confidence": b.confidence} for b in BEHAVIOURS]
        echo(json.dumps({"format": "vxsetup.behaviours/1", "behaviours": rows}, indent=2, ensure_ascii=False))
        return 0
    from vxsetup.report.behaviours import behaviours_text

    echo(behaviours_text([(b.id, b.says, b.source, b.confidence) for b in BEHAVIOURS], style(color)))
    return 0
