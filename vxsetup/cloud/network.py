"""Senders that open sockets: the real Google Cloud, and a server on this machine's loopback."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from vxsetup.cloud.call import Failure, NoAnswer
from vxsetup.cloud.credentials import LOGIN, host_of, one_line
from vxsetup.cloud.session import HttpRequest, HttpResponse
from vxsetup.cloud.wording import reason, unreachable

LOOPBACK = ("127.0.0.1", "::1", "localhost")
_USUAL_PORT = 8085  # the default of `vxsetup emulator run`


class GoogleSender:
    """Sends over google-auth's ``AuthorizedSession``, one for each thread, all with the same credentials."""

    def __init__(self, credentials: Any, stamp: Callable[[], str]) -> None:
        self._credentials = credentials
        self._stamp = stamp
        self._threads = threading.local()

    def _session(self) -> Any:
        session = getattr(self._threads, "session", None)
        if session is None:
            from google.auth.transport.requests import AuthorizedSession

            # Retries live in vxsetup's own session; a refresh on 401 is google-auth's.
            session = self._threads.session = AuthorizedSession(self._credentials, max_refresh_attempts=1)
        return session

    def send(self, request: HttpRequest) -> HttpResponse | NoAnswer:
        import google.auth.exceptions

        headers = dict(request.headers)
        try:
            return _sent(self._session(), request, request.url, headers, self._stamp)
        except google.auth.exceptions.RefreshError as error:
            says = f"the credentials have expired or were revoked: {one_line(error)}"
            return NoAnswer(Failure.EXPIRED_CREDENTIALS, says, self._stamp(), LOGIN)
        except google.auth.exceptions.TransportError as error:
            words, remedy = unreachable(host_of(error) or "oauth2.googleapis.com", error)
            return NoAnswer(Failure.NETWORK, f"no token could be fetched: {words}", self._stamp(), remedy)
        except google.auth.exceptions.GoogleAuthError as error:
            return NoAnswer(
                Failure.MALFORMED, f"the credentials are not usable: {one_line(error)}", self._stamp(), LOGIN
            )


class LoopbackSender:
    """Sends to a server on this machine in place of every Google host, with a fixed token and no credentials.

    ``address`` is ``HOST:PORT``. Raises ValueError where the host is not loopback.
    """

    def __init__(self, address: str, token: str, stamp: Callable[[], str]) -> None:
        netloc = _loopback(address)
        if netloc is None:
            raise ValueError(f"{address!r} is not HOST:PORT on this machine; use 127.0.0.1:PORT")
        self._base = f"http://{netloc}"
        self._address = netloc
        self._token = token
        self._stamp = stamp
        self._threads = threading.local()

    def send(self, request: HttpRequest) -> HttpResponse | NoAnswer:
        session = getattr(self._threads, "session", None)
        if session is None:
            import requests

            session = self._threads.session = requests.Session()
            session.trust_env = False  # a proxy has no business between this process and its own machine
        parts = urlsplit(request.url)
        url = f"{self._base}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        headers = {**request.headers, "Authorization": f"Bearer {self._token}", "Host": parts.netloc}
        return self._in_its_own_name(_sent(session, request, url, headers, self._stamp), parts.netloc)

    def _in_its_own_name(self, outcome: HttpResponse | NoAnswer, google: str) -> HttpResponse | NoAnswer:
        """An outcome that blames this machine's server, as no Google host was asked."""
        if isinstance(outcome, HttpResponse):
            return outcome
        says = outcome.says.replace(google, f"{self._address} (VXSETUP_EMULATOR_HOST)", 1)
        if outcome.failure is not Failure.NETWORK:
            return NoAnswer(outcome.failure, says, outcome.at)
        port = urlsplit(self._base).port
        start = "vxsetup emulator run WORLD" + ("" if port == _USUAL_PORT else f" --port {port}")
        return NoAnswer(outcome.failure, says, outcome.at, f"{start}  # or: unset VXSETUP_EMULATOR_HOST")


def _loopback(address: str) -> str | None:
    """``HOST:PORT`` as it may stand in an address; None where it is no port of this machine."""
    try:
        parts = urlsplit(f"http://{address}")
        port = parts.port
    except ValueError:
        return None
    beside = parts.path or parts.query or parts.fragment or parts.username is not None
    return parts.netloc if parts.hostname in LOOPBACK and port and not beside else None


def _sent(
    session: Any, request: HttpRequest, url: str, headers: dict[str, str], stamp: Callable[[], str]
) -> HttpResponse | NoAnswer:
    import requests

    host = urlsplit(request.url).netloc
    started = time.monotonic()
    try:
        response = session.request(
            request.method,
            url,
            data=request.body or None,
            headers=headers,
            timeout=request.timeout,
            allow_redirects=False,
        )
    except requests.exceptions.Timeout:
        return NoAnswer(Failure.TIMEOUT, f"{host} did not answer within {request.timeout:g} s", stamp())
    except requests.exceptions.ConnectionError as error:  # its subclasses tell proxies and TLS apart
        says, remedy = unreachable(host, error)
        proxy = isinstance(error, requests.exceptions.ProxyError)
        return NoAnswer(Failure.PROXY if proxy else Failure.NETWORK, says, stamp(), remedy)
    except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL) as error:
        return NoAnswer(Failure.MALFORMED, f"the request to {host} could not be sent: {reason(error)}", stamp())
    except requests.exceptions.RequestException as error:
        return NoAnswer(Failure.MALFORMED, f"the answer of {host} was cut off or broken: {reason(error)}", stamp())
    total = time.monotonic() - started
    first = response.elapsed.total_seconds()  # to the end of the headers, which come with the first byte
    return HttpResponse(response.status_code, dict(response.headers), response.content, first, total)
