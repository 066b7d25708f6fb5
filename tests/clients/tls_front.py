"""A proxy on loopback that ends TLS with a throw-away authority and asks the emulator: clients see Google's own host names.

What a client does with ``aiplatform.eu.rep.googleapis.com`` can so be seen without any endpoint setting, and every
request that it makes on its own comes to light in ``asked``.
"""

from __future__ import annotations

import contextlib
import json
import socketserver
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from vxsetup.emulator.http import Request
from vxsetup.emulator.server import EmulatorServer

_PEM = serialization.Encoding.PEM
_KEY = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()


class Front:
    """The proxy, for the time of a ``with`` block. ``folder`` takes the authority's certificate and key files."""

    def __init__(self, server: EmulatorServer, folder: Path) -> None:
        self.asked: list[tuple[str, str, str]] = []
        """Host, method and path of each request."""
        self._emulator = server
        self._folder = folder
        self._lock = threading.Lock()
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "throw-away test authority")])
        authority = self._certificate("throw-away test authority", authority=True)
        self.ca = folder / "ca.pem"
        self.ca.write_bytes(authority.public_bytes(_PEM))
        (folder / "key.pem").write_bytes(self._key.private_bytes(_PEM, *_KEY))
        self._proxy = _Proxy(("127.0.0.1", 0), _connection(self))
        self._thread = threading.Thread(target=self._proxy.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Front:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._proxy.shutdown()
        self._thread.join()
        self._proxy.server_close()

    @property
    def hosts(self) -> set[str]:
        """Every host that was asked."""
        return {host for host, _, _ in self.asked}

    def environment(self) -> dict[str, str]:
        """The variables that lead a client here, and trust the authority."""
        proxy = f"http://127.0.0.1:{self._proxy.server_address[1]}"
        ca = str(self.ca)
        return {
            "HTTPS_PROXY": proxy,
            "HTTP_PROXY": proxy,
            "NO_PROXY": "127.0.0.1",
            "REQUESTS_CA_BUNDLE": ca,
            "SSL_CERT_FILE": ca,
            "NODE_EXTRA_CA_CERTS": ca,
        }

    def service_account(self, email: str) -> Path:
        """A service account's key file as Google writes it: its tokens come from Google's own token server."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        about = {
            "type": "service_account",
            "project_id": email.partition("@")[2].partition(".")[0],
            "private_key_id": "1",
            "private_key": key.private_bytes(_PEM, *_KEY).decode(),
            "client_email": email,
            "client_id": "1",
            "token_uri": "https://oauth2.googleapis.com/token",
        }
        path = self._folder / "key.json"
        path.write_text(json.dumps(about))
        return path

    def context(self, host: str) -> ssl.SSLContext:
        """What speaks TLS as ``host``."""
        with self._lock:
            if host not in self._contexts:
                chain = self._folder / f"{host}.pem"
                chain.write_bytes(self._certificate(host).public_bytes(_PEM))
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(chain, self._folder / "key.pem")
                self._contexts[host] = context
            return self._contexts[host]

    def _certificate(self, host: str, authority: bool = False) -> x509.Certificate:
        now = datetime.now(UTC)
        subject = self._name if authority else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
        )
        if not authority:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return builder.sign(self._key, hashes.SHA256())

    def answer(self, host: str, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any, bytes]:
        """What the emulator answers as ``host``."""
        with self._lock:
            self.asked.append((host, method, path))
        response = self._emulator.answer(Request(method, f"https://{host}{path}", headers, body))
        return response.status, response.headers, response.body


class _Proxy(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


def _connection(owner: Front) -> type[BaseHTTPRequestHandler]:
    class Connection(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20
        host = ""

        def do_CONNECT(self) -> None:
            self.host = self.path.partition(":")[0]
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self.wfile.flush()
            self.connection = owner.context(self.host).wrap_socket(self.connection, server_side=True)
            self.connection.settimeout(self.timeout)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
            self.close_connection = False

        def serve(self) -> None:
            if not self.host:
                self.send_error(400, "only CONNECT")
                return
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, sent, content = owner.answer(self.host, self.command, self.path, headers, body)
            self.send_response(status)
            for name, value in sent.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()

        def finish(self) -> None:
            with contextlib.suppress(OSError, ValueError):
                super().finish()
            with contextlib.suppress(OSError):
                self.connection.close()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing."""

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve  # noqa: N815

    return Connection
