"""Machines for the tests of ``vxsetup doctor``: every way out is a fixture, so nothing of this machine is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vxsetup.catalog import Catalogue, load_catalogue
from vxsetup.cli.machine import Outside
from vxsetup.clients.load import shipped_targets
from vxsetup.cloud.reach import Reached
from vxsetup.config.load import load
from vxsetup.config.project import Project
from vxsetup.doctor.credentials import Token
from vxsetup.doctor.diagnose import Diagnosed, diagnose

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CONFIG = """version: 1
project: {id: acme-ai-prod}
location: eu
residency: eu
models:
  - {id: claude-sonnet-5-5}
  - {id: claude-haiku-4-5@20251001, locations: [europe-west1]}
"""
ANYWHERE = CONFIG.replace("residency: eu\n", "")
LOGIN = {
    "type": "authorized_user",
    "client_id": "id.apps.example",
    "client_secret": "CANARY-client-secret",
    "refresh_token": "CANARY-refresh-token",
    "quota_project_id": "acme-ai-prod",
}
KEY = {
    "type": "service_account",
    "client_email": "app@acme-ai-prod.iam.gserviceaccount.com",
    "private_key": "-----BEGIN PRIVATE KEY-----CANARY-private-key",
    "token_uri": "https://oauth2.googleapis.com/token",
    "project_id": "acme-ai-prod",
}


def _catalogue() -> Catalogue:
    found = load_catalogue()
    assert isinstance(found, Catalogue)
    return found


CATALOGUE = _catalogue()


def projects(config: str | None) -> tuple[Project, ...]:
    """What a config declares; nothing for None."""
    if config is None:
        return ()
    loaded = load(Path("vxsetup.yaml"), lambda path: config.encode())
    assert loaded.projects, loaded.findings
    return loaded.projects


def fine(host: str, location: str) -> Reached:
    """A host that asks for a token, with its clock right."""
    return Reached(host, 401, True, "Sun, 22 Nov 2026 12:00:00 GMT")


def outside(tmp: Path, files: Mapping[str, str], environ: Mapping[str, str] | None = None, **ways: Any) -> Outside:
    """A machine whose home and folder hold these files; names that begin with ``~/`` lie in the home."""
    home, folder = tmp / "home", tmp / "folder"
    texts = {"~/.config/gcloud/application_default_credentials.json": json.dumps(LOGIN), **files}
    for name, text in texts.items():
        path = home / name[2:] if name.startswith("~/") else folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text:
            path.write_text(text)
    home.mkdir(exist_ok=True)
    folder.mkdir(exist_ok=True)
    given: dict[str, Any] = {
        "which": lambda name: None,
        "run": lambda arguments: "",
        "reach": fine,
        "token": lambda: Token(True, principal="user:dev@acme.example"),
        "clock": lambda: NOW,
        "system": (str(tmp / "managed-settings.json"),),
    }
    return Outside(environ=dict(environ or {}), home=home, folder=folder, **{**given, **ways})


def doctor(
    tmp: Path,
    files: Mapping[str, str],
    environ: Mapping[str, str] | None = None,
    config: str | None = CONFIG,
    **ways: Any,
) -> Diagnosed:
    """Everything that is found on such a machine."""
    way = outside(tmp, files, environ, **ways)
    declared = projects(config)
    hosts = {CATALOGUE.host(p.location): p.location for one in declared for m in one.models for p in m.locations}
    machine, _ = way.machine((), hosts or {CATALOGUE.host("global"): "global"}, False, NOW)
    return diagnose(machine, shipped_targets(CATALOGUE.sources), CATALOGUE, declared)


def rules(found: Diagnosed) -> set[str]:
    """The ids of the rules that were raised."""
    return {finding.rule for finding in found.findings}
