"""Masks what must not be shown again: tokens, keys, passwords in addresses, e-mail addresses of people."""

from __future__ import annotations

import re

_SECRETS = (
    (
        re.compile(
            r"-----BEGIN[A-Z ]{0,40}PRIVATE KEY-----.{0,8000}?(?:-----END[A-Z ]{0,40}PRIVATE KEY-----|$)", re.DOTALL
        ),
        "<private key>",
    ),
    (re.compile(r"\b(?:ya29|1//0)[\w./-]{8,4096}"), "<token>"),
    (re.compile(r"\beyJ[\w-]{8,4096}(?:\.[\w-]{0,4096}){0,4}"), "<token>"),
    (re.compile(r"\bAIza[\w-]{10,100}"), "<key>"),
    (re.compile(r"\b(?:sk|pk|rk)-[\w-]{8,300}"), "<key>"),
    (re.compile(r"\b(?:gh[oprsu]_|github_pat_|glpat-|xox[abprs]-)[\w-]{8,300}"), "<token>"),
    (re.compile(r"\bGOCSPX-[\w-]{8,100}"), "<key>"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,20}\b"), "<key>"),
    (re.compile(r"(?i)\b(bearer|basic)\s{1,4}[\w.~+/=-]{8,4096}"), r"\1 <token>"),
    (
        re.compile(
            r"(?i)((?:api[_-]?key|access[_-]?token|refresh[_-]?token|id[_-]?token|auth[_-]?token|client[_-]?secret|"
            r"private[_-]?key(?:[_-]?id)?|password|passwd|secret|authorization|x-goog-api-key)[\"']?\s{0,3}[:=]\s{0,3}[\"']?)"
            r"(?![<$\s])[^\s\"',;}&]{6,4096}"
        ),
        r"\1<secret>",
    ),
    (re.compile(r"(://[^\s/:@]{1,100}):[^\s/@]{1,200}@"), r"\1:<secret>@"),
)
_MAIL = re.compile(r"[\w.+-]{1,64}@((?:[\w-]{1,63}\.){1,6}[A-Za-z]{2,24})\b")


def masked(text: str) -> str:
    """The text with secrets and people's e-mail addresses replaced by what they are; service accounts stay."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return _MAIL.sub(_mail, text)


def _mail(match: re.Match[str]) -> str:
    return match[0] if match[1].endswith("gserviceaccount.com") else "<e-mail>"
