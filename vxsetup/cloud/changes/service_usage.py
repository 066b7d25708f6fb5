"""Service Usage v1: enable APIs, 20 in one atomic request (DISC 20260921)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from vxsetup.cloud.call import Call, json_body
from vxsetup.cloud.changes.base import Changed, Hands, NotChanged, error_of, finished

SERVICE = "serviceusage.googleapis.com"

AT_ONCE = 20
"""APIs that one batchEnable takes; it is atomic."""


def enable(action: Mapping[str, Any], hands: Hands) -> Changed | NotChanged:
    """Enable the APIs of an action: ``project``, ``services``."""
    url = f"https://{SERVICE}/v1/projects/{quote(action['project'], safe=':')}/services:batchEnable"
    names = list(action["services"])
    for first in range(0, len(names), AT_ONCE):
        body = json_body({"serviceIds": names[first : first + AT_ONCE]})
        call = Call(SERVICE, "serviceusage.services.batchEnable", "POST", url, body)
        hands.sending({"project": action["project"], "services": names})
        ended = finished(_begun(call, hands), _poll, SERVICE, hands)
        if isinstance(ended, NotChanged):
            return ended
    return Changed(made={"project": action["project"], "services": names})


def _begun(call: Call, hands: Hands) -> Any:
    """Start the activation; while another one of the project is under way (409), wait for that to end."""
    started = hands.seconds()
    while True:
        outcome = hands.send(call)
        error = error_of(outcome)
        if error is None or error.http != 409 or hands.seconds() - started > hands.deadline or not hands.wait(5.0):
            return outcome


def _poll(name: str) -> Call:
    url = f"https://{SERVICE}/v1/{quote(name, safe='/.-_')}"
    return Call(SERVICE, "serviceusage.operations.get", "GET", url)
