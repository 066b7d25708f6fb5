"""One run of ``init``: what is given, what is asked, what the catalogue settles, and the file with the command that comes next."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vxsetup.cli.output import Refused, complain, echo, writable, write_text

if TYPE_CHECKING:
    from dataclasses import replace
else:
    from vxsetup.values import replace

if TYPE_CHECKING:
    from vxsetup.catalog import Catalogue
    from vxsetup.config.project import Project
    from vxsetup.config.starter import Answers

SCHEMA = "vxsetup.schema.json"
_PROJECT_VARIABLES = ("GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT", "ANTHROPIC_VERTEX_PROJECT_ID")
_MOST = 64 * 1024


@dataclass(frozen=True)
class Given:
    """What the command line says."""

    project: str | None
    models: tuple[str, ...]
    location: str | None
    residency: str | None
    members: tuple[str, ...]
    clients: tuple[str, ...]
    parent: str | None
    billing_account: str | None
    contact: str | None


class Start:
    """One run of init."""

    def __init__(
        self, given: Given, path: str, force: bool, schema: bool, catalog: str | None, now: datetime | None
    ) -> None:
        self._given = given
        self._path = path
        self._force = force
        self._schema = schema
        self._catalog = catalog
        self._now = now or datetime.now(UTC)
        self._today = self._now.date()
        self._asks = sys.stdin.isatty() and sys.stderr.isatty()

    def go(self) -> int:
        """The whole run; its exit code."""
        from vxsetup.cli.configs import read_catalogue
        from vxsetup.config.starter import starter

        if not self._force and os.path.lexists(self._path):
            raise Refused(f"{self._path} is there already; init writes over it only with --force")
        writable(self._path)
        catalogue = read_catalogue(self._catalog)
        answers = self._answers(catalogue)
        text = starter(answers)
        sound(text, self._path, answers)
        valid(text, self._path, catalogue, self._now)
        self._write(text)
        return 0

    # What is asked

    def _answers(self, catalogue: Catalogue) -> Answers:
        from vxsetup.config.starter import Answers

        given = self._given
        project = given.project or self._project()
        models = given.models or self._models(catalogue)
        answers = Answers(
            project=project,
            models=tuple(dict.fromkeys(models)),
            location=given.location,
            residency=given.residency,
            members=tuple(dict.fromkeys(given.members)),
            clients=tuple(dict.fromkeys(given.clients)),
            parent=given.parent,
            billing_account=given.billing_account,
            contact=given.contact,
            schema=f"./{SCHEMA}" if self._schema else None,
        )
        return answers if given.location is not None else self._placed(answers, catalogue)

    def _project(self) -> str:
        found = known_project(os.environ, Path.home())
        if self._asks:
            default = found[0] if found else None
            return str(click.prompt("Project id", default=default, err=True, value_proc=_project_id)).strip()
        if found is None:
            raise Refused(
                "which project? Give --project ID, or set GOOGLE_CLOUD_PROJECT; there is no terminal to ask on"
            )
        complain(f"The project is {found[0]}, from {found[1]}.")
        return found[0]

    def _models(self, catalogue: Catalogue) -> tuple[str, ...]:
        if not self._asks:
            raise Refused("which models? Give --model ID, as often as needed; there is no terminal to ask on")
        from vxsetup.catalog import ModelState

        offered = [
            one.id for one in catalogue.models if one.locations and one.state(self._today).name is ModelState.ACTIVE
        ]
        complain("Models, as documented on " + catalogue.date.isoformat() + ": " + ", ".join(offered))
        insisted: set[str] = set()

        def known(written: str) -> str:
            """The answer; one with a name that the catalogue lacks is asked for once more, as it may be newer."""
            strange = [name for name in _names(written) if catalogue.model(name) is None and name not in insisted]
            insisted.update(strange)
            if strange:
                raise click.UsageError(" ".join(_strange(name, catalogue) for name in strange))
            return written

        question = "Which of them, with commas between"
        return _names(click.prompt(question, default=_newest(offered), err=True, value_proc=known))

    def _placed(self, answers: Answers, catalogue: Catalogue) -> Answers:
        """The answers with a location: one for all models where there is one, asked for where several fit; else one for
        each model."""
        common, own = fitting(answers, catalogue, self._today)
        if common:
            return replace(answers, location=self._chosen("Location", common, answers.residency))
        chosen = {
            name: self._chosen(f"Location of {name}", fits, answers.residency) for name, fits in own.items() if fits
        }
        return replace(answers, places=tuple(chosen.items()))

    def _chosen(self, question: str, fits: tuple[str, ...], residency: str | None) -> str:
        likely = next((one for one in (residency, "global") if one in fits), fits[0])
        others = ", ".join(one for one in fits if one != likely)
        if not others:
            return likely
        if self._asks:
            return str(click.prompt(question, type=click.Choice(fits), default=likely, err=True))
        complain(f"{question}: {likely}; {others} would fit as well, and --location chooses.")
        return likely

    # Writing

    def _write(self, text: str) -> None:
        from vxsetup.resources import schema_text

        if self._force:
            write_text(self._path, text)
        else:
            new_file(self._path, text)
        beside = Path(self._path).parent / SCHEMA
        if self._schema and not os.path.lexists(beside):
            write_text(str(beside), schema_text("project"))
            complain(f"Wrote {beside}, for editors.")
        path = () if self._path == "vxsetup.yaml" else (self._path,)
        echo(f"Wrote {self._path}.\n\nNext:\n  {shlex.join(['vxsetup', 'check', *path])}\n")


def _names(written: object) -> tuple[str, ...]:
    return tuple(name for name in re.split(r"[\s,]+", str(written)) if name)


def _strange(name: str, catalogue: Catalogue) -> str:
    """What to say of a model that the catalogue does not have."""
    found = catalogue.recognise(name)
    near = found.suggestion or next(iter(found.nearest), None)
    hint = f"Did you mean {near}?" if near else "vxsetup models lists them."
    return f"{name[:80]} is not in the catalogue. {hint} If it is newer, type it once more."


def _project_id(written: str) -> str:
    """The answer, where a config can have it as its project's id."""
    from vxsetup.config.starter import Answers, starter

    project, wrong = loaded(starter(Answers(written.strip(), ("claude-sonnet-5-5",))), "vxsetup.yaml")
    if project is None or project.id != written.strip():
        raise click.UsageError(wrong or f"{written!r} is not a project id")
    return written


