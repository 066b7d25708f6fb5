"""Extracts from a text where a request went: project, location, host, model, and what is odd about its address."""

from __future__ import annotations

import re
from collections.abc import Iterable

from vxsetup.explain.match import several
from vxsetup.explain.patterns import every

_MOST_ACCOUNTS = 40
_PERSONAL = ("@gmail.", "@googlemail.", "@outlook.", "@hotmail.", "@yahoo.", "@icloud.", "@proton")
_DEFAULTS = ("-compute@developer", "@appspot.gserviceaccount")


def places(low: str, added: str) -> dict[str, tuple[str, ...]]:
    """The fields of ``clues.FIELDS`` about where a request went; ``low`` is the text, ``added`` what the asker adds."""
    resources = every("resource", low)
    # Without a scheme the plain name is the service's, as in names of resources and metrics.
    hosts = [m for m in every("host", low) if m[1] or m[2].lower() != "aiplatform.googleapis.com"]
    both = f"{low}\n{added}"
    locations = [m[2] for m in resources]
    locations += [m[1] for m in every("region", both)]
    locations += [name for name in ("global", "us", "eu") if _is_said(name, both)]
    models = [m[5].split(":")[0] for m in resources if m[5] and m[5] != "count-tokens"]
    models += [m[1].rstrip(".:-") for m in every("model", both)]
    odd = list(_odd(low, resources, hosts))
    accounts = {m[1].split("@")[0] for m in every("account", both)[:_MOST_ACCOUNTS]}
    who = ["default"] if any(sign in both for sign in _DEFAULTS) else []
    who += ["personal"] if any(sign in both for sign in _PERSONAL) else []
    many = ["families"] if sum(family in both for family in _FAMILIES) > 1 else []
    versions = {m[1] for m in every("version", both) if not both.endswith(_FAMILY_NAMES, 0, m.start())}
    many += ["versions"] if len(versions) > 1 else []
    many += ["accounts"] if len(accounts) > 1 else []
    many += ["locations"] if len(set(locations)) > 1 else []
    return {
        "host": several(m[2] for m in hosts),
        "fit": several(_fit(m[2].lower(), [r[2].lower() for r in resources]) for m in hosts),
        "url": several(odd),
        "project": several(m[1] for m in resources),
        "location": several(locations, 6),
        "publisher": several(
            [
                *(m[4] for m in resources if m[3] == "publishers"),
                *(p for p in ("google", "anthropic") if f"publishers/{p}" in low),
            ]
        ),
        "model": several((m for m in models if "claude" in m.lower() and "gserviceaccount" not in m), 6),
        "many": tuple(many),
        "who": tuple(who),
    }


_FAMILIES = ("opus", "sonnet", "haiku", "fable", "mythos")
_FAMILY_NAMES = tuple(f"{name} " for name in (*_FAMILIES, "claude", "gemini"))


def _is_said(name: str, text: str) -> bool:
    """Whether a place of one word is named beside a word that says so, and not only as the beginning of a region."""
    for sign in _said_of(name):
        at = text.find(sign)
        while at >= 0:
            end = at + len(sign)
            if sign[-1] != name[-1] or not (text[end : end + 1].isalnum() or text[end : end + 1] in ("-", "_")):
                return True
            at = text.find(sign, end)
    return False


def _said_of(name: str) -> tuple[str, ...]:
    return (
        f"region={name}", f" {name}: claude", f"region: {name}", f'region": "{name}"', f"region {name}", f"region \"{name}\"", f"location={name}", f"location: {name}",
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
