"""The project schema in an editor: yaml-language-server completes keys and marks what is wrong, by the modeline alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
from page_tools import npm_packages

pytestmark = pytest.mark.clients
ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(path.parent.name for path in (ROOT / "examples").glob("*/vxsetup.yaml"))


class Server:
    """A language server over its standard streams."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._process = subprocess.Popen(
            ["node", str(program), "--stdio"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._came: Queue[dict[str, Any]] = Queue()
        self._number = 0
        threading.Thread(target=self._read, daemon=True).start()
        self.ask("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}})
        self._send({"method": "initialized", "params": {}})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0"} | message).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        self._process.stdin.flush()

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while header := stream.readline():
            length = int(header.split(b":")[1])
            while stream.readline().strip():
                pass
            message = json.loads(stream.read(length))
            if "id" in message and "method" in message:  # the server asks: settings and the like, which have defaults
                items = message.get("params", {}).get("items", [])
                self._send({"id": message["id"], "result": [{} for _ in items] if items else None})
            else:
                self._came.put(message)

    def _next(self, wanted: Any) -> dict[str, Any]:
        try:
            while True:
                message = self._came.get(timeout=30)
                if wanted(message):
                    return message
        except Empty:
            raise AssertionError("the language server did not answer") from None

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        """The result of a request."""
        self._number += 1
        number = self._number
        self._send({"id": number, "method": method, "params": params})
        return self._next(lambda message: message.get("id") == number)["result"]

    def opens(self, file: Path, text: str) -> list[dict[str, Any]]:
        """Open a document and give its diagnostics."""
        file.write_text(text, "utf-8")
        document = {"uri": file.as_uri(), "languageId": "yaml", "version": 1, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        message = self._next(
            lambda m: m.get("method") == "textDocument/publishDiagnostics" and m["params"]["uri"] == file.as_uri()
        )
        found: list[dict[str, Any]] = message["params"]["diagnostics"]
        return found

    def completes(self, file: Path, line: int, character: int) -> set[str]:
        """The words offered at a place (both from 0)."""
        place = {"textDocument": {"uri": file.as_uri()}, "position": {"line": line, "character": character}}
        return {item["label"] for item in self.ask("textDocument/completion", place)["items"]}

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = npm_packages(tmp_path_factory.mktemp("editor"))
    return folder / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"


@pytest.fixture
def server(package: Path, tmp_path: Path) -> Iterator[Server]:
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    (tmp_path / "examples" / "mine").mkdir(parents=True)
    started = Server(package, tmp_path)
    yield started
    started.stop()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_without_errors(server: Server, tmp_path: Path, name: str) -> None:
    text = (ROOT / "examples" / name / "vxsetup.yaml").read_text("utf-8")
    assert text.startswith("# yaml-language-server: $schema=../../schemas/project.schema.json")
    assert server.opens(tmp_path / "examples" / "mine" / "vxsetup.yaml", text) == []


def test_keys_are_completed_and_mistakes_marked(server: Server, tmp_path: Path) -> None:
    text = (ROOT / "examples" / "ready" / "vxsetup.yaml").read_text("utf-8")
    file = tmp_path / "examples" / "mine" / "vxsetup.yaml"
    (marked,) = server.opens(file, text + "modells: []\n")
    assert "modells" in marked["message"]
    assert marked["range"]["start"]["line"] == text.count("\n")
    other = tmp_path / "examples" / "mine" / "other.vxsetup.yaml"
    server.opens(other, text + "\n")
    assert {"quota", "logging", "environments", "suppress"} <= server.completes(other, text.count("\n"), 0)