def _newest(offered: list[str]) -> str | None:
    """The first sonnet of the list, which is the newest; else the first of all."""
    return next((one for one in offered if "sonnet" in one), offered[0] if offered else None)


def known_project(environ: Mapping[str, str], home: Path) -> tuple[str, str] | None:
    """The project that this machine works with, and where that was read: a variable, or gcloud's active configuration."""
    for name in _PROJECT_VARIABLES:
        if environ.get(name):
            return environ[name], name
    folder = Path(environ["CLOUDSDK_CONFIG"]) if environ.get("CLOUDSDK_CONFIG") else home / ".config" / "gcloud"
    active = (environ.get("CLOUDSDK_ACTIVE_CONFIG_NAME") or _text(folder / "active_config") or "default").strip()
    if not re.fullmatch(r"[a-z0-9-]{1,60}", active):
        return None
    section = re.search(r"^\[core\]\n((?:(?!\[).*\n?)*)", _text(folder / "configurations" / f"config_{active}"), re.M)
    found = re.search(r"^project[ \t]*=[ \t]*(\S+)", section[1], re.M) if section else None
    return (found[1], f"gcloud's configuration {active}") if found else None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST).decode("utf-8", "replace").replace("\r\n", "\n")
    except (OSError, ValueError):
        return ""


