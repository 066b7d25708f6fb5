"""One run of ``apply``: which plan, whether it still stands, the asking, the steps with their journal, and what came of it."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

import click

from vxsetup.cli.output import Refused, complain, echo, style, typed
from vxsetup.cli.provisioning import Ground, judged_again, looker, plan_of, sound_configs
from vxsetup.cli.running import EXIT_INCOMPLETE, EXIT_INTERRUPTED, Stop, agreed, command_line

if TYPE_CHECKING:
    from vxsetup.cli.asking import Asked
    from vxsetup.cli.configs import Configs
    from vxsetup.findings import Report, Step
    from vxsetup.plan.apply import Applied, Tools
    from vxsetup.plan.file import Saved
    from vxsetup.plan.journal import History
    from vxsetup.plan.state import Writer

PEOPLE = 3600.0
"""Seconds that ``--wait`` gives to people."""
_CUT = re.compile(r'\{\s*"format":\s*"vxsetup\.plan/')
"""How a plan file begins, whatever became of the rest of it."""
HEARTBEAT = 10
"""Seconds between two lines that say that something still goes on."""
OF_PEOPLE = 300
"""Seconds between two such lines about what people do."""


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
        self._stop = Stop("steps")
        self._saved: Saved | None = None
        self._events: TextIO | None = None
        self._beats: dict[str, int] = {}
        self._telling = threading.Lock()

    def go(self) -> int:
        """The whole run; its exit code."""
        from vxsetup.cli.asking import progress
        from vxsetup.cli.configs import one_project, read_catalogue

        saved = self._saved = _saved(self._set.paths, self._set.environment)
        paths = (saved.file,) if saved is not None else self._set.paths
        environment = saved.environment if saved is not None else self._set.environment
        configs = sound_configs(paths, environment)
        project = one_project(configs, "apply works on")
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
        if saved is not None and not lacking and not self._set.yes and self._set.format_ == "text":
            self._remind(ground, steps)
        if any(step.by_hand is None for step in steps) and not self._agreed():
            complain("Nothing was changed.")
            return EXIT_INCOMPLETE
        with self._stop.heard(), self._recording():
            results = self._applied(ground, journal, steps, saved)
        report = judged_again(ground, configs, "apply")
        journal.write("run_ended", verdict=report.verdict, states={r.step.id: r.state.value for r in results})
        self._show_results(ground, results, report)
        if self._stop.asked_for():
            return EXIT_INTERRUPTED
        good = all(result.state.value == "done" for result in results) and report.verdict == "ready"
        return 0 if good or (report.verdict == "ready" and not steps) else EXIT_INCOMPLETE

    # Before anything is done

    @contextmanager
    def _journal(self, ground: Ground) -> Iterator[tuple[Writer, History]]:
        from vxsetup.cli.settling import settle
        from vxsetup.cli.state import opened

        with opened(self._set.state, ground.project, self._asked) as (journal, history):
            if history.broken:
                lines = ", ".join(str(number) for number in history.broken)
                complain(
                    f"{journal.name}: line {lines} cannot be read, as after a crash; the cloud itself was read anew."
                )
            for name, entry in history.open_steps().items():
                complain(
                    f"An earlier run was cut off in the middle of {entry.data.get('title', name)!r}; it is looked at anew."
                )
            yield journal, settle(history, self._asked, journal)

    def _fitting(self, saved: Saved | None, ground: Ground, history: History) -> frozenset[str] | None:
        """The steps that this saved plan has done before; None where the plan no longer fits, which was then said."""
        from vxsetup.plan.file import config_digest, moved, needed_again

        if saved is None:
            return frozenset()
        if config_digest(ground.project) != saved.config:
            complain(f"The plan is stale: {saved.file} asks for something else now. Plan again: {self._anew(saved)}")
            return None
        own = history.of_plan(saved.digest)
        done = {name for name, entry in own.ended().items() if entry.data.get("state") == "done"}
        undone = needed_again(saved, ground.planned, done)
        for step in undone:
            complain(f"This plan has done it before, and it is needed again: {step.title}")
        done -= {step.id for step in undone}
        # A run that was killed after a change has no line for its end; what is no longer needed then was its own doing.
        done |= own.open_steps().keys() - {step.id for step in ground.planned.steps}
        stale = moved(saved, ground.planned, frozenset(done))
        if stale:
            complain("The plan is stale, and nothing was changed. Since it was made:")
            for each in stale:
                complain(f"  {each.step.title}: {each.says}")
            complain(f"Plan again: {self._anew(saved)}")
            return None
        return frozenset(done)

    def _anew(self, saved: Saved) -> str:
        """The command that makes a saved plan anew."""
        return command_line("plan", *_about(saved), "--out", self._set.paths[0], without=("environment",))

    def _show_plan(self, ground: Ground) -> None:
        from vxsetup.plan.file import document, plan_data
        from vxsetup.report.plan import plan_text

        data = document([plan_data(ground.planned, ground.project, ground.lacks)], {})
        echo(plan_text(data, style(self._set.color), 0, None))

    def _remind(self, ground: Ground, steps: Sequence[Step]) -> None:
        """What is about to be agreed to, in short: the plan itself was read when it was made."""
        signs = {"create": "+", "change": "~", "by_hand": "by hand:"}
        complain(f"{self._set.paths[0]}, for {ground.project.id}:")
        for step in steps:
            complain(f"  {signs[step.kind.value]} {step.title}")

    def _agreed(self) -> bool:
        return agreed(self._set.yes, "apply changes the cloud", "Do these steps? Only yes is taken", "yes")

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
        while open_ and not self._stop.asked_for() and self._people_did(open_):
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
        from vxsetup.plan.order import freed

        done = frozenset(result.step.id for result in results if result.state is StepState.DONE)
        skipped = frozenset(result.step.id for result in results if result.state is StepState.SKIPPED)
        free = freed(steps, done, skipped)
        if not free:
            return results
        again = [step for step in steps if step.id in free or step.id in done]
        more = {one.step.id: one for one in apply(again, tools, done)}
        return tuple(more.get(result.step.id, result) for result in results)

    def _people_did(self, steps: Sequence[Step]) -> bool:
        """Whether to look at steps of people's now: with --wait, or when the person at the terminal says so."""
        asks = not self._set.wait and not self._set.yes and sys.stdin.isatty()
        if asks or (self._set.wait and sys.stderr.isatty()):
            for step in steps:
                url = f"  {step.by_hand.url}" if step.by_hand and step.by_hand.url else ""
                complain(f"By hand: {step.title}{url}")
        if self._set.wait:
            complain(f"Looking again until that is done, for {PEOPLE / 60:.0f} minutes at most; ^C ends the waiting.")
            return True
        done = False
        if asks:
            with self._stop.question():
                done = click.confirm("Is it done? Then vxsetup looks", default=False, err=True)
        return done

    def _tools(self, ground: Ground, journal: Writer) -> Tools:
        from vxsetup.plan.apply import Tools

        clock = self._asked.clock

        def sleep(seconds: float) -> None:
            self._stop.sleep(clock.sleep, seconds)

        return Tools(
            send=self._asked.send,
            look=looker(ground),
            sleep=sleep,
            seconds=lambda: clock.now().timestamp(),
            journal=journal,
            stamp=clock.stamp,
            tell=self._tell,
            stopped=self._stop.asked_for,
            deadline=self._set.deadline,
        )

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
            if waited - self._beats.get(step.id, 0) >= (HEARTBEAT if step.by_hand is None else OF_PEOPLE):
                self._beats[step.id] = waited
                complain(f"Still waiting: {step.title} [{waited // 60:02d}m{waited % 60:02d}s]")
        elif event == "step_ended" and data["state"] not in ("skipped", "by_hand"):  # the list at the end tells those
            says = f": {data['says']}" if data["says"] else ""
            complain(f"{_sentence(step.title)}: {str(data['state']).replace('_', ' ')}{says}")

    def _show_results(self, ground: Ground, results: Sequence[Applied], report: Report) -> None:
        from vxsetup.report.applied import applied_data, applied_json, applied_text

        rows = [(one.step, one.state.value, one.says, one.permission) for one in results]
        data = applied_data(ground.project.id, ground.project.environment, rows, report.verdict)
        if self._set.format_ == "json":
            echo(applied_json(data))
            return
        echo(applied_text(data, style(self._set.color), self._following(results, report)))

    def _following(self, results: Sequence[Applied], report: Report) -> str:
        if not all(one.state.value in ("done", "by_hand") for one in results):
            return command_line("apply", self._set.paths)
        if self._saved is None:
            return command_line("check", self._set.paths)
        return command_line("check", *_about(self._saved), without=("environment",))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _plan_text(path: str) -> str | None:
    """The text of a file that says that it is a plan; None for any other."""
    from vxsetup.cli.reading import read_text

    text = read_text(path)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return text if _CUT.match(text) else None
    kind = data.get("format") if isinstance(data, dict) else None
    return text if isinstance(kind, str) and kind.startswith("vxsetup.") else None


