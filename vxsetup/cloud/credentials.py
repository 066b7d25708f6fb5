"""Finds who asks: Application Default Credentials, impersonation, the quota project. Every failure is a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vxsetup.facts.caller import Caller

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

SCOPE = "https://www.googleapis.com/auth/cloud-platform"


@dataclass(frozen=True, slots=True)
class NoCredentials:
    """Nobody can be asked as: why, and the command that mends it."""

    says: str
    remedy: str
    expired: bool = False


LOGIN = "gcloud auth application-default login"


def find(impersonate: str | None, quota_project: str | None) -> tuple[Any, Caller] | NoCredentials:
    """Application Default Credentials as google-auth finds them, refreshed once so that a stale login shows here.

    ``impersonate`` is a service account's e-mail; ``quota_project`` overrides the one that the credentials carry.
    """
    import google.auth
    import google.auth.exceptions

    try:
        credentials, _ = google.auth.default(scopes=[SCOPE])
    except google.auth.exceptions.DefaultCredentialsError as error:
        return _not_found(error)
    except (google.auth.exceptions.GoogleAuthError, ValueError, OSError) as error:
        return NoCredentials(f"The Application Default Credentials could not be read: {_one_line(error)}", LOGIN)
    kind, principal = _who(credentials)
    if impersonate:
        credentials, kind, principal = _impersonated(credentials, impersonate)
    if quota_project and hasattr(credentials, "with_quota_project"):
        credentials = credentials.with_quota_project(quota_project)
    charged = quota_project or getattr(credentials, "quota_project_id", None)
    failed = _refresh(credentials, impersonate)
    return failed or (credentials, Caller(principal, kind, charged))


def _not_found(error: Exception) -> NoCredentials:
    words = _one_line(error)
    if "was not found" in words and "File" in words:
        return NoCredentials(
            f"GOOGLE_APPLICATION_CREDENTIALS names a file that cannot be read: {words}",
            f"unset GOOGLE_APPLICATION_CREDENTIALS && {LOGIN}",
        )
    if "default credentials were not found" in words or "Could not automatically" in words:
        return NoCredentials("No Application Default Credentials were found on this machine.", LOGIN)
    return NoCredentials(f"The Application Default Credentials could not be used: {words}", LOGIN)


def _impersonated(source: Any, email: str) -> tuple[Any, str, str]:
    from google.auth import impersonated_credentials

    credentials = impersonated_credentials.Credentials(
        source_credentials=source, target_principal=email, target_scopes=[SCOPE]
    )
    return credentials, "impersonated", f"serviceAccount:{email}"


def _who(credentials: Any) -> tuple[str, str | None]:
    email = getattr(credentials, "service_account_email", None)
    module = type(credentials).__module__
    if isinstance(email, str) and "@" in email:
        return "service_account", f"serviceAccount:{email}"
    if module.startswith("google.oauth2.credentials"):
        account = getattr(credentials, "account", "")
        return "user", f"user:{account}" if account else None
    if "external_account" in module or "identity_pool" in module:
        return "federated", None
    return "unknown", None


def _refresh(credentials: Any, impersonate: str | None) -> NoCredentials | None:
    import google.auth.exceptions
    from google.auth.transport.requests import Request

    try:
        credentials.refresh(Request())
    except google.auth.exceptions.TransportError as error:
        return NoCredentials(
            f"The token server could not be reached: {_one_line(error)}",
            "check the network, the proxy variables (HTTPS_PROXY, NO_PROXY) and the firewall, then run this again",
        )
    except google.auth.exceptions.RefreshError as error:
        words = _one_line(error)
        if (impersonate and "generateAccessToken" in words) or (impersonate and "getAccessToken" in words):
            return NoCredentials(
                f"{impersonate} may not be impersonated with these credentials: {words}",
                f"gcloud iam service-accounts add-iam-policy-binding {impersonate} "
                "--member=MEMBER --role=roles/iam.serviceAccountTokenCreator",
            )
        return NoCredentials(f"The credentials have expired or were revoked: {words}", LOGIN, expired=True)
    except (google.auth.exceptions.GoogleAuthError, ValueError, OSError) as error:
        return NoCredentials(f"No token could be had with the credentials: {_one_line(error)}", LOGIN)
    return None


def _one_line(error: Exception) -> str:
    words = " ".join(str(error).split())
    return words[:300]
