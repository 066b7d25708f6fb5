"""The emulator's own tables: which role holds which permission, which model is served where, which APIs exist.

They were read from the documents apart from the catalogue, and a world may override any row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).resolve().parent / "data"

# Held by the role that Google's page names (GD:request-response-logging; IAM's own names of keys), though no role dump
# lists the name.
UNLISTED_PERMISSIONS: Mapping[str, frozenset[str]] = {
    "aiplatform.endpoints.setPublisherModelConfig": frozenset({"roles/aiplatform.admin", "roles/owner"}),
    "iam.serviceAccountKeys.list": frozenset({"roles/iam.serviceAccountKeyAdmin", "roles/owner", "roles/editor"}),
}

MULTI_REGIONS = frozenset({"us", "eu"})

GATED_FAMILIES = ("claude-fable-", "claude-mythos-")
"""How the models begin that need the safety addendum and data sharing, each of the family (GD:abuse-monitoring)."""

SERVICES: Mapping[str, str] = {
    "aiplatform.googleapis.com": "Agent Platform API",
    "artifactregistry.googleapis.com": "Artifact Registry API",
    "bigquery.googleapis.com": "BigQuery API",
    "bigquerystorage.googleapis.com": "BigQuery Storage API",
    "billingbudgets.googleapis.com": "Cloud Billing Budget API",
    "cloudaicompanion.googleapis.com": "Gemini for Google Cloud API",
    "cloudapis.googleapis.com": "Google Cloud APIs",
    "cloudasset.googleapis.com": "Cloud Asset API",
    "cloudbilling.googleapis.com": "Cloud Billing API",
    "cloudbuild.googleapis.com": "Cloud Build API",
    "cloudcommerceconsumerprocurement.googleapis.com": "Cloud Commerce Consumer Procurement API",
    "cloudkms.googleapis.com": "Cloud Key Management Service (KMS) API",
    "cloudquotas.googleapis.com": "Cloud Quotas API",
    "cloudresourcemanager.googleapis.com": "Cloud Resource Manager API",
    "cloudtrace.googleapis.com": "Cloud Trace API",
    "commerceagreement.googleapis.com": "Commerce Agreement API",
    "compute.googleapis.com": "Compute Engine API",
    "container.googleapis.com": "Kubernetes Engine API",
    "dns.googleapis.com": "Cloud DNS API",
    "iam.googleapis.com": "Identity and Access Management (IAM) API",
    "iamcredentials.googleapis.com": "IAM Service Account Credentials API",
    "logging.googleapis.com": "Cloud Logging API",
    "monitoring.googleapis.com": "Cloud Monitoring API",
    "orgpolicy.googleapis.com": "Organization Policy API",
    "policytroubleshooter.googleapis.com": "Policy Troubleshooter API",
    "run.googleapis.com": "Cloud Run Admin API",
    "secretmanager.googleapis.com": "Secret Manager API",
    "servicemanagement.googleapis.com": "Service Management API",
    "serviceusage.googleapis.com": "Service Usage API",
    "storage.googleapis.com": "Cloud Storage API",
    "sts.googleapis.com": "Security Token Service API",
}

BILLED_SERVICES = frozenset(
    {"aiplatform.googleapis.com", "artifactregistry.googleapis.com", "compute.googleapis.com", "run.googleapis.com"}
)
"""Services that Service Usage enables only with billing. That this holds of aiplatform too is an assumption."""

NEW_PROJECT_SERVICES = (
    "bigquery.googleapis.com",
    "cloudapis.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "servicemanagement.googleapis.com",
    "serviceusage.googleapis.com",
    "storage.googleapis.com",
)


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A predefined role, cut to the permissions that the emulator knows."""

    permissions: frozenset[str]
    title: str = ""
    stage: str = "GA"


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A published model. ``quota`` maps a location to default limits a minute: (requests, input, output) or (requests, tokens)."""

    id: str
    locations: tuple[str, ...] = ()
    version: str | None = None
    stage: str = "GA"
    lineage: str | None = None
    gated: bool = False
    shut_down: date | None = None
    deprecated: date | None = None
    max_output: int = 128_000
    context: int = 1_000_000
    quota: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables, after a world's overrides."""

    roles: Mapping[str, RoleRow]
    models: Mapping[str, ModelRow]
    services: Mapping[str, str]
    count_tokens_locations: frozenset[str]
    regions: frozenset[str]
    permissions: frozenset[str]
    lineage_quota: Mapping[str, Mapping[str, tuple[int, ...]]]


