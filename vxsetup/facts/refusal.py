"""Names the cause behind a refusal, by structure (ErrorInfo reason, metadata) before words.

One piece of knowledge for everything that the cloud answers; the causes are the slugs that the docs and ``explain``
use. Sources of the templates: FIELD reports of 2025 and 2026, and Google's error pages of 2026-08-22.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from vxsetup.facts.answers import CloudError, Shape

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass


class Cause(StrEnum):
    """Why a request was refused."""

    API_DISABLED = "api-disabled"
    BILLING_DISABLED = "billing-disabled"
    QUOTA_PROJECT = "quota-project"
    IAM_MISSING = "iam-missing"
    UNAUTHENTICATED = "unclear-auth"
    ORG_POLICY = "org-policy"
    ORG_POLICY_FEATURE = "org-policy-feature"
    PERIMETER = "vpc-sc"
    MODEL_NOT_FOUND = "model-not-found"
    MODEL_NOT_IN_REGION = "model-not-in-region"
    MODEL_NOT_ALLOWED = "model-not-enabled"
    DATA_SHARING = "data-sharing-required"
    ADDENDUM = "addendum-required"
    QUOTA = "quota"
    CAPACITY = "capacity"
    SERVER = "server-error"
    TRANSIENT = "transient"
    UNRECOGNISED = "unrecognised"


GOOGLE_CLIENT_PROJECTS = ("764086051850", "32555940559")
"""Google's own client projects: user credentials without a quota project are charged there (F#68855632559, F#59571042208)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A cause and the details that the answer named: API, charged project, permission, metric, base model, constraint."""

    cause: Cause
    error: CloudError
    service: str | None = None
    consumer: str | None = None
    permission: str | None = None
    base_model: str | None = None
    metric: str | None = None
    constraint: str | None = None


# As text: most answers need none of them, and to compile them would cost every start of explain.
_PERMISSION = r"[Pp]ermission '?([a-z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+)+)'? "
_QUOTA = r"Quota exceeded for (?:aiplatform\.googleapis\.com/)?(\S+?) with base model: ([\w.@-]+?)\.?(?:\s|$)"
_CONSTRAINT = r"constraints?/?\s?`?((?:constraints/)?[a-z]+\.[A-Za-z.]+)"


def classify(error: CloudError) -> Refusal:
    """The cause of a refusal. What no pattern knows is ``unrecognised``: never a guess."""
    if error.shape is Shape.ANTHROPIC:
        cause = Cause.SERVER if error.http >= 500 else Cause.CAPACITY if error.http == 429 else Cause.UNRECOGNISED
        return Refusal(cause, error)
    by_reason = _by_reason(error)
    if by_reason is not None:
        return by_reason
    if error.http == 401:
        return Refusal(Cause.UNAUTHENTICATED, error)
    if error.http == 429:
        return _by_quota(error)
    if error.http >= 500:
        return Refusal(Cause.SERVER, error)
    return _by_words(error)


def _by_reason(error: CloudError) -> Refusal | None:
    metadata = error.metadata
    service, consumer = metadata.get("service"), metadata.get("consumer")
    match error.reason:
        case "SERVICE_DISABLED":
            number = (consumer or "").removeprefix("projects/")
            foreign = number in GOOGLE_CLIENT_PROJECTS or "requires a quota project" in error.message
            return Refusal(Cause.QUOTA_PROJECT if foreign else Cause.API_DISABLED, error, service, consumer)
        case "USER_PROJECT_DENIED" | "CONSUMER_INVALID":
            return Refusal(Cause.QUOTA_PROJECT, error, service, consumer)
        case "BILLING_DISABLED":
            return Refusal(Cause.BILLING_DISABLED, error, service, consumer)
        case "IAM_PERMISSION_DENIED" | "AUTH_PERMISSION_DENIED":
            return Refusal(Cause.IAM_MISSING, error, service, consumer, permission=_permission(error))
        case "SECURITY_POLICY_VIOLATED":
            return Refusal(Cause.PERIMETER, error, service, consumer)
        case (
            "ACCESS_TOKEN_EXPIRED"
            | "CREDENTIALS_MISSING"
            | "ACCESS_TOKEN_TYPE_UNSUPPORTED"
            | "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
        ):
            return Refusal(Cause.UNAUTHENTICATED, error, service, consumer)
    return None


def _permission(error: CloudError) -> str | None:
    """The permission that the details name, or the message where the details are cut off."""
    named = error.metadata.get("permission")
    if named is None and "ermission" in error.message:
        found = re.search(_PERMISSION, error.message)
        return found[1] if found else None
    return named


def _by_quota(error: CloudError) -> Refusal:
    found = re.search(_QUOTA, error.message) if "uota exceeded" in error.message else None
    if found:
        return Refusal(Cause.QUOTA, error, metric=found[1], base_model=found[2])
    return Refusal(Cause.CAPACITY if error.shape is Shape.GOOGLE else Cause.UNRECOGNISED, error)


def _by_words(error: CloudError) -> Refusal:
    words = error.message
    if "constraint" in words and "rganization" in words:
        found = re.search(_CONSTRAINT, words)
        constraint = found[1].removeprefix("constraints/").rstrip(".") if found else None
        feature = constraint == "vertexai.allowedPartnerModelFeatures"
        return Refusal(Cause.ORG_POLICY_FEATURE if feature else Cause.ORG_POLICY, error, constraint=constraint)
    if error.http == 404:
        named = "Publisher Model" in words or "publishers/" in words
        return Refusal(Cause.MODEL_NOT_FOUND if named else Cause.UNRECOGNISED, error)
    if error.http == 400 and "is not servable in region" in words:
        return Refusal(Cause.MODEL_NOT_IN_REGION, error)
    if "is not allowed to use Publisher Model" in words:
        return Refusal(Cause.MODEL_NOT_ALLOWED, error)
    if error.http == 403:
        return _forbidden(error)
    return Refusal(Cause.UNRECOGNISED, error)


def _forbidden(error: CloudError) -> Refusal:
    words = error.message
    if error.shape is Shape.EMPTY:
        return Refusal(Cause.TRANSIENT, error)
    if "Safety Addendum" in words:  # by the addendum's name: how the refusal words it was not seen
        return Refusal(Cause.ADDENDUM, error)
    if "data sharing" in words or "data_sharing" in words:
        return Refusal(Cause.DATA_SHARING, error)
    if "requires billing to be enabled" in words:
        return Refusal(Cause.BILLING_DISABLED, error)
    if "has not been used in project" in words and "or it is disabled" in words:
        return Refusal(Cause.API_DISABLED, error)
    if "requires a quota project" in words or "required permission to use project" in words:
        return Refusal(Cause.QUOTA_PROJECT, error)
    if "vpcServiceControlsUniqueIdentifier" in words:
        return Refusal(Cause.PERIMETER, error)
    if "insufficient authentication scopes" in words:  # the token lacks a scope, whoever holds it
        return Refusal(Cause.UNAUTHENTICATED, error)
    permission = _permission(error)
    if permission:
        return Refusal(Cause.IAM_MISSING, error, permission=permission)
    if "caller does not have permission" in words:
        return Refusal(Cause.IAM_MISSING, error)
    return Refusal(Cause.UNRECOGNISED, error)
