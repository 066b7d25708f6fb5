"""Programs that people work with: Claude Code and its container, opencode, Cline, Aider, Goose, Continue and others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vxsetup.clients import Target
from vxsetup.clients.fit import own_locations_since
from vxsetup.clients.versions import newest
from vxsetup.emit.formats import docker_env_file, dotenv_file, json_file, shell_file, yaml_file
from vxsetup.emit.parts import File
from vxsetup.emit.settings import Place, Settings
from vxsetup.emit.writers.common import CREDENTIALS, cheapest, claude_code_variables, forbid, range_of

ANSWER_TOKENS = 32000
"""The longest answer that a program is told to ask for where it would ask for far less: what other agents ask for."""


def _claude_code(settings: Settings, target: Target) -> tuple[File, ...]:
    value = {
        "$schema": "https://json.schemastore.org/claude-code-settings.json",
        "env": claude_code_variables(settings, target),
        "gcpAuthRefresh": "gcloud auth application-default login",
    }
    pinned, _ = range_of(target, target.packages[0], settings)
    least = newest([pinned, own_locations_since(target, settings.wanted)])
    rivals = [variable.name for variable in target.variables_for("rival")]
    more = (f"Needs Claude Code {least} or later: npm install -g {target.packages[0].name}",)
    exports = claude_code_variables(settings, target, rivals=False)
    return (
        json_file(".claude/settings.json", value),
        shell_file("claude-code/env.sh", "claude-code", exports, unset=rivals, more=more),
    )


def _devcontainer(settings: Settings, target: Target) -> tuple[File, ...]:
    value = {
        "name": "Claude on Vertex AI",
        "image": "mcr.microsoft.com/devcontainers/base:ubuntu",
        "features": {"ghcr.io/anthropics/devcontainer-features/claude-code:1.0": {}},
        "containerEnv": claude_code_variables(settings, target),
    }
    forbid(value, r"\$\{", "a development container")
    return (json_file(".devcontainer/devcontainer.json", value),)


def _opencode_id(place: Place) -> str:
    return f"google-vertex-anthropic/{place.model}"


def _opencode_models(settings: Settings) -> dict[str, Any]:
    """Each model with its limits: its own list may be older than the model, and names one without a date ``@default``."""
    models: dict[str, Any] = {}
    for place in settings.firsts:
        models[place.model] = {"name": place.model}
        if place.context_window and place.max_output_tokens:
            models[place.model]["limit"] = {"context": place.context_window, "output": place.max_output_tokens}
    return models


def _opencode(settings: Settings, target: Target) -> tuple[File, ...]:
    options = {"project": settings.project, "location": settings.location}
    first = settings.firsts[0]
    if settings.endpoint:
        options["baseURL"] = settings.base_url(first, "models")
    value = {
        "$schema": "https://opencode.ai/config.json",
        "model": _opencode_id(first),
        "small_model": _opencode_id(cheapest(settings)),
        "provider": {"google-vertex-anthropic": {"options": options, "models": _opencode_models(settings)}},
    }
    forbid(value, r"\{(env|file):", "opencode")
    values = {
        v.name: settings.project if v.holds == "project" else settings.location
        for v in target.variables_for("project", "location")
    }
    more = ("The provider loads only where GOOGLE_CLOUD_PROJECT is set.",)
    return json_file("opencode.json", value), shell_file("opencode/env.sh", "opencode", values, more=more)


def _cline(settings: Settings, target: Target) -> tuple[File, ...]:
    value = {
        "apiProvider": "vertex",
        "vertexProjectId": settings.project,
        "vertexRegion": settings.location,
        "apiModelId": settings.firsts[0].model,
    }
    return (json_file("cline/settings.json", value),)


def _aider(settings: Settings, target: Target) -> tuple[File, ...]:
    first, small = settings.firsts[0], cheapest(settings)
    variables = [
        f"{v.name}={settings.project if v.holds == 'project' else settings.location}"
        for v in target.variables_for("project", "location")
    ]
    config = {
        "model": f"vertex_ai/{first.model}",
        "weak-model": f"vertex_ai/{small.model}",
        "editor-model": f"vertex_ai/{first.model}",
        "set-env": variables,
        "model-metadata-file": ".aider.model.metadata.json",
        "model-settings-file": ".aider.model.settings.yml",
    }
    metadata: dict[str, Any] = {}
    for place in settings.firsts:
        row: dict[str, Any] = {"litellm_provider": "vertex_ai-anthropic_models", "mode": "chat"}
        if place.context_window:
            row["max_input_tokens"] = place.context_window
        if place.max_output_tokens:
            row["max_tokens"] = row["max_output_tokens"] = place.max_output_tokens
        metadata[f"vertex_ai/{place.model}"] = row
    more = (
        "A row stands in place of what Aider knows of the model.",
        "use_temperature: Aider sends a temperature unless it is told not to, and newer models refuse one.",
        "max_tokens: for a model that is newer than its LiteLLM, 4096 would be asked for.",
    )
    return (
        yaml_file(".aider.conf.yml", "aider", config),
        json_file(".aider.model.metadata.json", metadata),
        yaml_file(".aider.model.settings.yml", "aider", [_aider_model(place) for place in settings.firsts], more=more),
    )


def _aider_model(place: Place) -> dict[str, Any]:
    row: dict[str, Any] = {
        "name": f"vertex_ai/{place.model}",
        "edit_format": "diff",
        "use_repo_map": True,
        "use_temperature": not place.refuses_sampling,
    }
    if place.max_output_tokens:
        row["extra_params"] = {"max_tokens": min(place.max_output_tokens, ANSWER_TOKENS)}
    return row


def _goose(settings: Settings, target: Target) -> tuple[File, ...]:
    holds = {"project": settings.project, "location": settings.location, "model": settings.firsts[0].model}
    value = {v.name: v.value or holds[v.holds] for v in target.variables}
    more = ("These lines belong into .config/goose/config.yaml of the home folder.",)
    return (yaml_file("goose/config.yaml", "goose", value, more=more),)


def _continue(settings: Settings, target: Target) -> tuple[File, ...]:
    models = []
    for place in settings.places:
        entry: dict[str, Any] = {
            "name": f"{place.model} at {place.location}",
            "provider": "vertexai",
            "model": place.model,
            "env": {"projectId": settings.project, "region": place.location},
            "roles": ["chat", "edit", "apply"],
        }
        if settings.endpoint or place.location in target.always_base_url:
            entry["apiBase"] = settings.base_url(place, "location")
        models.append(entry)
    value = {"name": "Claude on Vertex AI", "version": "1.0.0", "schema": "v1", "models": models}
    forbid(value, r"\$\{\{", "Continue")
    return (yaml_file(".continue/config.yaml", "continue", value),)


def _dify(settings: Settings, target: Target) -> tuple[File, ...]:
    value = {
        "vertex_project_id": settings.project,
        "vertex_location": settings.location,
        "vertex_anthropic_location": settings.location,
    }
    return (json_file("dify/credentials.json", value),)


def _librechat(settings: Settings, target: Target) -> tuple[File, ...]:
    # Each key is the name that people see; titleModel is one of these names, too.
    models = {place.model: {"deploymentName": place.model} for place in settings.firsts}
    anthropic = {
        "titleModel": cheapest(settings).model,
        "vertex": {"region": settings.location, "projectId": settings.project, "models": models},
    }
    value = {"version": "1.2.8", "endpoints": {"anthropic": anthropic}}
    forbid(value, r"\$\{", "LibreChat")
    values = {
        "ANTHROPIC_USE_VERTEX": "true",
        "ANTHROPIC_VERTEX_REGION": settings.location,
        "VERTEX_PROJECT_ID": settings.project,
        "GOOGLE_SERVICE_KEY_FILE": CREDENTIALS,
    }
    forbid(values, r"\$", "a reader of .env files")
    more = ("GOOGLE_SERVICE_KEY_FILE is the path of a service account's key inside the container.",)
    return (
        yaml_file("librechat/librechat.yaml", "librechat", value),
        dotenv_file("librechat/.env", "librechat", values, more),
    )


def _openhands(settings: Settings, target: Target) -> tuple[File, ...]:
    values = {"LLM_MODEL": f"vertex_ai/{settings.firsts[0].model}"}
    values |= {
        v.name: settings.project if v.holds == "project" else settings.location
        for v in target.variables_for("project", "location")
    }
    more = (
        "docker run --env-file openhands/openhands.env -e GOOGLE_APPLICATION_CREDENTIALS ...",
        "There GOOGLE_APPLICATION_CREDENTIALS holds the JSON of the credentials, not a path.",
    )
    return (docker_env_file("openhands/openhands.env", "openhands", values, more),)


AGENTS: Mapping[str, Callable[[Settings, Target], tuple[File, ...]]] = {
    "claude-code": _claude_code,
    "devcontainer": _devcontainer,
    "opencode": _opencode,
    "cline": _cline,
    "aider": _aider,
    "goose": _goose,
    "continue": _continue,
    "dify": _dify,
    "librechat": _librechat,
    "openhands": _openhands,
}
"""Writers by the client's name."""
