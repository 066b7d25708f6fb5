"""Extracts from a text what can be evidence: statuses, reasons, names of resources, hosts, models, clients, variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vxsetup.explain.bodies import ANTHROPIC_CODES, STATUS_CODES, bodies, errors_of, parts, refusals
from vxsetup.explain.clean import cut, is_page, plain, unescaped, without_frames, without_markup, words_of
from vxsetup.explain.match import Clues, several
from vxsetup.explain.names import BODY_REASONS, CLIENTS, TOPICS, VARIABLES
from vxsetup.explain.patterns import every
from vxsetup.explain.places import places
from vxsetup.explain.unfold import unfolded
from vxsetup.facts.answers import CloudError, Shape
from vxsetup.facts.refusal import GOOGLE_CLIENT_PROJECTS, Cause, Refusal, classify

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

FIELDS = {
    "said": "the whole text, in lower case with single blanks",
    "context": "what the asker adds",
    "any": "both",
    "http": "HTTP statuses",
    "status": "canonical codes of google.rpc.Code",
    "kind": "error types of the Messages API",
    "shape": "google, anthropic or page: who spoke",
    "reason": "reasons of google.rpc.ErrorInfo",
    "refusal": "causes that the shared classifier of answers names",
    "service": "the API that was refused",
    "consumer": "google-client, a project id or a number: who was charged",
    "permission": "permissions",
    "metric": "quota metrics",
    "limit": "quota limits that are given as numbers",
    "base": "base models of quotas",
    "constraint": "organization policy constraints",
    "host": "hosts of Google's APIs",
    "fit": "how host and location go together",
    "url": "what is odd about an address",
    "project": "projects in resource names",
    "location": "locations in resource names or named beside a region setting",
    "publisher": "publishers in resource names",
    "model": "model ids",
    "form": "what an id turned out to be (catalogue)",
    "state": "the model's state in the catalogue",
    "place": "documented or undocumented: model and location (catalogue)",
    "verb": "methods of the API",
    "extra": "fields of a body that were refused as extra",
    "beta": "beta names",
    "client": "clients and gateways",
    "variable": "environment variables",
    "principal": "who the refusal names",
    "topic": "google, vertex, claude, and what belongs elsewhere",
    "naming": "other-…, same-…: a missing setting is set under another name, or its own; two-names, two-values",
    "many": "families, locations, accounts, versions: more than one is named",
    "own": "other-project: the text names another project than the config",
    "who": "default, personal: what kind of account is named",
}
"""Field of the clues -> what its values are."""

_SURE = (
    "status",
    "code",
    "http",
    "http/1.1",
    "http/2",
    "api error",
    "responded with",
    "got",
    "answer",
    "answers",
    "return",
    "returns",
    "returned",
    "response",
)
"""Words before a number that make it an HTTP status."""


_GRPC = {
    "3": "INVALID_ARGUMENT",
    "5": "NOT_FOUND",
    "7": "PERMISSION_DENIED",
    "8": "RESOURCE_EXHAUSTED",
    "9": "FAILED_PRECONDITION",
    "12": "UNIMPLEMENTED",
    "14": "UNAVAILABLE",
    "16": "UNAUTHENTICATED",
}
"""Number of a canonical code, as gRPC and audit logs give it -> the code (google.rpc.Code)."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a text shows: the clues for the rows, the refusals in it, the text itself, unescaped, and its parts.

    ``parts`` are as many as there are different errors in it, at least one.
    """

    clues: Clues
    refusals: tuple[Refusal, ...]
    text: str
    parts: tuple[str, ...]


def extract(text: str, context: str = "") -> Found:
    """The clues in an error text and in what the asker adds. Never raises; takes time in proportion to the cut text."""
    raw = without_frames(unfolded(plain(cut(text))))
    page = is_page(raw)
    if page:
        raw = without_markup(raw) + ("\n" + raw if "{" in raw else "")
    flat = " ".join(unescaped(raw).split())
    found = bodies(raw)
    whole = raw
    if not found and flat != raw:
        found = bodies(flat)
        whole = flat if found else raw
    errors = errors_of(found)
    said, added = words_of(flat), words_of(unescaped(plain(cut(context))))
    clues: dict[str, tuple[str, ...]] = {"said": (said,)}
    if added:
        clues["context"] = (added,)
    clues["any"] = (f"{said} \n {added}",)
    low = said
    clues |= _statuses(errors, flat, low, page)
    speaker = ["claude"] if any(error.shape is Shape.ANTHROPIC for error in errors) else []
    known = (*refusals(errors), *_loose(errors, flat, low, clues))
    clues |= _refused(known, low)
    clues |= _names(low, clues["any"][0])
    if any(ending in said for ending in ("_project", "_region", "_location")) or "_" in added:
        from vxsetup.explain.naming import namings  # here, since few texts name a variable

        clues["naming"] = namings(said, added)
    clues |= places(low, added)
    clues["topic"] = several([*clues.get("topic", ()), *speaker])
    return Found({name: values for name, values in clues.items() if values}, known, flat, parts(whole, found))


def _statuses(errors: tuple[CloudError, ...], flat: str, low: str, page: bool) -> dict[str, tuple[str, ...]]:
    codes = [str(error.http) for error in errors if error.http]
    codes += _numbers(low)
    statuses = [error.status for error in errors if error.shape is Shape.GOOGLE and error.status in STATUS_CODES]
    statuses += [status for status in STATUS_CODES if status in flat]
    kinds = [error.status for error in errors if error.shape is Shape.ANTHROPIC]
    kinds += [kind for kind in ANTHROPIC_CODES if kind in low]
    codes += [str(STATUS_CODES[status]) for status in statuses if status in STATUS_CODES and not codes]
    shapes = [error.shape.value for error in errors if error.shape in (Shape.GOOGLE, Shape.ANTHROPIC)]
    shapes += ["anthropic"] if "req_vrtx_" in low or kinds else []
    if "grpc" in low or "code" in low:
        statuses += [_GRPC[match[1]] for match in every("grpc", low) if match[1] in _GRPC]
    reasons = [error.reason for error in errors]
    reasons += [reason for reason in BODY_REASONS if reason in flat]
    return {
        "http": several(codes, 6),
        "status": several(statuses),
        "kind": several(kinds),
        "shape": several([*shapes, *(["page"] if page else [])]),
        "reason": several(reasons),
    }


def _numbers(low: str) -> list[str]:
    """Numbers that are HTTP statuses: those with a word before them that says so, then those that stand alone."""
    sure, alone = [], []
    for match in every("number", low)[:300]:
        before, after = low[max(0, match.start() - 24) : match.start()], low[match.end() : match.end() + 2]
        lead = before.rstrip("\"'=:([ ")
        if len(lead) < len(before) and lead.endswith(_SURE):
            sure.append(match[0])
        elif not (
            before[len(lead) :].strip() in _MEMBER
            or before[-1:].isalnum()
            or before.endswith(_TIED)
            or lead.endswith(_LINE)
        ) and not _goes_on(after):
            alone.append(match[0])
    return sure + [code for code in alone if code[0] in "45" and int(code) <= 529]


_MEMBER = ('":', "':")
"""What stands between the name of a member and its value: a number of another name is no status."""

_TIED = tuple("_./@:$-")
_LINE = (" line", ":line", ".php", ".cs", ".rb", ".js", ".ts", ".py", ".go", ".java")


def _goes_on(after: str) -> bool:
    """Whether a number is only the beginning of something longer."""
    return after[:1].isalpha() or after[:1] in ("_", "@", "-") or (after[:1] in (".", ",") and after[1:].isdigit())


def _loose(errors: tuple[CloudError, ...], flat: str, low: str, clues: Clues) -> tuple[Refusal, ...]:
    """The classifier's word on text that holds no body: what is left of one when a client has printed it its own way."""
    if any(
        error.shape is Shape.GOOGLE and error.message and classify(error).cause is not Cause.UNRECOGNISED
        for error in errors
    ):
        return ()
    shape = (
        Shape.ANTHROPIC
        if "anthropic" in clues.get("shape", ()) and "google" not in clues.get("shape", ())
        else Shape.GOOGLE
    )
    if shape is Shape.ANTHROPIC:
        return ()
    found: list[Refusal] = []
    message = flat[:20_000]
    service = next((m[1] for m in every("service", low)), "")
    charged = every("consumer", low)
    metadata = {"consumer": f"projects/{charged[0][1]}"} if charged else {}
    if service:
        metadata["service"] = f"{service}.googleapis.com"
    for reason in clues.get("reason", ()):
        found.append(classify(CloudError(403, Shape.GOOGLE, reason=reason.upper(), message=message, metadata=metadata)))
    codes = [int(code) for code in clues.get("http", ())] or [404, 403, 400, 429]
    if "quota exceeded for" in message.lower():
        codes.append(429)
    for code in dict.fromkeys(codes):
        if code not in (401,) and code < 500:
            found.append(classify(CloudError(code, Shape.GOOGLE, message=message)))
    sure = [r for r in found if r.cause not in (Cause.UNRECOGNISED, Cause.CAPACITY, Cause.TRANSIENT, Cause.SERVER)]
    return tuple({refusal.cause: refusal for refusal in sure}.values())