def _model_row(name: str, raw: Mapping[str, Any]) -> ModelRow:
    known = dict(raw)
    for key in ("shut_down", "deprecated"):
        if known.get(key) is not None:
            known[key] = date.fromisoformat(str(known[key]))
    if "locations" in known:
        known["locations"] = tuple(known["locations"])
    if "quota" in known:
        known["quota"] = {place: tuple(row) for place, row in known["quota"].items()}
    return ModelRow(id=name, **known)


def _finish(
    roles: Mapping[str, RoleRow],
    models: Mapping[str, ModelRow],
    services: Mapping[str, str],
    count_tokens_locations: frozenset[str],
    regions: frozenset[str],
) -> Tables:
    permissions = frozenset().union(*(role.permissions for role in roles.values())) if roles else frozenset()
    lineage: dict[str, dict[str, tuple[int, ...]]] = {}
    for row in models.values():
        if row.lineage:
            lineage.setdefault(row.lineage, {}).update(row.quota)
    known = permissions - frozenset(UNLISTED_PERMISSIONS)
    return Tables(roles, models, services, count_tokens_locations, regions, known, lineage)


@cache
def shipped() -> Tables:
    """The tables as shipped, read once. Their sources stand in the two data files."""
    role_data = json.loads((_DATA / "roles.json").read_text(encoding="utf-8"))["roles"]
    roles = {}
    for name, raw in role_data.items():
        held = {f"{what}.{verb}" for what, verbs in raw["holds"].items() for verb in verbs.split()}
        held |= {permission for permission, holders in UNLISTED_PERMISSIONS.items() if name in holders}
        roles[name] = RoleRow(frozenset(held), raw["title"], raw["stage"])
    model_data = json.loads((_DATA / "models.json").read_text(encoding="utf-8"))
    models = {name: _model_row(name, raw) for name, raw in model_data["models"].items()}
    places = frozenset(model_data["count_tokens_locations"])
    return _finish(roles, models, SERVICES, places, frozenset(model_data["regions"]))


def overridden(changes: Mapping[str, Any]) -> Tables:
    """The shipped tables with a world's ``tables`` laid over them; a row that is null is removed.

    Raises TypeError or ValueError where a row has an unknown column or a value of the wrong kind.
    """
    base = shipped()
    if not changes:
        return base
    roles, models, services = dict(base.roles), dict(base.models), dict(base.services)
    for name, held in (changes.get("roles") or {}).items():
        if held is None:
            roles.pop(name, None)
        else:
            old = roles.get(name, RoleRow(frozenset(), name))
            roles[name] = replace(old, permissions=frozenset(held))
    for name, raw in (changes.get("models") or {}).items():
        if raw is None:
            models.pop(name, None)
        else:
            fresh = _model_row(name, raw)
            old_row = models.get(name, ModelRow(name))
            models[name] = replace(old_row, **{key: getattr(fresh, key) for key in raw})
    for name, title in (changes.get("services") or {}).items():
        if title is None:
            services.pop(name, None)
        else:
            services[name] = str(title)
    places = frozenset(changes.get("count_tokens_locations") or base.count_tokens_locations)
    return _finish(roles, models, services, places, base.regions)


def split_model(name: str) -> tuple[str, str | None]:
    """``claude-haiku-4-5@20251001`` → (``claude-haiku-4-5``, ``20251001``); without a version the second is None."""
    bare, at, version = name.partition("@")
    return bare, version if at else None


def is_regional(location: str) -> bool:
    """True for a single region, by its spelling: everything but ``global``, ``us`` and ``eu``."""
    return location != "global" and location not in MULTI_REGIONS


def location_host(location: str) -> str:
    """The one host that serves a location (SEED, SDKPY)."""
    if location == "global":
        return "aiplatform.googleapis.com"
    if location in MULTI_REGIONS:
        return f"aiplatform.{location}.rep.googleapis.com"
    return f"{location}-aiplatform.googleapis.com"


def base_model(row: ModelRow, location: str) -> str:
    """The quota bucket that a request counts against (GD:claude/quotas; regional spelling F#63086630148)."""
    if row.lineage and not is_regional(location):
        return row.lineage
    return f"anthropic-{row.id}"
