"""Every refusal that the emulator gives, in Google's dialect and in the model's, with the texts that were really seen.

Sources are cited by their short keys (F#: a public repository's file); a text found nowhere says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .http import Response, answer

GOOGLE_CLIENT_PROJECT = "764086051850"
"""Google's own project, to which user credentials without a quota project are charged (F#68855632559)."""


_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def google(code: int, message: str, status: str | None = None, details: Sequence[Mapping[str, Any]] = ()) -> Response:
    """An error in Google's dialect: ``{"error": {code, message, status, details}}``."""
    error: dict[str, Any] = {"code": code, "message": message, "status": status or _STATUS.get(code, "UNKNOWN")}
    if details:
        error["details"] = list(details)
    return answer({"error": error}, code)


def info(reason: str, domain: str, metadata: Mapping[str, str]) -> dict[str, Any]:
    """A ``google.rpc.ErrorInfo``, which is what a program should match on."""
    kind = "type.googleapis.com/google.rpc.ErrorInfo"
    return {"@type": kind, "reason": reason, "domain": domain, "metadata": dict(metadata)}


def anthropic(code: int, kind: str, message: str, request_id: str) -> Response:
    """An error of the model's own layer: it proves that the request passed every gate of the platform (F#68293222168)."""
    return answer({"type": "error", "error": {"type": kind, "message": message}, "request_id": request_id}, code)


def no_credentials() -> Response:
    """401 for a request without a token. The text is Google's general one; for this API none was seen."""
    return google(
        401,
        "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other "
        "valid authentication credential. "
        "See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        details=[info("CREDENTIALS_MISSING", "googleapis.com", {})],
    )


def bad_credentials(reason: str = "ACCESS_TOKEN_TYPE_UNSUPPORTED") -> Response:
    """401 for a token that is no token, or one that expired."""
    return google(
        401,
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        details=[info(reason, "googleapis.com", {})],
    )


def service_disabled(service: str, title: str, consumer: str) -> Response:
    """403 SERVICE_DISABLED (F#61350709063); ``consumer`` is a project's id or number: both are seen in the wild."""
    url = f"https://console.developers.google.com/apis/api/{service}/overview?project={consumer}"
    metadata = {
        "service": service,
        "consumer": f"projects/{consumer}",
        "containerInfo": consumer,
        "serviceTitle": title,
        "activationUrl": url,
    }
    return google(
        403,
        f"{title} has not been used in project {consumer} before or it is disabled. Enable it by visiting {url} "
        "then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems "
        "and retry.",
        details=[info("SERVICE_DISABLED", "googleapis.com", metadata)],
    )


def no_quota_project(service: str) -> Response:
    """403 for user credentials that name no project to charge; the same reason as a disabled API (F#59571042208)."""
    metadata = {"service": service, "consumer": f"projects/{GOOGLE_CLIENT_PROJECT}"}
    return google(
        403,
        "Your application is authenticating by using local Application Default Credentials. "
        f"The {service} API requires a quota project, which is not set by default. "
        "To learn how to set your quota project, see "
        "https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds .",
        details=[info("SERVICE_DISABLED", "googleapis.com", metadata)],
    )


def user_project_denied(service: str, project: str) -> Response:
    """403 where the caller may not charge that project (F#7882611719; reason and metadata F#60153805852)."""
    url = f"https://console.developers.google.com/iam-admin/iam?project={project}"
    metadata = {
        "service": service,
        "consumer": f"projects/{project}",
        "containerInfo": project,
        "consoleUrl": url,
    }
    return google(
        403,
        f"Caller does not have required permission to use project {project}. Grant the caller the "
        "roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use "
        f"permission, by visiting {url} and then retry. Propagation of the new permission may take a few minutes.",
        details=[info("USER_PROJECT_DENIED", "googleapis.com", metadata)],
    )


def permission_denied(permission: str, domain: str, resource: str, prefix: str = "") -> Response:
    """403 with reason IAM_PERMISSION_DENIED (F#21109077879). The same for a resource that does not exist."""
    return google(
        403,
        f"Permission '{permission}' denied on resource '//{prefix or domain}/{resource}' (or it may not exist).",
        details=[info("IAM_PERMISSION_DENIED", domain, {"permission": permission, "resource": resource})],
    )


def billing_disabled(service: str, number: str) -> Response:
    """403 BILLING_DISABLED: other APIs verbatim, the same reason reported for this one (F#71340865432)."""
    metadata = {"service": service, "consumer": f"projects/{number}"}
    return google(
        403,
        f"This API method requires billing to be enabled. Please enable billing on project #{number} by visiting "
        f"https://console.developers.google.com/billing/enable?project={number} then retry. If you enabled billing "
        "for this project recently, wait a few minutes for the action to propagate to our systems and retry.",
        details=[info("BILLING_DISABLED", "googleapis.com", metadata)],
    )


def precondition(message: str, details: Sequence[Mapping[str, Any]] = ()) -> Response:
    """400 FAILED_PRECONDITION."""
    return google(400, message, "FAILED_PRECONDITION", details)


def invalid(message: str) -> Response:
    """400 INVALID_ARGUMENT."""
    return google(400, message)


def not_found(message: str = "Requested entity was not found.") -> Response:
    """404 NOT_FOUND."""
    return google(404, message)


def model_not_found(name: str) -> Response:
    """404 for a model that is unknown, shut down or not enabled for the project: one text for all three."""
    return not_found(
        f"Publisher Model `{name}` was not found or your project does not have access to it. Please ensure you are "
        "using a valid model version. For more information, see: "
        "https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions"
    )


def not_served(method: str, path: str) -> Response:
    """404 for what this emulator does not do. Never a 5xx: clients would retry that for half a minute."""
    return google(
        404,
        f"The vxsetup emulator does not serve {method} {path}. It knows only the calls that vxsetup and its tests need.",
        details=[info("NOT_EMULATED", "vxsetup", {"method": method, "path": path})],
    )
