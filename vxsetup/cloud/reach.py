"""Asks a host of Vertex AI without a token, to see whether the way to it is open and the route exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vxsetup.cloud.wording import reason, unreachable

TIMEOUT = 10.0
"""Seconds to wait for one host."""

_MOST = 65_536


@dataclass(frozen=True, slots=True)
class Reached:
    """How a host answered: status, whether the body is JSON, the Date header; or why not, and what mends it."""

    host: str
    status: int | None = None
    json: bool = False
    date: str | None = None
    says: str | None = None
    remedy: str | None = None


def reach(host: str, location: str) -> Reached:
    """Ask once. Nothing of this machine's credentials is sent; proxies of the environment are used, as clients do."""
    import requests

    url = f"https://{host}/v1/projects/-/locations/{location}/publishers/anthropic/models/-:rawPredict"
    try:
        with requests.Session() as session:
            session.auth = _nobody  # else requests looks for a password in .netrc
            answer = session.post(url, data=b"{}", timeout=TIMEOUT, allow_redirects=False, stream=True)
            head = next(answer.iter_content(_MOST), b"")
    except requests.exceptions.Timeout:
        return Reached(host, says=f"no answer within {TIMEOUT:g} s")
    except requests.exceptions.ConnectionError as error:
        says, remedy = unreachable(host, error)
        return Reached(host, says=says, remedy=remedy)
    except (requests.exceptions.RequestException, ValueError) as error:
        return Reached(
            host,
            says=reason(error)
            if isinstance(error, requests.exceptions.RequestException)
            else "a proxy setting is no address",
        )
    kind = answer.headers.get("Content-Type", "")
    return Reached(
        host, answer.status_code, "json" in kind or head.lstrip()[:1] in (b"{", b"["), answer.headers.get("Date")
    )


def _nobody(request: Any) -> Any:
    return request
