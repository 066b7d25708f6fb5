"""One run of ``apply``: which plan, whether it still stands, the asking, the steps with their journal, and what came of it."""

from __future__ import annotations

import json
import secrets
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

import click

from vxsetup.cli.output import Refused, complain, echo, style
from vxsetup.cli.provisioning import Ground, judged_again, looker, plan_of, sound_configs

if TYPE_CHECKING:
    from vxsetup.cli.asking import Asked
    from vxsetup.cli.configs import Configs
    from vxsetup.findings import Report, Step
    from vxsetup.plan.apply import Applied, Tools
    from vxsetup.plan.file import Saved
    from vxsetup.plan.journal import History
    from vxsetup.plan.state import Writer

EXIT_INCOMPLETE = 5
EXIT_INTERRUPTED = 130
PEOPLE = 3600.0
"""Seconds that ``--wait`` gives to people."""
HEARTBEAT = 10
"""Seconds between two lines that say that something still goes on."""


@dataclass(frozen=True)
class Settings:
    """The options of the command."""

    paths: tuple[str, ...]
    yes: bool
    wait: bool
    state: str
    events: str | None
    deadline: float
    environment: str | None
    catalog: str | None
    now: datetime | None
    format_: str
    color: str


class Run:
    """One run of apply over one project."""

    def __init__(self, settings: Settings, asked: Asked) -> None:
        self._set = settings
        self._asked = asked
        self._stop = threading.Event()
        self._events: TextIO | None = None
        self._beats: dict[str, int] = {}
        self._telling = threading.Lock()

    def go(self) -> int:
        """The whole run; its exit code."""
        from vxsetup.cli.asking import progress
        from vxsetup.cli.configs import read_catalogue

        saved = _saved(self._set.paths)
        paths = (saved.file,) if saved is not None else self._set.paths
        environment = saved.environment if saved is not None else self._set.environment
        configs = _of_one_project(sound_configs(paths, environment))
        project = configs.projects[0]
        with progress() as show:
            ground = plan_of(project, self._asked, read_catalogue(self._set.catalog), self._set.now, (), show)
        with self._journal(ground) as (journal, history):
            done = self._fitting(saved, ground, history)
            if done is None:
                return EXIT_INCOMPLETE
            steps = _chosen(ground.planned.steps, saved, done)
            return self._with_plan(ground, configs, journal, steps, saved)

    def _with_plan(
        self, ground: Ground, configs: Configs, journal: Writer, steps: tuple[Step, ...], saved: Saved | None
    ) -> int:
        lacking = any(lack.known for lack in ground.lacks)
        if self._set.format_ == "text" and (saved is None or lacking):
            self._show_plan(ground)  # a saved plan was shown when it was made
        if lacking:
            complain(
                "Nothing was changed: the caller is without permissions that the steps need; they are listed above."
            )
            return EXIT_INCOMPLETE
        if any(step.by_hand is None for step in steps) and not self._agreed():
            complain("Nothing was changed.")
            return EXIT_INCOMPLETE
        with self._interruptible(), self._recording():
            results = self._applied(ground, journal, steps, saved)
        report = judged_again(ground, configs, "apply")
        journal.write("run_ended", verdict=report.verdict, states={r.step.id: r.state.value for r in results})
        self._show_results(ground, results, report)
        if self._stop.is_set():
            return EXIT_INTERRUPTED
        good = all(result.state.value == "done" for result in results) and report.verdict == "ready"
        return 0 if good or (report.verdict == "ready" and not steps) else EXIT_INCOMPLETE

    # Before anything is done

    @contextmanager
    def _journal(self, ground: Ground) -> Iterator[tuple[Writer, History]]:
        from vxsetup.cli.state import opened

        with opened(self._set.state, ground.project, secrets.token_hex(6), self._asked.clock.stamp) as (
            journal,
            history,
        ):
            if history.broken:
                lines = ", ".join(str(number) for number in history.broken)
                complain(
                    f"{journal.name}: line {lines} cannot be read, as after a crash; the cloud itself was read anew."
                )
            for name, entry in history.open_steps().items():
                complain(
                    f"An earlier run was cut off in the middle of {entry.data.get('title', name)!r}; it is looked at anew."
                )
            yield journal, history

    def _fitting(self, saved: Saved | None, ground: Ground, history: History) -> frozenset[str] | None:
        """The steps that this saved plan has done before; None where the plan no longer fits, which was then said."""
        from vxsetup.plan.file import config_digest, moved

        if saved is None:
            return frozenset()
        if config_digest(ground.project) != saved.config:
            complain(
                f"The plan is stale: {saved.file} asks for something else now. Plan again: vxsetup plan {saved.file}"
            )
            return None
        own = history.of_plan(saved.digest)
        done = {name for name, entry in own.ended().items() if entry.data.get("state") == "done"}
        # A run that was killed after a change has no line for its end; what is no longer needed then was its own doing.
        done |= own.open_steps().keys() - {step.id for step in ground.planned.steps}
        stale = moved(saved, ground.planned, frozenset(done))
        if stale:
            complain("The plan is stale, and nothing was changed. Since it was made:")
            for each in stale:
                complain(f"  {each.step.title}: {each.says}")
            complain(f"Plan again: vxsetup plan {saved.file}")
            return None
        return frozenset(done)

    def _show_plan(self, ground: Ground) -> None:
        from vxsetup.plan.file import document, plan_data
        from vxsetup.report.plan import plan_text

        data = document([plan_data(ground.planned, ground.project, ground.lacks)], {})
        echo(plan_text(data, style(self._set.color), 0, None))

    def _agreed(self) -> bool:
        if self._set.yes:
            return True
        if not sys.stdin.isatty():
            raise Refused("apply changes the cloud; say --yes where nobody can be asked")
        answer = click.prompt("Do these steps? Only yes is taken", default="", show_default=False, err=True)
        return str(answer).strip() == "yes"

    # Doing it

    def _applied(
        self, ground: Ground, journal: Writer, steps: tuple[Step, ...], saved: Saved | None
    ) -> tuple[Applied, ...]:
        from vxsetup.plan.apply import StepState, apply, wait_for_people
        from vxsetup.plan.file import config_digest

        tools = self._tools(ground, journal)
        caller = self._asked.caller.principal
        journal.write(
            "run_begun",
            project=ground.project.id,
            environment=ground.project.environment,
            config=config_digest(ground.project),
            plan=saved.digest if saved is not None else None,
            caller=caller,
            steps=[step.id for step in steps],
        )
        results = apply(steps, tools)
        open_ = [result.step for result in results if result.state is StepState.BY_HAND]
        while open_ and not self._stop.is_set() and self._people_did(open_):
            seconds = PEOPLE if self._set.wait else 0.0
            seen = {one.step.id: one for one in wait_for_people(open_, tools, seconds)}
            results = tuple(seen.get(result.step.id, result) for result in results)
            results = self._after_people(results, steps, tools)
            still = [result.step for result in results if result.state is StepState.BY_HAND]
            if self._set.wait or (len(still) == len(open_) and not sys.stdin.isatty()):
                break
            open_ = still
        return results

    def _after_people(self, results: tuple[Applied, ...], steps: tuple[Step, ...], tools: Tools) -> tuple[Applied, ...]:
        """Do what was skipped because it waited for people who are done now."""
        from vxsetup.plan.apply import StepState, apply

        done = frozenset(result.step.id for result in results if result.state is StepState.DONE)
        skipped = {result.step.id for result in results if result.state is StepState.SKIPPED}
        if not skipped:
            return results
        again = [step for step in steps if step.id in skipped or step.id in done]
        more = {one.step.id: one for one in apply(again, tools, done)}
        return tuple(more.get(result.step.id, result) for result in results)

    def _people_did(self, steps: Sequence[Step]) -> bool:
        """Whether to look at steps of people's now: with --wait, or when the person at the terminal says so."""
        if self._set.wait:
            return True
        if self._set.yes or not sys.stdin.isatty():
            return False
        for step in steps:
            complain(f"By hand: {step.title}" + (f"  {step.by_hand.url}" if step.by_hand and step.by_hand.url else ""))
        return click.confirm("Is it done? Then vxsetup looks", default=False, err=True)

    def _tools(self, ground: Ground, journal: Writer) -> Tools:
        from vxsetup.plan.apply import Tools

        clock = self._asked.clock
        return Tools(
            send=self._asked.send,
            look=looker(ground),
            sleep=clock.sleep,
            seconds=lambda: clock.now().timestamp(),
            journal=journal,
            tell=self._tell,
            stopped=self._stop.is_set,
            deadline=self._set.deadline,
        )

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """The first ^C lets the steps under way end and begins no other; the second one is the usual end."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(signum: int, frame: object) -> None:
            if self._stop.is_set():
                raise KeyboardInterrupt
            self._stop.set()
            complain("Stopping after the steps under way; once more to leave at once.")

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    # Telling of it

    @contextmanager
    def _recording(self) -> Iterator[None]:
        if self._set.events is None:
            yield
            return
        try:
            with open(self._set.events, "w", encoding="utf-8") as file:  # noqa: PTH123
                self._events = file
                yield
        except OSError as error:
            raise Refused(f"{self._set.events} cannot be written: {error.strerror}") from error
        finally:
            self._events = None

    def _tell(self, event: str, step: Step, data: Mapping[str, Any]) -> None:
        with self._telling:
            if self._events is not None:
                line = {"format": "vxsetup.event/1", "at": self._asked.clock.stamp(), "event": event, "step": step.id}
                self._events.write(json.dumps({**line, "title": step.title, **data}, ensure_ascii=True) + "\n")
                self._events.flush()
            if sys.stderr.isatty():
                self._speak(event, step, data)

    def _speak(self, event: str, step: Step, data: Mapping[str, Any]) -> None:
        if event == "step_begun":
            complain(f"{_sentence(step.title)}…")
        elif event == "step_waits":
            waited = int(data["seconds"])
            if waited - self._beats.get(step.id, 0) >= HEARTBEAT:
                self._beats[step.id] = waited
                complain(f"Still waiting: {step.title} [{waited // 60:02d}m{waited % 60:02d}s]")
        elif event == "step_ended":
            says = f": {data['says']}" if data["says"] else ""
            complain(f"{step.title}: {str(data['state']).replace('_', ' ')}{says}")

    def _show_results(self, ground: Ground, results: Sequence[Applied], report: Report) -> None:
        from vxsetup.report.applied import applied_data, applied_json, applied_text

        rows = [(one.step, one.state.value, one.says, one.permission) for one in results]
        data = applied_data(ground.project.id, ground.project.environment, rows, report.verdict)
        if self._set.format_ == "json":
            echo(applied_json(data))
            return
        echo(applied_text(data, style(self._set.color), self._following(results, report)))

    def _following(self, results: Sequence[Applied], report: Report) -> str:
        import shlex

        paths = () if _is_plan(self._set.paths) else self._set.paths
        verb = "check" if all(one.state.value in ("done", "by_hand") for one in results) else "apply"
        words = ["vxsetup", verb, *(self._set.paths if verb == "apply" else paths)]
        context = click.get_current_context(silent=True)
        given = context.params if context is not None else {}
        for name in ("emulate", "emulate_state"):
            words += [f"--{name.replace('_', '-')}", given[name]] if given.get(name) else []
        words += ["--env", self._set.environment] if self._set.environment else []
        return shlex.join(words)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _is_plan(paths: tuple[str, ...]) -> bool:
    return len(paths) == 1 and paths[0].endswith(".json") and _plan_text(paths[0]) is not None


def _plan_text(path: str) -> str | None:
    """The text of a file that says that it is a plan; None for any other."""
    from vxsetup.cli.reading import read_text

    text = read_text(path)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    kind = data.get("format") if isinstance(data, dict) else None
    return text if isinstance(kind, str) and kind.startswith("vxsetup.") else None


def _saved(paths: tuple[str, ...]) -> Saved | None:
    """The saved plan that the arguments name; None where they name configs. Ends the command where it is no good."""
    from vxsetup.plan.file import PlanProblem, read_plan

    if not _is_plan(paths):
        return None
    found = read_plan(_plan_text(paths[0]) or "")
    if isinstance(found, PlanProblem):
        raise Refused(f"{paths[0]} cannot be applied: {found.message}")
    return found


def _of_one_project(configs: Configs, verb: str = "apply") -> Configs:
    if len(configs.projects) > 1:
        names = ", ".join(str(project.environment or project.file) for project in configs.projects)
        raise Refused(f"{verb} works on one project; choose one of {names} with --env or by its file")
    return configs


def _chosen(steps: tuple[Step, ...], saved: Saved | None, done: frozenset[str]) -> tuple[Step, ...]:
    """The steps to do: those of the saved plan that are still to be done, or all."""
    if saved is None:
        return steps
    wanted = {step.id for step in saved.steps}
    return tuple(step for step in steps if step.id in wanted and step.id not in done)
