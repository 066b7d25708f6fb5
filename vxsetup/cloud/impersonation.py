"""Exchanges a caller's token for one of a service account, over vxsetup's own session (DISC)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from vxsetup.cloud.call import Call, Failure, NoAnswer, json_body
from vxsetup.cloud.credentials import SCOPE
from vxsetup.facts.answers import parse_error

if TYPE_CHECKING:
    from vxsetup.cloud.session import Session

SERVICE = "iamcredentials.googleapis.com"


def access_token(session: Session, email: str) -> str | NoAnswer:
    """An access token of the service account, or why there is none."""
    url = f"https://{SERVICE}/v1/projects/-/serviceAccounts/{quote(email, safe='@')}:generateAccessToken"
    body = json_body({"scope": [SCOPE]})
    outcome = session.answer(Call(SERVICE, "iamcredentials.generateAccessToken", "POST", url, body))
    if isinstance(outcome, NoAnswer):
        return outcome
    token = (outcome.mapping() or {}).get("accessToken") if outcome.ok else None
    if isinstance(token, str) and token:
        return token
    return NoAnswer(Failure.NO_CREDENTIALS, parse_error(outcome.status, outcome.text).says, outcome.at)
