"""The bucket behind Google's own library, against a few calls of Cloud Storage's JSON API on loopback."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from plan_runs import CONFIG

pytest.importorskip("google.cloud.storage")

from vxsetup.cloud.storage import GoogleBucket, NoStorageError
from vxsetup.plan.state import Bucket, MovedError, RemoteJournal, StoreError

Run = Callable[..., tuple[int, str, str]]
OBJECTS: dict[str, tuple[bytes, int]] = {}
DENIED: set[str] = set()
SEEN: list[tuple[str | None, str | None]] = []
"""Of each request who asked, and which project was to be charged."""


class Handler(BaseHTTPRequestHandler):
    """Objects of the bucket ``acme-state``; any other bucket is not there."""

    def _send(self, status: int, body: Any = None, raw: bytes | None = None) -> None:
        data = raw if raw is not None else json.dumps(body or {}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if raw is None else "application/octet-stream")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _error(self, status: int, message: str) -> None:
        self._send(status, {"error": {"code": status, "message": message}})

    def _do(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        SEEN.append((self.headers.get("Authorization"), self.headers.get("x-goog-user-project")))
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        found = re.fullmatch(r"(/download|/upload)?/storage/v1/b/([^/]+)/o(?:/(.+))?", url.path)
        if found is None:  # the bucket itself, which the library may look at
            return self._send(200, {"name": "acme-state", "location": "EU"})
        if found[2] != "acme-state":
            return self._error(404, "The specified bucket does not exist.")
        if self.command in DENIED:
            return self._error(403, "does not have storage.objects access")
        name = unquote(found[3] or query.get("name", ""))
        if found[1] == "/upload":
            kind = re.search(r"boundary=([^;]+)", self.headers["Content-Type"])
            assert kind is not None
            boundary = kind[1].strip("'\"").encode()
            parts = body.split(b"--" + boundary)
            name = json.loads(parts[1].split(b"\r\n\r\n", 1)[1])["name"]
            content = parts[2].split(b"\r\n\r\n", 1)[1].removesuffix(b"\r\n")
            if OBJECTS.get(name, (b"", 0))[1] != int(query["ifGenerationMatch"]):
                return self._error(412, "At least one of the pre-conditions you specified did not hold.")
            OBJECTS[name] = (content, OBJECTS.get(name, (b"", 0))[1] + 7)
            return self._send(200, self._meta(name))
        if not found[3]:
            items = [self._meta(one) for one in OBJECTS if one.startswith(query.get("prefix", ""))]
            return self._send(200, {"kind": "storage#objects", "items": items})
        if name not in OBJECTS:
            return self._error(404, f"No such object: acme-state/{name}")
        if "ifGenerationMatch" in query and int(query["ifGenerationMatch"]) != OBJECTS[name][1]:
            return self._error(412, "At least one of the pre-conditions you specified did not hold.")
        if self.command == "DELETE":
            del OBJECTS[name]
            return self._send(204, raw=b"")
        if found[1] == "/download" or query.get("alt") == "media":
            return self._send(200, raw=OBJECTS[name][0])
        return self._send(200, self._meta(name))

    def _meta(self, name: str) -> dict[str, str]:
        content, generation = OBJECTS[name]
        return {"name": name, "bucket": "acme-state", "generation": str(generation), "size": str(len(content))}

    do_GET = do_POST = do_DELETE = do_PUT = _do  # noqa: N815

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[GoogleBucket]:
    """The bucket ``acme-state``, empty."""
    OBJECTS.clear()
    DENIED.clear()
    SEEN.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{server.server_address[1]}")
    yield GoogleBucket("acme-state", MovedError, StoreError)
    # The library looks at the bucket in threads of its own; left alone they would ask a server that is gone for minutes.
    for other in threading.enumerate():
        if "_background" in other.name:
            other.join(timeout=30)
    server.shutdown()
    server.server_close()


def test_objects_are_written_under_their_generation(bucket: GoogleBucket) -> None:
    assert bucket.read("a/b") is None
    first = bucket.write("a/b", b"one", 0)
    assert bucket.read("a/b") == (b"one", first)
    with pytest.raises(MovedError):
        bucket.write("a/b", b"two", 0)
    second = bucket.write("a/b", b"two", first)
    assert bucket.read("a/b") == (b"two", second)
    with pytest.raises(MovedError):
        bucket.remove("a/b", first)
    bucket.remove("a/b", second)
    assert OBJECTS == {}


def test_a_journal_in_it(bucket: GoogleBucket) -> None:
    home = Bucket("acme-state", "x/")
    journal = RemoteJournal(bucket, home, "p.journal.ndjson", "one", lambda: "2026-11-22T12:00:00Z")
    journal.write("run_begun")
    journal.write("run_ended")
    journal.close()
    assert list(OBJECTS) == ["x/p.journal.ndjson"]
    again = RemoteJournal(bucket, home, "p.journal.ndjson", "two", lambda: "2026-11-22T12:00:01Z")
    assert [entry.event for entry in again.history().entries] == ["run_begun", "run_ended"]
    again.close()


def test_a_bucket_that_is_not_there(bucket: GoogleBucket) -> None:
    other = GoogleBucket("acme-none", MovedError, StoreError)
    for act in (lambda: other.read("a"), lambda: other.write("a", b"", 0)):
        with pytest.raises(StoreError, match=r"there is no bucket gs://acme-none"):
            act()


def test_a_refusal_names_the_permission(bucket: GoogleBucket) -> None:
    DENIED.update(("GET", "POST"))
    with pytest.raises(StoreError, match=r"storage\.objects\.get"):
        bucket.read("a")
    with pytest.raises(StoreError, match=r"storage\.objects\.create"):
        bucket.write("a", b"", 0)


def test_it_is_asked_as_the_same_identity_as_the_cloud(
    bucket: GoogleBucket, cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--impersonate-service-account and --quota-project hold for the journal, too."""
    from google.oauth2 import credentials as google_credentials

    from vxsetup.cloud import credentials, network
    from vxsetup.cloud.call import Failure, NoAnswer

    Credentials: Any = google_credentials.Credentials  # noqa: N806  it carries no types
    monkeypatch.setattr(credentials, "_default", lambda: Credentials("of-the-person"))
    monkeypatch.setattr(
        credentials,
        "_impersonated",
        lambda source, email: (Credentials(f"as-{email}"), "impersonated", f"serviceAccount:{email}"),
    )
    monkeypatch.setattr(credentials, "_refresh", lambda *arguments: None)

    def nothing(self: Any, request: Any) -> NoAnswer:
        return NoAnswer(Failure.NO_CREDENTIALS, "nobody answers in this test", "2026-11-22T12:00:00Z")

    monkeypatch.setattr(network.GoogleSender, "send", nothing)
    (tmp_path / "vxsetup.yaml").write_text(CONFIG)
    SEEN.clear()
    app = "deploy@acme-tools.iam.gserviceaccount.com"
    asking = ("--impersonate-service-account", app, "--quota-project", "acme-tools")
    kept = ("--state", "gs://acme-state/vxsetup")
    for command in (("drift",), ("destroy", "--yes"), ("apply", "--yes")):
        SEEN.clear()
        code, _, err = cli(*command, *kept, *asking)
        assert code != 2, err
        assert set(SEEN) == {(f"Bearer as-{app}", "acme-tools")}, command
    SEEN.clear()
    cli("drift", *kept)
    assert set(SEEN) == {("Bearer of-the-person", None)}


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("vxsetup.cloud.storage._module", missing)
    with pytest.raises(NoStorageError, match=r"pip install 'vxsetup\[gcs\]'"):
        GoogleBucket("acme-state", MovedError, StoreError)
