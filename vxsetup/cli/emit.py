"""``vxsetup emit``: settings for the clients of a config, printed, written, merged into files, or compared with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from vxsetup.cli.options import Shaped, listing_options, option
from vxsetup.cli.output import EXIT_FINDINGS, Refused, complain, echo, style

if TYPE_CHECKING:
    from vxsetup.catalog import Catalogue
    from vxsetup.clients import Target, Targets
    from vxsetup.config.project import Project
    from vxsetup.emit import Emitted

ENDPOINT = Shaped(
    "origin",
    r"https?://[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?(:[0-9]{1,5})?",
    "an origin without a path, such as https://gateway.acme.example",
)
NUMBER = Shaped("number", r"[0-9]{1,20}", "a project's number: digits alone")


@click.command("emit")
@click.argument("names", nargs=-1, metavar="[TARGET]...")
@option("--config", type=click.Path(), default="vxsetup.yaml", show_default=True, metavar="FILE", help="The config.")
@option("--env", "environment", metavar="NAME", help="The environment, where the config has several.")
@option(
    "--list", "listing", is_flag=True, envvar=None, help="List the targets, or those named, and what is known of them."
)
@option("--model", "models", multiple=True, metavar="ID", help="Only this model; may be repeated.")
@option("--location", "locations", multiple=True, metavar="NAME", help="Only this location; may be repeated.")
@option(
    "--output",
    type=click.Path(file_okay=False),
    envvar=None,
    metavar="DIR",
    help="Write the files there. A file that vxsetup did not write stays as it is.",
)
@option(
    "--merge", is_flag=True, envvar=None, help="With --output: merge into settings that are there, keeping the rest."
)
@option("--force", is_flag=True, envvar=None, help="With --output: replace files that vxsetup did not write.")
@option(
    "--check", "checking", is_flag=True, envvar=None, help="Compare the files in --output (default: .) with the config."
)
@option("--endpoint", type=ENDPOINT, metavar="ORIGIN", help="Send to this origin in place of Google's hosts.")
@option("--project-number", type=NUMBER, metavar="N", help="The project's number, for pipelines without a key.")
@option(
    "--catalog", type=click.Path(exists=True, dir_okay=False), metavar="FILE", help="A dated patch over the catalogue."
)
@option(
    "--facts",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="For terraform: a recording that tells what is there, to be imported.",
)
@option(
    "--emulate",
    type=click.Path(exists=True, dir_okay=False),
    metavar="WORLD",
    help="For terraform: an emulated world that tells what is there.",
)
@listing_options
def command(
    names: tuple[str, ...],
    config: str,
    environment: str | None,
    listing: bool,
    models: tuple[str, ...],
    locations: tuple[str, ...],
    output: str | None,
    merge: bool,
    force: bool,
    checking: bool,
    endpoint: str | None,
    project_number: str | None,
    catalog: str | None,
    facts: str | None,
    emulate: str | None,
    format_: str,
    color: str,
) -> int:
    """Print the settings that TARGET needs for the models of a config; without TARGET for all of its clients.

    What a client cannot do is refused, with the reason and the way round it; then the exit code is 1. Nothing is sent,
    and no secret is written. The TARGET terraform is the whole config as Terraform.
    """
    if output == "":
        raise Refused("--output is empty; name a folder (. is this one)")
    if names == ("terraform",):
        from vxsetup.cli.terraform import show

        return show(config, environment, catalog, output, facts, emulate, force)
    from vxsetup.cli.configs import read_catalogue
    from vxsetup.clients import shipped_targets

    catalogue = read_catalogue(catalog)
    table = shipped_targets(catalogue.sources)
    if listing:
        _list(table.only(one.name for one in _targets(names, table)) if names else table, format_, color)
        return 0
    if checking and (merge or force):
        raise Refused("--check writes nothing; --merge and --force do not go with it")
    if (merge or force) and output is None:
        raise Refused(f"--{'merge' if merge else 'force'} goes with --output DIR")
    if merge and force:
        raise Refused("--merge keeps what is there and --force replaces it; give one of them")
    targets = _targets(names, table)
    project = _project(config, environment)
    targets = targets or _targets(project.clients, table)
    if not targets:
        raise Refused("the config names no clients; name a TARGET, or add clients. vxsetup emit --list lists them")
    made = _emit(project, catalogue, targets, table, (models, locations, endpoint, project_number))
    if checking:
        return _check(made, output or ".", format_)
    if output is not None:
        return _write(made, output, (merge, force), format_)
    return _print(made, format_)


def _list(table: Targets, format_: str, color: str) -> None:
    from vxsetup.report.targets import targets_json, targets_text

    echo(targets_json(table) if format_ == "json" else targets_text(table, style(color)))


def _targets(names: tuple[str, ...], table: Targets) -> tuple[Target, ...]:
    found = {}
    for name in names:
        target = table.target(name)
        if target is None:
            near = table.nearest(name)
            hint = f"did you mean {near}?" if near else "vxsetup emit --list lists them"
            raise Refused(f"there is no target {name!r}; {hint}")
        found[target.name] = target
    return tuple(found.values())


def _project(config: str, environment: str | None) -> Project:
    from vxsetup.cli.configs import one_project
    from vxsetup.cli.provisioning import sound_configs

    return one_project(sound_configs((config,), environment), "emit is about")


def _emit(
    project: Project,
    catalogue: Catalogue,
    targets: tuple[Target, ...],
    table: Targets,
    narrowed: tuple[tuple[str, ...], tuple[str, ...], str | None, str | None],
) -> list[Emitted]:
    from vxsetup.emit import Refusal, emit, settings_of

    models, locations, endpoint, number = narrowed
    settings = settings_of(project, catalogue, models, locations, endpoint, number)
    if isinstance(settings, Refusal):
        raise Refused(f"{settings.reason}: {settings.instead}")
    return [emit(settings, target, table) for target in targets]


def _tell_refusals(made: list[Emitted]) -> int:
    """Say on standard error what was refused and why; the exit code that follows from it."""
    for one in made:
        if one.refusal is not None:
            dated = f" ({one.refusal.source}, {one.refusal.date})" if one.refusal.source else ""
            complain(f"{one.target}: refused. {_sentence(one.refusal.reason)}{dated}")
            complain(f"  Way round: {one.refusal.instead}")
    return EXIT_FINDINGS if any(one.refusal is not None for one in made) else 0


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _data(one: Emitted) -> dict[str, Any]:
    data: dict[str, Any] = {
        "target": one.target,
        "files": [{"path": file.path, "kind": file.kind.value, "text": file.text} for file in one.files],
        "notes": list(one.notes),
        "steps": list(one.steps),
    }
    if one.refusal is not None:
        refusal = one.refusal
        told = {"reason": refusal.reason, "instead": refusal.instead, "source": refusal.source, "date": refusal.date}
        data["refused"] = told
    return data


def _print(made: list[Emitted], format_: str) -> int:
    if format_ == "json":
        echo(json.dumps({"format": "vxsetup.emit/1", "targets": [_data(one) for one in made]}, indent=2))
        return EXIT_FINDINGS if any(one.refusal is not None for one in made) else 0
    files = [file for one in made for file in one.files]
    if len(files) == 1:
        echo(files[0].text)
    elif files:
        echo("\n".join(f"==> {file.path} <==\n{file.text}" for file in files))
    for one in made:
        if len(made) == 1:
            complain(*(f"Note: {note}" for note in one.notes))
        complain(*(f"{one.target}: {step}" for step in one.steps))
    return _tell_refusals(made)


def _write(made: list[Emitted], folder: str, how: tuple[bool, bool], format_: str) -> int:
    from vxsetup.cli.emitted import write

    done = write([file for one in made for file in one.files], folder, *how)
    if format_ == "json":
        files = [{"path": path, "done": what} for path, what in done]
        refused = [_data(one) for one in made if one.refusal is not None]
        echo(json.dumps({"format": "vxsetup.emit/1", "written": files, "refused": refused}, indent=2))
        return EXIT_FINDINGS if refused else 0
    if done:
        echo("\n".join(f"{what:9} {path}" for path, what in done))
    for one in made:
        complain(*(f"{one.target}: {step}" for step in one.steps))
    return _tell_refusals(made)


def _check(made: list[Emitted], folder: str, format_: str) -> int:
    from vxsetup.cli.emitted import compare
    from vxsetup.report.terminal import safe

    found = compare([file for one in made for file in one.files], folder)
    differ = any(differences for _, differences in found)
    if format_ == "json":
        files = [{"path": path, "agrees": not told, "differences": list(told)} for path, told in found]
        refused = [_data(one) for one in made if one.refusal is not None]
        echo(json.dumps({"format": "vxsetup.emit/1", "checked": files, "refused": refused}, indent=2))
        return EXIT_FINDINGS if differ or refused else 0
    lines = []
    for path, told in found:
        lines += [f"{path}: {difference}" for difference in told] or [f"{path}: agrees with the config"]
    if lines:
        echo("\n".join(safe(line) for line in lines))
    return max(_tell_refusals(made), EXIT_FINDINGS if differ else 0)
