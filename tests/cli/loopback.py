"""Small servers on this machine's loopback for the tests: a token server and a proxy, each good for one kind of answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Respond = Callable[[BaseHTTPRequestHandler], tuple[int, bytes] | None]


class Server(ThreadingHTTPServer):
    """Remembers what it was asked, and lets a handler hang until the test is over."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, respond: Respond) -> None:
        self.asked: list[str] = []
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), _handler(respond, self))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


def _handler(respond: Respond, owner: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def serve(self) -> None:
            owner.asked.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("content-length", 0)))
            answer = respond(self)
            if answer is None:
                owner.over.wait(60)
                return
            status, body = answer
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing."""

        do_GET = do_POST = do_CONNECT = serve  # noqa: N815

    return Handler


@contextmanager
def server(respond: Respond) -> Iterator[Server]:
    """A server for the time of a ``with`` block."""
    found = Server(respond)
    thread = threading.Thread(target=found.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.over.set()
        found.shutdown()
        thread.join()
        found.server_close()


def tokens(error: str | None = None, description: str = "", status: int = 400) -> Respond:
    """A token server that grants, or refuses as OAuth does (RFC 6749, section 5.2)."""
    granted = {"access_token": "a-token", "expires_in": 3599, "token_type": "Bearer"}
    refused = {"error": error, "error_description": description}
    body = json.dumps(refused if error else granted).encode()
    return lambda _: (status if error else 200, body)


def says(status: int, body: bytes = b"") -> Respond:
    """A server that always answers the same: as a proxy, what it says to CONNECT."""
    return lambda _: (status, body)


def hangs() -> Respond:
    """A server that takes a request and never answers."""
    return lambda _: None
