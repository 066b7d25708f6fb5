"""Masks what must not be shown again: tokens, keys, passwords in addresses, e-mail addresses of people."""

from __future__ import annotations

import re

_SECRETS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("PRIVATE KEY",),
        r"(?s)-----BEGIN[A-Z ]{0,40}PRIVATE KEY-----.{0,8000}?(?:-----END[A-Z ]{0,40}PRIVATE KEY-----|$)",
        "<private key>",
    ),
    (("ya29", "1//0"), r"\b(?:ya29|1//0)[\w./-]{8,4096}", "<token>"),
    (("eyJ",), r"\beyJ[\w-]{8,4096}(?:\.[\w-]{0,4096}){0,4}", "<token>"),
    (("eyj",), r"\beyj[\w-]{16,4096}\.[\w-]{8,4096}(?:\.[\w-]{0,4096}){0,3}", "<token>"),
    (("AIza", "aiza"), r"(?i)\baiza[\w-]{10,100}", "<key>"),
    (("sk-", "pk-", "rk-"), r"\b(?:sk|pk|rk)-[\w-]{8,300}", "<key>"),
    (
        ("ghp_", "gho_", "ghr_", "ghs_", "ghu_", "github_pat_", "glpat-", "xox"),
        r"\b(?:gh[oprsu]_|github_pat_|glpat-|xox[abprs]-)[\w-]{8,300}",
        "<token>",
    ),
    (("GOCSPX", "gocspx"), r"(?i)\bGOCSPX-[\w-]{8,100}", "<key>"),
    (("AKIA", "ASIA"), r"\b(?:AKIA|ASIA)[A-Z0-9]{12,20}\b", "<key>"),
    (("earer", "asic", "EARER"), r"(?i)\b(bearer|basic)\s{1,4}[\w.~+/=-]{8,4096}", r"\1 <token>"),
    (
        (
            "key",
            "oken",
            "ecret",
            "assw",
            "uthorization",
            "KEY",
            "TOKEN",
            "SECRET",
            "PASSW",
            "AUTHORIZATION",
            "Key",
            "sig=",
        ),
        (
            r"(?i)((?:[\w-]{0,40}(?:token|secret|password|passwd|api[_-]?key|access[_-]?key|account[_-]?key)|"
            r"private[_-]?key(?:[_-]?id)?|authorization|\bsig)[\"']?\s{0,3}[:=]\s{0,3}[\"']?)"
            r"(?![<$\s])[^\s\"',;}&]{6,4096}"
        ),
        r"\1<secret>",
    ),
    (("ookie", "OOKIE"), r"(?i)(\b(?:set-)?cookie[\"']?\s{0,3}[:=]\s{0,3})[^\r\n\"']{4,4096}", r"\1<cookie>"),
    (("hf_", "sess_", "npm_", "pypi-"), r"\b(?:hf_|sess_|npm_|pypi-)[\w-]{12,300}", "<token>"),
    (("MII",), r"\bMII[A-Za-z0-9+/\\]{40,8192}={0,2}", "<private key>"),
    (("://",), r"(://[^\s/:@]{1,100}):[^\s/@]{1,200}@", r"\1:<secret>@"),
)
"""What a secret of the kind cannot be without, its pattern, and what stands in its place. Compiled when it is met."""

_MAIL = r"[\w.+-]{1,64}@((?:[\w-]{1,63}\.){1,6}[A-Za-z]{2,24})\b"


def masked(text: str) -> str:
    """The text with secrets and people's e-mail addresses replaced by what they are; service accounts stay."""
    for signs, pattern, instead in _SECRETS:
        if any(sign in text for sign in signs):
            text = re.sub(pattern, instead, text)
    return re.sub(_MAIL, _mail, text) if "@" in text else text


def _mail(match: re.Match[str]) -> str:
    return match[0] if match[1].lower().endswith("gserviceaccount.com") else "<e-mail>"
