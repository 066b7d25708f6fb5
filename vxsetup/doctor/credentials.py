"""Judges where credentials come from: which file wins and why, what kind it is, and whether a token came of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from vxsetup.doctor.model import PROJECT, Know, Noted, cited, note, shown
from vxsetup.findings import Fix, Severity
from vxsetup.rules import machine

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from vxsetup.values import dataclass

_VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
LOGIN = "gcloud auth application-default login"
_NEEDS = {
    "authorized_user": ("client_id", "client_secret", "refresh_token"),
    "service_account": ("client_email", "private_key", "token_uri"),
    "external_account": ("audience", "subject_token_type", "token_url", "credential_source"),
    "external_account_authorized_user": ("audience", "refresh_token", "token_url"),
    "impersonated_service_account": ("service_account_impersonation_url", "source_credentials"),
    "gdch_service_account": ("project", "private_key"),
}
"""Kind of a credentials file -> the fields that it cannot do without (GOOGLE-AUTH)."""

_WORDS = {
    "authorized_user": "the login of a person",
    "service_account": "the key of a service account",
    "external_account": "workload identity federation",
    "external_account_authorized_user": "the login of a person of a workforce pool",
    "impersonated_service_account": "a service account, impersonated",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A file that credentials were looked for in. ``state`` is ``file``, ``folder``, ``missing`` or ``unreadable``."""

    path: str
    state: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """What fetching a token gave: nothing wrong, or why not and what mends it. ``asked`` False: nobody tried."""

    asked: bool
    says: str | None = None
    remedy: str | None = None
    expired: bool = False
    principal: str | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """Where credentials can come from. ``named`` is what the variable names; ``login`` the file of the gcloud login.

    ``impersonates`` is the service account that gcloud is told to impersonate; ``on_google``: a metadata server is there.
    """

    variable: str | None
    named: Place | None
    login: Place
    impersonates: str | None = None
    quota_project: str | None = None
    on_google: bool = False


def judge_credentials(sources: Sources, token: Token, know: Know) -> Iterator[Noted]:
    """What is wrong with the credentials of this machine."""
    if sources.variable is not None and sources.variable.lstrip().startswith("{"):
        message = f"{_VARIABLE} holds the JSON itself; it must hold the path of a file"
        fix = f"Write the JSON to a file that only you can read, and set {_VARIABLE} to its path."
        yield note(
            machine.CREDENTIALS_BROKEN,
            message,
            None,
            fix,
            [cited(know, "GOOGLE-AUTH", "the variable is a path")],
            subject=_VARIABLE,
        )
        return
    winner = sources.named if sources.variable else sources.login
    if winner is None or winner.state != "file":
        yield from _absent(sources, winner, know)
        return
    data = _data(winner.text)
    fault = _fault(data)
    if fault is not None:
        message = f"The credentials in {winner.path} cannot be used: {fault}"
        yield note(
            machine.CREDENTIALS_BROKEN,
            message,
            None,
            Fix("log in again, or name another file", LOGIN),
            subject=winner.path,
        )
        return
    assert data is not None
    yield from _outranked(sources, winner, data, know)
    yield from _charged(sources, data, know)
    if token.asked and token.says is not None:
        yield note(
            machine.CREDENTIALS_EXPIRED,
            token.says,
            None,
            Fix("get new credentials", token.remedy or LOGIN),
            subject=winner.path,
        )


def _absent(sources: Sources, winner: Place | None, know: Know) -> Iterator[Noted]:
    if sources.variable and winner is not None:
        why = {"folder": "which is a folder", "unreadable": "which may not be read"}.get(
            winner.state, "and there is no such file"
        )
        message = f"{_VARIABLE} names {winner.path}, {why}"
        fix = Fix("correct the path, or unset it and log in", f"unset {_VARIABLE} && {LOGIN}")
    elif sources.login.state == "folder":
        message = f"{sources.login.path} is a folder; the credentials would be a file of this name"
        fix = Fix("remove it and log in", LOGIN)
    elif sources.on_google:
        return
    else:
        message = f"No credentials were found: {_VARIABLE} is not set, and there is no {sources.login.path}"
        fix = Fix("log in", LOGIN)
    seen = [cited(know, "GOOGLE-AUTH", "the order in which credentials are looked for")]
    yield note(machine.CREDENTIALS_MISSING, message, None, fix, seen, subject="Application Default Credentials")


