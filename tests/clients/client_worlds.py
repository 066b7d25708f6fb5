"""The world that real clients meet: one project in which models answer, are not enabled, have no quota; one without the API."""

from __future__ import annotations

from typing import Any

DEV = "user:dev@acme.example"
APP = "app@acme-ai-prod.iam.gserviceaccount.com"
ROBOT = "robot@acme-ai-prod.iam.gserviceaccount.com"
_ACCOUNTS = [f"serviceAccount:{APP}", f"serviceAccount:{ROBOT}"]
PROJECT = "acme-ai-prod"
SERVICES = [
    "aiplatform.googleapis.com",
    "cloudbilling.googleapis.com",
    "cloudquotas.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "serviceusage.googleapis.com",
]


def world() -> dict[str, Any]:
    """A new copy of the world's data."""
    return {
        "version": 1,
        "now": "2026-11-22T12:00:00Z",
        "caller": {"principal": DEV, "kind": "user", "quota_project": PROJECT},
        "organization": {
            "id": "1111",
            "iam": [
                {"role": role, "members": [DEV, *_ACCOUNTS]}
                for role in ("roles/browser", "roles/iam.securityReviewer", "roles/iam.denyReviewer")
            ],
        },
        "folders": {"2222": {"parent": "organizations/1111", "display_name": "Engineering"}},
        "billing_accounts": {"012345-6789AB-CDEF01": {"iam": [{"role": "roles/billing.user", "members": [DEV]}]}},
        "projects": {
            PROJECT: {
                "number": "333333333333",
                "parent": "folders/2222",
                "display_name": "Acme AI",
                "billing": {"account": "012345-6789AB-CDEF01", "open": True},
                "services": SERVICES,
                "service_accounts": {
                    "app": {},
                    "robot": {
                        "iam": [{"role": "roles/iam.serviceAccountTokenCreator", "members": [f"serviceAccount:{APP}"]}]
                    },
                },
                "iam": [
                    {"role": "roles/owner", "members": [DEV]},
                    {"role": "roles/aiplatform.user", "members": _ACCOUNTS},
                    {"role": "roles/serviceusage.serviceUsageConsumer", "members": _ACCOUNTS},
                    {"role": "roles/cloudquotas.viewer", "members": _ACCOUNTS},
                    {"role": "roles/billing.viewer", "members": _ACCOUNTS},
                ],
                "models": {
                    "claude-sonnet-5-5": {"enabled": True},
                    "claude-haiku-4-5": {"enabled": True},
                    "claude-opus-5-5": {"enabled": True},
                },
                "quotas": {
                    "global": {
                        "anthropic-claude-sonnet": {"requests": 1000},
                        "anthropic-claude-haiku-4-5": {"requests": 1000},
                        "anthropic-claude-opus": {"requests": 0},
                    },
                    "eu": {"anthropic-claude-sonnet": {"requests": 1000}},
                    "us": {"anthropic-claude-sonnet": {"requests": 1000}},
                    "us-east5": {"anthropic-claude-haiku-4-5": {"requests": 1000}},
                },
            },
            "acme-ai-new": {
                "number": "555555555555",
                "parent": "folders/2222",
                "billing": {"account": "012345-6789AB-CDEF01", "open": True},
                "services": ["cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com"],
                "iam": [{"role": "roles/owner", "members": [DEV]}],
            },
        },
    }
