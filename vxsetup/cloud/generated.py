"""Google's generated clients over vxsetup's own session: Resource Manager and Model Garden, REST transport.

The one place that knows their insides. Their packages' ``__init__`` import every service they have (0.7 s); seeding
empty packages first brings both to about 0.2 s each, with the plain import as fallback. A client's ``_session`` is
replaced by an adapter, so that deadline, retries, quota project and raw error bodies live once.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import sys
import threading
import types
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from vxsetup.cloud.call import Answer, Call, Failure, NoAnswer, Outcome

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_IMPORTING = threading.Lock()

CLIENTS = {
    "projects": ("google.cloud.resourcemanager_v3", "projects", "Projects"),
    "folders": ("google.cloud.resourcemanager_v3", "folders", "Folders"),
    "organizations": ("google.cloud.resourcemanager_v3", "organizations", "Organizations"),
    "model_garden": ("google.cloud.aiplatform_v1", "model_garden_service", "ModelGardenService"),
}
"""Name used in ``Call.generated`` -> package, service folder, prefix of the class names."""


class _Clock(Protocol):
    def stamp(self) -> str: ...


class _Session(Protocol):
    """What a generated client needs of vxsetup's session."""

    timeout: float

    @property
    def clock(self) -> _Clock: ...

    def exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes, *, service: str) -> Outcome: ...


class GeneratedClients:
    """The generated clients of one session, made when first asked for; safe for use from several threads."""

    def __init__(self, session: _Session) -> None:
        self._session = session
        self._adapter = _Adapter(session)
        self._clients: dict[str, Any] = {}
        self._making = threading.Lock()

    def answer(self, call: Call) -> Outcome:
        """Send a call through its client. The text of the answer is the message as the client understood it."""
        name, method, request = call.generated[0], call.generated[1], json.loads(call.generated[2])
        self._adapter.begin(call.service)
        try:
            message = getattr(self._client(name), method)(request=request, retry=None, timeout=self._session.timeout)
        except Exception as error:  # the client raises for every refusal; the adapter holds the answer that it refused
            return self._refused(error)
        seen = self._adapter.outcome
        at = seen.at if seen is not None else self._session.clock.stamp()
        if isinstance(seen, Answer) and _strange(message, seen):
            return NoAnswer(Failure.MALFORMED, _NOT_DEFINED, at)
        return Answer(200, json.dumps(_as_json(message), sort_keys=True), at)

    def _refused(self, error: Exception) -> Outcome:
        outcome = self._adapter.outcome
        if outcome is None:
            says = f"the request could not be built: {type(error).__name__}: {error}"
            return NoAnswer(Failure.MALFORMED, says, self._session.clock.stamp())
        if isinstance(outcome, Answer) and outcome.ok:
            return NoAnswer(Failure.MALFORMED, _NOT_DEFINED, outcome.at)
        return outcome

    def _client(self, name: str) -> Any:
        with self._making:
            if name not in self._clients:
                self._clients[name] = _client(name, self._adapter)
            return self._clients[name]


class _Response:
    """What Google's generated REST transports expect of ``requests``: status, content, headers, json."""

    def __init__(self, status: int, text: str, url: str, method: str) -> None:
        self.status_code = status
        self.text = text
        self.content = text.encode("utf-8", "surrogatepass")
        self.headers: dict[str, str] = {"Content-Type": "application/json"}
        self.request = _Request(url, method)

    def json(self) -> Any:
        """The body as JSON. Raises ValueError where it is not, as ``requests`` does."""
        return json.loads(self.text)


@dataclass(frozen=True, slots=True)
class _Request:
    url: str
    method: str


class _NoAnswerError(Exception):
    """Carries out of a generated client that nothing came back."""


class _Adapter:
    """Looks like the ``requests`` session that a generated REST transport expects; keeps what each thread saw."""

    def __init__(self, session: _Session) -> None:
        self._session = session
        self._seen = threading.local()

    def begin(self, service: str) -> None:
        """Start a call on this thread."""
        self._seen.service, self._seen.outcome = service, None

    @property
    def outcome(self) -> Outcome | None:
        """What the call of this thread was answered, or None while nothing was sent."""
        seen: Outcome | None = self._seen.outcome
        return seen

    def _request(self, method: str, url: str, **options: Any) -> _Response:
        query = [(key, value) for key, value in options.get("params") or () if key != "$alt"]
        if query:
            url = f"{url}?{urlencode(query)}"
        headers = {k: v for k, v in dict(options.get("headers") or {}).items() if isinstance(v, str)}
        data = options.get("data") or b""
        body = data.encode() if isinstance(data, str) else data
        outcome = self._session.exchange(method, url, headers, body, service=self._seen.service)
        self._seen.outcome = outcome
        if isinstance(outcome, NoAnswer):
            raise _NoAnswerError
        return _Response(outcome.status, outcome.text, url, method)

    def get(self, url: str, **options: Any) -> _Response:
        return self._request("GET", url, **options)

    def post(self, url: str, **options: Any) -> _Response:
        return self._request("POST", url, **options)


def _client(name: str, adapter: _Adapter) -> Any:
    client_class, transport_class = load(name)
    from google.auth.credentials import AnonymousCredentials

    transport = transport_class(credentials=AnonymousCredentials())
    transport._session = adapter
    # Each stub compares equal by its session, and the wrapped methods are kept by stub: wrap them again.
    transport._prep_wrapped_messages(sys.modules[transport_class.__module__].DEFAULT_CLIENT_INFO)
    return client_class(transport=transport)


def load(name: str) -> tuple[Any, Any]:
    """The client class and REST transport class of one entry of ``CLIENTS``."""
    package, service, prefix = CLIENTS[name]
    with _IMPORTING, _seeded(package):
        folder = f"{package}.services.{service}"
        client = importlib.import_module(f"{folder}.client")
        transport = importlib.import_module(f"{folder}.transports.rest")
    return getattr(client, f"{prefix}Client"), getattr(transport, f"{prefix}RestTransport")


@contextlib.contextmanager
def _seeded(package: str) -> Iterator[None]:
    """For the time of the import, have the package, its ``types`` and its ``services`` in ``sys.modules`` without running
    their ``__init__``. Afterwards they are gone again: whoever else imports the package in this process gets it whole."""
    seeds: dict[str, types.ModuleType] = {}
    for name in (package, f"{package}.types", f"{package}.services"):
        if name in sys.modules:
            continue
        spec = importlib.util.find_spec(name)
        if spec is None or spec.submodule_search_locations is None:
            break  # laid out otherwise: the plain import does the work
        module = types.ModuleType(name)
        module.__path__ = list(spec.submodule_search_locations)
        module.__spec__ = spec
        module.__package__ = name
        sys.modules[name] = seeds[name] = module
    try:
        yield
    finally:
        for name, module in seeds.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


_NOT_DEFINED = "the answer is not what the API's definition says"


def _strange(message: Any, answer: Answer) -> bool:
    """Whether an answer holds keys and the definition knows none of them.

    The client drops what it does not know, so that such an answer would look like an empty policy.
    """
    told = answer.mapping()
    fields = getattr(message, "_pb", message).DESCRIPTOR.fields
    return told is None or (bool(told) and told.keys().isdisjoint({n for f in fields for n in (f.name, f.json_name)}))


def _as_json(message: Any) -> Any:
    from google.protobuf import json_format

    return json_format.MessageToDict(getattr(message, "_pb", message))
