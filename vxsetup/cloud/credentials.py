"""Finds who asks: Application Default Credentials, impersonation, the quota project. Every failure is a value."""

from __future__ import annotations

import os
import re
import shlex
import warnings
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from vxsetup.cloud.wording import unreachable
from vxsetup.facts.caller import Caller

SCOPE = "https://www.googleapis.com/auth/cloud-platform"

TOKEN_TIMEOUT = 10.0
"""Seconds to wait for one answer of a token server; google-auth itself waits 120 (its _DEFAULT_TIMEOUT)."""


@dataclass(frozen=True, slots=True)
class NoCredentials:
    """Nobody can be asked as: why, in one sentence, and the command that mends it. ``expired``: they once were good."""

    says: str
    remedy: str
    expired: bool = False


LOGIN = "gcloud auth application-default login"
_VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"


def find(impersonate: str | None, quota_project: str | None) -> tuple[Any, Caller] | NoCredentials:
    """Application Default Credentials as google-auth finds them, refreshed once so that a stale login shows here.

    ``impersonate`` is a service account's e-mail; ``quota_project`` overrides the one that the credentials carry.
    """
    import google.auth.exceptions

    try:
        credentials = _default()
    except google.auth.exceptions.DefaultCredentialsError as error:
        return _not_found(error)
    except google.auth.exceptions.TransportError as error:
        return _unreachable(error)
    except (google.auth.exceptions.GoogleAuthError, ValueError, OSError, TypeError, KeyError, AttributeError) as error:
        return _unusable(error)
    kind, principal = _who(credentials)
    asker = principal
    if impersonate:
        credentials, kind, principal = _impersonated(credentials, impersonate)
    if quota_project and hasattr(credentials, "with_quota_project"):
        credentials = credentials.with_quota_project(quota_project)
    charged = quota_project or getattr(credentials, "quota_project_id", None)
    if charged is not None and not re.fullmatch(r"[a-z0-9][a-z0-9.:-]{0,99}", str(charged)):
        return NoCredentials(
            f"The credentials charge the project {str(charged)[:80]!r}, which is not a project id.",
            "gcloud auth application-default set-quota-project PROJECT_ID",
        )
    failed = _refresh(credentials, impersonate, asker)
    return failed or (credentials, Caller(principal, kind, charged))


def token_request() -> Any:
    """What google-auth fetches tokens with, made impatient; a timeout that google-auth names itself stays."""
    from google.auth.transport.requests import Request

    class Impatient(Request):  # type: ignore[misc, unused-ignore]
        def __call__(self, *arguments: Any, **options: Any) -> Any:
            options.setdefault("timeout", TOKEN_TIMEOUT)
            return super().__call__(*arguments, **options)

    return Impatient()


def _default() -> Any:
    import google.auth

    with warnings.catch_warnings():
        # "…without a quota project": vxsetup judges the quota project itself (VX205).
        warnings.simplefilter("ignore")
        path = _gcloud_file()
        if path is None:
            return google.auth.default(scopes=[SCOPE], request=token_request())[0]
        # What `default` would load, too; but it then runs gcloud, a second or two, for a project that nobody asked for.
        charged = os.environ.get("GOOGLE_CLOUD_QUOTA_PROJECT") or None
        loaded = google.auth.load_credentials_from_file(
            path, scopes=[SCOPE], quota_project_id=charged, request=token_request()
        )
    return loaded[0]


def _gcloud_file() -> str | None:
    """The file that ``gcloud auth application-default login`` writes, where it is there and no variable outranks it."""
    if os.environ.get(_VARIABLE):
        return None
    try:
        from google.auth import _cloud_sdk

        path = str(_cloud_sdk.get_application_default_credentials_path())
    except (ImportError, AttributeError, OSError):  # laid out otherwise: `default` finds it
        return None
    return path if os.path.isfile(path) else None  # noqa: PTH113


