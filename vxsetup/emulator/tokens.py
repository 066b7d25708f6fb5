"""Who a bearer token is. Tokens of this emulator carry their principal in the open: they protect nothing."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from . import errors
from .http import Response
from .iam import Principal, principal_of
from .model import ServiceAccount
from .state import State

PREFIX = "emu:"
_MAX = 20_000


def claims_of(token: str) -> dict[str, Any] | None:
    """The claims of a JWT, whose signature nobody checks; None where it is no JWT."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > _MAX:
        return None
    try:
        raw = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        return None
    return claims if isinstance(claims, dict) else None


def service_account_of(state: State, email: str) -> ServiceAccount | None:
    """A service account of any project of the world, by e-mail."""
    for project in state.world.projects.values():
        found = project.service_accounts.get(email)
        if found is not None:
            return found
    return None


def _known(kind_and_name: str) -> bool:
    return kind_and_name.startswith(("user:", "serviceAccount:", "principal://")) and len(kind_and_name) <= _MAX


def bearer_principal(state: State, token: str) -> Principal | Response:
    """The principal of a token, or a 401.

    ``emu:PRINCIPAL`` names it; ``emu:expired`` is one that has run out; a JWT is its ``iss`` (or ``sub``); any other
    opaque token is the world's caller.
    """
    if token == PREFIX + "expired":
        return errors.bad_credentials("ACCESS_TOKEN_EXPIRED")
    if token.startswith(PREFIX):
        name = token.removeprefix(PREFIX)
        if not _known(name):
            return errors.bad_credentials()
        principal = principal_of(name)
    else:
        claims = claims_of(token)
        issuer = (claims.get("iss") or claims.get("sub")) if claims else None
        if isinstance(issuer, str) and "@" in issuer:
            principal = principal_of(f"serviceAccount:{issuer}")
        else:
            caller = state.world.caller
            principal = Principal(
                caller.principal.partition("?")[0], caller.kind, principal_of(caller.principal).attributes
            )
    account = service_account_of(state, principal.email) if principal.kind == "service_account" else None
    if account is not None and account.disabled:
        return errors.bad_credentials("ACCOUNT_STATE_INVALID")
    return principal
