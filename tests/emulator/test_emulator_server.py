"""The emulator over real sockets: one write, real faults, and a state file that survives."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from emulator_worlds import GOOD_BODY, data

from vxsetup.emulator.server import EmulatorServer, write_atomically
from vxsetup.emulator.world import World, read_world, start, world_from

PREDICT = "/v1/projects/acme-ai-prod/locations/eu/publishers/anthropic/models/claude-sonnet-5-5:rawPredict"
HEADERS = {"Authorization": "Bearer opaque", "X-Goog-User-Project": "acme-ai-prod"}


@pytest.fixture
def server() -> Iterator[EmulatorServer]:
    with EmulatorServer(start(world_from(data()))) as running:
        yield running


def connect(server: EmulatorServer) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(server.base_url.removeprefix("http://"), timeout=5)


def ask(server: EmulatorServer, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    connection = connect(server)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), HEADERS)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_it_answers_over_loopback(server: EmulatorServer) -> None:
    assert ask(server, "POST", PREDICT, GOOD_BODY)[1]["type"] == "message"
    assert ask(server, "GET", "/v3/projects/acme-ai-prod")[1]["projectId"] == "acme-ai-prod"
    assert ask(server, "GET", "/nothing")[0] == 404


def test_one_connection_serves_many_requests_quickly(server: EmulatorServer) -> None:
    connection = connect(server)
    before = time.perf_counter()
    for _ in range(20):
        connection.request("POST", PREDICT, b"{}", HEADERS)
        assert connection.getresponse().read()
    connection.close()
    # Headers and body in two writes would cost 40 ms each time; 20 would take 0.8 s.
    assert time.perf_counter() - before < 0.7


def test_a_chunked_body_is_read(server: EmulatorServer) -> None:
    connection = connect(server)
    chunks = iter([b'{"anthropic_version": ', b'"2026-10-21", "max_tokens": 1, "messages": []}'])
    connection.request("POST", PREDICT, chunks, HEADERS, encode_chunked=True)
    assert b"messages: at least one message" in connection.getresponse().read()
    connection.close()


def test_only_loopback_is_served() -> None:
    with pytest.raises(ValueError, match="only on loopback"):
        EmulatorServer(start(world_from(data())), host="0.0.0.0")


def test_faults_break_the_connection() -> None:
    faults = [
        {"match": "GET /v3/a", "broken": "reset"},
        {"match": "GET /v3/projects/*", "broken": "truncated"},
        {"match": "GET /v3/slow", "broken": "timeout"},
        {"match": "GET /v1/projects/*", "latency_ms": 120},
    ]
    with EmulatorServer(start(world_from(data(faults=faults)))) as server:
        for path, error in (
            ("/v3/a", (http.client.RemoteDisconnected, ConnectionResetError)),
            ("/v3/projects/acme-ai-prod", (http.client.IncompleteRead,)),
        ):
            connection = connect(server)
            connection.request("GET", path, headers=HEADERS)
            with pytest.raises(error):
                connection.getresponse().read()
            connection.close()
        slow = http.client.HTTPConnection(server.base_url.removeprefix("http://"), timeout=0.2)
        slow.request("GET", "/v3/slow", headers=HEADERS)
        with pytest.raises(TimeoutError):
            slow.getresponse()
        slow.close()
        before = time.perf_counter()
        assert ask(server, "GET", "/v1/projects/acme-ai-prod")[0] == 200
        assert time.perf_counter() - before >= 0.12


def test_the_state_file_follows_each_change(tmp_path: Path) -> None:
    file = tmp_path / "state.yaml"
    with EmulatorServer(start(world_from(data())), state_file=file) as server:
        ask(server, "GET", "/v3/projects/acme-ai-prod")
        assert not file.exists(), "a read changes nothing"
        status, _ = ask(server, "POST", "/v1/projects/acme-ai-prod/services/sts.googleapis.com:enable", {})
        assert status == 200
    world = read_world(file.read_text(encoding="utf-8"), file.name)
    assert isinstance(world, World)
    assert "sts.googleapis.com" in world.projects["acme-ai-prod"].services
    assert [path.name for path in tmp_path.iterdir()] == ["state.yaml"]


def test_a_state_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with EmulatorServer(start(world_from(data())), state_file=tmp_path / "no" / "state.yaml") as server:
        status, answer = ask(server, "POST", "/v1/projects/acme-ai-prod/services/sts.googleapis.com:enable", {})
    assert status == 500
    assert "could not write its state file" in answer["error"]["message"]


def test_requests_at_once_lose_no_change() -> None:
    with EmulatorServer(start(world_from(data()))) as server:
        url = "/v1/projects/acme-ai-prod/serviceAccounts"
        threads = [
            threading.Thread(target=ask, args=(server, "POST", url, {"accountId": f"app-number-{number}"}))
            for number in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(server.state.world.projects["acme-ai-prod"].service_accounts) == 13


def test_a_write_is_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    write_atomically(file, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(file, "new \udc80")
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["x.yaml"]


@pytest.mark.parametrize("part", [0.0, 0.5], ids=["no body", "half a body"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_request_whose_client_went_away_in_the_middle_does_nothing(
    server: EmulatorServer, part: float, chunked: bool
) -> None:
    """Headers and body of a request come one after another; a client that is killed between them has asked nothing."""
    body = json.dumps({"policy": {"bindings": []}}).encode()
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    head = f"POST /v3/projects/acme-ai-prod:setIamPolicy HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer opaque\r\n{length}\r\n\r\n"
    before = server.state
    host, port = server.base_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 5) as client:
        client.sendall(
            head.encode() + (f"{len(body):x}\r\n".encode() if chunked else b"") + body[: int(len(body) * part)]
        )
        client.shutdown(socket.SHUT_WR)
        answer = client.makefile("rb").read()
    assert answer == b"" or b" 400 " in answer.partition(b"\r\n")[0]
    assert server.state is before
