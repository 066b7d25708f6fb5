"""Extracts from a text what can be evidence: statuses, reasons, names of resources, hosts, models, clients, variables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from vxsetup.explain.bodies import ANTHROPIC_CODES, STATUS_CODES, bodies, refusals
from vxsetup.explain.clean import cut, is_page, plain, unescaped, without_frames, without_markup, words_of
from vxsetup.explain.match import Clues
from vxsetup.explain.names import BODY_REASONS, CLIENTS, TOPICS, VARIABLES
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
    "who": "default, personal: what kind of account is named",
}
"""Field of the clues -> what its values are."""

_PATTERNS = {
    "number": (("",), r"(?<![\d])[1-5]\d\d(?![\d])"),
    "resource": (
        ("projects/",),
        (
            r"projects/([^/\s\"'`,]{0,80})/(?:locations|regions)/([^/\s\"'`,]{0,60})"
            r"(?:/(publishers|endpoints)/([^/\s\"'`,:?]{0,60}))?(?:/models/([^\s\"'`,?/)]{0,90}))?"
        ),
    ),
    "host": (
        ("aiplatform",),
        (
            r"(://|\b|(?<=/)(?=-))((?:[a-z0-9{}$_.-]{1,40}[-.]|-)?aiplatform(?:\.(?:us|eu)\.rep)?\.googleapis\.com)"
            r"((?:/[\w.{}-]{0,40}){0,3})"
        ),
    ),
    "model": (
        ("claude-",),
        (
            r"(?<![\w-])((?:(?:us|eu|apac|global)\.)?(?:anthropic[./])?claude-[a-z0-9]"
            r"(?:[\w.@-]|:(?=\d)|\[(?=1m)|(?<=1m)\]){0,60})"
        ),
    ),
    "metric": (
        ("online_prediction", "generate_content", "per_base_model"),
        r"((?:[a-z_]{0,40}online_prediction|generate_content|[a-z_]{3,40}_per_base_model)[a-z_]{0,80})",
    ),
    "limit": (
        ("limit", "quota", "effective"),
        r"(?:quota_limit_value|limit(?: value)?|effective(?:ly)?(?: limit)?|quota(?: is| limit)?)[\"'=:\s]{1,5}(\d{1,9})\b",
    ),
    "base": (
        ("base model", "base_model"),
        r"base[ _]model[:=\"'\s]{0,5}(?:of )?(anthropic-[\w.-]{1,60}?)(?=[.,;]?(?:[^\w.-]|$))",
    ),
    "extra": (("extra inputs",), r"([\w.\[\]-]{1,80}?)[\"'`]?:? ?extra inputs are not permitted"),
    "beta": (("-20",), r"\b([a-z][a-z0-9]*(?:-[a-z0-9]+){1,6}-20\d\d-\d\d-\d\d)\b"),
    "region": (
        ("us-", "europe-", "asia-", "america-", "australia-", "me-", "africa-"),
        (
            r"(?<![\w-])((?:us|europe|asia|northamerica|southamerica|australia|me|africa)-"
            r"(?:central|east|west|north|south|northeast|southeast|southwest|northwest)\d{1,2})(?![\w-])"
        ),
    ),
    "principal": (
        ("gserviceaccount", "principal"),
        r"((?:serviceaccount:|user:)?[\w.+-]{1,100}@[\w.-]{0,80}gserviceaccount\.com|principal(?:set)?://[\w./@-]{1,300})",
    ),
    "grpc": (
        ("grpc", "status.code", "code 7", "code 5", "code 8", "code 9", "code 16", "code = "),
        r"(?:grpc[_-]status[\"'=:\s]{1,4}|status\.code[\"'=:\s]{1,4}|(?<!exit )(?<!error )code )(\d{1,2})\b",
    ),
    "account": (
        ("@",),
        r"(?<![\w.@/-])([\w.+-]{2,64}@(?!default|latest|v\d)[a-z][\w-]{1,62}(?:\.[\w-]{1,63}){0,5})(?![\w@])",
    ),
    "version": (("0.", "1.", "2.", "3."), r"(?<![\w.@/:-])[v@^~]?(\d{1,2}\.\d{1,3}(?:\.\d{1,4})?)(?![\w.])"),
    "consumer": (("consumer",), r"consumer[\"'\s:=]{1,6}(?:projects/)?([\w:.-]{1,60})"),
    "service": (("googleapis.com",), r"\b(?!type\.)([a-z]{2,40})\.googleapis\.com\b"),
}
"""Name -> what a text cannot be without to have one, and the pattern, for text in lower case. Compiled when it is met."""

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

_MOST_ACCOUNTS = 40
_PERSONAL = ("@gmail.", "@googlemail.", "@outlook.", "@hotmail.", "@yahoo.", "@icloud.", "@proton")
_DEFAULTS = ("-compute@developer", "@appspot.gserviceaccount")


def _all(name: str, low: str) -> list[re.Match[str]]:
    """Every match of a pattern; none, and nothing compiled, where its sign is not there."""
    signs, pattern = _PATTERNS[name]
    return list(re.finditer(pattern, low)) if any(sign in low for sign in signs) else []


@dataclass(frozen=True, slots=True)
class Found:
    """What a text shows: the clues for the rows, the refusals in it, and the text itself, unescaped."""

    clues: Clues
    refusals: tuple[Refusal, ...]
    text: str


def extract(text: str, context: str = "") -> Found:
    """The clues in an error text and in what the asker adds. Never raises; takes time in proportion to the cut text."""
    raw = without_frames(plain(cut(text)))
    page = is_page(raw)
    if page:
        raw = without_markup(raw) + ("\n" + raw if "{" in raw else "")
    flat = " ".join(unescaped(raw).split())
    errors = bodies(raw)
    if not errors and flat != raw:
        errors = bodies(flat)
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
    clues |= _places(low, added)
    clues["topic"] = _several([*clues.get("topic", ()), *speaker])
    return Found({name: values for name, values in clues.items() if values}, known, flat)


def _several(values: Iterable[str], most: int = 12) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.lower() for value in values if value))[:most]


def _statuses(errors: tuple[CloudError, ...], flat: str, low: str, page: bool) -> dict[str, tuple[str, ...]]:
    codes = [str(error.http) for error in errors if error.http]
    codes += _numbers(low)
    statuses = [error.status for error in errors if error.shape is Shape.GOOGLE]
    statuses += [status for status in STATUS_CODES if status in flat]
    kinds = [error.status for error in errors if error.shape is Shape.ANTHROPIC]
    kinds += [kind for kind in ANTHROPIC_CODES if kind in low]
    codes += [str(STATUS_CODES[status]) for status in statuses if status in STATUS_CODES and not codes]
    shapes = [error.shape.value for error in errors if error.shape in (Shape.GOOGLE, Shape.ANTHROPIC)]
    shapes += ["anthropic"] if "req_vrtx_" in low or kinds else []
    if "grpc" in low or "code" in low:
        statuses += [_GRPC[match[1]] for match in _all("grpc", low) if match[1] in _GRPC]
    reasons = [error.reason for error in errors]
    reasons += [reason for reason in BODY_REASONS if reason in flat]
    return {
        "http": _several(codes, 6),
        "status": _several(statuses),
        "kind": _several(kinds),
        "shape": _several([*shapes, *(["page"] if page else [])]),
        "reason": _several(reasons),
    }


def _numbers(low: str) -> list[str]:
    """Numbers that are HTTP statuses: those with a word before them that says so, then those that stand alone."""
    sure, alone = [], []
    for match in _all("number", low)[:300]:
        before, after = low[max(0, match.start() - 24) : match.start()], low[match.end() : match.end() + 2]
        lead = before.rstrip("\"'=:([ ")
        if len(lead) < len(before) and lead.endswith(_SURE):
            sure.append(match[0])
        elif not (before[-1:].isalnum() or before.endswith(_TIED) or lead.endswith(_LINE)) and not _goes_on(after):
            alone.append(match[0])
    return sure + [code for code in alone if code[0] in "45" and int(code) <= 529]


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
    service = next((m[1] for m in _all("service", low)), "")
    charged = _all("consumer", low)
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
    consumers += [match[1] for match in _all("consumer", low)]
    consumers += ["google-client" for number in GOOGLE_CLIENT_PROJECTS if number in low]
    return {
        "refusal": _several(r.cause.value for r in known),
        "service": _several([r.service or "" for r in known]),
        "consumer": _several(consumers),
        "permission": _several(r.permission or "" for r in known),
        "metric": _several([*(r.metric or "" for r in known), *(m[1] for m in _all("metric", low))]),
        "limit": _several(m[1] for m in _all("limit", low)),
        "base": _several([*(r.base_model or "" for r in known), *(m[1] for m in _all("base", low))]),
        "constraint": _several(r.constraint or "" for r in known),
        "extra": _several(m[1] for m in _all("extra", low)),
        "beta": _several(m[1] for m in _all("beta", low)),
    }


def _names(low: str, both: str) -> dict[str, tuple[str, ...]]:
    return {
        "client": _several((name for name, signs in CLIENTS.items() if any(sign in both for sign in signs)), 8),
        "variable": _several((name for name in VARIABLES if name.lower() in both), 20),
        "topic": _several(name for name, signs in TOPICS.items() if any(sign in both for sign in signs)),
        "principal": _several(m[1] for m in _all("principal", low)),
        "verb": _several(
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


def _places(low: str, added: str) -> dict[str, tuple[str, ...]]:
    resources = _all("resource", low)
    # Without a scheme the plain name is the service's, as in names of resources and metrics.
    hosts = [m for m in _all("host", low) if m[1] or m[2].lower() != "aiplatform.googleapis.com"]
    both = f"{low}\n{added}"
    locations = [m[2] for m in resources]
    locations += [m[1] for m in _all("region", both)]
    for name in ("global", "us", "eu"):
        if any(sign in both for sign in _said_of(name)):
            locations.append(name)
    models = [m[5].split(":")[0] for m in resources if m[5] and m[5] != "count-tokens"]
    models += [m[1].rstrip(".:-") for m in _all("model", both)]
    odd = list(_odd(low, resources, hosts))
    accounts = {m[1].split("@")[0] for m in _all("account", both)[:_MOST_ACCOUNTS]}
    who = ["default"] if any(sign in both for sign in _DEFAULTS) else []
    who += ["personal"] if any(sign in both for sign in _PERSONAL) else []
    many = ["families"] if sum(family in both for family in _FAMILIES) > 1 else []
    versions = {m[1] for m in _all("version", both) if not both.endswith(_FAMILY_NAMES, 0, m.start())}
    many += ["versions"] if len(versions) > 1 else []
    many += ["accounts"] if len(accounts) > 1 else []
    many += ["locations"] if len(set(locations)) > 1 else []
    return {
        "host": _several(m[2] for m in hosts),
        "fit": _several(_fit(m[2].lower(), [r[2].lower() for r in resources]) for m in hosts),
        "url": _several(odd),
        "project": _several(m[1] for m in resources),
        "location": _several(locations, 6),
        "publisher": _several(
            [
                *(m[4] for m in resources if m[3] == "publishers"),
                *(p for p in ("google", "anthropic") if f"publishers/{p}" in low),
            ]
        ),
        "model": _several((m for m in models if "claude" in m.lower() and "gserviceaccount" not in m), 6),
        "many": tuple(many),
        "who": tuple(who),
    }


_FAMILIES = ("opus", "sonnet", "haiku", "fable", "mythos")
_FAMILY_NAMES = tuple(f"{name} " for name in (*_FAMILIES, "claude", "gemini"))


def _said_of(name: str) -> tuple[str, ...]:
    return (
        f"region={name}", f"region: {name}", f'region": "{name}"', f"region {name}", f"region \"{name}\"", f"location={name}", f"location: {name}",
        f"location {name}", f'location": "{name}"', f"location='{name}'", f'location="{name}"', f"{name} endpoint", f"locations/{name}/", f"in {name} ", f"on {name} ", f"({name})",
    )  # fmt: skip


_BARE_PATHS = (
    "requested url /projects/",
    "post /projects/",
    'post "/projects/',
    "post: /projects/",
    "path /projects/",
    "path: /projects/",
    'path: "/projects/',
)
_BAD_VALUES = ("undefined", "null", "none", "", "nan", "false", "%20")


def _odd(low: str, resources: list[re.Match[str]], hosts: list[re.Match[str]]) -> Iterable[str]:
    """What is odd about the addresses in a text."""
    for match in resources:
        if match[2].strip().lower() in _BAD_VALUES:
            yield "no-location"
        if match[1].strip().lower() in _BAD_VALUES:
            yield "no-project"
        if match[3] == "publishers" and re.search(
            r"://[^/\s]{3,80}/$", low[max(0, match.start() - 90) : match.start()]
        ):
            yield "no-version"
    for match in hosts:
        host, path = match[2].lower(), match[3].lower()
        if host.startswith(("undefined-", "null-", "none-", "-", "nan-", "false-")):
            yield "no-location"
        if match[1] == "://" and path.startswith("/projects"):
            yield "no-version"
        if match[1] == "://" and path and _ends_at_model(low, match.end()):
            yield "no-verb"
    if "https://-aiplatform" in low or "//-aiplatform" in low:
        yield "no-location"
    if "/locations//" in low or "/locations/ /" in low:
        yield "no-location"
    if "projects//" in low:
        yield "no-project"
    # As proxies log a request: its method and its path, without the host.
    if "rawpredict" in low and any(sign in low for sign in _BARE_PATHS):
        yield "no-version"
    if "/v1/v1/" in low or "/v1/v1beta1/" in low or "/v1beta1/v1/" in low or "/v1/models/v1" in low:
        yield "two-versions"
    if (
        "predict:rawpredict" in low
        or "predict:streamrawpredict" in low
        or "predict/v1" in low
        or "predict/messages" in low
    ):
        yield "two-verbs"
    if "aiplatform.googleapis.com/v1/messages" in low or "rep.googleapis.com/v1/messages" in low:
        yield "messages-path"


def _ends_at_model(low: str, at: int) -> bool:
    """Whether the address that goes on at ``at`` ends, in quotes, at the model: no method and no question follow."""
    end = min((place for place in (low.find(quote, at, at + 300) for quote in "'\"`") if place > 0), default=at)
    return "/publishers/anthropic/models/claude" in low[at - 60 : end] and not re.search(r"[:?\s]", low[at:end])


def _fit(host: str, locations: list[str]) -> str:
    """How a host goes with the locations of the paths beside it."""
    head = host.removesuffix(".googleapis.com")
    if head in ("global-aiplatform", "us-aiplatform", "eu-aiplatform"):
        return "no-such-host" if head != "us-aiplatform" else "no-such-host-us"
    served = "global" if head == "aiplatform" else head.removesuffix("-aiplatform")
    if head.startswith("aiplatform."):
        served = head.split(".")[1]
    known = [each for each in locations if each and each not in _BAD_VALUES]
    if known and served not in known and not served.startswith(("undefined", "{", "$", "-")):
        return "mismatch"
    return "fits" if known else ""
