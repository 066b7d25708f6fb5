"""Plain variables, and what carries them into containers: .env, a shell, a ConfigMap, Docker Compose."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vxsetup.clients import Target, Targets
from vxsetup.emit.formats import dotenv_file, shell_file, yaml_file
from vxsetup.emit.parts import File
from vxsetup.emit.settings import Settings
from vxsetup.emit.writers.common import CREDENTIALS, forbid

_SHARED = "GOOGLE_CLOUD_LOCATION and GOOGLE_CLOUD_PROJECT are read by clients of Gemini, too."


def containers(table: Targets) -> Mapping[str, Callable[[Settings, Target], tuple[File, ...]]]:
    """Writers by the client's name; each writes the variables that any client of the table reads."""

    def variables(settings: Settings) -> dict[str, str]:
        found = {
            v.name: settings.project if v.holds == "project" else settings.location for v in table.shared_variables
        }
        if settings.endpoint:
            found["ANTHROPIC_VERTEX_BASE_URL"] = f"{settings.endpoint}/v1"
        return found

    def remarks(settings: Settings) -> tuple[str, ...]:
        return (f"Models: {', '.join(place.model for place in settings.firsts)}", _SHARED)

    def env(settings: Settings, target: Target) -> tuple[File, ...]:
        values = variables(settings)
        forbid(values, r"\$", "a reader of .env files")
        return (dotenv_file(".env", "env", values, remarks(settings)),)

    def shell(settings: Settings, target: Target) -> tuple[File, ...]:
        return (shell_file("vertex.sh", "shell", variables(settings), more=remarks(settings)),)

    def kubernetes(settings: Settings, target: Target) -> tuple[File, ...]:
        config = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "claude-vertex", "labels": {"app.kubernetes.io/managed-by": "vxsetup"}},
            "data": variables(settings),
        }
        account = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "claude-vertex", "labels": {"app.kubernetes.io/managed-by": "vxsetup"}},
        }
        more = (
            *remarks(settings),
            "In a pod: serviceAccountName: claude-vertex, and under envFrom a configMapRef with the name claude-vertex.",
            "On GKE the account acts through Workload Identity Federation: no key, and no Secret.",
        )
        return (yaml_file("kubernetes/claude.yaml", "kubernetes", config, account, more=more),)

    def compose(settings: Settings, target: Target) -> tuple[File, ...]:
        # Compose replaces $NAME in values; two dollars are one.
        values = {name: value.replace("$", "$$") for name, value in variables(settings).items()}
        # Neither image nor build: a second file that named one would replace what the service itself has.
        service = {
            "environment": {**values, "GOOGLE_APPLICATION_CREDENTIALS": CREDENTIALS},
            "volumes": [
                {
                    "type": "bind",
                    "source": "${HOME}/.config/gcloud/application_default_credentials.json",
                    "target": CREDENTIALS,
                    "read_only": True,
                }
            ],
        }
        more = (
            *remarks(settings),
            "It adds to a service of compose.yaml: rename app to the name of yours.",
            "docker compose -f compose.yaml -f compose.claude.yaml up",
        )
        return (yaml_file("compose.claude.yaml", "docker-compose", {"services": {"app": service}}, more=more),)

    return {"env": env, "shell": shell, "kubernetes": kubernetes, "docker-compose": compose}
