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
        r"(?<![^\W_])(?:gh[oprsu]_|github_pat_|glpat-|xox[abprs]-)[\w-]{8,300}",
        "<token>",
    ),
    (("GOCSPX", "gocspx"), r"(?i)\bGOCSPX-[\w-]{8,100}", "<key>"),
    (("AKIA", "ASIA", "akia"), r"(?<![^\W_])(?:(?:AKIA|ASIA)[A-Z0-9]{12,20}|akia[a-z0-9]{16})\b", "<key>"),
    (("AQ.", "aq."), r"\b(?:AQ|aq)\.[\w-]{16,300}", "<key>"),
    (("4/0",), r"\b4/0[\w-]{16,300}", "<token>"),
    (("k_live_", "k_test_"), r"\b[prs]k_(?:live|test)_\w{8,300}", "<key>"),
    (("ignature",), r"(?i)((?:x-goog-)?signature=)[0-9a-f]{16,4096}", r"\1<secret>"),
    (
        ("uthorization", "AUTHORIZATION"),
        (
            r"(?i)(authorization\\{0,4}[\"']?\s{0,3}[:=]\s{0,3}\[?\s?\\{0,4}[\"']?)"
            r"(?:token|apikey|negotiate|aws4-hmac-sha256)\s[^\r\n\"']{4,4096}"
        ),
        r"\1<secret>",
    ),
    (
        ("igest ", "DIGEST "),
        r"(?i)(authorization[\"']?\s{0,3}[:=]\s{0,3}[\"']?digest)\s[^\r\n]{4,4096}",
        r"\1 <secret>",
    ),
    (("--",), r"(--[\w-]{0,40}(?:token|password|secret|key)[ =][\"']?)(?![<$\s-])[^\s\"']{6,4096}", r"\1<secret>"),
    (("assphrase",), r"(?i)(passphrase[\"']?\s{0,3}[:=]\s{0,3}[\"']?)[^\s\"']{4,300}", r"\1<secret>"),
    (
        ("webhooks/", "hooks.slack"),
        r"(hooks\.slack\.com/services/|/api/webhooks/)[\w/-]{8,300}",
        r"\1<secret>",
    ),
    (
        ("curl", "-user"),
        r"(\s(?:-u|-U|--user|--proxy-user)[ =]?[\"']?[^\s:\"']{1,100}):[^\s\"']{1,200}",
        r"\1:<secret>",
    ),
    (("curl",), r"(\s(?:-b|--cookie)[ =][\"']?)[^\s\"']{4,4096}", r"\1<cookie>"),
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
            r"private[_-]?key(?:[_-]?id)?|authorization|\bsig)\\{0,8}[\"']?\s{0,3}[:=]\s{0,3}\\{0,8}[\"']?)"
            r"(?![<$\s])[^\s\"',;}&]{6,4096}"
        ),
        r"\1<secret>",
    ),
    (
        ("ookie", "OOKIE"),
        r"(?i)(\b(?:set-)?cookie\\{0,4}[\"']?\s{0,3}[:=]\s{0,3}\[?\s?\\{0,4}[\"']?)[^\r\n\"']{4,4096}",
        r"\1<cookie>",
    ),
    (("hf_", "sess_", "npm_", "pypi-"), r"\b(?:hf_|sess_|npm_|pypi-)[\w-]{12,300}", "<token>"),
    (("MII",), r"\bMII[A-Za-z0-9+/\\]{40,8192}={0,2}", "<private key>"),
    (("://",), r"(://[^\s/:@]{0,100}):[^\s/\"']{1,200}@", r"\1:<secret>@"),
)
"""What a secret of the kind cannot be without, its pattern, and what stands in its place. Compiled when it is met."""

_MAIL = r"[\w.+-]{1,64}(?:@|%40)((?:[\w-]{1,63}\.){1,6}[A-Za-z]{2,24})\b"


def masked(text: str) -> str:
    """The text with secrets and people's e-mail addresses replaced by what they are; service accounts stay."""
    for signs, pattern, instead in _SECRETS:
        if any(sign in text for sign in signs):
            text = re.sub(pattern, instead, text)
    return re.sub(_MAIL, _mail, text) if "@" in text or "%40" in text else text


def _mail(match: re.Match[str]) -> str:
    return match[0] if match[1].lower().endswith("gserviceaccount.com") else "<e-mail>"
