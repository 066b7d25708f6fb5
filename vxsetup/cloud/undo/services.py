"""APIs that were enabled: whether they still are, and disabling them (Service Usage v1, DISC 20260921)."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from vxsetup.cloud.call import Answer, Call
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged, error_of, finished
from vxsetup.cloud.undo.base import Eyes, Made, Undoing, read
from vxsetup.facts.made import GONE, Standing, compared

SERVICE = "serviceusage.googleapis.com"
_AT_ONCE = 30
"""Names that one batchGet takes."""
_LAST = ("cloudbilling.googleapis.com", "iam.googleapis.com", "cloudresourcemanager.googleapis.com", SERVICE)
"""APIs that a removal itself works with: they go last."""


def _root(one: Made) -> str:
    return f"https://{SERVICE}/v1/projects/{quote(one.action['project'], safe=':')}/services"


def _look(one: Made, eyes: Eyes) -> Standing:
    states: dict[str, str] = {}
    names = list(one.action["services"])
    for first in range(0, len(names), _AT_ONCE):
        wanted = [
            ("names", f"projects/{one.action['project']}/services/{name}") for name in names[first : first + _AT_ONCE]
        ]
        call = Call(SERVICE, "serviceusage.services.batchGet", "GET", f"{_root(one)}:batchGet?{urlencode(wanted)}")
        found = read(call, eyes.send)
        if isinstance(found, Standing):
            return found
        for row in (found or {}).get("services", ()):
            states[str(row.get("name", "")).rpartition("/")[2]] = str(row.get("state"))
    if all(states.get(name) != "ENABLED" for name in names):
        return GONE
    return compared(tuple((name, "ENABLED", states.get(name)) for name in names))


def _disable(one: Made, hands: Hands) -> Changed | NotChanged:
    """Disable each API by itself; Google refuses where another API that is on needs it."""
    names = sorted(one.action["services"], key=lambda name: (_LAST.index(name) if name in _LAST else -1, name))
    for name in names:
        url = f"{_root(one)}/{quote(name, safe='.')}:disable"
        started = hands.seconds()
        while True:
            outcome = hands.send(Call(SERVICE, "serviceusage.services.disable", "POST", url, "{}"))
            error = error_of(outcome)
            if error is None or error.http != 409 or hands.seconds() - started > hands.deadline or not hands.wait(5.0):
                break
        ended = finished(outcome, _poll, SERVICE, hands)
        if isinstance(ended, NotChanged):
            return ended
        assert isinstance(ended, Answer)
    return Changed()


def _poll(name: str) -> Call:
    return Call(SERVICE, "serviceusage.operations.get", "GET", f"https://{SERVICE}/v1/{quote(name, safe='/.-_')}")


SERVICES = Undoing(_look, _disable)
