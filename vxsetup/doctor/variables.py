"""Judges the variables of one scope: names, values, empty ones, addresses, ids, secrets, and what the config asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from vxsetup.catalog import ModelState
from vxsetup.catalog.nearest import nearest
from vxsetup.doctor.model import (
    LOCATION,
    Edit,
    Know,
    Noted,
    Scope,
    Setting,
    address,
    cited,
    note,
    secret,
    shown,
)
from vxsetup.doctor.regions import undocumented
from vxsetup.findings import Severity
from vxsetup.rules import machine
from vxsetup.rules.path import SENDABLE

_OF_CLAUDE = ("CLOUD_ML_REGION", "VERTEX_REGION_CLAUDE_")
"""Locations that only clients of Claude read; GOOGLE_CLOUD_LOCATION and its like may be meant for other models."""
_OTHERS = frozenset(
    [
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "ANTHROPIC_BASE_URL",
        "ANTHROPIC_BEDROCK_BASE_URL",
        "ANTHROPIC_LOG",
        "ANTHROPIC_SMALL_FAST_MODEL",
        "ANTHROPIC_DEFAULT_MODEL",
        "CLAUDE_CODE_SUBAGENT_MODEL",
        "CLAUDE_CODE_SKIP_VERTEX_AUTH",
        "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_CLOUD_QUOTA_PROJECT",
        "GOOGLE_CLOUD_PROJECT_NUMBER",
        "GOOGLE_VERTEX_API_KEY",
        "VERTEX_LOCATION",
        "GCP_PROJECT",
        "GOOGLE_CLOUD_REGION",
        "ANTHROPIC_GOOGLE_CLOUD_PROJECT",
        "ANTHROPIC_GOOGLE_CLOUD_LOCATION",
        "ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID",
        "ANTHROPIC_GOOGLE_CLOUD_BASE_URL",
        "DEFAULT_VERTEXAI_LOCATION",
        "DEFAULT_VERTEXAI_PROJECT",
        "DEFAULT_GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_CLOUD_LOCATION",
        "CLOUDSDK_CORE_PROJECT",
    ]
)
"""Names that clients or Google's tools read beside those of the table (CC, EMIT)."""

_MEANT = {
    "VERTEX_PROJECT": "VERTEXAI_PROJECT",
    "VERTEX_AI_PROJECT": "VERTEXAI_PROJECT",
    "VERTEX_AI_LOCATION": "VERTEXAI_LOCATION",
    "VERTEX_REGION": "CLOUD_ML_REGION",
    "GOOGLE_VERTEX_REGION": "GOOGLE_VERTEX_LOCATION",
    "ANTHROPIC_VERTEX_LOCATION": "CLOUD_ML_REGION",
    "ANTHROPIC_VERTEX_PROJECT": "ANTHROPIC_VERTEX_PROJECT_ID",
    "ANTHROPIC_VERTEX__BASE_URL": "ANTHROPIC_VERTEX_BASE_URL",
    "CLAUDE_CODE_USE_VERTEX_AI": "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_VERTEXAI": "CLAUDE_CODE_USE_VERTEX",
    "CLOUD_ML_LOCATION": "CLOUD_ML_REGION",
}
"""Names that no client reads, and the one that is meant (EMIT)."""

_PREFIXES = (
    "ANTHROPIC_",
    "CLAUDE_CODE_",
    "CLOUD_ML_",
    "VERTEX",
    "GOOGLE_VERTEX",
    "GOOGLE_APPLICATION_",
    "GOOGLE_CLOUD_",
)
_SHARED_LOCATION = ("GOOGLE_CLOUD_LOCATION", "GOOGLE_CLOUD_REGION", "VERTEX_LOCATION")
"""Locations that other models use, too: they may differ from that of Claude."""

_NO_HOST = re.compile(r"(?:eu|global)-aiplatform\.googleapis\.com\Z")
_GOOGLE = re.compile(r"(?:[a-z0-9-]+-)?aiplatform(?:\.(?:us|eu)\.rep)?\.googleapis\.com\Z")
_WON = (
    "Claude Code's documentation lets the general variables win, its version 2.1.330 the one with ANTHROPIC in its "
    "name; the TypeScript SDK may take the quota project of the login"
)


def holds(know: Know) -> dict[str, str]:
    """Each variable of the table -> what it holds."""
    found = {v.name: v.holds for target in know.targets.every for v in target.variables}
    extra = {name: "location" for target in know.targets.every for name in target.model_locations.values()}
    return {
        **extra,
        **found,
        "VERTEX_LOCATION": "location",
        "GCP_PROJECT": "project",
        "ANTHROPIC_SMALL_FAST_MODEL": "model",
    }


