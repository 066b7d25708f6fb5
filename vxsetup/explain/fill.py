"""Fills the fix of a cause with what is known: the config's project, location and model first, then what the text names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from vxsetup.explain.mask import masked
from vxsetup.explain.match import Clues
from vxsetup.explain.model import Own, Page
from vxsetup.findings import Fix
from vxsetup.values import replace

if TYPE_CHECKING:
    from vxsetup.catalog import Catalogue

# As text: a diagnosis needs few of them, and each costs to compile.
_PROJECT = r"(?:[a-z0-9.-]{1,60}:)?[a-z][a-z0-9-]{2,40}|\d{6,14}"
_LOCATION = r"[a-z]{2,20}(?:-[a-z]{2,20}\d{1,2})?"
_MODEL = r"claude-[a-z0-9][a-z0-9.-]{0,60}(?:@[a-z0-9]{1,20})?"
_SERVICE = r"[a-z]{2,60}\.googleapis\.com"
_ACCOUNT = r"[a-z0-9][a-z0-9.-]{0,99}@[a-z0-9.-]{1,160}gserviceaccount\.com"
_BASE = r"anthropic-[a-z0-9-]{1,60}"
_METRIC_PLACES = (("global_online", "global"), ("us_multi_region", "us"), ("eu_multi_region", "eu"))
_CLIENTS = {
    "claude-code": ("claude-code", "CLOUD_ML_REGION"),
    "litellm": ("litellm", "VERTEXAI_LOCATION"),
    "aider": ("aider", "VERTEXAI_LOCATION"),
    "opencode": ("opencode", "GOOGLE_CLOUD_LOCATION"),
    "goose": ("goose", "GCP_LOCATION"),
    "cline": ("cline", ""),
    "continue": ("continue", ""),
    "zed": ("zed", ""),
    "librechat": ("librechat", ""),
    "dify": ("dify", ""),
    "n8n": ("n8n", ""),
    "langchain": ("langchain", ""),
    "llama-index": ("llamaindex", ""),
    "adk": ("google-adk", "GOOGLE_CLOUD_LOCATION"),
    "genkit": ("genkit", ""),
    "ai-sdk": ("vercel-ai", "GOOGLE_VERTEX_LOCATION"),
    "spring-ai": ("spring-ai", ""),
    "anthropic-sdk-python": ("python", "CLOUD_ML_REGION"),
    "anthropic-sdk-ts": ("typescript", "CLOUD_ML_REGION"),
    "anthropic-sdk-go": ("go", "CLOUD_ML_REGION"),
    "anthropic-sdk-java": ("java", "CLOUD_ML_REGION"),
}
"""Client -> the target of ``vxsetup emit`` that is it, and its variable for the location. What stands on an SDK comes
before the SDK, which shows in its errors too."""

_NO_PLACES = ("undefined", "null", "none", "nan", "locations")


def known(clues: Clues, own: Own | None, catalogue: Catalogue | None) -> dict[str, str]:
    """Name -> value for the texts of fixes; what is not known stands as a placeholder in capitals.

    Only values of a harmless shape are taken, since they become part of commands.
    """
    own = own or Own()
    location = own.location or _first(clues, "location", _LOCATION, _NO_PLACES) or _of_metric(clues)
    written = _first(clues, "model", _MODEL)
    model = _own_model(own, written) or written
    bare = model.split("@")[0] if model else None
    right = model
    if catalogue is not None:
        raw = next((m for m in clues.get("model", ()) if m), None)
        found = catalogue.recognise(raw) if raw else None
        if found is not None:
            right = found.suggestion or (found.nearest[0] if found.nearest else None) or model
    host = None
    if location and catalogue is not None:
        host = catalogue.data["locations"].get(location, {}).get("host", [{}])[0].get("value")
        host = host or f"{location}-aiplatform.googleapis.com"
    account = _account(clues)
    target, variable = _client(clues)
    project = own.project or _project(clues)
    return {
        "project": project or "PROJECT_ID",
        "location": location or "LOCATION",
        "model": right if right and model != right and own.models == () else model or "MODEL",
        "right_model": right if right and right != written else "the id that vxsetup models shows",
        "bare_model": (bare or "MODEL"),
        "base_model": _first(clues, "base", _BASE) or "BASE_MODEL",
        "host": host or "HOST",
        "service": _service(clues),
        "principal": account or "SERVICE_ACCOUNT_EMAIL",
        "member": f"serviceAccount:{account}" if account else "MEMBER",
        "emit": f"vxsetup emit {target}" if target else "vxsetup emit --list",
        "location_variable": variable or "CLOUD_ML_REGION",
    }


def _client(clues: Clues) -> tuple[str, str]:
    """The target of ``vxsetup emit`` and the variable for the location, of the client that a text is of; or empty."""
    found = clues.get("client", ())
    return next((_CLIENTS[name] for name in _CLIENTS if name in found), ("", ""))


def _of_metric(clues: Clues) -> str | None:
    """The place that a quota's metric names: global, or a multi-region (GD:quotas). A region's metric names none."""
    metric = next(iter(clues.get("metric", ())), "")
    return next((place for sign, place in _METRIC_PLACES if sign in metric), None)


def filled(fix: Fix, values: Mapping[str, str]) -> Fix:
    """The fix with its names in braces replaced."""
    url = fix.url
    if url and values["bare_model"] == "MODEL":
        url = url.replace("/{bare_model}", "")  # the page of all models: an address is to be opened as it stands
    return Fix(
        fix.summary.format_map(values),
        fix.command.format_map(values) if fix.command else None,
        url.format_map(values) if url and values["project"] != "PROJECT_ID" else _whole(url),
    )


def read_alone(page: Page, own: Own | None, catalogue: Catalogue | None) -> Page:
    """The page as it is read without an error: with what a config says, and placeholders in capitals for the rest."""
    return replace(page, fix=filled(page.fix, known({}, own, catalogue)))


def _whole(url: str | None) -> str | None:
    """An address whose project is not known: without the part that would name it."""
    if url is None or "{" not in url:
        return url
    base = url.split("?")[0]
    return base.format_map({"bare_model": "", "service": "aiplatform.googleapis.com"}).rstrip("/")


def _first(clues: Clues, name: str, shape: str, but: tuple[str, ...] = ()) -> str | None:
    return next(
        (
            value
            for value in clues.get(name, ())
            if value not in but and re.fullmatch(shape, value) and masked(value) == value
        ),
        None,
    )


def _own_model(own: Own, written: str | None) -> str | None:
    """The config's model that the text names, or its only one."""
    for model in own.models:
        if written and model.split("@")[0] == written.split("@")[0]:
            return model
    return own.models[0] if len(own.models) == 1 and not written else None


def _project(clues: Clues) -> str | None:
    named = [*clues.get("project", ()), *clues.get("consumer", ())]
    odd = ("google-client", "not-own", "not-in-path", "undefined", "null", "none", "projects", "...", "xxx")
    return next(
        (each for each in named if re.fullmatch(_PROJECT, each) and each not in odd and masked(each) == each), None
    )


def _service(clues: Clues) -> str:
    return _first(clues, "service", _SERVICE) or "aiplatform.googleapis.com"


def _account(clues: Clues) -> str | None:
    for value in clues.get("principal", ()):
        name = value.removeprefix("serviceaccount:")
        if re.fullmatch(_ACCOUNT, name):
            return name
    return None
