"""Reads what a command is about: the catalogue and the config files, or a config made from flags."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from vxsetup.cli.output import Refused
from vxsetup.findings import Finding

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

if TYPE_CHECKING:
    from vxsetup.catalog import Catalogue
    from vxsetup.cli.many import Unlisted
    from vxsetup.config.load import Loaded
    from vxsetup.config.project import Project

COMMAND_LINE = "<command line>"
_MAX_PATCH = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Configs:
    """What the files say: documents' own findings, the projects of all environments, and every text that was read."""

    files: tuple[str, ...]
    findings: tuple[Finding, ...]
    projects: tuple[Project, ...]
    sources: dict[str, str]
    notes: tuple[str, ...] = ()
    shard: tuple[int, int] | None = None
    judged: Mapping[str, frozenset[str]] | None = None
    """The rules that spoke about each config, where the projects were judged as they were read."""
    unlisted: Unlisted = MappingProxyType({})
    """How many of those findings are counted and do not stand there."""


@dataclass(frozen=True, slots=True)
class Part:
    """Which of the configs are meant: those changed since a git revision, one shard; ``always``: files that touch all."""

    since: str | None = None
    shard: tuple[int, int] | None = None
    always: tuple[str, ...] = ()


def read_catalogue(patch: str | None) -> Catalogue:
    """The shipped catalogue, with a patch over it where one is named. Ends the command where the patch is no good."""
    from vxsetup.catalog import CatalogueProblem, load_catalogue

    if patch is None:
        found = load_catalogue()
    else:
        from vxsetup.cli.reading import read_text

        found = load_catalogue(read_text(patch, _MAX_PATCH), patch)
    if isinstance(found, CatalogueProblem):
        raise Refused(str(found))
    return found


@dataclass(frozen=True, slots=True)
class Found:
    """The files that are meant: how many there are, those of this run's shard, the remark that the report carries."""

    total: int
    files: Sequence[Path]
    notes: tuple[str, ...]
    shard: tuple[int, int] | None


def find_configs(paths: Sequence[str], part: Part | None = None) -> Found:
    """Every config file behind the paths. Ends the command with exit code 2 where a path is of no use."""
    from vxsetup.config.files import discover

    found = discover(paths)
    if found.problems:
        raise Refused("; ".join(problem.message for problem in found.problems))
    return Found(len(found.files), *_chosen(found.files, part))


def refuse_unreadable(loaded: Iterable[Loaded]) -> None:
    """End the command where a file could not be read."""
    unreadable = [one.problem for one in loaded if one.problem is not None]
    if unreadable:
        raise Refused("; ".join(problem.message for problem in unreadable))


def read_configs(paths: Sequence[str], environment: str | None, part: Part | None = None) -> Configs:
    """Every config file behind the paths, or a part of them. Ends the command with exit code 2 where a path is of no use."""
    from vxsetup.config.files import read_file
    from vxsetup.config.judge import project_judge
    from vxsetup.config.load import findings_for, load

    found = find_configs(paths, part)
    judge = project_judge()
    loaded = [load(path, read_file, judge) for path in found.files]
    refuse_unreadable(loaded)
    notes = found.notes
    if part is not None and part.since is not None:
        loaded, notes = _changed(loaded, part.since, part.always, notes)
    findings = tuple(finding for one in loaded for finding in findings_for(one, environment))
    projects = tuple(project for one in loaded for project in one.projects)
    sources = {file: text for one in loaded for file, text in one.sources.items()}
    files = tuple(one.file for one in loaded)
    every = len(loaded) == found.total
    return _of_environment(Configs(files, findings, projects, sources, notes, found.shard), environment, every)


def one_project(configs: Configs, says: str) -> Project:
    """The only project of the configs; the command ends with ``says`` (who wants but one) and how to choose otherwise."""
    if len(configs.projects) == 1:
        return configs.projects[0]
    names = ", ".join(dict.fromkeys(str(one.environment or one.file) for one in configs.projects))
    raise Refused(f"{says} one project; choose one of {names} with --env or by its file")


def _chosen(files: Sequence[Path], part: Part | None) -> tuple[Sequence[Path], tuple[str, ...], tuple[int, int] | None]:
    """The files of this run's shard, with the remark that the report carries."""
    if part is None:
        return files, (), None
    from vxsetup.cli.shard import sharded

    taken, shard = sharded(files, part.shard, os.environ)
    if shard is None:
        return files, (), None
    note = f"This is shard {shard.index} of {shard.count}: {len(taken):,} of {len(files):,} configs."
    return taken, (note,), (shard.index, shard.count)


def _changed(
    loaded: Sequence[Loaded], since: str, always: Sequence[str], notes: tuple[str, ...]
) -> tuple[list[Loaded], tuple[str, ...]]:
    """The configs that a change reaches, with the remark that the report carries."""
    from vxsetup.cli.changed import changed_files, touches

    changed = changed_files(since)
    everything = touches(always, changed)
    kept = [one for one in loaded if everything or touches((one.file, *one.sources, *one.without), changed)]
    return kept, (*notes, changed_note(since, len(kept), len(loaded)))


def changed_note(since: str, kept: int, total: int) -> str:
    """The remark of a report on changed configs only."""
    return f"Only configs that changed since {since}: {kept:,} of {total:,}."


def _of_environment(configs: Configs, environment: str | None, every: bool) -> Configs:
    if environment is None:
        return configs
    if every:
        refuse_environment(environment, {p.environment for p in configs.projects})
    chosen = tuple(p for p in configs.projects if p.environment == environment)
    return Configs(
        configs.files, configs.findings, chosen, configs.sources, configs.notes, configs.shard, configs.judged
    )


def refuse_environment(environment: str, there: Collection[str | None]) -> None:
    """End the command where none of the projects, whose environments are ``there``, is of this one."""
    if not there or environment in there:
        return
    names = sorted(name for name in there if name is not None)
    known = f"there are: {', '.join(names)}" if names else "the config has no environments"
    raise Refused(f"--env {environment}: there is no such environment; {known}")


def made_from_flags(project: str, models: Sequence[str], locations: Sequence[str]) -> Configs:
    """The config that ``--project``, ``--model`` and ``--location`` stand for; findings point into its text."""
    return made_from_places(project, {model: tuple(locations) for model in models}, locations)


def made_from_places(project: str, places: Mapping[str, Sequence[str]], locations: Sequence[str] = ()) -> Configs:
    """A config made from values: each model at its own locations, or at the default where it has none."""
    from vxsetup.config.load import load

    lines = ["version: 1", f"project: {{id: {json.dumps(project)}}}"]
    if locations:
        lines.append(f"location: {json.dumps(locations[0])}")
    if places:
        lines.append("models:")
    for model, own in places.items():
        placed = f", locations: {json.dumps(list(own))}" if own and list(own) != list(locations[:1]) else ""
        lines.append(f"  - {{id: {json.dumps(model)}{placed}}}")
    text = "\n".join(lines) + "\n"
    loaded = load(Path(COMMAND_LINE), lambda path: text.encode("utf-8", "backslashreplace"))
    return Configs((loaded.file,), loaded.findings, loaded.projects, dict(loaded.sources))