def judge_scope(scope: Scope, know: Know) -> Iterator[Noted]:
    """Everything that one scope shows by itself."""
    table = holds(know)
    clashes = list(_clashes(scope, table))
    torn = any("projects:" in one.finding.message for one in clashes)  # one cause, one failure
    for setting in scope.settings:
        kind = table.get(setting.name)
        if kind is None:
            yield from _misspelt(setting, scope, table)
        if secret(setting.value) and setting.name != "GOOGLE_APPLICATION_CREDENTIALS":
            yield from _secret(setting, scope)
            continue
        if setting.value.strip() == "":
            yield from _empty(setting, scope, kind)
        elif kind == "location":
            yield from _location(setting, know)
        elif kind is not None and kind.startswith("model"):
            yield from judge_model(setting, know, scope.kind != "litellm")
        elif kind == "base_url":
            yield from _override(setting, scope, know)
        elif kind == "project" and not torn:
            yield from _project(setting, know)
        if "endpoints/openapi" in setting.value or "publishers/google" in setting.value:
            message = f"{setting.name} leads to a path that does not serve Claude: {address(setting.value)}"
            fix = "Use the client's own provider for Claude on Vertex AI; its path has publishers/anthropic."
            yield note(machine.TRANSPORT, message, setting.value_span, fix, subject=setting.name)
    yield from clashes
    yield from _fallbacks(scope, know)


def _misspelt(setting: Setting, scope: Scope, table: dict[str, str]) -> Iterator[Noted]:
    name = setting.name
    if name in _OTHERS or not name.startswith(_PREFIXES) or not re.fullmatch(r"[A-Z][A-Z0-9_]{3,60}", name):
        return
    meant = _MEANT.get(name)
    if meant is None:
        near = nearest(name, [*table, *_OTHERS], 2, 1)
        meant = near[0] if near else None
    if meant is None and name.startswith("VERTEX_REGION_CLAUDE_"):
        words = sorted(name.removeprefix("VERTEX_REGION_CLAUDE_").split("_"))
        known = [one for one in table if one.startswith("VERTEX_REGION_CLAUDE_")]
        meant = next(
            (one for one in known if sorted(one.removeprefix("VERTEX_REGION_CLAUDE_").split("_")) == words), None
        )
    if meant is None:
        return
    renamed = scope.get(meant) is None and setting.name_span is not None and setting.name_span != setting.value_span
    edit = Edit(setting.name_span, _requoted(scope, meant)) if renamed and setting.name_span else None
    message = f"No client reads {name}; {meant} is probably meant"
    yield note(machine.MISSPELT, message, setting.name_span, f"Rename it to {meant}.", subject=name, edit=edit)


def _requoted(scope: Scope, name: str) -> str:
    return f'"{name}"' if scope.file is not None and scope.file.endswith((".json", ".jsonc")) else name


def _secret(setting: Setting, scope: Scope) -> Iterator[Noted]:
    token = setting.value.strip().startswith("ya29.")
    if scope.kind == "shell" and not token:
        return
    what = "an access token of Google, which runs out after an hour" if token else "what looks like a key or a token"
    message = f"{_plain(setting.name)} holds {what}"
    fix = (
        "Delete it here and let the client use Application Default Credentials; what was written down counts as leaked."
    )
    yield note(machine.SECRET, message, setting.name_span, fix, subject=_plain(setting.name))


def _plain(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]{0,80}", name) else "A variable"


def _empty(setting: Setting, scope: Scope, kind: str | None) -> Iterator[Noted]:
    if kind not in ("project", "location", "base_url", "model") or "$" in setting.value:
        return
    why = {
        "base_url": "the Python SDK takes the empty text for an address and fails",
        "project": "clients then build addresses with no project in them",
        "location": "a default of the client takes its place",
    }.get(kind, "a default of the client takes its place")
    line = scope.kind == "dotenv" and setting.name_span is not None
    edit = Edit(setting.name_span, "", line=True) if line and setting.name_span else None
    message = f"{setting.name} is set to nothing: {why}"
    yield note(
        machine.EMPTY, message, setting.name_span, "Delete it, or give it its value.", subject=setting.name, edit=edit
    )


def _location(setting: Setting, know: Know) -> Iterator[Noted]:
    value = setting.value.strip()
    if "$" in value or "{" in value:
        return
    if not LOCATION.match(value):
        message = f"{setting.name} is no location; Claude Code then takes us-east5"
        fix = "Write global, us, eu, or a region such as europe-west1."
        yield note(machine.NO_LOCATION, message, setting.value_span, fix, subject=setting.name)
        return
    yield from outside(setting.name, value, setting, know)
    if setting.name.startswith(_OF_CLAUDE):
        yield from undocumented(setting.name, setting, know)