def loaded(text: str, path: str) -> tuple[Project | None, str]:
    """The project that a text declares, or the first thing that is wrong with it."""
    from vxsetup.config.load import load
    from vxsetup.findings import Severity, Verdict

    found = load(Path(path), lambda asked: text.encode("utf-8", "surrogatepass"))
    wrong = [f for f in found.findings if f.verdict is Verdict.FAIL and f.severity is Severity.ERROR]
    if wrong or not found.projects:
        return None, wrong[0].message if wrong else "it declares no project"
    return found.projects[0], ""


def fitting(answers: Answers, catalogue: Catalogue, today: date) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """The documented locations at which all models of the answers fit, and those of each model."""
    from vxsetup.config.starter import starter
    from vxsetup.rules.fits import fits

    project, _ = loaded(starter(answers), "vxsetup.yaml")
    if project is None:
        return (), {}  # what is wrong is told when the whole text is looked at
    found = fits(project, catalogue, today)
    return found.common, {one.model: one.locations for one in found.models}


def sound(text: str, path: str, answers: Answers) -> None:
    """End the command where the text does not say exactly what was answered: a value that no config can have."""
    from vxsetup.config.starter import own

    project, wrong = loaded(text, path)
    if project is None:
        raise Refused(f"nothing was written: {wrong}")
    said = (
        project.id,
        tuple(model.id for model in project.models),
        tuple((model.id, model.locations[0].location) for model in project.models if model.id in dict(answers.places)),
        project.root.value.get("location"),
        project.root.value.get("residency"),
        tuple((entry.member, entry.create) for entry in project.access),
        project.clients,
        (project.create.parent, project.create.billing_account) if project.create is not None else (None, None),
        project.quota.contact,
    )
    meant = (
        answers.project,
        answers.models,
        answers.places,
        answers.location,
        answers.residency,
        tuple((member, own(member)) for member in answers.members),
        answers.clients,
        (answers.parent, answers.billing_account),
        answers.contact,
    )
    if said != meant:
        raise Refused("nothing was written: the answers hold something that a config cannot say")


def valid(text: str, path: str, catalogue: Catalogue, now: datetime) -> None:
    """End the command where ``vxsetup validate`` would find an error in the text, and tell what it would warn of."""
    from vxsetup.cli.configs import Configs
    from vxsetup.cli.judging import make_report
    from vxsetup.config.load import load
    from vxsetup.facts.base import Facts
    from vxsetup.findings import Severity, Verdict
    from vxsetup.rules.circumstances import Circumstances

    found = load(Path(path), lambda asked: text.encode())
    configs = Configs((found.file,), found.findings, found.projects, dict(found.sources))
    report = make_report("init", configs, Circumstances(now, catalogue, online=False, probe="none"), Facts())
    failed = [one for one in report.findings if one.verdict is Verdict.FAIL]
    for one in failed:
        if one.severity is Severity.ERROR:
            fix = f" Next: {one.fix.summary}" if one.fix is not None else ""
            raise Refused(f"nothing was written: {one.rule}: {one.message}{fix}")
    for one in failed:
        if one.severity is Severity.WARNING:
            fix = f" {one.fix.summary[:1].upper()}{one.fix.summary[1:]}" if one.fix is not None else ""
            complain(f"{one.rule}: {one.message}{fix}")


def new_file(path: str, text: str) -> None:
    """Write a file that is not there yet, whole or not at all. Ends the command where it is there by now."""
    target = Path(path)
    handle, name = -1, ""
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".vxsetup-init.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        os.link(name, target)  # fails where something is there by now, even a link to nowhere
    except FileExistsError as error:
        raise Refused(f"{path} is there already; init writes over it only with --force") from error
    except OSError as error:
        raise Refused(f"{path} cannot be written: {error.strerror}") from error
    finally:
        if name:
            with contextlib.suppress(OSError):
                Path(name).unlink()
