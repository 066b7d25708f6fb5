"""One run of ``destroy``: what the journal holds, how it stands, the asking, the removals one after another, their lines."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vxsetup.cli.made import stand, tell_broken
from vxsetup.cli.output import complain, echo, style
from vxsetup.cli.running import EXIT_INCOMPLETE, EXIT_INTERRUPTED, Stop, agreed, command_line

if TYPE_CHECKING:
    from vxsetup.cli.asking import Asked
    from vxsetup.config.project import Project
    from vxsetup.plan.destroy import Removal, Wish
    from vxsetup.plan.journal import History
    from vxsetup.plan.made import Thing
    from vxsetup.plan.state import Writer


@dataclass(frozen=True)
class Settings:
    """The options of the command."""

    paths: tuple[str, ...]
    yes: bool
    wish: Wish
    left_over: bool
    dry_run: bool
    state: str
    deadline: float
    environment: str | None
    catalog: str | None
    format_: str
    color: str


class Run:
    """One run of destroy over one project."""

    def __init__(self, settings: Settings, asked: Asked) -> None:
        self._set = settings
        self._asked = asked
        self._stop = Stop("removal")

    def go(self) -> int:
        """The whole run; its exit code."""
        from vxsetup.cli.configs import one_project
        from vxsetup.cli.provisioning import sound_configs
        from vxsetup.cli.settling import settle
        from vxsetup.cli.state import opened, read_only

        project = one_project(sound_configs(self._set.paths, self._set.environment), "destroy works on")
        if self._set.dry_run:
            history, name = read_only(self._set.state, project, self._asked)
            return self._shown(project, self._fates(project, settle(history, self._asked, None), name))
        with opened(self._set.state, project, self._asked) as (journal, history):
            history = settle(history, self._asked, journal)
            return self._removed(project, journal, self._fates(project, history, journal.name))

    def _fates(self, project: Project, history: History, name: str) -> tuple[Removal, ...]:
        """What the journal holds, and what becomes of each thing."""
        from vxsetup.cloud.undo import undoings
        from vxsetup.plan.destroy import dependent, removals
        from vxsetup.plan.made import left_over, things

        tell_broken(history, name)
        found = things(history)
        if self._set.left_over:
            from vxsetup.cli.configs import read_catalogue
            from vxsetup.rules.path import Declaration

            found = left_over(found, Declaration(project, read_catalogue(self._set.catalog)))
        stays = {kind: undoing.stays for kind, undoing in undoings().items()}
        return dependent(removals(found, stand(found, self._asked, project), stays, self._set.wish))

    def _shown(self, project: Project, fates: Sequence[Removal]) -> int:
        self._show(project, fates, {}, False)
        return 0

    def _removed(self, project: Project, journal: Writer, fates: tuple[Removal, ...]) -> int:
        from vxsetup.plan.destroy import Fate

        todo = [row for row in fates if row.fate is Fate.REMOVE]
        if todo and self._set.format_ == "text" and not self._set.yes:
            self._show(project, fates, {}, False)
        if todo and not self._agreed(project.id):
            complain("Nothing was removed.")
            return EXIT_INCOMPLETE
        with self._stop.heard():
            ended = self._remove_all(project, journal, fates, todo)
        self._show(project, fates, ended, True)
        if self._stop.asked_for():
            return EXIT_INTERRUPTED
        return 0 if all(says is None for says in ended.values()) else EXIT_INCOMPLETE

    def _agreed(self, project: str) -> bool:
        question = f"Remove what is marked with a minus? Type the project id, {project}, to do it"
        return agreed(self._set.yes, "destroy removes things from the cloud", question, project)

    def _remove_all(
        self, project: Project, journal: Writer, fates: Sequence[Removal], todo: Sequence[Removal]
    ) -> dict[str, str | None]:
        """Remove each thing; by step, None or the words of what went wrong. One failure does not keep the others."""
        from vxsetup.plan.destroy import Fate

        gone = [row.thing.step for row in fates if row.fate is Fate.GONE]
        if not todo and not gone:
            return {}
        journal.write(
            "destroy_begun",
            project=project.id,
            environment=project.environment,
            caller=self._asked.caller.principal,
            steps=[row.thing.step for row in todo],
        )
        for step in gone:
            journal.write("removal_ended", step, state="done", says="it was gone already")
        ended: dict[str, str | None] = {}
        for row in todo:
            if self._stop.asked_for():
                ended[row.thing.step] = "not begun: the run was stopped"
                continue
            ended[row.thing.step] = self._remove(row.thing, journal)
        journal.write("destroy_ended", left=[step for step, says in ended.items() if says is not None])
        return ended

    def _remove(self, thing: Thing, journal: Writer) -> str | None:
        from vxsetup.cloud.changes.base import Hands, NotChanged
        from vxsetup.cloud.undo import Made, remove

        clock = self._asked.clock

        def wait(seconds: float) -> bool:
            return self._stop.sleep(clock.sleep, seconds)

        journal.write("removal_begun", thing.step, title=thing.title)
        if sys.stderr.isatty():
            complain(f"Removing: {thing.name}…")
        hands = Hands(self._asked.send, wait, lambda: clock.now().timestamp(), self._set.deadline)
        made = Made(thing.action, thing.made, thing.depends, self._set.wish.contents)
        changed = remove(made, hands)
        failed = isinstance(changed, NotChanged)
        says = changed.says if isinstance(changed, NotChanged) else ""
        journal.write("removal_ended", thing.step, state="failed" if failed else "done", says=says)
        if isinstance(changed, NotChanged):
            return says + (f" (ask for {changed.permission})" if changed.permission else "")
        return None

    def _show(self, project: Project, fates: Sequence[Removal], ended: dict[str, str | None], done: bool) -> None:
        from vxsetup.report.destroyed import destroyed_data, destroyed_json, destroyed_text

        rows: list[dict[str, Any]] = [_row(row, ended, done) for row in fates]
        data = destroyed_data(project.id, project.environment, rows, done)
        if self._set.format_ == "json":
            echo(destroyed_json(data))
        else:
            echo(destroyed_text(data, style(self._set.color), self._following(rows, done)))

    def _following(self, rows: Sequence[dict[str, Any]], done: bool) -> str | None:
        """The command that comes next: destroy again with the options that would remove more, or none."""
        if not done and not self._set.dry_run:
            return None
        failed = any(row["state"] == "failed" for row in rows)
        options = list(dict.fromkeys(row["option"] for row in rows if row["option"]))
        removable = any(row["state"] == "remove" for row in rows)
        if not (failed or options or removable):
            return None
        more = ["--left-over"] if self._set.left_over else []
        more += [] if removable and not failed else options
        return command_line("destroy", self._set.paths, *more)


def _row(row: Removal, ended: dict[str, str | None], done: bool) -> dict[str, Any]:
    state = row.fate.value
    says = row.why
    if done and row.thing.step in ended:
        state = "failed" if ended[row.thing.step] is not None else "removed"
        says = ended[row.thing.step] or ""
    return {
        "step": row.thing.step,
        "title": row.thing.name,
        "state": state,
        "says": says,
        "option": row.option if state == "keep" else None,
        "remains": row.after if state in ("remove", "removed") else "",
        "made_at": row.thing.at,
        "certain": row.thing.certain,
        "changes": [{"attribute": a.attribute, "before": a.before, "after": a.after} for a in row.alterations],
    }
