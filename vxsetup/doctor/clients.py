"""Judges the configs of clients: LiteLLM, opencode, compose and workflow files, and what some clients cannot do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from vxsetup.config.source import Node
from vxsetup.doctor.files import ClientFile
from vxsetup.doctor.model import Know, Noted, Scope, Setting, address, cited, note, secret, shown
from vxsetup.doctor.regions import undocumented
from vxsetup.doctor.variables import host_fits, judge_model, outside
from vxsetup.findings import Severity
from vxsetup.rules import machine

_SAMPLING = ("temperature", "top_p", "top_k")
_ADC = "application_default_credentials.json"


def judge_file(found: ClientFile, know: Know) -> Iterator[Noted]:
    """What a client's own config shows beside its variables."""
    yield from found.faults
    if found.root is None:
        return
    if found.kind == "litellm":
        yield from _litellm(found.root, know)
    elif found.kind == "opencode":
        yield from _opencode(found.root, know)
    elif found.kind == "compose":
        yield from _compose(found.root, found.scopes)
    elif found.kind == "workflow":
        yield from _workflow(found.root, know)


def _text(node: Node | None) -> str:
    return node.value if node is not None and isinstance(node.value, str) else ""


def _setting(name: str, node: Node) -> Setting:
    return Setting(name, str(node.value), node.key_span, node.span)


def _litellm(root: Node, know: Know) -> Iterator[Noted]:
    settings = root.child("litellm_settings")
    drops = (
        settings is not None and settings.value.get("drop_params") is True
        if settings and isinstance(settings.value, dict)
        else False
    )
    models = root.child("model_list")
    for entry in models.items if models is not None and isinstance(models.items, list) else ():
        params = entry.child("litellm_params")
        if params is not None and isinstance(params.items, dict):
            yield from _litellm_model(params, drops, know)


def _litellm_model(params: Node, drops: bool, know: Know) -> Iterator[Noted]:
    model = params.child("model")
    written = _text(model)
    if model is None or "claude" not in written.lower():
        return
    prefix, _, name = written.rpartition("/")
    base = params.child("api_base")
    openapi = "endpoints/openapi" in _text(base) or (prefix == "openai" and "aiplatform" in _text(base))
    if prefix in ("gemini", "vertex_ai/gemini", "vertex_ai_beta") or openapi:
        message = f"The model {shown(written, 'model')} goes through a path that does not serve Claude"
        fix = f"Write vertex_ai/{name if re.fullmatch(r'[a-z0-9@.-]+', name) else 'MODEL'} and leave api_base out."
        yield note(machine.TRANSPORT, message, model.span, fix, subject="litellm model")
        return
    if prefix != "vertex_ai":
        return
    yield from judge_model(Setting("model", name, model.key_span, model.span), know, False, "vertex_ai/")
    location = params.child("vertex_location") or params.child("vertex_ai_location")
    if location is None:
        message = "This model has no vertex_location; LiteLLM then takes VERTEXAI_LOCATION, or us-central1, which serves no Claude"
        fix = "Write vertex_location beside it."
        yield note(machine.NO_LOCATION, message, model.span, fix, [cited(know, "WIRE", "default us-central1")], subject="litellm", severity=Severity.WARNING)  # fmt: skip
    elif isinstance(location.value, str) and not location.value.startswith("os.environ"):
        yield from outside("vertex_location", location.value, _setting("vertex_location", location), know)
        yield from undocumented("vertex_location", _setting("vertex_location", location), know)
    project = params.child("vertex_project") or params.child("vertex_ai_project")
    ids = {one.id for one in know.projects}
    if project is not None and ids and _text(project) not in ids and not _text(project).startswith("os.environ"):
        message = (
            f"vertex_project is {shown(_text(project), 'project')}, and the config is about {', '.join(sorted(ids))}"
        )
        yield note(
            machine.DIFFERS, message, project.span, "Change it to the project of the config.", subject="vertex_project"
        )
    if base is not None:
        yield from _bare_host(base, _text(location), know)
    for key in ("api_key", "vertex_credentials"):
        value = params.child(key)
        if value is not None and secret(_text(value)):
            message = f"{key} holds a token or a key; a token of Google runs out after an hour"
            fix = "Leave it out, or let vertex_credentials name a file: LiteLLM uses Application Default Credentials."
            yield note(machine.SECRET, message, value.key_span, fix, subject=key)
    known = know.catalogue.model(name)
    refused = known.refuses("sampling") if known else None
    for key in _SAMPLING if refused is not None and not drops else ():
        sent = params.child(key)
        if sent is not None and sent.value is not None and known is not None and refused is not None:
            message = f"{key} is sent with every request, and {known.versioned_id} refuses it"
            seen = [know.catalogue.evidence(refused, f"{known.name}: sampling refused")]
            fix = "Remove it, or set litellm_settings: {drop_params: true}."
            yield note(machine.SAMPLING, message, sent.key_span, fix, seen, subject=key)


