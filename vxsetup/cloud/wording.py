"""Says why a connection failed, in words and with the command that shows more; knows requests and urllib3's errors by name."""

from __future__ import annotations

_KNOWN = (
    ("name or service not known", "its name could not be resolved"),
    ("temporary failure in name resolution", "its name could not be resolved"),
    ("nodename nor servname", "its name could not be resolved"),
    ("network is unreachable", "this machine has no network"),
    ("no route to host", "there is no route to it"),
    ("connection refused", "the connection was refused"),
    ("connection reset by peer", "the connection was reset"),
    ("remote end closed connection", "the connection was closed without an answer"),
    ("connection aborted", "the connection was broken off"),
    ("certificate verify failed", "its certificate is not trusted"),
)

SHOW_PROXIES = "env | grep -i _proxy"


def unreachable(host: str, error: BaseException) -> tuple[str, str]:
    """Why ``host`` was not reached, as half a sentence, and the command that shows more."""
    words = " ".join(str(error).split())
    kinds = _kinds(error)
    if "ProxyError" in kinds or "Unable to connect to proxy" in words or "Tunnel connection failed" in words:
        if "Tunnel connection failed" in words:
            return f"the proxy refused the connection to {host}: {_proxy_reason(words)}", SHOW_PROXIES
        return f"the proxy on the way to {host} could not be reached: {reason(error)}", SHOW_PROXIES
    if "SSLError" in kinds:
        advice = "if a proxy inspects TLS, point REQUESTS_CA_BUNDLE at its certificate"
        return f"the TLS connection to {host} failed: {reason(error)}; {advice}", f"curl -sSI https://{host}"
    if "Timeout" in kinds or "ConnectTimeout" in kinds or "ReadTimeout" in kinds:
        return f"{host} did not answer in time", f"curl -sSI https://{host}"
    return f"{host} could not be reached: {reason(error)}", f"curl -sSI https://{host}"


def reason(error: BaseException) -> str:
    """The innermost words of a connection error, without object addresses."""
    words = " ".join(str(error).split()).lower()
    return next((said for sign, said in _KNOWN if sign in words), type(error).__name__)


def _proxy_reason(words: str) -> str:
    """What the proxy said, from ``Tunnel connection failed: 407 Proxy Authentication Required``."""
    status = words.partition("Tunnel connection failed: ")[2].split(" ")[0].strip("'\")")
    return "407, it wants a user name and password" if status == "407" else f"it answered {status}"


def _kinds(error: BaseException) -> set[str]:
    """The names of the classes of an error and of those that it was raised from or carries."""
    found: set[str] = set()
    waiting: list[BaseException] = [error]
    while waiting and len(found) < 100:
        one = waiting.pop()
        names = {kind.__name__ for kind in type(one).__mro__}
        if names <= found:
            continue
        found |= names
        waiting += [
            other
            for other in (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
            if isinstance(other, BaseException)
        ]
    return found