def _saved(paths: tuple[str, ...], environment: str | None) -> Saved | None:
    """The saved plan that the arguments name; None where they name configs. Ends the command where it is no good."""
    from vxsetup.plan.file import PlanProblem, read_plan

    plans = {path: text for path in paths if path.endswith(".json") and (text := _plan_text(path)) is not None}
    if not plans:
        return None
    path = next(iter(plans))
    if len(paths) > 1:
        raise Refused(f"{path} is a saved plan, which goes alone: it names the config that it was made for")
    found = read_plan(plans[path])
    if isinstance(found, PlanProblem):
        raise Refused(f"{path} cannot be applied: {found.message}")
    if environment is not None and environment != found.environment and typed("environment"):
        made_for = f"the environment {found.environment}" if found.environment else "a config without environments"
        raise Refused(f"{path} is a plan for {made_for}, so --env {environment} does not go with it")
    return found


def _about(saved: Saved) -> tuple[tuple[str, ...], *tuple[str, ...]]:
    """The paths and the options of a command about the config of a saved plan."""
    from vxsetup.config.files import DEFAULT

    paths = (saved.file,) if saved.file != DEFAULT else ()
    return (paths, "--env", saved.environment) if saved.environment else (paths,)


def _chosen(steps: tuple[Step, ...], saved: Saved | None, done: frozenset[str]) -> tuple[Step, ...]:
    """The steps to do: those of the saved plan that are still to be done, or all."""
    if saved is None:
        return steps
    wanted = {step.id for step in saved.steps}
    return tuple(step for step in steps if step.id in wanted and step.id not in done)