def _bare_host(base: Node, location: str, know: Know) -> Iterator[Noted]:
    value = _text(base)
    if not value.startswith(("http://", "https://")):
        return
    setting = _setting("api_base", base)
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        return
    if parts.path.strip("/"):
        message = f"api_base is {address(value)}; LiteLLM adds /v1/projects/… to it, so it must end with the host"
        fix = f"Write {address(f'{parts.scheme}://{parts.netloc}')}, or leave it out."
        yield note(
            machine.BASE_URL,
            message,
            base.span,
            fix,
            [cited(know, "WIRE", "api_base with /v1 becomes /v1/v1")],
            subject="api_base",
        )
    yield from host_fits(setting, host, location, know)


def _opencode(root: Node, know: Know) -> Iterator[Noted]:
    for key in ("model", "small_model"):
        node = root.child(key)
        provider, _, name = _text(node).partition("/")
        if node is None or "claude" not in name.lower():
            continue
        if provider == "google-vertex":
            message = f"{key} names Claude under google-vertex, which is Gemini's provider"
            yield note(machine.TRANSPORT, message, node.span, "Write google-vertex-anthropic/… .", subject=key)
        elif provider == "google-vertex-anthropic":
            yield from judge_model(Setting(key, name, node.key_span, node.span), know, False, f"{provider}/")
    options = root.at(("provider", "google-vertex-anthropic", "options"))
    if options is None or not isinstance(options.items, dict):
        return
    location, project = options.child("location"), options.child("project")
    if location is not None and isinstance(location.value, str):
        yield from outside("location", location.value, _setting("location", location), know)
    ids = {one.id for one in know.projects}
    if project is not None and ids and _text(project) not in ids and "{" not in _text(project):
        message = f"project is {shown(_text(project), 'project')}, and the config is about {', '.join(sorted(ids))}"
        yield note(machine.DIFFERS, message, project.span, "Change it to the project of the config.", subject="project")


def _volumes(service: Node) -> list[tuple[str, str, Node]]:
    """Source, target and node of each mount of a service."""
    volumes = service.child("volumes")
    found = []
    for item in volumes.items if volumes is not None and isinstance(volumes.items, list) else ():
        if isinstance(item.value, str):
            parts = [part for part in re.split(r":(?![\\/]{2})", re.sub(r"\$\{[^}]*\}", "$X", item.value)) if part]
            if len(parts) >= 2:
                found.append((parts[0], parts[1], item))
        elif isinstance(item.items, dict):
            found.append((_text(item.child("source")), _text(item.child("target")), item))
    return found


def _compose(root: Node, scopes: tuple[Scope, ...]) -> Iterator[Noted]:
    services = root.child("services")
    named = services.items if services is not None and isinstance(services.items, dict) else {}
    for (name, service), scope in zip(named.items(), scopes, strict=False):
        mounts = _volumes(service)
        files = [
            m
            for m in mounts
            if m[0].endswith(".json") and (_ADC in m[0] or "gcloud" in m[1] or "google" in m[1] or "cred" in m[0])
        ]
        folders = [m for m in mounts if not m[0].endswith(".json") and m[1].rstrip("/").endswith(".config/gcloud")]
        vertex = scope.on("CLAUDE_CODE_USE_VERTEX") or any(
            scope.value(one)
            for one in ("ANTHROPIC_VERTEX_PROJECT_ID", "VERTEXAI_PROJECT", "GOOGLE_VERTEX_PROJECT", "GCP_PROJECT_ID")
        )
        from_file = service.child("env_file") is not None
        yield from _mounts(name, scope, files, service)
        if vertex and not files and not folders and not scope.get("GOOGLE_APPLICATION_CREDENTIALS") and not from_file:
            message = f"The service {name} is set up for Vertex AI, and no credentials reach it"
            fix = f"Mount ~/.config/gcloud/{_ADC} read-only and set GOOGLE_APPLICATION_CREDENTIALS to its path inside."
            yield note(machine.CONTAINER, message, service.key_span, fix, subject=scope.label)
        if (files or folders) and not vertex and not from_file:
            message = f"The service {name} gets credentials of Google, and no variable that names project or location"
            fix = (
                "Pass CLAUDE_CODE_USE_VERTEX, CLOUD_ML_REGION and ANTHROPIC_VERTEX_PROJECT_ID, or those of its client."
            )
            yield note(machine.CONTAINER, message, service.key_span, fix, subject=scope.label)


