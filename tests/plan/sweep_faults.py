"""One request of ``apply`` is broken, in every way that a request can break; then the story goes on in a cloud that works."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from sweeps import MOST_RUNS, READS, Case, body_of, difference, settled

from vxsetup.cli.emulation import Emulation
from vxsetup.cli.root import run
from vxsetup.cloud.call import Failure, NoAnswer
from vxsetup.cloud.session import HttpRequest, HttpResponse
from vxsetup.emulator.errors import google

AT = "2026-11-22T12:00:00Z"
Sent = HttpResponse | NoAnswer


def _refused(status: int) -> HttpResponse:
    found = google(status, "Broken on purpose.")
    return HttpResponse(found.status, found.headers, found.body)


INSTEAD: Mapping[str, Sent] = {
    **{str(status): _refused(status) for status in (403, 409, 429, 500, 503)},
    "timeout": NoAnswer(Failure.TIMEOUT, "no answer within 15 s", AT),
    "dropped": NoAnswer(Failure.NETWORK, "the connection was reset", AT),
    "operation error": HttpResponse(
        200, {}, b'{"name":"operations/x","done":true,"error":{"code":13,"message":"Broke."}}'
    ),
}
LOST = NoAnswer(Failure.NETWORK, "the connection was reset", AT)
FAULTS = (*INSTEAD, "answer lost", "answer lost once")
"""``answer lost``: the request is carried out each time, and its answer never comes; ``once``: only the first time."""


SAME_AGAIN = ("/billingInfo", ":batchEnable", ":enableModel", ":setPublisherModelConfig")
"""Changes that end the same however often they are made: with a lost answer they are simply sent again."""


@dataclass(frozen=True)
class Whole:
    """How a story ends that was let be: the world after its first run and at its end, each request, what was done how
    often, and the things that ``destroy`` would see."""

    first: Any
    end: Any
    requests: tuple[str, ...]
    done: Counter[str]
    things: frozenset[str]


class Watched:
    """The emulated cloud of a folder: what it is asked, what it did, and how one of its requests is broken."""

    def __init__(self, case: Case, folder: Path) -> None:
        self.asked: dict[str, None] = {}
        self.done: Counter[str] = Counter()
        self.broken, self.fault = "", ""
        self._struck = 0
        self._lock = threading.Lock()
        self.folder = folder
        folder.joinpath("vxsetup.yaml").write_text(case.config)
        folder.joinpath("world.yaml").write_text(yaml.safe_dump(dict(case.world)))

    def send(self, send: Callable[[Emulation, HttpRequest], Sent], emulation: Emulation, request: HttpRequest) -> Sent:
        """Answer one request."""
        line = f"{request.method} {request.url}"
        with self._lock:
            self.asked[line] = None
            due = line == self.broken and not (self.fault == "answer lost once" and self._struck)
            self._struck += due
        if due and self.fault in INSTEAD:
            return INSTEAD[self.fault]
        found = send(emulation, request)
        if changing(line) and isinstance(found, HttpResponse) and 200 <= found.status < 300:
            with self._lock:
                self.done[f"{line} {body_of(request.body)}"] += 1
        return LOST if due else found

    def vxsetup(self, *words: str) -> tuple[int, str]:
        """Run a command in the folder; its exit code, and what it wrote."""
        command = [*words, "vxsetup.yaml", "--emulate", "world.yaml", "--emulate-state", "state.yaml"]
        out = io.StringIO()
        with self._at_home(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = run(command)
        assert "has a bug" not in out.getvalue(), out.getvalue()
        return code, out.getvalue()

    @contextlib.contextmanager
    def _at_home(self) -> Iterator[None]:
        send, before = Emulation.send, Path.cwd()

        def watched(emulation: Emulation, request: HttpRequest) -> Sent:
            return self.send(send, emulation, request)

        os.chdir(self.folder)
        Emulation.send = watched  # type: ignore[method-assign,assignment]
        try:
            yield
        finally:
            Emulation.send = send  # type: ignore[method-assign]
            os.chdir(before)

    def world(self) -> Any:
        """The world of now, without times."""
        return settled(self.folder.joinpath("state.yaml").read_text())

    def to_the_end(self) -> None:
        """Apply until nothing more is done."""
        for _ in range(MOST_RUNS):
            before = self.done.total()
            code, out = self.vxsetup("apply", "--yes")
            assert code in (0, 5), out
            if self.done.total() == before:
                return
        raise AssertionError(f"{MOST_RUNS} runs, and still there is something to do: {out[-600:]}")

    def things(self) -> dict[str, str | None]:
        """Each thing that ``destroy`` sees as vxsetup's, and the option that it would take."""
        code, out = self.vxsetup("destroy", "--dry-run", "--apis", "--billing", "--format", "json")
        assert code == 0, out
        return {row["step"]: row["option"] for row in json.loads(out)["things"]}


def changing(line: str) -> bool:
    """Whether a request changes something."""
    return not line.startswith("GET") and not line.partition("?")[0].rpartition(":")[2].startswith(READS)


def undisturbed(case: Case, folder: Path) -> Whole:
    """Apply to the end, without harm."""
    cloud = Watched(case, folder)
    code, out = cloud.vxsetup("apply", "--yes")
    assert code in (0, 5), out
    first, requests = cloud.world(), tuple(cloud.asked)
    cloud.to_the_end()
    return Whole(first, cloud.world(), requests, cloud.done.copy(), frozenset(cloud.things()))


def broken(case: Case, request: str, fault: str, folder: Path, whole: Whole) -> dict[str, Any]:
    """What comes of a story whose first run meets a broken request: what was wrong, if anything, and what is unproven."""
    cloud = Watched(case, folder)
    cloud.broken, cloud.fault = request, fault
    try:
        code, out = cloud.vxsetup("apply", "--yes", "--deadline", "60")
        state = folder.joinpath("state.yaml")
        after = cloud.world() if state.exists() else None
        told = re.search(r"(?m)^[✗?!] ", out.rpartition("\nPlan:")[2]) is not None
        assert code in (0, 5), f"exit code {code}: {out[-600:]}"
        assert code == 5 or after == whole.end, "it said that all is done, and it was not"
        if changing(request) and after not in (whole.first, whole.end):
            assert told, f"nothing was said of what failed: {out[-600:]}"
        cloud.broken = ""
        cloud.to_the_end()
        assert cloud.world() == whole.end, f"another end: {difference(whole.end, cloud.world())}"
        often = {line: count for line, count in cloud.done.items() if count > whole.done[line]}
        # Each try of the broken request is carried out, which for some is the same as once. Whether a model is enabled
        # shows in no read, so that it is asked for again until a request gets through.
        again = {line for line in often if line.startswith(f"{request} ") and any(one in request for one in SAME_AGAIN)}
        again |= {line for line in often if ":enableModel" in line}
        assert not often.keys() - again, f"done too often: {often}"
        things = cloud.things()
        lost = sorted(whole.things - things.keys())
        assert not lost, f"destroy would leave behind {lost}"
    except AssertionError as error:
        return {"wrong": str(error)[:900]}
    return {"code": code, "unproven": sorted(step for step, option in things.items() if option == "--unproven")}
