"""Judges how hosts answered a request without a token, the clock beside their Date header, proxies and certificates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from vxsetup.doctor.model import Know, Noted, cited, note
from vxsetup.findings import Evidence, Fix, Rung, Severity
from vxsetup.rules import machine

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_SOME = 60
_MUCH = 300
_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE")
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


@dataclass(frozen=True, slots=True)
class Reply:
    """How a host answered: its status, whether it was JSON, its Date header, and when it came here; or why not at all."""

    host: str
    status: int | None = None
    json: bool = False
    date: str | None = None
    at: datetime | None = None
    says: str | None = None
    remedy: str | None = None


def judge_replies(replies: Sequence[Reply], know: Know) -> Iterator[Noted]:
    """Hosts that cannot be reached or do not exist, and a clock that is off."""
    yield from _silent([reply for reply in replies if reply.status is None])
    for reply in replies:
        if reply.status == 404 and not reply.json:
            message = f"{reply.host} answers with a web page that says 404: no API of Vertex AI lives there"
            seen = (_seen(reply), cited(know, "EMIT", "401 in JSON: the route exists; 404 in HTML: it does not"))
            fix = "Use the host of the location: see vxsetup models."
            yield note(machine.WRONG_HOST, message, None, fix, seen, subject=reply.host)
        elif reply.status is not None and not reply.json:
            message = (
                f"Something between here and {reply.host} answers in its place: status {reply.status}, and no JSON"
            )
            fix = "Look for a proxy or a login page of the network: HTTPS_PROXY, NO_PROXY."
            yield note(machine.UNREACHABLE, message, None, fix, (_seen(reply),), subject=reply.host)
    yield from _clock(replies)


def _silent(replies: Sequence[Reply]) -> Iterator[Noted]:
    """Hosts that did not answer: those for the same reason are one failure."""
    groups: dict[str, list[Reply]] = {}
    for reply in replies:
        groups.setdefault((reply.says or "no answer").replace(reply.host, "HOST"), []).append(reply)
    for group in groups.values():
        first = group[0]
        more = f" (and {len(group) - 1} more: {', '.join(one.host for one in group[1:])})" if len(group) > 1 else ""
        says = first.says or "no answer"
        message = f"{says if first.host in says else f'{first.host} cannot be reached: {says}'}{more}"
        fix = Fix("open the way to it; this shows more", first.remedy)
        if first.remedy is None:
            fix = Fix("open the host in the firewall, or set HTTPS_PROXY")
        yield note(machine.UNREACHABLE, message, None, fix, tuple(map(_seen, group[:4])), subject=first.host)


def _seen(reply: Reply) -> Evidence:
    at = reply.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if reply.at else None
    words = f"status {reply.status}, {'JSON' if reply.json else 'no JSON'}" if reply.status else "no answer"
    return Evidence(Rung.PROBED, f"a request without a token to {reply.host}", words, at)


def _clock(replies: Sequence[Reply]) -> Iterator[Noted]:
    for reply in replies:
        if reply.date is None or reply.at is None:
            continue
        try:
            theirs = parsedate_to_datetime(reply.date)
        except (ValueError, TypeError, IndexError):
            continue
        theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)
        off = (reply.at - theirs).total_seconds()
        if abs(off) >= _SOME:
            word = "ahead of" if off > 0 else "behind"
            message = f"The clock of this machine is {_length(abs(off))} {word} that of {reply.host}"
            weight = Severity.ERROR if abs(off) >= _MUCH else Severity.WARNING
            fix = Fix("set the clock", "sudo timedatectl set-ntp true")
            yield note(machine.CLOCK, message, None, fix, (_seen(reply),), subject="clock", severity=weight)
        return


def _length(seconds: float) -> str:
    return (
        f"{seconds:.0f} seconds"
        if seconds < 120
        else f"{seconds / 60:.0f} minutes"
        if seconds < 7200
        else f"{seconds / 3600:.0f} hours"
    )


def judge_proxies(environ: Mapping[str, str], exists: Mapping[str, bool], know: Know) -> Iterator[Noted]:
    """Proxy and certificate variables. ``exists`` says of each file that a certificate variable names whether it is there."""
    for name in _PROXIES:
        upper, lower = environ.get(name, ""), environ.get(name.lower(), "")
        if upper and lower and upper != lower:
            message = f"{name} and {name.lower()} differ; curl and Python read one, others the other"
            yield note(machine.PROXY, message, None, "Set both to the same value.", subject=name)
        value = upper or lower
        if value and not _is_address(value):
            message = f"{name} is no address of a proxy"
            yield note(machine.PROXY, message, None, "Write http://HOST:PORT.", subject=name, severity=Severity.ERROR)
    excluded = [part.strip() for part in (environ.get("NO_PROXY") or environ.get("no_proxy") or "").split(",")]
    proxied = any(environ.get(name) or environ.get(name.lower()) for name in _PROXIES)
    if proxied and any(part.lstrip("*.") in ("googleapis.com", "com") or part == "*" for part in excluded):
        message = "NO_PROXY leaves googleapis.com out of the proxy that is set: requests go out directly"
        yield note(
            machine.PROXY,
            message,
            None,
            "Take it out of NO_PROXY, unless Google is reached directly.",
            subject="NO_PROXY",
        )
    for name in _CERTIFICATES:
        path = environ.get(name)
        if path and not exists.get(path, False):
            message = f"{name} names a certificate file that is not there"
            weight = Severity.WARNING if name == "NODE_EXTRA_CA_CERTS" else Severity.ERROR
            yield note(machine.PROXY, message, None, f"Correct or unset {name}.", subject=name, severity=weight)
    python = [name for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE") if environ.get(name)]
    if python and not environ.get("NODE_EXTRA_CA_CERTS"):
        message = f"{python[0]} is set and NODE_EXTRA_CA_CERTS is not: clients on Node do not trust that certificate"
        seen = [cited(know, "NODE", "Node reads NODE_EXTRA_CA_CERTS")]
        yield note(machine.PROXY, message, None, "Set NODE_EXTRA_CA_CERTS to the same file.", seen, subject="NODE_EXTRA_CA_CERTS", severity=Severity.INFO)  # fmt: skip


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value if "//" in value else f"http://{value}")
        return (
            bool(parts.hostname)
            and parts.scheme in ("http", "https", "socks5", "socks5h", "socks4")
            and (parts.port or 1) > 0
        )
    except ValueError:
        return False
