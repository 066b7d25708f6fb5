"""Carries out the changes of a plan: one function for each kind of action. What goes wrong comes back as a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from vxsetup.cloud.call import Answer, Call, NoAnswer, Outcome, json_body
from vxsetup.facts.answers import parse_error

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

AT_ONCE = 20
"""APIs that one batchEnable takes; it is atomic (DISC 20260921)."""


@dataclass(frozen=True, slots=True)
class Changed:
    """The change was accepted and its operation is done. Done is not yet usable."""


@dataclass(frozen=True, slots=True)
class NotChanged:
    """The change was refused, or its operation did not end in time."""

    says: str


def carry_out(
    action: Mapping[str, Any],
    send: Callable[[Call], Outcome],
    sleep: Callable[[float], None],
    seconds: Callable[[], float],
    deadline: float,
) -> Changed | NotChanged:
    """Do one action and wait for its operation, at most ``deadline`` seconds by the clock ``seconds``."""
    if action["do"] == "enable_services":
        return _enable_services(action, send, sleep, seconds, deadline)
    raise ValueError(f"no way to carry out {action['do']!r}")


def _enable_services(
    action: Mapping[str, Any],
    send: Callable[[Call], Outcome],
    sleep: Callable[[float], None],
    seconds: Callable[[], float],
    deadline: float,
) -> Changed | NotChanged:
    service = "serviceusage.googleapis.com"
    url = f"https://{service}/v1/projects/{quote(action['project'], safe=':')}/services:batchEnable"
    names = list(action["services"])
    started = seconds()
    for first in range(0, len(names), AT_ONCE):
        body = json_body({"serviceIds": names[first : first + AT_ONCE]})
        call = Call(service, "serviceusage.services.batchEnable", "POST", url, body)
        outcome = send(call)
        while True:
            if isinstance(outcome, NoAnswer):
                return NotChanged(outcome.says)
            if not outcome.ok:
                return NotChanged(parse_error(outcome.status, outcome.text).says)
            operation = outcome.mapping() or {}
            name = operation.get("name")
            if operation.get("done") is True:
                break
            if not isinstance(name, str) or not name:
                return NotChanged(f"{service} answered {outcome.status} with a body that names no operation")
            if seconds() - started > deadline:
                return NotChanged(f"the operation {name} was still running after {deadline:g} s")
            sleep(2.0)
            poll = f"https://{service}/v1/{quote(name, safe='/.-_')}"
            outcome = send(Call(service, "serviceusage.operations.get", "GET", poll))
        refused = _operation_error(outcome)
        if refused is not None:
            return NotChanged(refused)
    return Changed()


def _operation_error(outcome: Answer) -> str | None:
    operation = outcome.mapping() or {}
    error = operation.get("error")
    if isinstance(error, dict):
        return f"{error.get('code')}: {error.get('message')}"
    response = operation.get("response")
    failures = response.get("failures") if isinstance(response, dict) else None
    if not failures:
        return None
    if not isinstance(failures, list) or not all(isinstance(one, dict) for one in failures):
        return "the operation ended with failures that could not be read"
    return "; ".join(f"{one.get('serviceId')}: {one.get('errorMessage')}" for one in failures)