def _data(text: str) -> Mapping[str, Any] | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _fault(data: Mapping[str, Any] | None) -> str | None:
    if data is None:
        return "it is not a JSON object"
    kind = data.get("type")
    if kind not in _NEEDS:
        if "installed" in data or "web" in data:
            return "it is an OAuth client, which is no credential of anybody"
        return "its `type` is none that Google's libraries know"
    lacks = [name for name in _NEEDS[kind] if not data.get(name)]
    return f"it lacks {', '.join(lacks)}" if lacks else None


def _outranked(sources: Sources, winner: Place, data: Mapping[str, Any], know: Know) -> Iterator[Noted]:
    kind = data.get("type")
    other = _data(sources.login.text) if sources.variable and sources.login.state == "file" else None
    if other is not None and other.get("type") == "authorized_user" and kind == "service_account":
        message = (
            f"{_VARIABLE} names {winner.path}, {_who(data)}; it wins over the login of a person that is there, too"
        )
        fix: Fix | str = f"Unset {_VARIABLE} where the login is meant."
        yield note(
            machine.CREDENTIALS_OUTRANKED,
            message,
            None,
            fix,
            [cited(know, "GOOGLE-AUTH", "the variable comes first")],
            subject=_VARIABLE,
        )
    if (
        sources.impersonates
        and kind != "impersonated_service_account"
        and not data.get("service_account_impersonation_url")
    ):
        email = (
            sources.impersonates
            if "@" in sources.impersonates and len(sources.impersonates) < 120
            else "a service account"
        )
        message = f"gcloud impersonates {email}, and clients do not: they run with {winner.path}, {_who(data)}"
        fix = Fix(
            "let the credentials of clients impersonate it, too", f"{LOGIN} --impersonate-service-account={email}"
        )
        if email == "a service account":
            fix = Fix("let the credentials of clients impersonate it, too", LOGIN)
        yield note(
            machine.CREDENTIALS_OUTRANKED,
            message,
            None,
            fix,
            [cited(know, "GOOGLE-AUTH", "gcloud's setting is gcloud's own")],
            subject="impersonation",
        )


def _charged(sources: Sources, data: Mapping[str, Any], know: Know) -> Iterator[Noted]:
    if data.get("type") != "authorized_user":
        return
    charged = sources.quota_project or data.get("quota_project_id")
    ids = sorted(project.id for project in know.projects)
    command = f"gcloud auth application-default set-quota-project {ids[0] if len(ids) == 1 else 'PROJECT_ID'}"
    if not charged:
        message = "The login has no quota project: management APIs refuse it, and some gateways forward none"
        seen = [cited(know, "F#68855632559", "403: the API requires a quota project")]
        yield note(machine.QUOTA_PROJECT, message, None, Fix("set one", command), seen, subject="quota project")
    elif ids and charged not in ids:
        message = f"The login charges {shown(str(charged), 'project')}, and the config is about {', '.join(ids)}"
        seen = [cited(know, "WIRE", "the TypeScript SDK takes the quota project for the project where it is told none")]
        yield note(
            machine.QUOTA_PROJECT,
            message,
            None,
            Fix("set the project of the config", command),
            seen,
            subject="quota project",
            severity=Severity.WARNING,
        )


def _who(data: Mapping[str, Any]) -> str:
    words = _WORDS.get(str(data.get("type")), "credentials")
    email = data.get("client_email")
    named = isinstance(email, str) and "@" in email and email.isprintable() and len(email) < 120
    return f"{words}, {email}" if named else words


def words_of(sources: Sources, token: Token) -> str:
    """Which credentials count here and why, in one sentence; no part of them but names and paths."""
    winner = sources.named if sources.variable else sources.login
    if winner is None or winner.state != "file":
        return "Credentials: those of the metadata server." if sources.on_google else "Credentials: none were found."
    data = _data(winner.text) or {}
    why = f"because {_VARIABLE} names it" if sources.variable else f"because {_VARIABLE} is not set"
    charged = sources.quota_project or data.get("quota_project_id")
    quota = f", quota project {charged}" if isinstance(charged, str) and PROJECT.match(charged) else ""
    good = "; a token for the scope cloud-platform was given" if token.asked and token.says is None else ""
    return f"Credentials: {winner.path}, {_who(data)}{quota}; it counts {why}{good}."