def _mounts(name: str, scope: Scope, files: list[tuple[str, str, Node]], service: Node) -> Iterator[Noted]:
    variable = scope.get("GOOGLE_APPLICATION_CREDENTIALS")
    for source, target, node in files:
        if target.rstrip("/").endswith("gcloud"):
            message = f"The service {name} mounts a file over the folder {target}, so the file is not found inside it"
            yield note(
                machine.CONTAINER, message, node.span, f"Mount it at {target.rstrip('/')}/{_ADC}.", subject=scope.label
            )
        elif not target.endswith(f".config/gcloud/{_ADC}") and variable is None and service.child("env_file") is None:
            message = (
                f"The service {name} mounts credentials at {target}, and GOOGLE_APPLICATION_CREDENTIALS is not set"
            )
            fix = f"Set GOOGLE_APPLICATION_CREDENTIALS={target} in the service."
            yield note(machine.CONTAINER, message, node.span, fix, subject=scope.label)
        elif variable is not None and "$" not in variable.value and variable.value != target and source:
            message = (
                f"GOOGLE_APPLICATION_CREDENTIALS of the service {name} names another path than the mount, {target}"
            )
            yield note(machine.CONTAINER, message, variable.value_span, f"Write {target}.", subject=scope.label)


def _workflow(root: Node, know: Know) -> Iterator[Noted]:
    jobs = root.child("jobs")
    for name, job in jobs.items.items() if jobs is not None and isinstance(jobs.items, dict) else ():
        steps = job.child("steps")
        listed = steps.items if steps is not None and isinstance(steps.items, list) else []
        uses = [(step, _text(step.child("uses")).partition("@")[0]) for step in listed]
        acting = [step for step, used in uses if used == "anthropics/claude-code-action"]
        acting = [
            step for step in acting if str((step.value.get("with") or {}).get("use_vertex", "")).lower() == "true"
        ]
        if not acting:
            continue
        names = _names(root) | _names(job) | _names(acting[0])
        for wanted in ("ANTHROPIC_VERTEX_PROJECT_ID", "CLOUD_ML_REGION"):
            if wanted not in names:
                message = f"The job {name} runs claude-code-action on Vertex AI without {wanted}"
                yield note(
                    machine.CONTAINER,
                    message,
                    acting[0].head_span,
                    f"Set {wanted} under env of the step.",
                    subject=f"{name} {wanted}",
                )
        rights = [p.value for p in (root.child("permissions"), job.child("permissions")) if p is not None]
        if not any(one == "write-all" or (isinstance(one, dict) and one.get("id-token") == "write") for one in rights):
            message = f"The job {name} logs in by federation and may not ask for an id-token"
            yield note(
                machine.CONTAINER,
                message,
                job.key_span,
                "Add permissions: {contents: read, id-token: write}.",
                subject=f"{name} id-token",
            )
        if not any(used == "google-github-actions/auth" for _, used in uses):
            message = f"The job {name} has no step that logs in to Google Cloud"
            fix = "Add google-github-actions/auth before it; vxsetup emit github-actions writes it."
            yield note(machine.CONTAINER, message, acting[0].head_span, fix, subject=f"{name} auth")


def _names(node: Node) -> set[str]:
    env = node.child("env")
    return set(env.value) if env is not None and isinstance(env.value, dict) else set()


def _kubernetes(scope: Scope) -> Iterator[Noted]:
    """Credentials that are mounted into a container whose variables do not name them. With none, GKE's own may do."""
    if scope.get("GOOGLE_APPLICATION_CREDENTIALS") or scope.get("envFrom"):
        return
    for mount in scope.settings:
        if mount.name == "mount" and re.search(r"adc|gcloud|google|gcp|vertex", mount.value.lower()):
            message = f"The {scope.label} has credentials mounted, and GOOGLE_APPLICATION_CREDENTIALS is not set"
            fix = "Set it to the path of the file inside the mount."
            yield note(machine.CONTAINER, message, mount.value_span, fix, subject=scope.label)


def judge_clients(scopes: tuple[Scope, ...], know: Know) -> Iterator[Noted]:
    """What some clients cannot do, by the settings that show them; and containers that lack half of what they need."""
    for scope in scopes:
        if scope.kind == "kubernetes":
            yield from _kubernetes(scope)
        switch = scope.get("ANTHROPIC_USE_VERTEX")
        if switch is not None and switch.on and not scope.value("GOOGLE_SERVICE_KEY_FILE"):
            message = "LibreChat needs a service-account key for Vertex AI: it takes no Application Default Credentials"
            fix = "Set GOOGLE_SERVICE_KEY_FILE, or put a gateway such as the LiteLLM proxy in between."
            seen = [cited(know, "EMIT", "LibreChat: a key file, api/data/auth.json by default")]
            yield note(machine.CANNOT, message, switch.name_span, fix, seen, subject="librechat")
        if scope.value("GOOSE_PROVIDER") == "gcp_vertex_ai" and scope.value("GCP_LOCATION") in ("us", "eu"):
            setting = scope.get("GCP_LOCATION")
            message = "goose builds a wrong host for us and eu"
            fix = "Use global or a region, or another client."
            seen = [cited(know, "EMIT", "goose: us and eu go to a host that does not exist")]
            yield note(machine.CANNOT, message, setting.value_span if setting else None, fix, seen, subject="goose")