def _not_found(error: Exception) -> NoCredentials:
    words = one_line(error)
    named = os.environ.get(_VARIABLE)
    if named and "was not found" in words:
        return NoCredentials(f"{_VARIABLE} names {named}, and there is no such file.", f"unset {_VARIABLE} && {LOGIN}")
    if "default credentials were not found" in words or "Could not automatically" in words:
        return NoCredentials("No Application Default Credentials were found on this machine.", LOGIN)
    return _unusable(error)


def _unusable(error: Exception) -> NoCredentials:
    named = os.environ.get(_VARIABLE)
    if named:
        says = f"{_VARIABLE} names {named}, which holds no usable credentials: {one_line(error)}"
        return NoCredentials(says, f"unset {_VARIABLE} && {LOGIN}")
    return NoCredentials(f"The Application Default Credentials are not usable: {one_line(error)}", LOGIN)


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


def _refresh(credentials: Any, impersonate: str | None, principal: str | None) -> NoCredentials | None:
    import google.auth.exceptions

    try:
        credentials.refresh(token_request())
    except google.auth.exceptions.TransportError as error:
        return _unreachable(error)
    except google.auth.exceptions.RefreshError as error:
        return _refused(error, impersonate, principal)
    except (google.auth.exceptions.GoogleAuthError, ValueError, OSError, TypeError, KeyError, AttributeError) as error:
        # google-auth reads some answers of a token server without looking: a web page in its place is a TypeError.
        return _garbled(type(error).__name__)
    token = getattr(credentials, "token", None)
    if token is not None and not (isinstance(token, str) and token.isascii() and token.isprintable()):
        return _garbled("what it gave as a token is none")
    return None


def _garbled(why: str) -> NoCredentials:
    says = f"The token server's answer could not be read ({why})."
    return NoCredentials(f"{says} Something between here and Google may have answered in its place.", LOGIN)


def _unreachable(error: Exception) -> NoCredentials:
    words, remedy = unreachable(host_of(error) or "oauth2.googleapis.com", error)
    return NoCredentials(f"No token could be fetched: {words}.", remedy)


def _refused(error: Any, impersonate: str | None, principal: str | None) -> NoCredentials:
    words = one_line(error)
    if impersonate and ("generateAccessToken" in words or "getAccessToken" in words or "impersonated" in words):
        return NoCredentials(
            f"{impersonate} may not be impersonated with these credentials: {_body_words(error) or words}",
            f"gcloud iam service-accounts add-iam-policy-binding {shlex.quote(impersonate)} "
            f"--member={shlex.quote(principal or 'MEMBER')} --role=roles/iam.serviceAccountTokenCreator",
        )
    if getattr(error, "retryable", False):
        return NoCredentials(f"The token server could not answer: {words}. It may be down; try again later.", LOGIN)
    named = os.environ.get(_VARIABLE)
    whose = f"The credentials in {named}" if named else "The credentials"
    remedy = f"unset {_VARIABLE} && {LOGIN}" if named else LOGIN
    return NoCredentials(f"{whose} have expired or were revoked: {words}", remedy, expired=True)


def _body_words(error: Any) -> str | None:
    """What the API said, from the body that google-auth keeps beside its own words."""
    from vxsetup.facts.answers import parse_error

    body = error.args[1] if len(error.args) > 1 else None
    return parse_error(403, body).message[:240] or None if isinstance(body, str) else None


def host_of(error: Exception) -> str | None:
    """The host that a connection error was about."""
    cause: BaseException | None = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    url = getattr(getattr(cause, "request", None), "url", None)
    return urlsplit(url).netloc if isinstance(url, str) else None


def one_line(error: Exception) -> str:
    """The sentence of an error of google-auth, whose further arguments are bodies and details for machines."""
    first = error.args[0] if error.args else error
    if isinstance(error, OSError) and error.strerror:
        first = error.strerror
    if isinstance(first, Exception):
        first = first.args[0] if first.args else type(first).__name__
    # "…, expected one of (six kinds)" is for whoever writes such a file by hand.
    words = " ".join(str(first).split()).partition(", expected one of")[0] or type(error).__name__
    return words if len(words) <= 240 else words[:239] + "…"
