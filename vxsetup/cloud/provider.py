"""What a provider is, and the reading of refusals that all providers share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any

from vxsetup.cloud.call import Answer, Call, Failure, NoAnswer, Outcome
from vxsetup.facts.answers import Shape, parse_error
from vxsetup.facts.base import Fact, Unknown, UnknownCause
from vxsetup.facts.refusal import Cause, Refusal, classify

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

Inputs = Mapping[Hashable, Fact]
Outcomes = Mapping[Call, Outcome]


@dataclass(frozen=True, slots=True)
class Provider:
    """How one type of fact is made.

    ``needs(key)`` are facts that must be had first; ``calls(key, inputs)`` the requests of its one wave;
    ``read(key, inputs, outcomes)`` the fact. ``service`` is the API that answers and ``permissions`` what the caller
    needs, for the docs of the rules that read it. Unless ``partial``, an unknown input makes the fact unknown with
    the same cause, and nothing is sent.
    """

    makes: type[Hashable]
    service: str
    permissions: tuple[str, ...]
    calls: Callable[[Any, Inputs], tuple[Call, ...]]
    read: Callable[[Any, Inputs, Outcomes], Fact]
    needs: Callable[[Any], tuple[Hashable, ...]] = lambda key: ()
    partial: bool = False


_CAUSES = {
    Cause.API_DISABLED: UnknownCause.API_DISABLED,
    Cause.BILLING_DISABLED: UnknownCause.BILLING_DISABLED,
    Cause.QUOTA_PROJECT: UnknownCause.QUOTA_PROJECT,
    Cause.UNAUTHENTICATED: UnknownCause.UNAUTHENTICATED,
    Cause.PERIMETER: UnknownCause.PERIMETER,
    Cause.QUOTA: UnknownCause.RATE_LIMITED,
    Cause.CAPACITY: UnknownCause.RATE_LIMITED,
    Cause.SERVER: UnknownCause.SERVER_ERROR,
    Cause.TRANSIENT: UnknownCause.SERVER_ERROR,
}

_FAILURES = {
    Failure.TIMEOUT: UnknownCause.TIMEOUT,
    Failure.NETWORK: UnknownCause.NETWORK,
    Failure.PROXY: UnknownCause.NETWORK,
    Failure.NO_CREDENTIALS: UnknownCause.NO_CREDENTIALS,
    Failure.EXPIRED_CREDENTIALS: UnknownCause.NO_CREDENTIALS,
    Failure.MALFORMED: UnknownCause.MALFORMED,
    Failure.NOT_RECORDED: UnknownCause.NOT_RECORDED,
}


def unknown(call: Call, outcome: Outcome, hidden: bool = False) -> Unknown:
    """Why a call gave no fact. ``hidden``: a refusal may also mean that the resource does not exist."""
    if isinstance(outcome, NoAnswer):
        cause = _FAILURES[outcome.failure]
        need = f"an answer of {call.service}"
        if cause is UnknownCause.NO_CREDENTIALS:
            need = "credentials that Google accepts"
        return Unknown(cause, outcome.says, need, call.method, outcome.at, call.service, remedy=outcome.remedy)
    if outcome.ok:
        return malformed(call, outcome)
    refusal = classify(parse_error(outcome.status, outcome.text))
    if not_google(refusal):
        says = f"{refusal.error.says} (this is not how {call.service} words a refusal)"
        need = f"a well-formed answer of {call.service}"
        return Unknown(UnknownCause.MALFORMED, says, need, call.method, outcome.at, call.service)
    return _refused(call, outcome, refusal, hidden)


def not_google(refusal: Refusal) -> bool:
    """Whether something on the way answered in the platform's place, such as a proxy: neither shape nor words are known."""
    return refusal.error.shape is Shape.OTHER and refusal.cause is Cause.UNRECOGNISED


def _refused(call: Call, outcome: Answer, refusal: Refusal, hidden: bool) -> Unknown:
    denied = UnknownCause.ABSENT_OR_HIDDEN if hidden else UnknownCause.PERMISSION_DENIED
    forbidden = outcome.status in (403, 404)
    cause = _CAUSES.get(refusal.cause, denied if forbidden else UnknownCause.REFUSED)
    service = refusal.service or call.service
    need = {
        UnknownCause.API_DISABLED: f"the API {service}",
        UnknownCause.QUOTA_PROJECT: "a quota project on which the caller holds serviceusage.services.use",
        UnknownCause.UNAUTHENTICATED: "a token that the API accepts",
        UnknownCause.PERIMETER: "an ingress rule that lets the reader in",
        UnknownCause.RATE_LIMITED: "a later try",
        UnknownCause.SERVER_ERROR: "a later try",
    }.get(cause, refusal.permission or call.permission or f"an answer of {call.service}")
    return Unknown(cause, refusal.error.says, need, call.method, outcome.at, service, refusal.consumer)


def malformed(call: Call, outcome: Answer) -> Unknown:
    """The unknown for an answer that is not what the API's documents say."""
    return Unknown(
        UnknownCause.MALFORMED,
        f"{call.service} answered {outcome.status} with a body that is not what its documents say",
        f"a well-formed answer of {call.service}",
        call.method,
        outcome.at,
        call.service,
    )


def unknown_input(inputs: Inputs) -> Unknown | None:
    """The first input that is unknown, or None."""
    return next((fact for fact in inputs.values() if isinstance(fact, Unknown)), None)
