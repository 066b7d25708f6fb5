"""Serves a state to any client over HTTP on loopback: the impure shell around ``service.handle``.

One port and one shared root serve every API. The clock is real, and latency is really slept.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from .errors import google
from .http import Request, Response
from .service import handle
from .state import State
from .world import write_world

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_MAX_BODY = 64 * 1024 * 1024
_HANG_S = 3600.0


def _clock() -> datetime:
    return datetime.now(UTC)


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new, never a part. Raises OSError."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


class EmulatorServer:
    """An emulator on a loopback port; a context manager, or ``start`` and ``stop`` by hand.

    ``port`` 0 takes a free one; ``base_url`` says which. With ``state_file`` the state is written there, in world
    format, after each request that changed it. ``clock`` is for tests; the default is the real time.

    Raises ValueError for a host that is not loopback: the emulator's tokens protect nothing.
    """

    def __init__(
        self,
        state: State,
        port: int = 0,
        host: str = "127.0.0.1",
        state_file: Path | None = None,
        clock: Callable[[], datetime] = _clock,
        log: Callable[[str], None] | None = None,
    ) -> None:
        if host not in LOOPBACK:
            raise ValueError(f"the emulator serves only on loopback, not on {host}")
        self._state = state
        self._file = state_file
        self._clock = clock
        self._log = log
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server((host, port), type("Handler", (_Handler,), {"owner": self}))
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        """``http://127.0.0.1:PORT``, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def state(self) -> State:
        """The state as it is now."""
        with self._lock:
            return self._state

    def answer(self, request: Request) -> Response:
        """Answer one request and keep the state that follows from it."""
        with self._lock:
            after, response = handle(self._state, request, self._clock())
            changed = after is not self._state
            self._state = after
            if changed and self._file is not None:
                response = self._kept(self._file, after, response)
        if self._log is not None:
            self._log(f"{request.method} {urlsplit(request.url).path} {response.broken or response.status}")
        return response

    def _kept(self, file: Path, state: State, response: Response) -> Response:
        """The response, once the state is on disk; a 500 where it could not be written."""
        try:
            write_atomically(file, write_world(state))
        except OSError as error:
            return google(500, f"The emulator could not write its state file: {error.strerror or 'unknown fault'}.")
        return response

    def wait(self, seconds: float) -> None:
        """Sleep, but not past the server's end."""
        self._closing.wait(seconds)

    def start(self) -> Self:
        """Serve in a thread."""
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def serve_forever(self) -> None:
        """Serve in this thread until ``stop`` is called from another, or until interrupted."""
        self._server.serve_forever(0.2)

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._closing.set()
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for one connection; ``owner`` is set by the server that it belongs to."""

    owner: EmulatorServer

    # Headers and body leave in one write: two cost 40 ms an answer, while the client delays its acknowledgement.
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536
    timeout = 60
    server_version = "vxsetup-emulator"
    sys_version = ""

    def serve(self) -> None:
        body = self._body()
        if body is None:
            return
        url = self.path
        headers = {name.lower(): value for name, value in self.headers.items()}
        response = self.owner.answer(Request(self.command, url, headers, body))
        if response.latency_ms:
            self.owner.wait(response.latency_ms / 1000)
        self._send(response)

    def _body(self) -> bytes | None:
        """The request's body, by length or in chunks; None (and an answer) where it cannot be read."""
        if "chunked" in self.headers.get("transfer-encoding", "").lower():
            return self._chunks()
        length = self.headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:12]) > _MAX_BODY:
            self.close_connection = True
            self.send_error(413)
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True  # the client went away in the middle: half a request is none
            return None
        return body

    def _chunks(self) -> bytes | None:
        found = bytearray()
        while True:
            size = self.rfile.readline(80).split(b";")[0].strip()
            try:
                count = int(size, 16)
            except ValueError:
                count = -1
            if count < 0 or len(found) + count > _MAX_BODY:
                self.close_connection = True
                self.send_error(400)
                return None
            found += self.rfile.read(count)
            self.rfile.readline(80)
            if count == 0:
                return bytes(found)

    def _send(self, response: Response) -> None:
        if response.broken in ("timeout", "reset"):
            if response.broken == "timeout":
                self.owner.wait(_HANG_S)
            self.close_connection = True
            return
        body = response.body
        announced = len(body) + (64 if response.broken == "truncated" else 0)
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(announced))
        if response.broken:
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: the server's own log says what is worth saying."""

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = serve  # noqa: N815


def serve_until_interrupted(server: EmulatorServer) -> None:
    """Serve in this thread until Ctrl-C."""
    try:
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
    finally:
        server.stop()
