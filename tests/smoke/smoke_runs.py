"""Worlds and runs for the tests of ``vxsetup smoke``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vxsetup.catalog import Catalogue, load_catalogue
from vxsetup.cli import emulation
from vxsetup.cli.root import run
from vxsetup.cloud.session import HttpRequest, HttpResponse

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))
ROOT = Path(__file__).resolve().parents[2]
READY = ROOT / "examples" / "ready"
CONFIG = str(READY / "vxsetup.yaml")
WORLD = str(READY / "world.yaml")


def catalogue() -> Catalogue:
    """The shipped catalogue."""
    found = load_catalogue()
    assert isinstance(found, Catalogue)
    return found


@contextmanager
def changed(
    monkeypatch: Any, change: Callable[[HttpRequest, HttpResponse], HttpResponse]
) -> Iterator[list[HttpRequest]]:
    """Between vxsetup and the emulator stands something that changes answers; yields the requests that passed it."""
    seen: list[HttpRequest] = []
    real = emulation.Emulation.send

    def between(self: emulation.Emulation, request: HttpRequest) -> Any:
        seen.append(request)
        answer = real(self, request)
        return change(request, answer) if isinstance(answer, HttpResponse) else answer

    with monkeypatch.context() as patched:
        patched.setattr(emulation.Emulation, "send", between)
        yield seen


def edited(response: HttpResponse, edit: Mapping[str, Any]) -> HttpResponse:
    """The answer with some fields of its message replaced; None removes."""
    data = {**json.loads(response.body), **edit}
    body = json.dumps({key: value for key, value in data.items() if value is not None}).encode()
    return HttpResponse(response.status, response.headers, body, response.first_byte, response.total)


def smoke(capsys: Any, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """The exit code, the JSON document and standard error of a run."""
    capsys.readouterr()
    code = run(["smoke", *arguments, "--format", "json"])
    captured = capsys.readouterr()
    return code, json.loads(captured.out) if captured.out else {}, captured.err


def check(document: Mapping[str, Any], name: str, number: int = 0) -> dict[str, Any]:
    """One check of a request."""
    found: dict[str, Any] = next(one for one in document["requests"][number]["checks"] if one["name"] == name)
    return found
