"""Google's command line as a judge: gcloud with a folder of its own, aimed at an emulator."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from judge_claims import Json, NotThereError, RefusedError
from judge_worlds import Run, Stage

GCLOUD = shutil.which("gcloud")
_APIS = (
    "AIPLATFORM",
    "CLOUDBILLING",
    "CLOUDQUOTAS",
    "CLOUDRESOURCEMANAGER",
    "IAM",
    "IAMCREDENTIALS",
    "ORGPOLICY",
    "POLICYTROUBLESHOOTER",
    "SERVICEUSAGE",
)


class Gcloud:
    """Asks through gcloud. Each command is run once for a world, however many facts ask for it."""

    cannot = frozenset({"HeldPermissions", "PublisherModel", "PublisherModelConfig", "Probe", "Dataset", "LogTables"})

    def __init__(self, stage: Stage, folder: Path) -> None:
        self._stage = stage
        self._folder = folder
        self._told: dict[tuple[str, ...], Any] = {}
        self._environment: dict[str, str] = {}
        self.commands = 0

    def aim(self, run: Run) -> None:
        """From now on ask in the world of a run, as the principal that ran it."""
        self._stage.show(run)
        self._told = {}
        token = self._folder / "token.txt"
        token.write_text(f"emu:{run.principal}" if run.principal else "opaque", encoding="utf-8")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("CLOUDSDK_", "GOOGLE_"))}
        self._environment = {
            **kept,
            "CLOUDSDK_CONFIG": str(self._folder / "config"),
            "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
            "CLOUDSDK_CORE_SHOULD_PROMPT_TO_ENABLE_API": "false",
            "CLOUDSDK_CORE_CHECK_GCE_METADATA": "false",
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
            "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": str(token),
            **({"CLOUDSDK_BILLING_QUOTA_PROJECT": run.charged} if run.charged else {}),
            **{f"CLOUDSDK_API_ENDPOINT_OVERRIDES_{api}": self._stage.base_url + "/" for api in _APIS},
        }

    def ask(self, *arguments: str) -> Any:
        """The JSON that a command prints."""
        if arguments not in self._told:
            command = [GCLOUD or "gcloud", *arguments, "--format=json"]
            done = subprocess.run(
                command, env=self._environment, capture_output=True, text=True, timeout=60, check=False
            )
            self.commands += 1
            self._told[arguments] = _read(arguments, done)
        told = self._told[arguments]
        if isinstance(told, Exception):
            raise told
        return told

    def project(self, project: str) -> Json:
        said = self.ask("projects", "describe", project)
        parent = said.get("parent")
        return {
            "id": said["projectId"],
            "number": said["projectNumber"],
            "state": said["lifecycleState"],
            "parent": f"{parent['type']}s/{parent['id']}" if parent else None,
        }

    def ancestry(self, project: str) -> list[str]:
        return [f"{one['type']}s/{one['id']}" for one in self.ask("projects", "get-ancestors", project)]

    def billing(self, project: str) -> Json:
        found: Json = self.ask("billing", "projects", "describe", project)
        return found

    def enabled(self, project: str) -> set[str]:
        said = self.ask("services", "list", "--enabled", f"--project={project}")
        return {one["config"]["name"] for one in said}

    def policy(self, resource: str) -> Json:
        kind, _, name = resource.partition("/")
        group = ("resource-manager", "folders") if kind == "folders" else (kind,)
        found: Json = self.ask(*group, "get-iam-policy", name)
        return found

    def _denials(self, resource: str) -> tuple[str, str]:
        return f"--attachment-point=cloudresourcemanager.googleapis.com/{resource}", "--kind=denypolicies"

    def deny_names(self, resource: str) -> list[str]:
        said = self.ask("iam", "policies", "list", *self._denials(resource))
        listed = said.get("policies", []) if isinstance(said, dict) else said or []
        return [one["name"] for one in listed]

    def deny_policy(self, resource: str, name: str) -> Json:
        found: Json = self.ask("iam", "policies", "get", name.rpartition("/")[2], *self._denials(resource))
        return found

    def role(self, name: str) -> Json:
        holder, _, short = name.partition("/roles/")
        where = ([f"--{holder.split('/')[0][:-1]}={holder.split('/')[1]}"]) if short else []
        found: Json = self.ask("iam", "roles", "describe", short or name, *where)
        return found

    def effective(self, project: str, constraint: str) -> Json:
        found: Json = self.ask("org-policies", "describe", constraint, f"--project={project}", "--effective")
        return found

    def quota(self, project: str, quota_id: str) -> Json:
        service = "--service=aiplatform.googleapis.com"
        found: Json = self.ask("beta", "quotas", "info", "describe", quota_id, service, f"--project={project}")
        return found

    def preferences(self, project: str) -> list[Json]:
        return list(self.ask("beta", "quotas", "preferences", "list", f"--project={project}") or [])

    def account(self, project: str, email: str) -> Json:
        found: Json = self.ask("iam", "service-accounts", "describe", email, f"--project={project}")
        return found

    def account_policy(self, project: str, email: str) -> Json:
        found: Json = self.ask("iam", "service-accounts", "get-iam-policy", email, f"--project={project}")
        return found

    def pools(self, project: str) -> list[Json]:
        place = (f"--project={project}", "--location=global")
        return list(self.ask("iam", "workload-identity-pools", "list", *place) or [])

    def providers(self, pool: str) -> list[Json]:
        return list(
            self.ask("iam", "workload-identity-pools", "providers", "list", f"--workload-identity-pool={pool}") or []
        )

    def troubleshoot(self, project: str, principal: str, permission: str) -> Json:
        resource = f"//cloudresourcemanager.googleapis.com/projects/{project}"
        asked = (resource, f"--principal-email={principal}", f"--permission={permission}")
        found: Json = self.ask("policy-intelligence", "troubleshoot-policy", "iam", *asked)
        return found

    def held(self, project: str, permissions: list[str]) -> set[str]:
        raise NotImplementedError("gcloud has no such command")

    def publisher_model(self, model: str) -> Json:
        raise NotImplementedError("gcloud has no such command")

    def model_config(self, project: str, location: str, model: str) -> Json:
        raise NotImplementedError("gcloud has no such command")

    def dataset(self, project: str, dataset: str) -> Json:
        raise NotImplementedError("this is a task of bq")

    def table(self, project: str, dataset: str, table: str) -> Json:
        raise NotImplementedError("this is a task of bq")

    def message(self, project: str, location: str, model: str) -> Json:
        raise NotImplementedError("gcloud sends no messages")


def _read(arguments: tuple[str, ...], done: subprocess.CompletedProcess[str]) -> Any:
    """What a command told: its JSON, or the exception that its error stands for."""
    if done.returncode == 0:
        # The list of quota preferences prints the word None before its JSON.
        return json.loads(done.stdout.removeprefix("None\n") or "null")
    said = done.stderr
    if "NOT_FOUND" in said:
        return NotThereError()
    if "Traceback" in said or "crashed" in said:
        raise AssertionError(f"gcloud {' '.join(arguments)} did not take the emulator's answer: {said}")
    reason = re.search(r"reason: '?([A-Z_]+)", said)
    status = 401 if "UNAUTHENTICATED" in said else 403
    refused = re.search(r"PERMISSION_DENIED|does not have permission|denied|has not been used|UNAUTHENTICATED", said)
    if refused is None:
        raise AssertionError(f"gcloud {' '.join(arguments)} failed otherwise than by a refusal: {said}")
    named = reason[1] if reason else ""
    return RefusedError(status, named or ("SERVICE_DISABLED" if "has not been used" in said else ""), said.strip())