def outside(name: str, value: str, setting: Setting, know: Know) -> Iterator[Noted]:
    """A location that the config does not ask for, or that its residency forbids."""
    if not know.projects:
        return
    kept = [p for p in know.projects if _inside(value, p.residency, know)]
    if not kept:
        residency = know.projects[0].residency
        message = f"{name} is {value}, which is outside the residency {residency} that the config asks for"
        fix = f"Use one of {', '.join(sorted(know.locations)) or residency}."
        yield note(machine.RESIDENCY, message, setting.value_span, fix, subject=name)
    elif value not in know.locations:
        message = f"{name} is {value}, and the config asks for {', '.join(sorted(know.locations))}"
        fix = "Change it, or add the location to the config and check it: vxsetup check."
        yield note(machine.DIFFERS, message, setting.value_span, fix, subject=name)


def _inside(location: str, residency: str, know: Know) -> bool:
    return residency == "any" or know.catalogue.geography(location) == residency


def _project(setting: Setting, know: Know) -> Iterator[Noted]:
    ids = {project.id for project in know.projects}
    value = setting.value.strip()
    if not ids or value in ids or "$" in value or "{" in value:
        return
    message = f"{setting.name} is {shown(value, 'project')}, and the config is about {', '.join(sorted(ids))}"
    yield note(
        machine.DIFFERS, message, setting.value_span, "Change it to the project of the config.", subject=setting.name
    )


def judge_model(setting: Setting, know: Know, suffixes: bool = True, prefix: str = "") -> Iterator[Noted]:
    """An id of a model in a client's settings. ``suffixes``: the client has endings of its own, as ``[1m]``.

    ``prefix`` stands before the id in the file, as ``vertex_ai/``, and belongs into what is to be written.
    """
    written = setting.value.strip()
    core = re.sub(r"\[1m\]\Z", "", written) if suffixes else written
    if "$" in core or "{" in core or ("claude" not in core.lower() and core.lower() not in ("opus", "sonnet", "haiku")):
        return
    found = know.catalogue.recognise(core)
    span = setting.value_span
    name = _plain(setting.name)
    if found.kind == "client_alias":
        message = f"{name} is the short name {core}: which model that is depends on the version of the client"
        fix = f"Write the id of a model that the project has enabled, such as {prefix}{found.suggestion}."
        yield note(machine.MODEL_ID, message, span, fix, subject=name, severity=Severity.WARNING)
        return
    if found.kind not in SENDABLE:
        message = f"{name} is {shown(written, 'model')}: {found.says}"
        right = f"{prefix}{found.suggestion}" if found.suggestion else ""
        fix = f"Write {right}." if right else "See vxsetup models for the ids."
        edit = _replaced(setting, prefix + written, right + written[len(core) :]) if right else None
        yield note(machine.MODEL_ID, message, span, fix, subject=name, edit=edit)
        return
    if found.model is not None:
        state = found.model.state(know.catalogue.date)
        if state.name is ModelState.SHUT_DOWN:
            heir = found.model.successor(know.catalogue.date)
            message = f"{name} is {core}, which was {state.says}"
            fix = f"Use {heir.value}." if heir else "Use a current model: vxsetup models."
            seen = [know.catalogue.evidence(one, state.says) for one in state.claims]
            yield note(machine.MODEL_ID, message, span, fix, seen, subject=name)
            return
    if know.models and core.partition("@")[0] not in know.models:
        message = (
            f"{name} is {shown(core, 'model')}, which the config does not ask for, so nothing shows that it is enabled"
        )
        fix = f"Use one of {', '.join(sorted(know.models))}, or add it to the config."
        yield note(machine.DIFFERS, message, span, fix, subject=name)


def _replaced(setting: Setting, old: str, new: str) -> Edit | None:
    """The edit that puts a new value in place of an old one, quotes and all."""
    span = setting.value_span
    if span is None or span == setting.name_span or span.line != span.end_line:
        return None
    width = span.end_column - span.column
    if width == len(old):
        return Edit(span, new)
    return Edit(span, f'"{new}"') if width == len(old) + 2 else None