def _refused(known: tuple[Refusal, ...], low: str) -> dict[str, tuple[str, ...]]:
    consumers = [(r.consumer or "").removeprefix("projects/") for r in known]
    consumers += [match[1] for match in every("consumer", low)]
    consumers += ["google-client" for number in GOOGLE_CLIENT_PROJECTS if number in low]
    return {
        "refusal": several(r.cause.value for r in known),
        "service": several([r.service or "" for r in known]),
        "consumer": several(consumers),
        "permission": several(r.permission or "" for r in known),
        "metric": several([*(r.metric or "" for r in known), *(m[1] for m in every("metric", low))]),
        "limit": several(m[1] for m in every("limit", low)),
        "base": several([*(r.base_model or "" for r in known), *(m[1] for m in every("base", low))]),
        "constraint": several(r.constraint or "" for r in known),
        "extra": several(m[1] for m in every("extra", low)),
        "beta": several(m[1] for m in every("beta", low)),
    }


def _names(low: str, both: str) -> dict[str, tuple[str, ...]]:
    return {
        "client": several((name for name, signs in CLIENTS.items() if any(sign in both for sign in signs)), 8),
        "variable": several((name for name in VARIABLES if name.lower() in both), 20),
        "topic": several(name for name, signs in TOPICS.items() if any(sign in both for sign in signs)),
        "principal": several(m[1] for m in every("principal", low)),
        "verb": several(
            v
            for v in (
                "streamrawpredict",
                "rawpredict",
                "streamgeneratecontent",
                "generatecontent",
                "count-tokens",
                "counttokens",
                "count_tokens",
                "endpoints/openapi",
                "generateaccesstoken",
                "setpublishermodelconfig",
                "v1/messages",
            )
            if v in both
        ),
    }