def _override(setting: Setting, scope: Scope, know: Know) -> Iterator[Noted]:
    """ANTHROPIC_VERTEX_BASE_URL and its like: with /v1 at the end, on a host of the location."""
    value = setting.value.strip()
    if "$" in value:
        return
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host:
        message = f"{setting.name} is no web address"
        yield note(
            machine.BASE_URL, message, setting.value_span, "Write https://HOST/v1, or delete it.", subject=setting.name
        )
        return
    if _NO_HOST.match(host):
        yield from host_fits(setting, host, "", know)
        return
    seen = [cited(know, "WIRE", "Anthropic's SDKs and Claude Code go on from the address with /projects/…")]
    path = parts.path.rstrip("/")
    if not path.endswith("/v1") or path.endswith("/v1/v1"):
        right = re.sub(r"(?:/v1(?:beta1)?)*\Z", "", path) + "/v1"
        if _GOOGLE.match(host):
            right = "/v1"
        whole = f"{parts.scheme}://{parts.netloc}{right}"
        wanted = address(whole)
        plain = wanted == whole and address(value) == value
        edit = _replaced(setting, value, whole) if plain else None
        message = f"{setting.name} is {address(value)}; its clients expect an address that ends in /v1"
        yield note(
            machine.BASE_URL, message, setting.value_span, f"Write {wanted}.", seen, subject=setting.name, edit=edit
        )
    yield from host_fits(setting, host, scope.value("CLOUD_ML_REGION") or scope.value("GOOGLE_CLOUD_LOCATION"), know)


def host_fits(setting: Setting, host: str, location: str, know: Know) -> Iterator[Noted]:
    """Whether a host of Google exists, and serves the location that is set beside it."""
    if _NO_HOST.match(host):
        message = f"{setting.name} names {host}, which serves no API: it resolves, and answers with a web page"
        right = know.catalogue.host(host.partition("-")[0])
        seen = [cited(know, "EMIT", f"{host}: 404 in HTML; {right}: 401 in JSON")]
        path = {"ANTHROPIC_VERTEX_BASE_URL": "/v1"}.get(setting.name, "")
        edit = _replaced(setting, setting.value.strip(), f"https://{right}{path}") if path else None
        fix = f"Use https://{right}{path}, or delete it: clients find the host by the location."
        yield note(machine.WRONG_HOST, message, setting.value_span, fix, seen, subject=setting.name, edit=edit)
        return
    if not _GOOGLE.match(host) or not location or not LOCATION.match(location):
        return
    right = know.catalogue.host(location)
    if host != right:
        message = f"{setting.name} names {host}, and the location beside it is {location}, which {right} serves"
        fix = "Delete the override: clients find the host by the location."
        yield note(machine.HOST_LOCATION, message, setting.value_span, fix, subject=setting.name)


def _clashes(scope: Scope, table: dict[str, str]) -> Iterator[Noted]:
    for kind in ("project", "location"):
        found = [
            one
            for one in scope.settings
            if table.get(one.name) == kind
            and one.value.strip()
            and "$" not in one.value
            and one.name not in _SHARED_LOCATION
            and not one.name.startswith("VERTEX_REGION_CLAUDE_")
        ]
        values: dict[str, Setting] = {}
        for one in found:
            values.setdefault(one.value.strip(), one)
        if len(values) > 1:
            yield _clash(kind, list(values.values()), scope)


def _clash(kind: str, different: Sequence[Setting], scope: Scope) -> Noted:
    told = ", ".join(f"{one.name} is {shown(one.value.strip(), kind)}" for one in different[:4])
    which = f" ({_WON})" if kind == "project" else ""
    message = f"In {scope.label} the variables name {len(different)} {kind}s: {told}. Which one counts differs by client{which}"
    spans = tuple(one.value_span for one in different[1:4] if one.value_span)
    fix = "Set them all to the one that is meant, or unset the others."
    subject = ", ".join(one.name for one in different[:4])
    return note(machine.CLASH, message, different[0].value_span, fix, subject=subject, related=spans)


def _fallbacks(scope: Scope, know: Know) -> Iterator[Noted]:
    """Settings that move a request to another location by themselves."""
    bound = [project for project in know.projects if project.residency != "any"]
    provider = scope.get("GOOSE_PROVIDER")
    if provider is not None and provider.value == "gcp_vertex_ai" and bound:
        message = (
            "goose sends a failed request again to another location of its own list, so the residency does not hold"
        )
        fix = "Use a client that keeps to one location; an organization policy on endpoints enforces it."
        seen = [cited(know, "EMIT", "goose: on a failure it asks the model's known location")]
        yield note(machine.RESIDENCY, message, provider.value_span, fix, seen, subject="GOOSE_PROVIDER")
    rewriting = scope.get("DEFAULT_VERTEXAI_LOCATION")
    if rewriting is not None and rewriting.value.strip():
        message = (
            f"DEFAULT_VERTEXAI_LOCATION is {shown(rewriting.value.strip(), 'location')}: LiteLLM's pass-through sends "
            "every request there, whatever location its address names"
        )
        seen = [cited(know, "WIRE", "asked for global, sent to the default location")]
        yield note(machine.RESIDENCY, message, rewriting.value_span, "Unset it.", seen, subject="DEFAULT_VERTEXAI_LOCATION",
                   severity=None if bound else Severity.WARNING)  # fmt: skip
